"""Intake: the order contract and mapped exports become orders, or findings that say where, what and what to do."""

import io
import itertools
import json
import os
import tarfile
import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packslip.csvfile import write_csv
from packslip.intake import Reading, ReadOrder, read_orders
from packslip.library.mappings import BY_NAME, COLUMNS, CONTRACT, load_mapping
from packslip.model import CustomerStatus, Drop, OrderKey
from packslip.settings import LimitSettings, Settings

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("PACKSLIP_DATA", ROOT / ".." / "shared" / "data"))
WITH_DATA = pytest.mark.skipif(not DATA.is_dir(), reason="no outside data folder; set PACKSLIP_DATA")
SETTINGS = Settings()

GOOD = {
    "order_id": "4711",
    "order_date": "2026-11-20",
    "currency": "EUR",
    "locale": "de-DE",
    "ship_name": "Ada Brink",
    "ship_country": "DE",
    "sku": "L-1",
    "description": "Lamp",
    "quantity": "2",
    "unit_price": "49.90",
}


@pytest.fixture(scope="module")
def spool(tmp_path_factory):
    """A file of its own for each reading, which is read again and again until its orders are at an end."""
    folder = tmp_path_factory.mktemp("spool")
    return (folder / f"{number}.csv" for number in itertools.count())


@pytest.fixture
def read(spool):
    def read(data: bytes | list[dict[str, str]], mapping=CONTRACT, *, settings=SETTINGS, name="drop.csv") -> Reading:
        path = next(spool)
        path.write_bytes(data if isinstance(data, bytes) else as_csv(data))
        drop = Drop(name=name, spool=path, sha256="", accepted_at=datetime(2026, 11, 22, 9, tzinfo=UTC))
        return read_orders(drop, mapping, settings)

    return read


def as_csv(rows: list[dict[str, str]], **dialect: str) -> bytes:
    header = list(dict.fromkeys(name for row in rows for name in row))
    return write_csv(header, [[row.get(name, "") for name in header] for row in rows], **dialect)


def row(**cells: str) -> dict[str, str]:
    return GOOD | cells


def only(reading: Reading) -> ReadOrder:
    (order,) = reading.orders
    return order


def told(order: ReadOrder, severity: str = "error") -> list[str]:
    return [str(finding) for finding in order.findings if finding.severity == severity]


def states(reading: Reading) -> dict[str, str]:
    return {order.label: "read" if order.order else "held" for order in reading.orders}


# --- what the contract says ---


def test_every_column_of_the_contract_arrives(read):
    everything = row(
        parcel="2", store="halden", channel="shop", customer_id="C9", customer_status="Repeat", customer_orders="3",
        marketing_opt_out="yes", gift="no", gift_message="For you,\nwith love", dealer="Kiosk 4", station="bench",
        deadline="2026-11-22T16:30:00+01:00", ship_method="Express", tracking="JD01", delivery_estimate="2026-11-24",
        ship_company="Brink KG", ship_line1="Weg 1", ship_line2="Hof", ship_line3="3. Stock", ship_city="Kiel",
        ship_postcode="24103", ship_region="SH", bill_name="B. Brink", line_id="a", category="Light", brand="Oriel",
        quantity_shipped="1", quantity_before="1", line_discount="5.00", image="lamp.jpg", order_total="99.70",
        shipping_total="4.90", discount_total="0", tax_total="15.92", prices_include_tax="yes", tier="gold",
    )  # fmt: skip
    assert set(BY_NAME) <= set(everything)
    found = only(read([everything]))
    order = found.order
    assert order is not None
    assert told(found) == told(found, "warning") == told(found, "note") == []
    assert found.key == order.key == OrderKey(store="halden", order_id="4711", parcel=2)
    assert (order.order_date, order.currency, order.locale) == (date(2026, 11, 20), "EUR", "de-DE")
    assert (order.customer_status, order.customer_orders) == (CustomerStatus.REPEAT, 3)
    assert (order.marketing_opt_out, order.gift, order.gift_message) == (True, False, "For you,\nwith love")
    assert order.deadline == datetime.fromisoformat("2026-11-22T15:30:00+00:00")
    assert (order.delivery_estimate, order.station, order.tracking) == (date(2026, 11, 24), "bench", "JD01")
    assert (order.ship_to.company, order.ship_to.line3, order.ship_to.country) == ("Brink KG", "3. Stock", "DE")
    (line,) = order.lines
    assert (line.line_id, line.quantity, line.quantity_shipped, line.quantity_before) == ("a", 2, 1, 1)
    assert (line.unit_price, line.line_discount, line.image) == (Decimal("49.90"), Decimal("5.00"), "lamp.jpg")
    assert (order.totals.order, order.totals.prices_include_tax) == (Decimal("99.70"), True)
    assert order.extra == {"tier": "gold"}
    assert str(order.where) == str(line.where) == "drop.csv:2"


