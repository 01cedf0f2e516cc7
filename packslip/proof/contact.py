"""Contact sheet: every page of a proof on one picture, faults framed and told.

Set in the workspace's own fonts. Pure: documents in, PNG bytes out; the same sheet gives the same bytes.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from packslip.library.fonts import FontFile
from packslip.model import Finding, Severity
from packslip.proof.drawing import ProofSlip, Sheet
from packslip.world import World

GROUND = (229, 224, 216)
INK = (44, 40, 36)
QUIET = (122, 113, 102)
HAIRLINE = (201, 193, 182)
SHADE = (96, 84, 70)
RED = (186, 44, 34)
OCHRE = (176, 122, 30)

_PAGE_WIDTH = 384  #: pixels of a portrait page
_MARGIN = 104
_GAP = 56  #: between slips
_PAGE_GAP = 14  #: between the pages of one slip
_ROW_GAP = 68
_COLUMNS = 8
_HEAD = 208
_LINE = 24
_FAULT_LINE = 21
_FAULT_GAP = 7  #: between two faults
_MOST_PAGES = 4  #: of one slip; the others are counted
_MOST_FAULTS = 4


@dataclass(frozen=True, slots=True)
class _Type:
    """The faces a sheet is set in."""

    title: ImageFont.FreeTypeFont
    line: ImageFont.FreeTypeFont
    caption: ImageFont.FreeTypeFont
    strong: ImageFont.FreeTypeFont
    small: ImageFont.FreeTypeFont


@dataclass(frozen=True, slots=True)
class _Group:
    """One slip on the sheet: its pages side by side, its caption and faults below the first."""

    slip: ProofSlip
    images: Sequence[Image.Image]
    pages: int  #: how many it has, shown or not
    faults: Sequence[tuple[Severity, str]]  #: lines of text, broken to the page's width

    @property
    def span(self) -> int:
        """Columns it takes."""
        return max(len(self.images), 1)


def contact_sheet(world: World, sheet: Sheet) -> bytes:
    """All pages of a proof as one PNG."""
    kind = sheet_type(world)
    layout = world.layout(sheet.layout)
    media = world.media(layout)
    width = round(_PAGE_WIDTH * min(1.0, media.width_mm / media.height_mm * 1.42))
    size = width, round(width * media.height_mm / media.width_mm)
    rows = _pack([_group(slip, width, kind) for slip in sheet.slips])
    across = max([_row_width(row, width) for row in rows] + [1200]) + 2 * _MARGIN
    heights = [size[1] + _caption_height(row) for row in rows]
    down = _HEAD + sum(heights) + max(len(rows) - 1, 0) * _ROW_GAP + _MARGIN
    picture = Image.new("RGB", (across, down), GROUND)
    pen = _Pen(picture, ImageDraw.Draw(picture), kind, size, soft_shadow(size))
    pen.head(sheet, layout.title)
    top = _HEAD
    for row, height in zip(rows, heights, strict=True):
        left = _MARGIN
        for group in row:
            pen.group(group, left, top)
            left += _group_width(group, width) + _GAP
        top += height + _ROW_GAP
    stream = io.BytesIO()
    picture.save(stream, "PNG", compress_level=6)
    return stream.getvalue()


def _pack(groups: Sequence[_Group]) -> list[list[_Group]]:
    """Rows of slips; a slip's pages stay together, and a later slip fills what room is left."""
    rows: list[list[_Group]] = []
    for group in groups:
        fitting = (row for row in rows if sum(each.span for each in row) + group.span <= _COLUMNS)
        row = next(fitting, None)
        if row is None:
            rows.append([group])
        else:
            row.append(group)
    return rows


def _group_width(group: _Group, width: int) -> int:
    return group.span * width + (group.span - 1) * _PAGE_GAP


def _row_width(row: Sequence[_Group], width: int) -> int:
    return sum(_group_width(group, width) for group in row) + (len(row) - 1) * _GAP


def _caption_height(row: Sequence[_Group]) -> int:
    return 22 + 2 * _LINE + max(_faults_height(group) for group in row)


