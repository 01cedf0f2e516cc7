"""The ledger thread: the one connection that writes, and the grouping of its commits.

Callers hand over an operation and get its result after the commit is on disk. Operations that wait while another runs
share its commit, so the cost of a flush is shared exactly when it matters. Questions that wait when a commit is done
are answered before the next change is made: they see what is durable, and need not wait for another flush.
An operation that is refused is undone alone. A bug in one ends the thread, and the line with it, rather than guess.
"""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from packslip.errors import PackslipError, WorkspaceError
from packslip.ledger.crash import crash_point
from packslip.ledger.database import explain_fault
from packslip.ledger.statements import driver_of

GROUP_LIMIT = 64  #: operations in one commit
GROUP_WINDOW_S = 0.005  #: longest time a group stays open for more

T = TypeVar("T")
Answer = Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Task(Generic[T]):
    operation: Callable[[Connection], T]
    future: Future[T]

    def run(self, connection: Connection) -> Answer:
        """Do it inside the open transaction; calling what comes back tells the caller."""
        driver = driver_of(connection)
        driver.execute("SAVEPOINT operation")
        try:
            result = self.operation(connection)
        except (PackslipError, IntegrityError, sqlite3.IntegrityError) as fault:
            driver.execute("ROLLBACK TO operation")
            driver.execute("RELEASE operation")
            return self.refuse(fault)
        driver.execute("RELEASE operation")
        return lambda: self.future.set_result(result)

    def answer(self, connection: Connection) -> None:
        """Tell the caller what a reading transaction shows."""
        try:
            result = self.operation(connection)
        except (PackslipError, IntegrityError, sqlite3.IntegrityError) as fault:
            self.future.set_exception(fault)
        else:
            self.future.set_result(result)

    def refuse(self, fault: Exception) -> Answer:
        return lambda: self.future.set_exception(fault)


class LedgerThread:
    """Runs operations one after another on a connection of its own."""

    def __init__(self, engine: Engine, *, group_limit: int = GROUP_LIMIT) -> None:
        self._engine = engine
        self._group_limit = group_limit
        self._waiting: deque[_Task[object]] = deque()
        self._asking: deque[_Task[object]] = deque()  #: reads
        self._changed = threading.Condition()
        self._closed = False
        self._reason: Exception = WorkspaceError("the ledger is closed")
        self._thread = threading.Thread(target=self._work, name="packslip-ledger", daemon=True)
        self._thread.start()

    def submit(self, operation: Callable[[Connection], T], *, writes: bool = True) -> Future[T]:
        """Queue an operation; the future has its result once it is durable.

        Raises:
            PackslipError: the ledger is closed, damaged, away, or stopped at a bug.
        """
        future: Future[T] = Future()
        with self._changed:
            if self._closed:
                raise self._reason
            queue = self._waiting if writes else self._asking
            queue.append(_Task(operation, future))  # type: ignore[arg-type]  # one queue for results of every kind
            self._changed.notify()
        return future

    def do(self, operation: Callable[[Connection], T], *, writes: bool = True) -> T:
        """An operation's result, once it is durable."""
        return self.submit(operation, writes=writes).result()

    def close(self) -> None:
        """Finish what waits, then stop."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        group: list[_Task[object]] = []
        try:
            with self._engine.connect() as connection:
                while self._wait():
                    self._answer_questions(connection, group)
                    self._run_group(connection, group)
        except (DBAPIError, sqlite3.Error) as fault:
            self._stop(group, explain_fault(fault))
        finally:
            self._stop(group, WorkspaceError("the ledger stopped at a fault of packslip itself"))

    def _wait(self) -> bool:
        """Whether there is work; returns when there is some, or none will come."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._asking or self._closed)
            return bool(self._waiting or self._asking)

    def _answer_questions(self, connection: Connection, group: list[_Task[object]]) -> None:
        """Everything that is asked now, in one reading transaction: it sees what is durable and nothing else."""
        group[:] = self._take_all(self._asking)
        if not group:
            return
        try:
            driver_of(connection).execute("BEGIN")
            for task in group:
                task.answer(connection)
            driver_of(connection).execute("COMMIT")
        except (DBAPIError, sqlite3.Error) as fault:
            _undo(connection)
            told = explain_fault(fault)
            for task in group:
                if not task.future.done():
                    task.future.set_exception(told)

    def _run_group(self, connection: Connection, group: list[_Task[object]]) -> None:
        """One transaction for a group that grows while it runs."""
        group.clear()
        if not self._waiting:
            return
        until = time.monotonic() + GROUP_WINDOW_S
        answers: list[Answer] = []
        try:
            driver_of(connection).execute("BEGIN IMMEDIATE")
            while self._take(group, until=until):
                answers.append(group[-1].run(connection))
            crash_point("ledger.commit")
            driver_of(connection).execute("COMMIT")
            crash_point("ledger.committed")
        except (DBAPIError, sqlite3.Error) as fault:
            _undo(connection)
            told = explain_fault(fault)
            answers = [task.refuse(told) for task in group or self._take_all(self._waiting)]
        for answer in answers:
            answer()

    def _take(self, group: list[_Task[object]], *, until: float) -> bool:
        """Move the next waiting task into the group, if there is one and it still fits."""
        if group and (len(group) >= self._group_limit or time.monotonic() > until):
            return False
        with self._changed:
            if not self._waiting:
                return False
            group.append(self._waiting.popleft())
            return True

    def _take_all(self, queue: "deque[_Task[object]]") -> list[_Task[object]]:
        with self._changed:
            tasks = list(queue)
            queue.clear()
            return tasks

    def _stop(self, group: list[_Task[object]], fault: Exception) -> None:
        """Let nobody wait for an answer that will not come."""
        with self._changed:
            if not self._closed:
                self._closed, self._reason = True, fault
        for task in (*group, *self._take_all(self._asking), *self._take_all(self._waiting)):
            if not task.future.done():
                task.future.set_exception(fault)


def _undo(connection: Connection) -> None:
    """Leave the transaction, whether or not SQLite has left it already."""
    if driver_of(connection).in_transaction:
        driver_of(connection).execute("ROLLBACK")
