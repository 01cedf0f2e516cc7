"""Flow: the records under way. Several are drawn at once; they leave for the printers in the order they came.

Two records of one order are never drawn at once: the second must know what the first holds. A drop is finished when
each of its records has its answer, and only then. What goes to a printer that imposes waits for a full stack of sheets;
on record it is ready all that time.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from packslip.dispatch import Dispatcher, Outgoing
from packslip.engine.gathering import Gatherer, Gathering
from packslip.engine.results import CANCELLED, ResultRow
from packslip.engine.step import Step, Stepper, Task
from packslip.errors import HoldOrder, PackslipError, RetryLater, WorkspaceError
from packslip.ledger import DropRecord
from packslip.model import Finding

_BATCH = 64  #: documents that share the steps of one delivery
_AHEAD = 4  #: records under way for each thread
_CHECK_S = 0.5


@dataclass(slots=True, kw_only=True)
class Tally:
    """A drop's records and how far they are."""

    drop: DropRecord
    answers: dict[int, ResultRow] = field(default_factory=dict)  #: by the record's place in the drop
    put: int = 0  #: records so far
    findings: tuple[Finding, ...] = ()  #: of the file as a whole
    hold: bool = False  #: the drop is held whole when its records have their answers
    left: int = 0  #: records without an answer
    sealed: bool = False  #: no more records will come
    postponed: str = ""  #: why it cannot be finished now

    @property
    def rows(self) -> list[ResultRow]:
        """The answers in the order of the drop."""
        return [self.answers[place] for place in sorted(self.answers)]


