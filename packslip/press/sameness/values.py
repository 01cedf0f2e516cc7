"""Values: what a page shows, in a form in which two documents can be held against each other.

The one rule of comparing lives here: a float is a length in pt and compares within a tolerance, all else exactly.
"""

from decimal import Decimal
from typing import NamedTuple, TypeAlias

#: pt; floating noise of differently nested matrices stays far below, what an eye or a press could see far above.
TOLERANCE = 1e-4

Value: TypeAlias = "str | int | float | tuple[Value, ...] | None"


class UnprovableError(Exception):
    """The document uses what this comparison cannot read, so nothing can be said; the text names it."""


class Look(NamedTuple):
    """The graphics state as far as it reaches one painted thing; a tuple, so that C compares what is equal."""

    clip: Value  #: a rectangle, and the other paths in force
    colour: Value  #: of what is filled
    stroke_colour: Value
    pen: Value  #: how lines are drawn
    alpha: Value
    blend_mode: str
    overprint: Value
    soft_mask: Value
    rendering_intent: str
    other_state: Value


class Thing(NamedTuple):
    """One thing on the page, in paint order."""

    kind: str
    place: tuple[float, ...]  #: where it stands on the page, pt
    shape: Value  #: what stands there
    setting: Value  #: of text: rendering mode, rise and spacing
    look: Look | None  #: None for the end of a group


Display: TypeAlias = tuple[Thing, ...]


def same(one: Value, other: Value) -> bool:
    """Whether two values agree."""
    if one == other:
        return True
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= TOLERANCE
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return False


def number(value: object) -> float:
    """A number of a PDF.

    Raises:
        UnprovableError: it is none.
    """
    return float(_decimal(value))


def exact(value: object) -> str:
    """A number of a PDF by its value alone: `.50` is `0.5`."""
    return f"{_decimal(value).normalize() + 0:f}"


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise UnprovableError("something else where a number should stand")
    return Decimal(value)
