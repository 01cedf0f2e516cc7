"""Whether insights tell the truth: customers whose effect is known, judged by the very code that judges real ones.

    python -m benchmarks.insights           # under a minute
    python -m benchmarks.insights --json    # the figures for programs

Four questions. Do 95 % intervals hold the truth 95 times in 100? Is nothing found where there is nothing (A/A, a
thousand seeds), and how often would looking every day have found something? Are effects of +13 % and +23 % recovered,
by the whole road from exposures and orders to the verdict? Do as many customers as are asked for suffice?
"""

import argparse
import json
import math
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
from rich.console import Console
from rich.table import Table

from packslip.history import Purchase
from packslip.insights import Count, Study, Verdict, gather, make_study
from packslip.insights.intervals import difference, ratio
from packslip.insights.planning import customers_needed, planned_variance, sample_ratio
from packslip.insights.resampling import adjust, compare_means
from packslip.insights.sequences import FEWEST, always_valid, difference_variance
from packslip.ledger import Exposure
from packslip.library.campaigns import HOLDOUT, Campaign

SEEDS = 1000
RATE = 0.21
LIFTS = {"letter": 0.13, "code": 0.23}
BEGINS = date(2026, 1, 5)


@dataclass(frozen=True)
class Figure:
    """One thing that is promised, and what came of it."""

    group: str
    what: str
    promised: str
    found: str
    runs: int
    value: float
    low: float  #: as far as chance lets the figure stray, if the promise holds: 99 %
    high: float

    @property
    def holds(self) -> bool:
        return self.low <= self.value <= self.high


def share(group: str, what: str, hits: int, runs: int, promised: float, *, at_most: bool = False) -> Figure:
    """A figure that is a share of runs; it strays by chance alone as a binomial does.

    An interval that holds the truth more often than promised is merely wider than it need be: up to 97 % passes.
    """
    stray = 2.576 * math.sqrt(promised * (1 - promised) / runs)
    return Figure(
        group=group,
        what=what,
        promised=f"{'at most ' if at_most else ''}{promised:.1%}",
        found=f"{hits / runs:.1%}",
        runs=runs,
        value=hits / runs,
        low=0.0 if at_most else promised - stray,
        high=max(promised + stray, 0.97 if promised == 0.95 else 0.0),
    )


# --- coverage -------------------------------------------------------------------------------------------------------

SCENES = (
    (200, 100, 0.2, 0.0),
    (1000, 500, 0.2, 0.13),
    (1000, 200, 0.05, 0.23),
    (5000, 1000, 0.3, 0.13),
    (300, 300, 0.02, 0.0),
)


def rates(rng: np.random.Generator, runs: int = 3000) -> Iterator[Figure]:
    """Newcombe's difference and the ratio, in five scenes from easy to hard."""
    for size, held, rate, lift in SCENES:
        raised = rate * (1 + lift)
        ones, others = rng.binomial(size, raised, runs), rng.binomial(held, rate, runs)
        hits = Counter()
        for one, other in zip(map(int, ones), map(int, others), strict=True):
            hits["gap"] += difference(Count(one, size), Count(other, held)).interval.holds(raised - rate)
            hits["ratio"] += ratio(Count(one, size), Count(other, held)).interval.holds(1 + lift)
        scene = f"{size} against {held}, {rate:.0%} {lift:+.0%}"
        yield share("Intervals of rates hold the truth", f"difference, {scene}", hits["gap"], runs, 0.95)
        yield share("Intervals of rates hold the truth", f"ratio, {scene}", hits["ratio"], runs, 0.95)


def money(rng: np.random.Generator, runs: int = 300) -> Iterator[Figure]:
    """Bootstrap of revenue with many zeros and a long tail, plain and after CUPED."""
    group = "Intervals of money hold the truth"
    mean = RATE * math.exp(4.0 + 0.8**2 / 2)
    hits = Counter()
    for _ in range(runs):
        one, other = (spend(rng, size, RATE) for size in (1200, 600))
        gap, quotient = compare_means(one * 1.13, other, draws=500)
        hits["gap"] += gap.interval.holds(0.13 * mean)
        hits["ratio"] += quotient is not None and quotient.interval.holds(1.13)
    yield share(group, "difference, 1200 against 600, bootstrap", hits["gap"], runs, 0.95)
    yield share(group, "ratio, 1200 against 600, bootstrap", hits["ratio"], runs, 0.95)
    runs //= 3
    saved = []
    for _ in range(runs):
        before = {"one": spend(rng, 1000, 0.6), HOLDOUT: spend(rng, 1000, 0.6)}
        outcomes = {arm: values * 0.4 + spend(rng, 1000, RATE) for arm, values in before.items()}
        outcomes["one"] = outcomes["one"] + 5.0
        adjusted = adjust(outcomes, before)
        assert adjusted is not None
        gap, _ = compare_means(adjusted.values["one"], adjusted.values[HOLDOUT], draws=400)
        hits["cuped"] += gap.interval.holds(5.0)
        saved.append(adjusted.saved)
    what = f"difference, 1000 against 1000, after CUPED (saves {np.mean(saved):.0%})"
    yield share(group, what, hits["cuped"], runs, 0.95)


