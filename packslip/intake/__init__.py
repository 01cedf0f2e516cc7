"""Intake: a claimed drop → a stream of orders and findings.

Owns the reading of the order contract and of mapped exports. Decides nothing about customers, looks nothing up, and
never raises for what a file holds.
"""

from packslip.intake.aliases import alias_of
from packslip.intake.reading import Reading, ReadOrder, read_orders

__all__ = ["ReadOrder", "Reading", "alias_of", "read_orders"]
