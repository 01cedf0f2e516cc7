"""Slips printed on both sides: a back that is a layout of its own, on both paths of the press."""

import io
from dataclasses import replace

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from press_kit import A5, make_layout, make_slip, make_world, no_pictures

from packslip.library.layouts import CodeBox, load_layouts
from packslip.line.walk import _Drawn, _save_a_page
from packslip.model import Severity, SlipContent, Symbology
from packslip.preflight import preflight
from packslip.press import plate_of, press
from packslip.settings import MediaSettings, OutputProfile

BACK = """<!doctype html><html lang="{{ locale }}"><head><meta charset="utf-8"></head><body>
<h1>{{ brand.name }}</h1><p>{{ ship_to.name }}</p>
{% if review %}<p><img src="{{ review.code }}"></p>{% endif %}
</body></html>"""
FRONT_CODES = {"order": CodeBox(symbology=Symbology.CODE128, width_mm=64, height_mm=9)}
BACK_CODES = {"review": CodeBox(symbology=Symbology.QR, width_mm=24, height_mm=24)}
FRONT = """<!doctype html><html lang="{{ locale }}"><head><meta charset="utf-8"></head><body>
<h1>{{ copy.message.headline }}</h1><p>{{ ship_to.name }}</p>
{% for line in lines %}<p class="line">{{ line.name }}</p>{% endfor %}
{% if order.code %}<p><img src="{{ order.code }}"></p>{% endif %}
</body></html>"""
CSS = '@page{margin:12mm} body{margin:0;font:9pt/12pt Jost} h1{font:400 20pt/22pt "Cormorant Garamond";margin:0}'


def two_sided(root, *, media=A5, front=FRONT, back=BACK, **changes):
    world = make_world(root, media=media)
    both = {**BACK_CODES, **FRONT_CODES}
    card = make_layout(front, CSS, root=root, back="card-back", codes=both, **changes)
    behind = make_layout(back, CSS, name="card-back", root=root, codes=BACK_CODES)
    world.layouts = {"card": card, "card-back": behind}
    return world


def texts(data):
    pdf = pdfium.PdfDocument(data)
    found = [page.get_textpage().get_text_bounded() for page in pdf]
    pdf.close()
    return found


def rasters(data):
    pdf = pdfium.PdfDocument(data)
    found = [page.render(scale=1).to_numpy() for page in pdf]
    pdf.close()
    return found


@pytest.mark.parametrize("reference", [False, True], ids=["plate", "reference"])
def test_a_slip_has_its_back_behind_its_front(tmp_path, reference):
    world = two_sided(tmp_path)
    document, findings = press(make_slip(), world, no_pictures, reference=reference)
    assert findings == ()
    front, back = texts(document.data)
    assert "Welcome home, Eleanor." in front
    assert "Oriel & Ash" in back
    assert "Eleanor Fitzgerald" in back
    assert [(code.symbology.value, code.page) for code in document.codes] == [("code128", 1), ("qr", 2)]
    assert document.path.value == ("reference" if reference else "plate")
    assert len(document.pages) == 2


def test_both_paths_give_the_same_two_sides(tmp_path):
    world = two_sided(tmp_path)
    struck, _ = press(make_slip(), world, no_pictures)
    drawn, _ = press(make_slip(), world, no_pictures, reference=True)
    for one, other in zip(rasters(struck.data), rasters(drawn.data), strict=True):
        assert np.array_equal(one, other)


def test_the_same_slip_gives_the_same_bytes_in_another_world(tmp_path):
    first, _ = press(make_slip(), two_sided(tmp_path / "a"), no_pictures)
    again, _ = press(make_slip(), two_sided(tmp_path / "b"), no_pictures)
    assert first.data == again.data


def test_a_two_sided_document_passes_the_preflight_of_the_line(tmp_path):
    world = two_sided(tmp_path)
    document, _ = press(make_slip(), world, no_pictures)
    assert preflight(document, make_slip(), world.layout("card"), A5) == ()


def test_a_front_without_a_back_has_a_blank_one(tmp_path):
    world = two_sided(tmp_path, front=FRONT.replace('class="line"', 'style="break-before:page"'), max_pages=3)
    document, findings = press(make_slip(), world, no_pictures)
    assert findings == ()
    said = texts(document.data)
    assert [bool(text.strip()) for text in said] == [True, True, True, False, True, False]
    with pikepdf.open(io.BytesIO(document.data)) as pdf:
        boxes = {(str(page.obj.MediaBox), str(page.obj.TrimBox)) for page in pdf.pages}
    assert len(boxes) == 1
    assert len(document.pages) == 6


def test_a_blank_back_blends_in_the_space_of_its_front(tmp_path):
    media = A5.model_copy(update={"profile": OutputProfile.PDFX4_CMYK})
    world = two_sided(
        tmp_path, media=media, front=FRONT.replace('class="line"', 'style="break-before:page"'), max_pages=3
    )
    document, _ = press(make_slip(), world, no_pictures)
    with pikepdf.open(io.BytesIO(document.data)) as pdf:
        assert [page.obj.Group.CS for page in pdf.pages] == ["/DeviceCMYK"] * 6


def test_more_backs_than_fronts_are_told(tmp_path):
    long = BACK.replace("</h1>", "</h1><p style='break-before:page'>more</p>")
    world = two_sided(tmp_path, back=long)
    world.layouts["card-back"] = replace(world.layouts["card-back"], max_pages=2)
    document, (finding,) = press(make_slip(), world, no_pictures)
    assert document is None
    assert (finding.code, finding.where.file) == ("back.too_long", "layouts/card-back/layout.toml")
    assert "2 pages of back for 1 of front" in finding.message


