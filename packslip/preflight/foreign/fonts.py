"""Fonts as a page uses them: whether their outlines are in the file, how wide their letters are, which are blank.

Reads widths as the PDF tells them; compares them with the font program where both speak of glyph numbers.
Source: ISO 32000-1:2008, 9.6 to 9.8.
"""

import io
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from fontTools.ttLib import TTFont, TTLibError

from packslip.preflight.foreign.geometry import Matrix
from packslip.preflight.foreign.values import (
    content,
    entry,
    is_array,
    is_holder,
    is_stream,
    items,
    name,
    number,
    numbers,
    path,
    whole,
)

_FILES = ("/FontFile", "/FontFile2", "/FontFile3")
_THOUSANDTHS = 1000
_GLYPH = Matrix(0.001, 0, 0, 0.001, 0, 0)
#: Letters reach so far up and down where the font does not say, in ems.
_ASCENT, _DESCENT = 0.75, -0.22
_MOST_CODES = 65536
_SPACES = frozenset({"space", "nbspace", "nonbreakingspace", "uni0020", "uni00A0"})
_SPACE = re.compile(rb"<([0-9A-Fa-f]{2,4})>\s*(?:<([0-9A-Fa-f]{2,4})>\s*)?<(?:0020|00A0|00a0)>")
#: What fontTools is known to raise on broken fonts.
_BROKEN_FONT = (
    TTLibError,
    struct.error,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    OSError,
    AssertionError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A font of the file."""

    name: str
    kind: str  #: `Type1`, `TrueType`, `Type3`, `Type0`, `MMType1`
    is_embedded: bool
    bytes_a_code: int
    widths: Mapping[int, float] = field(default_factory=dict)  #: code → ems
    default_width: float = 0.0  #: ems
    ascent: float = _ASCENT  #: ems
    descent: float = _DESCENT
    blank: frozenset[int] = frozenset({32})  #: codes that print nothing
    matrix: Matrix = _GLYPH  #: of Type 3: from glyph to text space
    thing: object = None  #: the font dictionary

    def codes(self, said: bytes) -> list[int]:
        """The codes that a string shows."""
        if self.bytes_a_code == 1:
            return list(said)
        return [int.from_bytes(said[at : at + 2], "big") for at in range(0, len(said), 2)]

    def width(self, code: int) -> float:
        """How far a code moves on, in ems."""
        return self.widths.get(code, self.default_width)


UNKNOWN = Face(name="", kind="", is_embedded=False, bytes_a_code=1, default_width=0.5)


def read_face(thing: object) -> Face:
    """A font dictionary as a face; total."""
    kind = name(entry(thing, "/Subtype"))
    if kind == "Type0":
        return _composite(thing)
    descriptor = entry(thing, "/FontDescriptor")
    matrix = numbers(entry(thing, "/FontMatrix"))
    scale = abs(matrix[0]) if kind == "Type3" and len(matrix) == 6 else 1 / _THOUSANDTHS
    first = whole(entry(thing, "/FirstChar")) or 0
    widths = {
        first + index: (number(width) or 0.0) * scale
        for index, width in enumerate(items(entry(thing, "/Widths"))[:256])
    }
    missing = number(entry(descriptor, "/MissingWidth"))
    ascent, descent = _reach(descriptor)
    return Face(
        name=_plain(name(entry(thing, "/BaseFont")) or name(entry(thing, "/Name"))),
        kind=kind,
        is_embedded=kind == "Type3" or _has_file(descriptor),
        bytes_a_code=1,
        widths=widths,
        default_width=(missing or (0 if widths else 500)) / _THOUSANDTHS,
        ascent=ascent,
        descent=descent,
        blank=_blank_codes(entry(thing, "/ToUnicode")) | _blank_names(path(thing, "/Encoding", "/Differences")),
        matrix=Matrix(*matrix) if len(matrix) == 6 else _GLYPH,
        thing=thing,
    )


def _composite(thing: object) -> Face:
    """A Type 0 font. Codes of two bytes, as nearly all have; others are measured wrong, and nothing worse."""
    parts = items(entry(thing, "/DescendantFonts"))
    part = parts[0] if parts else None
    descriptor = entry(part, "/FontDescriptor")
    default = number(entry(part, "/DW"))
    ascent, descent = _reach(descriptor)
    return Face(
        name=_plain(name(entry(thing, "/BaseFont")) or name(entry(part, "/BaseFont"))),
        kind="Type0",
        is_embedded=_has_file(descriptor),
        bytes_a_code=2,
        widths=_composite_widths(entry(part, "/W")),
        default_width=(_THOUSANDTHS if default is None else default) / _THOUSANDTHS,
        ascent=ascent,
        descent=descent,
        blank=_blank_codes(entry(thing, "/ToUnicode")),
        thing=thing,
    )


def _composite_widths(told: object) -> dict[int, float]:
    """Source: ISO 32000-1:2008, 9.7.4.3."""
    widths: dict[int, float] = {}
    values = items(told)
    at = 0
    while at + 1 < len(values) and len(widths) < _MOST_CODES:
        first, second = whole(values[at]), values[at + 1]
        if first is None:
            break
        if is_array(second):
            widths |= {first + index: (number(each) or 0.0) / _THOUSANDTHS for index, each in enumerate(items(second))}
            at += 2
        else:
            last, width = whole(second), number(values[at + 2]) if at + 2 < len(values) else None
            if last is None or width is None:
                break
            widths |= dict.fromkeys(range(first, min(last, first + _MOST_CODES) + 1), width / _THOUSANDTHS)
            at += 3
    return widths


def _blank_codes(table: object) -> frozenset[int]:
    """Codes that a ToUnicode table calls a space."""
    return frozenset(int(found[1], 16) for found in _SPACE.finditer(content(table, 1_000_000) or b""))


def _blank_names(differences: object) -> frozenset[int]:
    """Codes of a simple font that are spaces by name, 32 where it is not named otherwise."""
    names = glyph_names(differences)
    return frozenset(code for code, said in ({32: "space"} | names).items() if said in _SPACES)


def glyph_names(differences: object) -> dict[int, str]:
    """Names of glyphs by code. Source: ISO 32000-1:2008, Table 114."""
    names: dict[int, str] = {}
    code = 0
    for each in items(differences):
        if said := name(each):
            names[code] = said
            code += 1
        elif isinstance(each, int):
            code = each
    return names


def _reach(descriptor: object) -> tuple[float, float]:
    ascent, descent = number(entry(descriptor, "/Ascent")), number(entry(descriptor, "/Descent"))
    if ascent is None or descent is None or not 200 < ascent < 1500 or not -800 < descent <= 0:
        return _ASCENT, _DESCENT
    return min(ascent / _THOUSANDTHS, 0.95), max(descent / _THOUSANDTHS, -0.3)


def _has_file(descriptor: object) -> bool:
    return any(is_stream(entry(descriptor, key)) for key in _FILES)


def _plain(said: str) -> str:
    """A font's name without the tag of its subset."""
    return said[7:] if len(said) > 7 and said[6] == "+" else said


def wrong_width(face: Face, codes: frozenset[int]) -> tuple[int, float, float] | None:
    """The first shown glyph of which PDF and font program tell different widths: its number, and both in ems.

    Judged for CID fonts of TrueType outlines with two-byte identity codes alone; None elsewhere.
    Source: ISO 15930-7:2010, 6.5.
    """
    parts = items(entry(face.thing, "/DescendantFonts"))
    part = parts[0] if parts else None
    program = content(path(part, "/FontDescriptor", "/FontFile2"))
    straight = name(entry(face.thing, "/Encoding")) == "Identity-H"
    if program is None or not straight or name(entry(part, "/Subtype")) != "CIDFontType2" or not is_holder(part):
        return None
    table = entry(part, "/CIDToGIDMap")
    glyphs = content(table) if is_stream(table) else None
    try:
        font = TTFont(io.BytesIO(program), lazy=True)
        em, advances, order = font["head"].unitsPerEm, font["hmtx"], font.getGlyphOrder()
        for code in sorted(codes):
            glyph = code if glyphs is None else int.from_bytes(glyphs[2 * code : 2 * code + 2], "big")
            if glyph >= len(order):
                continue
            width = advances[order[glyph]][0] / em
            if abs(width - face.width(code)) > 0.0015:
                return glyph, face.width(code), width
    except _BROKEN_FONT:
        return None
    return None
