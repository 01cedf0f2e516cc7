"""Baskets: the sales of one store as numbers, by day.

A basket is what a customer bought on one day; where nobody knows the customer, it is an order. Customers are numbers
that mean nothing outside: only whose baskets belong together is kept.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd
from scipy import sparse

from packslip.recommend.arrays import Numbers, Scores

_EPOCH = pd.Timestamp(1970, 1, 1)
#: customer of a basket that nobody knows
NOBODY = -1


@dataclass(frozen=True, kw_only=True)
class Baskets:
    """Baskets by day; SKUs are numbered by their place in `skus`."""

    skus: tuple[str, ...]
    days: Numbers  #: of each basket, counted from 1970, never falling
    customers: Numbers  #: of each basket, `NOBODY` where unknown
    starts: Numbers  #: where each basket begins among the items, and behind the last one where it ends
    items: Numbers  #: SKU numbers, each once in a basket

    @classmethod
    def of(cls, lines: pd.DataFrame) -> Self:
        """From a row for each SKU of an order: `day`, `order`, `customer` ("" for unknown) and `sku`, in any order."""
        items, skus = pd.factorize(lines["sku"], sort=True)
        customer = lines["customer"]
        customers, _ = pd.factorize(customer.where(customer != ""), sort=True)
        orders, _ = pd.factorize(lines["order"], sort=True)
        rows = pd.DataFrame(
            {
                "day": (pd.to_datetime(lines["day"]) - _EPOCH).dt.days.to_numpy(dtype=np.int64),
                "customer": customers,
                "order": np.where(customers == NOBODY, orders, NOBODY),
                "item": items,
            }
        )
        rows = rows.drop_duplicates().sort_values(["day", "customer", "order", "item"], ignore_index=True)
        key = rows[["day", "customer", "order"]].to_numpy(dtype=np.int64)
        is_first = np.ones(len(rows), dtype=bool)
        is_first[1:] = (key[1:] != key[:-1]).any(axis=1)
        firsts = np.flatnonzero(is_first).astype(np.int64)
        return cls(
            skus=tuple(str(sku) for sku in skus),
            days=key[firsts, 0],
            customers=key[firsts, 1],
            starts=np.append(firsts, len(rows)).astype(np.int64),
            items=rows["item"].to_numpy(dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.days)

    def before(self, day: int) -> "Baskets":
        """The baskets of the days before one; SKUs keep their numbers."""
        count = int(np.searchsorted(self.days, day, side="left"))
        return Baskets(
            skus=self.skus,
            days=self.days[:count],
            customers=self.customers[:count],
            starts=self.starts[: count + 1],
            items=self.items[: self.starts[count]],
        )

    def basket(self, number: int) -> Numbers:
        """The SKUs of one basket."""
        return self.items[self.starts[number] : self.starts[number + 1]]

    @cached_property
    def matrix(self) -> sparse.csr_array:
        """A row of ones and zeros for each basket."""
        ones = np.ones(len(self.items))
        return sparse.csr_array((ones, self.items, self.starts), shape=(len(self), len(self.skus)))

    @cached_property
    def sold(self) -> Numbers:
        """In how many baskets each SKU stands."""
        return np.bincount(self.items, minlength=len(self.skus)).astype(np.int64)

    def weighted(self, weights: Scores) -> Scores:
        """The sum of some weights of the baskets that each SKU stands in."""
        repeated = np.repeat(weights, np.diff(self.starts))
        return np.bincount(self.items, repeated, minlength=len(self.skus)).astype(np.float64)

    @cached_property
    def of_customers(self) -> tuple[Numbers, ...]:
        """The baskets of each known customer, by day."""
        known = np.flatnonzero(self.customers != NOBODY)
        ranked = known[np.argsort(self.customers[known], kind="stable")]
        borders = np.flatnonzero(np.diff(self.customers[ranked])) + 1
        return tuple(np.split(ranked, borders)) if len(ranked) else ()
