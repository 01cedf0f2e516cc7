"""One hot folder on the line: looked at when something happened and every so often, what is whole claimed.

Trouble with one file, or with the whole folder, is told once and tried again; it never ends the run. Many files are
claimed in portions, so that the first print while the last wait.
"""

import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from packslip.engine.events import Kind, Listener, RunEvent
from packslip.errors import RetryLater
from packslip.hotfolder import (
    Answer,
    Claimer,
    Doubt,
    Group,
    Look,
    Oddity,
    Readiness,
    Sight,
    View,
    Watcher,
    look_at,
    printable,
    sends_events,
)
from packslip.ledger import DropRecord

_PAUSE_S = 5.0  #: before a file that could not be claimed is tried again
_REWATCH_S = 60.0  #: before events are asked for again where they could not be had
_TOGETHER = 64  #: groups that share one entry in the ledger
_PORTION_S = 0.2  #: of claiming, before the line has its turn
_QUIET_S = 10.0  #: so long nobody is told that a program is still writing
_MOST_TOLD = 1000

Content = tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class _Wait:
    """Why a group is not claimed now."""

    content: Content
    why: str
    until: float  #: for a trouble, by the clock
    lain_s: float = 0.0  #: for a doubt, how long it must lie
    is_soon: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderCondition:
    """How a hot folder is."""

    name: str  #: "" for the first one
    path: str
    is_there: bool
    has_events: bool  #: whether they wake it early
    looked_s: float  #: seconds since it was last looked at
    waiting: int  #: files that lie in it and are not claimed yet
    troubled: int  #: of those, files that cannot be claimed, or that are cut off


