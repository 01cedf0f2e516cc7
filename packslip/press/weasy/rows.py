"""Rows: the rows of tables, laid out so that they can be cut out like other parts.

WeasyPrint lays out the rows of a table in one long function. A row stands in its place when its width is set; then its
cells are laid out; and it is done when its height is set.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout import LayoutContext, block

from packslip.press.weasy.cuts import Cuts, held, note_part, still, sure
from packslip.press.weasy.traces import LEAVING, Cut, Situation

_block_container_layout = block.block_container_layout

_SIDES = ("top", "right", "bottom", "left")
_HEIGHT = LEAVING.index("height")


@dataclass(slots=True)
class _Row:
    """A row that is being laid out. `before` is None where it is not to be cut out."""

    number: int
    before: list[object] | None = field(default_factory=list)


class Rows:
    """The rows of one document."""

    def __init__(self, cuts: Cuts) -> None:
        self._cuts = cuts
        self._row: _Row | None = None

    def replacements(self) -> Iterator[tuple[object, str, Callable[..., object]]]:
        """What stands in for functions of WeasyPrint."""
        rows = self

        def set_attribute(row: boxes.TableRowBox, name: str, value: object) -> None:
            object.__setattr__(row, name, value)
            rows._note(row, name, value)

        yield boxes.TableRowBox, "__setattr__", set_attribute
        yield block, "block_container_layout", self._lay_out

    def _note(self, row: boxes.TableRowBox, name: str, value: object) -> None:
        if name == "index":
            self._row = None
        elif name == "width" and not isinstance(value, str) and self._row is None:
            self._start(row)
        elif name == "height" and not isinstance(value, str) and self._row is not None:
            self._end(row, self._row)
            self._row = None

    def _start(self, row: boxes.TableRowBox) -> None:
        number = self._cuts.number(row)
        if number and row.position_y is not None:
            self._cuts.settle(number, None)
            self._row = _Row(number)
            self._know(row.position_x, row.width, still(row.position_y))
            row.__dict__["position_y"] = self._cuts.traced("start", number, row.position_y)

    def _know(self, *values: object) -> None:
        """Add to what decides a row's layout."""
        row = self._row
        if row is not None and row.before is not None:
            found = sure(*values)
            row.before = None if found is None else [*row.before, *found]

    def _lay_out(self, context: LayoutContext, box: boxes.Box, *arguments: Any, **options: Any) -> tuple[Any, ...]:  # noqa: ANN401
        """Stands in for `block_container_layout`."""
        result: tuple[Any, ...]
        if isinstance(box, boxes.TableCellBox) and self._row is not None:
            result = self._lay_out_cell(context, box, *arguments, **options)
        else:
            result = _block_container_layout(context, box, *arguments, **options)
        return result

    def _lay_out_cell(  # noqa: PLR0917
        self,
        context: LayoutContext,
        cell: boxes.Box,
        bottom_space: float,
        skip_stack: object,
        page_is_empty: bool,
        absolute_boxes: list[boxes.Box] | None,
        fixed_boxes: list[boxes.Box] | None,
        **more: Any,  # noqa: ANN401
    ) -> tuple[Any, ...]:
        row, met = self._row, held(context, absolute_boxes, fixed_boxes)
        self._row = None  # rows of a table in the cell are another matter
        result: tuple[Any, ...] = _block_container_layout(
            context, cell, bottom_space, skip_stack, page_is_empty, absolute_boxes, fixed_boxes, **more
        )
        self._row = row
        self._know(context.page_bottom, bottom_space, page_is_empty)
        is_whole = context.current_page == 1 and skip_stack is None and result[0] is not None and result[1] is None
        if row is not None and (not is_whole or met != held(context, absolute_boxes, fixed_boxes)):
            row.before = None
        return result

    def _end(self, row: boxes.TableRowBox, begun: _Row) -> None:
        if begun.number != self._cuts.number(row):
            return
        note_part(row, begun.number)
        after = sure(None, still(row.height), *(value for cell in row.children for value in _given(cell)))
        if begun.before is None or after is None:
            return
        leave = begun.number * len(LEAVING) + _HEIGHT
        row.__dict__["height"] = self._cuts.traced("leave", leave, row.height)
        self._cuts.settle(begun.number, Cut(part=begun.number, before=tuple(begun.before), after=after))


def _given(cell: boxes.TableCellBox) -> Situation:
    """What the table gives a cell: its column, and borders that it shares with its neighbours."""
    borders = (getattr(cell, f"border_{side}_width") for side in _SIDES)
    return cell.position_x, cell.width, cell.colspan, cell.rowspan, *borders
