"""Colour: spaces against the output intent, overprint, the inks of marks and of small text.

How much ink a place gets is measured in `check_ink`.
Source: ISO 15930-7:2010, 6.4 and 6.20; ISO 32000-1:2008, 8.6.7.
"""

from collections.abc import Iterator

from packslip.preflight.foreign.colours import Space
from packslip.preflight.foreign.geometry import Box
from packslip.preflight.foreign.painted import Kind, Painted, Picture, Scan
from packslip.preflight.foreign.subject import Fault, Subject, fault_on
from packslip.preflight.foreign.tones import inks_of, light_of
from packslip.preflight.foreign.values import entry

#: A share of ink below which an ink does not count as printed.
_TRACE = 0.05
_SMALL_TEXT_PT = 12.0
_PURE = frozenset({0.0, 1.0})


def check_colour(subject: Subject, scan: Scan) -> Iterator[Fault]:
    """All about the colours of a page."""
    for (space, what), box in scan.spaces.items():
        yield from _check_space(subject, scan, space, f"{_article(what)} in {_shown(space)}", box)
    for what, space in scan.groups:
        wrong = _wrong_device(subject, space)
        if wrong or not space.is_whole:
            message = f"{what} blends in {_shown(space)}{wrong}"
            yield fault_on(scan.sheet, "colour.group", message)
    for thing in scan.things:
        if thing.box.is_empty or not thing.is_shown:
            continue
        yield from _check_overprint(scan, thing)
        if subject.media is not None and subject.media.ink == "black":
            yield from _check_black(scan, thing)
        else:
            yield from _check_inks(scan, thing)


def _check_space(subject: Subject, scan: Scan, space: Space, what: str, box: Box | None) -> Iterator[Fault]:
    if not space.is_whole:
        if space.family or not what.startswith("a picture"):
            yield fault_on(scan.sheet, "colour.unknown", f"{what}: the space cannot be read", box)
        return
    wrong = _wrong_device(subject, space)
    if wrong:
        yield fault_on(scan.sheet, "colour.device", f"{what}{wrong}", box)


def _wrong_device(subject: Subject, space: Space) -> str:
    """How the device space that a colour ends in disagrees with the intent, "" where it does not."""
    device = space.device
    if not device or device == subject.device or (device == "DeviceGray" and subject.device == "DeviceCMYK"):
        return ""
    if not subject.device:
        return ", and no output intent says what that is on paper"
    return f", but the output intent is {subject.device.removeprefix('Device')}"


def _shown(space: Space) -> str:
    inner = f" over {_shown(space.under)}" if space.under is not None and space.under.family else ""
    return f"{space.family or 'an unknown space'}{inner}"


def _article(what: str) -> str:
    return {"text": "text", "area": "an area"}.get(what, f"a {what}")


def _check_overprint(scan: Scan, thing: Painted) -> Iterator[Fault]:
    """Source: ISO 32000-1:2008, 8.6.7; ISO 15930-7:2010, 6.4."""
    space = thing.ink.space
    if not thing.overprints or not thing.ink.is_plain or not space.family:
        return
    what = _article(thing.kind)
    if space.family == "ICCBased" and space.channels == 4 and thing.overprint_mode == 1:
        yield fault_on(scan.sheet, "overprint.mode", f"{what} in CMYK with a profile overprints in mode 1", thing.box)
    inks = inks_of(space, thing.ink.values)
    if inks is not None and not any(inks) and thing.kind is not Kind.PICTURE:
        if space.family == "DeviceCMYK" and thing.overprint_mode == 1:
            yield fault_on(
                scan.sheet, "overprint.vanishes", f"white {what.split(' ')[-1]} overprints, and so vanishes", thing.box
            )
        elif space.inks:
            yield fault_on(
                scan.sheet, "overprint.vanishes", f"{what} of no tint overprints, and so vanishes", thing.box
            )
    elif space.family in ("DeviceGray", "DeviceRGB", "CalGray", "CalRGB", "Lab") and not thing.picture:
        message = f"{what} in {space.family} is to overprint, but knocks out"
        yield fault_on(scan.sheet, "overprint.idle", message, thing.box)


def _check_inks(scan: Scan, thing: Painted) -> Iterator[Fault]:
    inks = inks_of(thing.ink.space, thing.ink.values) if thing.ink.is_plain else None
    if inks is None:
        return
    in_trim = thing.box.meets(scan.sheet.trim)
    what = _article(thing.kind)
    if "All" in thing.ink.space.inks:
        if in_trim and any(inks):
            yield fault_on(scan.sheet, "colour.registration", f"{what} in the colour of registration marks", thing.box)
        return
    count = sum(ink > _TRACE for ink in inks)
    if thing.kind is Kind.TEXT and count > 2 and not thing.is_blank and thing.size * scan.sheet.unit < _SMALL_TEXT_PT:
        size = thing.size * scan.sheet.unit
        yield fault_on(scan.sheet, "text.many_inks", f"text of {size:.1f} pt in {count} inks", thing.box)


def _check_black(scan: Scan, thing: Painted) -> Iterator[Fault]:
    """On black-only media a dot burns or does not."""
    what = _article(thing.kind)
    if thing.alpha < 1 or thing.is_masked:
        yield fault_on(scan.sheet, "ink.not_black", f"{what} that is part transparent", thing.box)
    elif thing.picture is not None and not thing.picture.is_stencil:
        if _has_shades(thing.picture):
            yield fault_on(scan.sheet, "ink.not_black", "a picture with greys or colours", thing.box)
    elif not thing.ink.is_plain:
        yield fault_on(scan.sheet, "ink.not_black", f"{what} in a gradient or pattern", thing.box)
    else:
        light = light_of(thing.ink.space, thing.ink.values)
        if light not in _PURE:
            values = " ".join(f"{value:g}" for value in thing.ink.values)
            yield fault_on(scan.sheet, "ink.not_black", f"{what} in colour {values}", thing.box)


def _has_shades(picture: Picture) -> bool:
    """Whether a picture has anything but pure black and white, as far as its kind tells."""
    if entry(picture.thing, "/SMask") is not None:
        return True
    space = picture.space
    return picture.bits != 1 or (space is not None and space.family not in ("DeviceGray", "CalGray"))
