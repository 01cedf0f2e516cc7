"""Palette: the colours of CSS and of pictures as the inks of what is printed on.

The one place where the press decides a colour. On CMYK what is neutral prints in black alone, of the lightness the
condition's own black has to give for it; all else goes through the condition's profile, relative to paper white and
with its black point. What `device-cmyk()` says is printed as it is said. The ink limit is the profile's to keep.
"""

from collections.abc import Sequence
from functools import lru_cache

from PIL import Image, ImageCms
from tinycss2.color4 import Color

from packslip.library.colour_transforms import converted, lab_profile, open_profile, transform
from packslip.library.picture_colours import CMYK_ELSEWHERE, grey_of, mark_of, to_condition
from packslip.library.printing_conditions import PrintingCondition, shipped_conditions
from packslip.press.css_colours import OF_LIGHT, clip, lab_of, linear, luminance, srgb_of
from packslip.units import PT_PER_INCH

#: Amounts of ink, or of light, each 0 to 1.
Inks = tuple[float, ...]

#: Neutral text is of at most this chroma, dark of at most this lightness (CIELAB), small up to this size in pt.
NEUTRAL_CHROMA = 10.0
DARK_LIGHTNESS = 25.0
SMALL_PT = 14.0

#: Straight pieces that a blend is drawn in.
BLEND_STEPS = 16

_PT_PER_PX = PT_PER_INCH / 96
_EQUAL = 1 / 512  #: channels of sRGB that differ by less are equal
_LUMINANCE = (0.3, 0.59, 0.11)  #: Source: ISO 32000-1:2008, 10.3.2


class Palette:
    """Screen colours: sRGB as it is."""

    space = "DeviceRGB"
    name = "srgb"
    black: Inks = (0.0, 0.0, 0.0)

    def inks(self, colour: Color) -> Inks:
        """What prints for a colour of CSS, whatever its opacity."""
        if colour.space == "device-cmyk":
            return self._from_cmyk(colour)
        return srgb_of(colour)

    def text_inks(self, colour: Color, _size: float) -> tuple[Inks, bool]:
        """What prints for the colour of a text `size` px high, and whether it prints over what lies below it."""
        return self.inks(colour), False

    def blend(self, first: Inks, last: Inks, exponent: float) -> list[Inks]:
        """A blend of two colours of sRGB, in so many steps that straight lines between them will do."""
        return [self.inks(colour) for colour in _steps(first, last, exponent)]

    @property
    def mask(self) -> "Palette":
        """The palette of soft masks, whose colours are no colours but how much is seen."""
        return self

    def picture(self, picture: Image.Image, mark: bytes) -> Image.Image | None:
        """A picture without alpha in this palette's space; None where it is as it should be.

        `mark` is the comment in its file, which tells pictures that were made for a printing condition.
        """
        return to_condition(picture, _profile_of(picture), None)[0] if picture.mode == "CMYK" else None

    def _from_cmyk(self, colour: Color) -> Inks:
        levels = tuple(round(255 * clip(value)) for value in colour.coordinates)
        (found,) = _through(transform(shipped_conditions()[CMYK_ELSEWHERE].data, "CMYK", None, "RGB"), "CMYK", [levels])
        return tuple(value / 255 for value in found)


class RgbPalette(Palette):
    """A printing condition in RGB."""

    def __init__(self, condition: PrintingCondition) -> None:
        self.name = condition.name
        self._condition = condition
        self._known: dict[Inks, Inks] = {}

    def inks(self, colour: Color) -> Inks:
        """What prints for a colour of CSS, whatever its opacity."""
        srgb = super().inks(colour)
        if srgb not in self._known:
            (found,) = _through(transform(None, "RGB", self._condition.data, "RGB"), "RGB", [_levels(srgb)])
            self._known[srgb] = tuple(value / 255 for value in found)
        return self._known[srgb]

    def picture(self, picture: Image.Image, mark: bytes) -> Image.Image | None:
        """A picture without alpha in this palette's space; None where it is as it should be."""
        profile = _profile_of(picture)
        if mark == mark_of(self._condition) or profile == self._condition.data:
            return None
        return to_condition(picture, profile, self._condition)[0]


