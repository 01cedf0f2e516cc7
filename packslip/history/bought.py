"""Purchases: what one customer bought before, and what everybody did, for whoever recommends."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, bindparam, func, select

from packslip.history.opening import open_engine
from packslip.history.schema import known_line, known_order

_IS_KEPT = (
    known_order.c.cancelled_on.is_(None) & (known_line.c.sku != "") & (known_line.c.quantity > known_line.c.returned)
)
_OF_CUSTOMER = (
    select(known_line.c.sku, known_order.c.ordered_on)
    .distinct()
    .join(known_order)
    .where(
        known_order.c.store == bindparam("store"),
        known_order.c.customer_id.in_(bindparam("ids", expanding=True)),
        known_order.c.ordered_on < bindparam("day"),
        known_order.c.order_id != bindparam("order_id"),
        _IS_KEPT,
    )
    .order_by(known_order.c.ordered_on, known_line.c.sku)
)
_SALES = (
    select(
        known_order.c.store,
        known_order.c.ordered_on.label("day"),
        known_order.c.id.label("order"),
        known_order.c.customer_id.label("customer"),
        known_line.c.sku,
    )
    .join(known_line)
    .where(known_order.c.ordered_on < bindparam("day"), _IS_KEPT)
)
_ORDERS = select(func.count()).select_from(known_order).group_by(known_order.c.store)


def purchases(
    connection: Connection, *, store: str, ids: Sequence[str], order_id: str, before: date
) -> tuple[tuple[str, date], ...]:
    """SKU and day of what a customer, known by some ids, bought before a day and kept, one order left out."""
    asked = {"store": store, "ids": list(ids), "order_id": order_id, "day": before}
    return tuple((row.sku, row.ordered_on) for row in connection.execute(_OF_CUSTOMER, asked))


def sales_before(path: Path, day: date) -> Mapping[str, pd.DataFrame]:
    """What every store sold before a day: `day`, `order`, `customer` ("" for unknown) and `sku` of each line.

    Raises:
        WorkspaceError: the file is no history, or a newer packslip wrote it.
    """
    if not path.exists():
        return {}
    engine = open_engine(path, read_only=True)
    try:
        with engine.connect() as connection:
            lines = pd.read_sql_query(_SALES, connection, params={"day": day})
    finally:
        engine.dispose()
    return {str(store): group.drop(columns="store") for store, group in lines.groupby("store", sort=True)}


def most_orders(path: Path) -> int:
    """How many orders are known of the store of which most are.

    Raises:
        WorkspaceError: the file is no history, or a newer packslip wrote it.
    """
    if not path.exists():
        return 0
    engine = open_engine(path, read_only=True)
    try:
        with engine.connect() as connection:
            return max(connection.scalars(_ORDERS), default=0)
    finally:
        engine.dispose()
