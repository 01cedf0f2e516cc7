"""ESC/POS, the language of receipt printers: each page in bands of raster, then fed past the cutter and cut.

Source: Epson, ESC/POS Command Reference: ESC @, GS L, GS v 0, GS V (function B).
"""

from collections.abc import Iterable, Iterator

from packslip.model import Bitmap

#: Rows of one band: small printers hold no whole page. 16 mm at 8 dots/mm.
BAND_ROWS = 128

_RESET = b"\x1b@"
_NO_MARGIN = b"\x1dL\x00\x00"
#: Feeds what is printed past the cutter, then cuts but for a point.
_CUT = b"\x1dV\x42\x00"


def encode_escpos(bitmaps: Iterable[Bitmap]) -> bytes:
    """Pages of their full length, each cut off. 1 is black."""
    return _RESET + _NO_MARGIN + b"".join(b"".join(_bands(bitmap)) + _CUT for bitmap in bitmaps)


def _bands(bitmap: Bitmap) -> Iterator[bytes]:
    """Sizes are low byte first: bytes across, rows down."""
    across = bitmap.row_bytes
    for top in range(0, bitmap.height, BAND_ROWS):
        rows = min(BAND_ROWS, bitmap.height - top)
        size = across.to_bytes(2, "little") + rows.to_bytes(2, "little")
        yield b"\x1dv0\x00" + size + bitmap.rows[top * across : (top + rows) * across]
