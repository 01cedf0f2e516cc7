"""Releases: content-addressed snapshots of layouts, rules, phrases and settings.

Saving is not going live: the line prints from the published release only. A release is a folder named by the digest of
what it holds; the pointer to the current one is switched in one rename.
"""

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from packslip.disk import LOCAL
from packslip.errors import RetryLater, UsageError, WorkspaceError
from packslip.files import private_folder, sha256, write_atomic
from packslip.world.workspace import RELEASED, Workspace

_ID_LENGTH = 16
_LISTING = ".files"  #: beside a release: what it held when it was made
_LITTER = shutil.ignore_patterns(".*", "*~", "*.tmp", "*.swp", "__pycache__")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One entry of the log: a release went live."""

    id: str
    at: datetime
    who: str
    changed: tuple[str, ...]  #: files that differ from the release before
    rollback: bool = False


def current_release(workspace: Workspace) -> str | None:
    """Id of the release the line prints from, None before the first."""
    try:
        return (workspace.releases / "current").read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None


class ReleasePointer:
    """Tells which release is live; called for every order, it reads only where that may have changed."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._stamp: tuple[int, int] | None = None
        self._release: str | None = None

    def __call__(self) -> str | None:
        """As `current_release`."""
        try:
            status = os.stat(self._workspace.releases / "current")  # noqa: PTH116 - twice as fast as Path.stat
        except FileNotFoundError:
            return None
        stamp = status.st_ino, status.st_mtime_ns
        if stamp != self._stamp:
            self._release, self._stamp = current_release(self._workspace), stamp
        return self._release


def release_folder(workspace: Workspace, release: str) -> Path:
    """The folder of a release.

    Raises:
        UsageError: there is no such release.
    """
    known = {entry.name for entry in workspace.releases.glob("*") if entry.is_dir() and not entry.name.startswith(".")}
    if release not in known:
        raise UsageError(f"no release {release!r}", hint="packslip releases lists them")
    return workspace.releases / release


def snapshot(workspace: Workspace) -> str:
    """Freeze the working files; gives the id of the release. The same files give the same id.

    Nothing goes live by this.
    """
    return _freeze(workspace, lambda fresh: _copy_all(workspace.root, fresh))


def derive(workspace: Workspace, release: str, changes: Mapping[str, bytes | None]) -> str:
    """Freeze a release with some files changed, added or, where there are no bytes, taken away; gives the id.

    The working files play no part. Nothing goes live by this.

    Raises:
        UsageError: there is no such release.
    """
    base = release_folder(workspace, release)

    def fill(fresh: Path) -> None:
        _copy_all(base, fresh)
        for path, data in changes.items():
            target = fresh / path
            if data is None:
                target.unlink(missing_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)

    return _freeze(workspace, fill)


def _copy_all(source: Path, target: Path) -> None:
    for name in RELEASED:
        _copy(source / name, target / name)


def _freeze(workspace: Workspace, fill: Callable[[Path], None]) -> str:
    """Make a release of what `fill` puts into a folder."""
    private_folder(workspace.releases)
    fresh = Path(tempfile.mkdtemp(dir=workspace.releases, prefix=".new-"))
    try:
        fill(fresh)
        files = _listing(fresh)
        release = sha256(files)[:_ID_LENGTH]
        target = workspace.releases / release
        write_atomic(workspace.releases / f"{release}{_LISTING}", files)
        if not target.exists():
            fresh.replace(target)
            LOCAL.sync_folder(workspace.releases)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return release


def changed_files(workspace: Workspace, release: str) -> tuple[str, ...] | None:
    """Files of a release that are not what they were when it was made; None where it is whole.

    None of them can be named where the release's listing is gone as well.

    Raises:
        UsageError: there is no such release.
    """
    files = _listing(release_folder(workspace, release))
    if sha256(files)[:_ID_LENGTH] == release:
        return None
    try:
        listed = (workspace.releases / f"{release}{_LISTING}").read_bytes()
    except FileNotFoundError:
        return ()
    if sha256(listed)[:_ID_LENGTH] != release:
        return ()
    now, then = set(files.decode().split("\n")), set(listed.decode().split("\n"))
    return tuple(sorted({line.partition("\0")[0] for line in now ^ then}))


