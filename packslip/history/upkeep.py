"""Keeping the history: whose orders it holds, and letting go of them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, and_, delete, func, select, update

from packslip.history.schema import known_line, known_order, open_engine


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrder:
    """An order that the history holds."""

    store: str
    order_id: str
    customer_id: str
    ordered_on: date
    total: str  #: with its currency, as the shop stated it
    skus: tuple[str, ...] = ()


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
        with self._open() as connection:
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
                    skus=tuple(_skus(connection, row.id)) if named else (),
                )
                for row in found
            )

    def stores(self) -> frozenset[str]:
        """Every store that has an order in it."""
        with self._open() as connection:
            if connection is None:
                return frozenset()
            return frozenset(connection.scalars(select(known_order.c.store).distinct()))

    def forget(self, orders: Sequence[tuple[str, str]], customers: Sequence[tuple[str, str]]) -> int:
        """Delete orders (store, order id) and every order of customers (store, customer id); how many there were."""
        with self._open() as connection:
            if connection is None:
                return 0
            whose = [
                *(and_(known_order.c.store == store, known_order.c.order_id == order) for store, order in orders),
                *(and_(known_order.c.store == store, known_order.c.customer_id == one) for store, one in customers),
            ]
            return sum(
                _delete(connection, list(connection.scalars(select(known_order.c.id).where(at)))) for at in whose
            )

    def blur(self, before: date, *, dry_run: bool = False) -> int:
        """Forget whose the orders dated before a day were; what was bought together stays. How many there were."""
        is_due = and_(known_order.c.customer_id != "", known_order.c.ordered_on < before)
        with self._open() as connection:
            if connection is None:
                return 0
            if dry_run:
                return int(connection.scalar(select(func.count()).select_from(known_order).where(is_due)) or 0)
            return connection.execute(update(known_order).where(is_due).values(customer_id="")).rowcount

    @contextmanager
    def _open(self) -> Iterator[Connection | None]:
        if not self._path.exists():
            yield None
            return
        engine = open_engine(self._path, read_only=False)
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()


def _skus(connection: Connection, order: int) -> Iterable[str]:
    return connection.scalars(select(known_line.c.sku).where(known_line.c.order == order, known_line.c.sku != ""))


def _delete(connection: Connection, numbers: list[int]) -> int:
    connection.execute(delete(known_line).where(known_line.c.order.in_(numbers)))
    return connection.execute(delete(known_order).where(known_order.c.id.in_(numbers))).rowcount
