"""Recipe, rendered, look: what a rendition shall be, what came of it, and what its picture looks like.

All travel to a limited child process and back, so they hold plain values only.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from packslip.library.picture_colours import profile_digest
from packslip.library.printing_conditions import PrintingCondition
from packslip.model import Finding, Where, error
from packslip.units import DotsPerMm, Mm, dots_per_mm, whole_dots

Ink = Literal["colour", "black"]
Suffix = Literal["", "jpg", "png"]

#: Bumped whenever the same source and recipe would give other bytes.
VERSION = 4

#: Finest resolution a colour rendition is made at; more shows nothing on paper.
FINEST = dots_per_mm(300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a rendition shall be."""

    width_mm: float
    height_mm: float
    dots_per_mm: float  #: resolution of the device
    ink: Ink
    max_pixels: int  #: pictures with more are refused before they are decoded
    condition: PrintingCondition | None = None  #: whose space colours end in; None: sRGB

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels: device dots for black, at most 300 to the inch for colour."""
        if self.ink == "black":
            resolution = DotsPerMm(self.dots_per_mm)
            dots = whole_dots(Mm(self.width_mm), resolution), whole_dots(Mm(self.height_mm), resolution)
            return max(dots[0], 1), max(dots[1], 1)
        finest = min(self.dots_per_mm, FINEST)
        return max(round(self.width_mm * finest), 1), max(round(self.height_mm * finest), 1)

    def __str__(self) -> str:
        place = f"{self.width_mm:g}x{self.height_mm:g}mm"
        colours = profile_digest(self.condition.data) if self.condition else self.ink
        return f"{VERSION} {place} {self.dots_per_mm:g}/mm {colours} {self.max_pixels}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What came of decoding one picture; `data` is empty where it gave no rendition."""

    data: bytes = b""
    suffix: Suffix = ""  #: "" where there is no rendition
    width: int = 0  #: pixels
    height: int = 0  #: pixels
    findings: tuple[Finding, ...] = field(default=())  #: their `where` is blank: only the caller knows the name


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a picture is, whatever is made of it."""

    width: int  #: pixels, upright
    height: int  #: pixels, upright
    format: str  #: "JPEG", "PNG", …
    mode: str  #: "RGB", "CMYK", … as the file has it
    has_profile: bool
    white: float  #: share of its middle that paper could not be told from, 0 to 1
    is_flat: bool  #: one colour all over


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What came of one picture: one `Rendered` for each recipe, in their order."""

    rendered: tuple[Rendered, ...]
    look: Look | None = None  #: None where it could not be decoded


Decode = Callable[[bytes, tuple[Recipe, ...]], Decoded]


def refused(recipes: tuple[Recipe, ...], code: str, message: str, hint: str) -> Decoded:
    """No rendition for any recipe, and why."""
    return Decoded(rendered=(Rendered(findings=(error(code, Where(), message, hint),)),) * len(recipes))
