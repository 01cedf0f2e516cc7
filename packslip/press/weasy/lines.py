"""Lines: a paragraph of text broken and aligned exactly as WeasyPrint does it, on values instead of boxes.

Follows `weasyprint.layout.inline` step by step, float by float, for what most paragraphs are: text in nested inline
boxes, left to right, beside no float. Every paragraph that a plate is traced from is set both ways and compared, so
that what is not followed here is found there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from packslip.press.weasy.setting import Paragraph, Run, SetLine, SetText, Span, TextOf
from packslip.press.weasy.typesetter import Galley, Shape, Split, UnsettableError, breaks_between
from packslip.press.weasy.widths import NEW_LINES

#: Where to go on: a child's number and where in it; in a run the number counts bytes and there is nothing below.
Resume = tuple[int, "Resume | None"]


@dataclass(slots=True, eq=False)
class Piece:
    """A run or span, or a part of one, in a line."""

    source: Run | Span
    x: float
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    baseline: float = 0.0
    margins: tuple[float, float] = (0.0, 0.0)  #: of text: half leading above and below
    text: str = ""
    shape: Shape | None = None  #: of the text, where it is known already
    left: tuple[float, float, float] = (0.0, 0.0, 0.0)
    right: tuple[float, float, float] = (0.0, 0.0, 0.0)
    children: list["Piece"] = field(default_factory=list)

    @property
    def margin_width(self) -> float:
        """Width with padding, border and margin, added in WeasyPrint's order."""
        left, right = self.left, self.right
        return self.width + left[0] + right[0] + left[1] + right[1] + left[2] + right[2]

    @property
    def margin_height(self) -> float:
        """Height of the part of the line that it asks for."""
        if isinstance(self.source, Span):
            return self.source.height
        return self.height + self.margins[0] + self.margins[1]

    def translate(self, dx: float) -> None:
        """Move it and what is in it to the right."""
        self.x += dx
        for child in self.children:
            child.translate(dx)


def set_lines(paragraph: Paragraph, text_of: TextOf, x: float, width: float, galley: Galley) -> tuple[SetLine, ...]:
    """The lines of a paragraph that starts at `x` and may take `width` px.

    Raises:
        UnsettableError: only WeasyPrint itself sets it.
    """
    children = paragraph.line.children
    if len(children) == 1 and type(children[0]) is Run and not children[0].rise:
        line = _single(paragraph, children[0], text_of, x, width, galley)
        if line is not None:
            return (line,)
    return tuple(_Setter(paragraph, text_of, x, width, galley).lines())


def _single(  # noqa: PLR0917 -- as `set_lines`
    paragraph: Paragraph, run: Run, text_of: TextOf, x: float, width: float, galley: Galley
) -> SetLine | None:
    """The line of a paragraph that is one run and fits on it: what `_Setter` gives, in fewer steps."""
    text = text_of(run)
    style = run.style
    if not text or "\n" in text or not style["font_size"]:
        return None
    if style.collapses and (text[0] == " " or text[-1] == " "):
        return None
    shape = galley.shape(text, style, public=text_of.is_public(run))
    start = x + paragraph.indent
    max_x = (x + width) * (1 + 1e-9)
    if style.wraps and shape.width + style.room > max_x - start:
        return None
    half = (run.line_height - shape.height) / 2
    baseline = shape.baseline + half
    span = paragraph.line
    y = 0.0 - baseline
    top, bottom = 0.0 - span.baseline, y + (shape.height + half + half)
    line_bottom = top + span.height
    top = y if y < top else top
    bottom = line_bottom if line_bottom > bottom else bottom
    taken = start + shape.width - x
    offset = 0.0
    if taken < width and paragraph.align_last != "start":
        spare = width - taken
        offset = spare / 2 if paragraph.align_last == "center" else spare
    placed = SetText(run, shape, text, start + offset, y, baseline, shape.width, shape.height)
    return SetLine(top, bottom - top, (placed,))


