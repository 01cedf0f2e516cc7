"""Reading: the dots of a document of record, which is a PDF of one 1-bit picture a page and nothing else.

Takes no other PDF: what would have to be drawn anew is not what was looked through.
"""

import io

import pikepdf

from packslip.model import Bitmap
from packslip.units import Dots, DotsPerMm, Pt, mm_from_pt


def read_bitmaps(data: bytes) -> tuple[Bitmap, ...]:
    """The pages of a document as they were rasterised, to the dot.

    Raises:
        ValueError: it is another kind of document.
    """
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            bitmaps = tuple(_read_page(page, number) for number, page in enumerate(pdf.pages, start=1))
    except (pikepdf.PdfError, TypeError, KeyError, AttributeError) as fault:
        raise ValueError(f"not readable as a PDF of dots ({type(fault).__name__})") from None
    if not bitmaps:
        raise ValueError("it has no page")
    return bitmaps


def _read_page(page: pikepdf.Page, number: int) -> Bitmap:
    """A page that draws one 1-bit picture, 1 for black, and nothing more."""
    operations = [(str(each.operator), each.operands) for each in pikepdf.parse_content_stream(page)]
    if [operator for operator, _ in operations] != ["q", "cm", "Do", "Q"]:
        raise ValueError(f"page {number} is not one bitmap")
    picture = page.resources.XObject[str(operations[2][1][0])]
    if picture.get("/BitsPerComponent") != 1 or picture.get("/Decode") != pikepdf.Array([1, 0]):
        raise ValueError(f"the picture of page {number} is not black and white")
    left, _, right, _ = (float(side) for side in page.mediabox.as_list())
    width, height = Dots(int(picture.Width)), Dots(int(picture.Height))
    rows = picture.read_bytes()
    if len(rows) != -(-width // 8) * height:
        raise ValueError(f"the picture of page {number} is cut short")
    return Bitmap(width=width, height=height, resolution=DotsPerMm(width / mm_from_pt(Pt(right - left))), rows=rows)
