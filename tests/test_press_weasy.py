"""WeasyPrint's inside: what the press touches is where it was, and what it undoes stays undone."""

import ast
import hashlib
import importlib
import inspect
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import weasyprint
from PIL import Image, ImageFile
from press_kit import CSS, FONTS, HTML, REPOSITORY, make_slip, make_world, no_pictures
from weasyprint.css import validation
from weasyprint.document import Page
from weasyprint.draw import text as draw_text
from weasyprint.formatting_structure import boxes
from weasyprint.images import RasterImage
from weasyprint.layout import page as layout_page
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.pdf.stream import Stream
from weasyprint.text import ffi, fonts
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from packslip.model import Severity, SlipAddress
from packslip.press import press, weasy
from packslip.press.messages import _FETCHING, _SERIOUS
from packslip.press.weasy import watching

WEASYPRINT = Path(weasyprint.__file__).parent
MOVED = "WeasyPrint has moved; read packslip/press/weasy against the new version before raising VERSION"


def source(name: str) -> str:
    return (WEASYPRINT / name).read_text(encoding="utf-8")


def test_weasyprint_is_the_version_the_press_was_written_for() -> None:
    assert weasyprint.__version__ == weasy.VERSION == "70.0", MOVED
    assert f'"weasyprint=={weasy.VERSION}"' in (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (draw_text, "draw_first_line"),
        (boxes, "TextBox"),
        (boxes, "ReplacedBox"),
        (boxes, "MarginBox"),
        (boxes, "BlockContainerBox"),
        (boxes, "FlexContainerBox"),
        (boxes, "GridContainerBox"),
        (boxes, "TableBox"),
        (boxes, "TableCellBox"),
        (boxes.Box, "transformation_matrix"),
        (boxes.Box, "is_for_root_element"),
        (boxes.Box, "padding_box_x"),
        (boxes.Box, "content_box_x"),
        (AbsolutePlaceholder, "set_laid_out_box"),
        (Stream, "ctm"),
        (Stream, "stacked"),
        (Stream, "transform"),
        (Stream, "rectangle"),
        (Stream, "set_color_rgb"),
        (RasterImage, "draw"),
        (URLFetcher, "fetch"),
        (ffi.pangoft2, "pango_fc_font_map_config_changed"),
        (ffi.fontconfig, "FcConfigParseAndLoadFromMemory"),
        (ffi.fontconfig, "FcConfigAppFontAddFile"),
        (ffi.pango, "pango_layout_line_get_extents"),
        (ffi.pango, "pango_font_describe_with_absolute_size"),
    ],
)
def test_what_is_touched_is_there(owner: object, name: str) -> None:
    assert hasattr(owner, name), MOVED


def test_what_is_read_from_the_source_is_still_said_there() -> None:
    everything = "\n".join(path.read_text(encoding="utf-8") for path in WEASYPRINT.rglob("*.py"))
    joined = everything.replace("'\n                    '", "").replace("'\n                '", "")
    for template in {*_FETCHING, *_SERIOUS, watching.NOTDEF, watching.PAGE_STARTED}:
        assert template in joined, f"{MOVED}: {template}"
    assert "def draw_first_line(stream, textbox, text_overflow, block_ellipsis, matrix):" in source("draw/text.py"), (
        MOVED
    )
    assert "from ..draw.text import draw_emojis, draw_first_line" in source("svg/text.py"), MOVED
    assert "self._page_box = page_box" in source("document.py"), MOVED
    assert "if url in cache:\n        return cache[url]" in source("images.py"), MOVED
    assert "self._config = fontconfig.FcInitLoadConfigAndFonts()" in source("text/fonts.py"), MOVED
    assert layout_page.PROGRESS_LOGGER.name == "weasyprint.progress", MOVED
    assert fonts.LOGGER.name == validation.LOGGER.name == "weasyprint", MOVED
    assert hasattr(Page, "paint"), MOVED


