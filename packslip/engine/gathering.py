"""Gathering: documents that wait until a stack of sheets is full, or for so long. Pure: the time is told to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from packslip.engine.queueing import Waiting
from packslip.impositions import ImpositionSettings, SheetOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """How a printer gathers."""

    places: int  #: on the sheets of a whole stack; from so many on nothing waits
    wait_s: float  #: since the first


def gathering_of(wanted: ImpositionSettings) -> Gathering:
    """How the printers of an imposition gather: slips that stand alone on their sheet do not wait."""
    places = 1 if wanted.order is SheetOrder.REPEAT else wanted.places * wanted.sheets
    return Gathering(places=places, wait_s=wanted.wait_s)


def next_stack(
    queue: Sequence[Waiting], gathering: Gathering, *, places: Callable[[int], int], flushes: int, now: float
) -> tuple[list[Waiting], float]:
    """What shares the next stack of a queue, and seconds until it goes out; endless where nothing waits.

    `places` says how many a document of so many pages takes. What waited at one of the `flushes` waits no longer.
    """
    stack: list[Waiting] = []
    room = gathering.places
    for waiting in queue:
        room -= places(waiting.pages)
        if stack and (room < 0 or not _may_share(stack[0], waiting)):
            return stack, 0.0
        stack.append(waiting)
    if not stack:
        return stack, inf
    if room <= 0 or stack[0].is_alone or stack[0].flushes < flushes:
        return stack, 0.0
    since = min((now if waiting.since is None else waiting.since) for waiting in stack)
    return stack, max(since + gathering.wait_s - now, 0.0)


def _may_share(one: Waiting, other: Waiting) -> bool:
    return one.flushes == other.flushes and not (one.is_alone or other.is_alone)
