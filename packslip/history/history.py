"""History: what is known of a customer and of the products before an order.

Owns the file of known orders and the facts drawn from it. What a customer is called and what follows from the facts is
the rules' business; what earlier parcels of an order held is the ledger's.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Self

import pandas as pd
from sqlalchemy import Engine, bindparam, select

from packslip.history.bought import purchases
from packslip.history.opening import open_engine, writing
from packslip.history.past import Seen, look, past_of
from packslip.history.sales import Sales
from packslip.history.schema import known_line, known_order
from packslip.history.shelf import Shelf
from packslip.history.writing import category_of, write_orders
from packslip.library.catalogue import Catalogue
from packslip.library.literals import fold
from packslip.model import Facts, Order, Parcel
from packslip.recommend import Advice, Occasion

#: Says what to recommend on an occasion, None where it cannot.
Adviser = Callable[[Occasion, Catalogue], Advice | None]

_MOST_SHELVES = 16
_BATCH = 500  #: orders written in one transaction
_NO_CATALOGUE = Catalogue()

_SALES = (
    select(known_order.c.ordered_on.label("day"), known_order.c.id.label("order"), known_line.c.sku)
    .distinct()
    .join(known_line)
    .where(
        known_order.c.store == bindparam("store"),
        known_order.c.cancelled_on.is_(None),
        known_line.c.sku != "",
        known_line.c.quantity > known_line.c.returned,
    )
    .order_by(known_order.c.ordered_on, known_order.c.id, known_line.c.sku)
)


@dataclass(slots=True, eq=False)
class _Addition:
    """An order that a thread waits to have written."""

    order: Order
    parcel: Parcel
    is_written: bool = False


def no_advice(_occasion: Occasion, _catalogue: Catalogue) -> None:
    """The adviser that never has any."""


class History:
    """Known orders. Safe with several threads; other processes may read and write at the same time."""

    def __init__(self, engine: Engine | None) -> None:
        """Opened by `History.open`; without an engine it is empty and stays so."""
        self._engine = engine
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._additions: deque[_Addition] = deque()
        self._sales: dict[str, tuple[int, Sales]] = {}  #: store → newest order when counted, its orders
        self._shelves: dict[tuple[str, str, date], tuple[Catalogue, Sales, Shelf]] = {}

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """The history in a file; read only and not there yet, it is empty.

        Raises:
            WorkspaceError: the file is no history, or a newer packslip wrote it.
        """
        if read_only and not path.exists():
            return cls(None)
        return cls(open_engine(path, read_only=read_only))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._engine is not None:
            self._engine.dispose()

    def add(self, order: Order, parcel: Parcel, catalogue: Catalogue = _NO_CATALOGUE) -> None:
        """Remember an order that was printed. Said again, or with another parcel, only lines not yet known count.

        The catalogue names the category of lines that name none. Threads that come while another one writes are written
        together, by the first of them.
        """
        mine = _Addition(order, parcel)
        self._additions.append(mine)
        with self._writing:
            if mine.is_written:
                return
            batch = [self._additions.popleft() for _ in range(len(self._additions))]
            try:
                self._write([(one.order, one.parcel) for one in batch], catalogue)
            except BaseException:
                self._additions.extendleft(one for one in reversed(batch) if one is not mine)
                raise
            for one in batch:
                one.is_written = True

    def add_all(self, orders: Iterable[tuple[Order, Parcel]], catalogue: Catalogue = _NO_CATALOGUE) -> None:
        """Remember many orders, some hundred to a transaction."""
        batch: list[tuple[Order, Parcel]] = []
        for pair in orders:
            batch.append(pair)
            if len(batch) == _BATCH:
                self._write_alone(batch, catalogue)
                batch = []
        if batch:
            self._write_alone(batch, catalogue)

    def facts(self, order: Order, catalogue: Catalogue, today: date, adviser: Adviser = no_advice) -> Facts:
        """What is known before this order, the order itself left out.

        Of the customer only what is dated before the order's own day, in the same store. Suggestions rest on the orders
        dated before today: the order of work within a day changes nothing. They are the adviser's; where it has none,
        sales are counted here.
        """
        ids = catalogue.ids_of(order.customer_id)
        seen = self._look(order, ids)
        facts = _facts_of_customer(order, catalogue, seen)
        occasion = Occasion(
            store=order.key.store,
            currency=order.currency,
            today=today,
            skus=frozenset(line.sku for line in order.lines if line.sku) | seen.skus,
            categories=frozenset(_categories(order, catalogue)),
            bought=self._purchases(order, ids, today),
        )
        advice = adviser(occasion, catalogue)
        if advice is not None:
            return replace(facts, suggestions=advice.products, suggested_by=advice.model, reasons=advice.reasons)
        shelf = self._shelf(order, catalogue, today, seen.newest)
        bought = frozenset(sku for sku, _ in occasion.bought)
        return replace(facts, suggestions=shelf.suggestions(occasion.skus, _categories(order, catalogue), bought))

    def facts_of_customer(self, order: Order, catalogue: Catalogue) -> Facts:
        """The same without suggestions, which take the longer part of the time."""
        return _facts_of_customer(order, catalogue, self._look(order, catalogue.ids_of(order.customer_id)))

    def _purchases(self, order: Order, ids: Sequence[str], today: date) -> Sequence[tuple[str, date]]:
        if not order.customer_id or self._engine is None:
            return ()
        with self._engine.connect() as connection:
            return purchases(connection, store=order.key.store, ids=ids, order_id=order.key.order_id, before=today)

    def _look(self, order: Order, ids: Sequence[str]) -> Seen:
        if self._engine is None:
            return Seen(day=order.order_date)
        return look(self._engine, order, ids)

    def _shelf(self, order: Order, catalogue: Catalogue, today: date, newest: int) -> Shelf:
        store, currency = order.key.store, order.currency
        with self._lock:
            sales = self._sales_of(store, newest)
            until = sales.before(today)
            known = self._shelves.get((store, currency, today))
            if known is not None and known[0] is catalogue and known[1] is sales:
                return known[2]
            shelf = Shelf(catalogue, sales, store=store, currency=currency, until=until, today=today)
            if len(self._shelves) >= _MOST_SHELVES:
                self._shelves.clear()
            self._shelves[store, currency, today] = catalogue, sales, shelf
            return shelf

    def _sales_of(self, store: str, newest: int) -> Sales:
        """The store's orders, counted anew when a tenth more are known than at the last count."""
        known = self._sales.get(store)
        if known is not None and newest <= known[0] + known[0] // 10 + 10:
            return known[1]
        sales = Sales(self._lines(store))
        self._sales[store] = newest, sales
        return sales

    def _lines(self, store: str) -> pd.DataFrame:
        """The SKUs of the store's orders, by day."""
        if self._engine is None:
            return pd.DataFrame({"day": [], "order": [], "sku": []})
        with self._engine.connect() as connection:
            return pd.read_sql_query(_SALES, connection, params={"store": store})

    def _write_alone(self, batch: list[tuple[Order, Parcel]], catalogue: Catalogue) -> None:
        with self._writing:
            self._write(batch, catalogue)

    def _write(self, batch: list[tuple[Order, Parcel]], catalogue: Catalogue) -> None:
        if self._engine is None:
            raise RuntimeError("a history opened read only takes no orders")
        with writing(self._engine) as connection:
            write_orders(connection, batch, catalogue)


def _facts_of_customer(order: Order, catalogue: Catalogue, seen: Seen) -> Facts:
    categories = [category for line in order.lines if (category := category_of(line, catalogue))]
    past = past_of(seen, order.currency, map(fold, categories)) if order.customer_id else None
    return Facts(
        known_orders=past.orders if past else None,
        past=past,
        customer=catalogue.customer(order.customer_id) if order.customer_id else {},
    )


def _categories(order: Order, catalogue: Catalogue) -> Iterable[str]:
    for line in order.lines:
        product = catalogue.product(line.sku) if line.sku else None
        if line.category:
            yield line.category
        if product is not None and product.category:
            yield product.category
