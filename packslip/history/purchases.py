"""What the customers of some orders bought, and how often customers come back at all: read for insights.

A stretch of orders at a time, each in a transaction of its own: a line that prints never waits for all of it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Engine, func, select

from packslip.history.money import amount_of
from packslip.history.opening import open_engine
from packslip.history.schema import known_line, known_order

_STRETCH = 20_000  #: orders looked at in one transaction
_MOST_NAMED = 500  #: orders named in one query
NOBODY: Mapping[str, str] = {}  #: no customer goes by several ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """One line of an order."""

    sku: str
    quantity: int  #: pieces ordered that did not come back
    unit_price: Decimal | None  #: as the shop stated it


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """One order of a known customer."""

    store: str
    order_id: str
    customer_id: str
    ordered_on: date
    currency: str
    worth: Decimal | None  #: its total, less what was cancelled, refunded or came back
    lines: tuple[Sold, ...]
    is_cancelled: bool = False

    @property
    def stands(self) -> bool:
        """Whether it is an order still: not cancelled, and something of it was kept."""
        return not self.is_cancelled and (not self.lines or any(line.quantity > 0 for line in self.lines))


def purchases_of_buyers(
    path: Path, orders: Collection[tuple[str, str]], *, same: Mapping[str, str] = NOBODY
) -> tuple[Purchase, ...]:
    """Every order of the customers who placed some orders (store, order id), these too; oldest record first.

    `same`: customer id → the id by which the customer goes otherwise.

    Raises:
        WorkspaceError: the file is no history.
    """
    if not path.exists():
        return ()
    engine = open_engine(path, read_only=True)
    try:
        named = frozenset(orders)
        buyers = {(row.store, row.customer_id) for row in _known(engine, same) if (row.store, row.order_id) in named}
        return tuple(
            _with_lines(engine, [row for row in _known(engine, same) if (row.store, row.customer_id) in buyers])
        )
    finally:
        engine.dispose()


def come_back(
    path: Path, stores: Collection[str], *, within: timedelta, until: date, same: Mapping[str, str] = NOBODY
) -> tuple[int, int]:
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
        for row in _known(engine, same):
            if not row.is_cancelled and (not stores or row.store in stores):
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
    worth: int | None
    is_cancelled: bool


def _known(engine: Engine, same: Mapping[str, str]) -> Iterator[_Known]:
    """Every order whose customer is known."""
    columns = known_order.c
    wanted = select(
        columns.id, columns.store, columns.order_id, columns.customer_id, columns.ordered_on, columns.currency,
        columns.total, columns.worth, columns.cancelled_on.is_not(None),
    ).where(columns.customer_id != "").order_by(columns.id)  # fmt: skip
    with engine.connect() as connection:
        newest = int(connection.scalar(select(func.max(columns.id))) or 0)
    for after in range(0, newest, _STRETCH):
        with engine.connect() as connection:
            rows = connection.execute(wanted.where(columns.id > after, columns.id <= after + _STRETCH)).all()
        for row in (_Known(*row) for row in rows):
            yield replace(row, customer_id=same.get(row.customer_id, row.customer_id))


def _with_lines(engine: Engine, orders: Sequence[_Known]) -> Iterator[Purchase]:
    columns = known_line.c
    for start in range(0, len(orders), _MOST_NAMED):
        part = orders[start : start + _MOST_NAMED]
        lines: dict[int, list[Sold]] = {order.number: [] for order in part}
        query = select(columns.order, columns.sku, columns.quantity - columns.returned, columns.unit_price)
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
                worth=_worth(order),
                is_cancelled=order.is_cancelled,
                lines=tuple(lines[order.number]),
            )


def _worth(order: _Known) -> Decimal | None:
    if order.worth is not None:
        return amount_of(order.worth)
    return Decimal(order.total) if order.total else None
