"""Separations: how much of each ink a page prints where, composed as a printer would and drawn by pdfium.

Transparency, pictures, patterns and overlaps are composed; overprint is that of opaque things. Approximate are blend
modes that look at several inks at once, transparency groups in another space than the intent's, knockout groups, and
transparency together with overprint. Spot inks have plates of their own.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pikepdf
import pypdfium2
from numpy.typing import NDArray

from packslip.preflight.foreign.amounts import PROCESS, Recipes
from packslip.preflight.foreign.check_intent import find_intents
from packslip.preflight.foreign.geometry import Box
from packslip.preflight.foreign.painted import Sheet
from packslip.preflight.foreign.state import Budget
from packslip.preflight.foreign.subject import MOST_PAGES, read_sheet
from packslip.preflight.foreign.twin_operators import OPERATORS
from packslip.preflight.foreign.twins import Twins
from packslip.preflight.foreign.values import content, entries, entry, is_array, is_holder, items, name, names
from packslip.units import PT_PER_INCH

#: Pixels of one plate.
MOST_PLATE_PIXELS = 16_000_000
#: Spot inks that have plates; further ones are not counted.
MOST_SPOTS = 4
_MOST_OBJECTS = 200_000
_MOST_PROFILE = 16_000_000

Plates = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Separations:
    """A page's plates."""

    sheet: Sheet
    inks: tuple[str, ...]  #: Cyan, Magenta, Yellow, Black, then spot inks
    plates: Plates  #: (inks, height, width), 255 for full ink, from the top left corner of the media box
    dpi: float  #: pixels to 72 units of the page

    def box(self, top: int, left: int, bottom: int, right: int) -> Box:
        """The part of the page that rows and columns cover."""
        scale, media = self.dpi / PT_PER_INCH, self.sheet.media
        return Box(
            media.left + left / scale, media.top - bottom / scale, media.left + right / scale, media.top - top / scale
        )

    def dots(self, box: Box) -> tuple[int, int, int, int]:
        """Rows and columns that a part of the page covers: top, left, bottom, right."""
        scale, media = self.dpi / PT_PER_INCH, self.sheet.media
        return (
            round((media.top - box.top) * scale),
            round((box.left - media.left) * scale),
            round((media.top - box.bottom) * scale),
            round((box.right - media.left) * scale),
        )


def separations(data: bytes, dpi: float = 100.0, *, most_pages: int = MOST_PAGES) -> Iterator[Separations]:
    """The plates of each page; pages that are huge come at fewer dots to the inch.

    A file that names no CMYK printing condition is separated for coated paper.

    Raises:
        ExhaustedError: it asks for more drawing than is followed.
        pikepdf.PdfError, pypdfium2.PdfiumError: it cannot be read, or not be drawn.
    """
    with pikepdf.open(io.BytesIO(data)) as pdf:
        recipes = Recipes(_intent(pdf.Root), _spots(pdf))
        sheets = [read_sheet(pdf.pages[at].obj, at + 1) for at in range(min(len(pdf.pages), most_pages))]
        twins = _twins(pdf, sheets, recipes)
    if not sheets:
        return
    with pypdfium2.PdfDocument(twins) as drawing:
        for at, sheet in enumerate(sheets):
            count = len(recipes.inks)
            plates, reached = _draw(drawing, at * count, count, dpi)
            yield Separations(sheet=sheet, inks=recipes.inks, plates=plates, dpi=reached)


def _twins(pdf: pikepdf.Pdf, sheets: list[Sheet], recipes: Recipes) -> bytes:
    twins = Twins(pdf, recipes, Budget(), OPERATORS)
    made = [page for sheet in sheets for page in twins.pages(sheet)]
    del pdf.pages[:]
    for page in made:
        pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
    for key in ("/AcroForm", "/Outlines", "/Names", "/StructTreeRoot", "/Metadata", "/OpenAction"):
        if key in pdf.Root:
            del pdf.Root[key]
    out = io.BytesIO()
    pdf.save(out, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


def _draw(drawing: pypdfium2.PdfDocument, first: int, count: int, dpi: float) -> tuple[Plates, float]:
    width, height = (max(side, 1e-3) / PT_PER_INCH for side in drawing[first].get_size())
    reached = min(dpi, (MOST_PLATE_PIXELS / (width * height)) ** 0.5, 20_000 / max(width, height))
    plates: list[Plates] = []
    for at in range(first, first + count):
        page = drawing[at]
        bitmap = page.render(scale=reached / PT_PER_INCH, grayscale=True, draw_annots=False)
        plates.append(255 - bitmap.to_numpy().reshape(bitmap.height, -1)[:, : bitmap.width])
        page.close()
    return np.stack(plates), reached


def _intent(root: object) -> bytes | None:
    found = find_intents(root)
    return content(entry(found[0], "/DestOutputProfile"), _MOST_PROFILE) if found else None


def _spots(pdf: pikepdf.Pdf) -> list[str]:
    """Spot inks that a file names, in the order of their names."""
    found: set[str] = set()
    for at, thing in enumerate(pdf.objects):
        if at >= _MOST_OBJECTS:
            break
        _find_spots(thing, found, 0)
    return sorted(found - {*PROCESS, "All", "None", ""})[:MOST_SPOTS]


def _find_spots(thing: object, found: set[str], depth: int) -> None:
    if depth > 4:
        return
    if is_array(thing):
        parts = items(thing)
        if len(parts) > 3 and name(parts[0]) in ("Separation", "DeviceN"):
            found.update(names(parts[1]))
        inner = parts if len(parts) < 50 else []
    else:
        inner = [value for _, value in entries(thing)] if is_holder(thing) else []
    for value in inner:
        if isinstance(value, pikepdf.Object) and not value.is_indirect:
            _find_spots(value, found, depth + 1)
