"""Decoded text → records with true file lines; a damaged record is told, never guessed.

Python's `csv` parses, strictly. What it refuses is given back line by line as *damaged* rows, read as well as may be,
so that the reader's owner can see which orders the damage touches. Memory stays bounded: a line or a record longer than
`MOST_LINE_CHARS` and a cell longer than `MOST_CELL_CHARS` are damage.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from packslip.csvfile.faults import Fault

MOST_LINE_CHARS = 1 << 20
#: the csv module's own limit for one cell; it is global to the process and stays untouched
MOST_CELL_CHARS = 131_072


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record, or one line of a damaged one."""

    line: int  #: where it starts
    cells: list[str]
    fault: Fault | None = None


class Records:
    """The records of a text, one pass."""

    def __init__(self, stream: io.TextIOWrapper, *, delimiter: str, first_line: int, quoted: bool = True) -> None:
        self._stream = stream
        self._delimiter = delimiter
        self._quoting = quoting_of(quoted=quoted)
        self._line = first_line - 1  #: last line taken from the stream
        self._taken: list[str] = []  #: lines of the record in hand
        self._chars = 0  #: of those lines
        self._cut = False  #: the last line was too long and has been cut
        self._ended = False  #: the file has no further line
        self._lost = False  #: a quote is open and nobody knows where it ends

    def __iter__(self) -> Iterator[Record]:
        reader = csv.reader(self._lines(), delimiter=self._delimiter, strict=True, quoting=self._quoting)
        while not self._lost:
            self._let_go()
            start = self._line + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield from self._damaged(start)
                continue
            if self._cut:
                yield from self._damaged(start)
            elif cells:
                yield Record(line=start, cells=cells)
        self._let_go()
        for line in self._lines():
            self._let_go()
            yield self._damaged_line(self._line, line, _UNCLOSED)

    def _let_go(self) -> None:
        self._taken.clear()
        self._chars = 0

    def _lines(self) -> Iterator[str]:
        readline = self._stream.readline
        taken = self._taken
        while self._chars <= MOST_LINE_CHARS and (line := readline(MOST_LINE_CHARS)):
            self._line += 1
            self._chars += len(line)
            if len(line) == MOST_LINE_CHARS and line[-1] not in "\r\n":
                self._skip_rest(line)
            taken.append(line)
            yield line
        self._ended = self._chars <= MOST_LINE_CHARS

    def _skip_rest(self, line: str) -> None:
        self._cut = True
        quotes = line.count('"')
        while part := self._stream.readline(MOST_LINE_CHARS):
            quotes += part.count('"')
            if part[-1] in "\r\n":
                break
        self._lost = self._lost or quotes % 2 == 1

    def _damaged(self, start: int) -> Iterator[Record]:
        """Every line of a record that cannot be read; after an open quote the rest of the file is in doubt."""
        too_large = not self._ended and sum(map(len, self._taken)) > MOST_CELL_CHARS
        if too_large and not self._cut:
            self._lost = len(self._taken) > 1 or self._taken[0].count('"') % 2 == 1
        fault = _QUOTES
        if self._lost or self._ended:
            fault = _UNCLOSED
        elif self._cut:
            fault = _LONG_LINE
        elif too_large:
            fault = _TOO_LARGE
        self._cut = False
        for offset, line in enumerate(self._taken):
            yield self._damaged_line(start + offset, line, fault)

    def _damaged_line(self, number: int, line: str, fault: Fault) -> Record:
        try:
            cells = next(csv.reader((line,), delimiter=self._delimiter, quoting=self._quoting), [])
        except csv.Error:
            cut = line[:MOST_CELL_CHARS]
            cells = next(csv.reader((cut,), delimiter=self._delimiter, quoting=self._quoting), [])
        return Record(line=number, cells=cells, fault=fault)


def quoting_of(*, quoted: bool) -> Literal[0, 3]:
    """The csv module's word for whether quotation marks enclose cells or are letters like any other."""
    return csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE


_QUOTES = Fault(
    code="row.quotes",
    message="quotation marks do not pair, the row cannot be read",
    hint='put "" for a quotation mark within quotes',
)
_UNCLOSED = Fault(
    code="row.unclosed_quote",
    message="a quotation mark opens and does not close, so nobody knows where the row ends",
    hint="the file may be cut off; close the quote or write the file anew",
)
_TOO_LARGE = Fault(
    code="cell.too_long",
    message=f"a cell is longer than {MOST_CELL_CHARS} characters",
    hint="shorten it",
)
_LONG_LINE = Fault(
    code="row.too_long",
    message=f"the line is longer than {MOST_LINE_CHARS} characters",
    hint="check the line ends and quotation marks of the file",
)
