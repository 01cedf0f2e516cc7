"""Codes: sizes in whole dots, quiet zones, and payloads read back from the drawn modules."""

import re
from itertools import pairwise

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from qrcode import util
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

from packslip.library.layouts import CodeBox
from packslip.model import Code, Severity, Symbology, Where
from packslip.press import codes
from packslip.press.codes import Symbol, draw_code, symbol_path
from packslip.press.weasy.images import Anchor, place_code
from packslip.settings import MediaSettings, OutputProfile
from packslip.units import Mm

A4 = MediaSettings(width_mm=210, height_mm=297, dots_per_mm=23.622, safe_mm=4)
LABEL = MediaSettings(width_mm=101.5, height_mm=152.5, dots_per_mm=8, safe_mm=2, profile=OutputProfile.THERMAL)
QR_BOX = CodeBox(symbology=Symbology.QR, width_mm=24, height_mm=24)
BAR_BOX = CodeBox(symbology=Symbology.CODE128, width_mm=60, height_mm=8)
URL = "HTTPS://OA.EXAMPLE/R/7K2M9QX4T"


def qr(payload: str) -> Code:
    return Code(name="review", symbology=Symbology.QR, payload=payload)


def bars(payload: str) -> Code:
    return Code(name="order", symbology=Symbology.CODE128, payload=payload)


def modules_of(symbol: Symbol) -> list[list[bool]]:
    """The modules of a QR symbol without its quiet zone; no bar may paint over another."""
    across = symbol.width // symbol.module
    modules = [[False] * across for _ in range(across)]
    for bar in symbol.bars:
        x, y, width, height = (length // symbol.module for length in bar)
        for row in modules[y : y + height]:
            assert not any(row[x : x + width])
            row[x : x + width] = [True] * width
    return [row[4:-4] for row in modules[4:-4]]


def finished(payload: str) -> list[list[list[bool]]]:
    """qrcode's own symbols of a payload, one for each mask."""
    drawn = []
    for mask in range(8):
        qr = QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=mask)
        qr.add_data(payload)
        qr.make()
        drawn.append([[bool(module) for module in row] for row in qr.modules])
    return drawn


def penalty(modules: list[list[bool]]) -> int:
    """Three rules as qrcode counts them, and the finder look-alikes as the clause has them: once each."""
    lines = ["".join("10"[not module] for module in line) for line in (*modules, *zip(*modules, strict=True))]
    finders = sum(len(re.findall(r"(?<=0000)(?=1011101)|(?=10111010000)", line)) for line in lines)
    level, side = util, len(modules)
    runs = level._lost_point_level1(modules, side) + level._lost_point_level2(modules, side)
    return runs + 40 * finders + level._lost_point_level4(modules, side)


def as_number(modules: list[list[bool]]) -> int:
    return int("".join("10"[not module] for row in modules for module in row), 2)


def read(symbol: Symbol) -> str:
    """What a scanner reads from the symbol's own bars."""
    pixels = bytearray(b"\xff" * (symbol.width * symbol.height))
    for bar in symbol.bars:
        for y in range(bar.y, bar.y + bar.height):
            start = y * symbol.width + bar.x
            pixels[start : start + bar.width] = bytes(bar.width)
    view = memoryview(bytes(pixels)).cast("B", (symbol.height, symbol.width))
    found = zxingcpp.read_barcode(view, text_mode=zxingcpp.TextMode.Plain)
    return found.text if found else ""


@pytest.mark.parametrize("media", [A4, LABEL])
def test_qr_is_the_largest_whole_dot_symbol_that_fits(media: MediaSettings) -> None:
    symbol, findings = draw_code(qr(URL), QR_BOX, media, Where())
    assert symbol is not None
    across = 25 + 2 * 4  # alphanumeric, 30 characters at M: version 2
    assert symbol.width == symbol.height == across * symbol.module
    assert symbol.width_mm <= 24 < (symbol.module + 1) * across / media.dots_per_mm
    assert symbol.width_mm * media.dots_per_mm == pytest.approx(symbol.width, abs=1e-9)
    assert findings == ()


def test_quiet_zones_are_inside_and_blank() -> None:
    for code, box, quiet in ((qr(URL), QR_BOX, 4), (bars("OA-1"), BAR_BOX, 10)):
        symbol, _ = draw_code(code, box, A4, Where())
        assert symbol is not None
        assert min(bar.x for bar in symbol.bars) == quiet * symbol.module
        assert max(bar.x + bar.width for bar in symbol.bars) == symbol.width - quiet * symbol.module


def test_bars_of_a_row_never_touch() -> None:
    symbol, _ = draw_code(qr(URL), QR_BOX, A4, Where())
    assert symbol is not None
    for y in range(0, symbol.height, symbol.module):
        row = sorted((bar.x, bar.x + bar.width) for bar in symbol.bars if bar.y <= y < bar.y + bar.height)
        assert all(left[1] < right[0] for left, right in pairwise(row))