#: What plates follow step by step, or stand in for: module, name, digest of its source.
FOLLOWED = [
    ("weasyprint.layout.inline", "split_inline_box", "3a0cb7ca7e34"),
    ("weasyprint.layout.inline", "split_inline_level", "d98c008c8fc0"),
    ("weasyprint.layout.inline", "split_text_box", "8c564329599e"),
    ("weasyprint.layout.inline", "get_next_linebox", "67af458c2545"),
    ("weasyprint.layout.inline", "skip_first_whitespace", "deb2f1a5e2a6"),
    ("weasyprint.layout.inline", "remove_last_whitespace", "53f0c79c9fbb"),
    ("weasyprint.layout.inline", "inline_box_verticality", "5c7109868242"),
    ("weasyprint.layout.inline", "text_align", "e953d41b87cc"),
    ("weasyprint.layout.inline", "_break_waiting_children", "62536bacd563"),
    ("weasyprint.layout.inline", "_adjust_line_height", "822443b08f53"),
    ("weasyprint.layout.block", "_linebox_layout", "e07bbe000974"),
    ("weasyprint.layout.block", "block_level_layout", "c1301dde9284"),
    ("weasyprint.layout.block", "_in_flow_layout", "c2537262836d"),
    ("weasyprint.layout.block", "block_container_layout", "65842ca53a83"),
    ("weasyprint.draw", "draw_stacking_context", "c5811b178bdf"),
    ("weasyprint.draw", "draw_block_level", "3de9ec3ad4aa"),
    ("weasyprint.stacking", "_dispatch", "003563d2565b"),
    ("weasyprint.stacking", "_dispatch_children", "664961378e41"),
    ("weasyprint.layout.table", "table_layout", "6594fa40743f"),
    ("weasyprint.draw", "draw_table", "7aea3dfc0ddf"),
    ("weasyprint.draw", "draw_collapsed_borders", "120b162d2a4f"),
    ("weasyprint.layout.block", "find_earlier_page_break", "c2bbdcdfdf40"),
    ("weasyprint.layout.preferred", "inline_line_widths", "6c24f789e3ce"),
    ("weasyprint.layout.preferred", "inline_min_content_width", "15cde37816a6"),
    ("weasyprint.layout.preferred", "inline_max_content_width", "6860df1a22c6"),
    ("weasyprint.layout.preferred", "trailing_whitespace_size", "cd005b8042a6"),
    ("weasyprint.layout.grid", "_distribute_extra_space", "d51af16f280e"),
    ("weasyprint.layout.table", "find_in_flow_baseline", "d95b19f78683"),
    ("weasyprint.text.line_break", "split_first_line", "39ad1016863c"),
    ("weasyprint.text.line_break", "first_line_metrics", "55ec5d0b58b2"),
    ("weasyprint.text.line_break", "strut", "b57885b70dd0"),
    ("weasyprint.formatting_structure.boxes", "TextBox.process_text_transform", "878056a204ec"),
    ("weasyprint.formatting_structure.boxes", "Box.translate", "2e16dfbea8bd"),
    ("weasyprint.layout.inline", "can_break_inside", "fec5e4629e03"),
    ("weasyprint.layout.page", "make_page", "656f183328e8"),
    ("weasyprint.layout", "layout_document", "a5cbf437e99c"),
    ("weasyprint.css.computed_values", "lang", "a82e54bf3815"),
    ("weasyprint.text.line_break", "character_ratio", "c508b0ec8c10"),
    ("weasyprint.text.line_break", "Layout.setup", "fb227a55094f"),
    ("weasyprint.draw.text", "draw_text", "ebaf96239c6c"),
    ("weasyprint.formatting_structure.build", "content_to_boxes", "a4b18a5a0b50"),
    ("weasyprint.formatting_structure.build", "compute_content_list", "3a5674cabd84"),
    ("weasyprint.pdf", "generate_pdf", "626343ef25c3"),
]


@pytest.mark.parametrize(("module", "name", "digest"), FOLLOWED, ids=[name for _, name, _ in FOLLOWED])
def test_what_plates_follow_has_not_changed(module: str, name: str, digest: str) -> None:
    found: object = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    assert hashlib.sha256(inspect.getsource(found).encode()).hexdigest()[:12] == digest, MOVED  # type: ignore[arg-type]


def test_one_room_alone_knows_weasyprint() -> None:
    for path in (REPOSITORY / "packslip").rglob("*.py"):
        if path.is_relative_to(REPOSITORY / "packslip" / "press" / "weasy"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "weasyprint" for name in names), path


