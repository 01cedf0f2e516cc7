"""Inspection: what a PDF says of itself, ours or foreign; judges nothing.

Total: whatever the bytes are, the answer is an inspection, of a file that cannot be read one that says so. Run it in a
limited child all the same, as `packslip.engine.inspecting` does.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pikepdf
import pypdfium2
import zxingcpp

from packslip.preflight.foreign.check_identity import read_xmp
from packslip.preflight.foreign.check_intent import find_intents, intent_profile
from packslip.preflight.foreign.geometry import Box
from packslip.preflight.foreign.painted import Sheet
from packslip.preflight.foreign.subject import MOST_PAGES, read_sheet
from packslip.preflight.foreign.values import FAULTS, entry, identity, items, name, path, text
from packslip.units import MM_PER_INCH, PT_PER_INCH

#: What packslip's own documents say they are made by.
OURS = "packslip"

_XMP = "{http://ns.adobe.com/xap/1.0/}"
_CLAIMS = (
    "{http://www.npes.org/pdfx/ns/id/}GTS_PDFXVersion",
    "{http://www.npes.org/pdfvt/ns/id/}GTS_PDFVTVersion",
)
_PDFA = "{http://www.aiim.org/pdfa/ns/id/}"
_HEX = frozenset("0123456789abcdef")
_FONT_FILES = ("/FontFile", "/FontFile2", "/FontFile3")
_SUBSET_TAG = 6
#: Objects, fonts and parts that are looked at, and how deep parts may lie.
_MOST_OBJECTS, _MOST_FONTS, _MOST_PARTS, _DEEPEST = 200_000, 500, 100_000, 12
#: Dots/mm of the pictures that codes are read from, and the pixels that all pages of a file may cost.
_FINE = 300 / MM_PER_INCH
_MOST_PIXELS, _MOST_PAGE_PIXELS = 400_000_000, 40_000_000
_MM = MM_PER_INCH / PT_PER_INCH


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectangle:
    """A place in mm: a box from the media's lower left corner, a code from the trim's top left one."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Pages in a row whose boxes are alike."""

    first: int  #: counted from 1
    last: int
    media: Rectangle
    bleed: Rectangle
    trim: Rectangle
    turned: int  #: degrees


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """The printing condition a file is made for."""

    condition: str
    registry: str
    space: str  #: of its profile: CMYK, RGB, GRAY; "" where it brings none that can be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Font:
    """A font of the file."""

    name: str  #: without the tag of a subset
    kind: str  #: TrueType, Type1, Type3, CIDFontType2, …
    is_embedded: bool
    is_subset: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The pages of one recipient in a PDF/VT file."""

    first: int  #: counted from 1
    last: int
    said: Mapping[str, str]  #: key → value of its metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCode:
    """A code that reads back from the pixels of a page."""

    page: int
    kind: str
    payload: str
    place: Rectangle


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a file says of itself."""

    fault: str = ""  #: why nothing more is known, "" where it could be read
    version: str = ""
    claims: tuple[str, ...] = ()  #: PDF/X-4, PDF/VT-1, …
    title: str = ""
    producer: str = ""
    creator: str = ""
    created: str = ""
    changed: str = ""
    language: str = ""
    identifier: str = ""
    order: str = ""  #: of a slip of packslip's
    slip: str = ""  #: first 32 digits of its slip's digest
    release: str = ""
    parent: str = ""  #: sha256 of the document that a marked copy is a copy of
    count: int = 0  #: pages
    pages: tuple[Pages, ...] = ()
    intent: Intent | None = None
    fonts: tuple[Font, ...] = ()
    parts: tuple[Part, ...] = ()
    codes: tuple[SeenCode, ...] = field(default=())
    codes_fault: str = ""  #: why its codes were not read


def inspect(data: bytes) -> Inspection:
    """What a file says of itself, but for its codes."""
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            return _inspect(pdf)
    except pikepdf.PasswordError:
        return Inspection(fault="it opens by password only")
    except FAULTS as fault:
        return Inspection(
            fault=f"not readable as PDF ({type(fault).__name__})" if data[:1024].count(b"%PDF-") else "no PDF at all"
        )


