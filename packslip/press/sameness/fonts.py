"""Fonts as a page uses them: what each code of a string draws, said without the font's name in the file.

Two subsets of one face differ in their bytes; a glyph is the same if its outline is, its advance and its text.
"""

import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple, Protocol, TypeAlias

import pikepdf
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont, TTLibError

from packslip.press.sameness.cmaps import read_cids, read_texts
from packslip.press.sameness.digests import Digests, stream_data
from packslip.press.sameness.paths import Rectangle
from packslip.press.sameness.values import UnprovableError, Value, exact, number

_TAG = re.compile(r"^/?[A-Z]{6}\+")
_FILES = ("/FontFile2", "/FontFile3")
_SPACE = 32


class Glyph(NamedTuple):
    """What one code draws."""

    identity: Value
    advance: float  #: em
    spaces: bool  #: word spacing applies
    ink: Rectangle  #: a box around the outline, em


class Font(Protocol):
    """A font of the page's resources."""

    def glyphs(self, text: bytes) -> Iterator[Glyph]:
        """What a string shows."""


def open_font(font: pikepdf.Object, digests: Digests) -> Font:
    """A font of the page's resources.

    Raises:
        UnprovableError: its kind is not one this comparison reads.
    """
    if font.get("/Subtype") == "/Type0":
        return _CompositeFont(font)
    return _SimpleFont(font, digests)


class _Outline(NamedTuple):
    digest: str
    ink: Rectangle


_ABSENT = _Outline("absent", (0.0, 0.0, 0.0, 0.0))
_EMPTY = _Outline("", (0.0, 0.0, 0.0, 0.0))

_Point: TypeAlias = tuple[float, float]


class _Drawable(Protocol):
    def draw(self, pen: DecomposingRecordingPen) -> None: ...


class _Program:
    """A font file: outlines by glyph."""

    def __init__(self, data: bytes) -> None:
        try:
            self._font = TTFont(io.BytesIO(data), lazy=True)
            self._names: Sequence[str] = self._font.getGlyphOrder()
            self.units: int = self._font["head"].unitsPerEm
            self._draw = self._draw_quadratic if "glyf" in self._font else self._draw_cubic
        except (TTLibError, KeyError):
            raise UnprovableError("a font file that is neither TrueType nor OpenType") from None

    def outline(self, glyph: int) -> _Outline:
        """What a glyph draws, composites taken apart."""
        if glyph >= len(self._names):
            return _ABSENT
        drawn, points = self._draw(glyph)
        if not points:
            return _EMPTY
        xs, ys = zip(*points, strict=True)
        ink = min(xs) / self.units, min(ys) / self.units, max(xs) / self.units, max(ys) / self.units
        return _Outline(hashlib.sha256(drawn.encode()).hexdigest(), ink)

    def _draw_quadratic(self, index: int) -> tuple[str, Sequence[_Point]]:
        """A glyph of `glyf`, shifted to where its side bearing puts it. Not by fontTools' glyph set.

        That would read the metrics of every glyph of the face first: half the time of comparing a page.
        """
        table = self._font["glyf"]
        glyph = table[self._names[index]]
        coordinates, ends, flags = glyph.getCoordinates(table)
        shift = self._side_bearing(index) - getattr(glyph, "xMin", 0)
        points = [(x + shift, y) for x, y in coordinates]
        return repr((points, list(ends), [flag & 1 for flag in flags])), points

    def _side_bearing(self, index: int) -> int:
        full: int = self._font["hhea"].numberOfHMetrics
        at = 4 * index + 2 if index < full else 4 * full + 2 * (index - full)
        return int.from_bytes(self._font.getTableData("hmtx")[at : at + 2], signed=True)

    @cached_property
    def _glyphs(self) -> Mapping[str, _Drawable]:
        glyphs: Mapping[str, _Drawable] = self._font.getGlyphSet()
        return glyphs

    def _draw_cubic(self, index: int) -> tuple[str, Sequence[_Point]]:
        """A glyph of `CFF `; in a face keyed by CID the one of that CID too, which readers may draw instead."""
        pen = DecomposingRecordingPen(self._glyphs)
        for name in dict.fromkeys((self._names[index], f"cid{index:05d}")):
            if name in self._glyphs:
                self._glyphs[name].draw(pen)
        return repr(pen.value), [point for _, points in pen.value for point in points]


