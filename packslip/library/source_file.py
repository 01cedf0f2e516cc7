"""One file that people write or put there, read whole, or the finding that says why it cannot be.

What is no regular file is never opened: a pipe would have its reader wait, a device may give without end.
"""

from pathlib import Path

from packslip.files import NotAFileError, read_file
from packslip.model import Finding, Where, error


def read_source(path: Path, *, label: str) -> tuple[bytes | None, tuple[Finding, ...]]:
    """All bytes of a regular file, or None and what to do; `label` is its name in findings."""
    try:
        return read_file(path), ()
    except OSError as fault:
        return None, (unreadable(fault, label),)


def read_source_text(path: Path, *, label: str) -> tuple[str | None, tuple[Finding, ...]]:
    """The same as text."""
    data, findings = read_source(path, label=label)
    if data is None:
        return None, findings
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        return None, (error("file.encoding", Where(file=label), "not UTF-8", "save the file as UTF-8"),)


def unreadable(fault: OSError, label: str) -> Finding:
    """What is wrong with a file that could not be read."""
    where = Where(file=label)
    if isinstance(fault, NotAFileError):
        return error("file.not_plain", where, fault.strerror, "put a plain file in its place, or take it away")
    if isinstance(fault, FileNotFoundError):
        return error("file.missing", where, "no such file")
    return error("file.unreadable", where, f"cannot be read: {fault.strerror}", "check the file's permissions")
