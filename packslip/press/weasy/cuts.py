"""Cuts: while a slip is traced, parts of its page are laid out so that they can be taken apart.

What comes into a part is its place; what leaves it is its place and height. Both pass through steps of their own on the
tape, at which `dividing` cuts. Where a part has more to do with the page than that, it is not cut out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from weasyprint.formatting_structure import boxes
from weasyprint.layout import LayoutContext, block
from weasyprint.layout.absolute import AbsolutePlaceholder

from packslip.press.weasy.outline import flow_of, part_elements
from packslip.press.weasy.tape import Number, Tape, is_traced, plain
from packslip.press.weasy.traces import LEAVING, Cut, Situation

_block_level_layout = block.block_level_layout


class Cuts:
    """The parts of one document, and those that stand in its flow as they are laid out."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._numbers: Mapping[int, int] = {}
        self._flow: Element | None = None
        self._elements: Sequence[Element] = ()
        self._cuts: dict[int, Cut | None] = {}  #: None: not to be cut out

    def expect(self, root: Element) -> None:
        """Cut out what may be a part of this document."""
        self._flow, self._elements = flow_of(root), part_elements(root)  # kept, so that no other has their numbers
        self._numbers = {id(element): number for number, element in enumerate(self._elements, start=1)}

    def number(self, box: boxes.Box) -> int:
        """The number of the part whose own box it is, 0 for none."""
        number = self._numbers.get(id(box.element), 0)
        return number if number and box.element_tag == box.element.tag else 0

    def settle(self, number: int, cut: Cut | None) -> None:
        """A part is cut out so; with None, it is not to be."""
        self._cuts[number] = cut

    def found(self) -> tuple[Cut, ...]:
        """Every part that was cut out."""
        return tuple(cut for _, cut in sorted(self._cuts.items()) if cut is not None)

    def traced(self, operation: str, detail: int, value: Number) -> Number:
        """A seam in the tape; a number that stands still needs none."""
        return self._tape.input(operation, (value,), detail, plain(value) or 0.0) if is_traced(value) else value

    def replacements(self) -> Iterator[tuple[object, str, Callable[..., object]]]:
        """What stands in for functions of WeasyPrint."""
        yield block, "block_level_layout", self._lay_out

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
        number = self.number(box) if containing_block.element is self._flow else 0
        if not number:
            return self._as_it_is(
                context, box, bottom_space, skip_stack, containing_block, page_is_empty, absolute_boxes, fixed_boxes,
                adjoining_margins, *more,
            )  # fmt: skip
        self._cuts[number] = None
        margins = adjoining_margins or ()
        before = sure(
            context.page_bottom, bottom_space, page_is_empty, box.position_x, containing_block.width,
            containing_block.height, still(box.position_y), *margins,
        )  # fmt: skip
        if context.current_page != 1 or skip_stack is not None or any(more) or context.excluded_shapes:
            before = None
        if before is not None:
            box.position_y = self.traced("start", number, box.position_y)
        met = held(context, absolute_boxes, fixed_boxes)
        result = self._as_it_is(
            context, box, bottom_space, skip_stack, containing_block, page_is_empty, absolute_boxes, fixed_boxes,
            adjoining_margins, *more,
        )  # fmt: skip
        made, resume_at, next_page, margins, through, left = result
        if made is None:
            return result
        note_part(made, number)
        after = sure(*next_page.values(), *(still(getattr(made, name)) for name in LEAVING), *margins)
        is_whole = resume_at is None and not through and left is None and next_page["break"] == "any"
        if before is None or after is None or not is_whole:
            return result
        if context.excluded_shapes or met != held(context, absolute_boxes, fixed_boxes):
            return result
        for index, name in enumerate(LEAVING):
            setattr(made, name, self.traced("leave", number * len(LEAVING) + index, getattr(made, name)))
        self._cuts[number] = Cut(part=number, before=before, after=after)
        return result

    @staticmethod
    def _as_it_is(*arguments: object) -> tuple[Any, ...]:
        result: tuple[Any, ...] = _block_level_layout(*arguments)
        return result


def sure(*values: object) -> Situation | None:
    """Values that follow from style alone, None where one follows from the slip."""
    return None if any(map(is_traced, values)) else values


def still(value: Number) -> float | None:
    """A number that is the same on every slip."""
    return None if is_traced(value) else float(value)  # type: ignore[arg-type]


def held(context: LayoutContext, *lists: list[boxes.Box] | None) -> tuple[int, ...]:
    """How much of what stands elsewhere on the page has been met."""
    return (
        sum(len(found) for pages in context.running_elements.values() for found in pages.values()),
        *(len(found or ()) for found in lists),
    )


def part_of(box: boxes.Box) -> int:
    """The number of the part that a box stands in, 0 for none."""
    number: int = getattr(box, "part", 0)
    return number


def note_part(box: boxes.Box, number: int) -> None:
    """Note on a box and all in it which part they stand in, unless it is one in that part."""
    real = box._box if isinstance(box, AbsolutePlaceholder) else box  # noqa: SLF001
    if not hasattr(real, "part"):
        real.part = number
    for child in getattr(real, "children", ()):
        note_part(child, number)
