"""The reference path: a slip laid out by WeasyPrint, from its layout's HTML and CSS to the bytes for the printer."""

from packslip.model import Document, Finding, PressPath
from packslip.press import weasy
from packslip.press.messages import glyph_findings, log_findings, refused_findings, upright_findings
from packslip.press.overflow import judge, too_many_pages
from packslip.press.pieces import Drawn
from packslip.press.task import Task
from packslip.press.template import fill_layout

#: Pages beyond a layout's own limit that are still drawn, so that a designer sees what happened.
SURPLUS_PAGES = 4


def draw_reference(task: Task) -> tuple[Document | None, tuple[Finding, ...]]:
    """The document, None where it could not be drawn, and everything that is wrong with it."""
    html, findings = fill_layout(task.layout, task.slip)
    if html is None:
        return None, findings
    drawn = weasy.draw(
        html,
        styles=task.styles,
        fonts=task.kept.fonts,
        images=task.kept.images,
        shelf=task.shelf,
        symbols=task.symbols,
        palette=task.palette,
        facts=task.facts,
        page_limit=task.layout.max_pages + SURPLUS_PAGES,
    )
    found = (*task.look.findings, *task.findings, *_drawing_findings(drawn, task))
    if not drawn.data:
        return None, found
    sizes = ((sheet.width, sheet.height) for sheet in drawn.sheets)
    return task.document(drawn.data, PressPath.REFERENCE, sizes, (sheet.codes for sheet in drawn.sheets)), found


def _drawing_findings(drawn: Drawn, task: Task) -> tuple[Finding, ...]:
    layout, refused = task.layout, task.shelf.refused
    pages = judge(drawn.sheets, layout, task.media)
    if drawn.stumbled:
        pages = ()
    elif not drawn.data:
        pages = (too_many_pages(layout, f"more than {layout.max_pages + SURPLUS_PAGES}"),)
    return (
        *refused_findings(refused, layout=layout.name),
        *log_findings(drawn.log, refused, layout=layout.name),
        *glyph_findings(drawn.glyph_faults, layout=layout.name),
        *upright_findings(drawn.upright, layout=layout.name),
        *pages,
    )
