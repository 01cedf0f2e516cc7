"""Tables: Google Merchant feeds as TSV or CSV, and Shopify product CSVs, in both spellings of their columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from packslip.csvfile import MOST_CELL_CHARS, Row, Table, read_table
from packslip.library.feeds.feed import FeedBook, FeedKind
from packslip.library.literals import shorten
from packslip.model import Finding, Severity, Where

_MOST_COLUMNS = 1000

#: what Shopify calls things since 2024 → what it called them before
_RENAMED = {
    "url_handle": "handle",
    "sku": "variant_sku",
    "product_image_url": "image_src",
    "variant_image_url": "variant_image",
}
_HINT = (
    "expected id and image_link (Google Merchant), Handle and Image Src (Shopify), "
    "or sku and name (catalogue/products.csv)"
)


def read_tables(data: bytes, book: FeedBook) -> FeedKind:
    """Take in the products of a table; gives its kind. A catalogue is only recognised, not read."""
    table = read_table(data, name=book.file, max_columns=_MOST_COLUMNS, max_field=MOST_CELL_CHARS)
    for fault in table.findings:
        where = Where(file=book.file, line=fault.line, spot=fault.spot)
        severity = Severity(fault.severity)
        book.find(Finding(severity=severity, code=fault.code, where=where, message=fault.message, hint=fault.hint))
    if not table.is_usable:
        return FeedKind.UNKNOWN
    columns = tuple(_column(heading) for heading in table.header)
    if {"id", "image_link"} <= set(columns):
        _read_merchant(table, columns, book)
        return FeedKind.MERCHANT_TABLE
    renamed = tuple(_RENAMED.get(column, column) for column in columns)
    if {"handle", "image_src"} <= set(renamed):
        _read_shopify(table, renamed, book)
        return FeedKind.SHOPIFY
    if {"sku", "name"} <= set(columns):
        return FeedKind.CATALOGUE
    listed = ", ".join(shorten(column) for column in columns[:12])
    book.fail("feed.unknown", table.header_line, f"no feed packslip reads: its columns are {listed}", _HINT)
    return FeedKind.UNKNOWN


def _column(heading: str) -> str:
    """One spelling for `g:image_link`, `image link` and `Image Link`."""
    return heading.strip().lower().removeprefix("g:").replace(" ", "_")


def _rows(table: Table, columns: tuple[str, ...], book: FeedBook) -> Iterator[tuple[Row, Mapping[str, str]]]:
    for row in table.rows:
        if row.fault:
            book.lose(row.fault.code, row.line, row.fault.message, row.fault.hint)
        else:
            yield row, dict(zip(columns, row.cells, strict=True))


def _read_merchant(table: Table, columns: tuple[str, ...], book: FeedBook) -> None:
    for row, cells in _rows(table, columns, book):
        book.take(
            line=row.line,
            sku=cells["id"],
            image=cells["image_link"],
            name=cells.get("title", ""),
            columns=("id", "image_link"),
        )


@dataclass(slots=True)
class _Variant:
    line: int
    handle: str
    sku: str
    image: str
    name: str


def _read_shopify(table: Table, columns: tuple[str, ...], book: FeedBook) -> None:
    """One product for each variant, under its SKU or else its handle; without a picture of its own it takes the first.

    A product's first row has its title; rows that only add pictures have a handle, a picture and nothing else.
    """
    first: dict[str, tuple[float, str]] = {}  #: handle → position and address of its first picture
    names: dict[str, str] = {}
    variants: list[_Variant] = []
    for row, cells in _rows(table, columns, book):
        handle, sku, title = (cells.get(column, "").strip() for column in ("handle", "variant_sku", "title"))
        image = cells["image_src"].strip()
        if image:
            place = _position(cells.get("image_position", ""))
            if handle not in first or place < first[handle][0]:
                first[handle] = place, image
        is_new = handle not in names
        names.setdefault(handle, title)
        if sku or is_new or cells.get("variant_image", "").strip():
            variants.append(_Variant(row.line, handle, sku, cells.get("variant_image", "").strip(), names[handle]))
    for variant in variants:
        book.take(
            line=variant.line,
            sku=variant.sku or variant.handle,
            image=variant.image or first.get(variant.handle, (0.0, ""))[1],
            name=variant.name,
            columns=("Variant SKU", "Image Src"),
        )


def _position(text: str) -> float:
    """A picture's place in the row of pictures; one without a number comes last."""
    text = text.strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 9 else float("inf")
