"""Opening the ledger's file: pragmas, schema, versions; and what a failing database means.

Journal: WAL where SQLite's WAL-reset fault is mended, else TRUNCATE. Every commit is flushed to disk.
Source: https://www.sqlite.org/wal.html#walresetbug (fixed in 3.51.3).
"""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, inspect, select
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from packslip.errors import PackslipError, RetryLater, WorkspaceError
from packslip.ledger.migrations import migrate
from packslip.ledger.tables import SCHEMA_VERSION, meta, metadata

WAL_SAFE_FROM = (3, 51, 3)

_VERSION_ROW = "schema"
_PRIMARY_CODE = 0xFF  # extended result codes carry the primary one in their low byte
_AWAY = frozenset((sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED))
_FULL = frozenset((sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN))
_BROKEN = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))


def journal_mode(version: tuple[int, ...]) -> str:
    """The journal that is safe with a version of SQLite."""
    return "WAL" if version >= WAL_SAFE_FROM else "TRUNCATE"


def make_engine(path: Path, *, patience_s: float) -> Engine:
    """An engine whose transactions are begun and ended by hand, see `packslip.ledger.writer`."""
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": patience_s, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in (
            f"journal_mode={journal_mode(sqlite3.sqlite_version_info)}",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def prepare_schema(connection: Connection) -> None:
    """Make the tables of a new ledger, or bring an older one up to ours. Call within a writing transaction.

    Raises:
        WorkspaceError: the file was made by a newer packslip, or is not a ledger.
    """
    names = set(inspect(connection).get_table_names())
    if not names:
        metadata.create_all(connection)
        connection.execute(
            meta.insert(),
            [
                {"name": _VERSION_ROW, "value": str(SCHEMA_VERSION)},
                {"name": "made_at", "value": datetime.now(UTC).isoformat(timespec="seconds")},
            ],
        )
        return
    if meta.name not in names:
        raise WorkspaceError(
            "the ledger's file is a database of something else", hint="move it away; a new one will be made"
        )
    version = connection.scalar(select(meta.c.value).where(meta.c.name == _VERSION_ROW)) or ""
    if version == str(SCHEMA_VERSION):
        return
    if version.isdecimal() and 0 < int(version) < SCHEMA_VERSION:
        migrate(connection, int(version))
    else:
        raise WorkspaceError(
            f"the ledger has schema version {version}, this packslip knows {SCHEMA_VERSION}",
            hint="use the packslip that made it, or a newer one",
        )


def explain_fault(fault: DBAPIError | sqlite3.Error) -> PackslipError:
    """What a failing database means for the work in hand; a fault of our own SQL is a bug and comes back unchanged.

    Raises:
        DBAPIError | sqlite3.Error: the statement itself is wrong.
    """
    cause = fault.orig if isinstance(fault, DBAPIError) else fault
    code = getattr(cause, "sqlite_errorcode", 0) & _PRIMARY_CODE
    name = getattr(cause, "sqlite_errorname", "")
    if code in _AWAY:
        return RetryLater("the ledger is busy with another command", hint="it goes on by itself")
    if code in _FULL:
        return RetryLater(
            f"the ledger cannot be written ({name})", hint="free disk space and check who may write there"
        )
    if code in _BROKEN:
        return WorkspaceError(f"the ledger's file is damaged ({name})", hint="restore it from a back-up")
    raise fault
