"""Media: what a page may not do on the paper and device it is for: unprintable margins, zones, bleed, condition.

Text is judged by the box of its line, so that a fold which touches no letter may still be named.
"""

from collections.abc import Iterator

from packslip.library.printing_conditions import PrintingCondition
from packslip.preflight.foreign.check_boxes import is_white
from packslip.preflight.foreign.check_intent import condition_of, find_intents
from packslip.preflight.foreign.geometry import Place, place_of
from packslip.preflight.foreign.operators_text import INVISIBLE
from packslip.preflight.foreign.painted import Kind, Painted, Scan, Sheet
from packslip.preflight.foreign.subject import Fault, Subject, fault_on
from packslip.preflight.zones import CLOSE_MM, clash_of_reading, covers, meets, unprintable_side
from packslip.settings import MediaSettings, Zone
from packslip.units import Pt, mm_from_pt

_DEVICES = {"CMYK": "DeviceCMYK", "RGB": "DeviceRGB"}
#: What may lie under what is printed already, and over an edge.
_AREAS = frozenset({Kind.FILL, Kind.SHADING, Kind.PICTURE})


def check_condition(subject: Subject, condition: PrintingCondition | None) -> Iterator[Fault]:
    """Whether the output intent is the condition that the media is printed under."""
    found = find_intents(subject.root)
    if condition is None or not found:
        return
    said = condition_of(found[0])
    if subject.device and subject.device != _DEVICES[condition.space]:
        message = f"the output intent is for {subject.device.removeprefix('Device')}, the media for {condition.space}"
        yield Fault(code="intent.other", message=message)
    elif condition.registry and said and said.casefold() != condition.identifier.casefold():
        message = f"the output intent is {said:.60}, the media is printed under {condition.identifier}"
        yield Fault(code="intent.other", message=message)


def check_media(scan: Scan, media: MediaSettings) -> Iterator[Fault]:
    """One page against its media."""
    yield from _check_bleed_box(scan.sheet, media)
    for thing in scan.things:
        if prints(thing, scan.sheet):
            place = place_of(thing.box, scan.sheet.trim, scan.sheet.unit)
            what = _article(thing.kind)
            side = unprintable_side(place, media)
            if side:
                message = f"{what} reaches into the {side}, where the device cannot print"
                yield fault_on(scan.sheet, "page.unprintable", message, thing.box)
            for zone in media.zones:
                fault = _clash(thing, place, zone)
                if fault:
                    yield fault_on(scan.sheet, fault[0], f"{what} {fault[1]}", thing.box)


def prints(thing: Painted, sheet: Sheet) -> bool:
    """Whether a thing leaves ink within the trim."""
    if not thing.is_shown or thing.alpha <= 0 or thing.is_blank or thing.mode == INVISIBLE:
        return False
    if thing.box.is_empty or not thing.box.meets(sheet.trim):
        return False
    return not (thing.ink.is_plain and thing.picture is None and is_white(thing.ink.values))


def _clash(thing: Painted, place: Place, zone: Zone) -> tuple[str, str] | None:
    """The rule that a thing breaks by a zone, and what it does."""
    if zone.kind == "pre-printed":
        is_ground = thing.kind in _AREAS and covers(place, zone)
        return None if is_ground or not meets(place, zone) else ("zone.preprinted", "on what is printed already")
    if thing.kind is not Kind.TEXT:
        return None
    return clash_of_reading(place, zone)


def _check_bleed_box(sheet: Sheet, media: MediaSettings) -> Iterator[Fault]:
    if not media.bleed_mm:
        return
    bleed, trim = sheet.bleed.common(sheet.media), sheet.trim
    spare = min(trim.left - bleed.left, trim.bottom - bleed.bottom, bleed.right - trim.right, bleed.top - trim.top)
    has = mm_from_pt(Pt(max(spare, 0.0) * sheet.unit))
    if has < media.bleed_mm - CLOSE_MM:
        message = f"{has:.1f} mm of bleed; the media wants {media.bleed_mm:g} mm"
        yield fault_on(sheet, "bleed.missing", message)


def _article(kind: Kind) -> str:
    return {Kind.TEXT: "text", Kind.FILL: "an area"}.get(kind, f"a {kind}")
