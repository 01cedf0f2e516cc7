"""The queue of record: orders, grants, documents, attempts and an append-only event log.

`Ledger` is the whole face; `make_grant` serves those who draw without a ledger. Knows no CSV, no layout, no printer.
"""

from packslip.ledger.arrivals import CONFLICT, Arrival, ClaimedFile, TakenDrop
from packslip.ledger.attempts import LEASE, LINE, Intent
from packslip.ledger.code_list import CODE, CodeRow, export_codes, read_code_table
from packslip.ledger.codebook import CodeBook
from packslip.ledger.codes import ALPHABET, bare, customer_hash, is_code, order_hash, suppression_hash
from packslip.ledger.copying import copy_database, examine, make_anew, read_version, replace_database
from packslip.ledger.crash import crash_point
from packslip.ledger.granting import Refusal, Source, Wish
from packslip.ledger.grants import amount_text, make_grant, minimum_text, with_survey
from packslip.ledger.ledger import Ledger, utc_now
from packslip.ledger.people import DropEnd
from packslip.ledger.place import is_network, mounted_as
from packslip.ledger.pools import PACE_DAYS, Level, NewCode, Told, waits_for
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
    Origin,
    ParcelRecord,
    ParcelRef,
    PrinterRecord,
    Purpose,
    Verdict,
)
from packslip.ledger.redeeming import Redemption
from packslip.ledger.reserving import worth_text
from packslip.ledger.restoring import RESTORED, Doubt, LaterDrop, doubted
from packslip.ledger.retention import UNDER_WAY, Due, Order, Page, Place
from packslip.ledger.states import CodeState, DropState, Move, ParcelState
from packslip.ledger.upkeep import Upkeep

__all__ = [
    "ALPHABET",
    "CODE",
    "CONFLICT",
    "LEASE",
    "LINE",
    "PACE_DAYS",
    "RESTORED",
    "UNDER_WAY",
    "Acceptance",
    "Arrival",
    "Attempt",
    "AttemptState",
    "ClaimedFile",
    "CodeBook",
    "CodeRow",
    "CodeState",
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
    "Level",
    "Move",
    "NewCode",
    "Order",
    "Origin",
    "Page",
    "ParcelRecord",
    "ParcelRef",
    "ParcelState",
    "Place",
    "PrinterRecord",
    "Purpose",
    "Redemption",
    "Refusal",
    "Source",
    "TakenDrop",
    "Told",
    "Upkeep",
    "Verdict",
    "Wish",
    "amount_text",
    "bare",
    "copy_database",
    "crash_point",
    "customer_hash",
    "doubted",
    "examine",
    "export_codes",
    "is_code",
    "is_network",
    "make_anew",
    "make_grant",
    "minimum_text",
    "mounted_as",
    "order_hash",
    "read_code_table",
    "read_version",
    "replace_database",
    "suppression_hash",
    "utc_now",
    "waits_for",
    "with_survey",
    "worth_text",
]