def _faults_height(group: _Group) -> int:
    return sum(_FAULT_LINE if text else _FAULT_GAP for _, text in group.faults) + (12 if group.faults else 0)


def soft_shadow(size: tuple[int, int]) -> Image.Image:
    """How much darker the ground is around a page lying on it."""
    spread = 40
    mask = Image.new("L", (size[0] + 2 * spread, size[1] + 2 * spread), 0)
    mask.paste(54, (spread, spread + 6, spread + size[0], spread + 6 + size[1]))
    return mask.filter(ImageFilter.GaussianBlur(13))


def draw_pages(document: bytes, width: int, *, oversample: int = 1) -> tuple[list[Image.Image], int]:
    """The first pages of a PDF as they are once cut, and how many there are.

    Each is `width` pixels wide, drawn larger first where asked.
    """
    pdf = pdfium.PdfDocument(document)
    try:
        pages = []
        for number in range(min(len(pdf), _MOST_PAGES)):
            page = pdf[number]
            left, bottom, right, top = page.get_trimbox()
            outside = left, bottom, page.get_width() - right, page.get_height() - top
            rendered = page.render(scale=oversample * width / (right - left), crop=outside).to_pil().convert("RGB")
            size = width, round(width * (top - bottom) / (right - left))
            pages.append(rendered if rendered.size == size else rendered.resize(size, Image.Resampling.LANCZOS))
        return pages, len(pdf)
    finally:
        pdf.close()


def _group(slip: ProofSlip, width: int, kind: _Type) -> _Group:
    images, pages = draw_pages(slip.document.data, width, oversample=2) if slip.document else ([], 0)
    return _Group(slip, images, pages, tuple(_fault_lines(slip.faults, width, kind)))


def _fault_lines(faults: Sequence[Finding], width: int, kind: _Type) -> Iterator[tuple[Severity, str]]:
    ordered = sorted(faults, key=lambda finding: finding.severity is not Severity.ERROR)
    for finding in ordered[:_MOST_FAULTS]:
        place = str(finding.where) if not finding.where.file.startswith("proof") else finding.where.spot
        text = f"{place}: {finding.message}" if place else finding.message
        for line in _broken(text, width, kind.small)[:4]:
            yield finding.severity, line
        yield finding.severity, ""
    if len(ordered) > _MOST_FAULTS:
        yield Severity.WARNING, f"and {len(ordered) - _MOST_FAULTS} more"


def _broken(text: str, width: int, font: ImageFont.FreeTypeFont) -> list[str]:
    """Text in lines of a width; words longer than a line are cut."""
    lines: list[str] = [""]
    for word in text.split():
        part = word
        while part:
            joined = f"{lines[-1]} {part}".strip()
            if font.getlength(joined) <= width:
                lines[-1], part = joined, ""
            elif lines[-1]:
                lines.append("")
            else:
                fitting = max(1, sum(font.getlength(part[: end + 1]) <= width for end in range(len(part))))
                lines[-1], part = part[:fitting], part[fitting:]
                if part:
                    lines.append("")
    return [line for line in lines if line]


