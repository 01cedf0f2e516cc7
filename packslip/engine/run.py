"""Run: the line of one workspace, from the inbox to the trays, until it is told to stop.

Only one at a time. Starting again takes up what the last one left, whatever ended it.
"""

import contextlib
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from packslip.dispatch import Delivery, DeliveryState, Dispatcher, DocumentStore, Printers
from packslip.engine.alarms import sweep_alarms
from packslip.engine.closing import Closing
from packslip.engine.counting import News
from packslip.engine.doubts import Doubts
from packslip.engine.drops import Closer, Desk, Feeder
from packslip.engine.events import Kind, Listener, RunEvent, RunSummary, ignore
from packslip.engine.flow import Flow, Tally
from packslip.engine.heartbeat import EVERY_S, beat
from packslip.engine.hotfolders import HotFolders
from packslip.engine.lock import run_lock
from packslip.engine.logfile import log_file
from packslip.engine.ports import Road
from packslip.engine.printing import Ears, Printing
from packslip.engine.reprint import reprint_parcel
from packslip.engine.results import ResultRow
from packslip.engine.road import ReleasedRoad
from packslip.engine.roads import Roads
from packslip.engine.sheets import SheetDesk
from packslip.engine.step import Stepper
from packslip.engine.suspicions import suspicions_of
from packslip.engine.upkeep.erasing import finish_erasures
from packslip.engine.upkeep.nightly import Nightly
from packslip.engine.waking import StopOnSignal, StopSign
from packslip.errors import HoldOrder, PackslipError, RetryLater
from packslip.files import flush_folders, sweep_unfinished
from packslip.hotfolder import Filing
from packslip.ledger import LINE, DropRecord, DropState, Ledger, ParcelRecord, ParcelRef, ParcelState
from packslip.model import Drop, Ending
from packslip.world import ReleasePointer, Workspace

_RETRY_S = 5.0  #: before a drop that could not be finished is taken up again
_CALLS_S = 1.0  #: between two looks for parcels that a station has called for
_ASK_S = 30.0  #: between two looks for what other commands have sent and nobody has asked for
_THREADS = 6  #: records under way for each worker: while one is drawn, others wait for the disk
_WRITERS = 8  #: files that are flushed to disk side by side
_LONGEST_S = 1.0  #: between two turns of the loop, whatever the folders say

T = TypeVar("T")
OpenRoad = Callable[[Workspace, str, Ledger, int | None], Road]


def run_line(
    workspace: Workspace,
    *,
    once: bool = False,
    workers: int | None = None,
    listener: Listener = ignore,
    stop: StopSign | None = None,
    open_road: OpenRoad = ReleasedRoad,
) -> RunSummary:
    """Run the line: until it is told to stop, or, `once`, until nothing is left to do.

    `listener` is called by several threads. In the main thread SIGINT and SIGTERM stop the line.

    Raises:
        WorkspaceError: the workspace is broken or busy, or nothing is published.
    """
    sign = stop or StopSign()
    with contextlib.ExitStack() as stack:
        stack.enter_context(run_lock(workspace.state))
        stack.enter_context(log_file(workspace.log))
        if threading.current_thread() is threading.main_thread():
            stack.enter_context(StopOnSignal(sign))
        holder = f"{LINE}{secrets.token_hex(8)}"
        secret = workspace.secret()
        ledger = stack.enter_context(
            _patiently(lambda: Ledger.open(workspace.ledger, secret=secret, holder=holder), once, sign, listener)
        )
        _patiently(lambda: finish_erasures(workspace, ledger), once, sign, listener)
        roads = Roads(
            published=ReleasePointer(workspace),
            open_road=lambda release: open_road(workspace, release, ledger, workers),
            listener=listener,
        )
        stack.callback(roads.close)
        if not once:
            stack.enter_context(Nightly(workspace, ledger, lambda: roads.current.settings, listener))
        threads = (workers or roads.current.settings.workers.count or os.cpu_count() or 1) * _THREADS
        return Line(workspace, ledger, roads, threads=threads, listener=listener, sign=sign).run(once=once)


