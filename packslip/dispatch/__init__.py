"""Routes and printers: a ready document into the right tray, exactly once.

Knows no order's content: it moves bytes and keeps the ledger's record of them true.
"""

from packslip.dispatch.dispatcher import Dispatcher, Impose, Marked, Outgoing, sheets_name, tray_name
from packslip.dispatch.documents import DocumentStore
from packslip.dispatch.routes import Route, route
from packslip.dispatch.tray import Tray

__all__ = [
    "Dispatcher",
    "DocumentStore",
    "Impose",
    "Marked",
    "Outgoing",
    "Route",
    "Tray",
    "route",
    "sheets_name",
    "tray_name",
]
