"""Dots: what a thermal head burns is what the layout says, to the dot, and nothing of it is grey."""

import io
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pytest
import zxingcpp
from numpy.typing import NDArray
from PIL import Image
from press_kit import CSS, HTML, LABEL, make_slip, make_world, no_pictures
from test_press_shipped import LAYOUTS, ShippedWorld, full_slip

from packslip.dispatch.languages.reading import read_bitmaps
from packslip.files import sha256
from packslip.model import Bitmap, Document, Finding, PressPath, Slip
from packslip.preflight import preflight
from packslip.press import PressWorld, press
from packslip.press.codes import draw_code
from packslip.press.raster import rasterise
from packslip.settings import MediaSettings
from packslip.units import mm_from_pt

#: A document and what was found.
Pressed = tuple[Document, tuple[Finding, ...]]


def label(
    root: Path, html: str = HTML, css: str = CSS, *, media: MediaSettings = LABEL, reference: bool = False
) -> Pressed:
    world = make_world(root, html, css, media=media)
    return pressed(make_slip(), world, reference=reference)


def pressed(slip: Slip, world: PressWorld, *, reference: bool = False) -> Pressed:
    document, findings = press(slip, world, no_pictures, reference=reference)
    assert document is not None
    return document, findings


def pixels(bitmap: Bitmap) -> NDArray[np.uint8]:
    """1 for black."""
    rows = np.frombuffer(bitmap.rows, np.uint8).reshape(bitmap.height, bitmap.row_bytes)
    return np.unpackbits(rows, axis=1)[:, : bitmap.width]


def page_of(document: Document) -> NDArray[np.uint8]:
    (bitmap,) = read_bitmaps(document.data)
    return pixels(bitmap)


def paint(content: bytes, resources: pikepdf.Dictionary | None = None, pdf: pikepdf.Pdf | None = None) -> bytes:
    """A PDF of one page of the label's size."""
    pdf = pdf or pikepdf.new()
    pdf.add_blank_page(page_size=(LABEL.width_mm / 25.4 * 72, LABEL.height_mm / 25.4 * 72))
    page = pdf.pages[0]
    if resources is not None:
        page.obj.Resources = resources
    page.obj.Contents = pdf.make_stream(content)
    page.obj.TrimBox = page.obj.MediaBox
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


# the document of record