def test_order_columns_may_stand_on_the_first_row_only(read):
    full = only(read([row(), row(sku="L-2"), row(sku="L-3")]))
    line = {name: GOOD[name] for name in ("description", "quantity", "unit_price")}
    lean = only(read([row(), {"order_id": "4711", "sku": "L-2"} | line, {"sku": "L-3"} | line]))
    assert full.order is not None
    assert [line.sku for line in full.order.lines] == ["L-1", "L-2", "L-3"]
    assert [line.line_id for line in full.order.lines] == ["1", "2", "3"]
    assert lean.order == full.order
    assert lean.sha256 == full.sha256


def test_many_orders_in_one_file(read):
    rows = [row(order_id=str(number), sku=str(line)) for number in range(3) for line in range(2)]
    found = list(read(rows).orders)
    assert [(item.label, len(item.order.lines), item.where.line) for item in found if item.order] == [
        ("0", 2, 2), ("1", 2, 4), ("2", 2, 6),
    ]  # fmt: skip


def test_parcels_and_stores_part_orders(read):
    rows = [row(), row(parcel="2"), row(parcel="02", sku="x"), row(store="halden", parcel="2")]
    assert [(item.key, len(item.order.lines)) for item in read(rows).orders if item.key and item.order] == [
        (OrderKey(store="oriel-ash", order_id="4711", parcel=1), 1),
        (OrderKey(store="oriel-ash", order_id="4711", parcel=2), 2),
        (OrderKey(store="halden", order_id="4711", parcel=2), 1),
    ]


@pytest.mark.parametrize(
    ("cells", "locale", "origin"),
    [
        ({"locale": "fr_CH"}, "fr-CH", None),
        ({"locale": "ZH-hant-tw"}, "zh-Hant-TW", None),
        ({"locale": "xx-YY"}, "xx-YY", None),
        ({"locale": "", "ship_country": "AT"}, "de-AT", "the workspace's for AT"),
        ({"locale": "", "ship_country": "jp"}, "en-GB", "the workspace's default"),
    ],
)
def test_locale(read, cells, locale, origin):
    found = only(read([row(**cells)]))
    assert found.order is not None
    assert found.order.locale == locale
    notes = [finding for finding in found.findings if finding.code == "locale.assumed"]
    assert [origin in finding.message for finding in notes] == ([True] if origin else [])


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("quantity", "2,5", "quantity: expected a whole number, got '2,5'; hint: set decimal = \",\" in the mapping"),
        ("quantity", "2.5", "expected a whole number, got '2.5'"),
        ("quantity", "-1", "expected a whole number from 1 to 1000000, got '-1'"),
        ("quantity", "0", "expected a whole number from 1"),
        ("quantity", "two", "expected a whole number, got 'two'"),
        ("quantity", "1e3", "expected a whole number, got '1e3'"),
        ("quantity", "٣", "expected a whole number"),
        ("quantity", "", "quantity: is blank and must not be"),
        ("quantity_shipped", "-2", "expected a whole number from 0"),
        ("parcel", "0", "expected a whole number from 1 to 9999"),
        ("unit_price", "1,234.50", 'set decimal = ".", thousands = "," in the mapping'),
        ("unit_price", "49,90", 'set decimal = "," in the mapping'),
        ("unit_price", "€ 4", "expected an amount such as 49.90"),
        ("unit_price", "NaN", "expected an amount"),
        ("order_date", "31.12.2026", "got '31.12.2026'; hint: set dates = [\"%d.%m.%Y\"] in the mapping"),
        ("order_date", "2026-02-30", "expected a date such as 2026-12-31"),
        ("order_date", "0001-01-01", "expected a date"),
        ("order_date", "", "order_date: is blank"),
        ("deadline", "tonight", "expected a date"),
        ("currency", "€", "hint: write EUR"),
        ("currency", "XXX", "expected a currency such as EUR, got 'XXX'"),
        ("ship_country", "Germany", "got a text of 7 characters; hint: write DE, or set country = true"),
        ("ship_country", "Deutschland", "hint: write DE"),
        ("ship_country", "UK", "got 'UK'; hint: write GB"),
        ("ship_country", "ZZ", "expected a country such as DE, got 'ZZ'"),
        ("ship_country", "", "ship_country: is blank"),
        ("ship_name", " ", "ship_name: is blank"),
        ("description", "", "description: is blank"),
        ("locale", "German", "expected a language tag such as de-AT, got 'German'"),
        ("gift", "perhaps", "expected yes or no, got 'perhaps'"),
        ("customer_status", "vip", "expected one of new, repeat, ambassador, got 'vip'"),
        ("customer_orders", "-1", "from 0"),
        ("store", "../halden", "is no name of a store"),
        ("order_id", "x" * 65, "65 characters; at most 64"),
        ("ship_name", "A\0B", "ship_name: holds control characters or lost letters"),
        ("description", "caf\ufffd", "description: holds control characters"),
    ],
)
def test_a_bad_value_holds_its_order_and_no_other(read, column, text, said):
    reading = read([row(order_id="1"), row(order_id="2") | {column: text}, row(order_id="3")])
    assert not any(finding.severity == "error" for finding in reading.findings)
    first, bad, last = reading.orders
    assert first.order is not None
    assert last.order is not None
    assert bad.order is None
    assert any(said in message for message in told(bad)), told(bad)
    assert all(message.startswith("drop.csv:3: ") for message in told(bad))


