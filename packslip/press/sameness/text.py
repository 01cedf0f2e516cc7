"""Text objects: where each glyph of a string comes to stand."""

from collections.abc import Iterable

from packslip.press.sameness.matrices import IDENTITY, Matrix, point, times
from packslip.press.sameness.paths import Rectangle
from packslip.press.sameness.state import State
from packslip.press.sameness.values import Thing, UnprovableError, Value

_STROKING = frozenset({1, 2, 5, 6})
_FILLING = frozenset({0, 2, 4, 6})
_CLIPPING = frozenset({4, 5, 6, 7})


class TextObject:
    """What stands between BT and ET."""

    def __init__(self) -> None:
        self._matrix = self._line = IDENTITY
        self._inks: list[Rectangle] = []
        self.clip: list[Value] = []  #: glyphs that limit what is painted after ET

    def place(self, matrix: Matrix) -> None:
        """`Tm`."""
        self._matrix = self._line = matrix

    def move(self, x: float, y: float) -> None:
        """`Td`."""
        self.place(times((1.0, 0.0, 0.0, 1.0, x, y), self._line))

    def show(self, state: State, pieces: Iterable[bytes | float]) -> Iterable[Thing]:
        """`TJ`: one thing for each glyph, placed by the square of one em on its origin."""
        if state.font is None:
            raise UnprovableError("text without a font")
        a, b, c, d, e, f = times(self._matrix, state.ctm)
        size, scaling = state.font_size, state.scaling
        em = (size * scaling * a, size * scaling * b, size * c, size * d)
        spacing = (state.char_spacing * scaling, state.word_spacing * scaling)
        rise = state.rise * c, state.rise * d
        setting: tuple[Value, ...] = (state.text_mode, *rise, *(part * space for space in spacing for part in (a, b)))
        fills, strokes = state.text_mode in _FILLING, state.text_mode in _STROKING
        look = state.look(fills=fills, strokes=strokes)
        merges = state.text_knockout and state.is_transparent
        x = 0.0
        things = []
        for piece in pieces:
            if isinstance(piece, float):
                x -= piece / 1000 * size * scaling
                continue
            for glyph in state.font.glyphs(piece):
                place = (e + x * a + rise[0], f + x * b + rise[1], *em)
                covers = self._covers((*em, *place[:2]), glyph.ink) if merges else 0
                things.append(Thing("glyph", place, glyph.identity, (*setting, covers), look))
                x += glyph.advance * size * scaling + spacing[0] + (spacing[1] if glyph.spaces else 0.0)
        self._matrix = times((1.0, 0.0, 0.0, 1.0, x, 0.0), self._matrix)
        if state.text_mode in _CLIPPING:
            self.clip += [(thing.place, thing.shape) for thing in things]
        return things

    def _covers(self, em: Matrix, ink: Rectangle) -> int:
        """How many earlier glyphs of this text object one may touch: where both are transparent, they do not add up.

        Source: ISO 32000-2, 11.7.4.4, and text knockout in 9.3.8.
        """
        left, bottom, right, top = ink
        xs, ys = zip(*(point(em, x, y) for x in (left, right) for y in (bottom, top)), strict=True)
        box = min(xs), min(ys), max(xs), max(ys)
        touched = [
            ink for ink in self._inks if box[0] < ink[2] and ink[0] < box[2] and box[1] < ink[3] and ink[1] < box[3]
        ]
        self._inks.append(box)
        return len(touched)
