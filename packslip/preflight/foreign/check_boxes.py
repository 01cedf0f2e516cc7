"""Boxes: the page as a sheet, its boxes in one another, its size against the media, and what lies on it unprinted.

Source: ISO 15930-7:2010, 6.12 and 6.17; ISO 32000-1:2008, 14.11.2.
"""

from collections.abc import Iterator

from packslip.preflight.foreign.geometry import Box
from packslip.preflight.foreign.interpreter import inherited
from packslip.preflight.foreign.painted import Kind, Scan, Sheet
from packslip.preflight.foreign.subject import Fault, Subject, fault_on, read_box
from packslip.preflight.foreign.values import entry, items, name
from packslip.settings import MediaSettings
from packslip.units import Mm, Pt, mm_from_pt, pt_from_mm

CLOSE_MM = 0.1
#: Boxes are drawn with rounded numbers; so much is no difference.
_CLOSE = 0.01
_LARGEST = 14_400.0
_BLEED_MM = Mm(2.0)
_EDGE_MM = Mm(0.3)
_SPARED = frozenset({"PrinterMark", "TrapNet"})
_AREAS = frozenset({Kind.FILL, Kind.PICTURE, Kind.SHADING})


def check_boxes(subject: Subject, sheet: Sheet) -> Iterator[Fault]:
    """One page's boxes, size and annotations."""
    yield from _check_presence(sheet)
    yield from _check_order(sheet)
    if sheet.turn:
        yield fault_on(sheet, "page.turned", f"the page is turned by {sheet.turn}°")
    if sheet.unit != 1:
        yield fault_on(sheet, "page.turned", f"the page is scaled by {sheet.unit:g}")
    if subject.media is not None:
        yield from _check_size(sheet, subject.media)
    yield from _check_annotations(sheet)


def _check_presence(sheet: Sheet) -> Iterator[Fault]:
    has_trim, has_art = (entry(sheet.thing, key) is not None for key in ("/TrimBox", "/ArtBox"))
    if read_box(inherited(sheet.thing, "/MediaBox")) is None:
        yield fault_on(sheet, "box.missing", "no MediaBox: nothing says how large the page is")
    if not has_trim and not has_art:
        yield fault_on(sheet, "box.missing", "no TrimBox: nothing says where the page is cut")
    if has_trim and has_art:
        yield fault_on(sheet, "box.both", "both TrimBox and ArtBox")


def _check_order(sheet: Sheet) -> Iterator[Fault]:
    told = {key: entry(sheet.thing, f"/{key}") for key in ("BleedBox", "TrimBox", "ArtBox")}
    told["CropBox"] = inherited(sheet.thing, "/CropBox")
    boxes: dict[str, Box] = {"MediaBox": sheet.media}
    for key, value in told.items():
        box = read_box(value)
        if box is not None:
            boxes[key] = box
        elif value is not None:
            yield fault_on(sheet, "box.order", f"{key} is empty or no box")
    for outer, inner in (
        ("MediaBox", "CropBox"),
        ("MediaBox", "BleedBox"),
        ("MediaBox", "TrimBox"),
        ("MediaBox", "ArtBox"),
        ("CropBox", "BleedBox"),
        ("CropBox", "TrimBox"),
        ("CropBox", "ArtBox"),
        ("BleedBox", "TrimBox"),
        ("BleedBox", "ArtBox"),
    ):
        if outer in boxes and inner in boxes and not boxes[outer].holds(boxes[inner], _CLOSE):
            yield fault_on(sheet, "box.order", f"{inner} reaches beyond {outer}", boxes[inner])
    if max(sheet.media.width, sheet.media.height) > _LARGEST:
        yield fault_on(sheet, "limit.exceeded", "the page is larger than 14,400 units")


def _check_size(sheet: Sheet, media: MediaSettings) -> Iterator[Fault]:
    width, height = (mm_from_pt(Pt(side * sheet.unit)) for side in (sheet.trim.width, sheet.trim.height))
    if sheet.turn % 180:
        width, height = height, width
    if abs(width - media.width_mm) > CLOSE_MM or abs(height - media.height_mm) > CLOSE_MM:
        message = f"{width:.1f} × {height:.1f} mm on media of {media.width_mm:g} × {media.height_mm:g} mm"
        yield fault_on(sheet, "page.size", message)


def _check_annotations(sheet: Sheet) -> Iterator[Fault]:
    for note in items(entry(sheet.thing, "/Annots")):
        kind = name(entry(note, "/Subtype"))
        box = read_box(entry(note, "/Rect"))
        if kind in _SPARED or (kind == "Popup") or (box is not None and not sheet.bleed.meets(box.grown(-_CLOSE))):
            continue
        yield fault_on(sheet, "annotation.inside", f"an annotation on the page: {kind or 'of no kind'}", box)


def check_bleed(scan: Scan, media: MediaSettings | None) -> Iterator[Fault]:
    """Areas and pictures that reach the edge where the page is cut, and stop there.

    They go on as far as the media wants, or as cutters need. Nothing is asked where the device leaves a margin.
    Judged by their boxes: what is round and touches the edge in a point counts too.
    """
    sheet = scan.sheet
    if media is not None and any(media.unprintable_mm):
        return
    bleed = Mm(media.bleed_mm - CLOSE_MM) if media is not None and media.bleed_mm else _BLEED_MM
    near, beyond = (pt_from_mm(length) / sheet.unit for length in (_EDGE_MM, bleed))
    for thing in scan.things:
        if thing.kind not in _AREAS or not thing.is_shown or thing.box.is_empty or not thing.box.meets(sheet.trim):
            continue
        box, trim = thing.box, sheet.trim
        over = (trim.left - box.left, trim.bottom - box.bottom, box.right - trim.right, box.top - trim.top)
        short = [
            f"{side} edge"
            for side, by in zip(("left", "lower", "right", "upper"), over, strict=True)
            if -near <= by < beyond
        ]
        if short and not is_white(thing.ink.values):
            yield fault_on(sheet, "bleed.short", f"{_article(thing.kind)} ends at the {' and '.join(short)}", box)


def is_white(values: tuple[float, ...]) -> bool:
    """Whether a colour prints nothing."""
    return (len(values) == 4 and not any(values)) or (len(values) in (1, 3) and min(values) == 1)


def _article(kind: Kind) -> str:
    return f"an {kind}" if kind is Kind.FILL else f"a {kind}"


def check_blank(scans_blank: list[bool]) -> Iterator[Fault]:
    """Pages that print nothing; those at the end are surplus."""
    last = max((at for at, blank in enumerate(scans_blank, start=1) if not blank), default=0)
    for at, blank in enumerate(scans_blank, start=1):
        if blank:
            code = "page.surplus" if last and at > last else "page.blank"
            yield Fault(code=code, page=at, message="nothing is printed on the page")


def is_blank(scan: Scan) -> bool:
    """Whether a page prints nothing within its trim."""
    return not any(
        thing.is_shown
        and thing.alpha > 0
        and not thing.is_blank
        and thing.mode != 3
        and not thing.box.is_empty
        and thing.box.meets(scan.sheet.trim)
        and not (thing.ink.is_plain and is_white(thing.ink.values) and not thing.picture)
        for thing in scan.things
    )
