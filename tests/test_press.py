"""The press: documents, what they say of themselves, and that nothing but the slip shows in them."""

import hashlib
import io
import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image
from press_kit import A5, CSS, HTML, LABEL, make_slip, make_world, no_pictures

from packslip.errors import LayoutError
from packslip.model import Document, Severity, Slip, SlipLine, SlipOrder, SlipParcel
from packslip.press import PressWorld, check_styles, press, warm


def draw(slip: Slip, world: PressWorld) -> Document:
    document, findings = press(slip, world, no_pictures)
    assert findings == ()
    assert document is not None
    return document


def words(document: Document) -> str:
    with pypdfium2.PdfDocument(document.data) as pdf:
        return "\n".join(page.get_textpage().get_text_range() for page in pdf)


def test_the_text_of_the_slip_is_on_the_paper(tmp_path: Path) -> None:
    text = words(draw(make_slip(), make_world(tmp_path)))
    for word in ("Welcome home, Eleanor.", "14 Wharf Lane", "Ribbed tumbler, smoke", "Page 1 of 1"):
        assert word in text


def test_the_document_says_what_it_is(tmp_path: Path) -> None:
    document = draw(make_slip(), make_world(tmp_path))
    assert document.sha256 == hashlib.sha256(document.data).hexdigest()
    assert document.media == "card"
    with pikepdf.open(io.BytesIO(document.data)) as pdf:
        info = {key: str(value) for key, value in pdf.docinfo.items()}
        assert info == {
            "/Title": "OA-104882 · Oriel & Ash",
            "/Producer": "packslip",
            "/Creator": "packslip",
            "/CreationDate": "D:20261120",
            "/ModDate": "D:20261120",
            "/PackslipRelease": "working",
        }
        assert str(pdf.Root.Lang) == "en-GB"
        for page in pdf.pages:
            trim = [float(value) for value in page.obj["/TrimBox"].as_list()]
            assert trim == pytest.approx([0, 0, 148 / 25.4 * 72, 210 / 25.4 * 72], abs=0.001)
            assert [float(value) for value in page.obj["/MediaBox"].as_list()] == trim
        fonts = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary) and "/FontFile2" in thing]
        assert len(fonts) == 2
        assert all(len(bytes(font["/FontFile2"].read_bytes())) < 40_000 for font in fonts)  # subsets


def test_links_bookmarks_and_attachments_never_reach_the_paper(tmp_path: Path) -> None:
    html = HTML.replace(
        "<p class=", '<a href="https://oa.example/x" id="here">more</a><a href="#here">up</a><p class='
    ).replace("<head>", '<head><link rel="attachment" href="slip.html"><meta name="author" content="Eleanor">')
    document, _ = press(make_slip(), make_world(tmp_path, html), no_pictures)
    assert document is not None
    with pikepdf.open(io.BytesIO(document.data)) as pdf:
        assert all("/Annots" not in page.obj for page in pdf.pages)
        assert not {"/Names", "/Outlines"} & set(pdf.Root.keys())
        assert "/Author" not in pdf.docinfo


def test_codes_stand_on_whole_dots_at_their_own_size(tmp_path: Path) -> None:
    css = CSS + "body{padding:.333mm 0 0 .177mm} img{width:26mm;height:26mm;object-position:left top}"
    for media in (A5, LABEL):
        document, _ = press(make_slip(), make_world(tmp_path, css=css, media=media), no_pictures)
        assert document is not None
        for code in document.codes:
            for length in (code.x, code.y, code.width, code.height):
                dots = length * media.dots_per_mm
                assert dots == pytest.approx(round(dots), abs=1e-6)
        assert document.codes[0].width <= 24


def test_a_code_has_no_seams(tmp_path: Path) -> None:
    """Off the dot grid, the middle of a solid square is still solid."""
    document = draw(make_slip(), make_world(tmp_path))
    code = document.codes[0]
    scale = 7.3
    with pypdfium2.PdfDocument(document.data) as pdf:
        page = pdf[0].render(scale=scale * 25.4 / 72, grayscale=True).to_pil()
    module = code.width / 33
    finder = [code.x + 4 * module, code.y + 4 * module, code.x + 11 * module, code.y + 11 * module]
    square = [finder[0] + 2 * module, finder[1] + 2 * module, finder[0] + 5 * module, finder[1] + 5 * module]
    inner = page.crop(
        (int(square[0] * scale) + 2, int(square[1] * scale) + 2, int(square[2] * scale) - 1, int(square[3] * scale) - 1)
    )
    assert inner.getextrema() == (0, 0)


