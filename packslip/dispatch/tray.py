"""A folder printer: its tray, and delivery by rename.

A document is staged on the tray's own disk, then moved into view by one rename, so nobody who watches the tray
sees half a file. Once an intent is on record, the staged file is the whole truth: there, it was not delivered; gone,
it was.
"""

import os
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path

from packslip.disk import LOCAL, Disk
from packslip.errors import RetryLater
from packslip.files import flush_folders, is_folder, names_in, sweep_unfinished, write_all
from packslip.ledger import crash_point

STAGING = ".staging"


class Tray:
    """One folder printer's tray."""

    def __init__(self, folder: Path, disk: Disk = LOCAL, *, mode: int = 0o600) -> None:
        """`mode` are the permissions of what appears in it."""
        self.folder = folder
        self._disk = disk
        self._mode = mode
        self._staging = folder / STAGING

    def stage(self, name: str, data: bytes) -> None:
        """Put a document on the tray's disk, out of sight and flushed.

        Raises:
            RetryLater: the tray's disk is full, away, or may not be written.
        """
        self.stage_all({name: data})

    def stage_all(self, documents: Mapping[str, bytes], *, threads: Executor | None = None) -> None:
        """Stage documents by name; with `threads` side by side.

        Raises:
            RetryLater: as `stage`; some may be staged all the same.
        """
        files = {self._staging / name: data for name, data in documents.items()}
        try:
            write_all(files, mode=self._mode, disk=self._disk, threads=threads)
        except OSError as fault:
            raise self._away(fault) from fault

    def sweep(self) -> None:
        """Remove what a killed process staged only half, and flush the folders it may have made."""
        flush_folders(self.folder, disk=self._disk)
        sweep_unfinished(self._staging, disk=self._disk)

    def staged(self) -> tuple[str, ...]:
        """Names of what is staged."""
        return names_in(self._staging, disk=self._disk)

    def unstage(self, name: str) -> None:
        """Take a staged document back that will not be delivered.

        Raises:
            RetryLater: the tray is away or may not be written.
        """
        try:
            self._disk.unlink(self._staging / name, missing_ok=True)
        except OSError as fault:
            raise self._away(fault) from fault

    def is_staged(self, name: str) -> bool | None:
        """Whether a document is staged and not delivered yet; None where the tray was lost and nobody can know.

        Raises:
            RetryLater: the tray is away for now.
        """
        try:
            if not is_folder(self._staging, self._disk):
                return None
            return self._disk.status(self._staging / name) is not None
        except OSError as fault:
            raise self._away(fault) from fault

    def deliver(self, name: str) -> Path:
        """Move a staged document into view.

        Raises:
            RetryLater: the tray is away or may not be written.
        """
        final = self.folder / name
        try:
            self._disk.rename(self._staging / name, final)
        except OSError as fault:
            if self._is_delivered(final):  # a restarted line finished what this command began
                return final
            raise self._away(fault) from fault
        crash_point("dispatch.renamed")
        return final

    def flush(self) -> None:
        """Flush both folders' entries to disk.

        Raises:
            RetryLater: the tray is away.
        """
        try:
            self._disk.sync_folder(self.folder)
            self._disk.sync_folder(self._staging)
        except OSError as fault:
            raise self._away(fault) from fault

    def _is_delivered(self, final: Path) -> bool:
        try:
            return self._disk.status(final) is not None
        except OSError:
            return False

    def _away(self, fault: OSError) -> RetryLater:
        return RetryLater(
            f"tray {self.folder.name}: {os.strerror(fault.errno or 0).lower()}",
            hint="its documents wait; check the folder and its disk",
        )
