"""Findings: what is wrong in data, rules or layouts, as values that know their place."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"  #: holds the order, or keeps a release from being published
    WARNING = "warning"  #: prints, but somebody should look
    NOTE = "note"  #: worth knowing


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A place in a file that a person can open: a line, a table cell, a column."""

    file: str = ""  #: path relative to the workspace, or the name of the drop
    line: int | None = None  #: counted from 1, the header included
    spot: str = ""  #: column name, cell (`C7`) or field path

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        if not self.spot:
            return place
        return f"{place}: {self.spot}" if place else self.spot


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong or worth knowing.

    `code` is stable and dotted (`quantity.not_whole`); `message` and `hint` are lower case without full stop and
    never hold a customer's name, address or e-mail.
    """

    severity: Severity
    code: str
    where: Where
    message: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if str(self.where) else self.message
        return f"{text}; hint: {self.hint}" if self.hint else text


def error(code: str, where: Where, message: str, hint: str = "") -> Finding:
    """A finding that holds."""
    return Finding(severity=Severity.ERROR, code=code, where=where, message=message, hint=hint)


def warning(code: str, where: Where, message: str, hint: str = "") -> Finding:
    """A finding that prints, but wants a look."""
    return Finding(severity=Severity.WARNING, code=code, where=where, message=message, hint=hint)


def note(code: str, where: Where, message: str, hint: str = "") -> Finding:
    """A finding worth knowing."""
    return Finding(severity=Severity.NOTE, code=code, where=where, message=message, hint=hint)


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any finding holds."""
    return any(finding.severity is Severity.ERROR for finding in findings)
