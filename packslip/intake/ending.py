"""Ending: whether a file may have been cut off, told by how it ends; and how many rows it has.

A file cut exactly after a line end cannot be told from a whole one; only its sender can say so. Of the file no more
than a piece and a row are in memory at a time.
"""

import codecs

from packslip.csvfile import Content, Row, Table
from packslip.intake.plan import make_plan
from packslip.intake.reading import read_drop_table
from packslip.library.mappings import OrderMapping, Scope
from packslip.model import Drop, End, Ending
from packslip.settings import LimitSettings

_LINE_ENDS = (b"\n", b"\r", b"\n\0", b"\r\0", b"\0\n", b"\0\r", b"\x1a")
_BLANK = b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"
_TAIL = 3  #: bytes at the end that tell of its last character and line
_RARE_LETTERS = (0xC2, 0xC3)  #: in legacy codes letters that no word ends with
_UNCLOSED = "row.unclosed_quote"


def ending_of(drop: Drop, mapping: OrderMapping, limits: LimitSettings) -> Ending:
    """How a drop's file ends. Never raises for what the bytes hold; what is no CSV at all counts as whole."""
    content = Content(source=drop.spool)
    if not any(piece.strip(_BLANK) for piece in content.pieces()):
        return Ending(end=End.CUT, reason="it is empty", rows=0)
    size = drop.spool.stat().st_size
    tail = next(content.pieces(max(size - _TAIL, 0)), b"")
    if _ends_within_a_character(content, tail, size):
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
    opened = "it is a header alone" if last is None else "" if tail.endswith(_LINE_ENDS) else "its last line has no end"
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


def _ends_within_a_character(content: Content, tail: bytes, size: int) -> bool:
    """Whether the last character of UTF-8 or UTF-16 is there in part only."""
    if content.head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return size % 2 == 1
    for length, lead in ((1, 0xC2), (2, 0xE0), (3, 0xF0)):
        start = tail[-length:]
        if len(start) == length and lead <= start[0] <= 0xF4 and all(0x80 <= byte < 0xC0 for byte in start[1:]):
            return start[0] in _RARE_LETTERS or _is_utf8(content, size - length)
    return False


def _is_utf8(content: Content, size: int) -> bool:
    """Whether the first `size` bytes are UTF-8 and hold more than ASCII: then what follows is no letter of another."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_ascii, left = True, size
    try:
        for piece in content.pieces():
            is_ascii = decoder.decode(piece[:left], final=len(piece) >= left).isascii() and is_ascii
            left -= len(piece[:left])
    except UnicodeDecodeError:
        return False
    return not is_ascii
