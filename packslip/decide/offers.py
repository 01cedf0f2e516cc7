"""The offer that the tables' outputs make for one order, computed where it is a share of what was bought.

An offer that nobody can reckon, or that comes to nothing, is withheld, with the reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from packslip.library.output_cells import Amount, OutputValue, Share
from packslip.library.rule_headings import OFFER
from packslip.model import Because, Offer, Order, Withheld

#: table of the reason that no row gives
AMOUNT = "amount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What the outputs come to."""

    offer: Offer | None = None
    withheld: Withheld | None = None  #: why an offer that the tables want is not made
    because: tuple[Because, ...] = ()  #: how its amount was computed


def make_offer(outputs: Mapping[str, OutputValue], order: Order, withheld: Mapping[str, Withheld]) -> Made:
    """The offer that outputs make, unless it is one of those `withheld` or cannot be computed."""
    name, amount, days = (outputs.get(path) for path in OFFER)
    if not isinstance(name, str) or not name or not isinstance(days, int):
        return Made()
    if name in withheld:
        return Made(withheld=withheld[name])
    if isinstance(amount, Amount):
        return Made(offer=Offer(name=name, amount=amount.value, unit=amount.unit, valid_days=days))
    return _of_share(name, amount, days, order) if isinstance(amount, Share) else Made()


def _of_share(name: str, share: Share, days: int, order: Order) -> Made:
    base = goods(order) if share.of == "goods" else order.totals.order
    if base is None:
        what = "not every line has a price" if share.of == "goods" else "the order states no total"
        return Made(withheld=Withheld(offer=name, why=f"{share} cannot be computed: {what}"))
    value = (base * share.percent / 100).to_integral_value(ROUND_FLOOR)
    value = max(value, share.least or value)
    value = min(value, share.most or value).to_integral_value(ROUND_FLOOR)
    why = f"{share}, which come to {base:f} {order.currency}"
    if value < 1:
        return Made(withheld=Withheld(offer=name, why=f"{why}: less than one {order.currency}"))
    offer = Offer(name=name, amount=value, unit=order.currency, valid_days=days)
    told = Because(table=AMOUNT, row=0, why=why, outputs={OFFER[1]: f"{value:f} {order.currency}"})
    return Made(offer=offer, because=(told,))


def goods(order: Order) -> Decimal | None:
    """What the order's lines cost less their discounts, None where a price is missing."""
    total = Decimal(0)
    for line in order.lines:
        if line.unit_price is None:
            return None
        total += line.unit_price * line.quantity - (line.line_discount or 0)
    return total
