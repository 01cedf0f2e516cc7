"""History: the orders packslip knows, and what they say of a customer and of the products."""

from packslip.history.history import History
from packslip.history.importing import HistoryImport, Taken
from packslip.history.purchases import Purchase, Sold, come_back, purchases_of_buyers
from packslip.history.upkeep import HistoryKeeper, KnownCustomer, KnownOrder, KnownReturn

__all__ = [
    "History",
    "HistoryImport",
    "HistoryKeeper",
    "KnownCustomer",
    "KnownOrder",
    "KnownReturn",
    "Purchase",
    "Sold",
    "Taken",
    "come_back",
    "purchases_of_buyers",
]
