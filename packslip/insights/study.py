"""The study of one campaign: each variant against those held out, what it shows so far, and when it will be readable.

Owns which numbers are compared and the verdict. Only customers with their whole twelve weeks count in a rate or a mean:
so a number of today is what it will be next year, and looking early is no look at half an outcome.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from packslip.insights.customers import WINDOW, Subject, Subjects
from packslip.insights.intervals import Count, Estimate, Interval, difference, ratio
from packslip.insights.planning import (
    SUSPICIOUS,
    customers_needed,
    planned_variance,
    sample_ratio,
    smallest_seen,
)
from packslip.insights.resampling import Values, adjust, compare_means
from packslip.insights.sequences import ALPHA, FEWEST, always_valid, difference_variance
from packslip.library.campaigns import HOLDOUT, Campaign, Measure

WEEK = timedelta(weeks=1)
WEEKS = WINDOW // WEEK
_DAY = timedelta(days=1)
_WORTH_IT = 0.01  #: share of variance that CUPED must save to be used

NEWCOMBE = "Newcombe; ratio by MOVER"
BOOTSTRAP = "bootstrap"
CUPED = "bootstrap after CUPED"


class Verdict(StrEnum):
    """What may be said of a variant."""

    BROKEN = "broken"  #: the arms are not what they were meant to be
    EARLY = "early"  #: too few customers with their twelve weeks
    OPEN = "open"  #: nothing is sure yet
    SURE = "sure"  #: an effect, safe to say however often one looked
    READ = "read"  #: an effect, safe to say if this is the first look since it is readable
    NOTHING = "nothing"  #: readable, or over, and no effect to be seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One arm's own numbers; all but `customers` of those with their twelve weeks."""

    name: str
    share: float  #: as the campaign says, in per cent
    customers: int
    ripe: int
    again: Count  #: ordered again
    second: Count  #: ordered a second time, of those whose first order it was
    redeemed: Count | None  #: used the slip's code; None where nobody said
    revenue: float | None  #: for each customer
    margin: float | None
    curve: tuple[float, ...]  #: share that had ordered again, by week, from week 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One variant against the holdout in one measure."""

    measure: str
    arm: str
    value: float
    holdout: float
    difference: Estimate
    ratio: Estimate | None  #: None where the holdout's may be nothing
    always: Interval | None  #: of the difference, however often one looks; of the deciding measure alone
    method: str
    saved: float = 0.0  #: share of the variance that the time before foretold


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a variant's difference would have been on a day."""

    day: date
    difference: Estimate
    always: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What one variant can show, and when."""

    arm: str
    verdict: Verdict
    rate: float | None  #: what the holdout's rate is, or is taken to be
    wanted: float | None  #: the rise worth knowing
    seen_now: float | None  #: the smallest rise that would show with the customers there are
    seen_at_end: float | None  #: the same, if customers go on coming as they do until the campaign ends
    needed: int | None  #: customers of variant and holdout
    entered: int  #: of them, so far
    #: when the rise worth knowing would show; None: not with the customers of this campaign, which is read at its end
    readable: date | None
    looks: tuple[Look, ...]  #: weekly


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """All that is known of a campaign."""

    campaign: Campaign
    day: date
    currency: str
    arms: tuple[Arm, ...]  #: the holdout last
    comparisons: tuple[Comparison, ...]
    outlooks: tuple[Outlook, ...]
    evenness: float  #: how probable so uneven arms are
    unknown: int
    moved: int
    costed: float

    @property
    def customers(self) -> int:
        """In all arms."""
        return sum(arm.customers for arm in self.arms)

    @property
    def holdout(self) -> Arm:
        """Those held out."""
        return self.arms[-1]

    @property
    def is_even(self) -> bool:
        """Whether the arms are what they were meant to be."""
        return self.evenness >= SUSPICIOUS

    def deciding(self, arm: str) -> Comparison:
        """A variant's comparison in the measure that decides."""
        return next(one for one in self.comparisons if (one.arm, one.measure) == (arm, self.campaign.measure))


