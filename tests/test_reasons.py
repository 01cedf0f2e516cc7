"""What keeps a layout from being struck is told in CSS terms, with its element and a remedy, and listed in the docs."""

from dataclasses import replace
from pathlib import Path

import pytest
from press_kit import make_slip, make_world, no_pictures

from packslip.model import PressPath, Severity
from packslip.press import press, why_not_struck
from packslip.press.kept import kept_of
from packslip.press.plates import MOST_REASONS
from packslip.press.weasy import obstacles
from packslip.press.weasy.obstacles import OBSTACLES, Obstacle

ROOT = Path(__file__).resolve().parent.parent
PAGE = '<!doctype html><html lang="{{ locale }}"><head><meta charset="utf-8"></head><body>%s</body></html>'
PLAIN = "@page{margin:12mm} body{margin:0;font:9pt/12pt Jost;color:#000}"
HEADLINE = '<p class="body">{{ copy.message.headline }} {{ copy.message.headline }}</p>'
LONG = f"<div></div>{HEADLINE.replace('</p>', ' {{ copy.message.headline }}' * 8 + '</p>')}"

#: name of the obstacle → HTML, CSS, the element told
LAYOUTS: dict[str, tuple[str, str, str]] = {
    "JUSTIFIED": (HEADLINE, "p{text-align:justify;width:20mm}", "p.body"),
    "FIRST_LINE": (HEADLINE, "p::first-line{color:#f00}", "p.body"),
    "ELLIPSIS": (HEADLINE, "p{text-overflow:ellipsis;overflow:hidden;white-space:nowrap;width:20mm}", "p.body"),
    "WORD_SPACING": (HEADLINE, "p{word-spacing:2pt}", ""),
    "RIGHT_TO_LEFT": (HEADLINE, "p{direction:rtl}", ""),
    "DECORATED": (HEADLINE, "p{text-decoration:underline;width:30mm}", "p.body"),
    "PAINTED": ("<p><b>{{ copy.message.headline }}</b></p>", "p{width:20mm} b{background:#eee}", "b"),
    "RAISED": ("<p><b>{{ copy.message.headline }}</b></p>", "p{width:20mm} b{vertical-align:middle}", "b"),
    "BREAKS_ACROSS": (LONG, "div{height:160mm} p{width:25mm}", "p.body"),
    "BESIDE": (
        HEADLINE.replace(">", "><i></i>", 1),
        "i{display:inline-block;width:4mm;height:3mm} p{width:30mm}",
        "p.body",
    ),
    "GROUPED": (HEADLINE, "p{opacity:.5}", ""),
    "ROUNDED": (HEADLINE, "p{background:linear-gradient(#fff,#eee)}", ""),
    "IN_ATTRIBUTE": ('<p style="width:{{ parcel.pieces }}mm">x</p>', "", "p style"),
    "ATTRIBUTE_NAME": ('<p {{ order.id }}="x">x</p>', "", "p"),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_construct_is_told_with_its_element_and_its_remedy(name: str, tmp_path: Path) -> None:
    html, css, spot = LAYOUTS[name]
    obstacle: Obstacle = getattr(obstacles, name)
    world = make_world(tmp_path, PAGE % html, PLAIN + css, max_pages=4)
    document, _ = press(make_slip(), world, no_pictures)
    assert document is not None
    assert document.path is PressPath.REFERENCE
    (finding,) = why_not_struck(world)
    assert (finding.severity, finding.code) == (Severity.NOTE, "plate.reference")
    assert finding.where.file == f"layouts/card/slip.{'html' if obstacle.in_html else 'css'}"
    assert finding.where.spot == spot
    assert finding.message == f"{obstacle.construct} keeps slips from being struck"
    assert finding.hint == obstacle.remedy


def test_first_letters_are_not_struck(tmp_path: Path) -> None:
    world = make_world(tmp_path, PAGE % HEADLINE, f"{PLAIN} p::first-letter{{font-size:20pt}}")
    document, _ = press(make_slip(), world, no_pictures)
    assert document is not None
    assert document.path is PressPath.REFERENCE


def test_a_layout_that_is_struck_tells_nothing(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    document, _ = press(make_slip(), world, no_pictures)
    assert document is not None
    assert document.path is PressPath.PLATE
    assert why_not_struck(world) == ()


@pytest.mark.parametrize("name", ["לאה בן־עמי", "日本", "Ada\u200bBrink"])
def test_what_one_slips_words_bring_about_is_not_the_layouts_fault(name: str, tmp_path: Path) -> None:
    world = make_world(tmp_path)
    slip = make_slip(ship_to=replace(make_slip().ship_to, name=name))
    document, _ = press(slip, world, no_pictures)
    assert document is not None
    assert document.path is PressPath.REFERENCE
    assert kept_of(world).plates.refused
    assert why_not_struck(world) == ()


def test_a_reason_is_kept_once_and_reasons_are_bounded(tmp_path: Path) -> None:
    html, css, _ = LAYOUTS["JUSTIFIED"]
    world = make_world(tmp_path, PAGE % html, PLAIN + css)
    for _ in range(3):
        press(make_slip(), world, no_pictures)
    book = kept_of(world).plates
    assert len(book.reasons) == 1
    assert list(book.refused.values()) == [3]
    for number in range(2 * MOST_REASONS):
        book._refuse(f"reason {number}")
    assert len(book.refused) == MOST_REASONS


def test_the_reason_of_an_attribute_is_told_by_every_slip(tmp_path: Path) -> None:
    html, css, _ = LAYOUTS["IN_ATTRIBUTE"]
    world = make_world(tmp_path, PAGE % html, PLAIN + css)
    paths = [press(make_slip(), world, no_pictures)[0] for _ in range(3)]
    assert {document.path for document in paths if document} == {PressPath.REFERENCE}
    assert sum(kept_of(world).plates.refused.values()) == 3


def test_every_obstacle_is_in_the_list_with_a_remedy() -> None:
    named = [each for each in vars(obstacles).values() if isinstance(each, Obstacle)]
    assert set(named) == set(OBSTACLES)
    assert len(OBSTACLES) == len({each.construct for each in OBSTACLES})
    assert all(each.remedy for each in OBSTACLES)


def test_the_designers_page_lists_every_construct_with_its_remedy() -> None:
    text = (ROOT / "docs" / "designer.md").read_text(encoding="utf-8")
    section = text.split("## What keeps a layout from being struck\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    assert [tuple(row) for row in rows[1:]] == [(each.construct, each.remedy) for each in OBSTACLES]
