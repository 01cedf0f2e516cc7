"""Structure: pages, boxes and fonts of a PDF, and what has no business on paper."""

from collections.abc import Iterator

import pikepdf
import pypdfium2

from packslip.library.layouts import Layout
from packslip.model import Document, Finding, Where, error
from packslip.settings import MediaSettings
from packslip.units import Mm, Pt, mm_from_pt

CLOSE_MM = 0.1

_FONT_FILES = ("/FontFile", "/FontFile2", "/FontFile3")


def check_structure(pdf: pikepdf.Pdf, document: Document, layout: Layout, media: MediaSettings) -> Iterator[Finding]:
    """Page sizes against the media, not too many pages, embedded fonts, and no active content."""
    count = len(pdf.pages)
    if count > layout.max_pages * layout.sides:
        message = f"{count} pages, but layout {layout.name!r} allows {layout.max_pages * layout.sides}"
        yield error("pages.too_many", Where(), message, "shorten the content, or raise max_pages")
    for number, page in enumerate(pdf.pages, start=1):
        yield from _check_page(page, number, media)
    yield from _check_objects(pdf)
    for key, what in (("/OpenAction", "an action on opening"), ("/AA", "actions"), ("/AcroForm", "a form")):
        if key in pdf.Root:
            yield error("pdf.active", Where(), f"{what} in the document", "a printed page has none")
    if "/EmbeddedFiles" in pdf.Root.get("/Names", pikepdf.Dictionary()):
        yield error("pdf.attachment", Where(), "files are embedded in the document", "a printed page has none")


def check_pages(pdf: pypdfium2.PdfDocument, document: Document) -> Iterator[Finding]:
    """Whether a file has the pages that the press counted."""
    count = len(pdf)
    if count != len(document.pages):
        message = f"{count} pages where the press counted {len(document.pages)}"
        yield error("pages.count", Where(), message, "press the slip again")


def _check_page(page: pikepdf.Page, number: int, media: MediaSettings) -> Iterator[Finding]:
    where = Where(spot=f"page {number}")
    if "/TrimBox" not in page.obj:
        yield error("page.no_trim", where, "no TrimBox", "press the slip again")
    else:
        width, height = _size(page.obj["/TrimBox"])
        if abs(width - media.width_mm) > CLOSE_MM or abs(height - media.height_mm) > CLOSE_MM:
            message = f"{width:.1f} × {height:.1f} mm on media of {media.width_mm:g} × {media.height_mm:g} mm"
            yield error("page.size", where, message, "leave out @page size: packslip sets it")
    if int(page.obj.get("/Rotate", 0)) % 360 or "/UserUnit" in page.obj:
        yield error("page.turned", where, "the page is rotated or scaled by its dictionary", "press the slip again")
    if len(page.obj.get("/Annots", pikepdf.Array())):
        yield error("pdf.annotation", where, "annotations on the page", "a printed page has none")


def _size(box: pikepdf.Object) -> tuple[Mm, Mm]:
    left, bottom, right, top = (float(value) for value in box.as_list())
    return mm_from_pt(Pt(abs(right - left))), mm_from_pt(Pt(abs(top - bottom)))


def _check_objects(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    for thing in pdf.objects:
        if not isinstance(thing, pikepdf.Dictionary):
            continue
        if (
            thing.get("/Type") == "/Font"
            and thing.get("/Subtype") not in ("/Type0", "/Type3")
            and not _is_embedded(thing)
        ):
            name = str(thing.get("/BaseFont", "/unnamed")).lstrip("/")
            yield error(
                "font.not_embedded", Where(spot=name), "the font is not in the document", "press the slip again"
            )
        if thing.get("/S") in ("/JavaScript", "/Launch"):
            yield error(
                "pdf.active", Where(), f"{str(thing['/S']).lstrip('/')} in the document", "a printed page has none"
            )


def _is_embedded(font: pikepdf.Dictionary) -> bool:
    descriptor = font.get("/FontDescriptor")
    return descriptor is not None and any(key in descriptor for key in _FONT_FILES)
