"""Imprint: a struck slip before it is a PDF: the operators of its pages and what they use.

What a plate leaves on paper, as plain values. `writing` makes a document of it; nothing here knows WeasyPrint.
"""

from collections.abc import Mapping
from dataclasses import dataclass

#: Stands in `PdfObject.head` for the reference to the document's font dictionary.
FONTS = b"\0fonts\0"


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class PdfObject:
    """One object of the file, written once however often it is used (by identity).

    `head` is what stands between `<<` and `>>`, in pieces: bytes as they are, `FONTS`, and other objects, each of which
    becomes a reference. A stream's data is final: compressed as its head says, which names no `/Length`.
    """

    head: tuple["bytes | PdfObject", ...]
    data: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImprintPage:
    """One page. Boxes are left, bottom, right, top in pt, as the PDF states them."""

    content: bytes  #: operators, not compressed
    media_box: tuple[float, float, float, float]
    bleed_box: tuple[float, float, float, float]
    trim_box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceUse:
    """The glyphs a document uses of one face, in the order in which they first appear."""

    widths: Mapping[int, int]  #: glyph → advance in 1/1000 em, as the operators took it
    texts: Mapping[int, str]  #: glyph → the text it stands for


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """A struck slip. Its operators name fonts `F<index of the face>`, and all else as the mappings do."""

    pages: tuple[ImprintPage, ...]
    faces: Mapping[int, FaceUse]  #: by index of the face among the world's, see `weasy.load_fonts`
    states: Mapping[
        str, tuple[bytes | PdfObject, ...]
    ]  #: graphics states, `a1` → `/ca 1`; pieces as in `PdfObject.head`
    images: Mapping[str, PdfObject]  #: XObjects: pictures and groups
    patterns: Mapping[str, PdfObject]
    shadings: Mapping[str, PdfObject]
