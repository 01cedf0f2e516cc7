"""Settling: when a dropped file is whole. Pure; the clock comes as an argument.

A file is ready once its size, content time and inode are the same in two looks or more that lie the settling time
apart. That cannot be proved from outside; what is still cut short then is held by the reader, never printed in part.
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

    def seen(self, files: Iterable[Sight], now: float) -> tuple[Sight, ...]:
        """Take in one look, at a monotonic time in seconds; the files that are ready, in the look's order."""
        before, self._waits = self._waits, {}
        ready = []
        for file in files:
            wait = before.get(file.name)
            if wait is None or wait.content != file.content:
                self._waits[file.name] = _Wait(file.content, now)
                continue
            self._waits[file.name] = wait
            if now - wait.since >= self._settle_s:
                ready.append(file)
        return tuple(ready)

    def next_look(self, now: float) -> float | None:
        """Seconds until a file may be ready, if it does not change again; None where nothing waits."""
        if not self._waits:
            return None
        return max(0.0, min(wait.since for wait in self._waits.values()) + self._settle_s - now)
