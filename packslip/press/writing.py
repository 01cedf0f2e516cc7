"""Writing: an imprint becomes a PDF, or many imprints one.

The file says what the reference's file says; its bytes follow from the imprint, the facts and the faces alone, whatever
was written before. Needs no WeasyPrint.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import BinaryIO, Self

from packslip.press.embedding import Objects, Shared, add_font, add_program, add_resources
from packslip.press.identity import Facts, catalog_entries, info_entries, page_entries
from packslip.press.imprint import FaceUse, Imprint, ImprintPage
from packslip.press.parts import Parts
from packslip.press.pdffile import QUICK, PdfFile, deflate_pieces, dictionary, numbers, split_art
from packslip.press.subsets import Faces, load_faces

__all__ = ["BatchWriter", "Faces", "load_faces", "write_document"]

#: Pages below one node of a batch's page tree.
NODE_PAGES = 100

#: How hard a batch's pages are pressed: they are most of it.
BATCH_LEVEL = 6


def write_document(imprint: Imprint, facts: Facts, faces: Faces) -> bytes:
    """The PDF of one slip.

    Raises:
        ValueError: the imprint uses a glyph that its face has not, or a face that is refused.
    """
    chunks: list[bytes] = []
    file = PdfFile(chunks.append, facts.version)
    tree = file.reserve()
    contents = [
        file.add_stream(b"/Filter/FlateDecode", deflate_pieces(split_art(page.content), QUICK))
        for page in imprint.pages
    ]
    fonts = {f"F{index}": _embed(file, faces, index, use) for index, use in imprint.faces.items()}
    resources = add_resources(Objects(file), imprint, fonts)
    kids = [
        file.add(_page(page, tree, content, resources, facts))
        for page, content in zip(imprint.pages, contents, strict=True)
    ]
    file.add(_node(kids, len(kids)), tree)
    file.close(_catalog(file, tree, facts), file.add(dictionary(info_entries(facts))), facts.identifier)
    return b"".join(chunks)


class BatchWriter:
    """One PDF of many slips, streamed to a file: pages as they come, fonts at the end, all that is equal once.

    Keeps no slip: of each page its place in the file, of each font the glyphs used so far. Left with an exception, the
    file is unfinished and no PDF.
    """

    def __init__(self, output: BinaryIO, faces: Faces, facts: Facts) -> None:
        """`facts` are the file's; its language and identifier follow from its slips."""
        self._file = PdfFile(output.write, facts.version)
        self._objects = Shared(self._file)
        self._faces = faces
        self._facts = facts
        self._fonts: dict[int, list[_BatchFont]] = {}
        self._tree = self._file.reserve()
        self._nodes: list[bytes] = []
        self._node, self._kids = self._file.reserve(), list[bytes]()
        self._pages = 0
        self._languages: set[str] = set()
        self._identity = hashlib.sha256()
        self._parts = Parts(self._file) if facts.has_parts else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()

    def add(self, imprint: Imprint, facts: Facts, part: Mapping[str, str] | None = None) -> None:
        """Write the pages of a slip; `part` is what a file with parts says of them.

        Raises:
            ValueError: the imprint uses a glyph that its face has not, or a face that is refused. Nothing is written.
        """
        for index, use in imprint.faces.items():
            _check(self._faces, index, use)
        fonts = {f"F{index}": self._font(index, use) for index, use in imprint.faces.items()}
        self._objects.next_document()
        resources = add_resources(self._objects, imprint, fonts)
        leaf = self._parts.begin() if self._parts else 0
        pages = [self._add_page(page, resources, leaf) for page in imprint.pages]
        if self._parts:
            self._parts.end(leaf, pages, part or {})
        self._languages.add(facts.language)
        self._identity.update(facts.identifier)

    def close(self) -> None:
        """Write the fonts and the index. The file is the caller's to close."""
        for index, fonts in self._fonts.items():
            face = self._faces[index]
            subset = face.subset(frozenset().union(*(font.widths for font in fonts)))
            program = add_program(self._file, face, subset)
            for font in fonts:
                use = FaceUse(widths=font.widths, texts=font.texts)
                add_font(self._file, face, use, subset, program, number=font.number)
        if self._kids:
            self._close_node()
        self._file.add(_node(self._nodes, self._pages), self._tree)
        language = self._languages.pop() if len(self._languages) == 1 else ""
        identifier = self._identity.hexdigest()[:32].encode()
        facts = replace(self._facts, language=language, identifier=identifier)
        parts = {b"DPartRoot": self._parts.close()} if self._parts else {}
        root = _catalog(self._file, self._tree, facts, parts)
        self._file.close(root, self._file.add(dictionary(info_entries(facts))), identifier)

    def _font(self, index: int, use: FaceUse) -> bytes:
        """The font of a face that agrees with a slip's use of it; a new one where none does."""
        fonts = self._fonts.setdefault(index, [])
        font = next((font for font in fonts if font.agrees(use)), None)
        if font is None:
            font = _BatchFont(self._file.reserve())
            fonts.append(font)
        font.widths |= use.widths
        font.texts |= use.texts
        return b"%d 0 R" % font.number

    def _add_page(self, page: ImprintPage, resources: bytes, leaf: int) -> bytes:
        """Write a page; its reference. Art stands in a stream of its own, which other pages share."""
        parts = [
            (self._objects.add if is_art else self._file.add_stream)(
                b"/Filter/FlateDecode", deflate_pieces([(piece, is_art)], BATCH_LEVEL)
            )
            for piece, is_art in split_art(page.content)
        ]
        contents = parts[0] if len(parts) == 1 else b"[%b]" % b" ".join(parts)
        written = self._file.add(_page(page, self._node, contents, resources, self._facts, part=leaf))
        self._kids.append(written)
        self._pages += 1
        if len(self._kids) == NODE_PAGES:
            self._close_node()
            self._node = self._file.reserve()
        return written

    def _close_node(self) -> None:
        self._nodes.append(self._file.add(_node(self._kids, len(self._kids), self._tree), self._node))
        self._kids.clear()


