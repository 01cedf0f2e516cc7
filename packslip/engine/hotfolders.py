"""The hot folders of a workspace: opened as the settings say, swept, tended in turn, the pressing ones first."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from packslip.disk import LOCAL, Disk
from packslip.engine.events import Kind, Listener, RunEvent
from packslip.engine.inbox import FolderCondition, Inbox
from packslip.folders import Habits, Readiness
from packslip.hotfolder import (
    Aside,
    Claimer,
    Manifested,
    Names,
    OnSight,
    Probe,
    Sight,
    Stable,
    Triggered,
    View,
    refuse_overlap,
)
from packslip.hotfolder import Readiness as Ready
from packslip.hotfolder.promises import MOST_BYTES
from packslip.ledger import DropRecord, Ledger
from packslip.settings import Settings
from packslip.world import Workspace

_COPIERS = 8  #: files that are flushed to disk at once; a flush is waiting, not work


class HotFolders:
    """Every hot folder of one workspace."""

    def __init__(
        self,
        workspace: Workspace,
        settings: Settings,
        ledger: Ledger,
        *,
        probe: Probe,
        wake: Callable[[], None],
        listener: Listener,
        disk: Disk = LOCAL,
        together: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`together`: several files are copied at once, by threads.

        Raises:
            WorkspaceError: folders lie in one another.
        """
        self._listener = listener
        self._copiers = ThreadPoolExecutor(_COPIERS, thread_name_prefix="packslip-copier") if together else None
        places = workspace.inboxes(settings)
        _refuse(workspace, settings, places)
        self._inboxes: list[Inbox] = []
        self._claimers: list[Claimer] = []
        for name, place in sorted(places.items(), key=lambda item: -settings.folder(item[0]).priority):
            habits = settings.folder(name)
            if not Path(_as_written(settings, name)).is_absolute():
                place.mkdir(parents=True, exist_ok=True)
            view = _view(habits, settings.hotfolder.max_bytes)
            claimer = Claimer(
                place,
                workspace.spool,
                ledger,
                disk=disk,
                folder=name,
                priority=habits.priority,
                unended_s=habits.unended_s,
                probe=probe,
                aside=Aside(owner=_owner(workspace), nested=habits.nested),
                copiers=self._copiers,
            )
            self._claimers.append(claimer)
            self._inboxes.append(
                Inbox(
                    place,
                    claimer,
                    readiness=_readiness(habits, _reader(place, disk)),
                    view=view,
                    scan_s=habits.scan_s,
                    watch=habits.watch,
                    wake=wake,
                    listener=listener,
                    clock=clock,
                )
            )

    def sweep(self) -> None:
        """Finish what killed claims left, before anything is claimed."""
        for claimer in self._claimers:
            for text in claimer.sweep():
                self._listener(RunEvent(kind=Kind.WARNING, text=text))

    def tend(self) -> list[DropRecord]:
        """Look and claim a portion in each; the drops that were claimed."""
        return [drop for inbox in self._inboxes for drop in inbox.tend()]

    def next_look(self) -> float:
        """Seconds until there may be something to do in one of them."""
        return min(inbox.next_look() for inbox in self._inboxes)

    @property
    def is_empty(self) -> bool:
        """Whether nothing lies in any of them that time alone would have claimed."""
        return all(inbox.is_empty for inbox in self._inboxes)

    def conditions(self) -> tuple[FolderCondition, ...]:
        """How each is."""
        return tuple(inbox.condition() for inbox in self._inboxes)

    def close(self) -> None:
        """Stop watching."""
        for inbox in self._inboxes:
            inbox.close()
        if self._copiers is not None:
            self._copiers.shutdown()


def _refuse(workspace: Workspace, settings: Settings, places: dict[str, Path]) -> None:
    watched = {f"folders.{name}" if name else "hotfolder.inbox": place for name, place in places.items()}
    written = {"hotfolder.trays": workspace.trays(settings), "the state of packslip": workspace.state}
    for name in places:
        key = f"folders.{name}.results" if name else "hotfolder.results"
        written[key] = workspace.results(settings, name)
    refuse_overlap(watched, written)


def _as_written(settings: Settings, name: str) -> str:
    return settings.folders[name].path if name in settings.folders else settings.hotfolder.inbox


def _owner(workspace: Workspace) -> str:
    """What tells this workspace from others that watch the same folder, and from a copy of itself."""
    return sha256(workspace.secret() + os.fsencode(workspace.root)).hexdigest()[:8]


def _view(habits: Habits, max_bytes: int) -> View:
    mark = {Readiness.TRIGGER: habits.trigger, Readiness.MANIFEST: habits.manifest}.get(habits.readiness, "")
    suffixes, ignore = (tuple(one.lower() for one in each) for each in (habits.suffixes, habits.ignore))
    names = Names(suffixes=suffixes, mark=mark.lower(), ignore=ignore)
    return View(names=names, nested=habits.nested, max_bytes=max_bytes)


def _readiness(habits: Habits, read: Callable[[Sight], bytes | None]) -> Ready:
    settle_s, patience_s = habits.settle_s, habits.incomplete_after_s
    match habits.readiness:
        case Readiness.RENAME:
            return OnSight()
        case Readiness.TRIGGER:
            return Triggered(suffix=habits.trigger, settle_s=settle_s, patience_s=patience_s, read=read)
        case Readiness.MANIFEST:
            return Manifested(settle_s=settle_s, patience_s=patience_s, read=read)
        case Readiness.STABLE:
            return Stable(settle_s=settle_s, patience_s=patience_s)


def _reader(folder: Path, disk: Disk) -> Callable[[Sight], bytes | None]:
    def read(mark: Sight) -> bytes | None:
        """A trigger's or manifest's bytes; None where it is gone or changed, and cut off where it is too long."""
        with contextlib.suppress(OSError), contextlib.closing(disk.open(folder / mark.name)) as opened:
            if opened.status().st_ino != mark.inode:
                return None
            return b"".join(_chunks(opened.read))
        return None

    return read


def _chunks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    left = MOST_BYTES
    while left and (chunk := read(min(left, 1 << 16))):
        left -= len(chunk)
        yield chunk
