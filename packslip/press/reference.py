"""The reference path: a slip laid out by WeasyPrint, from its layout's HTML and CSS to the bytes for the printer.

Keeps what slips share (fonts, parsed style sheets, decoded pictures) for as long as a world lives. None of it shows in
the bytes: the same slip, release and pictures give the same document in any process and after any other slips.
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Protocol
from weakref import WeakKeyDictionary

from packslip.errors import LayoutError
from packslip.files import sha256
from packslip.library.brands import Brand
from packslip.library.fonts import FontFile
from packslip.library.layouts import Layout
from packslip.model import Document, Finding, PageBox, PlacedCode, PressPath, Slip, Where, error
from packslip.press import weasy
from packslip.press.codes import Symbol, draw_code
from packslip.press.messages import glyph_findings, log_findings, refused_findings, upright_findings
from packslip.press.overflow import judge, too_many_pages
from packslip.press.pieces import CodePiece, Drawn
from packslip.press.shelf import Shelf
from packslip.press.styles import brand_css, page_of_css
from packslip.press.template import fill_layout, prepare_layout
from packslip.settings import MediaSettings
from packslip.units import Mm, pt_from_mm

#: Pages beyond a layout's own limit that are still drawn, so that a designer sees what happened.
SURPLUS_PAGES = 4

#: Wordings of `label.page_of` kept parsed.
MOST_PHRASES = 64

PRODUCER = "packslip"

Pictures = Callable[[str], Path]


class PressWorld(Protocol):
    """What the press needs of a world."""

    @property
    def root(self) -> Path:
        """Folder that holds `layouts/`."""

    @property
    def layouts(self) -> Mapping[str, Layout]:
        """Layouts by name."""

    @property
    def brands(self) -> Mapping[str, Brand]:
        """Brands by store."""

    @property
    def fonts(self) -> tuple[FontFile, ...]:
        """The only fonts there are."""

    def layout(self, name: str) -> Layout:
        """A layout by name; LayoutError where there is none."""

    def media(self, layout: Layout) -> MediaSettings:
        """What a layout is printed on."""


def press(slip: Slip, world: PressWorld, pictures: Pictures) -> tuple[Document | None, tuple[Finding, ...]]:
    """The document of a slip. Any error among the findings means it may not print; None means it could not be drawn.

    `pictures` gives the file of a rendition by its digest.

    Raises:
        LayoutError: the world has no such layout, media or brand.
    """
    started = time.perf_counter()
    layout = world.layout(slip.layout)
    media, brand = world.media(layout), _brand(world, slip.brand.store)
    html, findings = fill_layout(layout, slip)
    if html is None:
        return None, findings
    kept = _kept(world)
    look = kept.look(layout, brand, media)
    symbols, code_findings = _symbols(slip, layout, media)
    shelf = Shelf(layouts=world.root / "layouts", layout=layout.name, pictures=pictures)
    drawn = weasy.draw(
        html,
        styles=(*look.styles, kept.page_of(slip.copy.get("label", {}).get("page_of", ""))),
        fonts=kept.fonts,
        images=kept.images,
        shelf=shelf,
        symbols=symbols,
        facts=_facts(slip),
        page_limit=layout.max_pages + SURPLUS_PAGES,
    )
    found = (*look.findings, *code_findings, *_drawing_findings(drawn, shelf, layout, media))
    if not drawn.data:
        return None, found
    return _document(drawn, layout, 1000 * (time.perf_counter() - started)), found


def warm(world: PressWorld, languages: Collection[str] = ()) -> None:
    """Load what slips share: fonts, every layout in every brand, hyphenation. Then the first slip waits like the rest.

    `languages` are those whose hyphenation is loaded; German alone takes half a second.
    """
    kept = _kept(world)
    for layout in world.layouts.values():
        prepare_layout(layout)
        for brand in world.brands.values():
            kept.look(layout, brand, world.media(layout))
    families = sorted({font.family for font in world.fonts})
    words = [f"<p style='font-family:\"{escape(family)}\"'>packslip <b>1</b> <i>2</i></p>" for family in families]
    words += [f"<p lang='{escape(name)}' style='hyphens:auto;width:1em'>packslip</p>" for name in sorted(languages)]
    weasy.draw(
        f"<!doctype html><html><body>{''.join(words)}</body></html>",
        styles=(),
        fonts=kept.fonts,
        images=kept.images,
        shelf=Shelf(layouts=world.root / "layouts"),
        symbols={},
        facts=weasy.Facts(title="", dated=date(2000, 1, 1), language="en", producer=PRODUCER, identifier=b""),
        page_limit=1 + len(words),
    )


def check_styles(world: PressWorld) -> tuple[Finding, ...]:
    """What is wrong with the style sheets of every layout in every brand, without drawing a slip.

    Raises:
        LayoutError: a layout's media is not declared, or a font is broken.
    """
    kept = _kept(world)
    looks = (
        kept.look(layout, brand, world.media(layout))
        for layout in world.layouts.values()
        for brand in world.brands.values()
    )
    return tuple(dict.fromkeys(finding for look in looks for finding in look.findings))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """A layout in a brand: its style sheets, parsed, and what was wrong with them."""

    styles: tuple[weasy.Style, ...]
    findings: tuple[Finding, ...]


class _Kept:
    """What the slips of one world share. Holds no reference to the world, under which it is kept."""

    def __init__(self, world: PressWorld) -> None:
        faces = (
            weasy.Face(path=font.path, family=font.family, weight=font.weight, style=font.style) for font in world.fonts
        )
        self.fonts = weasy.load_fonts(faces)
        self.images = weasy.Images()
        self._folder = world.root / "layouts"
        self._looks: dict[tuple[str, str], _Look] = {}
        self._page_of: dict[str, weasy.Style] = {}

    def look(self, layout: Layout, brand: Brand, media: MediaSettings) -> _Look:
        """The style sheets of a layout in a brand; the brand's own come last."""
        key = layout.name, brand.store
        if key not in self._looks:
            shelf = Shelf(layouts=self._folder, layout=layout.name)
            styles = (
                weasy.parse_css(brand_css(brand, media), shelf, self.fonts, f"layouts/brands/{brand.store}.toml"),
                weasy.parse_css(layout.css, shelf, self.fonts, f"layouts/{layout.name}/slip.css"),
                weasy.parse_css(brand.css, shelf, self.fonts, f"layouts/brands/{brand.store}.css"),
            )
            lines = [line for style in styles for line in style.log]
            findings = (
                *log_findings(lines, shelf.refused, layout=layout.name),
                *refused_findings(shelf.refused, layout=layout.name),
            )
            self._looks[key] = _Look(styles=styles, findings=findings)
        return self._looks[key]

    def page_of(self, text: str) -> weasy.Style:
        """The style sheet that makes `--page-of` of a phrase."""
        if text not in self._page_of:
            if len(self._page_of) >= MOST_PHRASES:
                self._page_of.clear()
            self._page_of[text] = weasy.parse_css(
                page_of_css(text), Shelf(layouts=self._folder), self.fonts, "label.page_of"
            )
        return self._page_of[text]


