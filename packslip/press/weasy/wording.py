"""Wording: one slip's words and language in WeasyPrint's boxes, while its layout is traced.

Notes what the layout takes as given in that language.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from weasyprint.css import ComputedStyle, computed_values, units
from weasyprint.draw import text as draw_text
from weasyprint.formatting_structure import boxes
from weasyprint.layout import LayoutContext, inline, page
from weasyprint.pdf.stream import Stream

from packslip.press.weasy import slots
from packslip.press.weasy.languages import Measures

_process_text_transform = boxes.TextBox.process_text_transform
_make_page = page.make_page
_draw_text_decoration = draw_text.draw_text_decoration
_language = computed_values.lang


class Wording:
    """A slip's words, by number of the slot, and its language."""

    def __init__(self, values: Sequence[str], language: str, measures: Measures) -> None:
        self.values, self.language, self.measures = values, slots.SlipLanguage(language), measures

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Have WeasyPrint find them in its boxes."""
        with ExitStack() as patches:
            patches.enter_context(patch.dict(computed_values.COMPUTER_FUNCTIONS, lang=self._compute_language))
            for owner, name, replacement in self._replacements():
                patches.enter_context(patch.object(owner, name, replacement))
            yield

    def _replacements(self) -> Iterator[tuple[object, str, Callable[..., object]]]:
        wording = self

        def process_text_transform(box: boxes.TextBox) -> None:
            wording._put_into(box, _process_text_transform)

        yield boxes.TextBox, "process_text_transform", process_text_transform
        yield page, "make_page", self._make_page
        yield draw_text, "draw_text_decoration", self._draw_text_decoration
        for module in (inline, units, computed_values):
            yield module, "strut", self.measures.strut
        for module in (inline, units):
            yield module, "character_ratio", self.measures.ratio

    def _put_into(self, box: boxes.TextBox, otherwise: Callable[[boxes.TextBox], None] | None = None) -> None:
        if slots.has_mark(box.text):
            slots.fill(box, self.values, again=otherwise is None)
        elif not hasattr(box, "slots"):
            self.measures.text(box)
            if otherwise is not None:
                otherwise(box)

    # What follows has the signatures of the functions it stands in for.

    def _compute_language(self, style: ComputedStyle, name: str, value: tuple[str, str]) -> str | None:
        found: str | None = _language(style, name, value)
        return self.language if found and slots.has_mark(found) else found

    def _make_page(self, context: LayoutContext, root: boxes.Box, *arguments: object) -> object:
        for box in root.descendants():  # what counts pages was made again since the last layout
            if isinstance(box, boxes.TextBox):
                self._put_into(box)
        return _make_page(context, root, *arguments)

    def _draw_text_decoration(self, stream: Stream, textbox: boxes.TextBox, *arguments: object) -> None:
        self.measures.decoration(textbox)
        _draw_text_decoration(stream, textbox, *arguments)
