"""Drop and Order: what the shop sent, typed, with the place each record came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from packslip.model.findings import Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """One claimed CSV. Its bytes are private to packslip from here on."""

    name: str  #: the file's name as dropped, for people; never used as a path
    spool: Path  #: our own copy
    sha256: str  #: of the bytes, hexadecimal
    accepted_at: datetime  #: aware; "today" for every order in it
    folder: str = ""  #: name of the hot folder it was dropped into, "" for the first one


class End(StrEnum):
    """How a file ends."""

    WHOLE = "whole"
    OPEN = "open"  #: it may be whole, or more may come
    CUT = "cut"  #: more must come


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a file ends, and how much is in it."""

    end: End
    reason: str = ""  #: why it may not be whole
    rows: int | None = None  #: below the header; None where they cannot be counted


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class OrderKey:
    """The unit of work: one parcel of one order of one store."""

    store: str
    order_id: str
    parcel: int = 1

    def __str__(self) -> str:
        return f"{self.order_id}/{self.parcel}"


class CustomerStatus(StrEnum):
    """What the shop says the customer is."""

    NEW = "new"
    REPEAT = "repeat"
    AMBASSADOR = "ambassador"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the parcel goes, as given; `country` is ISO 3166-1 alpha-2."""

    name: str
    company: str = ""
    line1: str = ""
    line2: str = ""
    line3: str = ""
    city: str = ""
    postcode: str = ""
    region: str = ""
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of an order, with its own three quantities in whole pieces."""

    line_id: str  #: as given, else the line's number within the order
    sku: str = ""
    description: str
    category: str = ""
    brand: str = ""
    quantity: int  #: ordered
    quantity_shipped: int | None = None  #: in this parcel; None: what is still open
    quantity_before: int | None = None  #: in earlier parcels; None: known from the ledger, else 0
    unit_price: Decimal | None = None
    line_discount: Decimal | None = None
    image: str = ""  #: file name in the image folder or http(s) URL
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Money of the whole order as the shop states it; None where it states nothing."""

    order: Decimal | None = None
    shipping: Decimal | None = None
    discount: Decimal | None = None
    tax: Decimal | None = None
    prices_include_tax: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One parcel of one order, as read."""

    key: OrderKey
    order_date: date
    currency: str  #: ISO 4217
    channel: str = ""
    locale: str = ""  #: BCP 47 as resolved by intake; never blank after reading
    customer_id: str = ""  #: blank: unknown customer
    customer_status: CustomerStatus | None = None
    customer_orders: int | None = None  #: orders placed before this one
    marketing_opt_out: bool = False
    gift: bool = False
    gift_message: str = ""
    dealer: str = ""
    station: str = ""
    deadline: datetime | None = None
    ship_method: str = ""
    tracking: str = ""
    delivery_estimate: date | None = None
    ship_to: Address
    bill_name: str = ""
    lines: tuple[Line, ...]
    totals: Totals = field(default_factory=Totals)
    extra: Mapping[str, str] = field(default_factory=dict)  #: unknown columns, `extra.<name>` in rules
    where: Where


class ParcelKind(StrEnum):
    """What this parcel is to its order."""

    COMPLETE = "complete"  #: everything, at once
    PARTIAL = "partial"  #: something is still to come
    FINAL = "final"  #: completes an order whose earlier parts went before


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelLine:
    """A line with its quantities settled: `ordered = before + here + to_come`."""

    line: Line
    ordered: int
    before: int
    here: int
    to_come: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """An order's lines with their quantities settled."""

    number: int
    kind: ParcelKind
    lines: tuple[ParcelLine, ...]
