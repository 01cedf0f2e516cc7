"""Drawing in inks: one page with every kind of paint, its separations, three interpreters, and both paths of the press."""

# ruff: noqa: E501 -- a style sheet is read best a rule a line

import io
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from plate_kit import PLATE, SLIPS, compare, draw, make_pictures
from press_kit import A5, SmallWorld, make_slip, make_world, no_pictures
from tinycss2.color5 import parse_color

from packslip.library.printing_conditions import shipped_conditions
from packslip.model import Severity
from packslip.preflight.foreign import Asked, examine, separations
from packslip.press import press
from packslip.press.palette import palette_of
from packslip.settings import MediaSettings, OutputProfile

UNCOATED = shipped_conditions()["FOGRA47L_uncoated"]
CMYK = A5.model_copy(update={"profile": OutputProfile.PDFX4_CMYK, "bleed_mm": 3.0})
MEDIA = {
    "office": A5,
    "cmyk, uncoated": CMYK,
    "cmyk, coated": CMYK.model_copy(update={"condition": "FOGRA39L_coated", "bleed_mm": 0.0}),
    "rgb": A5.model_copy(update={"profile": OutputProfile.PDFX4_RGB, "bleed_mm": 3.0}),
}

HTML = """<!doctype html><html lang="{{ locale }}"><head><meta charset="utf-8"></head><body>
<h1>{{ copy.message.headline }}</h1>
<p>{{ ship_to.name }}, <u>dark and small</u></p><p class="grey">grey</p><p class="red">red</p>
<div class="row"><i class="a"></i><i class="b"></i><i class="c"></i><i class="d"></i><i class="e"></i><i class="f"></i></div>
<div class="row"><i class="g1"></i><i class="g2"></i><i class="g3"></i><i class="g4"></i><i class="g5"></i></div>
<div class="row"><i class="s1"></i><i class="s2"></i><i class="s3"></i><i class="s4"></i></div>
<div class="row"><i class="b1"></i><i class="b2"></i><i class="b3"></i><i class="b4"></i><i class="b5"></i></div>
<div class="row"><i class="o1"><i class="o2"></i></i><i class="m1"></i><i class="pat"></i><i class="clip"></i></div>
<svg width="60" height="40" viewBox="0 0 60 40"><defs>
<linearGradient id="g"><stop offset="0" stop-color="#f80"/><stop offset="1" stop-color="#08f" stop-opacity=".3"/></linearGradient>
<radialGradient id="r"><stop offset="0" stop-color="#fff"/><stop offset="1" stop-color="#000"/></radialGradient>
<pattern id="p" width="4" height="4" patternUnits="userSpaceOnUse"><rect width="2" height="2" fill="#a03"/></pattern></defs>
<rect width="20" height="40" fill="url(#g)"/><circle cx="32" cy="20" r="10" fill="url(#r)"/><rect x="44" width="16" height="40" fill="url(#p)"/></svg>
<img class="pic" src="art:dot.png"><img class="pic" src="art:photo.jpg"><img class="pic" src="art:grey.png"><img class="pic" src="art:cmyk.jpg">
<p>{{ order.id }}</p><img src="code:review"> <img src="code:order">
</body></html>"""
CSS = """
@page{margin:8mm} body{margin:0;font:9pt Inter;color:#25221e} h1{font:20pt Jost;margin:0} p{margin:0}
.grey{color:#808080} .red{color:#c00}
.row{display:flex;gap:2mm;margin:1.5mm 0} .row>i{display:block;width:14mm;height:8mm}
.a{background:#808080} .b{background:#f00} .c{background:lab(60 40 -30)} .d{background:device-cmyk(.5 .1 0 .2)}
.e{background:oklch(.7 .15 150)} .f{background:rgba(0,128,255,.4)}
.g1{background:linear-gradient(90deg,#000,#fff)} .g2{background:linear-gradient(90deg,#f00,oklch(.5 .2 260))} .g3{background:radial-gradient(#ff0,#080)}
.g4{background:linear-gradient(90deg,rgba(255,0,0,0),#f00)} .g5{background:repeating-linear-gradient(45deg,#333 0,#333 1mm,#ddd 1mm,#ddd 2mm)}
.s1{box-shadow:.5mm .5mm 0 #888} .s2{box-shadow:0 0 1.5mm #36c} .s3{box-shadow:inset 0 0 1mm #000} .s4{border-radius:3mm;background:#c96}
.b1{border:1mm inset #888} .b2{border:1mm dashed #c00} .b3{border:1mm double #06c} .b4{border:1mm dotted #000}
.b5{border-style:solid;border-width:1mm 2mm;border-color:#f00 #0a0 #00f #aa0}
.o1{opacity:.5;background:#0a0} .o2{display:block;background:#a00;width:7mm;height:4mm} .m1{background:#06c;transform:rotate(8deg)}
.pat{background:url(art:dot.png) 0 0/2mm 2mm} .clip{overflow:hidden;border-radius:4mm;background:#333}
.pic{width:12mm;height:12mm}
"""