@dataclass(frozen=True, slots=True)
class _Pen:
    """Draws on one sheet."""

    picture: Image.Image
    draw: ImageDraw.ImageDraw
    kind: _Type
    size: tuple[int, int]  #: of a page, in pixels
    shadow: Image.Image

    def head(self, sheet: Sheet, title: str) -> None:
        """The layout's name, and how many slips want a look."""
        right = self.picture.width - _MARGIN
        errors = sum(slip.has_errors for slip in sheet.slips)
        warned = sum(bool(slip.faults) and not slip.has_errors for slip in sheet.slips)
        told = [f"{len(sheet.slips)} slips"]
        told += [f"{errors} would be held"] if errors else []
        told += [f"{warned} with warnings"] if warned else []
        told += ["nothing to mend"] if not errors and not warned else []
        self.draw.text((_MARGIN - 3, 112), title, font=self.kind.title, fill=INK, anchor="ls")
        colour = RED if errors else QUIET
        self.draw.text((right, 112), "  ·  ".join(told), font=self.kind.line, fill=colour, anchor="rs")
        self.draw.line([(_MARGIN, 140), (right, 140)], fill=HAIRLINE, width=2)

    def group(self, group: _Group, left: int, top: int) -> None:
        """One slip: pages, frame, caption, faults."""
        width, height = self.size
        for number, image in enumerate(group.images):
            self._page(image, left + number * (width + _PAGE_GAP), top)
        if not group.images:
            self.draw.rectangle((left, top, left + width - 1, top + height - 1), outline=HAIRLINE, width=2)
            middle = left + width // 2, top + height // 2
            self.draw.text(middle, "not drawn", font=self.kind.line, fill=QUIET, anchor="mm")
        if group.slip.faults:
            right = left + _group_width(group, width)
            colour = RED if group.slip.has_errors else OCHRE
            self.draw.rectangle((left - 8, top - 8, right + 7, top + height + 7), outline=colour, width=4)
        self._caption(group, left, top + height + 24)

    def _page(self, image: Image.Image, left: int, top: int) -> None:
        width, height = self.size
        rim = (self.shadow.width - width) // 2, (self.shadow.height - height) // 2
        self.picture.paste(SHADE, (left - rim[0], top - rim[1]), self.shadow)
        self.picture.paste(image.crop((0, 0, *self.size)), (left, top))

    def _caption(self, group: _Group, left: int, top: int) -> None:
        traits, indent = group.slip.case.traits, left + 36
        number = f"{group.slip.case.number:02d}"
        self.draw.text((left, top + 15), number, font=self.kind.caption, fill=QUIET, anchor="ls")
        told = f"{traits['segment']}  ·  {traits['locale']}"
        self.draw.text((indent, top + 15), told, font=self.kind.strong, fill=INK, anchor="ls")
        rest = [value for value in group.slip.case.told if value not in {traits["segment"], traits["locale"]}]
        rest += [f"{group.pages} pages"] if group.pages > 1 else []
        room = _group_width(group, self.size[0]) - 36
        line = _broken("  ·  ".join(rest), room, self.kind.caption)
        self.draw.text((indent, top + _LINE), "".join(line[:1]), font=self.kind.caption, fill=QUIET, anchor="lt")
        below = top + 2 * _LINE + 12
        for severity, text in group.faults:
            colour = RED if severity is Severity.ERROR else OCHRE
            self.draw.text((left, below), text, font=self.kind.small, fill=colour, anchor="lt")
            below += _FAULT_LINE if text else _FAULT_GAP


def sheet_type(world: World) -> _Type:
    """Faces of the shop's own brand: what it titles in, and what it states facts in."""
    brand = world.brands.get(world.settings.shop.store) or next(iter(world.brands.values()), None)
    names = brand.fonts if brand else {}
    title = _face(world.fonts, names.get("display", ""))
    plain = _face(world.fonts, names.get("text", ""))
    strong = _face(world.fonts, names.get("text", ""), weight=600)
    return _Type(
        title=_load(title, 62),
        line=_load(plain, 24),
        caption=_load(plain, 18),
        strong=_load(strong, 18),
        small=_load(plain, 16),
    )


def _face(fonts: Sequence[FontFile], families: str, *, weight: int = 400) -> Path | None:
    wanted = [name.strip(" '\"").casefold() for name in families.split(",")]
    upright = [font for font in fonts if font.style == "normal"] or list(fonts)

    def rank(font: FontFile) -> tuple[int, int]:
        family = font.family.casefold()
        return wanted.index(family) if family in wanted else len(wanted), abs(font.weight - weight)

    return min(upright, key=rank).path if upright else None


def _load(path: Path | None, size: int) -> ImageFont.FreeTypeFont:
    if path is not None:
        return ImageFont.truetype(path, size)
    built_in = ImageFont.load_default(size)
    if not isinstance(built_in, ImageFont.FreeTypeFont):
        raise TypeError("this Pillow cannot set type")
    return built_in
