"""Watching: what WeasyPrint does while it reads CSS and draws, and only tells in a log or nowhere.

Log lines become values. Every line of text reports its ink and the fonts that were truly used, as it is drawn. Watching
is one at a time in a process; nothing reaches the process's own log, for lines may quote a customer's text.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from weasyprint.css import ComputedStyle
from weasyprint.draw import text as draw_text
from weasyprint.formatting_structure import boxes
from weasyprint.logger import LOGGER, PROGRESS_LOGGER
from weasyprint.matrix import Matrix
from weasyprint.pdf.stream import Stream
from weasyprint.text.ffi import FROM_UNITS, ffi, pango

from packslip.press.pieces import GlyphFault, LogLine

#: Templates of the log lines that are read for more than their text.
NOTDEF = '.notdef glyph rendered for Unicode string unsupported by fonts: "%s" (U+%04X)'
PAGE_STARTED = "Step 5 - Creating layout - Page %d"

_UPRIGHT = 0  # PANGO_STYLE_NORMAL


class PagesExceededError(Exception):
    """Layout was stopped: more pages than anyone would print."""


@dataclass(frozen=True, slots=True)
class Ink:
    """What a line of text blackens, in px from the start of its baseline, y downwards."""

    x: float
    y: float
    width: float
    height: float
    shortened: bool


@dataclass(slots=True)
class Watch:
    """What was seen."""

    sheet: str = ""  #: CSS file being read
    page_limit: int | None = None
    log: list[LogLine] = field(default_factory=list)
    inks: dict[int, Ink] = field(default_factory=dict)  #: by id of the text box
    glyph_faults: list[GlyphFault] = field(default_factory=list)
    upright: dict[str, None] = field(default_factory=dict)  #: an ordered set
    fonts: dict[int, tuple[str, int]] = field(default_factory=dict)  #: address → family and style


class _Listener(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if _watch is None:
            return
        arguments = record.args if isinstance(record.args, tuple) else ()
        if record.levelno >= logging.WARNING:
            serious = record.levelno >= logging.ERROR
            line = LogLine(
                serious=serious, template=str(record.msg), args=arguments, text=record.getMessage(), sheet=_watch.sheet
            )
            _watch.log.append(line)
        elif record.msg == PAGE_STARTED and _watch.page_limit is not None:
            page = arguments[0]
            if isinstance(page, int) and page > _watch.page_limit:
                raise PagesExceededError


_lock = threading.Lock()
_watch: Watch | None = None
_draw_first_line = draw_text.draw_first_line


@contextmanager
def watching(*, sheet: str = "", page_limit: int | None = None) -> Iterator[Watch]:
    """Watch one reading or drawing."""
    global _watch  # noqa: PLW0603 -- the hooks below are module-wide in WeasyPrint
    with _lock:
        _watch = watch = Watch(sheet=sheet, page_limit=page_limit)
        try:
            yield watch
        finally:
            _watch = None


def _watched_first_line(stream: Stream, textbox: boxes.TextBox, overflow: str, ellipsis: str, matrix: Matrix) -> object:
    """WeasyPrint's own drawing of a line, then a look at it."""
    logged = len(_watch.log) if _watch else 0
    drawn = _draw_first_line(stream, textbox, overflow, ellipsis, matrix)
    if _watch is not None:
        _look(_watch, textbox, logged, cut=ellipsis != "none" or overflow == "ellipsis")
    return drawn


def _look(watch: Watch, textbox: boxes.TextBox, logged: int, *, cut: bool) -> None:
    layout, style, text = textbox.pango_layout, textbox.style, textbox.text
    if not text.strip() or style["font_size"] < 1e-6:
        return
    line, _ = layout.get_first_line()
    ink, logical = ffi.new("PangoRectangle *"), ffi.new("PangoRectangle *")
    pango.pango_layout_line_get_extents(line, ink, logical)
    if cut and layout.text == text:  # an ellipsis by `text-overflow`: only where the line is too long for it
        cut = getattr(textbox, "width", 0) > layout.max_width + 0.01
    x, y, width, height = (value * FROM_UNITS for value in (ink.x, ink.y, ink.width, ink.height))
    watch.inks[id(textbox)] = Ink(x, y, width, height, cut)
    spot = spot_of(textbox)
    for entry in watch.log[logged:]:
        if entry.template == NOTDEF:
            watch.glyph_faults.append(GlyphFault(spot=spot, character=str(entry.args[0]), family=""))
    _look_at_fonts(watch, line, layout.text, style, spot)


def _look_at_fonts(watch: Watch, line: ffi.CData, text: str, style: ComputedStyle, spot: str) -> None:
    wanted = {family.casefold() for family in style["font_family"]}
    slanted = style["font_style"] != "normal"
    run = line.runs[0]
    while run != ffi.NULL:
        item, run = run.data.item, run.next
        family, slant = _describe(watch, item.analysis.font)
        if family.casefold() not in wanted:
            drawn = text.encode()[item.offset : item.offset + item.length].decode(errors="replace")
            known = {fault.character for fault in watch.glyph_faults if fault.spot == spot}
            watch.glyph_faults += [
                GlyphFault(spot=spot, character=letter, family=family)
                for letter in dict.fromkeys(drawn)
                if not letter.isspace() and letter not in known
            ]
        elif slanted and slant == _UPRIGHT:
            watch.upright[spot] = None


def _describe(watch: Watch, font: ffi.CData) -> tuple[str, int]:
    address = int(ffi.cast("uintptr_t", font))
    if address not in watch.fonts:
        description = ffi.gc(pango.pango_font_describe_with_absolute_size(font), pango.pango_font_description_free)
        family = ffi.string(pango.pango_font_description_get_family(description)).decode()
        watch.fonts[address] = family, int(pango.pango_font_description_get_style(description))
    return watch.fonts[address]


def spot_of(box: boxes.Box) -> str:
    """A box's element as a designer names it: `p.kicker`, `span.page-of::after`, `@bottom-right`."""
    tag = getattr(box, "element_tag", None) or getattr(box, "at_keyword", None) or "text in a picture"
    name, mark, pseudo = str(tag).partition("::")
    element = getattr(box, "element", None)
    first = str(element.get("class") or "").split()[:1] if element is not None else []
    return ".".join([name, *first]) + mark + pseudo


def _install() -> None:
    LOGGER.propagate = PROGRESS_LOGGER.propagate = False
    listener = _Listener()
    LOGGER.addHandler(listener)
    PROGRESS_LOGGER.addHandler(listener)
    PROGRESS_LOGGER.setLevel(logging.INFO)
    draw_text.draw_first_line = _watched_first_line  # pictures' text looks it up here too


_install()
