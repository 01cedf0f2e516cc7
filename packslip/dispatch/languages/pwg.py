"""PWG Raster, what printers take that need no driver: 1-bit black pages, packed row by row.

Source: PWG 5102.4-2012, 4.1 (sync word), 4.3 (page header), 4.4 (compressed bitmap), 5.1 (black_1).
"""

import re
import struct
from collections.abc import Iterator, Sequence
from itertools import groupby

from packslip.model import Bitmap
from packslip.units import MM_PER_INCH, pt_from_mm

_SYNC = b"RaS2"
_HEADER_BYTES = 1796
_BLACK = 3  #: colour space K: 1 is black
_MOST = 128  #: bytes of one run, and repeats of a row less one may be 255
_MOST_ROWS = 256
_RUN = re.compile(rb"(.)\1+", re.DOTALL)


def encode_pwg(bitmaps: Sequence[Bitmap]) -> bytes:
    """A stream of pages."""
    return _SYNC + b"".join(_header(bitmap, len(bitmaps)) + _pack_page(bitmap) for bitmap in bitmaps)


def _header(bitmap: Bitmap, pages: int) -> bytes:
    """A page's header: big-endian words at fixed places, zero for what the printer may choose."""
    header = bytearray(_HEADER_BYTES)
    per_inch = round(bitmap.resolution * MM_PER_INCH)
    words = {
        276: (per_inch, per_inch),  # HWResolution
        340: (1,),  # NumCopies
        352: (round(pt_from_mm(bitmap.width_mm)), round(pt_from_mm(bitmap.height_mm))),  # PageSize
        372: (bitmap.width, bitmap.height),
        384: (1, 1, bitmap.row_bytes),  # BitsPerColor, BitsPerPixel, BytesPerLine
        396: (0, _BLACK),  # ColorOrder: chunky; ColorSpace
        420: (1,),  # NumColors
        452: (pages, 1, 1),  # TotalPageCount, CrossFeedTransform, FeedTransform
        464: (0, 0, bitmap.width, bitmap.height),  # ImageBoxLeft, Top, Right, Bottom
    }
    for place, values in words.items():
        struct.pack_into(f">{len(values)}I", header, place, *values)
    names = {0: "PwgRaster", 1732: f"custom_packslip_{bitmap.width_mm:.2f}x{bitmap.height_mm:.2f}mm"}
    for place, name in names.items():
        header[place : place + len(name)] = name.encode()
    return bytes(header)


def _pack_page(bitmap: Bitmap) -> bytes:
    """Rows that are alike stand once, after how often they repeat."""
    across = bitmap.row_bytes
    rows = (bitmap.rows[start : start + across] for start in range(0, len(bitmap.rows), across))
    packed: list[bytes] = []
    for row, same in groupby(rows):
        left, line = sum(1 for _ in same), b"".join(_pack_row(row))
        while left > 0:
            many = min(left, _MOST_ROWS)
            packed.append(bytes([many - 1]) + line)
            left -= many
    return b"".join(packed)


def _pack_row(row: bytes) -> Iterator[bytes]:
    """Runs: up to 127 says how often the next byte repeats, from 129 on how many bytes stand as they are."""
    done = 0
    for run in _RUN.finditer(row):
        yield from _plain(row[done : run.start()])
        done = run.end()
        for start in range(run.start(), done, _MOST):
            yield bytes([min(done - start, _MOST) - 1, row[start]])
    yield from _plain(row[done:])


def _plain(values: bytes) -> Iterator[bytes]:
    """Bytes as they are; one alone is a run of one, for 257 less 1 would be no count."""
    for start in range(0, len(values), _MOST):
        piece = values[start : start + _MOST]
        yield bytes([0]) + piece if len(piece) == 1 else bytes([257 - len(piece)]) + piece
