"""The mapping of one export, and the identity mapping of the contract itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from packslip.library.mappings.contract import COLUMNS
from packslip.library.mappings.numbers import PLAIN, NumberShape
from packslip.library.mappings.skipping import SkipRule
from packslip.library.mappings.sources import Source

__all__ = ["CONTRACT", "Consent", "FileShape", "NumberShape", "OrderMapping", "Rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShape:
    """How the export is written; blank settings are found out from the file."""

    encoding: str = ""
    delimiter: str = ""
    skip_lines: int = 0  #: lines before the header
    header_holds: tuple[str, ...] = ()  #: columns by which the header is known after a preamble
    has_header: bool = True  #: without, columns are known by their letters alone: `#A`
    quoted: bool = True  #: quotation marks enclose cells; else they are letters like any other
    blanks: frozenset[str] = frozenset()  #: cells that mean nothing, such as `--`
    pads_rows: bool = False  #: rows shorter than the header are in order, what lacks is blank
    keeps_unknown: bool = True  #: columns the mapping does not name become `extra.<name>`


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What the customers of an export have agreed to, as its mapping states it."""

    is_transactional: bool = False  #: their slips sell nothing
    meaning: str = ""  #: the statement, for people
    email: str = ""  #: the export's column for consent to e-mails, which says nothing of slips


class Rows(StrEnum):
    """How an order's rows make one value."""

    SAME = "same"  #: they must agree
    FIRST = "first"  #: the first that is not blank, whatever the others say
    ANY = "any"  #: yes where one says yes
    ALL = "all"  #: every text once, line by line


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMapping:
    """How the rows of one export become orders."""

    name: str  #: "" for the contract itself
    shape: FileShape = field(default_factory=FileShape)
    columns: Mapping[str, Source]  #: contract column → where its value comes from
    extras: Mapping[str, Source] = field(default_factory=dict)
    number: NumberShape = PLAIN
    numbers: Mapping[str, NumberShape] = field(default_factory=dict)  #: for single columns
    dates: tuple[str, ...] = ()  #: strptime formats tried before ISO 8601
    column_dates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    locale: str = ""  #: where the export names none and the country tells none
    locales: Mapping[str, str] = field(default_factory=dict)  #: by country of delivery
    skips: tuple[SkipRule, ...] = ()
    consent: Consent = Consent()
    rows: Mapping[str, Rows] = field(default_factory=dict)  #: for columns whose rows need not agree
    optional: frozenset[str] = frozenset()  #: columns that the export may lack without a word
    refunded: Source | None = None  #: money of the order given back, for the history
    cancelled_on: Source | None = None  #: when the order was called off, for the history
    line_total: Source | None = None  #: what a line cost in all, for the history where no price of a piece stands

    @property
    def needs_secret(self) -> bool:
        """Whether a keyed hash stands for one of its columns."""
        return any(source.is_secret for source in (*self.columns.values(), *self.extras.values()))

    @property
    def is_contract(self) -> bool:
        """Whether files are in the contract's own columns."""
        return not self.name

    def number_of(self, column: str) -> NumberShape:
        """How a contract column writes its numbers."""
        return self.numbers.get(column, self.number)

    def dates_of(self, column: str) -> tuple[str, ...]:
        """Formats of a contract column's dates."""
        return self.column_dates.get(column, self.dates)


CONTRACT = OrderMapping(name="", columns={column.name: Source(column=column.name) for column in COLUMNS})
