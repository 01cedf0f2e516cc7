"""Preflight of hostile files: whatever the bytes are, the answer is a report, and no file costs more than it may."""

import io
import json
import zlib
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdfx_kit import paint, right_file, text
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from test_preflight_files import bomb, codes_of

from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.engine.examining import examine_files
from packslip.preflight.foreign import RULES, Asked, Profile, examine, look_for_codes, merge
from packslip.preflight.foreign.tokens import operations

RIGHT = right_file()
#: The same without compression, so that a changed byte changes what the file says.
PLAIN = right_file(compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.generalized)
#: Content alone, so that most changes are read and few break the file.
CONTENT = PLAIN[PLAIN.index(b"q /Layer gs") : PLAIN.index(b"re f Q", PLAIN.index(b"/Jost 12"))]


@settings(max_examples=80)
@given(share=st.floats(0, 0.999))
def test_a_file_cut_anywhere_is_reported(share: float) -> None:
    report = examine(RIGHT[: int(len(RIGHT) * share)], Asked(profile=Profile.PDFX4))
    assert codes_of(report) & {"pdf.broken", "pdf.repaired"}


@settings(max_examples=150)
@given(data=st.data())
def test_changed_bytes_are_reported_or_harmless(data: st.DataObject) -> None:
    changed = bytearray(PLAIN)
    for _ in range(data.draw(st.integers(1, 6))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    report = examine(bytes(changed), Asked(profile=Profile.PDFX4))
    assert {fault.code for fault in report.faults} <= set(RULES)


@settings(max_examples=150)
@given(
    at=st.integers(0, len(CONTENT) - 1),
    word=st.sampled_from(
        [
            b" ",
            b" q ",
            b" Q ",
            b" cm ",
            b" Do ",
            b" (",
            b" <<",
            b" [",
            b" BI ",
            b" 1e9 ",
            b" -",
            b"/",
            b" Tj ",
            b" gs ",
            b" W n ",
        ]
    ),
)
def test_content_that_makes_no_sense_is_read_to_its_end(at: int, word: bytes) -> None:
    report = examine(right_file(paint(CONTENT[:at] + word + CONTENT[at:])), Asked())
    assert report.pages == 1


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_any_bytes_are_operators(content: bytes) -> None:
    for operator, operands in operations(content):
        assert operator
        assert isinstance(operands, list)


@pytest.mark.parametrize("opening", [b"[", b"<<", b"(", b"<< /A [", b"BT [(", b"BI "])
def test_deep_nesting_ends(opening: bytes) -> None:
    assert list(operations(opening * 20_000)) is not None
    report = examine(right_file(paint(opening * 20_000)), Asked())
    assert report.pages == 1


def test_tokens_are_what_pdf_says() -> None:
    content = b"q 1 .5 -3. cm /A#42c gs (a\\(b\\)(c)\\101\\\n) Tj [(x) -20 <414>] TJ <</K true>> BDC % no\nQ"
    assert list(operations(content)) == [
        (b"q", []),
        (b"cm", [1.0, 0.5, -3.0]),
        (b"gs", ["ABc"]),
        (b"Tj", [b"a(b)(c)A"]),
        (b"TJ", [[b"x", -20.0, b"A@"]]),
        (b"BDC", [{"K": True}]),
        (b"Q", []),
    ]


def test_an_inline_picture_is_passed_over_whole() -> None:
    data = b"\x00\xff EI \xfe\x01 Q q"
    found = list(operations(b"BI /W 2 /H 2 ID " + data + b" EI Q"))
    assert found == [(b"BI", [{"W": 2.0, "H": 2.0}, data]), (b"Q", [])]


def test_a_bomb_in_the_content_is_not_unpacked(tmp_path: Path) -> None:
    def pack(pdf: Pdf) -> None:
        squeezed = zlib.compress(bytes(200_000_000), 9)
        pdf.pages[0].obj.Contents = Stream(pdf, squeezed, Filter=Name.FlateDecode)

    (tmp_path / "bomb.pdf").write_bytes(right_file(pack, compress_streams=False, stream_decode_level=None))
    ((_, report),) = examine_files([tmp_path / "bomb.pdf"], Asked(), memory_mb=700)
    assert codes_of(report) & {"content.broken", "pdf.too_much"}


def test_drawing_that_would_never_end_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "bomb.pdf").write_bytes(right_file(bomb))
    (tmp_path / "right.pdf").write_bytes(RIGHT)
    reports = dict(examine_files([tmp_path / "bomb.pdf", tmp_path / "right.pdf"], Asked()))
    assert codes_of(reports[tmp_path / "bomb.pdf"]) == {"pdf.too_much"}
    assert reports[tmp_path / "right.pdf"].faults == ()


def test_a_child_that_is_too_slow_costs_a_finding(tmp_path: Path) -> None:
    (tmp_path / "bomb.pdf").write_bytes(right_file(bomb))
    ((_, report),) = examine_files([tmp_path / "bomb.pdf"], Asked(), deadline_s=0.3)
    assert codes_of(report) == {"pdf.too_much"}
    assert "longer than 0.3 s" in report.faults[0].message


def page_tree_that_holds_itself(pdf: Pdf) -> None:
    pdf.Root.Pages.Kids.append(pdf.Root.Pages)


def count_of_a_thousand_million(pdf: Pdf) -> None:
    pdf.Root.Pages.Count = 1_000_000_000


