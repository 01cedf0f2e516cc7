"""Pens: the part of the graphics state that decides which ink a painted thing prints, and which it spares.

Source: ISO 32000-1:2008, 8.6.7.
"""

import copy
from dataclasses import dataclass

from packslip.preflight.foreign.amounts import PROCESS, Recipe

#: What paints areas and lines, and what is left of it where only lines, or only areas, print.
PAINTING = {b"f": (True, False), b"F": (True, False), b"f*": (True, False), b"S": (False, True), b"s": (False, True)}
PAINTING |= dict.fromkeys((b"B", b"B*", b"b", b"b*"), (True, True))
_LINES_OF = {b"B": b"S", b"B*": b"S", b"b": b"s", b"b*": b"s"}
_AREAS_OF = {b"B": b"f", b"B*": b"f*", b"b": b"f", b"b*": b"f*"}
#: What text modes paint. Source: ISO 32000-1:2008, Table 106.
_FILLS, _STROKES = frozenset({0, 2, 4, 6}), frozenset({1, 2, 5, 6})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Colour:
    """A colour as the content sets it."""

    recipe: Recipe
    amounts: tuple[float, ...]  #: of each ink
    pattern: object = None

    def spares(self, ink: int, mode: int) -> bool:
        """Whether it leaves an ink as it is where it overprints, in this overprint mode."""
        if self.recipe.touches is not None:
            return ink not in self.recipe.touches
        if self.recipe.family == "DeviceCMYK" and mode == 1 and self.pattern is None:
            return not self.amounts[ink]
        return ink >= len(PROCESS)


class Pen:
    """Colours and overprint as they stand."""

    __slots__ = ("fill", "mode", "overprint_mode", "overprints_fill", "overprints_stroke", "stroke")

    def __init__(self, colour: Colour) -> None:
        self.fill = self.stroke = colour
        self.overprints_fill = self.overprints_stroke = False
        self.overprint_mode = self.mode = 0

    @property
    def key(self) -> tuple[object, ...]:
        """What a form that is drawn with it depends on."""
        return (
            id(self.fill),
            id(self.stroke),
            self.overprints_fill,
            self.overprints_stroke,
            self.overprint_mode,
            self.mode,
        )

    @property
    def overprints(self) -> bool:
        """Whether anything does."""
        return self.overprints_fill or self.overprints_stroke

    def copied(self) -> "Pen":
        """The same, to be changed by itself."""
        return copy.copy(self)

    def spares_fill(self, ink: int) -> bool:
        """Whether what is filled leaves an ink as it is."""
        return self.overprints_fill and self.fill.spares(ink, self.overprint_mode)

    def spares_stroke(self, ink: int) -> bool:
        """Whether what is stroked leaves an ink as it is."""
        return self.overprints_stroke and self.stroke.spares(ink, self.overprint_mode)

    def painting(self, operator: bytes, ink: int) -> bytes:
        """The painting operator that paints what prints of an ink."""
        fills, strokes = PAINTING[operator]
        fills_here = fills and not self.spares_fill(ink)
        strokes_here = strokes and not self.spares_stroke(ink)
        if (fills_here, strokes_here) == (fills, strokes):
            return operator
        if fills_here:
            return _AREAS_OF[operator]
        return _LINES_OF[operator] if strokes_here else b"n"

    def text_mode(self, ink: int) -> int:
        """The text mode that paints what prints of an ink."""
        fills = self.mode in _FILLS and not self.spares_fill(ink)
        strokes = self.mode in _STROKES and not self.spares_stroke(ink)
        shown = {(True, True): 2, (True, False): 0, (False, True): 1, (False, False): 3}[fills, strokes]
        return shown + (4 if self.mode > 3 else 0)
