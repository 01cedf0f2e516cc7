"""Pieces: what WeasyPrint drew and where, as plain values in millimetres.

The one form in which the page's geometry leaves `weasy`; judged by `overflow`, turned into a Document by `press`.
"""

from dataclasses import dataclass
from enum import StrEnum

from packslip.press.codes import Symbol
from packslip.units import Mm


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle; y grows downwards from the page's top left corner."""

    left: Mm
    top: Mm
    right: Mm
    bottom: Mm

    @property
    def width(self) -> float:
        """Width, negative where the rectangle is empty."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height, negative where the rectangle is empty."""
        return self.bottom - self.top

    def common(self, other: "Rect") -> "Rect":
        """What both cover."""
        return Rect(
            Mm(max(self.left, other.left)),
            Mm(max(self.top, other.top)),
            Mm(min(self.right, other.right)),
            Mm(min(self.bottom, other.bottom)),
        )


class Edge(StrEnum):
    """Why a box limits what stands in it."""

    CLIP = "clip"  #: it cuts off what sticks out
    HEIGHT = "height"  #: its height is fixed
    WIDTH = "width"  #: it is a column


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A box that text should stay inside of."""

    edge: Edge
    rect: Rect
    spot: str  #: the box's element, `p.kicker`


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPiece:
    """One line's run of text. `frame`, `ink` and the limits are measured before any CSS transform, `place` after."""

    spot: str
    block: int  #: the block it belongs to; equal numbers, equal block
    frame: Rect  #: by advance and font height
    ink: Rect  #: by what is black
    place: Rect  #: the ink on the page
    size: Mm  #: font size
    limits: tuple[Limit, ...]
    behind: bool  #: meant to lie under other things (`z-index` below 0)
    shortened: bool  #: cut by an ellipsis
    margin: bool  #: stands in a page margin box


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturePiece:
    """One picture."""

    spot: str
    place: Rect
    margin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePiece:
    """One code, quiet zone included."""

    symbol: Symbol
    place: Rect  #: where the symbol stands, on whole dots
    room: Rect  #: the box the layout gives it


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One page."""

    width: Mm
    height: Mm
    bleed: Mm  #: the widest
    least_bleed: Mm
    texts: tuple[TextPiece, ...]
    pictures: tuple[PicturePiece, ...]
    codes: tuple[CodePiece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GlyphFault:
    """A character not drawn by a font the layout asked for."""

    spot: str
    character: str
    family: str  #: the substitute that was drawn, "" for the empty box


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A line WeasyPrint logged; `template` is the constant it was made from."""

    serious: bool  #: logged as an error
    template: str
    args: tuple[object, ...]
    text: str
    sheet: str  #: CSS file being read, "" while drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A drawn document; without bytes where it ran over the page limit, or WeasyPrint stumbled."""

    data: bytes
    sheets: tuple[Sheet, ...]
    glyph_faults: tuple[GlyphFault, ...]
    upright: tuple[str, ...]  #: elements whose italic the font does not have
    log: tuple[LogLine, ...]
    stumbled: bool = False  #: the last line of the log says over what
