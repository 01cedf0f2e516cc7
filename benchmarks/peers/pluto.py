"""PlutoPrint: the same HTML and style sheets, parsed for each slip as its API has it, with grids said as flex boxes."""

import io
import os
from pathlib import Path

import plutoprint

from benchmarks.peers import page
from benchmarks.peers.shop import Peer, Shop
from packslip.model import Slip

_OVERRIDES = ("print.css", "no_clone.css", "no_grid-{store}.css")


class Pluto(Peer):
    """A `Book` a slip; pictures stay files, fonts are those of one fontconfig for the process."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        os.environ["FONTCONFIG_FILE"] = str(shop.font_configuration)

        self._css: dict[str, str] = {}

    def draw(self, slip: Slip) -> bytes:
        store = slip.brand.store
        if store not in self._css:
            self._css[store] = page.fixed_css(slip, self._shop) + _overrides(store)
        book = plutoprint.Book(plutoprint.PAGE_SIZE_A4, plutoprint.PAGE_MARGINS_NONE)
        html = page.with_style(page.fill(slip, self._shop), self._css[store] + page.margin_css(slip))
        book.load_html(html)
        out = io.BytesIO()
        book.write_to_pdf_stream(out)
        return out.getvalue()


def _overrides(store: str) -> str:
    folder = Path(__file__).parent
    return "".join((folder / name.format(store=store)).read_text(encoding="utf-8") for name in _OVERRIDES)
