"""States of parcels and drops, and the only ways from one to the next.

Owns two small tables and nothing else. A change of state that is no row here cannot be asked for: callers name a
*move*, never a state, and the database itself refuses what the tables do not list.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar


class ParcelState(StrEnum):
    """Where a parcel is."""

    ACCEPTED = "accepted"  #: on record; its slip is not drawn yet
    READY = "ready"  #: slip, grant and document are on record
    SENDING = "sending"  #: on its way to a printer: the intent is on record, the outcome is not
    DONE = "done"  #: the printer has it
    UNCERTAIN = "uncertain"  #: nobody can know whether the printer has it
    HELD = "held"  #: its findings say why; a person decides
    DROPPED = "dropped"  #: a person put it aside
    CANCELLED = "cancelled"  #: the order was called off


class DropState(StrEnum):
    """Where a dropped file is."""

    OPEN = "open"  #: claimed; some of its parcels may still be under way
    DONE = "done"  #: every parcel has its answer
    DUPLICATE = "duplicate"  #: done, and nothing in it was new
    HELD = "held"  #: held whole: nothing in it could be read
    DROPPED = "dropped"  #: a person put it aside


class CodeState(StrEnum):
    """Where a code of a pool is."""

    FREE = "free"  #: nobody has it
    RESERVED = "reserved"  #: granted to an order, and on no paper yet
    ISSUED = "issued"  #: on paper, or sent by other ways; it never comes back
    WITHDRAWN = "withdrawn"  #: nobody gets it: somebody said so, or nobody knows whether it was given out


class Move(StrEnum):
    """What happens to a parcel."""

    DRAW = "draw"
    HOLD = "hold"
    SEND = "send"
    FINISH = "finish"
    DOUBT = "doubt"
    GIVE_BACK = "give back"
    RESEND = "resend"
    RETRY = "retry"
    DROP = "drop"
    CANCEL = "cancel"
    RESTORE = "restore"


class DropMove(StrEnum):
    """What happens to a drop."""

    CLOSE = "close"
    REPEAT = "repeat"
    HOLD = "hold"
    REOPEN = "reopen"
    DROP = "drop"


S = TypeVar("S", ParcelState, DropState)


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    """The states a move may start from, and the one it ends in."""

    sources: tuple[S, ...]
    target: S


PARCEL_STEPS: Mapping[Move, Step[ParcelState]] = {
    Move.DRAW: Step((ParcelState.ACCEPTED,), ParcelState.READY),
    Move.HOLD: Step((ParcelState.ACCEPTED, ParcelState.READY), ParcelState.HELD),
    Move.SEND: Step((ParcelState.READY,), ParcelState.SENDING),
    Move.FINISH: Step((ParcelState.SENDING, ParcelState.UNCERTAIN), ParcelState.DONE),
    Move.DOUBT: Step((ParcelState.SENDING,), ParcelState.UNCERTAIN),
    Move.GIVE_BACK: Step((ParcelState.SENDING,), ParcelState.READY),
    Move.RESEND: Step((ParcelState.UNCERTAIN,), ParcelState.READY),
    Move.RETRY: Step((ParcelState.HELD,), ParcelState.ACCEPTED),
    Move.DROP: Step((ParcelState.HELD,), ParcelState.DROPPED),
    Move.CANCEL: Step((ParcelState.ACCEPTED, ParcelState.READY, ParcelState.HELD), ParcelState.CANCELLED),
    Move.RESTORE: Step((ParcelState.READY, ParcelState.SENDING), ParcelState.UNCERTAIN),
}

DROP_STEPS: Mapping[DropMove, Step[DropState]] = {
    DropMove.CLOSE: Step((DropState.OPEN,), DropState.DONE),
    DropMove.REPEAT: Step((DropState.OPEN,), DropState.DUPLICATE),
    DropMove.HOLD: Step((DropState.OPEN,), DropState.HELD),
    DropMove.REOPEN: Step((DropState.DONE, DropState.DUPLICATE, DropState.HELD), DropState.OPEN),
    DropMove.DROP: Step((DropState.HELD,), DropState.DROPPED),
}

#: every change a code can make, from and to
CODE_CHANGES = (
    (CodeState.FREE, CodeState.RESERVED),
    (CodeState.RESERVED, CodeState.FREE),
    (CodeState.RESERVED, CodeState.ISSUED),
    (CodeState.FREE, CodeState.WITHDRAWN),
    (CodeState.RESERVED, CodeState.WITHDRAWN),
    (CodeState.WITHDRAWN, CodeState.FREE),
)

#: where a parcel may begin: a record that contradicts a printed one is held from the start
PARCEL_STARTS = (ParcelState.ACCEPTED, ParcelState.HELD)

#: paper exists or will exist: another record for the same parcel is a duplicate or a conflict
TAKEN = (ParcelState.ACCEPTED, ParcelState.READY, ParcelState.SENDING, ParcelState.DONE, ParcelState.UNCERTAIN)

#: its pieces have left or will leave the shelf
SHIPPED = (ParcelState.READY, ParcelState.SENDING, ParcelState.DONE, ParcelState.UNCERTAIN)

#: a drop with one of these is not finished; what is ready has left it for its printer's queue
PENDING = (ParcelState.ACCEPTED,)


def parcel_changes() -> Iterator[tuple[ParcelState, Move, ParcelState]]:
    """Every change a parcel can make: from, move, to."""
    for move, step in PARCEL_STEPS.items():
        for source in step.sources:
            yield source, move, step.target


def drop_changes() -> Iterator[tuple[DropState, DropMove, DropState]]:
    """Every change a drop can make: from, move, to."""
    for move, step in DROP_STEPS.items():
        for source in step.sources:
            yield source, move, step.target


def diagram() -> str:
    """The parcel's states as a Mermaid state diagram; `docs/ledger.md` shows it."""
    starts = [f"    [*] --> {state}" for state in PARCEL_STARTS]
    changes = [f"    {source} --> {target}: {move}" for source, move, target in parcel_changes()]
    return "\n".join(("stateDiagram-v2", *starts, *changes))
