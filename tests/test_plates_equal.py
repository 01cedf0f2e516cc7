"""Plates and the reference agree: layouts by others, each about one construct, drawn with words of every length."""

# ruff: noqa: E501 -- a layout is read best in one line

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest
from plate_kit import PLATE, REFERENCE, SLIPS, Pictures, compare, compose_file, make_pictures, vector, worded
from press_kit import A5, REPOSITORY, make_world
from thorough_kit import thorough

from packslip.model import Slip
from packslip.pictures.library import PictureLibrary
from packslip.press import plate_of
from packslip.press.sameness import differences
from packslip.proof import ProofCase, proof_cases
from packslip.proof.drawing import _compose_all
from packslip.settings import MediaSettings, OutputProfile
from packslip.world import World
from packslip.world.starter import make_workspace

TODAY = date(2026, 11, 20)
SAMPLES = sorted((REPOSITORY / "samples").glob("*.csv"))

BASE = """
@page{margin:12mm}
body{margin:0;font:9pt/12pt Jost;color:#000}
h1{font:400 20pt/22pt "Cormorant Garamond";margin:0 0 4mm}
i,em{font-style:normal;color:#555}
"""
ADDRESS = '<p class="to">{{ ship_to.name }}{% for line in ship_to.lines %}<br>{{ line }}{% endfor %}</p>'
TABLE = """<table>{% for line in lines %}<tr><td class="name">{{ line.name }}</td><td class="n">{{ line.here }}</td>
<td class="p">{{ line.price }}</td></tr>{% endfor %}</table>"""
AFTER = "<p>After it: {{ order.id }}</p>"


@dataclass(frozen=True, kw_only=True)
class Construct:
    """A layout about one construct, and on which path each slip is drawn: P plate, R reference."""

    css: str
    html: str
    paths: str
    slips: tuple[Slip, ...] = tuple(SLIPS.values())
    changes: dict[str, object] = field(default_factory=dict)


CONSTRUCTS: dict[str, Construct] = {}


def add(name: str, css: str, html: str, paths: str, *slips: Slip, **changes: object) -> None:
    CONSTRUCTS[name] = Construct(css=css, html=html, paths=paths, slips=slips or tuple(SLIPS.values()), changes=changes)


HEAD = "<h1>{{ copy.message.headline }}</h1>"
GIFT = '<p class="gift">{{ order.gift_message }}</p>'

