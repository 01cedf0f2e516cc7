"""A past order with what was known before it, decided by the rules of one world or another.

The facts are those of the order's own day and the same for both; only what a world itself says differs: its tables, and
its campaigns with their arms.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import TracebackType
from typing import Self

from packslip.decide import decide, without_unknown_borders
from packslip.engine.suppressing import Suppressions
from packslip.history import History
from packslip.library.words import Situation
from packslip.model import Choice, Facts, Finding, Order, Parcel, settle_parcel
from packslip.world import World

_NOTHING: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOrder:
    """One order as it stood before its slip was made."""

    order: Order
    parcel: Parcel
    facts: Facts
    today: date

    def situation(self, world: World) -> Situation:
        """All that the rules of a world may look at."""
        arms = world.arms(self.order.key.store, self.order.customer_id, self.today)
        return Situation(order=self.order, parcel=self.parcel, facts=replace(self.facts, arms=arms), today=self.today)


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

    def recall(
        self, order: Order, today: date | None = None, shipped_before: Mapping[str, int] = _NOTHING
    ) -> PastOrder:
        """An order with the facts of its own day; products to recommend are not looked for.

        `today` is the day its slip was made, where that was another; `shipped_before` what earlier parcels held.
        """
        ids = self._catalogue.ids_of(order.customer_id)
        facts = replace(
            self._history.facts_of_customer(order, self._catalogue),
            suppressed=self._suppressions.holds_any(order.key.store, ids),
            shipped_before=dict(shipped_before),
        )
        parcel, _ = settle_parcel(order, shipped_before)
        return PastOrder(order=order, parcel=parcel, facts=facts, today=today or order.order_date)


def decide_past(world: World, past: PastOrder) -> tuple[Choice, tuple[Finding, ...]]:
    """What the rules of a world say of a past order, as the line would have asked them on its day."""
    at = past.situation(world)
    choice, findings = decide(at.order, at.parcel, at.facts, world.rules, at.today, origin=world.settings.shop.country)
    return choice, without_unknown_borders(at.order, findings)