def spend(rng: np.random.Generator, size: int, rate: float) -> np.ndarray:
    return np.where(rng.random(size) < rate, rng.lognormal(4.0, 0.8, size), 0.0)


# --- nothing where there is nothing ---------------------------------------------------------------------------------

DAYS = 120
A_DAY = 30  #: customers of each arm


def nothing(rng: np.random.Generator, seeds: int = SEEDS) -> Iterator[Figure]:
    """A/A: both arms alike, looked at once, every day with the interval for once, every day with the one for always."""
    group = "A/A: an effect is found where there is none"
    planned = planned_variance(RATE * 0.10)
    once = daily = always = 0
    for _ in range(seeds):
        ones = np.cumsum(rng.binomial(A_DAY, RATE, DAYS)).tolist()
        others = np.cumsum(rng.binomial(A_DAY, RATE, DAYS)).tolist()
        peeked = guarded = False
        for number, (one, other) in enumerate(zip(ones, others, strict=True), 1):
            trials = number * A_DAY
            if trials < FEWEST:
                continue
            left, right = Count(one, trials), Count(other, trials)
            is_out = not difference(left, right).interval.holds(0.0)
            peeked |= is_out
            gap = left.rate - right.rate
            guarded |= not always_valid(gap, difference_variance(left, right), planned=planned).holds(0.0)
        once += is_out
        daily += peeked
        always += guarded
    yield share(group, "one look at the end, 95 % interval", once, seeds, 0.05)
    yield share(group, f"{DAYS} daily looks, interval for every look", always, seeds, 0.05, at_most=True)
    naive = share(group, f"{DAYS} daily looks, 95 % interval: why the guard is there", daily, seeds, 0.05)
    yield Figure(**{**naive.__dict__, "promised": "—", "low": 0.1, "high": 1.0})


def evenness(seeds: int = SEEDS, customers: int = 300) -> Iterator[Figure]:
    """The assignment itself: how often the sample-ratio check calls a thousand sound campaigns uneven."""
    uneven = suspicious = 0
    for seed in range(seeds):
        campaign = make_campaign(f"seed-{seed}")
        sizes = Counter(campaign.arm(b"benchmark", "shop", f"C-{number}") for number in range(customers))
        probable = sample_ratio(sizes, campaign.shares)
        uneven += probable < 0.05
        suspicious += probable < 0.001
    group = "Sample-ratio check of sound arms"
    yield share(group, f"p below 0.05, {customers} customers by keyed hash", uneven, seeds, 0.05)
    yield share(group, "p below 0.001: the alarm", suspicious, seeds, 0.001, at_most=True)


# --- known effects --------------------------------------------------------------------------------------------------


def make_campaign(key: str = "case-study") -> Campaign:
    return Campaign(
        key=key, name="The case study's sizes", begins=BEGINS, ends=BEGINS + timedelta(days=89), stores=(),
        tables=("30-offer.csv",), holdout=34.0, measure="repeat", smallest_lift=13.0,
        variants={"letter": 33.0, "code": 33.0},
    )  # fmt: skip


def simulate(rng: np.random.Generator, size: int, campaign: Campaign, lifts: dict[str, float]) -> Study:
    """Customers from the keyed hash to the study: who comes on which day, who orders again, who spends what."""
    exposures: list[Exposure] = []
    purchases: list[Purchase] = []
    site = rng.bytes(32)
    days, luck, waits = rng.integers(0, 90, size), rng.random(size), rng.integers(1, 84, size)
    spent = rng.lognormal(4.0, 0.8, size)
    for number in range(size):
        customer = f"C-{number}"
        arm = campaign.arm(site, "shop", customer)
        day = BEGINS + timedelta(days=int(days[number]))
        at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        exposures.append(Exposure(store="shop", order_id=customer, campaign=campaign.key, arm=arm, at=at))
        purchases.append(order(customer, customer, day, 60.0))
        if luck[number] < RATE * (1 + lifts.get(arm, 0.0)):
            purchases.append(order(f"{customer}-2", customer, day + timedelta(days=int(waits[number])), spent[number]))
    subjects = gather(exposures, purchases, costs={})
    return make_study(campaign, subjects, day=campaign.ends + timedelta(weeks=13))


def order(name: str, customer: str, day: date, total: float) -> Purchase:
    return Purchase(
        store="shop", order_id=name, customer_id=customer, ordered_on=day, currency="GBP",
        worth=Decimal(f"{total:.2f}"), lines=(),
    )  # fmt: skip


