"""Impositions: how slips stand on a sheet, and whether they fit there.

Owns the measures of a sheet: places, gutters, the band that marks take. Draws nothing and knows no document.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from packslip.units import Mm

#: Marks stand so far off the trim, and never in the bleed.
MARK_OFFSET = Mm(3.0)

#: Depth of the band outside the bleed that all marks keep to.
MARK_BAND = Mm(5.0)

#: The axis a sheet is turned about to print its back: one that runs up, one that runs across, or none.
Turn = Literal["", "upright", "level"]

#: Two measures of a sheet that differ by less are the same.
_EXACT = 1e-6


class Mark(StrEnum):
    """What is drawn around the slips of a sheet."""

    CROP = "crop"
    REGISTRATION = "registration"
    FOLD = "fold"
    COLOUR_BAR = "colour-bar"
    SLUG = "slug"


class SheetOrder(StrEnum):
    """What stands on the places of a sheet."""

    REPEAT = "repeat"  #: the same slip on all of them
    STACK = "stack"  #: one slip after another, in order again once the sheets are cut and stacked


class ImpositionSettings(BaseModel):
    """How slips stand on a sheet: in its middle, in rows, to be cut apart."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    media: Annotated[str, StringConstraints(min_length=1)] = Field(description="media of the sheet")
    across: int = Field(1, ge=1, le=50, description="slips beside each other")
    down: int = Field(1, ge=1, le=50, description="slips below each other")
    gutter_mm: float = Field(0.0, ge=0, le=100, description="between two slips, from trim to trim, in mm")
    order: SheetOrder = Field(
        SheetOrder.STACK,
        description="repeat: the same slip on all places; stack: in order once the sheets are cut and stacked",
    )
    sheets: int = Field(1, ge=1, le=100, description="most sheets of a stack; a printer gathers slips for so many")
    wait_s: float = Field(30.0, gt=0, description="longest time a slip waits for the stack to be full, in seconds")
    marks: tuple[Mark, ...] = Field(
        tuple(Mark), description="what is drawn around the slips: crop, registration, fold, colour-bar, slug"
    )

    @property
    def places(self) -> int:
        """Slips on one side of a sheet."""
        return self.across * self.down


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """An imposition with the measures of its slips and of its paper. From the paper's bottom left corner."""

    width: Mm  #: of the paper
    height: Mm
    slip_width: Mm  #: trim
    slip_height: Mm
    bleed: Mm  #: of a slip
    unprintable: tuple[float, float, float, float]  #: top, right, bottom, left of the paper
    imposition: ImpositionSettings

    @property
    def block_width(self) -> Mm:
        """From the outermost trim on the left to that on the right."""
        wanted = self.imposition
        return Mm(wanted.across * self.slip_width + (wanted.across - 1) * wanted.gutter_mm)

    @property
    def block_height(self) -> Mm:
        """From the outermost trim at the bottom to that at the top."""
        wanted = self.imposition
        return Mm(wanted.down * self.slip_height + (wanted.down - 1) * wanted.gutter_mm)

    @property
    def left(self) -> Mm:
        """Where the block begins: it stands in the middle, so that front and back meet."""
        return Mm((self.width - self.block_width) / 2)

    @property
    def bottom(self) -> Mm:
        """Where the block begins above the paper's edge."""
        return Mm((self.height - self.block_height) / 2)

    @property
    def inner_bleed(self) -> Mm:
        """Bleed between two slips: each has half the gutter at most."""
        return Mm(min(self.bleed, self.imposition.gutter_mm / 2))

    @property
    def mark_offset(self) -> Mm:
        """How far off the trim the marks begin: outside the bleed."""
        return Mm(max(MARK_OFFSET, self.bleed))

    def box(self, around: float = 0.0) -> tuple[float, float, float, float]:
        """The block's left, bottom, right and top, and so much around it, in mm."""
        left, bottom = self.left - around, self.bottom - around
        return left, bottom, left + self.block_width + 2 * around, bottom + self.block_height + 2 * around

    def corner(self, column: int, row: int) -> tuple[Mm, Mm]:
        """Bottom left corner of a place's trim; rows count from the top."""
        wanted = self.imposition
        x = self.left + column * (self.slip_width + wanted.gutter_mm)
        y = self.bottom + (wanted.down - 1 - row) * (self.slip_height + wanted.gutter_mm)
        return Mm(x), Mm(y)

    def cuts(self, *, upright: bool) -> tuple[Mm, ...]:
        """Where the sheet is cut: lines that run up (their x) or across (their y), in rising order."""
        wanted = self.imposition
        count, length = (wanted.across, self.slip_width) if upright else (wanted.down, self.slip_height)
        start = self.left if upright else self.bottom
        steps = (start + place * (length + wanted.gutter_mm) for place in range(count))
        lines = {round(line, 6) for step in steps for line in (step, step + length)}
        return tuple(Mm(line) for line in sorted(lines))

    def why_not(self) -> str:
        """Why the slips do not fit on the paper, "" where they do."""
        around = self.mark_offset + MARK_BAND if self.imposition.marks else self.bleed
        top, right, bottom, left = self.unprintable
        sides = (
            ("wide", self.block_width, self.width - 2 * max(left, right), self.imposition.across, self.slip_width),
            ("high", self.block_height, self.height - 2 * max(top, bottom), self.imposition.down, self.slip_height),
        )
        for side, block, room, count, slip in sides:
            need = block + 2 * around
            if need > room + _EXACT:
                with_marks = " and marks" if self.imposition.marks else ""
                return (
                    f"{count} slips of {slip:g} mm with gutters, bleed{with_marks} need {need:g} mm, "
                    f"the sheet prints {room:g} mm {side} around its middle"
                )
        return ""
