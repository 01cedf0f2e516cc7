"""Layouts that would be programs: every construct beyond the three allowed is refused, and would reach nothing."""

from pathlib import Path

import pytest
from jinja2 import TemplateError
from press_kit import CSS, HTML, make_layout, make_slip, make_world, no_pictures

from packslip.model import Finding, Severity
from packslip.press import check_layout, check_styles, press, template
from packslip.press.weasy import watching

ESCAPES = (
    "{{ order.id.__class__ }}",
    "{{ order.__init__.__globals__ }}",
    "{{ lines.__len__ }}",
    "{{ lines.__class__.__base__.__subclasses__() }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
    "{{ self._TemplateReference__context }}",
    "{% for x in lines %}{{ loop._iterator }}{% endfor %}",
    "{% for x in lines %}{{ loop.changed(x) }}{% endfor %}",
    "{% for x in lines %}{{ loop(lines) }}{% endfor %}",
    "{{ '{0.__class__.__init__.__globals__}'.format(order) }}",
    "{{ '%s' % order }}",
    "{{ '%c' * 99999999 }}",
    "{{ 'x'.center(999999999) }}",
    "{{ ('x' * 9999)|list }}",
    "{{ lines|map(attribute='__class__')|list }}",
    "{{ lines|attr('__class__') }}",
    "{{ order|tojson }}",
    "{{ order.id|safe }}",
    "{{ order.id|replace('O', '<script>') }}",
    "{{ lipsum.__globals__.os.popen('id').read() }}",
    "{{ lipsum(n=99999) }}",
    "{{ cycler('a', 'b').next() }}",
    "{{ joiner() }}",
    "{{ namespace(a=1).a }}",
    "{{ dict(a=1) }}",
    "{{ range(10**9)|sum }}",
    "{{ 10**10**10 }}",
    "{{ 9 * 9 }}",
    "{{ -9 }}",
    "{{ [order, order] }}",
    "{{ (order, order) }}",
    "{{ {'a': order} }}",
    "{{ order.id[0] }}",
    "{{ order.id[::-1] }}",
    "{{ 'a' in order.id }}",
    "{{ order.id == 'x' }}",
    "{{ order.id is string }}",
    "{{ order.id is callable }}",
    "{{ super() }}",
    "{{ caller() }}",
    "{{ varargs }}{{ kwargs() }}",
    "{{ order.id if order.id }}",
    "{{ true }}",
    "{{ none }}",
    "{{ 'a text of its own' }}",
    "{% import 'os' as os %}",
    "{% from 'x' import y %}",
    "{% extends '/etc/passwd' %}",
    "{% include ['a', 'b'] ignore missing %}",
    "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
    "{% call a() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% set a %}{{ order.id }}{% endset %}",
    "{% set ns.a = 1 %}",
    "{% autoescape false %}{{ order.id }}{% endautoescape %}",
    "{% with a = order %}{% endwith %}",
    "{% block a scoped %}{% endblock %}",
    "{% for a, b in lines %}{% endfor %}",
    "{% for a in 'abc' %}{% endfor %}",
    "{% for a in lines recursive %}{{ loop(lines) }}{% endfor %}",
    "{% for a in lines if a.__class__ %}{% endfor %}",
    "{% if order.id.__class__ %}{% endif %}",
    "{% elif %}",
    "{% trans %}x{% endtrans %}",
    "{% do lines.append(1) %}",
    "{% debug %}",
    "{% break %}",
)
#: What the sandbox alone would let through, were the list of constructs not read first: nothing of Python.
WALLS = (
    "{{ order.id.__class__ }}",
    "{{ order.id.upper }}",
    "{{ order.keys }}",
    "{{ order['id'] }}",
    "{{ lines[0] }}",
    "{{ lines.append }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ range(9) }}",
    "{{ lipsum() }}",
    "{{ order.id|upper }}",
    "{{ order.id is defined }}",
    "{{ self.__init__ }}",
    "{% for x in lines %}{{ loop.__class__ }}{{ loop.nextitem }}{% endfor %}",
)
DEEP = (
    "{% if locale %}" * 3000 + "{% endif %}" * 3000,
    "{{ " + "(" * 20_000 + "locale" + ")" * 20_000 + " }}",
    "{{ locale" + ".a" * 20_000 + " }}",
    "{{ " + "not " * 20_000 + "locale }}",
    "{{ " + " and ".join(["locale"] * 20_000) + " }}",
)


@pytest.mark.parametrize("construct", ESCAPES)
def test_no_construct_runs(tmp_path: Path, construct: str) -> None:
    html = HTML.replace("<h1>", f"{construct}<h1>")
    found = [finding for finding in check_layout(make_layout(html), {"*"}) if finding.severity is Severity.ERROR]
    assert {finding.code for finding in found} & {"layout.construct", "layout.syntax"}
    document, refused = press(make_slip(), make_world(tmp_path, html), no_pictures)
    assert document is None
    assert {finding.code for finding in refused} <= {"layout.construct", "layout.syntax"}


@pytest.mark.parametrize("construct", WALLS)
def test_behind_the_list_stands_a_sandbox(construct: str) -> None:
    for environment in (template._ENVIRONMENT, template._MARKING):
        with pytest.raises(TemplateError):
            environment.from_string(construct).render(make_slip().namespace())


@pytest.mark.parametrize("text", DEEP, ids=["ifs", "brackets", "dots", "nots", "ands"])
def test_a_layout_nested_too_deep_is_a_finding(tmp_path: Path, text: str) -> None:
    """Checking a layout runs where the command runs, so that it may not end it."""
    html = HTML.replace("<h1>", f"{text}<h1>")
    assert {finding.code for finding in check_layout(make_layout(html), {"*"})} == {"layout.syntax"}
    document, refused = press(make_slip(), make_world(tmp_path, html), no_pictures)
    assert document is None
    assert [finding.code for finding in refused] == ["layout.syntax"]


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.code, f"{finding.where}: {finding.message}") for finding in findings]


def test_css_that_weasyprint_stumbles_over_is_a_fault_of_the_layout(tmp_path: Path) -> None:
    """An address by `attr()` is read by half of it, then an assertion fails."""
    world = make_world(tmp_path, css=f"{CSS}h1 {{ background-image: attr(title url) }}\n")
    line = CSS.count("\n") + 1
    over = f"layouts/card/slip.css:{line}: WeasyPrint ends in AssertionError over the rule at {line}:1"
    assert told(check_styles(world)) == [("layout.stumbles", over)]
    assert told(press(make_slip(), world, no_pictures)[1]) == [("layout.stumbles", over)]


@pytest.mark.parametrize("reference", [False, True])
def test_a_style_of_an_element_that_weasyprint_stumbles_over_is_a_fault_of_the_layout(
    tmp_path: Path, reference: bool
) -> None:
    html = HTML.replace("<h1>", '<h1 style="background-image: attr(title url)">')
    document, findings = press(make_slip(), make_world(tmp_path, html), no_pictures, reference=reference)
    assert document is None
    over = "layouts/card/slip.css: WeasyPrint ends in AssertionError over this layout"
    assert told(findings) == [("layout.stumbles", over)]


def test_a_bug_of_packslip_inside_weasyprint_is_no_fault_of_the_layout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> object:
        raise AssertionError("Eleanor Fitzgerald")

    monkeypatch.setattr(watching, "_look", broken)
    with pytest.raises(AssertionError, match="Eleanor"):
        press(make_slip(), make_world(tmp_path), no_pictures, reference=True)
