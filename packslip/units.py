"""Lengths as the printing trade counts them: millimetres, points and device dots.

Owns the conversions and nothing else: no paper sizes, no rounding policy beyond whole dots.
"""

import math
from typing import NewType

Mm = NewType("Mm", float)
Pt = NewType("Pt", float)  #: PDF points, 72 to the inch
Dots = NewType("Dots", int)  #: whole dots of a printing device
DotsPerMm = NewType("DotsPerMm", float)

MM_PER_INCH = 25.4
PT_PER_INCH = 72.0


def pt_from_mm(length: Mm) -> Pt:
    """The same length in PDF points."""
    return Pt(length * PT_PER_INCH / MM_PER_INCH)


def mm_from_pt(length: Pt) -> Mm:
    """The same length in millimetres."""
    return Mm(length * MM_PER_INCH / PT_PER_INCH)


def dots_per_mm(dpi: float) -> DotsPerMm:
    """Resolution of a device named by its dots per inch."""
    return DotsPerMm(dpi / MM_PER_INCH)


def dpi(resolution: DotsPerMm) -> float:
    """Resolution in dots per inch, unrounded."""
    return resolution * MM_PER_INCH


def whole_dots(length: Mm, resolution: DotsPerMm) -> Dots:
    """The most whole dots that fit into a length."""
    return Dots(math.floor(length * resolution + 1e-6))


def mm_from_dots(dots: int, resolution: DotsPerMm) -> Mm:
    """The exact length of a number of dots."""
    return Mm(dots / resolution)
