"""Which orders a table's rows catch, exactly, over a few sample values that stand for all.

Every column gets *witnesses*: values such that any other value behaves, in every cell of the column, like one of them
(the ends of the ranges, what lies between and outside, each text named and one that is not, unknown). A row is then a
box of bit masks, and to ask whether earlier rows cover it is to ask whether the box minus theirs is empty. Columns are
taken as independent, so a row may be called reachable that is not, never the other way round.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain, combinations, pairwise

from packslip.library.conditions import Cell, Literal, Sense, Span
from packslip.library.literals import fold
from packslip.library.rules import RuleTable
from packslip.library.words import Field, Kind, Value

Box = tuple[int, ...]

_MOST_CLASSES = 6
#: choices that an example names rather than others
_FAMILIAR = ("FR", "DE", "GB", "US", "EUR", "GBP", "USD")
#: for one question
MOST_STEPS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """A table's rows as boxes over its witnesses."""

    table: RuleTable
    witnesses: tuple[tuple[Value, ...], ...]  #: by condition column; empty where the column is not laid open
    boxes: tuple[Box, ...]  #: by row
    whole: Box  #: all that can come

    def gap(self, box: Box, others: Iterable[int]) -> Box | None:
        """A part of a box that none of some rows catches; None if they cover it all.

        Raises:
            TooHardError: the answer would take too long.
        """
        rows = [self.boxes[number] for number in others]
        return find_gap(box, rows, Budget(MOST_STEPS))

    def comparable(self, row: int) -> list[int]:
        """The earlier rows that can be compared with a row.

        Where a column is not laid open, those that ask there the same as the row, or nothing.
        """
        closed = [number for number, values in enumerate(self.witnesses) if not values]
        cells = self.table.rows[row].cells
        return [
            earlier
            for earlier in range(row)
            if all(
                other.sense is Sense.ANY or other == cells[number]
                for number, other in ((number, self.table.rows[earlier].cells[number]) for number in closed)
            )
        ]

    def example(self, box: Box) -> dict[str, Value]:
        """One value for each laid-open field, out of a box."""
        return {
            column.field.path: values[(mask & -mask).bit_length() - 1]
            for column, values, mask in zip(self.table.conditions, self.witnesses, box, strict=True)
            if values
        }


class TooHardError(Exception):
    """Rows overlap in so many ways that the answer would take too long."""


class Budget:
    """So many steps of reckoning, and no more."""

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def take(self) -> None:
        """Use one step.

        Raises:
            TooHardError: none is left.
        """
        self._steps -= 1
        if self._steps < 0:
            raise TooHardError


def lay_open(table: RuleTable) -> Coverage:
    """The coverage of a table."""
    columns: list[tuple[Value, ...]] = []
    masks: list[list[int]] = []
    for number, column in enumerate(table.conditions):
        cells = [row.cells[number] for row in table.rows]
        values = witnesses(cells, column.field)
        columns.append(values)
        masks.append([mask_of(cell, values, column.field.kind) for cell in cells])
    return Coverage(
        table=table,
        witnesses=tuple(columns),
        boxes=tuple(tuple(mask[number] for mask in masks) for number in range(len(table.rows))),
        whole=tuple((1 << len(values)) - 1 if values else 1 for values in columns),
    )


def mask_of(cell: Cell, values: tuple[Value, ...], kind: Kind) -> int:
    """Which witnesses a cell matches; 1 where there are none."""
    if not values:
        return 1
    return sum(1 << number for number, value in enumerate(values) if cell.matches(value, kind))


def find_gap(box: Box, rows: Sequence[Box], budget: Budget) -> Box | None:
    """A part of a box that none of some boxes covers; None if they cover it all.

    Raises:
        TooHardError: the budget does not reach.
    """
    budget.take()
    for number, row in enumerate(rows):
        if not all(mine & other for mine, other in zip(box, row, strict=True)):
            continue
        rest = rows[number + 1 :]
        inside: list[int] = []
        for column, (mine, other) in enumerate(zip(box, row, strict=True)):
            if outside := mine & ~other:
                found = find_gap((*inside, outside, *box[column + 1 :]), rest, budget)
                if found is not None:
                    return found
            inside.append(mine & other)
        return None
    return box


