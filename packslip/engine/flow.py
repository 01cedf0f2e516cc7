"""Flow: the records under way. Several are drawn at once; they leave for the printers in the order they came.

Two records of one order are never drawn at once: the second must know what the first holds. A drop is finished when
each of its records has its answer, and only then: it lies in its tray, or is ready on record and waits for its printer
or for a station's call, or is held.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from packslip.dispatch import Delivery
from packslip.engine.printing import Printing
from packslip.engine.results import ResultRow
from packslip.engine.step import Step, Stepper, Task
from packslip.errors import PackslipError, RetryLater, WorkspaceError
from packslip.ledger import DropRecord
from packslip.model import Finding

_AHEAD = 2  #: records under way for each thread
_CHECK_S = 0.5
_DRAIN_S = 0.05


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


class Flow:
    """Threads that draw, and one that passes on to the printers and answers."""

    def __init__(
        self,
        stepper: Stepper,
        printing: Printing,
        *,
        threads: int,
        on_row: Callable[[DropRecord, ResultRow], None],
        on_finish: Callable[[Tally], None],
        pool: Executor | None = None,
    ) -> None:
        """`on_row` and `on_finish` are called by the answering thread.

        Draws in threads of its own unless a `pool` is given; whoever gives one calls `turn` himself.
        """
        self._stepper = stepper
        self._printing = printing
        self._on_row = on_row
        self._on_finish = on_finish
        self._room = threading.BoundedSemaphore(threads * _AHEAD)
        self._changed = threading.Condition()
        self._line: deque[_Entry] = deque()
        self._told: deque[tuple[_Entry, Delivery]] = deque()
        self._latest: dict[tuple[str, str], Future[Step]] = {}
        self._under_way = 0
        self._ending = False
        self._failure: BaseException | None = None  #: what ended the line
        self._threads = pool or ThreadPoolExecutor(threads, thread_name_prefix="packslip-line")
        self._sender: threading.Thread | None = None
        if pool is None:
            self._sender = threading.Thread(target=self._work, name="packslip-answers", daemon=True)
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
        self._printing.check()
        if self._sender is not None and not self._sender.is_alive() and not self._ending:
            raise WorkspaceError("the line stopped at a fault of packslip itself")

    def flush(self) -> None:
        """Let nothing wait for a full stack of sheets once all that is under way is drawn."""
        with self._changed:
            is_drawn = not self._line
        if is_drawn:
            self._printing.flush()

    def drain(self) -> None:
        """Wait until nothing is under way; what waits for slow printers shares no sheet with what comes later.

        Raises:
            PackslipError: the line cannot go on.
        """
        while True:
            self.flush()
            with self._changed:
                is_drained = self._changed.wait_for(lambda: self._under_way == 0, timeout=_DRAIN_S)
            if is_drained:
                self._printing.flush()
                return
            self.check()

    def close(self) -> None:
        """Finish what is under way, half-full sheets too."""
        self._threads.shutdown(wait=True)
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        if self._sender is not None:
            self._sender.join()

    def turn(self) -> None:
        """Answer what the printers' desks have told, and pass on what is drawn.

        Raises:
            PackslipError: the line cannot go on.
        """
        for entry, delivery in self._take_told():
            self._answer(entry, self._told_row(entry.future.result(), delivery))
        for entry in self._take_drawn():
            self._pass_on(entry)

    def _told_row(self, step: Step, delivery: Delivery) -> ResultRow | str:
        """The row of a delivered record, or why its drop must be answered later."""
        try:
            return self._stepper.delivered_row(step, delivery)
        except RetryLater as fault:
            return str(fault)

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

    def _hear(self, entry: _Entry, delivery: Delivery) -> None:
        """A printer's desk says what became of a record; called by the desk's thread."""
        with self._changed:
            self._told.append((entry, delivery))
            self._changed.notify_all()

    def _work(self) -> None:
        """Until the end, or until a record fails in a way that is not its own fault."""
        while self._failure is None and self._is_going():
            try:
                self.turn()
            except PackslipError as failure:
                self._failure = failure
            with self._changed:
                self._changed.notify_all()

    def _is_going(self) -> bool:
        """Wait for something to do; False where nothing will come any more."""
        with self._changed:
            while not (self._told or (self._line and self._line[0].future.done())):
                if self._ending and (self._under_way == 0 or self._has_failed()):
                    return False
                if self._ending and not self._line:
                    self._printing.flush()
                self._changed.wait(_CHECK_S)
            return True

    def _has_failed(self) -> bool:
        try:
            self._printing.check()
        except PackslipError:
            return True
        return False

    def _take_told(self) -> list[tuple[_Entry, Delivery]]:
        with self._changed:
            told = list(self._told)
            self._told.clear()
            return told

    def _take_drawn(self) -> list[_Entry]:
        """The records at the head of the line that are drawn."""
        taken: list[_Entry] = []
        with self._changed:
            while self._line and self._line[0].future.done():
                taken.append(self._line.popleft())
        return taken

    def _pass_on(self, entry: _Entry) -> None:
        """Let a drawn record's document wait for its printer; answer the others."""
        self._room.release()
        failure = entry.future.exception()
        if failure is not None:
            self._failure = failure
            return
        step = entry.future.result()
        if step.outgoing is None:
            self._answer(entry, step.postponed or step.row)
        else:
            self._printing.put(step.outgoing, step.rank, lambda delivery: self._hear(entry, delivery))

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
