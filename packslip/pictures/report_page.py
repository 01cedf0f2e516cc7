"""Report page: a picture report as one HTML file that needs nothing beside it, thumbnails included."""

import base64
import io
from html import escape
from importlib.resources import files

from PIL import Image, UnidentifiedImageError

from packslip.library.picture_colours import to_condition, to_scalable
from packslip.model import Finding, Severity
from packslip.pictures.quality import Use
from packslip.pictures.report import KINDS, Kind, PictureReport, Verdict

#: So many products of each kind are shown, the others are in the JSON.
MOST_SHOWN = 60

_THUMBNAIL_PX = 192  #: twice what is shown, for fine screens
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def report_page(report: PictureReport) -> bytes:
    """The report for people."""
    counts = report.counts()
    style = (files("packslip.pictures") / "report_page.css").read_text(encoding="utf-8")
    sections = "".join(_section(kind, report.of(kind)) for kind in KINDS if counts[kind.name])
    wanting = sum(any(finding.severity is not Severity.NOTE for finding in each.findings) for each in report.verdicts)
    uses = "; ".join(_place(use) for use in report.uses)
    told = f"{escape(report.feed)} · {report.products:,} products · {report.made_at:%d %B %Y, %H:%M}"
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>Pictures · {escape(report.feed)}</title><style>{style}</style></head><body>
<header><h1>Pictures</h1><p>{told}</p></header>
<p class="uses">Judged for {escape(uses) or "no layout: none prints product pictures"}</p>
<nav>{"".join(_tile(kind, counts[kind.name]) for kind in KINDS)}</nav>
<p class="uses">{_summary(report.products, wanting)}</p>
{sections or '<p class="well">Every picture is as it should be.</p>'}
</body></html>
""".encode()


def _place(use: Use) -> str:
    recipe = use.recipe
    colours = f" in {recipe.condition.name}" if recipe.condition else ""
    return f"{use.label} {recipe.width_mm:g} × {recipe.height_mm:g} mm{colours}"


def _summary(products: int, wanting: int) -> str:
    if not wanting:
        return "No product needs another picture."
    return f"{wanting:,} of {products:,} products need a look."


def _tile(kind: Kind, count: int) -> str:
    inner = f"<b>{count:,}</b><span>{kind.title}</span>"
    if not count:
        return f'<div class="none">{inner}</div>'
    return f'<a class="{kind.severity.value}" href="#{kind.name}">{inner}</a>'


def _section(kind: Kind, verdicts: tuple[Verdict, ...]) -> str:
    cards = "".join(_card(kind, verdict) for verdict in verdicts[:MOST_SHOWN])
    more = len(verdicts) - MOST_SHOWN
    rest = f'<p class="more">and {more:,} more, in the JSON beside this page</p>' if more > 0 else ""
    return (
        f'<section id="{kind.name}"><div><h2>{kind.title}</h2><p>{len(verdicts):,}</p></div>'
        f"<ul>{cards}</ul>{rest}</section>"
    )


def _card(kind: Kind, verdict: Verdict) -> str:
    told = "".join(_told(finding) for finding in verdict.findings if finding.code in kind.codes)
    title = verdict.name or verdict.picture or verdict.sku
    below = " · ".join(part for part in (verdict.sku, verdict.picture) if part and part != title)
    return (
        f'<li><div class="frame">{_thumbnail(verdict)}</div><div class="told">'
        f"<strong>{escape(title)}</strong><em>{escape(below)}</em>{told}</div></li>"
    )


def _told(finding: Finding) -> str:
    hint = f"<small>{escape(finding.hint)}</small>" if finding.hint else ""
    return f'<p class="{finding.severity.value}">{escape(finding.message)}</p>{hint}'


def _thumbnail(verdict: Verdict) -> str:
    """A rendition made small enough to travel inside the page, in the screen's colours."""
    if verdict.thumbnail is None:
        return "<i>no picture</i>"
    try:
        with Image.open(verdict.thumbnail, formats=("JPEG", "PNG")) as image:
            image.load()
            small = to_scalable(image)
            small.thumbnail((_THUMBNAIL_PX, _THUMBNAIL_PX))
    except (OSError, UnidentifiedImageError, ValueError):  # gone or damaged since the report was begun
        return "<i>no picture</i>"
    shown, _ = to_condition(small, verdict.condition.data if verdict.condition else None, None)
    stream = io.BytesIO()
    shown.save(stream, "JPEG", quality=74, optimize=True)
    return f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(stream.getvalue()).decode()}">'
