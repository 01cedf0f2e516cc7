"""Gaps: numbers or days that fall between the ranges of rows which are alike in all else, to a row that asks for none.

A hole so narrow that it was hardly left on purpose is always one; a wide one only between two ranges of numbers, and
where whoever falls through gets what neither of them says.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from packslip.decide.coverage import TooHardError
from packslip.decide.reaching import Example, Reach
from packslip.decide.telling import tell_customer, tell_outputs
from packslip.library.conditions import Cell, Sense, Span, spell_cell
from packslip.library.rule_headings import ConditionColumn
from packslip.library.rules import RuleRow, RuleTable
from packslip.library.words import Kind, Value
from packslip.model import Finding, note

_COUNTED = (Kind.WHOLE, Kind.NUMBER, Kind.DATE)
_MOST_MISSED = 3  #: whole numbers or days between two rows that were hardly left out on purpose
_SMALL_CHANGE = Decimal(1)  #: the same for other numbers


@dataclass(frozen=True, slots=True)
class _Rung:
    """One range of a row, in a column of numbers or days."""

    place: int  #: of the row
    span: Span

    @property
    def is_point(self) -> bool:
        return self.span.low == self.span.high


@dataclass(frozen=True, slots=True)
class _Hole:
    """What lies between two rungs."""

    column: ConditionColumn
    lower: _Rung
    upper: _Rung

    @property
    def span(self) -> Span:
        one, other = self.lower.span, self.upper.span
        return Span(low=one.high, high=other.low, low_within=not one.high_within, high_within=not other.low_within)

    @property
    def is_there(self) -> bool:
        """Whether anything can lie in it."""
        if self.span.low == self.span.high:
            return self.span.low_within and self.span.high_within
        if self.column.field.kind is Kind.NUMBER:
            return True
        first, last = self.ends
        return first <= last  # type: ignore[operator]

    @property
    def ends(self) -> tuple[Decimal | date, Decimal | date]:
        """The first and the last value in it; of numbers with decimals its ends."""
        span = self.span
        low, high = span.low, span.high
        if isinstance(low, date) and isinstance(high, date):
            return low + timedelta(days=not span.low_within), high - timedelta(days=not span.high_within)
        if not isinstance(low, Decimal) or not isinstance(high, Decimal):
            raise TypeError("a hole lies between two numbers or two days")
        if self.column.field.kind is Kind.WHOLE:
            return low + (not span.low_within), high - (not span.high_within)
        return low, high

    @property
    def was_missed(self) -> bool:
        """Whether so little is left out that it was hardly on purpose."""
        first, last = self.ends
        if isinstance(first, date) and isinstance(last, date):
            return (last - first).days < _MOST_MISSED
        if not isinstance(first, Decimal) or not isinstance(last, Decimal):
            return False
        if self.column.field.kind is not Kind.WHOLE:
            return last - first <= max(_SMALL_CHANGE, last / 20)
        is_milestone = (self.lower.is_point and self.lower.span.low != 0) or self.upper.is_point
        return last - first < (1 if is_milestone else _MOST_MISSED)

    def __str__(self) -> str:
        first, last = self.ends
        if first == last:
            return str(first)
        return f"from {first} to {last}" if self.column.field.kind is Kind.NUMBER else f"{first}..{last}"

    def holds(self, value: Value) -> bool:
        """Whether a value of the column lies in it."""
        if isinstance(value, date):
            return self.span.holds(value)
        return isinstance(value, int | Decimal) and self.span.holds(Decimal(value))


def find_gaps(reach: Reach, number: int, live: Sequence[int]) -> Iterator[Finding]:
    """A note for each gap in a table of a book, of whose rows some live."""
    table = reach.tables[number]
    for index, column in enumerate(table.conditions):
        if column.field.kind in _COUNTED:
            for rows in _ladders(table, live, index):
                for hole in _holes(table, rows, index):
                    yield from _tell(reach, number, index, hole)


def _ladders(table: RuleTable, live: Iterable[int], index: int) -> Iterable[list[int]]:
    """The rows that ask for numbers or days in a column, by what they ask elsewhere."""
    found: dict[tuple[Cell, ...], list[int]] = {}
    for place in live:
        cells = table.rows[place].cells
        if cells[index].sense is Sense.AMONG and cells[index].items:
            found.setdefault((*cells[:index], *cells[index + 1 :]), []).append(place)
    return [rows for rows in found.values() if len(rows) > 1]


def _holes(table: RuleTable, rows: Iterable[int], index: int) -> Iterator[_Hole]:
    """What lies between the ranges of some rows, where none of them holds it."""
    rungs = [
        _Rung(place, item) for place in rows for item in table.rows[place].cells[index].items if isinstance(item, Span)
    ]
    rungs.sort(key=lambda rung: (rung.span.low is not None, rung.span.low))
    top = rungs[0]
    for rung in rungs[1:]:
        if top.span.high is None:
            return
        if rung.span.low is None or rung.span.low < top.span.high:  # type: ignore[operator]
            top = _higher(top, rung)
            continue
        hole = _Hole(table.conditions[index], top, rung)
        if hole.is_there:
            yield hole
        top = _higher(top, rung)


def _higher(one: _Rung, other: _Rung) -> _Rung:
    mine, its = one.span, other.span
    if mine.high is None or its.high is None:
        return one if mine.high is None else other
    return other if (its.high, its.high_within) >= (mine.high, mine.high_within) else one


def _tell(reach: Reach, number: int, index: int, hole: _Hole) -> Iterator[Finding]:
    table = reach.tables[number]
    below, above = table.rows[hole.lower.place], table.rows[hole.upper.place]
    found = _who_falls(reach, number, index, hole)
    if found is None:
        return
    row, example = found
    is_meant = row.outputs in (below.outputs, above.outputs) or hole.column.field.kind is Kind.DATE
    if not hole.was_missed and (is_meant or hole.lower.is_point or hole.upper.is_point):
        return
    kind, path = hole.column.field.kind, hole.column.field.path
    message = (
        f"{path} {hole} is left out between {spell_cell(below.cells[index], kind)} (row {below.line}) and "
        f"{spell_cell(above.cells[index], kind)} (row {above.line}); "
        f"e.g. {tell_customer(example.values, example.outputs)} gets row {row.line}: {tell_outputs(row)}"
    )
    hint = "widen one of them, or leave it if it is meant"
    yield note("rules.gap", table.where(above.line, hole.column.index), message, hint)


def _who_falls(reach: Reach, number: int, index: int, hole: _Hole) -> tuple[RuleRow, Example] | None:
    """Somebody in a hole who meets what the rows around it ask elsewhere, and the row that catches them."""
    within = {hole.column.field.path: hole.holds}
    rungs = hole.lower.place, hole.upper.place
    for place, row in enumerate(reach.tables[number].rows):
        if place > max(rungs) and row.cells[index].sense is Sense.ANY:
            try:
                example = reach.example(number, [place], within=within, like=hole.lower.place, free=True)
            except TooHardError:
                return None
            if example is not None:
                return row, example
    return None
