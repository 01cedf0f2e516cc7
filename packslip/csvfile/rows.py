"""Records → rows under a header of known width, as often as wanted, one at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from packslip.csvfile.faults import Fault
from packslip.csvfile.headers import column_letters
from packslip.csvfile.records import MOST_LINE_CHARS, Record
from packslip.csvfile.source import Damaged, Source


class Row(NamedTuple):
    """One row, cells in the order of the header and as many. A tuple, since a file may have millions of them."""

    line: int  #: file line where the row starts, counted from 1
    cells: tuple[str, ...]  #: as given; missing ones are ""
    missing: int = 0  #: how many cells the row has less than the header
    fault: Fault | None = None  #: with one, the cells tell whom the damage touches and nothing else


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of a table, as often as wanted, one at a time."""

    source: Source
    after: int  #: line of the header; 0 where there is none
    width: int
    max_field: int
    blanks: frozenset[str]  #: cells that mean nothing

    def __iter__(self) -> Iterator[Row]:
        is_quick = self.source.encoding.longest <= MOST_LINE_CHARS
        rows = self._quick() if is_quick else self._careful(self.source.first)
        return map(self._blanked, rows) if self.blanks else rows

    def _quick(self) -> Iterator[Row]:
        """Sound rows at the speed of the csv module; from the first damage on, carefully."""
        header, width, most = self.after, self.width, self.max_field
        is_short = self.source.encoding.longest <= most  # then no cell within one line is too long
        try:
            for line, after, cells in self.source.quick():
                if line <= header or not cells:
                    continue
                fits = (is_short and after == line + 1) or len(max(cells, key=len)) <= most
                if fits and len(cells) == width:
                    if cells[0].strip() or any(map(str.strip, cells)):
                        yield Row(line, tuple(cells))
                elif any(map(str.strip, cells)):
                    yield self._odd(Record(line=line, cells=cells))
        except Damaged as damaged:
            place = damaged.line
        else:
            return
        yield from self._careful(place)

    def _careful(self, first: int) -> Iterator[Row]:
        for record in self.source.records(first):
            if record.line <= self.after:
                continue
            cells = record.cells
            if record.fault is None and len(cells) == self.width and len(max(cells, key=len)) <= self.max_field:
                if any(map(str.strip, cells)):
                    yield Row(record.line, tuple(cells))
            elif record.fault or any(map(str.strip, cells)):
                yield self._odd(record)

    def _blanked(self, row: Row) -> Row:
        blanks = self.blanks
        if blanks.isdisjoint(map(str.strip, row.cells)):
            return row
        return row._replace(cells=tuple("" if cell.strip() in blanks else cell for cell in row.cells))

    def _odd(self, record: Record) -> Row:
        """A row that is damaged, too short, too wide or holds a cell that is too long."""
        cells = record.cells[: self.width]
        missing = self.width - len(cells)
        fault = record.fault or self._fault(record.cells)
        kept = tuple(cell[: self.max_field] for cell in cells) + ("",) * missing
        if fault:
            fault = replace(fault, line=record.line)
        return Row(record.line, kept, missing, fault)

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
