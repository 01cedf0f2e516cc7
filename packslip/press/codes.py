"""Codes: QR and Code 128 as black rectangles on a grid of whole device dots.

Owns symbols, sizes and quiet zones. Where a code stands on the page is the layout's business; it is never scaled, only
moved by less than a dot so that it starts on one.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from operator import itemgetter
from typing import NamedTuple

from qrcode.base import rs_blocks
from qrcode.constants import ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError
from qrcode.main import QRCode
from qrcode.util import create_data
from reportlab.graphics.barcode.code128 import Code128

from packslip.library.layouts import CodeBox
from packslip.model import Code, Finding, Symbology, Where, error, warning
from packslip.settings import MediaSettings
from packslip.units import Dots, DotsPerMm, Mm, mm_from_dots, whole_dots

#: Source: ISO/IEC 18004:2015, 6.3.8 and ISO/IEC 15417:2007, 4.3.2.
QUIET_QR, QUIET_CODE128 = 4, 10  # modules on each side

LEAST_DOTS = 3  #: a module on black media
LEAST_BAR_DOTS = 2  #: a narrow bar on black media that still passes, with a warning
LEAST_MM = Mm(0.4)  #: a QR module elsewhere
MOST_BAR_DOTS = 4  #: a narrow bar on black media
MOST_BAR_MM = Mm(0.33)  #: a narrow bar elsewhere
LEAST_BAR_MM = Mm(0.19)  #: a narrow bar elsewhere; Source: GS1 General Specifications, 7.5 mil for office scanners

_RUN = re.compile("1+")


class Bar(NamedTuple):  # a code has over a hundred, which take three times as long to make as dataclasses
    """A black rectangle in whole dots, from the symbol's top left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A drawn code, quiet zone included."""

    code: Code
    module: Dots  #: side of a QR module, width of a narrow bar
    width: Dots
    height: Dots
    resolution: DotsPerMm
    bars: tuple[Bar, ...]

    @property
    def width_mm(self) -> Mm:
        """Width on paper."""
        return mm_from_dots(self.width, self.resolution)

    @property
    def height_mm(self) -> Mm:
        """Height on paper."""
        return mm_from_dots(self.height, self.resolution)


def draw_code(
    code: Code, box: CodeBox, media: MediaSettings, where: Where
) -> tuple[Symbol | None, tuple[Finding, ...]]:
    """The largest good symbol of a code that its box holds, or None where there can be none.

    A symbol whose modules come out smaller than scanners read for sure is drawn all the same, with an error.
    """
    resolution = DotsPerMm(media.dots_per_mm)
    rows = _qr_rows(code.payload) if code.symbology is Symbology.QR else _code128_rows(code.payload)
    if rows is None:
        shape = "a QR code" if code.symbology is Symbology.QR else "Code 128 (ASCII only)"
        message = f"{len(code.payload)} characters that {shape} cannot hold"
        return None, (error("code.payload", where, message, "shorten it, or choose another symbology"),)
    width = whole_dots(Mm(box.width_mm), resolution)
    height = whole_dots(Mm(box.height_mm), resolution)
    across = len(rows[0])
    module = Dots(max(1, _fitting_module(code.symbology, media, width, height, across)))
    symbol = Symbol(
        code=code,
        module=module,
        width=Dots(module * across),
        height=Dots(module * across) if code.symbology is Symbology.QR else height,
        resolution=resolution,
        bars=_bars(rows, module, module if code.symbology is Symbology.QR else height),
    )
    return symbol, _too_small(symbol, box, media, across, where)


def symbol_path(symbol: Symbol) -> bytes:
    """The symbol's bars as PDF operators: a path in whole dots, y downwards, still to be filled."""
    return "\n".join([f"{x} {y} {width} {height} re" for x, y, width, height in symbol.bars]).encode()


