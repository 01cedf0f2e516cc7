"""Drawing a slip: struck from a plate where its layout allows that, laid out by WeasyPrint where not.

Which it is depends on the slip and its layout alone, and both give the same pages. On thermal media the document is the
dots of these pages.
"""

from packslip.library.layouts import Layout
from packslip.model import Document, Finding, PressPath, Slip, Where, error
from packslip.press import weasy
from packslip.press.backs import join_back, slip_of_back
from packslip.press.inking import Matter, Paper
from packslip.press.kept import Pictures, PressWorld
from packslip.press.overflow import judge
from packslip.press.plate import Struck
from packslip.press.plates import Job
from packslip.press.raster import rasterise, write_bitmaps
from packslip.press.reference import draw_reference
from packslip.press.skeleton import Skeleton, choices_of
from packslip.press.styles import mark_page_of
from packslip.press.task import Task, take_up
from packslip.press.template import mark_layout
from packslip.press.writing import write_document
from packslip.settings import OutputProfile


def press(
    slip: Slip, world: PressWorld, pictures: Pictures, *, reference: bool = False
) -> tuple[Document | None, tuple[Finding, ...]]:
    """The document of a slip. Any error among the findings means it may not print; None means it could not be drawn.

    `pictures` gives the file of a rendition by its digest. `reference` lays the slip out by WeasyPrint, whatever plates
    there are.

    Raises:
        LayoutError: the world has no such layout, media or brand.
    """
    layout = world.layout(slip.layout)
    front, findings = _press(slip, world, pictures, reference=reference)
    if not layout.back or front is None:
        return front, findings
    back_layout = world.layout(layout.back)
    back, found = _press(slip_of_back(slip, back_layout), world, pictures, reference=reference)
    findings = tuple(dict.fromkeys((*findings, *found)))
    if back is None:
        return None, findings
    if len(back.pages) > len(front.pages):
        return None, (*findings, _too_many_backs(back_layout, len(front.pages), len(back.pages)))
    return join_back(front, back), findings


def _press(
    slip: Slip, world: PressWorld, pictures: Pictures, *, reference: bool
) -> tuple[Document | None, tuple[Finding, ...]]:
    """One side of a slip, on all its pages."""
    task = take_up(slip, world, pictures)
    struck = None if reference else strike(task)
    if struck is None:
        document, findings = draw_reference(task)
    else:
        data = write_document(struck.imprint, task.facts, task.kept.faces)
        document = task.document(data, PressPath.PLATE, struck.sizes, struck.codes, plate=struck.plate)
        findings = struck_findings(task, struck)
    if document is not None and task.media.profile is OutputProfile.THERMAL:
        document, found = _in_dots(document, task)
        findings += found
    return document, findings


def _in_dots(document: Document, task: Task) -> tuple[Document, tuple[Finding, ...]]:
    """The document as the head's dots, and what does not fit them."""
    bitmaps, findings = rasterise(document.data, task.media)
    if not bitmaps:
        return document, findings
    data = write_bitmaps(bitmaps, task.facts, task.kept.faces)
    sizes = ((bitmap.width_mm, bitmap.height_mm) for bitmap in bitmaps)
    return task.redrawn(document, data, sizes), findings


def _too_many_backs(back: Layout, fronts: int, backs: int) -> Finding:
    where = Where(file=f"layouts/{back.name}/layout.toml", spot="max_pages")
    message = f"{backs} pages of back for {fronts} of front"
    return error("back.too_long", where, message, "shorten the back, or give the front more pages")


def strike(task: Task) -> Struck | None:
    """A slip struck from a plate, which is made where there is none; None where only the reference path draws it."""
    job = _job(task)
    return None if job is None else task.kept.plates.strike(job)


def plate_of(slip: Slip, world: PressWorld, pictures: Pictures) -> str:
    """The digest that retires the plates of a slip, "" where it is never struck.

    Of a slip with a back it is that of its first side that is still struck: which of them is wrong, nobody can tell.

    Raises:
        LayoutError: the world has no such layout, media or brand.
    """
    digest = _plate_of(slip, world, pictures)
    layout = world.layout(slip.layout)
    if layout.back and (not digest or digest in world.retired):
        return _plate_of(slip_of_back(slip, world.layout(layout.back)), world, pictures)
    return digest


def _plate_of(slip: Slip, world: PressWorld, pictures: Pictures) -> str:
    task = take_up(slip, world, pictures)
    job = _job(task)
    return "" if job is None else task.kept.plates.digest(job)


def _job(task: Task) -> Job | None:
    if task.findings:
        return None
    page_of, words = mark_page_of(task.page_of)
    filled = mark_layout(task.layout, task.slip, words)
    if filled is None:
        return None
    slip, kept, media = task.slip, task.kept, task.media

    def trace(skeleton: Skeleton, matter: Matter) -> weasy.Trace:
        return weasy.trace(
            skeleton.html(filled),
            values=matter.values,
            language=matter.language,
            pictures=matter.pictures,
            symbols=task.symbols,
            palette=task.palette,
            styles=task.styles_with(page_of),
            fonts=kept.fonts,
            images=kept.images,
            shelf=task.shelf,
            typesetter=kept.typesetter,
            page_limit=task.layout.max_pages,
        )

    def outline(skeleton: Skeleton) -> weasy.Outline:
        html, styles = skeleton.html(filled), task.styles_with(page_of)
        return weasy.read_outline(html, styles=styles, before=len(words), has_parts=skeleton.has_parts)

    return Job(
        css=task.look.css,
        look=(task.layout.name, task.brand.styled_by, page_of),
        filled=filled,
        symbols=task.symbols,
        choices=choices_of(slip),
        pictures=lambda urls: tuple(kept.picture(url, task.shelf, task.palette) for url in urls),
        outline=outline,
        trace=trace,
        paper=Paper(width=media.width_mm, height=media.height_mm, safe=media.safe_mm, bleed=media.bleed_mm),
        public=task.world.public_texts(slip.offer.amount if slip.offer else ""),
    )


def struck_findings(task: Task, struck: Struck) -> tuple[Finding, ...]:
    """Everything that is wrong with a struck slip."""
    found = judge(struck.sheets(), task.layout, task.media) if struck.suspect else ()
    return (*task.look.findings, *found)
