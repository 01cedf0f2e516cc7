"""The comparison of origins for people and programs: a page, a CSV, JSON; and one sentence for a terminal."""

import json
import math
from collections.abc import Iterable, Sequence
from html import escape

from packslip.csvfile import safe_cell, write_csv
from packslip.insights.frame import method, section, table, whole_page
from packslip.insights.intervals import Estimate
from packslip.insights.origins import RATE, OriginComparison, OriginGroup, OriginNumbers, OriginStudy
from packslip.insights.plots import per_cent
from packslip.insights.words import told
from packslip.ledger import Origin

TITLE = "Codes on slips, by e-mail, on cards"
NO_CHANCE = (
    "Nobody was drawn by chance for paper or e-mail. Who gets a parcel has just bought, who gets an e-mail may not "
    "have: the difference is one of occasions and customers as much as of paper. What a slip brings is told by a "
    "campaign that holds some customers out."
)
_NAMES = {Origin.SLIP: "slip", Origin.EMAIL: "e-mail", Origin.CARD: "card"}
_WHOM = "Only codes that were given out twelve weeks ago or earlier count, and uses within their twelve weeks."
_METHOD = (
    "Used: codes with at least one use, of all; Wilson interval. Difference of the rates: Newcombe's method 10.",
    "Sales and margin: for each code, those that nobody used among them; basket: for each use. Percentile bootstrap.",
    "A margin is told only where the shop gave one, or a cost, for every use.",
)
_HEADER = (
    "pool", "as_of", "measure", "origin", "given", "with_twelve_weeks", "value", "low", "high",
    "slip_less_this", "difference_low", "difference_high",
)  # fmt: skip


def say_origins(study: OriginStudy) -> str:
    """What slips do beside e-mails and cards, in a sentence or two."""
    if not study.has_others:
        return "no codes by e-mail or on cards to compare with that have had their twelve weeks"
    rates = [one for one in study.groups[0].comparisons if one.measure == RATE]
    return "; ".join(_sentence(one) for one in rates)


def _sentence(one: OriginComparison) -> str:
    gap = one.difference.interval
    sure = "" if gap.low > 0 or gap.high < 0 else ", which may be nothing"
    ends = f"{gap.low * 100:+.1f} to {gap.high * 100:+.1f}"
    return (
        f"of codes on slips {per_cent(one.slip, digits=1)} were used, by {_NAMES[one.other]} "
        f"{per_cent(one.value, digits=1)}: {ends} points{sure}"
    )


def origin_page(study: OriginStudy) -> bytes:
    """The comparison for people."""
    body = [f'<p class="warn">{escape(NO_CHANCE)}</p>']
    for group in study.groups:
        title = f"Codes of pool {group.pool}" if group.pool else "All codes"
        body.append(section(title, _WHOM, _numbers_table(group, study.currency)))
        body.append(section("Slip against the others", "", _comparison_table(group, study.currency)))
    points = list(_METHOD)
    if study.foreign:
        points.append(f"{study.foreign:,} uses in another currency than {study.currency} count as uses, without money.")
    body.append(method(points))
    return whole_page(TITLE, f"as of {told(study.day)}", "".join(body))


def _numbers_table(group: OriginGroup, currency: str) -> str:
    head = ("", "given out", "with twelve weeks", "used", "sales per code", "margin per code", "basket")
    return table(head, (_number_cells(one, currency) for one in group.numbers))


def _number_cells(one: OriginNumbers, currency: str) -> Sequence[str]:
    rate = "—"
    if one.ripe:
        low, high = per_cent(one.rate.low, digits=1), per_cent(one.rate.high, digits=1)
        of = f"{one.used.hits:,} of {one.used.trials:,}"
        rate = f"{per_cent(one.used.rate, digits=1)}<small>{low} to {high}; {of}</small>"
    money = (_money(value, currency) for value in (one.sales, one.margin, one.basket))
    return _NAMES[one.origin], f"{one.given:,}", f"{one.ripe:,}", rate, *money


def _money(value: Estimate | None, currency: str) -> str:
    if value is None:
        return "—"
    ends = f"{value.interval.low:,.2f} to {value.interval.high:,.2f}"
    return f"{value.value:,.2f} {escape(currency)}<small>{ends}</small>"


