"""Routes and printers: a ready document to the right printer, once, and what became of it on record.

Knows no order's content: it moves bytes and keeps the ledger's record of them true.
"""

from packslip.dispatch.dispatcher import (
    Delivery,
    DeliveryState,
    Dispatcher,
    Impose,
    Marked,
    Outgoing,
    sheets_name,
    tray_name,
)
from packslip.dispatch.documents import DocumentStore
from packslip.dispatch.printer import Condition, Job, Printer, Progress, Sent
from packslip.dispatch.printers import Printers
from packslip.dispatch.routes import Parting, Route, printer_for, route
from packslip.dispatch.tray import Tray

__all__ = [
    "Condition",
    "Delivery",
    "DeliveryState",
    "Dispatcher",
    "DocumentStore",
    "Impose",
    "Job",
    "Marked",
    "Outgoing",
    "Parting",
    "Printer",
    "Printers",
    "Progress",
    "Route",
    "Sent",
    "Tray",
    "printer_for",
    "route",
    "sheets_name",
    "tray_name",
]