def test_equal_runs_below_each_other_are_one_bar() -> None:
    symbol, _ = draw_code(qr(URL), QR_BOX, A4, Where())
    assert symbol is not None
    ends = {(bar.x, bar.width, bar.y + bar.height) for bar in symbol.bars}
    assert ends.isdisjoint((bar.x, bar.width, bar.y) for bar in symbol.bars)
    assert max(bar.height for bar in symbol.bars) >= 5 * symbol.module  # the sides of a finder


def test_a_module_too_small_for_scanners_is_an_error() -> None:
    small = CodeBox(symbology=Symbology.QR, width_mm=9, height_mm=9)
    for media in (A4, LABEL):
        symbol, findings = draw_code(qr(URL), small, media, Where())
        assert symbol is not None
        assert [(finding.code, finding.severity) for finding in findings] == [("code.too_small", Severity.ERROR)]


def test_a_narrow_bar_of_two_dots_on_black_media_is_a_warning() -> None:
    box = CodeBox(symbology=Symbology.CODE128, width_mm=46, height_mm=8)
    symbol, findings = draw_code(bars("OA-104882/1"), box, LABEL, Where())
    assert symbol is not None
    assert symbol.module == 2
    assert [finding.severity for finding in findings] == [Severity.WARNING]
    assert read(symbol) == "OA-104882/1"


def test_what_a_symbology_cannot_hold_is_an_error_without_the_text() -> None:
    for code, box in ((bars("Bestellung-Ü"), BAR_BOX), (bars(""), BAR_BOX), (qr("x" * 3000), QR_BOX)):
        symbol, findings = draw_code(code, box, A4, Where())
        assert symbol is None
        assert [finding.code for finding in findings] == ["code.payload"]
        assert "Bestellung" not in str(findings[0])


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20))
def test_code128_reads_back(payload: str) -> None:
    symbol, _ = draw_code(
        bars(payload), CodeBox(symbology=Symbology.CODE128, width_mm=200, height_mm=9), LABEL, Where()
    )
    assert symbol is not None
    assert read(symbol) == payload


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 $%*+-./:", min_size=1, max_size=60))
def test_qr_reads_back(payload: str) -> None:
    symbol, _ = draw_code(qr(payload), CodeBox(symbology=Symbology.QR, width_mm=40, height_mm=40), LABEL, Where())
    assert symbol is not None
    assert read(symbol) == payload


def test_the_same_code_gives_the_same_symbol_after_others() -> None:
    first, _ = draw_code(qr(URL), QR_BOX, A4, Where())
    draw_code(qr("SOMETHING ELSE ALTOGETHER, LONGER"), QR_BOX, A4, Where())
    again, _ = draw_code(qr(URL), QR_BOX, A4, Where())
    assert first == again


@pytest.mark.parametrize(("profile", "dots_per_mm", "module"), [("office", 23.622, 7), ("thermal", 8.0, 4)])
def test_a_short_order_id_does_not_become_a_fence(profile: str, dots_per_mm: float, module: int) -> None:
    box = CodeBox(symbology=Symbology.CODE128, width_mm=66, height_mm=8)
    media = MediaSettings(width_mm=210, height_mm=297, dots_per_mm=dots_per_mm, profile=OutputProfile(profile))
    symbol, findings = draw_code(Code(name="order", symbology=Symbology.CODE128, payload="A1/1"), box, media, Where())
    assert symbol is not None
    assert (symbol.module, findings) == (module, ())


@pytest.mark.parametrize(
    "payload",
    [URL, "A", "7" * 30, "https://oa.example/r/ü", "HTTPS://ORIEL.EXAMPLE/REVIEW/7K2M9QX4T", "x" * 110, "Y" * 700],
    ids=["url", "one", "digits", "bytes", "version 3", "version 7", "version 18"],
)
def test_qr_is_the_symbol_of_least_penalty_among_those_of_qrcode(payload: str) -> None:
    symbol, _ = draw_code(qr(payload), QR_BOX, A4, Where())
    assert symbol is not None
    assert modules_of(symbol) == min(finished(payload), key=penalty)


@given(st.text("ABCDEFGHJKMNPQRSTUVWXYZ0123456789:/.", min_size=20, max_size=50))
def test_the_mask_is_the_first_of_least_penalty(payload: str) -> None:
    symbol, _ = draw_code(qr(payload), QR_BOX, A4, Where())
    assert symbol is not None
    assert modules_of(symbol) == min(finished(payload), key=penalty)


def test_the_largest_version_is_placed_as_qrcode_does() -> None:
    payload = "z" * 2331  # as many bytes as version 40 holds at M
    symbol, _ = draw_code(qr(payload), QR_BOX, A4, Where())
    assert symbol is not None
    assert symbol.width == (177 + 2 * 4) * symbol.module
    assert modules_of(symbol) in finished(payload)
    assert draw_code(qr(payload + "z"), QR_BOX, A4, Where())[0] is None