@pytest.mark.parametrize("name", [column.name for column in COLUMNS if column.personal])
def test_no_finding_shows_personal_data(read, name):
    canary = "Zanzibar Quimby"
    for damage in ("\0", "x" * 2000, "\u202e"):
        found = list(read([row(gift="maybe") | {name: canary + damage}]).orders)
        assert found
        assert canary not in " ".join(str(finding) for order in found for finding in order.findings)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-11-20", date(2026, 11, 20)),
        ("2026-11-20T23:59:59Z", date(2026, 11, 20)),
        ("2026-11-20 10:00:00 -0500", date(2026, 11, 20)),
        ("2026-11-20T10:00:00.123456+02:00", date(2026, 11, 20)),
        ("2026-11-20 08:26", date(2026, 11, 20)),
    ],
)
def test_dates(read, text, value):
    order = only(read([row(order_date=text)])).order
    assert order is not None
    assert order.order_date == value


@pytest.mark.parametrize(
    ("text", "moment"),
    [("2026-11-22", "2026-11-22T23:59+00:00"), ("2026-11-22 16:00", "2026-11-22T16:00+00:00")],
)
def test_deadlines_are_aware(read, text, moment):
    order = only(read([row(deadline=text)])).order
    assert order is not None
    assert order.deadline == datetime.fromisoformat(moment)


# --- what is text stays text ---


@pytest.mark.parametrize(
    "text",
    ["{{7*7}}", "<img src=file:///etc/passwd>", "=SUM(A1)", "'s-Hertogenbosch", "'68 poster", "../../x", "NULL", "None",
     "עברית", "\u200fשלום\u200f", "👩\u200d👩\u200d👧", "a  b", "e\u0301", "%s {0} ${x}"],
)  # fmt: skip
def test_texts_come_through_literally(read, text):
    found = only(read([row(ship_name=text, description=text, gift_message=text, ship_city=text)]))
    assert found.order is not None
    assert found.order.ship_to.name == found.order.ship_to.city == found.order.gift_message == text
    assert found.order.lines[0].description == text
    assert told(found, "note") == told(found, "warning") == []


def test_an_order_id_is_text_and_never_a_path(read):
    found = only(read([row(order_id="../../x")]))
    assert found.label == "../../x"
    assert found.key == OrderKey(store="oriel-ash", order_id="../../x")