class CmykPalette(Palette):
    """A printing condition in CMYK."""

    space = "DeviceCMYK"
    black: Inks = (0.0, 0.0, 0.0, 1.0)

    def __init__(self, condition: PrintingCondition) -> None:
        self.name = condition.name
        self._condition = condition
        self._known: dict[object, Inks] = {}
        self._blacks = _blacks(condition.data)

    @property
    def mask(self) -> Palette:
        """The palette of soft masks, whose colours are no colours but how much is seen."""
        return GREY

    def inks(self, colour: Color) -> Inks:
        """What prints for a colour of CSS, whatever its opacity."""
        key = colour.space, *colour.coordinates
        if key not in self._known:
            self._known[key] = self._inks(colour)
        return self._known[key]

    def text_inks(self, colour: Color, size: float) -> tuple[Inks, bool]:
        """What prints for the colour of a text `size` px high, and whether it prints over what lies below it.

        Small neutral text is black alone, so that it has no fringe where inks do not meet exactly. If it is dark, it is
        full black and prints over all else.
        """
        inks = self.inks(colour)
        if size * _PT_PER_PX > SMALL_PT:
            return inks, False
        if colour.space != "device-cmyk":
            lightness, a, b = lab_of(colour)
            if (a * a + b * b) ** 0.5 <= NEUTRAL_CHROMA:
                inks = self.black if lightness <= DARK_LIGHTNESS else self.inks(Color("lab", (lightness, 0, 0), 1))
        return inks, inks == self.black and colour.alpha == 1

    def blend(self, first: Inks, last: Inks, exponent: float) -> list[Inks]:
        """A blend of two colours of sRGB, in so many steps that straight lines between them will do.

        Black alone stands for greys only where both ends are grey; inks must not jump within a blend.
        """
        steps = _steps(first, last, exponent)
        if _is_neutral(first) and _is_neutral(last):
            return [self.inks(colour) for colour in steps]
        return self._converted([_levels(srgb_of(colour)) for colour in steps])

    def picture(self, picture: Image.Image, mark: bytes) -> Image.Image | None:
        """A picture without alpha in this palette's space, greys as black alone; None where it is as it should be."""
        profile = _profile_of(picture)
        if mark == mark_of(self._condition) or profile == self._condition.data:
            return None
        grey = grey_of(picture)
        if grey is not None:
            return grey.point([round(255 * (1 - black)) for black in self._blacks])
        return to_condition(picture, profile, self._condition)[0]

    def _inks(self, colour: Color) -> Inks:
        if colour.space == "device-cmyk":
            return tuple(clip(value) for value in colour.coordinates)
        srgb = srgb_of(colour)
        if _is_neutral(srgb):
            return 0.0, 0.0, 0.0, round(_between_steps(self._blacks, 255 * sum(srgb) / 3), 4)
        if colour.space not in OF_LIGHT:
            return self._converted([_levels(srgb)])[0]
        lightness, a, b = lab_of(colour)
        levels = (round(_bounded(lightness * 2.55)), round(_bounded(a + 128)), round(_bounded(b + 128)))
        return _shares(_through(transform(lab_profile(), "LAB", self._condition.data, "CMYK"), "LAB", [levels]))[0]

    def _converted(self, colours: Sequence[tuple[int, ...]]) -> list[Inks]:
        return _shares(_through(transform(None, "RGB", self._condition.data, "CMYK"), "RGB", colours))


