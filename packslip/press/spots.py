"""Spots: where on a page something small can stand that nothing else stands on.

Looks at pixels alone, so it works on any page, whoever drew it. The same pixels give the same spot.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

#: Paper and light tints are at least so light; darker ground would swallow black.
LIGHT = 200
#: Neighbours that differ by more are an edge of something.
EDGE = 6
#: A place further in from the right costs so much of one further from the top.
_INWARD = 0.6
#: The foot is as good as the head but for so many pixels.
_FOOT = 8
#: So much further away is worth a pixel more of room around.
_CROWDED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A rectangle of pixels, from the top left corner."""

    left: int
    top: int
    width: int
    height: int

    def grown(self, by: int) -> "Patch":
        """The same with so much more on every side, or less."""
        return Patch(left=self.left - by, top=self.top - by, width=self.width + 2 * by, height=self.height + 2 * by)


def occupied(pixels: Pixels) -> Mask:
    """Where a page in grey, or in colours along the last axis, is dark or has an edge."""
    tones = pixels.reshape(*pixels.shape[:2], -1).astype(np.int16)
    taken: Mask = tones.min(axis=2) < LIGHT
    down = np.abs(np.diff(tones, axis=0)).max(axis=2) > EDGE
    across = np.abs(np.diff(tones, axis=1)).max(axis=2) > EDGE
    taken[1:] |= down
    taken[:-1] |= down
    taken[:, 1:] |= across
    taken[:, :-1] |= across
    return taken


def extent(taken: Mask, area: Patch) -> Patch:
    """The part of an area between the outermost things that stand in it, left and right; all of it where none do."""
    left, top = max(area.left, 0), max(area.top, 0)
    columns = np.flatnonzero(taken[top : area.top + area.height, left : area.left + area.width].any(axis=0))
    if not len(columns):
        return area
    first, last = int(columns[0]), int(columns[-1])
    return Patch(left=left + first, top=area.top, width=last - first + 1, height=area.height)


def block(taken: Mask, patch: Patch) -> None:
    """Declare a rectangle taken."""
    top, left = max(patch.top, 0), max(patch.left, 0)
    taken[top : max(patch.top + patch.height, top), left : max(patch.left + patch.width, left)] = True


def find_spot(taken: Mask, size: tuple[int, int], area: Patch, clearances: Sequence[int]) -> Patch | None:
    """The best free place for a rectangle of a width and height, all of it in an area: near head or foot, to the right.

    So much as the first of the clearances stays free around it where that costs no better place, at least the last.
    """
    best, lowest = None, float("inf")
    for clearance in clearances:
        counts = _counts(taken, size, area, clearance)
        if counts is None:
            continue
        tops, lefts = np.nonzero(counts == 0)
        if not len(tops):
            continue
        last_top, last_left = counts.shape[0] - 1, counts.shape[1] - 1
        cost = np.minimum(tops, last_top - tops + _FOOT) + _INWARD * (last_left - lefts)
        at = int(np.argmin(cost))
        total = float(cost[at]) + _CROWDED * (clearances[0] - clearance)
        if total < lowest:
            best, lowest = _patch(area, int(lefts[at]), int(tops[at]), size), total
    return best


def least_taken(taken: Mask, size: tuple[int, int], area: Patch) -> Patch | None:
    """The place where a rectangle hides least; None where the area is too small for it."""
    counts = _counts(taken, size, area, 0)
    if counts is None:
        return None
    top, left = np.unravel_index(int(np.argmin(counts)), counts.shape)
    return _patch(area, int(left), int(top), size)


def _patch(area: Patch, left: int, top: int, size: tuple[int, int]) -> Patch:
    return Patch(left=max(area.left, 0) + left, top=max(area.top, 0) + top, width=size[0], height=size[1])


def _counts(taken: Mask, size: tuple[int, int], area: Patch, clearance: int) -> NDArray[np.int64] | None:
    """How many pixels around each place of a rectangle are taken, by its top and left within the area."""
    height, width = taken.shape
    left, top = max(area.left, 0), max(area.top, 0)
    right, bottom = min(area.left + area.width, width), min(area.top + area.height, height)
    across, down = right - left - size[0] + 1, bottom - top - size[1] + 1
    if across < 1 or down < 1:
        return None
    sums = np.zeros((height + 1, width + 1), dtype=np.int64)
    np.cumsum(np.cumsum(taken, axis=0, dtype=np.int64), axis=1, out=sums[1:, 1:])
    lefts, tops = np.arange(left, left + across), np.arange(top, top + down)
    x0, x1 = np.maximum(lefts - clearance, 0), np.minimum(lefts + size[0] + clearance, width)
    y0, y1 = np.maximum(tops - clearance, 0), np.minimum(tops + size[1] + clearance, height)
    counts: NDArray[np.int64] = (
        sums[np.ix_(y1, x1)] - sums[np.ix_(y0, x1)] - sums[np.ix_(y1, x0)] + sums[np.ix_(y0, x0)]
    )
    return counts
