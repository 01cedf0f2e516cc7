"""Fonts: each that shows text has its letters in the file. Source: ISO 15930-7:2010, 6.5."""

from collections.abc import Iterator

from packslip.preflight.foreign.fonts import UNKNOWN, wrong_width
from packslip.preflight.foreign.geometry import Box
from packslip.preflight.foreign.operators_text import INVISIBLE
from packslip.preflight.foreign.painted import Kind, Scan
from packslip.preflight.foreign.subject import Fault, fault_on


def check_fonts(scan: Scan, measured: set[int]) -> Iterator[Fault]:
    """Fonts of a page; `measured` are those whose widths earlier pages have compared.

    A font that shows invisible text alone need not be embedded.
    """
    first: dict[int, Box] = {}
    for thing in scan.things:
        if thing.kind is Kind.TEXT and thing.mode != INVISIBLE and thing.face is not None:
            first.setdefault(id(thing.face), thing.box)
    for key, (face, codes) in scan.faces.items():
        if key in first and not face.is_embedded:
            what = (
                "text without a font that the page tells"
                if face is UNKNOWN
                else f"{face.name or 'a font'} is not embedded"
            )
            yield fault_on(scan.sheet, "font.missing", what, first[key])
        if key not in measured:
            measured.add(key)
            wrong = wrong_width(face, codes)
            if wrong is not None:
                glyph, told, drawn = wrong
                message = f"{face.name}: glyph {glyph} is {drawn:.3f} em wide, the PDF says {told:.3f}"
                yield fault_on(scan.sheet, "font.widths", message, first.get(key))