add("auto table", "td{padding:1mm} .n{text-align:right}", HEAD + TABLE + AFTER, "PPPPP")
add("auto table, full width", "table{width:100%} td{padding:1mm 2mm;border-bottom:.2mm solid}", TABLE + AFTER, "PPPPP")
add(
    "fixed table",
    "table{width:100%;table-layout:fixed;border-collapse:collapse} td{border:.1mm solid #888;padding:1mm;vertical-align:middle}",
    TABLE + AFTER,
    "PPPPP",
)
add(
    "colspan",
    "table{width:100%} td{padding:1mm}",
    """<table>{% for line in lines %}<tr><td colspan="2">{{ line.name }}</td><td>{{ line.here }}</td></tr>
<tr><td>{{ line.sku }}</td><td colspan="2">{{ line.price }} each</td></tr>{% endfor %}</table>"""
    + AFTER,
    "RRRRR",
)
add(
    "rowspan",
    "table{width:100%;table-layout:fixed} td{padding:1mm}",
    """<table>{% for line in lines %}<tr><td rowspan="2">{{ line.name }}</td><td>{{ line.here }}</td></tr>
<tr><td>{{ line.sku }}</td></tr>{% endfor %}</table>"""
    + AFTER,
    "PPPPP",
)
add(
    "baseline cells",
    "table{width:100%;table-layout:fixed} td{vertical-align:baseline} .n{font-size:16pt;line-height:20pt}",
    TABLE + AFTER,
    "PPPPP",
)
MANY = tuple(
    replace(slip, lines=slip.lines * times) for slip, times in zip(SLIPS.values(), (14, 30, 9, 60, 12), strict=True)
)
add(
    "table of several pages with thead",
    "table{width:100%;table-layout:fixed} td,th{padding:2mm 0} thead{background:#ddd}",
    TABLE.replace("<table>", "<table><thead><tr><th>Name</th><th>Here</th><th>Price</th></tr></thead><tbody>").replace(
        "</table>", "</tbody></table>"
    )
    + AFTER,
    "PPPPP",
    *MANY,
    max_pages=9,
)
add(
    "table of several pages, auto",
    "table{width:100%} td,th{padding:2mm 0}",
    TABLE.replace("<table>", "<table><thead><tr><th>Name</th><th>Here</th><th>Price</th></tr></thead><tbody>").replace(
        "</table>", "</tbody></table>"
    )
    + AFTER,
    "PPPPP",
    *MANY,
    max_pages=9,
)
add(
    "float beside a block",
    ".f{float:right;width:40mm} .b{margin-right:45mm}",
    '<div class="f"><p>{{ ship_to.name }}</p></div><div class="b">' + HEAD + GIFT + "</div>" + AFTER,
    "RRRRR",
)
add(
    "float around text",
    ".f{float:left;width:30mm;margin-right:3mm}",
    '<div class="f">' + ADDRESS + "</div>" + HEAD + GIFT + TABLE + AFTER,
    "RRRRR",
)
add(
    "shrinking float",
    ".f{float:right;border:.2mm solid}",
    '<div class="f">{{ ship_to.name }}</div><div style="clear:both"></div>' + HEAD + AFTER,
    "PPRPP",
)
add(
    "inline-block parts",
    ".i{display:inline-block;padding:1mm 2mm;border:.2mm solid}",
    '<p>For <span class="i">{{ ship_to.name }}</span> and <span class="i">{{ order.id }}</span></p>' + GIFT + AFTER,
    "PPPPP",
)
add(
    "inline-block of a width",
    ".i{display:inline-block;width:30mm;vertical-align:top}",
    '<p><span class="i">{{ ship_to.name }}</span><span class="i">{{ order.gift_message }}</span></p>' + AFTER,
    "PPPPP",
)
add(
    "flex row",
    ".r{display:flex;justify-content:space-between;gap:4mm}",
    '<div class="r"><div>{{ ship_to.name }}</div><div>{{ order.id }}</div></div>' + AFTER,
    "PPPPP",
)
add(
    "flex wrap",
    ".r{display:flex;flex-wrap:wrap;gap:3mm} .r div{border:.1mm solid;padding:1mm}",
    '<div class="r">{% for line in lines %}<div>{{ line.name }}</div>{% endfor %}</div>' + AFTER,
    "PPPPP",
)
add(
    "flex grow",
    ".r{display:flex} .g{flex-grow:1} .s{flex:0 0 25mm;text-align:right}",
    '<div class="r"><div class="g">{{ ship_to.name }}</div><div class="s">{{ order.id }}</div></div>' + AFTER,
    "RRRRR",
)
add(
    "flex of equal parts",
    ".r{display:flex;gap:4mm} .r div{flex:1 1 0;min-width:0}",
    '<div class="r"><div>{{ ship_to.name }}</div><div>{{ copy.message.headline }}</div><div>{{ order.gift_message }}</div></div>'
    + AFTER,
    "PPPPP",
)
add(
    "flex column, centred",
    ".r{display:flex;flex-direction:column;align-items:center;height:60mm;justify-content:center}",
    '<div class="r"><div>{{ ship_to.name }}</div><div>{{ copy.message.headline }}</div></div>' + AFTER,
    "PPPPP",
)
add(
    "grid auto",
    ".r{display:grid;grid-template-columns:auto 1fr;gap:2mm}",
    '<div class="r">{% for line in lines %}<div>{{ line.here }}</div><div>{{ line.name }}</div>{% endfor %}</div>'
    + AFTER,
    "PPPPP",
)
add(
    "grid fr",
    ".r{display:grid;grid-template-columns:1fr 2fr 30mm;gap:2mm 4mm}",
    '<div class="r">{% for line in lines %}<div>{{ line.here }}</div><div>{{ line.name }}</div><div>{{ line.price }}</div>{% endfor %}</div>'
    + AFTER,
    "PPPPP",
)
add(
    "grid minmax",
    ".r{display:grid;grid-template-columns:minmax(20mm,1fr) minmax(0,2fr);gap:2mm}",
    '<div class="r">{% for line in lines %}<div>{{ line.here }}</div><div>{{ line.name }}</div>{% endfor %}</div>'
    + AFTER,
    "PPPPP",
)
add(
    "grid of fixed tracks",
    ".r{display:grid;grid-template-columns:60mm 20mm;gap:2mm} .r div{border-top:.1mm solid}",
    '<div class="r">{% for line in lines %}<div>{{ line.name }}</div><div>{{ line.here }}</div>{% endfor %}</div>'
    + AFTER,
    "PPPPP",
)
add(
    "counters",
    "body{counter-reset:line} .l{counter-increment:line} .l::before{content:counter(line) '. '}",
    '{% for line in lines %}<p class="l">{{ line.name }}</p>{% endfor %}' + AFTER,
    "PPPPP",
)
add(
    "content with attr()",
    "p::before{content:attr(data-name) ': '} p::after{content:' ←'}",
    '<p data-name="{{ ship_to.name }}">{{ order.id }}</p>',
    "RRRRR",
)
add(
    "::before and ::after",
    ".g::before{content:'“'} .g::after{content:'”'}",
    '<p class="g">{{ order.gift_message }}</p>' + HEAD + AFTER,
    "PPPPP",
)
add(
    "string-set and running headers",
    "@page{margin:20mm 12mm;@top-left{content:string(who);font:8pt Jost} @bottom-right{content:counter(page) ' / ' counter(pages);font:8pt Jost}} h1{string-set:who content()}",
    HEAD + ADDRESS + TABLE,
    "PPRPP",
)
add(
    "string-set of a part outside of slots",
    "@page{margin:20mm 12mm;@top-left{content:string(who);font:8pt Jost}} h2{string-set:who content()}",
    "<h2>Packing slip</h2>" + HEAD + TABLE,
    "PPPPP",
)
add(
    "running element",
    "@page{margin:20mm 12mm;@top-left{content:element(head)}} .h{position:running(head)}",
    '<div class="h">For {{ ship_to.name }}</div>' + HEAD + TABLE,
    "PPPPP",
)
add(
    "page counters",
    "@page{margin:20mm 12mm;@bottom-center{content:'Page ' counter(page) ' of ' counter(pages);font:8pt Jost}} td{padding:3mm 0} table{width:100%;table-layout:fixed}",
    TABLE + AFTER,
    "PPPPP",
    *MANY,
    max_pages=12,
)
add(
    "page-of",
    "table{width:100%;table-layout:fixed} .page-of::after{content:var(--page-of)}",
    HEAD + TABLE + '<p class="page-of"></p>',
    "PPPPP",
)
add(
    "hyphens: auto",
    ".g,.name{hyphens:auto} .g{width:30mm} table{width:80mm;table-layout:fixed}",
    '<p class="g">{{ order.gift_message }}</p><p class="g" lang="de">{{ ship_to.name }}</p>' + TABLE + AFTER,
    "PPPPP",
)
add("text-align: center", "body{text-align:center}", HEAD + ADDRESS + GIFT + AFTER, "PPPPP")
add("text-align: right", "body{text-align:right}", HEAD + ADDRESS + GIFT + AFTER, "PPPPP")
add("text-align: justify", ".gift,h1{text-align:justify} .gift{width:50mm}", HEAD + GIFT + AFTER, "PPRPP")
add("text-align-last", ".gift{text-align:left;text-align-last:right;width:50mm}", GIFT + HEAD + AFTER, "PPPPP")
add(
    "letter-spacing",
    "body{letter-spacing:.12em} .gift{letter-spacing:-.02em;width:40mm}",
    HEAD + GIFT + ADDRESS + TABLE + AFTER,
    "PPPPP",
)
add("word-spacing", ".gift{word-spacing:2mm;width:50mm}", GIFT + HEAD + AFTER, "RRRRP")
add(
    "text-transform",
    "h1{text-transform:uppercase} .to{text-transform:capitalize} .gift{text-transform:lowercase}",
    HEAD + ADDRESS + GIFT + AFTER,
    "PPPPP",
)
add("text-transform: full-width", ".to{text-transform:full-width}", ADDRESS + AFTER, "RRRRR")
add(
    "text-indent",
    ".gift{text-indent:6mm;width:40mm} h1{text-indent:-3mm;padding-left:3mm} .to{text-indent:10%}",
    HEAD + GIFT + ADDRESS + AFTER,
    "PPPPP",
)
NEW_LINES = (
    worded(
        "One", "A", ("B",), [("C", "1")], gift="First line\nsecond line, which is rather longer than the first\nthird"
    ),
    worded("Two\nLines", "A", ("B",), [("C\nD", "1")], gift="Only one line"),
    worded("Two", "A", ("B",), [("C", "1")], gift="A\n\nB after a blank line"),
    worded("Two", "A", ("B",), [("C", "1")], gift="Windows\r\nlines"),
    worded("Two", "A", ("B",), [("C", "1")], gift="Ends with one\n"),
    worded("Two", "A", ("B",), [("C", "1")], gift="\nStarts with one"),
    worded("Two", "A", ("B",), [("C", "1")], gift="Spaces \n around it"),
    worded("Two", "A", ("B",), [("C", "1")], gift="A\ttab"),
)
add(
    "white-space: pre-line",
    ".gift{white-space:pre-line;width:50mm}",
    HEAD + GIFT + AFTER,
    "PRPRRRRRPPPPP",
    *NEW_LINES,
    *SLIPS.values(),
)
add("white-space: normal with new lines", ".gift{width:50mm}", HEAD + GIFT + AFTER, "RRRRRRRR", *NEW_LINES)
add(
    "white-space: pre-wrap",
    ".gift{white-space:pre-wrap;width:50mm}",
    HEAD + GIFT + AFTER,
    "PRPRRRRRPPPPP",
    *NEW_LINES,
    *SLIPS.values(),
)
add("white-space: pre", ".gift{white-space:pre}", GIFT + AFTER, "PPPRRRRRPPPPP", *NEW_LINES, *SLIPS.values())
add("white-space: nowrap", ".gift,h1,td{white-space:nowrap}", HEAD + GIFT + TABLE + AFTER, "PPPPP")
add(
    "line-height: normal",
    "body{line-height:normal} h1{line-height:normal;font-size:24pt}",
    HEAD + GIFT + ADDRESS + AFTER,
    "PPPPP",
)
add(
    "line-height: number and per cent",
    ".gift{line-height:1.7} h1{line-height:80%}",
    HEAD + GIFT + ADDRESS + AFTER,
    "PPPPP",
)
add(
    "vertical-align",
    ".a{vertical-align:2pt} .b{vertical-align:-20%} .c{vertical-align:middle}",
    '<p>For <span class="a">{{ ship_to.name }}</span> and <span class="b">{{ order.id }}</span></p><p>In the <span class="c">{{ ship_to.name }}</span></p>'
    + AFTER,
    "PPPPP",
)
add(
    "vertical-align by length",
    ".a{vertical-align:2pt} .b{vertical-align:-20%}",
    '<p>For <span class="a">{{ ship_to.name }}</span> and <span class="b">{{ order.gift_message }}</span> too</p>'
    + AFTER,
    "PPPPP",
)
add(
    "superscripts",
    "sup,sub{font-size:70%}",
    "<p>{{ ship_to.name }}<sup>{{ order.id }}</sup> and H<sub>2</sub>O {{ order.gift_message }}</p>" + AFTER,
    "PPPPP",
)
add("::first-letter", ".gift::first-letter{font-size:200%;color:#a00}", GIFT + HEAD + AFTER, "RRRRP")
add("::first-line", ".gift::first-line{font-weight:700}", GIFT + HEAD + AFTER, "RRRRP")
add(
    "list-style markers",
    "ul{list-style:decimal inside} ol{padding-left:8mm}",
    "<ul>{% for line in lines %}<li>{{ line.name }}</li>{% endfor %}</ul><ol>{% for line in lines %}<li>{{ line.name }}</li>{% endfor %}</ol>"
    + AFTER,
    "PPPPP",
)
add(
    "list-style markers outside",
    "ol{padding-left:8mm;list-style:upper-roman}",
    "<ol>{% for line in lines %}<li>{{ line.name }}</li>{% endfor %}</ol>" + AFTER,
    "PPPPP",
)
add(
    "absolute position",
    ".a{position:absolute;right:0;bottom:0;width:50mm;text-align:right} .b{position:absolute;left:0;bottom:20mm}",
    HEAD
    + '<div class="a">{{ ship_to.name }}</div><div class="b">{{ order.id }} {{ order.gift_message }}</div>'
    + AFTER,
    "PPPPP",
)
add(
    "fixed position",
    ".a{position:fixed;top:0;right:0;width:60mm} body{padding-top:20mm}",
    '<div class="a">{{ ship_to.name }}</div>' + HEAD + AFTER,
    "PPPPP",
)
add(
    "relative position", ".gift{position:relative;top:3mm;left:4mm} h1{position:relative}", HEAD + GIFT + AFTER, "PPPPP"
)
add(
    "relative span",
    ".s{position:relative;top:-1mm}",
    '<p>For <span class="s">{{ ship_to.name }}</span>.</p>' + AFTER,
    "PPPPP",
)
add(
    "z-index",
    ".gift{position:relative;z-index:2;background:#eee} h1{position:relative;z-index:-1}",
    HEAD + GIFT + AFTER,
    "PPPPP",
)
add("opacity", ".gift{opacity:.5}", HEAD + GIFT + AFTER, "RRRRP")
add(
    "translucent colour", ".gift{color:rgba(120,0,0,.4)} h1{color:hsl(200 50% 40% / 70%)}", HEAD + GIFT + AFTER, "PPPPP"
)
add("opacity beside slots", ".o{opacity:.5}", HEAD + '<p class="o">Nothing of the order here</p>' + GIFT, "RRRRR")
add("transform", ".gift{transform:rotate(-5deg);width:60mm;transform-origin:left top}", HEAD + GIFT + AFTER, "PPPPP")
add(
    "transform around the middle",
    ".gift{transform:rotate(90deg);width:40mm;margin:30mm auto}",
    HEAD + GIFT + AFTER,
    "PPPPP",
)
add(
    "overflow: hidden",
    ".b{overflow:hidden;height:12mm;width:60mm}",
    '<div class="b">' + GIFT + HEAD + "</div>" + AFTER,
    "PPPPP",
)
add(
    "overflow: hidden of own height",
    ".b{overflow:hidden;border-radius:2mm;background:#eee}",
    '<div class="b">' + GIFT + HEAD + "</div>" + AFTER,
    "PPPPP",
)
add(
    "text-overflow: ellipsis",
    ".gift{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;width:40mm}",
    GIFT + HEAD + AFTER,
    "RRRRP",
)
add(
    "background and borders that follow text",
    ".gift{background:#f0e8d8;border:1mm solid #864;padding:2mm 3mm} h1{border-bottom:.3mm dashed}",
    HEAD + GIFT + AFTER,
    "PPPPP",
)
add(
    "gradient that follows text",
    ".gift{background:linear-gradient(90deg,#fff,#ccc);padding:2mm}",
    HEAD + GIFT + AFTER,
    "RRRRR",
)
add(
    "gradient of a size",
    ".b{background:linear-gradient(90deg,#fff,#ccc);height:30mm;width:60mm}",
    '<div class="b"></div>' + HEAD + GIFT + AFTER,
    "PPPPP",
)
add(
    "border-radius and box-shadow",
    ".gift{border-radius:3mm;border:.4mm solid #234;padding:2mm;box-shadow:1mm 1mm #000}",
    HEAD + GIFT + AFTER,
    "PPPPP",
)
add("outline", ".gift{outline:.5mm solid #900;outline-offset:1mm}", HEAD + GIFT + AFTER, "PPPPP")
add("columns", ".b{columns:2;column-gap:6mm}", '<div class="b">' + GIFT + ADDRESS + HEAD + "</div>" + AFTER, "RRRRR")
add(
    "break-inside, orphans, widows",
    "p{orphans:2;widows:2} .l{break-inside:avoid;height:30mm}",
    '{% for line in lines %}<p class="l">{{ line.name }}</p>{% endfor %}' + GIFT + AFTER,
    "PPPPP",
    *MANY,
    max_pages=12,
)
add(
    "paragraphs over pages",
    "p{orphans:2;widows:2;width:30mm}",
    "{% for line in lines %}<p>{{ line.name }}</p>{% endfor %}" + GIFT + AFTER,
    "PPRPP",
    *MANY,
    max_pages=12,
)
add(
    "forced page break",
    ".n{break-before:page}",
    HEAD + '<p class="n">{{ order.gift_message }}</p>' + AFTER,
    "PPPPP",
    max_pages=3,
)
PICTURES = '<div>{% for item in recommendations %}<div class="c"><img src="{{ item.picture }}"><p>{{ item.name }}</p></div>{% endfor %}</div>'
add("pictures of a width", "img{width:30mm} .c{margin-bottom:3mm}", PICTURES + AFTER, "PPPPP")
add("pictures with object-fit", "img{width:30mm;height:20mm;object-fit:cover;display:block}", PICTURES + AFTER, "PPPPP")
add("pictures with max-width", "img{max-width:40mm;max-height:30mm;display:block}", PICTURES + AFTER, "PPPPP")
add("pictures in flow, natural size", "img{width:auto;image-resolution:300dpi}", PICTURES + AFTER, "PPPPP")
add(
    "pictures object-fit contain and position",
    "img{width:30mm;height:30mm;object-fit:contain;object-position:100% 0;border-radius:4mm}",
    PICTURES + AFTER,
    "PPPPP",
)
add(
    "nested spans with padding and background",
    ".s{padding:0 2mm;background:#eee}",
    '<p>For <span class="s">{{ ship_to.name }} <b>{{ order.id }}</b></span> and <i>{{ order.gift_message }}</i></p>'
    + AFTER,
    "PPRPP",
)
add(
    "nested spans with padding",
    ".s{padding:0 2mm;margin-left:1mm} b{font-weight:600} em{font-size:120%}",
    '<p>For <span class="s">{{ ship_to.name }} <b>{{ order.id }}</b></span> and <em>{{ order.gift_message }} ({{ lines }})</em></p>'.replace(
        " ({{ lines }})", ""
    )
    + AFTER,
    "PPPPP",
)
add(
    "underline and line-through",
    ".u{text-decoration:underline} s{text-decoration:line-through}",
    '<p class="u">{{ ship_to.name }}</p><p><s>{{ order.id }}</s></p>' + AFTER,
    "PPPPP",
)
add(
    "small caps",
    ".gift{font-variant:small-caps} h1{font-variant-numeric:oldstyle-nums;font-feature-settings:'liga' 0}",
    HEAD + GIFT + AFTER,
    "RRRRP",
)
add(
    "markers of a fallback font",
    "ul{list-style:square}",
    "<ul>{% for line in lines %}<li>{{ line.name }}</li>{% endfor %}</ul>",
    "RRRRR",
)
add(
    "mixed fonts",
    "b{font:600 12pt/12pt Inter} i{font:11pt/12pt 'EB Garamond'}",
    "<p><b>{{ ship_to.name }}</b> – <i>{{ order.gift_message }}</i> {{ order.id }}, {{ copy.message.headline }}</p>"
    + AFTER,
    "PPPPP",
)
ODD = tuple(
    worded(word, word, (word, "Street"), [(word, "1"), (f"a {word} b", "2")], gift=f"{word} {word} {word}")
    for word in (
        "שרה כהן",
        "Eleanor שרה",
        "لطيفة",
        "Tea 🍵 for two",
        "漢字",
        "e\u0301 combining",
        "\u00a0x\u00a0y",
        "12\u202f000 \u2009€",
        "soft\u00adhy\u00adphen",
        "double  space",
        "zero\u200bwidth",
        "joiner\u2060here",
        "Donau" * 40,
        "a" * 300,
        "http://example.org/a/very/long/path?with=things&and-more#end",
        "A–B—C-D‑E/F",
        "<b>&amp;</b> \"quoted\" 'x'",
        "…! ?? (¿) [x] {y} %",
        "ﬁﬂ ﬃ ffi",
        "½ ¼ 2² H₂O №",
        "İstanbul ıi ẞß ǅ",
    )
)
add(
    "odd words",
    ".gift{width:50mm}",
    HEAD + GIFT + ADDRESS + TABLE + AFTER,
    "RRRRRPPPRRRRPPPRPPRRRPPPPP",
    *ODD,
    *SLIPS.values(),
)
add(
    "odd words in fixed cells",
    "table{width:60mm;table-layout:fixed} h1{text-transform:uppercase;text-align:center}",
    HEAD + TABLE + AFTER,
    "RRRRRPPPRRRRPPPRPPRRR",
    *ODD,
)
add(
    "overflow-wrap",
    ".gift{width:30mm;overflow-wrap:anywhere} h1{width:50mm;word-break:break-all}",
    HEAD + GIFT + AFTER,
    "RRRRRPPPRRRRRRPRPPRRRPPPPP",
    *ODD,
    *SLIPS.values(),
)
EMPTY = (
    worded("", "", (), [], gift=""),
    worded("", "A", ("",), [("", "")], gift=""),
    worded(" ", "A", (" ",), [(" ", " ")], gift=" "),
    worded("x", "A", ("B",), [("C", "")], gift=""),
)
add("empty values", "td{padding:1mm}", HEAD + GIFT + ADDRESS + TABLE + AFTER, "PPRPPPPPP", *EMPTY, *SLIPS.values())
add(
    "links",
    "a{color:#046;text-decoration:none}",
    '<p><a href="https://example.org/{{ order.id }}">{{ ship_to.name }}</a></p><p><a href="#x">{{ order.id }}</a></p><h2 id="x">{{ order.gift_message }}</h2>',
    "PPPPP",
)
add(
    "alt and title",
    "",
    '<p title="{{ ship_to.name }}">{{ order.id }}</p><img alt="{{ ship_to.name }}" src="{{ review.code }}">',
    "PPPPP",
)
add(
    "codes",
    "img{width:24mm}",
    '<div>{{ ship_to.name }}</div><img src="{{ review.code }}"><p>{{ order.gift_message }}</p><img style="width:64mm;height:9mm" src="{{ order.code }}">'
    + AFTER,
    "PPPPP",
)
add(
    "style by a variable",
    ".density-airy{padding:4mm} .density-compact{padding:0}",
    '<div class="density-{{ parcel.density }}">' + GIFT + "</div>" + AFTER,
    "PPPPP",
)
add("style by a fact", "", '<div style="width:{{ order.id }}">' + GIFT + "</div>" + AFTER, "RRRRR")
add(
    "shrink to fit",
    ".a{position:absolute;right:0;top:0;border:.2mm solid;padding:1mm} .w{width:max-content;border:.1mm solid} .v{width:min-content;border:.1mm solid} .x{width:fit-content;background:#eee}",
    '<div class="a">{{ order.id }}</div><br><br><div class="w">{{ ship_to.name }}</div><div class="v">{{ order.gift_message }}</div><div class="x">{{ copy.message.headline }}</div>'
    + AFTER,
    "PPPPP",
)
add(
    "table-cell of mixed boxes",
    "table{width:100%} i{display:inline-block;width:3mm;height:3mm;background:#a00}",
    "<table>{% for line in lines %}<tr><td><i></i> {{ line.name }}</td><td>{{ line.here }}</td></tr>{% endfor %}</table>"
    + AFTER,
    "RRRRR",
)
add(
    "min and max heights",
    ".gift{min-height:20mm;background:#eee} h1{max-height:8mm;background:#fee}",
    HEAD + GIFT + AFTER,
    "PPPPP",
)
add(
    "margins that collapse",
    "p{margin:3mm 0} .e{margin:5mm 0}",
    '<div class="e">' + GIFT + '</div><div class="e">' + HEAD + "</div>" + AFTER,
    "PPPPP",
)
add(
    "variable in the middle of literals",
    "",
    "<p>Dear {{ ship_to.name }}, your order {{ order.id }} ({{ parcel.pieces }} pieces) is on its way; {{ order.gift_message }}, they say. All the best{{ order.tracking }}!</p>"
    + AFTER,
    "PPPPP",
)
add(
    "slots side by side",
    "",
    "<p>{{ ship_to.name }}{{ order.id }}{{ order.gift_message }}<b>{{ order.id }}</b>{{ copy.message.headline }}</p>"
    + AFTER,
    "PPPPP",
)
add(
    "preserved spaces between spans",
    "b{padding:0 1mm}",
    "<p> <b> {{ ship_to.name }} </b> <i> {{ order.gift_message }} </i> {{ order.id }} </p>" + AFTER,
    "PPPPP",
)
add(
    "br inside",
    "",
    "<p>{{ ship_to.name }}<br>{{ order.id }}<br><br>{{ order.gift_message }}<b>{{ copy.message.headline }}<br>{{ order.id }}</b></p>"
    + AFTER,
    "PPPPP",
)
add(
    "block in inline",
    "",
    "<p><span>{{ ship_to.name }}<span style='display:block'>{{ order.gift_message }}</span>{{ order.id }}</span></p>"
    + AFTER,
    "PPPPP",
)
add(
    "footnote and leader",
    ".l::after{content:leader('.') 'x'}",
    '<p class="l">{{ ship_to.name }}</p>' + HEAD + AFTER,
    "PPPPP",
)
add(
    "pre",
    "pre{font:8pt/10pt Jost;tab-size:4}",
    "<pre>{{ ship_to.name }} {{ order.id }}\n{{ order.gift_message }}</pre>" + AFTER,
    "PPPPP",
)
add(
    "visibility and display none",
    ".v{visibility:hidden} .n{display:none}",
    '<p class="v">{{ ship_to.name }}</p><p class="n">{{ order.id }}</p><p>a<span class="v">{{ order.id }}</span>b</p>'
    + GIFT
    + AFTER,
    "PPPPP",
)
add("right to left layout", "", '<div dir="rtl">' + HEAD + GIFT + "</div>" + AFTER, "RRRRR")
add(
    "calc and per cent of text",
    ".b{display:inline-block} .c{padding-left:10%;margin-left:calc(5% + 1mm)}",
    '<div class="b"><div class="c">{{ ship_to.name }}</div></div>' + AFTER,
    "RRRRR",
)
add(
    "@page of two sizes",
    "@page{size:148mm 210mm;margin:12mm} @page:first{margin-top:60mm}",
    HEAD + TABLE + AFTER,
    "PPPPP",
    *MANY,
    max_pages=12,
)


