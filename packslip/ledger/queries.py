"""What can be asked of the ledger. Reads only; each function runs inside a transaction of the ledger thread."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, bindparam, false, func, select

from packslip.ledger import rows
from packslip.ledger.records import (
    Attempt,
    AttemptState,
    Counts,
    DocumentRow,
    DropRecord,
    Event,
    GrantRecord,
    ParcelRecord,
    ParcelRef,
    PrinterRecord,
)
from packslip.ledger.statements import Statement
from packslip.ledger.states import PENDING, SHIPPED, DropState, ParcelState
from packslip.ledger.tables import attempts, documents, drops, events, grants, parcels, printers, tools
from packslip.model import Drop, OrderKey

SUPERSEDED = "parcel.superseded"  #: code of the finding of a record that gave way to another one

MOST_REPEATS = 8  #: drops of the same bytes in one folder that found nothing new and are on record all the same

_PICTURE = re.compile(r'"picture:([0-9a-f]{64})"')
_ORDER_AND_PARCEL = re.compile(r"(?P<order_id>.+)/(?P<parcel>[0-9]{1,9})")


def at_parcel(table: Table) -> ColumnElement[bool]:
    """Every row of a parcel, see `rows.at_key`."""
    columns = table.c
    return and_(
        columns.store == bindparam("at_store"),
        columns.order_id == bindparam("at_order_id"),
        columns.parcel == bindparam("at_parcel"),
    )


def at_record(table: Table) -> ColumnElement[bool]:
    """Every row of one record of a parcel, see `rows.at_ref`."""
    return and_(at_parcel(table), table.c.revision == bindparam("at_revision"))


_delivered_as = (
    select(attempts.c.name)
    .where(
        attempts.c.store == parcels.c.store,
        attempts.c.order_id == parcels.c.order_id,
        attempts.c.parcel == parcels.c.parcel,
        attempts.c.revision == parcels.c.revision,
        attempts.c.state == AttemptState.DELIVERED,
    )
    .order_by(attempts.c.number.desc())
    .limit(1)
    .scalar_subquery()
    .label("delivered_as")
)

PARCEL: Select[tuple[object, ...]] = (
    select(
        *parcels.c,
        documents.c.pages,
        documents.c.media,
        drops.c.name.label("drop_name"),
        _delivered_as,
    )
    .select_from(parcels.join(drops, drops.c.id == parcels.c.drop_id).outerjoin(documents))
    .order_by(parcels.c.store, parcels.c.order_id, parcels.c.parcel, parcels.c.revision)
)


#: what prints as soon as its printer can
_DUE = (parcels.c.print_on != "call") | parcels.c.called_at.is_not(None)

# Statements of the line's every order are built once: building one costs more than running it.
_RECORDS = Statement(PARCEL.where(at_parcel(parcels)))
_RECORD = Statement(PARCEL.where(at_record(parcels)))
_DROP_BY_SHA256 = Statement(
    select(drops).where(drops.c.sha256 == bindparam("at_sha256")).order_by(drops.c.number).limit(1)
)
_DROP_BY_ID = Statement(select(drops).where(drops.c.id == bindparam("at_id")))
_PIECES = Statement(
    select(parcels.c.pieces).where(
        parcels.c.store == bindparam("at_store"),
        parcels.c.order_id == bindparam("at_order_id"),
        parcels.c.parcel != bindparam("at_parcel"),
        parcels.c.state.in_(SHIPPED),
    )
)
_GRANT = Statement(
    select(grants).where(grants.c.store == bindparam("at_store"), grants.c.order_id == bindparam("at_order_id"))
)
_PENDING = Statement(
    select(parcels.c.order_id).where(parcels.c.drop_id == bindparam("at_drop"), parcels.c.state.in_(PENDING)).limit(1)
)
_SETTLED = Statement(
    select(parcels.c.order_id, parcels.c.parcel, parcels.c.state).where(
        parcels.c.drop_id == bindparam("at_drop"), parcels.c.state.not_in(PENDING)
    )
)
_OPEN_ATTEMPTS = Statement(
    select(attempts).where(attempts.c.state.in_((AttemptState.INTENT, AttemptState.ACCEPTED))).order_by(attempts.c.id)
)

# Statements of the line's every look and of people's questions.
_UNORDERED = PARCEL.order_by(None)
_READY = parcels.c.state == ParcelState.READY
_BY_ORDER = Statement(PARCEL.where(parcels.c.order_id == bindparam("at_order_id")))
_BY_NUMBER = Statement(
    PARCEL.where(parcels.c.order_id == bindparam("at_order_id"), parcels.c.parcel == bindparam("at_parcel"))
)
_OF_ORDER = Statement(
    PARCEL.where(parcels.c.order_id == bindparam("at_order_id"), parcels.c.store == bindparam("at_store"))
)
_QUEUED = Statement(
    _UNORDERED.where(_READY, drops.c.state != DropState.OPEN, _DUE).order_by(
        parcels.c.rank, drops.c.number, parcels.c.line
    )
)
_CALLED = Statement(_UNORDERED.where(_READY, parcels.c.called_at.is_not(None)).order_by(parcels.c.called_at))
_LATE = Statement(
    _UNORDERED.where(
        parcels.c.state.in_((*PENDING, ParcelState.READY, ParcelState.SENDING, ParcelState.HELD)),
        parcels.c.deadline != "",
        parcels.c.deadline < bindparam("at_by"),
    ).order_by(parcels.c.deadline)
)
_OF_DROP = Statement(_UNORDERED.where(parcels.c.drop_id == bindparam("at_drop")).order_by(parcels.c.line))


@cache
def _in_state(states: tuple[ParcelState, ...]) -> Statement:
    return Statement(_UNORDERED.where(parcels.c.state.in_(states)).order_by(drops.c.number, parcels.c.line))


@cache
def _drops_in(states: tuple[DropState, ...]) -> Statement:
    return Statement(select(drops).where(drops.c.state.in_(states)).order_by(drops.c.number))


def records_of(connection: Connection, key: OrderKey) -> tuple[ParcelRecord, ...]:
    """Every record of a parcel, oldest first."""
    return _parcels(connection, _RECORDS, rows.at_key(key))


def record(connection: Connection, ref: ParcelRef) -> ParcelRecord | None:
    """One record of a parcel."""
    row = _RECORD.first(connection, rows.at_ref(ref))
    return rows.parcel_of(row) if row else None


def document(connection: Connection, sha256: str) -> DocumentRow | None:
    """What is on record of a document."""
    query = (
        select(*documents.c, tools.c.versions)
        .select_from(documents.outerjoin(tools, tools.c.id == documents.c.tools))
        .where(documents.c.sha256 == sha256)
    )
    row = connection.execute(query).mappings().first()
    return rows.document_of(row) if row else None


def find(connection: Connection, text: str) -> tuple[ParcelRecord, ...]:
    """Every record that `ORDER` or `ORDER/PARCEL` can mean, in all stores; an order id may itself hold a slash."""
    found = _parcels(connection, _BY_ORDER, {"at_order_id": text})
    match = _ORDER_AND_PARCEL.fullmatch(text)
    if found or match is None:
        return found
    return _parcels(connection, _BY_NUMBER, {"at_order_id": match["order_id"], "at_parcel": int(match["parcel"])})


def of_order(connection: Connection, store: str, order_id: str) -> tuple[ParcelRecord, ...]:
    """Every record of every parcel of an order."""
    return _parcels(connection, _OF_ORDER, {"at_order_id": order_id, "at_store": store})


def in_state(connection: Connection, *states: ParcelState) -> tuple[ParcelRecord, ...]:
    """Every record in some states, by the drop they came with and their place in it."""
    return _parcels(connection, _in_state(states), {})


def queued(connection: Connection) -> tuple[ParcelRecord, ...]:
    """Every parcel that waits for its printer and whose drop is finished, in the order they go.

    What is ready and belongs to an open drop comes with that drop, in its place.
    """
    return _parcels(connection, _QUEUED, {})


def called(connection: Connection) -> tuple[ParcelRecord, ...]:
    """Every ready parcel that a station has called for, the first call first."""
    return _parcels(connection, _CALLED, {})


def late(connection: Connection, by: str) -> tuple[ParcelRecord, ...]:
    """Every parcel that is not done and whose deadline is before a time (ISO, UTC), the most pressing first."""
    return _parcels(connection, _LATE, {"at_by": by})


def known_printers(connection: Connection) -> tuple[PrinterRecord, ...]:
    """Every printer that was looked at."""
    found = connection.execute(select(printers).order_by(printers.c.name)).mappings()
    return tuple(rows.printer_of(row) for row in found)


def backlog(connection: Connection) -> dict[str, int]:
    """How many ready parcels wait for each printer; those that nobody has called for yet are not due."""
    query = select(parcels.c.printer, func.count()).where(parcels.c.state == ParcelState.READY, _DUE)
    return {str(name): int(count) for name, count in connection.execute(query.group_by(parcels.c.printer))}


def awaiting_call(connection: Connection) -> dict[str, int]:
    """How many ready parcels wait for each station to call for them."""
    query = select(parcels.c.station, func.count()).where(parcels.c.state == ParcelState.READY, ~_DUE)
    return {str(name): int(count) for name, count in connection.execute(query.group_by(parcels.c.station))}


def of_drop(connection: Connection, drop: str) -> tuple[ParcelRecord, ...]:
    """The records a drop owns, by line."""
    return _parcels(connection, _OF_DROP, {"at_drop": drop})


def is_pending(connection: Connection, drop: str) -> bool:
    """Whether a drop still has work to do."""
    return _PENDING.scalar(connection, {"at_drop": drop}) is not None


def drops_in(connection: Connection, *states: DropState) -> tuple[DropRecord, ...]:
    """Every drop in some states, oldest first."""
    return tuple(rows.drop_of(row) for row in _drops_in(states).rows(connection, {}))


def drop_by_id(connection: Connection, drop: str) -> DropRecord | None:
    """One drop."""
    row = _DROP_BY_ID.first(connection, {"at_id": drop})
    return rows.drop_of(row) if row else None


def drop_by_sha256(connection: Connection, sha256: str) -> DropRecord | None:
    """The first drop with these bytes."""
    row = _DROP_BY_SHA256.first(connection, {"at_sha256": sha256})
    return rows.drop_of(row) if row else None


def taken_before(connection: Connection, drop: Drop, *, source: str, name: str) -> DropRecord | None:
    """The drop that this very file is already: told by its identity, or by name where one is given."""
    same = drops.c.source == source if source else false()
    if name:
        same |= (drops.c.folder == drop.folder) & (drops.c.name == name)
    query = select(drops).where(drops.c.sha256 == drop.sha256, same).order_by(drops.c.number).limit(1)
    row = connection.execute(query).mappings().first()
    return rows.drop_of(row) if row else None


def idle_repeat(connection: Connection, drop: Drop) -> DropRecord | None:
    """The last of many drops of the same bytes, if nothing in them waits: then there is nothing to put on record."""
    query = select(drops).where(drops.c.sha256 == drop.sha256).order_by(drops.c.number.desc())
    same = [rows.drop_of(row) for row in connection.execute(query).mappings()]
    repeats = [one for one in same if one.state is DropState.DUPLICATE and one.folder == drop.folder]
    if len(repeats) < MOST_REPEATS or any(one.state in (DropState.OPEN, DropState.HELD) for one in same):
        return None
    mine = parcels.c.drop_id.in_([one.id for one in same])
    unfinished = parcels.c.state.in_((*PENDING, ParcelState.HELD)) | parcels.c.findings.contains(SUPERSEDED)
    waiting = connection.execute(select(parcels.c.order_id).where(mine, unfinished).limit(1)).first()
    return repeats[0] if waiting is None else None


def settled_in(connection: Connection, drop: str) -> frozenset[tuple[str, int, str]]:
    """Order, parcel and state of every record of a drop that is drawn or has its answer."""
    found = _SETTLED.run(connection, {"at_drop": drop})
    return frozenset((str(order), int(parcel), str(state)) for order, parcel, state in found)


def counts(connection: Connection) -> Counts:
    """How many parcels and drops are in each state; every state is named."""
    by_parcel = _count_states(connection, parcels)
    by_drop = _count_states(connection, drops)
    oldest = connection.scalar(select(func.min(drops.c.accepted_at)).where(drops.c.state == DropState.OPEN))
    return Counts(
        parcels={state: by_parcel.get(state, 0) for state in ParcelState},
        drops={state: by_drop.get(state, 0) for state in DropState},
        oldest_open=datetime.fromisoformat(oldest) if oldest else None,
    )


def events_of(connection: Connection, key: OrderKey) -> tuple[Event, ...]:
    """What happened to a parcel, oldest first."""
    query = (
        select(events)
        .where(events.c.order_id == key.order_id, events.c.store == key.store, events.c.parcel == key.parcel)
        .order_by(events.c.id)
    )
    return tuple(rows.event_of(row) for row in connection.execute(query).mappings())


def attempts_of(connection: Connection, ref: ParcelRef) -> tuple[Attempt, ...]:
    """Every try at delivering a parcel's document, oldest first."""
    query = select(attempts).where(at_record(attempts)).order_by(attempts.c.number)
    return tuple(rows.attempt_of(row) for row in connection.execute(query, rows.at_ref(ref)).mappings())