@dataclass(frozen=True, slots=True)
class _Entry:
    tally: Tally
    place: int  #: in the drop
    future: Future[Step]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A record whose document is gathered."""

    entry: _Entry
    step: Step
    outgoing: Outgoing


class Sheets(Protocol):
    """The printers that impose."""

    def gathering(self, printer: str) -> Gathering | None:
        """How a printer gathers, None where documents go to it as they are."""
        ...

    def places(self, outgoing: Outgoing) -> int:
        """How many places of a sheet a document takes."""
        ...

    def impose(self, parcels: Sequence[Outgoing]) -> bytes:
        """The sheets of some documents of one printer; HoldOrder where they cannot be imposed."""
        ...


class Flow:
    """Threads that draw, and one that sends."""

    def __init__(
        self,
        stepper: Stepper,
        dispatcher: Dispatcher,
        *,
        sheets: Sheets,
        threads: int,
        on_row: Callable[[DropRecord, ResultRow], None],
        on_finish: Callable[[Tally], None],
    ) -> None:
        """`on_row` and `on_finish` are called by the sending thread."""
        self._stepper = stepper
        self._dispatcher = dispatcher
        self._sheets = sheets
        self._gathered: Gatherer[_Waiting] = Gatherer()  #: the sending thread's own
        self._flushing = False
        self._on_row = on_row
        self._on_finish = on_finish
        self._room = threading.BoundedSemaphore(threads * _AHEAD)
        self._changed = threading.Condition()
        self._line: deque[_Entry] = deque()
        self._latest: dict[tuple[str, str], Future[Step]] = {}
        self._under_way = 0
        self._ending = False
        self._failure: BaseException | None = None  #: what ended the line
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="packslip-line")
        self._sender = threading.Thread(target=self._send_all, name="packslip-sender", daemon=True)
        self._sender.start()

    def put(self, tally: Tally, task: Task) -> None:
        """Send a record on its way; waits while too many are.

        Raises:
            PackslipError: the line cannot go on.
        """
        order = (task.key.store, task.key.order_id)
        before = self._latest.get(order)
        future = self._submit(tally, lambda: self._step_after(before, task))
        self._latest[order] = future
        future.add_done_callback(lambda done: self._forget(order, done))

    def put_recorded(self, tally: Tally, act: Callable[[], Step]) -> None:
        """Send a record on its way that needs no reading."""
        self._submit(tally, act)

    def seal(self, tally: Tally) -> None:
        """Say that all records of a drop were put; it is finished when they are."""
        with self._changed:
            tally.sealed = True
            is_done = tally.left == 0
        if is_done:
            self._on_finish(tally)

    def check(self) -> None:
        """Make sure that the line still goes.

        Raises:
            Exception: what ended it.
        """
        if self._failure is not None:
            raise self._failure
        if not self._sender.is_alive() and not self._ending:
            raise WorkspaceError("the line stopped at a fault of packslip itself")

    def flush(self) -> None:
        """Let nothing wait for a full stack of sheets once all that is under way is drawn."""
        with self._changed:
            self._flushing = self._under_way > 0
            self._changed.notify_all()

    def drain(self) -> None:
        """Wait until nothing is under way.

        Raises:
            PackslipError: the line cannot go on.
        """
        self.flush()
        while True:
            with self._changed:
                if self._changed.wait_for(lambda: self._under_way == 0, timeout=_CHECK_S):
                    return
            self.check()

    def close(self) -> None:
        """Finish what is under way, half-full sheets too."""
        self._threads.shutdown(wait=True)
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self._sender.join()

    def _submit(self, tally: Tally, act: Callable[[], Step]) -> Future[Step]:
        while not self._room.acquire(timeout=_CHECK_S):
            self.check()
        self.check()
        with self._changed:
            tally.left += 1
            self._under_way += 1
            future = self._threads.submit(act)
            self._line.append(_Entry(tally, tally.put, future))
            tally.put += 1
        future.add_done_callback(self._wake)
        return future

    def _step_after(self, before: Future[Step] | None, task: Task) -> Step:
        if before is not None:
            wait((before,))
        return self._stepper.step(task)

    def _forget(self, order: tuple[str, str], done: Future[Step]) -> None:
        if self._latest.get(order) is done:
            self._latest.pop(order, None)

    def _wake(self, _done: Future[Step]) -> None:
        with self._changed:
            self._changed.notify_all()

    def _send_all(self) -> None:
        """Until the end, or until a record fails in a way that is not its own fault."""
        while self._failure is None and (entries := self._next_entries()) is not None:
            try:
                self._send(entries)
                self._send_sheets()
            except PackslipError as failure:
                self._failure = failure
            with self._changed:
                self._changed.notify_all()
            for _ in entries:
                self._room.release()

    def _next_entries(self) -> list[_Entry] | None:
        """The records at the head of the line that are drawn, none where sheets are due; None at the end."""
        with self._changed:
            while not (self._line and self._line[0].future.done()):
                if self._ending and not self._line and not self._gathered:
                    return None
                due_in = self._due_in()
                if due_in == 0.0:
                    break
                self._changed.wait(due_in)
            entries: list[_Entry] = []
            while self._line and self._line[0].future.done() and len(entries) < _BATCH:
                entries.append(self._line.popleft())
            return entries

    def _due_in(self) -> float | None:
        """Seconds until gathered documents must go; None where none are."""
        due_in = self._gathered.due_in(time.monotonic())
        return 0.0 if due_in is not None and self._must_flush() else due_in

    def _must_flush(self) -> bool:
        return not self._line and (self._flushing or self._ending)

    def _send(self, entries: Sequence[_Entry]) -> None:
        failure = next((fault for entry in entries if (fault := entry.future.exception())), None)
        if failure is not None:
            self._failure = failure
            return
        entries = [entry for entry in entries if not self._gather(entry)]
        steps = [entry.future.result() for entry in entries]
        sent: dict[int, ResultRow | str] = {}
        printers = dict.fromkeys(step.outgoing.printer for step in steps if step.outgoing)
        for printer in printers:
            sent |= self._send_to(printer, steps)
        for place, (entry, step) in enumerate(zip(entries, steps, strict=True)):
            row = sent.get(place, step.postponed or step.row)
            self._answer(entry, row)

    def _gather(self, entry: _Entry) -> bool:
        """Let a record wait for its sheet, if its printer imposes."""
        step = entry.future.result()
        outgoing = step.outgoing
        gathering = self._sheets.gathering(outgoing.printer) if outgoing else None
        if outgoing is None or gathering is None:
            return False
        waiting = _Waiting(entry, step, outgoing)
        places = self._sheets.places(outgoing)
        self._gathered.add(outgoing.printer, waiting, gathering, places=places, now=time.monotonic())
        return True

    def _send_sheets(self) -> None:
        """Send what need not wait any more."""
        with self._changed:
            everything = self._must_flush()
            if everything:
                self._flushing = False
        for _, waiting in self._gathered.take(time.monotonic(), everything=everything):
            self._send_stack(waiting)

    def _send_stack(self, waiting: Sequence[_Waiting]) -> None:
        answers: Sequence[ResultRow | str]
        try:
            paths = self._dispatcher.send_sheets([one.outgoing for one in waiting], self._sheets.impose)
            answers = [self._sent_row(one.step, path) for one, path in zip(waiting, paths, strict=True)]
        except RetryLater as fault:
            answers = [str(fault)] * len(waiting)
        except HoldOrder as fault:
            if len(waiting) > 1:  # one of them is to blame, and the others print
                for one in waiting:
                    self._send_stack([one])
                return
            answers = [self._stepper.refuse(waiting[0].outgoing.ref, fault)]
        for one, answer in zip(waiting, answers, strict=True):
            self._answer(one.entry, answer)

    def _send_to(self, printer: str, steps: Sequence[Step]) -> dict[int, ResultRow | str]:
        """Rows of what went to one printer, by their place; or why they must wait."""
        chosen = {place: step.outgoing for place, step in enumerate(steps) if step.outgoing}
        chosen = {place: outgoing for place, outgoing in chosen.items() if outgoing.printer == printer}
        try:
            paths = self._dispatcher.send(list(chosen.values()))
        except RetryLater as fault:
            return dict.fromkeys(chosen, str(fault))
        return {place: self._sent_row(steps[place], path) for place, path in zip(chosen, paths, strict=True)}

    def _sent_row(self, step: Step, path: Path | None) -> ResultRow:
        """The row of a document that was delivered, or of a parcel that was called off."""
        return replace(step.row, document=self._stepper.shown(path)) if path else replace(step.row, state=CANCELLED)

    def _answer(self, entry: _Entry, row: ResultRow | str) -> None:
        tally = entry.tally
        if isinstance(row, str):
            tally.postponed = row
        else:
            tally.answers[entry.place] = row
            self._on_row(tally.drop, row)
        with self._changed:
            self._under_way -= 1
            tally.left -= 1
            is_done = tally.sealed and tally.left == 0
        if is_done:
            self._on_finish(tally)