def read_codes(data: bytes) -> tuple[SeenCode, ...]:
    """Every code that reads back from the pixels of a file's pages, as far as they are looked at."""
    found: list[SeenCode] = []
    left = _MOST_PIXELS
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf, pypdfium2.PdfDocument(data) as drawn:
            for number in range(1, min(len(pdf.pages), len(drawn)) + 1):
                grey, per_mm = _grey(drawn[number - 1])
                left -= grey.size
                if left < 0:
                    break
                found += _codes_on(grey, per_mm, read_sheet(pdf.pages[number - 1].obj, number))
    except (pypdfium2.PdfiumError, *FAULTS):
        pass  # what was found until then is true all the same
    return tuple(found)


def _inspect(pdf: pikepdf.Pdf) -> Inspection:
    info, root = entry(pdf.trailer, "/Info"), pdf.Root
    said = read_xmp(root) or {}
    title, producer = text(entry(info, "/Title")), text(entry(info, "/Producer"))
    identifier = _identifier(pdf)
    is_ours = producer == OURS
    order, separator, _ = title.partition(" · ")
    profile = intent_profile(root)
    intents = find_intents(root)
    sheets = [read_sheet(pdf.pages[at].obj, at + 1) for at in range(min(len(pdf.pages), MOST_PAGES))]
    return Inspection(
        version=max(pdf.pdf_version, name(entry(root, "/Version"))),
        claims=tuple(_claims(said)),
        title=title,
        producer=producer,
        creator=text(entry(info, "/Creator")),
        created=text(entry(info, "/CreationDate")) or said.get(f"{_XMP}CreateDate", ""),
        changed=text(entry(info, "/ModDate")) or said.get(f"{_XMP}ModifyDate", ""),
        language=text(entry(root, "/Lang")),
        identifier=identifier,
        order=order if is_ours and separator else "",
        slip=identifier if is_ours and separator and len(identifier) == 32 and set(identifier) <= _HEX else "",
        release=text(entry(info, "/PackslipRelease")),
        parent=text(entry(info, "/PackslipParent")),
        count=len(pdf.pages),
        pages=tuple(_alike(sheets)),
        intent=Intent(
            condition=text(entry(intents[0], "/OutputConditionIdentifier")),
            registry=text(entry(intents[0], "/RegistryName")),
            space=profile.space if profile else "",
        )
        if intents
        else None,
        fonts=tuple(_fonts(pdf)),
        parts=tuple(_parts(pdf)),
    )


def _claims(said: Mapping[str, str]) -> Iterator[str]:
    yield from (said[key] for key in _CLAIMS if said.get(key))
    if said.get(f"{_PDFA}part"):
        yield f"PDF/A-{said[f'{_PDFA}part']}{said.get(f'{_PDFA}conformance', '').lower()}"


def _identifier(pdf: pikepdf.Pdf) -> str:
    """The first half of the file's ID, as it reads where it is ASCII, else in hexadecimal."""
    for first in items(entry(pdf.trailer, "/ID"))[:1]:
        if isinstance(first, pikepdf.String):
            data = bytes(first)
            is_plain = all(0x21 <= byte < 0x7F for byte in data)
            return data.decode("ascii") if is_plain else data.hex()
    return ""


def _alike(sheets: list[Sheet]) -> Iterator[Pages]:
    run: Pages | None = None
    for sheet in sheets:
        boxes = tuple(_rectangle(box, sheet) for box in (sheet.media, sheet.bleed, sheet.trim))
        if run is not None and (run.media, run.bleed, run.trim, run.turned) == (*boxes, sheet.turn):
            first = run.first
        else:
            if run is not None:
                yield run
            first = sheet.number
        media, bleed, trim = boxes
        run = Pages(first=first, last=sheet.number, media=media, bleed=bleed, trim=trim, turned=sheet.turn)
    if run is not None:
        yield run


def _rectangle(box: Box, sheet: Sheet) -> Rectangle:
    scale = _MM * sheet.unit
    return Rectangle(
        x=round((box.left - sheet.media.left) * scale, 2),
        y=round((box.bottom - sheet.media.bottom) * scale, 2),
        width=round(box.width * scale, 2),
        height=round(box.height * scale, 2),
    )


