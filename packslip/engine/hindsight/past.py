"""A past order with what was known before it, decided by the rules of one world or another.

The facts are those of the order's own day and the same for both; only what a world itself says differs: its tables, and
its campaigns with their arms.
"""

from dataclasses import dataclass, replace
from datetime import date
from types import TracebackType
from typing import Self

from packslip.decide import decide
from packslip.engine.suppressing import Suppressions
from packslip.history import History
from packslip.model import Choice, Facts, Finding, Order, Parcel, settle_parcel
from packslip.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOrder:
    """One order as it stood before its slip was made."""

    order: Order
    parcel: Parcel
    facts: Facts
    today: date


class Recollection:
    """What is known of past orders of a workspace, as of their own days."""

    def __init__(self, world: World) -> None:
        self._catalogue = world.catalogue
        self._history = History.open(world.workspace.history, read_only=True)
        self._suppressions = Suppressions(world.workspace)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._history.close()

    def recall(self, order: Order, today: date | None = None) -> PastOrder:
        """An order with the facts of its own day, or of another one; products to recommend are not looked for."""
        day = today or order.order_date
        facts = self._history.facts_of_customer(order, self._catalogue)
        ids = self._catalogue.ids_of(order.customer_id)
        facts = replace(facts, suppressed=self._suppressions.holds_any(order.key.store, ids))
        return PastOrder(order=order, parcel=settle_parcel(order, {})[0], facts=facts, today=day)


def decide_past(world: World, past: PastOrder) -> tuple[Choice, tuple[Finding, ...]]:
    """What the rules of a world say of a past order, as the line would have asked them on its day."""
    order = past.order
    facts = replace(past.facts, arms=world.arms(order.key.store, order.customer_id, past.today))
    return decide(order, past.parcel, facts, world.rules, past.today, origin=world.settings.shop.country)
