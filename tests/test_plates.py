"""Plates: any paragraph is set as WeasyPrint sets it, a broken press is seen, no order of work shows in the bytes."""

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from plate_kit import PLATE, REFERENCE, SLIPS, Pictures, compare, draw, make_pictures, worded
from press_kit import HTML, REPOSITORY, SmallWorld, make_layout, make_slip, make_world

from packslip.model import Slip
from packslip.press import plate as plates
from packslip.press import press
from packslip.press.imprint import ImprintPage
from packslip.press.inking import Fill, Inking, Paper
from packslip.press.kept import kept_of
from packslip.press.sameness import differences
from packslip.press.weasy.setting import SetLine
from packslip.press.weasy.traces import Trace, TracedPage
from packslip.press.weasy.tracing import Tracer
from packslip.press.weasy.typesetter import Shape, TextStyle, Typesetter

CSS = """
@page{margin:12mm}
body{margin:0;font:9pt/12pt Jost;color:#234}
h1{font:400 20pt/22pt "Cormorant Garamond";margin:0 0 4mm}
.to{background:#f4efe6;padding:2mm;border-left:.5mm solid #8b6b43}
table{width:100%;border-collapse:collapse;table-layout:fixed} td{padding:1mm 0} .n{text-align:right}
"""


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    return make_pictures(tmp_path)


@pytest.fixture
def world(tmp_path: Path) -> SmallWorld:
    return make_world(tmp_path, HTML, CSS)


# --- any paragraph ---

STYLES = (
    "font-weight:600",
    "font-size:130%",
    "letter-spacing:.08em",
    "color:#a00",
    "padding:0 1mm",
    "margin-left:1.5mm",
    "vertical-align:2pt",
    "vertical-align:-15%",
    "white-space:nowrap",
    "hyphens:auto",
    "overflow-wrap:anywhere",
    "text-transform:uppercase",
    "text-transform:capitalize",
    "font-family:Inter",
    "font-family:'EB Garamond'",
    "line-height:1.8",
    "word-break:break-all",
    "font-kerning:none",
    "white-space:pre-wrap",
)
ALIGNED = ("left", "center", "right", "start", "end")
WORDS = (
    "a", "I", "AV", "To", "Vase", "Größe", "ärztlich", "n°", "12", "3,50", "£1,204.00", "2026-11-20", "Anna-Lena",
    "und/oder", "–", "—", "…", "„so“", "(klein)", "A–Z", "Stoneware", "fi", "office", "x=y", "C&A", "<b>", "l’été",
    "Donaudampfschifffahrtsgesellschaftskapitän", "incomprehensibilities", "OA-104882/1", "50%", "½", "!", "W.",
)  # fmt: skip

words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join)
slots = st.sampled_from("abcd").map(lambda name: f"{{{{ copy.message.{name} }}}}")
literals = st.sampled_from(["", " ", " for ", "–", "No. ", "(", ")", ", ", "<br>", " und "])
styles = st.lists(st.sampled_from(STYLES), min_size=1, max_size=2).map(";".join)
parts = st.recursive(
    st.tuples(literals, slots, literals).map("".join),
    lambda inner: st.tuples(styles, st.lists(inner, min_size=1, max_size=3)).map(
        lambda made: f'<span style="{escape(made[0])}">{"".join(made[1])}</span>'
    ),
    max_leaves=6,
)


@st.composite
def paragraphs(draw_one: st.DrawFn) -> str:
    style = [f"width:{draw_one(st.integers(8, 110))}mm", f"text-align:{draw_one(st.sampled_from(ALIGNED))}"]
    if draw_one(st.booleans()):
        style.append(f"text-indent:{draw_one(st.integers(-3, 8))}mm")
    if draw_one(st.booleans()):
        style.append(draw_one(styles))
    inner = "".join(draw_one(st.lists(parts, min_size=1, max_size=4)))
    return f'<p lang="{draw_one(st.sampled_from(["en", "de", "fr"]))}" style="{escape(";".join(style))}">{inner}</p>'


