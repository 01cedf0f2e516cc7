"""The bytes of a CSV → header and rows.

`Table.rows` may be walked as often as one likes; each walk decodes and parses anew and holds one row at a time.
"""

import re
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from packslip.csvfile.content import Content
from packslip.csvfile.encoding import detect_encoding, is_wide
from packslip.csvfile.faults import Fault
from packslip.csvfile.headers import named_columns
from packslip.csvfile.records import MOST_CELL_CHARS, Record
from packslip.csvfile.rows import Row, Rows
from packslip.csvfile.source import Source

_SEP_LINE = re.compile(r'^"?sep=(.)"?[\r\n]*$', re.IGNORECASE)
_BINARY = ((b"PK\x03\x04", "a zip archive or Excel workbook"), (b"%PDF", "a PDF"), (b"\x89PNG", "a picture"),
           (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"), (b"\x1f\x8b", "a gzip archive"),
           (b"\xd0\xcf\x11\xe0", "an old Excel workbook"), (b"SQLite format 3", "a database"),
           (b"\x7fELF", "a program"))  # fmt: skip
_BINARY_DATA = Fault(code="file.not_csv", message="no CSV but binary data", hint="export the orders as CSV")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1a"))
_MOST_PREAMBLE = 500  #: rows looked at for the header


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A CSV with its header read; with an error among `findings` it has no rows that may be used."""

    name: str
    header: tuple[str, ...]  #: stripped; "" for a column without a name, `Name#2` for the second of a name
    header_line: int
    rows: Rows | tuple[Row, ...]
    encoding: str
    delimiter: str
    findings: tuple[Fault, ...]
    repeated: tuple[str, ...] = ()  #: names that several columns have
    is_ended: bool = True  #: the last line has its end

    @property
    def is_usable(self) -> bool:
        """Whether no fault forbids to use the rows."""
        return _is_sound(self.findings)


def read_table(
    data: bytes | Path,
    *,
    name: str,
    delimiters: str = ",;\t|",
    max_columns: int,
    max_field: int,
    encoding: str = "",
    delimiter: str = "",
    quoted: bool = True,
    skip_lines: int = 0,
    header_holds: tuple[str, ...] = (),
    has_header: bool = True,
    may_repeat: bool = False,
    blanks: frozenset[str] = frozenset(),
) -> Table:
    """The table a file's bytes hold; the delimiter is the one that most often parts the header's cells.

    `skip_lines` lines of preamble are passed over, or all until a row with every name of `header_holds`. Rows in which
    every cell is blank are left out. Columns that share a name are an error unless `may_repeat`, which tells them apart
    as `Name`, `Name#2`. Never raises for what the bytes hold.

    Raises:
        OSError: the file cannot be read.
    """
    content = Content(source=data)
    fault = _no_text(content)
    if fault:
        return _broken(name, (fault,))
    found = detect_encoding(content, named=encoding)
    if not _is_sound(found.faults):
        is_binary = _share_of_controls(content.head) > 0.02 and not is_wide(content.head)
        return _broken(name, (_BINARY_DATA,) if is_binary else found.faults, codec=found.codec)
    source = Source(content=content, encoding=found, first=skip_lines + 1, delimiter=delimiter, quoted=quoted)
    if not skip_lines and (sep := _sep_line(source)):
        source = replace(source, first=2, delimiter=delimiter or sep)
    if not source.delimiter:
        source = replace(source, delimiter=_sniffed(source, delimiters, header_holds))
    head = _head(source, header_holds)
    if head is None:
        return _broken(name, (*found.faults, _headless(header_holds)), codec=found.codec, delimiter=source.delimiter)
    if has_header:
        header, repeated, faults = named_columns(head, max_columns, may_repeat=may_repeat)
    else:
        header, repeated, faults = ("",) * len(head.cells), (), ()
    faults = (*found.faults, *faults)
    after = head.line if has_header else 0
    most = min(max_field, MOST_CELL_CHARS)
    rows = Rows(source=source, after=after, width=len(header), max_field=most, blanks=blanks)
    return Table(
        name=name,
        header=header,
        header_line=after,
        rows=rows if _is_sound(faults) else (),
        encoding=found.codec,
        delimiter=source.delimiter,
        findings=faults,
        repeated=repeated,
        is_ended=found.is_ended,
    )


def _sep_line(source: Source) -> str:
    """The delimiter that a first line such as `sep=;` names, a spreadsheet's own way to say it."""
    with source.text() as text:
        found = _SEP_LINE.match(text.readline(16))
    return found[1] if found else ""


def _is_sound(faults: Iterable[Fault]) -> bool:
    return not any(fault.severity == "error" for fault in faults)


def _broken(name: str, faults: tuple[Fault, ...], *, codec: str = "", delimiter: str = "") -> Table:
    return Table(name=name, header=(), header_line=0, rows=(), encoding=codec, delimiter=delimiter, findings=faults)


def _no_text(content: Content) -> Fault | None:
    if not any(piece.strip(b"\0 \t\r\n") for piece in content.pieces()):
        return Fault(
            code="file.empty", message="the file is empty", hint="write a header row and one row for each line"
        )
    for start, what in _BINARY:
        if content.head.startswith(start):
            return Fault(code="file.not_csv", message=f"no CSV but {what}", hint="export the orders as CSV")
    if _share_of_controls(content.head) > 0.4 and not is_wide(content.head):
        return _BINARY_DATA
    return None


def _share_of_controls(head: bytes) -> float:
    return 1 - len(head.translate(None, _CONTROLS)) / len(head)


def _sniffed(source: Source, delimiters: str, header_holds: tuple[str, ...]) -> str:
    """The delimiter that most often parts the cells of the header; the earlier one where they tie."""
    best, most = delimiters[0], 0
    for mark in delimiters:
        head = _head(replace(source, delimiter=mark), header_holds)
        if head is not None and len(head.cells) > max(most, 1):
            best, most = mark, len(head.cells)
    return best


def _head(source: Source, header_holds: tuple[str, ...]) -> Record | None:
    """The header: the first row that is not blank, or that holds the given names."""
    with closing(source.records()) as records:
        for record in islice(records, _MOST_PREAMBLE):
            names = {cell.strip() for cell in record.cells}
            if names != {""} and names.issuperset(header_holds):
                return record
    return None


def _headless(header_holds: tuple[str, ...]) -> Fault:
    if header_holds:
        listed = ", ".join(header_holds)
        return Fault(
            code="header.not_found",
            message=f"no row holds the columns {listed}",
            hint="check [file] header_holds of the mapping",
        )
    return Fault(code="header.missing", message="no header row", hint="the first row names the columns")
