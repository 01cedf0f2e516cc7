"""Rows → bytes, safe to open in a spreadsheet."""

import re
from collections.abc import Iterable, Sequence

#: What a spreadsheet takes for the start of a formula, plain or full-width.
_STARTS = "=+\\-@＝＋－＠"
#: A cell that starts like one, or would where the spreadsheet parts cells at another sign than our comma.
_STARTING = rf"(?=[ \"]*[{_STARTS}])"
_PARTED = r"(?<=[;\t|\r\n])"
_FORMULA = re.compile(rf"^(?=[\t\r\n])|(?:^|{_PARTED}){_STARTING}")
#: The apostrophe before it.
_GUARD = re.compile(rf"^'(?=[\t\r\n])|(?:^|{_PARTED})'{_STARTING}")


def safe_cell(text: str) -> str:
    """The text as a spreadsheet shows it and never runs it: what could start a formula gets a leading apostrophe.

    Inside a cell too, after a sign that another country's spreadsheet parts cells at.
    Source: OWASP, CSV Injection.
    """
    return _FORMULA.sub("'", text)


def bare_cell(text: str) -> str:
    """The text that a safe cell was made of, for what we wrote ourselves and read again."""
    bare = _GUARD.sub("", text)
    return bare if safe_cell(bare) == text else text


def write_csv(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    bom: bool = False,
    delimiter: str = ",",
    line_end: str = "\n",
) -> bytes:
    """A CSV in UTF-8, quoted where needed; cells are written as given, see `safe_cell`.

    Our own quoting: before 3.13 Python's writer leaves a lone carriage return bare, which splits the row on reading.
    Source: RFC 4180, 2.
    """
    lines = (_row(cells, delimiter) + line_end for cells in (header, *rows))
    return "".join(lines).encode("utf-8-sig" if bom else "utf-8")


def _row(cells: Sequence[str], delimiter: str) -> str:
    text = delimiter.join(_quoted(cell, delimiter) for cell in cells)
    return text or '""'


def _quoted(cell: str, delimiter: str) -> str:
    if '"' in cell or delimiter in cell or "\n" in cell or "\r" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell
