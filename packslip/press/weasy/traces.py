"""Traces: what is left of one layout by WeasyPrint once everything that a slip brings is taken out of it.

Plain values: the recorded arithmetic, the operators of the pages with holes where the slip's own things go, and the
room each of them has. A trace holds no text, picture or code of any slip, and `OWN` for its language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from packslip.press.imprint import PdfObject
from packslip.press.pieces import Edge
from packslip.press.weasy.images import Position
from packslip.press.weasy.setting import Paragraph, Run
from packslip.press.weasy.tape import Argument, Guard, Step
from packslip.press.weasy.typesetter import TextStyle

Place = tuple[Argument, Argument, Argument, Argument]  #: left, top, right, bottom, in px


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedLimit:
    """A box that text should stay inside of."""

    edge: Edge
    place: Place
    spot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Where a text stands, for judging it: what limits it and which block it belongs to."""

    spot: str
    block: int
    limits: tuple[TracedLimit, ...]
    behind: bool
    margin: bool
    matrix: tuple[Argument, ...] | None  #: of a CSS transform
    column: (
        tuple[float, float] | None
    )  #: left and right of what is free of all limits, where they are columns that stand still


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesHole:
    """A paragraph's lines. `lines` is the step that sets them, `top` where the first starts, before `shifts`."""

    lines: int
    top: Argument
    shifts: tuple[tuple[Argument, Argument], ...]
    colour: bytes  #: the colour that is set when the hole begins
    room: Room


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHole:
    """One line of text in its place; `x` and `y` are the start of its baseline, `left` and `top` its box."""

    text: int  #: number among the trace's texts
    x: Argument
    y: Argument
    top: Argument
    width: Argument
    height: Argument
    room: Room


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeHole:
    """A code in a room of `width` × `height` px under the matrix `ctm`."""

    name: str
    ctm: tuple[Argument, ...]
    width: Argument
    height: Argument
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureHole:
    """A picture's name."""

    slot: int
    smooth: bool  #: whether viewers may interpolate


Hole = Argument | LinesHole | RunHole | CodeHole | PictureHole


@dataclass(frozen=True, slots=True)
class Blank:
    """A text that stands on one line. `strip` says which spaces at its ends are taken off: l, r, lr or nothing."""

    run: Run
    strip: str


@dataclass(frozen=True, slots=True)
class Break:
    """Whether a line may break in a text: letters as they are; first (0), last (-1) or all (None) letters of blanks."""

    letters: tuple[str | tuple[int, int | None], ...]
    language: str | None


@dataclass(frozen=True, slots=True)
class Measure:
    """What a layout took from a style in the slip's language, see `languages.Measures`."""

    style: TextStyle
    of: str
    text: str  #: of the layout's own
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedPicture:
    """A picture on a page, for judging it."""

    spot: str
    place: Place
    margin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedPage:
    """One page: operators and holes in turn, and what is to be judged of it. Lengths in px, boxes in pt."""

    parts: tuple[bytes | Hole, ...]
    media_box: tuple[float, float, float, float]
    bleed_box: tuple[float, float, float, float]
    trim_box: tuple[float, float, float, float]
    width: float
    height: float
    bleed: float
    pictures: tuple[TracedPicture, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One layout, recorded."""

    steps: tuple[Step, ...]
    guards: tuple[tuple[int, Guard], ...]  #: and how many steps come before each
    paragraphs: tuple[Paragraph, ...]
    texts: tuple[Blank, ...]
    breaks: tuple[Break, ...]
    codes: tuple[str, ...]  #: names, by number
    measures: tuple[Measure, ...] = ()
    pages: tuple[TracedPage, ...] = ()
    states: Mapping[str, tuple[bytes | PdfObject, ...]] = field(default_factory=dict)
    images: Mapping[str, PdfObject] = field(default_factory=dict)
    patterns: Mapping[str, PdfObject] = field(default_factory=dict)
    shadings: Mapping[str, PdfObject] = field(default_factory=dict)
