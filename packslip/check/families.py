"""Whether every font family that a layout or a brand names is there: packslip never falls back to a machine's font."""

import difflib
from collections.abc import Iterable, Iterator

import tinycss2
from tinycss2.ast import Declaration, Node

from packslip.library.brands import Brand
from packslip.library.fonts import FontFile
from packslip.library.layouts import Layout
from packslip.model import Finding, Where, error

_GENERIC = frozenset(
    {
        "serif",
        "sans-serif",
        "monospace",
        "cursive",
        "fantasy",
        "system-ui",
        "ui-serif",
        "ui-sans-serif",
        "emoji",
        "math",
    }
)
_KEYWORDS = frozenset({"inherit", "initial", "unset"})


def check_families(
    layouts: Iterable[Layout], brands: Iterable[Brand], fonts: Iterable[FontFile]
) -> tuple[Finding, ...]:
    """A finding for each family named in CSS or in a brand's `[fonts]` that no file in layouts/fonts has."""
    known = {font.family.casefold(): font.family for font in fonts}
    named: list[tuple[str, Where]] = []
    for layout in layouts:
        named += _named_in_css(layout.css, f"layouts/{layout.name}/slip.css")
    for brand in brands:
        named += _named_in_css(brand.css, f"layouts/brands/{brand.styled_by}.css")
        for key, stack in brand.fonts.items():
            where = Where(file=brand.file, spot=f"fonts.{key}")
            named += [(family, where) for family in _families(tinycss2.parse_component_value_list(stack))]
    return tuple(
        _finding(family, where, known)
        for family, where in named
        if family.casefold() not in known and family.casefold() not in _KEYWORDS
    )


def _finding(family: str, where: Where, known: dict[str, str]) -> Finding:
    if family.casefold() in _GENERIC:
        return error("font.generic", where, f"{family} is the machine's choice", "name a family of layouts/fonts")
    near = difflib.get_close_matches(family.casefold(), known, n=1)
    hint = f"did you mean {known[near[0]]!r}?" if near else "put its font file into layouts/fonts"
    return error("font.missing", where, f"no font of family {family!r}", hint)


def _named_in_css(css: str, file: str) -> list[tuple[str, Where]]:
    return [
        (family, Where(file=file, line=declaration.source_line, spot=declaration.lower_name))
        for declaration in _declarations(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True))
        for family in _families(_family_part(declaration))
    ]


def _declarations(nodes: Iterable[Node]) -> Iterator[Declaration]:
    for node in nodes:
        content = getattr(node, "content", None)
        if content is None:
            continue
        for inner in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
            if inner.type == "declaration" and inner.lower_name in {"font-family", "font"}:
                yield inner
            elif inner.type in {"qualified-rule", "at-rule"}:
                yield from _declarations([inner])


def _family_part(declaration: Declaration) -> list[Node]:
    """The value of `font-family`, or what stands after size and line height in `font`."""
    value = [node for node in declaration.value if node.type not in {"comment"}]
    if declaration.lower_name == "font-family":
        return value
    sizes = [number for number, node in enumerate(value) if node.type in {"dimension", "percentage"}]
    return value[sizes[-1] + 1 :] if sizes else []


def _families(nodes: Iterable[Node]) -> Iterator[str]:
    """Family names of a comma list; `var()` stands for a brand's stack, which is checked where it is written."""
    words: list[str] = []
    for node in [*nodes, None]:
        if node is None or (node.type == "literal" and node.value == ","):
            if words:
                yield " ".join(words)
            words = []
        elif node.type in {"string", "ident"}:
            words.append(node.value)
