"""Schema: how known orders lie in SQLite, and how the file is opened.

Holds a customer's id and what was bought, never a name or an address. One file, 0600, on local disk; it can be written
by one process and read by others at the same time.
"""

import os
import sqlite3
from pathlib import Path

from sqlalchemy import (
    Column,
    Date,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    event,
    text,
)
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from packslip.errors import WorkspaceError
from packslip.files import private_folder

VERSION = 1

metadata = MetaData()

known_order = Table(
    "known_order",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("store", String, nullable=False),
    Column("order_id", String, nullable=False),
    Column("customer_id", String, nullable=False),  # "" where the shop does not know
    Column("ordered_on", Date, nullable=False),
    Column("currency", String, nullable=False),
    Column("total", String),  # as the shop stated it
    UniqueConstraint("store", "order_id"),
)

known_line = Table(
    "known_line",
    metadata,
    Column("order", ForeignKey("known_order.id", ondelete="CASCADE"), primary_key=True),
    Column("line_id", String, primary_key=True),
    Column("sku", String, nullable=False),
    Column("category", String, nullable=False),
    Column("quantity", Integer, nullable=False),  # pieces ordered
    Column("unit_price", String),  # as the shop stated it
    sqlite_with_rowid=False,
)

Index("known_order_by_customer", known_order.c.store, known_order.c.customer_id, known_order.c.ordered_on)


def open_engine(path: Path, *, read_only: bool) -> Engine:
    """The database behind a file, made if missing and not read only.

    Raises:
        WorkspaceError: the file is no history, or a newer packslip wrote it.
    """
    if not read_only:
        private_folder(path.parent)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    mode = "ro" if read_only else "rw"
    engine = create_engine(f"sqlite:///file:{path.as_posix()}?mode={mode}&uri=true", connect_args={"timeout": 10.0})
    event.listen(engine, "connect", _prepare)
    try:
        with engine.begin() as connection:
            version = connection.execute(text("PRAGMA user_version")).scalar_one()
            if version > VERSION:
                raise WorkspaceError(f"{path}: written by a newer packslip", hint="upgrade packslip")
            if version == 0 and not read_only:
                metadata.create_all(connection)
                connection.execute(text(f"PRAGMA user_version = {VERSION}"))
    except DatabaseError as fault:
        engine.dispose()
        raise WorkspaceError(
            f"{path}: not a history packslip can use: {fault.orig}", hint="restore a back-up"
        ) from None
    return engine


def _prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # TRUNCATE and not WAL: SQLite before 3.51.3 can corrupt a WAL that two processes write
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    if not connection.execute("PRAGMA query_only").fetchone()[0]:
        connection.execute("PRAGMA synchronous = FULL")
