"""Tones: roughly how much ink a colour is, and how dark it is on paper.

Converts nothing by profile: an estimate by formula, good enough to tell text that nobody can read and too much ink, not
to match a colour.
"""

from collections.abc import Sequence

from packslip.preflight.foreign.colours import Space

#: Share of light that a full spot ink of unknown colour lets through, and those of known ones.
_SPOT_LIGHT = 0.35
_INK_LIGHT = {"Cyan": 0.4, "Magenta": 0.3, "Yellow": 0.9, "Black": 0.0, "All": 0.0, "None": 1.0}
_GAMMA = 2.2


def inks_of(space: Space, values: Sequence[float]) -> tuple[float, ...] | None:
    """Shares of cyan, magenta, yellow, black and then spot inks that a colour prints as it stands.

    None where a profile or a table decides: that is not known without converting.
    """
    if len(values) != space.channels:
        return None
    held = [min(max(value, 0.0), 1.0) for value in values]
    if space.is_cmyk:
        return tuple(held)
    if space.family == "DeviceGray":
        return 0.0, 0.0, 0.0, 1 - held[0]
    if not space.inks:
        return None
    process = {"Cyan": 0.0, "Magenta": 0.0, "Yellow": 0.0, "Black": 0.0}
    spots: list[float] = []
    for ink, tint in zip(space.inks, held, strict=True):
        if ink == "All":
            return (tint,) * 4
        if ink in process:
            process[ink] = tint
        elif ink != "None":
            spots.append(tint)
    return *process.values(), *spots


def light_of(space: Space, values: Sequence[float]) -> float | None:
    """Share of light that paper gives back through a colour, 0 to 1, by formula; None where that cannot be told.

    Luminance of sRGB for RGB; for inks the product of what each lets through.
    """
    if len(values) != space.channels or not values or space.family in ("Indexed", "Pattern", ""):
        return None
    if space.inks:
        return _light_of_inks(space, values)
    if space.family == "Lab":
        return min(max((values[0] + 16) / 116, 0.0), 1.0) ** 3
    held = [min(max(value, 0.0), 1.0) for value in values]
    if space.channels == 1:
        return _linear(held[0])
    if space.channels == 3:
        return _luminance(held)
    return _luminance([(1 - ink) * (1 - held[3]) for ink in held[:3]]) if space.channels == 4 else None


def _luminance(values: Sequence[float]) -> float:
    red, green, blue = (_linear(value) for value in values)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return float(value**_GAMMA)


def _light_of_inks(space: Space, values: Sequence[float]) -> float:
    if space.family == "Separation" and space.inks[0] not in ("All", "None") and space.under and space.full:
        full = light_of(space.under, space.full)
        if full is not None:
            return 1 - (1 - full) * min(max(values[0], 0.0), 1.0)
    light = 1.0
    for ink, tint in zip(space.inks, values, strict=True):
        light *= 1 - (1 - _INK_LIGHT.get(ink, _SPOT_LIGHT)) * min(max(tint, 0.0), 1.0)
    return light
