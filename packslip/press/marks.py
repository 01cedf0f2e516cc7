"""Marks: what a press operator needs around the slips of a sheet, drawn by ReportLab.

Crop marks, registration marks, fold and perforation marks, colour bar and slug line, all in one band outside the bleed.
What every plate must show is in the separation All; the slug is black alone. Knows no slip's content: it is given ids.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Literal

from reportlab.lib.colors import CMYKColor, CMYKColorSep, Color
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from packslip.impositions import MARK_BAND, Mark
from packslip.model import Caption, SheetJob
from packslip.units import Mm, pt_from_mm

HAIRLINE_PT = 0.25

#: Sizes of the slug, the first in which it fits; in the last it is cut.
_SLUG_PT = (5.5, 5.0, 4.5, 4.0)

#: Room that a mark keeps from its neighbours in the band, on each side.
_LINE_ROOM = Mm(1.5)
_TARGET_ROOM = Mm(4.0)

_CIRCLE = Mm(1.5)
_ARM = Mm(2.2)
_PATCH = Mm(4.0)

#: Where registration marks may stand on a side; the first that keeps clear of cuts and folds is taken.
_SPOTS = ((0.5,), (0.25, 0.75), (1 / 3, 2 / 3), (1 / 6, 5 / 6), (0.125, 0.875), (0.1, 0.9))

_DASHES = {"fold": (3.0, 1.5), "perforation": (0.75, 1.0)}

Side = Literal["front", "back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedSide:
    """One side of a sheet that gets marks."""

    captions: tuple[Caption, ...]  #: of its slips, in the order of their places
    number: int  #: of the sheet, from 1
    sheets: int
    side: Side = "front"


class _Canvas(Canvas):  # type: ignore[misc]  # reportlab is not typed
    """A canvas that begins a page without Helvetica, which could not be embedded."""

    def _make_preamble(self) -> None:
        self._preamble = ""


@dataclass(frozen=True, slots=True)
class _Inks:
    every: Color  #: on all plates
    black: Color
    patches: tuple[Color, ...]


_CMYK = _Inks(
    every=CMYKColorSep(1, 1, 1, 1, spotName="All"),
    black=CMYKColor(0, 0, 0, 1),
    patches=tuple(
        CMYKColor(*parts)
        for parts in (
            *((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
            *((0.5, 0, 0, 0), (0, 0.5, 0, 0), (0, 0, 0.5, 0), (0, 0, 0, 0.5)),
            *((0, 1, 1, 0), (1, 0, 1, 0), (1, 1, 0, 0), (0.5, 0.4, 0.4, 0)),
        )
    ),
)
_RGB = _Inks(
    every=Color(0, 0, 0),
    black=Color(0, 0, 0),
    patches=tuple(
        Color(*parts)
        for parts in (
            *((1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 0)),
            *((0, 0, 0), (0.25, 0.25, 0.25), (0.5, 0.5, 0.5), (0.75, 0.75, 0.75)),
        )
    ),
)


def draw_marks(sides: Iterable[MarkedSide], job: SheetJob) -> bytes:
    """A PDF with a page of marks for each side of a sheet; the same sides give the same bytes."""
    output = io.BytesIO()
    sheet = job.sheet
    size = (pt_from_mm(sheet.width), pt_from_mm(sheet.height))
    canvas = _Canvas(output, pagesize=size, invariant=1, pageCompression=1)
    font = _register(job.font) if job.font else None
    for side in sides:
        _Drawing(canvas, job, font).draw(side)
        canvas.showPage()
    canvas.save()
    return output.getvalue()


class _Drawing:
    """One page of marks. Measures are mm here, points only where they are drawn."""

    def __init__(self, canvas: Canvas, job: SheetJob, font: TTFont | None) -> None:
        self._canvas, self._job, self._font = canvas, job, font
        self._sheet = job.sheet
        self._inks = _CMYK if job.space == "CMYK" else _RGB

    def draw(self, side: MarkedSide) -> None:
        """All marks that are wanted."""
        wanted = self._sheet.imposition.marks
        self._canvas.setLineWidth(HAIRLINE_PT)
        self._canvas.setLineCap(0)
        self._canvas.setStrokeColor(self._inks.every)
        if Mark.CROP in wanted:
            self._lines(self._sheet.cuts(upright=True), upright=True)
            self._lines(self._sheet.cuts(upright=False), upright=False)
        folds = tuple(self._folds(side.side)) if Mark.FOLD in wanted else ()
        for kind, upright, place in folds:
            self._canvas.setDash(*_DASHES[kind])
            self._lines((place,), upright=upright)
        self._canvas.setDash()
        taken = {
            upright: [
                *((cut - _LINE_ROOM, cut + _LINE_ROOM) for cut in self._sheet.cuts(upright=upright)),
                *((place - _LINE_ROOM, place + _LINE_ROOM) for _, along, place in folds if along is upright),
            ]
            for upright in (True, False)
        }
        if Mark.REGISTRATION in wanted:
            for upright in (True, False):
                taken[upright] += self._targets(taken[upright], upright=upright)
        free = _gaps(self._sheet.left, self._sheet.left + self._sheet.block_width, taken[True])
        if Mark.COLOUR_BAR in wanted:
            self._colour_bar(free)
        if Mark.SLUG in wanted and self._font and free:
            self._slug(side, self._font, max(free, key=lambda gap: gap[1] - gap[0]))

    def _lines(self, places: Sequence[float], *, upright: bool) -> None:
        """Hairlines through the band on both ends of cuts or folds."""
        for near, far in self._bands(upright=upright):
            for place in places:
                ends = (place, near, place, far) if upright else (near, place, far, place)
                self._canvas.line(*(pt_from_mm(Mm(end)) for end in ends))

    def _bands(self, *, upright: bool) -> tuple[tuple[float, float], tuple[float, float]]:
        """Near and far edge of the bands that lines of a direction end in: bottom and top, or left and right."""
        sheet = self._sheet
        low = sheet.bottom if upright else sheet.left
        high = low + (sheet.block_height if upright else sheet.block_width)
        off = sheet.mark_offset
        return (low - off, low - off - MARK_BAND), (high + off, high + off + MARK_BAND)

    def _folds(self, side: Side) -> Iterator[tuple[str, bool, float]]:
        """Kind, direction and place of each fold and perforation of each slip."""
        sheet, turn = self._sheet, self._job.turn if side == "back" else ""
        found: dict[tuple[str, bool, float], None] = {}
        for zone in self._job.zones:
            if zone.kind not in _DASHES:
                continue
            upright = zone.width_mm < zone.height_mm
            across = zone.x_mm + zone.width_mm / 2
            above = sheet.slip_height - zone.y_mm - zone.height_mm / 2
            for column in range(sheet.imposition.across):
                for row in range(sheet.imposition.down):
                    x, y = sheet.corner(column, row)
                    place = x + (sheet.slip_width - across if turn == "upright" else across)
                    if not upright:
                        place = y + (sheet.slip_height - above if turn == "level" else above)
                    found[zone.kind, upright, round(place, 6)] = None
        yield from found

    def _targets(self, taken: Sequence[tuple[float, float]], *, upright: bool) -> list[tuple[float, float]]:
        """Registration marks in both bands; the room they take."""
        sheet = self._sheet
        start, length = (sheet.left, sheet.block_width) if upright else (sheet.bottom, sheet.block_height)
        rooms = (
            [(start + part * length - _TARGET_ROOM, start + part * length + _TARGET_ROOM) for part in spots]
            for spots in _SPOTS
        )
        room = next((room for room in rooms if not any(_meet(one, other) for one in room for other in taken)), [])
        for near, far in self._bands(upright=upright):
            for low, high in room:
                middle = ((low + high) / 2, (near + far) / 2)
                self._target(*(middle if upright else middle[::-1]))
        return room

    def _target(self, x: float, y: float) -> None:
        canvas, arm = self._canvas, pt_from_mm(_ARM)
        x, y = pt_from_mm(Mm(x)), pt_from_mm(Mm(y))
        canvas.circle(x, y, pt_from_mm(_CIRCLE), stroke=1, fill=0)
        canvas.line(x - arm, y, x + arm, y)
        canvas.line(x, y - arm, x, y + arm)

    def _colour_bar(self, free: Iterable[tuple[float, float]]) -> None:
        """Patches in the band at the top, as many as it has room for."""
        _, (near, far) = self._bands(upright=True)
        bottom = (near + far - _PATCH) / 2
        patches = iter(self._inks.patches)
        for low, high in free:
            for step in range(int((high - low) / _PATCH)):
                colour = next(patches, None)
                if colour is None:
                    return
                self._canvas.setFillColor(colour)
                box = (low + step * _PATCH, bottom, _PATCH, _PATCH)
                self._canvas.rect(*(pt_from_mm(Mm(part)) for part in box), stroke=0, fill=1)

    def _slug(self, side: MarkedSide, font: TTFont, room: tuple[float, float]) -> None:
        """Two lines in the band at the bottom: the orders, and where the sheet comes from."""
        canvas = self._canvas
        width = pt_from_mm(Mm(room[1] - room[0]))
        (near, far), _ = self._bands(upright=True)
        middle = pt_from_mm(Mm((near + far) / 2))
        lines = _slug_lines(side, font)
        size = _slug_size(lines, font, width)
        canvas.setFillColor(self._inks.black)
        canvas.setFont(font.fontName, size)
        for line, at in zip(lines, (middle + 0.2 * size, middle - size), strict=True):
            canvas.drawString(pt_from_mm(Mm(room[0])), at, _cut(line, font, size, width))


def _slug_lines(side: MarkedSide, font: TTFont) -> tuple[str, str]:
    """The orders of a side, and below them sheet, station, time and release."""
    accepted = [caption.accepted for caption in side.captions if caption.accepted]
    origin = (
        f"sheet {side.number} of {side.sheets}{' back' if side.side == 'back' else ''}",
        *dict.fromkeys(caption.station for caption in side.captions if caption.station),
        f"{min(accepted).astimezone(UTC):%Y-%m-%d %H:%MZ}" if accepted else "",
        *dict.fromkeys(caption.release for caption in side.captions),
    )
    orders = ", ".join(dict.fromkeys(caption.order_id for caption in side.captions))
    return _drawable(orders, font), _drawable(" · ".join(part for part in origin if part), font)


def _slug_size(lines: Iterable[str], font: TTFont, width: float) -> float:
    """The first size in which all lines fit, else the last one."""
    fit = (size for size in _SLUG_PT if all(font.stringWidth(line, size) <= width for line in lines))
    return next(fit, _SLUG_PT[-1])


def _cut(text: str, font: TTFont, size: float, width: float) -> str:
    """As much of a text as there is room for."""
    if font.stringWidth(text, size) <= width:
        return text
    while text and font.stringWidth(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text}…" if text else ""


def _drawable(text: str, font: TTFont) -> str:
    """A text in the glyphs that the font has."""
    return "".join(letter if ord(letter) in font.face.charToGlyph else "?" for letter in text)


def _gaps(start: float, end: float, taken: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """What of a side is free, from its start on."""
    gaps: list[tuple[float, float]] = []
    for low, high in sorted(taken):
        if low > start:
            gaps.append((start, min(low, end)))
        start = max(start, high)
    if start < end:
        gaps.append((start, end))
    return gaps


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _register(path: Path) -> TTFont:
    """The font of a file, known to ReportLab once."""
    name = f"packslip-{path.stem}"
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(name, path))
    return pdfmetrics.getFont(name)
