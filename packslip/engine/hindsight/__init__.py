"""Hindsight: what rules say, or would have said, of orders that are past; nothing is granted, drawn or written."""

from packslip.engine.hindsight.changes import Comparison, Difference, Fired, Sample, are_alike, compare
from packslip.engine.hindsight.counts import Counts, RowCount, count_rows
from packslip.engine.hindsight.orders import MOST_ORDERS, PastOrders
from packslip.engine.hindsight.revisions import open_rules

__all__ = [
    "MOST_ORDERS",
    "Comparison",
    "Counts",
    "Difference",
    "Fired",
    "PastOrders",
    "RowCount",
    "Sample",
    "are_alike",
    "compare",
    "count_rows",
    "open_rules",
]
