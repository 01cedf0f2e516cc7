"""The contact sheet: every contestant’s page of one slip, side by side, to show that the work is the same."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pypdfium2
from PIL import Image, ImageDraw, ImageFont

from benchmarks.peers import CONTESTANTS
from benchmarks.slips import REPOSITORY
from packslip.model import Slip

INK, QUIET, ACCENT, HAIRLINE, GROUND = "#25221e", "#6d665c", "#8b6b43", "#d8d1c5", "#efeae2"
PAGE = (620, 877)
ACROSS, EDGE, GAP, HEAD, CAPTION = 3, 90, 56, 210, 118
ORDER = ("plates", "reference", "typst", "plutoprint", "chromium", "platypus", "weasy-tuned", "weasy-naive", "floor")

_FONTS = REPOSITORY / "layouts" / "fonts"


def draw_sheet(results: Mapping[str, object], slips: Sequence[Slip], out: Path, number: int | None = None) -> Path:
    """The sheet of one slip: by default the first that has everything on it."""
    chosen = number if number is not None else _fullest(slips)
    names = [name for name in ORDER if name in results]
    down = -(-len(names) // ACROSS)
    width = 2 * EDGE + ACROSS * PAGE[0] + (ACROSS - 1) * GAP
    height = HEAD + down * (PAGE[1] + CAPTION) + EDGE // 2
    sheet = Image.new("RGB", (width, height), GROUND)
    pen = ImageDraw.Draw(sheet)
    pen.text((EDGE, 66), "The same slip, drawn by each", fill=INK, font=_font("cormorant-garamond", "400Regular", 62))
    said = "Order, pictures, fonts and codes are the same. CPU milliseconds a slip, warm; kilobytes of this very file."
    pen.text((EDGE, 146), said, fill=QUIET, font=_font("jost", "400Regular", 22))
    for place, name in enumerate(names):
        x = EDGE + place % ACROSS * (PAGE[0] + GAP)
        y = HEAD + place // ACROSS * (PAGE[1] + CAPTION)
        path = out / "documents" / f"{name}-{chosen:03d}.pdf"
        sheet.paste(_page(path), (x, y))
        pen.rectangle((x - 1, y - 1, x + PAGE[0], y + PAGE[1]), outline=HAIRLINE)
        _caption(pen, x, y + PAGE[1] + 16, name, results[name].mean_ms, path.stat().st_size)
    target = out / "bench-sheet.png"
    sheet.save(target, optimize=True)
    return target


def _caption(pen: ImageDraw.ImageDraw, x: int, y: int, name: str, cost: float, size: int) -> None:  # noqa: PLR0917
    ours = name == "plates"
    pen.text((x, y), CONTESTANTS[name].title, fill=ACCENT if ours else INK, font=_font("jost", "600SemiBold", 23))
    figures = f"{cost:.1f} ms   {size / 1000:.0f} kB"
    font = _font("jost", "400Regular", 23)
    pen.text((x + PAGE[0] - pen.textlength(figures, font), y), figures, fill=ACCENT if ours else INK, font=font)
    pen.text((x, y + 31), CONTESTANTS[name].note, fill=QUIET, font=_font("jost", "400Regular", 18))


def _fullest(slips: Sequence[Slip]) -> int:
    """The first slip with offer, three recommendations and three lines, else the first."""
    full = (
        number
        for number, slip in enumerate(slips[:12])
        if slip.offer is not None and len(slip.recommendations) == 3 and 2 <= len(slip.lines) <= 3
    )
    return next(full, 0)


def _page(path: Path) -> Image.Image:
    with pypdfium2.PdfDocument(path) as document:
        page = document[0].render(scale=4 * PAGE[0] / document[0].get_width() / 2).to_pil().convert("RGB")
    return page.resize(PAGE, Image.Resampling.LANCZOS)


def _font(family: str, style: str, size: int) -> ImageFont.FreeTypeFont:
    file = next(path for path in sorted((_FONTS / family).glob("*.ttf")) if path.stem.endswith(style))
    return ImageFont.truetype(file, size)
