"""The check that stands between saving and going live."""

from collections.abc import Iterable
from datetime import date

from packslip.check import check_world
from packslip.model import Finding, has_errors
from packslip.proof import try_layouts
from packslip.world import World

_MOST_DAYS = 4


def check_whole(world: World, days: Iterable[date] = (), *, every_overlap: bool = False) -> tuple[Finding, ...]:
    """Every finding of a release, trial slips of each layout for each brand included, of today or of the days given."""
    today = date.today()  # noqa: DTZ011 - the shop's own day
    found = check_world(world, today=today, every_overlap=every_overlap)
    if has_errors(found):
        return found
    wanted = tuple(days)[:_MOST_DAYS] or (today,)
    tried = (finding for day in wanted for finding in try_layouts(world, today=day))
    return tuple(dict.fromkeys((*found, *tried)))
