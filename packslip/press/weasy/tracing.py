"""Tracing: WeasyPrint's layout of one slip, recorded on a tape.

While it lasts, boxes of text and pictures give traced numbers, and a paragraph stands in the tree as one box whose
height the tape knows how to find. Nothing of WeasyPrint stays changed after it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import ModuleType
from unittest.mock import patch

import weasyprint.matrix
import weasyprint.stacking
from weasyprint import draw
from weasyprint.draw import border as draw_border
from weasyprint.draw import text as draw_text
from weasyprint.formatting_structure import boxes
from weasyprint.layout import (
    LayoutContext,
    absolute,
    background,
    block,
    column,
    flex,
    grid,
    inline,
    leader,
    min_max,
    page,
    percent,
    preferred,
    replaced,
    table,
)
from weasyprint.layout import float as floats
from weasyprint.pdf.stream import Stream

from packslip.press.weasy import obstacles, slots
from packslip.press.weasy.blame import why_beside
from packslip.press.weasy.cuts import Cuts
from packslip.press.weasy.languages import Speaker
from packslip.press.weasy.lines import set_lines
from packslip.press.weasy.linesbox import LinesBox, Pixels
from packslip.press.weasy.paragraphs import Reader
from packslip.press.weasy.rows import Rows
from packslip.press.weasy.seaming import Seaming
from packslip.press.weasy.setting import Paragraph, Run
from packslip.press.weasy.tape import Tape, Traced, UntraceableError, aware, is_traced, plain
from packslip.press.weasy.traces import Blank, Break, Seam
from packslip.press.weasy.typesetter import Galley, Typesetter, UnsettableError
from packslip.press.weasy.watching import spot_of
from packslip.press.weasy.widths import content_width
from packslip.press.weasy.wording import Wording
from packslip.press.weasy.words import Words

_COUNTING: tuple[ModuleType, ...] = (
    absolute, background, block, boxes, column, draw, draw_border, draw_text, flex, floats, grid, inline, leader,
    min_max, page, percent, preferred, replaced, table, weasyprint.matrix, weasyprint.stacking,
)  # fmt: skip

_split_text_box = inline.split_text_box
_linebox_layout = block._linebox_layout  # noqa: SLF001
_find_earlier_page_break = block.find_earlier_page_break
_find_in_flow_baseline = table.find_in_flow_baseline
_can_break_text = inline.can_break_text
_can_break_inside = inline.can_break_inside
_justify_line = inline.justify_line
_first_letter_to_box = inline.first_letter_to_box
_distribute_extra_space = grid._distribute_extra_space  # noqa: SLF001
_min_content = preferred.inline_min_content_width
_max_content = preferred.inline_max_content_width


class Tracer:
    """What one layout is recorded into."""

    def __init__(
        self, wording: Wording, typesetter: Typesetter, reader: Reader, seam: Callable[[Stream, Seam], None]
    ) -> None:
        self.tape = Tape()
        self.cuts = Cuts(self.tape)
        self._seaming = Seaming(self.cuts, seam)
        self.wording, self.speaker = wording, Speaker(typesetter, wording.language)
        self.words = Words(wording.values)
        self.typesetter, self.reader = typesetter, reader
        self.paragraphs: dict[Paragraph, int] = {}
        self.texts: dict[Blank, int] = {}
        self.breaks: dict[Break, int] = {}
        self._compared: set[tuple[Paragraph, float]] = set()

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Have WeasyPrint lay out into this tape."""
        with ExitStack() as patches:
            patches.enter_context(aware(_COUNTING))
            patches.enter_context(self.wording.standing())
            for source in (self, self.cuts, Rows(self.cuts), self._seaming):
                for owner, name, replacement in source.replacements():
                    patches.enter_context(patch.object(owner, name, replacement))
            yield

    def replacements(self) -> Iterator[tuple[object, str, Callable[..., object]]]:
        """What stands in for functions of WeasyPrint."""
        yield boxes.Box, "translate", _translate
        yield block, "_linebox_layout", self._lay_out_lines
        yield block, "find_earlier_page_break", self._find_earlier_page_break
        for module in (table, inline, flex, grid):
            yield module, "find_in_flow_baseline", self._find_in_flow_baseline
        yield inline, "split_text_box", self._split_text_box
        yield inline, "can_break_text", self._can_break_text
        yield inline, "can_break_inside", self._can_break_inside
        yield inline, "justify_line", _refuse_justifying
        yield inline, "first_letter_to_box", _refuse_first_letter
        yield grid, "_distribute_extra_space", _distribute_where_it_matters
        for module in (inline, preferred):
            yield module, "inline_min_content_width", self._min_content
        yield preferred, "inline_max_content_width", self._max_content

    # What follows has the signatures of the functions it stands in for.

    def _lay_out_lines(  # noqa: PLR0917
        self,
        context: LayoutContext,
        box: boxes.Box,
        index: int,
        child: boxes.LineBox,
        new_children: list[boxes.Box],
        page_is_empty: bool,
        absolute_boxes: list[boxes.Box],
        fixed_boxes: list[boxes.Box],
        adjoining_margins: list[Pixels],
        bottom_space: Pixels,
        position_y: Pixels,
        skip_stack: object,
        first_letter_style: object,
        first_line_style: object,
        draw_bottom_decoration: bool,
        max_lines: int | None,
    ) -> object:
        own = slots.slots_in(child)
        if own and first_line_style:
            raise UntraceableError(obstacles.FIRST_LINE, spot_of(box))
        if own and first_letter_style:
            raise UntraceableError(obstacles.FIRST_LETTER, spot_of(box))
        paragraph = None
        special = max_lines is not None or skip_stack or context.excluded_shapes or context.footnotes
        if own and not special and not isinstance(box, boxes.MarginBox):
            paragraph = self.reader.paragraph(child, box)
        if paragraph is None:
            return _linebox_layout(
                context, box, index, child, new_children, page_is_empty, absolute_boxes, fixed_boxes,
                adjoining_margins, bottom_space, position_y, skip_stack, first_letter_style, first_line_style,
                draw_bottom_decoration, max_lines,
            )  # fmt: skip
        if adjoining_margins:
            position_y = position_y + block.collapse_margin(adjoining_margins)
        lines = self._stand_in(paragraph, child, box, position_y)
        seen = paragraph, _value(lines.width)
        if seen not in self._compared:
            self._compared.add(seen)
            self._compare(context, lines, child, box, position_y, bottom_space)
        end = self._end(lines)
        if context.overflows_page(bottom_space, end + (box.border_bottom_width + box.padding_bottom)):
            always = draw_bottom_decoration
            self._overflow(context, box, lines, bottom_space, page_is_empty=page_is_empty, always=always)
            return True, False, None, position_y, [], None
        new_children.append(lines)
        return False, False, None, end, [], None

    def _stand_in(self, paragraph: Paragraph, child: boxes.LineBox, box: boxes.Box, position_y: Pixels) -> "LinesBox":
        left = box.content_box_x()
        width = left + box.width - left  # as avoid_collisions has it
        number = self.paragraphs.setdefault(paragraph, len(self.paragraphs))
        made = set_lines(
            self.speaker.paragraph(paragraph), self.words, _value(left), _value(width), Galley(self.typesetter)
        )
        # the step's own value means nothing; strikes keep the lines under its number
        step = self.tape.input("lines", (left, width), number, float(len(made)))
        lines = LinesBox(child.element_tag, child.style, child.element, [])
        lines.__dict__.update(child.__dict__)
        lines.children, lines.shifts, lines.read = (), (), child
        lines.number, lines.top, lines.paragraph, lines.lines = step.number, position_y, paragraph, made
        lines.position_x, lines.position_y = left, position_y
        lines.width, lines.height = width, made[0].height
        lines.baseline = self.tape.input("first baseline", (step,), 0, -made[0].top)
        for side in ("top", "right", "bottom", "left"):
            for name in (f"margin_{side}", f"padding_{side}", f"border_{side}_width"):
                setattr(lines, name, 0)
        lines.resume_at = None
        return lines

    def _end(self, lines: LinesBox) -> Traced:
        """Where the last line ends."""
        y = _value(lines.top)
        for line in lines.lines:
            y += line.height
        return self.tape.input("end", (Traced(self.tape, lines.number, 0), lines.top), 0, y)

    def _overflow(
        self,
        context: LayoutContext,
        box: boxes.Box,
        lines: LinesBox,
        bottom_space: Pixels,
        *,
        page_is_empty: bool,
        always: bool,
    ) -> None:
        """A paragraph that does not fit on its page: noted where it moves on whole, refused where it would break."""
        count = len(lines.lines)
        step = Traced(self.tape, lines.number, float(count))
        self.tape.guard("count", (step,), count)
        fitting, y = 0, lines.top
        for line in lines.lines:
            y = self.tape.input("line end", (step, y), fitting, _value(y) + line.height)
            foot = box.border_bottom_width + box.padding_bottom if always or line is lines.lines[-1] else 0
            if context.overflows_page(bottom_space, y + foot):
                break
            fitting += 1
        orphans, widows = box.style["orphans"], box.style["widows"]
        needed = max(0, widows - 1 - (count - fitting - 1))
        moves = not page_is_empty and fitting < count and (fitting < orphans or needed > fitting - orphans)
        if not moves:
            raise UntraceableError(obstacles.BREAKS_ACROSS, spot_of(box))

    def _compare(  # noqa: PLR0917
        self,
        context: LayoutContext,
        lines: LinesBox,
        child: boxes.LineBox,
        box: boxes.Box,
        position_y: Pixels,
        bottom_space: Pixels,
    ) -> None:
        """Have WeasyPrint set the paragraph too; any difference means that it is not understood."""
        plain_box = box.copy()
        for name, value in vars(box).items():
            if is_traced(value):
                setattr(plain_box, name, value.value)
        plain_child = _detached(child)
        theirs = []
        with _untraced():
            iterator = inline.iter_line_boxes(
                context, plain_child, _value(position_y), _value(bottom_space), None, plain_box, [], [], None, None
            )
            y = _value(position_y)
            for (line, _), ours in zip(iterator, lines.lines, strict=True):
                offset = y - ours.top
                theirs = [text for text in line.descendants() if isinstance(text, boxes.TextBox) and text.text.strip()]
                mine = [(t.text, t.x, t.y + offset, t.baseline, t.width, t.height) for t in ours.texts]
                if mine != [(t.text, t.position_x, t.position_y, t.baseline, t.width, t.height) for t in theirs] or (
                    line.height,
                    line.baseline,
                ) != (ours.height, -ours.top):
                    raise UntraceableError(obstacles.OWN_WAY, spot_of(box))
                y += ours.height

    def _find_earlier_page_break(
        self, context: LayoutContext, children: Sequence[boxes.Box], *lists: list[boxes.Box]
    ) -> object:
        if children and isinstance(children[0], LinesBox):
            lines = children[0]
            count = len(lines.lines)
            self.tape.guard("count", (Traced(self.tape, lines.number, float(count)),), count)
            if count - lines.style["widows"] < lines.style["orphans"]:
                return None
            raise UntraceableError(obstacles.BREAKS_ACROSS, spot_of(lines))
        return _find_earlier_page_break(context, children, *lists)

    def _find_in_flow_baseline(
        self,
        box: boxes.Box,
        last: bool = False,
        baseline_types: tuple[type, ...] = (boxes.LineBox,),
    ) -> object:
        if last and isinstance(box, LinesBox):
            y = _value(box.top)
            for line in box.lines[:-1]:
                y += line.height
            step = Traced(self.tape, box.number, 0)
            position: Pixels = self.tape.input("last top", (step, box.top), 0, y)
            for _, dy in box.shifts:
                position = position + dy
            return position + self.tape.input("last baseline", (step,), 0, -box.lines[-1].top)
        return _find_in_flow_baseline(box, last, baseline_types)

    def _split_text_box(
        self,
        context: LayoutContext,
        box: boxes.TextBox,
        available: Pixels | None,
        skip: int,
        is_line_start: bool = True,
    ) -> tuple[boxes.TextBox | None, int | None, object]:
        own = hasattr(box, "slots")
        width = available if available is None else plain(available)
        new_box, resume, preserved = _split_text_box(context, box, width, skip, is_line_start)
        if not own and not is_traced(available):
            return new_box, resume, preserved
        if resume is not None or preserved or new_box is None:
            raise UntraceableError(why_beside(box), spot_of(box))
        number = self._blank(box, str(box.text.encode()[skip:].decode()))
        if available is not None:
            self.tape.guard("fits", (available,), True, number)
        if own:
            new_box.width = self.tape.input("width", (), number, new_box.width)
            new_box.blank = number
        return new_box, resume, preserved

    def _blank(self, box: boxes.TextBox, text: str) -> int:
        """Number of a text that stands on one line, as it is or without the spaces at its ends."""
        run = self.reader.run(box)
        spoken = self.speaker.run(run)
        whole = self.words(spoken)
        for strip, made in (("", whole), ("l", whole.lstrip(" ")), ("r", whole.rstrip(" ")), ("lr", whole.strip(" "))):
            if made == text:
                self.typesetter.shape(text, spoken.style)
                return self.texts.setdefault(Blank(run, strip), len(self.texts))
        raise UntraceableError(obstacles.APART, spot_of(box))

    def text_number(self, box: boxes.TextBox) -> int:
        """Number of the text of a box that is about to be drawn."""
        text = box.pango_layout.text
        if not hasattr(box, "slots"):
            run = self.reader.run(box)
            literal = Run(run.style, (text,), None, run.line_height, run.rise, run.trailing_space, run.colour, run.spot)
            return self.texts.setdefault(Blank(literal, ""), len(self.texts))
        return self._blank(box, text)

    def _can_break_text(self, text: str, language: str | None) -> bool:
        answer = bool(_can_break_text(str(text), language))
        if isinstance(text, slots.Letter):
            asked = tuple(part if isinstance(part, str) else self._letter(*part) for part in text.asked)
            number = self.breaks.setdefault(Break(asked, slots.recorded(language)), len(self.breaks))
            self.tape.guard("breaks", (), answer, number)
        return answer

    def _can_break_inside(self, box: boxes.Box) -> bool:
        answer = bool(_can_break_inside(box))
        if isinstance(box, boxes.TextBox) and hasattr(box, "slots"):
            asked = Break(((self._blank(box, str(box.text)), None),), slots.recorded(box.style["lang"]))
            self.tape.guard("breaks", (), answer, self.breaks.setdefault(asked, len(self.breaks)))
        return answer

    def _letter(self, box: boxes.TextBox, index: int) -> tuple[int, int]:
        return self._blank(box, str(box.text)), index

    def _min_content(self, context: LayoutContext, box: boxes.Box, *arguments: object, **options: object) -> object:
        return self._content("min", _min_content, context, box, *arguments, **options)

    def _max_content(self, context: LayoutContext, box: boxes.Box, *arguments: object, **options: object) -> object:
        return self._content("max", _max_content, context, box, *arguments, **options)

    def _content(
        self, name: str, function: Callable[..., float], context: LayoutContext, box: boxes.Box,
        *arguments: object, **options: object,
    ) -> object:  # fmt: skip
        if not slots.slots_in(box):
            return function(context, box, *arguments, **options)
        paragraph = self.reader.paragraph(box, (0.0, 0.0)) if isinstance(box, boxes.LineBox) else None
        if paragraph is None or options.get("first_line") or options.get("skip_stack"):
            with _untraced():
                value = function(context, box, *arguments, **options)
            return self.tape.input("unknown", (), 0, value)
        with _untraced():
            value = function(context, box, *arguments, **options)
        if value != content_width(
            self.speaker.paragraph(paragraph), self.words, Galley(self.typesetter), minimum=name == "min"
        ):
            return self.tape.input("unknown", (), 0, value)
        number = self.paragraphs.setdefault(paragraph, len(self.paragraphs))
        return self.tape.input(f"{name}-content", (), number, value)


