"""Impose: documents in, sheets out. Every page becomes a form that is moved to its place, whole and unchanged.

Content streams, fonts and pictures keep their bytes, transparency groups their colour space, and the output intent of
the documents becomes the sheets'. A page is never redrawn, scaled or turned. Takes documents of the press: pages
without links, forms, layers or rotation.
"""

import io
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pikepdf
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Pdf, StreamDecodeLevel

from packslip.errors import HoldOrder
from packslip.files import sha256
from packslip.impositions import ImpositionSettings, Sheet, SheetOrder
from packslip.library.printing_conditions import PrintingCondition
from packslip.model import Caption, SheetJob, Work
from packslip.press.identity import Facts, info_entries, xmp
from packslip.press.kept import PRODUCER
from packslip.press.marks import MarkedSide, Side, draw_marks
from packslip.press.pdffile import dictionary
from packslip.units import Mm, Pt, mm_from_pt, pt_from_mm

#: A page that differs by more than so much from the place is not put there.
_TOLERANCE = Mm(0.1)

#: Orders that the file's title names.
_NAMED = 3

_DAY = re.compile(r"D:(\d{4})(\d\d)(\d\d)")
_FOREIGN = ("/Annots", "/Rotate", "/UserUnit", "/AA")


@dataclass(frozen=True, slots=True)
class _Page:
    """A page as a form in the sheets' file."""

    form: pikepdf.Object
    left: Decimal  #: of its trim, in pt
    bottom: Decimal
    caption: Caption


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A piece of paper after cutting."""

    front: _Page
    back: _Page | None = None


@dataclass(frozen=True, slots=True)
class _SheetSide:
    """What is printed at once: pages by the corner of their place."""

    sheet: int  #: counted from 1
    side: Side
    pages: tuple[tuple[int, int, _Page], ...]  #: column, row from the top


def impose(works: Sequence[Work], job: SheetJob) -> bytes:
    """The sheets of some documents, each side a page; the same documents and job give the same bytes.

    Documents stand in their order, page after page, and only the last places of a stack stay empty. With duplex, pages
    are fronts and backs in turn: a document begins on a front, and a back that is missing is blank.

    Raises:
        HoldOrder: a page does not fit its place, has what a form cannot hold, or the output intents disagree.
    """
    with ExitStack() as files, Pdf.new() as sheets:
        sources = [files.enter_context(pikepdf.open(io.BytesIO(work.data))) for work in works]
        _keep_catalog(sheets, sources)
        leaves: list[_Leaf] = []
        for source, work in zip(sources, works, strict=True):
            pages = [_read_page(sheets, source, page, work.caption, job.sheet) for page in source.pages]
            leaves += _leaves(pages, is_duplex=bool(job.duplex))
        arranged = _arrange(leaves, job.sheet.imposition)
        sides = [side for at, places in enumerate(arranged, 1) for side in _sides(places, at, job)]
        marks = files.enter_context(pikepdf.open(io.BytesIO(_draw_marks(sides, len(arranged), job))))
        for side, marked in zip(sides, marks.pages, strict=True):
            _add_side(sheets, side, job.sheet, _form(sheets, marks, marked))
        _describe(sheets, sources, works, job)
        return _bytes(sheets, max(source.pdf_version for source in sources))


def _keep_catalog(sheets: Pdf, sources: Sequence[Pdf]) -> None:
    """What the documents' catalogs agree on: output intent and language."""
    for source in sources:
        odd = [key for key in ("/OCProperties", "/AcroForm") if key in source.Root]
        if odd:
            raise HoldOrder(f"a document with {', '.join(odd)} cannot be imposed", hint="flatten layers and forms")
    intents = {_intent_digest(source) for source in sources}
    if len(intents) > 1:
        raise HoldOrder(
            "the documents of a sheet have different output intents",
            hint="impose documents of one printing condition at a time",
        )
    first = sources[0]
    if "/OutputIntents" in first.Root:
        sheets.Root.OutputIntents = sheets.copy_foreign(first.make_indirect(first.Root.OutputIntents))
    languages = {str(source.Root.get("/Lang", "")) for source in sources}
    if len(languages) == 1 and (language := languages.pop()):
        sheets.Root.Lang = pikepdf.String(language)


def _intent_digest(source: Pdf) -> str:
    """What tells an output intent from another: its entries, and its profile by content."""
    parts: list[bytes] = []
    for intent in source.Root.get("/OutputIntents", Array()):
        for key in sorted(intent.keys()):
            value = intent[key]
            is_profile = isinstance(value, pikepdf.Stream)
            parts += [key.encode(), value.read_bytes() if is_profile else pikepdf.Object.unparse(value, resolved=True)]
    return sha256(b"\0".join(parts))


