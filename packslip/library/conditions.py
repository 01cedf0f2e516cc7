"""Conditions: what a cell asks, what it matches in plain Python, and its canonical spelling.

Owns the meaning that the compiled tables must share. A comparison on an unknown value never matches, not even
under `not`. Parsing is `packslip.library.cells`.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from packslip.library.literals import fold, plain_date, plain_number, spell_number
from packslip.library.words import Kind, Value

#: words that people write where the grammar wants a blank cell, or `unknown`
ANY_WORDS = frozenset(("any", "all", "*", "-", "–", "—", "n/a", "egal", "alle", "tous"))
UNKNOWN_WORDS = frozenset(("null", "none", "nil", "empty", "blank", "nan", "n.a."))

_NEEDS_QUOTES = re.compile(
    r"""^['"=<>!≥≤≠]|[",;]|\.\.|…|^(?:not\b|(?:from|since|until|till|before|after)\s)""", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Literal:
    """One text, compared without regard to case, spacing and kind of quotes."""

    text: str  #: as it is spelled

    @property
    def key(self) -> str:
        """What is compared."""
        return fold(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Numbers or dates between two ends; both of one kind, None for open, each end within or not."""

    low: Decimal | date | None = None
    high: Decimal | date | None = None
    low_within: bool = True
    high_within: bool = True

    def holds(self, value: Decimal | date) -> bool:
        """Whether a value of the span's own kind lies in it."""
        above = self.low is None or is_less(self.low, value) or (self.low_within and self.low == value)
        below = self.high is None or is_less(value, self.high) or (self.high_within and self.high == value)
        return above and below

    @property
    def is_of_dates(self) -> bool:
        """Whether the ends are dates."""
        return isinstance(self.low if self.low is not None else self.high, date)


Item = Literal | Span


class Sense(StrEnum):
    """What a cell asks of a known value."""

    ANY = "any"  #: blank: nothing, not even that it is known
    KNOWN = "known"
    AMONG = "among"  #: one of the items
    OUTSIDE = "outside"  #: none of the items
    NOTHING = "nothing"  #: the value must be unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One condition."""

    sense: Sense
    items: tuple[Item, ...] = ()
    or_unknown: bool = False  #: an unknown value matches too

    def matches(self, value: Value, kind: Kind) -> bool:
        """Whether a field's value meets the condition; the meaning that the compiled tables must share."""
        if self.sense is Sense.ANY:
            return True
        if value is None:
            return self.or_unknown or self.sense is Sense.NOTHING
        if self.sense is Sense.AMONG:
            return _is_among(value, self.items, kind)
        if self.sense is Sense.OUTSIDE:
            return not _is_among(value, self.items, kind)
        return self.sense is Sense.KNOWN


ANY = Cell(sense=Sense.ANY)


def is_less(one: Decimal | date, other: Decimal | date) -> bool:
    """Whether one stands before the other; never for a number and a date."""
    if isinstance(one, date):
        return isinstance(other, date) and one < other
    return not isinstance(other, date) and one < other


def _is_among(value: Value, items: tuple[Item, ...], kind: Kind) -> bool:
    if isinstance(value, frozenset):
        keys = {fold(text) for text in value}
        return any(isinstance(item, Literal) and item.key in keys for item in items)
    return any(_is_item(value, item, kind) for item in items)


def _is_item(value: Value, item: Item, kind: Kind) -> bool:
    if isinstance(item, Literal):
        return fold(as_text(value)) == item.key
    if kind is Kind.LOOSE:
        text = as_text(value)
        found = plain_date(text) if item.is_of_dates else plain_number(text)
        return found is not None and item.holds(found)
    if isinstance(value, date):
        return item.holds(value)
    return isinstance(value, int | Decimal) and item.holds(Decimal(value))


def as_text(value: Value) -> str:
    """A single value as the grammar's literal."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def spell_cell(cell: Cell, kind: Kind) -> str:
    """The canonical spelling; parses to an equal cell."""
    if cell.sense is Sense.ANY:
        return ""
    if cell.sense is Sense.KNOWN:
        return "known"
    if cell.sense is Sense.NOTHING:
        return "unknown"
    words = ["unknown"] if cell.or_unknown else []
    listed = ", ".join([*words, *(_spell_item(item, kind) for item in cell.items)])
    return f"not {listed}" if cell.sense is Sense.OUTSIDE else listed


def _spell_item(item: Item, kind: Kind) -> str:
    if isinstance(item, Literal):
        return item.text if kind in (Kind.CHOICE, Kind.YES_NO) else spell_text(item.text)
    low, high = _spell_end(item.low), _spell_end(item.high)
    if low == high and kind is not Kind.LOOSE:
        return low
    if low and high:
        return f"{low}..{high}"
    if low:
        return f"{'from' if item.is_of_dates else '>=' if item.low_within else '>'} {low}"
    return f"{'until' if item.is_of_dates else '<=' if item.high_within else '<'} {high}"


def _spell_end(value: Decimal | date | None) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else spell_number(value)


def spell_text(text: str) -> str:
    """A text as a list's part, quoted only where it would be read as something else."""
    word = text.casefold()
    reserved = word in ("", "known", "unknown") or word in ANY_WORDS or word in UNKNOWN_WORDS
    return '"' + text.replace('"', '""') + '"' if reserved or _NEEDS_QUOTES.search(text) else text
