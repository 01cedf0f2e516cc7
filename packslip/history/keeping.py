"""Keeping `known_customer` true: rows counted anew from a day on, whenever a customer's orders or returns change."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from packslip.history.money import parts_of
from packslip.history.schema import known_customer, known_line, known_order, known_return
from packslip.history.standing import Item, Purchase, Return, Standing, standings
from packslip.library.literals import fold

Whose = tuple[str, str]  #: store and customer id
_Row = Row[*tuple[Any, ...]]

_TEXTS = 8192

_of_customer = (
    known_order.c.store == bindparam("store"),
    known_order.c.customer_id == bindparam("customer_id"),
)
_lines = (
    select(
        known_order.c.store,
        known_order.c.customer_id,
        known_order.c.id,
        known_order.c.order_id,
        known_order.c.ordered_on,
        known_order.c.currency,
        known_order.c.total,
        known_order.c.refunded,
        known_order.c.cancelled_on,
        known_order.c.worth,
        known_line.c.line_id,
        known_line.c.sku,
        known_line.c.category,
        known_line.c.quantity,
        known_line.c.unit_price,
        known_line.c.discount,
        known_line.c.returned,
    )
    .select_from(known_order.outerjoin(known_line))
    .order_by(
        known_order.c.store, known_order.c.customer_id, known_order.c.ordered_on, known_order.c.id, known_line.c.line_id
    )
)
_LINES_FROM = _lines.where(*_of_customer, known_order.c.ordered_on >= bindparam("day"))
_LINES_OF_ORDER = _lines.where(known_order.c.id == bindparam("number"))
_CANCELLED_FROM = (
    select(known_order.c.id)
    .where(
        *_of_customer,
        known_order.c.cancelled_on > known_order.c.ordered_on,
        known_order.c.cancelled_on >= bindparam("day"),
    )
    .limit(1)
)
_returns = select(known_return).where(
    known_return.c.store == bindparam("store"), known_return.c.customer_id == bindparam("customer_id")
)
_RETURNS = _returns.order_by(known_return.c.return_id, known_return.c.line_id)
_RETURNED_FROM = _returns.where(known_return.c.returned_on >= bindparam("day")).limit(1)
_mine = (
    known_customer.c.store == bindparam("store"),
    known_customer.c.customer_id == bindparam("customer_id"),
)
LATEST = select(known_customer).where(*_mine).order_by(known_customer.c.day.desc()).limit(1)
BEFORE = LATEST.where(known_customer.c.day < bindparam("day"))
_DELETE_FROM = delete(known_customer).where(*_mine, known_customer.c.day >= bindparam("day"))
_INSERT = insert(known_customer)
_WORTH = update(known_order).where(known_order.c.id == bindparam("number")).values(worth=bindparam("parts"))
_RETURNED = (
    update(known_line)
    .where(known_line.c.order == bindparam("number"), known_line.c.line_id == bindparam("line"))
    .values(returned=bindparam("pieces"))
)


def refresh(connection: Connection, touched: Mapping[Whose, date]) -> None:
    """Count customers anew, each from the first day on which something changed."""
    for (store, customer_id), since in touched.items():
        key = {"store": store, "customer_id": customer_id}
        start, day, returns = None, since, []
        if day > date.min and _takes_away(connection, {**key, "day": day}):
            day = date.min  # it is set against orders of any day before
        if day == date.min:
            returns = [_return(row) for row in connection.execute(_RETURNS, key)]
        elif (before := connection.execute(BEFORE, {**key, "day": day}).first()) is not None:
            start = standing_of(before)
        rows = connection.execute(_LINES_FROM, {**key, "day": day}).all()
        connection.execute(_DELETE_FROM, {**key, "day": day})
        _write(connection, key, _purchases(rows), returns, start)


def _takes_away(connection: Connection, key: Mapping[str, object]) -> bool:
    """Whether something comes back or is called off from a day on."""
    return any(connection.execute(asked, key).first() is not None for asked in (_RETURNED_FROM, _CANCELLED_FROM))


def refresh_everybody(connection: Connection) -> None:
    """Count every customer anew."""
    connection.execute(delete(known_customer))
    returns: dict[Whose, list[Return]] = {}
    everything = select(known_return).where(known_return.c.customer_id != "")
    for row in connection.execute(everything.order_by(known_return.c.return_id, known_return.c.line_id)):
        returns.setdefault((row.store, row.customer_id), []).append(_return(row))
    for (store, customer_id), group in groupby(
        connection.execute(_lines), key=lambda row: (row.store, row.customer_id)
    ):
        if not customer_id:
            for _, lines in groupby(group, key=lambda row: row.id):
                _write_worth(connection, _purchases(lines))
            continue
        key = {"store": store, "customer_id": customer_id}
        _write(connection, key, _purchases(group), returns.pop((store, customer_id), []))
    for (store, customer_id), alone in returns.items():
        _write(connection, {"store": store, "customer_id": customer_id}, [], alone)


def refresh_order(connection: Connection, number: int) -> None:
    """Say anew what an order is worth that is nobody's."""
    _write_worth(connection, _purchases(connection.execute(_LINES_OF_ORDER, {"number": number})))


