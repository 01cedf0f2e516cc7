"""Modelling: a model of what sells, made from the history; by hand, or each night by a running line.

A model that is made at night serves from the next day on, so that all orders of a day are served by one model whenever
they come. It is made in a process of its own that gives way to the line.
"""

import threading
from datetime import date, datetime

from packslip.engine.lock import upkeep_lock
from packslip.engine.upkeep.aside import run_aside
from packslip.errors import RetryLater
from packslip.history import most_orders, sales_before
from packslip.recommend import Kept, Recipe, day_number, kept_models, remove_old, save
from packslip.recommend.baskets import Baskets
from packslip.recommend.tuning import learn_tuned
from packslip.world import Workspace

#: Orders of a store below which counting says as much as a model.
LEAST_ORDERS = 100

_LONGEST_S = 7200.0


def build(
    workspace: Workspace, *, today: date, serves_from: date, now: datetime, least_orders: int = LEAST_ORDERS
) -> Kept:
    """Make the model of all sales before `today` and remove those that serve no more.

    Stores with few orders are left out: there the history counts.

    Raises:
        WorkspaceError: the history cannot be read, or another command works on the state.
    """
    models = {}
    for store, lines in sales_before(workspace.history, today).items():
        baskets = Baskets.of(lines)
        if len(baskets) >= least_orders:
            models[store] = learn_tuned(baskets, Recipe(), until=day_number(today))
    with upkeep_lock(workspace.state):
        kept = save(workspace.models, models, until=today, serves_from=serves_from, built_at=now)
        remove_old(workspace.models, today)
    return kept


def is_due(workspace: Workspace, due: datetime | None) -> bool:
    """Whether there is enough to learn from, and nothing was learnt for the day after the one on which it was due.

    Raises:
        WorkspaceError: the history cannot be read.
    """
    if due is None:
        return False
    models = kept_models(workspace.models)
    if models and models[-1].serves_from > due.date():
        return False
    return most_orders(workspace.history) >= LEAST_ORDERS


def build_aside(workspace: Workspace, stop: threading.Event) -> bool:
    """Make the model of tomorrow in a process of its own; False where it was told to stop.

    Raises:
        RetryLater: it failed, or took too long.
    """
    try:
        return run_aside(workspace, ("recommend", "build", "--tonight"), stop, longest_s=_LONGEST_S)
    except RetryLater as fault:
        raise RetryLater(f"no model could be made: {fault}") from None
