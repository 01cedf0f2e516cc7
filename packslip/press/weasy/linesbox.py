"""LinesBox: what stands for a paragraph in the tree while a layout is traced."""

from collections.abc import Iterator

from weasyprint.formatting_structure import boxes

from packslip.press.weasy.setting import Paragraph, SetLine
from packslip.press.weasy.tape import Traced, is_traced

Pixels = float | Traced


class LinesBox(boxes.LineBox):  # type: ignore[misc]
    """All lines of a paragraph, in the place of the first. `shifts` are its moves since they were set."""

    number: int  #: of the step that sets them
    top: Pixels  #: where the first line starts, before `shifts`
    shifts: tuple[tuple[Pixels, Pixels], ...] = ()
    paragraph: Paragraph
    lines: tuple[SetLine, ...]
    limits_of: boxes.Box
    read: boxes.LineBox  #: what the paragraph was read from

    def descendants(self, placeholders: bool = False) -> Iterator[boxes.Box]:
        """The boxes in the text too: they may count pages, or be what is counted."""
        yield self
        yield from (box for box in self.read.descendants(placeholders) if box is not self.read)

    def translate(self, dx: Pixels = 0, dy: Pixels = 0, ignore_floats: bool = False) -> None:
        """Note a move."""
        self.position_x += dx
        self.position_y += dy
        if is_traced(dx) or is_traced(dy) or dx or dy:
            self.shifts = (*self.shifts, (dx, dy))
