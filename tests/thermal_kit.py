"""A kit for thermal printing: bitmaps to say, and what a printer would burn, read by other means than ours.

The decoders know the manuals and nothing of the encoders; each gives a page's rows as text, `#` for a dot.
"""

import io
import re
import struct
import zlib
from base64 import b64decode
from collections.abc import Sequence
from datetime import date

from PIL import Image

from packslip.model import Bitmap
from packslip.press import weasy
from packslip.press.raster import write_bitmaps
from packslip.units import Dots, DotsPerMm

Page = list[str]  #: rows of `#` and `.`


def bitmap_of(*rows: str, resolution: float = 8.0) -> Bitmap:
    """A bitmap drawn in letters."""
    width = len(rows[0])
    packed = b"".join(
        bytes(
            sum((row[start + bit : start + bit + 1] == "#") << (7 - bit) for bit in range(8))
            for start in range(0, width, 8)
        )
        for row in rows
    )
    return Bitmap(width=Dots(width), height=Dots(len(rows)), resolution=DotsPerMm(resolution), rows=packed)


def record(*pages: Bitmap) -> bytes:
    """A document of record."""
    facts = weasy.Facts(
        title="OA-1 · Oriel & Ash", dated=date(2026, 11, 20), language="de", producer="packslip", identifier=b"d" * 32
    )
    return write_bitmaps(pages, facts, ())


def drawing(bitmap: Bitmap) -> Page:
    """The dots of a bitmap, its spare bits left out."""
    return drawn(bitmap.rows, bitmap.row_bytes, bitmap.width)


def drawn(data: bytes, row_bytes: int, width: int, black: str = "1") -> Page:
    """Rows of packed dots as text."""
    rows = [data[start : start + row_bytes] for start in range(0, len(data), row_bytes)]
    bits = ["".join(f"{byte:08b}" for byte in row) for row in rows]
    spare = {row[width:] for row in bits}
    assert spare <= {("0" if black == "1" else "1") * (8 * row_bytes - width)}, "a spare bit is black"
    return ["".join("#" if bit == black else "." for bit in row[:width]) for row in bits]


def read_zpl(data: bytes) -> list[Page]:
    """Labels as the ZPL II guide tells them."""
    pages = []
    for label in re.findall(rb"\^XA(.*?)\^XZ", data, re.DOTALL):
        width, height = (int(re.search(rb"\^%b(\d+)" % key, label)[1]) for key in (b"PW", b"LL"))
        assert b"^LH0,0" in label
        assert b"^FO0,0" in label
        assert b"^PQ1" in label
        total, also, row_bytes, body = re.search(rb"\^GFA,(\d+),(\d+),(\d+),(.*?)\^FS", label, re.DOTALL).groups()
        rows = _z64(body) if body.startswith(b":Z64:") else _acs(body.decode(), 2 * int(row_bytes))
        assert len(rows) == int(total) == int(also)
        page = drawn(rows, int(row_bytes), width)
        assert len(page) == height
        pages.append(page)
    assert re.sub(rb"\^XA.*?\^XZ\s*", b"", data, flags=re.DOTALL) == b""
    return pages


def _z64(body: bytes) -> bytes:
    _, _, text, check = body.split(b":")
    register = 0
    for byte in text:
        for bit in range(7, -1, -1):
            carry = register >> 15 ^ byte >> bit & 1
            register = (register << 1 & 0xFFFF) ^ (0x1021 if carry else 0)
    assert f"{register:04X}".encode() == check
    return zlib.decompress(b64decode(text, validate=True))


def _acs(body: str, digits: int) -> bytes:
    rows: list[str] = []
    row, count = "", 0
    for sign in body:
        if sign == ":":
            assert row == ""
            rows.append(rows[-1])
        elif sign in ",!":
            rows.append(row.ljust(digits, "0" if sign == "," else "F"))
            row = ""
        elif "G" <= sign <= "Y":
            count += ord(sign) - ord("G") + 1
        elif "g" <= sign <= "z":
            count += 20 * (ord(sign) - ord("g") + 1)
        else:
            row, count = row + sign * (count or 1), 0
            if len(row) == digits:
                rows.append(row)
                row = ""
    assert (row, count) == ("", 0)
    assert {len(each) for each in rows} == {digits}
    return bytes.fromhex("".join(rows))