@pytest.mark.parametrize(
    ("column", "text", "value", "code"),
    [
        ("ship_name", "A\r\nB", "A B", None),
        ("description", "a\t b", "a b", None),
        ("gift_message", "a\r\nb\rc", "a\nb\nc", None),
        ("ship_name", "Ann\u202eeliM", "AnneliM", "text.invisible"),
        ("description", "\ufeffLamp\u200b", "Lamp", "text.invisible"),
        ("description", "'=1+1", "=1+1", "text.guarded"),
        ("sku", "'00123", "00123", "text.guarded"),
        ("quantity", "'3", 3, "text.guarded"),
    ],
)
def test_what_is_tidied_is_said(read, column, text, value, code):
    found = only(read([row() | {column: text}]))
    order = found.order
    assert order is not None
    line = order.lines[0]
    values = {"ship_name": order.ship_to.name, "gift_message": order.gift_message, "description": line.description,
              "sku": line.sku, "quantity": line.quantity}  # fmt: skip
    assert values[column] == value
    assert [finding.code for finding in found.findings] == ([code] if code else [])


# --- the file as a whole ---


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file.empty"),
        (b"%PDF-1.7\n", "file.not_csv"),
        (b"\0" * 4000 + b"\1", "file.not_csv"),
        (",".join([*GOOD, "sku"]).encode() + b"\n", "header.duplicate"),
        (b",".join(b"c%d" % number for number in range(10_000)) + b"\n", "header.too_many"),
        (b"name,city\nAda,Kiel\n", "columns.missing"),
        ("order_id,привет\n1,мир\n".encode("cp1251"), "encoding.unknown"),
    ],
)
def test_a_file_that_is_no_order_csv_is_held_whole(read, data, code):
    reading = read(data)
    assert [finding.code for finding in reading.findings] == [code]
    assert list(reading.orders) == []


def test_missing_columns_are_named_at_once(read):
    (finding,) = read(b"orderid,order_date,currency,Ship-Name,description,quantity\n1,2,3,4,5,6\n").findings
    assert str(finding) == (
        "drop.csv:1: missing columns order_id, ship_name, ship_country; "
        "hint: did you mean orderid for order_id, Ship-Name for ship_name?"
    )


def test_a_misspelt_optional_column_is_noticed(read):
    (finding,) = read([row(marketing_optout="yes", tier="gold")]).findings
    assert (finding.severity, finding.code, finding.hint) == (
        "warning",
        "column.similar",
        "did you mean marketing_opt_out?",
    )


def test_header_only_is_a_warning(read):
    reading = read(",".join(GOOD).encode() + b"\n")
    assert [(finding.code, finding.severity) for finding in reading.findings] == [("file.no_orders", "warning")]
    assert list(reading.orders) == []


def test_a_file_that_is_too_large_is_not_read(read):
    small = Settings.model_validate({"hotfolder": {"max_bytes": 20}})
    assert [finding.code for finding in read([row()], settings=small).findings] == ["file.too_large"]


def test_scattered_orders_are_held_before_anything_prints(read):
    rows = [row(order_id=name) for name in ("1", "2", "1", "3", "1")]
    reading = read(rows)
    found = list(reading.orders)
    assert [(item.label, item.order is None) for item in found] == [("1", True), ("2", False), ("3", False)]
    assert told(found[0]) == ["drop.csv:2: its rows begin anew on lines 2, 4, 6; hint: sort the file by order_id"]
    assert found[0].key == OrderKey(store="oriel-ash", order_id="1")


@pytest.mark.parametrize(
    ("column", "text", "shown"),
    [
        ("ship_name", "Bo Ek", False),
        ("currency", "USD", True),
        ("order_date", "2026-11-21", True),
        ("ship_country", "FR", False),
    ],
)
def test_rows_that_contradict_each_other_hold(read, column, text, shown):
    found = only(read([row(), row(sku="L-2") | {column: text}]))
    assert found.order is None
    (message,) = told(found)
    assert message.startswith(f"drop.csv:3: {column}: says otherwise than the rows of this order above")
    assert (text in message) is shown


def test_an_order_column_may_first_stand_on_a_later_row(read):
    found = only(read([row(ship_city="", gift_message=""), row(ship_city="Kiel"), row(gift_message="Bravo")]))
    assert found.order is not None, told(found)
    assert (found.order.ship_to.city, found.order.gift_message) == ("Kiel", "Bravo")


def test_two_spellings_of_one_value_are_no_contradiction(read):
    rows = [row(order_date="2026-11-20 08:26:00", gift="no", order_total="10.0", ship_country="DE"),
            row(order_date="2026-11-20 08:27:00", gift="0", order_total="10.00", ship_country="de")]  # fmt: skip
    found = only(read(rows))
    assert found.order is not None, told(found)


