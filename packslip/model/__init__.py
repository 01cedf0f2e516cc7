"""The data in the order it flows: Drop → Order → Choice (+ Grant) → Slip → Document → PrintJob.

All frozen, with slots, keyword-only. Reads no file and no clock.
"""

from packslip.model.bitmap import Bitmap
from packslip.model.choice import Because, Choice, Facts, Grant, Offer, Past, Product, Scalar, Season
from packslip.model.document import Alarm, Document, JobState, PageBox, PlacedCode, PressPath, PrintJob
from packslip.model.findings import Finding, Severity, Where, error, has_errors, note, warning
from packslip.model.order import (
    Address,
    CustomerStatus,
    Drop,
    End,
    Ending,
    Line,
    Order,
    OrderKey,
    Parcel,
    ParcelKind,
    ParcelLine,
    Totals,
)
from packslip.model.parcel import settle_parcel
from packslip.model.sheets import Caption, SheetJob, Work
from packslip.model.slip import (
    Code,
    Slip,
    SlipAddress,
    SlipBrand,
    SlipContent,
    SlipLine,
    SlipOffer,
    SlipOrder,
    SlipParcel,
    SlipProduct,
    SlipReview,
    SlipTotal,
    Symbology,
)
from packslip.model.sold import SoldLine, SoldOrder

__all__ = [
    "Address",
    "Alarm",
    "Because",
    "Bitmap",
    "Caption",
    "Choice",
    "Code",
    "CustomerStatus",
    "Document",
    "Drop",
    "End",
    "Ending",
    "Facts",
    "Finding",
    "Grant",
    "JobState",
    "Line",
    "Offer",
    "Order",
    "OrderKey",
    "PageBox",
    "Parcel",
    "ParcelKind",
    "ParcelLine",
    "Past",
    "PlacedCode",
    "PressPath",
    "PrintJob",
    "Product",
    "Scalar",
    "Season",
    "Severity",
    "SheetJob",
    "Slip",
    "SlipAddress",
    "SlipBrand",
    "SlipContent",
    "SlipLine",
    "SlipOffer",
    "SlipOrder",
    "SlipParcel",
    "SlipProduct",
    "SlipReview",
    "SlipTotal",
    "SoldLine",
    "SoldOrder",
    "Symbology",
    "Totals",
    "Where",
    "Work",
    "error",
    "has_errors",
    "note",
    "settle_parcel",
    "warning",
]
