"""Bringing an older ledger up to this schema, one version after another, in the transaction that opens it.

Columns are added, never taken away, so no row is lost.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import Column, Connection, Table

from packslip.ledger.tables import (
    SCHEMA_VERSION,
    TRIGGERS,
    attempts,
    codes,
    documents,
    drops,
    first_orders,
    grants,
    grants_by_code,
    meta,
    parcels,
    printers,
    redemptions,
    tools,
    unpurged,
    unpurged_drops,
)

_VERSION_ROW = "schema"


def migrate(connection: Connection, version: int) -> None:
    """Bring a ledger of an older version up to ours."""
    for step in range(version, SCHEMA_VERSION):
        _STEPS[step](connection)
    _renew_triggers(connection)
    connection.execute(meta.update().where(meta.c.name == _VERSION_ROW).values(value=str(SCHEMA_VERSION)))


def _from_1(connection: Connection) -> None:
    """Schema 2 knows what each document was drawn with."""
    tools.create(connection)
    connection.exec_driver_sql("ALTER TABLE documents ADD COLUMN tools TEXT DEFAULT '' NOT NULL")


def _from_2(connection: Connection) -> None:
    """Schema 3 knows printers, hot folders, calls, leases, customers and what was purged."""
    printers.create(connection)
    _add(connection, drops, "folder", "priority", "purged_at")
    _add(connection, parcels, "rank", "deadline", "print_on", "called_at", "customer", "purged_at")
    _add(connection, documents, "purged_at")
    _add(connection, attempts, "receipt", "told", "holder", "leased_until", "token")
    connection.exec_driver_sql("CREATE INDEX parcels_by_customer ON parcels (customer)")
    connection.exec_driver_sql("CREATE INDEX parcels_by_document ON parcels (document)")
    unpurged.create(connection)
    unpurged_drops.create(connection)


def _from_3(connection: Connection) -> None:
    """Schema 4 knows codes of pools, who had one that is given once, and which were used."""
    for table in (codes, first_orders, redemptions):
        table.create(connection)
    _add(connection, grants, "pool")
    grants_by_code.create(connection)


_STEPS: Mapping[int, Callable[[Connection], None]] = {1: _from_1, 2: _from_2, 3: _from_3}


def _add(connection: Connection, table: Table, *names: str) -> None:
    for name in names:
        connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {_declared(connection, table.c[name])}")


def _declared(connection: Connection, column: Column[str]) -> str:
    kind = column.type.compile(connection.dialect)
    if column.server_default is None:
        return f"{column.name} {kind}"
    return f"{column.name} {kind} DEFAULT '{column.server_default.arg}' NOT NULL"  # type: ignore[attr-defined]


def _renew_triggers(connection: Connection) -> None:
    """Have the database refuse what this schema's tables of states refuse."""
    for name, statement in TRIGGERS.items():
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        connection.exec_driver_sql(statement)
