"""A printer's roll of jobs, and what it proves that one is not on it.

Pure, but for the asking. A job that is missing was certainly not printed only where the printer was up since before it
was meant to be sent, told every job it knows, and still remembers one that ended before: printers forget the oldest
first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from packslip.dispatch.ipp.client import is_success
from packslip.dispatch.ipp.jobs import JOB_ATTRIBUTES
from packslip.dispatch.ipp.values import Attribute, Attributes, GroupTag, Message, Tag, attribute

#: Most jobs that are asked for at once; a printer that has as many may have more.
MOST_JOBS = 2000
#: By so much the printer's clock and ours may have drifted, or ours been set, since a job was meant to be sent.
DRIFT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """Every job that a printer told of."""

    jobs: tuple[Attributes, ...]
    is_whole: bool  #: whether it told all it knows, each with its name
    read_at: datetime | None = None
    up_since: datetime | None = None  #: None where it does not say
    up_s: float = 0.0

    def named(self, name: str) -> tuple[Attributes, ...]:
        """The jobs of a name."""
        return tuple(job for job in self.jobs if job.text("job-name") == name)

    def numbered(self, number: int) -> Attributes | None:
        """The job of a number."""
        return next((job for job in self.jobs if job.number("job-id") == number), None)

    def dated(self, now: datetime, up: timedelta | None) -> "Roll":
        """The same, with how long the printer had been up when it was read."""
        if up is None:
            return replace(self, read_at=now)
        return replace(self, read_at=now, up_since=now - up, up_s=up.total_seconds())

    def doubt(self, name: str, intended_at: datetime) -> str:
        """Why it proves nothing that a job is missing here, "" where it is proof."""
        if self.up_since is None or self.read_at is None:
            return "does not say how long it has been up"
        if self.up_since + DRIFT > intended_at:
            return "may have been restarted since"
        if not self.is_whole:
            return "does not tell all its jobs"
        if any(name.startswith(job.text("job-name")) for job in self.jobs):
            return "may have cut its title short"
        meant_at_s = self.up_s - (self.read_at - intended_at + DRIFT).total_seconds()
        ended = (job.number("time-at-completed") for job in self.jobs)
        if not any(moment is not None and 0 < moment <= meant_at_s for moment in ended):
            return "may have forgotten what it printed"
        return ""


def read_roll(ask: Callable[[Sequence[Attribute]], Message]) -> Roll:
    """The jobs that are under way, then those that have ended, so that none slips between the two."""
    jobs: list[Attributes] = []
    is_whole = True
    for which in ("not-completed", "completed"):
        reply = ask(
            (
                attribute("limit", Tag.INTEGER, MOST_JOBS),
                attribute("requested-attributes", Tag.KEYWORD, *JOB_ATTRIBUTES),
                attribute("which-jobs", Tag.KEYWORD, which),
            )
        )
        told = reply.all_of(GroupTag.JOB) if is_success(reply.code) else ()
        is_whole = is_whole and is_success(reply.code) and len(told) < MOST_JOBS
        jobs += told
    return Roll(jobs=tuple(jobs), is_whole=is_whole and all(job.text("job-name") for job in jobs))
