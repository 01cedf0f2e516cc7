"""Honesty, checked: whether a contestant's page says all that its slip says, and its codes can be read off it."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import zxingcpp

from packslip.model import Slip

_DPI = 300


def read_back(path: Path, slip: Slip) -> tuple[str, ...]:
    """What is missing on a document's pages; nothing where all is there."""
    with pypdfium2.PdfDocument(path) as document:
        said = _letters("".join(page.get_textpage().get_text_bounded() for page in document))
        missing = [name for name, text in _words(slip) if _letters(text) not in said]
        read = {code.text for page in document for code in zxingcpp.read_barcodes(_image(page))}
    return (*missing, *(f"code {code.name}" for code in slip.codes if code.payload not in read))


def _words(slip: Slip) -> Iterator[tuple[str, str]]:
    yield "headline", slip.copy["message"]["headline"]
    yield "message", slip.order.gift_message or slip.copy["message"]["body"]
    yield "name", slip.ship_to.name
    for line in slip.lines:
        yield "line", line.name
        yield "price", line.price
    for total in slip.totals:
        yield "total", total.amount
    for item in slip.recommendations:
        yield "recommendation", item.name
    if slip.offer is not None:
        yield "offer", slip.offer.code
    if slip.content is not None:
        yield "content", slip.content.body
    if slip.review is not None:
        yield "review", slip.copy["review"]["body"]
    yield "returns", slip.copy["returns"]["body"]


def _letters(text: str) -> str:
    """Letters and digits alone: hyphens, case, ligatures and spaces are how it is set, not what it says."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[\W_]+", "", "".join(letter for letter in plain if not unicodedata.combining(letter)))


def _image(page: pypdfium2.PdfPage) -> object:
    return page.render(scale=_DPI / 72, grayscale=True).to_numpy()
