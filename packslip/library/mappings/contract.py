"""The columns of the order contract, as a table.

Source: DESIGN.md, section 6; docs/ecommerce.md explains each to the people who write the files.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a cell is read."""

    ID = "id"  #: names something; printable, no line break
    TEXT = "text"  #: one line of text
    NOTE = "note"  #: text that may hold line breaks
    WHOLE = "whole"
    MONEY = "money"
    DATE = "date"
    MOMENT = "moment"  #: date and time
    FLAG = "flag"  #: yes or no
    STATUS = "status"
    CURRENCY = "currency"
    COUNTRY = "country"
    LOCALE = "locale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the contract."""

    name: str
    kind: Kind
    of_line: bool = False  #: one value for each line, else one for the order
    required: bool = False
    personal: bool = False  #: its value never stands in a finding


def _column(name: str, kind: Kind, *, of_line: bool = False, personal: bool = False) -> Column:
    return Column(name=name.rstrip("*"), kind=kind, of_line=of_line, required=name.endswith("*"), personal=personal)


COLUMNS: tuple[Column, ...] = (
    _column("order_id*", Kind.ID),
    _column("parcel", Kind.WHOLE),
    _column("order_date*", Kind.DATE),
    _column("currency*", Kind.CURRENCY),
    _column("store", Kind.ID),
    _column("channel", Kind.ID),
    _column("locale", Kind.LOCALE),
    _column("customer_id", Kind.ID, personal=True),
    _column("customer_status", Kind.STATUS),
    _column("customer_orders", Kind.WHOLE),
    _column("marketing_opt_out", Kind.FLAG),
    _column("gift", Kind.FLAG),
    _column("gift_message", Kind.NOTE, personal=True),
    _column("dealer", Kind.ID),
    _column("station", Kind.ID),
    _column("deadline", Kind.MOMENT),
    _column("ship_method", Kind.TEXT),
    _column("tracking", Kind.ID, personal=True),
    _column("delivery_estimate", Kind.DATE),
    _column("ship_name*", Kind.TEXT, personal=True),
    _column("ship_company", Kind.TEXT, personal=True),
    _column("ship_line1", Kind.TEXT, personal=True),
    _column("ship_line2", Kind.TEXT, personal=True),
    _column("ship_line3", Kind.TEXT, personal=True),
    _column("ship_city", Kind.TEXT, personal=True),
    _column("ship_postcode", Kind.ID, personal=True),
    _column("ship_region", Kind.TEXT, personal=True),
    _column("ship_country*", Kind.COUNTRY, personal=True),
    _column("bill_name", Kind.TEXT, personal=True),
    _column("line_id", Kind.ID, of_line=True),
    _column("sku", Kind.ID, of_line=True),
    _column("description*", Kind.TEXT, of_line=True),
    _column("category", Kind.TEXT, of_line=True),
    _column("brand", Kind.TEXT, of_line=True),
    _column("quantity*", Kind.WHOLE, of_line=True),
    _column("quantity_shipped", Kind.WHOLE, of_line=True),
    _column("quantity_before", Kind.WHOLE, of_line=True),
    _column("unit_price", Kind.MONEY, of_line=True),
    _column("line_discount", Kind.MONEY, of_line=True),
    _column("image", Kind.ID, of_line=True),
    _column("order_total", Kind.MONEY),
    _column("shipping_total", Kind.MONEY),
    _column("discount_total", Kind.MONEY),
    _column("tax_total", Kind.MONEY),
    _column("prices_include_tax", Kind.FLAG),
)

BY_NAME = {column.name: column for column in COLUMNS}
