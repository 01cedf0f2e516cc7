"""Marked copies: the mark is found, stands where nothing stood, and the pages below it are what they were."""

import io
from datetime import date

import numpy as np
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pdfx_kit import FONT, paint, right_file
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from press_kit import make_slip, make_world, no_pictures

from packslip.errors import HoldOrder
from packslip.files import sha256
from packslip.preflight.foreign import Asked, Profile, examine
from packslip.press import press
from packslip.press.copies import CopyMark, look_for_spot, mark_copy
from packslip.press.identity import PARENT
from packslip.press.sameness import differences
from packslip.press.spots import Patch, extent, find_spot, least_taken, occupied
from packslip.settings import MediaSettings, Zone

TEXT = "Duplicata, imprimé le 26 novembre 2026"
DAY = date(2026, 11, 26)


def mark_of(data, **values):
    return CopyMark(**({"text": TEXT, "font": FONT, "dated": DAY, "parent": sha256(data)} | values))


def copy(data, **values):
    return mark_copy(data, mark_of(data, **values))


def words(data):
    with pypdfium2.PdfDocument(data) as pdf:
        return [page.get_textpage().get_text_bounded() for page in pdf]


def pixels(data, number=0):
    with pypdfium2.PdfDocument(data) as pdf:
        return pdf[number].render(scale=2).to_numpy().copy()


def forms(pdf, number=0):
    return [
        thing for name, thing in sorted(pdf.pages[number].resources.XObject.items()) if name.startswith("/PackslipCopy")
    ]


@pytest.fixture(scope="module")
def struck(tmp_path_factory):
    world = make_world(tmp_path_factory.mktemp("world"))
    document, _ = press(make_slip(), world, no_pictures)
    return document.data


# on paper


def test_the_mark_is_text_on_every_page_and_the_same_every_time(struck):
    marked = copy(struck)
    assert marked == copy(struck)
    assert all(TEXT in said for said in words(marked))
    assert not any(TEXT in said for said in words(struck))
    assert marked != copy(struck, dated=date(2026, 11, 27))


def test_what_stood_on_the_page_is_what_it_was(struck):
    marked = copy(struck)
    with Pdf.open(io.BytesIO(struck)) as before, Pdf.open(io.BytesIO(marked)) as after:
        own = [page.Contents.read_raw_bytes() for page in before.pages]
        kept = [[part.read_raw_bytes() for part in page.Contents] for page in after.pages]
        left, bottom, right, top = (2 * float(side) for side in forms(after)[0].BBox)
    assert [parts[1:-1] for parts in kept] == [[content] for content in own]
    one, other = pixels(struck), pixels(marked)
    height = one.shape[0]
    changed = np.argwhere((one != other).any(axis=2))
    assert len(changed)
    assert changed[:, 0].min() >= height - top - 2
    assert changed[:, 0].max() <= height - bottom + 2
    assert changed[:, 1].min() >= left - 2
    assert changed[:, 1].max() <= right + 2
    told = [each for each in differences(struck, marked, pixels=False) if "painted" in each]
    assert len(told) == 1
    assert "nothing against" in told[0]


def test_the_mark_stands_where_nothing_stood(struck):
    with Pdf.open(io.BytesIO(copy(struck))) as pdf:
        left, bottom, right, top = (2 * float(side) for side in forms(pdf)[0].BBox)
    below = pixels(struck)
    height = below.shape[0]
    assert below[int(height - top) : int(height - bottom), int(left) : int(right)].min() == 255


def test_a_copy_of_a_copy_has_both_marks_side_by_side(struck):
    once = copy(struck)
    twice = copy(once, text="Copy, printed 27 November 2026")
    assert all(TEXT in said and "27 November" in said for said in words(twice))
    with Pdf.open(io.BytesIO(twice)) as pdf:
        first, second = (tuple(float(side) for side in form.BBox) for form in forms(pdf))
        assert str(pdf.docinfo[f"/{PARENT}"]) == sha256(once)
    assert first[1] >= second[3] or second[1] >= first[3] or first[0] >= second[2] or second[0] >= first[2]


