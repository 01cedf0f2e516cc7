"""The bytes of a CSV → header and rows.

`Table.rows` may be walked as often as one likes; each walk decodes and parses anew and holds one row at a time.
"""

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from packslip.csvfile.encoding import Encoding, detect_encoding, is_wide
from packslip.csvfile.faults import Fault
from packslip.csvfile.records import MOST_CELL_CHARS, MOST_LINE_CHARS, Record, Records

__all__ = ["MOST_CELL_CHARS", "Row", "Table", "column_letters", "read_table"]

_SEP_LINE = re.compile(r'^"?sep=(.)"?[\r\n]*$', re.IGNORECASE)
_BINARY = ((b"PK\x03\x04", "a zip archive or Excel workbook"), (b"%PDF", "a PDF"), (b"\x89PNG", "a picture"),
           (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"), (b"\x1f\x8b", "a gzip archive"),
           (b"\xd0\xcf\x11\xe0", "an old Excel workbook"), (b"SQLite format 3", "a database"),
           (b"\x7fELF", "a program"))  # fmt: skip
_BINARY_DATA = Fault(code="file.not_csv", message="no CSV but binary data", hint="export the orders as CSV")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1a"))
_SAMPLE = 1 << 16
_MOST_PREAMBLE = 500  #: rows looked at for the header
_BLANKS = re.compile(r"[\s\u00a0\ufeff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row, cells in the order of the header and as many."""

    line: int  #: file line where the row starts, counted from 1
    cells: tuple[str, ...]  #: as given; missing ones are ""
    missing: int = 0  #: how many cells the row has less than the header
    fault: Fault | None = None  #: with one, the cells tell whom the damage touches and nothing else


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Where the records come from."""

    data: bytes
    encoding: Encoding
    first: int  #: line where reading begins
    delimiter: str

    def text(self) -> io.TextIOWrapper:
        stream = io.BytesIO(self.data)
        stream.seek(self.encoding.mark)
        return io.TextIOWrapper(stream, encoding=self.encoding.codec, newline="")

    def records(self) -> Records:
        text = self.text()
        for _ in range(self.first - 1):
            while (part := text.readline(MOST_LINE_CHARS)) and part[-1] not in "\r\n":
                pass
        return Records(text, delimiter=self.delimiter, first_line=self.first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of a table, as often as wanted, one at a time."""

    source: _Source
    after: int  #: line of the header
    width: int
    max_field: int

    def __iter__(self) -> Iterator[Row]:
        width, most = self.width, self.max_field
        for record in self.source.records():
            cells = record.cells
            if record.line <= self.after:
                continue
            if record.fault is None and len(cells) == width and len(max(cells, key=len)) <= most:
                if any(map(str.strip, cells)):
                    yield Row(line=record.line, cells=tuple(cells))
            elif record.fault or any(map(str.strip, cells)):
                yield self._odd(record)

    def _odd(self, record: Record) -> Row:
        """A row that is damaged, too short, too wide or holds a cell that is too long."""
        cells = record.cells[: self.width]
        missing = self.width - len(cells)
        fault = record.fault or self._fault(record.cells)
        kept = tuple(cell[: self.max_field] for cell in cells) + ("",) * missing
        if fault:
            fault = replace(fault, line=record.line)
        return Row(line=record.line, cells=kept, missing=missing, fault=fault)

    def _fault(self, cells: list[str]) -> Fault | None:
        if any(cell.strip() for cell in cells[self.width :]):
            return Fault(
                code="row.too_wide",
                message=f"{len(cells)} cells under a header of {self.width} columns",
                hint="put cells that hold the delimiter in quotation marks",
            )
        for number, cell in enumerate(cells[: self.width]):
            if len(cell) > self.max_field:
                return Fault(
                    code="cell.too_long",
                    spot=column_letters(number),
                    message=f"a cell of {len(cell)} characters; at most {self.max_field}",
                    hint="shorten it",
                )
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A CSV with its header read; with an error among `findings` it has no rows that may be used."""

    name: str
    header: tuple[str, ...]  #: stripped; "" for a column without a name
    header_line: int
    rows: Rows | tuple[Row, ...]
    encoding: str
    delimiter: str
    findings: tuple[Fault, ...]

    @property
    def is_usable(self) -> bool:
        """Whether no fault forbids to use the rows."""
        return _is_sound(self.findings)


def column_letters(number: int) -> str:
    """What a spreadsheet calls a column, 0 being A."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def read_table(
    data: bytes,
    *,
    name: str,
    delimiters: str = ",;\t|",
    max_columns: int,
    max_field: int,
    encoding: str = "",
    delimiter: str = "",
    skip_lines: int = 0,
    header_holds: tuple[str, ...] = (),
) -> Table:
    """The table a file's bytes hold; the delimiter is the one that most often parts the header's cells.

    `skip_lines` lines of preamble are passed over, or all until a row with every name of `header_holds`. Rows in which
    every cell is blank are left out. Never raises for what the bytes hold.
    """
    fault = _no_text(data)
    if fault:
        return _broken(name, (fault,))
    found = detect_encoding(data, named=encoding)
    if not _is_sound(found.faults):
        faults = (_BINARY_DATA,) if _share_of_controls(data) > 0.02 and not is_wide(data) else found.faults
        return _broken(name, faults, codec=found.codec)
    source = _Source(data=data, encoding=found, first=skip_lines + 1, delimiter=delimiter)
    if not skip_lines and (sep := _SEP_LINE.match(source.text().readline(16))):
        source = replace(source, first=2, delimiter=delimiter or sep[1])
    if not source.delimiter:
        source = replace(source, delimiter=_sniffed(source, delimiters, header_holds))
    head = _head(source, header_holds)
    if head is None:
        return _broken(name, (*found.faults, _headless(header_holds)), codec=found.codec, delimiter=source.delimiter)
    header, faults = _named_columns(head, max_columns)
    faults = (*found.faults, *faults)
    rows = Rows(source=source, after=head.line, width=len(header), max_field=min(max_field, MOST_CELL_CHARS))
    return Table(
        name=name,
        header=header,
        header_line=head.line,
        rows=rows if _is_sound(faults) else (),
        encoding=found.codec,
        delimiter=source.delimiter,
        findings=faults,
    )


def _is_sound(faults: Iterable[Fault]) -> bool:
    return not any(fault.severity == "error" for fault in faults)


def _broken(name: str, faults: tuple[Fault, ...], *, codec: str = "", delimiter: str = "") -> Table:
    return Table(name=name, header=(), header_line=0, rows=(), encoding=codec, delimiter=delimiter, findings=faults)


def _no_text(data: bytes) -> Fault | None:
    if not data.strip(b"\0 \t\r\n"):
        return Fault(
            code="file.empty", message="the file is empty", hint="write a header row and one row for each line"
        )
    for start, what in _BINARY:
        if data.startswith(start):
            return Fault(code="file.not_csv", message=f"no CSV but {what}", hint="export the orders as CSV")
    if _share_of_controls(data) > 0.4 and not is_wide(data):
        return _BINARY_DATA
    return None


def _share_of_controls(data: bytes) -> float:
    sample = data[:_SAMPLE]
    return 1 - len(sample.translate(None, _CONTROLS)) / len(sample)


def _sniffed(source: _Source, delimiters: str, header_holds: tuple[str, ...]) -> str:
    """The delimiter that most often parts the cells of the header; the earlier one where they tie."""
    best, most = delimiters[0], 0
    for mark in delimiters:
        head = _head(replace(source, delimiter=mark), header_holds)
        if head is not None and len(head.cells) > max(most, 1):
            best, most = mark, len(head.cells)
    return best


def _head(source: _Source, header_holds: tuple[str, ...]) -> Record | None:
    """The header: the first row that is not blank, or that holds the given names."""
    for record in islice(source.records(), _MOST_PREAMBLE):
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


def _named_columns(head: Record, max_columns: int) -> tuple[tuple[str, ...], tuple[Fault, ...]]:
    names = [_BLANKS.sub(" ", cell).strip() for cell in head.cells]
    while names and not names[-1]:
        names.pop()
    if head.fault:
        return tuple(names), (replace(head.fault, line=head.line),)
    if len(names) > max_columns:
        message = f"{len(names)} columns; at most {max_columns}"
        return (), (
            Fault(code="header.too_many", line=head.line, message=message, hint="leave out what no slip needs"),
        )
    faults = []
    for name, times in Counter(names).items():
        places = ", ".join(column_letters(number) for number, other in enumerate(names) if other == name)
        if not name:
            faults.append(
                Fault(
                    code="header.blank",
                    line=head.line,
                    spot=places,
                    message="a column without a name is left out",
                    hint="name the column in the header row",
                    severity="warning",
                )
            )
        elif times > 1:
            faults.append(
                Fault(
                    code="header.duplicate",
                    line=head.line,
                    spot=places,
                    message=f"{times} columns are called {name[:40]!r}",
                    hint="give each column a name of its own",
                )
            )
    return tuple(names), tuple(faults)
