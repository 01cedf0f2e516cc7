"""Where a ledger may lie: on a local disk, in a private folder.

SQLite's locks and flushes cannot be trusted over a network, so such a place is refused before a file is made.
Source: https://www.sqlite.org/howtocorrupt.html, 2.1.
"""

import os
import re
from pathlib import Path

from packslip.errors import WorkspaceError
from packslip.files import private_folder

_MOUNTS = Path("/proc/self/mounts")
# fmt: off
_NETWORK = frozenset((
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.davfs2", "fuse.gcsfuse", "fuse.glusterfs",
    "fuse.goofys", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "fuse.smbnetfs", "glusterfs", "gpfs", "lustre",
    "ncpfs", "nfs", "nfs4", "orangefs", "smb2", "smb3", "smbfs",
))
# fmt: on


def refuse_network(folder: Path, *, mounts: str | None = None) -> None:
    """Make sure that a folder is on a local disk.

    `mounts` is text in the form of `/proc/self/mounts`; systems without it are trusted.

    Raises:
        WorkspaceError: the folder is on a network file system.
    """
    kind = file_system(folder, _read_mounts() if mounts is None else mounts)
    if is_network(kind):
        raise WorkspaceError(
            f"{folder}: lies on a network file system ({kind}), where a ledger can be torn",
            hint="put the workspace on a local disk; only its hot folder may be a share",
        )


def mounted_as(folder: Path) -> str:
    """Kind of the file system a folder is on now, "" where nothing tells it."""
    return file_system(folder, _read_mounts())


def is_network(kind: str) -> bool:
    """Whether a kind of file system lies on another machine."""
    return kind in _NETWORK


def file_system(folder: Path, mounts: str) -> str:
    """Kind of the file system a folder is on, "" where nothing tells it; the last and deepest mount wins."""
    path = folder.resolve()
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(_unescape(fields[1]))
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), fields[2]
    return kind


def make_private(file: Path) -> None:
    """Make the file's folder and the file itself, open to their owner alone."""
    private_folder(file.parent).chmod(0o700)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    file.chmod(0o600)


def _read_mounts() -> str:
    return _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape") if _MOUNTS.exists() else ""


def _unescape(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
