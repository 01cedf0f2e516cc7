"""Pictures made to cost without end: each is a rendition or a finding, and the next picture is decoded."""

import io
import struct
import zlib
from functools import cache

import pytest
from PIL import Image

from packslip.engine.decoding import Decoders
from packslip.pictures.recipe import Recipe
from packslip.settings import PictureSettings

RECIPE = Recipe(width_mm=40, height_mm=40, dots_per_mm=11.811, ink="colour", max_pixels=40_000_000)
MB = 1_000_000


def encoded(kind, size=(64, 64), **options):
    stream = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(stream, kind, **options)
    return stream.getvalue()


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, *, bits=8, colour=0, before=b"", data=None):
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000) if data is None else data
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@cache
def zeros(size):
    """So many zeros, packed, without ever being there."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(MB)) for _ in range(size // MB))
    return packed + packer.flush()


def jpeg(width, height):
    data = bytearray(encoded("JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def scans(count):
    """A progressive JPEG whose last scan comes again and again."""
    data = encoded("JPEG", (1500, 1500), progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + data[-2:]


def frames(kind, count):
    stream = io.BytesIO()
    pictures = [Image.new("L", (16, 16), at % 256) for at in range(count)]
    pictures[0].save(stream, kind, save_all=True, append_images=pictures[1:], duration=10, loop=0)
    return stream.getvalue()


def gif(width, height):
    data = bytearray(encoded("GIF"))
    data[6:10] = struct.pack("<HH", width, height)
    at = data.index(b"\x2c", 700)
    data[at + 5 : at + 9] = struct.pack("<HH", width, height)
    return bytes(data)


def tiff(*entries, after=0):
    """A TIFF of one directory: (tag, type, count, value) each; `after` is where the next one is said to be."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + body + struct.pack("<I", after) + bytes(64)


def tiff_of(width, height, *, packed=1, strip=8, size=64, after=0):
    return tiff(
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, packed),
        (262, 3, 1, 1),
        (273, 4, 1, strip),
        (277, 3, 1, 1),
        (278, 4, 1, height),
        (279, 4, 1, size),
        after=after,
    )


def profiled(profile):
    return encoded("PNG", icc_profile=profile)


PROFILE = struct.pack(">I", 2**32 - 1) + b"lcms\x04\x20\0\0prtrCMYKLab " + bytes(12) + b"acsp" + bytes(88)
BOMBS = {
    "PNG of ten thousand million pixels": lambda: png(100_000, 100_000),
    "PNG of more pixels than numbers have": lambda: png(2**31 - 1, 2**31 - 1),
    "PNG that unpacks to too much": lambda: png(6000, 6000, data=zeros(300 * MB)),
    "PNG of one bit a pixel": lambda: png(200_000, 200_000, bits=1, data=zeros(100 * MB)),
    "PNG whose text unpacks to too much": lambda: png(9, 9, before=chunk(b"zTXt", b"a\0\0" + zeros(300 * MB))),
    "PNG whose profile unpacks to too much": lambda: png(9, 9, before=chunk(b"iCCP", b"a\0\0" + zeros(300 * MB))),
    "PNG with ten thousand texts": lambda: png(9, 9, before=chunk(b"tEXt", b"a\0" + b"b" * 9000) * 10_000),
    "PNG whose profile says it is four gigabytes": lambda: profiled(PROFILE),
    "PNG whose profile has a table of a thousand million": lambda: profiled(
        PROFILE + struct.pack(">I4sII", 1, b"A2B0", 132, 2**31 - 1) + b"mft2" + bytes(4) + b"\x10\x10\xff" + bytes(60)
    ),
    "JPEG of four thousand million pixels": lambda: jpeg(65_535, 65_535),
    "JPEG with a thousand scans": lambda: scans(1000),
    "GIF of four thousand million pixels": lambda: gif(65_535, 65_535),
    "GIF of five thousand pictures": lambda: frames("GIF", 5000),
    "WebP of a thousand pictures": lambda: frames("WEBP", 1000),
    "TIFF of ten thousand million pixels": lambda: tiff_of(100_000, 100_000),
    "TIFF that goes round in a ring": lambda: tiff_of(8, 8, after=8),
    "TIFF whose strip lies outside": lambda: tiff_of(6000, 6000, strip=2**31, size=2**31),
    "TIFF that unpacks to too much": lambda: tiff_of(6000, 6000, packed=8, strip=122, size=900_000) + zeros(300 * MB),
    "TIFF of a thousand pictures": lambda: frames("TIFF", 1000),
    "TIFF with a tag of four thousand million values": lambda: tiff((256, 4, 2**32 - 1, 8), (257, 4, 1, 9)),
    "half a PNG": lambda: encoded("PNG")[:900],
    "half a JPEG": lambda: encoded("JPEG")[:900],
    "half a GIF": lambda: encoded("GIF")[:900],
    "half a WebP": lambda: encoded("WEBP")[:900],
    "half a TIFF": lambda: encoded("TIFF")[:900],
}
OTHERS = {
    "SVG that fetches": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "SVG of entities": b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a 'ha'>]><svg>&a;</svg>",
    "AVIF": b"\0\0\0\x1cftypavif" + bytes(200),
    "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n{}loop",
    "PDF": b"%PDF-1.7\n",
    "PSD": b"8BPS\0\1" + bytes(200),
    "Windows icon": b"\0\0\1\0" + bytes(200),
    "XPM": b"/* XPM */",
    "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(200),
    "nothing": b"",
}


@pytest.fixture(scope="module")
def decode():
    with Decoders(PictureSettings(memory_mb=512, deadline_s=5.0)) as decoders:
        decoders.count = 1
        yield decoders


def codes(decoded):
    return [finding.code for finding in decoded.rendered[0].findings]


def prove_the_next_is_decoded(decode):
    assert decode(encoded("PNG", (800, 800)), (RECIPE,)).rendered[0].data[:2] == b"\xff\xd8"


@pytest.mark.parametrize("name", BOMBS)
def test_a_picture_that_costs_without_end_is_a_finding_or_a_picture(decode, name):
    decoded = decode(BOMBS[name](), (RECIPE,))
    made = decoded.rendered[0]
    assert made.data[:2] == b"\xff\xd8" or codes(decoded)[0].startswith("picture.")
    if "million pixels" in name or name.startswith("half"):
        assert (made.data, bool(codes(decoded))) == (b"", True)
    prove_the_next_is_decoded(decode)


@pytest.mark.parametrize("name", OTHERS)
def test_no_other_format_reaches_a_decoder(decode, name):
    decoded = decode(OTHERS[name], (RECIPE,))
    assert (decoded.rendered[0].data, codes(decoded)) == (b"", ["picture.not_readable"])
