"""Opening the history's file, and bringing an older one up to this schema.

One file, 0600, on local disk; it can be written by one process and read by others at the same time. Columns and tables
are added, never taken away, so no row is lost.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.schema import CreateColumn

from packslip.errors import WorkspaceError
from packslip.files import private_folder
from packslip.history.keeping import refresh_everybody
from packslip.history.schema import (
    VERSION,
    called_off,
    due_customer,
    known_customer,
    known_import,
    known_line,
    known_order,
    known_return,
    metadata,
    store_ranks,
)


def open_engine(path: Path, *, read_only: bool) -> Engine:
    """The database behind a file, made if missing and not read only; one of an older packslip is brought up to ours.

    Raises:
        WorkspaceError: the file is no history, a newer packslip wrote it, or an older one and it cannot be written.
    """
    if not read_only:
        private_folder(path.parent)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    engine = _engine(path, "ro" if read_only else "rw")
    try:
        with engine.connect() as connection:
            version = _version(connection)
        if version > VERSION:
            raise WorkspaceError(f"{path}: written by a newer packslip", hint="upgrade packslip")
        if version < VERSION and (version or not read_only):
            _bring_up(path)
    except DatabaseError as fault:
        engine.dispose()
        raise WorkspaceError(
            f"{path}: not a history packslip can use: {fault.orig}", hint="restore a back-up"
        ) from None
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds the right to write from its first moment, so that what it reads stays true."""
    with engine.begin() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield connection


def _engine(path: Path, mode: str) -> Engine:
    engine = create_engine(f"sqlite:///file:{path.as_posix()}?mode={mode}&uri=true", connect_args={"timeout": 10.0})
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # TRUNCATE and not WAL: SQLite before 3.51.3 can corrupt a WAL that two processes write
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    if not connection.execute("PRAGMA query_only").fetchone()[0]:
        connection.execute("PRAGMA synchronous = FULL")


def _version(connection: Connection) -> int:
    return int(connection.execute(text("PRAGMA user_version")).scalar_one())


def _bring_up(path: Path) -> None:
    """Make the tables of a new file, or take an older one step by step to our version; all of it or nothing."""
    engine = _engine(path, "rw")
    try:
        with writing(engine) as connection:
            version = _version(connection)  # another process may have been faster
            if version == 0:
                metadata.create_all(connection)
            for step in range(version or VERSION, VERSION):
                _STEPS[step](connection)
            connection.execute(text(f"PRAGMA user_version = {VERSION}"))
    finally:
        engine.dispose()


def _from_1(connection: Connection) -> None:
    """Schema 2 knows cancellations, refunds and returns, what customers are, and how they rank."""
    _add(connection, known_order, "refunded", "cancelled_on", "worth")
    _add(connection, known_line, "discount", "returned")
    for table in (known_return, known_customer, store_ranks, due_customer, known_import):
        table.create(connection)
    called_off.create(connection)
    refresh_everybody(connection)


_STEPS: Mapping[int, Callable[[Connection], None]] = {1: _from_1}


def _add(connection: Connection, table: Table, *names: str) -> None:
    for name in names:
        declared = CreateColumn(table.c[name]).compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {declared}")