def test_a_thermal_document_is_one_bitmap_a_page_of_exactly_the_heads_dots(tmp_path: Path) -> None:
    document, findings = label(tmp_path)
    assert findings == ()
    with pikepdf.open(io.BytesIO(document.data)) as pdf:
        (page,) = pdf.pages
        (picture,) = page.resources.XObject.values()
        assert (picture.Width, picture.Height, picture.BitsPerComponent) == (812, 1220, 1)
        size = [pytest.approx(length / 25.4 * 72, abs=1e-6) for length in (101.5, 152.5)]
        for key in ("/MediaBox", "/TrimBox", "/BleedBox"):
            assert [float(side) for side in page.obj[key].as_list()] == [0, 0, *size]
        assert not page.resources.Font.keys()
        assert str(pdf.trailer.ID[0]) == make_slip().digest[:32]
        assert not any(isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Font" for each in pdf.objects)
    assert sha256(document.data) == document.sha256
    assert mm_from_pt(document.pages[0].width) == pytest.approx(101.5)


def test_the_pdf_shows_each_dot_of_the_bitmap(tmp_path: Path) -> None:
    document, _ = label(tmp_path)
    bitmaps, findings = rasterise(document.data, LABEL)
    assert findings == ()
    assert np.array_equal(pixels(bitmaps[0]), page_of(document))
    assert 0.02 < page_of(document).mean() < 0.2, "black on white"


def test_both_paths_burn_the_same_dots_and_write_the_same_bytes(tmp_path: Path) -> None:
    struck, _ = label(tmp_path)
    laid_out, _ = label(tmp_path, reference=True)
    assert (struck.path, laid_out.path) == (PressPath.PLATE, PressPath.REFERENCE)
    assert struck.data == laid_out.data


def test_a_head_that_does_not_fit_the_media_takes_the_nearest_whole_dots(tmp_path: Path) -> None:
    media = LABEL.model_copy(update={"width_mm": 101.6, "height_mm": 152.4, "dots_per_mm": 11.811})
    document, findings = label(tmp_path, media=media)
    assert findings == ()
    assert page_of(document).shape == (1800, 1200)
    assert preflight(document, make_slip(), make_world(tmp_path).layouts["card"], media) == ()


def test_a_page_unlike_its_media_is_left_to_be_held(tmp_path: Path) -> None:
    document, _ = label(tmp_path, css=f"{CSS}@page{{size:2000mm 2000mm!important}}")
    layout = make_world(tmp_path).layouts["card"]
    codes = {finding.code for finding in preflight(document, make_slip(), layout, LABEL)}
    assert "page.size" in codes


# what is neither black nor white

INKS = {
    b"0.5 g": "colour 0.5 g",
    b"1 0 0 rg": "colour 1 0 0 rg",
    b"0.3 0 0 0 k": "colour 0.3 0 0 0 k",
    b"/DeviceRGB cs 0 0 1 sc": "colour 0 0 1",
    b"/DeviceGray cs 0.5 sc": "colour 0.5",
}


@pytest.mark.parametrize("ink", INKS)
def test_what_is_neither_black_nor_white_is_found_where_it_is(ink: bytes) -> None:
    _, (finding,) = rasterise(paint(ink + b" 72 360 36 18 re f 0 g 0 0 9 9 re f"), LABEL)
    assert (finding.code, finding.severity.value) == ("ink.not_black", "error")
    assert finding.message == f"{INKS[ink]} on black-only media"
    assert finding.where.spot == "page 1, 25.4, 19.1 to 38.0, 25.4 mm"


@pytest.mark.parametrize("ink", [b"0 g", b"1 G 0 g", b"0 0 0 1 k", b"/DeviceRGB cs 0 0 0 sc", b"1 1 1 rg"])
def test_pure_inks_pass(ink: bytes) -> None:
    assert rasterise(paint(ink + b" 72 360 36.3 18.7 re f"), LABEL)[1] == ()


def test_ink_that_nothing_is_drawn_in_is_none() -> None:
    assert rasterise(paint(b"0.5 g 0 g 72 72 9 9 re f"), LABEL)[1] == ()


@pytest.mark.parametrize(
    "css",
    [
        "h1{color:#333}",
        "h1{opacity:.5}",
        "h1{background:linear-gradient(#000,#fff)}",
        "h1{border:1px solid #eee}",
        "h1{border-top:.1mm solid #888}",
        "h1{box-shadow:0 0 4mm #000}",
        "h1{color:rgb(0 0 0/.5)}",
    ],
)
def test_grey_by_css_is_found(tmp_path: Path, css: str) -> None:
    _, findings = label(tmp_path, css=CSS + css)
    assert {finding.code for finding in findings} == {"ink.not_black"}
    assert all(re.match(r"page 1, (12|8)\.\d, ", finding.where.spot) for finding in findings)


@pytest.mark.parametrize(
    "css",
    [
        "h1{border-top:.31mm solid #000;border-left:1mm solid #000;margin-left:.07mm}",
        "h1{border:.5mm solid #000;border-radius:2.03mm}",
        "h1{background:#000;color:#fff;border-radius:1.1mm}",
        "h1{transform:rotate(3deg)}",
    ],
)
def test_edges_between_dots_are_no_grey(tmp_path: Path, css: str) -> None:
    assert label(tmp_path, css=CSS + css)[1] == ()


def test_a_grey_picture_is_found(tmp_path: Path) -> None:
    world = make_world(tmp_path, HTML.replace("<h1>", '<img style="width:9mm" src="art:grey.png"><h1>'), media=LABEL)
    Image.new("L", (72, 72), 120).save(tmp_path / "layouts" / "art" / "grey.png")
    _, findings = press(make_slip(), world, no_pictures)
    assert [finding.code for finding in findings] == ["ink.not_black"]
    assert "a picture with greys or colours" in findings[0].message


# pictures


def noise(width: int, height: int) -> Image.Image:
    """Dots that no resampling leaves as they are."""
    return Image.fromarray(np.random.default_rng(7).integers(0, 2, (height, width), np.uint8) * 255).convert("1")


def with_picture(root: Path, style: str, *, reference: bool) -> Pressed:
    picture = f'<img style="display:block;{style}" src="art:dots.png">'
    world = make_world(root, HTML.replace("<h1>", f"{picture}<h1>"), media=LABEL)
    noise(160, 96).save(root / "layouts" / "art" / "dots.png")
    return pressed(make_slip(), world, reference=reference)


def places_of(dots: NDArray[np.uint8], page: NDArray[np.uint8]) -> Iterable[tuple[int, int]]:
    """Where a picture lies in a page, dot on dot."""
    height, width = dots.shape
    windows = np.lib.stride_tricks.sliding_window_view(page, (1, width))[:, :, 0]
    for y, x in np.argwhere((windows == dots[0]).all(axis=2)):
        if np.array_equal(page[y : y + height, x : x + width], dots):
            yield int(x), int(y)


DOTS = (np.asarray(noise(160, 96)) == 0).astype(np.uint8)


@pytest.mark.parametrize("reference", [False, True])
@pytest.mark.parametrize(
    "style",
    [
        "width:20mm;height:12mm",
        "width:20mm;height:12mm;margin:.43mm 0 0 .71mm",
        "width:20.1mm;height:12.06mm;margin:1.31mm",
    ],
)
def test_a_picture_of_one_dot_per_dot_lands_dot_on_dot(tmp_path: Path, style: str, reference: bool) -> None:
    document, findings = with_picture(tmp_path, style, reference=reference)
    assert findings == ()
    assert len(list(places_of(DOTS, page_of(document)))) == 1


def test_a_picture_in_groups_lands_dot_on_dot() -> None:
    pdf = pikepdf.new()
    picture = pdf.make_stream(noise(160, 96).tobytes())
    picture.Type, picture.Subtype, picture.ColorSpace = (
        pikepdf.Name(name) for name in ("/XObject", "/Image", "/DeviceGray")
    )
    picture.Width, picture.Height, picture.BitsPerComponent = 160, 96, 1
    inner = pdf.make_stream(b"q .9 0 0 .6 .03 .04 cm /I Do Q")
    outer = pdf.make_stream(b"q 2 0 0 1 1.3 2.7 cm /F Do Q")
    for group, key, thing in ((inner, "/I", picture), (outer, "/F", inner)):
        group.Type, group.Subtype, group.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, [-999, -999, 999, 999]
        group.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary({key: thing}))
    scale = 72 / 25.4
    content = f"q {20 / 0.9 / 2 * scale} 0 0 {12 / 0.6 * scale} 50.2 70.1 cm /G Do Q".encode()
    data = paint(content, pikepdf.Dictionary(XObject=pikepdf.Dictionary({"/G": outer})), pdf=pdf)
    (bitmap,), findings = rasterise(data, LABEL)
    assert findings == ()
    assert len(list(places_of(DOTS, pixels(bitmap)))) == 1


