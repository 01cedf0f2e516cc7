"""The mappings that ship, on exports such as the shop systems write: what prints, what does not, what is never kept."""

import random
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from shop_kit import (
    EXPORTS,
    MARKS,
    ROOT,
    SECRET,
    SHOPS,
    as_text,
    orders_of,
    read_bytes,
    shipped,
    table_of,
    text_of,
)

from packslip.model import Order

MAPPINGS = sorted(path.stem for path in (ROOT / "rules" / "mappings").glob("*.toml"))


@pytest.fixture
def orders(tmp_path):
    def orders(name: str, data: bytes | None = None) -> dict[str, Order]:
        return orders_of(read_bytes(data or (EXPORTS / name).read_bytes(), shipped(SHOPS[name]), tmp_path / "drop"))

    return orders


def lines(order: Order) -> list[tuple[str, str, int]]:
    return [(line.sku, line.description, line.quantity) for line in order.lines]


@pytest.mark.parametrize("name", MAPPINGS)
def test_every_shipped_mapping_is_sound_and_says_what_consent_means(name):
    mapping = shipped(name)
    assert mapping.consent.meaning
    assert name == "online-retail" or not mapping.shape.keeps_unknown
    assert mapping.consent.is_transactional == name.startswith(("amazon", "ebay", "etsy"))


def test_every_sample_has_its_mapping_and_every_mapping_its_sample_and_page():
    assert {path.name for path in EXPORTS.iterdir()} == {*SHOPS, "README.md"}
    assert {*SHOPS.values(), "online-retail"} == set(MAPPINGS)
    page = (ROOT / "docs" / "ecommerce.md").read_text(encoding="utf-8")
    assert [name for name in MAPPINGS if f"`{name}.toml`" not in page] == []


# --- what each export becomes ---


def test_shopify(tmp_path):
    reading = read_bytes((EXPORTS / "shopify.csv").read_bytes(), shipped("shopify"), tmp_path / "drop")
    found = orders_of(reading)
    assert set(found) == {"1001", "1002", "1003", "1008"}
    first, gift, partial, whole = (found[name] for name in ("1001", "1002", "1003", "1008"))
    assert (first.order_date, first.currency, first.locale) == (date(2026, 11, 18), "EUR", "de-DE")
    assert (first.ship_to.line1, first.ship_to.line2, first.ship_to.postcode) == ("Lindenweg 4", "Hinterhaus", "37073")
    assert lines(first) == [("L-1", "Paper lamp - Small", 2), ("L-7", "Linen shade - Natural", 1)]
    assert first.totals.order == Decimal("68.80")
    assert (gift.gift, gift.gift_message) == (True, "Happy birthday,\nGrandma")
    assert (first.gift, first.marketing_opt_out, gift.marketing_opt_out) == (False, False, False)
    assert lines(partial) == [("J-2", "Stoneware cup", 2)]
    assert (lines(whole), whole.ship_to.postcode) == ([("W-4", "Wool throw - Fern / Large", 1)], "83702-4411")
    assert reading.skipped == {
        "cancelled": 1,
        "refunded or void": 1,
        "picked up": 1,
        "shipped before": 1,
        "not shipped: digital goods, gift cards, tips": 4,
    }
    assert reading.emptied == 4


def test_a_tag_of_shopifys_is_an_objection_and_no_e_mails_is_none(tmp_path):
    text = text_of("shopify.csv")
    rows = table_of("shopify.csv")
    place = rows[0].index("Tags")
    rows[1][place] = "vip, No Marketing"
    found = orders_of(read_bytes(as_text(rows).encode(), shipped("shopify"), tmp_path / "drop"))
    assert {label: order.marketing_opt_out for label, order in found.items()} == {
        "1001": True, "1002": False, "1003": False, "1008": False,
    }  # fmt: skip
    assert ",no,EUR," in text  # Accepts Marketing of the orders that are not transactional


def test_woocommerce(orders):
    found = orders("woocommerce.csv")
    assert set(found) == {"2001", "2002", "2005"}
    assert (found["2001"].ship_to.name, found["2001"].ship_to.city) == ("Nora Feldmann", "Göttingen")
    assert (found["2002"].ship_to.name, found["2002"].bill_name) == ("Inés Ortega", "Paul Ortega")
    assert lines(found["2001"]) == [("L-1", "Paper lamp – small", 2), ("L-7", "Shade & frame", 1)]
    assert lines(found["2005"]) == [("W-4", "Wool throw", 1)]
    other = orders("woocommerce-skyverge.csv")
    assert set(other) == {"3001"}
    assert (other["3001"].ship_to.line2, other["3001"].totals.shipping) == ("Hinterhaus", Decimal("4.90"))
    assert other["3001"].customer_id == found["2001"].customer_id != ""


