"""Claiming: files that are ready become drops of ours. Safe when killed at any step.

private copy, flushed → out of the inbox by rename, which one process wins → ledger → gone. Killed before the ledger has
it, the file is put back under its name; killed after, it is only removed. A folder that may not be written keeps its
files, and the ledger knows each of them again.
"""

import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from packslip.disk import LOCAL, Disk, OpenFile
from packslip.errors import PackslipError, RetryLater
from packslip.files import flush_folders, is_folder, make_folders, names_in
from packslip.hotfolder.names import printable
from packslip.hotfolder.readiness import Group
from packslip.hotfolder.sights import Sight, sight
from packslip.hotfolder.taking import Aside
from packslip.hotfolder.writers import is_being_written
from packslip.ledger import ClaimedFile, DropRecord, Ledger, crash_point
from packslip.model import Drop, End, Ending, Finding, Where, error

_CHUNK = 1 << 20
_PART = ".part"
_MAY_NOT_BE_WRITTEN = frozenset((errno.EROFS, errno.EACCES, errno.EPERM))

Probe = Callable[[Drop], Ending]


def new_drop_id() -> str:
    """A name for a drop that no other has: twelve hexadecimal digits."""
    return secrets.token_hex(6)


def local_now() -> datetime:
    """The clock of the shop."""
    return datetime.now().astimezone()


