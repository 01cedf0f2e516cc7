"""Matrices as a PDF writes them: six numbers, (x, y) → (ax + cy + e, bx + dy + f)."""

from typing import TypeAlias

Matrix: TypeAlias = tuple[float, float, float, float, float, float]

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

#: Side of the square that stands for a matrix without a size of its own, pt; about a page.
_SPREAD = 1000.0


def times(first: Matrix, then: Matrix) -> Matrix:
    """The matrix that does one and then the other."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def point(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """Where a point comes to lie."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def spread(matrix: Matrix) -> Matrix:
    """A matrix by what it does to a page, so that the tolerance of lengths holds for all of its numbers."""
    a, b, c, d, e, f = matrix
    return a * _SPREAD, b * _SPREAD, c * _SPREAD, d * _SPREAD, e, f


def pen_of(matrix: Matrix) -> tuple[float, float, float]:
    """What a round pen of width 1 becomes: three numbers that no turning or mirroring of the source can change.

    The triangle L of matrix = L · Q with Q orthogonal.
    """
    a, b, c, d, _, _ = matrix
    across = (a * a + c * c) ** 0.5
    if not across:
        return 0.0, 0.0, (b * b + d * d) ** 0.5
    return across, (a * b + c * d) / across, abs(a * d - b * c) / across
