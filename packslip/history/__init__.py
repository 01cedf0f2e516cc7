"""History: the orders packslip knows, and what they say of a customer and of the products."""

from packslip.history.bought import most_orders, sales_before
from packslip.history.history import History
from packslip.history.importing import HistoryImport, Taken
from packslip.history.purchases import Purchase, Sold, come_back, purchases_of_buyers
from packslip.history.replaying import KnownOrders, all_orders, latest_orders, replay
from packslip.history.upkeep import HistoryKeeper, KnownCustomer, KnownOrder, KnownReturn

__all__ = [
    "History",
    "HistoryImport",
    "HistoryKeeper",
    "KnownCustomer",
    "KnownOrder",
    "KnownOrders",
    "KnownReturn",
    "Purchase",
    "Sold",
    "Taken",
    "all_orders",
    "come_back",
    "latest_orders",
    "most_orders",
    "purchases_of_buyers",
    "replay",
    "sales_before",
]
