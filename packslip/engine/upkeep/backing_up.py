"""Backing up: the whole state of a workspace as one archive, while the line runs.

The ledger is copied first, as it is at one moment; then every file that this copy names. The line stores a file before
it puts it on record, so what the copy names was there, and only purging and erasing take files away: they wait.
"""

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from packslip.dispatch import DocumentStore
from packslip.engine.lock import upkeep_lock
from packslip.engine.upkeep import leftovers
from packslip.engine.upkeep.archive import ArchiveWriter, Manifest, read_archive, writing
from packslip.errors import UsageError
from packslip.hotfolder import Filing
from packslip.ledger import DropState, Ledger, copy_database, examine, read_version
from packslip.model import Finding, Where, error
from packslip.world import Workspace

#: small folders that go along as they are
_WHOLE = ("releases", "alarms", "plates", "models", "content")
_TRIES = 3  #: a drop's file moves from folder to folder while it is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class BackUp:
    """A back-up that was taken."""

    path: Path
    manifest: Manifest
    findings: tuple[Finding, ...]  #: what should have been there and was not


def back_up(workspace: Workspace, target: Path, *, now: datetime) -> BackUp:
    """Take a back-up into a file, or into a folder under a name with the time; then read it back.

    Raises:
        UsageError: there is a file of that name, or nothing to be backed up.
        WorkspaceError: the ledger is damaged, or another command works on the state.
        RetryLater: the ledger is busy, or the disk is full.
    """
    path = target / f"packslip-{now:%Y%m%dT%H%M%S}.tar" if target.is_dir() else target
    if path.exists():
        raise UsageError(f"{path}: there already", hint="name a new file; a back-up is never written over")
    if path.resolve().is_relative_to(workspace.state):
        raise UsageError(f"{path}: lies in what is backed up", hint="name a place outside .packslip, on another disk")
    if not workspace.ledger.exists() or not read_version(workspace.ledger):
        raise UsageError("there is no ledger yet, so there is nothing to back up")
    with (
        upkeep_lock(workspace.state),
        leftovers.told_of_the_disk(f"{path} cannot be written"),
        writing(path) as archive,
    ):
        findings = tuple(_fill(workspace, archive, now))
    return BackUp(path=path, manifest=read_archive(path), findings=findings)


def _fill(workspace: Workspace, archive: ArchiveWriter, now: datetime) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory(dir=workspace.state, prefix=leftovers.COPYING) as folder:
        ledger = Path(folder) / "ledger.db"
        copy_database(workspace.ledger, ledger)
        schema = read_version(ledger)
        archive.add("ledger.db", ledger)
        for told in examine(ledger):
            yield error("ledger.damaged", Where(file="ledger.db"), told, "keep older back-ups; packslip ledger verify")
        if workspace.history.exists():
            copy_database(workspace.history, Path(folder) / "history.db")
            archive.add("history.db", Path(folder) / "history.db")
        with Ledger.open(ledger, secret=workspace.secret()) as copy:  # an older one is brought up, in this copy only
            yield from _add_documents(workspace, archive, copy)
            yield from _add_drops(workspace, archive, copy)
        for path in (workspace.state / "secret", workspace.erased, workspace.suppressed):
            archive.add(path.name, path)
        _add_folders(workspace, archive)
        archive.finish(taken_at=now, schema=schema)


def _add_documents(workspace: Workspace, archive: ArchiveWriter, ledger: Ledger) -> Iterator[Finding]:
    store = DocumentStore(workspace.documents)
    for digest, is_needed in ledger.upkeep.kept_documents().items():
        path = store.path(digest)
        if not archive.add(path.relative_to(workspace.state).as_posix(), path) and is_needed:
            where = Where(file=f"documents/{digest[:12]}")
            yield error("document.lost", where, "is on record and not on disk", "a reprint draws it again")


def _add_drops(workspace: Workspace, archive: ArchiveWriter, ledger: Ledger) -> Iterator[Finding]:
    filing = Filing(workspace.spool, workspace.done, workspace.held)
    for drop in ledger.upkeep.drops():
        for _ in range(_TRIES):
            path = filing.find(drop)
            if path is not None and archive.add(path.relative_to(workspace.state).as_posix(), path):
                break
        else:
            if drop.state in {DropState.OPEN, DropState.HELD}:
                yield error("drop.gone", Where(file=f"drop {drop.id}"), "its file is kept no more", "drop it again")


def _add_folders(workspace: Workspace, archive: ArchiveWriter) -> None:
    for name in _WHOLE:
        for path in sorted((workspace.state / name).rglob("*")):
            if path.is_file() and not path.is_symlink():
                with suppress(FileNotFoundError):
                    archive.add(path.relative_to(workspace.state).as_posix(), path)
