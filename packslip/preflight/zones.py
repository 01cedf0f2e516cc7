"""Zones: where a place on a media clashes with its unprintable margins, folds, perforations, labels and prints.

Places are in mm from the top left corner of the trimmed page.
"""

from packslip.preflight.foreign.geometry import Place
from packslip.settings import MediaSettings, Zone
from packslip.units import Mm

CLOSE_MM = Mm(0.1)
_SIDES = ("top", "right", "bottom", "left")
_BREAKS = {"fold": "zone.fold", "perforation": "zone.perforation"}


def unprintable_side(place: Place, media: MediaSettings) -> str:
    """In which unprintable margin a place lies in part, "" where in none: `2 mm at the top`."""
    top, right, bottom, left = media.unprintable_mm
    into = (
        top - place.y,
        place.x + place.width - (media.width_mm - right),
        place.y + place.height - (media.height_mm - bottom),
        left - place.x,
    )
    for side, margin, deep in zip(_SIDES, media.unprintable_mm, into, strict=True):
        if margin and deep > CLOSE_MM:
            return f"{margin:g} mm at the {side}"
    return ""


def clash_of_reading(place: Place, zone: Zone) -> tuple[str, str] | None:
    """The rule that text or a code breaks by a zone, and what it does."""
    if zone.kind == "peel-off":
        is_cut = meets(place, zone) and not _holds(zone, place)
        return ("zone.peel_off", "across the edge of a part that is peeled off") if is_cut else None
    if zone.kind == "pre-printed":
        return ("zone.preprinted", "on what is printed already") if meets(place, zone) else None
    return (_BREAKS[zone.kind], f"across a {zone.kind}") if _crosses(place, zone) else None


def _crosses(place: Place, zone: Zone) -> bool:
    """Whether a place lies on a fold or perforation; within a band that is wide enough for it, it does not cross."""
    return meets(place, zone) and not (zone.width_mm and zone.height_mm and _holds(zone, place))


def meets(place: Place, zone: Zone) -> bool:
    """Whether a place lies in a zone, in part or as a whole."""
    return (
        place.x + CLOSE_MM < zone.x_mm + max(zone.width_mm, CLOSE_MM)
        and place.x + place.width - CLOSE_MM > zone.x_mm
        and place.y + CLOSE_MM < zone.y_mm + max(zone.height_mm, CLOSE_MM)
        and place.y + place.height - CLOSE_MM > zone.y_mm
    )


def covers(place: Place, zone: Zone) -> bool:
    """Whether a place covers a zone as a whole."""
    return (
        place.x <= zone.x_mm + CLOSE_MM
        and place.y <= zone.y_mm + CLOSE_MM
        and place.x + place.width >= zone.x_mm + zone.width_mm - CLOSE_MM
        and place.y + place.height >= zone.y_mm + zone.height_mm - CLOSE_MM
    )


def _holds(zone: Zone, place: Place) -> bool:
    return (
        zone.x_mm <= place.x + CLOSE_MM
        and zone.y_mm <= place.y + CLOSE_MM
        and zone.x_mm + zone.width_mm >= place.x + place.width - CLOSE_MM
        and zone.y_mm + zone.height_mm >= place.y + place.height - CLOSE_MM
    )