def _read_page(sheets: Pdf, source: Pdf, page: pikepdf.Page, caption: Caption, sheet: Sheet) -> _Page:
    where = f"order {caption.order_id}"
    odd = [key for key in _FOREIGN if key in page.obj]
    if odd:
        raise HoldOrder(f"{where}: a page with {', '.join(odd)} cannot be imposed")
    left, bottom, right, top = _box(page.trimbox)
    width, height = mm_from_pt(Pt(float(right - left))), mm_from_pt(Pt(float(top - bottom)))
    if abs(width - sheet.slip_width) > _TOLERANCE or abs(height - sheet.slip_height) > _TOLERANCE:
        raise HoldOrder(
            f"{where}: is {width:.1f} × {height:.1f} mm, a place is {sheet.slip_width:g} × {sheet.slip_height:g} mm",
            hint="the layout's @page size must be its media's",
        )
    return _Page(_form(sheets, source, page), left, bottom, caption)


def _form(sheets: Pdf, source: Pdf, page: pikepdf.Page) -> pikepdf.Object:
    """A page as a form: operators and resources as they are; its group isolated, as a page's always is.

    Source: ISO 32000-1:2008, 8.10 and 11.4.7.
    """
    if not isinstance(page.obj.get("/Contents"), pikepdf.Stream):
        page.contents_coalesce()
    contents = page.obj.Contents
    form = sheets.make_stream(contents.read_raw_bytes())
    for key in ("/Filter", "/DecodeParms"):
        if key in contents:
            form[key] = _copy(sheets, source, contents[key])
    form.Type, form.Subtype = Name.XObject, Name.Form
    form.BBox = Array(_box(page.obj.get("/BleedBox", page.trimbox)))
    form.Resources = _copy(sheets, source, page.resources)
    if "/Group" in page.obj:
        group = _copy(sheets, source, page.obj.Group)
        group.I = True
        form.Group = group
    return form


def _copy(sheets: Pdf, source: Pdf, value: pikepdf.Object) -> pikepdf.Object:
    """A value of one file in another, with all that it refers to."""
    return sheets.copy_foreign(value if value.is_indirect else source.make_indirect(value))


def _leaves(pages: Sequence[_Page], *, is_duplex: bool) -> list[_Leaf]:
    if not is_duplex:
        return [_Leaf(page) for page in pages]
    return [_Leaf(*pages[at : at + 2]) for at in range(0, len(pages), 2)]


def _arrange(leaves: Sequence[_Leaf], wanted: ImpositionSettings) -> list[tuple[_Leaf, ...]]:
    """The leaves of each sheet, by place: left to right, then down."""
    if wanted.order is SheetOrder.REPEAT:
        return [(leaf,) * wanted.places for leaf in leaves]
    sheets: list[tuple[_Leaf, ...]] = []
    most = wanted.places * wanted.sheets
    for start in range(0, len(leaves), most):
        stack = leaves[start : start + most]
        high = math.ceil(len(stack) / wanted.places)
        sheets += [tuple(stack[at::high]) for at in range(high)]
    return sheets


