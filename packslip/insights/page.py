"""The page of a study: one HTML file that needs nothing beside it, to be read in a minute, with the method below."""

from collections.abc import Sequence
from html import escape

from packslip.insights import plots
from packslip.insights.frame import method, section, table, whole_page
from packslip.insights.intervals import Count
from packslip.insights.plots import per_cent
from packslip.insights.study import Arm, Comparison, Outlook, Study
from packslip.insights.words import MEASURES, say_verdict, told
from packslip.library.campaigns import HOLDOUT

_MONEY = ("revenue", "margin")
_MOST_NAME = 18
_WHOM = (
    "A customer counts in one arm, told by a keyed hash of their number, from their first slip of the campaign, "
    "whatever became of that slip. Orders dated after that day and within twelve weeks count."
)
_RECKONED = (
    "Rates: Wilson and Newcombe intervals for the difference, MOVER for the ratio. Money: percentile bootstrap; "
    "where what customers spent in the year before foretells at least 1 % of the variance, after CUPED."
)


def study_page(study: Study) -> bytes:
    """The study for people."""
    campaign = study.campaign
    where = ", ".join(campaign.stores) or "every store"
    when = f"{told(campaign.begins)} to {told(campaign.ends)}"
    who = f"{study.customers:,} customers as of {told(study.day)}"
    return whole_page(
        campaign.name,
        f"{when} · {where} · {who}",
        f"""{_warnings(study)}
<ul class="verdicts">{"".join(_verdict(study, number) for number in range(len(study.outlooks)))}</ul>
{_lifts(study)}{_curves(study)}{_sequences(study)}{_arms(study)}{_plan(study)}{_numbers(study)}{_method(study)}""",
    )


def _warnings(study: Study) -> str:
    said: list[str] = []
    if not study.is_even:
        shares = ", ".join(f"{arm.customers:,} in {arm.name} ({arm.share:g} % were meant)" for arm in study.arms)
        said.append(
            f"The arms are uneven: {shares}. By chance that happens once in {1 / max(study.evenness, 1e-9):,.0f}. "
            "Find out why before you believe a number: were shares changed, or do slips fail in one arm only?"
        )
    if study.moved:
        said.append(
            f"{study.moved:,} customers changed their arm, because shares were changed while the campaign ran; "
            "each counts where they were first."
        )
    if study.unknown:
        said.append(f"{study.unknown:,} slips are left out: the history no longer knows whose orders they were.")
    return "".join(f'<p class="warn">{escape(text)}</p>' for text in said)


def _verdict(study: Study, number: int) -> str:
    said = say_verdict(study, study.outlooks[number])
    return f'<li class="{said.mood}"><p class="verdict">{escape(said.headline)}</p><p>{escape(said.below)}</p></li>'


def _lifts(study: Study) -> str:
    shown = [one for one in study.comparisons if one.ratio is not None]
    words = (
        "Each variant against those held out. The bar is the 95 % interval: what the data do not rule out. "
        "Green or red: it leaves “no effect” out."
    )
    return section("What it does", words, plots.lifts(shown, _short_title) if shown else "")


def _short_title(one: Comparison) -> str:
    """As long as there is room beside a plot."""
    return f"{MEASURES[one.measure]}, {one.arm if len(one.arm) <= _MOST_NAME else one.arm[: _MOST_NAME - 1] + '…'}"


def _title(one: Comparison) -> str:
    return f"{MEASURES[one.measure]}, {one.arm}"


def _curves(study: Study) -> str:
    shown = [arm for arm in study.arms if arm.curve]
    words = "Share of customers who had ordered again so many weeks after their slip. Dashed: those held out."
    return section("When they come back", words, plots.curves(shown) if any(arm.again.hits for arm in shown) else "")


def _sequences(study: Study) -> str:
    parts = []
    for number, outlook in enumerate(study.outlooks):
        plot = plots.sequence(outlook.looks, number)
        if plot:
            parts.append(f"<p>{escape(outlook.arm)}, in points of the rate</p>{plot}")
    words = (
        "The difference as it stood each week. Dark: the interval for somebody who looks once. Light: the one that "
        "holds however often you look. Only when the light one leaves zero is a result safe to act on at any time."
    )
    return section("Is it safe to stop?", words, "".join(parts))


