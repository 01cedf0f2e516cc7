"""Ink: how much of all inks together each place gets, measured on separations.

Places smaller than a square millimetre are spared: paper takes them. Source: practice of the trade.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packslip.preflight.foreign.separating import Separations, separations
from packslip.preflight.foreign.subject import Fault, fault_on
from packslip.units import MM_PER_INCH

#: Most ink in all, in percent, that coated paper takes; uncoated paper takes less.
MOST_INK = 330.0
#: Rounding to 8 bits in up to six plates.
_CLOSE = 2.0
DPI = 100.0
#: Pages whose ink is measured, and places that are told of one.
MOST_PAGES, MOST_PLACES = 400, 24
_LEAST_MM2 = 1.0
#: Side of the squares that a page's dots are gathered in, in mm.
_SQUARE_MM = 2.0

Sums = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class _Spot:
    """A part of a plate."""

    top: int
    left: int
    bottom: int
    right: int
    most: int  #: of all inks together, in 255ths
    dots: int

    def joined(self, other: "_Spot") -> "_Spot":
        return _Spot(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
            max(self.most, other.most),
            self.dots + other.dots,
        )


def check_ink(data: bytes, most_ink: float) -> Iterator[Fault]:
    """Where a file prints more ink than paper takes. Raises what `separations` raises."""
    for found in separations(data, DPI, most_pages=MOST_PAGES):
        yield from _check_page(found, most_ink)


def _check_page(found: Separations, most_ink: float) -> Iterator[Fault]:
    sums = found.plates.sum(axis=0, dtype=np.uint16)
    _blank_outside(sums, found)
    over = sums > (most_ink + _CLOSE) * 2.55
    if not over.any():
        return
    dots_per_mm = found.dpi / MM_PER_INCH / found.sheet.unit
    spots = [spot for spot in _spots(sums, over, dots_per_mm) if spot.dots >= _LEAST_MM2 * dots_per_mm**2]
    for spot in sorted(spots, key=lambda spot: -spot.dots)[:MOST_PLACES]:
        message = f"{spot.most / 2.55:.0f} % ink, more than {most_ink:g}"
        yield fault_on(found.sheet, "ink.too_much", message, found.box(spot.top, spot.left, spot.bottom, spot.right))


def _blank_outside(sums: Sums, found: Separations) -> None:
    """Marks and colour bars beyond the bleed may have any ink."""
    top, left, bottom, right = found.dots(found.sheet.bleed)
    sums[: max(top, 0)] = sums[max(bottom, 0) :] = 0
    sums[:, : max(left, 0)] = sums[:, max(right, 0) :] = 0


def _spots(sums: Sums, over: NDArray[np.bool_], dots_per_mm: float) -> Iterator[_Spot]:
    """Parts of a page with too much ink, each of squares that touch."""
    side = max(1, round(_SQUARE_MM * dots_per_mm))
    squares: dict[tuple[int, int], _Spot] = {}
    rows, columns = np.nonzero(over)
    order = np.lexsort((columns // side, rows // side))
    rows, columns = rows[order], columns[order]
    starts = np.flatnonzero(np.diff(rows // side * 1_000_000 + columns // side, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        down, across = rows[start:end], columns[start:end]
        squares[int(down[0]) // side, int(across[0]) // side] = _Spot(
            int(down.min()),
            int(across.min()),
            int(down.max()) + 1,
            int(across.max()) + 1,
            int(sums[down, across].max()),
            len(down),
        )
    while squares:
        place, spot = squares.popitem()
        edge = [place]
        while edge:
            row, column = edge.pop()
            for near in ((row + by, column + to) for by in (-1, 0, 1) for to in (-1, 0, 1)):
                if near in squares:
                    spot = spot.joined(squares.pop(near))
                    edge.append(near)
        yield spot