def test_page_of_counts_pages_in_margins_and_text_alike(tmp_path: Path) -> None:
    css = CSS + "@page{@bottom-right{content:var(--page-of);font:8pt Jost}} table{break-after:page}"
    copy = {"message": {"headline": "x"}, "label": {"page_of": 'Seite „{page}“ von "{pages}" \\'}}
    document = draw(make_slip(copy=copy), make_world(tmp_path, css=css, max_pages=2))
    assert words(document).count('Seite „2“ von "2" \\') == 2


def test_the_brand_colours_and_comes_last(tmp_path: Path) -> None:
    world = make_world(tmp_path, css=CSS + "h1{color:var(--accent)}")
    assert "0.545098 0.419608 0.262745 rg" in content_of(draw(make_slip(), world))
    brand = replace(world.brands["oriel-ash"], css="h1{color:#ff0000}")
    other = replace(world, brands={"oriel-ash": brand})
    assert "1 0 0 rg" in content_of(draw(make_slip(), other))


def content_of(document: Document) -> str:
    with pikepdf.open(io.BytesIO(document.data)) as pdf:
        return "".join(page.Contents.read_bytes().decode("ascii") for page in pdf.pages)


def test_pictures_come_by_digest_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    rendition = tmp_path / "rendition.jpg"
    Image.new("RGB", (200, 200), (180, 170, 160)).save(rendition)
    html = HTML.replace('<td class="name">', '<td class="name"><img style="width:8mm" src="{{ line.picture }}">')
    lines = tuple(replace(line, picture="picture:" + "ab" * 32) for line in make_slip().lines)
    world = make_world(tmp_path, html)
    document, findings = press(make_slip(lines=lines), world, lambda _digest: rendition)
    assert document is not None
    assert findings == ()
    with pikepdf.open(io.BytesIO(document.data)) as pdf:
        images = [
            thing for thing in pdf.objects if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image"
        ]
        assert len(images) == 1
    missing = tuple(replace(line, picture="picture:" + "cd" * 32) for line in make_slip().lines)
    _, findings = press(make_slip(lines=missing), world, no_pictures)
    assert [(finding.code, finding.severity) for finding in findings] == [("resource.refused", Severity.ERROR)]


def test_an_svg_posing_as_a_picture_is_refused(tmp_path: Path) -> None:
    fake = tmp_path / "fake.jpg"
    fake.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>x</text></svg>')
    html = HTML.replace('<td class="name">', '<td class="name"><img src="{{ line.picture }}">')
    lines = tuple(replace(line, picture="picture:" + "ab" * 32) for line in make_slip().lines)
    _, findings = press(make_slip(lines=lines), make_world(tmp_path, html), lambda _digest: fake)
    assert [finding.code for finding in findings] == ["resource.refused"]


def test_what_a_layout_may_fetch(tmp_path: Path) -> None:
    art = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><rect width="9" height="9"/></svg>'
    html = HTML.replace("<h1>", '<img src="art:mark.svg"><img src="own.svg"><img src="../art/mark.svg"><h1>')
    world = make_world(tmp_path, html, CSS + "h1{background:url(own.svg)}")
    (tmp_path / "layouts" / "art" / "mark.svg").write_text(art)
    (tmp_path / "layouts" / "card" / "own.svg").write_text(art)
    draw(make_slip(), world)


def test_a_layout_with_a_stylesheet_link_for_the_browser_is_styled_once(tmp_path: Path) -> None:
    linked = HTML.replace("<head>", '<head><link rel="stylesheet" href="slip.css">')
    assert content_of(draw(make_slip(), make_world(tmp_path, linked))) == content_of(
        draw(make_slip(), make_world(tmp_path))
    )


def test_a_slip_without_what_the_layout_asks_for_is_no_document(tmp_path: Path) -> None:
    world = make_world(tmp_path, HTML.replace("<h1>", "\n<p>{{ offer.code }}</p><h1>"))
    document, findings = press(make_slip(), world, no_pictures)
    assert document is None
    assert [str(finding.where) for finding in findings] == ["layouts/card/slip.html:3"]
    assert findings[0].code == "variable.undefined"


