"""Past orders, from where most is known of them: files that are named; else drops that are kept, then the history.

A kept drop tells what the shop sent, all of it, and on which day the slip was made. The history tells of orders whose
drops are gone, or that were taken in from a file of past orders, what it keeps.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from packslip.engine.hindsight.past import PastOrder, Recollection
from packslip.engine.render import open_drop
from packslip.history import all_orders, replay
from packslip.hotfolder import Filing
from packslip.intake import read_orders
from packslip.ledger import Ledger
from packslip.library.mappings import OrderMapping
from packslip.model import Drop, Order, OrderKey
from packslip.world import World

#: orders of the history that are looked at, where there are more
MOST_ORDERS = 20_000

#: how many orders were looked at, of how many; 0 where nobody knows
Listener = Callable[[int, int], None]

DROPS, HISTORY = "kept drops", "the history"


@dataclass(slots=True, kw_only=True)
class PastOrders:
    """The past orders of a workspace, to be walked once; the counts are complete when that ends."""

    world: World
    files: Sequence[Path] = ()
    mapping: str = ""
    most: int = MOST_ORDERS
    open_ledger: Callable[[], Ledger]
    listener: Listener = lambda _done, _total: None
    sources: dict[str, int] = field(default_factory=dict)  #: where orders came from → how many
    unread: int = 0  #: orders of files that cannot be read
    known: int = 0  #: orders of the history, of which some may have been left out

    def __iter__(self) -> Iterator[PastOrder]:
        """Each parcel once, oldest file first.

        Raises:
            UsageError: a file cannot be read, or there is no such mapping.
        """
        seen: set[OrderKey] = set()
        with Recollection(self.world) as recollection:
            if self.files:
                for file in self.files:
                    yield from self._of_file(file, recollection, seen)
                return
            if self.world.workspace.ledger.exists():
                with self.open_ledger() as ledger:
                    yield from self._of_drops(ledger, recollection, seen)
            yield from self._of_history(recollection, seen)

    def _of_file(self, file: Path, recollection: Recollection, seen: set[OrderKey]) -> Iterator[PastOrder]:
        orders = self._read(open_drop(file), self.world.mapping(self.mapping or self._usual_mapping()))
        for order, shipped in _first_times(orders, seen, {}):
            yield self._counted(file.name, recollection.recall(order, None, shipped))

    def _usual_mapping(self) -> str:
        return self.world.settings.hotfolder.mapping

    def _of_drops(self, ledger: Ledger, recollection: Recollection, seen: set[OrderKey]) -> Iterator[PastOrder]:
        workspace, settings = self.world.workspace, self.world.settings
        filing = Filing(workspace.spool, workspace.done, workspace.held)
        shipped: dict[tuple[str, str], dict[str, int]] = {}
        for record in ledger.upkeep.drops():
            path = filing.find(record)
            if path is None:
                continue
            folder = settings.folder(record.folder if record.folder in settings.folders else "")
            drop = Drop(name=record.name, spool=path, sha256=record.sha256, accepted_at=record.accepted_at)
            orders = (
                replace(order, station=order.station or folder.station)
                for order in self._read(drop, self.world.mapping(folder.mapping))
            )
            day: date = record.accepted_at.date()
            for order, before in _first_times(orders, seen, shipped):
                yield self._counted(DROPS, recollection.recall(order, day, before))

    def _of_history(self, recollection: Recollection, seen: set[OrderKey]) -> Iterator[PastOrder]:
        named = {(key.store, key.order_id) for key in seen}
        history = self.world.workspace.history
        known = all_orders(history, most=self.most)
        self.known = known.total
        for order in replay(history, known):
            if (order.key.store, order.key.order_id) not in named:
                yield self._counted(
                    HISTORY, recollection.recall(order), sum(self.sources.values()) + len(known.numbers)
                )

    def _read(self, drop: Drop, mapping: OrderMapping) -> Iterator[Order]:
        for read in read_orders(drop, mapping, self.world.settings, secret=self.world.workspace.secret).orders:
            if read.order is None:
                self.unread += 1
            else:
                yield read.order

    def _counted(self, source: str, past: PastOrder, total: int = 0) -> PastOrder:
        self.sources[source] = self.sources.get(source, 0) + 1
        self.listener(sum(self.sources.values()), total)
        return past


def _first_times(
    orders: Iterable[Order], seen: set[OrderKey], shipped: dict[tuple[str, str], dict[str, int]]
) -> Iterator[tuple[Order, dict[str, int]]]:
    """Each parcel the first time it comes, with what earlier ones of its order held."""
    for order in orders:
        if order.key in seen:
            continue
        seen.add(order.key)
        before = shipped.setdefault((order.key.store, order.key.order_id), {})
        yield order, dict(before)
        for line in order.lines:
            here = line.quantity_shipped
            before[line.line_id] = before.get(line.line_id, 0) + (line.quantity if here is None else here)
