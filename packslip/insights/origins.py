"""Codes on slips beside codes by e-mail and on cards: how many are used, and what each brings.

Nobody was drawn by chance for one or the other, so a difference here is one of occasions and customers as much as of
paper. Only codes that have had their twelve weeks count, and of their uses those within them, as in a study.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from packslip.insights.customers import WINDOW
from packslip.insights.intervals import Count, Estimate, Interval, difference, ratio, wilson
from packslip.insights.resampling import Values, compare_means, mean_of
from packslip.ledger import CodeRow, CodeState, Origin, Redemption, bare

ALL = ""  #: group of all codes
FEWEST = 2  #: values of which a mean has an interval
RATE, SALES, MARGIN, BASKET = "used", "sales per code", "margin per code", "basket"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenCode:
    """A code that somebody was given, and what it brought."""

    origin: Origin
    pool: str
    given_on: date
    uses: int = 0
    sales: float = 0.0
    margin: float | None = None  #: None where a use has none
    baskets: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginNumbers:
    """One origin's own numbers; all but `given` of codes that have had their twelve weeks."""

    origin: Origin
    given: int
    ripe: int
    used: Count
    rate: Interval
    sales: Estimate | None  #: for each code, those that nobody used among them
    margin: Estimate | None
    basket: Estimate | None  #: for each use


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginComparison:
    """Slips against one other origin in one measure."""

    measure: str
    other: Origin
    slip: float
    value: float  #: of the other
    difference: Estimate
    ratio: Estimate | None  #: None where the other's may be nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginGroup:
    """All codes, or those of one pool."""

    pool: str
    numbers: tuple[OriginNumbers, ...]
    comparisons: tuple[OriginComparison, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginStudy:
    """What is known of codes by their origin."""

    day: date
    currency: str
    groups: tuple[OriginGroup, ...]  #: all codes first
    foreign: int  #: uses in another currency, whose money is left out

    @property
    def has_others(self) -> bool:
        """Whether there is anything to compare slips with."""
        return bool(self.groups and self.groups[0].comparisons)


def study_origins(codes: Iterable[CodeRow], uses: Iterable[Redemption], *, day: date) -> OriginStudy:
    """The comparison as of a day."""
    uses = list(uses)
    currencies = Counter(use.currency for use in uses if use.revenue)
    currency = currencies.most_common(1)[0][0] if currencies else ""
    by_code: dict[str, list[Redemption]] = defaultdict(list)
    for use in uses:
        by_code[use.code].append(use)
    given = [_given(row, by_code.get(bare(row.code), ()), currency) for row in codes if _is_given(row)]
    pools = sorted({one.pool for one in given if one.pool})
    groups = [_group(ALL, given, day)]
    for pool in pools:
        mine = [one for one in given if one.pool == pool]
        if len(mine) < len(given) and len({one.origin for one in mine}) > 1:
            groups.append(_group(pool, mine, day))
    foreign = sum(bool(use.revenue) and use.currency != currency for use in uses)
    return OriginStudy(day=day, currency=currency, groups=tuple(groups), foreign=foreign)


def used_orders(codes: Iterable[CodeRow], uses: Iterable[Redemption]) -> frozenset[tuple[str, str]]:
    """Store and id of the orders whose codes were used."""
    used = {use.code for use in uses}
    return frozenset((row.store, row.order_id) for row in codes if row.order_id and bare(row.code) in used)


def _is_given(row: CodeRow) -> bool:
    return row.state is CodeState.ISSUED and bool(row.granted_on)


def _given(row: CodeRow, uses: Sequence[Redemption], currency: str) -> GivenCode:
    given_on = date.fromisoformat(row.granted_on)
    counted = [use for use in uses if use.used_on is None or given_on <= use.used_on <= given_on + WINDOW]
    paid = [use for use in counted if use.revenue and use.currency == currency]
    baskets = tuple(float(Decimal(use.revenue)) for use in paid)
    margins = [float(Decimal(use.margin)) for use in paid if use.margin]
    return GivenCode(
        origin=row.origin,
        pool=row.pool,
        given_on=given_on,
        uses=len(counted),
        sales=math.fsum(baskets),
        margin=math.fsum(margins) if len(margins) == len(counted) else None,
        baskets=baskets,
    )


def _group(pool: str, given: Sequence[GivenCode], day: date) -> OriginGroup:
    by_origin = {origin: [one for one in given if one.origin is origin] for origin in Origin}
    ripe = {origin: [one for one in mine if one.given_on + WINDOW <= day] for origin, mine in by_origin.items()}
    numbers = tuple(_numbers(origin, len(mine), ripe[origin]) for origin, mine in by_origin.items() if mine)
    others = [origin for origin in Origin if origin is not Origin.SLIP and by_origin[origin]]
    compared = (_compare(origin, ripe[Origin.SLIP], ripe[origin]) for origin in others)
    return OriginGroup(pool=pool, numbers=numbers, comparisons=tuple(one for each in compared for one in each))


def _numbers(origin: Origin, given: int, ripe: Sequence[GivenCode]) -> OriginNumbers:
    used = _used(ripe)
    values = _values(ripe)
    return OriginNumbers(
        origin=origin,
        given=given,
        ripe=len(ripe),
        used=used,
        rate=wilson(used),
        sales=_mean(values.get(SALES)),
        margin=_mean(values.get(MARGIN)),
        basket=_mean(values.get(BASKET)),
    )


def _used(ripe: Iterable[GivenCode]) -> Count:
    uses = [one.uses > 0 for one in ripe]
    return Count(sum(uses), len(uses))


def _values(ripe: Sequence[GivenCode]) -> Mapping[str, Values]:
    """What each measure of money is the mean of; margins only where every use has one."""
    found = {
        SALES: [one.sales for one in ripe] if any(one.baskets for one in ripe) else [],
        BASKET: [basket for one in ripe for basket in one.baskets],
    }
    if all(one.margin is not None for one in ripe) and found[SALES]:
        found[MARGIN] = [one.margin or 0.0 for one in ripe]
    return {name: np.array(values, dtype=np.float64) for name, values in found.items() if values}


def _mean(values: Values | None) -> Estimate | None:
    return None if values is None or len(values) < FEWEST else mean_of(values)


def _compare(other: Origin, slips: Sequence[GivenCode], others: Sequence[GivenCode]) -> Iterable[OriginComparison]:
    if not slips or not others:
        return
    one, two = _used(slips), _used(others)
    share = ratio(one, two) if two.hits else None
    gap = difference(one, two)
    yield OriginComparison(measure=RATE, other=other, slip=one.rate, value=two.rate, difference=gap, ratio=share)
    mine, theirs = _values(slips), _values(others)
    for measure in (SALES, MARGIN, BASKET):
        a, b = mine.get(measure), theirs.get(measure)
        if a is not None and b is not None and min(len(a), len(b)) >= FEWEST:
            gap, share = compare_means(a, b)
            yield OriginComparison(
                measure=measure,
                other=other,
                slip=float(a.mean()),
                value=float(b.mean()),
                difference=gap,
                ratio=share,
            )