def standing_of(row: _Row) -> Standing:
    """The standing that a row of `known_customer` holds."""
    return Standing(
        day=row.day,
        first_on=row.first_on,
        last_on=row.last_on,
        orders=row.orders,
        days=row.days,
        returns=row.returns,
        spend=json.loads(row.spend),
        categories={name: date.fromisoformat(day) for name, day in json.loads(row.categories).items()},
    )


def _write(
    connection: Connection,
    key: Mapping[str, str],
    purchases: Sequence[Purchase],
    returns: Sequence[Return],
    start: Standing | None = None,
) -> None:
    """Write a customer's rows, and what orders and lines are worth now where that changed."""
    made = [_row(key, one) for one in standings(purchases, returns, start=start)]
    if made:
        connection.execute(_INSERT, made)
    _write_worth(connection, purchases)
    moved = [
        {"number": purchase.number, "line": item.line_id, "pieces": item.returned}
        for purchase in purchases
        for item in purchase.items
        if item.returned != item.on_record
    ]
    if moved:
        connection.execute(_RETURNED, moved)


def _write_worth(connection: Connection, purchases: Iterable[Purchase]) -> None:
    worth = [(purchase, purchase.worth_on(date.max)) for purchase in purchases]
    changed = [{"number": one.number, "parts": parts} for one, parts in worth if parts != one.on_record]
    if changed:
        connection.execute(_WORTH, changed)


def _row(key: Mapping[str, str], one: Standing) -> dict[str, object]:
    categories = {name: day.isoformat() for name, day in one.categories.items()}
    return {
        **key,
        "day": one.day,
        "first_on": one.first_on,
        "last_on": one.last_on,
        "orders": one.orders,
        "days": one.days,
        "returns": one.returns,
        "spend": json.dumps(one.spend, sort_keys=True),
        "categories": json.dumps(categories, ensure_ascii=False, sort_keys=True),
    }


def _purchases(rows: Iterable[_Row]) -> list[Purchase]:
    """The orders that rows of `_lines` hold, those of one standing together."""
    made: list[Purchase] = []
    number = None
    for _, _, order, order_id, day, currency, total, refunded, cancelled_on, worth, *line in rows:
        if order != number:
            number = order
            made.append(
                Purchase(
                    number=order,
                    order_id=order_id,
                    day=day,
                    currency=currency,
                    total=_parts(total),
                    refunded=_parts(refunded) or 0,
                    cancelled_on=cancelled_on,
                    items=[],
                    on_record=worth,
                )
            )
        line_id, sku, category, quantity, price, discount, returned = line
        if line_id is not None:
            item = Item(
                line_id=line_id,
                sku=sku,
                category=_fold(category),
                quantity=quantity,
                price=_parts(price),
                discount=_parts(discount) or 0,
                on_record=returned,
            )
            made[-1].items.append(item)
    return made


def _return(row: _Row) -> Return:
    return Return(
        return_id=row.return_id, day=row.returned_on, sku=row.sku, quantity=row.quantity, price=_parts(row.unit_price)
    )


_parts = lru_cache(maxsize=_TEXTS)(parts_of)
_fold = lru_cache(maxsize=_TEXTS)(fold)
