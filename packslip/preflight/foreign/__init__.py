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
from packslip.preflight.foreign.check_codes import check_codes
from packslip.preflight.foreign.check_colour import check_colour
from packslip.preflight.foreign.check_fonts import check_fonts
from packslip.preflight.foreign.check_identity import check_identity, claims_x4
from packslip.preflight.foreign.check_intent import check_intent, intent_device, intent_profile
from packslip.preflight.foreign.check_objects import check_objects
from packslip.preflight.foreign.check_seen import check_seen
from packslip.preflight.foreign.interpreter import Reader
from packslip.preflight.foreign.rules import RULES, Profile, Rule
from packslip.preflight.foreign.separating import Separations, separations
from packslip.preflight.foreign.subject import MOST_PAGES, Asked, Fault, Subject, fault_on, in_order, read_sheet, told
from packslip.preflight.foreign.values import FAULTS

__all__ = [
    "RULES",
    "Asked",
    "Fault",
    "Profile",
    "Report",
    "Rule",
    "Separations",
    "examine",
    "look_for_codes",
    "merge",
    "separations",
]

_HEADER: Final = b"%PDF-"
_HEADER_WITHIN: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found in one file."""

    profile: Profile = Profile.OFFICE  #: what it was judged as
    pages: int = 0
    faults: tuple[Fault, ...] = ()


def examine(data: bytes, asked: Asked) -> Report:
    """Everything that keeps a file from printing as meant, but for what only its pixels tell."""
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
    return Report(profile=subject.profile, pages=pages, faults=told(faults, subject.profile))


def merge(objects: Report, pixels: Report) -> Report:
    """Both halves of an examination as one report."""
    return replace(objects, faults=in_order((*objects.faults, *told(pixels.faults, objects.profile))))


def look_for_codes(data: bytes, asked: Asked) -> Report:
    """What is wrong with the codes in a file's pixels; nothing where it cannot be opened, which `examine` tells."""
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            sheets = [read_sheet(page.obj, at) for at, page in enumerate(_pages(pdf), start=1)]
    except FAULTS:
        return Report()
    try:
        return Report(pages=len(sheets), faults=tuple(check_codes(data, sheets, asked.media)))
    except pypdfium2.PdfiumError:
        return Report(faults=(Fault(code="pdf.broken", message="cannot be drawn"),))


def _subject(pdf: pikepdf.Pdf, asked: Asked) -> Subject:
    return Subject(
        pdf=pdf,
        profile=asked.profile or (Profile.PDFX4 if claims_x4(pdf.Root) else Profile.OFFICE),
        media=asked.media,
        sheets=[read_sheet(page.obj, at) for at, page in enumerate(_pages(pdf), start=1)],
        intent=intent_profile(pdf.Root),
        device=intent_device(pdf.Root),
    )


def _check(subject: Subject) -> Iterator[Fault]:
    yield from check_identity(subject)
    yield from check_intent(subject)
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
        yield from check_bleed(scan)
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
