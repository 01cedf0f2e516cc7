"""Flow: the records under way. Several are drawn at once; they leave for the printers in the order they came.

Two records of one order are never drawn at once: the second must know what the first holds. A drop is finished when
each of its records has its answer, and only then.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace

from packslip.dispatch import Dispatcher
from packslip.engine.results import CANCELLED, ResultRow
from packslip.engine.step import Step, Stepper, Task
from packslip.errors import PackslipError, RetryLater, WorkspaceError
from packslip.ledger import DropRecord
from packslip.model import Finding

_BATCH = 64  #: documents that share the steps of one delivery
_AHEAD = 4  #: records under way for each thread
_CHECK_S = 0.5


@dataclass(slots=True, kw_only=True)
class Tally:
    """A drop's records and how far they are."""

    drop: DropRecord
    rows: list[ResultRow] = field(default_factory=list)
    findings: tuple[Finding, ...] = ()  #: of the file as a whole
    hold: bool = False  #: the drop is held whole when its records have their answers
    left: int = 0  #: records without an answer
    sealed: bool = False  #: no more records will come
    postponed: str = ""  #: why it cannot be finished now


@dataclass(frozen=True, slots=True)
class _Entry:
    tally: Tally
    future: Future[Step]


class Flow:
    """Threads that draw, and one that sends."""

    def __init__(
        self,
        stepper: Stepper,
        dispatcher: Dispatcher,
        *,
        threads: int,
        on_row: Callable[[DropRecord, ResultRow], None],
        on_finish: Callable[[Tally], None],
    ) -> None:
        """`on_row` and `on_finish` are called by the sending thread."""
        self._stepper = stepper
        self._dispatcher = dispatcher
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

    def drain(self) -> None:
        """Wait until nothing is under way.

        Raises:
            PackslipError: the line cannot go on.
        """
        while True:
            with self._changed:
                if self._changed.wait_for(lambda: self._under_way == 0, timeout=_CHECK_S):
                    return
            self.check()

    def close(self) -> None:
        """Finish what is under way."""
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
            self._line.append(_Entry(tally, future))
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
        while self._failure is None and (entries := self._next_entries()):
            try:
                self._send(entries)
            except PackslipError as failure:
                self._failure = failure
            with self._changed:
                self._under_way -= len(entries)
                self._changed.notify_all()
            for _ in entries:
                self._room.release()

    def _next_entries(self) -> list[_Entry]:
        """The records at the head of the line that are drawn; none at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._line[0].future.done() if self._line else self._ending)
            entries: list[_Entry] = []
            while self._line and self._line[0].future.done() and len(entries) < _BATCH:
                entries.append(self._line.popleft())
            return entries

    def _send(self, entries: Sequence[_Entry]) -> None:
        failure = next((fault for entry in entries if (fault := entry.future.exception())), None)
        if failure is not None:
            self._failure = failure
            return
        steps = [entry.future.result() for entry in entries]
        sent: dict[int, ResultRow | str] = {}
        printers = dict.fromkeys(step.outgoing.printer for step in steps if step.outgoing)
        for printer in printers:
            sent |= self._send_to(printer, steps)
        for place, (entry, step) in enumerate(zip(entries, steps, strict=True)):
            row = sent.get(place, step.postponed or step.row)
            self._answer(entry.tally, row)

    def _send_to(self, printer: str, steps: Sequence[Step]) -> dict[int, ResultRow | str]:
        """Rows of what went to one printer, by their place; or why they must wait."""
        chosen = {place: step.outgoing for place, step in enumerate(steps) if step.outgoing}
        chosen = {place: outgoing for place, outgoing in chosen.items() if outgoing.printer == printer}
        try:
            paths = self._dispatcher.send(list(chosen.values()))
        except RetryLater as fault:
            return dict.fromkeys(chosen, str(fault))
        return {
            place: replace(steps[place].row, document=self._stepper.shown(path))
            if path
            else replace(steps[place].row, state=CANCELLED)
            for place, path in zip(chosen, paths, strict=True)
        }

    def _answer(self, tally: Tally, row: ResultRow | str) -> None:
        if isinstance(row, str):
            tally.postponed = row
        else:
            tally.rows.append(row)
            self._on_row(tally.drop, row)
        with self._changed:
            tally.left -= 1
            is_done = tally.sealed and tally.left == 0
        if is_done:
            self._on_finish(tally)
