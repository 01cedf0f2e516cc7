"""Printer languages: what each says is read back by a decoder of its own, dot for dot."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from press_kit import FONTS
from thermal_kit import (
    Page,
    bitmap_of,
    drawing,
    pages_of,
    read_epl,
    read_escpos,
    read_png,
    read_pwg,
    read_tspl,
    read_zpl,
    record,
)

from packslip.dispatch.languages import suffix_of, translate
from packslip.dispatch.languages.epl import encode_epl
from packslip.dispatch.languages.escpos import BAND_ROWS, encode_escpos
from packslip.dispatch.languages.png import encode_png
from packslip.dispatch.languages.pwg import encode_pwg
from packslip.dispatch.languages.reading import read_bitmaps
from packslip.dispatch.languages.tspl import encode_tspl
from packslip.dispatch.languages.zpl import encode_zpl, encode_zpl_hex
from packslip.errors import HoldOrder
from packslip.model import Bitmap
from packslip.press.copies import CopyMark, mark_copy
from packslip.printers import Language
from packslip.units import Dots, DotsPerMm

GOLDEN = Path(__file__).parent / "golden" / "languages"

#: Two pages of a small head: a width that fills no byte, rows that repeat, that are white, black, and end in black.
ARROW = bitmap_of(
    "....................",
    "....................",
    ".........##.........",
    "........####........",
    "....................",
    "####################",
    "####################",
    "####################",
    "#..#..#..#..#..#..##",
    "....................",
)
STEPS = bitmap_of("#...................", ".#.................#", "..................##", "...#.............###")

MANY: dict[str, tuple[Callable[[tuple[Bitmap, ...]], bytes], Callable[[bytes], list[Page]]]] = {
    "zpl": (encode_zpl, read_zpl),
    "zpl-hex": (encode_zpl_hex, read_zpl),
    "epl": (encode_epl, read_epl),
    "tspl": (encode_tspl, read_tspl),
    "pwg-raster": (encode_pwg, read_pwg),
}


@st.composite
def bitmaps(draw: st.DrawFn, *, widest: int = 70, repeats: int = 3) -> Bitmap:
    """Any dots, with long runs and rows alike more often than chance has them."""
    width = draw(st.integers(1, widest))
    runs = st.lists(st.tuples(st.sampled_from("#."), st.integers(1, width)), min_size=1, max_size=9)
    row = runs.map(lambda runs: "".join(dot * count for dot, count in runs).ljust(width, ".")[:width])
    rows = draw(st.lists(st.tuples(row, st.integers(1, repeats)), min_size=1, max_size=4))
    return bitmap_of(*(row for row, count in rows for _ in range(count)))


#: Beyond what one count can say: 128 bytes, 256 rows and 128 to a band, 400 digits.
BEYOND = (bitmap_of("#" * 2400 + ".", ".#" * 1200 + "#"), bitmap_of(*["#..#....#"] * 601, *["........."] * 300))


@pytest.mark.parametrize("language", MANY)
@given(pages=st.lists(bitmaps(), min_size=1, max_size=2).map(tuple))
def test_every_dot_arrives(language: str, pages: tuple[Bitmap, ...]) -> None:
    encode, read = MANY[language]
    assert read(encode(pages)) == pages_of(pages)


@pytest.mark.parametrize("language", MANY)
def test_large_counts_are_told_in_pieces(language: str) -> None:
    encode, read = MANY[language]
    assert read(encode(BEYOND)) == pages_of(BEYOND)


@given(bitmaps())
def test_every_dot_arrives_in_bands(bitmap: Bitmap) -> None:
    assert read_escpos(encode_escpos((bitmap, bitmap)), bitmap.width) == [drawing(bitmap)] * 2


@given(bitmaps())
def test_every_dot_arrives_in_a_picture(bitmap: Bitmap) -> None:
    assert read_png(encode_png(bitmap)) == [drawing(bitmap)]


def test_a_picture_knows_its_resolution() -> None:
    with Image.open(io.BytesIO(encode_png(ARROW))) as image:
        assert image.info["dpi"] == pytest.approx((203.2, 203.2), abs=0.01)


def test_bands_are_no_longer_than_a_small_printer_holds() -> None:
    tall = bitmap_of(*["#......."] * (2 * BAND_ROWS + 3))
    assert encode_escpos((tall,)).count(b"\x1dv0\0") == 3


def test_a_page_of_pwg_raster_says_its_size() -> None:
    label = Bitmap(width=Dots(812), height=Dots(1220), resolution=DotsPerMm(8), rows=bytes(102 * 1220))
    data = encode_pwg((label, label))
    header = data[4:1800]
    words = [int.from_bytes(header[at : at + 4], "big") for at in (276, 280, 352, 356, 452, 456, 460, 472, 476)]
    assert words == [203, 203, 288, 432, 2, 1, 1, 812, 1220]
    assert header[1732:].rstrip(b"\0") == b"custom_packslip_101.50x152.50mm"
    assert len(data) == 4 + 2 * (1796 + 5 * 3), "rows alike stand once"


def test_white_and_black_rows_are_one_sign_in_hex() -> None:
    body = encode_zpl_hex((ARROW,)).partition(b"^GFA,30,30,3,")[2].partition(b"^FS")[0]
    assert body == b",:006,00F,,KF,::92493,,"


@pytest.mark.parametrize("language", [*MANY, "escpos", "png"])
def test_golden_files(language: str, request: pytest.FixtureRequest) -> None:
    """What compresses is compared unpacked: another zlib may write other bytes for the same dots."""
    encode = {**{name: encoder for name, (encoder, _) in MANY.items()}, "escpos": encode_escpos}.get(language)
    data = encode((ARROW, STEPS)) if encode else encode_png(ARROW)
    path = GOLDEN / f"arrow.{language}"
    if request.config.getoption("--update-golden"):
        path.write_bytes(data)
    golden = path.read_bytes()
    if language in {"zpl", "png"}:
        read = read_zpl if language == "zpl" else read_png
        assert read(golden) == read(data)
    else:
        assert golden == data


# from the document of record


@given(st.lists(bitmaps(), min_size=1, max_size=3))
def test_a_document_keeps_every_dot(pages: list[Bitmap]) -> None:
    found = read_bitmaps(record(*pages))
    assert [replace(page, resolution=DotsPerMm(8)) for page in found] == pages
    assert all(page.resolution == pytest.approx(8, rel=1e-5) for page in found)


@pytest.mark.parametrize("language", [language for language in Language if language is not Language.PDF])
def test_a_document_is_said_in_every_language(language: Language) -> None:
    readers = {
        **{Language(name): reader for name, (_, reader) in MANY.items()},
        Language.ESCPOS: lambda data: read_escpos(data, ARROW.width),
        Language.PNG: read_png,
    }
    said = translate(record(ARROW), language)
    assert readers[language](said) == [drawing(ARROW)]
    assert said == translate(record(ARROW), language)
    assert suffix_of(language).startswith(".")


def test_in_pdf_a_document_is_what_it_was() -> None:
    assert translate(b"any bytes", Language.PDF) == b"any bytes"
    assert suffix_of(Language.PDF) == ".pdf"


def test_two_pages_are_no_picture() -> None:
    with pytest.raises(HoldOrder, match="a file in png holds 1 page, the document has 2"):
        translate(record(ARROW, STEPS), Language.PNG)


def test_a_copy_marked_as_one_is_said_too() -> None:
    label = bitmap_of(*["#" + "." * 599] * 400)
    font = next(font.path for font in FONTS if font.family == "Inter")
    mark = CopyMark(text="Copy of 27 November 2026", font=font, dated=date(2026, 11, 27), parent="a" * 64)
    copy = mark_copy(record(label), mark)
    (bitmap,) = read_bitmaps(copy)
    assert drawing(bitmap) != drawing(label)
    assert read_zpl(translate(copy, Language.ZPL)) == [drawing(bitmap)]


def _vector(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].contents_add(pdf.make_stream(b"0 0 9 9 re f"))


def _inverse(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0].resources.XObject.B1["/Decode"]


def _cut(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].resources.XObject.B1.Height = 99


def _lost(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0].resources["/XObject"]


def _empty(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0]


@pytest.mark.parametrize("change", [_vector, _inverse, _cut, _lost, _empty])
def test_what_is_not_the_dots_that_were_checked_is_held(change: Callable[[pikepdf.Pdf], None]) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(record(ARROW))) as pdf:
        change(pdf)
        pdf.save(out)
    with pytest.raises(HoldOrder, match="cannot be said in zpl"):
        translate(out.getvalue(), Language.ZPL)


@given(st.integers(0, 400))
def test_a_broken_document_is_held(length: int) -> None:
    with pytest.raises(HoldOrder):
        translate(record(ARROW)[:length], Language.ZPL)
