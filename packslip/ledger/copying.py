"""The ledger's file as a whole: copied while others write, brought up to date, checked page by page, made anew.

Works on files, beside any ledger that is open. A copy is of one moment.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from packslip.errors import WorkspaceError
from packslip.ledger.database import explain_fault

_PAGES = 2048  #: copied at a time; in between, others may write
_PAUSE_S = 0.02
_RESTARTS = 3  #: each write of another process begins the copy again; then it is made in one go
_PATIENCE_S = 10.0
_IN_MEMORY = 256_000_000  #: so large a file is made anew without a temporary file elsewhere
_JOURNALS = ("-journal", "-wal", "-shm")


def copy_database(source: Path, target: Path) -> None:
    """Copy an SQLite file as it is at one moment, flushed to disk; `target` is new and private.

    Where others write all the time, the last try keeps them waiting for as long as the copying takes.

    Raises:
        RetryLater: it is busy, or the disk is full.
        WorkspaceError: it is damaged.
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    try:
        with _reading(source) as origin, closing(sqlite3.connect(target)) as copy:
            if not _copy_in_steps(origin, copy):
                origin.backup(copy, pages=-1)
    except sqlite3.Error as fault:
        raise explain_fault(fault) from fault
    _flush(target)


class _RestartedError(Exception):
    """Another process wrote too often."""


def _copy_in_steps(origin: sqlite3.Connection, copy: sqlite3.Connection) -> bool:
    before, restarts = -1, 0

    def watch(_status: int, remaining: int, _total: int) -> None:
        nonlocal before, restarts
        restarts += 0 <= before <= remaining
        before = remaining
        if restarts > _RESTARTS:
            raise _RestartedError

    try:
        origin.backup(copy, pages=_PAGES, progress=watch, sleep=_PAUSE_S)
    except _RestartedError:
        return False
    return True


def read_version(path: Path) -> str:
    """Schema version of a ledger's file, "" where none was made in it yet.

    Raises:
        WorkspaceError: the file is damaged, or a database of something else.
    """
    try:
        with _reading(path) as connection:
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return ""
            row = connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()
    except sqlite3.OperationalError as fault:
        if "no such table" in str(fault):
            raise WorkspaceError(f"{path}: a database of something else") from None
        raise explain_fault(fault) from fault
    except sqlite3.Error as fault:
        raise explain_fault(fault) from fault
    return str(row[0]) if row else ""


def examine(path: Path) -> Iterator[str]:
    """What is wrong with an SQLite file: damaged pages, and rows that name others that are not there."""
    try:
        with _reading(path) as connection:
            for (told,) in connection.execute("PRAGMA integrity_check(20)"):
                if told != "ok":
                    yield str(told)
            lacking = connection.execute("PRAGMA foreign_key_check").fetchmany(20)
            yield from (
                f"a row of {table} names a row of {parent} that is not there" for table, _, parent, _ in lacking
            )
    except sqlite3.Error as fault:
        yield f"it cannot be read: {fault}"


def make_anew(path: Path) -> None:
    """Write an SQLite file anew, so that nothing of what was deleted is left in its free pages and journals.

    Raises:
        RetryLater: it is busy, or the disk is full.
    """
    try:
        with closing(sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None)) as connection:
            if path.stat().st_size < _IN_MEMORY:
                connection.execute("PRAGMA temp_store = MEMORY")
            for statement in ("PRAGMA secure_delete = ON", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                connection.execute(statement).fetchall()
    except sqlite3.Error as fault:
        raise explain_fault(fault) from fault


def replace_database(fresh: Path, path: Path, aside: Path) -> None:
    """Put an SQLite file in another's place in one step; the other stays as `aside`, and a name for it is always there.

    Nobody may have either open.
    """
    if path.exists():
        with closing(sqlite3.connect(path)) as connection, _damage_allowed():
            connection.execute("PRAGMA schema_version").fetchone()  # plays a journal that a killed process left
        os.link(path, aside)
    for suffix in _JOURNALS:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    fresh.replace(path)


@contextmanager
def _damage_allowed() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error:
        return


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=_PATIENCE_S)) as connection:
        connection.execute("PRAGMA temp_store = MEMORY")
        yield connection


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
