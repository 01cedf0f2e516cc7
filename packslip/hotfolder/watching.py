"""Events of the inbox, as a wake-up and nothing more.

The kernel drops events without a word when too many come, and shares send none; so a lost event costs one scan
interval, never a file.
"""

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

_WAKING = [FileClosedEvent, FileCreatedEvent, FileModifiedEvent, FileMovedEvent]


class Watcher:
    """Calls whenever something happens in the inbox."""

    def __init__(self, inbox: Path, wake: Callable[[], None]) -> None:
        self._inbox = inbox
        self._handler = _Waker(wake)
        self._observer = Observer()
        self._inode = 0

    def start(self) -> str:
        """Begin; "" if events will come, else a plain sentence why the folder is only scanned."""
        try:
            self._inode = self._inbox.stat().st_ino
            self._observer.schedule(self._handler, str(self._inbox), event_filter=_WAKING)
            self._observer.start()
        except OSError as fault:
            return f"no events from the inbox ({os.strerror(fault.errno or 0).lower()}); it is scanned instead"
        return ""

    def is_stale(self) -> bool:
        """Whether the inbox is another folder by now, such as a share that came back."""
        try:
            return self._inbox.stat().st_ino != self._inode
        except OSError:
            return True

    def stop(self) -> None:
        """End, without waiting for long."""
        if self._observer.is_alive():
            self._observer.stop()
            self._observer.join(timeout=2.0)


class _Waker(FileSystemEventHandler):
    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    def on_any_event(self, event: FileSystemEvent) -> None:
        self._wake()
