"""Shapes of codes: modules, widths of bars and quiet zones, measured on the pixels of a page.

Measures codes that stand upright; of others it says nothing. All lengths are in pixels.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from packslip.preflight.rasters import Grey

Corners = Sequence[tuple[int, int]]  #: top left, top right, bottom right, bottom left

DARK = 128
#: Lines that are measured across one code.
_MOST_LINES = 60


def is_upright(corners: Corners) -> bool:
    """Whether a code's sides run along the page's."""
    (left, top), (_, other), _, (below, _) = corners
    return abs(other - top) <= 2 and abs(below - left) <= 2


def measure(grey: Grey, corners: Corners, modules: int | None) -> tuple[float, float] | None:
    """Width of a module, and by how much the bar or module is off that fits least; `modules` across, where known."""
    lines = list(_runs(grey, corners, modules))
    if not lines or max(len(runs) for runs in lines) < 5:
        return None
    across = float(np.hypot(corners[1][0] - corners[0][0], corners[1][1] - corners[0][1]))
    guess = across / modules if modules else float(np.percentile(lines[0], 5))
    if guess < 1:
        return None
    counts = [np.maximum(np.rint(runs / guess), 1) for runs in lines]
    module = float(sum(runs.sum() for runs in lines) / sum(count.sum() for count in counts))
    off = max(float(np.abs(runs - count * module).max()) for runs, count in zip(lines, counts, strict=True))
    return module, off


def _runs(grey: Grey, corners: Corners, modules: int | None) -> Iterator[NDArray[np.int64]]:
    """Widths of dark and light along lines across a code: through its middle, or through each row and column."""
    if not is_upright(corners):
        return
    xs, ys = zip(*corners, strict=True)
    left, right, top, bottom = max(min(xs), 0), max(xs), max(min(ys), 0), max(ys)
    lines = [(top + bottom) / 2]
    if modules:
        step = max(1, modules // (_MOST_LINES // 2))
        lines = [top + (at + 0.5) * (bottom - top) / modules for at in range(0, modules, step)]
    pad = 2
    for line in lines:
        if 0 <= line < grey.shape[0]:
            yield from _widths(grey[int(line), max(left - pad, 0) : right + pad + 1])
    if modules:
        for at in range(0, modules, step):
            column = int(left + (at + 0.5) * (right - left) / modules)
            if 0 <= column < grey.shape[1]:
                yield from _widths(grey[max(top - pad, 0) : bottom + pad + 1, column])


def _widths(line: Grey) -> Iterator[NDArray[np.int64]]:
    edges = np.flatnonzero(np.diff((line < DARK).astype(np.int8)))
    if len(edges) > 2:
        yield np.diff(edges)


def has_quiet(grey: Grey, corners: Corners, zone: float, *, is_linear: bool) -> bool:
    """Whether a band of paper surrounds a code; half a module is spared at the code's own edge, and at the band's."""
    xs, ys = zip(*corners, strict=True)
    if min(abs(corners[1][0] - corners[0][0]), abs(corners[1][1] - corners[0][1])) > 2:
        return True  # it stands askew; bands run upright
    gap, wide = max(1, round(zone * 0.1)), round(zone * 0.85)
    left, right, top, bottom = min(xs) - gap, max(xs) + gap, min(ys) - gap, max(ys) + gap
    bands = [
        grey[max(top, 0) : bottom, max(left - wide, 0) : max(left, 0)],
        grey[max(top, 0) : bottom, right : right + wide],
    ]
    if is_linear:
        middle = (max(top, 0) + bottom) // 2
        bands = [band[len(band) // 4 : max(len(band) * 3 // 4, 1)] for band in bands] if middle else bands
    else:
        bands += [
            grey[max(top - wide, 0) : max(top, 0), max(left, 0) : right],
            grey[bottom : bottom + wide, max(left, 0) : right],
        ]
    return not any(band.size and float((band < DARK).mean()) > 0.02 for band in bands)
