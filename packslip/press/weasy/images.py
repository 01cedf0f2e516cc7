"""Images: pictures kept from slip to slip, and codes drawn without going through a picture.

Kept are rasters alone, by their URL: a digest or an art file's name says what they are. What hangs on one document (an
SVG's layout context, a code) is forgotten with it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from weasyprint.css import ComputedStyle
from weasyprint.images import RasterImage

from packslip.press.codes import Symbol, symbol_path
from packslip.press.pieces import CodePiece, Rect
from packslip.press.weasy.inks import InkStream
from packslip.units import MM_PER_INCH, DotsPerMm, Mm

MM_PER_PX = MM_PER_INCH / 96
MM_PER_PT = MM_PER_INCH / 72

#: Most bytes of pictures one process keeps.
KEEP_BYTES = 64_000_000


class Images(dict[str, object]):
    """WeasyPrint's image cache: URL → image, and the bytes of rasters under keys of their own."""

    def settle(self) -> None:
        """Forget what belongs to the document just drawn, and everything once it grows too large."""
        for key in [key for key, value in self.items() if not isinstance(value, RasterImage | bytes)]:
            del self[key]
        if sum(len(value) for value in self.values() if isinstance(value, bytes)) > KEEP_BYTES:
            self.clear()


#: a, b, c, d, e, f of a PDF matrix.
Matrix = tuple[float, float, float, float, float, float]


#: The trimmed page's top left corner: pt from the left and from the bottom of the page.
Corner = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One axis of an `object-position`."""

    value: float  #: px, or a share of the spare room
    percent: bool
    from_end: bool  #: counted from the right or the bottom

    def offset(self, spare: float) -> float:
        """Distance from the left or the top, in px, where `spare` px are left beside the symbol."""
        length = spare * self.value / 100 if self.percent else self.value
        return spare - length if self.from_end else length


#: Across and down.
Position = tuple[Anchor, Anchor]


class CodeImage:
    """A code as WeasyPrint's layout sees it: a picture of the symbol's own size."""

    def __init__(self, symbol: Symbol) -> None:
        self.symbol = symbol

    def get_intrinsic_size(self, _resolution: float, _font_size: float) -> tuple[float, float, float]:
        """Width and height in px, and their ratio."""
        width, height = self.symbol.width_mm / MM_PER_PX, self.symbol.height_mm / MM_PER_PX
        return width, height, width / height

    def draw(self, stream: InkStream, width: float, height: float, style: ComputedStyle) -> None:
        """Draws nothing: only a code that stands in an `<img>` is placed, and so drawn."""


class PlacedCode(CodeImage):
    """A code in its place on a page: drawn at its own size whatever the box, starting on a whole dot."""

    def __init__(self, symbol: Symbol, corner: Corner, report: Callable[[CodePiece], None]) -> None:
        super().__init__(symbol)
        self._corner = corner
        self._report = report

    def draw(self, stream: InkStream, width: float, height: float, style: ComputedStyle) -> None:
        """Draw the symbol into a room of `width` × `height` px, aligned by `object-position`."""
        matrix, place, room = place_code(
            self.symbol, stream.ctm.values, width, height, read_position(style), corner=self._corner
        )
        with stream.stacked():
            stream.transform(*matrix)
            stream.set_inks(stream.palette.black)
            stream.stream.append(symbol_path(self.symbol))
            stream.fill()
        self._report(CodePiece(symbol=self.symbol, place=place, room=room))


def read_position(style: ComputedStyle) -> Position:
    """The `object-position` of an element. Formulas are lengths or shares by now: WeasyPrint 70 mixes no two."""
    origin_x, across, origin_y, down = style["object_position"][0]
    return (
        Anchor(value=across.value, percent=across.unit == "%", from_end=origin_x == "right"),
        Anchor(value=down.value, percent=down.unit == "%", from_end=origin_y == "bottom"),
    )


def place_code(
    symbol: Symbol, ctm: Matrix, width: float, height: float, position: Position, *, corner: Corner
) -> tuple[Matrix, Rect, Rect]:
    """Where a symbol stands in a room of `width` × `height` px: the matrix of its dots, its place, and the room's.

    `ctm` leads from the room's px to the page's pt, `corner` is where in these the trimmed page begins. In an upright
    room the symbol starts on the nearest whole dot, counted from there.
    """
    dot = _dot(symbol)
    symbol_width, symbol_height = symbol.width * dot, symbol.height * dot
    left, top = position[0].offset(width - symbol_width), position[1].offset(height - symbol_height)
    if abs(ctm[1]) < 1e-6 and ctm[0] > 0:
        scale = MM_PER_PT * ctm[0]  # mm on paper of one px here
        start = _rect(ctm, corner, (left, left), (top, top))
        left += _to_dot(start.left, symbol.resolution) / scale
        top += _to_dot(start.top, symbol.resolution) / scale
    place = _rect(ctm, corner, (left, left + symbol_width), (top, top + symbol_height))
    return (dot, 0, 0, dot, left, top), place, _rect(ctm, corner, (0, width), (0, height))


def _dot(symbol: Symbol) -> float:
    """Side of a device dot in px."""
    return 1 / symbol.resolution / MM_PER_PX


def _to_dot(length: Mm, resolution: DotsPerMm) -> float:
    """What is missing to the nearest whole dot, in mm."""
    return round(length * resolution) / resolution - length


def _rect(ctm: Matrix, corner: Corner, x: tuple[float, float], y: tuple[float, float]) -> Rect:
    a, b, c, d, e, f = ctm
    corners = [(left, top) for left in x for top in y]
    across = [(left * a + top * c + e - corner[0]) * MM_PER_PT for left, top in corners]
    down = [(corner[1] - (left * b + top * d + f)) * MM_PER_PT for left, top in corners]
    return Rect(Mm(min(across)), Mm(min(down)), Mm(max(across)), Mm(max(down)))
