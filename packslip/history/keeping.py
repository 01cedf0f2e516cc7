"""Keeping `known_customer` true: rows counted anew from a day on, whenever a customer's orders or returns change."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, Subquery, Table, and_, bindparam, delete, insert, select, update

from packslip.history.money import parts_of
from packslip.history.schema import due_customer, known_customer, known_line, known_order, known_return
from packslip.history.standing import Item, Purchase, Return, Standing, standings
from packslip.library.literals import fold

Whose = tuple[str, str]  #: store and customer id
_Row = Row[*tuple[Any, ...]]
_Asked = Select[*tuple[Any, ...]]

_TEXTS = 8192
_BATCH = 1000  #: rows written at a time

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
_in_order = known_return.c.return_id, known_return.c.line_id
_RETURNS = _returns.order_by(*_in_order)
_EVERYTHING: tuple[tuple[_Asked, Table], ...] = (
    (_lines, known_order),
    (select(known_return).order_by(*_in_order), known_return),
)
_RETURNED_FROM = _returns.where(known_return.c.returned_on >= bindparam("day")).limit(1)
_mine = (
    known_customer.c.store == bindparam("store"),
    known_customer.c.customer_id == bindparam("customer_id"),
)
LATEST = select(known_customer).where(*_mine).order_by(known_customer.c.day.desc()).limit(1)
BEFORE = LATEST.where(known_customer.c.day < bindparam("day"))
_DELETE_FROM = delete(known_customer).where(*_mine, known_customer.c.day >= bindparam("day"))
_INSERT = insert(known_customer)
_CLEAR = delete(due_customer).where(
    due_customer.c.store == bindparam("whose_store"), due_customer.c.customer_id == bindparam("whose_id")
)
_WORTH = update(known_order).where(known_order.c.id == bindparam("number")).values(worth=bindparam("parts"))
_RETURNED = (
    update(known_line)
    .where(known_line.c.order == bindparam("number"), known_line.c.line_id == bindparam("line"))
    .values(returned=bindparam("pieces"))
)


def refresh(connection: Connection, touched: Mapping[Whose, date]) -> None:
    """Count customers anew, each from the first day on which something changed."""
    changes = _Changes()
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
        changes.add((store, customer_id), _purchases(rows), returns, start)
    changes.write(connection)


def refresh_due(connection: Connection, most: int) -> int:
    """Count some of the customers anew that wait for it, all their rows; how many that were."""
    due = select(due_customer).order_by(due_customer.c.store, due_customer.c.customer_id).limit(most)
    whose = [(row.store, row.customer_id) for row in connection.execute(due)]
    if whose:
        keys = [{"store": store, "customer_id": one, "day": date.min} for store, one in whose]
        connection.execute(_DELETE_FROM, keys)
        some = due.subquery()
        _count(connection, *(_joined(asked, table, some) for asked, table in _EVERYTHING))
        connection.execute(_CLEAR, [{"whose_store": store, "whose_id": one} for store, one in whose])
    return len(whose)


def _takes_away(connection: Connection, key: Mapping[str, object]) -> bool:
    """Whether something comes back or is called off from a day on."""
    return any(connection.execute(asked, key).first() is not None for asked in (_RETURNED_FROM, _CANCELLED_FROM))


def refresh_everybody(connection: Connection) -> None:
    """Count every customer anew."""
    connection.execute(delete(known_customer))
    _count(connection, *(asked for asked, _ in _EVERYTHING))


def _joined(asked: _Asked, table: Table, some: Subquery) -> _Asked:
    """What is asked, of some customers alone."""
    return asked.join(some, and_(some.c.store == table.c.store, some.c.customer_id == table.c.customer_id))


def _count(connection: Connection, lines: _Asked, returned: _Asked) -> None:
    """Count customers by the lines and returns that are asked for."""
    changes = _Changes()
    returns: dict[Whose, list[Return]] = {}
    for row in connection.execute(returned):
        if row.customer_id:
            returns.setdefault((row.store, row.customer_id), []).append(_return(row))
    for whose, group in groupby(connection.execute(lines), key=_whose):
        if whose[1]:
            changes.add(whose, _purchases(group), returns.pop(whose, ()))
        else:
            for _, one in groupby(group, key=_number):
                changes.add_worth(_purchases(one))
        changes.write(connection, least=_BATCH)
    for whose, alone in returns.items():
        changes.add(whose, (), alone)
    changes.write(connection)


def refresh_order(connection: Connection, number: int) -> None:
    """Say anew what an order is worth that is nobody's."""
    changes = _Changes()
    changes.add_worth(_purchases(connection.execute(_LINES_OF_ORDER, {"number": number})))
    changes.write(connection)


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


class _Changes:
    """What is to be written, many rows at a time."""

    def __init__(self) -> None:
        self._made: list[dict[str, object]] = []
        self._worth: list[dict[str, object]] = []
        self._returned: list[dict[str, object]] = []

    def add(
        self, whose: Whose, purchases: Sequence[Purchase], returns: Sequence[Return], start: Standing | None = None
    ) -> None:
        """A customer's rows, and what orders and lines are worth now where that changed."""
        key = {"store": whose[0], "customer_id": whose[1]}
        self._made += [_row(key, one) for one in standings(purchases, returns, start=start)]
        self.add_worth(purchases)
        self._returned += [
            {"number": purchase.number, "line": item.line_id, "pieces": item.returned}
            for purchase in purchases
            for item in purchase.items
            if item.returned != item.on_record
        ]

    def add_worth(self, purchases: Iterable[Purchase]) -> None:
        """What orders are worth now where that changed."""
        worth = ((one, one.worth_on(date.max)) for one in purchases)
        self._worth += [{"number": one.number, "parts": parts} for one, parts in worth if parts != one.on_record]

    def write(self, connection: Connection, *, least: int = 1) -> None:
        """Write what there is, where it is worth while."""
        if sum(map(len, (self._made, self._worth, self._returned))) < least:
            return
        for statement, rows in ((_INSERT, self._made), (_WORTH, self._worth), (_RETURNED, self._returned)):
            if rows:
                connection.execute(statement, rows)
                rows.clear()


def _whose(row: _Row) -> Whose:
    return row[0], row[1]


def _number(row: _Row) -> int:
    return int(row[2])


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