def _patiently(act: Callable[[], T], once: bool, sign: StopSign, listener: Listener) -> T:
    """What an act gives, tried until the ledger is there; `once` it is tried once."""
    told = ""
    while True:
        try:
            return act()
        except RetryLater as fault:
            if once or sign.is_set:
                raise
            if str(fault) != told:
                told = str(fault)
                listener(RunEvent(kind=Kind.WARNING, text=told))
            sign.wake.wait(_LONGEST_S)


@dataclass(frozen=True, slots=True)
class _Later:
    """A drop that waits."""

    until: float
    why: str


class Line:
    """The loop: look, claim, feed; everything else happens in its rooms."""

    def __init__(
        self, workspace: Workspace, ledger: Ledger, roads: Roads, *, threads: int, listener: Listener, sign: StopSign
    ) -> None:
        settings = roads.current.settings
        self._workspace = workspace
        self._ledger = ledger
        self._roads = roads
        self._listener = listener
        self._sign = sign
        self._scan_s = min(settings.hotfolder.scan_s, *(one.scan_s for one in settings.folders.values()), _LONGEST_S)
        self._summary = RunSummary()
        self._lock = threading.Lock()
        self._active: set[str] = set()
        self._news = News(ledger)
        self._claimed: deque[DropRecord] = deque()
        self._list_at = 0.0
        self._later: dict[str, _Later] = {}
        self._is_printing = False  #: whether what the last run left waits for its printers
        self._away = ""  #: why the ledger could not be asked
        self._looked_at = 0.0
        self._beaten_at = float("-inf")
        self._results = {name: workspace.results(settings, name) for name in ("", *settings.folders)}
        documents = DocumentStore(workspace.documents)
        self._writers = ThreadPoolExecutor(_WRITERS, thread_name_prefix="packslip-writer")
        printers = Printers(workspace.trays(settings), lambda: roads.current.settings, threads=self._writers)
        self._dispatcher = Dispatcher(ledger, documents, printers)
        self._stepper = stepper = Stepper(
            ledger, documents, self._dispatcher, workspace.root, suspicions=suspicions_of(workspace, ledger)
        )
        self._printing = Printing(
            self._dispatcher, printers, ledger, sheets=SheetDesk(ledger, lambda: roads.current), ears=_Hears(self)
        )
        self._doubts = Doubts(ledger, lambda: roads.current.settings, self._print_copy)
        self._called_at = 0.0
        self._asked_at = time.monotonic()
        self._folders = HotFolders(
            workspace,
            settings,
            ledger,
            probe=self._probe,
            wake=sign.wake,
            listener=listener,
        )
        self._filing = Filing(workspace.spool, workspace.done, workspace.held)
        desk = Desk(
            ledger=ledger,
            filing=self._filing,
            stepper=stepper,
            results=lambda folder: self._results.get(folder, self._results[""]),
            root=workspace.root,
            listener=listener,
            summary=self._summary,
        )
        self._closing = Closing(Closer(desk, free=self._free, later=self._postpone, threads=self._writers))
        self._flow = Flow(
            stepper,
            self._printing,
            threads=threads,
            on_row=self._count,
            on_finish=self._closing.put,
        )
        self._feeder = Feeder(desk, self._flow, road=self._road, go_on=self._go_on)

    def run(self, *, once: bool) -> RunSummary:
        """Work until told to stop; `once`: until nothing is left."""
        try:
            self._recover()
            for inbox in self._workspace.inboxes(self._roads.current.settings).values():
                self._listener(RunEvent(kind=Kind.LISTENING, text=str(inbox)))
            while not self._sign.is_set:
                self._take_a_turn()
                self._check()
                if once and self._folders.is_empty:
                    self._flow.flush()
                if once and self._is_idle():
                    break
                self._sign.wake.wait(self._pause())
            if self._sign.is_set:
                self._summary.interrupted = True
                self._listener(RunEvent(kind=Kind.STOPPING))
        finally:
            self._folders.close()
            self._flow.close()
            self._closing.end()
            self._printing.close()
            self._writers.shutdown()
        self._check()
        self._summary.waiting = len(self._later)
        self._summary.queued = sum(self._ledger.backlog().values())
        return self._summary

    def _take_a_turn(self) -> None:
        """Look and feed; while the ledger is away, everything waits where it is."""
        try:
            self._tend()
            self._feed()
        except RetryLater as fault:
            if str(fault) != self._away:
                self.tell(str(fault))
            self._away = str(fault)
            self._sign.wake.wait(_LONGEST_S)
        else:
            self._away = ""

    def _check(self) -> None:
        self._flow.check()
        self._closing.check()

    def _recover(self) -> None:
        """Take up what the last run left half done; what is away or read-only keeps nothing else waiting."""
        for act in (
            self._folders.sweep,
            self._sweep_results,
            self._filing.sweep,
            self._dispatcher.sweep,
            self._start_printing,
        ):
            try:
                act()
            except (RetryLater, OSError) as fault:
                self._listener(RunEvent(kind=Kind.WARNING, text=str(fault)))

    def _sweep_results(self) -> None:
        sweep_alarms(self._workspace)
        for results in self._workspace.all_results(self._roads.current.settings):
            with contextlib.suppress(OSError):  # a share may be away
                flush_folders(results)
            for folder in results.glob("*"):
                sweep_unfinished(folder)

    def _start_printing(self) -> None:
        self._printing.start()
        self._is_printing = True
        for record in self._ledger.in_state(ParcelState.UNCERTAIN):
            self._settle_doubt(record)

    def _tend(self) -> None:
        if not self._is_printing:
            self._start_printing()
        self._looked_at = time.monotonic()
        self._claimed += self._folders.tend()
        if self._looked_at - self._beaten_at > EVERY_S:
            self._beaten_at = self._looked_at
            beat(self._workspace, self._folders.conditions())
        if self._looked_at - self._called_at > _CALLS_S:
            self._called_at = self._looked_at
            self._printing.resume(self._ledger.called())
        if self._looked_at - self._asked_at > _ASK_S:
            self._asked_at = self._looked_at
            self._printing.ask_again()

    def _feed(self) -> None:
        """Put open drops on their way: those that were just claimed, and every so often all that are not under way."""
        while self._claimed and not self._sign.is_set:
            drop = self._claimed.popleft()
            if self._begin(drop):
                self._put(drop, is_fresh=True)
        now = time.monotonic()
        if now < self._list_at:
            return
        self._list_at = now + self._scan_s
        for listed in self._ledger.open_drops():
            if self._sign.is_set:
                return
            if not self._begin(listed):
                continue
            self._put(listed)

    def _put(self, drop: DropRecord, *, is_fresh: bool = False) -> None:
        """Put a drop on its way that was begun; it is begun again later where the ledger is away."""
        try:
            now = drop if is_fresh else self._ledger.drop(drop.id)
            if now is None or now.state is not DropState.OPEN:  # finished since it was listed
                self._free(drop)
                return
            self._news.begin(now, is_fresh=is_fresh)
            self._feeder.feed(Tally(drop=now))
        except RetryLater as fault:
            self._postpone(drop, str(fault))

    def _begin(self, drop: DropRecord) -> bool:
        """Whether to take a drop up now."""
        with self._lock:
            waiting = self._later.get(drop.id)
            if drop.id in self._active or (waiting and time.monotonic() < waiting.until):
                return False
            self._later.pop(drop.id, None)
            self._active.add(drop.id)
        return True

    def _go_on(self) -> bool:
        """Asked before each record: a long drop keeps nobody else waiting in the inbox, and can be stopped."""
        if time.monotonic() - self._looked_at > self._scan_s:
            self._tend()
        return not self._sign.is_set

    def _road(self) -> Road:
        if self._roads.is_stale():
            self._roads.switch(self._flow.drain)
        return self._roads.current

    def _probe(self, drop: Drop) -> Ending:
        return self._roads.current.probe(drop)

    def _is_idle(self) -> bool:
        """Whether nothing is left that this run could do."""
        with self._lock:
            if self._active:
                return False
            known = set(self._later)
        return (
            self._folders.is_empty
            and self._printing.is_idle
            and all(drop.id in known for drop in self._ledger.open_drops())
        )

    def _pause(self) -> float:
        return min(self._folders.next_look(), _LONGEST_S)

    def _free(self, drop: DropRecord) -> None:
        self._news.end(drop)
        with self._lock:
            self._active.discard(drop.id)
        self._sign.wake()

    def _postpone(self, drop: DropRecord, why: str) -> None:
        with self._lock:
            before = self._later.get(drop.id)
            self._later[drop.id] = _Later(time.monotonic() + _RETRY_S, why)
            self._active.discard(drop.id)
        if before is None or before.why != why:
            self._listener(RunEvent(kind=Kind.WARNING, drop=drop.id, text=why))
        self._sign.wake()

    def refuse(self, ref: ParcelRef, fault: HoldOrder) -> None:
        """Hold a parcel that cannot be sent."""
        self._stepper.refuse(ref, fault)

    def hear_late(self, printer: str, delivery: Delivery) -> None:
        """A parcel that waited for its printer has reached it, or not."""
        record = self._ledger.record(delivery.ref)
        if delivery.state is DeliveryState.DELIVERED:
            with self._lock:
                self._summary.printed += 1
        self._listener(
            RunEvent(
                kind=Kind.PRINTED,
                order_id=record.key.order_id,
                parcel=record.key.parcel,
                state=record.state.value,
                text=printer,
                document=self._stepper.shown(delivery.path) if delivery.path else "",
            )
        )
        self._sign.wake()
        if record.state is ParcelState.UNCERTAIN:
            self._settle_doubt(record)

    def _print_copy(self, record: ParcelRecord) -> None:
        """Print a copy, marked as one of today."""
        today = datetime.now().astimezone().date()
        reprint_parcel(self._workspace, self._ledger, record, marked_on=today)

    def _settle_doubt(self, record: ParcelRecord) -> None:
        """Do with an uncertain parcel what its printer's settings say."""
        try:
            if self._doubts.settle(record):
                self._printing.ask_again()
        except PackslipError as fault:
            self.tell(f"parcel {record.ref} is uncertain, and its marked copy could not be sent: {fault}")

    def tell(self, text: str) -> None:
        """Tell of a printer."""
        self._listener(RunEvent(kind=Kind.WARNING, text=text))
        self._sign.wake()

    def _count(self, drop: DropRecord, row: ResultRow) -> None:
        if not self._news.is_new(drop, row):
            return
        self._summary.parcels[row.state] += 1
        self._listener(
            RunEvent(
                kind=Kind.PARCEL,
                drop=drop.id,
                order_id=row.order_id,
                parcel=int(row.parcel or 0),
                state=row.state,
                document=row.document,
            )
        )


class _Hears(Ears):
    """A line's ears for its printers."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def refuse(self, ref: ParcelRef, fault: HoldOrder) -> None:
        self._line.refuse(ref, fault)

    def late(self, printer: str, delivery: Delivery) -> None:
        self._line.hear_late(printer, delivery)

    def is_away(self, printer: str, why: str) -> None:
        self._line.tell(f"printer {printer}: {why}; what is for it waits")

    def is_back(self, printer: str) -> None:
        self._line.tell(f"printer {printer}: prints again")