def recovery(rng: np.random.Generator, runs: int = 20, size: int = 9000) -> Iterator[Figure]:
    """The case study's +13 % and +23 %, through exposures, orders, join and study."""
    group = f"The case study’s sizes, {size:,} customers, three arms"
    campaign = make_campaign()
    for arm, lift in LIFTS.items():
        yield from rates_alone(rng, group, arm, lift, size // 3)
    lifts: dict[str, list[float]] = {arm: [] for arm in LIFTS}
    held: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for _ in range(runs):
        study = simulate(rng, size, campaign, LIFTS)
        for outlook in study.outlooks:
            quotient = study.deciding(outlook.arm).ratio
            assert quotient is not None
            lifts[outlook.arm].append(quotient.value - 1)
            held[outlook.arm] += quotient.interval.holds(1 + LIFTS[outlook.arm])
            found[outlook.arm] += outlook.verdict in {Verdict.SURE, Verdict.READ}
    for arm, lift in LIFTS.items():
        mean, error = float(np.mean(lifts[arm])), float(np.std(lifts[arm]) / math.sqrt(runs))
        yield Figure(
            group=group, what=f"“{arm}”, from hash to verdict: mean lift", promised=f"{lift:+.0%}",
            found=f"{mean:+.1%} ± {1.96 * error:.1%}", runs=runs,
            value=mean, low=lift - 2.576 * error - 0.005, high=lift + 2.576 * error + 0.005,
        )  # fmt: skip
        yield share(group, f"  its interval holds {lift:+.0%}", held[arm], runs, 0.95)
        seen = f"{found[arm] / runs:.1%}"
        yield Figure(group, "  its effect is found (“sure” or “read”)", "—", seen, runs, found[arm] / runs, 0, 1)


def rates_alone(rng: np.random.Generator, group: str, arm: str, lift: float, size: int) -> Iterator[Figure]:
    """The same by a thousand seeds, from the counts on."""
    ones, others = rng.binomial(size, RATE * (1 + lift), SEEDS), rng.binomial(size, RATE, SEEDS)
    found = [ratio(Count(int(one), size), Count(int(other), size)) for one, other in zip(ones, others, strict=True)]
    values = [one.value - 1 for one in found]
    mean, error = float(np.mean(values)), float(np.std(values) / math.sqrt(SEEDS))
    yield Figure(
        group=group, what=f"“{arm}”, from counts: mean lift", promised=f"{lift:+.0%}",
        found=f"{mean:+.1%} ± {1.96 * error:.1%}", runs=SEEDS,
        value=mean, low=lift - 2.576 * error - 0.005, high=lift + 2.576 * error + 0.005,
    )  # fmt: skip
    holds = sum(one.interval.holds(1 + lift) for one in found)
    yield share(group, f"  its interval holds {lift:+.0%}", holds, SEEDS, 0.95)


def power(rng: np.random.Generator, runs: int = 4000) -> Iterator[Figure]:
    """As many customers as the outlook asks for show the effect it names, four times in five."""
    for lift in LIFTS.values():
        needed = customers_needed(RATE, RATE * lift, share=40.0, holdout=20.0)
        assert needed is not None
        size, held = round(needed * 2 / 3), round(needed / 3)
        ones, others = rng.binomial(size, RATE * (1 + lift), runs), rng.binomial(held, RATE, runs)
        hits = sum(
            difference(Count(int(one), size), Count(int(other), held)).interval.low > 0
            for one, other in zip(ones, others, strict=True)
        )
        figure = share("Customers needed", f"{lift:+.0%} shows with {needed:,} customers", hits, runs, 0.8)
        yield Figure(**{**figure.__dict__, "low": min(figure.low, 0.77), "high": max(figure.high, 0.83)})


# --- the table ------------------------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=20261127)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    rng = np.random.default_rng(chosen.seed)
    began = time.perf_counter()
    figures = [*rates(rng), *money(rng), *nothing(rng), *evenness(), *recovery(rng), *power(rng)]
    if chosen.json:
        print(json.dumps([{**figure.__dict__, "holds": figure.holds} for figure in figures], ensure_ascii=False))
        return
    show(figures)
    print(f"{time.perf_counter() - began:.0f} s, seed {chosen.seed}")


def show(figures: list[Figure]) -> None:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 3, 0, 0))
    for column, justify in (("", "left"), ("promised", "right"), ("found", "right"), ("runs", "right"), ("", "left")):
        table.add_column(column, justify=justify)
    group = ""
    for figure in figures:
        if figure.group != group:
            group = figure.group
            table.add_row(f"\n[bold]{group}[/]")
        mark = "[green]✓[/]" if figure.holds else "[bold red]✗[/]"
        table.add_row(f"  {figure.what}", figure.promised, figure.found, f"{figure.runs:,}", mark)
    Console(highlight=False, width=112).print(table)


if __name__ == "__main__":
    main()