def test_an_address_is_never_made_of_two(tmp_path):
    rows = table_of("woocommerce-skyverge.csv")
    place = rows[0].index
    for row in rows[1:2]:
        row[place("shipping_first_name")], row[place("shipping_last_name")] = "Ida", "Quist"
        row[place("shipping_address_1")], row[place("shipping_city")] = "Vej 1", "Odense"
        row[place("shipping_postcode")], row[place("shipping_country")] = "5000", "DK"
    data = as_text(rows[:2]).encode()
    order = orders_of(read_bytes(data, shipped("woocommerce"), tmp_path / "drop"))["3001"]
    assert (order.ship_to.name, order.ship_to.line1, order.ship_to.line2) == ("Ida Quist", "Vej 1", "")


def test_magento(orders):
    found = orders("magento.csv")
    assert set(found) == {"000000101", "000000102"}
    first, part = found["000000101"], found["000000102"]
    assert (first.ship_to.line1, first.ship_to.line2, first.ship_to.company) == ("Lindenweg 4", "Hinterhaus", "")
    assert lines(first) == [("W-4-FERN", "Wool throw", 1), ("J-2", 'Stoneware "Dune" cup', 2)]
    assert (part.lines[0].quantity, part.lines[0].quantity_before) == (3, 1)
    assert (part.gift, part.gift_message, first.gift) == (True, "Voor jou", False)


OTHER_FILES = {
    "etsy": (
        "Sale Date,Order ID,Buyer User ID,Full Name,Number of Items,Street 1,Ship City,Ship Country,Currency,Status",
        "one of Item Name, Variations (for description)",
    ),
    "amazon": (
        "amazon-order-id\tpurchase-date\torder-status\tproduct-name\tsku\tquantity\tcurrency\tship-city\tship-country",
        "one of recipient-name, buyer-name (for ship_name)",
    ),
    "woocommerce": (
        "Date,Order #,Status,Customer,Customer type,Product(s),Items sold,Coupon(s),N. Revenue",
        "one of Item Name, Product Name, item_name, Name (for description)",
    ),
    "ebay": (
        "Transaction creation date,Type,Order number,Buyer username,Net amount",
        "one of Item Title, Variation Details (for description)",
    ),
}


@pytest.mark.parametrize("name", OTHER_FILES)
def test_another_export_of_the_same_shop_is_refused_and_says_what_it_lacks(tmp_path, name):
    header, said = OTHER_FILES[name]
    mark = "\t" if name == "amazon" else ","
    data = f"{header}\n{mark.join('x' for _ in header.split(mark))}\n".encode()
    reading = read_bytes(data, shipped(name), tmp_path / "drop")
    (finding,) = [finding for finding in reading.findings if finding.severity == "error"]
    assert finding.code == "columns.missing"
    assert said in finding.message
    assert list(reading.orders) == []


def test_magentos_own_grid_export_is_refused_and_says_why(tmp_path):
    grid = b'ID,"Purchase Point","Purchase Date","Bill-to Name","Ship-to Name",Status\n1,a,b,c,d,e\n'
    (finding,) = read_bytes(grid, shipped("magento"), tmp_path / "drop").findings
    assert finding.code == "columns.missing"
    assert "(for description)" in finding.message


def test_etsy(orders):
    found = orders("etsy.csv")
    assert set(found) == {"4001", "4002", "4003"}
    first, sent, part = (found[name] for name in ("4001", "4002", "4003"))
    assert lines(first) == [("J-1", 'Stoneware jug, 12" tall, "Dune" (Colour:Sand)', 1), ("J-2", "Stoneware cup", 2)]
    assert (first.ship_to.country, first.currency, first.order_date) == ("US", "USD", date(2026, 11, 18))
    assert lines(sent) == [("", "Wool throw", 1)]
    assert [(line.description, line.unit_price) for line in part.lines] == [
        ("Beeswax candle, tall", Decimal("1024.50"))
    ]
    assert all(order.marketing_opt_out for order in found.values())


