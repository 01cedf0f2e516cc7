"""Languages: a trace is in the slip's language, whichever that is, until a strike names it.

While a layout is traced, WeasyPrint is told the tracing slip's language as a `SlipLanguage`, which works like any other
and can be told from one that the layout itself names. Records hold `OWN` in its place, and a `Speaker` gives them in a
language. What does not change with a slip's words may change with its language: that is measured anew for each.
"""

from dataclasses import replace

from weasyprint.css import ComputedStyle
from weasyprint.formatting_structure import boxes
from weasyprint.text.line_break import Layout, character_ratio, get_log_attrs, strut

from packslip.press.weasy.setting import Paragraph, Run, Span
from packslip.press.weasy.slots import OWN, SlipLanguage, casing_of, words
from packslip.press.weasy.tape import UntraceableError
from packslip.press.weasy.traces import Blank, Break, Measure, Trace
from packslip.press.weasy.typesetter import TextStyle, Typesetter, UnsettableError

#: What a `Measure` may be of, apart from units that follow a font and, of a text, its `text-transform`.
STRUT, DECORATION = "strut", "decoration"
UNITS = frozenset({"ex", "cap", "ic", "ch"})


class Speaker:
    """Gives what a trace holds in one language."""

    def __init__(self, typesetter: Typesetter, language: str) -> None:
        self._typesetter, self._language, self._casing = typesetter, language, casing_of(language)

    def run(self, run: Run) -> Run:
        """A run."""
        transform = run.transform
        if transform is not None and transform[1] == OWN:
            transform = transform[0], self._casing
        return replace(run, style=self._style(run.style), transform=transform)

    def paragraph(self, paragraph: Paragraph) -> Paragraph:
        """A paragraph."""
        return replace(paragraph, line=self._span(paragraph.line), language=self._named(paragraph.language))

    def trace(self, trace: Trace) -> Trace | None:
        """A whole trace, None where what it took as given is otherwise in this language: another layout."""
        if any(self.measured(each.style, each.of, each.text) != each.value for each in trace.measures):
            return None
        return replace(
            trace,
            paragraphs=tuple(map(self.paragraph, trace.paragraphs)),
            texts=tuple(Blank(self.run(blank.run), blank.strip) for blank in trace.texts),
            breaks=tuple(Break(question.letters, self._named(question.language)) for question in trace.breaks),
        )

    def measured(self, style: TextStyle, of: str, text: str) -> object:
        """The value of a measure."""
        style = self._style(style)
        if of == STRUT:
            return tuple(strut(style))
        if of == DECORATION:
            style = style.copy()
            style["text_decoration_line"] = {"underline"}
            return tuple(sorted((key, value) for key, value in vars(Layout(style)).items() if type(value) is float))
        if of in UNITS:
            return float(character_ratio(style, of))
        return self._set(words((text,), (), None if of == "none" else (of, self._casing)), style)

    def _set(self, text: str, style: TextStyle) -> object:
        """A text, where it may break and its glyphs; the language itself where no more can be said."""
        if style["hyphens"] == "auto":
            return self._language
        try:
            style.check()
            shape = self._typesetter.shape(text.replace("\n", " "), style)
        except (UnsettableError, UntraceableError):
            return self._language
        breaks = tuple(attribute.is_line_break for attribute in get_log_attrs(text, style.language))
        return text, breaks, shape.width, shape.height, shape.baseline, shape.face, shape.operators

    def _span(self, span: Span) -> Span:
        children = (self.run(child) if isinstance(child, Run) else self._span(child) for child in span.children)
        return replace(span, children=tuple(children))

    def _style(self, style: TextStyle) -> TextStyle:
        return self._typesetter.in_language(style, self._language) if style.language == OWN else style

    def _named(self, language: str | None) -> str | None:
        return self._language if language == OWN else language


class Measures:
    """Notes what a layout takes as given in the slip's language: its own words, and heights and units from its fonts.

    Only letter case and hyphens are sure to differ between languages. But a font may draw a letter otherwise, or be
    another font, where several files share a name.
    """

    def __init__(self, typesetter: Typesetter) -> None:
        self._typesetter = typesetter
        # with the style, so that no other has its number
        self._noted: dict[tuple[int, str, str], ComputedStyle] = {}

    def strut(self, style: ComputedStyle) -> tuple[float, float]:
        """Line height and baseline of a style, in px."""
        self._note(style, STRUT)
        height, baseline = strut(style)
        return height, baseline

    def ratio(self, style: ComputedStyle, unit: str) -> float:
        """What a unit is of the font size."""
        self._note(style, unit)
        return float(character_ratio(style, unit))

    def decoration(self, box: boxes.TextBox) -> None:
        """Note where lines under and through a text stand."""
        self._note(box.style, DECORATION)

    def text(self, box: boxes.TextBox) -> None:
        """Note words of the layout's own."""
        if not box.is_whitespace():
            self._note(box.style, box.style["text_transform"], str(box.text))

    def all(self, speaker: Speaker) -> tuple[Measure, ...]:
        """Everything noted, each once."""
        found = dict.fromkeys(
            (self._typesetter.measured(style), of, text) for (_, of, text), style in self._noted.items()
        )
        return tuple(Measure(style, of, text, speaker.measured(style, of, text)) for style, of, text in found)

    def _note(self, style: ComputedStyle, of: str, text: str = "") -> None:
        if isinstance(style["lang"], SlipLanguage):
            self._noted.setdefault((id(style), of, text), style)