#: Drawn wrong by today's plates; each a bug with a reason.
KNOWN: dict[str, str] = {}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    return make_pictures(tmp_path_factory.mktemp("pictures"))


#: Which slips a daily look takes: a usual and a long one.
EVERY, TWO = slice(None), slice(None, 3, 2)


def compare_all(
    construct: Construct, folder: Path, pictures: Pictures, chosen: slice = EVERY, media: MediaSettings = A5
) -> None:
    html = f'<!doctype html><html lang="{{{{ locale }}}}"><head><meta charset="utf-8"></head><body>{construct.html}</body></html>'
    world = make_world(folder, html, BASE + construct.css, **{"media": media, **construct.changes})
    drawn = [compare(slip, world, pictures) for slip in construct.slips[chosen]]
    assert [told for _, told in drawn] == [()] * len(drawn)
    assert "".join("P" if path is PLATE else "R" for path, _ in drawn) == construct.paths[chosen]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.xfail(strict=True, reason=KNOWN[name])) if name in KNOWN else name
        for name in CONSTRUCTS
    ],
)
def test_layouts_by_others(name: str, tmp_path: Path, pictures: Pictures) -> None:
    construct = CONSTRUCTS[name]
    usual = construct.slips[0] is SLIPS["usual"] or "max_pages" in construct.changes
    compare_all(construct, tmp_path, pictures, TWO if usual else EVERY)


