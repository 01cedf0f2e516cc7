"""Filing: where a drop's private copy lies when it is finished. One folder a day, private."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path

from packslip.disk import LOCAL, Disk
from packslip.errors import RetryLater
from packslip.files import is_file, make_folders, safe_name, write_atomic
from packslip.hotfolder.claiming import spool_path
from packslip.ledger import DropRecord


@dataclass(frozen=True, slots=True)
class Filing:
    """The private folders of drops."""

    spool: Path
    done: Path
    held: Path
    disk: Disk = LOCAL

    def find(self, drop: DropRecord) -> Path | None:
        """Where a drop's copy lies now, None if it is kept no more."""
        places = (spool_path(self.spool, drop.id), self._place(self.done, drop), self._place(self.held, drop))
        return next((place for place in places if is_file(place, self.disk)), None)

    def file_done(self, drop: DropRecord) -> Path:
        """File a finished drop.

        Raises:
            RetryLater: the disk is full or may not be written.
        """
        return self._file(drop, self._place(self.done, drop))

    def file_held(self, drop: DropRecord) -> Path:
        """File a drop that is held whole.

        Raises:
            RetryLater: the disk is full or may not be written.
        """
        return self._file(drop, self._place(self.held, drop))

    def _file(self, drop: DropRecord, target: Path) -> Path:
        source = self.find(drop)
        if source is None or source == target:
            return target
        try:
            make_folders(target.parent, mode=0o700, disk=self.disk)
            self._move(source, target)
            self.disk.sync_folder(target.parent)
            self.disk.sync_folder(source.parent)
        except OSError as fault:
            raise RetryLater(f"drop {drop.id} cannot be filed: {os.strerror(fault.errno or 0).lower()}") from fault
        return target

    def _move(self, source: Path, target: Path) -> None:
        """Rename; onto another file system, copy whole and only then remove."""
        try:
            self.disk.rename(source, target)
        except OSError as fault:
            if fault.errno != errno.EXDEV:
                raise
            write_atomic(target, self.disk.read(source), disk=self.disk)
            self.disk.unlink(source, missing_ok=True)

    def _place(self, folder: Path, drop: DropRecord) -> Path:
        name = safe_name(Path(drop.name).stem)
        return folder / drop.accepted_at.date().isoformat() / f"{drop.id}__{name}.csv"