@given(st.sampled_from([1, 2, 3]), st.integers(0, 2**29**2 - 1), st.integers(0, 2**29**2 - 1))
def test_penalties_of_any_matrix_are_those_counted_module_by_module(version: int, one: int, other: int) -> None:
    grid = codes._grid(version)
    area = grid.side**2
    for dark in (one % 2**area, one & other & 2**area - 1, (one | other) % 2**area):
        text = f"{dark:0{area}b}"
        rows = [[module == "1" for module in text[start : start + grid.side]] for start in range(0, area, grid.side)]
        assert codes._penalty(grid, dark) == penalty(rows)


@pytest.mark.parametrize("line", ["10111010000", "00001011101", "000010111010000", "110111010000", "0001011101000"])
def test_a_finder_look_alike_counts_once_wherever_it_stands(line: str) -> None:
    grid = codes._grid(1)
    for place in range(grid.side - len(line) + 1):
        row = [module == "1" for module in "0" * place + line + "0" * (grid.side - len(line) - place)]
        modules = [row, *([False] * grid.side for _ in range(grid.side - 1))]
        assert codes._penalty(grid, as_number(modules)) == penalty(modules)
        columns = [list(column) for column in zip(*modules, strict=True)]
        assert codes._penalty(grid, as_number(columns)) == penalty(columns)


def test_what_is_kept_is_the_versions_alone() -> None:
    codes._grid.cache_clear()
    first, _ = draw_code(qr(URL), QR_BOX, A4, Where())
    for number in range(20):
        draw_code(qr(f"{URL[:-2]}{number:02}"), QR_BOX, A4, Where())
    assert codes._grid.cache_info().currsize == 1
    codes._grid.cache_clear()
    draw_code(qr(URL[::-1]), QR_BOX, A4, Where())
    assert draw_code(qr(URL), QR_BOX, A4, Where())[0] == first


def test_the_path_of_a_symbol_is_its_bars() -> None:
    for code, box in ((qr(URL), QR_BOX), (bars("OA-1"), BAR_BOX)):
        symbol, _ = draw_code(code, box, A4, Where())
        assert symbol is not None
        lines = symbol_path(symbol).split(b"\n")
        assert all(re.fullmatch(rb"\d+ \d+ \d+ \d+ re", line) for line in lines)
        assert [tuple(map(int, line.split()[:4])) for line in lines] == list(symbol.bars)


#: px of a page of 210 mm to its pt, moved into a room that starts off the dots.
CTM = (0.75, 0.0, 0.0, -0.75, 100.3, 500.7)
HEIGHT = Mm(210)


def anchor(value: float, *, percent: bool = False, from_end: bool = False) -> Anchor:
    return Anchor(value=value, percent=percent, from_end=from_end)


@pytest.mark.parametrize(
    ("position", "left", "top"),
    [
        ((anchor(0), anchor(0)), 0, 0),
        ((anchor(10), anchor(20)), 10, 20),
        ((anchor(50, percent=True), anchor(100, percent=True)), 35, 90),
        ((anchor(0, from_end=True), anchor(25, percent=True, from_end=True)), 70, 67.5),
    ],
)
def test_a_code_stands_where_its_position_says_on_the_nearest_dot(
    position: tuple[Anchor, Anchor], left: float, top: float
) -> None:
    symbol, _ = draw_code(qr(URL), QR_BOX, A4, Where())
    assert symbol is not None
    dot = 96 / 25.4 / symbol.resolution
    width, height = symbol.width * dot + 70, symbol.height * dot + 90
    matrix, place, room = place_code(symbol, CTM, width, height, position, corner=(0.0, HEIGHT / 25.4 * 72))
    assert matrix[:4] == pytest.approx((dot, 0, 0, dot))
    assert matrix[4:] == pytest.approx((left, top), abs=dot / 2 + 1e-9)
    corner = (place.left * symbol.resolution, place.top * symbol.resolution)
    assert corner == pytest.approx([round(length) for length in corner], abs=1e-6)
    assert (place.width, place.height) == pytest.approx((symbol.width_mm, symbol.height_mm))
    assert (room.left, room.top) == pytest.approx((100.3 * 25.4 / 72, 210 - 500.7 * 25.4 / 72))
    assert (room.width, room.height) == pytest.approx((width * 25.4 / 96, height * 25.4 / 96))


def test_a_code_that_does_not_stand_upright_stays_where_it_is() -> None:
    symbol, _ = draw_code(qr(URL), QR_BOX, A4, Where())
    assert symbol is not None
    turned = (0.0, -0.75, -0.75, 0.0, 300.3, 500.7)
    matrix, place, _ = place_code(
        symbol, turned, 200.0, 200.0, (anchor(3.3), anchor(7.7)), corner=(0.0, HEIGHT / 25.4 * 72)
    )
    assert matrix[4:] == (3.3, 7.7)
    assert place.right == pytest.approx((300.3 - 0.75 * 7.7) * 25.4 / 72)
    assert place.top == pytest.approx(210 - (500.7 - 0.75 * 3.3) * 25.4 / 72)