def go_live(
    workspace: Workspace, release: str, *, who: str, at: datetime, rollback: bool = False, over: str | None = None
) -> Release:
    """Switch the line to a release, between two orders, and write it down.

    Raises:
        UsageError: there is no such release.
        RetryLater: `over` is live no more; somebody was faster, and nothing was switched.
    """
    folder = release_folder(workspace, release)
    with _one_at_a_time(workspace):
        before = current_release(workspace)
        if over is not None and before != over:
            raise RetryLater(f"release {over} is not live any more", hint="it is made anew from the one that is")
        changed = (
            _changed(workspace.releases / before, folder) if before else tuple(path for path, _ in _digests(folder))
        )
        entry = Release(id=release, at=at, who=who, changed=changed, rollback=rollback)
        line = json.dumps(
            {"id": entry.id, "at": at.isoformat(), "who": who, "changed": list(changed), "rollback": rollback}
        )
        with (workspace.releases / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(line + "\n")
            log.flush()
            os.fsync(log.fileno())
        write_atomic(workspace.releases / "current", release.encode())
    return entry


@contextlib.contextmanager
def _one_at_a_time(workspace: Workspace) -> Iterator[None]:
    """Wait for whoever switches releases now, so that nobody's is lost."""
    with (workspace.state / "releases.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def release_log(workspace: Workspace) -> tuple[Release, ...]:
    """Every time a release went live, oldest first."""
    try:
        lines = (workspace.releases / "log.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    entries = []
    for line in lines:
        try:
            values = json.loads(line)
            entries.append(
                Release(
                    id=values["id"],
                    at=datetime.fromisoformat(values["at"]),
                    who=values["who"],
                    changed=tuple(values["changed"]),
                    rollback=values["rollback"],
                )
            )
        except (ValueError, KeyError, TypeError):
            continue  # a line torn by a crash: the pointer was not switched yet
    return tuple(entries)


def previous_release(workspace: Workspace) -> str:
    """The release that was live before the current one, rollbacks undone step by step.

    Raises:
        WorkspaceError: there was none.
    """
    stack: list[str] = []
    for entry in release_log(workspace):
        if entry.rollback and len(stack) > 1:
            stack.pop()
        elif not stack or stack[-1] != entry.id:
            stack.append(entry.id)
    if len(stack) < 2:
        raise WorkspaceError("no earlier release to go back to", hint="packslip releases lists what was published")
    return stack[-2]


def remove_release(workspace: Workspace, release: str) -> None:
    """Remove a release for good, its listing too; killed half-way, none of that name is left."""
    gone = Path(tempfile.mkdtemp(dir=workspace.releases, prefix=".gone-"))
    (workspace.releases / release).replace(gone / release)
    (workspace.releases / f"{release}{_LISTING}").unlink(missing_ok=True)
    LOCAL.sync_folder(workspace.releases)
    for folder in workspace.releases.glob(".gone-*"):
        shutil.rmtree(folder, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=_left_out)
    elif source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    else:
        raise WorkspaceError(f"{source}: missing", hint="packslip init DIR makes a whole workspace")


def _left_out(folder: str, names: list[str]) -> set[str]:
    """What is no part of a release: litter.

    Raises:
        WorkspaceError: what would be one is no plain file or folder; a link's goal may be anybody's, or without end.
    """
    litter = _LITTER(folder, names)
    for name in sorted(set(names) - litter):
        path = Path(folder, name)
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            kind = "a symbolic link" if path.is_symlink() else "no plain file"
            raise WorkspaceError(f"{path}: {kind}", hint="copy the file itself, or take it away")
    return litter


def _listing(folder: Path) -> bytes:
    """Every file of a release and its digest; what the release is named by."""
    return "".join(f"{path}\0{digest}\n" for path, digest in _digests(folder)).encode()


def _digests(folder: Path) -> list[tuple[str, str]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(path.relative_to(folder).as_posix(), sha256(path.read_bytes())) for path in files]


def _changed(before: Path, after: Path) -> tuple[str, ...]:
    old, new = dict(_digests(before)), dict(_digests(after))
    return tuple(sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path)))