def saying(texts: Sequence[str]) -> Slip:
    slip = make_slip()
    return replace(slip, copy={**slip.copy, "message": dict(zip("abcd", texts, strict=True))})


@pytest.fixture(scope="module")
def paragraph_world(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], SmallWorld]:
    """One world for all, behind a function: Hypothesis writes its arguments out."""
    world = make_world(tmp_path_factory.mktemp("paragraphs"), HTML, CSS)
    return lambda: world


@settings(
    max_examples=20, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
@given(
    bodies=st.lists(paragraphs(), min_size=1, max_size=4),
    said=st.lists(st.lists(words, min_size=4, max_size=4), min_size=2, max_size=3),
)
def test_any_paragraph_is_set_as_the_reference_sets_it(
    paragraph_world: Callable[[], SmallWorld], bodies: list[str], said: list[list[str]]
) -> None:
    world = paragraph_world()
    html = f"<!doctype html><html><body>{''.join(bodies)}<p>after</p></body></html>"
    layout = make_layout(html, CSS, name=f"card-{len(world.layouts)}", root=world.root, max_pages=6)
    world.layouts = {**world.layouts, layout.name: layout}
    slips = [replace(saying(texts), layout=layout.name) for texts in said]
    for slip in slips:
        document, findings = draw(slip, world, no_pictures)
        reference, expected = draw(slip, world, no_pictures, reference=True)
        assert differences(document.data, reference.data, pixels=False) == ()
        assert sorted(map(str, findings)) == sorted(map(str, expected))


def test_findings_name_the_same_element(tmp_path: Path) -> None:
    html = "<p style='width:20mm'>For <span style='font-weight:600'>{{ copy.message.a }}</span></p>"
    world = make_world(tmp_path, html, CSS)
    assert compare(saying(["Donaudampfschifffahrtsgesellschaft"] * 4), world, no_pictures) == (PLATE, ())


def test_most_of_these_paragraphs_are_struck(tmp_path: Path) -> None:
    """The property above would hold of a press that refuses everything."""
    html = (
        "<p style='width:40mm'>For {{ copy.message.a }} <span style='font-weight:600'>{{ copy.message.b }}</span></p>"
    )
    world = make_world(tmp_path, html, CSS)
    for texts in (["a"] * 4, ["Stoneware Vase To AV office"] * 4, ["Donaudampfschifffahrtsgesellschaft – 12"] * 4):
        assert draw(saying(texts), world, no_pictures)[0].path is PLATE


def no_pictures(digest: str) -> Path:
    raise FileNotFoundError(digest)


# --- broken on purpose ---


def shifted(run: Callable[..., tuple[SetLine, ...]]) -> Callable[..., tuple[SetLine, ...]]:
    """Every line's first text a tenth of a pixel to the right."""

    def set_lines(*arguments: object) -> tuple[SetLine, ...]:
        return tuple(
            line._replace(texts=tuple(text._replace(x=text.x + 0.1) for text in line.texts[:1]) + line.texts[1:])
            for line in run(*arguments)
        )

    return set_lines


def reshaped(change: Callable[[Shape], Shape]) -> Callable[..., Shape]:
    shape_of = Typesetter.shape

    def shape(self: Typesetter, text: str, style: TextStyle) -> Shape:
        return change(shape_of(self, text, style))

    return shape


def repainted(pattern: bytes, change: Callable[[re.Match[bytes]], bytes]) -> Callable[..., ImprintPage]:
    page_of = Inking.page

    def page(self: Inking, traced: TracedPage) -> ImprintPage:
        made = page_of(self, traced)
        content, count = re.subn(pattern, change, made.content, count=1)
        assert count == 1, "nothing was broken"
        return replace(made, content=content)

    return page


def bolder(shape: Shape) -> Shape:
    """Glyphs of one number are one letter in all weights of Jost, whose regular is face 7."""
    return shape._replace(face=8) if shape.face == 7 else shape


def without_a_kern(shape: Shape) -> Shape:
    operators = re.sub(rb">([1-9]\d+)<", rb">0<", shape.operators, count=1)
    return shape._replace(operators=operators)


def darker(match: re.Match[bytes]) -> bytes:
    red, rest = float(match[1]), match[2]
    return b"%.6f%b" % (red + 0.005, rest)


BREAKS: dict[str, tuple[object, str, Callable[[], object], str]] = {
    "a moved slot": (plates, "set_lines", lambda: shifted(plates.set_lines), "differs in place"),
    "another face": (Typesetter, "shape", lambda: reshaped(bolder), "differs in shape"),
    "a lost kern": (Typesetter, "shape", lambda: reshaped(without_a_kern), "differs in place"),
    "half a percent of tint": (
        Inking,
        "page",
        lambda: repainted(rb"\b(0\.\d+)((?: [\d.]+){2} rg\n)", darker),
        "differs in colour",
    ),
    "a letter left out": (
        Inking,
        "page",
        lambda: repainted(rb"\[<[0-9a-f]{4}", lambda _match: b"[<"),
        "painted things against",
    ),
    "text above and below": (
        Inking,
        "page",
        lambda: repainted(rb"( -?[\d.]+) Tm\n", lambda match: b" %.3f Tm\n" % (float(match[1]) + 0.05)),
        "differs in place",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_press_is_seen(
    name: str, world: SmallWorld, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    slip = worded("AVATAR To Yew", "T. V. Ayton", ("1 AVA Row",), [("Waxed Tablecloth AV", "3")], review=None)
    assert compare(slip, world, pictures) == (PLATE, ())
    owner, attribute, make, told = BREAKS[name]
    monkeypatch.setattr(owner, attribute, make())
    path, differing = compare(slip, world, pictures)
    assert path is PLATE
    assert any(told in sentence for sentence in differing), differing


def test_a_stale_plate_is_seen(world: SmallWorld, pictures: Pictures) -> None:
    """A press that kept plates beyond their style sheet; the real one never does, see below."""
    slip = SLIPS["usual"]
    assert compare(slip, world, pictures) == (PLATE, ())
    card = world.layouts["card"]
    world.layouts = {"card": replace(card, css=card.css + ".to{padding-left:2.1mm}")}
    kept_of(world)._looks.clear()
    path, differing = compare(slip, world, pictures)
    assert path is PLATE
    assert differing


@pytest.mark.parametrize(
    ("html", "css"),
    [
        (HTML, CSS + ".to{padding-left:2.1mm}"),
        (HTML, CSS.replace("#234", "#235")),
        (HTML, CSS.replace("400 20pt", "400 20.1pt")),
        (HTML.replace('<p class="to">', '<p class="to">To '), CSS),
    ],
)
def test_an_edited_layout_strikes_no_stale_plate(html: str, css: str, tmp_path: Path, pictures: Pictures) -> None:
    slip = SLIPS["usual"]
    old = make_world(tmp_path, HTML, CSS)
    before, _ = draw(slip, old, pictures)
    new = make_world(tmp_path, html, css)
    assert compare(slip, new, pictures) == (PLATE, ())
    assert differences(draw(slip, new, pictures)[0].data, before.data, pixels=False) != ()
    assert draw(slip, old, pictures)[0].data == before.data


def test_layouts_brands_and_wordings_have_plates_of_their_own(tmp_path: Path, pictures: Pictures) -> None:
    world = make_world(tmp_path, HTML, CSS)
    other = make_layout(HTML, CSS + "h1{color:#800}", name="other", root=tmp_path)
    brand = replace(world.brands["oriel-ash"], store="halden", css="h1{text-align:right}")
    world.layouts, world.brands = {**world.layouts, "other": other}, {**world.brands, "halden": brand}
    slip = SLIPS["usual"]
    phrased = replace(slip, copy={**slip.copy, "label": {"page_of": "Seite {page} von {pages}"}})
    halden = replace(slip, brand=replace(slip.brand, store="halden"))
    drawn = []
    for each in (slip, replace(slip, layout="other"), halden, phrased, slip):
        assert compare(each, world, pictures) == (PLATE, ())
        drawn.append(draw(each, world, pictures)[0].data)
    assert all(differences(drawn[0], data, pixels=False) for data in drawn[1:4])
    assert drawn[4] == drawn[0]


# --- the same bytes, whatever came before ---

MIXED = """<!doctype html><html lang="{{ locale }}"><body><h1>{{ copy.message.headline }}</h1>
<p class="to">{{ ship_to.name }}{% for line in ship_to.lines %}<br>{{ line }}{% endfor %}</p>
<p style="text-align:justify">{{ order.gift_message }}</p>
<table>{% for line in lines %}<tr><td>{{ line.name }}</td><td class="n">{{ line.here }}</td></tr>{% endfor %}</table>
{% for item in recommendations %}<p>{{ item.name }}</p>
<p><img style="width:9mm" src="{{ item.picture }}"></p>{% endfor %}
<p><img src="{{ review.code }}"></p></body></html>"""

_NAMES = ("Al", "Eleanor Fitzgerald", "Maximiliane von Hohenstein-Wallersberg zu Großkötzing", "שרה כהן", "T. Ay")
_THINGS = (
    "Cup",
    "Stoneware vase, ash glaze",
    "Mouth-blown tumblers (grey/smoke/clear), set of six – seconds",
    "AVA To",
)


def mixed_slips(count: int, seed: int = 5) -> list[Slip]:
    """Slips of many lengths and structures, some of which only the reference path draws."""
    chance = random.Random(seed)
    pick = chance.choice
    return [
        worded(
            " ".join(pick(_THINGS) for _ in range(chance.randint(1, 4))),
            pick(_NAMES),
            tuple(pick(_THINGS) for _ in range(chance.randint(1, 3))),
            [(pick(_THINGS), str(chance.randint(1, 2000))) for _ in range(chance.randint(1, 3))],
            gift=" ".join(pick(_THINGS) for _ in range(pick((0, 1, 6)))),
        )
        for _ in range(count)
    ]


def draw_all(slips: Sequence[Slip], world: SmallWorld, pictures: Pictures) -> list[tuple[str, str]]:
    """Path and digest of each."""
    documents = [draw(slip, world, pictures)[0] for slip in slips]
    return [(str(document.path), document.sha256) for document in documents]


def test_no_order_of_work_shows(tmp_path: Path, pictures: Pictures) -> None:
    """Traced or struck from a warm plate, after whatever other slips, in another world and process: the same bytes."""
    slips = mixed_slips(50)
    expected = []
    for slip in slips[:8]:
        alone = make_world(tmp_path, MIXED, CSS)
        expected += draw_all([slip], alone, pictures)
    assert {path for path, _ in expected} == {str(PLATE), str(REFERENCE)}
    order = list(range(50))
    random.Random(1).shuffle(order)
    world = make_world(tmp_path, MIXED, CSS)
    by_slip = dict(zip(order, draw_all([slips[n] for n in order], world, pictures), strict=True))
    assert [by_slip[n] for n in range(8)] == expected
    assert draw_all(slips[:8], world, pictures) == expected
    assert 1 < kept_of(world).plates.traced < 58  # drawn in all, so that some were struck from a plate of others
    assert draw_elsewhere(tmp_path, "8") == expected


def test_a_refused_slip_takes_no_other_along(tmp_path: Path) -> None:
    """Justified text of one line is struck, of more it is not; neither may decide for the other."""
    html = "<p style='width:60mm;text-align:justify'>{{ copy.message.a }}</p>"
    short, long = saying(["Cup"] * 4), saying(["Stoneware vase, ash glaze " * 6 + "x"] * 4)
    alone = [draw_all([slip], make_world(tmp_path, html, CSS), no_pictures)[0] for slip in (short, long)]
    assert [path for path, _ in alone] == [str(PLATE), str(REFERENCE)]
    assert draw_all([long, short], make_world(tmp_path, html, CSS), no_pictures) == alone[::-1]


def draw_elsewhere(root: Path, seed: str) -> list[tuple[str, str]]:
    """The first slips in a process of their own, the last of them first, where strings hash in another way."""
    code = (
        "import json, sys; from pathlib import Path; import test_plates as t\n"
        "root = Path(sys.argv[1])\n"
        "slips = t.mixed_slips(50)[:8]\n"
        "world = t.make_world(root, t.MIXED, t.CSS)\n"
        "drawn = t.draw_all(slips[::-1], world, t.make_pictures(root))\n"
        "print(json.dumps(drawn[::-1]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{REPOSITORY / 'tests'}:{REPOSITORY}"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(root)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return [tuple(each) for each in json.loads(done.stdout)]


def test_plates_leave_when_there_are_too_many_and_come_back_the_same(tmp_path: Path, pictures: Pictures) -> None:
    slips = mixed_slips(16, seed=9)
    wide = make_world(tmp_path, MIXED, CSS)
    narrow = make_world(tmp_path, MIXED, CSS)
    narrow.most_plates = 1
    expected = draw_all(slips, wide, pictures)
    assert draw_all(slips, narrow, pictures) == expected
    assert draw_all(slips[::-1], narrow, pictures) == expected[::-1]
    assert kept_of(narrow).plates.traced > kept_of(wide).plates.traced


def test_what_tracing_stumbles_over_is_drawn_by_the_reference_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in tracing costs time; it holds no parcel."""

    def stumble(*_arguments: object) -> object:
        raise AttributeError("padding_top")

    monkeypatch.setattr(Tracer, "_lay_out_lines", stumble)
    document, findings = press(make_slip(), make_world(tmp_path), no_pictures)
    assert document is not None
    assert document.path is REFERENCE
    assert not findings


def line_of(size: float, widths: dict[int, int]) -> Shape:
    """A line that sets every glyph of `widths` at its own advance, one of a letter each."""
    glyphs = sorted(widths)
    advances = [round(widths[glyph] * size * 1024 / 1000) for glyph in glyphs]
    return Shape(
        width=0.0, height=0.0, baseline=0.0, ink=(0.0, 0.0, 0.0, 0.0), face=0, size=size, operators=b"as set",
        widths=widths, texts={glyph: chr(glyph) for glyph in glyphs}, runs=[(glyphs, advances, [0] * len(glyphs))],
    )  # fmt: skip


def no_shape(number: int) -> Shape:
    raise AssertionError(number)


def test_the_first_advance_in_the_document_counts() -> None:
    """Glyph 66 comes first in the smaller size, then in the one that the document began with."""
    trace = Trace(steps=(), guards=(), paragraphs=(), texts=(), breaks=(), codes=())
    fill = Fill(number={}, shape=no_shape, trace=trace, pictures=(), parts=(), blocks=0)
    inking = Inking(fill, {}, Paper(width=1, height=1, safe=0, bleed=0))
    assert inking._operators(line_of(20.0, {65: 600})) == b"as set"
    assert inking._operators(line_of(10.0, {66: 500})) == b"as set"
    assert inking._operators(line_of(20.0, {66: 503})) == b"<0042>-2"
    assert inking.faces[0].face_use().widths == {65: 600, 66: 500}


def test_a_line_knows_its_own_glyphs_whatever_was_set_before_it(tmp_path: Path) -> None:
    """What other slips have taught of a face has no say in a document."""
    world, slip = make_world(tmp_path), make_slip()
    draw(slip, world, no_pictures)
    typesetter = kept_of(world).typesetter
    style = next(style for style in typesetter._styles.values() if style.language == slip.locale)
    shapes = [typesetter.shape(text, style) for text in ("ABC", "A", "CA")]
    assert [shape.widths.keys() == set(chain(*(ids for ids, _, _ in shape.runs))) for shape in shapes] == [True] * 3
    assert len(shapes[1].widths) == 1
