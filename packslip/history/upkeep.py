"""Keeping the history: whose orders it holds, and letting go of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, update

from packslip.history.importing import CUSTOMERS
from packslip.history.keeping import LATEST, Whose, refresh, refresh_due, standing_of
from packslip.history.money import amount_of
from packslip.history.opening import open_engine, writing
from packslip.history.ranks import recount
from packslip.history.schema import due_customer, known_customer, known_line, known_order, known_return


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrder:
    """An order that the history holds."""

    store: str
    order_id: str
    customer_id: str
    ordered_on: date
    total: str  #: with its currency, as the shop stated it
    refunded: str = ""
    cancelled_on: date | None = None
    skus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownReturn:
    """One line of a return that the history holds."""

    store: str
    return_id: str
    customer_id: str
    returned_on: date
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCustomer:
    """What the history makes of a customer's orders and returns so far."""

    store: str
    customer_id: str
    first_on: date | None
    last_on: date | None
    orders: int
    returns: int
    spend: Mapping[str, Decimal]  #: by currency
    categories: Mapping[str, date]  #: category → day last bought


class HistoryKeeper:
    """A history's file, which may not be there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def orders(
        self, *, store: str | None = None, order_id: str | None = None, customer_id: str | None = None
    ) -> tuple[KnownOrder, ...]:
        """Orders of a store, an id or a customer, or all of them; without their lines where all are asked for."""
        wanted = {"store": store, "order_id": order_id, "customer_id": customer_id}
        named = [known_order.c[name] == value for name, value in wanted.items() if value is not None]
        with self._open(writes=False) as connection:
            if connection is None:
                return ()
            found = connection.execute(select(known_order).where(*named).order_by(known_order.c.id)).all()
            return tuple(
                KnownOrder(
                    store=row.store,
                    order_id=row.order_id,
                    customer_id=row.customer_id,
                    ordered_on=row.ordered_on,
                    total=f"{row.total} {row.currency}" if row.total else "",
                    refunded=f"{row.refunded} {row.currency}" if row.refunded else "",
                    cancelled_on=row.cancelled_on,
                    skus=tuple(_skus(connection, row.id)) if named else (),
                )
                for row in found
            )

    def stores(self) -> frozenset[str]:
        """Every store that has an order in it."""
        with self._open(writes=False) as connection:
            if connection is None:
                return frozenset()
            return frozenset(connection.scalars(select(known_order.c.store).distinct()))

    def knows(self, store: str, customer_id: str) -> bool:
        """Whether an order or a return is a customer's."""
        with self._open(writes=False) as connection:
            return connection is not None and any(
                connection.execute(
                    select(table).where(table.c.store == store, table.c.customer_id == customer_id)
                ).first()
                for table in (known_order, known_return)
            )

    def known(self, customers: Iterable[str]) -> frozenset[str]:
        """Those of some customer ids that any store knows."""
        with self._open(writes=False) as connection:
            if connection is None:
                return frozenset()
            found = connection.scalars(select(known_customer.c.customer_id).distinct())
            return frozenset(found).intersection(customers)

    def returns(self, store: str, customer_id: str) -> tuple[KnownReturn, ...]:
        """What a customer of a store sent back."""
        whose = known_return.c.store == store, known_return.c.customer_id == customer_id
        with self._open(writes=False) as connection:
            if connection is None:
                return ()
            found = connection.execute(select(known_return).where(*whose)).all()
            return tuple(
                KnownReturn(
                    store=row.store,
                    return_id=row.return_id,
                    customer_id=row.customer_id,
                    returned_on=row.returned_on,
                    sku=row.sku,
                    quantity=row.quantity,
                )
                for row in found
            )

    def customer(self, store: str, customer_id: str) -> KnownCustomer | None:
        """What is known of a customer of a store; None where nothing is."""
        with self._open(writes=False) as connection:
            if connection is None:
                return None
            row = connection.execute(LATEST, {"store": store, "customer_id": customer_id}).first()
            if row is None:
                return None
            standing = standing_of(row)
            return KnownCustomer(
                store=store,
                customer_id=customer_id,
                first_on=standing.first_on,
                last_on=standing.last_on,
                orders=standing.orders,
                returns=standing.returns,
                spend={currency: amount_of(parts) for currency, parts in standing.spend.items()},
                categories=standing.categories,
            )

    def forget(self, orders: Sequence[tuple[str, str]], customers: Sequence[tuple[str, str]]) -> int:
        """Delete orders (store, order id) and every order of customers (store, customer id); how many there were.

        Returns of theirs go too, and what was known of the customers; customers who keep other orders are counted anew.
        """
        with self._open() as connection:
            if connection is None:
                return 0
            count, others = 0, set[Whose]()
            for store, order in orders:
                others |= _whose(connection, store, order)
                returned = known_return.c.store == store, known_return.c.return_id == order
                connection.execute(delete(known_return).where(*returned))
                count += _delete(connection, and_(known_order.c.store == store, known_order.c.order_id == order))
            for store, one in customers:
                for table in (known_return, known_customer, due_customer):
                    connection.execute(delete(table).where(table.c.store == store, table.c.customer_id == one))
                count += _delete(connection, and_(known_order.c.store == store, known_order.c.customer_id == one))
            refresh(connection, dict.fromkeys(others.difference(customers), date.min))
            return count

    def blur(self, before: date, *, dry_run: bool = False) -> int:
        """Forget whose the orders dated before a day were; what was bought together stays. How many there were."""
        is_due = and_(known_order.c.customer_id != "", known_order.c.ordered_on < before)
        is_due_too = and_(known_return.c.customer_id != "", known_return.c.returned_on < before)
        with self._open(writes=not dry_run) as connection:
            if connection is None:
                return 0
            if dry_run:
                return int(connection.scalar(select(func.count()).select_from(known_order).where(is_due)) or 0)
            whose: set[Whose] = set()
            for table, due in ((known_order, is_due), (known_return, is_due_too)):
                found = connection.execute(select(table.c.store, table.c.customer_id).where(due).distinct())
                whose.update((row.store, row.customer_id) for row in found)
            count = connection.execute(update(known_order).where(is_due).values(customer_id="")).rowcount
            connection.execute(update(known_return).where(is_due_too).values(customer_id=""))
            refresh(connection, dict.fromkeys(whose, date.min))
            return count

    def rank(self, day: date, same: Mapping[str, str]) -> None:
        """Rank every store's customers by what happened before a day; `same` tells whose second ids some ids are.

        Customers whom an import that was cut short left uncounted are counted first.
        """
        with self._open() as connection:
            if connection is not None:
                while refresh_due(connection, CUSTOMERS):
                    pass
                recount(connection, day, same)

    @contextmanager
    def _open(self, *, writes: bool = True) -> Iterator[Connection | None]:
        if not self._path.exists():
            yield None
            return
        engine = open_engine(self._path, read_only=not writes)
        try:
            with writing(engine) if writes else engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()


def _skus(connection: Connection, order: int) -> Iterable[str]:
    return connection.scalars(select(known_line.c.sku).where(known_line.c.order == order, known_line.c.sku != ""))


def _whose(connection: Connection, store: str, order_id: str) -> set[Whose]:
    """Who has an order or a return of an id."""
    found: set[Whose] = set()
    for table, name in ((known_order, known_order.c.order_id), (known_return, known_return.c.return_id)):
        ids = connection.scalars(select(table.c.customer_id).where(table.c.store == store, name == order_id))
        found.update((store, one) for one in ids if one)
    return found


def _delete(connection: Connection, whose: ColumnElement[bool]) -> int:
    numbers = list(connection.scalars(select(known_order.c.id).where(whose)))
    connection.execute(delete(known_line).where(known_line.c.order.in_(numbers)))
    return connection.execute(delete(known_order).where(known_order.c.id.in_(numbers))).rowcount
