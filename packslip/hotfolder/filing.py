"""Filing: where a drop's private copy lies when it is finished. One folder a day, private."""

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packslip.disk import LOCAL, Disk
from packslip.errors import RetryLater
from packslip.files import flush_folders, is_file, make_folders, safe_name, write_atomic
from packslip.hotfolder.claiming import spool_path
from packslip.ledger import DropRecord


@dataclass(frozen=True, slots=True)
class Filing:
    """The private folders of drops."""

    spool: Path
    done: Path
    held: Path
    disk: Disk = LOCAL

    def sweep(self) -> None:
        """Flush the folders that a killed process may have made."""
        for folder in (self.done, self.held):
            flush_folders(folder, disk=self.disk)

    def find(self, drop: DropRecord) -> Path | None:
        """Where a drop's copy lies now, None if it is kept no more."""
        places = (spool_path(self.spool, drop.id), self._place(self.done, drop), self._place(self.held, drop))
        return next((place for place in places if is_file(place, self.disk)), None)

    def file_all_done(self, drops: Sequence[DropRecord]) -> tuple[Path, ...]:
        """File finished drops, the folders flushed once.

        Raises:
            RetryLater: the disk is full or may not be written; some may be filed.
        """
        return self._file([(drop, self._place(self.done, drop)) for drop in drops])

    def file_held(self, drop: DropRecord) -> Path:
        """File a drop that is held whole.

        Raises:
            RetryLater: the disk is full or may not be written.
        """
        return self._file([(drop, self._place(self.held, drop))])[0]

    def _file(self, targets: Sequence[tuple[DropRecord, Path]]) -> tuple[Path, ...]:
        changed: dict[Path, None] = {}
        try:
            for drop, target in targets:
                source = self.find(drop)
                if source is None or source == target:
                    continue
                make_folders(target.parent, mode=0o700, disk=self.disk)
                self._move(source, target)
                changed |= {target.parent: None, source.parent: None}
            for folder in sorted(changed, key=lambda folder: folder == self.spool):  # there before it is gone here
                self.disk.sync_folder(folder)
        except OSError as fault:
            named = ", ".join(drop.id for drop, _ in targets)
            raise RetryLater(f"drop {named} cannot be filed: {os.strerror(fault.errno or 0).lower()}") from fault
        return tuple(target for _, target in targets)

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