_KEPT: WeakKeyDictionary[PressWorld, _Kept] = WeakKeyDictionary()


def _kept(world: PressWorld) -> _Kept:
    kept = _KEPT.get(world)
    if kept is None:
        kept = _KEPT[world] = _Kept(world)
    return kept


def _brand(world: PressWorld, store: str) -> Brand:
    try:
        return world.brands[store]
    except KeyError:
        raise LayoutError(f"no brand {store!r}", hint=f"layouts/brands has {', '.join(world.brands)}") from None


def _symbols(slip: Slip, layout: Layout, media: MediaSettings) -> tuple[dict[str, Symbol], tuple[Finding, ...]]:
    symbols: dict[str, Symbol] = {}
    findings: list[Finding] = []
    for code in slip.codes:
        where = Where(file=f"layouts/{layout.name}/layout.toml", spot=f"codes.{code.name}")
        box = layout.codes.get(code.name)
        if box is None or box.symbology is not code.symbology:
            message = f"the slip has a {code.symbology} code {code.name!r}, the layout has no room for one"
            findings.append(error("code.no_box", where, message, f"add [codes.{code.name}] to layout.toml"))
            continue
        symbol, found = draw_code(code, box, media, where)
        findings += found
        if symbol is not None:
            symbols[code.name] = symbol
    return symbols, tuple(findings)


def _facts(slip: Slip) -> weasy.Facts:
    return weasy.Facts(
        title=f"{slip.order.id} · {slip.brand.name}",
        dated=slip.dated,
        language=slip.locale,
        producer=PRODUCER,
        identifier=slip.digest[:32].encode(),
    )


def _drawing_findings(drawn: Drawn, shelf: Shelf, layout: Layout, media: MediaSettings) -> tuple[Finding, ...]:
    pages = judge(drawn.sheets, layout, media)
    if not drawn.data:
        pages = (too_many_pages(layout, f"more than {layout.max_pages + SURPLUS_PAGES}"),)
    return (
        *refused_findings(shelf.refused, layout=layout.name),
        *log_findings(drawn.log, shelf.refused, layout=layout.name),
        *glyph_findings(drawn.glyph_faults, layout=layout.name),
        *upright_findings(drawn.upright, layout=layout.name),
        *pages,
    )


def _document(drawn: Drawn, layout: Layout, render_ms: float) -> Document:
    return Document(
        data=drawn.data,
        sha256=sha256(drawn.data),
        media=layout.media,
        pages=tuple(PageBox(width=pt_from_mm(sheet.width), height=pt_from_mm(sheet.height)) for sheet in drawn.sheets),
        codes=tuple(_placed(code, page) for page, sheet in enumerate(drawn.sheets, start=1) for code in sheet.codes),
        path=PressPath.REFERENCE,
        render_ms=render_ms,
    )


def _placed(piece: CodePiece, page: int) -> PlacedCode:
    return PlacedCode(
        symbology=piece.symbol.code.symbology,
        payload=piece.symbol.code.payload,
        page=page,
        x=piece.place.left,
        y=piece.place.top,
        width=Mm(piece.place.width),
        height=Mm(piece.place.height),
    )
