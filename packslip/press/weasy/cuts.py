"""Cuts: while a slip is traced, parts of its page are laid out and drawn so that they can be taken apart.

What comes into a part is its place; what leaves it is its place and height. Both pass through steps of their own on the
tape, at which `dividing` cuts. Where a part has more to do with the page than that, it is not cut out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from weasyprint import draw
from weasyprint.formatting_structure import boxes
from weasyprint.layout import LayoutContext, block
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.pdf.stream import Stream
from weasyprint.stacking import StackingContext

from packslip.press.weasy.tape import Number, Tape, is_traced, plain
from packslip.press.weasy.traces import ABOVE, LEAVING, OVER, UNDER, Cut, Seam, Situation

_block_level_layout = block.block_level_layout
_set_mask_border = draw.set_mask_border
_draw_stacking_context = draw.draw_stacking_context
_draw_block_level = draw.draw_block_level

_INLINE = (boxes.InlineBlockBox, boxes.InlineFlexBox, boxes.InlineGridBox)


class Cuts:
    """The parts of one document."""

    def __init__(self, tape: Tape, seam: Callable[[Stream, Seam], None]) -> None:
        self._tape, self._seam = tape, seam
        self._numbers: Mapping[int, int] = {}
        self._flow: Element | None = None
        self._elements: Sequence[Element] = ()
        self._cuts: dict[int, Cut | None] = {}  #: None: not to be cut out
        self._open = Seam(0, UNDER)
        self._contexts: list[bool] = []  #: whether each context that is being drawn may hold parts

    def expect(self, flow: Element, elements: Sequence[Element]) -> None:
        """Cut out these elements where they are parts; they stand in `flow`."""
        self._flow, self._elements = flow, elements  # kept, so that no other has an element's number
        self._numbers = {id(element): number for number, element in enumerate(elements, start=1)}

    def found(self) -> tuple[Cut, ...]:
        """Every part that was cut out."""
        return tuple(cut for _, cut in sorted(self._cuts.items()) if cut is not None)

    def replacements(self) -> Iterator[tuple[object, str, Callable[..., object]]]:
        """What stands in for functions of WeasyPrint."""
        yield block, "block_level_layout", self._lay_out
        yield draw, "set_mask_border", self._mask_border
        yield draw, "draw_stacking_context", self._draw_context
        yield draw, "draw_block_level", self._draw_block_level

    # What follows has the signatures of the functions it stands in for.

    def _lay_out(  # noqa: PLR0917
        self,
        context: LayoutContext,
        box: boxes.Box,
        bottom_space: float,
        skip_stack: object,
        containing_block: boxes.Box,
        page_is_empty: bool = True,
        absolute_boxes: list[boxes.Box] | None = None,
        fixed_boxes: list[boxes.Box] | None = None,
        adjoining_margins: list[float] | None = None,
        *more: Any,  # noqa: ANN401
    ) -> tuple[Any, ...]:
        number = self._numbers.get(id(box.element), 0)
        if not number or box.element_tag != box.element.tag or containing_block.element is not self._flow:
            return self._as_it_is(
                context, box, bottom_space, skip_stack, containing_block, page_is_empty, absolute_boxes, fixed_boxes,
                adjoining_margins, *more,
            )  # fmt: skip
        self._cuts[number] = None
        margins = adjoining_margins or ()
        before = _sure(
            context.page_bottom, bottom_space, page_is_empty, box.position_x, containing_block.width,
            containing_block.height, _still(box.position_y), *margins,
        )  # fmt: skip
        if context.current_page != 1 or skip_stack is not None or any(more) or context.excluded_shapes:
            before = None
        if before is not None:
            box.position_y = self._traced("start", number, box.position_y)
        held = _held(context, absolute_boxes, fixed_boxes)
        result = self._as_it_is(
            context, box, bottom_space, skip_stack, containing_block, page_is_empty, absolute_boxes, fixed_boxes,
            adjoining_margins, *more,
        )  # fmt: skip
        made, resume_at, next_page, margins, through, left = result
        if made is None:
            return result
        _note_part(made, number)
        after = _sure(*next_page.values(), *(_still(getattr(made, name)) for name in LEAVING), *margins)
        is_whole = resume_at is None and not through and left is None and next_page["break"] == "any"
        if before is None or after is None or not is_whole:
            return result
        if context.excluded_shapes or held != _held(context, absolute_boxes, fixed_boxes):
            return result
        for index, name in enumerate(LEAVING):
            setattr(made, name, self._traced("leave", number * len(LEAVING) + index, getattr(made, name)))
        self._cuts[number] = Cut(part=number, before=before, after=after)
        return result

    def _traced(self, operation: str, detail: int, value: Number) -> Number:
        """A seam in the tape; a number that stands still needs none."""
        return self._tape.input(operation, (value,), detail, plain(value) or 0.0) if is_traced(value) else value

    @staticmethod
    def _as_it_is(*arguments: object) -> tuple[Any, ...]:
        result: tuple[Any, ...] = _block_level_layout(*arguments)
        return result

    def _mask_border(self, stream: Stream, box: boxes.Box) -> None:
        if self._contexts and self._contexts[-1] and isinstance(box, boxes.BlockLevelBox):
            self._turn_to(stream, part_of(box), UNDER)
        _set_mask_border(stream, box)

    def _draw_context(self, stream: Stream, context: StackingContext) -> None:
        part = part_of(context.box)
        if isinstance(context.box, _INLINE) or self._open == Seam(part, ABOVE):
            self._draw_inside(stream, context, holds=False)
            return
        self._turn_to(stream, 0, UNDER)
        if not part:
            self._prepare(stream, context)
        self._draw_inside(stream, context, holds=not part)
        self._turn_to(stream, 0, UNDER)

    def _draw_inside(self, stream: Stream, context: StackingContext, *, holds: bool) -> None:
        self._contexts.append(holds)
        _draw_stacking_context(stream, context)
        self._contexts.pop()

    def _prepare(self, stream: Stream, context: StackingContext) -> None:
        """Have what a part draws above the lines of all parts drawn in its own layer."""
        parts = list(dict.fromkeys(filter(None, map(part_of, context.block_level_boxes))))
        found: dict[int, list[StackingContext]] = {part: [] for part in parts}
        for child in context.zero_z_contexts:
            found.setdefault(part_of(child.box), []).append(child)
        if list(found) != parts:  # what is in no part is drawn between them
            self._cuts.update(dict.fromkeys(parts))
            return
        for child in (*context.negative_z_contexts, *context.float_contexts, *context.positive_z_contexts):
            if part_of(child.box):
                self._cuts[part_of(child.box)] = None
        context.zero_z_contexts = self._above(stream, found)

    def _above(self, stream: Stream, found: Mapping[int, Sequence[StackingContext]]) -> Iterator[StackingContext]:
        for part, contexts in found.items():
            self._turn_to(stream, part, ABOVE)
            yield from contexts
        self._turn_to(stream, 0, UNDER)

    def _draw_block_level(self, page: boxes.PageBox, stream: Stream, found: Mapping[boxes.Box, Any]) -> None:
        turns = bool(self._contexts) and self._contexts[-1]
        for box, inside in found.items():
            if turns:
                self._turn_to(stream, part_of(box), OVER)
            _draw_block_level(page, stream, {box: inside})

    def _turn_to(self, stream: Stream, part: int, layer: int) -> None:
        seam = Seam(part, layer if part else UNDER)
        if seam != self._open:
            self._open = seam
            self._seam(stream, seam)


def _sure(*values: object) -> Situation | None:
    """Values that follow from style alone, None where one follows from the slip."""
    return None if any(map(is_traced, values)) else values


def _still(value: Number) -> float | None:
    """A number that is the same on every slip."""
    return None if is_traced(value) else float(value)  # type: ignore[arg-type]


def _held(context: LayoutContext, *lists: list[boxes.Box] | None) -> tuple[int, ...]:
    """How much of what stands elsewhere on the page has been met."""
    return (
        sum(len(found) for pages in context.running_elements.values() for found in pages.values()),
        *(len(found or ()) for found in lists),
    )


def part_of(box: boxes.Box) -> int:
    """The number of the part that a box stands in, 0 for none."""
    number: int = getattr(box, "part", 0)
    return number


def _note_part(box: boxes.Box, number: int) -> None:
    real = box._box if isinstance(box, AbsolutePlaceholder) else box  # noqa: SLF001
    if not hasattr(real, "part"):
        real.part = number
    for child in getattr(real, "children", ()):
        _note_part(child, number)
