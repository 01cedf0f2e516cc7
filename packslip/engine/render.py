"""Render: named files through the same road as the line, without hot folder, ledger or printer.

Never counts as printed: codes come from the secret alone, history is read and not written, and today is the order's own
date, so that the same file gives the same documents on any day.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from pathlib import Path

from packslip.engine.faults import Bug, catch_bug, finding_of, internal
from packslip.engine.offers import stand_in
from packslip.engine.recommending import Recommender
from packslip.engine.suppressing import Suppressions
from packslip.errors import PackslipError, UsageError
from packslip.files import safe_name, sha256
from packslip.history import History
from packslip.intake import ReadOrder, read_orders
from packslip.library.mappings import OrderMapping
from packslip.line.pictures import PictureDesk
from packslip.line.pressed import Pressed
from packslip.line.walk import Outcome, Road, judge, walk
from packslip.model import (
    Choice,
    Drop,
    Facts,
    Finding,
    Grant,
    Order,
    OrderKey,
    Slip,
    error,
    has_errors,
    settle_parcel,
)
from packslip.pictures.recipe import Decode
from packslip.pictures.rendering import render_renditions
from packslip.world import World


class RenderState(StrEnum):
    """What became of one parcel."""

    READY = "ready"
    HELD = "held"
    DUPLICATE = "duplicate"  #: the very same record came earlier in this call


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One parcel of a file."""

    file: str
    label: str  #: order id, for people
    key: OrderKey | None  #: None where the record does not even tell its order
    state: RenderState
    order: Order | None
    outcome: Outcome | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """What a file held beside its parcels."""

    file: str
    findings: tuple[Finding, ...]
    skipped: Mapping[str, int]  #: reason → rows left out by the mapping
    emptied: int = 0  #: orders of which every line was left out


class Renderer:
    """The road of one release for files that are only looked at."""

    def __init__(
        self,
        world: World,
        press: Callable[[Slip], Pressed] | None,
        *,
        mapping: OrderMapping,
        today: date | None = None,
        arms: Mapping[str, str] | None = None,
        threads: int = 2,
        decode: Decode = render_renditions,
    ) -> None:
        """Without a press each order is judged, not drawn. `threads` orders are under way at once.

        `arms` are every customer's arms of campaigns, in place of their own. `decode` may run `render_renditions` in
        limited children.
        """
        self._world = world
        self._mapping = mapping
        self._today = today
        self._arms = arms
        self._threads = threads
        self._history = History.open(world.workspace.history, read_only=True)
        self._recommender = Recommender(world.workspace)
        self._suppressions = Suppressions(world.workspace)
        self._road = None
        if press is not None:
            self._road = Road(world=world, pictures=PictureDesk(world, decode), grant=self._grant, press=press)
        self._seen: dict[OrderKey, str] = {}
        self._shipped: dict[tuple[str, str], dict[str, int]] = {}
        self.reports: list[FileReport] = []  #: one for each file that was read to its end

    def render(self, files: Iterable[Path]) -> Iterator[Rendered]:
        """Every parcel of some files, in their order."""
        with ThreadPoolExecutor(self._threads, thread_name_prefix="render") as threads:
            window: list[Future[Rendered]] = []
            for file in files:
                for record in self._read(file):
                    window.append(threads.submit(self._walk, file.name, *self._prepare(record)))
                    if len(window) > 2 * self._threads:
                        yield window.pop(0).result()
            for future in window:
                yield future.result()

    def _read(self, file: Path) -> Iterator[ReadOrder]:
        drop = open_drop(file)
        reading = read_orders(drop, self._mapping, self._world.settings, secret=self._world.workspace.secret)
        yield from reading.orders
        self.reports.append(
            FileReport(
                file=file.name,
                findings=tuple(reading.findings),
                skipped=dict(reading.skipped),
                emptied=reading.emptied,
            )
        )

    def _prepare(self, record: ReadOrder) -> tuple[ReadOrder, Facts | None, RenderState]:
        """What must happen in the order of the file: facts, earlier parcels, records that come twice."""
        order = record.order
        if order is None:
            return record, None, RenderState.HELD
        known = self._seen.get(order.key)
        if known is not None:
            if known == record.sha256:
                return record, None, RenderState.DUPLICATE
            conflict = error(
                "parcel.conflict",
                order.where,
                f"parcel {order.key.parcel} of this order came earlier with other data",
                "give another parcel number, or correct the record",
            )
            return replace(record, findings=(*record.findings, conflict)), None, RenderState.HELD
        self._seen[order.key] = record.sha256
        shipped = self._shipped.setdefault((order.key.store, order.key.order_id), {})
        today = self._today or order.order_date
        facts = self._history.facts(order, self._world.catalogue, today, self._recommender)
        facts = replace(
            facts,
            shipped_before=dict(shipped),
            suppressed=self._suppressions.holds_any(order.key.store, self._world.catalogue.ids_of(order.customer_id)),
            arms=self._arms or self._world.arms(order.key.store, order.customer_id, today),
        )
        parcel, found = settle_parcel(order, shipped)
        if not has_errors(found):
            for line in parcel.lines:
                shipped[line.line.line_id] = shipped.get(line.line.line_id, 0) + line.here
        return record, facts, RenderState.READY

    def _walk(self, file: str, record: ReadOrder, facts: Facts | None, state: RenderState) -> Rendered:
        outcome = None
        findings = record.findings
        if record.order is not None and facts is not None:
            outcome, found = self._guarded(record.order, facts, record)
            findings += found
            drawn = outcome is not None and (self._road is None or outcome.is_ready)
            state = RenderState.READY if drawn and not has_errors(found) else RenderState.HELD
        return Rendered(
            file=file,
            label=record.label,
            key=record.key,
            state=state,
            order=record.order,
            outcome=outcome,
            findings=findings,
        )

    def _guarded(self, order: Order, facts: Facts, record: ReadOrder) -> tuple[Outcome | None, tuple[Finding, ...]]:
        """How far an order came; a fault of one order is its own."""
        today = self._today or order.order_date
        try:
            walked = catch_bug(lambda: self._go(order, facts, today, record.findings), f"{record.where}")
        except PackslipError as fault:
            finding = finding_of(fault, record.where)
            if finding is None:
                raise
            return None, (finding,)
        if isinstance(walked, Bug):
            return None, (internal(record.where),)
        return walked, walked.findings

    def _go(self, order: Order, facts: Facts, today: date, read: tuple[Finding, ...]) -> Outcome:
        if self._road is None:
            return judge(order, facts, self._world, today=today, read=read)
        return walk(order, facts, self._road, today=today, read=read)

    def _grant(self, order: Order, choice: Choice, today: date) -> Grant:
        return stand_in(self._world, order, choice, today, secret=self._world.workspace.secret())


def open_drop(file: Path) -> Drop:
    """A file named by a person, as a drop; it stays where it is.

    Raises:
        UsageError: the file cannot be read.
    """
    try:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as fault:
        raise UsageError(f"{file}: {fault.strerror}", hint="name a CSV file") from None
    return Drop(name=file.name, spool=file, sha256=digest, accepted_at=datetime.combine(date.min, time(), UTC))


def document_name(key: OrderKey, taken: set[str], suffix: str = ".pdf") -> str:
    """A file name for a parcel's document, unlike every name in `taken`, which it joins."""
    stem = f"{safe_name(key.order_id)}-{key.parcel}"
    if stem.casefold() in taken or safe_name(key.order_id) != key.order_id:
        stem = f"{stem}-{sha256(f'{key.store}|{key.order_id}'.encode())[:8]}"
    taken.add(stem.casefold())
    return f"{stem}{suffix}"
