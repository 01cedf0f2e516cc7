"""Customers of a campaign: who was in which arm since when, and what they bought within twelve weeks.

Owns the join of exposures and orders. A customer counts from their first slip of the campaign, in the arm of that slip,
whatever became of the slip: so the arms stay as alike as the hash made them.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from packslip.history import Purchase
from packslip.ledger import Exposure

WINDOW = timedelta(weeks=12)
BEFORE = timedelta(weeks=52)  #: what customers spent in this time foretells what they will spend

OrderName = tuple[str, str]  #: store and order id


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One customer."""

    arm: str
    since: date  #: day of the first slip
    was_first: bool  #: that slip lay in the parcel of the first order that is known of them
    again_after: int | None  #: days until they ordered again, within the window
    currency: str
    revenue: float  #: of their orders within the window
    margin: float  #: the same, less what the goods cost
    before: float  #: revenue in the year before
    redeemed: bool = False

    def is_ripe(self, day: date) -> bool:
        """Whether the whole window has passed by a day."""
        return self.since + WINDOW <= day


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """All customers of a campaign."""

    customers: tuple[Subject, ...]  #: in the order in which they came
    unknown: int = 0  #: orders whose customer is not known any more
    moved: int = 0  #: customers whose later slips were of another arm: shares were changed meanwhile
    costed: float = 0.0  #: share of the money for lines whose cost is known; 0: margins mean nothing
    has_redemptions: bool = False


def gather(
    exposures: Iterable[Exposure],
    purchases: Sequence[Purchase],
    *,
    costs: Mapping[str, Decimal],
    redeemed: frozenset[OrderName] | None = None,
) -> Subjects:
    """The customers of one campaign's exposures, with every order of theirs in `purchases`.

    `redeemed`: orders whose promo codes were used; None where nobody said.
    """
    buyers = {(order.store, order.order_id): (order.store, order.customer_id) for order in purchases}
    slips: dict[tuple[str, str], list[Exposure]] = defaultdict(list)
    unknown = 0
    for exposure in sorted(exposures, key=lambda one: one.at):
        buyer = buyers.get((exposure.store, exposure.order_id))
        if buyer is None:
            unknown += 1
        else:
            slips[buyer].append(exposure)
    orders: dict[tuple[str, str], list[Purchase]] = defaultdict(list)
    for order in purchases:
        orders[order.store, order.customer_id].append(order)
    goods = _Goods.of(purchases, costs)
    found = [_subject(mine, orders[buyer], goods, redeemed or frozenset()) for buyer, mine in slips.items()]
    return Subjects(
        customers=tuple(sorted(found, key=lambda one: one.since)),
        unknown=unknown,
        moved=sum(len({one.arm for one in mine}) > 1 for mine in slips.values()),
        costed=goods.costed,
        has_redemptions=redeemed is not None,
    )


def _subject(
    slips: Sequence[Exposure], orders: Sequence[Purchase], goods: "_Goods", redeemed: frozenset[OrderName]
) -> Subject:
    first = slips[0]
    since = first.at.date()
    own = next(one for one in orders if (one.store, one.order_id) == (first.store, first.order_id))
    earlier = [one for one in orders if one is not own and one.ordered_on <= own.ordered_on and one.stands]
    later = [one for one in orders if since < one.ordered_on <= since + WINDOW and one is not own and one.stands]
    paid = [one for one in later if one.currency == own.currency]
    recent = [one for one in earlier if one.ordered_on > own.ordered_on - BEFORE and one.currency == own.currency]
    return Subject(
        arm=first.arm,
        since=since,
        was_first=not earlier,
        again_after=min(((one.ordered_on - since).days for one in later), default=None),
        currency=own.currency,
        revenue=math.fsum(goods.revenue(one) for one in paid),
        margin=math.fsum(goods.revenue(one) - goods.cost(one) for one in paid),
        before=math.fsum(goods.revenue(one) for one in recent),
        redeemed=any((one.store, one.order_id) in redeemed for one in slips),
    )


@dataclass(frozen=True, slots=True)
class _Goods:
    """What orders brought in and what their goods cost."""

    costs: Mapping[str, Decimal]
    share: float  #: cost of a line for each unit of its price, where it is not known
    costed: float

    @classmethod
    def of(cls, purchases: Iterable[Purchase], costs: Mapping[str, Decimal]) -> "_Goods":
        known = cost = total = 0.0
        for order in purchases:
            for line in order.lines:
                price = float(line.unit_price or 0) * line.quantity
                total += price
                if line.sku in costs:
                    known += price
                    cost += float(costs[line.sku]) * line.quantity
        return cls(costs, cost / known if known else 0.0, known / total if total else 0.0)

    def revenue(self, order: Purchase) -> float:
        """What the order is worth: its stated total, less what came back; else its lines."""
        if order.worth is not None:
            return float(order.worth)
        return math.fsum(float(line.unit_price or 0) * line.quantity for line in order.lines)

    def cost(self, order: Purchase) -> float:
        """What its goods cost; a line whose cost is not known costs as much of its price as the others do."""
        return math.fsum(
            float(self.costs[line.sku]) * line.quantity
            if line.sku in self.costs
            else float(line.unit_price or 0) * line.quantity * self.share
            for line in order.lines
        )