class _BatchFont:
    """A font of a batch: what slips have used of a face so far, in agreement with each other."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.widths: dict[int, int] = {}
        self.texts: dict[int, str] = {}

    def agrees(self, use: FaceUse) -> bool:
        """Whether no glyph has another width or text here."""
        widths, texts = self.widths, self.texts
        return all(widths.get(glyph, width) == width for glyph, width in use.widths.items()) and all(
            texts.get(glyph, string) == string for glyph, string in use.texts.items()
        )


def _check(faces: Faces, index: int, use: FaceUse) -> None:
    face = faces[index]
    if face.refusal:
        raise ValueError(f"face {index} is {face.refusal}")
    if max(use.widths, default=0) >= face.glyph_count:
        raise ValueError(f"{face.name} has {face.glyph_count} glyphs, not {max(use.widths)}")


def _embed(file: PdfFile, faces: Faces, index: int, use: FaceUse) -> bytes:
    _check(faces, index, use)
    face = faces[index]
    subset = face.subset(frozenset(use.widths))
    return add_font(file, face, use, subset, add_program(file, face, subset))


def _page(page: ImprintPage, parent: int, contents: bytes, resources: bytes, facts: Facts, *, part: int = 0) -> bytes:
    whose = {b"DPart": b"%d 0 R" % part} if part else {}
    return dictionary(
        {
            b"Type": b"/Page",
            b"Parent": b"%d 0 R" % parent,
            b"MediaBox": numbers(page.media_box),
            b"Contents": contents,
            b"Resources": resources,
            b"TrimBox": numbers(page.trim_box),
            b"BleedBox": numbers(page.bleed_box),
            **page_entries(facts),
            **whose,
        }
    )


def _node(kids: list[bytes], pages: int, parent: int = 0) -> bytes:
    above = b"/Parent %d 0 R" % parent if parent else b""
    return b"<</Type/Pages%b/Kids[%b]/Count %d>>" % (above, b" ".join(kids), pages)


def _catalog(file: PdfFile, tree: int, facts: Facts, more: Mapping[bytes, bytes] | None = None) -> bytes:
    """Write the catalog and what it refers to; its reference."""
    pages = {b"Type": b"/Catalog", b"Pages": b"%d 0 R" % tree}
    return file.add(dictionary(pages | catalog_entries(facts, file.add_stream) | dict(more or {})))
