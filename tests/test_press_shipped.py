"""The layouts that ship: drawn full and empty, long and short, in every brand, without one false alarm."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image
from press_kit import FONTS, REPOSITORY, make_slip

from packslip.library.brands import load_brands
from packslip.library.fonts import FontFile
from packslip.library.layouts import Layout, load_layouts
from packslip.library.printing_conditions import PrintingCondition, condition_of, shipped_conditions
from packslip.model import (
    Code,
    OrderKey,
    Severity,
    Slip,
    SlipAddress,
    SlipContent,
    SlipLine,
    SlipOffer,
    SlipOrder,
    SlipParcel,
    SlipProduct,
    SlipReview,
    SlipTotal,
    Symbology,
)
from packslip.preflight import preflight
from packslip.press import press
from packslip.settings import MediaSettings, Settings

LAYOUTS = load_layouts(REPOSITORY / "layouts")[0]
BRANDS = load_brands(REPOSITORY / "layouts" / "brands")[0]
MEDIA = Settings().media
PICTURE = "picture:" + "ab" * 32


@dataclass(eq=False)
class ShippedWorld:
    root: Path = REPOSITORY
    layouts = LAYOUTS
    brands = BRANDS
    fonts: tuple[FontFile, ...] = FONTS
    most_plates = 200
    retired: frozenset[str] = frozenset()

    def public_texts(self, amount: str) -> frozenset[str]:
        return frozenset()

    def layout(self, name: str) -> Layout:
        return self.layouts[name]

    def media(self, layout: Layout) -> MediaSettings:
        return MEDIA[layout.media]

    def condition(self, media: MediaSettings) -> PrintingCondition | None:
        return condition_of(media, shipped_conditions())


@pytest.fixture(scope="module")
def world() -> ShippedWorld:
    return ShippedWorld()


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "x.jpg"
    Image.new("RGB", (900, 900), (180, 170, 160)).save(path)
    return path


def words(block: str, text: str) -> dict[str, str]:
    """Every phrase of a block that any layout asks for."""
    paths = [path.split(".") for layout in LAYOUTS.values() for path in layout.variables]
    return {path[2]: text for path in paths if path[:2] == ["copy", block]}


COPY = {
    "label": words("label", "Ordered") | {"page_of": "Page {page} of {pages}"},
    "message": words("message", "Welcome home, and thank you for a first parcel."),
    "parcel": {"title": "Still to come", "note": "What is missing follows in a parcel of its own, carriage paid."},
    "offer": words("offer", "15 % on your next order until 14 February 2027"),
    "recommendations": words("recommendations", "Chosen to sit beside it"),
    "review": words("review", "Scan, and tell us in a line or two."),
    "returns": words("returns", "within 30 days, in any packaging: orielandash.example/returns"),
    "notice": words("notice", "No offers with your parcels, please? A line is enough."),
    "contact": words("contact", "Questions: care@orielandash.example"),
    "gift": words("gift", "A present for you"),
}


def full_slip(layout: Layout, store: str, lines: int, name: str = "Ribbed tumbler, smoke, set of four") -> Slip:
    brand = BRANDS[store]
    known = {
        "review": Code(name="review", symbology=Symbology.QR, payload="HTTPS://OA.EXAMPLE/R/7K2M9QX4T"),
        "order": Code(name="order", symbology=Symbology.CODE128, payload="OA-104882"),
    }
    return make_slip(
        key=OrderKey(store=store, order_id="OA-104882"),
        layout=layout.name,
        copy=COPY,
        order=SlipOrder(
            id="OA-104882",
            date="20 November 2026",
            code="code:order" if "order" in layout.codes else "",
            ship_method="Courier",
            tracking="00340434161094042557",
            delivery_estimate="24 November 2026",
        ),
        parcel=SlipParcel(
            number="1", kind="partial", density="compact" if lines >= layout.compact_from else "airy", pieces="3"
        ),
        lines=tuple(
            SlipLine(
                name=name,
                sku=f"OA-{2000 + i}",
                ordered="2",
                here="1",
                to_come="1",
                price="£64.00",
                picture=PICTURE if "line" in layout.pictures else "",
            )
            for i in range(lines)
        ),
        totals=(
            SlipTotal(label="Shipping", amount="£4.00"),
            SlipTotal(label="Order total", amount="£120.00", strong=True),
        ),
        offer=SlipOffer(code="H7QK-M3XD-9F", amount="15 %", until="14 February 2027"),
        recommendations=tuple(
            SlipProduct(sku=f"R{i}", name="Alabaster table lamp", price="£148.00", picture=PICTURE) for i in range(3)
        ),
        review=SlipReview(url="HTTPS://OA.EXAMPLE/R/7K2M9QX4T", code="code:review")
        if "review" in layout.codes
        else None,
        content=SlipContent(
            kicker="This week",
            headline="On glazing with wood ash",
            body="Ash from the orchard makes the glaze.",
            picture=PICTURE,
        ),
        codes=tuple(code for code in known.values() if code.name in layout.codes),
        brand=replace(
            make_slip().brand,
            store=store,
            name=brand.name,
            logo=f"art:{brand.logo}" if brand.logo else "",
            address=brand.address,
            email=brand.email,
        ),
    )


@pytest.mark.parametrize("lines", [1, 3, 12, 40])
@pytest.mark.parametrize("store", sorted(BRANDS))
@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_full_slips_have_no_finding(world: ShippedWorld, picture: Path, name: str, store: str, lines: int) -> None:
    layout = LAYOUTS[name]
    slip = full_slip(layout, store, lines)
    document, findings = press(slip, world, lambda _digest: picture)
    assert findings == ()
    assert document is not None
    assert preflight(document, slip, layout, MEDIA[layout.media]) == ()


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_bare_and_odd_slips_have_no_error(world: ShippedWorld, picture: Path, name: str) -> None:
    layout = LAYOUTS[name]
    slip = full_slip(layout, "oriel-ash", 3)
    bare = replace(
        slip,
        offer=None,
        recommendations=(),
        review=None,
        content=None,
        totals=(),
        codes=(),
        order=SlipOrder(id="OA-1", date="20 November 2026"),
    )
    long = full_slip(
        layout,
        "halden",
        3,
        "Donaudampfschifffahrtsgesellschaftskapitänsmützenhalter aus Nussbaum, geölt und gewachst, mit Messingring",
    )
    odd = replace(
        slip,
        ship_to=SlipAddress(
            name="Ørjan Żółć-Nováková O’Hara d’Été",
            lines=("c/o Æther & Söhne GmbH · Hinterhof", "1010 Wien", "Österreich"),
        ),
    )
    for each in (bare, replace(long, locale="de-DE"), odd):
        document, findings = press(each, world, lambda _digest: picture)
        assert document is not None
        assert [str(finding) for finding in findings if finding.severity is Severity.ERROR] == []


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_lines_pulled_over_what_is_above_are_caught(world: ShippedWorld, picture: Path, name: str) -> None:
    layout = LAYOUTS[name]
    caught = set()
    for shift in (8, 12, 16):
        broken = ShippedWorld()
        css = f"{layout.css}\n.lines{{position:relative;top:-{shift}mm}}"
        broken.layouts = {**LAYOUTS, name: replace(layout, css=css)}
        _, findings = press(full_slip(layout, "oriel-ash", 3), broken, lambda _digest: picture)
        caught |= {finding.code for finding in findings}
    assert caught == {"text.overflow"}
