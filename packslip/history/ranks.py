"""Ranks: how a customer compares with the others of a store, by recency, frequency and spend; and how long they wait.

Ranks go from 1 to 5, a fifth of the customers each: 5 for those who ordered last, most often, for most. Who is alike
ranks alike, so that a fifth may be larger. Spend ranks among those who spent in the same currency. Days since the last
order are counted to the store's newest order, so that a shop that closed for a month ranks nobody lower.
Source: A. M. Hughes, Strategic Database Marketing (1994), chapter on recency, frequency and monetary value.

The time to the next order is expected as if a customer ordered by chance at a steady pace of their own, and paces were
spread among customers as a gamma distribution: the mean of what is known of the customer, with one interval of the
store's added. The more they ordered, the less the store counts.
Source: A. S. C. Ehrenberg, The Pattern of Consumer Purchases, Applied Statistics 8 (1959), 26-41.
"""

import json
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import numpy as np
from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.dialects.sqlite import insert

from packslip.history.schema import known_customer, known_order, store_ranks

_FIFTHS = (0.2, 0.4, 0.6, 0.8)

Cuts = tuple[int, ...]  #: the four values that part five fifths, ascending

_LATEST = (
    select(
        known_customer.c.customer_id,
        func.max(known_customer.c.day),  # the other columns are of that row, as SQLite promises
        known_customer.c.first_on,
        known_customer.c.last_on,
        known_customer.c.orders,
        known_customer.c.days,
        known_customer.c.spend,
    )
    .where(known_customer.c.store == bindparam("store"), known_customer.c.day < bindparam("day"))
    .group_by(known_customer.c.customer_id)
)
_STORES = select(known_order.c.store).distinct()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """What parts the fifths of one store's customers on one day."""

    customers: int = 0
    recency: Cuts = ()  #: days since the last order
    frequency: Cuts = ()  #: orders
    spend: Mapping[str, Cuts] = field(default_factory=dict)  #: currency → ten-thousandths
    between_days: int | None = None  #: from one order to the next, for the middle one of those who came back

    def rank_recency(self, days: int) -> int | None:
        """5 for who ordered last."""
        return 5 - bisect_left(self.recency, days) if self.recency else None

    def rank_frequency(self, orders: int) -> int | None:
        """5 for who ordered most often."""
        return 1 + bisect_left(self.frequency, orders) if self.frequency else None

    def rank_spend(self, currency: str, parts: int) -> int | None:
        """5 for who spent most in a currency."""
        cuts = self.spend.get(currency, ())
        return 1 + bisect_left(cuts, parts) if cuts else None

    def next_order_in(self, *, first_on: date | None, days: int, day: date) -> int | None:
        """Days from an order of this day to the next, for who ordered on so many days before it, since the first.

        None where neither the customer nor the store tells.
        """
        waited = (day - first_on).days if first_on else 0
        if self.between_days is None:
            return round(waited / days) if days else None
        return round((self.between_days + waited) / (1 + days))


NOBODY = Ranks()  #: where nobody was ranked yet


@dataclass(slots=True)
class _Person:
    """A customer, under all their ids."""

    first_on: date
    last_on: date
    orders: int
    days: int
    spend: dict[str, int]


def recount(connection: Connection, day: date, same: Mapping[str, str]) -> None:
    """Rank the customers of every store by what happened before a day. `same`: ids that are another customer's too."""
    for store in connection.scalars(_STORES).all():
        ranks = _rank(_persons(connection, store, day, same))
        row = {"store": store, "day": day, "ranks": _as_text(ranks)}
        written = insert(store_ranks).values(row)
        connection.execute(written.on_conflict_do_update(index_elements=["store", "day"], set_={"ranks": row["ranks"]}))


@lru_cache(maxsize=64)
def ranks_of(text: str) -> Ranks:
    """The ranks that a row of `store_ranks` holds."""
    values = json.loads(text)
    return Ranks(
        customers=values["customers"],
        recency=tuple(values["recency"]),
        frequency=tuple(values["frequency"]),
        spend={currency: tuple(cuts) for currency, cuts in values["spend"].items()},
        between_days=values["between_days"],
    )


def _persons(connection: Connection, store: str, day: date, same: Mapping[str, str]) -> list[_Person]:
    persons: dict[str, _Person] = {}
    for row in connection.execute(_LATEST, {"store": store, "day": day}):
        if not row.orders:
            continue
        name = same.get(row.customer_id, row.customer_id)
        known = persons.get(name)
        if known is None:
            persons[name] = _Person(row.first_on, row.last_on, row.orders, row.days, json.loads(row.spend))
            continue
        known.first_on, known.last_on = min(known.first_on, row.first_on), max(known.last_on, row.last_on)
        known.orders += row.orders
        known.days += row.days
        for currency, parts in json.loads(row.spend).items():
            known.spend[currency] = known.spend.get(currency, 0) + parts
    return list(persons.values())


def _rank(persons: list[_Person]) -> Ranks:
    spend: dict[str, list[int]] = {}
    for one in persons:
        for currency, parts in one.spend.items():
            spend.setdefault(currency, []).append(parts)
    waits = [(one.last_on - one.first_on).days / (one.days - 1) for one in persons if one.days > 1]
    last = max((one.last_on for one in persons), default=date.min)
    return Ranks(
        customers=len(persons),
        recency=_cuts([(last - one.last_on).days for one in persons]),
        frequency=_cuts([one.orders for one in persons]),
        spend={currency: _cuts(amounts) for currency, amounts in sorted(spend.items())},
        between_days=round(float(np.median(waits))) if waits else None,
    )


def _cuts(values: list[int]) -> Cuts:
    """Values of the list itself at its fifths."""
    if not values:
        return ()
    return tuple(int(cut) for cut in np.quantile(np.asarray(values, dtype=np.int64), _FIFTHS, method="inverted_cdf"))


def _as_text(ranks: Ranks) -> str:
    return json.dumps(
        {
            "customers": ranks.customers,
            "recency": ranks.recency,
            "frequency": ranks.frequency,
            "spend": ranks.spend,
            "between_days": ranks.between_days,
        }
    )
