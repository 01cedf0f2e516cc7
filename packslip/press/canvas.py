"""Canvas: where ReportLab draws what stands around or over a slip, in fonts that are embedded."""

from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas


class PlainCanvas(Canvas):  # type: ignore[misc]  # reportlab is not typed
    """A canvas whose pages do not begin with Helvetica, which nobody embeds."""

    def _make_preamble(self) -> None:
        self._preamble = ""


def load_font(path: Path) -> TTFont:
    """The font of a file, known to ReportLab once."""
    name = f"packslip-{path.stem}"
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(name, path))
    return pdfmetrics.getFont(name)
