"""Sold orders: what an import of past orders reads, without names and addresses."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from packslip.model.findings import Where


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLine:
    """One line of a sold order, or of a return."""

    line_id: str
    sku: str
    category: str = ""
    quantity: int  #: pieces, at least one
    unit_price: Decimal | None = None
    discount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldOrder:
    """An order, a return, or both where lines of an order came back under its own number."""

    store: str
    order_id: str
    customer_id: str  #: "" where the file does not say
    day: date
    currency: str
    total: Decimal | None = None
    refunded: Decimal | None = None
    cancelled_on: date | None = None
    lines: tuple[SoldLine, ...]
    returned: tuple[SoldLine, ...] = ()
    where: Where