def torture(folder: Path, media: MediaSettings) -> SmallWorld:
    """A world whose layout paints in every way that CSS has."""
    world = make_world(folder, HTML, CSS, media=media)
    art = folder / "layouts" / "art"
    dot = Image.new("RGBA", (120, 120), (0, 0, 0, 0))
    ImageDraw.Draw(dot).ellipse((12, 12, 108, 108), fill=(200, 60, 30, 255))
    dot.save(art / "dot.png")
    ramp = Image.linear_gradient("L").resize((150, 150))
    Image.merge("RGB", (ramp, ramp.rotate(90), ramp.rotate(180))).save(art / "photo.jpg", quality=90)
    ramp.save(art / "grey.png")
    inks = (ramp, ramp.rotate(90), ramp.rotate(180), Image.new("L", ramp.size, 0))
    Image.merge("CMYK", inks).save(art / "cmyk.jpg", quality=95)
    return world


def drawn(world: SmallWorld, **changes: object) -> bytes:
    document, findings = press(replace(make_slip(), **changes), world, no_pictures)  # type: ignore[arg-type]
    assert document is not None, findings
    assert not [finding for finding in findings if finding.severity is Severity.ERROR]
    return document.data


@pytest.fixture(scope="module", params=MEDIA)
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[MediaSettings, bytes]:
    media = MEDIA[request.param]
    return media, drawn(torture(tmp_path_factory.mktemp("torture"), media))


# what is in the file


def spaces_of(pdf: pikepdf.Pdf) -> set[str]:
    """Every device colour space that anything in a file names, soft masks apart."""
    found: set[str] = set()
    operators = {"rg": "/DeviceRGB", "RG": "/DeviceRGB", "k": "/DeviceCMYK", "K": "/DeviceCMYK"}
    masks = {each.SMask.objgen for each in pdf.objects if isinstance(each, pikepdf.Stream) and "/SMask" in each}
    masks |= {
        each.SMask.G.objgen
        for each in pdf.objects
        if isinstance(each, pikepdf.Dictionary) and isinstance(each.get("/SMask"), pikepdf.Dictionary)
    }
    streams = [each for each in pdf.objects if isinstance(each, pikepdf.Stream) and each.objgen not in masks]
    for each in (*streams, *(each for each in pdf.objects if isinstance(each, pikepdf.Dictionary))):
        if str(each.get("/ColorSpace", "")).startswith("/"):
            found.add(str(each.ColorSpace))
        if "/Group" in each and "/CS" in each.Group:
            found.add(str(each.Group.CS))
    for each in (*(each for each in streams if each.get("/Subtype") == "/Form" or "/PatternType" in each), *pdf.pages):
        found |= {operators[str(operator)] for _, operator in pikepdf.parse_content_stream(each, " ".join(operators))}
    return found


def test_all_is_in_the_space_of_what_is_printed_on(page: tuple[MediaSettings, bytes]) -> None:
    media, data = page
    with pikepdf.open(io.BytesIO(data)) as pdf:
        found = spaces_of(pdf)
        assert b"/lab-d" not in data
    if media.profile.space == "CMYK":
        assert "/DeviceCMYK" in found
        assert found <= {"/DeviceCMYK", "/DeviceGray"}
    else:
        assert "/DeviceRGB" in found
        assert found <= {"/DeviceRGB", "/DeviceGray"}


def test_pages_begin_at_zero_and_say_what_is_trimmed(page: tuple[MediaSettings, bytes]) -> None:
    media, data = page
    bleed, width, height = (length * 72 / 25.4 for length in (media.bleed_mm, media.width_mm, media.height_mm))
    with pikepdf.open(io.BytesIO(data)) as pdf:
        boxes = pdf.pages[0].obj
        whole = pytest.approx([0, 0, width + 2 * bleed, height + 2 * bleed], abs=1e-3)
        assert [float(side) for side in boxes.MediaBox.as_list()] == whole
        assert [float(side) for side in boxes.BleedBox.as_list()] == whole
        trim = pytest.approx([bleed, bleed, bleed + width, bleed + height], abs=1e-3)
        assert [float(side) for side in boxes.TrimBox.as_list()] == trim


