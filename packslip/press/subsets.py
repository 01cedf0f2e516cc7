"""Subsets: of a face, exactly the glyphs a document uses, under their own numbers.

A face is stripped once of all that a page does not draw with (names, layout rules, hints); what a document gets of it
follows from the file and the glyphs alone.
"""

import hashlib
import re
import struct
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import uharfbuzz as hb

#: Finished subsets kept; a heading in capitals uses the same glyphs in many slips. They know no text.
MOST_SUBSETS = 256

#: How hard a font program is pressed. Harder saves less than 4 % of a TrueType program for twice the time; PostScript
#: programs are full of glyph names, where it saves more.
TRUETYPE_LEVEL, POSTSCRIPT_LEVEL = 1, 4

_KEPT_TABLES = frozenset({"glyf", "loca", "CFF ", "head", "hhea", "hmtx", "maxp"})
_FAMILY, _TYPOGRAPHIC_FAMILY = 1, 16
_ITALIC_BIT = 1
_ITALIC_FLAG, _SYMBOLIC_FLAG, _SERIF_FLAG = 64, 4, 2

# Pango's words for what is not regular.
_WEIGHTS = ("", "Thin", "Ultra-Light", "Light", "", "Medium", "Semi-Bold", "Bold", "Ultra-Bold", "Heavy")
_WIDTHS = (
    *("", "Ultra-Condensed", "Extra-Condensed", "Condensed", "Semi-Condensed"),
    *("", "Semi-Expanded", "Expanded", "Extra-Expanded", "Ultra-Expanded"),
)
_STYLE_WORD = re.compile(
    "normal|roman|oblique|italic|(all)?(small|petite)caps|unicase|titlecaps|book|regular|medium|thin"
    "|(ultra|extra|semi|demi)?light|(ultra|extra|semi|demi)?bold|(ultra|extra)?(heavy|black)"
    "|(ultra|extra|semi)?condensed|(ultra|extra|semi)?expanded"
    "|notrotated|upsidedown|rotated(left|right)|north|south|east|west",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Subset:
    """A font program for a document."""

    tag: str  #: six letters that tell it from other subsets of its face
    program: bytes  #: the font file, deflated
    length: int  #: bytes of the font file


class Face:
    """A font file and what a PDF says of it.

    Glyphs are numbered as in the file. The file is read at once, stripped when a document first uses it.
    """

    def __init__(self, path: Path) -> None:
        self._data = path.read_bytes()
        face = hb.Face(self._data)
        self.refusal = _refusal(face)  #: why no document can be struck with it, in a layout's terms; "" where it can
        self.is_postscript = "CFF " in face.table_tags
        self.glyph_count: int = face.glyph_count
        if not self.refusal:
            self._read_facts(face)
        self.subset = lru_cache(maxsize=MOST_SUBSETS)(self._subset)  #: what a document gets: `subset(glyphs)`

    def _read_facts(self, face: hb.Face) -> None:
        metrics = face.reference_table("OS/2").data
        (weight, width), (selection,) = struct.unpack_from(">HH", metrics, 4), struct.unpack_from(">H", metrics, 62)
        extents = hb.Font(face).get_font_extents("ltr")
        self.family: str = face.get_name(_TYPOGRAPHIC_FAMILY) or face.get_name(_FAMILY) or ""
        description = _describe(self.family, weight, width, is_italic=bool(selection & _ITALIC_BIT))
        self.name = description.replace(" ", "-")
        self.ascent = round(1000 * extents.ascender / face.upem)
        self.descent = round(1000 * extents.descender / face.upem)
        self.flags = _SYMBOLIC_FLAG
        self.flags += _ITALIC_FLAG if selection & _ITALIC_BIT else 0
        self.flags += _SERIF_FLAG if "Serif" in description.split(" ") else 0

    def _subset(self, glyphs: frozenset[int]) -> Subset:
        """The font program with these glyphs, and those they are composed of."""
        source = _input(glyphs, hb.SubsetFlags.RETAIN_GIDS)
        if 0 in glyphs:
            source.flags |= hb.SubsetFlags.NOTDEF_OUTLINE
        program = source.subset(self._base).blob.data
        level = POSTSCRIPT_LEVEL if self.is_postscript else TRUETYPE_LEVEL
        return Subset(tag=self._tag(glyphs), program=zlib.compress(program, level), length=len(program))

    def _tag(self, glyphs: frozenset[int]) -> str:
        numbers = struct.pack(f">{len(glyphs)}H", *sorted(glyphs))
        return "".join(chr(65 + byte % 26) for byte in hashlib.sha256(self._digest + numbers).digest()[:6])

    @cached_property
    def _digest(self) -> bytes:
        return hashlib.sha256(self._data).digest()

    @cached_property
    def _base(self) -> hb.Face:
        """All glyphs and nothing else, made ready to be taken from many times."""
        face = hb.Face(self._data)
        flags = hb.SubsetFlags
        source = _input(
            range(face.glyph_count),
            flags.RETAIN_GIDS | flags.NO_HINTING | flags.DESUBROUTINIZE | flags.NOTDEF_OUTLINE,
        )
        dropped = frozenset(face.table_tags) - _KEPT_TABLES
        source.drop_table_tag_set.update([int.from_bytes(tag.encode(), "big") for tag in dropped])
        return hb.subset_preprocess(source.subset(face))


@dataclass(frozen=True, slots=True)
class Faces:
    """The faces of a world by number."""

    faces: tuple[Face, ...]

    def __getitem__(self, index: int) -> Face:
        return self.faces[index]

    @property
    def refused(self) -> Mapping[int, str]:
        """Faces that no document can be struck with, and why."""
        return {index: face.refusal for index, face in enumerate(self.faces) if face.refusal}


def load_faces(paths: Sequence[Path]) -> Faces:
    """The faces of these files, numbered in this order.

    Raises:
        OSError: a file cannot be read.
    """
    return Faces(tuple(Face(path) for path in paths))


def _input(glyphs: Collection[int], flags: hb.SubsetFlags) -> hb.SubsetInput:
    source = hb.SubsetInput()
    source.flags = flags
    source.glyph_set.update(glyphs)
    return source


def _refusal(face: hb.Face) -> str:
    """The reference makes such fonts over for each document, by its sizes and weights."""
    tags = frozenset(face.table_tags)
    if "fvar" in tags:
        return "a variable font"
    if tags & {"COLR", "SVG ", "CBDT", "sbix"}:
        return "a font in colour"
    if tags & {"EBDT"} or not tags & {"glyf", "CFF "}:
        return "a font of bitmaps"
    return "" if {"OS/2", "name"} <= tags else "a font that does not say its name and weight"


def _describe(family: str, weight: int, width: int, *, is_italic: bool) -> str:
    """What WeasyPrint calls a face: Pango's description of it.

    Pango ends a family in a comma where its last word could be taken for a style or a size.
    Source: pango/fonts.c, pango_font_description_to_string.
    """
    styles = (
        _WEIGHTS[min(9, max(1, round(weight / 100)))],
        "Italic" if is_italic else "",
        _WIDTHS[width] if width < len(_WIDTHS) else "",
    )
    last = family.rsplit(maxsplit=1)[-1:]
    is_style = last and _STYLE_WORD.fullmatch(last[0].replace("-", ""))
    is_size = last and last[0].removesuffix("px").replace(".", "", 1).isdecimal() and not any(styles)
    words = (f"{family}," if is_style or is_size else family, *filter(None, styles))
    return " ".join(words)
