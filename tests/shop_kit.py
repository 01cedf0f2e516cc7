"""Exports of shops as tests use them: the samples, read by the mappings that ship."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from packslip.csvfile import write_csv
from packslip.intake import Reading, ReadOrder, read_orders
from packslip.library.mappings import OrderMapping, load_mapping
from packslip.model import Drop, Order, Where
from packslip.settings import Settings

ROOT = Path(__file__).parents[1]
EXPORTS = ROOT / "samples" / "exports"
#: sample export → its mapping
SHOPS = {
    "shopify.csv": "shopify",
    "woocommerce.csv": "woocommerce",
    "woocommerce-skyverge.csv": "woocommerce",
    "magento.csv": "magento",
    "etsy.csv": "etsy",
    "ebay.csv": "ebay",
    "ebay-uk.csv": "ebay",
    "ebay-de.csv": "ebay-de",
    "amazon.txt": "amazon",
    "amazon-new-orders.txt": "amazon",
}
CODECS = {"ebay-de.csv": "cp1252", "amazon.txt": "cp1252"}
MARKS = {"ebay-de.csv": ";", "amazon.txt": "\t", "amazon-new-orders.txt": "\t"}
SECRET = b"a secret for tests, 32 bytes lon"


def shipped(name: str) -> OrderMapping:
    """A mapping of `rules/mappings`, which must be sound."""
    mapping, findings = load_mapping(ROOT / "rules" / "mappings" / f"{name}.toml")
    assert findings == ()
    return mapping


def read_bytes(
    data: bytes, mapping: OrderMapping, path: Path, *, secret: Callable[[], bytes] | None = lambda: SECRET
) -> Reading:
    """What a mapping makes of some bytes, which stand in `path` from here on."""
    path.write_bytes(data)
    drop = Drop(name="drop.csv", spool=path, sha256="", accepted_at=datetime(2026, 11, 22, 9, tzinfo=UTC))
    return read_orders(drop, mapping, Settings(), secret=secret)


def text_of(name: str) -> str:
    """The text of a sample export."""
    return (EXPORTS / name).read_bytes().decode(CODECS.get(name, "utf-8-sig"))


def table_of(name: str) -> list[list[str]]:
    """The rows of a sample export, preamble and footer too."""
    quoting = csv.QUOTE_NONE if name.startswith("amazon") else csv.QUOTE_MINIMAL
    stream = io.StringIO(text_of(name), newline="")
    return [row for row in csv.reader(stream, delimiter=MARKS.get(name, ","), quoting=quoting) if row]


def as_text(rows: Sequence[Sequence[str]], *, mark: str = ",", end: str = "\n", quoted: bool = True) -> str:
    """Rows as a CSV."""
    if not quoted:
        return "".join(mark.join(row) + end for row in rows)
    return write_csv(rows[0], rows[1:], delimiter=mark, line_end=end).decode()


def orders_of(reading: Reading) -> dict[str, Order]:
    """The orders by id, without the places they came from; none may be held."""
    found = list(reading.orders)
    assert [held(item) for item in found if item.order is None] == []
    return {item.label: _placeless(item.order) for item in found if item.order}


def held(item: ReadOrder) -> str:
    """Why an order is held."""
    return f"{item.label}: {[str(finding) for finding in item.findings if finding.severity == 'error']}"


def _placeless(order: Order) -> Order:
    nowhere = Where(file="")
    return replace(order, where=nowhere, lines=tuple(replace(line, where=nowhere) for line in order.lines))
