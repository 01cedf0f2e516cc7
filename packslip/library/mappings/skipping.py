"""Rows an export holds that no slip shows: cancellations, postage, footers. Each is left out by a named rule."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache

from packslip.library.mappings.numbers import PLAIN, NumberShape

_CACHED_CELLS = 8192


class Scope(StrEnum):
    """What a skip rule leaves out."""

    LINE = "line"  #: the line; the row still counts for the order's own columns
    ORDER = "order"  #: the whole order
    ROW = "row"  #: the row, as if it were not in the file


class InHistory(StrEnum):
    """What the rows that a skip rule leaves out of the slips are to the history of past orders."""

    SKIP = "skip"  #: nothing
    KEEP = "keep"  #: lines like any other
    RETURN = "return"  #: what came back
    CANCELLED = "cancelled"  #: lines of an order that was called off


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What one source column must be; all that is set must hold."""

    column: str
    among: frozenset[str] | None = None
    not_among: frozenset[str] | None = None
    matches: re.Pattern[str] | None = None
    not_matches: re.Pattern[str] | None = None
    blank: bool | None = None
    below: Decimal | None = None
    at_most: Decimal | None = None
    at_least: Decimal | None = None
    above: Decimal | None = None
    number: NumberShape = PLAIN

    def holds(self, cell: str) -> bool:
        """Whether a cell meets the condition; what is no number meets no condition on numbers."""
        text = cell.strip()
        return (
            (self.among is None or text in self.among)
            and (self.not_among is None or text not in self.not_among)
            and (self.matches is None or self.matches.fullmatch(text) is not None)
            and (self.not_matches is None or self.not_matches.fullmatch(text) is None)
            and (self.blank is None or self.blank is not bool(text))
            and (not self._is_numeric or self._number_holds(text))
        )

    @property
    def _is_numeric(self) -> bool:
        return any(bound is not None for bound in (self.below, self.at_most, self.at_least, self.above))

    def _number_holds(self, text: str) -> bool:
        plain = self.number.plain(text)
        if plain is None:
            return False
        try:
            value = Decimal(plain)
        except InvalidOperation:
            return False
        return (
            (self.below is None or value < self.below)
            and (self.at_most is None or value <= self.at_most)
            and (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipRule:
    """One kind of row to leave out, and why."""

    reason: str
    scope: Scope = Scope.LINE
    where: tuple[Condition, ...]
    unless_all: bool = False  #: an order of which it would leave out every line keeps them
    optional: bool = False  #: the rule falls away where the export lacks one of its columns
    history: InHistory = InHistory.SKIP

    def test(self, places: Mapping[str, int]) -> Callable[[Sequence[str]], bool]:
        """The rule for the cells of a file whose columns stand at `places`."""
        spots = tuple((places[item.column], lru_cache(maxsize=_CACHED_CELLS)(item.holds)) for item in self.where)
        if len(spots) == 1:
            ((place, holds),) = spots
            return lambda cells: holds(cells[place])
        return lambda cells: all(holds(cells[place]) for place, holds in spots)
