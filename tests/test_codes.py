"""Codes: sizes in whole dots, quiet zones, and payloads read back from the drawn modules."""

from itertools import pairwise

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from packslip.library.layouts import CodeBox
from packslip.model import Code, Severity, Symbology, Where
from packslip.press.codes import Symbol, draw_code
from packslip.settings import MediaSettings

A4 = MediaSettings(width_mm=210, height_mm=297, dots_per_mm=23.622, safe_mm=4, ink="colour")
LABEL = MediaSettings(width_mm=101.5, height_mm=152.5, dots_per_mm=8, safe_mm=2, ink="black")
QR_BOX = CodeBox(symbology=Symbology.QR, width_mm=24, height_mm=24)
BAR_BOX = CodeBox(symbology=Symbology.CODE128, width_mm=60, height_mm=8)
URL = "HTTPS://OA.EXAMPLE/R/7K2M9QX4T"


def qr(payload: str) -> Code:
    return Code(name="review", symbology=Symbology.QR, payload=payload)


def bars(payload: str) -> Code:
    return Code(name="order", symbology=Symbology.CODE128, payload=payload)


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
    rows: dict[int, list[tuple[int, int]]] = {}
    for bar in symbol.bars:
        rows.setdefault(bar.y, []).append((bar.x, bar.x + bar.width))
    assert all(left[1] < right[0] for row in rows.values() for left, right in pairwise(row))


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


@pytest.mark.parametrize(("ink", "dots_per_mm", "module"), [("colour", 23.622, 7), ("black", 8.0, 4)])
def test_a_short_order_id_does_not_become_a_fence(ink: str, dots_per_mm: float, module: int) -> None:
    box = CodeBox(symbology=Symbology.CODE128, width_mm=66, height_mm=8)
    media = MediaSettings(width_mm=210, height_mm=297, dots_per_mm=dots_per_mm, ink=ink)
    symbol, findings = draw_code(Code(name="order", symbology=Symbology.CODE128, payload="A1/1"), box, media, Where())
    assert symbol is not None
    assert (symbol.module, findings) == (module, ())
