"""Markup of a layout: where a variable may stand, and which elements a slip has no use for.

Escaping makes a text harmless between tags and in quoted attributes, and nowhere else; so those are the only places.
Reads the layout as text, without WeasyPrint.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from packslip.model import Finding, Where, error

#: Elements that fetch, embed, run or link what never belongs on paper.
FORBIDDEN = frozenset(
    {"applet", "base", "button", "embed", "form", "frame", "iframe", "input", "object", "script", "textarea"}
)

_MARK = "variableinalayout"  # stands for a variable while the text is read as plain HTML; letters, to be seen in tags
_OUTPUT = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_STATEMENT = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_UNQUOTED = re.compile(rf"=\s*[^\s\"'<>]*{_MARK}")


def check_markup(html: str, file: str) -> tuple[Finding, ...]:
    """Variables in places where escaping does not help, and elements that may not be."""
    reader = _Reader(file)
    plain = _STATEMENT.sub(_blank, _OUTPUT.sub(lambda found: _MARK + _blank(found), html))
    reader.feed(plain)
    reader.close()
    return tuple(reader.findings)


def _blank(found: re.Match[str]) -> str:
    """As many line ends as the match had, so that lines keep their numbers."""
    return "\n" * found.group().count("\n")


class _Reader(HTMLParser):
    def __init__(self, file: str) -> None:
        super().__init__(convert_charrefs=True)
        self.findings: list[Finding] = []
        self._file = file

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in FORBIDDEN or (tag == "link" and dict(attrs).get("rel") != "stylesheet"):
            name = f"<{tag}>" if tag != "link" else f"<link rel={dict(attrs).get('rel')}>"
            self._add(
                "layout.element", f"{name} is not allowed in a layout", "a slip is paper: text, pictures and codes"
            )
        for place in self._unsafe(tag, attrs):
            self._add(
                "layout.place",
                f"a variable stands {place}",
                'write it between tags or in a quoted attribute, class="{{ x }}"',
            )

    def _unsafe(self, tag: str, attrs: list[tuple[str, str | None]]) -> Iterator[str]:
        if _MARK in tag or any(_MARK in name for name, _ in attrs):
            yield "in the name of a tag or attribute"
        if any(value and _MARK in value and (name == "style" or name.startswith("on")) for name, value in attrs):
            yield "in a style or event attribute"
        if _UNQUOTED.search(re.sub(r"\"[^\"]*\"|'[^']*'", "", self.get_starttag_text() or "")):
            yield "in an attribute without quotes"

    def handle_endtag(self, tag: str) -> None:
        if _MARK in tag:
            self._add("layout.place", "a variable stands in the name of a tag or attribute", "write it between tags")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem in {"script", "style"} and _MARK in data:
            self._add(
                "layout.place", f"a variable stands in <{self.cdata_elem}>", "use a class, or a variable of the brand"
            )

    def handle_comment(self, data: str) -> None:
        if _MARK in data:
            self._add("layout.place", "a variable stands in a comment", "use {# … #} for remarks")

    def _add(self, code: str, message: str, hint: str) -> None:
        self.findings.append(error(code, Where(file=self._file, line=self.getpos()[0]), message, hint))
