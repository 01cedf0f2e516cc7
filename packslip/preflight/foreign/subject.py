"""The file under examination, opened, and what is found wrong with it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pikepdf

from packslip.library.printing_conditions import PrintingCondition
from packslip.model import Finding, Where
from packslip.preflight.foreign.colours import Space
from packslip.preflight.foreign.geometry import Box, Place, place_of
from packslip.preflight.foreign.icc import Profile as IccProfile
from packslip.preflight.foreign.interpreter import inherited
from packslip.preflight.foreign.painted import Sheet
from packslip.preflight.foreign.rules import RULES, Profile, holds_for
from packslip.preflight.foreign.values import entry, number, numbers
from packslip.settings import MediaSettings

#: Pages that are looked at.
MOST_PAGES = 5000
#: Faults of one rule that are told of one page, and of one file.
MOST_ON_PAGE, MOST_IN_ALL = 3, 24
_LETTER = Box(0, 0, 612, 792)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a file is to be."""

    profile: Profile | None = None  #: None: what its media takes, or else what the file claims to be
    media: MediaSettings | None = None
    condition: PrintingCondition | None = None  #: of the media


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A rule that a file breaks, and where."""

    code: str
    message: str
    page: int | None = None  #: counted from 1
    place: Place | None = None

    @property
    def where(self) -> str:
        """The place, for people."""
        if self.page is None:
            return ""
        if self.place is None:
            return f"page {self.page}"
        return f"page {self.page}, at {self.place.x:.1f}, {self.place.y:.1f} mm"

    def finding(self, file: str) -> Finding:
        """The fault as a finding in a file."""
        rule = RULES[self.code]
        return Finding(
            severity=rule.severity,
            code=self.code,
            where=Where(file=file, spot=self.where),
            message=self.message,
            hint=rule.remedy,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An opened file."""

    pdf: pikepdf.Pdf
    profile: Profile
    media: MediaSettings | None
    condition: PrintingCondition | None
    sheets: Sequence[Sheet]
    intent: IccProfile | None  #: the output intent's profile
    device: str  #: the device space that the intent describes, "" where there is none

    spaces: set[Space] = field(default_factory=set)  #: colour spaces that were seen on its pages

    @property
    def is_inked(self) -> bool:
        """Whether it says how much ink is printed: by its intent, or in colours that are inks."""
        is_black = self.media is not None and self.media.ink == "black"
        return not is_black and (self.device == "DeviceCMYK" or any(_is_inks(space) for space in self.spaces))

    @property
    def root(self) -> pikepdf.Object:
        """The catalog."""
        return self.pdf.Root


def _is_inks(space: Space) -> bool:
    return space.is_cmyk or bool(space.inks) or (space.under is not None and _is_inks(space.under))


def fault_on(sheet: Sheet, code: str, message: str, box: Box | None = None) -> Fault:
    """A fault at a place of a page."""
    place = None if box is None else place_of(box, sheet.trim, sheet.unit)
    return Fault(code=code, message=message, page=sheet.number, place=place)


def read_sheet(page: object, at: int) -> Sheet:
    """A page's measures; boxes that are missing or make no sense are those around them."""
    media = read_box(inherited(page, "/MediaBox")) or _LETTER
    crop = read_box(inherited(page, "/CropBox")) or media
    trim = read_box(entry(page, "/TrimBox")) or read_box(entry(page, "/ArtBox")) or crop
    return Sheet(
        number=at,
        media=media,
        crop=crop,
        bleed=read_box(entry(page, "/BleedBox")) or trim,
        trim=trim,
        unit=number(entry(page, "/UserUnit")) or 1.0,
        turn=int(number(inherited(page, "/Rotate")) or 0) % 360,
        thing=page,
    )


def read_box(told: object) -> Box | None:
    """A rectangle, its corners in either order; None where it is none or has no area."""
    corners = numbers(told)
    if len(corners) != 4:
        return None
    box = Box(
        min(corners[0], corners[2]),
        min(corners[1], corners[3]),
        max(corners[0], corners[2]),
        max(corners[1], corners[3]),
    )
    return box if box.width > 0 and box.height > 0 else None


def told(faults: Sequence[Fault], profile: Profile) -> tuple[Fault, ...]:
    """Faults that count for a profile, each once; of many alike the first ones, and how many more."""
    kept = [fault for fault in dict.fromkeys(faults) if holds_for(RULES[fault.code], profile)]
    on_page: Counter[tuple[str, int | None]] = Counter()
    in_all: Counter[str] = Counter()
    shown: list[Fault] = []
    left: Counter[tuple[str, int | None]] = Counter()
    for fault in sorted(kept, key=_order):
        on_page[fault.code, fault.page] += 1
        if in_all[fault.code] >= MOST_IN_ALL:
            left[fault.code, None] += 1
        elif on_page[fault.code, fault.page] > MOST_ON_PAGE:
            left[fault.code, fault.page] += 1
        else:
            in_all[fault.code] += 1
            shown.append(fault)
    more = [
        Fault(code=code, page=page, message=f"and {count} more like these{'' if page else ' on later pages'}")
        for (code, page), count in left.items()
    ]
    return in_order((*shown, *more))


def in_order(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """Faults by page, and on a page as the rules stand in their table."""
    return tuple(sorted(faults, key=_order))


def _order(fault: Fault) -> tuple[int, int]:
    return fault.page or 0, list(RULES).index(fault.code)
