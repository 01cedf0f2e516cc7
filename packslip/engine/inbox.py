"""The inbox on the line: looked at when something happened and every so often, settled files claimed.

Trouble with one file, or with the whole folder, is told once and tried again; it never ends the run.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from packslip.engine.events import Kind, Listener, RunEvent
from packslip.errors import RetryLater
from packslip.hotfolder import Claimer, Look, Settler, Sight, Watcher, look_at

_PAUSE_S = 5.0  #: before a file that could not be claimed is tried again


@dataclass(frozen=True, slots=True)
class _Trouble:
    content: tuple[int, int, int, int]
    until: float


class Inbox:
    """Looks, settles and claims."""

    def __init__(
        self,
        folder: Path,
        claimer: Claimer,
        *,
        settle_s: float,
        wake: Callable[[], None],
        listener: Listener,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` is monotonic, in seconds."""
        self._folder = folder
        self._claimer = claimer
        self._settler = Settler(settle_s)
        self._wake = wake
        self._listener = listener
        self._clock = clock
        self._watcher: Watcher | None = None
        self._troubles: dict[str, _Trouble] = {}
        self._told: set[str] = set()
        self._is_away = False
        self.is_empty = False  #: whether the last look left nothing to be claimed

    def tend(self) -> int:
        """Look once and claim what is ready; how many drops were claimed."""
        self._watch()
        look = self._look()
        if look is None:
            self.is_empty = True
            return 0
        self._tell_oddities(look)
        now = self._clock()
        ready = self._settler.seen(look.files, now)
        claimed = sum(self._claim(file, now) for file in ready)
        waiting = [file for file in look.files if file.name not in self._troubles]
        self.is_empty = len(waiting) == claimed
        return claimed

    def next_look(self) -> float | None:
        """Seconds until a waiting file may be ready; None where nothing waits."""
        return self._settler.next_look(self._clock())

    def close(self) -> None:
        """Stop watching."""
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher = None

    def _watch(self) -> None:
        if self._watcher is not None and not self._watcher.is_stale():
            return
        self.close()
        if not self._folder.is_dir():
            return
        self._watcher = Watcher(self._folder, self._wake)
        self._tell_once(self._watcher.start())

    def _look(self) -> Look | None:
        try:
            look = look_at(self._folder, self._claimer.disk)
        except OSError as fault:
            if not self._is_away:
                self._tell(f"the inbox {self._folder} is away ({os.strerror(fault.errno or 0).lower()}); it is awaited")
            self._is_away = True
            return None
        if self._is_away:
            self._tell(f"the inbox {self._folder} is back")
        self._is_away = False
        return look

    def _claim(self, file: Sight, now: float) -> int:
        trouble = self._troubles.get(file.name)
        if trouble is not None and trouble.content == file.content and now < trouble.until:
            return 0
        try:
            drop = self._claimer.claim(file)
        except RetryLater as fault:
            if trouble is None or trouble.content != file.content:
                self._tell(str(fault))
            self._troubles[file.name] = _Trouble(file.content, now + _PAUSE_S)
            return 0
        self._troubles.pop(file.name, None)
        if drop is None:
            return 0
        self._listener(RunEvent(kind=Kind.CLAIMED, drop=drop.id, text=drop.name))
        return 1

    def _tell_oddities(self, look: Look) -> None:
        for oddity in look.oddities:
            self._tell_once(f"{oddity.name}: {oddity.reason}; it is left where it is")
        self._troubles = {file.name: self._troubles[file.name] for file in look.files if file.name in self._troubles}

    def _tell_once(self, text: str) -> None:
        if text and text not in self._told:
            self._told.add(text)
            self._tell(text)

    def _tell(self, text: str) -> None:
        self._listener(RunEvent(kind=Kind.WARNING, text=text))
