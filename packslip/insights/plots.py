"""Plots of a study as SVG that needs nothing beside it: lifts with their intervals, customers coming back, looks.

Owns scales and shapes; colours and type come from the page's style sheet. Words in it are escaped.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from packslip.insights.intervals import Interval
from packslip.insights.study import WEEKS, Arm, Comparison, Look

MOST_LIFT = 2.0  #: of 1; what reaches beyond is cut off and shown so
_WIDTH = 760.0
_ENDLESS = 1e6
_STEEPEST = 3.0  #: so many times the last interval's reach is shown; what reaches beyond is cut off
_NARROW_NO_BREAK = "\u202f"


@dataclass(frozen=True, slots=True)
class Scale:
    """Values to places on the page."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a value; what lies outside stands at the end."""
        part = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.start + part * (self.end - self.start), 2)


def per_cent(value: float, *, signed: bool = False, digits: int = 0) -> str:
    """A share for people: `23 %`, `+13 %`, `−4 %`."""
    shown = f"{abs(value) * 100:.{digits}f}"
    is_nothing = float(shown) == 0
    sign = "" if is_nothing else "−" if value < 0 else "+" if signed else ""
    return f"{sign}{shown}{_NARROW_NO_BREAK}%"


def span(interval: Interval) -> tuple[str, str]:
    """The ends of an interval of lifts; near nothing they have a decimal, so that nobody takes one for nothing."""
    low, high = (
        per_cent(end, signed=True, digits=1 if abs(end) < 0.0095 else 0) if end < _ENDLESS else "without end"
        for end in (interval.low - 1, interval.high - 1)
    )
    return low, high


def lifts(comparisons: Sequence[Comparison], titles: Callable[[Comparison], str]) -> str:
    """Each comparison's lift over the holdout: a point and its 95 % interval, around the line of no effect."""
    shown = [one for one in comparisons if one.ratio is not None]
    ends = [end for one in shown if one.ratio for end in (one.ratio.interval.low - 1, one.ratio.interval.high - 1)]
    reach = min(max([abs(end) for end in ends if end < MOST_LIFT] or [0.1]) * 1.08, MOST_LIFT)
    step = next(size for size in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if reach / size <= 4 or size == 1.0)
    scale = Scale(-reach, reach, 300.0, 680.0)
    height = 34.0 * len(shown) + 42
    parts = [_line("zero", scale(0), 6, scale(0), height - 30)]
    for number in range(-int(reach / step), int(reach / step) + 1):
        place = scale(number * step)
        if number:
            parts.append(_line("grid", place, 6, place, height - 30))
        label = "no effect" if not number else per_cent(number * step, signed=True)
        parts.append(_text("tick middle", place, height - 12, label))
    for row, one in enumerate(shown):
        parts.append(_lift(one, scale, 24.0 + 34.0 * row, titles(one)))
    return _svg(height, "Lift of each variant over no marketing slip", parts)


def _lift(one: Comparison, scale: Scale, y: float, title: str) -> str:
    if one.ratio is None:
        return ""
    low, high = one.ratio.interval.low - 1, one.ratio.interval.high - 1
    kind = "up" if low > 0 else "down" if high < 0 else "open"
    value = one.ratio.value - 1
    return (
        f'<g class="{kind}">'
        + _text("name", 0, y + 5, title)
        + _line("bar", scale(low), y, scale(high), y)
        + f'<circle cx="{scale(value)}" cy="{y}" r="5.5"/>'
        + _text("value end", _WIDTH, y + 5, per_cent(value, signed=True))
        + "</g>"
    )


