"""Stumbling: an exception that WeasyPrint itself ends in over a layout, told apart from a bug of packslip."""

from collections.abc import Iterator
from itertools import dropwhile
from pathlib import Path
from traceback import walk_tb

import tinycss2
import weasyprint

import packslip
from packslip.press.pieces import LogLine

#: Templates of the lines that tell of it, as if WeasyPrint had logged them.
STUMBLED_AT = "WeasyPrint ends in %s over the rule at %d:%d"
STUMBLED = "WeasyPrint ends in %s over this layout"

#: What WeasyPrint ends in where it meets a value that it does not foresee.
STUMBLES = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

_HOUSE = str(Path(packslip.__file__).parent)
_WEASYPRINT = str(Path(weasyprint.__file__).parent)


def is_stumble(fault: Exception) -> bool:
    """Whether WeasyPrint raised it with nothing of packslip in between, so that what it was given led there."""
    files = [frame.f_code.co_filename for frame, _ in walk_tb(fault.__traceback__)]
    inside = list(dropwhile(_is_ours, files))
    return bool(inside) and inside[0].startswith(_WEASYPRINT) and not any(map(_is_ours, inside))


def stumble(fault: Exception, *, sheet: str = "", place: tuple[int, int] | None = None) -> LogLine:
    """The line that tells of it; an exception's own text may hold a customer's data, so its class alone is named."""
    name = type(fault).__name__
    template, args = (STUMBLED, (name,)) if place is None else (STUMBLED_AT, (name, *place))
    return LogLine(serious=True, template=template, args=args, text=template % args, sheet=sheet)


def rules_of(css: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Line and column of each rule of a style sheet, and its text."""
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type != "error":
            yield (rule.source_line, rule.source_column), rule.serialize()


def _is_ours(file: str) -> bool:
    return file.startswith(_HOUSE)
