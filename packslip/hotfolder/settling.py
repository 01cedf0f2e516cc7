"""Settling: since when a dropped file lies unchanged. Pure; the clock comes as an argument.

A file is ready once its size, content time and inode are the same in two looks or more that lie the settling time
apart. That cannot be proved from outside: what is still cut short then is found by whoever reads it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from packslip.hotfolder.sights import Sight


@dataclass(frozen=True, slots=True)
class _Wait:
    content: tuple[int, int, int, int]
    since: float


class Settler:
    """Remembers since when each file lies unchanged."""

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._waits: dict[str, _Wait] = {}
        self._due: float | None = None  #: when the next file may be ready

    def seen(self, files: Iterable[Sight], now: float) -> tuple[Sight, ...]:
        """Take in one look, at a monotonic time in seconds; the files that are ready, in the look's order."""
        before, self._waits, self._due = self._waits, {}, None
        ready = []
        for file in files:
            wait = before.get(file.name)
            if wait is None or wait.content != file.content:
                self._wait(file, _Wait(file.content, now))
            elif now - wait.since >= self._settle_s:
                self._waits[file.name] = wait
                ready.append(file)
            else:
                self._wait(file, wait)
        return tuple(ready)

    def lain(self, file: Sight, now: float) -> float:
        """Seconds that a file lies unchanged as far as was seen."""
        wait = self._waits.get(file.name)
        return now - wait.since if wait is not None and wait.content == file.content else 0.0

    def next_look(self, now: float) -> float | None:
        """Seconds until a file may be ready, if it does not change again; None where nothing waits."""
        return None if self._due is None else max(0.0, self._due - now)

    def _wait(self, file: Sight, wait: _Wait) -> None:
        self._waits[file.name] = wait
        due = wait.since + self._settle_s
        self._due = due if self._due is None else min(self._due, due)
