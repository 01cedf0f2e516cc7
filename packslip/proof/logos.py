"""Logos as they were drawn: whether a picture has enough pixels for the size that a layout gives it."""

import io
from dataclasses import dataclass

import pypdfium2 as pdfium
from PIL import Image
from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

from packslip.errors import LayoutError
from packslip.files import read_file
from packslip.library.brands import Brand, brand_of
from packslip.model import Document, Finding, Slip, Where, note, warning
from packslip.settings import OutputProfile
from packslip.units import PT_PER_INCH
from packslip.world import World

#: Pixels to the inch: below the one a logo is seen to be coarse, from the other on print shows no more.
LEAST_PPI, FINE_PPI = 200, 300

_DEEP = 8  #: forms within forms


@dataclass(frozen=True, slots=True)
class _Seen:
    pixels: tuple[int, int]
    ppi: float


def check_drawn_logo(slip: Slip, document: Document, world: World) -> tuple[Finding, ...]:
    """Whether the logo of a slip is too coarse where it stands; a drawing never is."""
    brand = brand_of(world.brands, slip.brand.store, slip.brand.dealer)
    if brand is None or not brand.logo or brand.logo.lower().endswith(".svg") or _is_bitmap(slip, world):
        return ()
    try:
        with Image.open(io.BytesIO(read_file(world.root / "layouts" / "art" / brand.logo))) as picture:
            pixels = picture.size
    except OSError:  # told by the check of files
        return ()
    coarsest = min((seen.ppi for seen in _pictures(document) if seen.pixels == pixels), default=float(FINE_PPI))
    return _judge(brand, slip.layout, pixels, coarsest)


def _judge(brand: Brand, layout: str, pixels: tuple[int, int], ppi: float) -> tuple[Finding, ...]:
    if round(ppi) >= FINE_PPI:
        return ()
    needed = " × ".join(str(round(side * FINE_PPI / ppi)) for side in pixels)
    message = f"{brand.logo}: {pixels[0]} × {pixels[1]} pixels make {ppi:.0f} to the inch in {layout}"
    hint = f"give it {needed} pixels, or draw it as SVG"
    found = warning if ppi < LEAST_PPI else note
    return (found("brand.logo_coarse", Where(file=brand.file, spot="logo"), message, hint),)


def _is_bitmap(slip: Slip, world: World) -> bool:
    """Whether the whole slip is one picture of dots."""
    try:
        return world.media(world.layout(slip.layout)).profile is OutputProfile.THERMAL
    except LayoutError:
        return True


def _pictures(document: Document) -> list[_Seen]:
    pdf = pdfium.PdfDocument(document.data)
    try:
        seen = []
        for page in pdf:
            for item in page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE], max_depth=_DEEP):
                left, bottom, right, top = item.get_bounds()
                width, height = item.get_px_size()
                if right > left and top > bottom:
                    inches = (right - left) / PT_PER_INCH, (top - bottom) / PT_PER_INCH
                    seen.append(_Seen((width, height), min(width / inches[0], height / inches[1])))
        return seen
    finally:
        pdf.close()
