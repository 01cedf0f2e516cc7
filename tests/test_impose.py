"""Documents on sheets: what stands where, and that nothing of it was changed."""

import shutil
import subprocess
from itertools import pairwise

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from impose_kit import FOLD, caption, card, make_job, make_sheet, opened, placed, rows, work
from pdfx_kit import BLEED, MM

from packslip.errors import HoldOrder
from packslip.model import Work
from packslip.press.impose import impose

TALL = {"across": 2, "down": 2, "gutter_mm": 8.0}


def names(data, sheet):
    return [rows(side, sheet) for side in placed(data)]


# what stands where


def test_one_slip_stands_in_the_middle_of_its_sheet():
    job = make_job(marks=())
    (side,) = placed(impose([work("A")], job))
    assert side == {(110, 150): "A.1"}


def test_repeat_puts_a_slip_on_all_places_and_each_page_on_a_sheet_of_its_own():
    sheet = make_sheet(order="repeat", **TALL)
    data = impose([work("A", pages=2), work("B")], make_job(sheet))
    assert names(data, sheet) == [["A.1 A.1"] * 2, ["A.2 A.2"] * 2, ["B.1 B.1"] * 2]


def test_slips_that_do_not_fill_a_sheet_leave_only_its_last_places_empty():
    sheet = make_sheet(order="stack", **TALL)
    data = impose([work(name) for name in "ABCDEF"], make_job(sheet))
    assert names(data, sheet) == [["A.1 B.1", "C.1 D.1"], ["E.1 F.1", "- -"]]


def test_a_stack_is_in_order_when_it_is_cut_and_piled():
    sheet = make_sheet(order="stack", sheets=3, **TALL)
    data = impose([work(name) for name in "ABCDEFGHIJ"], make_job(sheet))
    assert names(data, sheet) == [["A.1 D.1", "G.1 J.1"], ["B.1 E.1", "H.1 -"], ["C.1 F.1", "I.1 -"]]


def cut_and_pile(data, sheet, most):
    """The order of the slips after each stack is cut, its piles put on each other place by place."""
    sides = [" ".join(side).split() for side in names(data, sheet)]
    piled = []
    for start in range(0, len(sides), most):
        stack = sides[start : start + most]
        piled += [side[place] for place in range(len(stack[0])) for side in stack]
    return [name for name in piled if name != "-"]


@settings(max_examples=25)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=14), st.integers(1, 4), st.integers(1, 3), st.integers(1, 2))
def test_any_stack_is_in_order_when_it_is_cut(pages, sheets, across, down):
    sheet = make_sheet(1000, 1000, order="stack", sheets=sheets, across=across, down=down, marks=())
    works = [Work(data=CARDS[count], caption=caption(f"A{at}")) for at, count in enumerate(pages)]
    told = cut_and_pile(impose(works, make_job(sheet)), sheet, sheets)
    wanted = [f"x.{number}" for count in pages for number in range(1, count + 1)]
    assert told == wanted


CARDS = {count: card("x", pages=count) for count in (1, 2, 3)}


@pytest.mark.parametrize(
    ("paper", "duplex", "backs"),
    [
        ((320, 450), "long", ["B.2 A.2", "- C.2"]),
        ((450, 320), "short", ["B.2 A.2", "- C.2"]),
        ((320, 450), "short", ["C.2 -", "A.2 B.2"]),
        ((450, 320), "long", ["C.2 -", "A.2 B.2"]),
    ],
)
def test_a_back_stands_behind_its_front_when_the_sheet_is_turned(paper, duplex, backs):
    sheet = make_sheet(*paper, order="stack", **(TALL | {"gutter_mm": 6.0, "marks": ()}))
    data = impose([work(name, pages=2) for name in "ABC"], make_job(sheet, duplex=duplex))
    assert names(data, sheet) == [["A.1 B.1", "C.1 -"], backs]


def test_with_duplex_a_document_begins_on_a_front():
    sheet = make_sheet(order="stack", **TALL)
    data = impose([work("A"), work("B", pages=3), work("C", pages=2)], make_job(sheet, duplex="long"))
    assert names(data, sheet) == [["A.1 B.1", "B.3 C.1"], ["B.2 -", "C.2 -"]]


# boxes


