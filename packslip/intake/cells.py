"""The named texts of one record, read by kind; what does not fit becomes a finding with file, line and column."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import TypeVar

from packslip.intake import texts
from packslip.intake.plan import Plan
from packslip.intake.texts import Oddity
from packslip.intake.values import (
    MOST_PIECES,
    Refusal,
    read_country,
    read_currency,
    read_date,
    read_deadline,
    read_flag,
    read_locale,
    read_money,
    read_status,
    read_whole,
)
from packslip.library.mappings import BY_NAME, Column, Kind
from packslip.model import CustomerStatus, Finding, Where, error, has_errors, note, warning

_Value = TypeVar("_Value")

MOST_ID_CHARS = 64
_FREE_TEXT = (Kind.TEXT, Kind.NOTE)
_SHOWN_CHARS = 40


class Cells:
    """The values one record gives, by contract column."""

    __slots__ = ("_findings", "_line", "_plan", "_values")

    def __init__(self, values: Mapping[str, str], *, plan: Plan, line: int, findings: list[Finding]) -> None:
        self._values = values
        self._plan = plan
        self._line = line
        self._findings = findings

    def text(self, name: str) -> str:
        """A text fit for paper, "" where it is blank; a required one that is blank is an error."""
        text = self._values.get(name, "")
        if not text:
            return self._blank(BY_NAME[name])
        if texts.is_plain(text):
            return text
        column = BY_NAME[name]
        tidied = texts.tidy(text, keeps_breaks=column.kind is Kind.NOTE, is_code=column.kind not in _FREE_TEXT)
        for oddity in tidied.oddities:
            self._report_oddity(column, oddity)
        return tidied.text or self._blank(column)

    def identifier(self, name: str) -> str:
        """A text of at most 64 characters that names something."""
        text = self.text(name)
        if len(text) > MOST_ID_CHARS:
            message = f"{len(text)} characters; at most {MOST_ID_CHARS}"
            self._findings.append(error(f"{name}.too_long", self.where(name), message, "shorten it"))
        return text

    def whole(self, name: str, *, least: int = 0, most: int = MOST_PIECES) -> int | None:
        """A whole number."""
        shape = self._plan.mapping.number_of(name)
        return self._read(name, lambda text: read_whole(text, shape, least, most))

    def money(self, name: str) -> Decimal | None:
        """An amount."""
        shape = self._plan.mapping.number_of(name)
        return self._read(name, lambda text: read_money(text, shape))

    def day(self, name: str) -> date | None:
        """A date."""
        formats = self._plan.mapping.dates_of(name)
        return self._read(name, lambda text: read_date(text, formats))

    def moment(self, name: str, zone: tzinfo | None) -> datetime | None:
        """An aware moment."""
        formats = self._plan.mapping.dates_of(name)
        return self._read(name, lambda text: read_deadline(text, formats, zone))

    def flag(self, name: str) -> bool | None:
        """Yes or no."""
        return self._read(name, read_flag)

    def status(self, name: str) -> CustomerStatus | None:
        """New, repeat or ambassador."""
        return self._read(name, read_status)

    def currency(self, name: str) -> str:
        """An ISO 4217 code."""
        return self._read(name, read_currency) or ""

    def country(self, name: str) -> str:
        """An ISO 3166-1 alpha-2 code."""
        return self._read(name, read_country) or ""

    def locale(self, name: str) -> str:
        """A BCP 47 tag."""
        return self._read(name, read_locale) or ""

    def where(self, name: str = "") -> Where:
        """Where a column's value stands."""
        return Where(file=self._plan.file, line=self._line, spot=self._plan.spot(name) if name else "")

    def _blank(self, column: Column) -> str:
        if column.required:
            message = "is blank and must not be"
            self._findings.append(error(f"{column.name}.missing", self.where(column.name), message, "fill it in"))
        return ""

    def _read(self, name: str, read: Callable[[str], _Value | Refusal]) -> _Value | None:
        before = len(self._findings)
        text = self.text(name)
        if not text or (len(self._findings) > before and has_errors(self._findings[before:])):
            return None
        value = read(text)
        if not isinstance(value, Refusal):
            return value
        message = f"expected {value.expected}, got {self._shown(name, text)}"
        self._findings.append(error(f"{name}.{value.code}", self.where(name), message, value.hint))
        return None

    def _shown(self, name: str, text: str) -> str:
        """The value as a finding may show it: personal data never, long texts cut."""
        if BY_NAME[name].personal and len(text) > 3:
            return f"a text of {len(text)} characters"
        return repr(texts.label(text, _SHOWN_CHARS))

    def _report_oddity(self, column: Column, oddity: Oddity) -> None:
        where = self.where(column.name)
        if oddity is Oddity.DAMAGED:
            message, hint = "holds control characters or lost letters", "the data is damaged; export it anew"
            self._findings.append(error("text.damaged", where, message, hint))
        elif oddity is Oddity.INVISIBLE:
            self._findings.append(warning("text.invisible", where, "invisible characters are left out"))
        else:
            self._findings.append(note("text.guarded", where, "what guards it in a spreadsheet is left out"))
