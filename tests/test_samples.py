"""The sample shop: its catalogue, pictures, editorial blocks and orders fit together."""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from packslip.intake import Reading, ReadOrder, read_orders
from packslip.library.catalogue import load_catalogue
from packslip.library.contents import load_contents
from packslip.library.mappings import CONTRACT
from packslip.model import CustomerStatus, Drop, ParcelKind, has_errors, settle_parcel
from packslip.settings import Settings

ROOT = Path(__file__).parent.parent
SAMPLES = sorted((ROOT / "samples").glob("*.csv"))
BROKEN = sorted((ROOT / "samples" / "broken").glob("*.csv"))
PICTURES = ROOT / "catalogue" / "pictures"
PICTURE_BYTES = 150_000
ALL_PICTURES_BYTES = 5_000_000
LANGUAGES = ("de", "fr")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


PRODUCTS = rows(ROOT / "catalogue" / "products.csv")
CUSTOMERS = rows(ROOT / "catalogue" / "customers.csv")


def read(path: Path) -> tuple[Reading, list[ReadOrder]]:
    drop = Drop(
        name=path.name,
        spool=path,
        sha256=sha256(path.read_bytes()).hexdigest(),
        accepted_at=datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
    )
    reading = read_orders(drop, CONTRACT, Settings())
    return reading, list(reading.orders)


def sample_orders() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """The rows of every parcel of every sample, with a label."""
    for path in SAMPLES:
        parcels: dict[tuple[str, str], list[dict[str, str]]] = {}
        for row in rows(path):
            parcels.setdefault((row["order_id"], row["parcel"]), []).append(row)
        for (order_id, parcel), lines in parcels.items():
            yield f"{path.name}:{order_id}/{parcel}", lines


ORDERS = dict(sample_orders())


def test_the_catalogue_loads_whole():
    catalogue, findings = load_catalogue(ROOT / "catalogue")
    assert [str(finding) for finding in findings] == []
    assert len(catalogue.products) == len(PRODUCTS) >= 60
    assert len(catalogue.customers) == len(CUSTOMERS) >= 12


def test_products_are_told_apart():
    for column in ("sku", "name", "name.de", "name.fr", "image", "url"):
        values = [product[column] for product in PRODUCTS]
        assert len(set(values)) == len(values), column


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product["sku"])
def test_product_is_whole(product: dict[str, str]):
    store, prefix, currency = {
        "oriel-ash": ("oriel-ash", "OA-", "GBP"),
        "halden": ("halden", "HA-", "EUR"),
    }[product["store"]]
    assert product["sku"].startswith(prefix)
    assert product["currency"] == currency
    assert Decimal(0) < Decimal(product["cost"]) < Decimal(product["price"])
    assert f"https://{store.replace('-', '').replace('orielash', 'orielandash')}.example/" in product["url"]
    names = [product["name"], *(product[f"name.{language}"] for language in LANGUAGES)]
    assert all(name == name.strip() and 5 <= len(name) <= 70 for name in names)
    assert len(set(names)) == len(names)
    assert not any(mark in "".join(names) for mark in "\"'!?")


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product["image"])
def test_picture_is_square_sharp_and_small(product: dict[str, str]):
    path = PICTURES / product["image"]
    assert path.stat().st_size <= PICTURE_BYTES
    with Image.open(path) as picture:
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (1200, 1200))


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product["image"])
def test_object_stands_within_the_wide_crop(product: dict[str, str]):
    """Beyond the central 62.5 % of the height there is paper only: it changes softly from pixel to pixel."""
    with Image.open(PICTURES / product["image"]) as picture:
        grey = np.asarray(picture.convert("L").reduce(10), dtype=np.float64)
    margin = round(len(grey) * (1 - 0.625) / 2)
    for band in (grey[:margin], grey[-margin:]):
        assert max(np.abs(np.diff(band, axis=0)).max(), np.abs(np.diff(band, axis=1)).max()) < 6
    middle = grey[margin:-margin]
    assert np.abs(np.diff(middle, axis=1)).max() > 12


def test_the_catalogue_uses_all_pictures_and_they_stay_small():
    files = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    assert set(files) == {product["image"] for product in PRODUCTS}
    assert sum(files.values()) < ALL_PICTURES_BYTES


def test_customers_are_told_apart():
    assert len({customer["customer_id"] for customer in CUSTOMERS}) == len(CUSTOMERS)


def test_editorial_blocks():
    contents, findings = load_contents(ROOT / "layouts" / "content")
    assert [str(finding) for finding in findings] == []

    def current(store: str, day: date) -> list[str]:
        return [
            content.file
            for content in contents
            if content.valid_from <= day <= content.valid_to and (not content.stores or store in content.stores)
        ]

    for store in ("oriel-ash", "halden"):
        assert len(current(store, date(2026, 11, 22))) == 1
        assert len(current(store, date(2027, 4, 1))) == 1
        assert current(store, date(2027, 6, 1)) == []
    assert any(content.valid_to < date(2026, 11, 1) for content in contents)
    for content in contents:
        assert set(content.texts) == {"en", "de", "fr"}
        for text in content.texts.values():
            assert text.kicker
            assert len(text.headline) <= 40
            assert len(text.body) <= 220
            assert not any(mark in text.body + text.headline for mark in "\"'!")
        with Image.open(ROOT / "layouts" / "art" / content.picture) as picture:
            assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (1920, 1200))


