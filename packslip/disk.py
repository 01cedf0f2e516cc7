"""The disk: every act on files that has to outlive a crash, behind one small port.

An act is one step of the operating system; what is made of several lies in `packslip.files`. `LOCAL` is the real disk.
A test puts another in its place, which counts the acts, fails them, and loses what a power cut would lose.
"""

import errno
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

_SOURCE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NOT_THERE = frozenset((errno.ENOENT, errno.ENOTDIR, errno.ELOOP))
_UNFINISHED = re.compile(r"\.(?P<process>[0-9]{1,10})-\w+\.tmp")


def every_name(_: str) -> bool:
    """Wants every name."""
    return True


class Status(Protocol):
    """What a file system knows of a file, as `os.stat_result` has it."""

    @property
    def st_mode(self) -> int: ...  # noqa: D102 - as in `os`
    @property
    def st_dev(self) -> int: ...  # noqa: D102
    @property
    def st_ino(self) -> int: ...  # noqa: D102
    @property
    def st_nlink(self) -> int: ...  # noqa: D102
    @property
    def st_size(self) -> int: ...  # noqa: D102
    @property
    def st_mtime_ns(self) -> int: ...  # noqa: D102
    @property
    def st_ctime_ns(self) -> int: ...  # noqa: D102


class OpenFile(Protocol):
    """An open file, read or written from its beginning on. Every call may raise OSError."""

    def status(self) -> Status:
        """Of the file itself, whatever has its name by now."""
        ...

    def read(self, size: int) -> bytes:
        """Up to `size` bytes more; none at the end."""
        ...

    def write(self, data: bytes) -> None:
        """All of `data`; where it fails, the disk may have got a part."""
        ...

    def set_mode(self, mode: int) -> None:
        """Set the permission bits, whatever the process masks."""
        ...

    def sync(self) -> None:
        """Flush the file's bytes and times to disk; not its name."""
        ...

    def close(self) -> None:
        """Let go of it, once."""
        ...


class Disk(Protocol):
    """The acts. Every one may raise OSError, and then has changed nothing unless it says so."""

    def scan(self, folder: Path, wanted: Callable[[str], bool] = every_name) -> Iterable[tuple[str, Status]]:
        """What lies in a folder: wanted names, each with its own status, not that of what it links to.

        Read it at once and change the folder only then; what goes away meanwhile is left out.
        """
        ...

    def status(self, path: Path, *, follow: bool = True) -> Status | None:
        """Of what lies there, None where nothing does; an error that leaves this open is raised."""
        ...

    def open(self, path: Path) -> OpenFile:
        """A file to be read. Never follows a link as its last part, never waits for a pipe."""
        ...

    def create(self, path: Path) -> OpenFile:
        """A new private file to be written; FileExistsError where the name is taken."""
        ...

    def read(self, path: Path) -> bytes:
        """All bytes of a file."""
        ...

    def rename(self, old: Path, new: Path) -> None:
        """Give a file another name, in one step; what had that name is gone."""
        ...

    def unlink(self, path: Path, *, missing_ok: bool = False) -> None:
        """Take a name away."""
        ...

    def make_folder(self, path: Path, mode: int = 0o777) -> None:
        """One new folder; FileExistsError where the name is taken."""
        ...

    def sync_folder(self, folder: Path) -> None:
        """Flush a folder's names to disk."""
        ...

    def unfinished_name(self) -> str:
        """A fresh name for a file that is not whole yet; it tells which process is writing."""
        ...

    def is_unfinished(self, name: str) -> bool:
        """Whether a name is such a one of a process that is gone, or had the number of this one."""
        ...


class LocalDisk:
    """This machine's disk."""

    def scan(self, folder: Path, wanted: Callable[[str], bool] = every_name) -> Iterator[tuple[str, Status]]:
        """As in `Disk`."""
        with os.scandir(folder) as entries:
            for entry in entries:
                if wanted(entry.name):
                    try:
                        status = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    yield entry.name, status

    def status(self, path: Path, *, follow: bool = True) -> Status | None:
        """As in `Disk`."""
        try:
            return path.stat(follow_symlinks=follow)
        except OSError as fault:
            if fault.errno in _NOT_THERE:
                return None
            raise

    def open(self, path: Path) -> OpenFile:
        """As in `Disk`."""
        return _Descriptor(os.open(path, _SOURCE))

    def create(self, path: Path) -> OpenFile:
        """As in `Disk`."""
        return _Descriptor(os.open(path, _FRESH, 0o600))

    def read(self, path: Path) -> bytes:
        """As in `Disk`."""
        return path.read_bytes()

    def rename(self, old: Path, new: Path) -> None:
        """As in `Disk`."""
        old.rename(new)

    def unlink(self, path: Path, *, missing_ok: bool = False) -> None:
        """As in `Disk`."""
        path.unlink(missing_ok=missing_ok)

    def make_folder(self, path: Path, mode: int = 0o777) -> None:
        """As in `Disk`."""
        path.mkdir(mode)

    def sync_folder(self, folder: Path) -> None:
        """As in `Disk`."""
        descriptor = os.open(folder, _FOLDER)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def unfinished_name(self) -> str:
        """As in `Disk`."""
        return f".{os.getpid()}-{secrets.token_hex(6)}.tmp"

    def is_unfinished(self, name: str) -> bool:
        """As in `Disk`."""
        found = _UNFINISHED.fullmatch(name)
        return found is not None and _is_left(int(found["process"]))


class _Descriptor:
    __slots__ = ("_number",)

    def __init__(self, number: int) -> None:
        self._number = number

    def status(self) -> Status:
        return os.fstat(self._number)

    def read(self, size: int) -> bytes:
        return os.read(self._number, size)

    def write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._number, left) :]

    def set_mode(self, mode: int) -> None:
        os.fchmod(self._number, mode)

    def sync(self) -> None:
        os.fsync(self._number)

    def close(self) -> None:
        os.close(self._number)


def _is_left(process: int) -> bool:
    if process == os.getpid():
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False


LOCAL = LocalDisk()
