"""Raster: pages as the dots a thermal head burns, and the document that keeps them.

Drawn without antialiasing, so that what is black and white in the layout is black and white here; the rest is found
before it is made so. A picture of one dot per dot lands dot on dot. Knows no printer's language.
"""

import ctypes
from collections.abc import Iterable, Iterator

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from pypdfium2 import raw

from packslip.model import Bitmap, Finding, Where, error, warning
from packslip.press.identity import Facts
from packslip.press.imprint import Imprint, ImprintPage, PdfObject
from packslip.press.ink import impure_inks
from packslip.press.pdffile import QUICK, deflate, numbers
from packslip.press.writing import Faces, write_document
from packslip.settings import MediaSettings
from packslip.units import MM_PER_INCH, PT_PER_INCH, Dots, DotsPerMm, mm_from_pt, pt_from_mm

#: A page that misses its media by more is not rasterised: it is held anyway, and could be of any size.
SIZE_MM = 1.0
#: Layouts draw a box of any length, a rendition has the whole dots in it: so many may be missing.
CLOSE_DOTS = 1.0
#: Groups in groups that are looked into for pictures.
DEEPEST = 5

#: A picture is drawn smaller by this share of a dot on every side: pdfium rounds places outwards.
_INSET = 1 / 64
_FLAGS = raw.FPDF_RENDER_NO_SMOOTHTEXT | raw.FPDF_RENDER_NO_SMOOTHIMAGE | raw.FPDF_RENDER_NO_SMOOTHPATH
_WHITE, _HALF = 255, 128
#: Rows looked at together: what is made of them stays in the processor's cache, which is worth a millisecond.
_BAND = 64


def rasterise(data: bytes, media: MediaSettings) -> tuple[tuple[Bitmap, ...], tuple[Finding, ...]]:
    """The pages of a document in the media's dots, and what is neither black nor white or fits no dots.

    No bitmap where a page is not of the media's size. Every bitmap is of whole dots, the nearest to its page's size.
    """
    bitmaps: list[Bitmap] = []
    findings: list[Finding] = []
    resolution = DotsPerMm(media.dots_per_mm)
    has_pictures = b"/Image" in data  # a picture is a stream, whose dictionary is never packed
    with pypdfium2.PdfDocument(data) as pdf:
        for number, page in enumerate(pdf, start=1):
            if not _has_size(page, media):
                return (), ()
            if has_pictures:
                findings += _settle_pictures(page, number, resolution)
            tones = _draw(page, resolution)
            bitmap, is_pure = _pack(tones, resolution)
            if not is_pure:
                findings += _judge(tones, data, number, resolution)
            bitmaps.append(bitmap)
            page.close()
    return tuple(bitmaps), tuple(findings)


def write_bitmaps(bitmaps: Iterable[Bitmap], facts: Facts, faces: Faces) -> bytes:
    """A PDF of one 1-bit picture a page, exactly the page's dots: no text, no font, nothing else."""
    pages: list[ImprintPage] = []
    images: dict[str, PdfObject] = {}
    for number, bitmap in enumerate(bitmaps, start=1):
        width, height = pt_from_mm(bitmap.width_mm), pt_from_mm(bitmap.height_mm)
        box = (0.0, 0.0, width, height)
        matrix = numbers((width, 0, 0, height, 0, 0)).strip(b"[]")
        content = b"q %b cm /B%d Do Q" % (matrix, number)
        pages.append(ImprintPage(content=content, media_box=box, bleed_box=box, trim_box=box))
        images[f"B{number}"] = _picture(bitmap)
    imprint = Imprint(pages=tuple(pages), faces={}, states={}, images=images, patterns={}, shadings={})
    return write_document(imprint, facts, faces)


def _picture(bitmap: Bitmap) -> PdfObject:
    """Source: ISO 32000-1:2008, 8.9.5.2: the array Decode says that 1 is black."""
    head = (
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 1/Decode[1 0]"
        b"/Filter/FlateDecode"
    )
    return PdfObject((head % (bitmap.width, bitmap.height),), deflate(bitmap.rows, QUICK))


def _has_size(page: pypdfium2.PdfPage, media: MediaSettings) -> bool:
    left, bottom, right, top = page.get_trimbox()
    width, height = mm_from_pt(right - left), mm_from_pt(top - bottom)
    return abs(width - media.width_mm) <= SIZE_MM and abs(height - media.height_mm) <= SIZE_MM


