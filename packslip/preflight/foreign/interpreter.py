"""The interpreter: follows a page's content through its forms, patterns, masks and glyphs, and notes what is painted.

Bounded: so many operators a document, so deep, no stream within itself. It draws no pixel and knows no rule.
Source: ISO 32000-1:2008, 8 and 9, Annex A.
"""

from collections.abc import Mapping

from packslip.preflight.foreign import operators_paint, operators_state, operators_text
from packslip.preflight.foreign.colours import Spaces
from packslip.preflight.foreign.drawing import draw_stream
from packslip.preflight.foreign.fonts import Face
from packslip.preflight.foreign.geometry import SAME
from packslip.preflight.foreign.painted import Scan, Sheet
from packslip.preflight.foreign.state import Budget, ExhaustedError, Handler, Run
from packslip.preflight.foreign.values import content, entry, identity, is_array, items, name, path

OPERATORS: Mapping[bytes, Handler] = {
    **operators_state.OPERATORS,
    **operators_paint.OPERATORS,
    **operators_text.OPERATORS,
}


class Reader:
    """Reads the pages of one document; colour spaces and fonts are read once."""

    def __init__(self, root: object) -> None:
        self._spaces = Spaces()
        self._faces: dict[object, Face] = {}
        self._budget = Budget()
        self._off = _layers_off(root)

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing more is followed."""
        return self._budget.left < 0

    def read(self, sheet: Sheet) -> Scan:
        """What a page paints."""
        run = Run(sheet, OPERATORS, spaces=self._spaces, faces=self._faces, budget=self._budget, off=self._off)
        group = path(sheet.thing, "/Group")
        resources = inherited(sheet.thing, "/Resources")
        data, is_whole = page_content(sheet.thing)
        if not is_whole:
            run.remark("content.broken", "a part of the page's content cannot be read, or is huge")
        try:
            with run.inside(SAME, None, resources, identity(sheet.thing)):
                _note_group(run, group)
                draw_stream(run, data)
        except ExhaustedError:
            run.remark("pdf.too_much", "the page asks for more drawing than is followed; what comes later was not seen")
        return run.scan()


def inherited(page: object, key: str, depth: int = 30) -> object:
    """An entry of a page, or of the nodes it stands below. Source: ISO 32000-1:2008, 7.7.3.4."""
    while page is not None and depth:
        found = entry(page, key)
        if found is not None:
            return found
        page, depth = entry(page, "/Parent"), depth - 1
    return None


def page_content(page: object) -> tuple[bytes, bool]:
    """What a page draws, and whether all of it could be read."""
    told = entry(page, "/Contents")
    parts = [part for part in (items(told) if is_array(told) else [told]) if part is not None]
    held = [content(part) for part in parts]
    return b"\n".join(data for data in held if data is not None), None not in held


def _note_group(run: Run, group: object) -> None:
    space = entry(group, "/CS")
    if name(entry(group, "/S")) == "Transparency" and space is not None:
        run.groups.append(("the page's transparency group", run.space(space)))


def _layers_off(root: object) -> frozenset[object]:
    """Layers that are off when the file is printed as it comes. Source: ISO 32000-1:2008, 8.11.4.3."""
    layers = entry(root, "/OCProperties")
    default = entry(layers, "/D")
    off = {identity(each) for each in items(entry(default, "/OFF"))}
    if name(entry(default, "/BaseState")) == "OFF":
        on = {identity(each) for each in items(entry(default, "/ON"))}
        off |= {identity(each) for each in items(entry(layers, "/OCGs"))} - on
    return frozenset(off - {None})