def _comparison_table(group: OriginGroup, currency: str) -> str:
    if not group.comparisons:
        return ""
    head = ("", "slip", "the other", "difference, 95 %", "times, 95 %")
    return table(head, (_comparison_cells(one, currency) for one in group.comparisons))


def _comparison_cells(one: OriginComparison, currency: str) -> Sequence[str]:
    is_rate = one.measure == RATE
    scale, unit, of_gap = (100, "%", "points") if is_rate else (1, escape(currency), escape(currency))
    digits = 1 if is_rate else 2
    gap = one.difference
    slip, other, rise, low, high = (
        f"{number * scale:,.{digits}f}"
        for number in (one.slip, one.value, gap.value, gap.interval.low, gap.interval.high)
    )
    times = "—"
    if one.ratio is not None:
        ends = f"{one.ratio.interval.low:.2f} to {one.ratio.interval.high:.2f}"
        times = f"{one.ratio.value:.2f}<small>{ends}</small>"
    name = f"{one.measure}, against {_NAMES[one.other]}"
    gap_cell = f"{_signed(rise)} {of_gap}<small>{_signed(low)} to {_signed(high)}</small>"
    return escape(name), f"{slip} {unit}", f"{other} {unit}", gap_cell, times


def _signed(number: str) -> str:
    return number.replace("-", "−") if number.startswith("-") else f"+{number}"


def origin_csv(study: OriginStudy) -> bytes:
    """Every number of every origin, a row each, with what slips have more beside those of the others."""
    return write_csv(_HEADER, (row for group in study.groups for row in _csv_rows(study, group)))


def _csv_rows(study: OriginStudy, group: OriginGroup) -> Iterable[Sequence[str]]:
    gaps = {(one.measure, one.other): one.difference for one in group.comparisons}
    for one in group.numbers:
        rate = Estimate(one.used.rate, one.rate) if one.ripe else None
        values = ((RATE, rate), ("sales per code", one.sales), ("margin per code", one.margin), ("basket", one.basket))
        for measure, value in values:
            if value is None:
                continue
            gap = gaps.get((measure, one.origin))
            yield (
                safe_cell(group.pool),
                study.day.isoformat(),
                measure,
                one.origin.value,
                str(one.given),
                str(one.ripe),
                *_ends(value),
                *(_ends(gap) if gap else ("", "", "")),
            )


def _ends(value: Estimate) -> tuple[str, str, str]:
    numbers = (value.value, value.interval.low, value.interval.high)
    one, low, high = (f"{number:.6f}" if math.isfinite(number) else "" for number in numbers)
    return one, low, high


def origin_json(study: OriginStudy) -> bytes:
    """The same for programs."""
    return json.dumps(origin_values(study), ensure_ascii=False, indent=1).encode() + b"\n"


def origin_values(study: OriginStudy) -> dict[str, object]:
    """Everything, as JSON can say it."""
    return {
        "as_of": study.day.isoformat(),
        "currency": study.currency,
        "drawn_by_chance": False,
        "uses_in_other_currencies": study.foreign,
        "groups": [
            {
                "pool": group.pool or None,
                "origins": [_numbers_value(one) for one in group.numbers],
                "comparisons": [_comparison_value(one) for one in group.comparisons],
            }
            for group in study.groups
        ],
    }


def _numbers_value(one: OriginNumbers) -> dict[str, object]:
    return {
        "origin": one.origin.value,
        "given_out": one.given,
        "with_twelve_weeks": one.ripe,
        "used": [one.used.hits, one.used.trials],
        "used_interval": [one.rate.low, one.rate.high],
        "sales_per_code": _estimate(one.sales),
        "margin_per_code": _estimate(one.margin),
        "basket": _estimate(one.basket),
    }


def _comparison_value(one: OriginComparison) -> dict[str, object]:
    return {
        "measure": one.measure,
        "other": one.other.value,
        "slip": one.slip,
        "value": one.value,
        "difference": _estimate(one.difference),
        "ratio": _estimate(one.ratio),
    }


def _estimate(value: Estimate | None) -> dict[str, object] | None:
    if value is None:
        return None
    ends = [end if math.isfinite(end) else None for end in (value.interval.low, value.interval.high)]
    return {"value": value.value if math.isfinite(value.value) else None, "interval": ends}