def test_a_foreign_preflight_finds_nothing_but_what_the_page_asks_for(page: tuple[MediaSettings, bytes]) -> None:
    media, data = page
    faults = examine(data, Asked(media=media)).faults
    invited = {"text.many_inks", "picture.modest_ppi", "line.hair", "text.small"}
    assert {fault.code for fault in faults} <= invited, [str(fault) for fault in faults]


def overprinted(holder: pikepdf.Object, *, overprints: bool = False) -> list[str]:
    """What paints while overprint is on, other than text and its underlines; in forms and patterns too."""
    found: list[str] = []
    resources = holder.Resources
    waiting: list[bool] = []
    for operands, operator in pikepdf.parse_content_stream(holder):
        name = str(operator)
        if name == "q":
            waiting.append(overprints)
        elif name == "Q":
            overprints = waiting.pop()
        elif name == "gs":
            overprints = bool(resources.ExtGState[str(operands[0])].get("/op", overprints))
        elif name in {"f", "f*", "s", "B", "B*", "b", "b*", "sh", "Do"} and overprints:
            found.append(name)
        if name == "Do" and "/Resources" in (form := resources.XObject[str(operands[0])]):
            found += overprinted(form, overprints=overprints)
        elif name == "scn" and operands and "/Resources" in (pattern := resources.Pattern[str(operands[-1])]):
            found += overprinted(pattern)
    return found


