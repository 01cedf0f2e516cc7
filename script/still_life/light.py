"""The one light of the family: a palette, and how a colour answers to the light from the upper left."""

# ruff: noqa: E501 (a path stays in one piece)

import math
from collections.abc import Callable

Rgb = tuple[float, float, float]
Vector = tuple[float, float, float]  #: to the right, upwards, towards the eye
Paint = Callable[[float], Rgb]  #: colour by height above the table

VIEW = 0.22  #: how far the eye looks down: sine of its elevation
LIGHT: Vector = (-0.56, 0.62, 0.55)
HALF: Vector = (-0.31, 0.46, 0.83)  #: between the light and the eye


def rgb(text: str) -> Rgb:
    """Channels from 0 to 1 of a colour like `#8f897c`."""

    return tuple(int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def css(colour: Rgb) -> str:
    """The colour as SVG writes it."""
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, channel))):02x}" for channel in colour)


def mix(first: Rgb, second: Rgb, share: float) -> Rgb:
    """`share` of the second colour in the first."""
    return tuple(a + (b - a) * share for a, b in zip(first, second, strict=True))  # type: ignore[return-value]


def tone(colour: Rgb, level: float) -> Rgb:
    """The colour at a level of light: 1 is its own; shadows turn warm, more light turns pale."""
    if level <= 1:
        warm = (1.0, 0.975, 0.945)
        return tuple(channel * level * (tint + (1 - tint) * level) for channel, tint in zip(colour, warm, strict=True))  # type: ignore[return-value]
    return mix(colour, (1.0, 0.985, 0.95), min(1.0, (level - 1) * 1.1))


def lit(colour: Rgb, normal: Vector, *, gloss: float = 0.0, power: float = 40.0, depth: float = 1.0) -> Rgb:
    """How a surface looks that faces `normal`; `depth` below 1 softens the shadows, `gloss` adds the window's glint."""
    facing = sum(a * b for a, b in zip(normal, LIGHT, strict=True))
    level = 0.42 + 0.70 * max(0.0, (facing + 0.42) / 1.42) ** 1.2
    level += 0.13 * max(0.0, 0.75 * normal[0] - 0.5 * normal[1]) ** 1.5  # thrown back by table and wall
    level = 1 - (1 - level) * depth
    glint = max(0.0, sum(a * b for a, b in zip(normal, HALF, strict=True))) ** power * gloss
    return mix(tone(colour, level), (1.0, 0.99, 0.97), min(0.9, glint))


def polished(colour: Rgb, normal: Vector) -> Rgb:
    """How polished metal looks: it shows the room, a bright window, a dark wall, the pale table."""
    x, up, _ = normal
    level = 0.62 + 0.30 * up
    level += 0.72 * math.exp(-(((x + 0.50 + 0.15 * up) / 0.17) ** 2))
    level += 0.34 * math.exp(-(((x - 0.62) / 0.20) ** 2))
    level -= 0.16 * math.exp(-(((x - 0.12) / 0.30) ** 2))
    level -= 0.20 * math.exp(-(((x - 1.0) / 0.10) ** 2)) + 0.14 * math.exp(-(((x + 1.0) / 0.12) ** 2))
    return tone(colour, max(0.30, level))


def turned_normal(across: float, slope: float) -> Vector:
    """The normal of a turned body at `across` (-1 left … 1 right edge), where the radius grows by `slope` a unit of height."""
    length = math.hypot(1.0, slope)
    front = math.sqrt(max(0.0, 1 - across * across))
    return across / length, -slope / length, front / length


STONE, CHALK, OAT, ASH = rgb("#b8b0a2"), rgb("#e9e3d8"), rgb("#cfbd9b"), rgb("#948d80")
SMOKE, INK, MOSS, CLAY = rgb("#7c7872"), rgb("#3d475a"), rgb("#7d8061"), rgb("#b5704f")
WALNUT, OAK, BIRCH, BRASS = rgb("#7a5538"), rgb("#bd925e"), rgb("#dcc49c"), rgb("#c4a264")
WAX, FOG, SPRUCE, IRON, NIGHT = rgb("#dcb368"), rgb("#c2c7c6"), rgb("#4f5f55"), rgb("#47474a"), rgb("#343c52")
GRANITE, ALABASTER, LINEN, PAPER = rgb("#8e8e8c"), rgb("#ded5c6"), rgb("#efe4cc"), rgb("#f4eee2")
