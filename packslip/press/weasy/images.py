"""Images: pictures kept from slip to slip, and codes drawn without going through a picture.

Kept are rasters alone, by their URL: a digest or an art file's name says what they are. What hangs on one document (an
SVG's layout context, a code) is forgotten with it.
"""

from collections.abc import Callable

from weasyprint.css import ComputedStyle
from weasyprint.images import RasterImage
from weasyprint.layout.percent import percentage
from weasyprint.pdf.stream import Stream

from packslip.press.codes import Symbol
from packslip.press.pieces import CodePiece, Rect
from packslip.units import MM_PER_INCH, Mm

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


class CodeImage:
    """A code as WeasyPrint's layout sees it: a picture of the symbol's own size."""

    def __init__(self, symbol: Symbol) -> None:
        self.symbol = symbol

    def get_intrinsic_size(self, _resolution: float, _font_size: float) -> tuple[float, float, float]:
        """Width and height in px, and their ratio."""
        width, height = self.symbol.width_mm / MM_PER_PX, self.symbol.height_mm / MM_PER_PX
        return width, height, width / height

    def draw(self, stream: Stream, width: float, height: float, style: ComputedStyle) -> None:
        """Draws nothing: only a code that stands in an `<img>` is placed, and so drawn."""


class PlacedCode(CodeImage):
    """A code in its place on a page: drawn at its own size whatever the box, starting on a whole dot."""

    def __init__(self, symbol: Symbol, page_height: Mm, report: Callable[[CodePiece], None]) -> None:
        super().__init__(symbol)
        self._page_height = page_height
        self._report = report

    def draw(self, stream: Stream, width: float, height: float, style: ComputedStyle) -> None:
        """Draw the symbol into a room of `width` × `height` px, aligned by `object-position`."""
        dot = 1 / self.symbol.resolution / MM_PER_PX
        left, top = self._align(width, height, dot, style)
        upright = abs(stream.ctm[0][1]) < 1e-6 and stream.ctm[0][0] > 0
        if upright:
            left, top = self._snap(stream, left, top)
        with stream.stacked():
            stream.transform(a=dot, d=dot, e=left, f=top)
            stream.set_color_rgb(0, 0, 0)
            for bar in self.symbol.bars:
                stream.rectangle(bar.x, bar.y, bar.width, bar.height)
            stream.fill()
        symbol_width, symbol_height = self.symbol.width * dot, self.symbol.height * dot
        self._report(
            CodePiece(
                symbol=self.symbol,
                place=self._rect(stream, left, top, left + symbol_width, top + symbol_height),
                room=self._rect(stream, 0, 0, width, height),
            )
        )

    def _align(self, width: float, height: float, dot: float, style: ComputedStyle) -> tuple[float, float]:
        spare_x, spare_y = width - self.symbol.width * dot, height - self.symbol.height * dot
        origin_x, position_x, origin_y, position_y = style["object_position"][0]
        x, y = percentage(position_x, style, spare_x), percentage(position_y, style, spare_y)
        return (spare_x - x if origin_x == "right" else x), (spare_y - y if origin_y == "bottom" else y)

    def _snap(self, stream: Stream, left: float, top: float) -> tuple[float, float]:
        """The nearest place that starts on a whole dot, counted from the page's top left corner."""
        scale = MM_PER_PT * stream.ctm[0][0]  # mm on paper of one px here
        place = self._rect(stream, left, top, left, top)
        resolution = self.symbol.resolution
        dx = round(place.left * resolution) / resolution - place.left
        dy = round(place.top * resolution) / resolution - place.top
        return left + dx / scale, top + dy / scale

    def _rect(self, stream: Stream, left: float, top: float, right: float, bottom: float) -> Rect:
        corners = [stream.ctm.transform_point(x, y) for x in (left, right) for y in (top, bottom)]
        across = [x * MM_PER_PT for x, _ in corners]
        down = [self._page_height - y * MM_PER_PT for _, y in corners]
        return Rect(Mm(min(across)), Mm(min(down)), Mm(max(across)), Mm(max(down)))
