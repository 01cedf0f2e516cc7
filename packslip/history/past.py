"""Past: what is known of a customer before an order, read in one look and put together for the rules.

As of the order's own day, which is that of its first parcel: what the same day or a later one brought is left out, so
that a retry, another parcel and a render of last year's file get the answer they would have got then.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine, Select, bindparam, func, literal, select, true
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import DBAPICursor

from packslip.history.keeping import BEFORE
from packslip.history.money import amount_of
from packslip.history.ranks import NOBODY, Ranks, ranks_of
from packslip.history.schema import known_line, known_order, store_ranks
from packslip.history.standing import Standing
from packslip.model import Order, Past


@dataclass(frozen=True, slots=True)
class _Asked:
    """A statement for SQLite's own cursor: asked before every order, it is compiled once and read without types."""

    sql: str
    constants: Mapping[str, object]

    @classmethod
    def by(cls, statement: Select[*tuple[Any, ...]]) -> "_Asked":
        compiled = statement.compile(dialect=sqlite.dialect(paramstyle="named"))
        return cls(str(compiled), {name: value for name, value in compiled.params.items() if value is not None})

    def rows(self, cursor: DBAPICursor, **given: object) -> list[tuple[Any, ...]]:
        cursor.execute(self.sql, {**self.constants, **given})
        return list(cursor.fetchall())


def _look() -> Select[*tuple[Any, ...]]:
    """The newest order's number, the store's ranks as of the day or else the oldest there are, and the standing."""
    of_store = select(store_ranks.c.ranks).where(store_ranks.c.store == bindparam("store"))
    then = of_store.where(store_ranks.c.day <= bindparam("day")).order_by(store_ranks.c.day.desc()).limit(1)
    oldest = of_store.order_by(store_ranks.c.day).limit(1)
    newest = select(func.coalesce(func.max(known_order.c.id), 0))
    one, standing = select(literal(1)).subquery("one"), BEFORE.subquery("standing")
    return select(
        newest.scalar_subquery().label("newest"),
        func.coalesce(then.scalar_subquery(), oldest.scalar_subquery()).label("ranks"),
        standing,
    ).select_from(one.outerjoin(standing, true()))


_OWN = _Asked.by(
    select(known_order.c.ordered_on, known_line.c.sku)
    .select_from(known_order.outerjoin(known_line))
    .where(known_order.c.store == bindparam("store"), known_order.c.order_id == bindparam("order_id"))
)
_LOOK = _Asked.by(_look())
_BEFORE = _Asked.by(BEFORE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one look at the file tells of an order and its customer."""

    day: date  #: the order's own
    skus: frozenset[str] = frozenset()  #: what earlier parcels said is in this order
    newest: int = 0  #: number of the newest order of all stores
    standing: Standing | None = None
    ranks: Ranks = NOBODY


def look(engine: Engine, order: Order, ids: Sequence[str]) -> Seen:
    """What the history says before an order of a customer, known by some ids, the order's own first."""
    store = order.key.store
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        own = _OWN.rows(cursor, store=store, order_id=order.key.order_id)
        day = min([order.order_date, *(date.fromisoformat(ordered_on) for ordered_on, _ in own)])
        asked = {"store": store, "day": day.isoformat()}
        ((newest, ranks, *standing),) = _LOOK.rows(cursor, customer_id=ids[0], **asked)
        others = [row for one in ids[1:] for row in _BEFORE.rows(cursor, customer_id=one, **asked)]
    return Seen(
        day=day,
        skus=frozenset(sku for _, sku in own if sku),
        newest=newest,
        standing=together([_standing(row) for row in (standing, *others) if row[0] is not None]),
        ranks=ranks_of(ranks) if ranks else NOBODY,
    )


def _standing(row: Sequence[Any]) -> Standing:
    """The standing that a row of `known_customer` holds, as SQLite gives it."""
    _store, _customer, day, first_on, last_on, orders, days, returns, spend, categories = row
    return Standing(
        day=date.fromisoformat(day),
        first_on=date.fromisoformat(first_on) if first_on else None,
        last_on=date.fromisoformat(last_on) if last_on else None,
        orders=orders,
        days=days,
        returns=returns,
        spend=json.loads(spend),
        categories={name: date.fromisoformat(day) for name, day in json.loads(categories).items()},
    )


def together(standings: Sequence[Standing]) -> Standing | None:
    """One customer's standing out of those under several ids."""
    if len(standings) < 2:
        return standings[0] if standings else None
    spend: dict[str, int] = {}
    categories: dict[str, date] = {}
    for one in standings:
        for currency, parts in one.spend.items():
            spend[currency] = spend.get(currency, 0) + parts
        for category, day in one.categories.items():
            categories[category] = max(day, categories.get(category, day))
    return Standing(
        day=max(one.day for one in standings),
        first_on=min((one.first_on for one in standings if one.first_on), default=None),
        last_on=max((one.last_on for one in standings if one.last_on), default=None),
        orders=sum(one.orders for one in standings),
        days=sum(one.days for one in standings),
        returns=sum(one.returns for one in standings),
        spend=spend,
        categories=categories,
    )


def past_of(seen: Seen, currency: str, categories: Iterable[str]) -> Past:
    """What the rules may ask; `categories` are those of the order, folded."""
    known = seen.standing or Standing(day=seen.day)
    since = None if known.last_on is None else (seen.day - known.last_on).days
    return Past(
        day=seen.day,
        orders=known.orders,
        first_on=known.first_on,
        last_on=known.last_on,
        days_since_last=since,
        spend={name: amount_of(parts) for name, parts in known.spend.items()},
        returns=known.returns,
        categories=known.categories,
        new_categories=frozenset(categories) - known.categories.keys(),
        recency=None if since is None else seen.ranks.rank_recency(since),
        frequency=seen.ranks.rank_frequency(known.orders) if known.orders else None,
        monetary=seen.ranks.rank_spend(currency, known.spend[currency])
        if known.orders and currency in known.spend
        else None,
        next_order_in=seen.ranks.next_order_in(first_on=known.first_on, days=known.days, day=seen.day),
    )
