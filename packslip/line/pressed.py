"""What goes to the press and comes back: known to the line, which never loads the press itself."""

from dataclasses import dataclass
from datetime import date

from packslip.model import Alarm, Document, Finding, Severity, Slip


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A document, None where there is none to print, and what was found."""

    document: Document | None
    findings: tuple[Finding, ...]
    is_first: bool = False  #: it was laid out on the way, and those like it need not be

    @property
    def held_for(self) -> frozenset[str]:
        """Codes of what keeps it from printing."""
        return frozenset(finding.code for finding in self.findings if finding.severity is Severity.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadowed:
    """A struck slip to be laid out by the reference path as well."""

    slip: Slip
    struck: bytes  #: the plate's document
    held_for: frozenset[str]  #: as `Pressed` has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of it."""

    alarm: Alarm | None  #: None where both paths agree


@dataclass(frozen=True, slots=True, kw_only=True)
class Copying:
    """A document to be marked as a copy."""

    data: bytes
    parent: str  #: sha256 of the document on record that it is a copy of
    dated: date
    locale: str  #: of its slip, "" where the slip is gone: then the document says it
    store: str
    media: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A marked copy."""

    data: bytes
    drawn_with: str  #: versions of what drew the mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Redraw:
    """A slip to be drawn once more, its document being gone."""

    slip: Slip
    path: str  #: which path of the press drew it