def resources_that_hold_themselves(pdf: Pdf) -> None:
    resources = pdf.make_indirect(pdf.pages[0].obj.Resources)
    resources.ColorSpace.Spot = pdf.make_indirect(Array([Name.Indexed, None, 1, b"ab"]))
    resources.ColorSpace.Spot[1] = resources.ColorSpace.Spot
    resources.ExtGState.Layer.SMask = Dictionary(G=resources)
    pdf.pages[0].obj.Resources = resources


def a_page_of_odd_kinds(pdf: Pdf) -> None:
    held = pdf.pages[0].obj
    held.MediaBox, held.TrimBox, held.Rotate, held.Annots = Array([1, "x"]), Name.Odd, "up", Dictionary()
    held.Group, held.UserUnit = Array([]), Name.One


def a_catalog_of_odd_kinds(pdf: Pdf) -> None:
    for key in ("OutputIntents", "Metadata", "AcroForm", "OCProperties", "Names", "OpenAction", "AA"):
        pdf.Root[f"/{key}"] = Array([1, Array([]), Dictionary()])


def fonts_of_odd_kinds(pdf: Pdf) -> None:
    font = pdf.pages[0].obj.Resources.Font
    font.Jost.DescendantFonts[0].W = Array([0, 10**12, 5, Array([Array([])]), "x"])
    font.Odd = Dictionary(Subtype=Name.Type3, CharProcs=Array([]), FontMatrix=Array([0, 0, 0, 0, 0, 0]), Widths=7)
    paint(text(b"", font="Odd") + text(b""))(pdf)


@pytest.mark.parametrize(
    "change",
    [
        page_tree_that_holds_itself,
        count_of_a_thousand_million,
        resources_that_hold_themselves,
        a_page_of_odd_kinds,
        a_catalog_of_odd_kinds,
        fonts_of_odd_kinds,
    ],
)
def test_objects_that_make_no_sense_are_reported(change: object) -> None:
    data = right_file(change)  # type: ignore[arg-type]
    report = merge(examine(data, Asked(profile=Profile.PDFX4)), look_for_codes(data, Asked()))
    assert codes_of(report) <= set(RULES)
    assert report.pages in {0, 1, 2}


def test_many_pages_are_counted_and_some_are_read() -> None:
    pdf = pikepdf.open(io.BytesIO(RIGHT))
    for _ in range(40):
        pdf.pages.append(pdf.pages[0])
    out = io.BytesIO()
    pdf.save(out, fix_metadata_version=False, deterministic_id=True)
    report = examine(out.getvalue(), Asked())
    assert report.pages == 41
    assert report.faults == ()


# The command


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "right.pdf").write_bytes(RIGHT)
    faint = paint(b"1 0 0 rg 100 200 20 20 re f")
    (tmp_path / "red.pdf").write_bytes(right_file(faint))
    (tmp_path / "none.pdf").write_bytes(b"no pdf")
    return tmp_path


def test_the_command_says_where_and_what_to_do(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["preflight", str(files / "right.pdf")]) == Exit.WELL
    assert "right.pdf  1 page · as PDF/X-4 · 1 code read · nothing found" in capsys.readouterr().out
    assert run(["preflight", str(files / "red.pdf")]) == Exit.FINDINGS
    told = capsys.readouterr().out
    assert "page 1, at 32.3, 75.4 mm" in told
    assert "the output intent is CMYK" in told
    assert "→ convert to the printing condition" in told


def test_the_command_says_so_in_json(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["right.pdf", "red.pdf", "none.pdf"]
    assert run(["preflight", "--json", *(str(files / name) for name in names)]) == Exit.FINDINGS
    right, red, none = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (right["profile"], right["pages"], right["findings"]) == ("pdfx4", 1, [])
    (code,) = right["codes"]
    assert (code["kind"], code["payload"], code["page"]) == ("QR Code", "HTTPS://OA.EXAMPLE/R/RIGHT", 1)
    assert code["x"] == pytest.approx(7.6, abs=0.3)
    (finding,) = red["findings"]
    assert (finding["code"], finding["severity"], finding["page"]) == ("colour.device", "error", 1)
    assert (finding["width"], finding["height"]) == (7.06, 7.06)
    assert finding["source"] == "ISO 15930-7:2010, 6.4.3.2"
    assert [finding["code"] for finding in none["findings"]] == ["pdf.broken"]


def test_the_profile_decides_what_is_asked(files: Path) -> None:
    assert run(["preflight", "--profile", "office", str(files / "red.pdf")]) == Exit.WELL
    assert run(["preflight", "--profile", "pdfx4", str(files / "red.pdf")]) == Exit.FINDINGS


def test_wrong_calls_are_told(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = str(Path(__file__).parents[1])
    assert run(["-w", root, "preflight", "--media", "a9", str(files / "right.pdf")]) == Exit.USAGE
    assert "a4, a5, label-4x6" in capsys.readouterr().err
    assert run(["preflight", str(files / "absent.pdf")]) == Exit.USAGE
    assert run(["preflight", "--profile", "newspaper", str(files / "right.pdf")]) == Exit.USAGE
    assert run(["-w", root, "preflight", "--media", "a4", str(files / "right.pdf")]) == Exit.FINDINGS
    assert "100.0 × 150.0 mm on media of 210 × 297 mm" in capsys.readouterr().out