def open_attempts(connection: Connection) -> tuple[Attempt, ...]:
    """Every try whose outcome is not on record, in the order they were begun."""
    return tuple(rows.attempt_of(row) for row in _OPEN_ATTEMPTS.rows(connection, {}))


def shipped_before(connection: Connection, key: OrderKey) -> dict[str, int]:
    """Pieces by line that other parcels of the order hold, printed or about to be."""
    totals: dict[str, int] = {}
    for (text,) in _PIECES.run(connection, rows.at_key(key)):
        for line, pieces in rows.pieces_of(text).items():
            totals[line] = totals.get(line, 0) + pieces
    return totals


def grant_of(connection: Connection, store: str, order_id: str) -> GrantRecord | None:
    """What an order owns."""
    row = _GRANT.first(connection, {"at_store": store, "at_order_id": order_id})
    return rows.grant_of(row) if row else None


def all_grants(connection: Connection) -> tuple[GrantRecord, ...]:
    """Every grant, by the day it was made."""
    query = select(grants).order_by(grants.c.granted_on, grants.c.store, grants.c.order_id)
    return tuple(rows.grant_of(row) for row in connection.execute(query).mappings())


def pictures_in(slip: str) -> list[str]:
    """Digests of the pictures that a slip's JSON names."""
    return _PICTURE.findall(slip)


def _count_states(connection: Connection, table: Table) -> dict[str, int]:
    query = select(table.c.state, func.count()).group_by(table.c.state)
    return {str(state): int(count) for state, count in connection.execute(query)}


def _parcels(connection: Connection, statement: Statement, values: Mapping[str, str | int]) -> tuple[ParcelRecord, ...]:
    return tuple(rows.parcel_of(row) for row in statement.rows(connection, values))
