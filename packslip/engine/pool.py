"""Pool: a few limited child processes, each with a warm task, for threads that submit a request and wait.

A worker has a memory limit and a deadline for each request; one that breaks either is killed and replaced, and its
request is tried once more. A request that kills twice holds its order. One that answers what is no answer to its
request is lost in the same way: nothing that a worker says is believed unread.
"""

import contextlib
import itertools
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Generic, NoReturn, Self, TypeVar

from pydantic import TypeAdapter, ValidationError

from packslip.engine import wire
from packslip.engine import worker as worker_script
from packslip.errors import HoldOrder, PackslipError, WorkspaceError

START_S = 120.0  #: longest time a worker may take to warm up
TRIES = 2  #: workers that a request may cost
_FAREWELL_S = 2.0
_BUFFER = 1024 * 1024  #: bytes that wait between the two: whole documents, so that nobody wakes for a part of one
_MB = 1024 * 1024
_MOST_LESSONS = 64  #: that wait to be learnt
_PRACTICE_S = 0.05  #: before it is looked again whether workers are idle

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


def _is_sane(_request: object, _answer: object) -> bool:
    return True


def _teaches(_answer: object) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Generic[Q, R]):
    """What the workers of a pool do. It goes to them by name, and so is loaded by them alone."""

    module: str
    opener: str  #: function of the module: opens what the task needs, gives the task; called in each worker, once
    arguments: tuple[str, ...] = ()  #: of the opener; a path is a text
    request: type[Q]  #: a dataclass of a module
    answer: type[R]
    is_sane: Callable[[Q, R], bool] = _is_sane  #: whether an answer of the right type can be true of its request
    #: whether the worker has learnt something by its request, which the others learn by it as well once they have time
    teaches: Callable[[R], bool] = _teaches


def _name_of(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


class Pool(Generic[Q, R]):
    """Workers that all do the same task."""

    def __init__(
        self,
        task: Task[Q, R],
        *,
        count: int = 0,
        memory_mb: int,
        deadline_s: float,
        tries: int = TRIES,
        is_modest: bool = False,
    ) -> None:
        """Start the workers; they warm up while the caller goes on. `count` 0 means one for each core.

        Modest ones take only the time that nobody else wants.
        """
        self.count = count or os.cpu_count() or 1
        self._task = task
        self._tries = tries
        self._requests, self._answers = TypeAdapter(task.request), TypeAdapter(task.answer)
        self._setup = wire.Setup(
            opener=f"{task.module}:{task.opener}",
            arguments=task.arguments,
            request=_name_of(task.request),
            answer=_name_of(task.answer),
            memory_mb=memory_mb,
            start_s=START_S,
            deadline_s=deadline_s,
            path=tuple(sys.path),
            is_modest=is_modest,
        )
        self._idle: queue.Queue[_Worker] = queue.Queue()
        for _ in range(self.count):
            self._idle.put(_Worker(self._setup))
        self._practice = _Practice(self._idle, self.count, replace=self._replace)

    def __call__(self, request: Q) -> R:
        """A request's answer; any thread may ask.

        Raises:
            WorkerKilled: it killed as many workers as it may, two unless said otherwise.
            WorkspaceError: the workers cannot start.
            WorkerBugError: the task has a bug.
            PackslipError: what the task itself raised.
        """
        asked = self._requests.dump_python(request, warnings="error")
        reason = ""
        for _ in range(self._tries):
            worker = self._idle.get()
            try:
                answer = self._believe(request, worker, asked)
            except _WorkerLostError as lost:
                reason = lost.reason
            else:
                if self._task.teaches(answer):
                    self._practice.set(asked, worker)
                return answer
            finally:
                self._idle.put(worker if worker.is_sound else self._replace(worker))
        raise WorkerKilled(reason, self._tries)

    def close(self) -> None:
        """End the workers; call it when nobody asks any more."""
        self._practice.end()
        for _ in range(self.count):
            self._idle.get().end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _believe(self, request: Q, worker: "_Worker", asked: object) -> R:
        """A worker's answer, once it is one; `asked` is the request made plain."""
        value = worker.ask(asked)
        try:
            answer = self._answers.validate_python(value)
        except ValidationError:
            worker.lose_for_garbage()
        if not self._task.is_sane(request, answer):
            worker.lose_for_garbage()
        return answer

    def _replace(self, worker: "_Worker") -> "_Worker":
        worker.kill()
        return _Worker(self._setup)


class _Practice:
    """Requests that one worker has learnt from, done again by each of the others while nobody waits for them.

    Only where two are idle, so that one is there for whoever asks meanwhile.
    """

    def __init__(self, idle: "queue.Queue[_Worker]", count: int, *, replace: Callable[["_Worker"], "_Worker"]) -> None:
        self._idle = idle
        self._count = count
        self._replace = replace
        self._lessons: deque[_Lesson] = deque(maxlen=_MOST_LESSONS)
        self._changed = threading.Condition()
        self._is_ending = False
        self._thread: threading.Thread | None = None

    def set(self, asked: object, learnt_by: "_Worker") -> None:
        """Let the others do a request, soon and perhaps."""
        if self._count < 2:
            return
        with self._changed:
            self._lessons.append(_Lesson(asked, {learnt_by.number}))
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="packslip-practice", daemon=True)
                self._thread.start()

    def end(self) -> None:
        """Finish what is being done; nothing is done after that."""
        with self._changed:
            self._is_ending = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lessons or self._is_ending)
                if self._is_ending:
                    return
                lesson = self._lessons[0]
            worker = self._take(lesson)
            if worker is None:
                with self._changed:
                    self._changed.wait_for(lambda: self._is_ending, timeout=_PRACTICE_S)
                continue
            with contextlib.suppress(_WorkerLostError, WorkerBugError, PackslipError):
                worker.ask(lesson.asked)
            lesson.known_to.add(worker.number)
            if len(lesson.known_to) >= self._count:
                with self._changed, contextlib.suppress(ValueError):
                    self._lessons.remove(lesson)
            self._idle.put(worker if worker.is_sound else self._replace(worker))

    def _take(self, lesson: "_Lesson") -> "_Worker | None":
        """A worker that has not learnt it, out of those that are idle, if one more is."""
        found: list[_Worker] = []
        with contextlib.suppress(queue.Empty):
            while True:
                found.append(self._idle.get_nowait())
        eager = [worker for worker in found if worker.number not in lesson.known_to]
        taken = eager[0] if eager and len(found) > 1 else None
        for worker in found:
            if worker is not taken:
                self._idle.put(worker)
        return taken


