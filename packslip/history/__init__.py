"""History: the orders packslip knows, and what they say of a customer and of the products."""

from packslip.history.history import History

__all__ = ["History"]
