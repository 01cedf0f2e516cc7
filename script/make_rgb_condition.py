"""Write packslip/library/profiles/sRGB_print.icc: sRGB as a printing condition.

.venv/bin/python script/make_rgb_condition.py [FILE]

PDF/X-4 wants an intent of class `prtr`, and the sRGB profiles there are, are for displays. This one says the same with
the tables that class asks for. Its connection space is XYZ, in which sRGB is curves and a matrix: so tables of two
nodes a side say it exactly, and the profile stays small enough to travel in every slip. Plain arithmetic on doubles, no
date of today: the same bytes each time.
Source: ICC.1:2001-04, 6.3.3 (output profiles) and 6.5.10 (lut16Type); IEC 61966-2-1.
"""

import struct
import sys
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path

FILE = Path(__file__).parents[1] / "packslip" / "library" / "profiles" / "sRGB_print.icc"

TITLE = "sRGB, for print"
COPYRIGHT = "Made by the packslip developers; no rights reserved (CC0 1.0)"

D50 = (0.9642, 1.0, 0.8249)
D65 = (0.3127, 0.3290)
PRIMARIES = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))

#: A space that holds all of sRGB, and what lies around it, for the table that tells which colours sRGB lacks.
WIDE_PRIMARIES, WIDE_WHITE = ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)), (0.3457, 0.3585)
GAMUT_NODES = 13
#: What looks outside the gamut by less than this is not.
TOLERANCE = 0.02

#: Entries of a curve: one for each 8-bit value, and as many as lut16Type takes where the start is steep.
FROM_DEVICE, TO_DEVICE, TO_GAMUT = 256, 4096, 512
#: What 1.0 is in XYZ of 16 bits, of 65535.
ONE = 32768 / 65535

Vector = Sequence[float]
Matrix = Sequence[Vector]


def times(matrix: Matrix, vector: Vector) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def multiply(one: Matrix, other: Matrix) -> list[list[float]]:
    columns = [times(one, column) for column in zip(*other, strict=True)]
    return [list(row) for row in zip(*columns, strict=True)]


def inverse(m: Matrix) -> list[list[float]]:
    (a, b, c), (d, e, f), (g, h, i) = m
    whole = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return [
        [(e * i - f * h) / whole, (c * h - b * i) / whole, (b * f - c * e) / whole],
        [(f * g - d * i) / whole, (a * i - c * g) / whole, (c * d - a * f) / whole],
        [(d * h - e * g) / whole, (b * g - a * h) / whole, (a * e - b * d) / whole],
    ]


def xyz_of(xy: tuple[float, float]) -> list[float]:
    x, y = xy
    return [x / y, 1.0, (1 - x - y) / y]


def matrix_of(primaries: Sequence[tuple[float, float]], white: tuple[float, float]) -> list[list[float]]:
    """Linear red, green and blue to XYZ under D50."""
    columns = list(zip(*(xyz_of(xy) for xy in primaries), strict=True))
    amounts = times(inverse(columns), xyz_of(white))
    unadapted = [[value * amount for value, amount in zip(row, amounts, strict=True)] for row in columns]
    there, here = times(BRADFORD, xyz_of(white)), times(BRADFORD, D50)
    scale = [[here[row] / there[row] if row == column else 0.0 for column in range(3)] for row in range(3)]
    return multiply(multiply(inverse(BRADFORD), multiply(scale, BRADFORD)), unadapted)


TO_XYZ = matrix_of(PRIMARIES, D65)
FROM_XYZ = inverse(TO_XYZ)


