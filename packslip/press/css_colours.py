"""CSS colours by their numbers: what they are in sRGB and in CIELAB, white being the paper.

Source: CSS Color 4, 17; IEC 61966-2-1:1999, 5.2; CIE 15:2004, 8.2.1.
"""

from collections.abc import Sequence

from tinycss2.color4 import D65, Color

Three = tuple[float, float, float]

#: Spaces of CSS whose colours are those of sRGB.
OF_SRGB = frozenset({"srgb", "hsl", "hwb"})
#: Spaces of CSS that see colours as people do.
OF_LIGHT = frozenset({"lab", "lch", "oklab", "oklch", "xyz-d50", "xyz-d65"})

_TO_XYZ = ((0.4123908, 0.3575843, 0.1804808), (0.2126390, 0.7151687, 0.0721923), (0.0193308, 0.1191948, 0.9505322))
_FROM_XYZ = (
    (3.2409699, -1.5373832, -0.4986108),
    (-0.9692436, 1.8759675, 0.0415551),
    (0.0556301, -0.2039770, 1.0569715),
)
_EPSILON, _KAPPA = 216 / 24389, 24389 / 27


def srgb_of(colour: Color) -> Three:
    """A colour in sRGB, 0 to 1; what lies outside is brought to the edge."""
    if colour.space in OF_LIGHT:
        lightness, a, b = lab_of(colour)
        middle = (lightness + 16) / 116
        light = (_light(middle + a / 500), _light(middle), _light(middle - b / 200))
        linear = _times(_FROM_XYZ, [value * white for value, white in zip(light, D65, strict=True)])
        red, green, blue = (_encoded(value) for value in linear)
    else:  # of other spaces the numbers are taken for those of sRGB, as WeasyPrint does
        source = colour.to("srgb") if colour.space in OF_SRGB else colour
        red, green, blue = (*(value or 0.0 for value in source.coordinates), 0.0, 0.0, 0.0)[:3]
    return clip(red), clip(green), clip(blue)


def lab_of(colour: Color) -> Three:
    """A colour in CIELAB, relative to its own white."""
    if colour.space in OF_LIGHT:
        lightness, a, b = colour.to("lab").coordinates
        return float(lightness), float(a), float(b)
    xyz = _times(_TO_XYZ, [linear(value) for value in srgb_of(colour)])
    x, y, z = (_root(value / white) for value, white in zip(xyz, D65, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def luminance(lightness: float) -> float:
    """The light of a lightness, 1 for white."""
    return _light((lightness + 16) / 116)


def linear(value: float) -> float:
    """The light of a value of sRGB."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def clip(value: float) -> float:
    """A share, 0 to 1."""
    return min(max(value, 0.0), 1.0)


def _encoded(light: float) -> float:
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def _light(root: float) -> float:
    cube = root**3
    return cube if cube > _EPSILON else (116 * root - 16) / _KAPPA


def _root(light: float) -> float:
    return light ** (1 / 3) if light > _EPSILON else (_KAPPA * light + 16) / 116


def _times(matrix: Sequence[Sequence[float]], vector: Sequence[float]) -> list[float]:
    return [sum(factor * value for factor, value in zip(row, vector, strict=True)) for row in matrix]
