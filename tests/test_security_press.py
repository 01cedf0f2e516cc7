"""Safety of the press: a slip's text prints literally, a layout reaches nothing but its own files."""

import io
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from press_kit import HTML, make_layout, make_slip, make_world, no_pictures

from packslip.model import Document, Severity, SlipLine
from packslip.press import check_layout, press
from packslip.press.shelf import RefusedError, Shelf

KNOWN = {
    "locale",
    "order.id",
    "order.code",
    "copy.message.headline",
    "ship_to.name",
    "ship_to.lines",
    "lines",
    "lines.name",
    "lines.here",
    "review.code",
}

LITERAL = [
    "{{7*7}}",
    "{% include '/etc/passwd' %}",
    "<img src=file:///etc/passwd>",
    "</style><script>alert(1)</script>",
    "<link rel=attachment href=file:///etc/hostname>",
    "<style>@import url(http://127.0.0.1:1/)</style>",
    '"><svg onload=x>',
    "&lt;b&gt; &amp; &#65;",
    "url(http://169.254.169.254/)",
    "--> ]]> <!--",
    "\\000a }body{display:none}",
]


def words(document: Document) -> str:
    with pypdfium2.PdfDocument(document.data) as pdf:
        return "".join(pdf[0].get_textpage().get_text_range().split())


@pytest.mark.parametrize("text", LITERAL)
def test_a_cell_prints_literally(tmp_path: Path, text: str) -> None:
    line = SlipLine(name=text, sku="x", ordered="1", here="1", to_come="")
    html = HTML.replace("table.lines", "table").replace(
        '<td class="name">', '<td class="name" title="{{ line.name }}">'
    )
    document, findings = press(make_slip(lines=(line,)), make_world(tmp_path, html), no_pictures)
    assert document is not None
    assert findings == ()
    assert "".join(text.split()) in words(document)
    with pikepdf.open(io.BytesIO(document.data)) as pdf:
        assert "/Names" not in pdf.Root
        assert all("/Annots" not in page.obj for page in pdf.pages)


@pytest.mark.parametrize(
    "source",
    [
        "file:///etc/passwd",
        "file:/etc/passwd",
        "FILE:///etc/passwd",
        "http://127.0.0.1:1/x.png",
        "https://169.254.169.254/latest",
        "//127.0.0.1/x.png",
        "ftp://127.0.0.1/x",
        "data:image/svg+xml,<svg/>",
        "../../../../etc/passwd",
        "/etc/passwd",
        "../brands/oriel-ash.toml",
        "../other/slip.html",
        "../art/../../secret.png",
        "art:../../secret.png",
        "art:/etc/passwd",
        "art:%2e%2e/secret.png",
        "art:link.png",
        "slip.html",
        "picture:../../secret",
        "picture:" + "zz" * 32,
        "code:other",
        "font:0",
        "javascript:alert(1)",
        "..\\..\\secret.png",
    ],
)
def test_a_layout_reaches_nothing_else(tmp_path: Path, source: str) -> None:
    world = make_world(tmp_path, HTML.replace("<h1>", f'<img src="{source}"><h1>'))
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "layouts" / "art" / "link.png").symlink_to(secret)
    (tmp_path / "layouts" / "other").mkdir()
    (tmp_path / "layouts" / "other" / "slip.html").write_text("x")
    _, findings = press(make_slip(), world, no_pictures)
    assert [(finding.code, finding.severity) for finding in findings] == [("resource.refused", Severity.ERROR)]


@pytest.mark.parametrize(
    "css",
    [
        "@import url(http://127.0.0.1:1/x.css);",
        "@import url(file:///etc/passwd);",
        "h1{background:url(http://127.0.0.1:1/x.png)}",
        "h1::before{content:url(file:///etc/passwd)}",
        "li{list-style-image:url(https://127.0.0.1/)} h1{display:list-item;list-style-image:url(https://127.0.0.1/)}",
        "@font-face{font-family:X;src:url(http://127.0.0.1:1/x.ttf)}",
    ],
)
def test_css_reaches_nothing_else(tmp_path: Path, css: str) -> None:
    _, findings = press(make_slip(), make_world(tmp_path, css=css + "body{font-family:Jost}"), no_pictures)
    assert "resource.refused" in {finding.code for finding in findings}


def test_names_are_looked_up_never_joined(tmp_path: Path) -> None:
    art = tmp_path / "layouts" / "art"
    art.mkdir(parents=True)
    (art / "mark.svg").write_text("<svg/>")
    shelf = Shelf(layouts=tmp_path / "layouts", layout="card")
    assert shelf.fetch("art:mark.svg").data == b"<svg/>"
    for name in ("mark.svg/", "./mark.svg", "x/../mark.svg", "MARK.SVG", "mark.svg\0", ""):
        with pytest.raises(RefusedError):
            shelf.fetch(f"art:{name}")


FORBIDDEN = {
    "{% include 'x' %}": "{% include %}",
    "{% import 'x' as y %}": "{% import %}",
    "{% extends 'x' %}": "{% extends %}",
    "{% set a = 1 %}": "{% set %}",
    "{% macro a() %}{% endmacro %}": "{% macro %}",
    "{% block a %}{% endblock %}": "{% block %}",
    "{% with %}{% endwith %}": "{% with %}",
    "{{ order.id|upper }}": "a filter",
    "{{ ('{0.__class__}'|attr('format'))(order) }}": "a call",
    "{{ order.id|attr('x') }}": "a filter",
    "{{ order.__class__ }}": "begins with _",
    "{{ ''.__class__.__mro__ }}": "begins with _",
    "{{ cycler.__init__.__globals__ }}": "begins with _",
    "{% for x in range(10**9) %}{% endfor %}": "a call",
    "{{ 'a' * 10**9 }}": "arithmetic",
    "{{ order.id ~ order.id }}": "text joined with ~",
    "{{ order['id'] }}": "an index",
    "{{ 1 if order.id else 2 }}": "an inline if",
    "{% if order.id == 'x' %}{% endif %}": "a comparison",
    "{% if order.id is defined %}{% endif %}": "a test",
    "{% for x in lines recursive %}{% endfor %}": "a loop with conditions",
    "{% for x in lines if x.name %}{% endfor %}": "a loop with conditions",
    "{% for a in lines %}{% for b in lines %}{% for c in lines %}{% endfor %}{% endfor %}{% endfor %}": "2 deep",
}


