"""Taking past orders in, portion by portion, each in a transaction of its own that also says how far the file is read.

So an import that was cut short goes on where it was, and the same file again adds nothing. An order that is known is
left as it is, whoever told of it first, but for a cancellation or a refund that is news. Customers are counted anew
when the orders are in; who still waits for that is on record too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.dialects.sqlite import insert

from packslip.history.keeping import refresh_due, refresh_order
from packslip.history.money import parts_of
from packslip.history.opening import open_engine, writing
from packslip.history.ranks import recount
from packslip.history.schema import due_customer, known_import, known_order, known_return
from packslip.history.standing import stated_worth
from packslip.model import SoldLine, SoldOrder

CUSTOMERS = 500  #: counted anew in one transaction
_CACHE_KB = 65_536  #: so that readers wait for the end of a transaction at most, not all of it

_NEW_ORDERS = (
    insert(known_order)
    .on_conflict_do_nothing()
    .returning(known_order.c.id, known_order.c.store, known_order.c.order_id)
)
_INSERT_LINE = (
    'INSERT INTO known_line ("order", line_id, sku, category, quantity, unit_price, discount) '
    "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_HAS_RETURN = (
    select(known_return.c.line_id)
    .where(known_return.c.store == bindparam("store"), known_return.c.return_id == bindparam("return_id"))
    .limit(1)
)
_KNOWN = select(known_order).where(
    known_order.c.store == bindparam("store"), known_order.c.order_id == bindparam("order_id")
)
_INSERT_RETURN = insert(known_return).on_conflict_do_nothing()
_DUE = insert(due_customer).on_conflict_do_nothing()


@dataclass(slots=True, kw_only=True)
class Taken:
    """What an import has brought so far."""

    orders: int = 0  #: that were not known
    lines: int = 0
    returns: int = 0  #: lines that came back
    cancelled: int = 0
    known: int = 0  #: orders and returns that were known before
    customers: int = 0  #: that were counted anew


class HistoryImport:
    """One file on its way into the history."""

    def __init__(self, path: Path, digest: str) -> None:
        """`digest` stands for the file and for how it is read."""
        self._engine = open_engine(path, read_only=False)
        self._digest = digest
        self.taken = Taken()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.dispose()

    def read_up_to(self) -> int | None:
        """The line up to which the file is in already, 0 for a new file, None for one that is in whole."""
        with self._engine.connect() as connection:
            found = connection.execute(select(known_import).where(known_import.c.digest == self._digest)).first()
        if found is None:
            return 0
        return None if found.is_done else int(found.line)

    def take(self, orders: Sequence[SoldOrder], line: int, categories: Mapping[str, str]) -> None:
        """Write a portion: everything up to a line of the file is in then.

        `categories` are those of the catalogue by SKU, for lines that name none.
        """
        with writing(self._engine) as connection:
            connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_KB}")
            due = self._write(connection, orders, categories)
            if due:
                connection.execute(_DUE, [{"store": store, "customer_id": one} for store, one in sorted(due)])
            self._note(connection, line, is_done=False)

    def finish(self, day: date, same: Mapping[str, str], told: Callable[[int, int], None]) -> None:
        """Count the customers anew and rank them as of a day; `told` hears how many of how many are done."""
        with self._engine.connect() as connection:
            total = int(connection.scalar(select(func.count()).select_from(due_customer)) or 0)
        while count := self._settle():
            self.taken.customers += count
            told(self.taken.customers, total)
        with writing(self._engine) as connection:
            recount(connection, day, same)
            self._note(connection, 0, is_done=True)

    def _settle(self) -> int:
        with writing(self._engine) as connection:
            return refresh_due(connection, CUSTOMERS)

    def _note(self, connection: Connection, line: int, *, is_done: bool) -> None:
        row = {"digest": self._digest, "line": line, "is_done": is_done}
        written = insert(known_import).values(row)
        connection.execute(written.on_conflict_do_update(index_elements=["digest"], set_=row))

    def _write(
        self, connection: Connection, orders: Sequence[SoldOrder], categories: Mapping[str, str]
    ) -> set[tuple[str, str]]:
        """Write what is new; whose it is."""
        due: set[tuple[str, str]] = set()
        sold = {(one.store, one.order_id): one for one in orders if one.lines}
        fresh = self._insert(connection, sold, categories)
        for key, order in sold.items():
            if key in fresh:
                self.taken.cancelled += order.cancelled_on is not None
                due.add((order.store, order.customer_id))
            else:
                self.taken.known += 1
                due |= self._amend(connection, order)
        due |= self._insert_returns(connection, [one for one in orders if one.returned])
        return {whose for whose in due if whose[1]}

    def _insert(
        self, connection: Connection, sold: Mapping[tuple[str, str], SoldOrder], categories: Mapping[str, str]
    ) -> Mapping[tuple[str, str], int]:
        if not sold:
            return {}
        rows = [_order_row(order) for order in sold.values()]
        fresh = {(row.store, row.order_id): row.id for row in connection.execute(_NEW_ORDERS, rows)}
        lines = [_line_row(number, line, categories) for key, number in fresh.items() for line in sold[key].lines]
        if lines:
            connection.exec_driver_sql(_INSERT_LINE, lines)
        self.taken.orders += len(fresh)
        self.taken.lines += len(lines)
        return fresh

    def _amend(self, connection: Connection, order: SoldOrder) -> set[tuple[str, str]]:
        """Add a cancellation or a refund to an order that is known."""
        if order.cancelled_on is None and not order.refunded:
            return set()
        known = connection.execute(_KNOWN, {"store": order.store, "order_id": order.order_id}).one()
        refunded = str(order.refunded) if order.refunded else known.refunded
        cancelled_on = known.cancelled_on or order.cancelled_on
        if (refunded, cancelled_on) == (known.refunded, known.cancelled_on):
            return set()
        self.taken.cancelled += cancelled_on != known.cancelled_on
        changed = known_order.update().where(known_order.c.id == known.id)
        connection.execute(changed.values(refunded=refunded, cancelled_on=cancelled_on))
        if not known.customer_id:
            refresh_order(connection, known.id)
        return {(order.store, known.customer_id)}

    def _insert_returns(self, connection: Connection, orders: Iterable[SoldOrder]) -> set[tuple[str, str]]:
        due: set[tuple[str, str]] = set()
        for order in orders:
            key = {"store": order.store, "return_id": order.order_id}
            if connection.execute(_HAS_RETURN, key).first() is not None:
                self.taken.known += not order.lines
                continue
            customer_id = order.customer_id
            if order.lines:  # the order itself knows best whose it is, and whether that is to be known
                named = {"store": order.store, "order_id": order.order_id}
                customer_id = connection.execute(_KNOWN, named).one().customer_id
            connection.execute(_INSERT_RETURN, [_return_row(order, customer_id, line) for line in order.returned])
            self.taken.returns += len(order.returned)
            due.add((order.store, customer_id))
        return due


def _order_row(order: SoldOrder) -> dict[str, object]:
    lines = ((one.quantity, parts_of(one.unit_price), parts_of(one.discount) or 0) for one in order.lines)
    stated = stated_worth(parts_of(order.total), lines)
    left = None if stated is None else max(0, stated - (parts_of(order.refunded) or 0))
    return {
        "store": order.store,
        "order_id": order.order_id,
        "customer_id": order.customer_id,
        "ordered_on": order.day,
        "currency": order.currency,
        "total": _text(order.total),
        "refunded": _text(order.refunded),
        "cancelled_on": order.cancelled_on,
        "worth": left if order.cancelled_on is None else 0,
    }


def _line_row(number: int, line: SoldLine, categories: Mapping[str, str]) -> tuple[object, ...]:
    return (
        number,
        line.line_id,
        line.sku,
        line.category or categories.get(line.sku, ""),
        line.quantity,
        _text(line.unit_price),
        _text(line.discount),
    )


def _return_row(order: SoldOrder, customer_id: str, line: SoldLine) -> dict[str, object]:
    return {
        "store": order.store,
        "return_id": order.order_id,
        "line_id": line.line_id,
        "customer_id": customer_id,
        "returned_on": order.day,
        "sku": line.sku,
        "quantity": line.quantity,
        "unit_price": _text(line.unit_price),
    }


def _text(amount: object) -> str | None:
    return None if amount is None else str(amount)