@thorough
@pytest.mark.parametrize("name", sorted(set(CONSTRUCTS) - set(KNOWN)))
def test_layouts_by_others_with_every_slip(name: str, tmp_path: Path, pictures: Pictures) -> None:
    compare_all(CONSTRUCTS[name], tmp_path, pictures)


#: What daily looks at in ink: what paints by itself, without words.
IN_INK = {"codes", "auto table", "absolute position"}


@pytest.mark.parametrize(
    "name",
    [name if name in IN_INK else pytest.param(name, marks=thorough) for name in CONSTRUCTS if name not in KNOWN],
)
def test_layouts_by_others_in_ink(name: str, tmp_path: Path, pictures: Pictures) -> None:
    media = A5.model_copy(update={"profile": OutputProfile.PDFX4_CMYK, "bleed_mm": 3.0})
    compare_all(CONSTRUCTS[name], tmp_path, pictures, media=media)


def renditions(world: World) -> Pictures:
    wanted = world.settings.pictures
    return PictureLibrary(world.workspace.image_cache, world.workspace.root / wanted.folder, wanted).path


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The workspace that ships."""
    return World.open(make_workspace(tmp_path_factory.mktemp("shop") / "shop").root)


LAYOUTS = ("atelier-a4", "label-4x6", "note-a5", "plain")


def compare_proof(world: World, cases: Sequence[ProofCase]) -> None:
    assert cases
    for case, slip, findings in _compose_all(world, cases):
        assert slip is not None, findings
        path, told = compare(slip, world, renditions(world))
        assert (case.name, told) == (case.name, ())
        assert path is (REFERENCE if case.traits["text"] == "right-to-left" else PLATE), case.name


@pytest.mark.parametrize("layout", LAYOUTS)
def test_proof_cases(shop: World, layout: str) -> None:
    """Layouts take turns: every two traits meet in one of them."""
    cases = proof_cases(shop, layout, today=TODAY)
    compare_proof(shop, cases[LAYOUTS.index(layout) :: len(LAYOUTS)])


@thorough
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("every", [False, True], ids=["pairs", "every"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_all_proof_cases(shop: World, layout: str, every: bool) -> None:
    compare_proof(shop, proof_cases(shop, layout, today=TODAY, every=every))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_samples(shop: World, path: Path) -> None:
    """In the layout that the rules choose; the thorough look takes every layout."""
    drawn = list(compose_file(shop, path, TODAY, every=False))
    assert drawn
    for label, slip in drawn:
        assert (label, *compare(slip, shop, renditions(shop))) == (label, PLATE, ())


ADDRESSES = (
    ("7 Yew Row",),
    ("14 Wharf Lane", "Bristol BS1 6XN"),
    (
        "Ash Ltd",
        "Unit 4, The Old Kiln",
        "Donaudampfschifffahrtsgesellschaftsstraße 118 a, Hinterhof",
        "1220 Wien",
        "Austria",
    ),
)


@pytest.mark.parametrize("layout", ["atelier-a4", "label-4x6", "plain"])
def test_an_address_of_any_number_of_lines_has_the_same_plate(shop: World, layout: str) -> None:
    drawn = compose_file(shop, SAMPLES[0], TODAY, every=True)
    slip = next(slip for label, slip in drawn if label.endswith(f": {layout}"))
    slips = [replace(slip, ship_to=replace(slip.ship_to, lines=lines)) for lines in ADDRESSES]
    assert [compare(each, shop, renditions(shop)) for each in slips] == [(PLATE, ())] * len(slips)
    assert len({plate_of(each, shop, renditions(shop)) for each in slips}) == 1


@pytest.mark.parametrize("sample", [0, 10])
def test_a_label_is_the_same_before_it_is_dots(shop: World, sample: int) -> None:
    drawn = compose_file(shop, SAMPLES[sample], TODAY, every=True)
    slip = next(slip for label, slip in drawn if label.endswith(": label-4x6"))
    struck, laid_out = (vector(slip, shop, renditions(shop), reference=reference) for reference in (False, True))
    assert differences(struck, laid_out) == ()
    assert struck != laid_out, "one path drew both"


@pytest.mark.parametrize("space", ["pre-line", "pre-wrap", "pre"])
@pytest.mark.parametrize(
    "css",
    [
        "text-align:left;text-align-last:right",
        "text-indent:6mm",
        "width:24mm;hyphens:auto",
        "letter-spacing:.1em;text-align:center",
    ],
)
def test_lines_that_the_text_itself_ends(css: str, space: str, tmp_path: Path, pictures: Pictures) -> None:
    html = '<!doctype html><html lang="de"><body><p class="to"><b>{{ ship_to.address }}</b>{{ order.gift_message }}</p></body></html>'
    world = make_world(tmp_path, html, f"{BASE}.to{{white-space:{space};{css}}}")
    for lines in (*ADDRESSES, ("Al", "", "Bo – Ay")):
        slip = worded("x", "x", lines, [("x", "1")], gift="In one line,\n\nand another, after a blank one.")
        assert compare(slip, world, pictures) == (PLATE, ())


@thorough
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_samples_in_every_layout(shop: World, path: Path) -> None:
    for label, slip in compose_file(shop, path, TODAY, every=True):
        assert (label, *compare(slip, shop, renditions(shop))) == (label, PLATE, ())
