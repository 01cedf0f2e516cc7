"""A folder printer: its tray, and delivery by rename.

A document is staged on the tray's own disk, then moved into view by one rename, so nobody who watches the tray
sees half a file. Once an intent is on record, the staged file is the whole truth: there, it was not delivered; gone,
it was.
"""

import os
from pathlib import Path

from packslip.errors import RetryLater
from packslip.files import sweep_unfinished, sync_folder, write_atomic
from packslip.ledger import crash_point

STAGING = ".staging"


class Tray:
    """One folder printer's tray."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._staging = folder / STAGING

    def stage(self, name: str, data: bytes) -> None:
        """Put a document on the tray's disk, out of sight and flushed.

        Raises:
            RetryLater: the tray's disk is full, away, or may not be written.
        """
        try:
            self._staging.mkdir(parents=True, exist_ok=True)
            write_atomic(self._staging / name, data)
        except OSError as fault:
            raise self._away(fault) from fault

    def sweep(self) -> None:
        """Remove what a killed process staged only half."""
        sweep_unfinished(self._staging)

    def staged(self) -> tuple[str, ...]:
        """Names of what is staged."""
        return tuple(path.name for path in self._staging.glob("*")) if self._staging.is_dir() else ()

    def unstage(self, name: str) -> None:
        """Take a staged document back that will not be delivered."""
        (self._staging / name).unlink(missing_ok=True)

    def is_staged(self, name: str) -> bool | None:
        """Whether a document is staged and not delivered yet; None where the tray was lost and nobody can know."""
        if not self._staging.is_dir():
            return None
        return (self._staging / name).exists()

    def deliver(self, name: str) -> Path:
        """Move a staged document into view.

        Raises:
            RetryLater: the tray is away or may not be written.
        """
        final = self.folder / name
        try:
            (self._staging / name).rename(final)
        except OSError as fault:
            if final.exists():  # a restarted line finished what this command began
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
            sync_folder(self.folder)
            sync_folder(self._staging)
        except OSError as fault:
            raise self._away(fault) from fault

    def _away(self, fault: OSError) -> RetryLater:
        return RetryLater(
            f"tray {self.folder.name}: {os.strerror(fault.errno or 0).lower()}",
            hint="its documents wait; check the folder and its disk",
        )