def make_study(campaign: Campaign, subjects: Subjects, *, day: date, usual: Count | None = None) -> Study:
    """The study as of a day. `usual`: how often customers come back at all, until the holdout tells."""
    by_arm = {arm: [one for one in subjects.customers if one.arm == arm] for arm in campaign.shares}
    ripe = {arm: [one for one in members if one.is_ripe(day)] for arm, members in by_arm.items()}
    currencies = Counter(one.currency for one in subjects.customers)
    currency = currencies.most_common(1)[0][0] if currencies else ""
    is_margin_known = subjects.costed > 0
    evenness = sample_ratio({arm: len(members) for arm, members in by_arm.items()}, campaign.shares)
    arms = tuple(
        _arm(arm, share, subjects, (by_arm[arm], ripe[arm]), currency) for arm, share in campaign.shares.items()
    )
    comparisons = [*_rates(campaign, ripe), *_money("revenue", campaign, ripe, currency)]
    if is_margin_known:
        comparisons += _money("margin", campaign, ripe, currency)
    outlooks = tuple(
        _outlook(campaign, arm, by_arm, day, usual, is_even=evenness >= SUSPICIOUS) for arm in campaign.variants
    )
    return Study(
        campaign=campaign,
        day=day,
        currency=currency,
        arms=arms,
        comparisons=tuple(comparisons),
        outlooks=outlooks,
        evenness=evenness,
        unknown=subjects.unknown,
        moved=subjects.moved,
        costed=subjects.costed,
    )


def _arm(
    name: str, share: float, subjects: Subjects, groups: tuple[Sequence[Subject], Sequence[Subject]], currency: str
) -> Arm:
    members, ripe = groups
    paid = [one for one in ripe if one.currency == currency]
    days = sorted(one.again_after for one in ripe if one.again_after is not None)
    curve = [bisect_right(days, 7 * week) / len(ripe) for week in range(WEEKS + 1)] if ripe else []
    return Arm(
        name=name,
        share=share,
        customers=len(members),
        ripe=len(ripe),
        again=count(ripe, "repeat"),
        second=count(ripe, "second purchase"),
        redeemed=Count(sum(one.redeemed for one in ripe), len(ripe)) if subjects.has_redemptions else None,
        revenue=math.fsum(one.revenue for one in paid) / len(paid) if paid else None,
        margin=math.fsum(one.margin for one in paid) / len(paid) if paid and subjects.costed else None,
        curve=tuple(curve),
    )


def counted(members: Iterable[Subject], measure: Measure) -> list[Subject]:
    """Whom a measure is of: all, or those whose first order it was."""
    return [one for one in members if measure == "repeat" or one.was_first]


def count(ripe: Iterable[Subject], measure: Measure) -> Count:
    """How many of those ordered again."""
    members = counted(ripe, measure)
    return Count(sum(one.again_after is not None for one in members), len(members))


def _rates(campaign: Campaign, ripe: Mapping[str, Sequence[Subject]]) -> list[Comparison]:
    measures: tuple[Measure, ...] = ("repeat", "second purchase")
    found = []
    for measure in measures:
        base = count(ripe[HOLDOUT], measure)
        planned = _planned(campaign, counted(ripe[HOLDOUT], measure))
        for arm in campaign.variants:
            own = count(ripe[arm], measure)
            found.append(
                Comparison(
                    measure=measure,
                    arm=arm,
                    value=own.rate,
                    holdout=base.rate,
                    difference=difference(own, base),
                    ratio=ratio(own, base) if base.hits else None,
                    always=_always(own, base, campaign, planned) if measure == campaign.measure else None,
                    method=NEWCOMBE,
                )
            )
    return found


def _planned(campaign: Campaign, held: Sequence[Subject]) -> float:
    """The variance the difference is meant to be read at, from the first held-out customers alone.

    So it stands before the first look and no later one changes it, as the promise of those intervals demands.
    """
    first = count(held[:FEWEST], "repeat")
    rate = (first.hits + 0.5) / (first.trials + 1)
    return planned_variance(rate * campaign.smallest_lift / 100)


def _always(own: Count, base: Count, campaign: Campaign, planned: float) -> Interval | None:
    """The interval that holds at every look, shared out among the variants; None before there is enough to look at."""
    if min(own.trials, base.trials) < FEWEST:
        return None
    return always_valid(
        own.rate - base.rate,
        difference_variance(own, base),
        planned=planned,
        alpha=ALPHA / len(campaign.variants),
    )


