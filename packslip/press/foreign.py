"""Foreign: a finished PDF as an imprint, so that a batch can take it in between its own slips.

Each page becomes a group that is drawn whole; its fonts, pictures and operators stay byte for byte what they were.
Takes documents of the press: pages without links, forms or rotation.
"""

import io
from decimal import Decimal

import pikepdf

from packslip.press.imprint import Imprint, ImprintPage, PdfObject
from packslip.press.pdffile import number, numbers

#: What a page may have. Its group is the file's own affair: every page of a batch has the one of the batch's condition.
_KNOWN = frozenset(
    {"/Type", "/Parent", "/MediaBox", "/TrimBox", "/BleedBox", "/CropBox", "/Contents", "/Resources", "/Group"}
)

Box = tuple[float, float, float, float]


def read_imprint(data: bytes) -> Imprint:
    """The pages of a document of the press.

    Raises:
        ValueError: a page has what a group cannot draw, or an object that holds itself.
    """
    with pikepdf.open(io.BytesIO(data)) as pdf:
        objects = _Objects()
        images: dict[str, PdfObject] = {}
        pages: list[ImprintPage] = []
        for page in pdf.pages:
            odd = set(page.obj.keys()) - _KNOWN
            if odd:
                raise ValueError(f"a page with {', '.join(sorted(odd))}")
            name = f"D{len(images)}"
            images[name] = objects.group(page)
            pages.append(
                ImprintPage(
                    content=b"/%b Do" % name.encode(),
                    media_box=_box(page.mediabox),
                    bleed_box=_box(page.obj.get("/BleedBox", page.mediabox)),
                    trim_box=_box(page.trimbox),
                )
            )
    return Imprint(pages=tuple(pages), faces={}, states={}, images=images, patterns={}, shadings={})


class _Objects:
    """A document's objects as our own, each once."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, int], PdfObject | None] = {}

    def group(self, page: pikepdf.Page) -> PdfObject:
        """A page's operators and resources as a group."""
        page.contents_coalesce()
        stream = page.obj.Contents
        head: list[bytes | PdfObject] = [b"/Type/XObject/Subtype/Form/BBox%b/Resources " % numbers(_box(page.mediabox))]
        head += self._value(page.resources)
        for key in ("/Filter", "/DecodeParms"):
            if key in stream:
                head += [key.encode(), b" ", *self._value(stream[key])]
        return PdfObject(tuple(head), stream.read_raw_bytes())

    def _value(self, value: object) -> list[bytes | PdfObject]:
        if isinstance(value, pikepdf.Object) and value.is_indirect and value.objgen != (0, 0):
            known = self._indirect(value)
            if known is not None:
                return [known]
        if isinstance(value, pikepdf.Dictionary):
            return [b"<<", *self._entries(value), b">>"]
        if isinstance(value, pikepdf.Array):
            parts: list[bytes | PdfObject] = [b"["]
            for entry in value.as_list():
                parts += [*self._value(entry), b" "]
            return [*parts, b"]"]
        return [_plain(value)]

    def _indirect(self, value: pikepdf.Object) -> PdfObject | None:
        """A dictionary or stream that stands by itself; None for what else stands so."""
        if not isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
            return None
        if value.objgen not in self._made:
            self._made[value.objgen] = None
            is_stream = isinstance(value, pikepdf.Stream)
            entries = tuple(self._entries(value))
            self._made[value.objgen] = PdfObject(entries, value.read_raw_bytes() if is_stream else None)
        made = self._made[value.objgen]
        if made is None:
            raise ValueError("an object that holds itself")
        return made

    def _entries(self, value: pikepdf.Object) -> list[bytes | PdfObject]:
        parts: list[bytes | PdfObject] = []
        for key in value.keys():  # noqa: SIM118 - no mapping
            if key != "/Length":
                parts += [pikepdf.Name(key).unparse(), b" ", *self._value(value[key]), b" "]
        return parts


def _plain(value: object) -> bytes:
    if value is None:
        return b"null"
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, int | float | Decimal):
        return format(value, "f").encode() if isinstance(value, Decimal) else number(value)
    if isinstance(value, pikepdf.Object):
        return value.unparse()
    raise ValueError(f"a {type(value).__name__} in a PDF")


def _box(value: pikepdf.Object) -> Box:
    left, bottom, right, top = (float(side) for side in value.as_list())
    return left, bottom, right, top
