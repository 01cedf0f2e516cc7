"""Rows → bytes, safe to open in a spreadsheet."""

import re
from collections.abc import Iterable, Sequence

_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_BREAKS = ("\t", "\r", "\n")
_HIDDEN_START = re.compile(r"([;|\t\r\n][\s\"']*)(?=[=+\-@＝＋－＠])")


def safe_cell(text: str) -> str:
    """The text as a spreadsheet shows it and never runs it: what could start a formula gets a leading apostrophe.

    So does what starts one where a spreadsheet parts our rows at another mark than the comma, as it does by country.
    Source: OWASP, CSV Injection.
    """
    text = _HIDDEN_START.sub(r"\1'", text)
    starts = text.startswith(_BREAKS) or text.lstrip().startswith(_FORMULA_STARTS)
    return f"'{text}" if starts else text


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
