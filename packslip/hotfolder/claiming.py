"""Claiming: a settled file becomes a drop of ours. Safe when killed at any step.

private copy, flushed → ledger → source out of the inbox. Killed before the ledger has it, the file still lies in the
inbox and the copy is swept; killed after, the file is known again by its identity and only taken away.
"""

import hashlib
import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from packslip.errors import RetryLater
from packslip.files import sync_folder
from packslip.hotfolder.sights import TAKEN_PREFIX, Sight, printable, sight
from packslip.ledger import DropRecord, Ledger, crash_point
from packslip.model import Drop

_CHUNK = 1 << 20
_PART = ".part"
_OPEN_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


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
                copy.with_suffix(_PART).unlink(missing_ok=True)
                copy.unlink(missing_ok=True)
            raise _cannot(file, fault) from fault
        if digest is None:
            copy.unlink(missing_ok=True)
            return None
        crash_point("claim.spooled")
        drop = Drop(name=printable(file.name), spool=copy, sha256=digest, accepted_at=self.now())
        taken = self.ledger.take_drop(drop, drop_id=drop_id, source=file.identity)
        if taken.known:
            copy.unlink(missing_ok=True)
        crash_point("claim.recorded")
        self._take_away(file)
        return None if taken.known else taken.record

    def sweep(self) -> None:
        """Finish what a killed claim left: copies nobody recorded, and files taken half-way out of the inbox."""
        open_drops = {drop.id for drop in self.ledger.open_drops()}
        for path in self.spool.glob("*"):
            known = path.stem in open_drops or self.ledger.drop(path.stem) is not None
            if path.is_file() and not (known and path.suffix == ".csv"):
                path.unlink()
        with suppress(OSError):
            for path in self.inbox.glob(f"{TAKEN_PREFIX}*"):
                self._finish_taking(path)

    def _copy(self, file: Sight, copy: Path) -> str | None:
        """Copy a file, flushed; its digest, or None where it is not the file that was seen."""
        source = os.open(self.inbox / file.name, _OPEN_FLAGS)
        try:
            if not _is_same(file, source):
                return None
            self.spool.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = copy.with_suffix(_PART)
            target = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                digest = _pour(source, target)
                os.fsync(target)
            finally:
                os.close(target)
            crash_point("claim.copied")
            if not _is_same(file, source):
                part.unlink()
                return None
            part.replace(copy)
            sync_folder(self.spool)
            return digest
        finally:
            os.close(source)

    def _take_away(self, file: Sight) -> None:
        """Remove the claimed file; another one that has its name by now is put back untouched.

        Raises:
            RetryLater: the inbox may not be written. The drop is on record, and known when it is seen again.
        """
        aside = self.inbox / f"{TAKEN_PREFIX}{secrets.token_hex(6)}"
        try:
            (self.inbox / file.name).rename(aside)
            crash_point("claim.aside")
            if sight(file.name, aside.lstat()).content == file.content:
                aside.unlink()
                crash_point("claim.removed")
            else:
                self._put_back(aside, file.name)
        except FileNotFoundError:
            return
        except OSError as fault:
            raise _cannot(file, fault) from fault

    def _put_back(self, aside: Path, name: str) -> None:
        target = self.inbox / name
        if target.exists():
            target = self.inbox / f"{aside.name.removeprefix(TAKEN_PREFIX)}-{name[-200:]}"
        aside.rename(target)

    def _finish_taking(self, aside: Path) -> None:
        """A file taken aside by a claim that was killed: gone if its bytes are on record, else back in the inbox."""
        source = os.open(aside, _OPEN_FLAGS)
        try:
            digest = hashlib.sha256()
            while chunk := os.read(source, _CHUNK):
                digest.update(chunk)
        finally:
            os.close(source)
        if self.ledger.drop_with(digest.hexdigest()) is not None:
            aside.unlink()
        else:
            aside.rename(self.inbox / f"returned-{aside.name.removeprefix(TAKEN_PREFIX)}.csv")


def spool_path(spool: Path, drop_id: str) -> Path:
    """Where a drop's private copy lies while it is worked on."""
    return spool / f"{drop_id}.csv"


def _is_same(file: Sight, descriptor: int) -> bool:
    status = os.fstat(descriptor)
    return stat.S_ISREG(status.st_mode) and sight(file.name, status) == file


def _pour(source: int, target: int) -> str:
    digest = hashlib.sha256()
    while chunk := os.read(source, _CHUNK):
        digest.update(chunk)
        view = memoryview(chunk)
        while view:
            view = view[os.write(target, view) :]
    return digest.hexdigest()


def _cannot(file: Sight, fault: OSError) -> RetryLater:
    return RetryLater(
        f"{printable(file.name)}: {os.strerror(fault.errno or 0).lower()}",
        hint="it stays where it is and is tried again; check who may read and write the inbox, and the disk",
    )
