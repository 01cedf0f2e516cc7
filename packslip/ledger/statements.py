"""Statements of the line's every order: compiled once, then run by SQLite itself.

Written in SQLAlchemy Core like all others, so that there is one set of tables. What Core does for each execution costs
ten times what SQLite does, and an order takes some twenty of them.
"""

import sqlite3
from collections.abc import Mapping
from typing import cast

from sqlalchemy import Connection, Delete, Insert, RowMapping, Select, Update
from sqlalchemy.dialects import sqlite

Value = str | int | None

_DIALECT = sqlite.dialect(paramstyle="named")


class Statement:
    """One statement; its parameters are those of `bindparam`, and columns to be set by their names."""

    def __init__(self, statement: Select[tuple[object, ...]] | Insert | Update | Delete) -> None:
        self._statement = statement
        self._compiled: dict[tuple[str, ...], tuple[str, dict[str, Value]]] = {}

    def run(self, connection: Connection, values: Mapping[str, Value]) -> sqlite3.Cursor:
        """Run it."""
        names = tuple(values)
        known = self._compiled.get(names)
        if known is None:
            known = self._compiled[names] = self._compile(names)
        text, constants = known
        return driver_of(connection).execute(text, {**constants, **values} if constants else values)

    def rows(self, connection: Connection, values: Mapping[str, Value]) -> list[RowMapping]:
        """Run it; its rows by the names of their columns."""
        cursor = self.run(connection, values)
        names = [column[0] for column in cursor.description]
        return [cast("RowMapping", dict(zip(names, row, strict=True))) for row in cursor]

    def first(self, connection: Connection, values: Mapping[str, Value]) -> RowMapping | None:
        """Run it; its first row."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def scalar(self, connection: Connection, values: Mapping[str, Value]) -> Value:
        """Run it; the first value of its first row."""
        row = self.run(connection, values).fetchone()
        return cast("Value", row[0]) if row else None

    def _compile(self, names: tuple[str, ...]) -> tuple[str, dict[str, Value]]:
        """The text, and the values that stand in the statement itself."""
        is_reading = isinstance(self._statement, Select)
        columns = None if is_reading else [name for name in names if not name.startswith("at_")]
        compiled = self._statement.compile(dialect=_DIALECT, column_keys=columns)
        whole = compiled.construct_expanded_state(dict.fromkeys(names))
        return whole.statement, {name: value for name, value in whole.parameters.items() if name not in names}


def driver_of(connection: Connection) -> sqlite3.Connection:
    """SQLite's own connection."""
    return cast("sqlite3.Connection", connection.connection.driver_connection)