def test_etsy_in_british_english(tmp_path):
    text = text_of("etsy.csv").replace("Ship ", "Delivery ").replace("Date Shipped", "Date Dispatched")
    assert orders_of(read_bytes(text.encode(), shipped("etsy"), tmp_path / "a")) == orders_of(
        read_bytes(text_of("etsy.csv").encode(), shipped("etsy"), tmp_path / "b")
    )


def test_ebay(orders):
    found = orders("ebay.csv")
    assert set(found) == {"04-12345-00001", "04-12345-00002", "04-12345-00004"}
    several = found["04-12345-00002"]
    assert (several.ship_to.name, several.currency) == ("Rosa Villalobos", "USD")
    assert [(line.sku, line.quantity, line.unit_price) for line in several.lines] == [
        ("W-4", 1, Decimal("1048.00")), ("J-2", 2, Decimal("12.50")),
    ]  # fmt: skip
    assert lines(found["04-12345-00001"]) == [("J-1", "Stoneware jug [Colour:Sand]", 1)]
    british = orders("ebay-uk.csv")["12-54321-00001"]
    assert (british.currency, british.ship_to.postcode, british.order_date) == ("GBP", "YO21 1AA", date(2026, 11, 18))


def test_ebay_in_german(orders):
    found = orders("ebay-de.csv")
    assert set(found) == {"21-11111-00001", "21-11111-00002"}
    first, several = found["21-11111-00001"], found["21-11111-00002"]
    assert (first.order_date, several.order_date) == (date(2025, 12, 10), date(2026, 3, 3))
    assert (first.lines[0].description, first.lines[0].unit_price) == (
        "Wolldecke „Farn“, groß [Größe:L]",
        Decimal("1048.00"),
    )
    assert (several.ship_to.name, several.ship_to.country, several.locale) == ("Jörg Übel", "AT", "de-AT")
    assert len(several.lines) == 2


def test_amazon(orders):
    found = orders("amazon.txt")
    assert set(found) == {"302-1111111-0000001", "302-1111111-0000003"}
    first = found["302-1111111-0000001"]
    assert [(line.description, line.quantity, line.quantity_shipped, line.quantity_before) for line in first.lines] == [
        ('"Dune" Krug 12", groß', 1, 1, 0),
        ("Tasse & Teller", 3, 2, 1),
    ]
    assert (first.ship_to.name, first.ship_to.line2, first.currency) == ("Jörg Übel", "c/o Bäckerei", "EUR")
    gift = orders("amazon-new-orders.txt")["112-0000000-0000001"]
    assert (gift.gift, gift.gift_message, gift.currency) == (True, "For your new kitchen", "USD")
    assert not orders("amazon-new-orders.txt")["112-0000000-0000002"].gift


@pytest.mark.parametrize(
    "name", [name for name, shop in SHOPS.items() if shop in ("amazon", "ebay", "ebay-de", "etsy")]
)
def test_marketplaces_print_transactional_slips_and_say_so(tmp_path, name):
    reading = read_bytes((EXPORTS / name).read_bytes(), shipped(SHOPS[name]), tmp_path / "drop")
    assert [finding.severity for finding in reading.findings if finding.code == "consent.transactional"] == ["note"]
    assert all(order.marketing_opt_out for order in orders_of(reading).values())


# --- whatever the export's dialect, columns and order of columns ---

DIALECTS = [
    ("utf-8", ",", "\n"), ("utf-8-sig", ";", "\r\n"), ("utf-16", "\t", "\r\n"), ("utf-16-le", "|", "\n"),
    ("utf-8", ";", "\r"), ("utf-16-be", ",", "\n"), ("cp1252", "|", "\r\n"), ("iso-8859-1", ";", "\n"),
]  # fmt: skip


@pytest.mark.parametrize("name", SHOPS)
@pytest.mark.parametrize(("codec", "mark", "end"), DIALECTS)
def test_every_dialect_of_an_export_gives_the_same_orders(orders, name, codec, mark, end):
    if name.startswith("amazon"):
        mark = "\t"
    try:
        data = as_text(table_of(name), mark=mark, end=end, quoted=not name.startswith("amazon")).encode(codec)
    except UnicodeEncodeError:
        pytest.skip(f"{codec} lacks a letter of this export")
    assert orders(name, data) == orders(name)


