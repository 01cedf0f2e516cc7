"""What a campaign can show, and when: sample-ratio check, smallest effect that would be seen, customers needed."""

import math
from collections.abc import Mapping
from statistics import NormalDist

from packslip.insights.intervals import LEVEL, deviate

POWER = 0.8
#: below it the arms are not what they were meant to be, and nothing else may be believed
SUSPICIOUS = 0.001


def chi_square_tail(value: float, freedom: int) -> float:
    """The chance of a chi-square of so many degrees of freedom beyond a value, in closed form.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.4.4 and 26.4.5.
    """
    half = value / 2
    if half <= 0:
        return 1.0
    if freedom % 2 == 0:
        term = total = 1.0
        for step in range(1, freedom // 2):
            term *= half / step
            total += term
        return math.exp(-half) * total
    total, term = 0.0, math.sqrt(half) / math.gamma(1.5)
    for step in range((freedom - 1) // 2):
        total += term
        term *= half / (step + 1.5)
    return math.erfc(math.sqrt(half)) + math.exp(-half) * total


def sample_ratio(customers: Mapping[str, int], shares: Mapping[str, float]) -> float:
    """How probable so uneven arms are, were they drawn with the shares; 1 where there is nobody.

    Source: Fabijan et al., Diagnosing Sample Ratio Mismatch in Online Controlled Experiments, KDD 2019.
    """
    total, whole = sum(customers.values()), math.fsum(shares.values())
    if not total:
        return 1.0
    wanted = {arm: total * share / whole for arm, share in shares.items()}
    value = math.fsum((customers.get(arm, 0) - expected) ** 2 / expected for arm, expected in wanted.items())
    return chi_square_tail(value, len(wanted) - 1)


def _reach(power: float) -> float:
    return deviate(LEVEL) + NormalDist().inv_cdf(power)


def smallest_seen(rate: float, one: int, other: int, *, power: float = POWER) -> float | None:
    """The smallest rise over a rate that so many customers would show; None where no rise would be seen.

    "Show" means that the 95 % interval leaves zero out with the chance `power`.
    """
    if not one or not other or not 0 < rate < 1:
        return None
    rise = 0.0
    for _ in range(60):  # a contraction: each step changes a variance that grows by its root
        raised = min(rate + rise, 1.0)
        rise = _reach(power) * math.sqrt(raised * (1 - raised) / one + rate * (1 - rate) / other)
    return rise if rate + rise < 1 else None


def customers_needed(rate: float, rise: float, *, share: float, holdout: float, power: float = POWER) -> int | None:
    """How many customers a campaign needs until a rise over a rate would show; `share` and `holdout` are per cent.

    Those whom the campaign's other variants get are not counted.
    """
    raised = rate + rise
    if not 0 < rate < 1 or not 0 < raised < 1 or not rise:
        return None
    spread = raised * (1 - raised) / share + rate * (1 - rate) / holdout
    return math.ceil((_reach(power) / rise) ** 2 * spread * (share + holdout))


def planned_variance(rise: float, *, power: float = POWER) -> float:
    """The variance of a difference of two shares at which a rise would just show."""
    return (rise / _reach(power)) ** 2