def _arms(study: Study) -> str:
    has_codes = any(arm.redeemed for arm in study.arms)
    head = ["", "customers", "with twelve weeks", "ordered again", "second purchase"]
    head += ["code used"] if has_codes else []
    head += ["revenue each", *(["margin each"] if study.costed else [])]
    words = "All rates and sums are of customers who have had their twelve weeks."
    return section("Who is in it", words, table(head, (_arm(study, arm, has_codes=has_codes) for arm in study.arms)))


def _arm(study: Study, arm: Arm, *, has_codes: bool) -> Sequence[str]:
    name = "held out" if arm.name == HOLDOUT else arm.name
    cells = [
        f"{escape(name)}<small>{arm.share:g}{chr(0x202F)}% of customers</small>",
        f"{arm.customers:,}",
        f"{arm.ripe:,}",
        _count(arm.again),
        _count(arm.second),
    ]
    if has_codes:
        cells.append(_count(arm.redeemed) if arm.redeemed and arm.name != HOLDOUT else "—")
    cells.append(_money(arm.revenue, study.currency))
    if study.costed:
        cells.append(_money(arm.margin, study.currency))
    return cells


def _count(count: Count) -> str:
    if not count.trials:
        return "—"
    return f"{per_cent(count.rate, digits=1)}<small>{count.hits:,} of {count.trials:,}</small>"


def _money(value: float | None, currency: str) -> str:
    if value is None:
        return "—"
    return f"{'−' if value < 0 else ''}{abs(value):,.2f}<small>{escape(currency)}</small>"


def _plan(study: Study) -> str:
    lift = per_cent(study.campaign.smallest_lift / 100, signed=True)
    head = ("", f"needed to see {lift}", "there so far", "smallest effect seen now", "at its end", "readable on")
    words = "Customers of the variant and held out; an effect counts as seen if it would show four times in five."
    return section("What it can show", words, table(head, (_planned(outlook) for outlook in study.outlooks)))


def _planned(outlook: Outlook) -> Sequence[str]:
    rises = (
        per_cent(rise / outlook.rate, signed=True) if rise and outlook.rate else "—"
        for rise in (outlook.seen_now, outlook.seen_at_end)
    )
    needed = f"{outlook.needed:,}" if outlook.needed else "—"
    return escape(outlook.arm), needed, f"{outlook.entered:,}", *rises, told(outlook.readable) or "—"


def _numbers(study: Study) -> str:
    head = ("", "variant", "held out", "difference, 95 %", "lift, 95 %")
    rows = (_number(study, one) for one in study.comparisons)
    return section("Every comparison", "", table(head, rows) if study.holdout.ripe else "")


def _number(study: Study, one: Comparison) -> Sequence[str]:
    is_money = one.measure in _MONEY
    gap = one.difference
    value, held, rise, low, high = (
        f"{number:,.2f}" if is_money else f"{number * 100:.1f}"
        for number in (one.value, one.holdout, gap.value, gap.interval.low, gap.interval.high)
    )
    unit = study.currency if is_money else "%"
    lift = "—"
    if one.ratio is not None:
        lift = (
            f"{per_cent(one.ratio.value - 1, signed=True)}<small>{' to '.join(plots.span(one.ratio.interval))}</small>"
        )
    unit_of_gap = study.currency if is_money else "points"
    return (
        f"{escape(_title(one))}<small>{escape(one.method)}{_saved(one)}</small>",
        f"{value} {escape(unit)}",
        f"{held} {escape(unit)}",
        f"{_signed(rise)} {escape(unit_of_gap)}<small>{_signed(low)} to {_signed(high)}</small>",
        lift,
    )


def _saved(one: Comparison) -> str:
    return f", {per_cent(one.saved)} of the variance foretold" if one.saved else ""


def _signed(number: str) -> str:
    is_nothing = not float(number.replace(",", ""))
    return number.lstrip("-") if is_nothing else number.replace("-", "−") if number.startswith("-") else f"+{number}"


def _method(study: Study) -> str:
    variants = len(study.campaign.variants)
    shared = f"; the 5 % are shared out among {variants} variants" if variants > 1 else ""
    points = [
        _WHOM,
        _RECKONED,
        f"Looks: an asymptotic confidence sequence (normal mixture){shared}. It promises 95 % over all looks together.",
        f"Sample ratio: chi-square of the arms against their shares, p = {study.evenness:.3f}.",
    ]
    if study.costed:
        points.append(
            f"Margin: the order's total less what its goods cost. Costs are known for {per_cent(study.costed)} of the "
            "money; the rest is taken to cost as much of its price."
        )
    return method(points)
