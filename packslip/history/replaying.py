"""Known orders as orders again, for whoever asks what rules would have made of them.

Holds what the file says and no more: no address, no language, no way of shipping, nothing of whether it was a gift.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Engine, select

from packslip.history.opening import open_engine
from packslip.history.schema import known_line, known_order
from packslip.model import Address, Line, Order, OrderKey, Totals, Where

_MOST_NAMED = 500  #: orders named in one query


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrders:
    """Some orders of a history."""

    numbers: tuple[int, ...]  #: the history's own, as sampled
    total: int  #: how many there were to choose from

    @property
    def is_sample(self) -> bool:
        """Whether some were left out."""
        return len(self.numbers) < self.total


def latest_orders(path: Path, *, most: int, same: Mapping[str, str]) -> KnownOrders:
    """The latest order of each known customer of each store, of `most` customers where there are more.

    Which, a hash of the customer says: the same each time. `same`: customer id → the id by which they go otherwise.

    Raises:
        WorkspaceError: the file is no history.
    """
    columns = known_order.c
    query = (
        select(columns.id, columns.store, columns.customer_id)
        .where(columns.customer_id != "", columns.cancelled_on.is_(None))
        .order_by(columns.ordered_on, columns.id)
    )
    found: dict[tuple[str, str], int] = {}
    if path.exists():
        with _opened(path) as engine, engine.connect() as connection:
            for number, store, customer_id in connection.execute(query):
                found[store, same.get(customer_id, customer_id)] = number
    return _sample({f"{store}\0{customer}": number for (store, customer), number in found.items()}, most)


def all_orders(path: Path, *, most: int) -> KnownOrders:
    """Every known order that was not cancelled, `most` of them where there are more; which, a hash of their ids says.

    Raises:
        WorkspaceError: the file is no history.
    """
    columns = known_order.c
    query = select(columns.id, columns.store, columns.order_id).where(columns.cancelled_on.is_(None))
    found: dict[str, int] = {}
    if path.exists():
        with _opened(path) as engine, engine.connect() as connection:
            found = {f"{store}\0{order_id}": number for number, store, order_id in connection.execute(query)}
    return _sample(found, most)


def replay(path: Path, orders: KnownOrders) -> Iterator[Order]:
    """Some known orders, by the number they have in the history.

    Raises:
        WorkspaceError: the file is no history.
    """
    if not orders.numbers:
        return
    with _opened(path) as engine:
        for start in range(0, len(orders.numbers), _MOST_NAMED):
            yield from _read(engine, orders.numbers[start : start + _MOST_NAMED])


@contextmanager
def _opened(path: Path) -> Iterator[Engine]:
    engine = open_engine(path, read_only=True)
    try:
        yield engine
    finally:
        engine.dispose()


def _sample(found: Mapping[str, int], most: int) -> KnownOrders:
    chosen = list(found.items())
    if len(chosen) > most:
        chosen.sort(key=lambda item: hashlib.sha256(item[0].encode()).digest())
    return KnownOrders(numbers=tuple(sorted(number for _, number in chosen[:most])), total=len(found))


def _read(engine: Engine, numbers: Sequence[int]) -> Iterator[Order]:
    order, line = known_order.c, known_line.c
    lines: dict[int, list[Line]] = {number: [] for number in numbers}
    with engine.connect() as connection:
        heads = connection.execute(
            select(
                order.id, order.store, order.order_id, order.customer_id, order.ordered_on, order.currency, order.total
            )
            .where(order.id.in_(numbers))
            .order_by(order.id)
        ).all()
        rows = connection.execute(
            select(
                line.order, line.line_id, line.sku, line.category, line.quantity, line.unit_price, line.discount
            ).where(line.order.in_(numbers))
        ).all()
    for number, line_id, sku, category, quantity, price, discount in rows:
        lines[number].append(
            Line(
                line_id=line_id,
                sku=sku,
                description="",
                category=category,
                quantity=quantity,
                unit_price=_decimal(price),
                line_discount=_decimal(discount),
                where=Where(),
            )
        )
    for number, store, order_id, customer_id, day, currency, total in heads:
        yield Order(
            key=OrderKey(store=store, order_id=order_id),
            order_date=day,
            currency=currency,
            customer_id=customer_id,
            ship_to=Address(name="", country=""),
            lines=tuple(lines[number]),
            totals=Totals(order=_decimal(total)),
            where=Where(),
        )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