@dataclass(slots=True, eq=False)
class _Lesson:
    asked: object  #: the request made plain
    known_to: set[int]  #: numbers of workers


class _Worker:
    """The parent's end of one worker."""

    _numbers = itertools.count()

    def __init__(self, setup: wire.Setup) -> None:
        self._connection, there = socket.socketpair()
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        there.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        with there:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(Path(worker_script.__file__)), str(there.fileno())],
                pass_fds=(there.fileno(),),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(setup.path)},
            )
        self._deadline_s = setup.deadline_s
        self._most_bytes = min(wire.MOST_BYTES, setup.memory_mb * _MB)
        self._ready_by = time.monotonic() + START_S
        self._is_ready = False
        self._number = 0
        self.number = next(self._numbers)
        self.is_sound = True
        if self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.write(json.dumps(asdict(setup)).encode() + b"\n")
                self._process.stdin.flush()

    def ask(self, plain: object) -> object:
        """What it answers, as plain as the request, and unproved."""
        if not self._is_ready:
            self._wait_until_ready()
        self._number += 1
        frame = wire.pack(self._number, "ask", plain)
        message = self._talk(frame, time.monotonic() + self._deadline_s, f"it took longer than {self._deadline_s:g} s")
        try:
            if message.word == "bug":
                self.is_sound = False
                raise WorkerBugError(wire.bug_of(message.value))
            if message.word == "fault" and message.number == self._number:
                raise wire.fault_of(message.value)
        except wire.GarbageError:
            self.lose_for_garbage()
        if message.word != "answer" or message.number != self._number:
            self.lose_for_garbage()
        return message.value

    def lose_for_garbage(self) -> NoReturn:
        """Give it up for what it said."""
        self._lose("it answered what is no answer")

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
        """End it, and whatever it may have started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        self._connection.close()
        if self._process.stdin:
            self._process.stdin.close()

    def _wait_until_ready(self) -> None:
        try:
            message = self._talk(b"", self._ready_by, f"no answer within {START_S:g} s")
            self._check_ready(message)
        except (_WorkerLostError, wire.GarbageError) as lost:
            self.is_sound = False
            raise WorkspaceError(
                f"a worker did not start: {lost}", hint="raise workers.memory_mb; packslip doctor tells more"
            ) from lost

    def _check_ready(self, message: wire.Message) -> None:
        if message.word == "fault":
            self.is_sound = False
            raise wire.fault_of(message.value)
        if message.word == "bug":
            self.is_sound = False
            raise WorkspaceError(f"a worker did not start: {wire.bug_of(message.value)}")
        if message.word != "ready":
            self.lose_for_garbage()
        self._is_ready = True

    def _talk(self, frame: bytes, until: float, late: str) -> wire.Message:
        try:
            if frame:
                wire.send(self._connection, frame, until)
            message = wire.receive(self._connection, until, self._most_bytes)
        except TimeoutError:
            self._lose(late)
        except (EOFError, OSError):
            self._lose("it ended")
        except wire.GarbageError:
            self.lose_for_garbage()
        if message.word == "memory":
            self._lose("it ran out of memory")
        return message

    def _lose(self, reason: str) -> NoReturn:
        self.is_sound = False
        raise _WorkerLostError(reason)
