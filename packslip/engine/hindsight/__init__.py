"""Hindsight: what rules say, or would have said, of orders that are past; nothing is granted, drawn or written."""

from packslip.engine.hindsight.counts import Counts, RowCount, count_rows

__all__ = ["Counts", "RowCount", "count_rows"]
