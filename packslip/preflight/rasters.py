"""Rasters: grey pixels of a page, or of a part of it, exactly as many to the mm as asked for."""

import ctypes
import math

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from pypdfium2 import raw

from packslip.units import MM_PER_INCH, PT_PER_INCH

Grey = NDArray[np.uint8]

_WHITE = 255


def page_raster(page: pypdfium2.PdfPage, resolution: float) -> Grey:
    """A whole page as it is shown."""
    width, height = (math.ceil(side * MM_PER_INCH / PT_PER_INCH * resolution - 1e-3) for side in page.get_size())
    return part_raster(page, resolution, (0, 0, max(width, 1), max(height, 1)))


def part_raster(page: pypdfium2.PdfPage, resolution: float, part: tuple[int, int, int, int]) -> Grey:
    """Part of a page: left, top, width and height in dots, counted from its top left corner."""
    left, top, width, height = part
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, raw.FPDFBitmap_Gray)
    bitmap.fill_rect((_WHITE,) * 4, 0, 0, width, height)
    scale = resolution * MM_PER_INCH / PT_PER_INCH
    matrix = raw.FS_MATRIX(scale, 0, 0, scale, -left, -top)
    clip = raw.FS_RECTF(0, 0, width, height)
    raw.FPDF_RenderPageBitmapWithMatrix(bitmap, page, ctypes.byref(matrix), ctypes.byref(clip), raw.FPDF_GRAYSCALE)
    return np.frombuffer(bitmap.buffer, np.uint8).reshape(height, bitmap.stride)[:, :width].copy()