def decoded(value: float) -> float:
    """Linear light of an sRGB value."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def encoded(light: float) -> float:
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def shade(light: float) -> float:
    """The same as `encoded`, going on below nothing."""
    return -encoded(-light) if light < 0 else encoded(light)


def steps(count: int) -> list[float]:
    return [step / (count - 1) for step in range(count)]


def words(values: Iterable[float]) -> bytes:
    numbers = [round(min(max(value, 0.0), 1.0) * 65535) for value in values]
    return struct.pack(f">{len(numbers)}H", *numbers)


def table(matrix: Matrix, curve: Vector, nodes: int, colours: Iterable[Vector], cut: Vector) -> bytes:
    """A lut16Type of three channels in: a matrix, one curve for each channel, the table's nodes, one curve for each
    channel that comes out."""
    grid = [tuple(colour) for colour in colours]
    return b"".join(
        (
            struct.pack(">4s4xBBBx", b"mft2", 3, len(grid[0]), nodes),
            struct.pack(">9i", *(round(value * 65536) for row in matrix for value in row)),
            struct.pack(">HH", len(curve), len(cut)),
            words(curve) * 3,
            words(value for colour in grid for value in colour),
            words(cut) * len(grid[0]),
        )
    )


UNITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
STRAIGHT = (0.0, 1.0)


def to_connection() -> bytes:
    curve = [decoded(value) for value in steps(FROM_DEVICE)]
    corners = ([value * ONE for value in times(TO_XYZ, light)] for light in product(STRAIGHT, repeat=3))
    return table(UNITY, curve, 2, corners, STRAIGHT)


def to_device() -> bytes:
    matrix = [[value / ONE for value in row] for row in FROM_XYZ]
    curve = [encoded(value) for value in steps(TO_DEVICE)]
    return table(matrix, curve, 2, product(STRAIGHT, repeat=3), STRAIGHT)


def gamut() -> bytes:
    """How far outside the gamut a colour lies; 0 within."""
    wide = matrix_of(WIDE_PRIMARIES, WIDE_WHITE)
    matrix = [[value / ONE for value in row] for row in inverse(wide)]
    curve = [encoded(value) for value in steps(TO_GAMUT)]
    colours = (times(wide, [decoded(value) for value in node]) for node in product(steps(GAMUT_NODES), repeat=3))
    shades = ([shade(light) for light in times(FROM_XYZ, xyz)] for xyz in colours)
    outside = ([0.5 + max(max(each) - 1, -min(each))] for each in shades)
    cut = [max(step - 0.5 - TOLERANCE, 0.0) / (0.5 - TOLERANCE) for step in steps(257)]
    return table(matrix, curve, GAMUT_NODES, outside, cut)


def described(text: str) -> bytes:
    """A textDescriptionType."""
    raw = text.encode("ascii") + b"\0"
    return struct.pack(">4s4xI", b"desc", len(raw)) + raw + bytes(4 + 4 + 2 + 1 + 67)


def fixed(values: Vector) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def make_profile() -> bytes:
    """The whole profile."""
    forth, back = to_connection(), to_device()
    tags = {
        b"desc": described(TITLE),
        b"cprt": b"text" + bytes(4) + COPYRIGHT.encode("ascii") + b"\0",
        b"wtpt": b"XYZ " + bytes(4) + fixed(D50),
        **dict.fromkeys((b"A2B0", b"A2B1", b"A2B2"), forth),
        **dict.fromkeys((b"B2A0", b"B2A1", b"B2A2"), back),
        b"gamt": gamut(),
    }
    start = 128 + 4 + 12 * len(tags)
    index, body = b"", b""
    places: dict[bytes, int] = {}
    for name, data in tags.items():
        if data not in places:
            places[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
        index += struct.pack(">4sII", name, places[data], len(data))
    size = start + len(body)
    version, kind, made = 0x02400000, (b"prtr", b"RGB ", b"XYZ "), (2026, 1, 1, 0, 0, 0)
    head = struct.pack(">I4xI4s4s4s6H4s", size, version, *kind, *made, b"acsp").ljust(64, b"\0")
    head += struct.pack(">I", 1) + fixed(D50)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + index + body


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    target.write_bytes(make_profile())
    print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
