"""Codes: each stands where a scanner finds it and says what it should, read from the pixels the printer will print."""

from collections.abc import Iterator

import pypdfium2
import zxingcpp

from packslip.model import Code, Document, Finding, PlacedCode, Slip, Symbology, Where, error
from packslip.preflight.rasters import Grey, part_raster
from packslip.settings import MediaSettings
from packslip.units import MM_PER_INCH

CLOSE_MM = 0.1
#: Share of a dot that counts as on it.
CLOSE_DOTS = 0.05
#: Finest raster a code is read from, in dots/mm.
FINEST = 600 / MM_PER_INCH

_FORMATS = {
    Symbology.QR: zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
    Symbology.CODE128: zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.Code128),
}


def check_codes(pdf: pypdfium2.PdfDocument, document: Document, slip: Slip, media: MediaSettings) -> Iterator[Finding]:
    """Every code of the slip is there, inside the safe area, on whole dots where that matters, and reads back."""
    for code in slip.codes:
        if not any(_is(placed, code) for placed in document.codes):
            message = f"the slip has a code {code.name!r} that stands on no page"
            yield error(
                "code.absent", Where(spot=code.name), message, f'place <img src="code:{code.name}"> in the layout'
            )
    for placed in document.codes:
        where = Where(spot=f"page {placed.page}, {placed.symbology} at {placed.x:.1f}, {placed.y:.1f} mm")
        yield from _check_place(placed, media, where)
        if not 1 <= placed.page <= len(pdf):
            yield error("code.absent", where, f"the document has {len(pdf)} pages", "press the slip again")
        elif _read(pdf[placed.page - 1], placed, media) != placed.payload:
            hint = "keep its quiet zone free, and give it more room"
            yield error("code.unreadable", where, "the code does not read back as what it should say", hint)


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
    dots = [length * media.dots_per_mm for length in (placed.x, placed.y, placed.width, placed.height)]
    if media.ink == "black" and any(abs(value - round(value)) > CLOSE_DOTS for value in dots):
        message = "the code does not begin and end on whole dots of the print head"
        yield error("code.off_dots", where, message, "do not rotate or scale it")


def _read(page: pypdfium2.PdfPage, placed: PlacedCode, media: MediaSettings) -> str | None:
    """What a scanner reads where the code stands, None where it reads nothing."""
    found = zxingcpp.read_barcode(
        _raster(page, placed, min(media.dots_per_mm, FINEST)),
        formats=_FORMATS[placed.symbology],
        try_downscale=False,
        try_invert=False,
        text_mode=zxingcpp.TextMode.Plain,
    )
    return None if found is None else str(found.text)


def _raster(page: pypdfium2.PdfPage, placed: PlacedCode, resolution: float) -> Grey:
    """Grey pixels of the place of a code, one to each device dot."""
    left, top = int(placed.x * resolution), int(placed.y * resolution)
    width = int((placed.x + placed.width) * resolution) + 1 - left
    height = int((placed.y + placed.height) * resolution) + 1 - top
    return part_raster(page, resolution, (left, top, width, height))
