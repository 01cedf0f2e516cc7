"""A small house for the press: a world of one layout and one brand, and a slip to draw."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from packslip.errors import LayoutError
from packslip.library.brands import Brand
from packslip.library.fonts import FontFile, load_fonts
from packslip.library.layouts import CodeBox, Layout
from packslip.library.printing_conditions import PrintingCondition, condition_of, shipped_conditions
from packslip.model import (
    Code,
    OrderKey,
    Slip,
    SlipAddress,
    SlipBrand,
    SlipLine,
    SlipOrder,
    SlipParcel,
    SlipReview,
    Symbology,
)
from packslip.settings import MediaSettings, OutputProfile

REPOSITORY = Path(__file__).parents[1]
FONTS: tuple[FontFile, ...] = load_fonts(REPOSITORY / "layouts" / "fonts")[0]

A5 = MediaSettings(width_mm=148, height_mm=210, dots_per_mm=23.622, safe_mm=4)
LABEL = MediaSettings(width_mm=101.5, height_mm=152.5, dots_per_mm=8, safe_mm=2, profile=OutputProfile.THERMAL)

CSS = """
@page{margin:12mm}
body{margin:0;font:9pt/12pt Jost;color:#000}
h1{font:400 20pt/22pt "Cormorant Garamond";margin:0 0 4mm}
table{width:100%;border-collapse:collapse;table-layout:fixed} td{padding:1mm 0} .n{text-align:right}
.foot{position:absolute;left:0;right:0;bottom:0}
.page-of::after{content:var(--page-of)}
"""

HTML = """<!doctype html><html lang="{{ locale }}"><head><meta charset="utf-8"></head><body>
<h1>{{ copy.message.headline }}</h1>
<p class="to">{{ ship_to.name }}{% for line in ship_to.lines %}<br>{{ line }}{% endfor %}</p>
<table class="lines">
{% for line in lines %}<tr><td class="name">{{ line.name }}</td><td class="n">{{ line.here }}</td></tr>{% endfor %}
</table>
{% if review %}<p><img src="{{ review.code }}"></p>{% endif %}
{% if order.code %}<p><img src="{{ order.code }}"></p>{% endif %}
<p class="page-of"></p>
</body></html>"""

BRAND = Brand(
    store="oriel-ash",
    name="Oriel & Ash",
    logo="",
    address="3 Kiln Yard",
    email="care@orielandash.example",
    website="orielandash.example",
    returns="orielandash.example/returns",
    review_url="",
    locale="en-GB",
    css="",
    colours={"accent": "#8b6b43"},
    fonts={"text": "Jost"},
)


@dataclass(eq=False)
class SmallWorld:
    """Just what the press asks of a world."""

    root: Path
    layouts: Mapping[str, Layout]
    settings_media: MediaSettings = A5
    brands: Mapping[str, Brand] = field(default_factory=lambda: {"oriel-ash": BRAND})
    fonts: tuple[FontFile, ...] = FONTS
    most_plates: int = 200
    retired: set[str] = field(default_factory=set)

    def public_texts(self, amount: str) -> frozenset[str]:
        return frozenset()

    def layout(self, name: str) -> Layout:
        if name not in self.layouts:
            raise LayoutError(f"no layout {name!r}")
        return self.layouts[name]

    def media(self, layout: Layout) -> MediaSettings:
        return self.settings_media

    def condition(self, media: MediaSettings) -> PrintingCondition | None:
        return condition_of(media, shipped_conditions())


def make_layout(
    html: str = HTML, css: str = CSS, *, name: str = "card", root: Path = Path(), **changes: object
) -> Layout:
    layout = Layout(
        name=name,
        folder=root / "layouts" / name,
        title="Card",
        media="card",
        html=html,
        css=css,
        max_pages=1,
        fallback="",
        compact_from=9,
        optional=frozenset(),
        codes={
            "review": CodeBox(symbology=Symbology.QR, width_mm=24, height_mm=24),
            "order": CodeBox(symbology=Symbology.CODE128, width_mm=64, height_mm=9),
        },
    )
    return replace(layout, **changes)  # type: ignore[arg-type]


def make_world(
    root: Path, html: str = HTML, css: str = CSS, *, media: MediaSettings = A5, **changes: object
) -> SmallWorld:
    (root / "layouts" / "card").mkdir(parents=True, exist_ok=True)
    (root / "layouts" / "art").mkdir(exist_ok=True)
    layout = make_layout(html, css, root=root, **changes)
    return SmallWorld(root=root, layouts={layout.name: layout}, settings_media=media)


def make_slip(**changes: object) -> Slip:
    slip = Slip(
        key=OrderKey(store="oriel-ash", order_id="OA-104882", parcel=1),
        layout="card",
        release="working",
        dated=date(2026, 11, 20),
        locale="en-GB",
        segment="new",
        message="new",
        order=SlipOrder(id="OA-104882", date="20 November 2026", code="code:order"),
        parcel=SlipParcel(number="1", kind="complete", density="airy", pieces="2"),
        ship_to=SlipAddress(name="Eleanor Fitzgerald", lines=("14 Wharf Lane", "Bristol BS1 6XN")),
        lines=(
            SlipLine(name="Stoneware vase, ash glaze", sku="OA-2071", ordered="1", here="1", to_come=""),
            SlipLine(name="Ribbed tumbler, smoke", sku="OA-1180", ordered="2", here="1", to_come="1"),
        ),
        copy={"message": {"headline": "Welcome home, Eleanor."}, "label": {"page_of": "Page {page} of {pages}"}},
        review=SlipReview(url="HTTPS://OA.EXAMPLE/R/7K2M9QX4T", code="code:review"),
        brand=SlipBrand(
            store="oriel-ash",
            name="Oriel & Ash",
            logo="",
            address="3 Kiln Yard",
            email="care@orielandash.example",
            website="orielandash.example",
            returns="orielandash.example/returns",
        ),
        codes=(
            Code(name="review", symbology=Symbology.QR, payload="HTTPS://OA.EXAMPLE/R/7K2M9QX4T"),
            Code(name="order", symbology=Symbology.CODE128, payload="OA-104882/1"),
        ),
    )
    return replace(slip, **changes)  # type: ignore[arg-type]


def no_pictures(digest: str) -> Path:
    raise FileNotFoundError(digest)


Pictures = Callable[[str], Path]
