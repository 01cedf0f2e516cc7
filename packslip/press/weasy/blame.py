"""Blame: which property of a text it is that keeps its paragraph from being set as one."""

from collections.abc import Iterator

from weasyprint.css import ComputedStyle
from weasyprint.formatting_structure import boxes

from packslip.press.weasy.obstacles import BESIDE, DECORATED, JUSTIFIED, PAINTED, RAISED, Obstacle

_SIDES = ("top", "right", "bottom", "left")


def why_beside(box: boxes.TextBox) -> Obstacle:
    """The obstacle of a text that wraps where its paragraph was not plain text in inline elements."""
    style = box.style
    if "justify" in (style["text_align_all"], style["text_align_last"]):
        return JUSTIFIED
    if style["text_decoration_line"] != "none":
        return DECORATED
    around = tuple(_inline_elements(style))
    if any(isinstance(each["vertical_align"], str) and each["vertical_align"] != "baseline" for each in around):
        return RAISED
    if any(map(_is_painted, around)):
        return PAINTED
    return BESIDE


def _inline_elements(style: ComputedStyle | None) -> Iterator[ComputedStyle]:
    while style is not None and style["display"] == ("inline", "flow"):
        yield style
        style = style.parent_style


def _is_painted(style: ComputedStyle) -> bool:
    edges = any(style[f"border_{side}_width"] for side in _SIDES) or style["outline_style"] != "none"
    pictures = any(image[0] != "none" for image in style["background_image"])
    return bool(edges or pictures or style["background_color"].alpha or style["opacity"] < 1)
