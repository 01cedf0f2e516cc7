"""What waits for one printer, in the order it goes: by rank, then as it came."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from packslip.dispatch import Delivery, Outgoing
from packslip.ledger import ParcelRef

Answer = Callable[[Delivery], None]


@dataclass(order=True, slots=True)
class Waiting:
    """A ready parcel on its way to a printer."""

    rank: str
    number: int  #: in the order they came
    ref: ParcelRef = field(compare=False)
    document: str = field(compare=False)  #: sha256
    pages: int = field(compare=False)
    outgoing: Outgoing | None = field(compare=False, default=None)  #: None: its bytes are read when it goes
    since: float | None = field(compare=False, default=None)  #: when it first waited for a full stack of sheets
    flushes: int = field(compare=False, default=0)  #: of its desk, before it came there
    is_alone: bool = field(compare=False, default=False)  #: shares no sheet
    answer: Answer | None = field(compare=False, default=None)  #: is told once what became of it, or that it waits


class PrinterQueue:
    """The waiting parcels of one printer. Not safe for threads."""

    def __init__(self) -> None:
        self._heap: list[Waiting] = []
        self._refs: set[ParcelRef] = set()

    def __len__(self) -> int:
        return len(self._heap)

    def __contains__(self, ref: ParcelRef) -> bool:
        return ref in self._refs

    def __iter__(self) -> Iterator[Waiting]:
        """All of them, in no order."""
        return iter(self._heap)

    def put(self, waiting: Waiting) -> None:
        """Let a parcel wait."""
        heapq.heappush(self._heap, waiting)
        self._refs.add(waiting.ref)

    def first(self, most: int) -> list[Waiting]:
        """The next ones to go, which wait on."""
        return heapq.nsmallest(most, self._heap)

    def take(self, most: int) -> list[Waiting]:
        """The next ones to go, which wait no longer."""
        taken = [heapq.heappop(self._heap) for _ in range(min(most, len(self._heap)))]
        self._refs.difference_update(waiting.ref for waiting in taken)
        return taken

    def unanswered(self) -> list[Waiting]:
        """Those that somebody waits to hear of, in their order."""
        return sorted(waiting for waiting in self._heap if waiting.answer is not None)
