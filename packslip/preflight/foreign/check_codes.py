"""Codes: every symbol that is found in a page's pixels reads back, is large enough, and has its quiet zone.

Finds what zxing finds in a raster of the whole page at the printer's resolution, up to 300 dots to the inch; a code
that is too broken to be seen as one is not found. Module and quiet zone are measured on that raster, to half a dot.
Source: ISO/IEC 18004:2015 (QR), ISO/IEC 15417:2007 (Code 128), ISO/IEC 16022:2006 (Data Matrix).
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pypdfium2
import zxingcpp
from numpy.typing import NDArray

from packslip.preflight.foreign.geometry import Place
from packslip.preflight.foreign.painted import Sheet
from packslip.preflight.foreign.subject import Fault
from packslip.settings import MediaSettings
from packslip.units import MM_PER_INCH, PT_PER_INCH, Mm

CLOSE_MM = 0.1
#: Finest raster that codes are looked for on, in dots/mm, and the pixels that all pages of a file may cost.
FINEST = 300 / MM_PER_INCH
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
_DARK = 128

Grey = NDArray[np.uint8]


def check_codes(data: bytes, sheets: Sequence[Sheet], media: MediaSettings | None) -> Iterator[Fault]:
    """All codes of a file. Raises what pdfium raises on a file that it cannot draw."""
    left = MOST_PIXELS
    resolution = min(media.dots_per_mm if media else FINEST, FINEST)
    with pypdfium2.PdfDocument(data) as pdf:
        for sheet in sheets[: len(pdf)]:
            page = pdf[sheet.number - 1]
            if min(page.get_size()) <= 0:
                continue
            grey, scale = _raster(page, resolution)
            left -= grey.size
            if left < 0:
                yield Fault(
                    code="pdf.too_much", page=sheet.number, message="codes from this page on were not looked for"
                )
                return
            found = zxingcpp.read_barcodes(
                grey, formats=_FORMATS, return_errors=True, text_mode=zxingcpp.TextMode.Plain
            )
            for code in found:
                yield from _check_code(code, grey, sheet, scale, media)
            page.close()


def _raster(page: pypdfium2.PdfPage, resolution: float) -> tuple[Grey, float]:
    """Grey pixels of a page as it is shown, and how many there are to the mm."""
    width, height = (side * MM_PER_INCH / PT_PER_INCH for side in page.get_size())
    scale = min(resolution, (MOST_PAGE_PIXELS / max(width * height, 1e-6)) ** 0.5, 20_000 / max(width, height, 1e-6))
    bitmap = page.render(scale=scale * MM_PER_INCH / PT_PER_INCH, grayscale=True)
    return np.ascontiguousarray(bitmap.to_numpy().reshape(bitmap.height, -1)[:, : bitmap.width]), scale


def _check_code(
    code: zxingcpp.Barcode, grey: Grey, sheet: Sheet, scale: float, media: MediaSettings | None
) -> Iterator[Fault]:
    corners = [(point.x, point.y) for point in _corners(code.position)]
    place = _place(corners, sheet, scale)
    kind = str(code.format)
    if not code.valid:
        if kind != "QR Code" or min(place.width, place.height) < _LEAST_BROKEN_MM:
            return  # only a QR code's corners are so plain that nothing else has them
        yield Fault(code="code.unreadable", message=f"a {kind} that does not read back", page=sheet.number, place=place)
        return
    module = _module(code, grey, corners)
    if module is not None:
        yield from _check_module(kind, module=module, scale=scale, sheet=sheet, place=place, media=media)
        if not _has_quiet(grey, corners, module * _QUIET.get(kind, 1), is_linear=kind in _LINEAR):
            message = f"something stands in the quiet zone of a {kind}"
            yield Fault(code="code.quiet", message=message, page=sheet.number, place=place)
    if media is not None:
        spare = min(place.x, place.y, media.width_mm - place.x - place.width, media.height_mm - place.y - place.height)
        if spare < media.safe_mm - CLOSE_MM:
            message = f"a {kind} comes closer than {media.safe_mm:g} mm to the edge"
            yield Fault(code="code.unsafe", message=message, page=sheet.number, place=place)


def _corners(position: zxingcpp.Position) -> tuple[zxingcpp.Point, ...]:
    return position.top_left, position.top_right, position.bottom_right, position.bottom_left


def _place(corners: list[tuple[int, int]], sheet: Sheet, scale: float) -> Place:
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


def _check_module(
    kind: str, *, module: float, scale: float, sheet: Sheet, place: Place, media: MediaSettings | None
) -> Iterator[Fault]:
    wide = module / scale
    dots = wide * media.dots_per_mm if media is not None and media.ink == "black" else None
    least_dots = LEAST_BAR_DOTS if kind in _LINEAR else LEAST_MODULE_DOTS
    least = LEAST_BAR_MM if kind in _LINEAR else LEAST_QR_MM if kind == "QR Code" else LEAST_MODULE_MM
    if dots is not None and dots < least_dots - 0.25:
        message = f"a {kind} with modules of {dots:.1f} dots, under {least_dots}"
    elif dots is None and wide < least * 0.9:
        message = f"a {kind} with modules of {wide:.2f} mm, under {least:g}"
    else:
        return
    yield Fault(code="code.small", message=message, page=sheet.number, place=place)


def _module(code: zxingcpp.Barcode, grey: Grey, corners: list[tuple[int, int]]) -> float | None:
    """Side of a module in pixels: from the version that a QR code tells, else the narrowest run on a line across."""
    version = str(code.extra.get("Version", "")) if isinstance(code.extra, dict) else ""
    across = float(np.hypot(corners[1][0] - corners[0][0], corners[1][1] - corners[0][1]))
    if str(code.format) == "QR Code" and version.isdigit():
        return across / (17 + 4 * int(version))
    (left, top), (right, _), (_, bottom), _ = corners
    if abs(corners[1][1] - top) > abs(right - left):
        return None  # it stands upright; measured lines run across
    middle = int((top + bottom) / 2)
    if not 0 <= middle < grey.shape[0]:
        return None
    line = grey[middle, max(min(left, right), 0) : max(left, right)] < _DARK
    edges = np.flatnonzero(np.diff(line.astype(np.int8)))
    runs = np.diff(edges)
    return float(np.percentile(runs, 5)) if len(runs) > 4 else None


def _has_quiet(grey: Grey, corners: list[tuple[int, int]], zone: float, *, is_linear: bool) -> bool:
    """Whether a band of paper surrounds a code; half a module is spared at the code's own edge, and at the band's."""
    xs, ys = zip(*corners, strict=True)
    if min(abs(corners[1][0] - corners[0][0]), abs(corners[1][1] - corners[0][1])) > 2:
        return True  # it stands askew; bands run upright
    gap, wide = max(1, round(zone * 0.1)), round(zone * 0.85)
    left, right, top, bottom = min(xs) - gap, max(xs) + gap, min(ys) - gap, max(ys) + gap
    bands = [
        grey[max(top, 0) : bottom, max(left - wide, 0) : max(left, 0)],
        grey[max(top, 0) : bottom, right : right + wide],
    ]
    if is_linear:
        middle = (max(top, 0) + bottom) // 2
        bands = [band[len(band) // 4 : max(len(band) * 3 // 4, 1)] for band in bands] if middle else bands
    else:
        bands += [
            grey[max(top - wide, 0) : max(top, 0), max(left, 0) : right],
            grey[bottom : bottom + wide, max(left, 0) : right],
        ]
    return not any(band.size and float((band < _DARK).mean()) > 0.02 for band in bands)
