"""Embedding: what a page uses, as objects of a PDF: fonts, pictures, groups, patterns and states.

Fonts are described as the reference describes them. Nothing here depends on what was written before, but for `Shared`,
which writes equal objects of one file once.
"""

from collections.abc import Iterable, Mapping
from itertools import chain

from packslip.press.imprint import FONTS, FaceUse, Imprint, PdfObject
from packslip.press.pdffile import QUICK, PdfFile, deflate, digest, name, text
from packslip.press.subsets import Face, Subset

#: Glyphs a ToUnicode table may name in one go.
_MOST_CHARS = 100
_LAST_OF_TWO_BYTES = "\uffff"
_CMAP_HEAD = (
    "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
    "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n"
    "/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n"
    "1 begincodespacerange\n<0000><ffff>\nendcodespacerange\n"
)
_CMAP_TAIL = "endcmap\nCMapName currentdict/CMap defineresource pop\nend\nend"


class Objects:
    """The objects of one document in a file, each written once."""

    def __init__(self, file: PdfFile) -> None:
        self._file = file
        self._written: dict[int, bytes] = {}

    def refer(self, source: PdfObject, fonts: bytes) -> bytes:
        """Reference to an object, which is written, with all it refers to, where it is not yet."""
        reference = self._written.get(id(source))
        if reference is None:
            reference = self._written[id(source)] = self.add(self.pieces(source.head, fonts), source.data)
        return reference

    def pieces(self, head: tuple[bytes | PdfObject, ...], fonts: bytes) -> bytes:
        """What stands between `<<` and `>>`, objects as references."""
        return b"".join([self._piece(piece, fonts) for piece in head])

    def add(self, head: bytes, data: bytes | None = None) -> bytes:
        """Write a dictionary, or a stream; its reference."""
        return self._file.add(b"<<%b>>" % head) if data is None else self._file.add_stream(head, data)

    def _piece(self, piece: bytes | PdfObject, fonts: bytes) -> bytes:
        if isinstance(piece, PdfObject):
            return self.refer(piece, fonts)
        return fonts if piece == FONTS else piece


class Shared(Objects):
    """The objects of many documents in a file: equal ones are written once.

    Of an object written, its digest is kept and nothing else.
    """

    def __init__(self, file: PdfFile) -> None:
        super().__init__(file)
        self._equal: dict[bytes, bytes] = {}

    def next_document(self) -> None:
        """Forget which object is which; equal ones are still known."""
        self._written.clear()

    def add(self, head: bytes, data: bytes | None = None) -> bytes:
        """Write a dictionary, or a stream, unless there is one like it; its reference."""
        key = digest(head, b"" if data is None else b"stream" + data)
        reference = self._equal.get(key)
        if reference is None:
            reference = self._equal[key] = super().add(head, data)
        return reference


def add_resources(objects: Objects, imprint: Imprint, fonts: Mapping[str, bytes]) -> bytes:
    """Write the resources that an imprint's operators name; their reference.

    `fonts` are references to the fonts by the names that the operators use.
    """
    font = objects.add(_entries(fonts.items()))
    kinds = (
        (b"ExtGState", ((key, b"<<%b>>" % objects.pieces(state, font)) for key, state in imprint.states.items())),
        (b"XObject", ((key, objects.refer(image, font)) for key, image in imprint.images.items())),
        (b"Pattern", ((key, objects.refer(pattern, font)) for key, pattern in imprint.patterns.items())),
        (b"Shading", ((key, objects.refer(shading, font)) for key, shading in imprint.shadings.items())),
    )
    entries = [(kind, _entries(items)) for kind, items in kinds]
    parts = [b"/%b<<%b>>" % (kind, listed) for kind, listed in entries if listed]
    return objects.add(b"/Font %b%b" % (font, b"".join(parts)))


def _entries(items: Iterable[tuple[str, bytes]]) -> bytes:
    return b"".join([b"/%b %b" % (key.encode(), value) for key, value in items])


def add_program(file: PdfFile, face: Face, subset: Subset) -> bytes:
    """Write a font program; its reference."""
    kind = b"/Subtype/OpenType" if face.is_postscript else b"/Length1 %d" % subset.length
    return file.add_stream(kind + b"/Filter/FlateDecode", subset.program)


def add_font(file: PdfFile, face: Face, use: FaceUse, subset: Subset, program: bytes, *, number: int = 0) -> bytes:
    """Write a font over a program that is written already; its reference."""
    widths = dict(sorted(use.widths.items()))
    base = name(f"{subset.tag}+{face.name}")
    descriptor = file.add(_descriptor(face, widths.values(), base, program))
    array = (b"%d[%d]" * len(widths)) % tuple(chain.from_iterable(widths.items()))
    descendant = file.add(
        b"<</Type/Font/Subtype/CIDFontType%d/BaseFont%b"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        b"/CIDToGIDMap/Identity/W[%b]/FontDescriptor %b>>" % (0 if face.is_postscript else 2, base, array, descriptor),
    )
    texts = file.add_stream(b"/Filter/FlateDecode", deflate(_to_unicode(use.texts), QUICK))
    font = b"<</Type/Font/Subtype/Type0/BaseFont%b/Encoding/Identity-H/DescendantFonts[%b]/ToUnicode %b>>"
    return file.add(font % (base, descendant, texts), number)


def _descriptor(face: Face, widths: Iterable[int], base: bytes, program: bytes) -> bytes:
    known = tuple(widths)
    is_fixed = len(known) > 1 and len(set(known)) == 1
    return (
        b"<</Type/FontDescriptor/FontName%b/FontFamily%b/Flags %d/FontBBox[0 %d %d %d]/ItalicAngle 0/Ascent %d"
        b"/Descent %d/CapHeight %d/StemV 80/StemH 80/FontFile%d %b>>"
        % (
            *(base, text(face.family), face.flags + is_fixed, face.descent, max(known, default=0), face.ascent),
            *(face.ascent, face.descent, face.ascent, 3 if face.is_postscript else 2, program),
        )
    )


def _to_unicode(texts: Mapping[int, str]) -> bytes:
    lines = [
        f"<{glyph:04x}><{ord(string):04x}>\n"
        if len(string) == 1 and string <= _LAST_OF_TWO_BYTES
        else f"<{glyph:04x}><{string.encode('utf-16-be').hex()}>\n"
        for glyph, string in sorted(texts.items())
    ]
    parts = [_CMAP_HEAD]
    for start in range(0, len(lines), _MOST_CHARS):
        block = lines[start : start + _MOST_CHARS]
        parts.append(f"{len(block)} beginbfchar\n{''.join(block)}endbfchar\n")
    parts.append(_CMAP_TAIL)
    return "".join(parts).encode()
