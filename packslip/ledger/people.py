"""What people decide about held parcels and drops, and the closing of a drop that respects it.

A parcel that is tried again reopens its drop, so that a running line, or the next one to start, reads it anew.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from packslip.errors import UsageError
from packslip.ledger import queries, reserving
from packslip.ledger.changes import Stamp, move, move_drop
from packslip.ledger.deliveries import forgive
from packslip.ledger.records import ParcelRef
from packslip.ledger.rows import findings_text
from packslip.ledger.states import DropMove, DropState, Move, ParcelState
from packslip.model import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class DropEnd:
    """A drop whose records all have their answers."""

    drop: str  #: id
    findings: tuple[Finding, ...] = ()  #: of the file as a whole
    repeated: bool = False  #: every record in it came before


def retry(connection: Connection, stamp: Stamp, ref: ParcelRef) -> None:
    """Make a held parcel accepted again."""
    move(connection, stamp, ref, Move.RETRY, detail="by hand", accepted_at=stamp.at)
    _reopen(connection, stamp, ref)


def release(connection: Connection, stamp: Stamp, ref: ParcelRef) -> None:
    """Make a held parcel accepted again, its present findings forgiven."""
    forgive(connection, stamp, ref)
    _reopen(connection, stamp, ref)


def put_aside(connection: Connection, stamp: Stamp, ref: ParcelRef) -> None:
    """Drop a held parcel; a code that nothing was printed with goes back to its pool."""
    move(connection, stamp, ref, Move.DROP)
    reserving.settle(connection, stamp, ref.key)


def confirm(connection: Connection, stamp: Stamp, ref: ParcelRef) -> None:
    """Take an uncertain parcel as printed: somebody has seen the paper.

    Raises:
        UsageError: the parcel is not uncertain.
    """
    found = queries.record(connection, ref)
    if found is None or found.state is not ParcelState.UNCERTAIN:
        raise UsageError(f"parcel {ref} is {found.state if found else 'not on record'}, not uncertain")
    move(connection, stamp, ref, Move.FINISH, detail="seen on paper", done_at=stamp.at)


def cancel(connection: Connection, stamp: Stamp, ref: ParcelRef) -> None:
    """Call a parcel off; a code that nothing was printed with goes back to its pool."""
    move(connection, stamp, ref, Move.CANCEL)
    reserving.settle(connection, stamp, ref.key)


def retry_drop(connection: Connection, stamp: Stamp, drop_id: str) -> None:
    """Open a drop that is held whole again.

    Raises:
        UsageError: the drop is not held.
    """
    found = queries.drop_by_id(connection, drop_id)
    if found is None or found.state is not DropState.HELD:
        raise UsageError(f"drop {drop_id} is {found.state if found else 'not on record'}, not held")
    move_drop(connection, stamp, drop_id, DropMove.REOPEN, findings="[]", closed_at=None)


def close_drop(connection: Connection, stamp: Stamp, end: DropEnd) -> bool:
    """Close a drop, unless one of its parcels has work left."""
    if queries.is_pending(connection, end.drop):
        return False
    what = DropMove.REPEAT if end.repeated else DropMove.CLOSE
    move_drop(connection, stamp, end.drop, what, findings=findings_text(end.findings), closed_at=stamp.at)
    return True


def _reopen(connection: Connection, stamp: Stamp, ref: ParcelRef) -> None:
    found = queries.record(connection, ref)
    drop = queries.drop_by_id(connection, found.drop) if found else None
    if drop is not None and drop.state is not DropState.OPEN:
        move_drop(connection, stamp, drop.id, DropMove.REOPEN, findings="[]", closed_at=None)
