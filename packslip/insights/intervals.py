"""Intervals for shares of customers: one share, the difference of two, their ratio. Pure arithmetic on counts."""

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Count:
    """So many of so many."""

    hits: int
    trials: int

    @property
    def rate(self) -> float:
        """The share; 0 of nobody."""
        return self.hits / self.trials if self.trials else 0.0


@dataclass(frozen=True, slots=True)
class Interval:
    """From low to high."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether a value lies within."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and how sure it is."""

    value: float
    interval: Interval


@cache
def deviate(level: float = LEVEL) -> float:
    """How many standard errors a two-sided interval of this level reaches."""
    return NormalDist().inv_cdf((1 + level) / 2)


def wilson(count: Count, level: float = LEVEL) -> Interval:
    """The share's score interval; of nobody, all that can be.

    Source: Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 22 (1927).
    """
    if not count.trials:
        return Interval(0.0, 1.0)
    z = deviate(level)
    n, p = count.trials, count.rate
    middle = p + z * z / (2 * n)
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if count.hits == 0 else (middle - reach) / scale
    high = 1.0 if count.hits == n else (middle + reach) / scale
    return Interval(low, high)


def difference(one: Count, other: Count, level: float = LEVEL) -> Estimate:
    """One share less the other.

    Source: Newcombe, Interval estimation for the difference between independent proportions: comparison of eleven
    methods, Statistics in Medicine 17 (1998), method 10.
    """
    p, q = one.rate, other.rate
    a, b = wilson(one, level), wilson(other, level)
    low = p - q - math.hypot(p - a.low, b.high - q)
    high = p - q + math.hypot(a.high - p, q - b.low)
    return Estimate(p - q, Interval(low, high))


def ratio(one: Count, other: Count, level: float = LEVEL) -> Estimate:
    """One share over the other; without end where the other may be nothing.

    Each share's Wilson limits, put together for a ratio as Newcombe's method 10 does for a difference.
    Source: Donner and Zou, Closed-form confidence intervals for functions of the normal mean and standard deviation,
    Statistical Methods in Medical Research 21 (2012), the MOVER of a ratio.
    """
    p, q = one.rate, other.rate
    a, b = wilson(one, level), wilson(other, level)
    both = p * q
    under = a.low * (2 * p - a.low)
    below = both + math.sqrt(max(both * both - under * b.high * (2 * q - b.high), 0.0))
    low = under / below if below else 0.0
    floor = b.low * (2 * q - b.low)
    if not floor:
        return Estimate(p / q if q else math.inf, Interval(low, math.inf))
    high = (both + math.sqrt(max(both * both - a.high * (2 * p - a.high) * floor, 0.0))) / floor
    return Estimate(p / q, Interval(low, high))
