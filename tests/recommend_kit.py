"""Sales as tests of the recommendations use them: small shops whose customers have habits."""

import random
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from packslip.history import History
from packslip.model import Address, Line, Order, OrderKey, Parcel, Where, settle_parcel
from packslip.recommend.baskets import Baskets

FIRST = date(2026, 1, 1)


def sales(rows: Iterable[tuple[int, str, str, str]]) -> pd.DataFrame:
    """Lines of sales from (day counted from the first, order, customer, SKUs, a letter each)."""
    lines = [(FIRST + timedelta(days=day), order, customer, sku) for day, order, customer, skus in rows for sku in skus]
    return pd.DataFrame(lines, columns=["day", "order", "customer", "sku"])


def baskets(rows: Iterable[tuple[int, str, str, str]]) -> Baskets:
    """The same as baskets."""
    return Baskets.of(sales(rows))


def habits(customers: int = 60, *, seed: int = 7) -> list[tuple[int, str, str, str]]:
    """A shop in which B follows A and D follows C, E is bought by everybody, and K to T by chance."""
    chance = random.Random(seed)
    rows = []
    for number in range(customers):
        first, then = ("A", "B") if number % 2 else ("C", "D")
        day = chance.randrange(60)
        for skus in (first, then):
            extra = "".join(chance.sample("KLMNOPQRST", 2)) + ("E" if chance.random() < 0.3 else "")
            rows.append((day, f"{number}-{skus}", f"c{number}", skus + extra))
            day += chance.randrange(5, 30)
    return rows


def orders(rows: Iterable[tuple[int, str, str, str]], *, store: str = "oriel-ash") -> list[tuple[Order, Parcel]]:
    """The same as orders of a store, each with its parcel."""
    where = Where(file="orders.csv", line=2)
    made = [
        Order(
            key=OrderKey(store=store, order_id=order, parcel=1),
            order_date=FIRST + timedelta(days=day),
            currency="GBP",
            locale="en-GB",
            customer_id=customer,
            ship_to=Address(name="A Reader", country="GB"),
            lines=tuple(
                Line(line_id=str(number), sku=sku, description=sku, quantity=1, where=where)
                for number, sku in enumerate(skus, 1)
            ),
            where=where,
        )
        for day, order, customer, skus in rows
    ]
    return [(order, settle_parcel(order, {})[0]) for order in made]


def remember(path: Path, rows: Iterable[tuple[int, str, str, str]], *, store: str = "oriel-ash") -> None:
    """Put orders into a history."""
    with History.open(path) as history:
        history.add_all(orders(rows, store=store))
