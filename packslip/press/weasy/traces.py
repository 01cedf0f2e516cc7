"""Traces: what is left of one layout by WeasyPrint once everything that a slip brings is taken out of it.

Plain values: the recorded arithmetic, the operators of the pages with holes where the slip's own things go, and the
room each of them has. A trace holds no text, picture or code of any slip, and `OWN` for its language.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

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
    ink: bytes  #: operators that set its colour


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureHole:
    """A picture's name."""

    slot: int
    smooth: bool  #: whether viewers may interpolate


#: A part is drawn in layers, between which other parts are: backgrounds and borders; of a table's row then the borders
#: of its cells, if they do not collapse, and the blocks in them; what stands in lines; what lies over it: pictures.
UNDER, EDGES, BLOCKS, OVER, ABOVE = range(5)

#: Steps and guards whose detail is the number of a paragraph, or of a text.
OF_PARAGRAPHS = frozenset({"lines", "min-content", "max-content"})
OF_TEXTS = frozenset({"width", "fits"})

#: What leaves a part: where it stands, and its height.
LEAVING = ("position_y", "height")


@dataclass(frozen=True, slots=True)
class Seam:
    """Where the drawing of a layer of a part begins, or of what is in no part. `part` is its number, 0 for none."""

    part: int
    layer: int


@dataclass(frozen=True, slots=True)
class PartHole:
    """A layer of a part. `part` is its number among the joints."""

    part: int
    layer: int


Hole = Argument | LinesHole | RunHole | CodeHole | PictureHole | Seam | PartHole


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
    part: int  #: it stands in, 0 for none


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedPage:
    """One page: operators and holes in turn, and what is to be judged of it. Lengths in px, boxes in pt."""

    parts: tuple[bytes | Hole, ...]
    media_box: tuple[float, float, float, float]
    bleed_box: tuple[float, float, float, float]
    trim_box: tuple[float, float, float, float]
    width: float
    height: float
    bleed: float  #: the widest
    least_bleed: float
    pictures: tuple[TracedPicture, ...]


#: What of the page decides a part's layout beside its place, and what the page learns of it beside its size.
Situation = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where a part was laid out by itself. `part` counts from 1, in document order."""

    part: int
    before: Situation
    after: Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """Where a plate has room for a part. `part` counts among the parts of its outline, from 0."""

    part: int
    step: int  #: that strikes it
    layers: tuple[int, ...]  #: that the plate has room for
    before: Situation
    after: Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One layout, recorded.

    Slots and pictures are counted among those of the slip; in a trace that was divided, among those of the plate.
    """

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
    cuts: tuple[Cut, ...] = ()
    joints: tuple[Joint, ...] = ()  #: of a page that was divided
    layers: Mapping[int, tuple[bytes | Hole, ...]] = field(default_factory=dict)  #: of a part, as a page's parts
    pictures: tuple[TracedPicture, ...] = ()  #: of a part
    leaving: tuple[int | None, ...] = ()  #: of a part, as `LEAVING`; None for what is the same on every slip


def numbers_of(hole: bytes | Hole, *, judging: bool) -> Iterator[int]:
    """The steps that a hole needs; more of them for judging what stands in it."""
    numbers: Iterable[object] = ()
    match hole:
        case int():
            numbers = (hole,)
        case LinesHole():
            numbers = (hole.lines, hole.top, *chain.from_iterable(hole.shifts), *_limits(hole.room, judging=judging))
        case RunHole():
            numbers = (hole.x, hole.y, hole.top, hole.width, hole.height, *_limits(hole.room, judging=judging))
        case CodeHole():
            numbers = (*hole.ctm, hole.width, hole.height)
    yield from (number for number in numbers if type(number) is int)


def _limits(room: Room, *, judging: bool) -> Iterator[Argument]:
    yield from room.matrix or ()
    for limit in room.limits:
        left, top, right, bottom = limit.place
        yield from (left, right)
        if judging or limit.edge is not Edge.WIDTH:
            yield from (top, bottom)
