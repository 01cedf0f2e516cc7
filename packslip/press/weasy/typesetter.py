"""Typesetter: one line of text in one style, set by the same Pango calls as WeasyPrint's, without its boxes.

Keeps a Pango layout for each style and what it knows of single glyphs; never a text. What WeasyPrint would draw in
another way than plain glyphs of the style's own first font is refused.
"""

import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from weasyprint.css import ComputedStyle
from weasyprint.css.functions import check_math
from weasyprint.text.ffi import FROM_UNITS, ffi, pango
from weasyprint.text.fonts import get_hb_object_data, get_pango_font_hb_face, get_pango_font_key
from weasyprint.text.line_break import Layout, can_break_text, split_first_line

from packslip.files import sha256
from packslip.press.weasy.fonts import Fonts
from packslip.press.weasy.obstacles import COMPUTED_FONT, RIGHT_TO_LEFT, WORD_SPACING
from packslip.press.weasy.slots import recorded
from packslip.press.weasy.stores import Made, Store
from packslip.press.weasy.tape import UntraceableError, is_traced

_GLYPH = struct.calcsize("=Iiii") + 4  # PangoGlyphInfo: glyph, width, x and y offset, flags
_UPRIGHT = 0  # PANGO_STYLE_NORMAL
_ORDINARY = 0x0FFFFFFF  #: glyphs from here on are no glyphs of the font (PANGO_GLYPH_EMPTY, unknown characters)

#: Every property that WeasyPrint reads while it sets text.
_READ = (
    "direction",
    "font_family",
    "font_feature_settings",
    "font_kerning",
    "font_language_override",
    "font_size",
    "font_stretch",
    "font_style",
    "font_variant_alternates",
    "font_variant_caps",
    "font_variant_east_asian",
    "font_variant_ligatures",
    "font_variant_numeric",
    "font_variant_position",
    "font_variation_settings",
    "font_weight",
    "hyphenate_character",
    "hyphenate_limit_chars",
    "hyphenate_limit_zone",
    "hyphens",
    "lang",
    "letter_spacing",
    "line_height",
    "overflow_wrap",
    "tab_size",
    "white_space",
    "word_break",
    "word_spacing",
)


class UnsettableError(Exception):
    """A text that only the reference path draws as WeasyPrint does; the message says why, without the text."""


class TextStyle(dict[str, object]):
    """The part of a computed style that setting text reads; equal styles are one object."""

    def __init__(self, style: "ComputedStyle | TextStyle", language: str | None) -> None:
        super().__init__({name: style[name] for name in _READ})
        self["text_decoration_line"] = "none"  # drawn by WeasyPrint itself, needs metrics that setting does not
        self["lang"] = language
        self.font_config: object = style.font_config
        self.language = language
        spacing: Any = style["letter_spacing"]
        #: width in px that a text must have to spare to stand on one line without asking Pango
        self.room = 1.0 + (abs(spacing) if isinstance(spacing, int | float) else 0.0)
        self.wraps = style["white_space"] in ("normal", "pre-wrap", "pre-line")
        self.collapses = style["white_space"] in ("normal", "nowrap", "pre-line")
        self.cache: dict[str, object] = {}

    def check(self) -> None:
        """Refuse what cannot be set apart from its layout.

        Raises:
            UntraceableError: text in this style hangs on more than the style.
        """
        if any(is_traced(value) or check_math(value) for value in self.values()):
            raise UntraceableError(COMPUTED_FONT)
        if self["direction"] != "ltr":
            raise UntraceableError(RIGHT_TO_LEFT)

    def copy(self) -> "TextStyle":
        """Another of the same."""
        return TextStyle(self, self.language)

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other


#: Glyphs of one run: ids, advances and x offsets in Pango units.
Glyphs = tuple[list[int], list[int], list[int]]


class Shape(NamedTuple):  # a slip has a hundred, which take three times as long to make as dataclasses
    """One line of text, set. Lengths in px; the ink's place counts from the start of the baseline, y downwards."""

    width: float
    height: float
    baseline: float
    ink: tuple[float, float, float, float]
    face: int
    size: float
    operators: bytes  #: the array of a TJ
    widths: Mapping[int, int]  #: glyph → advance in 1/1000 em that the operators count with, in the face at this size
    texts: Mapping[int, str]  #: glyph → text, as first met in this line
    runs: Sequence[Glyphs]


