"""Overflow: what leaves its place is found, and what stands where it should is not."""

from pathlib import Path

import pytest
from press_kit import A5, CSS, HTML, make_slip, make_world, no_pictures

from packslip.model import Finding, Severity
from packslip.press import press


def findings_of(tmp_path: Path, body: str, css: str = "", *, max_pages: int = 1) -> tuple[Finding, ...]:
    html = f"<!doctype html><html><body>{body}</body></html>"
    base = "@page{margin:10mm} body{margin:0;font:10pt/13pt Jost;color:#000} p{margin:0}"
    world = make_world(tmp_path, html, base + css, max_pages=max_pages)
    _, findings = press(make_slip(codes=()), world, no_pictures)
    return findings


FAULTS = {
    "a long word in a narrow column": (
        '<div class="column">Donaudampfschifffahrtsgesellschaft</div>',
        ".column{width:20mm}",
        "div.column: page 1, 10.3 mm from left, 10.7 mm from top: text is wider than div.column",
    ),
    "a long word in a cell of a fixed table": (
        "<table><tr><td class=a>Donaudampfschifffahrtsgesellschaft</td><td class=b>2</td></tr></table>",
        "table{table-layout:fixed;width:60mm;border-collapse:collapse} td{padding:0} .a{width:20mm}",
        "text is wider than td.a",
    ),
    "a long word in a grid": (
        '<div class="grid"><p>Donaudampfschifffahrtskapitänsmützenabzeichen</p><p>x</p></div>',
        ".grid{display:grid;grid-template-columns:20mm 20mm;width:40mm}",
        "text is wider than",
    ),
    "a line that may not wrap": (
        "<p class=n>one two three four five six</p>",
        ".n{width:20mm;white-space:nowrap}",
        "text is wider than p.n",
    ),
    "hidden overflow": (
        "<div class=box>one two three four five six seven eight</div>",
        ".box{width:20mm;height:10mm;overflow:hidden}",
        "text is cut off by div.box",
    ),
    "a fixed height": (
        "<div class=box>one two three four five six seven eight</div>",
        ".box{width:20mm;height:10mm}",
        "text sticks out of the fixed height of div.box",
    ),
    "a greatest height": (
        "<div class=box><p>one two three four five six seven eight</p></div>",
        ".box{width:20mm;max-height:10mm}",
        "text sticks out of the fixed height of div.box",
    ),
    "an ellipsis": (
        "<p class=n>one two three four five six</p>",
        ".n{width:20mm;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}",
        "ellipsis",
    ),
    "a foot over the text": (
        "<p style='margin-top:175mm'>the last line<br>and one more</p><div class=foot>returns within thirty days</div>",
        ".foot{position:absolute;left:0;top:177mm}",
        "text lies over the text of",
    ),
    "text pulled over other text": (
        "<h1>Welcome</h1><p class=up>to the house</p>",
        "h1{margin:0;font-size:20pt;line-height:22pt} .up{margin-top:-15pt}",
        "text lies over the text of h1",
    ),
    "text off the paper": (
        "<p class=out>gone with the wind</p>",
        ".out{position:absolute;left:120mm;white-space:nowrap}",
        "text comes closer than 4 mm to the edge",
    ),
    "text in the unsafe margin": (
        "<p class=out>close</p>",
        ".out{position:absolute;left:-8mm}",
        "text comes closer than 4 mm to the edge",
    ),
    "text moved off by a transform": (
        "<p class=out>moved</p>",
        ".out{transform:translate(0,-8mm)}",
        "text comes closer than 4 mm to the edge",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_overflow_is_found(tmp_path: Path, name: str) -> None:
    body, css, expected = FAULTS[name]
    findings = findings_of(tmp_path, body, css)
    assert findings, name
    assert {finding.code for finding in findings} == {"text.overflow"}
    assert all(finding.severity is Severity.ERROR for finding in findings)
    assert any(expected in str(finding) for finding in findings), [str(finding) for finding in findings]


SOUND = {
    "a column filled to the brim": (
        "<div class=column>one two three four five six seven</div>",
        ".column{width:20mm;text-align:justify}",
    ),
    "tight display type": (
        "<h1>Typography gjpqy</h1><p>Ålesund ÄÖÜ</p>",
        "h1{font:400 30pt/.9 'Cormorant Garamond';margin:0 0 1mm}",
    ),
    "italic that leans out": (
        "<p class=i>of half</p>",
        ".i{font:italic 400 30pt/30pt 'Cormorant Garamond';display:inline-block}",
    ),
    "a fixed height that holds": ("<div class=box>one line gjy</div>", ".box{height:13pt;overflow:hidden}"),
    "a row with a least height": ("<table><tr style='height:3mm'><td>one<br>two<br>three</td></tr></table>", ""),
    "text hung into the margin": (
        "<p class=h><b>1</b>one two three</p>",
        ".h{padding-left:5mm;text-indent:-5mm} b{display:inline-block;width:5mm;text-indent:0}",
    ),
    "text pulled out by intention": (
        "<div class=c><p class=p>wide enough for this line</p></div>",
        ".c{width:20mm;margin-left:20mm} .p{margin:0 -20mm}",
    ),
    "an absolute place beside the column": (
        "<div class=c>in<p class=p>beside the column</p></div>",
        ".c{width:20mm;position:relative} .p{position:absolute;left:30mm;width:60mm}",
    ),
    "a mark behind the text": (
        "<p class=mark>Ash</p><p>text on top of it</p>",
        ".mark{position:absolute;z-index:-1;font-size:40pt;line-height:40pt}",
    ),
    "letter spacing to the edge": (
        "<p class=s>one two three</p>",
        ".s{letter-spacing:2mm;text-align:right;width:90mm}",
    ),
    "an empty anchor": ("<p>text</p><p class=z>on its own</p>", ".z{height:0}"),
    "hyphenated words": (
        "<p lang=de class=n>Donaudampfschifffahrtsgesellschaftskapitän</p>",
        ".n{width:30mm;hyphens:auto}",
    ),
    "broken anywhere": (
        "<p class=n>Donaudampfschifffahrtsgesellschaftskapitän</p>",
        ".n{width:20mm;overflow-wrap:anywhere}",
    ),
    "floats": (
        "<p class=f>float</p><p>text that runs around the float for a while and then some more of it, down</p>",
        ".f{float:left;width:30mm;margin-right:4mm}",
    ),
    "two columns": (
        "<div class=k>one two three four five six seven eight nine ten eleven twelve</div>",
        ".k{columns:2;width:60mm}",
    ),
    "a turned label": ("<p class=t>upwards</p>", ".t{transform:rotate(-90deg);width:20mm;margin:20mm 0}"),
    "sub and superscript": ("<p>H<sub>2</sub>O and 1<sup>st</sup></p><p>next</p>", ""),
    "running head and foot": (
        "<div class=r>head <span class='page-of'></span></div><p>text</p>",
        ".r{position:running(r)} @page{@top-left{content:element(r);vertical-align:bottom}} .page-of{color:#333}",
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_pages_have_no_finding(tmp_path: Path, name: str) -> None:
    body, css = SOUND[name]
    assert findings_of(tmp_path, body, css) == ()


def test_a_finding_never_quotes_the_text(tmp_path: Path) -> None:
    html = HTML.replace('class="to"', 'class="to" style="width:10mm"')
    _, findings = press(make_slip(), make_world(tmp_path, html), no_pictures)
    assert findings
    assert all("Eleanor" not in str(finding) and "Fitzgerald" not in str(finding) for finding in findings)
    assert "p.to" in str(findings[0])


def test_more_pages_than_allowed(tmp_path: Path) -> None:
    findings = findings_of(tmp_path, "<p>one</p><p style='break-before:page'>two</p>")
    assert [(finding.code, finding.severity) for finding in findings] == [("pages.too_many", Severity.ERROR)]
    assert "2 pages, but the layout allows 1" in str(findings[0])
    assert findings_of(tmp_path, "<p>one</p><p style='break-before:page'>two</p>", max_pages=2) == ()


def test_endless_content_is_stopped(tmp_path: Path) -> None:
    body = "<p style='break-after:page'>x</p>" * 300
    world = make_world(tmp_path, f"<!doctype html><html><body>{body}</body></html>")
    document, findings = press(make_slip(codes=()), world, no_pictures)
    assert document is None
    assert [finding.code for finding in findings] == ["pages.too_many"]
    assert "more than 5 pages" in str(findings[0])


def test_a_blank_page_is_a_warning(tmp_path: Path) -> None:
    findings = findings_of(tmp_path, "<p>one</p><div style='break-before:page'></div>", max_pages=2)
    assert [(finding.code, finding.severity) for finding in findings] == [("page.blank", Severity.WARNING)]


def test_a_page_of_another_size_is_an_error(tmp_path: Path) -> None:
    findings = findings_of(tmp_path, "<p>one</p>", "@page{size:A6}")
    assert [finding.code for finding in findings] == ["page.size"]
    assert f"{A5.width_mm:g} × {A5.height_mm:g} mm" in str(findings[0])


def test_a_picture_off_the_paper_is_an_error(tmp_path: Path) -> None:
    body = "<svg class=big width='170mm' height='20mm'><rect width='10' height='10'/></svg><p>x</p>"
    assert [finding.code for finding in findings_of(tmp_path, body, "svg{display:block}")] == ["text.overflow"]


def test_a_code_in_too_small_a_place_and_text_over_a_code_are_errors(tmp_path: Path) -> None:
    world = make_world(tmp_path, css=CSS + "img{width:20mm;height:20mm}")
    assert "code.no_room" in {finding.code for finding in press(make_slip(), world, no_pictures)[1]}
    html = HTML.replace("</body>", "<p class=x>over the code</p></body>")
    world = make_world(tmp_path, html, CSS + ".x{position:absolute;left:4mm;top:52mm}")
    assert any("text lies over code 'review'" in str(finding) for finding in press(make_slip(), world, no_pictures)[1])
