"""Restoring: a back-up into a workspace whose line is stopped.

Everything is unpacked, checked and made ready beside the state first. Files are then added to those that are there, and
last of all the ledger is put in place by one rename: killed before, the old one stands and restoring can begin again.

What happened between the back-up and now is on no record. So what was ready or on its way is *uncertain*, drops that
came later are held whole, and orders that may be among those that printed are held when they come, until somebody says
`packslip ledger trust`. Erasures made since the back-up are made again.
"""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from packslip.engine.lock import run_lock, upkeep_lock
from packslip.engine.upkeep import leftovers
from packslip.engine.upkeep.archive import FOLDERS, Manifest, read_archive
from packslip.engine.upkeep.erasing import erase_again
from packslip.errors import PackslipError, UsageError, WorkspaceError
from packslip.files import sha256, write_atomic
from packslip.history import HistoryKeeper
from packslip.ledger import LaterDrop, Ledger, ParcelRecord, crash_point, examine, replace_database
from packslip.world import KeyedLines, Workspace

_ID = "[0-9a-f]" * 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came of a restore."""

    manifest: Manifest
    uncertain: tuple[ParcelRecord, ...]  #: what was under way when the back-up was taken
    later: tuple[LaterDrop, ...]  #: drops that came after it, now held
    erased: int  #: orders that had been erased since, and are again
    aside: Path | None  #: the ledger that was replaced, where it is kept: an erasure that is made again takes it away


def restore(
    workspace: Workspace, archive: Path, *, now: datetime, who: str, replace: bool = False, nothing_since: bool = False
) -> Restored:
    """Bring the state of a workspace back from a back-up.

    `replace` allows to give up a ledger that is sound. With `nothing_since` somebody vouches that nothing was dropped
    or printed after the back-up was taken; then nothing is doubted.

    Raises:
        WorkspaceError: the line runs, or the back-up is not whole.
        UsageError: the ledger here is sound, or belongs to another site secret.
    """
    unwritten = leftovers.told_of_the_disk("the back-up cannot be brought back")
    with run_lock(workspace.state), upkeep_lock(workspace.state), unwritten:
        leftovers.sweep(workspace)
        staging = Path(tempfile.mkdtemp(dir=workspace.state, prefix=leftovers.STAGING))
        try:
            manifest = read_archive(archive, staging)
            if not replace:
                _refuse_sound(workspace)
            return _restore(workspace, staging, manifest, now=now, who=who, nothing_since=nothing_since)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _restore(
    workspace: Workspace, staging: Path, manifest: Manifest, *, now: datetime, who: str, nothing_since: bool
) -> Restored:
    staged = staging / "ledger.db"
    for told in examine(staged):
        raise WorkspaceError(f"the ledger in the back-up is damaged: {told}", hint="take an older back-up")
    secret = _secret(staging)
    uncertain: tuple[ParcelRecord, ...] = ()
    later: tuple[LaterDrop, ...] = ()
    with Ledger.open(staged, secret=secret, who=who) as ledger:
        if not nothing_since:
            uncertain = ledger.upkeep.doubt(manifest.taken_at, through=now.astimezone().date())
            later = tuple(_later_drops(workspace, {drop.id for drop in ledger.upkeep.drops()}))
            ledger.upkeep.enter_later(later)
    _merge(workspace, staging, secret)
    crash_point("restore.merged")
    old = leftovers.aside(workspace, f"restore-{now:%Y%m%dT%H%M%S%f}") if workspace.ledger.exists() else None
    replace_database(staged, workspace.ledger, old or workspace.ledger)
    crash_point("restore.replaced")
    with Ledger.open(workspace.ledger, secret=secret, who=who) as ledger:
        erased = erase_again(workspace, ledger)
    kept = old if old is not None and old.exists() else None
    return Restored(manifest=manifest, uncertain=uncertain, later=later, erased=erased, aside=kept)


def _refuse_sound(workspace: Workspace) -> None:
    """A ledger that can be read and holds something is given up only by somebody who says so."""
    if not workspace.ledger.exists() or any(examine(workspace.ledger)):
        return
    try:
        with Ledger.open(workspace.ledger, secret=workspace.secret()) as ledger:
            is_new = not any(ledger.counts().drops.values())
    except PackslipError:
        return
    if not is_new:
        raise UsageError(
            "the ledger here is sound, and what it knows since the back-up would be given up",
            hint="packslip ledger restore --replace, if that is what you want",
        )


def _secret(staging: Path) -> bytes:
    return bytes.fromhex((staging / "secret").read_text(encoding="ascii").strip())


def _merge(workspace: Workspace, staging: Path, secret: bytes) -> None:
    """Add what the back-up holds to what is there; nothing that came later is taken away."""
    for name in FOLDERS:
        for path in sorted((staging / name).rglob("*")):
            if path.is_file():
                _put(path, workspace.state / path.relative_to(staging))
    for name, lines in (("erased", workspace.erased), ("suppressed", workspace.suppressed)):
        KeyedLines(lines).add(KeyedLines(staging / name).lines())
    write_atomic(workspace.state / "secret", secret.hex().encode())
    history = staging / "history.db"
    if history.exists() and not _is_sound(workspace.history):
        workspace.history.unlink(missing_ok=True)
        history.replace(workspace.history)


def _put(path: Path, target: Path) -> None:
    if target.is_file() and sha256(target.read_bytes()) == sha256(path.read_bytes()):
        return
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.replace(target)


def _is_sound(history: Path) -> bool:
    if not history.exists() or any(examine(history)):
        return False
    try:
        HistoryKeeper(history).orders(order_id="")
    except PackslipError:
        return False
    return True


def _later_drops(workspace: Workspace, known: set[str]) -> Iterator[LaterDrop]:
    """Drops whose files are there and that a ledger does not know; a spool copy may never have been put on record."""
    for path in sorted(workspace.spool.glob(f"{_ID}.csv")):
        if path.stem not in known:
            yield _later(path, path.stem, path.name, datetime.fromtimestamp(path.stat().st_mtime).astimezone())
    for folder in (workspace.done, workspace.held):
        for path in sorted(folder.glob(f"*/{_ID}__*.csv")):
            drop, _, name = path.name.partition("__")
            if drop not in known:
                yield _later(path, drop, name, _filed_at(path))


def _filed_at(path: Path) -> datetime:
    """When a filed drop came; its day is its folder's, or it would not be found again."""
    changed = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    day = path.parent.name
    return changed if changed.date().isoformat() == day else datetime.fromisoformat(f"{day}T12:00").astimezone()


def _later(path: Path, drop: str, name: str, accepted_at: datetime) -> LaterDrop:
    return LaterDrop(id=drop, name=name, sha256=sha256(path.read_bytes()), accepted_at=accepted_at)
