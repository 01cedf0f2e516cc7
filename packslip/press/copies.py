"""Copies: a document marked as a copy, its own pages untouched below the mark.

What is added is a line in a frame, on every page, where nothing stands: on paper as text in black alone, in the
document's own colour space; on a page of dots as dots. The copy names its parent by digest, and the same parent, words
and day give the same bytes. Asks nobody who drew the parent.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.colors import CMYKColor, Color
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from packslip.errors import HoldOrder
from packslip.files import sha256
from packslip.press.identity import PARENT, xmp_of_copy
from packslip.press.spots import Mask, Patch, block, extent, find_spot, least_taken, occupied
from packslip.settings import MediaSettings
from packslip.units import MM_PER_INCH, PT_PER_INCH

TEXT_PT = 7.0
FRAME_PT = 0.5
#: Room between text and frame.
PADDING_PT = (4.0, 2.6)
#: Room around the mark, in mm, the first that a page has.
CLEARANCES_MM = (5.0, 3.0, 1.5, 0.8)
#: How far from the edges a mark stands where that can be, as a share of the page's height.
COMFORT = 0.025
#: How near the edge of the paper a mark may come where the safe area has no room.
MARGIN_MM = 1.5
#: Pixels to the mm of the picture in which room is looked for.
LOOK = 4.0

_PT_PER_MM = PT_PER_INCH / MM_PER_INCH
_FONT = "Copy"
_FORM = "/PackslipCopy"
_BLACK = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyMark:
    """What a copy says of itself."""

    text: str
    font: Path  #: TrueType, with every letter of the text
    dated: date
    parent: str  #: sha256 of the document it is a copy of
    media: MediaSettings | None = None  #: what it is printed on, where that is known


def mark_copy(data: bytes, mark: CopyMark) -> bytes:
    """A document's copy.

    Raises:
        HoldOrder: it is no PDF, or a page of it has no room at all.
    """
    try:
        with Pdf.open(io.BytesIO(data)) as pdf, pypdfium2.PdfDocument(data) as drawn:
            for number, page in enumerate(pdf.pages):
                dots = _dots_of(page)
                if dots is None:
                    _mark_page(pdf, page, drawn[number], mark)
                else:
                    _mark_dots(pdf, page, dots, mark)
            _identify(pdf, mark)
            output = io.BytesIO()
            pdf.save(
                output,
                deterministic_id=True,
                fix_metadata_version=False,
                stream_decode_level=pikepdf.StreamDecodeLevel.none,
            )
            return output.getvalue()
    except (pikepdf.PdfError, pypdfium2.PdfiumError) as fault:
        raise HoldOrder(f"the document cannot be marked: {type(fault).__name__}", hint="print it unmarked") from fault


def language_of(data: bytes) -> str:
    """The language a document says it is in, "" where it says nothing."""
    try:
        with Pdf.open(io.BytesIO(data)) as pdf:
            return str(pdf.Root.get("/Lang", ""))
    except pikepdf.PdfError:
        return ""


# on paper


def _mark_page(pdf: Pdf, page: pikepdf.Page, drawn: pypdfium2.PdfPage, mark: CopyMark) -> None:
    """Lay the mark over a page; what the page has is bracketed and otherwise as it was."""
    media, trim = _box(page.mediabox), _box(page.trimbox)
    font = TTFont(_FONT, str(mark.font))
    pdfmetrics.registerFont(font)
    width = pdfmetrics.stringWidth(mark.text, _FONT, TEXT_PT) + 2 * PADDING_PT[0]
    height = TEXT_PT + 2 * PADDING_PT[1]
    spot, is_free = _spot_on(drawn, (width, height), mark.media)
    left, top = trim[0] + spot[0], trim[3] - spot[1]
    form = _form(pdf, mark.text, (left, top - height, left + width, top), (media[2], media[3]), covers=not is_free)
    resources = _copied(page.resources)
    things = _copied(resources.get("/XObject"))
    name = next(name for name in _names() if name not in things)
    things[name] = form
    resources["/XObject"] = things
    page.obj["/Resources"] = resources
    contents = page.obj.get("/Contents")
    own = list(contents) if isinstance(contents, Array) else [contents] if contents is not None else []
    page.obj["/Contents"] = Array(
        [Stream(pdf, b"q\n"), *own, Stream(pdf, b"\nQ q %b Do Q\n" % name.encode())],
    )


def _copied(holder: pikepdf.Object | None) -> Dictionary:
    """A dictionary of its own with the same entries: other pages may share the one."""
    made = Dictionary()
    if isinstance(holder, Dictionary):
        for key, value in holder.items():
            made[key] = value
    return made


def _names() -> Iterator[str]:
    number = 0
    while True:
        yield f"{_FORM}{number}"
        number += 1


class _Canvas(Canvas):  # type: ignore[misc]  # reportlab is not typed
    """A canvas whose pages do not begin with Helvetica, which nobody embeds."""

    def _make_preamble(self) -> None:
        self._preamble = ""


def _form(
    pdf: Pdf, text: str, box: tuple[float, float, float, float], size: tuple[float, float], *, covers: bool
) -> Stream:
    """The mark as a form, in the place and the colour space of its page."""
    left, bottom, right, top = box
    output = io.BytesIO()
    canvas = _Canvas(output, pagesize=size, invariant=1, pageCompression=0)
    black, white = _inks(pdf)
    half = FRAME_PT / 2
    canvas.setStrokeColor(black)
    canvas.setFillColor(white)
    canvas.setLineWidth(FRAME_PT)
    canvas.rect(left + half, bottom + half, right - left - FRAME_PT, top - bottom - FRAME_PT, fill=int(covers))
    canvas.setFillColor(black)
    canvas.setFont(_FONT, TEXT_PT)
    canvas.drawString(left + PADDING_PT[0], bottom + PADDING_PT[1] + 0.22 * TEXT_PT, text)
    canvas.showPage()
    canvas.save()
    with Pdf.open(io.BytesIO(output.getvalue())) as made:
        page = made.pages[0]
        content = page.Contents.read_bytes()
        fonts = {
            name: pdf.copy_foreign(font)
            for name, font in page.Resources.Font.items()
            if name.encode() + b" " in content
        }
        return Stream(
            pdf,
            content,
            Dictionary(
                Type=Name.XObject,
                Subtype=Name.Form,
                BBox=Array([round(side, 3) for side in box]),
                Resources=Dictionary(Font=Dictionary(fonts)),
            ),
        )


def _inks(pdf: Pdf) -> tuple[Color, Color]:
    """Black alone and the paper, in the space that the document's output intent describes; grey where it has none."""
    intents = pdf.Root.get("/OutputIntents")
    profiles = [intent.get("/DestOutputProfile") for intent in intents] if isinstance(intents, Array) else []
    components = next((int(profile.get("/N", 0)) for profile in profiles if isinstance(profile, Stream)), 0)
    if components == 4:
        return CMYKColor(0, 0, 0, 1), CMYKColor(0, 0, 0, 0)
    return Color(0, 0, 0), Color(1, 1, 1)


