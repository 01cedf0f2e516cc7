"""Obstacles: what in a layout keeps its slips from being struck, in a designer's words, and what to write instead."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A construct that no plate holds. Without a remedy it is a matter of one slip, not of its layout."""

    construct: str
    remedy: str = ""
    in_html: bool = False  #: stands in slip.html; else in slip.css


JUSTIFIED = Obstacle("text-align: justify", "text-align: left")
FIRST_LETTER = Obstacle("::first-letter on a variable", "style the whole text, or a letter the layout writes")
FIRST_LINE = Obstacle("::first-line on a variable", "style the whole text, or give its first line an element")
ELLIPSIS = Obstacle("text-overflow: ellipsis", "let the text wrap")
WORD_SPACING = Obstacle("word-spacing", "leave it out; letter-spacing is no hindrance")
RIGHT_TO_LEFT = Obstacle("direction: rtl", "leave it to the dir attribute, which follows the slip's language")
RAISED = Obstacle("vertical-align: middle, top or bottom, in text that wraps", "a length, such as vertical-align: .3em")
DECORATED = Obstacle("text-decoration on a variable that wraps", "a border-bottom on its block")
PAINTED = Obstacle("an inline element with a background or border that wraps", "display: block, or white-space: nowrap")
COMPUTED_FONT = Obstacle("a font size or spacing that is computed from a width", "a length in pt")
PER_CENT = Obstacle("padding or margin in per cent of a width that follows a variable", "lengths in mm")
BREAKS_ACROSS = Obstacle("a paragraph with a variable that breaks across pages", "break-inside: avoid")
BESIDE = Obstacle("a variable that wraps beside boxes or floats", "let the text stand in a block of its own")
APART = Obstacle("a variable whose text is taken apart", "let the text stand in a block of its own")
OWN_WAY = Obstacle("a paragraph that only WeasyPrint sets", "plain text in a block of its own, in one font and size")
OUTSIDE = Obstacle("a variable that is drawn outside of the page's boxes", "let the text stand in a block of its own")
GROUPED = Obstacle(
    "opacity, a mask or a picture behind, around a variable", "a paler colour; the picture in an element beside it"
)
GROWING_ART = Obstacle("a group or pattern whose size follows a variable", "a height and width in mm")
ROUNDED = Obstacle(
    "a gradient, dotted border or the like that is counted out by a variable's size",
    "a plain colour or solid line, or a size in mm",
)
IN_ATTRIBUTE = Obstacle(
    "a fact of the order in an attribute", "write the variable between tags, or choose by rules", in_html=True
)
ATTRIBUTE_NAME = Obstacle("a variable in the name of an attribute", "write it between tags", in_html=True)

OWN_MARKS = Obstacle("private characters from U+F0000 on", "characters of another range, or an SVG")

#: Those that a slip meets whatever its words are, once its layout leads there.
SETTLED = frozenset(
    {
        COMPUTED_FONT,
        ELLIPSIS,
        FIRST_LETTER,
        FIRST_LINE,
        GROUPED,
        GROWING_ART,
        RAISED,
        RIGHT_TO_LEFT,
        ROUNDED,
        WORD_SPACING,
    }
)

#: Everything in a layout that has a name here, in the order in which the designer's page lists it.
OBSTACLES = (
    JUSTIFIED,
    FIRST_LETTER,
    FIRST_LINE,
    ELLIPSIS,
    WORD_SPACING,
    RAISED,
    DECORATED,
    PAINTED,
    RIGHT_TO_LEFT,
    COMPUTED_FONT,
    PER_CENT,
    BREAKS_ACROSS,
    BESIDE,
    APART,
    OWN_WAY,
    OWN_MARKS,
    OUTSIDE,
    GROUPED,
    GROWING_ART,
    ROUNDED,
    IN_ATTRIBUTE,
    ATTRIBUTE_NAME,
)


def unnamed(construct: str) -> Obstacle:
    """A construct that has no name here."""
    return Obstacle(construct, "let the text stand in a block of its own, of a width in mm")
