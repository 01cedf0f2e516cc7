"""Ending: whether a file may have been cut off, told by how it ends; and how many rows it has.

A file cut exactly after a line end cannot be told from a whole one; only its sender can say so.
"""

import codecs

from packslip.csvfile import Row, Table
from packslip.intake.plan import make_plan
from packslip.intake.reading import read_drop_table
from packslip.library.mappings import OrderMapping, Scope
from packslip.model import Drop, End, Ending
from packslip.settings import LimitSettings

_LINE_ENDS = (b"\n", b"\r", b"\n\0", b"\r\0", b"\0\n", b"\0\r", b"\x1a")
_RARE_LETTERS = (0xC2, 0xC3)  #: in legacy codes letters that no word ends with
_UNCLOSED = "row.unclosed_quote"


def ending_of(drop: Drop, mapping: OrderMapping, limits: LimitSettings) -> Ending:
    """How a drop's file ends. Never raises for what the bytes hold; what is no CSV at all counts as whole."""
    data = drop.spool.read_bytes()
    if not data.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        return Ending(end=End.CUT, reason="it is empty", rows=0)
    if _ends_within_a_character(data):
        return Ending(end=End.CUT, reason="it ends within a character")
    table = read_drop_table(drop, mapping, limits)
    if not table.is_usable:
        cut = any(fault.code == _UNCLOSED for fault in table.findings)
        return Ending(end=End.CUT, reason="its header ends within a quotation") if cut else Ending(end=End.WHOLE)
    count, last = 0, None
    for row in table.rows:
        count, last = count + 1, row
    cut_off = _cut_off(last, is_padded=mapping.shape.pads_rows)
    if cut_off and not _is_footer(last, table, mapping):
        return Ending(end=End.CUT, reason=cut_off, rows=count)
    opened = "it is a header alone" if last is None else "" if data.endswith(_LINE_ENDS) else "its last line has no end"
    return Ending(end=End.OPEN if opened else End.WHOLE, reason=opened, rows=count)


def _cut_off(last: Row | None, *, is_padded: bool) -> str:
    if last is None:
        return ""
    if last.fault is not None and last.fault.code == _UNCLOSED:
        return f"it ends within a quotation that opens on line {last.line} or before"
    if last.missing and not is_padded:
        width = len(last.cells)
        return f"its last row, on line {last.line}, has {width - last.missing} of {width} cells"
    return ""


def _is_footer(last: Row | None, table: Table, mapping: OrderMapping) -> bool:
    """Whether the mapping leaves the last row out as no order's."""
    if last is None or last.fault is not None or not mapping.skips:
        return False
    plan, _ = make_plan(table, mapping)
    rule = plan.skip_rule(last.cells) if plan else None
    return rule is not None and rule.scope is Scope.ROW


def _ends_within_a_character(data: bytes) -> bool:
    """Whether the last character of UTF-8 or UTF-16 is there in part only."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return len(data) % 2 == 1
    tail = data[-3:]
    for length, lead in ((1, 0xC2), (2, 0xE0), (3, 0xF0)):
        start = tail[-length:]
        if len(start) == length and lead <= start[0] <= 0xF4 and all(0x80 <= byte < 0xC0 for byte in start[1:]):
            return start[0] in _RARE_LETTERS or _is_utf8(data[:-length])
    return False


def _is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8 and hold more than ASCII, so that what follows is no letter of a legacy code."""
    try:
        return not data.decode("utf-8").isascii()
    except UnicodeDecodeError:
        return False