def _translate(box: boxes.Box, dx: Pixels = 0, dy: Pixels = 0, ignore_floats: bool = False) -> None:
    """Without the question whether there is anything to do, which would be a guard."""
    box.position_x += dx
    box.position_y += dy
    for child in box.all_children():
        if not (ignore_floats and child.is_floated()):
            child.translate(dx, dy, ignore_floats)


def _refuse_justifying(context: LayoutContext, line: boxes.LineBox, extra_width: Pixels) -> None:
    if slots.slots_in(line) or is_traced(extra_width):
        raise UntraceableError(obstacles.JUSTIFIED, spot_of(line))
    _justify_line(context, line, extra_width)


def _refuse_first_letter(box: boxes.Box, skip_stack: object, style: object) -> object:
    if style and slots.slots_in(box):
        raise UntraceableError(obstacles.FIRST_LETTER, spot_of(box))
    return _first_letter_to_box(box, skip_stack, style)


def _distribute_where_it_matters(
    sizes: str, types: str, contribution: str, children: object, functions: Sequence[tuple[object, object]],
    *arguments: object,
) -> None:  # fmt: skip
    """Without measuring content for tracks of a given size, which it does not move, but would ask about."""
    index = 0 if sizes == "min" else 1
    if any(isinstance(pair[index], str) or pair[index][0] == "fit-content()" for pair in functions):  # type: ignore[index]
        _distribute_extra_space(sizes, types, contribution, children, functions, *arguments)


def _detached(box: boxes.Box) -> boxes.Box:
    """A copy of a line's boxes whose texts are plain."""
    copy = box.copy()
    if isinstance(copy, boxes.TextBox):
        vars(copy).pop("slots", None)
        copy.text = str(copy.text)
    elif hasattr(copy, "children"):
        copy.children = [_detached(child) for child in copy.children]
    return copy


@contextmanager
def _untraced() -> Iterator[None]:
    """WeasyPrint's own ways for the while."""
    originals: Mapping[tuple[object, str], object] = {
        (inline, "split_text_box"): _split_text_box,
        (inline, "can_break_text"): _can_break_text,
        (inline, "can_break_inside"): _can_break_inside,
        (inline, "inline_min_content_width"): _min_content,
        (preferred, "inline_min_content_width"): _min_content,
        (preferred, "inline_max_content_width"): _max_content,
    }
    with ExitStack() as patches:
        for (owner, name), original in originals.items():
            patches.enter_context(patch.object(owner, name, original))
        yield


def _value(number: Pixels) -> float:
    value = plain(number)
    if value is None:
        raise UntraceableError(obstacles.ROUNDED)
    return float(value)


__all__ = ["Tracer", "UnsettableError"]