def whole(_: Drop) -> Ending:
    """Takes every file for whole."""
    return Ending(end=End.WHOLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What a claim of some files came to."""

    drops: tuple[DropRecord, ...] = ()  #: that are new
    known: tuple[DropRecord, ...] = ()  #: that were drops before, with nothing new in them
    stays: bool = False  #: the files could not be taken out of their folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Why files are left for now."""

    reason: str
    until_s: float  #: how long they must lie unchanged to be claimed all the same; 0: it is always asked again
    is_soon: bool = False  #: whether nothing but that time is wanting


@dataclass(frozen=True, slots=True)
class _Staged:
    """Files that are copied and out of the inbox, and what will stand in the ledger of them."""

    group: Group
    id: str
    claims: tuple[ClaimedFile, ...]
    stays: bool


Answer = Claimed | Doubt | RetryLater | None


@dataclass(frozen=True, slots=True)
class Claimer:
    """Takes files out of one hot folder into the spool and the ledger."""

    inbox: Path
    spool: Path
    ledger: Ledger
    new_id: Callable[[], str] = new_drop_id
    now: Callable[[], datetime] = local_now
    disk: Disk = LOCAL
    folder: str = ""  #: its name on record
    priority: int = 0
    unended_s: float = 0.0
    probe: Probe = whole
    is_busy: Callable[[Path], bool] = is_being_written
    aside: Aside = field(default_factory=Aside)
    copiers: ThreadPoolExecutor | None = None
    undecided: list[_Staged] = field(default_factory=list)  #: out of the inbox, and not given back or finished yet

    def claim(self, file: Sight) -> DropRecord | None:
        """The drop a file becomes; None where it changed meanwhile, is gone, or was a drop already.

        Raises:
            RetryLater: it cannot be read or copied now.
        """
        (answer,) = self.claim_all((Group(files=(file,)),))
        if isinstance(answer, RetryLater):
            raise answer
        return answer.drops[0] if isinstance(answer, Claimed) and answer.drops else None

    def claim_all(self, groups: Sequence[Group]) -> tuple[Answer, ...]:
        """Claim some groups of files with one entry in the ledger; what became of each.

        None: it changed meanwhile, or is gone. RetryLater: it cannot be read or copied now.
        """
        stage = self.copiers.map if self.copiers is not None and len(groups) > 1 else map
        found: list[Answer | _Staged] = list(stage(self._stage, groups))
        staged = [one for one in found if isinstance(one, _Staged)]
        recorded = iter(self._record(staged) if staged else ())
        return tuple(next(recorded) if isinstance(one, _Staged) else one for one in found)

    def _record(self, staged: Sequence[_Staged]) -> Iterator[Answer]:
        """Put staged groups on record together, and remove what is."""
        try:
            self.disk.sync_folder(self.spool)
            self._sync_inbox(staged)
            crash_point("claim.spooled")
            taken = iter(self.ledger.take_drops([claim for one in staged for claim in one.claims]))
        except (PackslipError, OSError) as fault:
            for one in staged:
                self._undo(one)
                yield fault if isinstance(fault, RetryLater) else _cannot(one.group, fault)
            return
        crash_point("claim.recorded")
        for one in staged:
            mine = [next(taken) for _ in one.claims]
            for claim, each in zip(one.claims, mine, strict=True):
                if each.known:
                    self._discard((claim.drop.spool,))
            self._finish(one)
            new = tuple(each.record for each in mine if not each.known)
            known = tuple(each.record for each in mine if each.known)
            yield Claimed(drops=new, known=known, stays=one.stays)

    def _sync_inbox(self, staged: Sequence[_Staged]) -> None:
        """Have the files out of the inbox on disk too, so that a power cut does not bring back what is on record."""
        left = {one.name.rpartition("/")[0] for each in staged if not each.stays for one in each.group.files}
        for folder in left:
            with suppress(OSError):  # a share may know no such thing
                self.disk.sync_folder(self.inbox / folder)

    def decide(self) -> None:
        """Give back, or finish, what was out of the inbox while the ledger could not be asked."""
        for one in tuple(self.undecided):
            self._undo(one)

    def sweep(self) -> tuple[str, ...]:
        """Finish what a killed claim left: copies nobody recorded, files half-way out. What is to be told of it."""
        flush_folders(self.spool, disk=self.disk)
        open_drops = {drop.id for drop in self.ledger.open_drops()}
        for name in names_in(self.spool, disk=self.disk):
            path = self.spool / name
            known = path.stem in open_drops or self.ledger.drop(path.stem) is not None
            if not (known and path.suffix == ".csv") and not is_folder(path, self.disk):
                self.disk.unlink(path)
        with suppress(OSError):
            return self.aside.sweep(self.inbox, self.disk, lambda claim: self.ledger.drop(claim) is not None)
        return ()

    def _stage(self, group: Group) -> _Staged | Answer:
        """Copy a group, look whether it is what it should be, and take it out of the inbox."""
        ids = [self.new_id() for _ in group.files]
        copies = [spool_path(self.spool, one) for one in ids]
        try:
            return self._try_stage(group, ids, copies)
        except FileNotFoundError:
            self._discard(copies)
            return None
        except OSError as fault:
            self._discard(copies)
            return _cannot(group, fault)

    def _try_stage(self, group: Group, ids: Sequence[str], copies: Sequence[Path]) -> _Staged | Doubt | None:
        if group.doubted and group.lain_s < group.patience_s and self.is_busy(self.inbox / group.files[0].name):
            return Doubt(reason="a program is still writing to it; it waits", until_s=0.0)
        claims: list[ClaimedFile] = []
        for file, drop_id, copy in zip(group.files, ids, copies, strict=True):
            digest = self._copy(file, copy)
            if digest is None:
                self._discard(copies)
                return None
            drop = Drop(
                name=printable(file.name.rpartition("/")[2]),
                spool=copy.with_suffix(_PART),
                sha256=digest,
                accepted_at=self.now(),
                folder=self.folder,
            )
            verdict = self._judge(group, file, drop)
            if isinstance(verdict, Doubt):
                self._discard(copies)
                return verdict
            claims.append(
                ClaimedFile(
                    drop=replace(drop, spool=copy),
                    id=drop_id,
                    source=file.identity,
                    priority=self.priority,
                    findings=verdict,
                )
            )
        held = next((claim.findings for claim in claims if claim.findings), ())
        if held:  # what was promised together is held together
            claims = [replace(claim, findings=claim.findings or held) for claim in claims]
        crash_point("claim.copied")
        stays = self._take_aside(group, ids[0])
        if stays is None:
            self._discard(copies)
            return None
        for copy in copies:
            self.disk.rename(copy.with_suffix(_PART), copy)
        return _Staged(group, ids[0], tuple(replace(claim, stays=stays) for claim in claims), stays)

    def _judge(self, group: Group, file: Sight, drop: Drop) -> tuple[Finding, ...] | Doubt:
        """Why a copied file is held; a doubt where it may still become what it should be."""
        promise, ending = group.promise(file), None
        if group.doubted or promise.rows is not None:
            ending = self.probe(drop)
        broken = (
            group.broken
            or promise.broken_by_size(file.size)
            or promise.broken_by(sha256=drop.sha256, rows=ending.rows if ending else None)
        )
        code = "file.broken_promise"
        if not broken and group.doubted and ending is not None and ending.end is End.CUT:
            broken, code = ending.reason, "file.cut_off"
        if broken and group.lain_s < group.patience_s:
            reason = f"{broken}; it waits, and is held after {group.patience_s:g} s"
            return Doubt(reason=reason, until_s=group.patience_s)
        if broken:
            return (error(code, Where(file=drop.name), broken, "drop the whole file again; this one prints nothing"),)
        if group.doubted and ending is not None and ending.end is End.OPEN and group.lain_s < self.unended_s:
            reason = f"{ending.reason}; it is read when {self.unended_s:g} s go by without a change"
            return Doubt(reason=reason, until_s=self.unended_s, is_soon=True)
        return ()

    def _copy(self, file: Sight, copy: Path) -> str | None:
        """Copy a file, flushed; its digest, or None where it is not the file that was seen."""
        with closing(self.disk.open(self.inbox / file.name)) as source:
            if not _is_same(file, source):
                return None
            part = copy.with_suffix(_PART)
            with closing(self._create(part)) as target:
                digest = _pour(source, target)
                target.sync()
            return digest if _is_same(file, source) else None

    def _create(self, part: Path) -> OpenFile:
        try:
            return self.disk.create(part)
        except FileNotFoundError:
            make_folders(self.spool, mode=0o700, disk=self.disk)
            return self.disk.create(part)

    def _take_aside(self, group: Group, claim: str) -> bool | None:
        """Take a group out of the inbox; True where it must stay, None where somebody else was faster."""
        done: list[Sight] = []
        try:
            for one in (*group.marks, *group.files):
                self.disk.rename(self.inbox / one.name, self.inbox / self.aside.name(one.name, claim))
                done.append(one)
                crash_point("claim.aside")
                status = self.disk.status(self.inbox / self.aside.name(one.name, claim), follow=False)
                if status is None or sight(one.name, status).content != one.content:
                    self._put_back(done, claim)
                    return None
        except FileNotFoundError:
            self._put_back(done, claim)
            return None
        except OSError as fault:
            self._put_back(done, claim)
            if fault.errno in _MAY_NOT_BE_WRITTEN and not done:
                return True
            raise
        return False

    def _put_back(self, taken: Sequence[Sight], claim: str) -> None:
        """Give files their names back; a trigger last, since it stands for what lies there."""
        for one in reversed(taken):
            with suppress(FileNotFoundError):
                self.aside.put_back(self.inbox, self.aside.name(one.name, claim), self.disk)

    def _undo(self, staged: _Staged) -> None:
        """Give a group back that the ledger did not take; where it cannot be asked, it is at the next claim."""
        if staged in self.undecided:
            self.undecided.remove(staged)
        try:
            is_recorded = self.ledger.drop(staged.id) is not None
        except PackslipError:
            self.undecided.append(staged)
            return
        if is_recorded:
            self._finish(staged)
            return
        try:
            if not staged.stays:
                self._put_back((*staged.group.marks, *staged.group.files), staged.id)
        except OSError:  # it may not be written just now
            self.undecided.append(staged)
            return
        self._discard([claim.drop.spool for claim in staged.claims])

    def _finish(self, staged: _Staged) -> None:
        """Remove what is on record; a file that was written to since it was copied is a new one and goes back."""
        if staged.stays:
            return
        try:
            for one in (*staged.group.marks, *staged.group.files):
                self._remove(one, staged.id)
        except OSError:  # it may not be written just now
            self.undecided.append(staged)

    def _remove(self, file: Sight, claim: str) -> None:
        path = self.inbox / self.aside.name(file.name, claim)
        status = self.disk.status(path, follow=False)
        if status is not None and sight(file.name, status).content != file.content:
            self.aside.put_back(self.inbox, self.aside.name(file.name, claim), self.disk)
        else:
            self.disk.unlink(path, missing_ok=True)
        crash_point("claim.removed")

    def _discard(self, copies: Sequence[Path]) -> None:
        with suppress(OSError):
            for copy in copies:
                self.disk.unlink(copy.with_suffix(_PART), missing_ok=True)
                self.disk.unlink(copy, missing_ok=True)


def spool_path(spool: Path, drop_id: str) -> Path:
    """Where a drop's private copy lies while it is worked on."""
    return spool / f"{drop_id}.csv"


def _is_same(file: Sight, opened: OpenFile) -> bool:
    status = opened.status()
    return stat.S_ISREG(status.st_mode) and sight(file.name, status) == file


def _pour(source: OpenFile, target: OpenFile) -> str:
    digest = sha256()
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest()


def _cannot(group: Group, fault: Exception) -> RetryLater:
    names = ", ".join(printable(file.name) for file in group.files[:3])
    why = os.strerror(fault.errno or 0).lower() if isinstance(fault, OSError) else str(fault)
    return RetryLater(
        f"{names}: {why}",
        hint="it stays where it is and is tried again; check who may read and write the hot folder, and the disk",
    )
