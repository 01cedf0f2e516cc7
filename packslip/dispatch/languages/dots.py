"""Dots: what several languages do with a bitmap's rows."""

from packslip.model import Bitmap

_INVERT = bytes(255 - value for value in range(256))


def inverted(bitmap: Bitmap) -> bytes:
    """The rows with 0 for black and 1 for white, which is also what ends a row to a whole byte."""
    return bitmap.rows.translate(_INVERT)
