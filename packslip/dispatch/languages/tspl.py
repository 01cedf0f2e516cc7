"""TSPL, the language of TSC printers and many of their kin: each page a label of one bitmap.

The gap is left to the printer, which measures it when it is calibrated.
Source: TSC, TSPL/TSPL2 Programming: SIZE, DIRECTION, REFERENCE, CLS, BITMAP, PRINT.
"""

from collections.abc import Iterable

from packslip.dispatch.languages.dots import inverted
from packslip.model import Bitmap


def encode_tspl(bitmaps: Iterable[Bitmap]) -> bytes:
    """Labels of one bitmap each, in mode 0 (overwrite). There 0 is black."""
    return b"".join(
        b"SIZE %.2f mm,%.2f mm\r\nDIRECTION 0\r\nREFERENCE 0,0\r\nCLS\r\nBITMAP 0,0,%d,%d,0,%b\r\nPRINT 1,1\r\n"
        % (bitmap.width_mm, bitmap.height_mm, bitmap.row_bytes, bitmap.height, inverted(bitmap))
        for bitmap in bitmaps
    )