def _draw(page: pypdfium2.PdfPage, resolution: DotsPerMm) -> NDArray[np.uint8]:
    """The trimmed page in grey, one pixel to each dot."""
    scale = resolution * MM_PER_INCH / PT_PER_INCH
    left, bottom, right, top = page.get_trimbox()
    width, height = round((right - left) * scale), round((top - bottom) * scale)
    bleed_left, bleed_top = left - page.get_mediabox()[0], page.get_mediabox()[3] - top
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, raw.FPDFBitmap_Gray)
    bitmap.fill_rect((_WHITE, _WHITE, _WHITE, _WHITE), 0, 0, width, height)
    matrix = raw.FS_MATRIX(scale, 0, 0, scale, -bleed_left * scale, -bleed_top * scale)
    clip = raw.FS_RECTF(0, 0, width, height)
    raw.FPDF_RenderPageBitmapWithMatrix(bitmap, page, ctypes.byref(matrix), ctypes.byref(clip), _FLAGS)
    pixels = np.frombuffer(bitmap.buffer, np.uint8).reshape(height, bitmap.stride)
    return pixels[:, :width]


def _pack(tones: NDArray[np.uint8], resolution: DotsPerMm) -> tuple[Bitmap, bool]:
    """The dots of a page, and whether each was black or white before."""
    height, width = tones.shape
    bands = [tones[top : top + _BAND] for top in range(0, height, _BAND)]
    rows = b"".join([np.packbits(band < _HALF, axis=1).tobytes() for band in bands])
    is_pure = not any(_impure(band).any() for band in bands)
    return Bitmap(width=Dots(width), height=Dots(height), resolution=resolution, rows=rows), is_pure


def _impure(tones: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where a dot is neither black nor white: all but 0 and 255, one below which 0 wraps to."""
    return (tones - np.uint8(1)) < np.uint8(_WHITE - 1)


def _judge(tones: NDArray[np.uint8], data: bytes, number: int, resolution: DotsPerMm) -> Iterator[Finding]:
    """What is neither black nor white, unless it is the edge of a clip, which pdfium always smooths."""
    inks = impure_inks(data, number)
    if not inks:
        return
    down, across = (np.flatnonzero(_impure(tones).any(axis=axis)) / resolution for axis in (1, 0))
    place = f"{across[0]:.1f}, {down[0]:.1f} to {across[-1]:.1f}, {down[-1]:.1f} mm"
    where = Where(spot=f"page {number}, {place}")
    hint = "use #000 and #fff only, no opacity, shadow, gradient or grey picture"
    yield error("ink.not_black", where, f"{', '.join(inks)} on black-only media", hint)


def _settle_pictures(page: pypdfium2.PdfPage, number: int, resolution: DotsPerMm) -> Iterator[Finding]:
    """Move each picture of one dot per dot by less than a dot, so that it starts on one."""
    scale = resolution * MM_PER_INCH / PT_PER_INCH
    left, _, _, top = page.get_trimbox()
    for picture in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=DEEPEST):
        matrix, around = picture.get_matrix(), _around(picture)
        a, b, c, d, e, f = matrix.multiply(around).get()
        wide, high = picture.get_px_size()
        width, height = a * scale, d * scale
        if b or c or abs(width - wide) >= CLOSE_DOTS or abs(height - high) >= CLOSE_DOTS:
            where = Where(spot=f"page {number}, {mm_from_pt(e - left):.1f}, {mm_from_pt(top - f - d):.1f} mm")
            message = f"a picture of {wide} × {high} dots is drawn on {abs(width):.1f} × {abs(height):.1f}"
            yield warning("picture.resampled", where, message, "draw it upright, at the size of its box in layout.toml")
            continue
        x, y = round((e - left) * scale), round((top - f - d) * scale)
        settled = (
            (wide - 2 * _INSET) / scale,
            0,
            0,
            (high - 2 * _INSET) / scale,
            left + (x + _INSET) / scale,
            top - (y + high - _INSET) / scale,
        )
        picture.set_matrix(pypdfium2.PdfMatrix(*settled).multiply(_inverse(around)))


def _around(thing: pypdfium2.PdfObject) -> pypdfium2.PdfMatrix:
    """From the group a thing lies in to the page."""
    matrix, container = pypdfium2.PdfMatrix(), thing.container
    while container is not None:
        matrix, container = matrix.multiply(container.get_matrix()), container.container
    return matrix


def _inverse(matrix: pypdfium2.PdfMatrix) -> pypdfium2.PdfMatrix:
    a, b, c, d, e, f = matrix.get()
    area = a * d - b * c
    return pypdfium2.PdfMatrix(d / area, -b / area, -c / area, a / area, (c * f - d * e) / area, (b * e - a * f) / area)
