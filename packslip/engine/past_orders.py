"""Past orders: a file of them into the history, past whom was erased and whose time is over.

Runs beside a line: portions are small, and readers wait for their last moment only. Nothing is printed, nothing is
granted, the ledger is not asked.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from packslip.engine.lock import upkeep_lock
from packslip.engine.render import open_drop
from packslip.engine.upkeep.erasing import CUSTOMER, ORDER
from packslip.files import sha256
from packslip.history import HistoryImport, Taken
from packslip.intake import PastReading, read_past_orders
from packslip.ledger import crash_point, customer_hash, order_hash
from packslip.model import Drop, Finding, SoldOrder
from packslip.world import KeyedLines, Workspace, World

#: what is done, how many of it, of how many; 0 where nobody knows
Listener = Callable[[str, int, int], None]


@dataclass(slots=True, kw_only=True)
class Imported:
    """What came of an import."""

    taken: Taken
    reading: PastReading
    was_in: bool = False  #: the same file, read in the same way, was in already
    resumed_after: int = 0  #: the line up to which it was in
    erased: int = 0  #: orders and returns of whom was erased
    nameless: int = 0  #: that are too old to be kept as a customer's

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was wrong with the file, by line."""
        return tuple(sorted(self.reading.findings, key=lambda finding: finding.where.line or 0))


def import_past_orders(world: World, file: Path, mapping: str, *, now: datetime, listener: Listener) -> Imported:
    """Take a file of past orders into the history of a workspace, and rank its customers anew.

    Raises:
        UsageError: the file cannot be read, or there is no such mapping.
        WorkspaceError: another command that keeps the workspace is at it.
    """
    workspace, shape = world.workspace, world.mapping(mapping)
    drop = open_drop(file)
    with upkeep_lock(workspace.state), HistoryImport(workspace.history, _digest(world, drop, mapping)) as history:
        after = history.read_up_to()
        if after is None:
            return Imported(taken=history.taken, reading=PastReading(findings=[]), was_in=True)
        reading = read_past_orders(drop, shape, world.settings, secret=workspace.secret, after=after)
        imported = Imported(taken=history.taken, reading=reading, resumed_after=after)
        sieve = _Sieve(world, now, imported)
        categories = {product.sku: product.category for product in world.catalogue.products if product.category}
        lines = count_lines(drop)
        for portion in reading.portions:
            history.take(tuple(sieve.pass_on(portion.orders)), portion.line, categories)
            listener("lines", min(portion.read, lines), lines)
            crash_point("history.portion")
        if reading.is_readable:
            history.finish(now.date(), world.catalogue.same, lambda done, total: listener("customers", done, total))
    return imported


def _digest(world: World, drop: Drop, mapping: str) -> str:
    """Stands for a file and all that decides how it is read."""
    path = world.root / "rules" / "mappings" / f"{mapping}.toml"
    how = path.read_bytes() if mapping else b""
    return sha256(b"\0".join((drop.sha256.encode(), world.settings.shop.store.encode(), how)))


def count_lines(drop: Drop) -> int:
    """How many lines a file has, for a bar."""
    with drop.spool.open("rb") as stream:
        return sum(part.count(b"\n") for part in iter(lambda: stream.read(1 << 20), b""))


class _Sieve:
    """Keeps out what must not come back."""

    def __init__(self, world: World, now: datetime, imported: Imported) -> None:
        self._erased = KeyedLines(world.workspace.erased)
        self._workspace: Workspace = world.workspace
        self._catalogue = world.catalogue
        self._imported = imported
        days = world.settings.retention.history_days
        self._keeps_from = now.date() - timedelta(days=days) if days else date.min
        self._erased_on: dict[tuple[str, str], date] = {}

    def pass_on(self, orders: Iterable[SoldOrder]) -> Iterator[SoldOrder]:
        """The orders of a portion, without those of whom was erased; old ones as nobody's."""
        self._erased_on.clear()
        has_erased = bool(self._erased)
        for order in orders:
            if has_erased and self._is_erased(order):
                self._imported.erased += 1
            elif order.customer_id and order.day < self._keeps_from:
                self._imported.nameless += 1
                yield replace(order, customer_id="")
            else:
                yield order

    def _is_erased(self, order: SoldOrder) -> bool:
        """Whether the order was erased, or its customer was after they placed it."""
        key = order_hash(self._workspace.secret(), store=order.store, order_id=order.order_id)
        if self._erased.latest(key, (ORDER,)) is not None:
            return True
        if not order.customer_id:
            return False
        whose = order.store, order.customer_id
        if whose not in self._erased_on:
            self._erased_on[whose] = max(self._days(*whose), default=date.min)
        return order.day <= self._erased_on[whose]

    def _days(self, store: str, customer_id: str) -> Iterator[date]:
        for one in self._catalogue.ids_of(customer_id):
            key = customer_hash(self._workspace.secret(), store=store, customer_id=one)
            line = self._erased.latest(key, (CUSTOMER,))
            if line is not None:
                yield line.at.astimezone().date()
