"""Preflight: a right document passes; broken in just one way, it is caught for that."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from press_kit import A5, CSS, HTML, LABEL, make_layout, make_slip, make_world, no_pictures

from packslip.model import Code, Document, Finding, PressPath, Severity, Symbology
from packslip.preflight import Proofs, preflight
from packslip.preflight.codes import is_even
from packslip.preflight.rasters import part_raster
from packslip.press import press
from packslip.settings import MediaSettings, OutputProfile, Zone
from packslip.units import Mm

LAYOUT = make_layout()


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Document:
    return drawn(tmp_path_factory.mktemp("card"), A5)


@pytest.fixture(scope="module")
def label(tmp_path_factory: pytest.TempPathFactory) -> Document:
    return drawn(tmp_path_factory.mktemp("label"), LABEL)


def drawn(root: Path, media: MediaSettings, html: str = HTML, css: str = CSS) -> Document:
    document, findings = press(make_slip(), make_world(root, html, css, media=media), no_pictures)
    assert findings == ()
    assert document is not None
    return document


def codes_of(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.code for finding in findings}


def changed(document: Document, change: Callable[[pikepdf.Pdf], None]) -> Document:
    with pikepdf.open(io.BytesIO(document.data)) as pdf:
        change(pdf)
        out = io.BytesIO()
        pdf.save(out)
    return replace(document, data=out.getvalue(), sha256=hashlib.sha256(out.getvalue()).hexdigest())


def append(content: bytes) -> Callable[[pikepdf.Pdf], None]:
    return lambda pdf: pdf.pages[0].contents_add(pdf.make_stream(content))


def test_right_documents_pass(card: Document, label: Document) -> None:
    assert preflight(card, make_slip(), LAYOUT, A5) == ()
    assert preflight(label, make_slip(), LAYOUT, LABEL) == ()


def test_saving_anew_alone_changes_no_verdict(card: Document) -> None:
    assert preflight(changed(card, lambda pdf: None), make_slip(), LAYOUT, A5) == ()


def shrink_trim(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.TrimBox = pikepdf.Array([0, 0, 400, 595])


def drop_trim(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0].obj["/TrimBox"]


def turn(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.Rotate = 90


def annotate(pdf: pikepdf.Pdf) -> None:
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9])
    pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(link)])


def script(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pdf.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)"))


def attach(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["x.txt"] = b"x"


def unembed(pdf: pikepdf.Pdf) -> None:
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Dictionary) and "/FontFile2" in thing:
            del thing["/FontFile2"]


def double(pdf: pikepdf.Pdf) -> None:
    pdf.pages.append(pdf.pages[0])


MUTATIONS: dict[str, tuple[Callable[[pikepdf.Pdf], None], set[str]]] = {
    "trim of another size": (shrink_trim, {"page.size"}),
    "no trim": (drop_trim, {"page.no_trim"}),
    "a turned page": (turn, {"page.turned"}),
    "an annotation": (annotate, {"pdf.annotation"}),
    "a script": (script, {"pdf.active"}),
    "an attachment": (attach, {"pdf.attachment"}),
    "fonts left out": (unembed, {"font.not_embedded"}),
    "one page more": (double, {"pages.count", "pages.too_many"}),
    "codes painted over": (append(b" q 1 1 1 rg 0 0 9999 9999 re f Q "), {"code.unreadable"}),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_each_fault_is_caught(card: Document, name: str) -> None:
    change, expected = MUTATIONS[name]
    findings = preflight(changed(card, change), make_slip(), LAYOUT, A5)
    assert expected <= codes_of(findings)
    assert codes_of(findings) <= {*expected, "code.unreadable"}
    assert all(finding.severity is Severity.ERROR for finding in findings)


# What is proved once for a plate


def test_struck_documents_name_their_plate(card: Document) -> None:
    assert card.path is PressPath.PLATE
    assert len(card.plate) == 64


#: What may differ from slip to slip, and so is caught although the plate is proved.
VARYING = ("one page more", "codes painted over")


@pytest.mark.parametrize("name", VARYING)
def test_what_varies_is_caught_though_the_plate_is_proved(card: Document, name: str) -> None:
    proofs = Proofs()
    assert preflight(card, make_slip(), LAYOUT, A5, proofs) == ()
    change, expected = MUTATIONS[name]
    assert codes_of(preflight(changed(card, change), make_slip(), LAYOUT, A5, proofs)) & expected


@pytest.mark.parametrize("name", sorted(MUTATIONS.keys() - {*VARYING}))
def test_a_plate_with_a_fault_is_never_proved(card: Document, name: str) -> None:
    proofs = Proofs()
    change, expected = MUTATIONS[name]
    for _ in range(2):
        assert expected <= codes_of(preflight(changed(card, change), make_slip(), LAYOUT, A5, proofs))


def test_a_proved_plate_is_not_taken_apart_again(card: Document) -> None:
    """Only as long as the document says that it is from that plate, and has its pages."""
    proofs = Proofs()
    bent = changed(card, annotate)
    assert preflight(card, make_slip(), LAYOUT, A5, proofs) == ()
    assert preflight(bent, make_slip(), LAYOUT, A5, proofs) == ()
    for other in (replace(bent, plate="0" * 64), replace(bent, plate=""), replace(bent, pages=card.pages * 2)):
        assert "pdf.annotation" in codes_of(preflight(other, make_slip(), LAYOUT, A5, proofs))


def test_a_plate_that_is_not_pdfx_is_not_proved_for_media_that_ask_for_it(card: Document) -> None:
    press_media = A5.model_copy(update={"profile": OutputProfile.PDFX4_CMYK})
    assert {"intent.missing", "xmp.missing", "colour.device"} <= codes_of(
        preflight(card, make_slip(), LAYOUT, press_media, Proofs())
    )


@pytest.mark.parametrize("profile", [OutputProfile.PDFX4_CMYK, OutputProfile.PDFX4_RGB])
def test_what_the_press_draws_for_a_print_shop_passes(tmp_path: Path, profile: OutputProfile) -> None:
    media = A5.model_copy(update={"profile": profile})
    document = drawn(tmp_path, media)
    assert preflight(document, make_slip(), LAYOUT, media) == ()


# Margins and zones


def zoned(**entries: float | str) -> MediaSettings:
    return A5.model_copy(update={"zones": (Zone(**entries),)})  # type: ignore[arg-type]


def test_text_in_a_margin_that_cannot_be_printed_is_an_error(card: Document) -> None:
    media = A5.model_copy(update={"unprintable_mm": (0.0, 0.0, 0.0, 60.0)})
    found = [each for each in preflight(card, make_slip(), LAYOUT, media) if each.severity is Severity.ERROR]
    assert codes_of(tuple(found)) == {"page.unprintable"}
    assert "text reaches into the 60 mm at the left" in " ".join(map(str, found))


def test_a_code_in_a_margin_that_cannot_be_printed_is_an_error(card: Document) -> None:
    code = card.codes[0]
    media = A5.model_copy(update={"unprintable_mm": (code.y + 1, 0.0, 0.0, 0.0)})
    assert any("the code reaches into" in str(each) for each in preflight(card, make_slip(), LAYOUT, media))


@pytest.mark.parametrize(
    ("kind", "expected"), [("fold", "zone.fold"), ("perforation", "zone.perforation"), ("peel-off", "zone.peel_off")]
)
def test_what_crosses_a_zone_is_a_warning(card: Document, kind: str, expected: str) -> None:
    code = card.codes[0]
    media = zoned(kind=kind, x_mm=0, y_mm=code.y + code.height / 2, width_mm=A5.width_mm, height_mm=0)
    findings = preflight(card, make_slip(), LAYOUT, media)
    assert codes_of(findings) == {expected}
    assert {each.severity for each in findings} == {Severity.WARNING}
    assert any(str(each).startswith(f"page {code.page}, {code.symbology}") for each in findings)
    clear = zoned(kind=kind, x_mm=0, y_mm=A5.height_mm - 0.5, width_mm=A5.width_mm, height_mm=0)
    assert preflight(card, make_slip(), LAYOUT, clear) == ()


def test_zones_are_looked_at_in_every_slip(card: Document) -> None:
    """Words differ, and so do the places where they end: a proved plate spares no text."""
    code = card.codes[0]
    media = zoned(kind="fold", x_mm=0, y_mm=code.y + code.height / 2, width_mm=A5.width_mm)
    proofs = Proofs()
    first = preflight(card, make_slip(), LAYOUT, media, proofs)
    assert first == preflight(card, make_slip(), LAYOUT, media, proofs) != ()


# Widths of modules on thermal heads


def test_a_code_drawn_on_whole_dots_is_even(label: Document) -> None:
    with pypdfium2.PdfDocument(label.data) as pdf:
        for code in label.codes:
            page = pdf[code.page - 1]
            part = tuple(round(side * LABEL.dots_per_mm) for side in (code.x, code.y, code.width, code.height))
            assert is_even(part_raster(page, LABEL.dots_per_mm, part), code.symbology)


@pytest.mark.parametrize("symbology", [Symbology.QR, Symbology.CODE128])
def test_one_dot_more_or_less_makes_a_code_uneven(symbology: Symbology) -> None:
    bars = [[1, 0, 1, 1, 0, 1, 0, 0, 1], [0, 1, 0, 1, 1, 0, 1, 1, 1], [1, 1, 0, 0, 1, 1, 0, 1, 0]]
    modules = np.array(bars, bool)
    dots = np.kron(np.pad(modules, 4), np.ones((3, 3), bool))
    grey = np.where(dots, 0, 255).astype(np.uint8)
    assert is_even(grey, symbology)
    middle = len(grey) // 2
    for column in np.flatnonzero(np.diff(dots[middle].astype(int))):
        swollen = grey.copy()
        swollen[:, column + 1] = swollen[:, column]
        assert not is_even(swollen, symbology)
    assert not is_even(grey[::3, ::3], symbology)  # even, of one dot


@pytest.mark.parametrize(("pixels", "expected"), [(400, set()), (200, set()), (100, {"picture.low_ppi"})])
def test_pictures_need_pixels(tmp_path: Path, pixels: int, expected: set[str]) -> None:
    world = make_world(
        tmp_path, HTML.replace("<h1>", '<p style="opacity:.99"><img style="width:30mm" src="art:x.jpg"></p><h1>')
    )
    Image.new("RGB", (pixels, pixels), (99, 99, 99)).save(tmp_path / "layouts" / "art" / "x.jpg")
    document, _ = press(make_slip(), world, no_pictures)
    assert document is not None
    findings = preflight(document, make_slip(), LAYOUT, A5)
    assert codes_of(findings) == expected
    assert all(finding.severity is Severity.WARNING for finding in findings)


def test_a_code_of_the_slip_that_stands_nowhere_is_an_error(tmp_path: Path) -> None:
    html = HTML.replace('<p><img src="{{ order.code }}"></p>', "")
    findings = preflight(drawn(tmp_path, A5, html), make_slip(), LAYOUT, A5)
    assert codes_of(findings) == {"code.absent"}
    assert "'order'" in str(findings[0])


def test_codes_are_read_where_they_stand_on_pages_with_bleed(tmp_path: Path) -> None:
    media = A5.model_copy(update={"bleed_mm": 10.0})
    document = drawn(tmp_path, media)
    assert preflight(document, make_slip(), LAYOUT, media) == ()
    moved = replace(document, codes=tuple(replace(code, x=code.x + 10) for code in document.codes))
    assert "code.unreadable" in codes_of(preflight(moved, make_slip(), LAYOUT, media))


def test_a_code_that_says_something_else_is_an_error(card: Document) -> None:
    wrong = replace(card.codes[0], payload="HTTPS://OA.EXAMPLE/R/OTHER")
    slip = make_slip(codes=(Code(name="review", symbology=Symbology.QR, payload=wrong.payload), make_slip().codes[1]))
    findings = preflight(replace(card, codes=(wrong, card.codes[1])), slip, LAYOUT, A5)
    assert codes_of(findings) == {"code.unreadable"}


def test_a_code_near_the_edge_and_one_off_the_dots_are_errors(label: Document) -> None:
    narrow = LABEL.model_copy(update={"safe_mm": 13.0})
    assert codes_of(preflight(label, make_slip(), LAYOUT, narrow)) == {"code.unsafe"}
    moved = replace(label.codes[0], x=Mm(label.codes[0].x + 0.06))
    assert codes_of(preflight(replace(label, codes=(moved, label.codes[1])), make_slip(), LAYOUT, LABEL)) == {
        "code.off_dots"
    }


@settings(max_examples=60)
@given(share=st.floats(0, 0.997), flip=st.integers(0, 255), at=st.floats(0, 0.999))
def test_broken_bytes_are_findings_never_crashes(card: Document, share: float, flip: int, at: float) -> None:
    cut = card.data[: int(len(card.data) * share)]
    assert preflight(replace(card, data=cut), make_slip(), LAYOUT, A5)
    place = int(len(card.data) * at)
    bent = card.data[:place] + bytes([flip]) + card.data[place + 1 :]
    preflight(replace(card, data=bent), make_slip(), LAYOUT, A5)


def test_a_box_that_is_no_box_is_a_finding(card: Document) -> None:
    with pikepdf.open(io.BytesIO(card.data)) as pdf:
        pdf.pages[0].obj["/TrimBox"] = pikepdf.Array([0, 0, pikepdf.Name("/A"), 9])
        bent = io.BytesIO()
        pdf.save(bent)
    assert codes_of(preflight(replace(card, data=bent.getvalue()), make_slip(), LAYOUT, A5)) == {"pdf.broken"}


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"no pdf at all", b"\0" * 2000])
def test_what_is_no_pdf_is_a_finding(card: Document, data: bytes) -> None:
    assert codes_of(preflight(replace(card, data=data), make_slip(), LAYOUT, A5)) == {"pdf.broken"}