def overprints_of(data: bytes) -> tuple[list[str], bool]:
    """What but text prints over what lies below it on any page, and whether any text does."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        found = [name for page in pdf.pages for name in overprinted(page.obj)]
        return found, any(state.get("/op") for page in pdf.pages for _, state in page.resources.ExtGState.items())


#: Small dark text with things that bring their own colours before, between and behind it.
MIXED_UP = """<html><head><style>body{font:9pt Inter;color:#25221e} i{display:inline-block;width:9mm;height:5mm}
.fade{background:linear-gradient(#f00,#00f)} .tile{background:url(art:dot.png) 0 0/2mm 2mm} .half{opacity:.5} img,svg{width:9mm;height:9mm}
</style></head><body><p>{{ ship_to.name }} <i class="fade">dark</i> dark <i class="tile"></i> dark <img src="art:photo.jpg"> dark
<svg viewBox="0 0 9 9"><defs><linearGradient id="g"><stop offset="0" stop-color="#f80"/><stop offset="1" stop-color="#08f"/></linearGradient></defs>
<rect width="9" height="9" fill="url(#g)"/></svg> dark</p><div class="half">dark <i class="fade"></i> dark</div>
<p>{{ order.id }}</p></body></html>"""


def test_nothing_but_text_prints_over_what_lies_below(tmp_path: Path) -> None:
    torture(tmp_path, CMYK)
    world = make_world(tmp_path, MIXED_UP, "", media=CMYK)
    assert overprints_of(drawn(world, codes=())) == ([], True)


def test_the_same_slip_gives_the_same_bytes_whatever_was_drawn_before(tmp_path: Path) -> None:
    first = drawn(torture(tmp_path / "one", CMYK))
    world = torture(tmp_path / "two", CMYK)
    drawn(world, locale="de-DE")
    assert drawn(world) == first


# what its separations hold

#: Colours of CSS and the inks they print in on uncoated paper, in per cent; None where the profile decides.
SWATCHES: dict[str, tuple[int, int, int, int] | None] = {
    "background:#000": (0, 0, 0, 100),
    "background:#fff": (0, 0, 0, 0),
    "background:#808080": (0, 0, 0, 57),
    "background:device-cmyk(.5 .1 0 .2)": (50, 10, 0, 20),
    "background:#c00": None,
    "background:rgba(0,0,0,.5)": (0, 0, 0, 50),
    "opacity:.5;background:device-cmyk(1 0 0 0)": (50, 0, 0, 0),
    "background:linear-gradient(#000,#000)": (0, 0, 0, 100),
    "background:linear-gradient(#06c,#06c)": None,
    "border:5mm solid #808080": (0, 0, 0, 57),
    "box-shadow:inset 0 0 0 5mm device-cmyk(0 0 1 0)": (0, 0, 100, 0),
    "background:url(art:grey.png) 0 0/100% 100%": (0, 0, 0, 57),
    "background:url(art:red.png) 0 0/100% 100%": None,
    "background:url(art:red.png) 0 0/1mm 1mm": None,
}
RED = {"background:#c00", "background:url(art:red.png) 0 0/100% 100%", "background:url(art:red.png) 0 0/1mm 1mm"}
INKS = ("Cyan", "Magenta", "Yellow", "Black")
DPI = 72


def swatch_page(folder: Path) -> bytes:
    """A page of one square of 10 mm for each colour, seven across, over which small dark text stands last."""
    squares = "".join(
        f'<i style="left:{10 + 15 * (n % 7)}mm;top:{10 + 15 * (n // 7)}mm;{css}"></i>' for n, css in enumerate(SWATCHES)
    )
    css = "@page{margin:0} body{margin:0} i{position:absolute;width:10mm;height:10mm;box-sizing:border-box}"
    text = (
        '<p style="position:absolute;margin:0;left:10mm;top:60mm;font:9pt Inter;color:#25221e;background:#c00">HHHH</p>'
    )
    world = make_world(folder, f"<html><body>{squares}{text}</body></html>", css, media=CMYK)
    art = folder / "layouts" / "art"
    Image.new("L", (40, 40), 128).save(art / "grey.png")
    Image.new("RGB", (40, 40), (204, 0, 0)).save(art / "red.png")
    return drawn(world, codes=())


def ours(data: bytes, folder: Path) -> np.ndarray:
    (found,) = separations(data, DPI)
    return found.plates[:4]


def ghostscript(data: bytes, folder: Path) -> np.ndarray:
    (folder / "page.pdf").write_bytes(data)
    device = ["-sDEVICE=tiffsep", f"-r{DPI}", "-dTextAlphaBits=4", "-dGraphicsAlphaBits=4", "-dOverprint=/enable"]
    command = ["gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", *device, f"-sOutputFile={folder}/page.tif"]
    subprocess.run([*command, str(folder / "page.pdf")], check=True, capture_output=True)
    plates = [Image.open(folder / f"page({ink}).tif").convert("L") for ink in INKS]
    return 255 - np.stack([np.asarray(plate) for plate in plates])


def poppler(data: bytes, folder: Path) -> np.ndarray:
    (folder / "page.pdf").write_bytes(data)
    command = ["pdftoppm", "-r", str(DPI), "-jpegcmyk", "-jpegopt", "quality=100", "-singlefile", "-overprint"]
    subprocess.run([*command, str(folder / "page.pdf"), str(folder / "page")], check=True, capture_output=True)
    return np.stack([np.asarray(plate) for plate in Image.open(folder / "page.jpg").split()])


INTERPRETERS = {"pdfium": (ours, ""), "ghostscript": (ghostscript, "gs"), "poppler": (poppler, "pdftoppm")}


@pytest.fixture(params=INTERPRETERS)
def interpret(request: pytest.FixtureRequest) -> object:
    separate, program = INTERPRETERS[request.param]
    if program and shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    return separate


def test_separations_are_what_was_meant(interpret: object, tmp_path: Path) -> None:
    plates = interpret(swatch_page(tmp_path), tmp_path)  # type: ignore[operator]
    scale, bleed = DPI / 25.4, CMYK.bleed_mm
    red = palette_of(UNCOATED).inks(parse_color("#c00"))
    blue = palette_of(UNCOATED).inks(parse_color("#06c"))
    for number, (css, expected) in enumerate(SWATCHES.items()):
        x, y = 15 + 15 * (number % 7) + bleed, 15 + 15 * (number // 7) + bleed
        if css.startswith("border"):
            x -= 3
        seen = [100 * float(plate[round(y * scale), round(x * scale)]) / 255 for plate in plates]
        wanted = expected or [100 * ink for ink in (red if css in RED else blue)]
        assert seen == pytest.approx(list(wanted), abs=2.5), css


def test_small_dark_text_leaves_what_lies_below_it_whole(tmp_path: Path) -> None:
    """Black over red: the other inks do not spare the letters out, so that no white fringe can show."""
    if shutil.which("gs") is None:
        pytest.skip("gs is not installed")
    _, magenta, yellow, black = ghostscript(swatch_page(tmp_path), tmp_path)
    scale = DPI / 25.4
    rows, columns = slice(round(64 * scale), round(65.5 * scale)), slice(round(13.5 * scale), round(19 * scale))
    assert black[rows, columns].max() > 150
    assert int(magenta[rows, columns].max()) - int(magenta[rows, columns].min()) < 8
    assert int(yellow[rows, columns].max()) - int(yellow[rows, columns].min()) < 8


@pytest.mark.parametrize("other", ["ghostscript", "poppler"])
def test_interpreters_agree_on_every_paint(other: str, tmp_path: Path) -> None:
    separate, program = INTERPRETERS[other]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    data = drawn(torture(tmp_path, CMYK))
    for ink, one, two in zip(INKS, ours(data, tmp_path), separate(data, tmp_path), strict=True):
        height, width = min(one.shape[0], two.shape[0]), min(one.shape[1], two.shape[1])
        first, second = (
            Image.fromarray(plate[:height, :width]).filter(ImageFilter.GaussianBlur(3)) for plate in (one, two)
        )
        apart = np.asarray(ImageChops.difference(first, second)).astype(float)
        assert apart.mean() < 1.5, ink
        assert np.quantile(apart, 0.995) < 40, ink


def test_screen_and_paper_show_the_same_page(tmp_path: Path) -> None:
    pages = []
    for name in ("office", "rgb"):
        with pypdfium2.PdfDocument(drawn(torture(tmp_path / name, MEDIA[name]))) as pdf:
            bleed = round(MEDIA[name].bleed_mm * 5)
            image = pdf[0].render(scale=127 / 72).to_pil().convert("RGB")
            pages.append(image.crop((bleed, bleed, bleed + 740, bleed + 1050)))
    assert np.asarray(ImageChops.difference(*pages)).mean() < 2


# what cannot be


@pytest.mark.parametrize(
    "css",
    [
        "p{background:linear-gradient(device-cmyk(1 0 0 0),#fff)}",
        "p{box-shadow:0 0 2mm device-cmyk(0 1 0 0)}",
        "p{border:1mm inset device-cmyk(0 1 0 0)}",
        "p{border:1mm groove device-cmyk(0 1 0 0)}",
        "@color-profile --own{src:url(own.icc)} p{color:red}",
    ],
)
def test_colours_that_cannot_come_out_as_meant_hold(css: str, tmp_path: Path) -> None:
    world = make_world(tmp_path, "<html><body><p>{{ ship_to.name }}</p></body></html>", css, media=CMYK)
    _, findings = press(replace(make_slip(), codes=()), world, no_pictures)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    assert errors, findings
    assert not any("Eleanor" in str(finding) for finding in findings)


# both paths

LAYOUT = """<!doctype html><html lang="{{ locale }}"><head><meta charset="utf-8"></head><body>
<div class="band"></div><h1>{{ copy.message.headline }}</h1><p class="to">{{ ship_to.name }}</p><p class="pale">{{ order.gift_message }}</p>
<p class="on">{{ ship_to.name }}</p>
<table>{% for line in lines %}<tr><td>{{ line.name }}</td><td class="n">{{ line.here }}</td></tr>{% endfor %}</table>
{% for product in recommendations %}<img src="{{ product.picture }}" class="pic">{% endfor %}
<img src="art:mark.svg" class="mark"><p><u>{{ order.id }}</u></p>
{% if review %}<img src="{{ review.code }}">{% endif %}</body></html>"""
LAYOUT_CSS = """@page{margin:10mm} body{margin:0;font:9pt/12pt Inter;color:#25221e} h1{font:22pt/24pt Jost;color:#733;margin:0}
.pale{color:#888;opacity:1} .band{background:linear-gradient(90deg,#eee,#c96);width:60mm;height:8mm} .on{background:#456;color:#fff;padding:2mm}
table{width:100%;table-layout:fixed} td{border-bottom:.2mm solid #bbb;padding:1mm} .n{text-align:right;color:device-cmyk(0 .8 .8 .2)}
.pic{width:20mm;height:14mm;object-fit:cover} .mark{width:12mm}"""
MARK = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4" fill="#4a6b57"/></svg>'


@pytest.mark.parametrize("name", [name for name in MEDIA if name != "office"])
def test_struck_slips_are_those_of_the_reference(name: str, tmp_path: Path) -> None:
    world = make_world(tmp_path, LAYOUT, LAYOUT_CSS, media=MEDIA[name], max_pages=3)
    (tmp_path / "layouts" / "art" / "mark.svg").write_text(MARK)
    pictures = make_pictures(tmp_path)
    drawn = []
    for slip in SLIPS.values():
        assert compare(slip, world, pictures) == (PLATE, ())
        struck, _ = press(slip, world, pictures)
        drawn.append(struck and struck.sha256)
        reference, _ = press(slip, world, pictures, reference=True)
        assert struck is not None
        assert reference is not None
        assert np.array_equal(ours(struck.data, tmp_path), ours(reference.data, tmp_path))
        for document in (struck, reference):
            assert overprints_of(document.data) == ([], MEDIA[name].profile is OutputProfile.PDFX4_CMYK)
    assert [draw(slip, world, pictures)[0].sha256 for slip in SLIPS.values()] == drawn