def _fitting_module(symbology: Symbology, media: MediaSettings, width: int, height: int, across: int) -> int:
    """The most dots a module may take; bars grow no wider than reads best, however short the payload."""
    if symbology is Symbology.QR:
        return min(width, height) // across
    widest = MOST_BAR_DOTS if media.ink == "black" else math.floor(MOST_BAR_MM * media.dots_per_mm)
    return min(width // across, widest)


def _too_small(symbol: Symbol, box: CodeBox, media: MediaSettings, across: int, where: Where) -> tuple[Finding, ...]:
    needed, wanted = _least_module(symbol.code.symbology, media)
    if symbol.module >= wanted:
        return ()
    need = mm_from_dots(wanted * across, symbol.resolution)
    message = (
        f"code {symbol.code.name!r}: {across} modules in {box.width_mm:g} mm give {symbol.module} dots a module,"
        f" {wanted} are wanted"
    )
    hint = f"give it {need:.1f} mm in [codes.{symbol.code.name}], or shorten what it says"
    return ((error if symbol.module < needed else warning)("code.too_small", where, message, hint),)


def _least_module(symbology: Symbology, media: MediaSettings) -> tuple[int, int]:
    """The fewest dots a module may be on a media, and the fewest that read well."""
    if media.ink == "black":
        return (LEAST_DOTS, LEAST_DOTS) if symbology is Symbology.QR else (LEAST_BAR_DOTS, LEAST_DOTS)
    least = math.ceil((LEAST_MM if symbology is Symbology.QR else LEAST_BAR_MM) * media.dots_per_mm - 1e-9)
    return least, least


def _qr_rows(payload: str) -> tuple[str, ...] | None:
    """Rows of a QR symbol of the smallest version at error correction M, quiet zone included, dark modules as `1`."""
    qr = QRCode(error_correction=ERROR_CORRECT_M)
    qr.add_data(payload)
    try:
        version = qr.version
        words = create_data(version, ERROR_CORRECT_M, qr.data_list)
    except (DataOverflowError, ValueError):  # qrcode 8.2 overflows into its own check of the version
        return None
    grid = _grid(version)
    quiet = "0" * QUIET_QR
    blank = "0" * (grid.side + 2 * QUIET_QR)
    dark = f"{_masked(grid, words):0{grid.side**2}b}"
    rows = (f"{quiet}{dark[start : start + grid.side]}{quiet}" for start in range(0, len(dark), grid.side))
    return (*[blank] * QUIET_QR, *rows, *[blank] * QUIET_QR)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """What all QR symbols of a version share; nothing of any payload.

    A matrix is one number: its modules row after row, dark ones as 1, the top left one as the highest bit.
    """

    side: int  #: modules
    pick: Callable[[str], tuple[str, ...]]  #: "0" and the bits of the codewords → the data modules, all others "0"
    blanks: tuple[int, ...]  #: by mask, the matrix of zero data: function patterns, format and the mask itself
    across: "_Lines"
    down: "_Lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lines:
    """The rows or the columns of a matrix; `from_N` holds the modules that have N others before them in their line."""

    step: int  #: bits from a module to the one before it in its line
    from_1: int
    from_10: int


@cache
def _grid(version: int) -> _Grid:
    """The grid of a version, learnt from what qrcode draws of codewords that are nobody's."""
    side = 4 * version + 17
    count = sum(block.total_count for block in rs_blocks(version, ERROR_CORRECT_M))
    blanks = tuple(_drawn(version, [0] * count, mask) for mask in range(8))
    # Number the bits of the codewords from 1: drawing one digit of all numbers at a time tells which module takes which
    digits = [
        _drawn(version, _words_of_digit(count, digit), 0) ^ blanks[0] for digit in range((8 * count).bit_length())
    ]
    numbers = (sum((matrix >> bit & 1) << digit for digit, matrix in enumerate(digits)) for bit in range(side**2))
    return _Grid(
        side=side,
        pick=itemgetter(*reversed(tuple(numbers))),
        blanks=blanks,
        across=_Lines(step=1, from_1=_columns(side, 1), from_10=_columns(side, 10)),
        down=_Lines(step=side, from_1=(1 << side * (side - 1)) - 1, from_10=(1 << side * (side - 10)) - 1),
    )


def _words_of_digit(count: int, digit: int) -> list[int]:
    bits = "".join(str(number >> digit & 1) for number in range(1, 8 * count + 1))
    return list(int(bits, 2).to_bytes(count, "big"))


def _drawn(version: int, words: list[int], mask: int) -> int:
    """The matrix that qrcode draws of final codewords."""
    qr = QRCode(version=version, error_correction=ERROR_CORRECT_M)
    qr.data_cache = words
    qr.makeImpl(test=False, mask_pattern=mask)
    return int("".join("1" if module else "0" for row in qr.modules for module in row), 2)


def _columns(side: int, first: int) -> int:
    return int(("0" * first + "1" * (side - first)) * side, 2)


def _masked(grid: _Grid, words: list[int]) -> int:
    """The matrix of final codewords under the mask of least penalty, the first of several."""
    bits = f"0{int.from_bytes(bytes(words), 'big'):0{8 * len(words)}b}"
    data = int("".join(grid.pick(bits)), 2)
    return min((data ^ blank for blank in grid.blanks), key=partial(_penalty, grid))


def _penalty(grid: _Grid, dark: int) -> int:
    """How ill a matrix reads, counted on the complete symbol, format information included; its quiet zone is outside.

    qrcode's own scoring leaves the format information out, so that it may choose another mask. A look-alike of a finder
    pattern counts once, be it light on one side or on both.
    Source: ISO/IEC 18004:2015, 7.8.3.1.
    """
    area = grid.side**2
    level, across = _line_penalty(grid.across, dark, area)
    upright, down = _line_penalty(grid.down, dark, area)
    blocks = across & across >> grid.side & down
    balance = abs(20 * dark.bit_count() - 10 * area) // area  # steps of 5 % away from one half
    return level + upright + 3 * blocks.bit_count() + 10 * balance


def _line_penalty(lines: _Lines, dark: int, area: int) -> tuple[int, int]:
    """Penalty of runs and finder look-alikes in all lines at once, and the modules that equal the one before them."""
    step = lines.step
    light = dark ^ ((1 << area) - 1)
    same = (light ^ dark >> step) & lines.from_1
    pairs = same & same >> step
    fives = pairs & pairs >> 2 * step  # ends of five of one colour: a run of n has n - 4 of them, and costs n - 2
    runs = 3 * fives.bit_count() - 2 * (fives & fives >> step).bit_count()
    odd = dark & dark >> 2 * step  # 1.1, so that 1.1.1.1 below
    finders = odd & odd >> 4 * step & dark >> 3 * step & (light & light >> 4 * step) >> step  # ends of 1011101
    twos = light & light >> step
    fours = twos & twos >> 2 * step
    before = fours >> 7 * step & lines.from_10
    after = (fours & lines.from_10) << 4 * step
    return runs + 40 * (finders & (before | after)).bit_count(), same


def _code128_rows(payload: str) -> tuple[str, ...] | None:
    """The one row of a Code 128 symbol, quiet zones included, bars as `1`."""
    if not payload or not payload.isascii():
        return None
    barcode = Code128(payload, quiet=0)
    barcode.validate()
    barcode.encode()
    # reportlab's letters: A to D are bars of one to four modules, a to d spaces
    modules = "".join(("1" if letter.isupper() else "0") * (ord(letter.lower()) - 96) for letter in barcode.decompose())
    quiet = "0" * QUIET_CODE128
    return (f"{quiet}{modules}{quiet}",)


def _bars(rows: tuple[str, ...], module: int, row_height: int) -> tuple[Bar, ...]:
    """Runs of dark modules; a run that the next row repeats grows downwards instead of beginning anew."""
    across = len(rows[0])
    began: dict[tuple[int, int], int] = {}  # last run of a bar, as places in the joined rows → start of its first run
    for run in _RUN.finditer("".join(rows)):  # quiet zones keep the rows apart
        start, end = run.span()
        began[start, end] = began.pop((start - across, end - across), start)
    return tuple(
        [
            Bar(
                first % across * module,
                first // across * row_height,
                (end - start) * module,
                ((start - first) // across + 1) * row_height,
            )
            for (start, end), first in began.items()
        ]
    )
