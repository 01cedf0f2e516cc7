"""What a page paints, as data: one record for each text, area, line, picture and shading, in the order of painting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from packslip.preflight.foreign.colours import Space
from packslip.preflight.foreign.fonts import Face
from packslip.preflight.foreign.geometry import Box, Matrix


class Kind(StrEnum):
    """What was painted."""

    TEXT = "text"
    FILL = "area"
    STROKE = "line"
    PICTURE = "picture"
    SHADING = "gradient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """A colour as the content sets it."""

    space: Space
    values: tuple[float, ...]
    pattern: object = None  #: what paints instead: a pattern, a gradient, the pixels of a picture

    @property
    def is_plain(self) -> bool:
        """Whether its values are the colour that prints."""
        return self.pattern is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture where it is used."""

    width: int  #: pixels
    height: int
    bits: int  #: per component; 1 for a stencil
    is_stencil: bool
    space: Space | None  #: None for a stencil, and where the data itself tells it
    matrix: Matrix  #: from the picture's own square to the page
    thing: object  #: the image's stream, None for an inline image


@dataclass(frozen=True, slots=True, kw_only=True)
class Painted:
    """One thing on a page; boxes in the page's units."""

    kind: Kind
    box: Box  #: what the clip leaves of it; empty where it leaves nothing
    whole: Box
    ink: Ink
    alpha: float
    blend: str
    is_masked: bool  #: a soft mask thins it
    overprints: bool
    overprint_mode: int
    is_shown: bool  #: False in soft masks, cells of patterns and layers that are off
    is_rectangle: bool = False  #: a fill that covers its whole box
    face: Face | None = None
    size: float = 0.0  #: of text, in the page's units, as it comes out on paper
    mode: int = 0  #: of text. Source: ISO 32000-1:2008, Table 106
    is_blank: bool = False  #: text of spaces only
    line: float = 0.0  #: thickness of a line, in the page's units, as it comes out on paper
    picture: Picture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A page's own measures."""

    number: int  #: counted from 1
    media: Box
    crop: Box
    bleed: Box
    trim: Box  #: or art box, or what stands for them where both are missing
    unit: float  #: the page's unit in pt
    turn: int  #: degrees clockwise, as it is shown
    thing: object  #: the page's dictionary


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What is wrong with content itself, found while reading it."""

    code: str
    message: str
    box: Box | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A page, read through."""

    sheet: Sheet
    things: Sequence[Painted]
    faces: Mapping[int, tuple[Face, frozenset[int]]]  #: fonts that show text, with the codes they show
    spaces: Mapping[tuple[Space, str], Box | None]  #: colour spaces by what they colour; where first
    states: Sequence[object] = field(default_factory=tuple)  #: extended graphics states that were set
    groups: Sequence[tuple[str, Space]] = field(default_factory=tuple)  #: transparency groups with a space of their own
    remarks: Sequence[Remark] = field(default_factory=tuple)
