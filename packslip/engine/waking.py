"""Waking and stopping: what ends the loop's wait, and what ends the loop. Safe to call from a signal's handler."""

import os
import queue
import signal
from types import FrameType, TracebackType
from typing import Self

INTERRUPTED = 130  #: exit code of a process that was told to stop at once


class Wake:
    """Ends a wait early; many calls before the wait are one."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[None] = queue.SimpleQueue()

    def __call__(self) -> None:
        """End the wait."""
        self._calls.put(None)

    def wait(self, seconds: float) -> None:
        """Wait until woken, or for so long."""
        try:
            self._calls.get(timeout=seconds)
            while True:
                self._calls.get_nowait()
        except queue.Empty:
            return


class StopSign:
    """Asks a run to finish what is under way and stop."""

    def __init__(self) -> None:
        self.wake = Wake()
        self.is_set = False

    def set(self) -> None:
        """Ask."""
        self.is_set = True
        self.wake()


class StopOnSignal:
    """While it is entered, the first SIGINT or SIGTERM asks to stop, the second ends the process at once.

    Ending at once is safe at any moment: the next run takes up what was left. Use it in the main thread only.
    """

    def __init__(self, sign: StopSign) -> None:
        self._sign = sign
        self._before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def __enter__(self) -> Self:
        for number in self._before:
            signal.signal(number, self._stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        if self._sign.is_set:
            os._exit(INTERRUPTED)
        self._sign.set()
