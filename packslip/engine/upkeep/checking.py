"""Checking: whether the state on disk is what the ledger says, and the ledger what its log says. Changes nothing.

A running line may be checked; what it is just writing is left out.
"""

import time
from collections.abc import Iterator
from pathlib import Path

from packslip.dispatch import DocumentStore
from packslip.engine.upkeep import leftovers
from packslip.files import sha256
from packslip.hotfolder import Filing
from packslip.ledger import DropState, Ledger, examine
from packslip.model import Finding, Where, error, note, warning
from packslip.world import Workspace, changed_files, current_release

_FRESH_S = 600.0  #: a file that young may belong to what is being put on record just now


def check_state(workspace: Workspace) -> Iterator[Finding]:
    """Everything that does not fit, pages first: where those are damaged, nothing else is looked at."""
    for path in (workspace.ledger, workspace.history):
        damaged = tuple(examine(path)) if path.exists() else ()
        for told in damaged:
            yield error("ledger.damaged", Where(file=path.name), told, "restore it from a back-up")
        if damaged and path == workspace.ledger:
            return
    with Ledger.open(workspace.ledger, secret=workspace.secret()) as ledger:
        yield from ledger.upkeep.check_records()
        yield from _check_documents(workspace, ledger)
        yield from _check_drops(workspace, ledger)
        yield from _check_releases(workspace, ledger)
        doubt = ledger.upkeep.doubted_through()
    if doubt is not None:
        yield warning(
            "ledger.doubted",
            Where(file="ledger.db"),
            f"it was restored; orders dated up to {doubt.through} are held when they come",
            "packslip ledger trust ends that",
        )
    for path in leftovers.kept_aside(workspace):
        yield note("ledger.aside", Where(file=path.name), "a ledger that was replaced", "delete it when all is well")


def _check_documents(workspace: Workspace, ledger: Ledger) -> Iterator[Finding]:
    kept = ledger.upkeep.kept_documents()
    store = DocumentStore(workspace.documents)
    for digest, is_needed in kept.items():
        where = Where(file=f"documents/{digest[:12]}")
        path = store.path(digest)
        if not path.is_file():
            if is_needed:
                yield error("document.lost", where, "is on record and not on disk", "a reprint draws it again")
        elif sha256(path.read_bytes()) != digest:
            yield error("document.changed", where, "is not what it was", "restore it from a back-up")
    for path in workspace.documents.glob("*/*"):
        if path.stem not in kept and _is_settled(path):
            where = Where(file=f"documents/{path.name[:12]}")
            yield note("document.stray", where, "is on nobody's record", "packslip purge removes it")


def _check_drops(workspace: Workspace, ledger: Ledger) -> Iterator[Finding]:
    filing = Filing(workspace.spool, workspace.done, workspace.held)
    rewritten = ledger.upkeep.rewritten()
    known: set[str] = set()
    for drop in ledger.upkeep.drops():
        known.add(drop.id)
        where = Where(file=f"drop {drop.id}")
        path = filing.find(drop)
        if path is None:
            fresh = ledger.drop(drop.id)  # it may have been filed, or purged, meanwhile
            if filing.find(drop) is None and fresh is not None and fresh.state in {DropState.OPEN, DropState.HELD}:
                yield error("drop.gone", where, f"is {fresh.state}, and its file is kept no more", "drop it again")
        elif sha256(path.read_bytes()) != rewritten.get(drop.id, drop.sha256):
            yield error("drop.changed", where, "its file is not what it was", "restore it from a back-up")
    for folder in (workspace.done, workspace.held):
        for path in folder.glob("*/*__*.csv"):
            if path.name.partition("__")[0] not in known and _is_settled(path):
                where = Where(file=f"drop {path.name.partition('__')[0]}")
                yield note("drop.stray", where, "its file is on nobody's record", "packslip purge removes it in time")


def _check_releases(workspace: Workspace, ledger: Ledger) -> Iterator[Finding]:
    named = set(ledger.upkeep.named_releases())
    current = current_release(workspace)
    for release in sorted(named | ({current} if current else set())):
        where = Where(file=f"releases/{release}")
        if not (workspace.releases / release).is_dir():
            yield warning("release.gone", where, "is named by slips, and is not there", "restore it from a back-up")
        elif changed_files(workspace, release) is not None:
            yield warning("release.changed", where, "was changed after it was published", "restore it from a back-up")


def _is_settled(path: Path) -> bool:
    try:
        return time.time() - path.lstat().st_mtime > _FRESH_S
    except FileNotFoundError:
        return False
