"""Any PDF, ours or foreign: what keeps it from printing as meant, told with page, place, and what to do.

Total: whatever the bytes are, the answer is a report. Run it in a limited child all the same, as
`packslip.engine.examining` does: what a file may cost is bounded here, but the libraries below are not ours.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import pikepdf
import pypdfium2

from packslip.preflight.foreign.check_boxes import check_blank, check_bleed, check_boxes, is_blank
from packslip.preflight.foreign.check_codes import FoundCode, check_codes
from packslip.preflight.foreign.check_colour import check_colour
from packslip.preflight.foreign.check_fonts import check_fonts
from packslip.preflight.foreign.check_identity import check_identity, claims_x4
from packslip.preflight.foreign.check_ink import MOST_INK, check_ink
from packslip.preflight.foreign.check_intent import check_intent, intent_device, intent_profile
from packslip.preflight.foreign.check_media import check_condition, check_media
from packslip.preflight.foreign.check_objects import check_objects
from packslip.preflight.foreign.check_seen import check_seen
from packslip.preflight.foreign.interpreter import Reader
from packslip.preflight.foreign.rules import RULES, Profile, Rule
from packslip.preflight.foreign.separating import Separations, separations
from packslip.preflight.foreign.state import ExhaustedError
from packslip.preflight.foreign.subject import MOST_PAGES, Asked, Fault, Subject, fault_on, in_order, read_sheet, told
from packslip.preflight.foreign.values import FAULTS
from packslip.settings import MediaSettings, OutputProfile

__all__ = [
    "RULES",
    "Asked",
    "Fault",
    "FoundCode",
    "Profile",
    "Report",
    "Rule",
    "Separations",
    "examine",
    "look_for_codes",
    "merge",
    "separations",
    "weigh_inks",
]

_HEADER: Final = b"%PDF-"
_HEADER_WITHIN: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found in one file."""

    profile: Profile = Profile.OFFICE  #: what it was judged as
    pages: int = 0
    faults: tuple[Fault, ...] = ()
    codes: tuple[FoundCode, ...] = ()  #: codes that read back, in the order of their pages
    is_inked: bool = False  #: whether it says how much ink is printed, so that it can be too much


def examine(data: bytes, asked: Asked) -> Report:
    """Everything that keeps a file from printing as meant, but for what only its pixels and plates tell."""
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            subject = _subject(pdf, asked)
            faults = [*_check(subject)]
            if pdf.get_warnings():
                faults.append(Fault(code="pdf.repaired", message="damaged; readable only by guessing"))
            pages = _page_count(pdf)
    except pikepdf.PasswordError:
        return _unread(asked, Fault(code="pdf.encrypted", message="the file opens by password only"))
    except FAULTS as fault:
        kind = type(fault).__name__
        message = f"not readable as PDF ({kind})" if _HEADER in data[:_HEADER_WITHIN] else "no PDF at all"
        return _unread(asked, Fault(code="pdf.broken", message=message))
    return Report(profile=subject.profile, pages=pages, faults=told(faults, subject.profile), is_inked=subject.is_inked)


def merge(objects: Report, *others: Report) -> Report:
    """All parts of an examination as one report, which is judged as the first of them says."""
    faults = tuple(fault for other in others for fault in told(other.faults, objects.profile))
    codes = tuple(code for other in others for code in other.codes)
    return replace(objects, faults=in_order((*objects.faults, *faults)), codes=codes)


def look_for_codes(data: bytes, asked: Asked) -> Report:
    """The codes in a file's pixels, and what is wrong with them; nothing where it cannot be opened."""
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            sheets = [read_sheet(page.obj, at) for at, page in enumerate(_pages(pdf), start=1)]
    except FAULTS:
        return Report()
    try:
        found = list(check_codes(data, sheets, asked.media))
    except pypdfium2.PdfiumError:
        return Report(faults=(Fault(code="pdf.broken", message="cannot be drawn"),))
    return Report(
        pages=len(sheets),
        faults=tuple(each for each in found if isinstance(each, Fault)),
        codes=tuple(each for each in found if isinstance(each, FoundCode)),
    )


def weigh_inks(data: bytes, asked: Asked) -> Report:
    """Where a file prints too much ink; nothing where it cannot be opened."""
    media = asked.media
    most_ink = media.most_ink if media is not None and media.profile is OutputProfile.PDFX4_CMYK else MOST_INK
    faults: list[Fault] = []
    try:
        faults += check_ink(data, most_ink)
    except ExhaustedError:
        faults.append(Fault(code="pdf.too_much", message="its ink was not measured: more drawing than is followed"))
    except pypdfium2.PdfiumError:
        faults.append(Fault(code="pdf.too_much", message="its ink was not measured: it cannot be drawn"))
    except FAULTS:
        faults.append(Fault(code="pdf.too_much", message="its ink was not measured: it makes no sense"))
    return Report(faults=tuple(faults))


def _subject(pdf: pikepdf.Pdf, asked: Asked) -> Subject:
    return Subject(
        pdf=pdf,
        profile=asked.profile or _profile(pdf, asked.media),
        media=asked.media,
        condition=asked.condition,
        sheets=[read_sheet(page.obj, at) for at, page in enumerate(_pages(pdf), start=1)],
        intent=intent_profile(pdf.Root),
        device=intent_device(pdf.Root),
    )


def _profile(pdf: pikepdf.Pdf, media: MediaSettings | None) -> Profile:
    is_pdfx = claims_x4(pdf.Root) or (media is not None and media.profile.is_pdfx)
    return Profile.PDFX4 if is_pdfx else Profile.OFFICE


def _check(subject: Subject) -> Iterator[Fault]:
    yield from check_identity(subject)
    yield from check_intent(subject)
    yield from check_condition(subject, subject.condition)
    yield from check_objects(subject)
    count = _page_count(subject.pdf)
    if not count:
        yield Fault(code="pdf.no_pages", message="no page in the file")
    if count > len(subject.sheets):
        message = f"{count} pages; those after {len(subject.sheets)} were not looked at"
        yield Fault(code="pdf.too_much", message=message)
    yield from _check_pages(subject)


def _check_pages(subject: Subject) -> Iterator[Fault]:
    reader = Reader(subject.root)
    blank: list[bool] = []
    measured: set[int] = set()
    for sheet in subject.sheets:
        yield from check_boxes(subject, sheet)
        scan = reader.read(sheet)
        for remark in scan.remarks:
            yield fault_on(sheet, remark.code, remark.message, remark.box)
        yield from check_fonts(scan, measured)
        yield from check_colour(subject, scan)
        yield from check_seen(subject, scan)
        yield from check_bleed(scan, subject.media)
        if subject.media is not None:
            yield from check_media(scan, subject.media)
        subject.spaces.update(space for space, _ in scan.spaces)
        blank.append(is_blank(scan))
        if reader.is_exhausted:
            return
    yield from check_blank(blank)


def _pages(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Page]:
    for at in range(min(_page_count(pdf), MOST_PAGES)):
        yield pdf.pages[at]


def _page_count(pdf: pikepdf.Pdf) -> int:
    return len(pdf.pages)


def _unread(asked: Asked, fault: Fault) -> Report:
    return Report(profile=asked.profile or Profile.OFFICE, pages=0, faults=(fault,))
