"""Geometry of a page: matrices and upright boxes, in PDF units until a finding is told in millimetres."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from packslip.units import Mm, Pt, mm_from_pt


class Matrix(NamedTuple):
    """A PDF matrix: x' = ax + cy + e, y' = bx + dy + f. Source: ISO 32000-1:2008, 8.3.4."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def after(self, outer: "Matrix") -> "Matrix":
        """This matrix first, then the outer one."""
        a, b, c, d, e, f = self
        oa, ob, oc, od, oe, of = outer
        return Matrix(
            a * oa + b * oc,
            a * ob + b * od,
            c * oa + d * oc,
            c * ob + d * od,
            e * oa + f * oc + oe,
            e * ob + f * od + of,
        )

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Where a point goes."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    @property
    def across(self) -> float:
        """Length that a unit along x comes to."""
        return math.hypot(self.a, self.b)

    @property
    def down(self) -> float:
        """Length that a unit along y comes to."""
        return math.hypot(self.c, self.d)

    @property
    def is_upright(self) -> bool:
        """Whether rectangles stay rectangles with upright sides."""
        return (self.b == 0 and self.c == 0) or (self.a == 0 and self.d == 0)


SAME = Matrix(1, 0, 0, 1, 0, 0)


class Box(NamedTuple):
    """An upright rectangle."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """Its width."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Its height."""
        return self.top - self.bottom

    @property
    def is_empty(self) -> bool:
        """Whether nothing lies in it."""
        return self.right < self.left or self.top < self.bottom

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle."""
        return (self.left + self.right) / 2, (self.bottom + self.top) / 2

    def holds(self, other: "Box", spare: float = 0.0) -> bool:
        """Whether another box lies within, give or take."""
        return (
            other.left >= self.left - spare
            and other.bottom >= self.bottom - spare
            and other.right <= self.right + spare
            and other.top <= self.top + spare
        )

    def common(self, other: "Box") -> "Box":
        """What lies in both; empty where nothing does."""
        return Box(
            max(self.left, other.left),
            max(self.bottom, other.bottom),
            min(self.right, other.right),
            min(self.top, other.top),
        )

    def meets(self, other: "Box") -> bool:
        """Whether both share a part of the page."""
        return not self.common(other).is_empty

    def grown(self, by: float) -> "Box":
        """The box with so much more on every side."""
        return Box(self.left - by, self.bottom - by, self.right + by, self.top + by)

    def through(self, matrix: Matrix) -> "Box":
        """The upright box around this one when a matrix has moved it."""
        return around(
            matrix.point(x, y)
            for x, y in (
                (self.left, self.bottom),
                (self.right, self.bottom),
                (self.left, self.top),
                (self.right, self.top),
            )
        )


UNIT = Box(0, 0, 1, 1)


def around(points: Iterable[tuple[float, float]]) -> Box:
    """The box around points; at least one."""
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


class Place(NamedTuple):
    """A box on a page as people measure it: from the top left corner of the trimmed page."""

    x: Mm
    y: Mm
    width: Mm
    height: Mm


def place_of(box: Box, trim: Box, unit: float) -> Place:
    """Where a box stands on the trimmed page; `unit` is the page's user unit, in pt."""
    return Place(
        _mm((box.left - trim.left) * unit),
        _mm((trim.top - box.top) * unit),
        _mm(box.width * unit),
        _mm(box.height * unit),
    )


def _mm(length: float) -> Mm:
    return mm_from_pt(Pt(length))