@pytest.mark.parametrize("label", ORDERS)
def test_lines_come_from_the_store_and_totals_add_up(label: str):
    lines = ORDERS[label]
    head = lines[0]
    shelf = {product["sku"]: product for product in PRODUCTS if product["store"] == head["store"]}
    language = head.get("locale", "")[:2]
    total = Decimal(head["shipping_total"]) - Decimal(head["discount_total"])
    for line in lines:
        product = shelf[line["sku"]]
        assert line["description"] == product.get(f"name.{language}", product["name"])
        assert (line["category"], line["brand"]) == (product["category"], product["brand"])
        total += int(line["quantity"]) * Decimal(line["unit_price"]) - Decimal(line.get("line_discount") or 0)
    if head["prices_include_tax"] == "no":
        total += Decimal(head["tax_total"])
    assert total == Decimal(head["order_total"])
    assert 0 < Decimal(head["tax_total"]) < total


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_samples_read_without_error(path: Path):
    reading, orders = read(path)
    assert [str(finding) for finding in reading.findings] == []
    assert orders
    for item in orders:
        assert not has_errors(item.findings), [str(finding) for finding in item.findings]
        assert not any(finding.code == "totals.disagree" for finding in item.findings)
        order = item.order
        assert order is not None
        assert date(2026, 11, 1) <= order.order_date <= date(2026, 11, 30)
        assert order.delivery_estimate is not None
        assert order.delivery_estimate > order.order_date
        assert order.deadline is not None
        assert order.deadline.date() >= order.order_date


def test_the_samples_show_what_they_promise():
    orders = [item.order for path in SAMPLES for item in read(path)[1] if item.order is not None]
    assert {order.locale for order in orders} >= {"en-GB", "de-DE", "fr-FR", "de-AT", "de-CH", "en-IE"}
    assert {order.currency for order in orders} == {"GBP", "EUR", "CHF"}
    assert {order.key.store for order in orders} == {"oriel-ash", "halden"}
    statuses = {order.customer_status.value if order.customer_status else "" for order in orders}
    assert statuses == {"new", "repeat", "ambassador", ""}
    assert any(order.gift and order.gift_message for order in orders)
    assert any(order.marketing_opt_out for order in orders)
    assert any(not order.customer_id and order.customer_status is None for order in orders)
    assert any(order.ship_to.company for order in orders)
    assert max(len(order.lines) for order in orders) == 12
    assert max(len(order.ship_to.name) for order in orders) > 60
    assert {order.extra.get("layout", "") for order in orders} == {"", "label"}
    assert "boutique" in {order.channel for order in orders}
    assert any(len(read(path)[1]) > 1 for path in SAMPLES)


def test_every_new_customer_orders_once():
    """A new customer's second order gets no welcome code: which order is second would hang on which is read first."""
    read_well = [item.order for path in (*SAMPLES, *BROKEN) for item in read(path)[1] if item.order is not None]
    orders: dict[str, set[str]] = {}
    for order in read_well:
        if order.customer_id:
            orders.setdefault(order.customer_id, set()).add(order.key.order_id)
    for order in read_well:
        if order.customer_status is CustomerStatus.NEW and order.customer_id:
            assert orders[order.customer_id] == {order.key.order_id}


def test_two_parcels_of_one_order():
    orders = [item.order for path in SAMPLES for item in read(path)[1] if item.order is not None]
    first, second = (order for order in orders if order.key.order_id == "OA-104882")
    (partial, one), (final, two) = settle_parcel(first, {}), settle_parcel(second, {})
    assert (*one, *two) == ()
    assert (partial.kind, final.kind) == (ParcelKind.PARTIAL, ParcelKind.FINAL)
    for before, after in zip(partial.lines, final.lines, strict=True):
        assert after.before == before.before + before.here


@pytest.mark.parametrize(
    ("name", "read_well", "held", "spot"),
    [
        ("missing-value.csv", 1, 1, "ship_name"),
        ("bad-number.csv", 1, 1, "quantity"),
        ("unknown-currency.csv", 1, 1, "currency"),
        ("header-only.csv", 0, 0, ""),
        ("not-a-csv.csv", 0, 0, ""),
    ],
)
def test_broken_drops_break_as_told(name: str, read_well: int, held: int, spot: str):
    reading, orders = read(ROOT / "samples" / "broken" / name)
    assert sum(item.order is not None for item in orders) == read_well
    assert sum(item.order is None for item in orders) == held
    if spot:
        assert not has_errors(reading.findings)
        assert any(finding.where.spot == spot for item in orders for finding in item.findings)
    else:
        assert reading.findings


def test_the_readme_names_every_sample():
    text = (ROOT / "samples" / "README.md").read_text(encoding="utf-8")
    for path in (*SAMPLES, *BROKEN):
        assert f"`{path.name}`" in text
