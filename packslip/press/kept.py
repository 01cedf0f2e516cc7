"""Kept: what the slips of one world share, for as long as the world lives.

Fonts, parsed style sheets, decoded pictures, plates. None of it shows in the bytes: the same slip, release and pictures
give the same document in any process and after any other slips.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Protocol
from weakref import WeakKeyDictionary

from packslip.library.brands import Brand, looks_of
from packslip.library.fonts import FontFile
from packslip.library.layouts import Layout
from packslip.library.printing_conditions import PrintingCondition
from packslip.model import Finding
from packslip.press import weasy
from packslip.press.css_bleed import check_bleed
from packslip.press.identity import Facts
from packslip.press.messages import log_findings, refused_findings
from packslip.press.palette import SCREEN, Palette
from packslip.press.plates import PlateBook, Retired
from packslip.press.shelf import Shelf
from packslip.press.styles import brand_css, page_of_css
from packslip.press.subsets import load_faces
from packslip.press.template import prepare_layout
from packslip.settings import MediaSettings

#: Wordings of `label.page_of` kept parsed.
MOST_PHRASES = 64

#: Pictures kept ready for plates.
MOST_PICTURES = 2000

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

    @property
    def most_plates(self) -> int:
        """How many plates of pages are kept, and how many of their parts."""

    @property
    def retired(self) -> Retired:
        """The plates that strike no more."""

    def public_texts(self, amount: str) -> Collection[str]:
        """Texts that are nobody's and may be kept set from slip to slip; `amount` is what an offer gives."""

    def layout(self, name: str) -> Layout:
        """A layout by name; LayoutError where there is none."""

    def media(self, layout: Layout) -> MediaSettings:
        """What a layout is printed on."""

    def condition(self, media: MediaSettings) -> PrintingCondition | None:
        """The printing condition of a media, None where its profile has none; LayoutError where there is no such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A layout in a brand: its style sheets, parsed, and what was wrong with them."""

    styles: tuple[weasy.Style, ...]
    css: str  #: their source
    findings: tuple[Finding, ...]


class Kept:
    """What the slips of one world share. Holds no reference to the world, under which it is kept."""

    def __init__(self, world: PressWorld) -> None:
        faces = (
            weasy.Face(path=font.path, family=font.family, weight=font.weight, style=font.style) for font in world.fonts
        )
        self.fonts = weasy.load_fonts(faces)
        self.images = weasy.Images()
        self._folder = world.root / "layouts"
        self._looks: dict[tuple[str, str], Look] = {}
        self._page_of: dict[str, weasy.Style] = {}
        self.faces = load_faces([face.path for face in self.fonts.faces])
        self.typesetter = weasy.Typesetter(self.fonts, self.faces.refused)
        self.plates = PlateBook(self.typesetter, world.most_plates, world.retired)
        self._pictures: dict[tuple[str, str], weasy.Picture] = {}

    def picture(self, url: str, shelf: Shelf, palette: Palette) -> weasy.Picture:
        """A picture in a palette's inks, as plates take it."""
        key = url, palette.name
        if key not in self._pictures:
            if len(self._pictures) >= MOST_PICTURES:
                self._pictures.clear()
            self._pictures[key] = weasy.read_picture(url, shelf, self.images, palette)
        return self._pictures[key]

    def look(self, layout: Layout, brand: Brand, media: MediaSettings) -> Look:
        """The style sheets of a layout in a brand; the brand's own come last."""
        key = layout.name, brand.styled_by
        if key not in self._looks:
            shelf = Shelf(layouts=self._folder, layout=layout.name)
            sources = {
                f"layouts/brands/{brand.styled_by}.toml": brand_css(brand, media),
                f"layouts/{layout.name}/slip.css": layout.css,
                f"layouts/brands/{brand.styled_by}.css": brand.css,
            }
            styles = tuple(weasy.parse_css(css, shelf, self.fonts, file) for file, css in sources.items())
            lines = [line for style in styles for line in style.log]
            findings = (
                *log_findings(lines, shelf.refused, layout=layout.name),
                *refused_findings(shelf.refused, layout=layout.name),
                *(finding for file, css in sources.items() for finding in check_bleed(css, file, layout.media, media)),
            )
            self._looks[key] = Look(styles=styles, css="\n".join(sources.values()), findings=findings)
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


_KEPT: WeakKeyDictionary[PressWorld, Kept] = WeakKeyDictionary()


def kept_of(world: PressWorld) -> Kept:
    """What is kept for a world."""
    kept = _KEPT.get(world)
    if kept is None:
        kept = _KEPT[world] = Kept(world)
    return kept


def traced(world: PressWorld) -> int:
    """How many slips were laid out on a tape in this process, because no plate was there for them."""
    return kept_of(world).plates.traced


def warm(world: PressWorld, languages: Collection[str] = ()) -> None:
    """Load what slips share: fonts, every layout in every brand, hyphenation. Then the first slip waits like the rest.

    `languages` are those whose hyphenation is loaded; German alone takes half a second.
    """
    kept = kept_of(world)
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
        palette=SCREEN,
        facts=Facts(title="", dated=date(2000, 1, 1), language="en", producer=PRODUCER, identifier=b""),
        page_limit=1 + len(words),
    )


def check_styles(world: PressWorld) -> tuple[Finding, ...]:
    """What is wrong with the style sheets of every layout in every brand, without drawing a slip.

    Raises:
        LayoutError: a layout's media is not declared, or a font is broken.
    """
    kept = kept_of(world)
    looks = (
        kept.look(layout, brand, world.media(layout))
        for layout in world.layouts.values()
        for brand in looks_of(world.brands.values())
    )
    return tuple(dict.fromkeys(finding for look in looks for finding in look.findings))