def _sides(places: Sequence[_Leaf], sheet: int, job: SheetJob) -> Iterator[_SheetSide]:
    wanted = job.sheet.imposition
    spots = [(place % wanted.across, place // wanted.across) for place in range(len(places))]
    yield _SheetSide(sheet, "front", tuple((*spot, leaf.front) for spot, leaf in zip(spots, places, strict=True)))
    if job.turn:
        backs = ((_turned(spot, job), leaf.back) for spot, leaf in zip(spots, places, strict=True))
        yield _SheetSide(sheet, "back", tuple((*spot, back) for spot, back in backs if back))


def _turned(spot: tuple[int, int], job: SheetJob) -> tuple[int, int]:
    """Where a place is when the sheet lies on its face."""
    column, row = spot
    wanted = job.sheet.imposition
    return (wanted.across - 1 - column, row) if job.turn == "upright" else (column, wanted.down - 1 - row)


def _draw_marks(sides: Sequence[_SheetSide], sheets: int, job: SheetJob) -> bytes:
    marked = (
        MarkedSide(
            captions=tuple(page.caption for _, _, page in side.pages), number=side.sheet, sheets=sheets, side=side.side
        )
        for side in sides
    )
    return draw_marks(marked, job)


def _add_side(sheets: Pdf, side: _SheetSide, sheet: Sheet, marks: pikepdf.Object) -> None:
    """Put a side of a sheet behind the others."""
    forms = {"/Marks": marks}
    names: dict[tuple[int, int], str] = {}
    content: list[str] = []
    for column, row, page in side.pages:
        name = names.setdefault(page.form.objgen, f"/P{len(names)}")
        forms[name] = page.form
        x, y = (pt_from_mm(length) for length in sheet.corner(column, row))
        clip = " ".join(_number(length) for length in _clip(sheet, column, row))
        shift = f"1 0 0 1 {_number(Decimal(x) - page.left)} {_number(Decimal(y) - page.bottom)} cm"
        content.append(f"q {clip} re W n {shift} {name} Do Q\n")
    content.append("q /Marks Do Q\n")
    entries = Dictionary(
        Type=Name.Page,
        MediaBox=_array((0, 0, sheet.width, sheet.height)),
        BleedBox=_array(sheet.box(sheet.bleed)),
        TrimBox=_array(sheet.box()),
        Resources=Dictionary(XObject=Dictionary(forms)),
        Contents=sheets.make_stream("".join(content).encode()),
    )
    groups = {form.Group.unparse(resolved=True): form.Group for form in forms.values() if "/Group" in form}
    if len(groups) == 1:
        entries.Group = next(iter(groups.values()))
    sheets.pages.append(pikepdf.Page(sheets.make_indirect(entries)))


def _clip(sheet: Sheet, column: int, row: int) -> tuple[float, ...]:
    """What a place may paint: its trim and bleed, but of a gutter only its own half."""
    wanted, outer, inner = sheet.imposition, sheet.bleed, sheet.inner_bleed
    x, y = sheet.corner(column, row)
    left, right = (outer if column == edge else inner for edge in (0, wanted.across - 1))
    above, below = (outer if row == edge else inner for edge in (0, wanted.down - 1))
    box = (x - left, y - below, left + sheet.slip_width + right, below + sheet.slip_height + above)
    return tuple(pt_from_mm(Mm(length)) for length in box)


def _describe(sheets: Pdf, sources: Sequence[Pdf], works: Sequence[Work], job: SheetJob) -> None:
    """What the file says of itself: which orders, the latest date of their documents, the same condition as they."""
    parts = [sha256(work.data) for work in works]
    identity = sha256(
        "\0".join((*parts, repr([work.caption for work in works]), repr(replace(job, font=None)))).encode()
    )
    facts = Facts(
        title=_title(works),
        dated=max(map(_dated, sources)),
        language=str(sheets.Root.get("/Lang", "")),
        producer=PRODUCER,
        identifier=identity[:32].encode(),
        condition=_condition(sources[0]),
    )
    sheets.trailer.Info = sheets.make_indirect(pikepdf.Object.parse(dictionary(info_entries(facts))))
    if facts.condition:
        sheets.Root.Metadata = sheets.make_stream(xmp(facts), Type=Name.Metadata, Subtype=Name.XML)


def _title(works: Sequence[Work]) -> str:
    orders = list(dict.fromkeys(work.caption.order_id for work in works))
    more = f" and {len(orders) - _NAMED}" if len(orders) > _NAMED else ""
    return f"{', '.join(orders[:_NAMED])}{more}"


def _dated(source: Pdf) -> date:
    """The day a document says it was made."""
    said = _DAY.match(str(source.docinfo.get("/CreationDate", "")))
    return date(*map(int, said.groups())) if said else date(2000, 1, 1)


def _condition(source: Pdf) -> PrintingCondition | None:
    """The printing condition that a PDF/X-4 names."""
    for intent in source.Root.get("/OutputIntents", Array()):
        if intent.get("/S") == Name.GTS_PDFX:
            identifier = str(intent.get("/OutputConditionIdentifier", ""))
            registry = str(intent.get("/RegistryName", ""))
            return PrintingCondition(
                name=identifier, data=b"", space="CMYK", title=identifier, identifier=identifier, registry=registry
            )
    return None


def _bytes(sheets: Pdf, version: str) -> bytes:
    """The file, with ids made of its content."""
    output = io.BytesIO()
    sheets.save(
        output,
        deterministic_id=True,
        fix_metadata_version=False,
        force_version=version,
        object_stream_mode=ObjectStreamMode.disable,
        stream_decode_level=StreamDecodeLevel.none,
    )
    return output.getvalue()


def _box(value: pikepdf.Object) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    left, bottom, right, top = (Decimal(str(side)) for side in value.as_list())
    return left, bottom, right, top


def _array(box: tuple[float, float, float, float]) -> Array:
    """A box in mm as it stands in a file."""
    return Array([Decimal(_number(pt_from_mm(Mm(side)))) for side in box])


def _number(value: float | Decimal) -> str:
    """A number to a millionth of a point."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if value else "0"
