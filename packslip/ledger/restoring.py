"""A ledger from a back-up: what happened since is unknown, and nothing may print twice because of it.

What was ready or on its way is *uncertain*, what was being drawn is held. Orders that come and may have come before,
because they are not younger than the restore, are held until a person says otherwise, see `doubted_through`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, select, update

from packslip.ledger import pools, queries, rows
from packslip.ledger.changes import Stamp, log, move
from packslip.ledger.records import AttemptState, ParcelRecord
from packslip.ledger.retention import meta_value, set_meta
from packslip.ledger.states import DropState, Move, ParcelState
from packslip.ledger.tables import attempts, drops
from packslip.model import Finding, Where, error

RESTORED = "parcel.restored"
CAME_LATER = "drop.restored"

_DOUBTED = "doubted through"
_OPEN = (AttemptState.INTENT, AttemptState.ACCEPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterDrop:
    """A drop's file that is there and that the back-up does not know."""

    id: str
    name: str
    sha256: str
    accepted_at: datetime


def doubt(connection: Connection, stamp: Stamp, taken_at: datetime, through: date) -> tuple[ParcelRecord, ...]:
    """Put what may have printed since a back-up was taken out of reach; those parcels as they were.

    Orders dated up to a day are doubted from here on, and codes that were free then may be on paper by now.
    """
    told = f"back-up of {taken_at.astimezone():%Y-%m-%d %H:%M}"
    found = queries.in_state(connection, ParcelState.ACCEPTED, ParcelState.READY, ParcelState.SENDING)
    is_open = attempts.c.state.in_(_OPEN)
    values = {"state": AttemptState.UNCERTAIN, "ended_at": stamp.at, "told": told}
    connection.execute(update(attempts).where(is_open).values(**values))
    for record in found:
        finding = doubted(Where(file=record.drop_name, line=record.line), taken_at)
        what = Move.HOLD if record.state is ParcelState.ACCEPTED else Move.RESTORE
        findings = rows.findings_text((*record.findings, finding))
        move(connection, stamp, record.ref, what, detail=told, findings=findings)
    pools.withdraw_open(connection, stamp, detail=told)
    set_meta(connection, _DOUBTED, f"{through.isoformat()} {taken_at.isoformat()}")
    log(connection, stamp, "restore", detail=told)
    return found


def doubted(where: Where, taken_at: datetime) -> Finding:
    """The finding of a parcel that may have printed after the back-up."""
    when = f"{taken_at.astimezone():%Y-%m-%d %H:%M}"
    return error(
        RESTORED,
        where,
        f"the ledger is a back-up of {when}; nobody knows whether this parcel was printed since",
        "look at tray and table: release it to print it, put it aside if it was printed",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Which orders are doubted since a restore."""

    through: date  #: of their own date, the day of the restore
    taken_at: datetime  #: when the back-up was


def doubted_through(connection: Connection) -> Doubt | None:
    """Which orders are held when they come, None where none are."""
    value = meta_value(connection, _DOUBTED)
    if not value:
        return None
    through, _, taken_at = value.partition(" ")
    return Doubt(through=date.fromisoformat(through), taken_at=datetime.fromisoformat(taken_at))


def trust(connection: Connection, stamp: Stamp) -> None:
    """Doubt no order any more that comes from here on."""
    set_meta(connection, _DOUBTED, "")
    log(connection, stamp, "trust")


def enter_later(connection: Connection, stamp: Stamp, later: Sequence[LaterDrop]) -> None:
    """Put drops on record that came after the back-up, held whole: which of their orders printed is unknown."""
    known = set(connection.scalars(select(drops.c.id)))
    for drop in later:
        if drop.id in known:
            continue
        finding = error(
            CAME_LATER,
            Where(file=drop.name),
            "it came after the back-up that this ledger is; nobody knows which of its orders were printed",
            f"packslip held retry {drop.id} reads it again and holds each order for you to decide",
        )
        values = {
            "id": drop.id,
            "name": drop.name,
            "sha256": drop.sha256,
            "accepted_at": drop.accepted_at.isoformat(),
            "state": DropState.HELD,
            "findings": rows.findings_text((finding,)),
            "closed_at": stamp.at,
        }
        connection.execute(insert(drops), values)
        log(connection, stamp, "drop.take", drop=drop.id, target=DropState.HELD, detail=CAME_LATER)