def _money(measure: str, campaign: Campaign, ripe: Mapping[str, Sequence[Subject]], currency: str) -> list[Comparison]:
    """Means for each customer, those who bought nothing among them."""
    paid = {arm: [one for one in members if one.currency == currency] for arm, members in ripe.items()}
    if min(map(len, paid.values())) < 2:
        return []
    values = {arm: _column(members, measure) for arm, members in paid.items()}
    adjusted = adjust(values, {arm: _column(members, "before") for arm, members in paid.items()})
    is_adjusted = adjusted is not None and adjusted.saved >= _WORTH_IT
    used = adjusted.values if adjusted is not None and is_adjusted else values
    found = []
    for arm in campaign.variants:
        gap, share = compare_means(used[arm], used[HOLDOUT])
        found.append(
            Comparison(
                measure=measure,
                arm=arm,
                value=float(used[arm].mean()),
                holdout=float(used[HOLDOUT].mean()),
                difference=gap,
                ratio=share,
                always=None,
                method=CUPED if is_adjusted else BOOTSTRAP,
                saved=adjusted.saved if adjusted is not None and is_adjusted else 0.0,
            )
        )
    return found


def _column(members: Sequence[Subject], name: str) -> Values:
    return np.array([getattr(one, name) for one in members], dtype=np.float64)


def _outlook(
    campaign: Campaign,
    arm: str,
    by_arm: Mapping[str, Sequence[Subject]],
    day: date,
    usual: Count | None,
    *,
    is_even: bool,
) -> Outlook:
    mine, held = (counted(by_arm[name], campaign.measure) for name in (arm, HOLDOUT))
    own, base = (count((one for one in group if one.is_ripe(day)), campaign.measure) for group in (mine, held))
    rate = _expected_rate(base, usual)
    wanted = rate * campaign.smallest_lift / 100 if rate else None
    needed = None
    if rate and wanted:
        needed = customers_needed(rate, wanted, share=campaign.variants[arm], holdout=campaign.holdout)
    since = sorted(one.since for one in (*mine, *held))
    readable = _readable(campaign, since, needed, day)
    looks = _looks(campaign, mine, held, day)
    return Outlook(
        arm=arm,
        verdict=_verdict(own, base, looks, is_even=is_even, is_readable=day >= (readable or campaign.ends + WINDOW)),
        rate=rate,
        wanted=wanted,
        seen_now=smallest_seen(rate, own.trials, base.trials) if rate else None,
        seen_at_end=_seen_at_end(campaign, rate, len(mine), len(held), day) if rate else None,
        needed=needed,
        entered=len(since),
        readable=readable,
        looks=looks,
    )


def _expected_rate(base: Count, usual: Count | None) -> float | None:
    for known in (base, usual):
        if known is not None and known.trials >= FEWEST and known.hits:
            return known.rate
    return None


def _readable(campaign: Campaign, since: Sequence[date], needed: int | None, day: date) -> date | None:
    """When as many customers as are needed have had their twelve weeks, if they go on coming as they did."""
    if needed is None or not since:
        return None
    if len(since) >= needed:
        return since[needed - 1] + WINDOW
    last = day + math.ceil((needed - len(since)) / len(since) * _days_run(campaign, day)) * _DAY
    return last + WINDOW if last <= campaign.ends else None


def _days_run(campaign: Campaign, day: date) -> float:
    return max((min(day, campaign.ends) - campaign.begins) / _DAY + 1, 1.0)


def _seen_at_end(campaign: Campaign, rate: float, mine: int, held: int, day: date) -> float | None:
    """The smallest rise that would show of everybody who comes until the campaign's end, twelve weeks later."""
    growth = max(_days_run(campaign, campaign.ends) / _days_run(campaign, day), 1.0)
    return smallest_seen(rate, round(mine * growth), round(held * growth))


def _verdict(own: Count, base: Count, looks: Sequence[Look], *, is_even: bool, is_readable: bool) -> Verdict:
    if not is_even:
        return Verdict.BROKEN
    if min(own.trials, base.trials) < FEWEST or not looks:
        return Verdict.EARLY
    latest = looks[-1]
    if not latest.always.holds(0.0):
        return Verdict.SURE
    if not is_readable:
        return Verdict.OPEN
    return Verdict.NOTHING if latest.difference.interval.holds(0.0) else Verdict.READ


def _looks(campaign: Campaign, mine: Sequence[Subject], held: Sequence[Subject], day: date) -> tuple[Look, ...]:
    """A look a week, back from today to the first day on which there was enough to look at."""
    looks: list[Look] = []
    planned = _planned(campaign, held)
    looked = day
    while looked >= campaign.begins:
        own, base = (count((one for one in group if one.is_ripe(looked)), campaign.measure) for group in (mine, held))
        always = _always(own, base, campaign, planned)
        if always is None:
            break
        looks.append(Look(day=looked, difference=difference(own, base), always=always))
        looked -= WEEK
    return tuple(reversed(looks))
