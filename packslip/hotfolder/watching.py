"""Events of a hot folder, as a wake-up and nothing more.

The kernel drops events without a word when too many come, and shares send none; so a lost event costs one scan
interval, never a file. Where events cannot be had, or whoever brings them died, the folder is looked at every so often.
"""

import errno
import os
from collections.abc import Callable
from pathlib import Path

from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from packslip.hotfolder.names import TAKEN_PREFIX
from packslip.ledger import is_network, mounted_as

_WAKING = [FileClosedEvent, FileCreatedEvent, FileModifiedEvent, FileMovedEvent]
_LIMITS = {
    errno.ENOSPC: "this machine watches as many folders as it may: raise fs.inotify.max_user_watches",
    errno.EMFILE: "this machine has as many watchers as it may: raise fs.inotify.max_user_instances, or ulimit -n",
    errno.ENFILE: "this machine has as many files open as it may",
}
#: file systems of machines within machines, whose outside changes send no events
_MUTE = frozenset(("virtiofs", "vboxsf", "prl_fs", "vmhgfs", "drvfs"))


def sends_events(folder: Path) -> bool:
    """Whether the file system that a folder is on tells of what others do there."""
    kind = mounted_as(folder)
    return not (is_network(kind) or kind in _MUTE or kind.startswith("fuse"))


class Watcher:
    """Calls whenever something happens in a folder."""

    def __init__(self, inbox: Path, wake: Callable[[], None], *, nested: bool = False) -> None:
        self._inbox = inbox
        self._handler = _Waker(wake)
        self._nested = nested
        self._observer = Observer()
        self._place: tuple[int, int] | None = None

    def start(self) -> str:
        """Begin; "" if events will come, else a plain sentence why the folder is only scanned."""
        self._place = _place(self._inbox)
        try:
            self._observer.schedule(self._handler, str(self._inbox), recursive=self._nested, event_filter=_WAKING)
            self._observer.start()
        except OSError as fault:
            why = _LIMITS.get(fault.errno or 0) or os.strerror(fault.errno or 0).lower()
            return f"no events from {self._inbox} ({why}); it is scanned instead"
        return ""

    def is_stale(self) -> bool:
        """Whether the folder is another one by now, such as a share that came back."""
        place = _place(self._inbox)
        return place is None or place != self._place

    def is_alive(self) -> bool:
        """Whether events can still come."""
        emitters = self._observer.emitters
        return self._observer.is_alive() and bool(emitters) and all(each.is_alive() for each in emitters)

    def stop(self) -> None:
        """End, without waiting for long."""
        if self._observer.is_alive():
            self._observer.stop()
            self._observer.join(timeout=2.0)


def _place(folder: Path) -> tuple[int, int] | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


class _Waker(FileSystemEventHandler):
    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    def on_any_event(self, event: FileSystemEvent) -> None:
        last = os.fsdecode(event.dest_path or event.src_path)
        if not os.path.basename(last).startswith(TAKEN_PREFIX):  # noqa: PTH119 - for every event
            self._wake()
