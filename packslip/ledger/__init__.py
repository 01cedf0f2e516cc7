"""The queue of record: orders, grants, documents, attempts and an append-only event log.

`Ledger` is the whole face; `make_grant` serves those who draw without a ledger. Knows no CSV, no layout, no printer.
"""

from packslip.ledger.arrivals import CONFLICT, Arrival, ClaimedFile, TakenDrop
from packslip.ledger.attempts import LEASE, LINE, Intent
from packslip.ledger.codes import ALPHABET, customer_hash, is_code, order_hash, suppression_hash
from packslip.ledger.copying import copy_database, examine, make_anew, read_version, replace_database
from packslip.ledger.crash import crash_point
from packslip.ledger.grants import amount_text, export_grants, make_grant, with_survey
from packslip.ledger.ledger import Ledger, utc_now
from packslip.ledger.people import DropEnd
from packslip.ledger.place import is_network, mounted_as
from packslip.ledger.records import (
    Acceptance,
    Attempt,
    AttemptState,
    Counts,
    DocumentRow,
    Drawn,
    DropRecord,
    Event,
    Exposure,
    GrantRecord,
    ParcelRecord,
    ParcelRef,
    PrinterRecord,
    Purpose,
    Verdict,
)
from packslip.ledger.restoring import RESTORED, Doubt, LaterDrop, doubted
from packslip.ledger.retention import UNDER_WAY, Due, Order, Page, Place
from packslip.ledger.states import DropState, Move, ParcelState
from packslip.ledger.upkeep import Upkeep

__all__ = [
    "ALPHABET",
    "CONFLICT",
    "LEASE",
    "LINE",
    "RESTORED",
    "UNDER_WAY",
    "Acceptance",
    "Arrival",
    "Attempt",
    "AttemptState",
    "ClaimedFile",
    "Counts",
    "DocumentRow",
    "Doubt",
    "Drawn",
    "DropEnd",
    "DropRecord",
    "DropState",
    "Due",
    "Event",
    "Exposure",
    "GrantRecord",
    "Intent",
    "LaterDrop",
    "Ledger",
    "Move",
    "Order",
    "Page",
    "ParcelRecord",
    "ParcelRef",
    "ParcelState",
    "Place",
    "PrinterRecord",
    "Purpose",
    "TakenDrop",
    "Upkeep",
    "Verdict",
    "amount_text",
    "copy_database",
    "crash_point",
    "customer_hash",
    "doubted",
    "examine",
    "export_grants",
    "is_code",
    "is_network",
    "make_anew",
    "make_grant",
    "mounted_as",
    "order_hash",
    "read_version",
    "replace_database",
    "suppression_hash",
    "utc_now",
    "with_survey",
]
