"""Contrast: how well one colour is told from another, on a screen and on the paper of a printing condition.

Source: WCAG 2.2, relative luminance and contrast ratio.
"""

from tinycss2.color4 import Color, parse_color

from packslip.library.printing_conditions import PrintingCondition
from packslip.press.css_colours import linear, srgb_of
from packslip.press.palette import light_of_inks, palette_of

#: Least ratio of text, and of what is large or a line.
TEXT, LINE = 4.5, 3.0

_FLARE = 0.05  #: light of the room that both give back
_RED, _GREEN, _BLUE = 0.2126, 0.7152, 0.0722
_STEPS = 255


def read_colour(text: str) -> Color | None:
    """A colour of CSS that is one by itself, None for what is none."""
    colour = parse_color(text)
    return colour if isinstance(colour, Color) else None


def light(colour: Color, condition: PrintingCondition | None = None) -> float:
    """The light of a colour, from 0 to 1, which is white; on a CMYK condition of its inks, 1 being its paper."""
    if condition is not None and condition.space == "CMYK":
        return light_of_inks(condition.data, palette_of(condition).inks(colour))
    red, green, blue = (linear(value) for value in srgb_of(colour))
    return _RED * red + _GREEN * green + _BLUE * blue


def ratio(one: Color, other: Color, condition: PrintingCondition | None = None) -> float:
    """Contrast of two colours, from 1 to 21."""
    darker, lighter = sorted((light(one, condition), light(other, condition)))
    return (lighter + _FLARE) / (darker + _FLARE)


def nearest(colour: Color, paper: Color, least: float, condition: PrintingCondition | None = None) -> str:
    """The colour nearest to one that has at least a ratio on a paper, as `#rrggbb`; "" where none has.

    It is the same colour with more black, or with more white on a dark paper.
    """
    end = 0.0 if light(paper, condition) > 0.18 else 1.0
    start = srgb_of(colour)
    for step in range(1, _STEPS + 1):
        share = step / _STEPS
        levels = tuple(round(255 * (value + (end - value) * share)) for value in start)
        if ratio(Color("srgb", tuple(level / 255 for level in levels), 1), paper, condition) >= least:
            return "#{:02x}{:02x}{:02x}".format(*levels)
    return ""
