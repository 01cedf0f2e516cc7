"""Drawing: HTML and CSS in, a PDF and what is to be known of it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pydyf
from weasyprint import CSS, HTML
from weasyprint.document import Document, DocumentMetadata
from weasyprint.urls import URLFetcher, URLFetcherResponse

from packslip.press.codes import Symbol
from packslip.press.pieces import Drawn, LogLine
from packslip.press.shelf import Shelf
from packslip.press.weasy.fonts import Fonts
from packslip.press.weasy.images import CodeImage, Images
from packslip.press.weasy.survey import Survey
from packslip.press.weasy.watching import PagesExceededError, Watch, watching

#: Relative names stay relative: urljoin knows no such scheme, so they reach the shelf as the layout wrote them.
BASE = "layout:/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A parsed style sheet, good for any number of documents."""

    css: CSS
    log: tuple[LogLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the PDF says of itself; no name, address or e-mail."""

    title: str
    dated: date
    language: str
    producer: str
    identifier: bytes


class Fetcher(URLFetcher):  # type: ignore[misc]
    """Hands every request to the shelf; the handlers of its base class are never asked.

    `fail_on_errors` stays off: a fatal fetching error is a BaseException, and one fault is no reason to miss others.
    """

    def __init__(self, shelf: Shelf) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=False)
        self._shelf = shelf

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """The bytes of a URL, or RefusedError, which WeasyPrint turns into a log line."""
        resource = self._shelf.fetch(url)
        return URLFetcherResponse(url, resource.data, {"Content-Type": resource.mime})


def parse_css(css: str, shelf: Shelf, fonts: Fonts, file: str) -> Style:
    """A style sheet, parsed; `file` is where people find it."""
    with watching(sheet=file) as watch:
        parsed = CSS(string=css, base_url=BASE, url_fetcher=Fetcher(shelf), font_config=fonts.configuration)
        return Style(css=parsed, log=tuple(watch.log))


def draw(
    html: str,
    *,
    styles: Sequence[Style],
    fonts: Fonts,
    images: Images,
    shelf: Shelf,
    symbols: Mapping[str, Symbol],
    facts: Facts,
    page_limit: int,
) -> Drawn:
    """One document. Layout stops where it passes `page_limit` pages; then there are no bytes."""
    with watching(page_limit=page_limit) as watch:
        images.update({f"code:{name}": CodeImage(symbol) for name, symbol in symbols.items()})
        try:
            document = HTML(string=html, base_url=BASE, url_fetcher=Fetcher(shelf)).render(
                font_config=fonts.configuration,
                stylesheets=[style.css for style in styles],
                cache=images,
            )
            return _write(document, facts, watch)
        except PagesExceededError:
            return Drawn(data=b"", sheets=(), glyph_faults=(), upright=(), log=tuple(watch.log))
        finally:
            images.settle()


def _write(document: Document, facts: Facts, watch: Watch) -> Drawn:
    document.metadata = DocumentMetadata(
        title=facts.title,
        generator=facts.producer,
        created=facts.dated.isoformat(),
        modified=facts.dated.isoformat(),
        lang=facts.language,
    )
    surveys = [Survey(page) for page in document.pages]
    for survey, page in zip(surveys, document.pages, strict=True):
        survey.walk()
        page.links, page.bookmarks, page.anchors, page.forms = [], [], {}, {None: []}  # paper has none

    def name_producer(_document: Document, pdf: pydyf.PDF) -> None:
        pdf.info["Producer"] = pydyf.String(facts.producer)

    data = document.write_pdf(finisher=name_producer, pdf_identifier=facts.identifier)
    return Drawn(
        data=data,
        sheets=tuple(survey.sheet(watch.inks) for survey in surveys),
        glyph_faults=tuple(watch.glyph_faults),
        upright=tuple(watch.upright),
        log=tuple(watch.log),
    )
