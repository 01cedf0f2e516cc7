"""Reading a feed: which kind a file is, told by what it holds and never by its name."""

from pathlib import Path

from packslip.errors import UsageError
from packslip.files import read_file
from packslip.library.catalogue import load_products
from packslip.library.feeds.feed import MOST_ITEMS, Feed, FeedBook, FeedFullError, FeedItem, FeedKind
from packslip.library.feeds.merchant_xml import read_merchant_xml
from packslip.library.feeds.tables import read_tables
from packslip.model import Finding, Where

MOST_BYTES = 512_000_000

_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read_feed(path: Path, *, name: str = "") -> tuple[Feed, tuple[Finding, ...]]:
    """The products a file names, and what is wrong with the others; `name` is what people call the file.

    A Google Merchant feed as XML (RSS 2.0 or Atom) or as a table, a Shopify product CSV, or a catalogue. Total:
    whatever the bytes hold, the rest is read and the fault told.

    Raises:
        UsageError: the file cannot be read at all.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise UsageError(f"{path}: {size} bytes, more than the {MOST_BYTES} a feed may have", hint="split the feed")
        data = read_file(path)
    except OSError as fault:
        hint = "name a feed file; one on the web is downloaded first"
        raise UsageError(f"{path}: {fault.strerror}", hint=hint) from None
    return parse_feed(data, name=name or path.name)


def parse_feed(data: bytes, *, name: str) -> tuple[Feed, tuple[Finding, ...]]:
    """The same, for bytes."""
    book = FeedBook(file=name)
    kind = FeedKind.UNKNOWN
    try:
        if _is_xml(data):
            kind = FeedKind.MERCHANT_XML
            read_merchant_xml(data, book)
        else:
            kind = read_tables(data, book)
    except FeedFullError:
        book.fail("feed.too_many", None, f"more than {MOST_ITEMS} products", "split the feed")
    if kind is FeedKind.CATALOGUE:
        return _catalogue(data, name)
    return Feed(kind=kind, file=name, items=tuple(book.items)), book.reported()


def _catalogue(data: bytes, name: str) -> tuple[Feed, tuple[Finding, ...]]:
    products, findings = load_products(data, name=name)
    items = tuple(
        FeedItem(sku=product.sku, image=product.image, where=Where(file=name, spot=product.sku), name=product.name)
        for product in products
    )
    return Feed(kind=FeedKind.CATALOGUE, file=name, items=items), findings


def _is_xml(data: bytes) -> bool:
    start = data[:400]
    for mark in _MARKS:
        start = start.removeprefix(mark)
    return start.replace(b"\0", b"").lstrip().startswith(b"<")