def test_a_row_without_id_that_repeats_its_order_holds(read):
    same, other = read([row(), row(order_id="")]), read([row(), row(order_id="", ship_name="Bo Ek")])
    assert states(same) == {"4711": "held"}
    assert states(other) == {"4711": "read", "line 3": "held"}


def test_line_ids_are_unique(read):
    found = only(read([row(line_id="a"), row(line_id="a")]))
    (message,) = told(found)
    assert message.startswith("drop.csv:3: line_id: 'a' is the id of line 2 of the file too; hint: ")


def test_too_many_lines_hold_and_are_not_kept(read):
    limits = Settings(limits=LimitSettings.model_validate({"lines": 3}))
    rows = [row(order_id="1")] * 4 + [row(order_id="1", quantity="never read")] * 4996 + [row(order_id="2")]
    first, second = read(rows, settings=limits).orders
    assert told(first) == ["drop.csv:2: 5000 lines; at most 3; hint: raise limits.lines in packslip.toml"]
    assert second.order is not None


DAMAGE = {
    "a row too wide": (b"2,2026-11-20,EUR,Ada,DE,Lamp, blue,2", ["row.too_wide"]),
    "a row too short": (b"2,2026-11-20,EUR,Ada,DE,Lamp", ["row.too_short"]),
    "loose quotes": (b'2,2026-11-20,EUR,Ada,DE,"Lamp" blue,2', ["row.quotes"]),
    "a cell of a megabyte": (b"2,2026-11-20,EUR,Ada,DE," + b"x" * 1_000_000 + b",2", ["cell.too_long"]),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_in_one_order_holds_that_order_only(read, name):
    damaged, codes = DAMAGE[name]
    sound = b"%d,2026-11-20,EUR,Ada,DE,Lamp,2\n"
    header = b"order_id,order_date,currency,ship_name,ship_country,description,quantity\n"
    found = list(read(header + sound % 1 + damaged + b"\n" + sound % 3).orders)
    assert [(item.label, item.order is None) for item in found] == [("1", False), ("2", True), ("3", False)]
    assert [finding.code for finding in found[1].findings] == codes
    assert found[1].findings[0].where.line == 3
    within = list(read(header + sound % 2 + damaged + b"\n" + sound % 2 + sound % 3).orders)
    assert [(item.label, item.order is None) for item in within] == [("2", True), ("3", False)]


def test_damage_that_may_be_anybodys_holds_both_sides(read):
    header = b"order_date,order_id,currency,ship_name,ship_country,description,quantity\n"
    sound = b"2026-11-20,%d,EUR,Ada,DE,Lamp,2\n"
    data = header + sound % 1 + sound % 2 + b"2026-11-20,Ada Brink, Kiel,2,EUR,Ada,DE,Lamp,2\n" + sound % 3 + sound % 4
    assert states(read(data)) == {"1": "read", "2": "held", "3": "held", "4": "read"}


def test_an_open_quote_holds_from_there_on(read):
    header = b"order_id,order_date,currency,ship_name,ship_country,description,quantity\n"
    sound = b"%d,2026-11-20,EUR,Ada,DE,Lamp,2\n"
    data = header + sound % 1 + b'2,2026-11-20,EUR,"Ada,DE,Lamp,2\n' + sound % 3 + sound % 4
    assert states(read(data)) == {"1": "read", "2": "held", "3": "held", "4": "held"}


# --- totals ---

STATED = {
    "order_total": "99.80",
    "shipping_total": "5",
    "discount_total": "5",
    "tax_total": "0",
    "prices_include_tax": "yes",
}


@pytest.mark.parametrize(
    ("cells", "agrees"),
    [
        ({}, True),
        ({"discount_total": "-5"}, True),
        ({"order_total": "99.81"}, True),
        ({"order_total": "99.79"}, True),
        ({"order_total": "99.90"}, False),
        ({"order_total": "99.90", "shipping_total": ""}, True),
        ({"order_total": "99.90", "prices_include_tax": ""}, True),
        ({"tax_total": "19", "prices_include_tax": "no"}, False),
        ({"tax_total": "19", "prices_include_tax": "no", "order_total": "118.80"}, True),
        ({"line_discount": "9.80", "order_total": "90"}, True),
    ],
)
def test_totals(read, cells, agrees):
    found = only(read([row(**STATED | cells)]))
    assert found.order is not None
    assert [(finding.code, finding.severity) for finding in found.findings] == (
        [] if agrees else [("totals.disagree", "warning")]
    )


# --- digests ---


def test_the_digest_is_of_the_data_alone(read):
    one = only(read([row(order_total="10.50", tier="gold", x="1")]))
    same = only(read(b"\n\n" + as_csv([{"x": "1", "tier": "gold"} | row(order_total="10.5")]), name="other.csv"))
    assert one.sha256 == same.sha256
    assert one.where != same.where


@pytest.mark.parametrize("column", [name for name in GOOD if name != "order_id"])
def test_the_digest_tells_orders_apart(read, column):
    other = {"order_date": "2026-11-19", "currency": "USD", "locale": "fr-FR", "ship_country": "FR", "quantity": "3",
             "unit_price": "49.91"}.get(column, "other")  # fmt: skip
    assert only(read([row()])).sha256 != only(read([row() | {column: other}])).sha256


def test_held_orders_have_digests_too(read):
    one, same, other = (only(read([row(quantity=text)], name=text)) for text in ("x", "x", "y"))
    assert one.sha256 == same.sha256 != other.sha256


# --- mappings ---

SHOP = """
[file]
decimal = ","
dates = ["%d.%m.%Y"]
header_holds = ["Nummer", "Artikel"]
short_rows = "pad"

[consent]
slip = "marketing"
meaning = "the fair asks nobody"

[columns]
order_id = { from = "Nummer", drop_prefix = "#" }
order_date = "Datum"
currency = { constant = "EUR" }
ship_name = { template = "{Vorname} {Name}" }
ship_country = { from = "Land", map = { Deutschland = "DE" }, default = "DE" }
description = { from = "Artikel", case = "title" }
quantity = "Menge"
unit_price = "Preis"
"extra.source" = { constant = "fair" }

[locale]
DE = "de-AT"
default = "fr-FR"

[[skip]]
reason = "pick-up"
scope = "order"
where = { Art = "Abholung" }

[[skip]]
reason = "postage"
where = { Artikel = { matches = "Porto.*" } }

[[skip]]
reason = "footer"
scope = "row"
where = { Nummer = { matches = "Summe.*" } }
"""


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.toml"
    path.write_text(SHOP, encoding="utf-8")
    mapping, findings = load_mapping(path)
    assert findings == ()
    return mapping


def export(*rows: str) -> bytes:
    head = "Bestellungen 2026;;\n\nNummer;Datum;Vorname;Name;Land;Art;Artikel;Menge;Preis\n"
    return (head + "\n".join(rows) + "\n").encode("cp1252")


def test_an_export_with_everything_shops_do(read, shop):
    reading = read(
        export(
            "#1;1.12.2026;Jörg;Groß;Deutschland;;PORTO;1;4,90",
            "#1;;;;;;Porto Inland;1;4,90",
            "#1;;;;;;STUHL MIT ARMLEHNE;2;1249,00",
            "#2;2.12.2026;Ada;Brink;;Abholung;Tisch;1;1,00",
            "#2;;;;;;Stuhl;1;1,00",
            "#3;3.12.2026;Ada;Brink;;;Porto;1;1,00",
            "#4;3.12.2026;Bo;Ek;Norge;;Tisch;1;1,00",
            "#5;3.12.2026;Bo;Ek;;;Tisch;1,5;1.00",
            "Summe 5",
        ),
        shop,
    )
    one, four, five = reading.orders
    assert one.order is not None
    assert (one.label, one.order.ship_to.name, one.order.locale) == ("1", "Jörg Groß", "de-AT")
    assert (one.order.order_date, one.order.extra) == (date(2026, 12, 1), {"Art": "", "source": "fair"})
    assert [(line.description, line.quantity, line.unit_price) for line in one.order.lines] == [
        ("Porto", 1, Decimal("4.90")),
        ("Stuhl mit Armlehne", 2, Decimal(1249)),
    ]
    assert told(four)[0].startswith("drop.csv:10: ship_country (Land): expected a country such as DE")
    quantity, price = told(five)
    assert quantity == "drop.csv:11: quantity (Menge): expected a whole number, got '1,5'"
    assert price.startswith(
        "drop.csv:11: unit_price (Preis): expected an amount such as 49.90, got '1.00'; hint: set decimal = "
    )
    assert (reading.skipped, reading.emptied) == ({"postage": 2, "pick-up": 2, "footer": 1}, 2)
    assert [finding.code for finding in reading.findings] == ["encoding.guessed"]


def test_rows_left_out_part_no_order(read, shop):
    reading = read(
        export(
            "#1;1.12.2026;Ada;Brink;;;Tisch;1;1,00",
            "#2;1.12.2026;Bo;Ek;;;Porto;1;1,00",
            "#1;;;;;;Stuhl;1;1,00",
            "#2;;;;;;Lampe;1;1,00",
        ),
        shop,
    )
    found = list(reading.orders)
    assert [(item.label, len(item.order.lines)) for item in found if item.order] == [("1", 2), ("2", 1)]
    assert (reading.skipped, reading.emptied) == ({"postage": 1}, 0)


def test_a_mapping_for_another_export_holds_the_drop(read, shop):
    (finding,) = read(b"Nummer;Artikel;Menge\n1;Tisch;1\n", shop).findings
    assert str(finding) == (
        "drop.csv:1: missing columns Datum (for order_date), Name (for ship_name), Vorname (for ship_name), "
        "Land (for ship_country), Art (for skipping pick-up); "
        "hint: the first row must name the columns; docs/ecommerce.md lists them"
    )


@pytest.mark.parametrize(
    ("column", "severity"), [("marketing_opt_out", "error"), ("quantity_shipped", "error"), ("sku", "warning")]
)
def test_a_column_the_mapping_relies_on_must_be_there(read, tmp_path, column, severity):
    required = [f'{name} = "{name}"' for name in GOOD if BY_NAME[name].required]
    path = tmp_path / "shop.toml"
    consent = ["[consent]", 'slip = "marketing"', 'meaning = "nothing is stated"']
    path.write_text("\n".join([*consent, "[columns]", *required, f'{column} = "Elsewhere"']), encoding="utf-8")
    mapping, findings = load_mapping(path)
    assert findings == ()
    (finding,) = read([row()], mapping).findings
    assert finding.severity == severity
    assert "Elsewhere" in finding.message


# --- properties ---

_word = st.text(st.characters(categories=("L", "N", "P", "Zs"), codec="utf-8"), min_size=1, max_size=12).map(
    lambda text: " ".join(text.replace("'", "’").split()) or "x"
)
_western = st.text(st.sampled_from('abcÄöüßéè ,;|"&-'), min_size=1, max_size=12).map(lambda text: text.strip() or "x")


def _orders(word):
    line = st.fixed_dictionaries(
        {
            "description": word,
            "quantity": st.integers(1, 999).map(str),
            "unit_price": st.decimals(0, 999, places=2).map(str),
        }
    )
    order = st.fixed_dictionaries({"ship_name": word, "ship_city": word, "gift_message": word, "tier": word})
    return st.lists(st.tuples(order, st.lists(line, min_size=1, max_size=3)), min_size=1, max_size=4)


def _rows(orders, *, repeats: bool) -> list[dict[str, str]]:
    head = {"order_date": "2026-11-20", "currency": "EUR", "ship_country": "DE", "locale": "de"}
    return [
        {"order_id": str(number)} | line | (head | order if repeats or not place else {})
        for number, (order, lines) in enumerate(orders)
        for place, line in enumerate(lines)
    ]


@given(
    orders=_orders(_word),
    repeats=st.booleans(),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_orders_round_trip_in_every_dialect(read, orders, repeats, delimiter, end, codec):
    rows = _rows(orders, repeats=repeats)
    header = list(rows[0])
    table = write_csv(
        header, [[cells.get(name, "") for name in header] for cells in rows], delimiter=delimiter, line_end=end
    )
    _assert_equal(read(table.decode().encode(codec)), orders)


@given(orders=_orders(_western), delimiter=st.sampled_from(",;|"))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_orders_round_trip_in_cp1252(read, orders, delimiter):
    rows = _rows(orders, repeats=True)
    reading = read(as_csv(rows, delimiter=delimiter).decode().encode("cp1252"))
    if {finding.code for finding in reading.findings} != {"encoding.unknown"}:
        _assert_equal(reading, orders)


def _assert_equal(reading: Reading, orders) -> None:
    found = list(reading.orders)
    assert [item.label for item in found] == [str(number) for number in range(len(orders))]
    for item, (order, lines) in zip(found, orders, strict=True):
        assert item.order is not None, told(item)
        assert item.order.ship_to.name == order["ship_name"]
        assert item.order.ship_to.city == order["ship_city"]
        assert item.order.gift_message == order["gift_message"]
        assert item.order.extra["tier"] == order["tier"]
        assert [(line.description, str(line.quantity), line.unit_price) for line in item.order.lines] == [
            (line["description"], line["quantity"], Decimal(line["unit_price"])) for line in lines
        ]


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "cp1252"])
def test_a_file_cut_at_any_byte_never_raises_and_never_prints_more(read, codec):
    gift = {"ship_name": "Zoë", "gift_message": '"so"\nnice'}
    rows = [row(order_id="1", **gift), row(order_id="1", **gift), row(order_id="2")]
    data = as_csv(rows).decode().encode(codec)
    whole = {item.label: item.order for item in read(data).orders}
    for size in range(len(data)):
        for item in read(data[:size]).orders:
            if item.order:
                assert len(item.order.lines) <= len(whole[item.label[:1]].lines)


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_under_a_sound_header_raise(read, tail):
    header = ",".join(GOOD).encode() + b"\n"
    for item in read(header + tail).orders:
        assert item.order is not None or any(finding.severity == "error" for finding in item.findings)


