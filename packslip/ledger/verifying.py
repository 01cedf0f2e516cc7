"""Whether the ledger agrees with itself: states with the log, rows with states, codes with their secret."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, and_, exists, select

from packslip.ledger.codes import promo_code, review_token
from packslip.ledger.queries import all_grants
from packslip.ledger.records import AttemptState
from packslip.ledger.retention import UNDER_WAY
from packslip.ledger.states import PARCEL_STARTS, CodeState, ParcelState, drop_changes, parcel_changes
from packslip.ledger.tables import attempts, codes, drops, events, grants, parcels
from packslip.model import Finding, Where, error

_OPEN = (AttemptState.INTENT, AttemptState.ACCEPTED)
_PRINTED = (ParcelState.READY, ParcelState.SENDING, ParcelState.DONE)
_RECORD = (parcels.c.store, parcels.c.order_id, parcels.c.parcel, parcels.c.revision)
_FILE = "ledger.db"

Key = tuple[object, ...]


def check_records(connection: Connection, secret: bytes) -> tuple[Finding, ...]:
    """Everything that does not fit."""
    return (
        *_check_log(connection),
        *_check_drop_log(connection),
        *_check_rows(connection),
        *_check_grants(connection, secret),
        *_check_codes(connection),
    )


def _check_log(connection: Connection) -> Iterator[Finding]:
    """Each parcel's state is where its events lead, by changes that exist."""
    columns = (events.c.store, events.c.order_id, events.c.parcel, events.c.revision)
    query = select(*columns, events.c.source, events.c.target).where(events.c.order_id != "", events.c.target != "")
    changes = {(source.value, target.value) for source, _, target in parcel_changes()}
    changes |= {("", start.value) for start in PARCEL_STARTS}
    steps = (
        (tuple(row[:4]), str(row[4]), str(row[5])) for row in connection.execute(query.order_by(*columns, events.c.id))
    )
    ends: dict[Key, str] = {}
    yield from _follow(steps, ends, changes)
    for *columns_of, state in connection.execute(select(*_RECORD, parcels.c.state)):
        key = tuple(columns_of)
        end = ends.pop(key, None)
        if end != state:
            told = f"its log ends with {end}" if end else "its log is empty"
            yield error("ledger.state", _at(key), f"is {state}, but {told}", _RESTORE)
    for left in ends:
        yield error("ledger.events", _at(left), "has events, but no row", _RESTORE)


def _check_drop_log(connection: Connection) -> Iterator[Finding]:
    query = select(events.c.drop_id, events.c.source, events.c.target)
    query = query.where(events.c.order_id == "", events.c.drop_id != "", events.c.target != "")
    changes = {(source.value, target.value) for source, _, target in drop_changes()} | {("", "open"), ("", "held")}
    ends: dict[Key, str] = {}
    steps = (((str(row[0]),), str(row[1]), str(row[2])) for row in connection.execute(query.order_by(events.c.id)))
    yield from _follow(steps, ends, changes)
    for drop, state in connection.execute(select(drops.c.id, drops.c.state)):
        end = ends.get((drop,))
        if end != state:
            yield error(
                "ledger.state", Where(file=_FILE, spot=f"drop {drop}"), f"is {state}, its log says {end}", _RESTORE
            )


def _follow(
    steps: Iterable[tuple[Key, str, str]], ends: dict[Key, str], changes: set[tuple[str, str]]
) -> Iterator[Finding]:
    for key, source, target in steps:
        before = ends.get(key, "")
        if before != source or (source, target) not in changes:
            where = _at(key) if len(key) > 1 else Where(file=_FILE, spot=f"drop {key[0]}")
            yield error(
                "ledger.log", where, f"goes from {source or 'nothing'} to {target} while {before or 'new'}", _RESTORE
            )
        ends[key] = target


def _check_rows(connection: Connection) -> Iterator[Finding]:
    """What a state promises is there."""
    lacks = select(*_RECORD, parcels.c.state).where(parcels.c.state.in_(_PRINTED), parcels.c.document.is_(None))
    for *found, state in connection.execute(lacks):
        yield error("ledger.document", _at(found), f"is {state} without a document", _RESTORE)
    no_slip = select(*_RECORD).where(parcels.c.state.in_(UNDER_WAY[1:]), parcels.c.slip == "")
    for row in connection.execute(no_slip):
        yield error("ledger.slip", _at(row), "is to be printed without a slip", _RESTORE)
    columns = (attempts.c.store, attempts.c.order_id, attempts.c.parcel, attempts.c.revision)
    is_open = set(map(tuple, connection.execute(select(*columns).where(attempts.c.state.in_(_OPEN)))))
    for row in connection.execute(select(*_RECORD).where(parcels.c.state == ParcelState.SENDING)):
        if tuple(row) not in is_open:
            yield error("ledger.attempt", _at(row), "is sending, and no try is under way", _RESTORE)


def _check_grants(connection: Connection, secret: bytes) -> Iterator[Finding]:
    owned = {(row.store, row.order_id) for row in connection.execute(select(codes.c.store, codes.c.order_id))}
    for grant in all_grants(connection):
        where = Where(file=_FILE, spot=f"order {grant.order_id} of {grant.store}")
        token = review_token(secret, store=grant.store, order_id=grant.order_id)
        if grant.review_token != token:
            yield error("ledger.token", where, "its review token was not made with this site secret", _SECRET)
        if grant.offer is None or (grant.store, grant.order_id) in owned:
            continue
        code = promo_code(secret, store=grant.store, order_id=grant.order_id, offer=grant.offer.name)
        if grant.promo_code != code and not grant.promo_code.endswith(f"-{code}"):  # its prefix may have changed since
            yield error("ledger.code", where, "its promo code was not made with this site secret", _SECRET)


def _check_codes(connection: Connection) -> Iterator[Finding]:
    """Each code of a pool that an order has is the one that was granted to it, and issued where paper has it."""
    same = and_(grants.c.store == codes.c.store, grants.c.order_id == codes.c.order_id)
    printed = exists().where(
        parcels.c.store == codes.c.store,
        parcels.c.order_id == codes.c.order_id,
        parcels.c.offer != "",
        parcels.c.state.in_(_PRINTED),
    )
    query = (
        select(codes.c.store, codes.c.order_id, codes.c.code, codes.c.state, grants.c.promo_code, printed.label("has"))
        .select_from(codes.outerjoin(grants, same))
        .where(codes.c.order_id != "")
    )
    for row in connection.execute(query).mappings():
        where = Where(file=_FILE, spot=f"order {row['order_id']} of {row['store']}")
        if row["code"] != row["promo_code"]:
            yield error("ledger.code", where, "has a code of a pool that was not granted to it", _RESTORE)
        elif row["has"] and row["state"] != CodeState.ISSUED:
            yield error("ledger.code", where, f"its code is on paper, and {row['state']} in its pool", _RESTORE)


_RESTORE = "the ledger was changed by something else; compare with a back-up"
_SECRET = "restore .packslip/secret from a back-up"  # noqa: S105 - a hint, not a secret


def _at(key: Iterable[object]) -> Where:
    store, order_id, parcel, revision = key
    more = f" (revision {revision})" if revision != 1 else ""
    return Where(file=_FILE, spot=f"parcel {order_id}/{parcel} of {store}{more}")
