"""A study for programs: one row a number as CSV, everything as plain values for JSON."""

import json
import math
from collections.abc import Iterable, Mapping

from packslip.csvfile import safe_cell, write_csv
from packslip.insights.intervals import Count, Interval
from packslip.insights.study import Arm, Comparison, Outlook, Study
from packslip.ledger import Exposure

_HEADER = (
    "campaign", "as_of", "measure", "arm", "value", "holdout", "difference", "difference_low", "difference_high",
    "ratio", "ratio_low", "ratio_high", "always_low", "always_high", "method",
)  # fmt: skip


_ARMS = ("store", "order_id", "campaign", "arm", "at")


def arms_csv(exposures: Iterable[Exposure]) -> bytes:
    """In which arm each slip was that counts, a row each; for others who reckon, and who send e-mail."""
    rows = ((one.store, one.order_id, one.campaign, one.arm, one.at.isoformat()) for one in exposures)
    return write_csv(_ARMS, (tuple(map(safe_cell, row)) for row in rows))


def study_csv(study: Study) -> bytes:
    """Every comparison, a row each."""
    return write_csv(_HEADER, (_row(study, one) for one in study.comparisons))


def _row(study: Study, one: Comparison) -> tuple[str, ...]:
    shares = (one.ratio.value, one.ratio.interval.low, one.ratio.interval.high) if one.ratio else (None,) * 3
    always = (one.always.low, one.always.high) if one.always else (None, None)
    gap = one.difference
    numbers = (one.value, one.holdout, gap.value, gap.interval.low, gap.interval.high, *shares, *always)
    texts = (study.campaign.key, study.day.isoformat(), one.measure, one.arm)
    return tuple(safe_cell(text) for text in texts) + tuple(map(_cell, numbers)) + (one.method,)


def _cell(number: float | None) -> str:
    return "" if number is None or not math.isfinite(number) else f"{number:.6f}"


def study_json(study: Study) -> bytes:
    """The same and more, for programs."""
    return json.dumps(study_values(study), ensure_ascii=False, indent=1).encode() + b"\n"


def study_values(study: Study) -> dict[str, object]:
    """Everything, as JSON can say it."""
    campaign = study.campaign
    return {
        "campaign": campaign.key,
        "name": campaign.name,
        "begins": campaign.begins.isoformat(),
        "ends": campaign.ends.isoformat(),
        "measure": campaign.measure,
        "as_of": study.day.isoformat(),
        "currency": study.currency,
        "customers": study.customers,
        "unknown": study.unknown,
        "moved": study.moved,
        "sample_ratio_p": study.evenness,
        "arms": [_arm(arm) for arm in study.arms],
        "comparisons": [_comparison(one) for one in study.comparisons],
        "outlooks": [_outlook(one) for one in study.outlooks],
    }


def _arm(arm: Arm) -> Mapping[str, object]:
    return {
        "arm": arm.name,
        "share": arm.share,
        "customers": arm.customers,
        "with_twelve_weeks": arm.ripe,
        "again": _count(arm.again),
        "second_purchase": _count(arm.second),
        "redeemed": _count(arm.redeemed) if arm.redeemed else None,
        "revenue": arm.revenue,
        "margin": arm.margin,
        "again_by_week": list(arm.curve),
    }


def _count(count: Count) -> list[int]:
    return [count.hits, count.trials]


def _comparison(one: Comparison) -> Mapping[str, object]:
    return {
        "measure": one.measure,
        "arm": one.arm,
        "value": one.value,
        "holdout": one.holdout,
        "difference": one.difference.value,
        "difference_interval": _ends(one.difference.interval),
        "ratio": one.ratio.value if one.ratio else None,
        "ratio_interval": _ends(one.ratio.interval) if one.ratio else None,
        "always_interval": _ends(one.always) if one.always else None,
        "method": one.method,
        "variance_saved": one.saved,
    }


def _ends(interval: Interval) -> list[float | None]:
    return [end if math.isfinite(end) else None for end in (interval.low, interval.high)]


def _outlook(one: Outlook) -> Mapping[str, object]:
    return {
        "arm": one.arm,
        "verdict": one.verdict.value,
        "expected_rate": one.rate,
        "wanted_rise": one.wanted,
        "smallest_rise_seen_now": one.seen_now,
        "smallest_rise_seen_at_end": one.seen_at_end,
        "customers_needed": one.needed,
        "customers_so_far": one.entered,
        "readable_on": one.readable.isoformat() if one.readable else None,
    }
