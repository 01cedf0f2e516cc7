"""Code pools seen by those who fill and watch them: codes in, and how many are left.

A code is told by its letters and digits alone, as people type it. What a line does with codes is
`packslip.ledger.reserving`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Connection,
    Label,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from packslip.ledger import people, rows
from packslip.ledger.changes import Stamp, log
from packslip.ledger.codes import bare
from packslip.ledger.records import Origin
from packslip.ledger.redeeming import is_ours
from packslip.ledger.reserving import FREE, NEVER
from packslip.ledger.statements import Statement
from packslip.ledger.states import CodeState, ParcelState
from packslip.ledger.tables import codes, first_orders, grants, parcels, redemptions
from packslip.model import DRY, Finding, Severity

WITHDRAWN = "codes withdrawn"  #: event
PACE_DAYS = 28  #: the time that tells how fast a pool is used up

_KNOWN = Statement(select(codes).where(codes.c.bare == bindparam("at_bare")))
_ADD = Statement(insert(codes))
_RENEW = Statement(
    update(codes).where(codes.c.bare == bindparam("at_bare"), codes.c.state == CodeState.WITHDRAWN.value)
)
_LEVEL = Statement(
    select(codes.c.number)
    .where(codes.c.pool == bindparam("at_pool"), codes.c.state == FREE)
    .limit(bindparam("at_most"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCode:
    """A code as a shop's file gives it."""

    line: int  #: in the file
    code: str
    worth: str = ""  #: as `reserving.worth_text` says it, "" for whatever the rules say
    minimum: str = ""  #: amount and currency
    expires_on: date | None = None
    issued_on: date | None = None  #: it was given out already, by other ways than the slip