def test_an_office_copy_is_grey_and_a_cmyk_one_black_alone(struck):
    for data, black in ((struck, b"0 0 0 rg"), (right_file(), b"0 0 0 1 k")):
        with Pdf.open(io.BytesIO(copy(data))) as pdf:
            (form,) = forms(pdf)
            content = form.read_bytes()
            assert black in content
            assert all("/FontFile2" in font.FontDescriptor for font in form.Resources.Font.values())


def test_a_copy_of_a_right_pdfx_is_a_right_pdfx():
    parent = right_file()
    marked = copy(parent)
    asked = Asked(profile=Profile.PDFX4)
    assert [fault.code for fault in examine(parent, asked).faults] == []
    assert [fault.code for fault in examine(marked, asked).faults] == []
    with Pdf.open(io.BytesIO(marked)) as pdf:
        told = pdf.Root.Metadata.read_bytes()
        assert b"<xmp:ModifyDate>2026-11-26T00:00:00Z" in told
        assert str(pdf.docinfo["/ModDate"]) == "D:20261126000000Z"
        assert b"<stRef:documentID>uuid:00000000-0000-4000-8000-000000000001<" in told
        assert b"<xmpMM:DocumentID>uuid:00000000-0000-4000-8000-000000000001<" not in told
        assert pdf.trailer.ID[0] != pdf.trailer.ID[1]
    again = copy(marked)
    with Pdf.open(io.BytesIO(again)) as pdf:
        assert pdf.Root.Metadata.read_bytes().count(b"DerivedFrom>") == 1
    assert [fault.code for fault in examine(again, asked).faults] == []


def test_pages_that_share_their_resources_keep_them(struck):
    with Pdf.open(io.BytesIO(struck)) as pdf:
        pdf.pages.append(pdf.pages[0])
        output = io.BytesIO()
        pdf.save(output)
    twice = output.getvalue()
    marked = copy(twice)
    assert [said.count(TEXT) for said in words(marked)] == [1, 1]


def test_a_page_full_to_its_edges_has_the_mark_on_a_ground_of_its_own():
    full = right_file(paint(b"q 0.8 0.8 0.8 0.3 k -20 -20 600 900 re f Q"))
    marked = copy(full)
    with Pdf.open(io.BytesIO(marked)) as pdf:
        assert b" B*\n" in forms(pdf)[0].read_bytes()
    assert TEXT in words(marked)[0]


def test_zones_and_margins_of_the_media_stay_free(struck):
    media = MediaSettings(
        width_mm=105, height_mm=148, safe_mm=6, zones=(Zone(kind="pre-printed", width_mm=105, height_mm=120),)
    )
    with Pdf.open(io.BytesIO(struck)) as pdf:
        left, bottom, right, top = (float(side) for side in pdf.pages[0].mediabox)
        media = media.model_copy(
            update={"width_mm": (right - left) / 72 * 25.4, "height_mm": (top - bottom) / 72 * 25.4}
        )
    with Pdf.open(io.BytesIO(copy(struck, media=media))) as pdf:
        box = [float(side) / 72 * 25.4 for side in forms(pdf)[0].BBox]
    assert media.height_mm - box[3] >= 120
    assert box[1] >= 5.9
    assert media.width_mm - box[2] >= 5.9


@pytest.mark.parametrize("data", [b"", b"no pdf", right_file()[:900]])
def test_what_is_no_document_is_refused(data):
    with pytest.raises(HoldOrder, match="cannot be marked"):
        copy(data)


# in dots