def test_a_back_that_cannot_be_drawn_holds_the_slip(tmp_path):
    world = two_sided(tmp_path, back=BACK.replace("brand.name", "brand.motto"))
    document, findings = press(make_slip(), world, no_pictures)
    assert document is None
    assert [finding.where.file for finding in findings] == ["layouts/card-back/slip.html"]


def test_retiring_goes_on_to_the_back_where_the_front_is_retired(tmp_path):
    world = two_sided(tmp_path)
    slip = make_slip()
    first = plate_of(slip, world, no_pictures)
    world.retired.add(first)
    second = plate_of(slip, world, no_pictures)
    assert first != second != ""
    assert press(slip, world, no_pictures)[0].path.value == "plate"
    world.retired.add(second)
    assert press(slip, world, no_pictures)[0].path.value == "reference"


def test_a_back_is_no_page_to_be_saved(tmp_path):
    world = two_sided(tmp_path, optional=frozenset({"content"}))
    slip = make_slip(content=SlipContent(headline="Winter", body="Wool."))
    document, _ = press(slip, world, no_pictures)
    whole = _Drawn(slip=slip, document=document, findings=())
    # without attempts nothing can be drawn again
    assert _save_a_page(whole, None, None, world.layout("card")) is whole


# layouts


def write_layout(root, name, toml):
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "layout.toml").write_text(f'title = "x"\nmedia = "a5"\n{toml}')
    (folder / "slip.html").write_text("{{ offer.code }}" if name == "back" else "{{ order.id }}")
    (folder / "slip.css").write_text("")


def test_a_layout_asks_of_a_slip_what_its_back_asks_too(tmp_path):
    write_layout(tmp_path, "front", 'back = "back"')
    write_layout(tmp_path, "back", '[codes.review]\nsymbology = "qr"\nwidth_mm = 20\nheight_mm = 20\n')
    layouts, findings = load_layouts(tmp_path)
    assert findings == ()
    assert set(layouts["front"].variables) == {"order.id", "offer.code"}
    assert list(layouts["front"].codes) == ["review"]
    assert (layouts["front"].sides, layouts["back"].sides) == (2, 1)


@pytest.mark.parametrize(
    ("front", "back", "told"),
    [
        ('back = "bakc"', "", "no layout 'bakc'"),
        ('back = "back"', 'back = "front"', "has a back itself"),
        ('back = "front"', "", "has a back itself"),
    ],
)
def test_a_back_that_is_none_is_told(tmp_path, front, back, told):
    write_layout(tmp_path, "front", front)
    write_layout(tmp_path, "back", back)
    _, findings = load_layouts(tmp_path)
    assert {finding.code for finding in findings} == {"layout.back"}
    assert told in findings[-1].message


def test_a_back_of_another_paper_is_told(tmp_path):
    write_layout(tmp_path, "front", 'back = "back"')
    write_layout(tmp_path, "back", "")
    toml = tmp_path / "back" / "layout.toml"
    toml.write_text(toml.read_text().replace("a5", "a4"))
    _, (finding,) = load_layouts(tmp_path)
    assert "'back' is for 'a4', this layout for 'a5'" in finding.message


# what a layout may not say of the sheet


@pytest.mark.parametrize(
    ("css", "codes"),
    [
        ("@page{bleed:3mm}", ["page.bleed"]),
        ("@media print{@page :first{bleed-left:2mm}}", ["page.bleed"]),
        ("@page :first{bleed:3mm}", ["page.bleed"]),
        ("@page{bleed:0} @page{bleed:auto}", []),
        ("@page{marks:crop cross}", ["page.marks"]),
        ("@page{marks:none}", []),
    ],
)
def test_bleed_and_marks_of_a_layout_are_found(tmp_path, css, codes):
    media = MediaSettings(width_mm=148, height_mm=210, unprintable_mm=(4, 4, 4, 4))
    world = make_world(tmp_path, css=f"{CSS}\n{css}", media=media)
    _, findings = press(make_slip(), world, no_pictures)
    found = [finding for finding in findings if finding.code.startswith("page.") and finding.code != "page.size"]
    assert [finding.code for finding in found] == codes
    assert all(finding.where.line == 2 for finding in found)


@pytest.mark.parametrize(
    "css", ["bleed:0", "bleed:auto", "bleed-left:2mm", "bleed-right:-3mm", "bleed-top:calc(1mm + 1mm)"]
)
@pytest.mark.parametrize("is_reference", [True, False])
def test_less_bleed_than_the_media_has_is_told(tmp_path, css, is_reference):
    """A knife that is off by a hair would show paper; below zero the trim would leave the page."""
    media = A5.model_copy(update={"bleed_mm": 3.0})
    world = make_world(tmp_path, css=f"{CSS}\n@page{{{css}}}", media=media)
    _, findings = press(make_slip(), world, no_pictures, reference=is_reference)
    found = [finding for finding in findings if finding.code == "page.bleed"]
    assert {(finding.where.spot, finding.severity) for finding in found} == {("@page", Severity.ERROR)}


def test_a_layout_may_widen_the_bleed_where_the_device_prints_to_the_edge(tmp_path):
    world = make_world(tmp_path, css=f"{CSS}\n@page{{bleed:4mm}}")
    _, findings = press(make_slip(), world, no_pictures)
    assert [finding for finding in findings if finding.code == "page.bleed"] == []
