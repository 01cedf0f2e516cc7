"""What the customers of some orders bought, and how often customers come back at all: read for insights.

A stretch of orders at a time, each in a transaction of its own: a line that prints never waits for all of it.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Engine, func, select

from packslip.history.schema import known_line, known_order, open_engine

_STRETCH = 20_000  #: orders looked at in one transaction
_MOST_NAMED = 500  #: orders named in one query


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """One line of an order."""

    sku: str
    quantity: int  #: pieces ordered
    unit_price: Decimal | None  #: as the shop stated it


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """One order of a known customer."""

    store: str
    order_id: str
    customer_id: str
    ordered_on: date
    currency: str
    total: Decimal | None  #: as the shop stated it
    lines: tuple[Sold, ...]


def purchases_of_buyers(path: Path, orders: Collection[tuple[str, str]]) -> tuple[Purchase, ...]:
    """Every order of the customers who placed some orders (store, order id), these too; oldest record first.

    Raises:
        WorkspaceError: the file is no history.
    """
    if not path.exists():
        return ()
    engine = open_engine(path, read_only=True)
    try:
        named = frozenset(orders)
        buyers = {(row.store, row.customer_id) for row in _known(engine) if (row.store, row.order_id) in named}
        return tuple(_with_lines(engine, [row for row in _known(engine) if (row.store, row.customer_id) in buyers]))
    finally:
        engine.dispose()


def come_back(path: Path, stores: Collection[str], *, within: timedelta, until: date) -> tuple[int, int]:
    """How many orders were followed by another of the same customer within a time, and of how many.

    Of all orders of known customers that had that time by a day; of some stores, of all where none is named.

    Raises:
        WorkspaceError: the file is no history.
    """
    if not path.exists():
        return 0, 0
    engine = open_engine(path, read_only=True)
    try:
        found: dict[tuple[str, str], list[date]] = {}
        for row in _known(engine):
            if not stores or row.store in stores:
                found.setdefault((row.store, row.customer_id), []).append(row.ordered_on)
    finally:
        engine.dispose()
    back = total = 0
    for days in found.values():
        ordered = sorted(set(days))
        for day, after in zip(ordered, [*ordered[1:], date.max], strict=True):
            if day + within <= until:
                total += 1
                back += after - day <= within
    return back, total


@dataclass(frozen=True, slots=True)
class _Known:
    number: int
    store: str
    order_id: str
    customer_id: str
    ordered_on: date
    currency: str
    total: str | None


def _known(engine: Engine) -> Iterator[_Known]:
    """Every order whose customer is known."""
    columns = known_order.c
    wanted = select(
        columns.id, columns.store, columns.order_id, columns.customer_id, columns.ordered_on, columns.currency,
        columns.total,
    ).where(columns.customer_id != "").order_by(columns.id)  # fmt: skip
    with engine.connect() as connection:
        newest = int(connection.scalar(select(func.max(columns.id))) or 0)
    for after in range(0, newest, _STRETCH):
        with engine.connect() as connection:
            rows = connection.execute(wanted.where(columns.id > after, columns.id <= after + _STRETCH)).all()
        yield from (_Known(*row) for row in rows)


def _with_lines(engine: Engine, orders: Sequence[_Known]) -> Iterator[Purchase]:
    columns = known_line.c
    for start in range(0, len(orders), _MOST_NAMED):
        part = orders[start : start + _MOST_NAMED]
        lines: dict[int, list[Sold]] = {order.number: [] for order in part}
        query = select(columns.order, columns.sku, columns.quantity, columns.unit_price)
        with engine.connect() as connection:
            for number, sku, quantity, price in connection.execute(query.where(columns.order.in_(lines))):
                lines[number].append(Sold(sku=sku, quantity=quantity, unit_price=Decimal(price) if price else None))
        for order in part:
            yield Purchase(
                store=order.store,
                order_id=order.order_id,
                customer_id=order.customer_id,
                ordered_on=order.ordered_on,
                currency=order.currency,
                total=Decimal(order.total) if order.total else None,
                lines=tuple(lines[order.number]),
            )
