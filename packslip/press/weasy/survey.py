"""Survey: walks the laid-out boxes of a page and notes its texts, pictures and codes, and what limits them.

Reads WeasyPrint's tree; judges nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite

from weasyprint.document import Page
from weasyprint.formatting_structure import boxes
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.matrix import Matrix

from packslip.press.pieces import CodePiece, Edge, Limit, PicturePiece, Rect, Sheet, TextPiece
from packslip.press.weasy.images import MM_PER_PX, CodeImage, Corner, PlacedCode
from packslip.press.weasy.inks import page_boxes
from packslip.press.weasy.watching import Ink, spot_of
from packslip.units import Mm

_BLOCKS = (boxes.BlockContainerBox, boxes.FlexContainerBox, boxes.GridContainerBox, boxes.TableBox)
_IDENTITY = Matrix()
_SIDES = ("left", "right", "top", "bottom")


@dataclass(frozen=True, slots=True)
class Path:
    """What the boxes around a place say of it."""

    matrix: Matrix
    limits: tuple[Limit, ...] = ()
    block: int = 0
    behind: bool = False
    margin: bool = False


@dataclass(slots=True)
class Survey:
    """One page. Surveyed after layout and before drawing, read after drawing."""

    page: Page
    _texts: list[tuple[boxes.TextBox, Path]] = field(default_factory=list)
    _pictures: list[PicturePiece] = field(default_factory=list)
    _codes: list[CodePiece] = field(default_factory=list)
    _blocks: int = 0

    def walk(self) -> None:
        """Note every box, and put codes into their places."""
        path = Path(matrix=_IDENTITY)
        for child in self.page._page_box.children:  # noqa: SLF001
            self._visit(child, replace(path, margin=isinstance(child, boxes.MarginBox)))

    def sheet(self, inks: Mapping[int, Ink]) -> Sheet:
        """What was drawn on the page."""
        texts = ((box, path, inks.get(id(box))) for box, path in self._texts)
        return Sheet(
            width=_mm(self.page.width),
            height=_mm(self.page.height),
            bleed=_mm(max(self.page.bleed.values())),
            least_bleed=_mm(min(self.page.bleed.values())),
            texts=tuple(_text(box, path, ink) for box, path, ink in texts if ink is not None),
            pictures=tuple(self._pictures),
            codes=tuple(self._codes),
        )

    def _visit(self, box: boxes.Box, path: Path) -> None:
        if isinstance(box, AbsolutePlaceholder):
            box = box._box  # noqa: SLF001
        if box.transformation_matrix:
            path = replace(path, matrix=box.transformation_matrix @ path.matrix, limits=())
        if isinstance(box, boxes.TextBox):
            self._texts.append((box, path))
        elif isinstance(box, boxes.ReplacedBox):
            self._note_picture(box, path)
        else:
            path = self._enter(box, path)
            for child in box.children:
                self._visit(child, path)

    def _note_picture(self, box: boxes.Box, path: Path) -> None:
        image = box.replacement
        if isinstance(image, CodeImage):
            box.replacement = PlacedCode(image.symbol, corner_of(self.page), self._codes.append)
        elif box.style["visibility"] == "visible":
            x, y = box.content_box_x(), box.content_box_y()
            rect = _mapped(path.matrix, x, y, box.width, box.height)
            self._pictures.append(PicturePiece(spot=spot_of(box), place=rect, margin=path.margin))

    def _enter(self, box: boxes.Box, path: Path) -> Path:
        if not isinstance(box, _BLOCKS):
            return path
        limits = (*_outer_limits(box, path.limits), *_own_limits(box))
        block = path.block
        if isinstance(box, boxes.BlockContainerBox):
            self._blocks += 1
            block = self._blocks
        depth = box.style["z_index"]
        return replace(path, limits=limits, block=block, behind=path.behind or (depth != "auto" and depth < 0))


def corner_of(page: Page) -> Corner:
    """The trimmed page's top left corner."""
    _, (left, _, _, top) = page_boxes(page)
    return left, top


def _outer_limits(box: boxes.Box, limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
    """The limits that still hold inside a box: one that was moved out of its place by intention leaves the columns."""
    style = box.style
    moved = style["position"] == "relative" and any(style[side] != "auto" for side in _SIDES)
    pulled = any(getattr(box, f"margin_{side}") < 0 for side in _SIDES)
    if style["position"] in {"absolute", "fixed"} or moved or pulled:
        return tuple(limit for limit in limits if limit.edge is Edge.CLIP)
    return limits


def _own_limits(box: boxes.Box) -> list[Limit]:
    x, y = box.padding_box_x(), box.padding_box_y()
    width, height = box.padding_width(), box.padding_height()
    style, spot = box.style, spot_of(box)
    if width <= 0 or height <= 0:
        return []
    rect = _rect(x, y, width, height)
    limits = [Limit(edge=Edge.WIDTH, rect=rect, spot=spot)]
    if style["overflow"] != "visible" and not box.is_for_root_element:
        limits.append(Limit(edge=Edge.CLIP, rect=rect, spot=spot))
    fixed = style["height"] != "auto" or isfinite(style["max_height"].value)
    if fixed and not isinstance(box, boxes.TableBox | boxes.TableCellBox):
        limits.append(Limit(edge=Edge.HEIGHT, rect=rect, spot=spot))
    return limits


def _text(box: boxes.Box, path: Path, ink: Ink) -> TextPiece:
    left, top = box.position_x, box.position_y
    x, y = left + ink.x, top + box.baseline + ink.y
    return TextPiece(
        spot=spot_of(box),
        block=path.block,
        frame=_rect(left, top, box.width, box.height),
        ink=_rect(x, y, ink.width, ink.height),
        place=_mapped(path.matrix, x, y, ink.width, ink.height),
        size=_mm(box.style["font_size"]),
        limits=path.limits,
        behind=path.behind,
        shortened=ink.shortened,
        margin=path.margin,
    )


def _mm(pixels: float) -> Mm:
    return Mm(pixels * MM_PER_PX)


def _rect(x: float, y: float, width: float, height: float) -> Rect:
    return Rect(_mm(x), _mm(y), _mm(x + width), _mm(y + height))


def _mapped(matrix: Matrix, x: float, y: float, width: float, height: float) -> Rect:
    if matrix is _IDENTITY:
        return _rect(x, y, width, height)
    corners = [matrix.transform_point(across, down) for across in (x, x + width) for down in (y, y + height)]
    across, down = [corner[0] for corner in corners], [corner[1] for corner in corners]
    return Rect(_mm(min(across)), _mm(min(down)), _mm(max(across)), _mm(max(down)))