def boxes(page):
    return {
        name: [round(float(side) / MM, 3) for side in page.obj[f"/{name}"].as_list()]
        for name in ("MediaBox", "BleedBox", "TrimBox")
    }


def test_the_boxes_are_those_of_the_sheet():
    with opened(impose([work("A")], make_job(**TALL))) as pdf:
        assert boxes(pdf.pages[0]) == {
            "MediaBox": [0, 0, 320, 450],
            "TrimBox": [56, 71, 264, 379],
            "BleedBox": [53, 68, 267, 382],
        }


def blacken(pdf):
    page = pdf.pages[0]
    page.contents_add(b"q 0 0 0 1 k 0 0 1000 1000 re f Q\n", prepend=False)
    page.contents_coalesce()


def test_a_slip_paints_no_further_than_half_the_gutter():
    works = [Work(data=card("A", change=blacken), caption=caption("A")), work("B")]
    data = impose(works, make_job(across=2, gutter_mm=4.0, marks=()))
    pdf = pdfium.PdfDocument(data)
    pixels = pdf[0].render(scale=4).to_numpy()[:, :, 0]
    pdf.close()
    row = pixels[pixels.shape[0] // 2]
    black, painted = (np.flatnonzero(row < most) / 4 / MM for most in (100, 255))
    # trims from 58 to 158 and from 162 to 262, bleed of 3 mm outside, of 2 mm inside
    assert [round(float(black[end]), 1) for end in (0, -1)] == pytest.approx([55, 160], abs=0.15)
    assert [round(float(painted[end]), 1) for end in (0, -1)] == pytest.approx([55, 265], abs=0.15)
    assert max(after - before for before, after in pairwise(painted)) < 0.5


# fidelity


def test_a_page_is_on_the_sheet_to_the_byte():
    document = card("A")
    with opened(document) as before, opened(impose([work("A")], make_job(**TALL))) as after:
        page, form = before.pages[0].obj, after.pages[0].obj.Resources.XObject["/P0"]
        assert form.read_raw_bytes() == page.Contents.read_raw_bytes()
        assert form.Resources.unparse(resolved=True).count(b"/") == page.Resources.unparse(resolved=True).count(b"/")
        assert [form.Resources.Font[name].BaseFont for name in form.Resources.Font] == [
            page.Resources.Font[name].BaseFont for name in page.Resources.Font
        ]
        for name in page.Resources.XObject:
            assert form.Resources.XObject[name].read_raw_bytes() == page.Resources.XObject[name].read_raw_bytes()


def grey(data, scale, box):
    """A part of the first page in mm from its top left corner, as pixels."""
    pdf = pdfium.PdfDocument(data)
    pixels = pdf[0].render(scale=scale).to_numpy()
    pdf.close()
    left, top, width, height = (round(length * MM * scale) for length in box)
    return pixels[top : top + height, left : left + width].astype(int)


def test_a_page_looks_on_the_sheet_as_it_does_alone():
    # 10 pt more on each side, so that pixels of page and sheet fall on each other
    sheet = make_sheet(100 + 6 + 20 / MM, 150 + 6 + 20 / MM, marks=())
    document = card("A", change=tile)
    alone = grey(document, 2, (0, 0, 106, 156))
    moved = grey(impose([Work(data=document, caption=caption("A"))], make_job(sheet)), 2, (10 / MM, 10 / MM, 106, 156))
    inside = (slice(8, -8), slice(8, -8))
    # a gradient's steps may fall one tone apart
    assert np.abs(alone[inside] - moved[inside]).max() <= 8


def tile(pdf):
    """A tiling pattern, which a prepended matrix would break."""
    pattern = pikepdf.Stream(pdf, b"1 0 0 rg 0 0 3 3 re f")
    entries = {"Type": "/Pattern", "PatternType": 1, "PaintType": 1, "TilingType": 1, "XStep": 7, "YStep": 7}
    for key, value in entries.items():
        pattern[f"/{key}"] = pikepdf.Name(value) if isinstance(value, str) else value
    pattern.BBox, pattern.Resources = pikepdf.Array([0, 0, 7, 7]), pikepdf.Dictionary()
    page = pdf.pages[0]
    page.obj.Resources.Pattern = pikepdf.Dictionary(Tiles=pdf.make_indirect(pattern))
    page.contents_add(b"q /Pattern cs /Tiles scn 20 20 120 60 re f Q\n", prepend=False)
    page.contents_coalesce()


def test_a_transparency_group_keeps_its_space_and_is_isolated():
    def group(pdf):
        pdf.pages[0].obj.Group = pikepdf.Dictionary(
            Type=pikepdf.Name.Group, S=pikepdf.Name.Transparency, CS=pikepdf.Name.DeviceCMYK
        )

    with opened(impose([work("A", change=group)], make_job())) as pdf:
        page = pdf.pages[0].obj
        for held in (page.Resources.XObject["/P0"].Group, page.Group):
            assert (str(held.CS), bool(held.I)) == ("/DeviceCMYK", True)


def test_the_output_intent_is_the_documents_own():
    with opened(card("A")) as before, opened(impose([work("A"), work("B")], make_job())) as after:
        (one,), (other,) = before.Root.OutputIntents.as_list(), after.Root.OutputIntents.as_list()
        assert str(one.OutputConditionIdentifier) == str(other.OutputConditionIdentifier)
        assert one.DestOutputProfile.read_bytes() == other.DestOutputProfile.read_bytes()
        assert after.pdf_version == before.pdf_version


def test_the_same_documents_give_the_same_bytes_and_ids_of_their_own():
    works = [work(name) for name in "AB"]
    first, again, other = impose(works, make_job()), impose(works, make_job()), impose(works[:1], make_job())
    assert first == again
    with opened(first) as one, opened(other) as two:
        assert one.trailer.ID[0] == one.trailer.ID[1]
        assert bytes(one.trailer.ID[0]) != bytes(two.trailer.ID[0])


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_qpdf_finds_nothing_wrong_with_a_sheet(tmp_path):
    path = tmp_path / "sheet.pdf"
    path.write_bytes(impose([work(name, pages=2) for name in "ABC"], make_job(duplex="long", zones=(FOLD,), **TALL)))
    told = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")


def test_the_file_says_which_orders_it_holds_and_nothing_of_persons():
    with opened(impose([work(name) for name in "ABCDE"], make_job(sheets=5))) as pdf:
        assert str(pdf.docinfo.Title) == "A, B, C and 2"
        assert str(pdf.docinfo.CreationDate) == "D:20270214000000Z"
        metadata = pdf.Root.Metadata.read_bytes().decode()
        assert "A, B, C and 2" in metadata
        assert "PDF/X-4" in metadata
        assert "2027-02-14" in metadata


# what is refused


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda pdf: pdf.pages[0].rotate(90, relative=True), "order B: a page with /Rotate"),
        (lambda pdf: pdf.pages[0].obj.__setitem__("/Annots", pikepdf.Array([])), "/Annots"),
        (lambda pdf: pdf.Root.__setitem__("/OCProperties", pikepdf.Dictionary()), "/OCProperties"),
        (lambda pdf: pdf.Root.OutputIntents[0].__setitem__("/Info", "x"), "different output intents"),
        (lambda pdf: pdf.Root.__delitem__("/OutputIntents"), "different output intents"),
        (
            lambda pdf: pdf.pages[0].obj.__setitem__("/TrimBox", [0, 0, 100 * MM, 140 * MM]),
            "order B: is 100.0 × 140.0 mm, a place is 100 × 150 mm",
        ),
    ],
)
def test_what_cannot_stand_on_a_sheet_is_told(change, told):
    with pytest.raises(HoldOrder, match=told):
        impose([work("A"), work("B", change=change)], make_job(across=2))


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"across": 3}, "3 slips of 100 mm with gutters, bleed and marks need 316 mm, the sheet prints 310 mm wide"),
        ({"down": 3}, "3 slips of 150 mm with gutters, bleed and marks need 466 mm, the sheet prints 442 mm high"),
        ({"across": 3, "gutter_mm": 3.0, "marks": ()}, "bleed need 312 mm"),
        ({"across": 2, "down": 2, "gutter_mm": 6.0}, ""),
        ({"across": 3, "marks": ()}, ""),
    ],
)
def test_slips_gutters_and_marks_must_fit_where_the_sheet_prints(wanted, told):
    answer = make_sheet(unprintable=(4, 3, 2, 5), **wanted).why_not()
    assert told in answer
    assert bool(told) is bool(answer)


def test_the_bleed_of_the_kit_is_what_these_tests_take_it_for():
    assert round(BLEED / MM, 6) == 3
