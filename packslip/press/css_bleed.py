"""CSS bleed: what a layout says in @page of bleed and marks, where that is not for the layout to say.

Bleed belongs to the media and marks to the sheet; a layout may widen the one where the device prints to the edge.
"""

from collections.abc import Iterable, Iterator

import tinycss2
from tinycss2.ast import AtRule, Declaration, Node

from packslip.model import Finding, Where, error
from packslip.settings import MediaSettings

_NOTHING = frozenset({"0", "auto", "none"})


def check_bleed(css: str, file: str, media_name: str, media: MediaSettings) -> Iterator[Finding]:
    """Bleed that a device with unprintable margins cannot print, and marks that would be drawn twice."""
    for rule in _page_rules(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)):
        for said in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
            if not isinstance(said, Declaration) or _is_nothing(said):
                continue
            where = Where(file=file, line=said.source_line, spot=f"@page {{ {said.lower_name} }}")
            if said.lower_name.startswith("bleed") and any(media.unprintable_mm):
                message = f"bleed on {media_name!r}, which has unprintable margins"
                yield error("page.bleed", where, message, "leave bleed out, or choose media that print to the edge")
            elif said.lower_name == "marks":
                message = "marks are drawn around slips on a sheet, not by their layout"
                yield error("page.marks", where, message, "leave them out; an imposition in packslip.toml has marks")


def _page_rules(rules: Iterable[Node]) -> Iterator[AtRule]:
    for rule in rules:
        if not isinstance(rule, AtRule) or rule.content is None:
            continue
        if rule.lower_at_keyword == "page":
            yield rule
        elif rule.lower_at_keyword in {"media", "supports"}:
            yield from _page_rules(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True))


def _is_nothing(said: Declaration) -> bool:
    values = [token for token in said.value if token.type not in {"whitespace", "comment"}]
    return all(token.serialize() in _NOTHING or getattr(token, "value", None) == 0 for token in values)