def read_epl(data: bytes) -> list[Page]:
    """Forms as the EPL guide tells them: 1 is white."""
    pages, width, image = [], 0, None
    assert data.startswith(b"\n")
    while data:
        if found := re.match(rb"GW0,0,(\d+),(\d+),", data):
            across, down = int(found[1]), int(found[2])
            body, data = data[found.end() :][: across * down], data[found.end() + across * down :]
            image = drawn(body, across, width, black="0")
            assert len(image) == down
            continue
        line, _, data = data.partition(b"\n")
        if line == b"N":
            image = None
        elif line.startswith(b"q"):
            width = int(line[1:])
        elif line == b"P1":
            pages.append(image)
        else:
            assert line in {b"", b"R0,0"}
    return pages


def read_tspl(data: bytes) -> list[Page]:
    """Labels as the TSPL manual tells them: 1 is white."""
    pages, width, image = [], 0, None
    while data:
        if found := re.match(rb"BITMAP 0,0,(\d+),(\d+),0,", data):
            across, down = int(found[1]), int(found[2])
            body, data = data[found.end() :][: across * down], data[found.end() + across * down :]
            image = drawn(body, across, width, black="0")
            continue
        line, _, data = data.partition(b"\r\n")
        if found := re.fullmatch(rb"SIZE ([\d.]+) mm,([\d.]+) mm", line):
            width = round(float(found[1]) * 8)
        elif line == b"CLS":
            image = None
        elif line == b"PRINT 1,1":
            pages.append(image)
        else:
            assert line in {b"", b"DIRECTION 0", b"REFERENCE 0,0"}
    return pages


def read_escpos(data: bytes, width: int) -> list[Page]:
    """Pages between cuts as the ESC/POS reference tells them."""
    pages: list[Page] = []
    page: Page = []
    assert data.startswith(b"\x1b@")
    data = data[2:]
    while data:
        match data[:2]:
            case b"\x1dL":
                assert data[2:4] == b"\0\0"
                data = data[4:]
            case b"\x1dv":
                assert data[2:4] == b"0\0"
                across, down = struct.unpack("<HH", data[4:8])
                assert down <= 2303
                page += drawn(data[8 : 8 + across * down], across, width)
                data = data[8 + across * down :]
            case b"\x1dV":
                assert data[2:4] == b"\x42\0"
                pages, page, data = [*pages, page], [], data[4:]
            case other:
                raise AssertionError(other)
    assert page == []
    return pages


def read_pwg(data: bytes) -> list[Page]:
    """Pages as PWG 5102.4 tells them."""
    assert data[:4] == b"RaS2"
    place, pages = 4, []
    while place < len(data):
        header = data[place : place + 1796]
        place += 1796
        assert header[:10] == b"PwgRaster\0"

        def word(at: int, header: bytes = header) -> int:
            return int.from_bytes(header[at : at + 4], "big")

        width, height, across = word(372), word(376), word(392)
        assert (word(384), word(388), word(396), word(400), word(420)) == (1, 1, 0, 3, 1)
        assert across == (width + 7) // 8
        rows: list[bytes] = []
        while len(rows) < height:
            repeats, place = data[place] + 1, place + 1
            row = bytearray()
            while len(row) < across:
                count, place = data[place], place + 1
                assert count != 128
                if count < 128:
                    row += data[place : place + 1] * (count + 1)
                    place += 1
                else:
                    row += data[place : place + 257 - count]
                    place += 257 - count
            assert len(row) == across
            rows += [bytes(row)] * repeats
        assert len(rows) == height
        pages.append(drawn(b"".join(rows), across, width))
    assert place == len(data)
    assert {int.from_bytes(data[4 + 452 : 4 + 456], "big")} == {len(pages)}
    return pages


def read_png(data: bytes) -> list[Page]:
    """A picture by Pillow."""
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.mode) == ("PNG", "1")
        pixels = image.load()
        return [["".join("." if pixels[x, y] else "#" for x in range(image.width)) for y in range(image.height)]]


def pages_of(bitmaps: Sequence[Bitmap]) -> list[Page]:
    """What every language should say."""
    return [drawing(bitmap) for bitmap in bitmaps]
