"""Pool: a few limited child processes, each with a warm task, for threads that submit a request and wait.

A worker has a memory limit and a deadline for each request; one that breaks either is killed and replaced, and its
request is tried once more. A request that kills twice holds its order.
"""

import contextlib
import os
import pickle
import queue
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Generic, NoReturn, Self, TypeVar, cast

from packslip.engine import worker as worker_script
from packslip.errors import HoldOrder, PackslipError, WorkspaceError

START_S = 120.0  #: longest time a worker may take to warm up
TRIES = 2  #: workers that a request may cost
_FAREWELL_S = 2.0

Q = TypeVar("Q")
R = TypeVar("R")


class WorkerKilled(HoldOrder):
    """A request that killed its workers; `reason` says how, for people."""

    def __init__(self, reason: str, times: int) -> None:
        often = {1: "once", 2: "twice"}.get(times, f"{times} times")
        super().__init__(f"drawing ended its worker {often}: {reason}", hint="look for what is huge in this order")
        self.reason = reason


class WorkerBugError(Exception):
    """A fault of packslip in a worker; the text names places in the code, never data."""


class _WorkerLostError(Exception):
    """The worker is gone; `reason` says how, for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Pool(Generic[Q, R]):
    """Workers that all do the same task.

    `factory` is pickled and called in each worker, once: it opens what the task needs and gives the task. Use a
    function of a module, or a `functools.partial` of one.
    """

    def __init__(
        self,
        factory: Callable[[], Callable[[Q], R]],
        *,
        count: int = 0,
        memory_mb: int,
        deadline_s: float,
        tries: int = TRIES,
    ) -> None:
        """Start the workers; they warm up while the caller goes on. `count` 0 means one for each core."""
        self.count = count or os.cpu_count() or 1
        self._tries = tries
        self._deadline_s = deadline_s
        self._setup = (memory_mb, list(sys.path), pickle.dumps(factory))
        self._idle: queue.Queue[_Worker] = queue.Queue()
        for _ in range(self.count):
            self._idle.put(_Worker(self._setup))

    def __call__(self, request: Q) -> R:
        """A request's answer; any thread may ask.

        Raises:
            WorkerKilled: it killed as many workers as it may, two unless said otherwise.
            WorkspaceError: the workers cannot start.
            WorkerBugError: the task has a bug.
            PackslipError: what the task itself raised.
        """
        reason = ""
        for _ in range(self._tries):
            worker = self._idle.get()
            try:
                return cast("R", worker.ask(request, self._deadline_s))
            except _WorkerLostError as lost:
                reason = lost.reason
            finally:
                self._idle.put(worker if worker.is_sound else self._replace(worker))
        raise WorkerKilled(reason, self._tries)

    def close(self) -> None:
        """End the workers; call it when nobody asks any more."""
        for _ in range(self.count):
            self._idle.get().end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _replace(self, worker: "_Worker") -> "_Worker":
        worker.kill()
        return _Worker(self._setup)


class _Worker:
    """The parent's end of one worker."""

    def __init__(self, setup: tuple[int, list[str], bytes]) -> None:
        here, there = socket.socketpair()
        with there:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(Path(worker_script.__file__)), str(there.fileno())],
                pass_fds=(there.fileno(),),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(setup[1])},
            )
        self._connection = Connection(here.detach())
        self._ready_by = time.monotonic() + START_S
        self._is_ready = False
        self.is_sound = True
        with contextlib.suppress(OSError):
            self._connection.send(setup)

    def ask(self, request: object, deadline_s: float) -> object:
        if not self._is_ready:
            self._wait_until_ready()
        try:
            self._connection.send(request)
        except OSError:
            self._lose("it ended")
        word, value = self._hear(deadline_s, f"it took longer than {deadline_s:g} s")
        if word == "answer":
            return value
        if isinstance(value, PackslipError):
            raise value
        self.is_sound = False
        raise WorkerBugError(value)

    def end(self) -> None:
        """Let it go in peace, else kill it."""
        self._connection.close()
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(_FAREWELL_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._connection.close()
        if self._process.stdin:
            self._process.stdin.close()

    def _wait_until_ready(self) -> None:
        try:
            word, value = self._hear(self._ready_by - time.monotonic(), f"no answer within {START_S:g} s")
        except _WorkerLostError as lost:
            raise WorkspaceError(
                f"a worker did not start: {lost.reason}", hint="raise workers.memory_mb; packslip doctor tells more"
            ) from lost
        if isinstance(value, PackslipError):
            self.is_sound = False
            raise value
        if word != "ready":
            self.is_sound = False
            raise WorkspaceError(f"a worker did not start: {value}")
        self._is_ready = True

    def _hear(self, seconds: float, late: str) -> tuple[str, object]:
        try:
            if not self._connection.poll(max(seconds, 0.0)):
                self._lose(late)
            word, value = self._connection.recv()
        except (EOFError, OSError):
            self._lose("it ended")
        if word == "memory":
            self._lose("it ran out of memory")
        return word, value

    def _lose(self, reason: str) -> NoReturn:
        self.is_sound = False
        raise _WorkerLostError(reason)
