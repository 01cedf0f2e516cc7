"""Seaming: what each part of a page draws is told apart from what others draw.

Parts are not drawn one after the other but in layers. Where a layer of a part begins, a seam is left among the
operators, for each part on the page and every layer, whether it draws anything there or not.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from weasyprint import draw
from weasyprint.draw import draw_background, draw_border, draw_collapsed_borders
from weasyprint.formatting_structure import boxes
from weasyprint.pdf.stream import Stream
from weasyprint.stacking import StackingContext

from packslip.press.weasy.cuts import Cuts, part_of
from packslip.press.weasy.traces import ABOVE, BLOCKS, EDGES, OVER, UNDER, Seam

_set_mask_border = draw.set_mask_border
_draw_stacking_context = draw.draw_stacking_context
_draw_block_level = draw.draw_block_level
_draw_table = draw.draw_table

_INLINE = (boxes.InlineBlockBox, boxes.InlineFlexBox, boxes.InlineGridBox)


class Seaming:
    """The seams of one document."""

    def __init__(self, cuts: Cuts, seam: Callable[[Stream, Seam], None]) -> None:
        self._cuts, self._seam = cuts, seam
        self._open = Seam(0, UNDER)
        self._contexts: list[bool] = []  #: whether each context that is being drawn may hold parts
        self._rows: list[int] = []  #: of the last table, whose blocks are still to be drawn

    def replacements(self) -> Iterator[tuple[object, str, Callable[..., object]]]:
        """What stands in for functions of WeasyPrint."""
        yield draw, "set_mask_border", self._mask_border
        yield draw, "draw_stacking_context", self._draw_context
        yield draw, "draw_block_level", self._draw_block_level
        yield draw, "draw_table", self._draw_table

    # What follows has the signatures of the functions it stands in for.

    def _mask_border(self, stream: Stream, box: boxes.Box) -> None:
        if self._contexts and self._contexts[-1] and isinstance(box, boxes.BlockLevelBox):
            self._turn_to_block(stream, part_of(box))
        _set_mask_border(stream, box)

    def _draw_context(self, stream: Stream, context: StackingContext) -> None:
        part = part_of(context.box)
        if isinstance(context.box, _INLINE) or self._open == Seam(part, ABOVE):
            self._draw_inside(stream, context, holds=False)
            return
        self._turn_to_rows(stream)
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
        parts = list(filter(None, _in_tree_order(context.block_level_boxes)))
        drawn = [part_of(child.box) for child in context.zero_z_contexts]
        places = [parts.index(part) if part in parts else -1 for part in drawn]
        for child in (*context.negative_z_contexts, *context.float_contexts, *context.positive_z_contexts):
            if part_of(child.box):
                self._cuts.settle(part_of(child.box), None)
        if -1 in places or places != sorted(places):  # other things are drawn between them
            for part in parts:
                self._cuts.settle(part, None)
            return
        found: dict[int, list[StackingContext]] = {part: [] for part in parts}
        for part, child in zip(drawn, context.zero_z_contexts, strict=True):
            found[part].append(child)
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
                self._turn_to_rows(stream)
                self._turn_to(stream, part_of(box), OVER)
            _draw_block_level(page, stream, {box: inside})

    def _draw_table(self, stream: Stream, table: boxes.TableBox) -> None:
        """As WeasyPrint draws a table, with a seam wherever a row begins."""
        part = part_of(table)
        rows = [(row, part_of(row)) for group in table.children for row in group.children]
        if not (self._contexts and self._contexts[-1] and any(number not in (0, part) for _, number in rows)):
            _draw_table(stream, table)
            return
        draw_background(stream, table.background)
        for columns in table.column_groups:
            draw_background(stream, columns.background)
            for column in columns.children:
                draw_background(stream, column.background)
        collapses = table.style["border_collapse"] == "collapse"
        for group in table.children:
            draw_background(stream, group.background)
            for row in group.children:
                self._turn_to(stream, part_of(row), UNDER)
                draw_background(stream, row.background)
                for cell in row.children:
                    if collapses or cell.style["empty_cells"] == "show" or not cell.empty:
                        draw_background(stream, cell.background)
                self._turn_to(stream, part, UNDER)
        if collapses:
            draw_collapsed_borders(stream, table)
        else:
            draw_border(stream, table)
            for row, number in rows:
                self._turn_to(stream, number, EDGES if number != part else UNDER)
                for cell in row.children:
                    if cell.style["empty_cells"] == "show" or not cell.empty:
                        draw_border(stream, cell)
                self._turn_to(stream, part, UNDER)
        self._rows = [number for _, number in rows if number != part]

    def _turn_to_block(self, stream: Stream, part: int) -> None:
        """Seams before a block that is drawn under all lines: those in a table's rows come after the table."""
        while self._rows and part in self._rows:
            self._turn_to(stream, self._rows[0], BLOCKS)
            if self._rows[0] == part:
                return
            self._rows.pop(0)
        self._turn_to_rows(stream)
        self._turn_to(stream, part, UNDER)

    def _turn_to_rows(self, stream: Stream) -> None:
        """Seams for the rows left of a table."""
        while self._rows:
            self._turn_to(stream, self._rows.pop(0), BLOCKS)

    def _turn_to(self, stream: Stream, part: int, layer: int) -> None:
        seam = Seam(part, layer if part else UNDER)
        if seam != self._open:
            self._open = seam
            self._seam(stream, seam)


def _in_tree_order(found: Sequence[boxes.Box]) -> dict[int, None]:
    """The parts that blocks stand in, and the rows of tables."""
    parts: dict[int, None] = {}
    for box in found:
        parts[part_of(box)] = None
        if isinstance(box, boxes.TableBox):
            parts |= {part_of(row): None for group in box.children for row in group.children}
    return parts