def curves(arms: Sequence[Arm]) -> str:
    """Share of customers that had ordered again, week by week after their slip."""
    shown = [arm for arm in arms if arm.curve]
    top = max((arm.curve[-1] for arm in shown), default=0.0) or 0.1
    step = next(size for size in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if top / size <= 5 or size == 0.5)
    across = Scale(0, WEEKS, 44.0, 600.0)
    up = Scale(0, top * 1.04, 230.0, 12.0)
    parts = []
    for number in range(int(top / step) + 1):
        parts.append(_line("grid", 44, up(number * step), 600, up(number * step)))
        parts.append(_text("tick end", 36, up(number * step) + 4, per_cent(number * step)))
    weeks = range(0, WEEKS + 1, 2)
    parts += [_text("tick middle", across(week), 250, f"{week}" if week else "slip") for week in weeks]
    parts.append(_text("tick end", 600, 268, "weeks"))
    for number, arm in enumerate(shown):
        points = " ".join(f"{across(week)},{up(share)}" for week, share in enumerate(arm.curve))
        parts.append(f'<polyline class="curve {_colour(number, shown)}" points="{points}"/>')
    ends = [(up(arm.curve[-1]), number) for number, arm in enumerate(shown)]
    for y, number in _apart(ends):
        arm = shown[number]
        label = f"{arm.name} {per_cent(arm.curve[-1], digits=1)}"
        parts.append(_text(f"name {_colour(number, shown)}", 610, y + 4, label))
    return _svg(276.0, "Customers who ordered again", parts)


def _colour(number: int, shown: Sequence[Arm]) -> str:
    return "held" if number == len(shown) - 1 else f"arm{number % 4}"


def _apart(places: Iterable[tuple[float, int]], least: float = 17.0) -> list[tuple[float, int]]:
    """Labels moved down until none covers another."""
    moved: list[tuple[float, int]] = []
    for y, number in sorted(places):
        moved.append((max(y, moved[-1][0] + least) if moved else y, number))
    return moved


def sequence(looks: Sequence[Look], colour: int) -> str:
    """The difference at every week's look, with the interval that holds at all of them and the one that holds once."""
    if len(looks) < 2:
        return ""
    middle, reach = looks[-1].difference.value, (looks[-1].always.high - looks[-1].always.low) / 2 * _STEEPEST
    low = max(min(*(look.always.low for look in looks), 0.0), min(middle - reach, 0.0))
    high = min(max(*(look.always.high for look in looks), 0.0), max(middle + reach, 0.0))
    room = max(high - low, 0.001) * 0.06
    first, last = looks[0].day.toordinal(), looks[-1].day.toordinal()
    across = Scale(first, last, 52.0, 740.0)
    up = Scale(low - room, high + room, 200.0, 10.0)
    step = next(size for size in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 1.0) if (high - low) / size <= 5 or size == 1.0)
    parts = []
    for number in range(int(low / step), int(high / step) + 1):
        place = up(number * step)
        parts.append(_line("zero" if number == 0 else "grid", 52, place, 740, place))
        parts.append(_text("tick end", 44, place + 4, _points(number * step)))
    parts.append(_band(f"always arm{colour % 4}", looks, across, up, lambda look: look.always))
    parts.append(_band(f"once arm{colour % 4}", looks, across, up, lambda look: look.difference.interval))
    points = " ".join(f"{across(look.day.toordinal())},{up(look.difference.value)}" for look in looks)
    parts.append(f'<polyline class="curve arm{colour % 4}" points="{points}"/>')
    for place, look in _spread(looks):
        anchor = "start" if place == 0 else "end" if look is looks[-1] else "middle"
        parts.append(_text(f"tick {anchor}", across(look.day.toordinal()), 222, f"{look.day.day} {look.day:%b %Y}"))
    return _svg(230.0, "The difference at every look", parts)


def _points(value: float) -> str:
    """A difference of shares, in points."""
    shown = f"{abs(value) * 100:g}"
    return f"{'−' if value < 0 else '+' if value > 0 else ''}{shown}"


def _band(kind: str, looks: Sequence[Look], across: Scale, up: Scale, of: Callable[[Look], Interval]) -> str:
    there = [f"{across(look.day.toordinal())},{up(of(look).high)}" for look in looks]
    back = [f"{across(look.day.toordinal())},{up(of(look).low)}" for look in reversed(looks)]
    return f'<polygon class="{kind}" points="{" ".join(there + back)}"/>'


def _spread(looks: Sequence[Look]) -> list[tuple[int, Look]]:
    """First, last and up to three in between."""
    most = min(len(looks), 5)
    places = [round(part * (len(looks) - 1) / (most - 1)) for part in range(most)]
    return list(enumerate(looks[place] for place in dict.fromkeys(places)))


def _svg(height: float, title: str, parts: Iterable[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH:g} {height:g}" role="img" aria-label="{escape(title, quote=True)}">'
        f"{''.join(parts)}</svg>"
    )


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'


def _text(kind: str, x: float, y: float, words: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(words)}</text>'
