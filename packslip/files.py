"""Files: writing so that a crash leaves the old or the new, never a half.

Owns atomic writes, private folders and safe file names. Knows no format; CSV dialects live in `packslip.csvfile`.
"""

import errno
import hashlib
import re
import stat
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import closing, suppress
from pathlib import Path

from packslip.disk import LOCAL, Disk, OpenFile, every_name

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def write_atomic(path: Path, data: bytes, *, mode: int = 0o600, disk: Disk = LOCAL) -> None:
    """Put bytes at a path so that readers see the old file or the whole new one.

    The temporary file lies in the same folder; file and folder are flushed to disk.
    """
    write_all({path: data}, mode=mode, disk=disk)


def write_all(
    files: Mapping[Path, bytes], *, mode: int = 0o600, disk: Disk = LOCAL, threads: Executor | None = None
) -> None:
    """Put bytes at several paths as `write_atomic` does, each folder flushed once, in the end.

    With `threads` files are flushed side by side: a flush is waiting, not work. Where one cannot be written, others may
    be there all the same.
    """
    write = threads.map if threads is not None and len(files) > 1 else map
    list(write(lambda path: _write(path, files[path], mode, disk), files))
    for folder in {path.parent: None for path in files}:
        disk.sync_folder(folder)


def _write(path: Path, data: bytes, mode: int, disk: Disk) -> None:
    temporary = path.parent / disk.unfinished_name()
    fresh = _create(temporary, disk)
    try:
        with closing(fresh):
            fresh.write(data)
            fresh.set_mode(mode)
            fresh.sync()
        disk.rename(temporary, path)
    except BaseException:
        disk.unlink(temporary, missing_ok=True)
        raise


def sweep_unfinished(folder: Path, *, disk: Disk = LOCAL) -> None:
    """Remove what atomic writes left in a folder when their process was killed; those still under way are left alone.

    Call it before this process writes there itself: its own number may have been a killed one's.
    """
    for name in names_in(folder, disk.is_unfinished, disk=disk):
        disk.unlink(folder / name, missing_ok=True)


def flush_folders(folder: Path, *, disk: Disk = LOCAL) -> None:
    """Flush a folder's name and those of the folders in it.

    A killed process may have made them and not come so far; whoever finds them there cannot tell. A name that is lost
    in a power cut takes all that lies below with it.
    """
    for path in (folder.parent, folder):
        with suppress(FileNotFoundError, NotADirectoryError):
            disk.sync_folder(path)


def names_in(folder: Path, wanted: Callable[[str], bool] = every_name, *, disk: Disk = LOCAL) -> tuple[str, ...]:
    """Names in a folder; none where there is no such folder."""
    try:
        return tuple(name for name, _ in disk.scan(folder, wanted))
    except (FileNotFoundError, NotADirectoryError):
        return ()


def make_folders(path: Path, *, mode: int = 0o777, disk: Disk = LOCAL) -> None:
    """A folder and what is missing above it, `mode` for the last one; what is made is flushed to disk, name and all.

    The name of a folder is flushed before another folder is made in it, whoever made it.
    """
    try:
        _make_folder(path, mode, disk)
    except FileNotFoundError:
        if path.parent == path:
            raise
        make_folders(path.parent, disk=disk)
        _make_folder(path, mode, disk)


def is_folder(path: Path, disk: Disk = LOCAL) -> bool:
    """Whether a folder lies there."""
    status = disk.status(path)
    return status is not None and stat.S_ISDIR(status.st_mode)


def is_file(path: Path, disk: Disk = LOCAL) -> bool:
    """Whether a regular file lies there."""
    status = disk.status(path)
    return status is not None and stat.S_ISREG(status.st_mode)


class NotAFileError(OSError):
    """What lies there is no regular file."""

    strerror: str


def read_file(path: Path) -> bytes:
    """All bytes of a regular file, or of one that a link leads to; nothing else is opened.

    Raises:
        NotAFileError: something else lies there.
        OSError: nothing does, or it cannot be read.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        raise NotAFileError(errno.EINVAL, f"{_KINDS.get(stat.S_IFMT(mode), 'something')}, no plain file", str(path))
    return path.read_bytes()


def _make_folder(path: Path, mode: int, disk: Disk) -> None:
    if is_folder(path, disk):
        return
    with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
        disk.sync_folder(path.parent.parent)  # somebody else may have made the folder around this one just now
    try:
        disk.make_folder(path, mode)
    except FileExistsError:
        if not is_folder(path, disk):
            raise
    disk.sync_folder(path.parent)


def _create(path: Path, disk: Disk) -> OpenFile:
    try:
        return disk.create(path)
    except FileNotFoundError:
        make_folders(path.parent, disk=disk)
        return disk.create(path)


def private_folder(path: Path) -> Path:
    """The folder, made if missing, open to its owner alone."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def safe_name(text: str, *, limit: int = 48) -> str:
    """A file name that says what `text` says, in letters that are safe everywhere.

    Never a path: separators, dots at the ends and control characters are gone. Two texts may share a safe name, so
    callers add a digest where names must differ.
    """
    name = _UNSAFE.sub("-", text).strip("-.")[:limit].strip("-.")
    return name or "unnamed"


def sha256(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
