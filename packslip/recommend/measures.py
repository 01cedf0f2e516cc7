"""Measures: how good lists of three were, with intervals that respect that one customer asks several times."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from packslip.recommend.arrays import Numbers, Scores

#: products on a slip
SHOWN = 3

_TIMES = 2000
_DISCOUNTS = 1 / np.log2(np.arange(2, SHOWN + 2))


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


def hit(given: Numbers, answer: Numbers) -> float:
    """One where any of the products given is in the answer."""
    return float(np.isin(given, answer).any())


def ndcg(given: Numbers, answer: Numbers) -> float:
    """How many of the products given are in the answer, the first ones weighing more, as a share of the best list.

    Source: Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, 2002, with gains of zero and one.
    """
    best = float(_DISCOUNTS[: len(answer)].sum())
    met = np.isin(given, answer)
    return float(_DISCOUNTS[: len(given)][met].sum()) / best if best else 0.0


def surprise(given: Numbers, shares: Scores) -> float:
    """The mean of what it tells in bits that a basket holds each product given; `shares` of baskets that do."""
    return float(-np.log2(np.maximum(shares[given], 1e-9)).mean()) if len(given) else 0.0


def coverage(lists: Sequence[Numbers], sold: Numbers) -> float:
    """The share of all products that ever sold which stand in any list."""
    given = np.unique(np.concatenate([*lists, np.zeros(0, dtype=np.int64)]))
    return len(given) / max(int((sold > 0).sum()), 1)


class Resampling:
    """Customers drawn with replacement, each with all their questions; the same draws for whatever is compared.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13: percentile intervals.
    """

    def __init__(self, customers: Numbers, *, seed: int = 20101201) -> None:
        _, self._owners = np.unique(customers, return_inverse=True)
        count = int(self._owners.max(initial=-1)) + 1
        self._asked = np.bincount(self._owners, minlength=count).astype(np.float64)
        chance = np.random.default_rng(seed)
        self._draws = chance.multinomial(count, np.full(count, 1 / count), size=_TIMES).astype(np.float64)

    def interval(self, values: Scores) -> Interval:
        """The mean of a value of each question, with its interval."""
        sums = np.bincount(self._owners, values, minlength=len(self._asked))
        means = (self._draws @ sums) / (self._draws @ self._asked)
        low, high = np.quantile(means, (0.025, 0.975))
        return Interval(float(values.mean()), float(low), float(high))
