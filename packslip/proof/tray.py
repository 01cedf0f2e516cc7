"""Tray sheet: what lies in the printers' trays on one picture, every page in its true proportion to the others."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image, ImageDraw

from packslip.proof.contact import GROUND, HAIRLINE, INK, QUIET, SHADE, draw_pages, sheet_type, soft_shadow
from packslip.units import Pt, mm_from_pt
from packslip.world import World

_PX_PER_MM = 1.7
_MARGIN = 96
_GAP = 48
_ROW_GAP = 40
_HEAD = 190
_CAPTION = 56
_ACROSS = 2480  #: pixels between the margins


@dataclass(frozen=True, slots=True)
class TrayPage:
    """The first page of one document."""

    caption: str
    image: Image.Image
    pages: int


def tray_sheet(world: World, documents: Sequence[Path], *, title: str) -> bytes:
    """The first page of each document as one PNG."""
    pages = [_page(path) for path in documents]
    rows = _pack(pages)
    down = _HEAD + sum(_height(row) for row in rows) + _MARGIN
    picture = Image.new("RGB", (_ACROSS + 2 * _MARGIN, down), GROUND)
    draw, kind = ImageDraw.Draw(picture), sheet_type(world)
    draw.text((_MARGIN - 3, 108), title, font=kind.title, fill=INK, anchor="ls")
    draw.text((picture.width - _MARGIN, 108), f"{len(pages)} slips", font=kind.line, fill=QUIET, anchor="rs")
    draw.line([(_MARGIN, 134), (picture.width - _MARGIN, 134)], fill=HAIRLINE, width=2)
    top = _HEAD
    for row in rows:
        left, base = _MARGIN, top + max(page.image.height for page in row)
        for page in row:
            shadow = soft_shadow(page.image.size)
            rim = (shadow.width - page.image.width) // 2
            above = base - page.image.height
            picture.paste(SHADE, (left - rim, above - rim), shadow)
            picture.paste(page.image, (left, above))
            draw.text((left, base + 18), page.caption, font=kind.strong, fill=INK, anchor="lt")
            if page.pages > 1:
                right = left + page.image.width
                draw.text((right, base + 18), f"{page.pages} pages", font=kind.caption, fill=QUIET, anchor="rt")
            left += page.image.width + _GAP
        top += _height(row)
    stream = io.BytesIO()
    picture.save(stream, "PNG", compress_level=6)
    return stream.getvalue()


def _page(path: Path) -> TrayPage:
    data = path.read_bytes()
    pdf = pdfium.PdfDocument(data)
    try:
        left, _, right, _ = pdf[0].get_trimbox()
        width = mm_from_pt(Pt(right - left))
    finally:
        pdf.close()
    images, pages = draw_pages(data, round(width * _PX_PER_MM), oversample=2)
    return TrayPage(path.stem.rsplit("-", 1)[0], images[0], pages)


def _pack(pages: Sequence[TrayPage]) -> list[list[TrayPage]]:
    rows: list[list[TrayPage]] = []
    used = _ACROSS + 1
    for page in sorted(pages, key=lambda page: -page.image.height):
        used += _GAP + page.image.width
        if not rows or used > _ACROSS:
            rows.append([])
            used = page.image.width
        rows[-1].append(page)
    return rows


def _height(row: Sequence[TrayPage]) -> int:
    return max(page.image.height for page in row) + _CAPTION + _ROW_GAP
