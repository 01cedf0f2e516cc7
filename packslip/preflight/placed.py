"""Placed: what pdfium finds on a page of a document, where it is, and whether it may be there.

Only what differs from record to record is looked at: pictures, and text where the media has margins or zones.
"""

import ctypes
from collections.abc import Iterator

import pypdfium2
from pypdfium2 import raw

from packslip.model import Finding, Where, error, warning
from packslip.preflight.foreign.geometry import SAME, Box, Matrix, Place, place_of
from packslip.preflight.zones import clash_of_reading, unprintable_side
from packslip.settings import MediaSettings
from packslip.units import PT_PER_INCH

LEAST_PPI = 150.0

#: Drawings in drawings that are looked into.
DEEPEST = 8

_Object = tuple[raw.FPDF_PAGEOBJECT, int, Matrix]


def check_placed(page: pypdfium2.PdfPage, number: int, media: MediaSettings) -> Iterator[Finding]:
    """Pictures that are too coarse, and text that device or media would cut."""
    trim = Box(*page.get_trimbox())
    has_zones = bool(media.zones) or any(media.unprintable_mm)
    for thing, kind, matrix in _objects(page):
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            yield from _check_picture(thing, matrix, number)
        elif kind == raw.FPDF_PAGEOBJ_TEXT and has_zones:
            box = _bounds(thing, matrix)
            if box is not None:
                yield from _check_text(place_of(box, trim, 1.0), number, media)


def check_zones(what: str, place: Place, media: MediaSettings, where: Where) -> Iterator[Finding]:
    """What cannot be printed at a place, and what is cut, folded or peeled there."""
    side = unprintable_side(place, media)
    if side:
        yield error("page.unprintable", where, f"{what} reaches into the {side}, which cannot be printed", "move it in")
    for zone in media.zones:
        clash = clash_of_reading(place, zone)
        if clash:
            yield warning(clash[0], where, f"{what} {clash[1]}", "move it to one side")


def _check_text(place: Place, number: int, media: MediaSettings) -> Iterator[Finding]:
    where = Where(spot=f"page {number}, at {place.x:.1f}, {place.y:.1f} mm")
    yield from check_zones("text", place, media, where)


def _check_picture(thing: raw.FPDF_PAGEOBJECT, matrix: Matrix, number: int) -> Iterator[Finding]:
    across, down = matrix.across, matrix.down
    wide, high = ctypes.c_uint(), ctypes.c_uint()
    if not across or not down or not raw.FPDFImageObj_GetImagePixelSize(thing, wide, high):
        return
    ppi = min(wide.value * PT_PER_INCH / across, high.value * PT_PER_INCH / down)
    if ppi < LEAST_PPI - 0.5:
        message = f"a picture of {wide.value} × {high.value} pixels prints at {ppi:.0f} ppi"
        yield warning("picture.low_ppi", Where(spot=f"page {number}"), message, "supply a larger picture")


def _objects(page: pypdfium2.PdfPage) -> Iterator[_Object]:
    """Pictures with their matrices, text with that of what it lies in."""
    for at in range(raw.FPDFPage_CountObjects(page)):
        thing = raw.FPDFPage_GetObject(page, at)
        kind = raw.FPDFPageObj_GetType(thing)
        if kind != raw.FPDF_PAGEOBJ_PATH:
            yield from _inner(thing, kind, SAME, 0)


def _inner(thing: raw.FPDF_PAGEOBJECT, kind: int, outer: Matrix, depth: int) -> Iterator[_Object]:
    if kind == raw.FPDF_PAGEOBJ_TEXT:
        yield thing, kind, outer
    elif kind == raw.FPDF_PAGEOBJ_IMAGE:
        yield thing, kind, _matrix(thing).after(outer)
    elif kind == raw.FPDF_PAGEOBJ_FORM and depth < DEEPEST:
        matrix = _matrix(thing).after(outer)
        for at in range(raw.FPDFFormObj_CountObjects(thing)):
            part = raw.FPDFFormObj_GetObject(thing, at)
            yield from _inner(part, raw.FPDFPageObj_GetType(part), matrix, depth + 1)


def _matrix(thing: raw.FPDF_PAGEOBJECT) -> Matrix:
    found = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(thing, found)
    return Matrix(found.a, found.b, found.c, found.d, found.e, found.f)


def _bounds(thing: raw.FPDF_PAGEOBJECT, matrix: Matrix) -> Box | None:
    sides = [ctypes.c_float() for _ in range(4)]
    if not raw.FPDFPageObj_GetBounds(thing, *sides):
        return None
    box = Box(*(side.value for side in sides))
    return box.through(matrix) if box.width > 0 and box.height > 0 else None
