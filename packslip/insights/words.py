"""What a study says in sentences, for somebody who has a minute: the verdict on each variant, and what it rests on."""

from dataclasses import dataclass
from datetime import date

from packslip.insights.customers import WINDOW
from packslip.insights.planning import POWER
from packslip.insights.plots import per_cent, span
from packslip.insights.sequences import FEWEST
from packslip.insights.study import Comparison, Outlook, Study, Verdict

MEASURES = {
    "repeat": "Ordered again",
    "second purchase": "Second purchase",
    "revenue": "Revenue per customer",
    "margin": "Margin per customer",
}
_DOES = {"repeat": "come back within twelve weeks", "second purchase": "order a second time within twelve weeks"}


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict in words."""

    mood: str  #: good, bad or wait
    headline: str
    below: str


def say_verdict(study: Study, outlook: Outlook) -> Said:
    """The verdict on one variant."""
    found = study.deciding(outlook.arm)
    name, does = f"“{outlook.arm}”", _DOES[study.campaign.measure]
    rise = found.difference.value
    match outlook.verdict:
        case Verdict.BROKEN:
            return Said("bad", f"{name} cannot be judged: the arms are not what they were meant to be.", "")
        case Verdict.EARLY:
            below = f"{_few(study, outlook)} {_when(study, outlook)}"
            return Said("wait", f"Too early to say what {name} does.", below)
        case Verdict.OPEN:
            below = f"So far: {_span(found)}. {_when(study, outlook)}"
            return Said("wait", f"Nothing is sure of {name} yet.", below)
        case Verdict.NOTHING:
            return Said("wait", f"{name} shows no effect.", f"{_rates(found)} {_chance(study, outlook, found)}")
    how = "Because of" if study.campaign.measure == "repeat" else "With"
    more = _more(found)
    headline = f"{how} {name}, {more} customers {does}."
    if outlook.verdict is Verdict.SURE:
        trust = "Sure, however often this page was looked at."
    else:
        since = told(outlook.readable or study.campaign.ends + WINDOW)
        trust = f"Safe to say at the first look since {since}; not, had you looked for a lucky day."
    return Said("good" if rise > 0 else "bad", headline, f"{_rates(found)} {_span(found).capitalize()}. {trust}")


def _chance(study: Study, outlook: Outlook, found: Comparison) -> str:
    """What an effect that does not show may still be."""
    lift = per_cent(study.campaign.smallest_lift / 100)
    if outlook.readable:
        known = f"An effect of {lift} would by now have shown with a chance of {per_cent(POWER)}"
    else:
        known = f"Too few customers came for an effect of {lift} to show"
    return f"{known}; what there is lies {_span(found)}."


def _more(found: Comparison) -> str:
    kind = "more" if found.difference.value > 0 else "fewer"
    if found.ratio is None:
        return kind
    return f"{per_cent(abs(found.ratio.value - 1))} {kind}"


def _rates(found: Comparison) -> str:
    return f"{per_cent(found.value, digits=1)} did, against {per_cent(found.holdout, digits=1)} of those held out."


def _span(found: Comparison) -> str:
    """The 95 % interval, as a lift where there is one."""
    if found.ratio is None:
        ends = found.difference.interval
        return f"between {ends.low * 100:+.1f} and {ends.high * 100:+.1f} points".replace("-", "−")
    low, high = span(found.ratio.interval)
    return f"between {low} and {high}"


def _few(study: Study, outlook: Outlook) -> str:
    ripe = {arm.name: arm.ripe for arm in study.arms}
    held = study.holdout
    return (
        f"{ripe[outlook.arm]:,} of its customers and {held.ripe:,} of those held out have had their twelve weeks; "
        f"{FEWEST} of each are the least to look at."
    )


def _when(study: Study, outlook: Outlook) -> str:
    lift = per_cent(study.campaign.smallest_lift / 100)
    if outlook.rate is None or outlook.needed is None:
        return "When it will be readable cannot be told yet: nobody knows how often customers come back by themselves."
    if outlook.readable is not None:
        return (
            f"An effect of {lift} will be readable on {told(outlook.readable)}: that takes {outlook.needed:,} "
            f"customers, {outlook.entered:,} are there."
        )
    if not outlook.entered:
        return f"To read an effect of {lift} takes {outlook.needed:,} customers; none is there yet."
    return (
        f"To read an effect of {lift} takes {outlook.needed:,} customers; {outlook.entered:,} are there, and at this "
        f"pace the campaign is over before that. {_at_end(study, outlook)}"
    )


def _at_end(study: Study, outlook: Outlook) -> str:
    if not outlook.seen_at_end or not outlook.rate:
        return "Run it longer, or hold out more."
    least = per_cent(outlook.seen_at_end / outlook.rate)
    end = told(study.campaign.ends + WINDOW)
    return f"What can be read at its end, on {end}, is an effect of {least} or more. Run it longer, or hold out more."


def told(day: date | None) -> str:
    """A day for people."""
    return f"{day.day} {day:%B %Y}" if day else ""
