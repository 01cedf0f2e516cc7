"""Files: writing so that a crash leaves the old or the new, never a half.

Owns atomic writes, private folders and safe file names. Knows no format; CSV dialects live in `packslip.csvfile`.
"""

import hashlib
import os
import re
import tempfile
from pathlib import Path

_UNFINISHED = re.compile(r"\.(?P<process>[0-9]{1,10})-\w+\.tmp")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def write_atomic(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Put bytes at a path so that readers see the old file or the whole new one.

    The temporary file lies in the same folder; file and folder are flushed to disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{os.getpid()}-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sweep_unfinished(folder: Path) -> None:
    """Remove what atomic writes left in a folder when their process was killed; those still under way are left alone.

    Call it before this process writes there itself: its own number may have been a killed one's.
    """
    if not folder.is_dir():
        return
    for entry in os.scandir(folder):
        found = _UNFINISHED.fullmatch(entry.name)
        if found and (int(found["process"]) == os.getpid() or not _is_alive(int(found["process"]))):
            Path(entry.path).unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