class Told(StrEnum):
    """What became of a code of a file."""

    ADDED = "added"
    KNOWN = "known"  #: it came before, the same
    RENEWED = "renewed"  #: it was withdrawn, and is free again
    OTHER_POOL = "other pool"
    OTHER_TERMS = "other terms"
    OURS = "ours"  #: made here and granted to an order


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How full a pool is."""

    pool: str
    origin: Origin
    free: int  #: and good for a day yet
    ended: int  #: free, and their last day is over
    reserved: int
    issued: int
    withdrawn: int
    redeemed: int  #: of those issued
    lately: int  #: given to orders in the last `PACE_DAYS`

    @property
    def days_left(self) -> int | None:
        """How long the free ones last at the pace of late, None where none were used."""
        return int(self.free * PACE_DAYS / self.lately) if self.lately else None


def add(
    connection: Connection, stamp: Stamp, pool: str, origin: Origin, new: Sequence[NewCode], *, renew: bool
) -> tuple[Told, ...]:
    """Put codes into a pool, each whole or not at all; parcels that wait for one are tried again."""
    told = tuple(_add(connection, stamp, pool, origin, one, renew=renew) for one in new)
    fresh = sum(one in {Told.ADDED, Told.RENEWED} for one in told)
    if fresh:
        log(connection, stamp, "codes added", detail=f"{pool}: {fresh}")
        _wake(connection, stamp, pool)
    return told


def _add(connection: Connection, stamp: Stamp, pool: str, origin: Origin, new: NewCode, *, renew: bool) -> Told:
    name = bare(new.code)
    known = _KNOWN.first(connection, {"at_bare": name})
    if known is None and is_ours(connection, new.code):
        return Told.OURS
    expires_on = new.expires_on.isoformat() if new.expires_on else NEVER
    terms = (origin.value, new.worth, new.minimum, expires_on)
    if known is not None:
        if known["pool"] != pool:
            return Told.OTHER_POOL
        is_issued = known["state"] == CodeState.ISSUED
        if (known["origin"], known["worth"], known["minimum"], known["expires_on"]) != terms or (
            new.issued_on is not None and not is_issued
        ):
            return Told.OTHER_TERMS
        if renew and known["state"] == CodeState.WITHDRAWN:
            _RENEW.run(connection, {"at_bare": name, "state": CodeState.FREE.value})
            return Told.RENEWED
        return Told.KNOWN
    state = CodeState.FREE if new.issued_on is None else CodeState.ISSUED
    values = {
        "bare": name,
        "code": new.code,
        "pool": pool,
        "origin": origin.value,
        "state": state.value,
        "worth": new.worth,
        "minimum": new.minimum,
        "expires_on": expires_on,
        "imported_at": stamp.at,
        "issued_at": new.issued_on.isoformat() if new.issued_on else "",
    }
    _ADD.run(connection, values)
    return Told.ADDED


def _wake(connection: Connection, stamp: Stamp, pool: str) -> None:
    """Try again what is held because the pool had nothing."""
    held = select(parcels.c.store, parcels.c.order_id, parcels.c.parcel, parcels.c.revision, parcels.c.findings)
    query = held.where(parcels.c.state == ParcelState.HELD, parcels.c.findings.contains(DRY))
    for row in connection.execute(query).mappings().all():
        if pool in waits_for(rows.findings_of(row["findings"])):
            people.retry(connection, stamp, rows.ref_of(row))


def waits_for(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The pools any of which a held parcel waits for, none where it waits for something else as well."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if not errors or any(finding.code != DRY for finding in errors):
        return ()
    return tuple(errors[0].where.spot.split(", "))


def free_codes(connection: Connection, pool: str, most: int) -> int:
    """How many free codes a pool has, counted no further than `most`."""
    return len(_LEVEL.rows(connection, {"at_pool": pool, "at_most": most}))


def levels(connection: Connection, now: datetime) -> tuple[Level, ...]:
    """Every pool that codes were imported into, one for each origin."""
    today, since = now.date().isoformat(), (now.astimezone(UTC) - timedelta(days=PACE_DAYS)).isoformat()
    is_free = codes.c.state == CodeState.FREE.value
    used = exists().where(redemptions.c.bare == codes.c.bare)

    def count(condition: ColumnElement[bool], name: str) -> Label[int]:
        return func.sum(case((condition, 1), else_=0)).label(name)

    query = (
        select(
            codes.c.pool,
            codes.c.origin,
            count(and_(is_free, codes.c.expires_on >= today), "free"),
            count(and_(is_free, codes.c.expires_on < today), "ended"),
            *(
                count(codes.c.state == state.value, state.value)
                for state in (CodeState.RESERVED, CodeState.ISSUED, CodeState.WITHDRAWN)
            ),
            count(used, "redeemed"),
            count(codes.c.reserved_at >= since, "lately"),
        )
        .group_by(codes.c.pool, codes.c.origin)
        .order_by(codes.c.pool, codes.c.origin)
    )
    found = connection.execute(query).mappings()
    return tuple(Level(**{**row, "origin": Origin(row["origin"])}) for row in found)


def withdraw_free(connection: Connection, stamp: Stamp, pool: str, named: Sequence[str] | None) -> int:
    """Give a pool's free codes, all or those named, to nobody; how many there were. What an order has, it keeps."""
    is_free = and_(codes.c.pool == pool, codes.c.state == CodeState.FREE.value)
    if named is not None:
        is_free = and_(is_free, codes.c.bare.in_([bare(code) for code in named]))
    count = connection.execute(update(codes).where(is_free).values(state=CodeState.WITHDRAWN.value)).rowcount
    if count:
        log(connection, stamp, WITHDRAWN, detail=f"{count}: {pool}")
    return count


def withdraw_open(connection: Connection, stamp: Stamp, *, detail: str) -> int:
    """Give out no code any more that no paper had: some may be on paper by now, and nobody knows which."""
    lost = select(codes.c.store, codes.c.order_id).where(codes.c.state == CodeState.RESERVED.value)
    for store, order_id in connection.execute(lost).all():
        is_its = and_(grants.c.store == store, grants.c.order_id == order_id)
        connection.execute(update(grants).where(is_its).values(promo_code="", offer="null", expires_on="", pool=""))
        connection.execute(
            delete(first_orders).where(first_orders.c.store == store, first_orders.c.order_id == order_id)
        )
    is_open = codes.c.state.in_((CodeState.FREE.value, CodeState.RESERVED.value))
    values = {"state": CodeState.WITHDRAWN.value, "store": "", "order_id": "", "reserved_at": ""}
    count = connection.execute(update(codes).where(is_open).values(**values)).rowcount
    if count:
        log(connection, stamp, WITHDRAWN, detail=f"{count}: {detail}")
    return count