class _CompositeFont:
    """A Type0 font with codes of two bytes."""

    def __init__(self, font: pikepdf.Object) -> None:
        self._font = font
        self._descendant = _part(font, "/DescendantFonts")[0]
        self._descriptor = _part(self._descendant, "/FontDescriptor")
        self._known: dict[int, Glyph] = {}

    def glyphs(self, text: bytes) -> Iterator[Glyph]:
        """What a string shows."""
        known = self._known
        for i in range(0, len(text), 2):
            code = int.from_bytes(text[i : i + 2])
            yield known.get(code) or self._glyph(code)

    def _glyph(self, code: int) -> Glyph:
        cid = code if self._encoding is None else self._encoding.get(code, 0)
        index = cid if self._glyph_ids is None else int.from_bytes(self._glyph_ids[2 * cid : 2 * cid + 2])
        advance = self._widths.get(cid, self._default_width)
        outline = self._program.outline(index)
        identity = (self._name, self._program.units, index, outline.digest, exact(advance), self._texts.get(code, ""))
        self._known[code] = Glyph(identity, float(advance) / 1000, spaces=False, ink=outline.ink)
        return self._known[code]

    @cached_property
    def _name(self) -> str:
        return _TAG.sub("", str(self._descriptor.get("/FontName")))

    @cached_property
    def _program(self) -> _Program:
        for key in _FILES:
            file = self._descriptor.get(key)
            data = stream_data(file) if isinstance(file, pikepdf.Stream) else None
            if data is not None:
                return _Program(data)
        raise UnprovableError("a font that is not embedded")

    @cached_property
    def _encoding(self) -> Mapping[int, int] | None:
        encoding: object = self._font.get("/Encoding")
        if isinstance(encoding, pikepdf.Stream):
            return read_cids(encoding)
        if str(encoding) != "/Identity-H":
            raise UnprovableError("a font of another encoding than Identity-H")
        return None

    @cached_property
    def _glyph_ids(self) -> bytes | None:
        table: object = self._descendant.get("/CIDToGIDMap")
        return stream_data(table) if isinstance(table, pikepdf.Stream) else None

    @cached_property
    def _default_width(self) -> Decimal:
        return Decimal(exact(self._descendant.get("/DW", 1000)))

    @cached_property
    def _widths(self) -> Mapping[int, Decimal]:
        widths: dict[int, Decimal] = {}
        given = self._descendant.get("/W")
        entries: list[object] = [] if given is None else list(given.as_list())
        while entries:
            first, rest = int(number(entries.pop(0))), entries.pop(0)
            if isinstance(rest, pikepdf.Array):
                widths |= {first + i: Decimal(exact(width)) for i, width in enumerate(rest.as_list())}
            else:
                widths |= dict.fromkeys(range(first, int(number(rest)) + 1), Decimal(exact(entries.pop(0))))
        return widths

    @cached_property
    def _texts(self) -> Mapping[int, str]:
        table: object = self._font.get("/ToUnicode")
        return read_texts(table) if isinstance(table, pikepdf.Stream) else {}


class _SimpleFont:
    """A font with codes of one byte, Type3 among them; the same only where all of it is."""

    def __init__(self, font: pikepdf.Object, digests: Digests) -> None:
        if font.get("/Widths") is None:
            raise UnprovableError("a font without widths")
        matrix = font.get("/FontMatrix")
        self._unit = 0.001 if matrix is None else number(matrix[0])
        self._first = int(number(font.get("/FirstChar", 0)))
        self._widths = [number(width) for width in _part(font, "/Widths").as_list()]
        parts = ((key, font.get(key)) for key in sorted(font.keys()))
        self._digest = tuple(f"{key} {digests.of(part)}" for key, part in parts if key not in {"/BaseFont", "/Name"})

    def glyphs(self, text: bytes) -> Iterator[Glyph]:
        """What a string shows."""
        for code in text:
            index = code - self._first
            advance = self._unit * self._widths[index] if 0 <= index < len(self._widths) else 0.0
            yield Glyph((*self._digest, code), advance, code == _SPACE, (0.0, -0.5, advance, 1.0))


def _part(value: object, key: str) -> pikepdf.Object:
    """A part that a font must have."""
    part = value.get(key) if isinstance(value, pikepdf.Object) else None
    if not isinstance(part, pikepdf.Object):
        raise UnprovableError("a font with parts missing")
    return part
