"""Marks around slips: where they stand, which plates show them, and what the slug says."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from impose_kit import FOLD, INTER, caption, make_job, make_sheet, opened, work
from pdfx_kit import MM, right_file

from packslip.impositions import MARK_BAND, Mark
from packslip.model import SheetJob
from packslip.preflight.foreign import Asked, examine
from packslip.press.impose import impose
from packslip.press.marks import HAIRLINE_PT, MarkedSide, draw_marks
from packslip.settings import Zone

SCALE = 4  #: pixels a point


def marks_of(sheet, *names, zones=(), space="CMYK", **side):
    marking = SheetJob(sheet=sheet, zones=zones, space=space, font=INTER)
    captions = tuple(caption(name) for name in names or ("A-100231",))
    return draw_marks([MarkedSide(captions=captions, number=1, sheets=1, **side)], marking)


def inked(data, *, scale=SCALE):
    """Where a page is not white, from its bottom left corner, in mm: a list of (x, y)."""
    pdf = pdfium.PdfDocument(data)
    pixels = pdf[0].render(scale=scale).to_numpy()
    pdf.close()
    ys, xs = np.nonzero((pixels < 200).any(axis=2))
    height = pixels.shape[0]
    return xs / scale / MM, (height - ys) / scale / MM


SHEETS = [
    make_sheet(),
    make_sheet(across=2, down=2, gutter_mm=8.0),
    make_sheet(across=2, down=2, bleed=0.0),
    make_sheet(across=3, down=1, gutter_mm=0.0, bleed=0.0, width=330.0),
    make_sheet(bleed=5.0),
]
ZONES = (FOLD, Zone(kind="perforation", x_mm=30, height_mm=150), Zone(kind="peel-off", width_mm=50, height_mm=20))


@pytest.mark.parametrize("sheet", SHEETS)
def test_no_mark_touches_trim_or_bleed_or_leaves_the_band(sheet):
    xs, ys = inked(marks_of(sheet, zones=ZONES))
    hair = 0.15  # half a line and the pixels around it
    left, bottom, right, top = sheet.box(sheet.mark_offset)
    outside = (xs < left + hair) | (xs > right - hair) | (ys < bottom + hair) | (ys > top - hair)
    assert outside.all()
    assert sheet.mark_offset >= max(3, sheet.bleed)
    left, bottom, right, top = sheet.box(sheet.mark_offset + MARK_BAND)
    assert (xs >= left - hair).all()
    assert (xs <= right + hair).all()
    assert (ys >= bottom - hair).all()
    assert (ys <= top + hair).all()


def test_crop_marks_stand_in_line_with_every_cut_and_three_mm_off():
    sheet = make_sheet(across=2, down=1, gutter_mm=6.0, marks=(Mark.CROP,), bleed=0.0)
    xs, ys = inked(marks_of(sheet))
    below = (xs > sheet.left - 1) & (xs < 264) & (ys < sheet.bottom - 1)
    assert sorted({round(x) for x in xs[below]}) == [57, 157, 163, 263]
    assert (round(ys[below].min()), round(ys[below].max())) == (sheet.bottom - 8, sheet.bottom - 3)


def test_lines_are_hairlines():
    with opened(marks_of(make_sheet(), zones=ZONES)) as pdf:
        widths = [line.split()[0] for line in pdf.pages[0].Contents.read_bytes().splitlines() if line.endswith(b" w")]
    assert {float(width) for width in widths} == {HAIRLINE_PT} == {0.25}


def test_fold_marks_stand_where_the_zones_are_and_are_dashed():
    sheet = make_sheet(marks=(Mark.FOLD,))
    with opened(marks_of(sheet, zones=ZONES)) as pdf:
        content = pdf.pages[0].Contents.read_bytes()
    assert content.count(b"] 0 d") == 2 + 1  # fold, perforation, and whole lines again
    xs, ys = inked(marks_of(sheet, zones=(FOLD,)))
    assert {round(y) for y in ys} == {round(sheet.bottom + 75)}
    xs, ys = inked(marks_of(sheet, zones=ZONES[1:2]))
    assert {round(x) for x in xs} == {round(sheet.left + 30)}


def test_fold_marks_of_a_back_are_mirrored_like_its_slip():
    sheet = make_sheet(marks=(Mark.FOLD,))
    zone = Zone(kind="fold", x_mm=30, height_mm=150)
    side = MarkedSide(captions=(caption("A"),), number=1, sheets=1, side="back")
    places = {}
    for duplex in ("long", "short"):
        xs, _ = inked(draw_marks([side], SheetJob(sheet=sheet, zones=(zone,), space="CMYK", font=INTER, duplex=duplex)))
        places[duplex] = {round(x - sheet.left) for x in xs}
    assert places == {"long": {70}, "short": {30}}


def test_a_registration_mark_keeps_clear_of_a_fold_in_the_middle():
    sheet = make_sheet(marks=(Mark.FOLD, Mark.REGISTRATION))
    _, ys = inked(marks_of(sheet, zones=(FOLD,)))
    xs, ys = inked(marks_of(sheet, zones=(FOLD,)))
    side = ys[(xs < sheet.left - 3) & (ys > sheet.bottom) & (ys < sheet.bottom + 150)] - sheet.bottom
    assert {round(y / 37.5) for y in side} == {1, 2, 3}  # a quarter, the fold, three quarters


def test_marks_that_are_not_wanted_are_not_drawn():
    xs, _ = inked(marks_of(make_sheet(marks=()), zones=ZONES))
    assert not len(xs)


# what the slug says


def text_of(data):
    pdf = pdfium.PdfDocument(data)
    text = pdf[0].get_textpage().get_text_bounded()
    pdf.close()
    return text.split("\r\n")


def test_the_slug_names_orders_sheet_station_time_and_release():
    assert text_of(marks_of(make_sheet(down=2), "A-1", "A-2", "A-2")) == [
        "A-1, A-2",
        "sheet 1 of 1 · bench-2 · 2026-11-26 09:12Z · 3f2a9c01d4",
    ]


def test_a_slug_too_long_for_its_room_is_cut():
    first, second = text_of(marks_of(make_sheet(slip=(40.0, 60.0)), *(f"A-10023{number}" for number in range(9))))
    assert first.startswith("A-100230")
    assert first.endswith("…")
    assert second.startswith("sheet 1 of 1")


def test_letters_that_the_font_has_not_do_not_stop_it():
    assert text_of(marks_of(make_sheet(), "A-\u5b57\x07"))[0] == "A-??"


# which plates


def spaces(data):
    """Every colour space by name and every operator that sets colours, of a page of marks."""
    with opened(data) as pdf:
        page = pdf.pages[0]
        held = page.resources.get("/ColorSpace", pikepdf.Dictionary())
        named = {name: [str(part) for part in list(held[name])[:3]] for name in held}
        operators = {
            str(operator) for _, operator in pikepdf.parse_content_stream(page) if str(operator) in COLOUR_OPERATORS
        }
        fonts = page.resources.get("/Font", pikepdf.Dictionary())
        embedded = [str(fonts[name].BaseFont) for name in fonts if "/FontFile2" in fonts[name].FontDescriptor]
        return named, operators, embedded, len(fonts.keys())


COLOUR_OPERATORS = {"g", "G", "rg", "RG", "k", "K", "cs", "CS", "sc", "SC", "scn", "SCN", "gs"}


def test_crop_and_registration_are_in_the_separation_all_and_the_slug_in_black():
    sheet = make_sheet(marks=(Mark.CROP, Mark.REGISTRATION, Mark.FOLD, Mark.SLUG))
    data = marks_of(sheet, zones=ZONES)
    named, operators, embedded, fonts = spaces(data)
    assert list(named.values()) == [["/Separation", "/All", "/DeviceCMYK"]]
    assert operators == {"CS", "SCN", "k"}
    assert (len(embedded), fonts) == (1, 1)
    with opened(data) as pdf:
        assert {line for line in pdf.pages[0].Contents.read_bytes().splitlines() if line.endswith(b" k")} == {
            b"0 0 0 1 k"
        }


def test_no_cmyk_in_a_document_of_rgb():
    named, operators, *_ = spaces(marks_of(make_sheet(), zones=ZONES, space="RGB"))
    assert (named, operators) == ({}, {"RG", "rg"})
    data = marks_of(make_sheet(), zones=ZONES, space="RGB")
    with opened(data) as pdf:
        assert b"CMYK" not in b"".join(one.unparse(resolved=True) for one in pdf.objects if one is not None)


@pytest.mark.skipif(shutil.which("gs") is None, reason="Ghostscript is not installed: separations are not looked at")
def test_ghostscript_finds_crop_marks_on_every_plate_and_the_slug_on_black_alone(tmp_path: Path):
    sheet = make_sheet(marks=(Mark.CROP, Mark.SLUG))
    (tmp_path / "sheet.pdf").write_bytes(impose([work("A-100231")], make_job(sheet)))
    device = [
        "gs",
        "-q",
        "-dNOPAUSE",
        "-dBATCH",
        "-dSAFER",
        "-sDEVICE=tiffsep",
        "-r72",
        f"-sOutputFile={tmp_path}/s%d.tif",
    ]
    subprocess.run([*device, tmp_path / "sheet.pdf"], check=True, capture_output=True)
    from PIL import Image

    plates = {}
    for ink in ("Cyan", "Magenta", "Yellow", "Black"):
        with Image.open(tmp_path / f"s1({ink}).tif") as plate:
            plates[ink] = np.asarray(plate.convert("L"))
    height = plates["Black"].shape[0]
    across = slice(round((sheet.left + 2) * MM), round((sheet.left + 98) * MM))
    band = slice(height - round((sheet.bottom - 3.5) * MM), height - round((sheet.bottom - 7.5) * MM))
    slug = {ink: int((plate[band, across] < 250).sum()) for ink, plate in plates.items()}
    crop = {ink: int((plate[band, : round((sheet.left + 1) * MM)] < 250).sum()) for ink, plate in plates.items()}
    assert slug.pop("Black") > 100
    assert set(slug.values()) == {0}
    assert len(set(crop.values())) == 1
    assert crop["Cyan"] >= 8


# as a whole


def test_the_same_marks_are_the_same_bytes():
    sheet = make_sheet(across=2)
    assert marks_of(sheet, "A", zones=ZONES) == marks_of(sheet, "A", zones=ZONES) != marks_of(sheet, "B", zones=ZONES)


def test_marks_bring_no_finding_into_a_right_document():
    def plain(pdf):
        del pdf.Root["/OCProperties"]

    alone = {fault.code for fault in examine(right_file(plain), Asked()).faults}
    sheet = impose([work("A")], make_job(make_sheet(across=2), zones=ZONES))
    assert {fault.code for fault in examine(sheet, Asked()).faults} - alone == set()
