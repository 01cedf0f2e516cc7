"""Ranking: every store's customers compared anew, each night and whenever past orders came in."""

from datetime import date

from packslip.history import HistoryKeeper
from packslip.world import World


def rank_customers(world: World, day: date) -> None:
    """Rank the customers of every store by what happened before a day."""
    HistoryKeeper(world.workspace.history).rank(day, world.catalogue.same)
