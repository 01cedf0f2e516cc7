"""Paths and clips on the page, in pt."""

from typing import NamedTuple, TypeAlias

from packslip.press.sameness.matrices import Matrix, point
from packslip.press.sameness.values import Value

Rectangle: TypeAlias = tuple[float, float, float, float]  #: left, bottom, right, top

_EVERYWHERE: Rectangle = (float("-inf"), float("-inf"), float("inf"), float("inf"))
_NOWHERE: Rectangle = (0.0, 0.0, 0.0, 0.0)

#: A side that leans less than this is upright, pt; what is left of a turn by 90°.
_UPRIGHT = 1e-6


class Path:
    """A path under construction: a letter for each step (m, l, c, h), and the points of all."""

    def __init__(self) -> None:
        self.steps = ""
        self.points: list[float] = []
        self._current = (0.0, 0.0)  # in the user space of the moment
        self._start = (0.0, 0.0)

    def add(self, step: str, matrix: Matrix, *numbers: float) -> None:
        """A step to where the last of its points is."""
        self.steps += step
        for i in range(0, len(numbers), 2):
            self.points += point(matrix, numbers[i], numbers[i + 1])
        self._current = numbers[-2], numbers[-1]
        if step == "m":
            self._start = self._current

    def add_from_here(self, matrix: Matrix, *numbers: float) -> None:
        """A curve whose first handle is the current point (`v`)."""
        self.add("c", matrix, *self._current, *numbers)

    def rectangle(self, matrix: Matrix, x: float, y: float, width: float, height: float) -> None:
        """`re`, which is four lines."""
        self.add("m", matrix, x, y)
        self.add("l", matrix, x + width, y)
        self.add("l", matrix, x + width, y + height)
        self.add("l", matrix, x, y + height)
        self.close()

    def close(self) -> None:
        """`h`; a second one does nothing."""
        if self.steps and self.steps[-1] != "h":
            self.steps += "h"
            self._current = self._start


class Clip(NamedTuple):
    """What limits painting: upright rectangles as the one they have in common, all other paths one by one."""

    rectangle: Rectangle = _EVERYWHERE
    paths: tuple[Value, ...] = ()

    def within(self, path: Path, rule: str) -> "Clip":
        """This clip, and a path besides; `rule` is W or W*."""
        found = _upright(path)
        if found is None:
            return self.beside((rule, path.steps, tuple(path.points)))
        left, bottom = max(self.rectangle[0], found[0]), max(self.rectangle[1], found[1])
        right, top = min(self.rectangle[2], found[2]), min(self.rectangle[3], found[3])
        if left >= right or bottom >= top:
            return Clip(_NOWHERE)
        return Clip((left, bottom, right, top), self.paths)

    def beside(self, path: Value) -> "Clip":
        """This clip, and one more shape."""
        return self if self.rectangle == _NOWHERE else Clip(self.rectangle, (*self.paths, path))


def _upright(path: Path) -> Rectangle | None:
    """The rectangle a path is, if it is one and its sides are upright."""
    points = path.points
    if path.steps.rstrip("h") == "mllll" and points[:2] == points[8:]:
        points = points[:8]
    elif path.steps.rstrip("h") != "mlll":
        return None
    xs, ys = points[0::2], points[1::2]
    for one, other in ((xs, ys), (ys, xs)):
        if (
            abs(one[0] - one[1]) < _UPRIGHT
            and abs(one[2] - one[3]) < _UPRIGHT
            and abs(other[1] - other[2]) < _UPRIGHT
            and abs(other[3] - other[0]) < _UPRIGHT
        ):
            return min(xs), min(ys), max(xs), max(ys)
    return None
