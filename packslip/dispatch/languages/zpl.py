"""ZPL II, the language of Zebra printers and many others: each page a label of one graphic field.

Source: Zebra, ZPL II Programming Guide (P1099958): ^GF, ^PW, ^LL, ^LH, ^FO, ^PQ; "ZB64 Encoding and Compression";
"Alternative Data Compression Scheme for ~DG and ~DB Graphics".
"""

import re
import zlib
from base64 import b64encode
from binascii import crc_hqx
from collections.abc import Callable, Iterable

from packslip.model import Bitmap

#: Of zlib: the quickest. Others take up to three times as long for a seventh less.
_LEVEL = 1

#: Digits that repeat so often that a count is shorter.
_RUN = re.compile(rb"(.)\1{2,}")


def encode_zpl(bitmaps: Iterable[Bitmap]) -> bytes:
    """Labels with their graphics in Z64: zlib, base64 and a check sum. Firmware of Zebra's from about 2005 on."""
    return b"".join(_label(bitmap, _z64) for bitmap in bitmaps)


def encode_zpl_hex(bitmaps: Iterable[Bitmap]) -> bytes:
    """Labels with their graphics in hexadecimal digits, runs shortened: for firmware that knows no Z64."""
    return b"".join(_label(bitmap, _hex) for bitmap in bitmaps)


def _label(bitmap: Bitmap, pack: Callable[[Bitmap], bytes]) -> bytes:
    """One label, one copy: as wide and long as the page, its origin in the head's corner."""
    size = len(bitmap.rows)
    return b"^XA^LH0,0^PW%d^LL%d^FO0,0^GFA,%d,%d,%d,%b^FS^PQ1^XZ\n" % (
        *(bitmap.width, bitmap.height),
        *(size, size, bitmap.row_bytes),
        pack(bitmap),
    )


def _z64(bitmap: Bitmap) -> bytes:
    """The check sum is CRC-16 by the polynomial 0x1021 from 0, of the base64 text."""
    text = b64encode(zlib.compress(bitmap.rows, _LEVEL))
    return b":Z64:%b:%04X" % (text, crc_hqx(text, 0))


def _hex(bitmap: Bitmap) -> bytes:
    rows, before = [], b""
    for start in range(0, len(bitmap.rows), bitmap.row_bytes):
        row = bitmap.rows[start : start + bitmap.row_bytes].hex().upper().encode()
        rows.append(b":" if row == before else _shorten(row))
        before = row
    return b"".join(rows)


def _shorten(row: bytes) -> bytes:
    """A row of digits: a comma for zeros to its end, an exclamation mark for Fs, counts before digits that repeat."""
    for digit, sign in ((b"0", b","), (b"F", b"!")):
        rest = row.rstrip(digit)
        if len(rest) < len(row):
            return _RUN.sub(_counted, rest) + sign
    return _RUN.sub(_counted, row)


def _counted(run: re.Match[bytes]) -> bytes:
    """G to Y stand for 1 to 19, g to z for 20 to 400 in twenties; they add up."""
    count, digit = len(run.group()), run.group(1)
    many, rest = divmod(count, 400)
    twenties, ones = divmod(rest, 20)
    signs = b"z" * many
    signs += bytes([ord("g") + twenties - 1]) if twenties else b""
    signs += bytes([ord("G") + ones - 1]) if ones else b""
    return signs + digit
