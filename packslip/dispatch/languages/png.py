"""PNG: one page as a 1-bit grey picture that knows its resolution.

Source: ISO/IEC 15948:2003, 11.2.2 (IHDR), 11.3.5.3 (pHYs), 9 (filters), 10 (compression).
"""

import struct
import zlib

from packslip.dispatch.languages.dots import inverted
from packslip.model import Bitmap

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_METRE = 1
_LEVEL = 6


def encode_png(bitmap: Bitmap) -> bytes:
    """A page; grey, one bit deep, so 0 is black. No filter: it would only cost."""
    header = struct.pack(">IIBBBBB", bitmap.width, bitmap.height, 1, 0, 0, 0, 0)
    per_metre = round(1000 * bitmap.resolution)
    dots, across = inverted(bitmap), bitmap.row_bytes
    rows = b"".join(b"\0" + dots[start : start + across] for start in range(0, len(dots), across))
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", header),
            _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, _METRE)),
            _chunk(b"IDAT", zlib.compress(rows, _LEVEL)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
