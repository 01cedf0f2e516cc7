"""Claiming: a settled file becomes a drop of ours. Safe when killed at any step.

private copy, flushed → ledger → source out of the inbox. Killed before the ledger has it, the file still lies in the
inbox and the copy is swept; killed after, the file is known again by its identity and only taken away.
"""

import hashlib
import os
import secrets
import stat
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from packslip.disk import LOCAL, Disk, OpenFile
from packslip.errors import RetryLater
from packslip.files import is_folder, make_folders, names_in
from packslip.hotfolder.sights import TAKEN_PREFIX, Sight, printable, sight
from packslip.ledger import DropRecord, Ledger, crash_point
from packslip.model import Drop

_CHUNK = 1 << 20
_PART = ".part"


def new_drop_id() -> str:
    """A name for a drop that no other has: twelve hexadecimal digits."""
    return secrets.token_hex(6)


def local_now() -> datetime:
    """The clock of the shop."""
    return datetime.now().astimezone()


@dataclass(frozen=True, slots=True)
class Claimer:
    """Takes files out of an inbox into the spool and the ledger."""

    inbox: Path
    spool: Path
    ledger: Ledger
    new_id: Callable[[], str] = new_drop_id
    now: Callable[[], datetime] = local_now
    disk: Disk = LOCAL

    def claim(self, file: Sight) -> DropRecord | None:
        """The drop a settled file becomes; None where it changed meanwhile, is gone, or was a drop already.

        Raises:
            RetryLater: it cannot be read or copied now.
        """
        drop_id = self.new_id()
        copy = spool_path(self.spool, drop_id)
        try:
            digest = self._copy(file, copy)
        except FileNotFoundError:
            return None
        except OSError as fault:
            with suppress(OSError):
                self.disk.unlink(copy.with_suffix(_PART), missing_ok=True)
                self.disk.unlink(copy, missing_ok=True)
            raise _cannot(file, fault) from fault
        if digest is None:
            self.disk.unlink(copy, missing_ok=True)
            return None
        crash_point("claim.spooled")
        drop = Drop(name=printable(file.name), spool=copy, sha256=digest, accepted_at=self.now())
        taken = self.ledger.take_drop(drop, drop_id=drop_id, source=file.identity)
        if taken.known:
            self.disk.unlink(copy, missing_ok=True)
        crash_point("claim.recorded")
        self._take_away(file)
        return None if taken.known else taken.record

    def sweep(self) -> None:
        """Finish what a killed claim left: copies nobody recorded, and files taken half-way out of the inbox."""
        open_drops = {drop.id for drop in self.ledger.open_drops()}
        for name in names_in(self.spool, disk=self.disk):
            path = self.spool / name
            known = path.stem in open_drops or self.ledger.drop(path.stem) is not None
            if not (known and path.suffix == ".csv") and not is_folder(path, self.disk):
                self.disk.unlink(path)
        with suppress(OSError):
            for name in names_in(self.inbox, _is_taken, disk=self.disk):
                self._finish_taking(self.inbox / name)

    def _copy(self, file: Sight, copy: Path) -> str | None:
        """Copy a file, flushed; its digest, or None where it is not the file that was seen."""
        with closing(self.disk.open(self.inbox / file.name)) as source:
            if not _is_same(file, source):
                return None
            make_folders(self.spool, mode=0o700, disk=self.disk)
            part = copy.with_suffix(_PART)
            with closing(self.disk.create(part)) as target:
                digest = _pour(source, target)
                target.sync()
            crash_point("claim.copied")
            if not _is_same(file, source):
                self.disk.unlink(part)
                return None
            self.disk.rename(part, copy)
            self.disk.sync_folder(self.spool)
            return digest

    def _take_away(self, file: Sight) -> None:
        """Remove the claimed file; another one that has its name by now is put back untouched.

        Raises:
            RetryLater: the inbox may not be written. The drop is on record, and known when it is seen again.
        """
        aside = self.inbox / f"{TAKEN_PREFIX}{self.new_id()}"
        try:
            self.disk.rename(self.inbox / file.name, aside)
            crash_point("claim.aside")
            status = self.disk.status(aside, follow=False)
            if status is None:
                return
            if sight(file.name, status).content == file.content:
                self.disk.unlink(aside)
                crash_point("claim.removed")
            else:
                self._put_back(aside, file.name)
        except FileNotFoundError:
            return
        except OSError as fault:
            raise _cannot(file, fault) from fault

    def _put_back(self, aside: Path, name: str) -> None:
        target = self.inbox / name
        if self.disk.status(target) is not None:
            target = self.inbox / f"{aside.name.removeprefix(TAKEN_PREFIX)}-{name[-200:]}"
        self.disk.rename(aside, target)

    def _finish_taking(self, aside: Path) -> None:
        """A file taken aside by a claim that was killed: gone if its bytes are on record, else back in the inbox."""
        digest = hashlib.sha256()
        with closing(self.disk.open(aside)) as source:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
        if self.ledger.drop_with(digest.hexdigest()) is not None:
            self.disk.unlink(aside)
        else:
            self.disk.rename(aside, self.inbox / f"returned-{aside.name.removeprefix(TAKEN_PREFIX)}.csv")


def spool_path(spool: Path, drop_id: str) -> Path:
    """Where a drop's private copy lies while it is worked on."""
    return spool / f"{drop_id}.csv"


def _is_taken(name: str) -> bool:
    return name.startswith(TAKEN_PREFIX)


def _is_same(file: Sight, opened: OpenFile) -> bool:
    status = opened.status()
    return stat.S_ISREG(status.st_mode) and sight(file.name, status) == file


def _pour(source: OpenFile, target: OpenFile) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest()


def _cannot(file: Sight, fault: OSError) -> RetryLater:
    return RetryLater(
        f"{printable(file.name)}: {os.strerror(fault.errno or 0).lower()}",
        hint="it stays where it is and is tried again; check who may read and write the inbox, and the disk",
    )