@pytest.mark.parametrize("construct", FORBIDDEN)
def test_forbidden_constructs_are_named_and_never_run(tmp_path: Path, construct: str) -> None:
    html = HTML.replace("<h1>", f"\n{construct}<h1>")
    findings = check_layout(make_layout(html), KNOWN)
    found = [finding for finding in findings if finding.code == "layout.construct"]
    assert found
    assert all(finding.severity is Severity.ERROR for finding in found)
    assert str(found[0].where) == "layouts/card/slip.html:3"
    assert any(FORBIDDEN[construct] in finding.message for finding in found)
    document, refused = press(make_slip(), make_world(tmp_path, html), no_pictures)
    assert document is None
    assert {finding.code for finding in refused} == {"layout.construct"}


def test_the_layout_of_the_kit_is_sound() -> None:
    assert check_layout(make_layout(), KNOWN) == ()


def test_undeclared_variables_have_a_line_and_a_suggestion() -> None:
    html = HTML.replace("{{ line.name }}", "\n\n{{ line.nmae }}").replace("{{ locale }}", "{{ local }}")
    findings = {str(finding) for finding in check_layout(make_layout(html), KNOWN)}
    assert findings == {
        "layouts/card/slip.html:1: local: no variable 'local'; hint: did you mean 'locale'?",
        "layouts/card/slip.html:7: lines.nmae: no variable 'lines.nmae'; hint: did you mean 'lines.name'?",
    }


def test_a_star_declares_everything_below() -> None:
    layout = make_layout("{{ copy.offer.title }}{{ copies.offer }}")
    assert {finding.where.spot for finding in check_layout(layout, {"copy.*"})} == {"copies.offer"}


def test_loop_variables_end_with_their_loop() -> None:
    html = "{% for line in lines %}{{ line.name }}{{ loop.index }}{% endfor %}{{ line.name }}{{ loop.index }}"
    assert {finding.where.spot for finding in check_layout(make_layout(html), KNOWN)} == {"line.name", "loop.index"}


def test_broken_jinja_has_its_line() -> None:
    findings = check_layout(make_layout("<p>\n{% for x in lines %}"), KNOWN)
    assert [finding.code for finding in findings] == ["layout.syntax"]
    assert findings[0].where.line == 2


@pytest.mark.parametrize(
    "place",
    [
        "<p class={{ order.id }}>",
        "<p class=a{{ order.id }}>",
        "<p {{ order.id }}>",
        "<p {{ order.id }}='x'>",
        "<{{ order.id }}>",
        "</{{ order.id }}>",
        "<p style='color:{{ order.id }}'>",
        "<p onclick='{{ order.id }}'>",
        "<style>p{color:{{ order.id }}}</style>",
        "<!-- {{ order.id }} -->",
    ],
)
def test_variables_stand_only_where_escaping_helps(place: str) -> None:
    findings = check_layout(make_layout(HTML.replace("<h1>", f"\n{place}<h1>")), KNOWN)
    assert {(finding.code, str(finding.where)) for finding in findings} == {
        ("layout.place", "layouts/card/slip.html:3")
    }


@pytest.mark.parametrize(
    "element",
    [
        "<script></script>",
        "<iframe>",
        "<object>",
        "<embed>",
        "<base href='x'>",
        "<link rel=attachment href='x'>",
        "<form>",
    ],
)
def test_elements_that_have_no_business_on_paper_are_refused(element: str) -> None:
    assert [finding.code for finding in check_layout(make_layout(HTML.replace("<h1>", f"{element}<h1>")), KNOWN)] == [
        "layout.element"
    ]


def test_keys_that_are_names_of_dict_methods_are_texts(tmp_path: Path) -> None:
    copy = {**make_slip().copy, "items": {"keys": "of the house", "update": "later"}}
    world = make_world(tmp_path, HTML.replace("<h1>", "<p>{{ copy.items.keys }} {{ copy.items.update }}</p><h1>"))
    document, findings = press(make_slip(copy=copy), world, no_pictures)
    assert findings == ()
    assert document is not None
    assert "ofthehouselater" in words(document)


def test_attributes_of_python_objects_are_out_of_reach(tmp_path: Path) -> None:
    world = make_world(tmp_path, HTML.replace("<h1>", "<p>{{ order.id.format }}</p><h1>"))
    document, findings = press(make_slip(), world, no_pictures)
    assert document is None
    assert [finding.code for finding in findings] == ["variable.undefined"]


def test_the_title_holds_no_personal_data(tmp_path: Path) -> None:
    html = HTML.replace("<head>", "<head><title>{{ ship_to.name }}</title>")
    document, _ = press(replace(make_slip()), make_world(tmp_path, html), no_pictures)
    assert document is not None
    with pikepdf.open(io.BytesIO(document.data)) as pdf:
        assert "Eleanor" not in " ".join(str(value) for value in pdf.docinfo.values())