def _fonts(pdf: pikepdf.Pdf) -> Iterator[Font]:
    found: dict[Font, None] = {}
    for at, thing in enumerate(pdf.objects):
        if at >= _MOST_OBJECTS or len(found) >= _MOST_FONTS:
            break
        if name(entry(thing, "/Type")) == "Font" and not name(entry(thing, "/Subtype")).startswith("CIDFont"):
            found[_font(thing)] = None
    yield from sorted(found, key=lambda font: (font.name, font.kind))


def _font(thing: object) -> Font:
    inner = next(iter(items(entry(thing, "/DescendantFonts"))), thing)
    called = name(entry(thing, "/BaseFont")) or name(entry(thing, "/Name"))
    tag, plus, rest = called.partition("+")
    is_subset = bool(plus) and len(tag) == _SUBSET_TAG and tag.isupper()
    kind = name(entry(inner, "/Subtype"))
    descriptor = entry(inner, "/FontDescriptor")
    return Font(
        name=rest if is_subset else called,
        kind=kind,
        is_embedded=kind == "Type3" or any(entry(descriptor, key) is not None for key in _FONT_FILES),
        is_subset=is_subset,
    )


def _parts(pdf: pikepdf.Pdf) -> Iterator[Part]:
    """The leaves of the file's document parts. Source: ISO 16612-2:2010, 6.3."""
    top = path(pdf.Root, "/DPartRoot", "/DPartRootNode")
    if top is None:
        return
    numbers = {identity(page.obj): at for at, page in enumerate(pdf.pages, start=1)}
    waiting = [(top, 0)]
    looked, told = 0, 0
    while waiting and looked < 2 * _MOST_PARTS and told < _MOST_PARTS:
        node, depth = waiting.pop()
        looked += 1
        first = numbers.get(identity(entry(node, "/Start")))
        if first is not None:
            told += 1
            last = numbers.get(identity(entry(node, "/End")), first)
            yield Part(first=first, last=last, said=dict(_metadata(entry(node, "/DPM"), "", 0)))
        elif depth < _DEEPEST:
            kids = [kid for row in items(entry(node, "/DParts")) for kid in items(row)]
            waiting += [(kid, depth + 1) for kid in reversed(kids)]


def _metadata(holder: object, above: str, depth: int) -> Iterator[tuple[str, str]]:
    if not isinstance(holder, pikepdf.Dictionary) or depth > _DEEPEST:
        return
    for key in sorted(holder.keys())[:100]:
        value = entry(holder, key)
        called = f"{above}{key[1:]}"
        if isinstance(value, pikepdf.Dictionary):
            yield from _metadata(value, f"{called}/", depth + 1)
        else:
            yield called, text(value) or name(value) or str(value)[:200]


def _grey(page: pypdfium2.PdfPage) -> tuple[np.ndarray, float]:
    width, height = (max(side * _MM, 1e-3) for side in page.get_size())
    per_mm = min(_FINE, (_MOST_PAGE_PIXELS / (width * height)) ** 0.5, 20_000 / max(width, height))
    bitmap = page.render(scale=per_mm * _MM, grayscale=True)
    return np.ascontiguousarray(bitmap.to_numpy().reshape(bitmap.height, -1)[:, : bitmap.width]), per_mm


def _codes_on(grey: np.ndarray, per_mm: float, sheet: Sheet) -> Iterator[SeenCode]:
    left, top = ((sheet.trim.left - sheet.crop.left) * _MM, (sheet.crop.top - sheet.trim.top) * _MM)
    if sheet.turn:
        left = top = 0.0
    for code in zxingcpp.read_barcodes(grey, text_mode=zxingcpp.TextMode.Plain):
        at = code.position
        corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
        xs, ys = [point.x / per_mm for point in corners], [point.y / per_mm for point in corners]
        yield SeenCode(
            page=sheet.number,
            kind=str(code.format),
            payload=code.text,
            place=Rectangle(
                x=round(min(xs) - left, 1),
                y=round(min(ys) - top, 1),
                width=round(max(xs) - min(xs), 1),
                height=round(max(ys) - min(ys), 1),
            ),
        )
