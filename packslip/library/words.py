"""The types of the rules' words: what a condition can read, what a table can set, and in what situation.

Owns the shapes; the catalogue itself is `packslip.library.vocabulary`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from packslip.model import Facts, Order, Parcel

#: what a condition compares: None is unknown, a frozenset is never empty
Value = str | bool | int | Decimal | date | frozenset[str] | None


class Kind(StrEnum):
    """The type of a field or output; decides which cells parse."""

    TEXT = "text"
    CHOICE = "choice"  #: one of `allowed`
    NUMBER = "number"
    WHOLE = "whole number"
    DATE = "date"
    YES_NO = "yes or no"
    SET = "texts"  #: a condition matches if any of them does
    LOOSE = "anything"  #: text; compares as number or date where it is one
    NAME = "name"  #: outputs only: a word that other files refer to
    AMOUNT = "amount"  #: outputs only: `15 %` or `10.00 EUR`


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that a rule may look at."""

    order: Order
    parcel: Parcel
    facts: Facts
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing a condition column can read."""

    path: str  #: the column's heading
    kind: Kind
    label: str
    sample: str
    allowed: tuple[str, ...] = ()  #: of a choice, in canonical spelling
    aliases: Mapping[str, str] = field(default_factory=dict)  #: folded text → the choice that was probably meant
    always: bool = False  #: never unknown
    least: int | None = None  #: of a number, where it can be no smaller
    most: int | None = None  #: of a number, where it can be no larger
    read: Callable[[Situation], Value]
    output: str = ""  #: the output of an earlier table this field reads
    set_at: Mapping[str, str] = field(default_factory=dict)  #: folded choice → the cell of that table that sets it


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One thing a table can set."""

    path: str  #: the column's heading is `set: ` and this
    kind: Kind
    label: str
    sample: str
    allowed: tuple[str, ...] = ()  #: of a choice, in canonical spelling
    may_be_blank: bool = False
    may_be_none: bool = False  #: the cell may say `none`
