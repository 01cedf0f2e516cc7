"""Intervals for money: bootstrap of means, and CUPED, which takes out what customers spent before.

Money has a long tail and many zeros, so nothing is assumed of its shape. The same data give the same intervals.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from packslip.insights.intervals import LEVEL, Estimate, Interval

Values = npt.NDArray[np.float64]

DRAWS = 2000
_SEED = 20261127
_MOST_CELLS = 4_000_000  #: of counts or draws held at a time
_DEARER = 4  #: a count is as dear as so many draws


def compare_means(
    one: Values, other: Values, *, level: float = LEVEL, draws: int = DRAWS, seed: int = _SEED
) -> tuple[Estimate, Estimate | None]:
    """Difference and ratio of two means; no ratio where the other mean may be nothing or less.

    Percentile bootstrap, each sample by itself.
    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), 13.
    """
    rng = np.random.default_rng(seed)
    ones, others = _means(one, draws, rng), _means(other, draws, rng)
    gap = Estimate(float(one.mean() - other.mean()), _between(ones - others, level))
    if others.min() <= 0:
        return gap, None
    return gap, Estimate(float(one.mean() / other.mean()), _between(ones / others, level))


def mean_of(values: Values, *, level: float = LEVEL, draws: int = DRAWS, seed: int = _SEED) -> Estimate:
    """A mean, with its percentile bootstrap interval."""
    found = _means(values, draws, np.random.default_rng(seed))
    return Estimate(float(values.mean()), _between(found, level))


def _means(values: Values, draws: int, rng: np.random.Generator) -> Values:
    """Means of as many samples drawn with replacement; where many values are equal, those are drawn together."""
    distinct, counts = np.unique(values, return_counts=True)
    size, chances = len(values), counts / len(values)
    if len(distinct) * _DEARER > size:
        step = max(1, _MOST_CELLS // size)
        parts = [values[rng.integers(0, size, (rows, size))].mean(axis=1) for rows in _portions(draws, step)]
    else:
        step = max(1, _MOST_CELLS // len(distinct))
        parts = [rng.multinomial(size, chances, size=rows) @ distinct / size for rows in _portions(draws, step)]
    return np.concatenate(parts)


def _portions(whole: int, most: int) -> list[int]:
    """Numbers that make a whole, none above the most."""
    return [min(most, whole - start) for start in range(0, whole, most)]


def _between(values: Values, level: float) -> Interval:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """Outcomes less what could be foretold of them."""

    values: Mapping[str, Values]  #: by arm, in the order given
    saved: float  #: which share of the variance was foretold


def adjust(outcomes: Mapping[str, Values], before: Mapping[str, Values]) -> Adjusted | None:
    """Every customer's outcome less what the time before foretells; None where it foretells nothing.

    One slope for all arms, fitted within them: it takes no part of the effect away, and means stay what they are.
    Source: Deng, Xu, Kohavi and Walker, Improving the Sensitivity of Online Controlled Experiments by Utilizing
    Pre-Experiment Data, WSDM 2013 (CUPED).
    """
    arms = [arm for arm, values in outcomes.items() if len(values)]
    if not arms:
        return None
    xs = np.concatenate([before[arm] - before[arm].mean() for arm in arms])
    ys = np.concatenate([outcomes[arm] - outcomes[arm].mean() for arm in arms])
    spread, own = float(xs @ xs), float(ys @ ys)
    if not spread or not own:
        return None
    together = float(xs @ ys)
    slope = together / spread
    middle = float(np.concatenate([before[arm] for arm in arms]).mean())
    values = {arm: outcomes[arm] - slope * (before[arm] - middle) for arm in outcomes}
    return Adjusted(values=values, saved=together * together / (spread * own))
