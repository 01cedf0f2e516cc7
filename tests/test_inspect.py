"""What a PDF says of itself: ours with order, slip, release and parent; a foreign or broken one without a crash."""

import hashlib
import io
import json
import re
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdfx_kit import FONT, right_file
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from press_kit import make_slip, make_world, no_pictures

from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.engine import inspecting
from packslip.engine.inspecting import inspect_files
from packslip.preflight.inspection import Inspection, Intent, Rectangle, inspect, read_codes
from packslip.press import press
from packslip.press.copies import CopyMark, mark_copy

RIGHT = right_file()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp("world"))


def test_our_own_documents_tell_order_slip_and_release_on_both_paths(world):
    slip = make_slip()
    for reference in (False, True):
        document, _ = press(slip, world, no_pictures, reference=reference)
        told = inspect(document.data)
        assert (told.order, told.release, told.producer) == (slip.order.id, slip.release, "packslip")
        assert slip.digest.startswith(told.slip)
        assert len(told.slip) == 32
        assert told.parent == ""
        assert told.language == slip.locale
        assert told.count == len(document.pages)
        trim = told.pages[0].trim
        assert trim.width == pytest.approx(document.pages[0].width / 72 * 25.4, abs=0.01)
        assert all(font.is_embedded and font.is_subset for font in told.fonts)
        assert {(code.payload, code.page) for code in read_codes(document.data)} == {
            (code.payload, code.page) for code in document.codes
        }


def test_a_marked_copy_tells_its_parent(world):
    document, _ = press(make_slip(), world, no_pictures)
    mark = CopyMark(text="Copy", font=FONT, dated=date(2026, 11, 26), parent=document.sha256)
    told = inspect(mark_copy(document.data, mark))
    assert told.parent == hashlib.sha256(document.data).hexdigest()
    assert told.changed == "D:20261126000000Z"
    assert told.slip == inspect(document.data).slip
    assert {font.name for font in told.fonts} == {font.name for font in inspect(document.data).fonts} | {"Jost-Regular"}


def test_a_foreign_pdfx_tells_boxes_intent_fonts_and_codes():
    told = inspect(RIGHT)
    assert told.claims == ("PDF/X-4",)
    assert (told.order, told.slip, told.release, told.parent) == ("", "", "", "")
    assert told.intent is not None
    assert (told.intent.space, told.intent.condition != "") == ("CMYK", True)
    (pages,) = told.pages
    assert pages.media == Rectangle(x=0, y=0, width=106, height=156)
    assert pages.trim == Rectangle(x=3, y=3, width=100, height=150)
    assert [font.name for font in told.fonts if not font.is_embedded] == []
    (code,) = read_codes(RIGHT)
    assert code.kind == "QR Code"
    assert 0 < code.place.x < 100


def test_pages_that_are_alike_are_told_together():
    pdf = Pdf.new()
    for width in (100, 100, 200, 100):
        pdf.add_blank_page(page_size=(width, 100))
    told = inspect(saved(pdf))
    assert [(pages.first, pages.last) for pages in told.pages] == [(1, 2), (3, 3), (4, 4)]
    assert told.intent is None


def test_an_intent_without_profile_and_a_font_without_outlines_are_told():
    def change(pdf):
        del pdf.Root.OutputIntents[0]["/DestOutputProfile"]
        pdf.pages[0].Resources.Font["/Bare"] = pdf.make_indirect(
            Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        )

    told = inspect(right_file(change))
    assert told.intent == Intent(condition=told.intent.condition, registry=told.intent.registry, space="")
    assert [font.name for font in told.fonts if not font.is_embedded] == ["Helvetica"]


def saved(pdf, **values):
    output = io.BytesIO()
    pdf.save(output, **values)
    return output.getvalue()


# foreign and broken


@given(st.floats(0, 1))
@settings(max_examples=25)
def test_a_file_cut_anywhere_is_told_of(share):
    told = inspect(RIGHT[: int(len(RIGHT) * share)])
    assert told.fault or told.count >= 0


@given(st.lists(st.tuples(st.integers(0, len(RIGHT) - 1), st.integers(0, 255)), min_size=1, max_size=40))
@settings(max_examples=25)
def test_a_file_with_other_bytes_here_and_there_is_told_of(changes):
    data = bytearray(RIGHT)
    for at, byte in changes:
        data[at] = byte
    inspect(bytes(data))
    read_codes(bytes(data))


def test_what_is_in_the_wrong_place_is_nothing():
    def change(pdf):
        pdf.Root["/DPartRoot"] = Array([1, 2])
        pdf.Root["/OutputIntents"] = Name.Nothing
        pdf.Root["/Lang"] = 7
        pdf.Root["/Metadata"] = String("none")
        pdf.trailer["/Info"] = pdf.make_indirect(Dictionary(Title=Array([]), Producer=Stream(pdf, b"")))
        pdf.trailer["/ID"] = Array([1])

    told = inspect(right_file(change))
    assert (told.title, told.producer, told.language, told.intent, told.parts) == ("", "", "", None, ())
    assert told.count == 1


def test_document_parts_that_lead_back_to_themselves_come_to_an_end():
    def change(pdf):
        node = pdf.make_indirect(Dictionary())
        node["/DParts"] = Array([Array([node, node])])
        pdf.Root["/DPartRoot"] = Dictionary(DPartRootNode=node)

    assert inspect(right_file(change)).parts == ()


def test_password_text_and_nothing():
    assert inspect(b"").fault == "no PDF at all"
    assert inspect(b"%PDF-1.7 and no more").fault.startswith("not readable as PDF")
    locked = saved(Pdf.new(), encryption=pikepdf.Encryption(owner="o", user="u"))
    assert inspect(locked).fault == "it opens by password only"


# the command


def test_inspect_on_the_command_line(tmp_path: Path, capsys):
    (tmp_path / "card.pdf").write_bytes(RIGHT)
    assert run(["inspect", str(tmp_path / "card.pdf")]) == Exit.WELL
    shown = capsys.readouterr().out
    for said in ("PDF/X-4", "trim 100 × 150 mm", "bleed 106 × 156 mm", "Jost", "QR Code"):
        assert said in shown
    assert re.search(r"^made +\d{4}-\d\d-\d\d *$", shown, re.MULTILINE)
    (tmp_path / "bad.pdf").write_bytes(b"[red]nothing[/]")
    assert run(["inspect", "--json", str(tmp_path / "card.pdf"), str(tmp_path / "bad.pdf")]) == Exit.FINDINGS
    good, bad = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert good["codes"][0]["kind"] == "QR Code"
    assert bad["fault"] == "no PDF at all"
    assert run(["inspect", str(tmp_path / "none.pdf")]) == Exit.USAGE


def test_a_file_that_takes_too_long_costs_no_more_than_it_may(tmp_path: Path):
    (tmp_path / "card.pdf").write_bytes(RIGHT)
    ((_, told),) = inspect_files([tmp_path / "card.pdf"], deadline_s=0.0001)
    assert told.fault.startswith("reading it was given up")


def test_codes_that_cannot_be_read_cost_the_codes_alone(tmp_path: Path, monkeypatch):
    (tmp_path / "card.pdf").write_bytes(RIGHT)
    whole = inspecting._ask
    monkeypatch.setattr(
        inspecting, "_ask", lambda pool, look: Inspection(fault="given up") if look.pixels else whole(pool, look)
    )
    ((_, told),) = inspect_files([tmp_path / "card.pdf"])
    assert (told.fault, told.codes_fault, told.codes, told.count) == ("", "given up", (), 1)