@pytest.mark.parametrize("name", SHOPS)
@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_columns_does_not_matter(orders, name, seed):
    rows = table_of(name)
    width = len(max(rows, key=len))
    shuffled = list(range(2, width)) if name.startswith("ebay") else list(range(width))
    random.Random(seed).shuffle(shuffled)
    places = [0, 1, *shuffled] if name.startswith("ebay") else shuffled  # a footer stands in the first columns
    padded = [row + [""] * (width - len(row)) for row in rows]
    mixed = [[row[place] for place in places] for row in padded]
    data = as_text(mixed, mark=MARKS.get(name, ","), quoted=not name.startswith("amazon")).encode()
    assert orders(name, data) == orders(name)


NEEDED = {
    "shopify.csv": "Name|Currency|Created at|Lineitem quantity|Lineitem name|Shipping Name|Shipping City|Shipping Zip|"
    "Shipping Country|Shipping Address1|Cancelled at|Financial Status|Lineitem requires shipping|Shipping Method",
    "etsy.csv": "Order ID|Sale Date|Currency|Item Name|Quantity|Ship Name|Ship Address1|Ship City|Ship Zipcode|"
    "Ship Country|Order Type|Listings Type",
    "ebay.csv": "Sales Record Number|Order Number|Sale Date|Sold For|Total Price|Item Title|Quantity|Ship To Name|"
    "Ship To Address 1|Ship To City|Ship To Zip|Ship To Country|Click And Collect",
    "amazon.txt": "order-id|purchase-date|product-name|quantity-purchased|quantity-to-ship|recipient-name|"
    "ship-address-1|ship-city|ship-postal-code|ship-country|is-buyer-requested-cancellation",
}  # fmt: skip


@pytest.mark.parametrize("name", NEEDED)
def test_an_older_export_with_fewer_columns_is_read(tmp_path, name):
    names = NEEDED[name].split("|")
    rows = table_of(name)
    head = next(number for number, row in enumerate(rows) if set(names) <= set(row))
    places = [rows[head].index(name) for name in names]
    few = [[row[place] if place < len(row) else "" for place in places] for row in rows[head:]]
    data = as_text(few, mark=MARKS.get(name, ","), quoted=not name.startswith("amazon")).encode()
    reading = read_bytes(data, shipped(SHOPS[name]), tmp_path / "few")
    whole = read_bytes((EXPORTS / name).read_bytes(), shipped(SHOPS[name]), tmp_path / "whole")
    assert {finding.severity for finding in reading.findings} <= {"note"}
    assert set(orders_of(reading)) == set(orders_of(whole))


@pytest.mark.parametrize("name", SHOPS)
def test_two_exports_joined_into_one_file_are_read(orders, name):
    text = text_of(name)
    again = text if text.endswith("\n") else text + "\n"
    once = orders(name)
    renamed = again
    for label in once:
        renamed = renamed.replace(label, f"{label}9")
    both = orders(name, (again + renamed).encode())
    assert len(both) == 2 * len(once)
    assert {label: both[label] for label in once} == once


# --- the customer is known again and not named ---


@pytest.mark.parametrize("name", SHOPS)
def test_no_address_of_a_customer_is_kept(orders, name):
    found = orders(name)
    assert any(order.customer_id for order in found.values())
    text = repr(found)
    assert "@" not in text
    assert not any(user in text for user in ("buyer_10", "kunde_30", "dalemerriweather"))


def test_the_alias_needs_the_secret_and_nothing_but_it(tmp_path):
    data = (EXPORTS / "shopify.csv").read_bytes()
    path, mapping = tmp_path / "drop", shipped("shopify")

    def ids(secret) -> list[str]:
        return [order.customer_id for order in orders_of(read_bytes(data, mapping, path, secret=secret)).values()]

    known, other = ids(lambda: SECRET), ids(lambda: SECRET[::-1])
    assert known == ids(lambda: SECRET)
    assert set(known).isdisjoint(other)
    assert len({len(text) for text in known}) == 1
    with pytest.raises(ValueError, match="without the site secret"):
        ids(None)


def test_the_sample_page_names_every_sample():
    page = (EXPORTS / "README.md").read_text(encoding="utf-8")
    assert [name for name in SHOPS if f"`{name}`" not in page] == []
    assert not [path for path in Path(EXPORTS).iterdir() if b"gmail" in path.read_bytes()]
