"""Paragraphs: WeasyPrint's boxes of text as `lines` knows them, or the reason why it does not."""

from weasyprint.css import ComputedStyle
from weasyprint.css.functions import check_math
from weasyprint.formatting_structure import boxes
from weasyprint.layout.percent import percentage, resolve_percentages

from packslip.press.weasy.inks import InkStream, set_text_ink
from packslip.press.weasy.languages import Measures
from packslip.press.weasy.obstacles import PER_CENT, RAISED
from packslip.press.weasy.setting import Paragraph, Run, Span
from packslip.press.weasy.slots import recorded
from packslip.press.weasy.tape import UntraceableError, is_traced
from packslip.press.weasy.typesetter import Typesetter
from packslip.press.weasy.watching import spot_of

_SIDES = ("top", "right", "bottom", "left")


class Reader:
    """Reads boxes of one layout."""

    def __init__(self, typesetter: Typesetter, colours: "Colours", measures: Measures) -> None:
        self._typesetter, self._colours, self._measures = typesetter, colours, measures

    def paragraph(self, line: boxes.LineBox, block: boxes.Box | tuple[float, float]) -> Paragraph | None:
        """The paragraph of a block's only line box, None where it holds more than text in plain inline boxes."""
        style = line.style
        if style["direction"] != "ltr" or line.text_overflow == "ellipsis" or not all(map(_is_plain, line.children)):
            return None
        align, last = style["text_align_all"], style["text_align_last"]
        align, last = _start(align), _start(align if last == "auto" else last)
        if "justify" in (align, last):
            return None
        indent = percentage(style["text_indent"], style, block[0] if isinstance(block, tuple) else block.width)
        if is_traced(indent):
            return None
        height, baseline = self._measures.strut(style)
        span = Span(
            children=tuple(self._child(child, block) for child in line.children),
            left=(0.0, 0.0, 0.0),
            right=(0.0, 0.0, 0.0),
            baseline=baseline,
            height=_strut_height(height, style["font_size"]),
            rise=0.0,
            wraps=style["white_space"] in ("normal", "pre-wrap", "pre-line"),
            keeps_together=style["white_space"] in ("pre", "nowrap"),
            trailing_space=False,
        )
        return Paragraph(
            line=span, align=align, align_last=last, indent=float(indent), language=recorded(style["lang"])
        )

    def run(self, box: boxes.TextBox) -> Run:
        """A text box."""
        style = box.style
        if style["font_variant_caps"] != "normal":
            raise UntraceableError(f"{spot_of(box)}: font-variant-caps")
        return Run(
            style=self._typesetter.style(style),
            parts=getattr(box, "slots", (str(box.text),)),
            transform=getattr(box, "slot_transform", None),
            line_height=self._measures.strut(style)[0],
            rise=self._rise(style, style),
            trailing_space=bool(box.trailing_collapsible_space),
            colour=self._colours.operators(style) if style["visibility"] == "visible" else b"",
            spot=spot_of(box),
        )

    def _child(self, box: boxes.Box, block: boxes.Box | tuple[float, float]) -> Run | Span:
        if isinstance(box, boxes.TextBox):
            return self.run(box)
        box = box.copy()
        resolve_percentages(box, block)
        style = box.style
        height, baseline = self._measures.strut(style)
        top, right, bottom, left = (
            (
                getattr(box, f"padding_{side}"),
                style[f"border_{side}_width"],
                0 if getattr(box, f"margin_{side}") == "auto" else getattr(box, f"margin_{side}"),
            )
            for side in _SIDES
        )
        if any(map(is_traced, (*top, *right, *bottom, *left))):
            raise UntraceableError(PER_CENT, spot_of(box))
        return Span(
            children=tuple(self._child(child, block) for child in box.children),
            left=left,
            right=right,
            baseline=baseline,
            height=_strut_height(height, style["font_size"], top, bottom),
            rise=self._rise(style, style.parent_style),
            wraps=style["white_space"] in ("normal", "pre-wrap", "pre-line"),
            keeps_together=style["white_space"] in ("pre", "nowrap"),
            trailing_space=bool(box.trailing_collapsible_space),
        )

    def _rise(self, style: ComputedStyle, parent: ComputedStyle) -> float:
        align = style["vertical_align"]
        if align == "baseline":
            return 0.0
        if isinstance(align, str):
            raise UntraceableError(RAISED)
        if check_math(align) or getattr(align, "unit", None) is not None:
            return float(percentage(align, parent, self._measures.strut(parent)[0]))
        return float(align)


class Colours:
    """Operators that set a colour, written by WeasyPrint's own stream."""

    def __init__(self, scratch: InkStream) -> None:
        self._scratch = scratch

    def operators(self, style: ComputedStyle) -> bytes:
        """What sets the text colour of a style, opacity included."""
        scratch = self._scratch
        scratch.stream.clear()
        scratch.forget()
        set_text_ink(scratch, style)
        return b"\n".join(scratch.stream)


def _is_plain(box: boxes.Box) -> bool:
    style = box.style
    if not box.is_in_normal_flow() or box.is_leader or style["position"] != "static":
        return False
    if isinstance(box, boxes.TextBox):
        return style["text_decoration_line"] == "none" and bool(style["visibility"] == "visible")
    if type(box) is not boxes.InlineBox or style["box_decoration_break"] == "clone" or style["opacity"] < 1:
        return False
    if style["background_color"].alpha or any(image[0] != "none" for image in style["background_image"]):
        return False
    painted = any(style[f"border_{side}_width"] for side in _SIDES) or style["outline_style"] != "none"
    rises = isinstance(style["vertical_align"], str) and style["vertical_align"] != "baseline"
    if painted or rises or style["transform"] or box.bookmark_label or box.string_set:
        return False
    return all(map(_is_plain, box.children))


def _start(align: str) -> str:
    return {"left": "start", "right": "end"}.get(align, align)


def _strut_height(
    line_height: float,
    size: float,
    top: tuple[float, float, float] = (0, 0, 0),
    bottom: tuple[float, float, float] = (0, 0, 0),
) -> float:
    """Margin height of an inline box with padding and border above and below, added in WeasyPrint's order."""
    half = (line_height - size) / 2
    padding_top, border_top, _ = top
    padding_bottom, border_bottom, _ = bottom
    margin_top, margin_bottom = half - border_top - padding_top, half - border_bottom - padding_bottom
    return float(size + padding_top + padding_bottom + border_top + border_bottom + margin_top + margin_bottom)
