"""What pdfium makes of two pages: their pixels, and the characters it reads back with their places."""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import pypdfium2
from pypdfium2 import raw

from packslip.units import PT_PER_INCH

RASTER_DPI = 150

_Box: TypeAlias = tuple[float, float, float, float]

#: pt; pdfium counts in single precision.
_CLOSE = 0.01


def compare_pixels(one: pypdfium2.PdfPage, other: pypdfium2.PdfPage) -> Iterator[str]:
    """A sentence if a single pixel differs."""
    first, second = (page.render(scale=RASTER_DPI / PT_PER_INCH).to_numpy() for page in (one, other))
    if first.shape != second.shape:
        yield "the rasters differ in size"
    elif not np.array_equal(first, second):
        yield f"{np.count_nonzero((first != second).any(axis=2))} pixels differ at {RASTER_DPI} dpi"


def compare_words(one: pypdfium2.PdfPage, other: pypdfium2.PdfPage) -> Iterator[str]:
    """A sentence if a character that can be read back differs, or stands elsewhere."""
    first, second = _characters(one), _characters(other)
    if len(first) != len(second):
        yield f"{len(first)} characters read back against {len(second)}"
        return
    if [code for code, _ in first] != [code for code, _ in second]:
        yield "the text read back differs"
        return
    if first:
        off = float(np.abs(np.array([box for _, box in first]) - np.array([box for _, box in second])).max())
        if not off <= _CLOSE:
            yield f"the text read back stands elsewhere, by up to {off:.3f} pt"


def _characters(page: pypdfium2.PdfPage) -> list[tuple[int, _Box]]:
    """Code point and box in pt of each character with ink, in the order pdfium reads them.

    Spaces and line ends are pdfium's guess from how text is split into operators; the display list has the true ones.
    """
    text = page.get_textpage()
    codes = [raw.FPDFText_GetUnicode(text, i) for i in range(text.count_chars())]
    return [(code, text.get_charbox(i)) for i, code in enumerate(codes) if not chr(code).isspace()]