def dots(black, per_mm=8.0, *, decode=True):
    """A page of one 1-bit picture."""
    height, width = black.shape
    pdf = Pdf.new()
    size = [0, 0, width / per_mm * 72 / 25.4, height / per_mm * 72 / 25.4]
    image = Stream(pdf, np.packbits(black if decode else ~black, axis=1).tobytes())
    image.stream_dict = Dictionary(
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=width,
        Height=height,
        ColorSpace=Name.DeviceGray,
        BitsPerComponent=1,
    )
    if decode:
        image["/Decode"] = Array([1, 0])
    pdf.add_blank_page(page_size=(size[2], size[3]))
    page = pdf.pages[0].obj
    page["/Resources"] = Dictionary(XObject=Dictionary(B1=image))
    page["/Contents"] = Stream(pdf, b"q %f 0 0 %f 0 0 cm /B1 Do Q" % (size[2], size[3]))
    output = io.BytesIO()
    pdf.save(output)
    return output.getvalue()


def burnt(data):
    with Pdf.open(io.BytesIO(data)) as pdf:
        (image,) = pdf.pages[0].resources.XObject.values()
        rows = np.frombuffer(image.read_bytes(), np.uint8).reshape(int(image.Height), -1)
        bits = np.unpackbits(rows, axis=1)[:, : int(image.Width)].astype(bool)
        return bits if "/Decode" in image else ~bits


@pytest.mark.parametrize("decode", [True, False])
def test_a_page_of_dots_is_marked_in_whole_dots(decode):
    black = np.zeros((1220, 813), dtype=bool)
    black[40:600, 40:760:3] = True
    page = dots(black, decode=decode)
    marked = copy(page)
    after = burnt(marked)
    assert after.shape == black.shape
    assert (after[black]).all()
    rows, columns = np.nonzero(after & ~black)
    assert rows.min() > 600
    assert 812 - columns.max() >= 12
    assert marked == copy(page)
    left, right = columns.min(), columns.max()
    inner = (after & ~black)[rows.min() + 3 : rows.max() - 2, left + 3 : right - 2].any(axis=0)
    ends = np.flatnonzero(inner)
    assert abs(int(ends[0]) - (len(inner) - 1 - int(ends[-1]))) <= 2  # as much room before the text as after
    with Pdf.open(io.BytesIO(marked)) as pdf:
        assert not pdf.pages[0].resources.get("/Font")
        (image,) = pdf.pages[0].resources.XObject.values()
        assert image.BitsPerComponent == 1
    assert (burnt(copy(marked)) & ~after).any()


# where there is room


@given(
    arrays(bool, st.tuples(st.integers(4, 40), st.integers(4, 40)), elements=st.booleans()),
    st.integers(1, 8),
    st.integers(1, 8),
    st.integers(0, 3),
)
def test_a_spot_is_free_inside_its_area_and_found_where_there_is_one(taken, width, height, inset):
    area = Patch(left=0, top=0, width=taken.shape[1], height=taken.shape[0]).grown(-inset)
    spot = find_spot(taken, (width, height), area, (2, 1, 0))
    free = [
        (top, left)
        for top in range(max(area.top, 0), area.top + area.height - height + 1)
        for left in range(max(area.left, 0), area.left + area.width - width + 1)
        if not taken[top : top + height, left : left + width].any()
    ]
    assert (spot is None) == (not free)
    if spot is not None:
        assert (spot.top, spot.left) in free
        assert least_taken(taken, (width, height), area) is not None


def test_an_edge_or_a_dark_ground_is_occupied_and_a_light_tint_is_not():
    page = np.full((20, 30), 240, np.uint8)
    assert not occupied(page).any()
    page[:, 15:] = 225
    assert occupied(page)[:, 14:16].all()
    assert not occupied(page)[:, 20:].any()
    assert occupied(np.full((4, 4, 3), (250, 250, 120), np.uint8)).all()


def test_the_type_of_a_page_says_where_a_mark_lines_up():
    taken = np.zeros((100, 200), dtype=bool)
    taken[40:60, 30:150] = True
    area = Patch(left=10, top=10, width=180, height=80)
    assert extent(taken, area) == Patch(left=30, top=10, width=120, height=80)
    assert extent(np.zeros((100, 200), dtype=bool), area) == area
    found, is_free = look_for_spot(taken, (40, 8), 4.0, None)
    assert is_free
    assert found.left + found.width == 150
