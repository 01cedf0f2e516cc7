"""Closing: a thread that finishes drops, so that flushing their answers keeps no record from its printer.

Drops that are ready while others are being closed are closed together.
"""

import threading
from collections import deque

from packslip.engine.drops import Closer
from packslip.engine.flow import Tally
from packslip.errors import PackslipError, WorkspaceError

_MOST = 64  #: drops that share the steps of one closing


class Closing:
    """Closes drops in the order in which they are finished."""

    def __init__(self, closer: Closer) -> None:
        self._closer = closer
        self._changed = threading.Condition()
        self._waiting: deque[Tally] = deque()
        self._is_ending = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="packslip-closing", daemon=True)
        self._thread.start()

    def put(self, tally: Tally) -> None:
        """Have a drop closed, soon."""
        with self._changed:
            self._waiting.append(tally)
            self._changed.notify()

    def check(self) -> None:
        """Make sure that drops are closed.

        Raises:
            Exception: what ended it.
        """
        if self._failure is not None:
            raise self._failure

    def end(self) -> None:
        """Close what waits, then stop."""
        with self._changed:
            self._is_ending = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        ended = False
        try:
            while batch := self._take():
                self._closer.close_all(batch)
            ended = True
        except PackslipError as fault:
            self._failure = fault
            ended = True
        finally:
            if not ended:
                self._failure = WorkspaceError("the line stopped at a fault of packslip itself")

    def _take(self) -> list[Tally]:
        """The drops that wait; none when there will be no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_ending)
            return [self._waiting.popleft() for _ in range(min(_MOST, len(self._waiting)))]