def test_orders_are_held_one_at_a_time(read):
    def peak(orders: int) -> int:
        lines = "".join(f"{number},2026-11-20,EUR,Ada,DE,Lamp,2\n" for number in range(orders))
        reading = read(f"order_id,order_date,currency,ship_name,ship_country,description,quantity\n{lines}".encode())
        tracemalloc.start()
        assert sum(item.order is not None for item in reading.orders) == orders
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    peak(10)
    assert peak(2000) < peak(100) + 400_000


# --- data from outside ---


@pytest.mark.data
@WITH_DATA
def test_naughty_strings_come_through_or_are_found(read):
    strings = json.loads((DATA / "names-csv" / "blns" / "blns.json").read_text(encoding="utf-8"))
    assert len(strings) > 500
    for text in strings:
        found = only(read([row(ship_name=text, description=text, gift_message=text)]))
        plain = " ".join(text.split())
        if found.order is None or found.findings:
            assert found.findings, text
        else:
            assert " ".join(found.order.ship_to.name.split()) == plain
            assert " ".join(found.order.lines[0].description.split()) == plain


SAMPLE_DAYS = ("2010-12-01", "2010-12-06", "2011-01-18", "2011-02-01", "2011-03-14", "2011-05-12", "2011-07-21",
               "2011-09-01", "2011-10-06", "2011-11-14", "2011-12-09")  # fmt: skip
