"""The floor: what nobody who writes this page in Python can go below. Shape the strings, make the codes, subset, write.

The strings, in their fonts and sizes, and all that is not text are taken from the reference document beforehand. What
is timed: Pango shapes every string anew and its glyphs become operators, the codes are made anew, fonts are subset and
the file is written. No layout, no template, no decision where anything stands.
"""

import re
import struct
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pikepdf
from weasyprint.text.ffi import TO_UNITS, ffi, pango

from benchmarks.peers.house import Reference, forget_subsets
from benchmarks.peers.shop import Absent, Peer, Shop
from packslip.library.fonts import FontFile
from packslip.model import OrderKey, Slip
from packslip.press import weasy
from packslip.press.identity import Facts

try:
    from packslip.press.imprint import FaceUse, Imprint, ImprintPage, PdfObject
    from packslip.press.writing import load_faces, write_document
except ImportError as fault:
    raise Absent("this packslip has no writing of its own yet") from fault
from packslip.press.codes import symbol_path

_GLYPH = struct.calcsize("=Iiii") + 4
_FONT = re.compile(rb"/(\S+) ([\d.]+) Tf")
_SHOW = re.compile(rb"\[((?:<[0-9a-f]*>|[-\d. ]+)*)\] TJ")
_HEX = re.compile(rb"<([0-9a-f]*)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recipe:
    """One slip before it is shaped and written."""

    strings: tuple[tuple[tuple[int, float], bytes], ...]  #: face and size, text
    imprint: Imprint
    facts: Facts


class Floor(Peer):
    """Knows the run beforehand; that is what makes it a floor and no press."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        fonts = shop.world.fonts
        self._kitchen = _Kitchen(fonts)
        self._faces = load_faces([font.path for font in fonts])
        self._bench = _Bench(fonts)
        self._recipes: dict[OrderKey, _Recipe] = {}

    def prepare(self, slips: Sequence[Slip]) -> None:
        """Take the reference documents apart, kept in the shop for the next round. Not timed."""
        folder = self._shop.root / "floor"
        folder.mkdir(exist_ok=True)
        reference = Reference(self._shop)
        for slip in slips:
            path = folder / f"{slip.digest}.pdf"
            if not path.exists():
                path.write_bytes(reference.draw(slip))
            self._recipes[slip.key] = self._kitchen.recipe(path, slip)

    def draw(self, slip: Slip) -> bytes:
        recipe = self._recipes[slip.key]
        for symbol in self._shop.symbols(slip).values():
            symbol_path(symbol)
        for style, text in recipe.strings:
            self._bench.shape(style, text)
        return write_document(recipe.imprint, recipe.facts, self._faces)

    def forget(self) -> None:
        forget_subsets()


class _Bench:
    """A Pango layout for each face and size; texts go in, TJ arrays come out."""

    def __init__(self, fonts: Sequence[FontFile]) -> None:
        faces = [weasy.Face(path=f.path, family=f.family, weight=f.weight, style=f.style) for f in fonts]
        self._fonts = fonts
        self._configuration = weasy.load_fonts(faces).configuration
        self._context = pango.pango_font_map_create_context(self._configuration.font_map)
        self._layouts: dict[tuple[int, float], tuple[object, dict[tuple[int, int], str]]] = {}

    def shape(self, style: tuple[int, float], text: bytes) -> bytes:
        """The operators of a text."""
        layout, tokens = self._layouts.get(style) or self._open(style)
        pango.pango_layout_set_text(layout, text, len(text))
        run = pango.pango_layout_get_line_readonly(layout, 0).runs[0]
        parts = []
        while run != ffi.NULL:
            string = run.data.glyphs
            run = run.next
            numbers = struct.unpack(f"={5 * string.num_glyphs}i", ffi.buffer(string.glyphs, _GLYPH * string.num_glyphs))
            for key in zip(numbers[0::5], numbers[1::5], strict=True):
                token = tokens.get(key)
                if token is None:
                    token = tokens[key] = f"{key[0]:04x}>{key[1] % 40}<"
                parts.append(token)
        return ("[<" + "".join(parts) + ">] TJ").encode()

    def _open(self, style: tuple[int, float]) -> tuple[object, dict[tuple[int, int], str]]:
        face, size = style
        font = self._fonts[face]
        description = pango.pango_font_description_new()
        pango.pango_font_description_set_family(description, font.family.encode())
        pango.pango_font_description_set_weight(description, font.weight)
        pango.pango_font_description_set_style(description, 2 if font.style == "italic" else 0)
        pango.pango_font_description_set_absolute_size(description, int(size * TO_UNITS))
        layout = pango.pango_layout_new(self._context)
        pango.pango_layout_set_font_description(layout, description)
        self._layouts[style] = layout, {}
        return self._layouts[style]


class _Kitchen:
    """Takes reference documents apart; what documents share is taken once."""

    def __init__(self, fonts: Sequence[FontFile]) -> None:
        self._names = {_plain_name(font): index for index, font in enumerate(fonts)}
        self._objects: dict[bytes, PdfObject] = {}

    def recipe(self, path: Path, slip: Slip) -> _Recipe:
        with pikepdf.open(path) as pdf:
            return self._take(pdf, slip)

    def _take(self, pdf: pikepdf.Pdf, slip: Slip) -> _Recipe:
        resources = pdf.pages[0].Resources
        fonts = {name[1:].encode(): _Font(font, self._face(font)) for name, font in resources.Font.items()}
        used: dict[int, set[int]] = defaultdict(set)
        strings: list[tuple[tuple[int, float], bytes]] = []
        pages = []
        for page in pdf.pages:
            content = b"".join(stream.read_bytes() for stream in _streams(page))
            for style, glyphs, font in _texts(content, fonts):
                used[font.face].update(glyphs)
                strings.append((style, "".join(font.texts.get(glyph, "") for glyph in glyphs).encode()))
            pages.append(
                _page(page, _FONT.sub(lambda found: b"/F%d %b Tf" % (fonts[found[1]].face, found[2]), content))
            )
        by_face = {font.face: font for font in fonts.values()}
        imprint = Imprint(
            pages=tuple(pages),
            faces={
                face: FaceUse(
                    widths={glyph: by_face[face].widths.get(glyph, 0) for glyph in sorted(glyphs)},
                    texts={
                        glyph: by_face[face].texts[glyph] for glyph in sorted(glyphs) if glyph in by_face[face].texts
                    },
                )
                for face, glyphs in used.items()
            },
            states={name[1:]: (state.unparse()[2:-2],) for name, state in resources.get("/ExtGState", {}).items()},
            images=self._all(resources, "/XObject"),
            patterns=self._all(resources, "/Pattern"),
            shadings=self._all(resources, "/Shading"),
        )
        facts = Facts(
            title=slip.order.id,
            dated=slip.dated,
            language=slip.locale,
            producer="floor",
            identifier=slip.digest[:32].encode(),
        )
        return _Recipe(strings=tuple(strings), imprint=imprint, facts=facts)

    def _face(self, font: pikepdf.Object) -> int:
        name = str(font.BaseFont).partition("+")[2]
        return self._names[_letters(name)]

    def _all(self, resources: pikepdf.Object, kind: str) -> dict[str, PdfObject]:
        return {name[1:]: self._object(value) for name, value in resources.get(kind, {}).items()}

    def _object(self, value: pikepdf.Object) -> PdfObject:
        stream = isinstance(value, pikepdf.Stream)
        head: list[bytes | PdfObject] = []
        for name, entry in value.items():
            if name == "/Length":
                continue
            head.append(name.encode() + b" ")
            head.append(self._object(entry) if isinstance(entry, pikepdf.Stream) else _unparsed(entry))
        data = value.read_raw_bytes() if stream else None
        key = data or b"".join(part if isinstance(part, bytes) else b"?" for part in head)
        return self._objects.setdefault(key, PdfObject(head=tuple(head), data=data))


class _Font:
    """A font of a reference document, as far as the floor reads it."""

    def __init__(self, font: pikepdf.Object, face: int) -> None:
        self.face = face
        self.widths = dict(_widths(font.DescendantFonts[0].W))
        self.texts = dict(_mapped(font.ToUnicode.read_bytes()))


def _texts(content: bytes, fonts: dict[bytes, _Font]) -> Iterator[tuple[tuple[int, float], list[int], _Font]]:
    """Every TJ with its style and glyphs, in order."""
    font, size = next(iter(fonts.values())), 10.0
    for found in re.finditer(_FONT.pattern + rb"|" + _SHOW.pattern, content):
        if found[1]:
            font, size = fonts[found[1]], float(found[2])
            continue
        digits = b"".join(_HEX.findall(found[3])).decode()
        yield (font.face, size), [int(digits[at : at + 4], 16) for at in range(0, len(digits), 4)], font


def _widths(array: pikepdf.Object) -> Iterator[tuple[int, int]]:
    entries = list(array)
    for first, widths in zip(entries[0::2], entries[1::2], strict=True):
        yield from ((int(first) + step, int(width)) for step, width in enumerate(widths))


def _mapped(cmap: bytes) -> Iterator[tuple[int, str]]:
    for glyph, text in re.findall(rb"^<([0-9a-f]{4})> <([0-9a-f]+)>$", cmap, re.MULTILINE):
        yield int(glyph, 16), bytes.fromhex(text.decode()).decode("utf-16-be")


def _streams(page: pikepdf.Page) -> Sequence[pikepdf.Object]:
    contents = page.obj.Contents
    return list(contents) if isinstance(contents, pikepdf.Array) else [contents]


def _page(page: pikepdf.Page, content: bytes) -> ImprintPage:
    media = _box(page, "/MediaBox", None)
    return ImprintPage(
        content=content,
        media_box=media,
        bleed_box=_box(page, "/BleedBox", media),
        trim_box=_box(page, "/TrimBox", media),
    )


def _box(page: pikepdf.Page, name: str, default: tuple[float, ...] | None) -> tuple[float, float, float, float]:
    box = page.obj.get(name)
    return tuple(float(number) for number in box) if box is not None else default


def _unparsed(entry: object) -> bytes:
    """A value of a dictionary; pikepdf gives numbers and truths as Python has them."""
    match entry:
        case pikepdf.Object():
            return entry.unparse(resolved=True)
        case bool():
            return b"true" if entry else b"false"
    return str(entry).encode()


@lru_cache
def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _plain_name(font: FontFile) -> str:
    """A face as WeasyPrint names it in a PDF, letters alone."""
    weight = {300: "light", 400: "", 600: "semibold", 700: "bold"}[font.weight]
    return _letters(f"{font.family}{weight}{'italic' if font.style == 'italic' else ''}")