def test_a_code_the_layout_has_no_room_for_is_an_error(tmp_path: Path) -> None:
    _, findings = press(make_slip(), make_world(tmp_path, codes={}), no_pictures)
    assert {finding.code for finding in findings} >= {"code.no_box", "resource.refused"}


def test_unknown_layout_and_brand_stop_with_a_plain_sentence(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    with pytest.raises(LayoutError, match="no layout 'gone'"):
        press(make_slip(layout="gone"), world, no_pictures)
    brand = replace(make_slip().brand, store="gone")
    with pytest.raises(LayoutError, match="no brand 'gone'"):
        press(make_slip(brand=brand), world, no_pictures)


def test_css_faults_are_findings_with_their_line_on_every_slip(tmp_path: Path) -> None:
    css = CSS + "\nh1{colour:red}\nh2::wrong(x){color:red}\n"
    world = make_world(tmp_path, css=css)
    for _ in range(2):
        _, findings = press(make_slip(), world, no_pictures)
        assert [(finding.code, finding.severity) for finding in findings] == [
            ("css.ignored", Severity.WARNING),
            ("css.broken", Severity.ERROR),
        ]
        assert str(findings[0].where) == f"layouts/card/slip.css:{css[: css.index('colour')].count(chr(10)) + 1}"
        assert check_styles(world) == findings


def many_slips() -> list[Slip]:
    """A dozen slips that share fonts, words and a layout, and differ in everything else."""
    chance = random.Random(7)
    slips = []
    for number in range(12):
        count = chance.randint(1, 7)
        lines = tuple(
            SlipLine(name=f"Vase {chance.choice('ABCDEFG')}é {i}", sku=f"S{i}", ordered="1", here="1", to_come="")
            for i in range(count)
        )
        order = SlipOrder(id=f"OA-{number}", date="20 November 2026", code="code:order")
        parcel = SlipParcel(number="1", kind="complete", density="airy", pieces=str(count))
        copy = {"message": {"headline": f"Willkommen {'äöüß'[number % 4]}"}, "label": {"page_of": "{page}/{pages}"}}
        slips.append(
            make_slip(lines=lines, order=order, parcel=parcel, copy=copy, locale=("de-DE", "fr-FR")[number % 2])
        )
    return slips


_CHILD = """
import json, random, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from press_kit import make_world, no_pictures
from test_press import many_slips
from packslip.press import press
world = make_world(Path({root!r}))
order = list(range(12))
random.Random(int(sys.argv[1])).shuffle(order)
slips = many_slips()
print(json.dumps({{n: press(slips[n], world, no_pictures)[0].sha256 for n in order}}))
"""


def test_the_same_slip_gives_the_same_bytes_in_any_process_and_order(tmp_path: Path) -> None:
    make_world(tmp_path)
    code = _CHILD.format(tests=str(Path(__file__).parent), root=str(tmp_path))
    answers = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": ("UTC", "Asia/Tokyo")[int(seed) - 1]}
        child = subprocess.run(
            [sys.executable, "-c", code, seed], capture_output=True, text=True, env=environment, check=True
        )
        assert child.stderr == ""
        answers.append(json.loads(child.stdout))
    world = make_world(tmp_path)
    alone = {str(number): press(slip, world, no_pictures)[0].sha256 for number, slip in enumerate(many_slips())}  # type: ignore[union-attr]
    assert answers[0] == answers[1] == alone
    assert len(set(alone.values())) == 12


_LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1536 << 20, 1536 << 20))
from pathlib import Path
sys.path.insert(0, {tests!r})
from press_kit import make_slip, make_world, no_pictures
from packslip.press import check_styles, press, warm
world = make_world(Path({root!r}))
warm(world)
document, findings = press(make_slip(), world, no_pictures)
assert not findings, findings
print(document.sha256)
"""


def test_it_draws_in_a_child_with_little_memory(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    code = _LIMITED.format(tests=str(Path(__file__).parent), root=str(tmp_path))
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert child.stdout.strip() == draw(make_slip(), world).sha256


def test_warming_up_changes_nothing(tmp_path: Path) -> None:
    cold, warmed = make_world(tmp_path), make_world(tmp_path)
    warm(warmed, {"fr-FR", "en-GB"})
    assert draw(make_slip(), cold).data == draw(make_slip(), warmed).data
