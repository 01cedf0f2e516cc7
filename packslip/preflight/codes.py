"""Codes: each stands where a scanner finds it and says what it should, read from the pixels the printer will print."""

from collections.abc import Iterator

import numpy as np
import pypdfium2
import zxingcpp

from packslip.model import Code, Document, Finding, PlacedCode, Slip, Symbology, Where, error
from packslip.preflight.foreign.geometry import Place
from packslip.preflight.placed import check_zones
from packslip.preflight.rasters import Grey, part_raster
from packslip.settings import MediaSettings
from packslip.units import MM_PER_INCH, Pt, mm_from_pt

CLOSE_MM = 0.1
#: Share of a dot that counts as on it.
CLOSE_DOTS = 0.05
#: Least dots of a QR module and of a narrow bar on a thermal head.
LEAST_DOTS = {Symbology.QR: 3, Symbology.CODE128: 2}
DARK = 128
#: Finest raster a code is read from, in dots/mm; finer printers make no code harder to read.
FINEST = 600 / MM_PER_INCH

_NEARLY = 1e-3  #: of a dot: boxes are written to a millionth of a point

_FORMATS = {
    Symbology.QR: zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
    Symbology.CODE128: zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.Code128),
}


def check_absent(document: Document, slip: Slip) -> Iterator[Finding]:
    """Codes of a slip that stand on no page of its document, and those that stand on a page that is none."""
    for code in slip.codes:
        if not any(_is(placed, code) for placed in document.codes):
            message = f"the slip has a code {code.name!r} that stands on no page"
            yield error(
                "code.absent", Where(spot=code.name), message, f'place <img src="code:{code.name}"> in the layout'
            )
    count = len(document.pages)
    for placed in document.codes:
        if not 1 <= placed.page <= count:
            yield error("code.absent", _where(placed), f"the document has {count} pages", "press the slip again")


def check_codes(page: pypdfium2.PdfPage, number: int, document: Document, media: MediaSettings) -> Iterator[Finding]:
    """Every code of a page is inside the safe area, on whole dots where that matters, and reads back."""
    for placed in document.codes:
        if placed.page != number:
            continue
        where = _where(placed)
        yield from _check_place(placed, media, where)
        grey = _raster(page, placed, min(media.dots_per_mm, FINEST))
        if _read(grey, placed) != placed.payload:
            hint = "keep its quiet zone free, and give it more room"
            yield error("code.unreadable", where, "the code does not read back as what it should say", hint)
        elif media.ink == "black" and not is_even(grey, placed.symbology):
            message = "a bar or module is not as many whole dots wide as the others"
            yield error("code.uneven", where, message, "do not rotate or scale it")


def _where(placed: PlacedCode) -> Where:
    return Where(spot=f"page {placed.page}, {placed.symbology} at {placed.x:.1f}, {placed.y:.1f} mm")


def is_even(grey: Grey, symbology: Symbology) -> bool:
    """Whether all bars or modules are whole multiples of one width of enough dots: no run is off by a dot.

    Edges lie a whole number of modules apart, so their distances have a common divisor that is the module.
    """
    dark = grey < DARK
    if symbology is Symbology.CODE128:
        dark = dark[[len(dark) // 2]]
    columns = np.flatnonzero((dark[:, 1:] != dark[:, :-1]).any(axis=0))
    rows = np.flatnonzero((dark[1:] != dark[:-1]).any(axis=1))
    module = int(np.gcd.reduce(np.concatenate([np.diff(columns), np.diff(rows)]), initial=0))
    return module >= LEAST_DOTS[symbology]


def _is(placed: PlacedCode, code: Code) -> bool:
    return placed.symbology is code.symbology and placed.payload == code.payload


def _check_place(placed: PlacedCode, media: MediaSettings, where: Where) -> Iterator[Finding]:
    spare = (
        placed.x - media.safe_mm,
        placed.y - media.safe_mm,
        media.width_mm - media.safe_mm - placed.x - placed.width,
        media.height_mm - media.safe_mm - placed.y - placed.height,
    )
    if min(spare) < -CLOSE_MM:
        message = f"the code comes closer than {media.safe_mm:g} mm to the edge of the paper, quiet zone included"
        yield error("code.unsafe", where, message, "move it in")
    place = Place(placed.x, placed.y, placed.width, placed.height)
    yield from check_zones("the code", place, media, where)
    dots = [length * media.dots_per_mm for length in (placed.x, placed.y, placed.width, placed.height)]
    if media.ink == "black" and any(abs(value - round(value)) > CLOSE_DOTS for value in dots):
        message = "the code does not begin and end on whole dots of the print head"
        yield error("code.off_dots", where, message, "do not rotate or scale it")


def _read(grey: Grey, placed: PlacedCode) -> str | None:
    """What a scanner reads where the code stands, None where it reads nothing."""
    found = zxingcpp.read_barcode(
        grey,
        formats=_FORMATS[placed.symbology],
        try_downscale=False,
        try_invert=False,
        text_mode=zxingcpp.TextMode.Plain,
    )
    return None if found is None else str(found.text)


def _raster(page: pypdfium2.PdfPage, placed: PlacedCode, resolution: float) -> Grey:
    """Grey pixels of the place of a code, one to each device dot; the bleed is no part of the place."""
    trim, media = page.get_trimbox(), page.get_mediabox()
    across = mm_from_pt(Pt(trim[0] - media[0])) + placed.x
    down = mm_from_pt(Pt(media[3] - trim[3])) + placed.y
    left, top = (int(start * resolution + _NEARLY) for start in (across, down))
    width = int((across + placed.width) * resolution + _NEARLY) + 1 - left
    height = int((down + placed.height) * resolution + _NEARLY) + 1 - top
    return part_raster(page, resolution, (left, top, width, height))
