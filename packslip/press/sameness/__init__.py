"""Sameness: whether two documents of one slip agree, so that either may be printed for the other.

Compares what reaches the paper rather than bytes: display lists with forms expanded, pixels, words, boxes, metadata.
What it cannot read it calls a difference. Knows nothing of how a document came about.
"""

import io
import struct
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import pikepdf
import pypdfium2
from fontTools.ttLib import TTLibError

from packslip.press.sameness.compare import compare_displays
from packslip.press.sameness.display import read_page
from packslip.press.sameness.documents import box, compare_facts, document_facts, page_facts
from packslip.press.sameness.rendering import compare_pixels, compare_words
from packslip.press.sameness.resources import Library, Resources
from packslip.press.sameness.values import Display, UnprovableError

__all__ = ["differences"]

#: What libraries raise on bytes that are no PDF.
_UNREADABLE = (pikepdf.PdfError, pikepdf.PasswordError, pypdfium2.PdfiumError, RecursionError)
#: What reading raises on parts that are missing or are not what they should be.
_BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    struct.error,
    TTLibError,
)


def differences(one: bytes, other: bytes, *, pixels: bool = True) -> tuple[str, ...]:
    """What tells two documents apart, a sentence each; none where they are the same.

    A sentence names the page and what differs, and quotes nothing of what the document says. Never fails on bytes: what
    cannot be read is a difference. `pixels` compares rasters at 150 dpi too.
    """
    if one == other:
        return ()
    try:
        with pikepdf.open(io.BytesIO(one)) as first, pikepdf.open(io.BytesIO(other)) as second:
            found = list(_compare_documents(first, second))
        with pypdfium2.PdfDocument(one) as drawn, pypdfium2.PdfDocument(other) as drawn_anew:
            found += _compare_drawn(drawn, drawn_anew, pixels=pixels)
    except _UNREADABLE as fault:
        return (f"one of the documents cannot be read ({type(fault).__name__})",)
    return tuple(found)


def _compare_documents(one: pikepdf.Pdf, other: pikepdf.Pdf) -> Iterator[str]:
    first, second = Library(one), Library(other)
    yield from _tried(lambda: compare_facts(document_facts(one, first.digests), document_facts(other, second.digests)))
    if len(one.pages) != len(other.pages):
        yield f"{len(one.pages)} pages against {len(other.pages)}"
    for number, (page, twin) in enumerate(zip(one.pages, other.pages, strict=False), start=1):
        yield from _on_page(number, _tried(partial(_compare_pages, page.obj, twin.obj, first, second)))
    if one.get_warnings() or other.get_warnings():
        yield "one of the documents is damaged, readable only by guessing"


def _tried(compare: Callable[[], Iterable[str]]) -> tuple[str, ...]:
    """What a comparison found; that it could not be made is a difference too."""
    try:
        return tuple(compare())
    except UnprovableError as fault:
        return (f"cannot be compared, there is {fault}",)
    except _BROKEN as fault:
        return (f"cannot be compared, it is broken ({type(fault).__name__})",)


def _compare_pages(one: pikepdf.Object, other: pikepdf.Object, first: Library, second: Library) -> Iterator[str]:
    yield from compare_facts(page_facts(one, first.digests), page_facts(other, second.digests))
    yield from compare_displays(_display(one, first), _display(other, second))


def _display(page: pikepdf.Object, library: Library) -> Display:
    resources = Resources(library, page.get("/Resources", pikepdf.Dictionary()))
    return read_page(page, resources, box(page.get("/MediaBox")))


def _compare_drawn(one: pypdfium2.PdfDocument, other: pypdfium2.PdfDocument, *, pixels: bool) -> Iterator[str]:
    for index in range(min(len(one), len(other))):
        first, second = one[index], other[index]
        yield from _on_page(index + 1, compare_words(first, second))
        if pixels:
            yield from _on_page(index + 1, compare_pixels(first, second))


def _on_page(number: int, sentences: Iterable[str]) -> Iterator[str]:
    for sentence in sentences:
        yield f"page {number}: {sentence}"