def _spot_on(
    drawn: pypdfium2.PdfPage, size: tuple[float, float], media: MediaSettings | None
) -> tuple[tuple[float, float], bool]:
    """Where a mark of a size in pt stands, from the trim's top left corner in pt, and whether nothing stands there."""
    scale = LOOK / _PT_PER_MM
    left, bottom, right, top = drawn.get_trimbox()
    page_left, page_bottom, page_right, page_top = drawn.get_mediabox()
    crop = tuple(
        max(side, 0.0) for side in (left - page_left, bottom - page_bottom, page_right - right, page_top - top)
    )
    pixels = drawn.render(scale=scale, crop=crop, may_draw_forms=False).to_numpy()
    spot = look_for_spot(occupied(pixels), tuple(-int(-side * scale // 1) for side in size), LOOK, media)
    if spot is None:
        raise HoldOrder("a page has no room for the mark of a copy", hint="print it unmarked")
    patch, is_free = spot
    return (patch.left / scale, patch.top / scale), is_free


def look_for_spot(
    taken: Mask, size: tuple[int, ...], per_mm: float, media: MediaSettings | None
) -> tuple[Patch, bool] | None:
    """Where a mark of a size in pixels stands, and whether nothing stands there.

    In the safe area, in line with the page's type where that can be; else in the margin; else where it hides least.
    """
    page = Patch(left=0, top=0, width=taken.shape[1], height=taken.shape[0])
    safe_mm = max(media.safe_mm, *media.unprintable_mm) if media else MARGIN_MM
    printable_mm = max(MARGIN_MM, *media.unprintable_mm) if media else MARGIN_MM
    for zone in media.zones if media else ():
        sides = (zone.x_mm, zone.y_mm, zone.width_mm, zone.height_mm)
        around = Patch(
            **dict(zip(("left", "top", "width", "height"), (round(mm * per_mm) for mm in sides), strict=True))
        )
        block(taken, around.grown(round(per_mm)))
    measure = size[0], size[1]
    clearances = [round(mm * per_mm) for mm in CLEARANCES_MM]
    margins = [round(mm * per_mm) for mm in (safe_mm, printable_mm)]
    for margin in (max(margins[0], round(COMFORT * page.height)), *margins):
        area = page.grown(-margin)
        found = find_spot(taken, measure, extent(taken, area), clearances) or find_spot(
            taken, measure, area, clearances
        )
        if found is not None:
            return found, True
    worst = least_taken(taken, measure, page.grown(-round(printable_mm * per_mm))) or least_taken(taken, measure, page)
    return None if worst is None else (worst, False)


# in dots


def _dots_of(page: pikepdf.Page) -> Stream | None:
    """The one picture that a page of dots is, None where a page is more than that."""
    drawn = [each for each in pikepdf.parse_content_stream(page) if str(each.operator) not in {"q", "cm", "Q"}]
    if len(drawn) != 1 or str(drawn[0].operator) != "Do":
        return None
    image = page.resources.get("/XObject", Dictionary()).get(str(drawn[0].operands[0]))
    if isinstance(image, Stream) and image.get("/Subtype") == "/Image" and image.get("/BitsPerComponent") == 1:
        return image
    return None


def _mark_dots(pdf: Pdf, page: pikepdf.Page, dots: Stream, mark: CopyMark) -> None:
    """Put the mark among a page's dots, each of which is burnt or is not."""
    width, height = int(dots["/Width"]), int(dots["/Height"])
    is_inverse = [int(value) for value in dots.get("/Decode", [0, 1])] == [1, 0]
    rows = np.frombuffer(dots.read_bytes(), np.uint8).reshape(height, -1)
    burnt = np.unpackbits(rows, axis=1)[:, :width] == (_BLACK if is_inverse else 1 - _BLACK)
    trim = _box(page.trimbox)
    per_mm = width / (trim[2] - trim[0]) * _PT_PER_MM
    stamp = _stamp(mark, per_mm)
    found = look_for_spot(burnt.copy(), (stamp.shape[1], stamp.shape[0]), per_mm, mark.media)
    if found is None:
        raise HoldOrder("a page has no room for the mark of a copy", hint="print it unmarked")
    spot, is_free = found
    place = burnt[spot.top : spot.top + spot.height, spot.left : spot.left + spot.width]
    place[...] = stamp | place if is_free else stamp
    bits = burnt if is_inverse else ~burnt
    changed = Stream(pdf, np.packbits(bits, axis=1).tobytes())
    for key in ("/Type", "/Subtype", "/Width", "/Height", "/ColorSpace", "/BitsPerComponent", "/Decode", "/ImageMask"):
        if key in dots:
            changed[key] = dots[key]
    resources = _copied(page.resources)
    things = _copied(resources.get("/XObject"))
    for name, thing in things.items():
        if thing.objgen == dots.objgen:
            things[name] = changed
    resources["/XObject"] = things
    page.obj["/Resources"] = resources


def _stamp(mark: CopyMark, per_mm: float) -> Mask:
    """The mark in dots."""
    per_pt = per_mm / _PT_PER_MM
    font = ImageFont.truetype(str(mark.font), max(round(TEXT_PT * per_pt), 8), layout_engine=ImageFont.Layout.BASIC)
    frame, across, down = (max(round(pt * per_pt), 1) for pt in (FRAME_PT, *PADDING_PT))
    left, top, right, bottom = font.getbbox(mark.text, mode="1")
    size = round(right - left) + 2 * across, round(bottom - top) + 2 * down
    picture = Image.new("1", size)
    pen = ImageDraw.Draw(picture)
    pen.fontmode = "1"
    pen.rectangle((0, 0, size[0] - 1, size[1] - 1), outline=1, width=frame)
    pen.text((across - left, down - top), mark.text, fill=1, font=font)
    stamp: Mask = np.asarray(picture, dtype=np.bool_)
    return stamp


# what it says of itself


def _identify(pdf: Pdf, mark: CopyMark) -> None:
    """Name the parent, and the day of the copy."""
    pdf.docinfo[f"/{PARENT}"] = String(mark.parent)
    pdf.docinfo["/ModDate"] = String(f"D:{mark.dated:%Y%m%d}000000Z")
    metadata = pdf.Root.get("/Metadata")
    if isinstance(metadata, Stream):
        told = metadata.read_bytes()
        identifier = sha256(b"\0".join((told, mark.parent.encode(), mark.text.encode(), str(mark.dated).encode())))
        head = {"/Type": Name.Metadata, "/Subtype": Name.XML}
        pdf.Root["/Metadata"] = Stream(pdf, xmp_of_copy(told, identifier[:32], mark.dated), head)


def _box(box: pikepdf.Array) -> tuple[float, float, float, float]:
    left, bottom, right, top = (float(side) for side in box)
    return left, bottom, right, top
