"""Drawing: HTML and CSS in, a PDF and what is to be known of it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from unittest.mock import patch

import pydyf
from weasyprint import CSS, HTML
from weasyprint import pdf as pdf_module
from weasyprint.document import Document, DocumentMetadata
from weasyprint.urls import URLFetcher, URLFetcherResponse

from packslip.press.codes import Symbol
from packslip.press.identity import Facts, catalog_entries, info_entries, page_entries
from packslip.press.palette import Palette
from packslip.press.pieces import Drawn, LogLine
from packslip.press.shelf import Shelf
from packslip.press.weasy.fonts import Fonts
from packslip.press.weasy.images import CodeImage, Images
from packslip.press.weasy.inks import PageStream, page_boxes
from packslip.press.weasy.stumbling import STUMBLES, is_stumble, rules_of, stumble
from packslip.press.weasy.survey import Survey
from packslip.press.weasy.watching import PagesExceededError, Watch, watching

#: Relative names stay relative: urljoin knows no such scheme, so they reach the shelf as the layout wrote them.
BASE = "layout:/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A parsed style sheet, good for any number of documents."""

    css: CSS
    log: tuple[LogLine, ...]


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
    """A style sheet, parsed; `file` is where people find it. Rules WeasyPrint stumbles over are told, and left out."""
    with watching(sheet=file) as watch:
        parsed, fault = _try_to_parse(css, shelf, fonts)
        if fault is None:
            return Style(css=parsed, log=tuple(watch.log))
        told: list[LogLine] = []
        sound = ""
        for place, rule in rules_of(css):
            _, found = _try_to_parse(rule, shelf, fonts)
            if found is None:
                sound += rule
            else:
                told.append(stumble(found, sheet=file, place=place))
        rest, _ = _try_to_parse(sound, shelf, fonts)
        return Style(css=rest, log=tuple(told) or (stumble(fault, sheet=file),))


def _try_to_parse(css: str, shelf: Shelf, fonts: Fonts) -> tuple[CSS, Exception | None]:
    """A style sheet, or an empty one and what WeasyPrint stumbled with."""
    try:
        return CSS(string=css, base_url=BASE, url_fetcher=Fetcher(shelf), font_config=fonts.configuration), None
    except STUMBLES as fault:
        if not is_stumble(fault):
            raise
        return CSS(string=""), fault


def draw(
    html: str,
    *,
    styles: Sequence[Style],
    fonts: Fonts,
    images: Images,
    shelf: Shelf,
    symbols: Mapping[str, Symbol],
    palette: Palette,
    facts: Facts,
    page_limit: int,
) -> Drawn:
    """One document in a palette's inks. Layout stops where it passes `page_limit` pages; then there are no bytes.

    Nor are there any where WeasyPrint stumbles over what it is given: `Drawn.stumbled`.
    """
    with watching(page_limit=page_limit) as watch:
        images.update({f"code:{name}": CodeImage(symbol) for name, symbol in symbols.items()})
        try:
            document = HTML(string=html, base_url=BASE, url_fetcher=Fetcher(shelf)).render(
                font_config=fonts.configuration,
                stylesheets=[style.css for style in styles],
                cache=images,
            )
            return _write(document, facts, palette, watch)
        except PagesExceededError:
            return Drawn(data=b"", sheets=(), glyph_faults=(), upright=(), log=tuple(watch.log))
        except STUMBLES as fault:
            if not is_stumble(fault):
                raise
            log = (*watch.log, stumble(fault))
            return Drawn(data=b"", sheets=(), glyph_faults=(), upright=(), log=log, stumbled=True)
        finally:
            images.settle()


def _write(document: Document, facts: Facts, palette: Palette, watch: Watch) -> Drawn:
    document.metadata = DocumentMetadata()
    surveys = [Survey(page) for page in document.pages]
    for survey, page in zip(surveys, document.pages, strict=True):
        survey.walk()
        page.links, page.bookmarks, page.anchors, page.forms = [], [], {}, {None: []}  # paper has none

    def identify(_document: Document, pdf: pydyf.PDF) -> None:
        pdf.info.clear()
        pdf.info.update(_named(info_entries(facts)))
        pdf.catalog.update(_named(catalog_entries(facts, lambda head, data: _add_stream(pdf, head, data))))
        pages = (item for item in pdf.objects if isinstance(item, pydyf.Dictionary) and item.get("Type") == "/Page")
        for page, entry in zip(document.pages, pages, strict=True):
            media, trim = page_boxes(page)
            boxes = {"MediaBox": media, "TrimBox": trim, "BleedBox": media}
            entry.update({name: pydyf.Array(box) for name, box in boxes.items()})
            entry.update(_named(page_entries(facts)))

    with patch.object(pdf_module, "Stream", partial(PageStream, palette=palette)):
        data = document.write_pdf(
            finisher=identify, pdf_identifier=facts.identifier, pdf_version=facts.version.decode()
        )
    return Drawn(
        data=data,
        sheets=tuple(survey.sheet(watch.inks) for survey in surveys),
        glyph_faults=tuple(watch.glyph_faults),
        upright=tuple(watch.upright),
        log=tuple(watch.log),
    )


class _Final(pydyf.Stream):  # type: ignore[misc]
    """A stream that is written as it is."""

    def __init__(self, head: bytes, content: bytes) -> None:
        super().__init__()
        self._head, self._content = head, content

    @property
    def data(self) -> bytes:
        """The object."""
        length = len(self._content)
        return b"<<%b/Length %d>>\nstream\n%b\nendstream" % (self._head, length, self._content)


def _add_stream(pdf: pydyf.PDF, head: bytes, content: bytes) -> bytes:
    stream = _Final(head, content)
    pdf.add_object(stream)
    return bytes(stream.reference)


def _named(entries: Mapping[bytes, bytes]) -> dict[str, bytes]:
    return {name.decode(): value for name, value in entries.items()}
