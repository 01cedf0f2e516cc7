"""Widths: what WeasyPrint finds for the content of a paragraph when a box takes its width from it."""

from collections.abc import Iterator

from packslip.press.weasy.setting import Paragraph, Run, Span, TextOf
from packslip.press.weasy.typesetter import Galley, Shape, TextStyle, breaks_between

#: Characters that end a line by themselves.
NEW_LINES = frozenset("\n\t\f\u0085\u2028\u2029")


def fits(text: str, shape: Shape, style: TextStyle, available: float, galley: Galley) -> bool:
    """Whether a text stands on one line of a width."""
    if not NEW_LINES.isdisjoint(text):
        return False
    if not style.wraps or shape.width + style.room <= available:
        return True
    return galley.split(text, style, available, starts_line=True).resume is None


def content_width(paragraph: Paragraph, text_of: TextOf, galley: Galley, *, minimum: bool) -> float:
    """Min-content or max-content width of a paragraph, as `inline_min_content_width` and its sister find it."""
    measure = _Measure(text_of, galley, minimum=minimum)
    widths = [*measure.lines(paragraph.line, indent=paragraph.indent, starts_line=True)]
    if not minimum:
        widths[-1] -= measure.trailing_space(paragraph.line)
    return max(0.0, *widths)


class _Measure:
    def __init__(self, text_of: TextOf, galley: Galley, *, minimum: bool) -> None:
        self._text_of, self._galley, self._minimum = text_of, galley, minimum

    def lines(self, span: Span, *, starts_line: bool, indent: float = 0.0) -> Iterator[float]:
        """Width of each line that a span's content asks for, as `inline_line_widths`."""
        current = 0.0
        for child in span.children:
            lines: list[float | None]
            if isinstance(child, Span):
                lines = [width or None for width in self.lines(child, starts_line=starts_line)]
                _adjust(lines, child)
            else:
                lines = list(self._run(child, starts_line=starts_line))
            current += lines[0] or 0
            if len(lines) > 1:
                yield current + indent
                indent = 0.0
                yield from (width or 0 for width in lines[1:-1])
                current = lines[-1] or 0
            starts_line = lines[-1] is None
        yield current + indent

    def trailing_space(self, span: Span) -> float:
        """Width of the spaces at the end of a span's text."""
        last: Run | Span = span
        while isinstance(last, Span):
            if not last.children:
                return 0.0
            last = last.children[-1]
        text, style = self._text_of(last), last.style
        stripped = text.rstrip(" ")
        if not style.collapses or stripped == text:
            return 0.0
        width = self._galley.shape(text, style).width
        return width - self._galley.shape(stripped, style).width if stripped else width

    def _run(self, run: Run, *, starts_line: bool) -> Iterator[float | None]:
        style, public = run.style, self._text_of.is_public(run)
        text = self._text_of(run)
        if starts_line and style.collapses:
            text = text.lstrip(" ")
        if not self._minimum and NEW_LINES.isdisjoint(text):
            yield self._galley.shape(text, style, public=public).width or None
            return
        data, resume = text.encode(), 0
        while True:
            split = self._galley.split(
                data[resume:].decode(),
                style,
                0 if self._minimum else None,
                starts_line=starts_line,
                minimum=True,
                public=public,
            )
            yield split.width or None
            if split.resume is None:
                break
            resume += split.resume
        if self._minimum and style.wraps and breaks_between(text[-1:], "a", style.language):
            yield None


def _adjust(lines: list[float | None], span: Span) -> None:
    """Add what stands at the ends of a span, in WeasyPrint's order."""
    left, right = span.left, span.right
    if len(lines) == 1:
        lines[0] = (lines[0] or 0) + left[2] + left[0] + right[2] + right[0] + left[1] + right[1]
    else:
        lines[0] = (lines[0] or 0) + left[2] + left[0] + left[1] or None
        lines[-1] = (lines[-1] or 0) + right[2] + right[0] + right[1] or None