@pytest.mark.parametrize("style", ["width:30mm", "transform:rotate(90deg)", "transform:scale(-1,1)"])
def test_a_picture_that_is_resampled_is_told(tmp_path: Path, style: str) -> None:
    _, findings = with_picture(tmp_path, f"width:20mm;height:12mm;{style}", reference=True)
    assert [(finding.code, finding.severity.value) for finding in findings] == [("picture.resampled", "warning")]
    assert "a picture of 160 × 96 dots" in findings[0].message


# codes


@pytest.mark.parametrize("margin", ["0", ".43mm 0 0 .71mm", "1.01mm"])
def test_codes_stand_on_whole_dots_module_for_module(tmp_path: Path, margin: str) -> None:
    """Cut out of the bitmap, a code is its symbol: every run of dots a whole number of modules, none a dot off."""
    document, findings = label(tmp_path, css=f"{CSS}img{{margin:{margin}}}")
    assert findings == ()
    page, layout, slip = page_of(document), make_world(tmp_path).layouts["card"], make_slip()
    assert len(document.codes) == 2
    for code in slip.codes:
        (placed,) = (each for each in document.codes if each.symbology is code.symbology)
        x, y, width, height = (length * 8 for length in (placed.x, placed.y, placed.width, placed.height))
        assert max(abs(length - round(length)) for length in (x, y, width, height)) < 1e-6
        found = page[round(y) : round(y + height), round(x) : round(x + width)]
        symbol, _ = draw_code(code, layout.codes[code.name], LABEL, None)  # type: ignore[arg-type]
        assert symbol is not None
        assert symbol.module >= 3
        wanted = np.zeros_like(found)
        for bar in symbol.bars:
            wanted[bar.y : bar.y + bar.height, bar.x : bar.x + bar.width] = 1
        assert np.array_equal(found, wanted)
        read = zxingcpp.read_barcode(np.where(found == 1, 0, 255).astype(np.uint8))
        assert read is not None
        assert read.text == code.payload


# the label that ships


@pytest.fixture(scope="module")
def shipped() -> tuple[Pressed, ...]:
    world = ShippedWorld()
    return tuple(pressed(full_slip(LAYOUTS["label-4x6"], "oriel-ash", lines), world) for lines in (1, 4, 30))


def test_the_quiet_zones_of_the_label_are_white(shipped: tuple[Pressed, ...]) -> None:
    for document, _ in shipped:
        pages = [pixels(bitmap) for bitmap in read_bitmaps(document.data)]
        for placed in document.codes:
            x, y, width, height = (round(length * 8) for length in (placed.x, placed.y, placed.width, placed.height))
            code = pages[placed.page - 1][y : y + height, x : x + width]
            dark = np.flatnonzero(code.any(axis=0))
            quiet = (dark[0], code.shape[1] - 1 - dark[-1])
            assert min(quiet) >= (28 if placed.symbology.value == "qr" else 40)
            if placed.symbology.value == "qr":
                tall = np.flatnonzero(code.any(axis=1))
                assert min(tall[0], code.shape[0] - 1 - tall[-1]) >= 28


def test_lengths_of_the_label_are_whole_dots(shipped: tuple[Pressed, ...]) -> None:
    """Rules are two dots or four, the full width of the text, and nothing needs a second look for grey."""
    for document, findings in shipped:
        assert findings == ()
        for bitmap in read_bitmaps(document.data):
            ruled = np.flatnonzero(pixels(bitmap)[:, 40:772].all(axis=1))
            runs = np.split(ruled, np.flatnonzero(np.diff(ruled) > 1) + 1)
            assert {len(run) for run in runs} <= {2, 4}


def test_the_label_is_pure_at_first_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(data: bytes, number: int) -> tuple[str, ...]:
        raise AssertionError(f"page {number} has dots between black and white")

    monkeypatch.setattr("packslip.press.raster.impure_inks", asked)
    world, layout = ShippedWorld(), LAYOUTS["label-4x6"]
    for lines in (1, 5, 12):
        pressed(replace(full_slip(layout, "halden", lines), locale="de-DE"), world)