@dataclass(frozen=True, slots=True)
class Split:
    """The first line of a text in a width. `resume` counts UTF-8 bytes, None where all of it fits."""

    text: str
    length: int
    resume: int | None
    width: float
    height: float
    baseline: float


class _Tokens(dict[tuple[int, int], str]):
    """Glyph and advance → its part of the operator, for one font size."""

    def __init__(self, font: ffi.CData, size: float) -> None:
        super().__init__()
        self.widths: dict[int, int] = {}
        self._font, self._size = font, size
        self._ink, self._logical = ffi.new("PangoRectangle *"), ffi.new("PangoRectangle *")

    def __missing__(self, key: tuple[int, int]) -> str:
        glyph, advance = key
        token = self[key] = token_of(glyph, self.width(glyph), advance, 0, self._size)
        return token

    def width(self, glyph: int) -> int:
        """A glyph's advance in 1/1000 em."""
        width = self.widths.get(glyph)
        if width is None:
            pango.pango_font_get_glyph_extents(self._font, glyph, self._ink, self._logical)
            width = self.widths[glyph] = round(self._logical.width * 1000 * FROM_UNITS / self._size)
        return width


def token_of(glyph: int, width: int, advance: int, offset: int, size: float) -> str:
    """A glyph as WeasyPrint writes it into a TJ, with what moves it and the next."""
    shift = offset / size
    kerning = width + shift - advance * 1000 * FROM_UNITS / size
    return (f">{-shift}<" if shift else "") + f"{glyph:04x}" + (f">{int(kerning)}<" if kerning else "")


def array_of(runs: list[str]) -> bytes:
    """The TJ array of runs of tokens."""
    text = ""
    for run in runs:
        text += "<" + run
        text = text[:-1] if text[-1] == "<" else text + ">"
    return text.encode()


SplitKey = tuple[str, TextStyle, float | None, bool, bool]


class Typesetter:
    """Sets text for one world. Not to be shared between threads."""

    def __init__(self, fonts: Fonts, refused: Collection[int] = ()) -> None:
        """`refused` are the faces that documents of plates cannot embed, by index."""
        self._refused = refused
        self._digests = {sha256(face.path.read_bytes()): index for index, face in enumerate(fonts.faces)}
        self._styles: dict[tuple[str, ...], TextStyle] = {}
        self._benches: dict[int, _Bench] = {}
        self._faces: dict[int, int] = {}
        self._tokens: dict[tuple[int, float], _Tokens] = {}
        self.public_lines: Store[tuple[object, ...], Any] = Store()  # `setting.SetLine`s, which lie above
        self._paragraphs: Store[object, object] = Store()
        self.public_shapes: Store[tuple[str, TextStyle], Shape] = Store()
        self.public_splits: Store[SplitKey, Split] = Store()
        self.dictionaries: dict[object, object] = {}  #: hyphenation, as `LayoutContext.dictionaries`

    def known(self, paragraph: Made) -> Made:
        """An equal paragraph that is known already, or this one, which is from now on."""
        found = self._paragraphs.get(paragraph)
        if found is None:
            self._paragraphs.keep(paragraph, paragraph)
            return paragraph
        return cast("Made", found)

    def style(self, style: ComputedStyle) -> TextStyle:
        """The text style of a computed style.

        Raises:
            UntraceableError: text in this style cannot be set apart from its layout.
        """
        made = self.measured(style)
        made.check()
        return made

    def measured(self, style: ComputedStyle) -> TextStyle:
        """The same of a style in which perhaps no text can be set."""
        return self._style(style, recorded(style["lang"]))

    def in_language(self, style: TextStyle, language: str) -> TextStyle:
        """A text style in another language."""
        return self._style(style, language)

    def _style(self, style: ComputedStyle | TextStyle, language: str | None) -> TextStyle:
        key = tuple(repr(language if name == "lang" else style[name]) for name in _READ)
        if key not in self._styles:
            self._styles[key] = TextStyle(style, language)
        return self._styles[key]

    def shape(self, text: str, style: TextStyle) -> Shape:
        """A text on one line.

        Raises:
            UnsettableError: it takes more than the plain glyphs of one font.
        """
        bench = self._benches.get(id(style))
        if bench is None:
            bench = self._benches[id(style)] = _Bench(style, self)
        return bench.shape(text)

    def split(
        self, text: str, style: TextStyle, width: float | None, *, starts_line: bool, minimum: bool = False
    ) -> Split:
        """The first line of a text that does not fit: by WeasyPrint's own rules, hyphenation included."""
        layout, length, resume, line_width, height, baseline = split_first_line(
            text, style, self, width, 0, is_line_start=starts_line, minimum=minimum
        )
        return Split(layout.text, length, resume, line_width, height, baseline)

    def tokens(self, font: ffi.CData, face: int, size: float) -> "_Tokens":
        """What is known of the glyphs of a face in a size."""
        key = face, size
        if key not in self._tokens:
            self._tokens[key] = _Tokens(font, size)
        return self._tokens[key]

    def face(self, font: ffi.CData) -> int:
        """Index of the face of a Pango font.

        Raises:
            UnsettableError: it is none of the world's.
        """
        key, _, _ = get_pango_font_key(font)
        if key not in self._faces:
            data = get_hb_object_data(get_pango_font_hb_face(font))
            digest = sha256(data or b"")
            if digest not in self._digests:
                raise UnsettableError("a font that is not a file of the workspace")
            if self._digests[digest] in self._refused:
                raise UnsettableError("a variable, colour or bitmap font")
            self._faces[key] = self._digests[digest]
        return self._faces[key]


