"""The queue of record: orders, grants, documents, attempts and an append-only event log.

`Ledger` is the whole face; `make_grant` serves those who draw without a ledger. Knows no CSV, no layout, no printer.
"""

from packslip.ledger.arrivals import CONFLICT, Arrival, TakenDrop
from packslip.ledger.attempts import LEASE, LINE, Intent
from packslip.ledger.codes import ALPHABET, is_code
from packslip.ledger.crash import crash_point
from packslip.ledger.grants import amount_text, export_grants, make_grant
from packslip.ledger.ledger import Ledger, utc_now
from packslip.ledger.records import (
    Acceptance,
    Attempt,
    AttemptState,
    Counts,
    DocumentRow,
    Drawn,
    DropRecord,
    Event,
    GrantRecord,
    ParcelRecord,
    ParcelRef,
    PrinterRecord,
    Purpose,
    Verdict,
)
from packslip.ledger.states import DropState, Move, ParcelState

__all__ = [
    "ALPHABET",
    "CONFLICT",
    "LEASE",
    "LINE",
    "Acceptance",
    "Arrival",
    "Attempt",
    "AttemptState",
    "Counts",
    "DocumentRow",
    "Drawn",
    "DropRecord",
    "DropState",
    "Event",
    "GrantRecord",
    "Intent",
    "Ledger",
    "Move",
    "ParcelRecord",
    "ParcelRef",
    "ParcelState",
    "PrinterRecord",
    "Purpose",
    "TakenDrop",
    "Verdict",
    "amount_text",
    "crash_point",
    "export_grants",
    "is_code",
    "make_grant",
    "utc_now",
]
