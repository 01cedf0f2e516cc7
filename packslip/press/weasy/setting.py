"""Setting: a paragraph as WeasyPrint's boxes have it, and its lines once they are set. Lengths in px."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from packslip.press.weasy.typesetter import Shape, TextStyle


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one style. `parts` are literals and numbers of slots; lengths in px."""

    style: TextStyle
    parts: tuple[str | int, ...]
    transform: tuple[str, str] | None  #: of slots: `text-transform` and the language that it follows
    line_height: float
    rise: float  #: `vertical-align`, upwards
    trailing_space: bool  #: followed by a space that collapsed
    colour: bytes  #: operators that set its colour
    spot: str


@dataclass(frozen=True, slots=True)
class Span:
    """An inline box. `left` and `right` are padding, border, margin; `height` is the margin height of its strut."""

    children: tuple["Run | Span", ...]
    left: tuple[float, float, float]
    right: tuple[float, float, float]
    baseline: float
    height: float
    rise: float
    wraps: bool
    keeps_together: bool  #: `white-space: pre` or `nowrap`
    trailing_space: bool


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The content of a block, and how its lines stand."""

    line: Span
    align: str  #: start, center, end
    align_last: str
    indent: float
    language: str | None


def runs_of(span: Span) -> Iterator[Run]:
    """Every run in a span."""
    for child in span.children:
        if isinstance(child, Run):
            yield child
        else:
            yield from runs_of(child)


class SetText(NamedTuple):
    """Text in its place. `y` is the top of its box, from the line's own zero; `x` is final."""

    run: Run
    shape: Shape
    text: str
    x: float
    y: float
    baseline: float
    width: float
    height: float


class SetLine(NamedTuple):
    """A finished line. Its texts' `y` count from a zero that lies `-top` below its upper edge."""

    top: float
    height: float
    texts: tuple[SetText, ...]


class TextOf(Protocol):
    """Gives the text of runs."""

    def __call__(self, run: Run) -> str:
        """The text of a run."""

    def is_public(self, run: Run) -> bool:
        """Whether a run's text is the release's, the same for everybody."""
