"""EPL2, the language of Eltron's and Zebra's small desktop printers: each page written straight to the image buffer.

The length of the form and its gap are left to the printer, which measures them when it is calibrated.
Source: Zebra, EPL Programming Guide (14245L-003): N, R, q, GW, P.
"""

from collections.abc import Iterable

from packslip.dispatch.languages.dots import inverted
from packslip.model import Bitmap


def encode_epl(bitmaps: Iterable[Bitmap]) -> bytes:
    """Forms of one graphic each. In a GW command 0 is black; the first line ends what came before."""
    return b"\n" + b"".join(
        b"N\nR0,0\nq%d\nGW0,0,%d,%d,%b\nP1\n" % (bitmap.width, bitmap.row_bytes, bitmap.height, inverted(bitmap))
        for bitmap in bitmaps
    )
