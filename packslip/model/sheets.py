"""Work, SheetJob: documents that are put on sheets together, and how.

A sheet is what a printer takes; a slip is what is cut out of it.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from packslip.impositions import Sheet, Turn
from packslip.settings import Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """What the slug line of a sheet says of a slip. No personal data."""

    order_id: str
    release: str
    station: str = ""
    accepted: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A document to be imposed."""

    data: bytes
    caption: Caption


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetJob:
    """How documents become sheets."""

    sheet: Sheet
    space: Literal["CMYK", "RGB"]  #: what colours are in
    font: Path | None = None  #: of the slug, with TrueType outlines; None: no slug
    zones: tuple[Zone, ...] = ()  #: of the slips' media
    duplex: Literal["", "long", "short"] = ""  #: the edge that sheets are turned on

    @property
    def turn(self) -> Turn:
        """The axis that sheets are turned about to print their backs."""
        if not self.duplex:
            return ""
        is_tall = self.sheet.height >= self.sheet.width
        return "upright" if (self.duplex == "long") is is_tall else "level"
