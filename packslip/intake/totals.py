"""Stated totals against the lines. Nothing is computed for the paper: what the shop states is printed as given."""

from collections.abc import Iterable
from decimal import Decimal

from packslip.model import Finding, Order, Where, warning

_TOLERANCE = Decimal("0.01")


def check_totals(order: Order) -> Iterable[Finding]:
    """A warning where every part of the sum is stated and the parts do not make the total.

    total = lines - discounts + shipping, and + tax unless prices include it. Discounts count by amount, whatever their
    sign.
    """
    totals = order.totals
    if totals.order is None or totals.shipping is None or totals.discount is None or totals.prices_include_tax is None:
        return
    if not totals.prices_include_tax and totals.tax is None:
        return
    expected = totals.shipping - abs(totals.discount)
    for line in order.lines:
        if line.unit_price is None:
            return
        expected += line.unit_price * line.quantity - abs(line.line_discount or Decimal())
    if not totals.prices_include_tax and totals.tax is not None:
        expected += totals.tax
    if abs(expected - totals.order) > _TOLERANCE:
        where = Where(file=order.where.file, line=order.where.line, spot="order_total")
        message = f"{totals.order} stated, but lines, discounts, shipping and tax make {expected}"
        yield warning("totals.disagree", where, message, "correct the totals in the export")