def witnesses(cells: Sequence[Cell], field: Field) -> tuple[Value, ...]:
    """Values that stand for all a field can have as far as these cells can tell; empty if they would be too many."""
    items = list(chain.from_iterable(cell.items for cell in cells))
    texts = {item.key: item.text for item in items if isinstance(item, Literal)}
    spans = [item for item in items if isinstance(item, Span)]
    values: tuple[Value, ...]
    if field.kind is Kind.YES_NO:
        values = (True, False)
    elif field.kind is Kind.CHOICE:
        familiar = [choice for choice in (field.sample, *_FAMILIAR) if choice in field.allowed]
        other = [choice for choice in (*familiar, *field.allowed) if fold(choice) not in texts][:1]
        values = (*texts.values(), *other)
    elif field.kind is Kind.SET:
        values = tuple(_sets(cells, texts))
        if not values:
            return ()
    elif field.kind is Kind.LOOSE:
        values = tuple(_loose(texts, spans))
    elif field.kind is Kind.DATE:
        values = tuple(sorted(_days(spans))) or (date(2026, 1, 1),)
    elif field.kind in (Kind.NUMBER, Kind.WHOLE):
        numbers = _numbers(spans, is_whole=field.kind is Kind.WHOLE, least=field.least)
        values = tuple(number for number in numbers if _can_be(number, field))
    else:
        values = (*texts.values(), _fresh(texts))
    return values if field.always else (*values, None)


def _fresh(texts: Iterable[str]) -> str:
    """A text that no cell names."""
    taken = set(texts)
    name = "anything else"
    while name in taken:
        name += " still"
    return name


def _ends(spans: Iterable[Span]) -> list[Decimal | date]:
    return [end for span in spans for end in (span.low, span.high) if end is not None]


def _can_be(number: Decimal, field: Field) -> bool:
    return (field.least is None or number >= field.least) and (field.most is None or number <= field.most)


def _numbers(spans: Iterable[Span], *, is_whole: bool, least: int | None = None) -> list[Decimal]:
    ends = sorted({end for end in _ends(spans) if isinstance(end, Decimal)})
    if is_whole:  # counts: nothing below zero
        around = {end + step for end in (*ends, Decimal(least or 0)) for step in (-1, 0, 1)}
        return sorted(number for number in around if number >= 0)
    between = [(low + high) / 2 for low, high in pairwise(ends)]
    outside = [ends[0] - 1, ends[-1] + 1] if ends else [Decimal(0)]
    return sorted([*ends, *between, *outside])


def _days(spans: Iterable[Span]) -> set[date]:
    days: set[date] = set()
    for end in _ends(spans):
        if isinstance(end, date):
            days.add(end)
            if end > date.min:
                days.add(end - timedelta(days=1))
            if end < date.max:
                days.add(end + timedelta(days=1))
    return days


def _loose(texts: dict[str, str], spans: list[Span]) -> list[str]:
    """Each text named; numbers and dates in a spelling that no cell names; and a text that is neither."""
    values = list(texts.values())
    if any(not span.is_of_dates for span in spans):
        for number in _numbers(spans, is_whole=False):
            spelled = f"{number:f}"
            while fold(spelled) in texts:
                spelled += "0" if "." in spelled else ".0"
            values.append(spelled)
    for day in sorted(_days(spans)):
        spellings = (day.isoformat(), f"{day.day}.{day.month}.{day.year:04}", f"{day.isoformat()} 00:00")
        values.extend([spelled for spelled in spellings if fold(spelled) not in texts][:1])
    return [*values, _fresh(texts)]


def _sets(cells: Sequence[Cell], texts: dict[str, str]) -> Iterable[frozenset[str]]:
    """Every mix of the texts named; those that the same cells name are one."""
    classes: dict[tuple[int, ...], str] = {}
    for key, text in texts.items():
        named_by = tuple(
            number
            for number, cell in enumerate(cells)
            if any(isinstance(item, Literal) and item.key == key for item in cell.items)
        )
        classes.setdefault(named_by, text)
    if len(classes) > _MOST_CLASSES:
        return
    members = [*classes.values(), _fresh(texts)]
    for size in range(1, len(members) + 1):
        yield from (frozenset(chosen) for chosen in combinations(members, size))