class Galley:
    """What is set for one slip: nothing twice, and nothing kept after it but what belongs to nobody."""

    def __init__(self, typesetter: Typesetter) -> None:
        self._typesetter = typesetter
        self.lines: dict[tuple[object, ...], Any] = {}  # `setting.SetLine`s, which lie above
        self._shapes: dict[tuple[str, TextStyle], Shape] = {}
        self._splits: dict[SplitKey, Split] = {}

    def shape(self, text: str, style: TextStyle, *, public: bool = False) -> Shape:
        """See `Typesetter.shape`. A public text is one of the release: the same for everybody."""
        key = text, style
        shape = self._shapes.get(key)
        if shape is None:
            known = self._typesetter.public_shapes
            shape = known.get(key) if public else None
            if shape is None:
                shape = self._typesetter.shape(text, style)
                if public:
                    known.keep(key, shape)
            self._shapes[key] = shape
        return shape

    def split(
        self, text: str, style: TextStyle, width: float | None, *, starts_line: bool, public: bool = False,
        minimum: bool = False,
    ) -> Split:  # fmt: skip
        """See `Typesetter.split`."""
        key = text, style, width, starts_line, minimum
        split = self._splits.get(key)
        if split is None:
            known = self._typesetter.public_splits
            split = known.get(key) if public else None
            if split is None:
                split = self._typesetter.split(text, style, width, starts_line=starts_line, minimum=minimum)
                if public:
                    known.keep(key, split)
            self._splits[key] = split
        return split


def breaks_between(before: str, after: str, language: str | None) -> bool:
    """Whether a line may break between two texts."""
    return bool(can_break_text(before + after, language))


