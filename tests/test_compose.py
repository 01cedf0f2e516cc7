"""Compose: golden slips in three languages, what is never printed, and that any order gives a slip."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packslip.compose import (
    VARIABLES,
    ComposeWorld,
    VariableKind,
    asked_keys,
    check_copy,
    compose,
    known_paths,
    wanted_pictures,
)
from packslip.library.brands import Brand
from packslip.library.contents import Content, ContentText
from packslip.library.fonts import FontFile, load_fonts
from packslip.library.layouts import CodeBox, Layout, PictureBox, read_variables
from packslip.library.phrases import Phrasebook, load_phrases
from packslip.model import (
    Address,
    Choice,
    Finding,
    Grant,
    Line,
    Offer,
    Order,
    OrderKey,
    Product,
    Slip,
    Symbology,
    Totals,
    Where,
    settle_parcel,
)
from packslip.settings import Settings, ShopSettings

ROOT = Path(__file__).parent.parent
TODAY = date(2026, 11, 20)

HTML = """
{{ order.id }} {{ order.date }} {{ order.delivery_estimate }} {{ order.gift_message }} {{ order.code }}
{{ ship_to.name }} {% for line in ship_to.lines %}{{ line }}{% endfor %}
{{ copy.message.kicker }} {{ copy.message.headline }} {{ copy.message.body }} {{ copy.gift.headline }}
{% if offer %}{{ offer.code }} {{ copy.offer.title }} {{ copy.offer.terms }}{% endif %}
{{ copy.label.ordered }} {{ copy.label.here }} {{ copy.label.to_come }} {{ copy.label.price }}
{% for line in lines %}{{ line.name }} {{ line.sku }} {{ line.ordered }} {{ line.here }} {{ line.price }}
{{ line.picture }}{% endfor %}
{{ copy.parcel.title }} {{ copy.parcel.note }}
{% for total in totals %}{{ total.label }} {{ total.amount }}{% endfor %}
{% if recommendations %}{{ copy.recommendations.heading }}{% endif %}
{% for item in recommendations %}{{ item.name }}{% endfor %}
{% if content %}{{ content.headline }} {{ content.body }}{% endif %}
{% if review %}{{ review.code }} {{ copy.review.headline }} {{ copy.review.body }}{% endif %}
{{ copy.returns.title }} {{ copy.returns.body }} {{ copy.contact.line }} {{ copy.notice.objection }} {{ brand.name }}
"""

LAYOUT = Layout(
    name="test-a4",
    folder=Path(),
    title="Test",
    media="a4",
    html=HTML,
    css="",
    max_pages=4,
    fallback="",
    compact_from=3,
    optional=frozenset({"recommendations", "content", "pictures"}),
    pictures={
        "line": PictureBox(width_mm=14, height_mm=14),
        "recommendation": PictureBox(width_mm=54, height_mm=34, missing="drop"),
        "content": PictureBox(width_mm=54, height_mm=34),
    },
    codes={
        "review": CodeBox(symbology=Symbology.QR, width_mm=24, height_mm=24),
        "order": CodeBox(symbology=Symbology.CODE128, width_mm=46, height_mm=8),
    },
    variables=read_variables(HTML, file="layouts/test-a4/slip.html"),
)

BRAND = Brand(
    store="oriel-ash",
    name="Oriel & Ash",
    logo="oriel-ash.svg",
    address="3 Kiln Yard, Bath BA1 1AB",
    email="care@orielandash.example",
    website="orielandash.example",
    returns="orielandash.example/returns",
    review_url="",
    locale="en-GB",
    css="",
    fonts={"display": "'Cormorant Garamond', Inter", "text": "Jost, 'Noto Sans Hebrew'"},
)

CONTENT = Content(
    file="layouts/content/kiln.toml",
    valid_from=date(2026, 11, 1),
    valid_to=date(2026, 11, 30),
    stores=(),
    picture="kiln.jpg",
    texts={
        "en": ContentText(kicker="From the studio", headline="A kiln in winter", body="Fired once a year."),
        "de": ContentText(headline="Ein Ofen im Winter", body="Einmal im Jahr gebrannt."),
        "fr": ContentText(headline="Un four en hiver", body="Une cuisson par an."),
    },
)

PRODUCTS = {
    "OA-2071": Product(
        sku="OA-2071", name="Vase", names={"de": "Steingutvase", "fr": "Vase en grès"}, image="vase.png"
    ),
    **{
        f"OA-{number}": Product(
            sku=f"OA-{number}",
            name=f"Lamp {number}",
            names={"de": f"Leuchte {number}"},
            price=Decimal("148"),
            currency="GBP",
            image=f"{number}.png",
        )
        for number in range(1, 6)
    },
}


class Shelf:
    def product(self, sku: str) -> Product | None:
        return PRODUCTS.get(sku)

    def image(self, sku: str) -> str:
        product = PRODUCTS.get(sku)
        return product.image if product else ""


@cache
def shipped_phrases() -> Phrasebook:
    return load_phrases(ROOT / "rules" / "phrases")[0]


@cache
def shipped_fonts() -> tuple[FontFile, ...]:
    return load_fonts(ROOT / "layouts" / "fonts")[0]


@dataclass(kw_only=True)
class SmallWorld:
    release: str = "test"
    settings: Settings = field(default_factory=lambda: Settings(shop=ShopSettings()))
    layouts: Mapping[str, Layout] = field(default_factory=lambda: {"test-a4": LAYOUT})
    brands: Mapping[str, Brand] = field(default_factory=lambda: {"oriel-ash": BRAND})
    contents: Sequence[Content] = (CONTENT,)
    fonts: Sequence[FontFile] = field(default_factory=shipped_fonts)
    phrases: Phrasebook = field(default_factory=shipped_phrases)
    catalogue: Shelf = field(default_factory=Shelf)


WORLD: ComposeWorld = SmallWorld()
PEOPLE = {
    "en-GB": Address(
        name="Eleanor Fitzgerald", line1="14 Wharf Lane", city="Bristol", postcode="BS1 6XN", country="GB"
    ),
    "de-DE": Address(
        name="Anneliese Großmann", line1="Kastanienallee 7", city="Berlin", postcode="10435", country="DE"
    ),
    "fr-FR": Address(name="Éléonore Lefèvre", line1="8, rue du Four", city="Paris", postcode="75006", country="FR"),
}
GRANT = Grant(
    promo_code="H7QK-M3XD-9F",
    offer=Offer(name="welcome", amount=Decimal(15), unit="percent", valid_days=90),
    expires_on=date(2027, 2, 18),
    review_token="7Q4M9XK2TD",
    review_url="HTTPS://OA.EXAMPLE/R/7Q4M9XK2TD",
)


def order(locale: str = "en-GB", **changes: object) -> Order:
    made = Order(
        key=OrderKey(store="oriel-ash", order_id="OA-104882"),
        order_date=date(2026, 11, 19),
        currency="GBP",
        locale=locale,
        delivery_estimate=date(2026, 11, 24),
        ship_to=PEOPLE.get(locale, PEOPLE["en-GB"]),
        lines=(
            Line(
                line_id="1",
                sku="OA-2071",
                description="Stoneware vase, ash glaze",
                quantity=1,
                unit_price=Decimal(64),
                where=Where(),
            ),
            Line(
                line_id="2",
                sku="X-1",
                description="Ribbed tumbler",
                quantity=2,
                unit_price=Decimal("38.50"),
                where=Where(),
            ),
        ),
        totals=Totals(
            order=Decimal("141.00"),
            shipping=Decimal(0),
            discount=Decimal(0),
            tax=Decimal("23.50"),
            prices_include_tax=True,
        ),
        where=Where(file="orders.csv", line=2),
    )
    return replace(made, **changes)


def choice(message: str = "new", **changes: object) -> Choice:
    made = Choice(
        segment=message,
        message=message,
        offer=GRANT.offer,
        strategy="category",
        recommendations=tuple(PRODUCTS[f"OA-{number}"] for number in range(1, 6)),
        layout="test-a4",
        review=True,
        content=True,
        prices=True,
        because=(),
    )
    return replace(made, **changes)


PICTURES = {("recommendation", f"{number}.png"): f"picture:{number}" for number in (1, 3, 4, 5)} | {
    ("line", "vase.png"): "picture:vase",
    ("content", "kiln.jpg"): "picture:kiln",
}


def slip_of(
    an_order: Order,
    a_choice: Choice | None = None,
    *,
    grant: Grant = GRANT,
    world: ComposeWorld = WORLD,
    pictures: Mapping[tuple[str, str], str] = PICTURES,
    **more: object,
) -> tuple[Slip, tuple[Finding, ...]]:
    parcel, _ = settle_parcel(an_order, {})
    return compose(an_order, parcel, a_choice or choice(), grant, pictures, world, today=TODAY, **more)


def partly_shipped(an_order: Order, open_pieces: int = 1) -> Order:
    first, second = an_order.lines
    return replace(an_order, lines=(first, replace(second, quantity=1 + open_pieces, quantity_shipped=1)))


def case(name: str, locale: str) -> tuple[Order, Choice]:
    if name == "gift":
        return order(locale, gift=True, gift_message="For your new kitchen.\nLove, Tom"), choice("gift")
    if name == "partial":
        return partly_shipped(order(locale)), choice("repeat", offer=None)
    return order(locale), choice(name, offer=GRANT.offer if name == "new" else None)


def test_a_slip_kept_before_the_address_was_one_text_has_it():
    slip, _ = slip_of(order())
    kept = json.loads(slip.to_json())
    del kept["ship_to"]["address"]
    assert Slip.from_json(json.dumps(kept)) == slip
    assert slip.ship_to.address.split("\n") == [*slip.ship_to.lines]


@pytest.mark.parametrize("locale", PEOPLE)
@pytest.mark.parametrize("name", ["new", "repeat", "gift", "partial"])
def test_golden_slips(name, locale, golden):
    slip, findings = slip_of(*case(name, locale))
    assert findings == ()
    golden(f"slips/{name}.{locale}.json", json.dumps(json.loads(slip.to_json()), indent=1, ensure_ascii=False) + "\n")
    assert Slip.from_json(slip.to_json()) == slip


@pytest.mark.parametrize("minimum", [None, Decimal("40.00")])
@pytest.mark.parametrize("code", ["H7QK-M3XD-9FRT", "WELCOME-H7QK-M3XD-9FRT"])
def test_an_offer_is_read_back_as_it_was_written_with_or_without_a_minimum(code: str, minimum: Decimal | None) -> None:
    offer = replace(GRANT.offer, minimum=minimum, minimum_currency="GBP")
    slip, _ = slip_of(order("en-GB"), grant=replace(GRANT, promo_code=code, offer=offer))
    assert Slip.from_json(slip.to_json()) == slip
    assert ("minimum" in json.loads(slip.to_json())["offer"]) is (minimum is not None)
    assert slip.offer.minimum == ("£40.00" if minimum else "")


def test_the_same_order_gives_the_same_slip():
    assert slip_of(order())[0].digest == slip_of(order())[0].digest


def test_a_gift_tells_nothing_of_the_giver_or_the_price():
    gift = order(gift=True, gift_message="Love, Tom")
    slip, findings = slip_of(gift, choice("ambassador", prices=True))
    assert findings == ()
    assert (slip.message, slip.offer, slip.recommendations, slip.review, slip.content) == ("gift", None, (), None, None)
    assert slip.totals == ()
    assert not slip.parcel.prices
    assert "£" not in slip.to_json()
    assert GRANT.promo_code not in slip.to_json()
    assert GRANT.review_url not in slip.to_json()
    assert slip.order.gift_message == "Love, Tom"
    assert slip.copy["notice"]["objection"] == ""
    assert slip.copy["gift"]["headline"] == "A few words for you"


def test_a_gift_message_without_a_gift_is_reported_not_printed():
    slip, findings = slip_of(order(gift_message="Love, Tom"))
    assert slip.order.gift_message == ""
    assert [finding.code for finding in findings] == ["gift.message_unused"]


def test_nothing_is_sold_to_those_who_opted_out():
    slip, _ = slip_of(order(marketing_opt_out=True), choice("transactional"))
    assert (slip.offer, slip.recommendations, slip.review, slip.content) == (None, (), None, None)
    assert slip.copy["notice"]["objection"] == ""
    assert slip.copy["offer"]["title"] == ""


def test_a_slip_that_sells_carries_the_objection_notice():
    assert "care@orielandash.example" in slip_of(order(), choice("repeat", offer=None))[0].copy["notice"]["objection"]


def test_a_message_that_courts_carries_the_notice_even_alone():
    alone = choice("new", offer=None, review=False, content=False, recommendations=())
    assert slip_of(order(), alone)[0].copy["notice"]["objection"]
    assert slip_of(order(), replace(alone, message="transactional"))[0].copy["notice"]["objection"] == ""


def test_only_three_recommendations_that_have_a_picture_stand():
    slip, _ = slip_of(order("de-DE"))
    assert [product.sku for product in slip.recommendations] == ["OA-1", "OA-3", "OA-4"]
    assert slip.recommendations[0].name == "Leuchte 1"
    assert slip.recommendations[0].price == "148,00\u00a0£"


@pytest.mark.parametrize(
    ("missing", "count", "codes"), [("omit", 3, []), ("drop", 0, []), ("hold", 3, ["picture.missing"] * 3)]
)
def test_a_missing_picture_follows_the_layout(missing, count, codes):
    boxes = {**LAYOUT.pictures, "recommendation": PictureBox(width_mm=9, height_mm=9, missing=missing)}
    world = SmallWorld(layouts={"test-a4": replace(LAYOUT, pictures=boxes)})
    slip, findings = slip_of(order(), world=world, pictures={})
    assert len(slip.recommendations) == count
    assert [finding.code for finding in findings] == codes


@pytest.mark.parametrize(
    ("missing", "stands", "codes"), [("omit", True, []), ("drop", False, []), ("hold", True, ["picture.missing"])]
)
def test_content_without_its_picture_follows_the_layout(missing, stands, codes):
    boxes = {"content": PictureBox(width_mm=9, height_mm=9, missing=missing)}
    world = SmallWorld(layouts={"test-a4": replace(LAYOUT, pictures=boxes)})
    slip, findings = slip_of(order(), choice(recommendations=()), world=world, pictures={})
    assert (slip.content is not None) is stands
    assert [finding.code for finding in findings] == codes
    slip, findings = slip_of(order(), world=world, pictures={}, dropped=frozenset({"pictures", "recommendations"}))
    assert (slip.content is not None, findings) == (True, ())


def test_a_line_without_its_picture_holds_where_the_layout_says_so():
    boxes = {"line": PictureBox(width_mm=9, height_mm=9, missing="hold")}
    world = SmallWorld(layouts={"test-a4": replace(LAYOUT, pictures=boxes)})
    _, findings = slip_of(order(), world=world, pictures={})
    assert [finding.where.spot for finding in findings] == ["lines[0].picture", "lines[1].picture"]
    assert slip_of(order(), world=world, pictures={}, dropped=frozenset({"pictures"}))[1] == ()


def test_dropped_blocks_are_left_out_and_named():
    gone = frozenset({"recommendations", "content", "pictures", "review"})
    slip, _ = slip_of(order(), dropped=gone)
    assert (slip.recommendations, slip.content, slip.review, slip.lines[0].picture) == ((), None, None, "")
    assert slip.dropped == ("content", "pictures", "recommendations", "review")
    assert slip.offer is not None
    assert [code.name for code in slip.codes] == ["order"]
    assert slip.copy["review"]["headline"] == ""


def test_what_a_layout_does_not_show_is_not_on_its_slip():
    bare = replace(LAYOUT, codes={}, variables=read_variables("{{ order.id }}", file="x"))
    slip, findings = slip_of(order(), world=SmallWorld(layouts={"test-a4": bare}))
    assert findings == ()
    assert (slip.offer, slip.recommendations, slip.review, slip.content, slip.codes) == (None, (), None, None, ())
    assert slip.copy == {"label": {"page_of": "Page {page} of {pages}"}}


def test_quantities_and_prices_stand_as_given():
    slip, _ = slip_of(partly_shipped(order(), open_pieces=1200))
    assert [(line.ordered, line.here, line.to_come, line.price) for line in slip.lines] == [
        ("1", "1", "", "£64.00"),
        ("1,201", "1", "1,200", "£38.50"),
    ]
    assert (slip.parcel.pieces, slip.parcel.kind, slip.parcel.density) == ("2", "partial", "airy")
    assert "1,200 pieces" in slip.copy["parcel"]["note"]


def test_many_lines_make_a_compact_table():
    line = order().lines[0]
    densities = [slip_of(order(lines=(line,) * count))[0].parcel.density for count in (2, 3)]
    assert densities == ["airy", "compact"]  # the layout says compact_from = 3


def test_totals_stand_as_stated_and_only_where_prices_show():
    slip, _ = slip_of(order())
    assert [(total.label, total.amount, total.strong) for total in slip.totals] == [
        ("Delivery", "£0.00", False),
        ("Order total", "£141.00", True),
        ("Including tax", "£23.50", False),
    ]
    hidden, _ = slip_of(order(), choice(prices=False))
    assert hidden.totals == ()
    assert "£" not in hidden.to_json()


@pytest.mark.parametrize(("quantity_before", "kind", "title"), [(None, "complete", ""), (1, "final", "Now complete")])
def test_parcel_notes_follow_the_kind(quantity_before, kind, title):
    first, second = order().lines
    slip, findings = slip_of(order(lines=(first, replace(second, quantity_before=quantity_before))))
    assert findings == ()
    assert (slip.parcel.kind, slip.copy["parcel"]["title"]) == (kind, title)


def test_without_an_estimate_the_note_names_no_day():
    slip, findings = slip_of(partly_shipped(order("de-DE", delivery_estimate=None)))
    assert findings == ()
    assert slip.copy["parcel"]["note"] == "Ein Stück reist Ihnen nach, versandkostenfrei, sobald es bereit ist."


def test_the_offer_is_what_was_granted():
    assert slip_of(order("fr-FR"))[0].copy["offer"] == {
        "terms": "jusqu’au 18 février 2027 sur orielandash.example",
        "title": "15\u202f% sur votre prochaine commande",
    }
    assert slip_of(order(), choice(offer=None))[0].offer is None
    assert slip_of(order(), grant=replace(GRANT, promo_code=""))[0].offer is None
    slip, (finding,) = slip_of(order(), grant=replace(GRANT, expires_on=date(2026, 11, 19)))
    assert (slip.offer, finding.code) == (None, "offer.expired")
    assert "15%" not in slip.copy["message"]["body"]
    assert slip_of(order(), grant=replace(GRANT, expires_on=TODAY))[0].offer is not None


def test_content_is_valid_in_the_right_language_and_newest():
    older = replace(CONTENT, valid_from=date(2026, 10, 1), texts={"de": ContentText(headline="Alt", body="x")})
    english = replace(CONTENT, texts={"en": CONTENT.texts["en"]})
    assert slip_of(order("de-AT"), world=SmallWorld(contents=(english, older)))[0].content.headline == "Alt"
    assert slip_of(order("fr-FR"), world=SmallWorld(contents=(english, older)))[0].content is None
    late = replace(CONTENT, valid_from=date(2026, 11, 21))
    over = replace(CONTENT, valid_to=date(2026, 11, 19))
    other = replace(CONTENT, stores=("halden",))
    assert slip_of(order(), world=SmallWorld(contents=(late, over, other)))[0].content is None


def test_an_unknown_language_prints_the_workspace_language_whole():
    slip, findings = slip_of(order("it-IT"))
    assert slip.locale == "en-GB"
    assert slip.order.date == "19 November 2026"
    assert [(finding.code, str(finding.where)) for finding in findings] == [("locale.fallback", "orders.csv:2: locale")]


def test_an_unknown_store_or_layout_is_an_error_that_lists_the_known():
    _, findings = slip_of(order(key=OrderKey(store="nope", order_id="1")))
    assert findings[0].code == "store.unknown"
    assert "oriel-ash" in findings[0].hint
    slip, findings = slip_of(order(), choice(layout="nope"))
    assert (findings[0].code, slip.layout) == ("layout.unknown", "nope")
    assert "test-a4" in findings[0].hint


def test_codes_say_where_the_review_is_and_which_parcel_this_is():
    slip, _ = slip_of(order())
    assert [(code.name, code.symbology, code.payload) for code in slip.codes] == [
        ("review", "qr", "HTTPS://OA.EXAMPLE/R/7Q4M9XK2TD"),
        ("order", "code128", "OA-104882/1"),
    ]
    slip, findings = slip_of(order(key=OrderKey(store="oriel-ash", order_id="Ä-1")))
    assert [code.name for code in slip.codes] == ["review"]
    assert slip.order.code == ""
    assert [(finding.code, finding.severity) for finding in findings] == [("code.characters", "warning")]


def test_a_character_no_font_has_is_named_by_field_and_code_point():
    strange = replace(PEOPLE["en-GB"], name="漢 Hill", city="Bad 😀 Town")
    _, findings = slip_of(order(ship_to=strange))
    assert {(finding.code, finding.where.spot) for finding in findings} == {
        ("glyph.missing", "ship_to.name"),
        ("glyph.missing", "ship_to.lines[1]"),
    }
    assert any("U+6F22" in finding.message for finding in findings)
    assert not any("Hill" in str(finding) or "Town" in str(finding) for finding in findings)


def test_fonts_outside_the_brand_do_not_count_and_fields_not_shown_do_not_matter():
    arabic = replace(PEOPLE["en-GB"], name="سلام")
    assert [finding.code for finding in slip_of(order(ship_to=arabic))[1]] == ["glyph.missing"]
    named = {"x": "Jost, 'Noto Naskh Arabic'"}
    assert slip_of(order(ship_to=arabic), world=SmallWorld(brands={"oriel-ash": replace(BRAND, fonts=named)}))[1] == ()
    assert slip_of(order(channel="漢"))[1] == ()


def test_a_brand_that_names_no_family_may_use_every_font():
    arabic = order(ship_to=replace(PEOPLE["en-GB"], name="سلام"))
    assert slip_of(arabic, world=SmallWorld(brands={"oriel-ash": replace(BRAND, fonts={})}))[1] == ()


def test_pictures_wanted_are_those_the_layout_shows_each_once():
    assert wanted_pictures(order(), choice(), WORLD, TODAY) == (
        ("line", "vase.png"),
        *(("recommendation", f"{number}.png") for number in range(1, 6)),
        ("content", "kiln.jpg"),
    )
    assert ("content", "kiln.jpg") not in wanted_pictures(order(), choice(content=False), WORLD, TODAY)
    assert ("content", "kiln.jpg") not in wanted_pictures(order(), choice(), WORLD, date(2026, 12, 1))
    assert wanted_pictures(order(gift=True), choice(), WORLD, TODAY) == (("line", "vase.png"),)
    assert wanted_pictures(order(), choice(layout="nope"), WORLD, TODAY) == ()


def test_a_name_in_braces_prints_as_it_is():
    slip, _ = slip_of(order(ship_to=replace(PEOPLE["en-GB"], name="{email} {{7*7}}")))
    assert slip.ship_to.name == "{email} {{7*7}}"
    assert slip.copy["message"]["headline"] == "Welcome home."


anything = st.text(max_size=30)


@given(name=anything, order_id=anything, description=anything, locale=anything, message=anything, bill=anything)
def test_any_text_gives_a_slip(name, order_id, description, locale, message, bill):
    line = Line(line_id="1", description=description, quantity=2, quantity_shipped=1, sku=order_id, where=Where())
    strange = order(
        key=OrderKey(store="oriel-ash", order_id=order_id),
        ship_to=Address(name=name, country="GB", city=bill),
        locale=locale,
        gift=len(message) % 2 == 0,
        gift_message=message,
        bill_name=bill,
        lines=(line,),
    )
    slip, findings = slip_of(strange, choice("new"))
    assert Slip.from_json(slip.to_json()) == slip
    for block, words in slip.copy.items():
        for key, text in words.items():
            free_of_values = text.replace(order_id, "") if order_id else text
            assert (block, key) == ("label", "page_of") or not re.search(r"\{[a-z_]+\}", free_of_values)
    assert all(finding.where.spot for finding in findings)


@pytest.mark.parametrize("message", ["new", "repeat", "ambassador", "transactional", "gift"])
@pytest.mark.parametrize("name", ["Éléonore Lefèvre", "Maison Lefèvre SARL"])
def test_french_copy_has_no_ordinary_space_before_its_signs(message, name):
    french = order("fr-FR", ship_to=replace(PEOPLE["fr-FR"], name=name))
    slip, findings = slip_of(partly_shipped(french), choice(message))
    assert findings == ()
    for words in slip.copy.values():
        assert not any(re.search(r"[ \u00a0][;:!?»]|«[ \u00a0]|\w[;!?]", text) for text in words.values())


def test_an_unknown_message_is_an_error():
    _, findings = slip_of(order(), choice("nope"))
    assert {finding.code for finding in findings} == {"phrase.missing"}


def test_variables_are_those_of_the_slip():
    def walk(value: object, path: str) -> set[str]:
        if isinstance(value, tuple):
            return {path, *(name for item in value[:1] for name in walk(item, path))}
        if is_dataclass(value):
            own = {f"{path}.{item.name}" if path else item.name: getattr(value, item.name) for item in fields(value)}
            return {path, *(name for inner, item in own.items() for name in walk(item, inner))}
        return {path}

    slip, _ = slip_of(order())
    private = ("", "key", "codes", "dropped", "copy")
    walked = {path for path in walk(slip, "") if path.split(".")[0] not in private}
    assert walked | {"copy.*"} == VARIABLES.keys()
    assert VARIABLES["lines"].kind is VariableKind.LIST
    assert VARIABLES["ship_to.lines"].kind is VariableKind.LIST
    assert VARIABLES["ship_to.address"].kind is VariableKind.TEXT
    assert VARIABLES["offer"].kind is VariableKind.BLOCK
    assert VARIABLES["parcel.prices"].kind is VariableKind.FLAG
    assert VARIABLES["lines.picture"].kind is VariableKind.PICTURE
    assert VARIABLES["review.code"].kind is VariableKind.CODE


def test_a_layout_may_say_what_a_slip_has_and_the_phrases_there_are():
    paths = known_paths(shipped_phrases().keys)
    assert {"order.id", "lines.name", "copy.label.ordered", "copy.message.headline", "copy.parcel.note"} <= paths
    assert not paths & {"order.idd", "copy.label.orderd", "copy.*", "copy.message.new", "key.order_id"}


def test_copy_is_checked_against_layouts_and_messages():
    cell = Where(file="rules/20-message.csv", spot="C7")
    findings = check_copy(shipped_phrases(), [LAYOUT], {"nope": cell})
    missing = [finding for finding in findings if finding.code == "phrase.missing"]
    assert {str(finding.where) for finding in missing} == {"rules/20-message.csv: C7"}
    assert len(missing) == 6  # headline and body in three languages
    assert {"message.repeat.body"} == {
        finding.where.spot for finding in findings if finding.code == "phrase.unused"
    } & {"message.repeat.body", "message.gift.body", "message.gift.body.plain", "label.ordered"}
    assert "message.new.headline" in asked_keys(LAYOUT.phrase_uses, ["new"])
