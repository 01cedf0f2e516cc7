"""Document and PrintJob: the bytes for the printer, and where they go; Alarm: why they were drawn otherwise."""

from dataclasses import dataclass
from enum import StrEnum

from packslip.model.slip import Symbology
from packslip.units import Mm, Pt


class PressPath(StrEnum):
    """Which path drew a document."""

    REFERENCE = "reference"
    PLATE = "plate"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedCode:
    """Where a code stands on the page; from the page's top left corner, quiet zone included."""

    symbology: Symbology
    payload: str
    page: int  #: counted from 1
    x: Mm
    y: Mm
    width: Mm
    height: Mm


@dataclass(frozen=True, slots=True, kw_only=True)
class PageBox:
    """Size of one page as the PDF states it: trim box width and height."""

    width: Pt
    height: Pt


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The bytes for the printer."""

    data: bytes
    sha256: str
    media: str
    pages: tuple[PageBox, ...]
    codes: tuple[PlacedCode, ...]
    path: PressPath
    render_ms: float  #: wall time of pressing, for people; never part of the bytes
    plate: str = ""  #: what retires the plates it was struck from; "" where none was
    drawn_with: str = ""  #: versions of what drew it, for whoever draws it again; never part of the bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A slip that both paths of the press drew, and that came out unlike."""

    plate: str  #: digest that retires the plate
    layout: str
    struck: bytes  #: the plate's document
    reference: bytes  #: the one that is right, b"" where the reference path drew none
    differences: tuple[str, ...]  #: sentences without a word of what the documents say


class JobState(StrEnum):
    """Where a print job is."""

    READY = "ready"
    SENDING = "sending"
    DONE = "done"
    UNCERTAIN = "uncertain"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintJob:
    """Documents on their way to one printer."""

    printer: str
    media: str
    copies: int
    name: str  #: file name or job title; carries no personal data
    documents: tuple[str, ...]  #: sha256 of each
    state: JobState