@dataclass(slots=True)
class _Bench:
    """A style's kept Pango layout and its first font."""

    style: TextStyle
    typesetter: Typesetter
    _layout: Layout = field(init=False)
    _font: ffi.CData | None = field(init=False, default=None)
    _face: int = field(init=False, default=0)
    _size: float = field(init=False, default=0)
    _tokens: _Tokens = field(init=False)
    _spacing: float = field(init=False)
    _ink: ffi.CData = field(init=False)
    _logical: ffi.CData = field(init=False)

    def __post_init__(self) -> None:
        style = self.style
        spacing = style["letter_spacing"]
        self._spacing = 0.0 if spacing == "normal" else float(spacing)  # type: ignore[arg-type]
        self._ink, self._logical = ffi.new("PangoRectangle *"), ffi.new("PangoRectangle *")
        self._layout = Layout(style)
        self._layout.set_text("x" * 2)  # notes letter spacing and hyphens in the layout's attributes
        self._stretch()
        pango.pango_layout_set_single_paragraph_mode(self._layout.layout, True)
        self.shape("x")  # whatever comes first, the style's first font is the one that draws its letters

    def _stretch(self) -> None:
        """Let the attributes of the sample text hold for texts of any length."""
        attributes = pango.pango_layout_get_attributes(self._layout.layout)
        if attributes == ffi.NULL:
            return
        if self._spacing:
            attribute = pango.pango_attr_letter_spacing_new(int(self._spacing / FROM_UNITS))
            attribute.start_index, attribute.end_index = 0, 2**31 - 1
            pango.pango_attr_list_change(attributes, attribute)
        if self.style["overflow_wrap"] in ("anywhere", "break-word"):
            attribute = pango.pango_attr_insert_hyphens_new(False)
            attribute.start_index, attribute.end_index = 0, 2**31 - 1
            pango.pango_attr_list_change(attributes, attribute)
        pango.pango_layout_set_attributes(self._layout.layout, attributes)

    def shape(self, text: str) -> Shape:
        """See `Typesetter.shape`."""
        if self.style["word_spacing"]:
            raise UntraceableError(WORD_SPACING)
        data = text.encode()
        layout = self._layout.layout
        pango.pango_layout_set_text(layout, data, len(data))
        line = pango.pango_layout_get_line_readonly(layout, 0)
        ink, logical = self._ink, self._logical
        pango.pango_layout_line_get_extents(line, ink, logical)
        tokens: list[str] = []
        runs: list[Glyphs] = []
        texts: dict[int, str] = {}
        run = line.runs[0]
        while run != ffi.NULL:
            item, string = run.data.item, run.data.glyphs
            run = run.next
            analysis = item.analysis
            if analysis.font != self._font or analysis.level % 2:
                self._take_font(analysis)
            count = string.num_glyphs
            numbers = memoryview(ffi.buffer(string.glyphs, _GLYPH * count)).cast("i").tolist()
            ids, advances, offsets = numbers[0::5], numbers[1::5], numbers[2::5]
            if any(numbers[3::5]) or max(ids, default=0) >= _ORDINARY:
                raise UnsettableError("a mark or a character that moves other glyphs")
            if any(offsets):
                size, width = self._size, self._tokens.width
                made = [token_of(g, width(g), w, o, size) for g, w, o in zip(ids, advances, offsets, strict=True)]
                tokens.append("".join(made))
            else:
                tokens.append("".join(map(self._tokens.__getitem__, zip(ids, advances, strict=True))))
            runs.append((ids, advances, offsets))
            offset, length = item.offset, item.length
            part = data if length == len(data) else data[offset : offset + length]
            found = _clusters(part, ids, string.log_clusters)
            texts = found if not texts else {**found, **texts}
        widths = self._tokens.widths
        return Shape(
            logical.width * FROM_UNITS + self._spacing,
            logical.height * FROM_UNITS,
            pango.pango_layout_get_baseline(layout) * FROM_UNITS,
            (ink.x * FROM_UNITS, ink.y * FROM_UNITS, ink.width * FROM_UNITS, ink.height * FROM_UNITS),
            self._face,
            self._size,
            array_of(tokens),
            {glyph: widths[glyph] for ids, _, _ in runs for glyph in ids},
            texts,
            runs,
        )

    def _take_font(self, analysis: ffi.CData) -> None:
        font = analysis.font
        if font != self._font:
            if self._font is not None:
                raise UnsettableError("a second font in one text")
            self._font = font
            self._face = self.typesetter.face(font)
            _, description, self._size = get_pango_font_key(font)
            family = ffi.string(pango.pango_font_description_get_family(description)).decode()
            if family.casefold() not in {name.casefold() for name in self.style["font_family"]}:  # type: ignore[attr-defined]
                raise UnsettableError("a font that is not asked for")
            upright = pango.pango_font_description_get_style(description) == _UPRIGHT
            if upright and self.style["font_style"] != "normal":
                raise UnsettableError("an italic that the font does not have")
            self._tokens = self.typesetter.tokens(font, self._face, self._size)
        if analysis.level % 2:
            raise UnsettableError("text that runs from right to left")


def _clusters(part: bytes, ids: list[int], offsets: ffi.CData) -> dict[int, str]:
    """Glyphs and the text each first stands for, as WeasyPrint reads it off the clusters."""
    count = len(ids)
    starts = memoryview(ffi.buffer(offsets, 4 * count)).cast("i").tolist()
    if count == len(part) and starts == _COUNTING[:count]:
        return dict(zip(reversed(ids), reversed(part.decode("ascii")), strict=True))
    ends = (*starts[1:], len(part))
    pairs = reversed(list(zip(ids, starts, ends, strict=True)))
    return {glyph: part[start:end].decode() for glyph, start, end in pairs}


_COUNTING = list(range(4096))
