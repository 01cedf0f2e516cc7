"""Codes: every symbol that is found in a page's pixels reads back, is large and even enough, and has its quiet zone.

Finds what zxing finds in a raster of the whole page at the printer's resolution, up to 300 dots to the inch; a code
that is too broken to be seen as one is not found. Modules and bars are measured at the resolution of a thermal head,
elsewhere at 600 dots to the inch.
Source: ISO/IEC 18004:2015 (QR), ISO/IEC 15417:2007 (Code 128), ISO/IEC 16022:2006 (Data Matrix).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2
import zxingcpp

from packslip.preflight.foreign.code_shapes import Corners, has_quiet, measure
from packslip.preflight.foreign.geometry import Place
from packslip.preflight.foreign.painted import Sheet
from packslip.preflight.foreign.subject import Fault
from packslip.preflight.rasters import Grey, page_raster, part_raster
from packslip.preflight.zones import clash_of_reading, unprintable_side
from packslip.settings import MediaSettings
from packslip.units import MM_PER_INCH, PT_PER_INCH, Mm

CLOSE_MM = 0.1
#: Finest raster that codes are looked for on, in dots/mm, and the pixels that all pages of a file may cost.
FINEST = 300 / MM_PER_INCH
#: Raster that codes are measured on where no head tells its own; dots around them, and most dots a side.
FINE, _AROUND, _MOST_SIDE = 600 / MM_PER_INCH, 8, 6000
MOST_PIXELS = 1_200_000_000
MOST_PAGE_PIXELS = 60_000_000
#: Least side of a QR module, of another module, and of a narrow bar, in mm; then of modules and bars in dots.
LEAST_QR_MM, LEAST_MODULE_MM, LEAST_BAR_MM = 0.4, 0.25, 0.19
LEAST_MODULE_DOTS, LEAST_BAR_DOTS = 3, 2
_QUIET = {"QR Code": 4, "Micro QR Code": 2, "Data Matrix": 1, "Code 128": 10, "Code 39": 10, "EAN-13": 7}
_LINEAR = frozenset({"Code 128", "Code 39", "Code 93", "EAN-13", "EAN-8", "UPC-A", "UPC-E", "ITF", "Codabar"})
#: Symbologies that are looked for; others are seen in every table of figures.
_FORMATS = zxingcpp.BarcodeFormats(
    (
        zxingcpp.BarcodeFormat.QRCode,
        zxingcpp.BarcodeFormat.MicroQRCode,
        zxingcpp.BarcodeFormat.DataMatrix,
        zxingcpp.BarcodeFormat.Aztec,
        zxingcpp.BarcodeFormat.Code128,
        zxingcpp.BarcodeFormat.Code39,
        zxingcpp.BarcodeFormat.EANUPC,
    )
)
#: Side of the smallest broken symbol that is told, in mm: smaller ones are mostly none.
_LEAST_BROKEN_MM = 6.0
#: Share of a module by which a width may be off, and dots where each counts.
_UNEVEN, _CLOSE_DOTS = 0.25, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCode:
    """A code as a scanner reads it off the page."""

    kind: str  #: `QR Code`, `Code 128`, …
    payload: str
    page: int  #: counted from 1
    place: Place


def check_codes(data: bytes, sheets: Sequence[Sheet], media: MediaSettings | None) -> Iterator[FoundCode | Fault]:
    """All codes of a file, and what is wrong with them. Raises what pdfium raises on a file that it cannot draw."""
    left = MOST_PIXELS
    resolution = min(media.dots_per_mm if media else FINEST, FINEST)
    with pypdfium2.PdfDocument(data) as pdf:
        for sheet in sheets[: len(pdf)]:
            page = pdf[sheet.number - 1]
            if min(page.get_size()) <= 0:
                continue
            view = _look(page, sheet, resolution)
            left -= view.grey.size
            if left < 0:
                message = "codes from this page on were not looked for"
                yield Fault(code="pdf.too_much", page=sheet.number, message=message)
                return
            for code in zxingcpp.read_barcodes(
                view.grey, formats=_FORMATS, return_errors=True, text_mode=zxingcpp.TextMode.Plain
            ):
                yield from _check_code(code, view, media)
            page.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """The pixels of a page as it is shown."""

    page: pypdfium2.PdfPage
    sheet: Sheet
    grey: Grey
    scale: float  #: pixels to the mm

    def closer(self, corners: Corners, resolution: float) -> tuple[Grey, Corners]:
        """The pixels around a code, as many to the mm, and its corners there."""
        factor = resolution / self.scale
        moved = [(round(x * factor), round(y * factor)) for x, y in corners]
        xs, ys = zip(*moved, strict=True)
        left, top = min(xs) - _AROUND, min(ys) - _AROUND
        part = left, top, min(max(xs) - left + _AROUND, _MOST_SIDE), min(max(ys) - top + _AROUND, _MOST_SIDE)
        return part_raster(self.page, resolution, part), [(x - left, y - top) for x, y in moved]


def _look(page: pypdfium2.PdfPage, sheet: Sheet, resolution: float) -> _View:
    width, height = (max(side * MM_PER_INCH / PT_PER_INCH, 1e-3) for side in page.get_size())
    scale = min(resolution, (MOST_PAGE_PIXELS / (width * height)) ** 0.5, 20_000 / max(width, height))
    return _View(page=page, sheet=sheet, grey=page_raster(page, scale), scale=scale)


def _check_code(code: zxingcpp.Barcode, view: _View, media: MediaSettings | None) -> Iterator[FoundCode | Fault]:
    corners = [(point.x, point.y) for point in _corners(code.position)]
    sheet = view.sheet
    place = _place(corners, sheet, view.scale)
    kind = str(code.format)
    if not code.valid:
        if kind != "QR Code" or min(place.width, place.height) < _LEAST_BROKEN_MM:
            return  # only a QR code's corners are so plain that nothing else has them
        yield Fault(code="code.unreadable", message=f"a {kind} that does not read back", page=sheet.number, place=place)
        return
    yield FoundCode(kind=kind, payload=code.text, page=sheet.number, place=place)
    for rule, message in _check_shape(kind, corners, _modules_across(code), view, media):
        yield Fault(code=rule, message=message, page=sheet.number, place=place)
    if media is not None:
        yield from _check_place(kind, sheet, place, media)


def _check_shape(
    kind: str, corners: Corners, modules: int | None, view: _View, media: MediaSettings | None
) -> Iterator[tuple[str, str]]:
    """Module, widths and quiet zone: the rule that is broken, and how."""
    is_thermal = media is not None and media.ink == "black"
    resolution = media.dots_per_mm if media is not None and is_thermal else FINE
    measured = measure(*view.closer(corners, resolution), modules)
    if measured is None:
        return
    module, off = measured
    small = _too_small(kind, module, module / resolution, is_thermal=is_thermal)
    if small:
        yield "code.small", small
    if off > (_CLOSE_DOTS if is_thermal else max(1.01, module * _UNEVEN)):
        yield "code.uneven", f"a {kind} with a bar or module that is off by {off / module:.2f} modules"
    zone = module / resolution * view.scale * _QUIET.get(kind, 1)
    if not has_quiet(view.grey, corners, zone, is_linear=kind in _LINEAR):
        yield "code.quiet", f"something stands in the quiet zone of a {kind}"


def _too_small(kind: str, dots: float, wide: float, *, is_thermal: bool) -> str:
    least_dots = LEAST_BAR_DOTS if kind in _LINEAR else LEAST_MODULE_DOTS
    least = LEAST_BAR_MM if kind in _LINEAR else LEAST_QR_MM if kind == "QR Code" else LEAST_MODULE_MM
    if is_thermal and dots < least_dots - 0.25:
        return f"a {kind} with modules of {dots:.1f} dots, under {least_dots}"
    if not is_thermal and wide < least * 0.9:
        return f"a {kind} with modules of {wide:.2f} mm, under {least:g}"
    return ""


def _modules_across(code: zxingcpp.Barcode) -> int | None:
    """Modules of a QR code from side to side, by the version that it tells."""
    version = str(code.extra.get("Version", "")) if isinstance(code.extra, dict) else ""
    return 17 + 4 * int(version) if str(code.format) == "QR Code" and version.isdigit() else None


def _check_place(kind: str, sheet: Sheet, place: Place, media: MediaSettings) -> Iterator[Fault]:
    spare = min(place.x, place.y, media.width_mm - place.x - place.width, media.height_mm - place.y - place.height)
    if spare < media.safe_mm - CLOSE_MM:
        message = f"a {kind} comes closer than {media.safe_mm:g} mm to the edge"
        yield Fault(code="code.unsafe", message=message, page=sheet.number, place=place)
    side = unprintable_side(place, media)
    if side:
        message = f"a {kind} reaches into the {side}, where the device cannot print"
        yield Fault(code="page.unprintable", message=message, page=sheet.number, place=place)
    for zone in media.zones:
        clash = clash_of_reading(place, zone)
        if clash:
            yield Fault(code=clash[0], message=f"a {kind} {clash[1]}", page=sheet.number, place=place)


def _corners(position: zxingcpp.Position) -> tuple[zxingcpp.Point, ...]:
    return position.top_left, position.top_right, position.bottom_right, position.bottom_left


def _place(corners: Corners, sheet: Sheet, scale: float) -> Place:
    """Where corners in pixels of the shown page are, from the trim's top left; turned pages as they are shown."""
    xs, ys = zip(*corners, strict=True)
    mm = MM_PER_INCH / PT_PER_INCH * sheet.unit
    left, top = (sheet.trim.left - sheet.crop.left) * mm, (sheet.crop.top - sheet.trim.top) * mm
    if sheet.turn:
        left = top = 0.0
    return Place(
        Mm(min(xs) / scale - left),
        Mm(min(ys) / scale - top),
        Mm((max(xs) - min(xs)) / scale),
        Mm((max(ys) - min(ys)) / scale),
    )
