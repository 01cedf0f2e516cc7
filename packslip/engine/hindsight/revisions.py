"""The rules as they were: of a release, or of a revision in a git work tree.

Of a revision only what decides is read: tables, campaigns, brands and settings. Git is asked for the bytes of files; it
runs no filter and writes nothing.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from packslip.errors import UsageError, WorkspaceError
from packslip.settings import FILE_NAME
from packslip.world import Workspace, World, current_release

_PARTS = ("rules", "layouts/brands", FILE_NAME)
_PLAIN = ("100644", "100755")
_ID = re.compile(r"[0-9a-f]{4,16}")


@contextmanager
def open_rules(workspace: Workspace, name: str) -> Iterator[tuple[World, str]]:
    """The world of a release (by id or the beginning of one) or git revision, and what to call it.

    Without a name, the release that is live. What a revision's world reads is gone when this is left.

    Raises:
        WorkspaceError: no name, and nothing is published yet.
        UsageError: neither a release nor a revision is called so.
    """
    release = _release(workspace, name)
    if release is not None:
        yield World.open(workspace.root, release), f"release {release}"
        return
    with tempfile.TemporaryDirectory(prefix="packslip-rules-") as folder:
        commit = _write_revision(workspace, name, Path(folder))
        yield World(workspace, root=Path(folder), release=commit), f"{name} ({commit[:10]})"


def _release(workspace: Workspace, name: str) -> str | None:
    live = current_release(workspace)
    if not name:
        if live is None:
            hint = "packslip publish makes the working files go live; or name a git revision to compare with"
            raise WorkspaceError("nothing is published yet", hint=hint)
        return live
    if not _ID.fullmatch(name):
        return None
    found = sorted(path.name for path in workspace.releases.glob(f"{name}*") if path.is_dir())
    if len(found) > 1:
        raise UsageError(f"{name!r} is the beginning of several releases", hint=f"one of {', '.join(found)}")
    return found[0] if found else None


def _write_revision(workspace: Workspace, name: str, target: Path) -> str:
    """Write the files of a revision that decide; gives its commit."""
    git = shutil.which("git")
    if git is None:
        raise UsageError(
            f"no release {name!r}, and git is not there", hint="packslip releases lists what was published"
        )
    told = _ask(git, workspace, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    commit = told.decode().strip() if told else ""
    if not commit:
        hint = "packslip releases lists releases; a git revision is a commit, a branch, a tag or HEAD~1"
        raise UsageError(f"neither a release nor a git revision is called {name!r}", hint=hint)
    listed = _ask(git, workspace, "ls-tree", "-r", "-z", commit, "--", *_PARTS) or b""
    files: dict[str, str] = {}
    for entry in filter(None, listed.decode("utf-8", "surrogateescape").split("\0")):
        head, _, path = entry.partition("\t")
        mode, _, digest = head.split()
        if mode in _PLAIN and ".." not in Path(path).parts:
            files[path] = digest
    if FILE_NAME not in files:
        raise UsageError(f"{name}: no {FILE_NAME} in that revision", hint="name a later one")
    for path, digest in files.items():
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(_ask(git, workspace, "cat-file", "blob", digest) or b"")
    return commit


def _ask(git: str, workspace: Workspace, *arguments: str) -> bytes | None:
    """What git answers in the workspace's folder, None where it refuses."""
    try:
        done = subprocess.run(
            [git, "-C", str(workspace.root), *arguments], capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise UsageError(f"git does not answer: {fault}", hint="name a release instead") from None
    if done.returncode and b"dubious ownership" in done.stderr:
        raise UsageError(
            "git refuses to read a folder of somebody else", hint="run it as the owner, or set git's safe.directory"
        )
    return None if done.returncode else done.stdout
