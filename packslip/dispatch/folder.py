"""A folder printer: a tray that documents appear in, each exactly once.

Staged on the tray's own disk before the intent is on record, brought into view by one rename after it. So the staged
file tells afterwards how far a killed process came: there, it was not delivered, and is now; gone, it was.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

from packslip.disk import Disk
from packslip.dispatch.printer import Asked, Condition, Job, Progress, Sent
from packslip.dispatch.tray import Tray
from packslip.files import is_folder


class FolderPrinter:
    """A `Printer` that is a tray."""

    def __init__(self, tray: Tray, disk: Disk, *, threads: Executor | None = None) -> None:
        """`threads` stage documents side by side."""
        self._tray = tray
        self._disk = disk
        self._threads = threads

    def prepare(self, *jobs: Job) -> None:
        """Stage documents."""
        self._tray.stage_all({job.name: job.data for job in jobs}, threads=self._threads)

    def withdraw(self, name: str) -> None:
        """Take a staged document back."""
        self._tray.unstage(name)

    def send(self, job: Job) -> Sent:
        """Bring a staged document into view."""
        self._tray.deliver(job.name)
        return Sent(progress=Progress.DONE)

    def settle(self) -> None:
        """Flush the tray's entries."""
        self._tray.flush()

    def ask(self, jobs: Sequence[Asked]) -> tuple[Sent, ...]:
        """What the staged files tell; what is staged still is brought into view."""
        return tuple(self._ask(job) for job in jobs)

    def look(self) -> Condition:
        """A tray takes documents where its disk is there."""
        try:
            is_there = any(is_folder(path, self._disk) for path in (self._tray.folder, self._tray.folder.parent))
        except OSError:
            is_there = False
        return Condition(is_up=is_there, reasons=() if is_there else ("offline",))

    def path(self, name: str) -> Path:
        """Where a document appears."""
        return self._tray.folder / name

    def close(self) -> None:
        """Nothing is kept open."""

    def _ask(self, job: Asked) -> Sent:
        staged = self._tray.is_staged(job.name)
        if staged is None:
            return Sent(progress=Progress.UNKNOWN, told="its tray was lost")
        if staged:
            self._tray.deliver(job.name)
        return Sent(progress=Progress.DONE)
