"""What comes back from the press: known to the line, which never loads the press itself."""

from dataclasses import dataclass

from packslip.model import Alarm, Document, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A document, None where there is none to print, and what was found."""

    document: Document | None
    findings: tuple[Finding, ...]
    alarm: Alarm | None = None  #: its plate would have printed something else; `document` is the reference