NO_GOODS = ("POST", "DOT", "C2", "M", "m", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK", "PADS")


@pytest.mark.data
@WITH_DATA
def test_every_sale_invoice_becomes_one_order(read):
    mapping, findings = load_mapping(ROOT / "rules" / "mappings" / "online-retail.toml")
    assert findings == ()
    seen = 0
    with tarfile.open(DATA / "online-retail" / "by-day.tar.gz") as days:
        for member in days:
            if Path(member.name).stem not in SAMPLE_DAYS:
                continue
            stream = days.extractfile(member)
            assert stream is not None
            data = stream.read()
            expected, rows = sale_lines(data)
            reading = read(data, mapping)
            found = {item.label: item.order for item in reading.orders}
            assert None not in found.values()
            assert {label: len(order.lines) for label, order in found.items() if order} == expected
            assert sum(expected.values()) + sum(reading.skipped.values()) == rows
            seen += 1
    assert seen >= 10


def sale_lines(data: bytes) -> tuple[dict[str, int], int]:
    """The sale invoices of a day with their lines, counted by another reader, and all rows."""
    pandas = pytest.importorskip("pandas")
    table = pandas.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
    goods = ~(table.StockCode.isin(NO_GOODS) | table.StockCode.str.startswith(("gift_0001_", "DCGS")))
    sold = (table.Quantity.astype(int) > 0) & (table.UnitPrice.astype(float) > 0)
    sales = table[goods & sold & table.InvoiceNo.str.isdigit() & (table.Description.str.strip() != "")]
    return sales.groupby("InvoiceNo").size().to_dict(), len(table)
