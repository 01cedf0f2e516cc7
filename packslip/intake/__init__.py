"""Intake: a claimed drop → a stream of orders and findings.

Owns the reading of the order contract and of mapped exports. Decides nothing about customers, looks nothing up, and
never raises for what a file holds.
"""

from packslip.intake.aliases import alias_of, ids_of
from packslip.intake.ending import ending_of
from packslip.intake.past_orders import PastReading, read_past_orders
from packslip.intake.reading import Reading, ReadOrder, read_orders
from packslip.intake.stretches import Blanked, Stretch, blank, stretches_in

__all__ = [
    "Blanked",
    "PastReading",
    "ReadOrder",
    "Reading",
    "Stretch",
    "alias_of",
    "blank",
    "ending_of",
    "ids_of",
    "read_orders",
    "read_past_orders",
    "stretches_in",
]