class _GreyPalette(Palette):
    """How much is seen through a soft mask, by the luminance of its colours."""

    space = "DeviceGray"
    name = "mask"
    black: Inks = (0.0,)

    def inks(self, colour: Color) -> Inks:
        """How light a colour is."""
        srgb = super().inks(colour)
        return (round(sum(share * value for share, value in zip(_LUMINANCE, srgb, strict=True)), 4),)

    def picture(self, picture: Image.Image, mark: bytes) -> Image.Image | None:
        """How light a picture is."""
        return None if picture.mode == "L" else (super().picture(picture, mark) or picture).convert("L")


SCREEN = Palette()
GREY: Palette = _GreyPalette()


@lru_cache(maxsize=16)
def palette_of(condition: PrintingCondition | None) -> Palette:
    """The palette of a printing condition; of none, the screen's."""
    if condition is None:
        return SCREEN
    return CmykPalette(condition) if condition.space == "CMYK" else RgbPalette(condition)


def _steps(first: Inks, last: Inks, exponent: float) -> list[Color]:
    if first == last:
        return [Color("srgb", first, 1)] * 2
    shares = [(step / BLEND_STEPS) ** exponent for step in range(BLEND_STEPS + 1)]
    return [
        Color("srgb", tuple(low + (high - low) * share for low, high in zip(first, last, strict=True)), 1)
        for share in shares
    ]


def _is_neutral(srgb: Inks) -> bool:
    return max(srgb) - min(srgb) < _EQUAL


def _shares(levels: Sequence[tuple[int, ...]]) -> list[Inks]:
    return [tuple(round(value / 255, 4) for value in inks) for inks in levels]


def _levels(values: Sequence[float]) -> tuple[int, ...]:
    return tuple(round(255 * value) for value in values)


def _bounded(value: float) -> float:
    return min(max(value, 0.0), 255.0)


@lru_cache(maxsize=16)
def _measure(profile: bytes) -> ImageCms.ImageCmsTransform:
    """From a condition's inks to CIELAB, with its own black, not compensated."""
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    return ImageCms.buildTransform(open_profile(profile), open_profile(lab_profile()), "CMYK", "LAB", intent)


def light_of_inks(profile: bytes, inks: Inks) -> float:
    """The light that some inks of a CMYK condition give back, 1 for its paper."""
    ((level, _, _),) = _through(_measure(profile), "CMYK", [_levels(inks)])
    return luminance(level / 2.55)


@lru_cache(maxsize=16)
def _blacks(profile: bytes) -> tuple[float, ...]:
    """How much black alone looks like each grey of sRGB, 0 to 255: the lightest is paper, the darkest full black.

    Luminance is scaled between the two, as black point compensation does.
    """
    lights = [light_of_inks(profile, (0.0, 0.0, 0.0, level / 255)) for level in range(256)]
    darkest, lightest = min(lights), max(lights)
    blacks: list[float] = []
    for grey in range(256):
        wanted = darkest + (lightest - darkest) * linear(grey / 255)
        level = next((level for level in range(256) if lights[level] <= wanted), 255)
        if 0 < level < 255 and lights[level - 1] > lights[level]:
            level -= (wanted - lights[level]) / (lights[level - 1] - lights[level])  # type: ignore[assignment]
        blacks.append(level / 255)
    blacks[0], blacks[255] = 1.0, 0.0
    return tuple(blacks)


def _between_steps(values: Sequence[float], place: float) -> float:
    low = min(int(place), len(values) - 2)
    return values[low] + (values[low + 1] - values[low]) * (place - low)


# profiles


def _through(by: ImageCms.ImageCmsTransform, mode: str, colours: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Colours, 8 bits a channel, through a transform."""
    image = Image.new(mode, (len(colours), 1))
    image.putdata(colours)
    found = converted(image, by).get_flattened_data()
    return [levels for levels in found if isinstance(levels, tuple)]


def _profile_of(picture: Image.Image) -> bytes | None:
    profile = picture.info.get("icc_profile")
    return profile if isinstance(profile, bytes) else None
