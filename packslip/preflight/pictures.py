"""Pictures: whether each has pixels enough for the size it is printed at."""

from collections.abc import Iterator

import pypdfium2
from pypdfium2 import raw

from packslip.model import Finding, Where, warning
from packslip.units import PT_PER_INCH

LEAST_PPI = 150.0

#: Groups in groups that are looked into.
DEEPEST = 5


def check_pictures(pdf: pypdfium2.PdfDocument) -> Iterator[Finding]:
    """One finding for each picture printed below 150 pixels to the inch."""
    for number, page in enumerate(pdf, start=1):
        for picture in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=DEEPEST):
            a, b, c, d, _, _ = _matrix(picture).get()
            across, down = (a * a + b * b) ** 0.5, (c * c + d * d) ** 0.5  # in pt
            pixels_across, pixels_down = picture.get_px_size()
            if not across or not down:
                continue
            ppi = min(pixels_across * PT_PER_INCH / across, pixels_down * PT_PER_INCH / down)
            if ppi < LEAST_PPI - 0.5:
                message = f"a picture of {pixels_across} × {pixels_down} pixels prints at {ppi:.0f} ppi"
                yield warning("picture.low_ppi", Where(spot=f"page {number}"), message, "supply a larger picture")


def _matrix(thing: pypdfium2.PdfObject) -> pypdfium2.PdfMatrix:
    """From the picture's own square to the page, through the groups it lies in."""
    matrix, container = thing.get_matrix(), thing.container
    while container is not None:
        matrix, container = matrix.multiply(container.get_matrix()), container.container
    return matrix