class Inbox:
    """Looks, waits for what is not whole, and claims."""

    def __init__(
        self,
        folder: Path,
        claimer: Claimer,
        *,
        readiness: Readiness,
        view: View = View(),  # noqa: B008 - frozen
        scan_s: float = 1.0,
        watch: str = "auto",
        wake: Callable[[], None],
        listener: Listener,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` is monotonic, in seconds."""
        self._folder = folder
        self._claimer = claimer
        self._readiness = readiness
        self._view = view
        self._scan_s = scan_s
        self._watch_how = watch
        self._wake = wake
        self._listener = listener
        self._clock = clock
        self._watcher: Watcher | None = None
        self._has_events = False
        self._rewatch_at = 0.0
        self._woken = True
        self._looked_at = float("-inf")
        self._due = float("-inf")
        self._rest_until = float("-inf")
        self._queue: deque[Group] = deque()
        self._waits: dict[str, _Wait] = {}
        self._staying: dict[str, str] = {}  #: name → identity of what is on record and cannot be taken away
        self._odd: frozenset[Oddity] = frozenset()
        self._told: set[str] = set()
        self._seen = 0
        self._device: int | None = None
        self._is_away = False
        self.is_empty = False  #: whether the last look left nothing that time alone would have claimed

    def tend(self) -> tuple[DropRecord, ...]:
        """Look if it is time, and claim a portion of what is ready; the drops that were claimed."""
        self._watch()
        now = self._clock()
        if now >= self._due or (self._woken and not self._queue and now >= self._rest_until):
            self._look(now)
        claimed = self._claim_portion()
        self.is_empty = self._is_away or not self._is_pending()
        return claimed

    def next_look(self) -> float:
        """Seconds until there may be something to do."""
        if self._queue:
            return 0.0
        due = min(self._due, self._rest_until) if self._woken else self._due
        return max(0.0, due - self._clock())

    def close(self) -> None:
        """Stop watching."""
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher = None
        self._has_events = False

    def condition(self) -> FolderCondition:
        """How it is, for `status`."""
        return FolderCondition(
            name=self._claimer.folder,
            path=str(self._folder),
            is_there=not self._is_away,
            has_events=self._has_events,
            looked_s=max(0.0, self._clock() - self._looked_at),
            waiting=self._seen,
            troubled=sum(not wait.is_soon for wait in self._waits.values()),
        )

    # looking

    def _watch(self) -> None:
        now = self._clock()
        if self._watch_how == "polling" or now < self._rewatch_at:
            return
        if self._watcher is not None:
            if not self._watcher.is_stale() and self._watcher.is_alive():
                return
            if self._has_events and not self._watcher.is_alive():
                self._tell(f"the watcher of {self._folder} ended; it is started again")
        self.close()
        if not self._folder.is_dir():
            return
        if self._watch_how == "auto" and not sends_events(self._folder):
            self._tell_once(f"{self._folder} is a share; it is looked at every {self._scan_s:g} s")
            self._rewatch_at = now + _REWATCH_S
            return
        self._watcher = Watcher(self._folder, self._on_event, nested=self._view.nested)
        told = self._watcher.start()
        self._has_events, self._woken = not told, True
        if told:
            self._rewatch_at = now + _REWATCH_S
            self._tell_once(told)

    def _on_event(self) -> None:
        self._woken = True
        self._wake()

    def _look(self, now: float) -> None:
        self._woken = False
        self._claimer.decide()
        look = self._try_look()
        after = self._clock()
        self._looked_at, self._rest_until = after, after + (after - now)
        self._queue.clear()
        if look is None:
            self._due = now + self._scan_s
            return
        look = self._without_staying(look)
        readied = self._readiness.seen(look, now)
        self._seen = len(look.files)
        self._tell_oddities(look.oddities, readied.told)
        self._prune({group.files[0].name for group in readied.groups})
        self._queue.extend(group for group in readied.groups if self._may_claim(group, now))
        self._due = min(now + self._scan_s, *self._deadlines(readied.groups, now))

    def _try_look(self) -> Look | None:
        try:
            look = look_at(self._folder, self._claimer.disk, self._view)
            status = self._claimer.disk.status(self._folder)
        except OSError as fault:
            if not self._is_away:
                why = os.strerror(fault.errno or 0).lower()
                self._tell(f"the inbox {self._folder} is away ({why}); it is awaited")
            self._is_away = True
            return None
        if self._is_away:
            self._tell(f"the inbox {self._folder} is back")
        elif status is not None and self._device not in (None, status.st_dev):
            self._tell(f"the inbox {self._folder} is on another file system than before; did a share come or go?")
        self._is_away = False
        self._device = status.st_dev if status is not None else None
        return look

    def _without_staying(self, look: Look) -> Look:
        """A look without files that are on record and could not be taken away."""
        if not self._staying:
            return look
        there = {one.name: one.identity for one in (*look.files, *look.marks)}
        self._staying = {name: known for name, known in self._staying.items() if there.get(name) == known}

        def keep(sights: tuple[Sight, ...]) -> tuple[Sight, ...]:
            return tuple(one for one in sights if one.name not in self._staying)

        return Look(files=keep(look.files), marks=keep(look.marks), oddities=look.oddities)

    def _may_claim(self, group: Group, now: float) -> bool:
        wait = self._waits.get(group.files[0].name)
        if wait is None or wait.content != _content(group):
            return True
        return now >= wait.until and group.lain_s >= wait.lain_s

    def _deadlines(self, groups: tuple[Group, ...], now: float) -> list[float]:
        """When something may be claimed that may not be now."""
        soon = self._readiness.next_look(now)
        due = [] if soon is None else [now + soon]
        for group in groups:
            wait = self._waits.get(group.files[0].name)
            if wait is not None:
                due.append(max(wait.until, now + wait.lain_s - group.lain_s, now))
        return due or [float("inf")]

    def _is_pending(self) -> bool:
        """Whether something lies there that time alone will have claimed."""
        is_settling = self._readiness.next_look(self._clock()) is not None
        return bool(self._queue) or is_settling or any(wait.is_soon for wait in self._waits.values())

    def _prune(self, names: set[str]) -> None:
        self._waits = {name: wait for name, wait in self._waits.items() if name in names}

    # claiming

    def _claim_portion(self) -> tuple[DropRecord, ...]:
        claimed: tuple[DropRecord, ...] = ()
        until = self._clock() + _PORTION_S
        while self._queue:
            groups = [self._queue.popleft() for _ in range(min(_TOGETHER, len(self._queue)))]
            for group, answer in zip(groups, self._claimer.claim_all(groups), strict=True):
                claimed += self._take_in(group, answer)
            if self._clock() >= until:
                break
        return claimed

    def _take_in(self, group: Group, answer: Answer) -> tuple[DropRecord, ...]:
        """What follows from a claim; the drops it gave."""
        now, name = self._clock(), group.files[0].name
        if isinstance(answer, RetryLater):
            self._wait(name, _Wait(_content(group), str(answer), until=now + _PAUSE_S))
            self._due = min(self._due, now + _PAUSE_S)
            return ()
        if isinstance(answer, Doubt):
            is_news = answer.until_s or group.lain_s >= _QUIET_S
            why = f"{self._shown(name)}: {answer.reason}" if is_news else ""
            self._wait(name, _Wait(_content(group), why, now, answer.until_s, answer.is_soon))
            if answer.until_s:
                self._due = min(self._due, now + answer.until_s - group.lain_s)
            return ()
        self._waits.pop(name, None)
        if answer is None:
            self._woken = True
            return ()
        self._seen = max(0, self._seen - len(group.files))
        if answer.stays:
            self._staying |= {one.name: one.identity for one in (*group.files, *group.marks)}
            self._tell_once(f"{self._folder} may not be written: its files stay there, and are known again")
        for drop in answer.known if not answer.stays else ():
            self._tell_once(f"{self._shown(drop.name)}: came again, with nothing new in it")
        for drop in answer.drops:
            self._listener(RunEvent(kind=Kind.CLAIMED, drop=drop.id, text=drop.name))
        return answer.drops

    def _wait(self, name: str, wait: _Wait) -> None:
        before = self._waits.get(name)
        is_new = before is None or (before.content, before.why) != (wait.content, wait.why)
        if is_new and wait.why:
            self._tell(wait.why)
        self._waits[name] = wait

    # telling

    def _shown(self, name: str) -> str:
        shown = printable(name)
        return f"{self._claimer.folder}/{shown}" if self._claimer.folder else shown

    def _tell_oddities(self, odd: tuple[Oddity, ...], late: tuple[Oddity, ...]) -> None:
        """Each once, as long as it lies there."""
        for one in (*odd, *late):
            if one not in self._odd:
                left = "; it is left where it is" if one in odd else ""
                self._tell(f"{self._shown(one.name)}: {one.reason}{left}")
        self._odd = frozenset((*odd, *late))

    def _tell_once(self, text: str) -> None:
        if text not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(text)
            self._tell(text)

    def _tell(self, text: str) -> None:
        self._listener(RunEvent(kind=Kind.WARNING, text=text))


def _content(group: Group) -> Content:
    return tuple(one.content for one in (*group.files, *group.marks))
