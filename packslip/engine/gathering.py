"""Gathering: documents that wait until a stack of sheets is full, or for so long. Pure: the time is told to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from packslip.impositions import ImpositionSettings, SheetOrder

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """How a printer gathers."""

    places: int  #: on the sheets of a whole stack; from so many on nothing waits
    wait_s: float  #: since the first


def gathering_of(wanted: ImpositionSettings) -> Gathering:
    """How the printers of an imposition gather: slips that stand alone on their sheet do not wait."""
    places = 1 if wanted.order is SheetOrder.REPEAT else wanted.places * wanted.sheets
    return Gathering(places=places, wait_s=wanted.wait_s)


@dataclass(slots=True)
class _Stack(Generic[T]):
    printer: str
    gathering: Gathering
    until: float
    items: list[T] = field(default_factory=list)
    taken: int = 0  #: places

    def has_room(self, places: int) -> bool:
        return self.taken + places <= self.gathering.places

    def is_due(self, now: float) -> bool:
        return not self.has_room(1) or now >= self.until


class Gatherer(Generic[T]):
    """What waits, by printer, in the order it came."""

    def __init__(self) -> None:
        self._open: dict[str, _Stack[T]] = {}
        self._closed: list[_Stack[T]] = []

    def __bool__(self) -> bool:
        return bool(self._open or self._closed)

    def add(self, printer: str, item: T, gathering: Gathering, *, places: int, now: float) -> None:
        """Let a document wait that takes so many places; one that does not fit any more begins a new stack."""
        stack = self._open.get(printer)
        if stack is not None and not stack.has_room(places):
            self._closed.append(stack)
            stack = None
        if stack is None:
            stack = self._open[printer] = _Stack(printer, gathering, now + gathering.wait_s)
        stack.items.append(item)
        stack.taken += places

    def take(self, now: float, *, everything: bool = False) -> Iterator[tuple[str, list[T]]]:
        """Printers, and what waits for them no longer."""
        due = self._closed + [stack for stack in self._open.values() if everything or stack.is_due(now)]
        self._closed = []
        for stack in due:
            if self._open.get(stack.printer) is stack:
                del self._open[stack.printer]
            yield stack.printer, stack.items

    def due_in(self, now: float) -> float | None:
        """Seconds until the next stack is due; None where nothing waits."""
        if self._closed:
            return 0.0
        return min((max(stack.until - now, 0.0) for stack in self._open.values()), default=None)
