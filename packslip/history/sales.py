"""Sales: known orders of one store in memory, for counting what sells and what is bought together.

Pure arithmetic over a snapshot. Everything is counted up to a day, so that the orders of one day get the same answer in
any order of work.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

Numbers = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float64]

_EPOCH = pd.Timestamp(1970, 1, 1)

#: Added under the fraction, so that two products bought once, and together, do not outrank two hundred pairs.
_DAMPING = 4.0
_MOST_REMEMBERED = 64_000_000  #: bytes of counts kept between two orders


class Sales:
    """The orders of one store, by day and SKU."""

    def __init__(self, lines: pd.DataFrame) -> None:
        """`lines` has a row for each SKU of an order: `day`, `order` (a number) and `sku`, sorted by day and order."""
        items, skus = pd.factorize(lines["sku"])
        self.skus: Sequence[str] = tuple(skus)
        self._sku_numbers = {sku: number for number, sku in enumerate(self.skus)}
        self._items: Numbers = items.astype(np.int64)
        order = lines["order"]
        firsts: Numbers = np.flatnonzero(order.ne(order.shift())).astype(np.int64)
        self.orders: int = len(firsts)
        days = pd.to_datetime(lines["day"].iloc[firsts])
        self._days: Numbers = np.asarray((days - _EPOCH).dt.days, dtype=np.int64)
        self._starts: Numbers = np.concatenate([firsts, [len(lines)]])
        self._order_of_item: Numbers = np.repeat(np.arange(self.orders), np.diff(self._starts))
        by_sku = np.argsort(self._items, kind="stable")
        counts = np.bincount(self._items, minlength=len(self.skus))
        self._postings = np.split(self._order_of_item[by_sku], np.cumsum(counts)[:-1]) if len(lines) else []
        self._together: dict[tuple[int, int], npt.NDArray[np.int32]] = {}
        self._sold: tuple[int, Numbers] = (-1, np.zeros(0, dtype=np.int64))

    def number(self, sku: str) -> int | None:
        """The number of a SKU in this snapshot's arrays, None where it never sold."""
        return self._sku_numbers.get(sku)

    def before(self, day: date) -> int:
        """How many orders are dated before a day; the `until` of the other methods."""
        return int(np.searchsorted(self._days, (day - _EPOCH.date()).days, side="left"))

    def sold(self, until: int) -> Numbers:
        """In how many of the first orders each SKU stands, by SKU number."""
        if self._sold[0] != until:
            self._together.clear()
            self._sold = until, np.bincount(self._items[: self._starts[until]], minlength=len(self.skus))
        return self._sold[1]

    def affinity(self, numbers: Sequence[int], until: int) -> Scores:
        """How much each SKU goes with the given ones, by SKU number; zero where they never met.

        For every pair the orders they share over the geometric mean of the orders either is in, summed.
        """
        sold = self.sold(until)
        total = np.zeros(len(self.skus))
        for number in sorted(set(numbers)):
            shared = self._shared(number, until)
            total += shared / (np.sqrt(sold[number] * sold) + _DAMPING)
        return total

    def _shared(self, number: int, until: int) -> npt.NDArray[np.int32]:
        """In how many of the first orders each SKU stands together with this one."""
        known = self._together.get((number, until))
        if known is None:
            orders = self._postings[number]
            orders = orders[: np.searchsorted(orders, until, side="left")]
            lengths = self._starts[orders + 1] - self._starts[orders]
            ends = np.cumsum(lengths)
            offsets = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths, lengths)
            items = self._items[np.repeat(self._starts[orders], lengths) + offsets]
            known = np.bincount(items, minlength=len(self.skus)).astype(np.int32)
            if len(self._together) * known.nbytes >= _MOST_REMEMBERED:
                self._together.clear()
            self._together[number, until] = known
        return known
