"""WeasyPrint without packslip around it: as its tutorial's first page has it, and as well as it can be used."""

import os
from datetime import date

from weasyprint import CSS, HTML
from weasyprint.document import DocumentMetadata
from weasyprint.pdf.stream import Stream
from weasyprint.urls import URLFetcher, URLFetcherResponse

from benchmarks.peers import page
from benchmarks.peers.shop import Peer, Shop
from packslip.model import Slip
from packslip.press import weasy
from packslip.press.codes import Symbol
from packslip.press.template import fill_layout

_MM_PER_PX = 25.4 / 96


class Naive(Peer):
    """One call a slip and nothing kept: HTML and CSS are parsed, fonts and pictures found anew."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        os.environ["FONTCONFIG_FILE"] = str(shop.font_configuration)

    def draw(self, slip: Slip) -> bytes:
        css = page.fixed_css(slip, self._shop) + page.language_css(slip)
        html = page.with_style(page.fill(slip, self._shop), css)
        return HTML(string=html).write_pdf()


class Tuned(Peer):
    """Everything kept that may be: font configuration, parsed style sheets, decoded pictures, codes as operators."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        faces = [
            weasy.Face(path=font.path, family=font.family, weight=font.weight, style=font.style)
            for font in shop.world.fonts
        ]
        self._fonts = weasy.load_fonts(faces).configuration
        self._sheets: dict[str, CSS] = {}
        self._images: dict[str, object] = {}
        self._fetcher = _Fetcher(shop)

    def draw(self, slip: Slip) -> bytes:
        html, _ = fill_layout(self._shop.layout(slip), slip)
        codes = {f"code:{name}": _CodeImage(symbol) for name, symbol in self._shop.symbols(slip).items()}
        self._images.update(codes)
        store, language = slip.brand.store, slip.locale
        document = HTML(string=html, base_url="layout:/", url_fetcher=self._fetcher).render(
            font_config=self._fonts,
            stylesheets=[
                self._sheets.get(store) or self._sheet(store, page.fixed_css(slip, self._shop)),
                self._sheets.get(language) or self._sheet(language, page.language_css(slip)),
            ],
            cache=self._images,
        )
        for name in codes:
            del self._images[name]
        document.metadata = DocumentMetadata(title=slip.order.id, created=_day(slip.dated), lang=slip.locale)
        return document.write_pdf()

    def _sheet(self, key: str, css: str) -> CSS:
        self._sheets[key] = CSS(string=css, base_url="layout:/", font_config=self._fonts)
        return self._sheets[key]


class _Fetcher(URLFetcher):
    """Pictures and art by their names; the layout's own style sheet is in force already."""

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self._shop = shop

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        if url.startswith(("picture:", "art:")):
            path = self._shop.source(url)
            mime = "image/svg+xml" if path.suffix == ".svg" else "image/jpeg"
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": mime})
        return URLFetcherResponse(url, b"", {"Content-Type": "text/css"})


class _CodeImage:
    """A code in the image cache: drawn as rectangles, never parsed."""

    def __init__(self, symbol: Symbol) -> None:
        self._symbol = symbol

    def get_intrinsic_size(self, _resolution: float, _font_size: float) -> tuple[float, float, float]:
        width, height = self._symbol.width_mm / _MM_PER_PX, self._symbol.height_mm / _MM_PER_PX
        return width, height, width / height

    def draw(self, stream: Stream, width: float, height: float, _style: object) -> None:
        symbol = self._symbol
        with stream.stacked():
            stream.transform(a=width / symbol.width, d=height / symbol.height)
            stream.set_color_rgb(0, 0, 0)
            for bar in symbol.bars:
                stream.rectangle(bar.x, bar.y, bar.width, bar.height)
            stream.fill()


def _day(day: date) -> str:
    return day.isoformat()
