"""Intervals that hold however often one looks: a guard against stopping at the first lucky day.

A 95 % interval is wrong one time in twenty when it is looked at once; looked at daily, far more often. These are wider,
and the chance that they ever miss, over all looks together, is what is promised.
"""

import math

from packslip.insights.intervals import Count, Interval

ALPHA = 0.05
FEWEST = 100  #: customers of each arm before there is anything to look at: the promise is one of large numbers


def difference_variance(one: Count, other: Count) -> float:
    """Variance of the difference of two shares; half a customer more on either side keeps it from being nothing."""
    return _variance(one) + _variance(other)


def _variance(count: Count) -> float:
    rate = (count.hits + 0.5) / (count.trials + 1)
    return rate * (1 - rate) / (count.trials + 1)


def always_valid(value: float, variance: float, *, planned: float, alpha: float = ALPHA) -> Interval:
    """The interval around an estimate that misses at no look with the chance 1 - alpha.

    `planned` is the variance the estimate will have when it is meant to be read; there the interval is narrowest. The
    estimate must be of customers in the order in which they came, each with the whole of their outcome.

    Source: Robbins, Statistical Methods Related to the Law of the Iterated Logarithm (1970), the normal mixture;
    Johari, Koomen, Pekelis and Walsh, Peeking at A/B Tests, KDD 2017 (mSPRT); Waudby-Smith, Arbour, Sinha, Kennedy and
    Ramdas, Time-uniform central limit theory and asymptotic confidence sequences, Annals of Statistics 52 (2024), for
    the use with an estimated variance and the choice of the mixture.
    """
    twice = -2 * math.log(alpha)
    mixture = planned * (twice + math.log(twice + 1))
    wide = variance + mixture
    reach = math.sqrt(2 * variance * wide / mixture * math.log(math.sqrt(wide / variance) / alpha))
    return Interval(value - reach, value + reach)
