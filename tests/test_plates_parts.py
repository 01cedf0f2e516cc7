"""Plates of parts: slips struck from parts of other slips, and parts that only look as if they stood by themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import pytest
from plate_kit import PLATE, Pictures, compare, draw, make_pictures, worded
from press_kit import make_world

from packslip.model import Slip
from packslip.press import skeleton
from packslip.press.kept import kept_of
from packslip.press.weasy import cuts, outline

HEAD = '<!doctype html><html lang="{{ locale }}"><head><meta charset="utf-8"></head><body>'
LETTER = """<section class="letter"><h1>{{ copy.message.headline }}</h1>
{% if order.gift_message %}<p class="gift">{{ order.gift_message }}</p>{% endif %}</section>"""
LINES = """<table class="lines">{% for line in lines %}<tr><td>{{ line.name }}</td><td>{{ line.here }}</td></tr>
{% endfor %}</table>"""
AFTER = """<section class="after"><p>{{ ship_to.name }}</p>
{% for line in ship_to.lines %}<p class="line">{{ line }}</p>{% endfor %}</section>"""
CSS = """
@page{margin:12mm} body{margin:0;font:9pt/12pt Jost;color:#000} h1{font:400 20pt/22pt "Cormorant Garamond";margin:0}
table{width:100%;border-collapse:collapse;table-layout:fixed} td{padding:1mm 0;border-bottom:.4pt solid #888}
.letter{padding:3mm;background:#eee} .after{margin-top:4mm;border-top:.4pt solid #000} p{margin:0 0 1mm}
"""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    return make_pictures(tmp_path_factory.mktemp("pictures"))


def slips() -> list[Slip]:
    """Every mixture of a letter, table and address in two forms each."""
    made = []
    for gift, lines, address in product((0, 1), repeat=3):
        things = [("Stoneware vase", "1"), ("Ribbed tumbler, smoke, mouth-blown, set of six", "12")]
        made.append(
            worded(
                f"Welcome home, {'AV' * (1 + gift + 3 * lines + 9 * address)}",
                "Eleanor Fitzgerald",
                ("14 Wharf Lane", "Bristol BS1 6XN") if address else ("7 Yew Row",),
                things if lines else things[:1],
                gift="With love from all of us, and more." if gift else "",
            )
        )
    return made


def traced(slip: Slip, folder: Path, html: str, css: str, pictures: Pictures) -> str:
    """The document's digest where nothing was drawn before."""
    return draw(slip, make_world(folder, html, css), pictures)[0].sha256


def test_slips_never_seen_are_struck_from_the_parts_of_others(tmp_path: Path, pictures: Pictures) -> None:
    html = HEAD + LETTER + LINES + AFTER + "</body></html>"
    world = make_world(tmp_path, html, CSS)
    mixed = slips()
    seen, unseen = (mixed[0], mixed[-1]), mixed[1:-1]
    for slip in seen:
        draw(slip, world, pictures)
    book = kept_of(world).plates
    assert book.traced == 2
    for slip in unseen:
        assert compare(slip, world, pictures) == (PLATE, ())
        assert draw(slip, world, pictures)[0].sha256 == traced(slip, tmp_path, html, CSS, pictures)
    assert book.traced == 2


def test_what_was_there_already_is_not_kept_twice(tmp_path: Path, pictures: Pictures) -> None:
    world = make_world(tmp_path, HEAD + LETTER + LINES + AFTER + "</body></html>", CSS)
    first, second = slips()[0], slips()[1]
    draw(first, world, pictures)
    book = kept_of(world).plates
    assert (len(book._pages), len(book._parts)) == (1, 4)
    draw(second, world, pictures)
    assert (len(book._pages), len(book._parts)) == (1, 5)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """A layout in which one part has to do with another, or with the page."""

    css: str = ""
    letter: str = LETTER
    lines: str = LINES
    after: str = AFTER
    path: str = "P" * 8


REACHES = {
    "has and siblings": Reach(css=".letter:has(.gift) ~ .after{margin-left:20mm;color:#a00}"),
    "next to": Reach(css="section:has(.gift) + .lines td{font-weight:600}"),
    "nth child": Reach(css="body > :nth-last-child(2){margin-left:6mm} .after:last-child{color:#080}"),
    "counters": Reach(
        css="body{counter-reset:n} p,td{counter-increment:n} .after p::before{content:counter(n) ' '}", path="P" * 8
    ),
    "quotes": Reach(
        css=".letter h1::before,.gift::before{content:open-quote} .after::after{content:close-quote}",
    ),
    "margins that collapse": Reach(css=".letter{padding:0} h1,.gift,.line{margin:5mm 0} .after{border:0}"),
    "margins pulled up": Reach(css=".after{margin-top:-6mm;padding-left:70mm} .lines{margin-bottom:9mm}"),
    "a float": Reach(css=".gift{float:right;width:30mm;margin-left:4mm}"),
    "clearing": Reach(css=".gift{float:right;width:30mm} .lines{clear:both}"),
    "position": Reach(
        css=".after{position:relative} .line{position:relative;left:3mm} h1{position:relative;z-index:1}"
    ),
    "absolute": Reach(css=".letter .gift{position:absolute;right:0;top:90mm;width:40mm}"),
    "opacity": Reach(
        css=".after::before{content:'';opacity:.5;display:block;height:3mm;background:#00f}", path="R" * 8
    ),
    "forced break": Reach(css=".gift{break-after:page}"),
    "forced break in the HTML": Reach(letter=LETTER.replace('class="gift"', 'style="break-after:page"')),
    "forced break in disguise": Reach(css=r".gift{br\65 ak-after/**/:page}"),
    "counters in disguise": Reach(
        css=r"body{counter-reset:n} p,td{counter-increment:n} .after p::before{content:coun\74 er(n) ' '}"
    ),
    "rules in the HTML": Reach(
        letter="<style>section:has(.gift) ~ .after{margin-left:20mm} .gift + h1{color:#a00}</style>" + LETTER
    ),
    "items that are counted": Reach(
        letter="<li>{{ copy.message.headline }}</li>"
        "{% if order.gift_message %}<li>{{ order.gift_message }}</li>{% endif %}",
        css="li{list-style:decimal inside} .after{display:list-item;list-style:decimal inside}",
    ),
    "named page": Reach(css="@page wide{margin:20mm} .gift{page:wide}"),
    "named string": Reach(
        css="@page{@bottom-center{content:string(who)}} .gift{string-set:who content()}", path="PPPPRRRR"
    ),
    "running": Reach(css="@page{@bottom-center{content:element(gift)}} .gift{position:running(gift)}"),
    "a gradient of a size": Reach(css=".letter{height:40mm;background:linear-gradient(#fff,#ccc)}"),
    "a gradient where it moves": Reach(css=".after{height:30mm;background:linear-gradient(#fff,#ccc)}", path="R" * 8),
    "a height of its own": Reach(
        letter='<section class="letter">{% if order.gift_message %}<div class="bar"></div>{% endif %}<div class="bar">'
        "</div></section>",
        css=".bar{height:9mm;border-left:2mm solid #a00}",
    ),
    "height in per cent": Reach(css="html,body{height:100%} .letter{height:30%}"),
    "a wrapper": Reach(
        letter=f"<main>{LETTER}", after=f"{AFTER}</main>", css="main{padding:4mm;border:.4pt solid #00f}"
    ),
    "a flex body": Reach(css="body{display:flex;flex-direction:column;height:180mm} .after{margin-top:auto}"),
    "a grid body": Reach(css="body{display:grid;row-gap:4mm}"),
    "a clipping body": Reach(css="body{overflow:hidden;height:170mm}"),
    "vertical space": Reach(css=".letter{min-height:50mm;display:flex;align-items:flex-end}"),
    "outlines": Reach(css=".lines{outline:1pt solid #0a0}"),
    "text in the body": Reach(after=AFTER + " and {{ ship_to.name }}"),
    "generated beside": Reach(css="body::before{content:'first'} body::after{content:'last';display:block}"),
    "inline in the body": Reach(after=AFTER + "<span>{{ ship_to.name }}</span><b>{{ locale }}</b>"),
}

ROW = '<tr><td class="a">{{ line.name }}</td><td class="b">{{ line.here }}</td></tr>'


def table(row: str = ROW, before: str = "", after: str = "") -> str:
    """The table of lines with other rows, and with something before and after them."""
    return f'<table class="lines">{before}<tbody>{{% for line in lines %}}{row}{{% endfor %}}</tbody>{after}</table>'


REACHES |= {
    "striped rows": Reach(css="tr:nth-child(even){background:#eee} tr:last-child td{border-bottom:1pt solid #a00}"),
    "rows with borders of their own": Reach(
        css=".lines{border-collapse:separate;border-spacing:0 1mm} td{border:1pt solid #00f}",
    ),
    "borders that collapse": Reach(
        css="tr:first-child td{border-top:2pt solid #a00} tr:nth-child(2) td{border-bottom:3pt solid #0a0}"
    ),
    "head and foot": Reach(
        lines=table(
            before="<thead><tr><th>Ware</th><th>Here</th></tr></thead>",
            after="<tfoot><tr><td>{{ ship_to.name }}</td><td>.</td></tr></tfoot>",
        )
    ),
    "a foot with a code": Reach(
        lines=table(after='<tfoot><tr><td><img src="{{ review.code }}"></td><td></td></tr></tfoot>')
    ),
    "blocks in cells": Reach(
        lines=table(
            '<tr><td><div class="in">{{ line.name }}</div><p>{{ line.sku }}</p></td><td>{{ line.here }}</td></tr>'
        ),
        css=".in{background:#fe8;border-bottom:.3pt solid #080} tr:nth-child(2) .in{background:none}",
    ),
    "blocks in some cells": Reach(
        lines=table(
            "<tr><td>{{ line.name }}</td>"
            "<td>{% if line.price %}<div class='in'>{{ line.price }}</div>{% endif %}</td></tr>"
        ),
        css=".in{background:#fe8}",
    ),
    "pictures in cells": Reach(
        lines='<table class="lines">{% for item in recommendations %}<tr>'
        '<td><img class="i" src="{{ item.picture }}"></td>'
        "<td>{{ item.name }}</td></tr>{% endfor %}</table>",
        css=".i{width:12mm} td{vertical-align:middle}",
    ),
    "cells on one baseline": Reach(
        css=".lines td:first-child{font-size:14pt;line-height:20pt} td{vertical-align:baseline}"
    ),
    "cells at the bottom": Reach(css=".lines td:first-child{width:30mm} td{vertical-align:bottom} tr{height:14mm}"),
    "a cell over rows": Reach(
        lines=table(before='<thead><tr><td rowspan="2">all</td><td>first</td></tr></thead>'),
        css="td{border:.4pt solid #00f}",
    ),
    "cells over rows": Reach(
        lines=table("<tr><td rowspan='2'>{{ line.name }}</td><td>1</td></tr><tr><td>{{ line.here }}</td></tr>")
    ),
    "cells over columns": Reach(lines=table(ROW + "<tr><td colspan='2'>{{ line.name }}</td></tr>")),
    "columns as wide as their text": Reach(css=".lines{table-layout:auto;width:auto}"),
    "a caption": Reach(lines=table(before="<caption>For {{ ship_to.name }}</caption>")),
    "a table in a cell": Reach(
        lines=table("<tr><td>{{ line.name }}</td><td><table><tr><td>{{ line.here }}</td></tr></table></td></tr>")
    ),
    "two tables in one part": Reach(lines=f"<section>{table()}<p>{{{{ ship_to.name }}}}</p>{table()}</section>"),
    "a table in a grid": Reach(
        lines=f"<section class='g'>{table()}<p>{{{{ ship_to.name }}}}</p></section>",
        css=".g{display:grid;grid-template-columns:60mm 60mm}",
    ),
    "a table of a height": Reach(css=".lines{height:60mm}"),
    "rows that move": Reach(
        css="tr:nth-child(2){position:relative;top:2mm} tr:first-child td{opacity:.999}", path="R" * 8
    ),
    "rows over pages": Reach(css="tr{break-inside:avoid} td{padding:14mm 0}"),
}


@pytest.mark.parametrize("name", REACHES)
def test_parts_that_reach_out(name: str, tmp_path: Path, pictures: Pictures) -> None:
    """Each order of work gives what the reference path gives, and the same bytes as a slip drawn alone."""
    reach = REACHES[name]
    html = f"{HEAD}{reach.letter}{reach.lines}{reach.after}</body></html>"
    mixed = slips()
    world = make_world(tmp_path, html, CSS + reach.css, max_pages=3)
    drawn = [compare(slip, world, pictures) for slip in mixed]
    assert [told for _, told in drawn] == [()] * len(mixed)
    assert "".join("P" if path is PLATE else "R" for path, _ in drawn) == reach.path
    backwards = make_world(tmp_path, html, CSS + reach.css, max_pages=3)
    assert digests(mixed[::-1], backwards, pictures) == digests(mixed, world, pictures)[::-1]


def digests(mixed: Sequence[Slip], world: object, pictures: Pictures) -> list[str]:
    return [draw(slip, world, pictures)[0].sha256 for slip in mixed]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "owner", "attribute", "broken"),
    [
        ("has and siblings", outline._Reader, "_head", lambda self, wrapper, found: None),
        ("counters", skeleton, "_REACHES", skeleton.re.compile("(?!)")),
        ("counters in disguise", skeleton, "_plain_css", lambda css: css),
        ("a height of its own", cuts, "still", lambda value: None),
    ],
    ids=["rules that match", "counters", "escapes and comments", "what stands still"],
)
def test_these_tests_see_a_part_mistaken(
    name: str, owner: object, attribute: str, broken: object, tmp_path: Path, pictures: Pictures,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(owner, attribute, broken)
    reach = REACHES[name]
    html = f"{HEAD}{reach.letter}{reach.lines}{reach.after}</body></html>"
    world = make_world(tmp_path, html, CSS + reach.css, max_pages=3)
    assert any(told for _, told in (compare(slip, world, pictures) for slip in slips()))


def test_a_row_is_a_part_whichever_table_it_is_in(tmp_path: Path, pictures: Pictures) -> None:
    """Once a table of one line and of two was seen, one of three differs by its page alone."""
    world = make_world(tmp_path, HEAD + LETTER + LINES + "</body></html>", CSS)
    slip = slips()[0]
    book = kept_of(world).plates
    for count, parts in ((1, 3), (2, 5), (3, 7)):  # the table, and a row that is not the first
        lines = tuple(replace(slip.lines[0], name="Vase" * (number + 1)) for number in range(count))
        assert compare(replace(slip, lines=lines), world, pictures) == (PLATE, ())
        assert len(book._parts) <= parts


def test_an_address_of_another_length_is_the_same_page(tmp_path: Path, pictures: Pictures) -> None:
    world = make_world(tmp_path, HEAD + LETTER + AFTER + LINES + "</body></html>", CSS)
    slip = slips()[0]
    for count in (1, 2, 3):
        ship_to = replace(slip.ship_to, lines=("Lane",) * count)
        assert compare(replace(slip, ship_to=ship_to), world, pictures) == (PLATE, ())
    assert len(kept_of(world).plates._pages) == 1
