"""What can be done to the ledger. Each function runs inside one writing transaction of the ledger thread.

A change of state names a move; the UPDATE compares the state it starts from, so of two callers one wins and the other
is told. Every change leaves an event in the same transaction.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, update

from packslip.errors import UsageError
from packslip.ledger import queries, rows
from packslip.ledger.records import ParcelRecord, ParcelRef
from packslip.ledger.statements import Statement, Value
from packslip.ledger.states import DROP_STEPS, PARCEL_STEPS, DropMove, Move
from packslip.ledger.tables import drops, events, parcels

_CHANGE = (
    update(parcels)
    .where(queries.at_record(parcels), parcels.c.state == bindparam("at_state"))
    .values(turn=parcels.c.turn + 1)
)
_FENCED = _CHANGE.where(parcels.c.turn == bindparam("at_turn"))
_STEP = {False: Statement(_CHANGE), True: Statement(_FENCED)}
_DROP_STEP = Statement(update(drops).where(drops.c.id == bindparam("at_id"), drops.c.state == bindparam("at_state")))
_EVENT = Statement(insert(events))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When a change is made and who makes it."""

    at: str  #: ISO time
    who: str = ""  #: "" for the line itself
    holder: str = ""  #: the process, as leases name it


_NO_PARCEL: dict[str, Value] = {"store": "", "order_id": "", "parcel": None, "revision": None}


def move(
    connection: Connection,
    stamp: Stamp,
    ref: ParcelRef,
    what: Move,
    *,
    detail: str = "",
    turn: int | None = None,
    **values: Value,
) -> None:
    """Change a parcel's state, with other columns in the same breath.

    With a `turn`, the record must not have changed its state since it had that one: whoever slept over a change made by
    somebody else cannot write.

    Raises:
        UsageError: the parcel is in no state that this move starts from.
    """
    if not try_move(connection, stamp, ref, what, detail=detail, turn=turn, **values):
        raise UsageError(_no_move(ref, what, queries.record(connection, ref)))


def try_move(
    connection: Connection,
    stamp: Stamp,
    ref: ParcelRef,
    what: Move,
    *,
    detail: str = "",
    turn: int | None = None,
    **values: Value,
) -> bool:
    """Change a parcel's state if it is in one that this move starts from; say whether it was."""
    step = PARCEL_STEPS[what]
    fence: dict[str, Value] = {} if turn is None else {"at_turn": turn}
    for source in step.sources:
        where = {**rows.at_ref(ref), "at_state": source, **fence}
        changed = _STEP[turn is not None].run(connection, {**where, "state": step.target, **values})
        if changed.rowcount == 1:
            log(connection, stamp, what, ref=ref, source=source, target=step.target, detail=detail)
            return True
    return False


def move_drop(connection: Connection, stamp: Stamp, drop: str, what: DropMove, **values: Value) -> None:
    """Change a drop's state.

    Raises:
        UsageError: the drop is in no state that this move starts from.
    """
    step = DROP_STEPS[what]
    for source in step.sources:
        changed = _DROP_STEP.run(connection, {"at_id": drop, "at_state": source, "state": step.target, **values})
        if changed.rowcount == 1:
            log(connection, stamp, f"drop.{what}", drop=drop, source=source, target=step.target)
            return
    found = queries.drop_by_id(connection, drop)
    raise UsageError(f"drop {drop} is {found.state}, too late to {what}" if found else f"no drop {drop}")


def log(
    connection: Connection,
    stamp: Stamp,
    kind: str,
    *,
    ref: ParcelRef | None = None,
    drop: str = "",
    source: str = "",
    target: str = "",
    detail: str = "",
) -> None:
    """Add a line to the event log; `detail` never holds personal data."""
    values: dict[str, Value] = {
        "at": stamp.at,
        "kind": kind,
        "drop_id": drop,
        "source": source,
        "target": target,
        "who": stamp.who,
        "detail": detail,
    }
    _EVENT.run(connection, {**values, **(rows.ref_values(ref) if ref else _NO_PARCEL)})


def _no_move(ref: ParcelRef, what: Move, found: ParcelRecord | None) -> str:
    if found is None:
        return f"no parcel {ref} on record"
    wanted = " or ".join(PARCEL_STEPS[what].sources)
    return f"parcel {ref} is {found.state}; to {what} it, it must be {wanted}"