class _Setter:
    def __init__(self, paragraph: Paragraph, text_of: TextOf, x: float, width: float, galley: Galley) -> None:
        self._paragraph, self._text_of, self._galley = paragraph, text_of, galley
        self._x, self._width = x, width
        self._starts_line = True

    def lines(self) -> Iterator[SetLine]:
        """Every line, from the top."""
        indent, resume, line = self._paragraph.indent, None, self._paragraph.line
        while True:
            start = self._skip_spaces(line, resume)
            if isinstance(start, str):
                return
            self._starts_line = True
            max_x = self._x + self._width
            piece, resume, preserved, _, _ = self._split_span(line, self._x + indent, max_x, start, is_line=True)
            if not preserved and not any(True for _ in _texts(piece)):
                raise UnsettableError("a line without text")
            self._remove_last_space(piece)
            piece.translate(self._offset(piece, last=resume is None or preserved))
            yield self._finish(piece)
            if resume is None:
                return
            indent = 0.0

    def _finish(self, piece: Piece) -> SetLine:
        bottom, top = _place(piece, 0.0)
        line_top = 0.0 - piece.source.baseline  # type: ignore[union-attr]
        line_bottom = line_top + piece.margin_height
        top = line_top if top is None or line_top < top else top
        bottom = line_bottom if bottom is None or line_bottom > bottom else bottom
        texts = tuple(
            SetText(
                run=text.source,  # type: ignore[arg-type]
                shape=text.shape or self._shape(text),
                text=text.text,
                x=text.x,
                y=text.y,
                baseline=text.baseline,
                width=text.width,
                height=text.height,
            )
            for text in _texts(piece)
            if text.text.strip()
        )
        return SetLine(top=top, height=bottom - top, texts=texts)

    def _shape(self, piece: Piece) -> Shape:
        run: Run = piece.source  # type: ignore[assignment]
        return self._galley.shape(piece.text, run.style, public=self._text_of.is_public(run))

    def _offset(self, line: Piece, *, last: bool) -> float:
        if line.width >= self._width:
            return 0.0
        align = self._paragraph.align_last if last else self._paragraph.align
        spare = self._width - line.width
        return {"start": 0.0, "center": spare / 2, "end": spare}[align]

    def _skip_spaces(self, node: Run | Span, resume: Resume | None) -> "Resume | str | None":
        index, below = resume or (0, None)
        if isinstance(node, Run):
            text = self._text_of(node).encode()
            if index == len(text):
                return "continue"
            if node.style.collapses:
                while text[index : index + 1] == b" ":
                    index += 1
            return (index, None) if index else None
        if index == 0 and not node.children:
            return None
        found = self._skip_spaces(node.children[index], below)
        if found == "continue":
            index += 1
            if index >= len(node.children):
                return "continue"
            found = self._skip_spaces(node.children[index], None)
        return (index, found) if index or found else None  # type: ignore[return-value]

    def _split(
        self, node: Run | Span, x: float, max_x: float, resume: Resume | None
    ) -> "tuple[Piece | None, Resume | None, bool, str | bool | None, str | bool | None]":
        if isinstance(node, Span):
            return self._split_span(node, x, max_x, resume, is_line=False)
        piece, skip, preserved = self._split_run(node, x, max_x - x, resume[0] if resume else 0)
        text = self._text_of(node)
        first = last = None
        if text:
            first, last = text[0], text[-1] if skip is None else text.encode()[:skip].decode()[-1]
        return piece, None if skip is None else (skip, None), preserved, first, last

    def _split_run(
        self, run: Run, x: float, available: float | None, skip: int
    ) -> tuple[Piece | None, int | None, bool]:
        style = run.style
        data = self._text_of(run).encode()[skip:]
        if not data or not style["font_size"]:
            return None, None, False
        text = data.decode()
        public = self._text_of.is_public(run)
        limit = available if style.wraps else None
        if NEW_LINES.isdisjoint(text):
            shape = self._galley.shape(text, style, public=public)
            if limit is None or shape.width + style.room <= limit:
                piece = self._piece(run, x, text, shape)
                piece.shape = shape
                return piece, None, False
        head, _, rest = text.partition("\n")
        if head and rest and head == head.strip(" ") and NEW_LINES.isdisjoint(head):
            shape = self._galley.shape(head, style, public=public)
            if limit is None or shape.width + style.room <= limit:  # a line that the text itself ends
                piece = self._piece(run, x, head, shape)
                piece.shape = shape
                return piece, skip + len(head.encode()) + 1, True
        split = self._galley.split(text, style, available, starts_line=self._starts_line, public=public)
        part = None
        if split.length > 0:
            part = self._piece(run, x, split.text, split)
        if split.resume is None:
            return part, None, False
        between = data[split.length : split.resume].decode()
        preserved = split.length != split.resume and bool(between.strip(" "))
        return part, split.resume + skip, preserved

    @staticmethod
    def _piece(run: Run, x: float, text: str, measured: Shape | Split) -> Piece:
        half = (run.line_height - measured.height) / 2
        return Piece(
            run,
            x,
            width=measured.width,
            height=measured.height,
            baseline=measured.baseline + half,
            margins=(half, half),
            text=text,
        )

    def _split_span(  # noqa: PLR0912 -- in the order of split_inline_box, to be compared with it
        self, node: Span, x: float, max_x: float, resume: Resume | None, *, is_line: bool
    ) -> "tuple[Piece, Resume | None, bool, str | bool | None, str | bool | None]":
        max_x *= 1 + 1e-9
        is_start, initial_x, initial_resume = resume is None, x, resume
        children: list[tuple[int, Piece, Run | Span]] = []
        waiting: list[tuple[int, Piece, Run | Span]] = []
        preserved_break = False
        first_letter: str | bool | None = None
        last_letter: str | bool | None = None
        right = sum_right(node)
        skip, below = resume or (0, None)
        resume = None
        for index in range(skip, len(node.children)):
            child = node.children[index]
            available = max_x
            piece, resume, preserved, first, last = self._split(child, x, available, below)
            if index == len(node.children) - 1 and right and resume is None:
                available -= right
                piece, resume, preserved, first, last = self._split(child, x, available, below)
            below = None
            preserved_break = preserved_break or preserved
            if self._can_break(node, last_letter, first):
                children += waiting
                waiting = []
            if first_letter is None:
                first_letter = first
            last_letter = True if child.trailing_space else last
            if piece is not None:
                if is_line:
                    self._starts_line = False
                next_x = piece.x + piece.margin_width
                if next_x > max_x and next_x - self._trailing_space(piece) > max_x:
                    earlier = self._break_waiting(children, waiting, initial_resume)
                    if earlier is not None:
                        resume = earlier
                        break
                x = next_x
                waiting.append((index, piece, child))
            if resume is not None:
                children += waiting
                resume = (index, resume)
                break
        else:
            children += waiting
            resume = None
        whole = Piece(node, self._x if is_line else initial_x, children=[piece for _, piece, _ in children])
        whole.left = node.left if is_start else (0.0, 0.0, 0.0)
        whole.right = node.right if resume is None else (0.0, 0.0, 0.0)
        if not is_line and is_start and (spacing := node.left[0] + node.left[2] + node.left[1]):
            for piece in whole.children:
                piece.translate(spacing)
        if whole.children:
            end = whole.children[-1]
            content_x = whole.x + whole.left[2] + whole.left[0] + whole.left[1]
            whole.width = end.x + end.margin_width - content_x
        return whole, resume, preserved_break, first_letter, last_letter

    def _can_break(self, node: Span, before: str | bool | None, after: str | bool | None) -> bool:
        if before is True:
            before = " "
        elif node.keeps_together:
            return False
        if before is None or after is None:
            return False
        if isinstance(after, bool):
            return after
        return breaks_between(str(before), after, self._paragraph.language)

    def _break_waiting(
        self,
        children: list[tuple[int, Piece, Run | Span]],
        waiting: Sequence[tuple[int, Piece, Run | Span]],
        initial_resume: Resume | None,
    ) -> Resume | None:
        left = list(waiting)
        while left:
            index, piece, source = left.pop()
            if not self._can_break_inside(piece):
                continue
            below = initial_resume[1] if initial_resume and initial_resume[0] == index else None
            max_x = piece.x + piece.margin_width - 1
            while max_x > piece.x:
                part, resume, _, _, _ = self._split(source, piece.x, max_x, below)
                if resume:
                    break
                max_x -= 1
            else:
                continue
            children += left
            if part is not None:
                children.append((index, part, source))
            return index, resume
        if children:
            return children[-1][0] + 1, None
        return None

    def _can_break_inside(self, piece: Piece) -> bool:
        source = piece.source
        if isinstance(source, Run):
            language = source.style["lang"]
            return source.style.wraps and breaks_between(piece.text, "", language)  # type: ignore[arg-type]
        return source.wraps and any(self._can_break_inside(child) for child in piece.children)

    def _trailing_space(self, piece: Piece) -> float:
        while isinstance(piece.source, Span):
            if not piece.children:
                return 0.0
            piece = piece.children[-1]
        style = piece.source.style
        if not piece.text.endswith(" ") or not style.collapses:
            return 0.0
        stripped = piece.text.rstrip(" ")
        if not stripped:
            return self._galley.shape(piece.text, style).width
        return self._galley.shape(piece.text, style).width - self._galley.shape(stripped, style).width

    def _remove_last_space(self, line: Piece) -> None:
        ancestors, piece = [], line
        while isinstance(piece.source, Span):
            ancestors.append(piece)
            if not piece.children:
                return
            piece = piece.children[-1]
        if not piece.source.style.collapses:
            return
        text = piece.text.rstrip(" ")
        if text:
            if len(text) == len(piece.text):
                return
            piece.shape = piece.shape or self._shape(piece)  # WeasyPrint draws what it set, the space included
            width = self._galley.shape(text, piece.source.style).width
            space, piece.width = piece.width - width, width
        else:
            space, piece.width = piece.width, 0.0
        piece.text = text
        for ancestor in ancestors:
            ancestor.width -= space


def sum_right(span: Span) -> float:
    """Padding, margin and border at the right end, added in WeasyPrint's order."""
    return span.right[0] + span.right[2] + span.right[1]


def _texts(piece: Piece) -> Iterator[Piece]:
    if isinstance(piece.source, Run):
        yield piece
    for child in piece.children:
        yield from _texts(child)


def _place(span: Piece, baseline_y: float) -> tuple[float | None, float | None]:
    """Set the tops of a span's content; lowest bottom and highest top, as `inline_box_verticality`."""
    max_y: float | None = None
    min_y: float | None = None
    for child in span.children:
        source = child.source
        child_y = baseline_y - source.rise if source.rise else baseline_y
        top = child_y - (child.baseline if isinstance(source, Run) else source.baseline)
        child.y = top
        bottom = top + child.margin_height
        if min_y is None or top < min_y:
            min_y = top
        if max_y is None or bottom > max_y:
            max_y = bottom
        if isinstance(source, Span):
            inner_max, inner_min = _place(child, child_y)
            if inner_min is not None and inner_min < min_y:
                min_y = inner_min
            if inner_max is not None and inner_max > max_y:
                max_y = inner_max
    return max_y, min_y
