"""Codes: QR and Code 128 as black rectangles on a grid of whole device dots.

Owns symbols, sizes and quiet zones. Where a code stands on the page is the layout's business; it is never scaled, only
moved by less than a dot so that it starts on one.
"""

import math
from dataclasses import dataclass
from itertools import groupby

from qrcode.constants import ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError
from qrcode.main import QRCode
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
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
    qr = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_QR)
    qr.add_data(payload)
    try:
        qr.make()
    except (DataOverflowError, ValueError):  # qrcode 8.2 overflows into its own check of the version
        return None
    return tuple("".join("1" if module else "0" for module in row) for row in qr.get_matrix())


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
    bars: list[Bar] = []
    for index, row in enumerate(rows):
        x = 0
        for value, run in groupby(row):
            length = len(list(run))
            if value == "1":
                bars.append(Bar(x=x * module, y=index * row_height, width=length * module, height=row_height))
            x += length
    return tuple(bars)