def test_pillow_still_refuses_half_a_picture() -> None:
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
    whole = io.BytesIO()
    Image.effect_noise((64, 64), 80).save(whole, "JPEG")
    half = io.BytesIO(whole.getvalue()[: len(whole.getvalue()) // 2])
    with pytest.raises(OSError, match="truncated"):
        Image.open(half).load()


def test_a_fetching_fault_never_becomes_a_base_exception() -> None:
    assert not issubclass(FatalURLFetchingError, Exception)
    assert URLFetcher(fail_on_errors=False)._fail_on_errors is False


_FONTS = """
import os, sys
os.environ.pop("FONTCONFIG_FILE", None)
from packslip.press import weasy
from weasyprint.text.ffi import ffi, fontconfig
from weasyprint.text.fonts import FontConfiguration
configuration = FontConfiguration()
print(os.environ["FONTCONFIG_FILE"] == str(weasy.FONTS_CONFIGURATION))
print(fontconfig.FcConfigGetFonts(configuration._config, fontconfig.FcSetSystem).nfont)
"""


def test_no_font_of_the_machine_is_ever_seen() -> None:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "FONTCONFIG_FILE": "/etc/fonts/fonts.conf"}
    child = subprocess.run([sys.executable, "-c", _FONTS], capture_output=True, text=True, env=environment, check=True)
    assert child.stdout.split() == ["True", "0"]
    assert child.stderr == ""


def test_every_face_is_found_by_its_own_name(tmp_path: Path) -> None:
    for face in FONTS:
        letter = chr(min(code for code in face.characters if code >= 0x41 and chr(code).isalpha()))
        css = f"body{{font:{face.style} {face.weight} 12pt '{face.family}'}}"
        world = make_world(tmp_path, f"<!doctype html><html><body>{letter}</body></html>", css)
        document, findings = press(make_slip(codes=()), world, no_pictures)
        assert findings == ()
        assert document is not None
        assert face.family.replace(" ", "-").encode() in names_in(document.data)


def names_in(data: bytes) -> bytes:
    import pikepdf

    with pikepdf.open(io.BytesIO(data)) as pdf:
        return b" ".join(
            str(thing["/FontName"]).encode()
            for thing in pdf.objects
            if isinstance(thing, pikepdf.Dictionary) and "/FontName" in thing
        )


def test_a_letter_no_font_has_is_an_error_by_its_name(tmp_path: Path) -> None:
    slip = make_slip(ship_to=SlipAddress(name="田中", lines=()))
    _, findings = press(slip, make_world(tmp_path), no_pictures)
    assert {(finding.code, finding.severity, finding.where.spot) for finding in findings} == {
        ("glyph.missing", Severity.ERROR, "p.to")
    }
    assert "U+7530 CJK UNIFIED IDEOGRAPH-7530" in findings[0].message


def test_a_letter_of_another_font_than_asked_for_is_an_error(tmp_path: Path) -> None:
    """Jost has no Hebrew; a face of the workspace has, but nobody asked for it here."""
    slip = make_slip(ship_to=SlipAddress(name="שלום", lines=()))
    _, findings = press(slip, make_world(tmp_path), no_pictures)
    assert {finding.code for finding in findings} == {"glyph.missing"}
    assert "would be drawn by Noto Sans Hebrew" in findings[0].message
    asked = make_world(tmp_path, css=CSS.replace("Jost;", "Jost,'Noto Sans Hebrew';"))
    assert press(slip, asked, no_pictures)[1] == ()


def test_a_family_that_is_not_in_the_workspace_is_an_error(tmp_path: Path) -> None:
    _, findings = press(make_slip(), make_world(tmp_path, css=CSS + "h1{font-family:Garamont,serif}"), no_pictures)
    assert {finding.code for finding in findings} == {"glyph.missing"}
    assert {finding.where.spot for finding in findings} == {"h1"}


def test_an_italic_that_is_not_there_is_a_warning(tmp_path: Path) -> None:
    html = HTML.replace("<h1>", "<p><em>Jost has none</em></p><h1>")
    _, findings = press(make_slip(), make_world(tmp_path, html), no_pictures)
    assert [(finding.code, finding.severity, finding.where.spot) for finding in findings] == [
        ("font.upright", Severity.WARNING, "em")
    ]


def test_text_in_a_picture_is_watched_too(tmp_path: Path) -> None:
    html = HTML.replace("<h1>", '<img src="art:word.svg"><h1>')
    world = make_world(tmp_path, html)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20"><text y="15" font-family="{}">Ash</text></svg>'
    )
    (tmp_path / "layouts" / "art" / "word.svg").write_text(svg.format("Arial"))
    _, findings = press(make_slip(), world, no_pictures)
    assert {(finding.code, finding.where.spot) for finding in findings} == {("glyph.missing", "text in a picture")}
    (tmp_path / "layouts" / "art" / "word.svg").write_text(svg.format("Jost"))
    assert press(make_slip(), make_world(tmp_path, html), no_pictures)[1] == ()


def test_nothing_of_a_slip_stays_in_the_kept_pictures(tmp_path: Path) -> None:
    from packslip.press.kept import _KEPT

    html = HTML.replace("<h1>", '<img src="art:mark.svg"><h1>')
    world = make_world(tmp_path, html)
    (tmp_path / "layouts" / "art" / "mark.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    )
    press(make_slip(), world, no_pictures)
    assert not _KEPT[world].images


def test_a_world_that_is_gone_takes_its_press_along(tmp_path: Path) -> None:
    import gc

    from packslip.press.kept import _KEPT

    world = make_world(tmp_path)
    press(make_slip(), world, no_pictures)
    before = len(_KEPT)
    del world
    gc.collect()
    assert len(_KEPT) < before
