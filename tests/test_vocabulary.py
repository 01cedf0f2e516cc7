"""The words of the rules: every field reads what it says, has a sample that parses, and none is missing."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from rules_kit import PLACE, TODAY, make_order, make_situation

from packslip.library.cells import parse_cell
from packslip.library.output_cells import parse_output, spell_output
from packslip.library.rule_fields import coerce, customer_kinds, history_fields, opted_out, read_field
from packslip.library.vocabulary import vocabulary
from packslip.library.words import Kind
from packslip.model import Address, CustomerStatus, Facts, Line, Past, Totals

WORDS = vocabulary()
FULL = make_order(
    channel="web",
    ship_to=Address(name="N", company="Ash Ltd", region="Bretagne", country="FR"),
    locale="fr-FR",
    customer_status=CustomerStatus.REPEAT,
    customer_orders=3,
    totals=Totals(order=Decimal("129.90"), shipping=Decimal("4.90"), discount=Decimal("10")),
    lines=(
        Line(line_id="1", sku="S1", description="a", category="Candles", brand="Halden", quantity=5, where=PLACE),
        Line(line_id="2", sku="S2", description="b", category="", quantity=2, quantity_shipped=0, where=PLACE),
    ),
    ship_method="express",
    dealer="d-17",
    station="bench",
    delivery_estimate=date(2026, 12, 4),
    extra={"Gift Wrap": " gold "},
)
EXPECTED = {
    "order.id": "A1",
    "order.store": "oriel-ash",
    "order.channel": "web",
    "order.date": date(2026, 12, 1),
    "order.country": "FR",
    "order.region": "Bretagne",
    "order.company": "Ash Ltd",
    "order.currency": "EUR",
    "order.locale": "fr-FR",
    "order.language": "fr",
    "order.total": Decimal("129.90"),
    "order.shipping": Decimal("4.90"),
    "order.discount": Decimal(10),
    "order.lines": 2,
    "order.pieces": 7,
    "order.skus": frozenset({"S1", "S2"}),
    "order.categories": frozenset({"Candles"}),
    "order.brands": frozenset({"Halden"}),
    "order.ship_method": "express",
    "order.delivery_estimate": date(2026, 12, 4),
    "order.dealer": "d-17",
    "order.station": "bench",
    "order.gift": False,
    "parcel.kind": "partial",
    "parcel.number": 1,
    "parcel.lines": 1,
    "parcel.pieces": 5,
    "customer.id": "C1",
    "customer.known": True,
    "customer.status": "repeat",
    "customer.orders": 3,
    "customer.first_order": date(2025, 3, 14),
    "customer.last_order": date(2026, 9, 2),
    "customer.days_since_last": 90,
    "customer.spend": Decimal("249.80"),
    "customer.returns": 1,
    "customer.recency": 4,
    "customer.frequency": 5,
    "customer.monetary": 3,
    "customer.rfm": "4-5-3",
    "customer.categories": frozenset({"vases"}),
    "customer.new_categories": frozenset({"candles"}),
    "customer.next_order_in": 45,
    "customer.opt_out": False,
    "today": TODAY,
}
PAST = Past(
    day=date(2026, 12, 1),
    orders=4,
    first_on=date(2025, 3, 14),
    last_on=date(2026, 9, 2),
    days_since_last=90,
    spend={"EUR": Decimal("249.80")},
    returns=1,
    categories={"vases": date(2026, 9, 2)},
    new_categories=frozenset({"candles"}),
    recency=4,
    frequency=5,
    monetary=3,
    next_order_in=45,
)


def test_every_field_reads_what_it_says():
    situation = make_situation(FULL, Facts(past=PAST))
    assert {path: read_field(field, situation) for path, field in WORDS.fields.items()} == EXPECTED


def test_a_field_that_is_always_known_is_known_for_the_barest_order():
    bare = make_order(country="", total=None, customer_id="", currency="", locale="", skus=("",), categories=())
    situation = make_situation(bare)
    for path, field in WORDS.fields.items():
        assert (read_field(field, situation) is not None) >= field.always, path
    unknown = {path for path, field in WORDS.fields.items() if read_field(field, situation) is None}
    assert {
        "order.total",
        "order.skus",
        "order.categories",
        "customer.status",
        "customer.orders",
        "customer.id",
    } <= unknown


@pytest.mark.parametrize("field", WORDS.fields.values(), ids=lambda field: field.path)
def test_every_sample_is_a_cell(field):
    assert parse_cell(field.sample, field).items


@pytest.mark.parametrize("output", WORDS.outputs.values(), ids=lambda output: output.path)
def test_every_sample_of_an_output_is_a_cell(output):
    assert spell_output(parse_output(output.sample, output), output) == output.sample


def test_headings_are_found_whatever_their_case_and_spacing():
    assert WORDS.find_field(" Order.Country ").path == "order.country"
    assert WORDS.find_output("OFFER.amount ").path == "offer.amount"
    assert WORDS.find_field("order.county") is None
    assert WORDS.find_output("mesage") is None


def test_an_unknown_column_of_the_order_is_an_extra_field():
    field = WORDS.find_field("extra.gift wrap")
    assert field.kind is Kind.LOOSE
    assert read_field(field, make_situation(FULL)).strip() == "gold"
    assert read_field(WORDS.find_field("extra.nothing"), make_situation(FULL)) is None
    assert WORDS.find_field("extra.") is None


def test_history_counts_where_the_shop_does_not_say():
    field = WORDS.fields["customer.orders"]
    assert read_field(field, make_situation(make_order(), Facts(known_orders=4))) == 4
    assert read_field(field, make_situation(make_order(customer_orders=0), Facts(known_orders=4))) == 0
    assert read_field(field, make_situation()) is None


def test_columns_of_customers_csv_are_fields_of_their_kind():
    records = [
        {"tier": "gold", "credit": Decimal("12.50"), "birthday": date(1990, 5, 1), "vip": True, "Orders": 9},
        {"tier": "", "credit": 3, "birthday": None, "vip": None, "Orders": 1},
    ]
    kinds = customer_kinds(records)
    assert kinds == {
        "tier": Kind.TEXT,
        "credit": Kind.NUMBER,
        "birthday": Kind.DATE,
        "vip": Kind.YES_NO,
        "Orders": Kind.NUMBER,
    }
    words = vocabulary(customers=kinds)
    situation = make_situation(facts=Facts(customer=records[0]))
    read = {
        name: read_field(words.fields[f"customer.{name}"], situation) for name in ("tier", "credit", "birthday", "vip")
    }
    assert read == {"tier": "gold", "credit": Decimal("12.50"), "birthday": date(1990, 5, 1), "vip": True}
    assert words.fields["customer.orders"].kind is Kind.WHOLE, "a column never takes the place of a built-in field"


def test_the_history_knows_nothing_of_who_is_unknown_and_that_somebody_new_has_spent_nothing():
    def read(facts):
        situation = make_situation(facts=facts)
        return {path: read_field(field, situation) for path, field in history_fields().items()}

    assert set(read(Facts()).values()) == {None}
    new = read(Facts(past=Past(day=TODAY)))
    assert {path: value for path, value in new.items() if value is not None} == {
        "customer.spend": Decimal(0),
        "customer.returns": 0,
    }
    assert read(Facts(past=Past(day=TODAY, orders=1)))["customer.spend"] is None
    assert read(Facts(past=Past(day=TODAY, orders=1, spend={"GBP": Decimal(5)})))["customer.spend"] == 0


def test_days_since_a_category_was_bought_are_asked_by_its_name():
    words = vocabulary(categories=["Vases", "Bowls, dishes"])
    situation = make_situation(facts=Facts(past=PAST))
    assert read_field(words.find_field("Customer.Days_Since.VASES"), situation) == 90
    assert read_field(words.find_field("customer.days_since.bowls, dishes"), situation) is None
    assert "customer.days_since.vases" in words.fields
    assert read_field(WORDS.find_field("customer.days_since.vases"), situation) == 90, (
        "a category that left still parses"
    )
    assert WORDS.find_field("customer.days_since.") is None


def test_a_column_that_the_shop_names_like_a_field_of_the_history_goes_first():
    words = vocabulary(customers={"spend": Kind.NUMBER, "returns": Kind.TEXT})
    said = make_situation(facts=Facts(past=PAST, customer={"spend": 7, "returns": "often"}))
    blank = make_situation(facts=Facts(past=PAST, customer={"spend": None, "returns": None}))
    assert [read_field(words.fields["customer.spend"], one) for one in (said, blank)] == [7, Decimal("249.80")]
    assert words.fields["customer.returns"].kind is Kind.TEXT
    assert [read_field(words.fields["customer.returns"], one) for one in (said, blank)] == ["often", None]


def test_one_odd_cell_makes_no_text_of_a_column_and_is_unknown():
    kinds = customer_kinds([{"credit": number} for number in range(20)] + [{"credit": "soon"}])
    assert kinds == {"credit": Kind.NUMBER}
    assert coerce("soon", Kind.NUMBER) is None


def test_stores_are_a_choice_where_they_are_known():
    words = vocabulary(stores=("oriel-ash", "halden"))
    assert words.fields["order.store"].allowed == ("oriel-ash", "halden")
    assert WORDS.fields["order.store"].kind is Kind.TEXT


@pytest.mark.parametrize(
    "value", [True, "yes", "ja", "TRUE", "1", 1, "gdpr request", "2026-01-01", date(2026, 1, 1), "unknown"]
)
@pytest.mark.parametrize("column", ["suppress", "Opt_Out", "marketing_opt_out"])
def test_a_customer_is_left_alone_in_doubt(column, value):
    assert opted_out(make_situation(facts=Facts(customer={column: value})))


@pytest.mark.parametrize("value", [False, "no", "Nein", "false", "0", 0, "", " ", None])
def test_a_clear_no_does_not_opt_out(value):
    assert not opted_out(make_situation(facts=Facts(customer={"suppress": value, "tier": "gold"})))


def test_the_order_itself_opts_out():
    assert opted_out(make_situation(make_order(marketing_opt_out=True)))


MARKETER = (Path(__file__).parent.parent / "docs" / "marketer.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [*WORDS.fields, *(f"set: {path}" for path in WORDS.outputs)])
def test_every_field_and_output_is_documented(path):
    assert f"`{path}`" in MARKETER


def test_the_documented_cells_parse():
    section = MARKETER.split("## What a cell may say")[1].split("## What can be asked")[0]
    kinds = {
        "texts": "order.country",
        "numbers": "order.lines",
        "yes or no": "order.gift",
        "dates": "today",
        "all": "today",
    }
    cells = [
        (cell, "order.total" if "49" in cell else kinds[row.split("|")[2].strip()])
        for row in section.splitlines()
        if row.startswith("| `")
        for cell in re.findall(r"`([^`]+)`", row.split("|")[1])
    ]
    assert len(cells) > 10
    for cell, path in cells:
        parse_cell(cell, WORDS.fields[path])


def test_the_documented_segments_parse():
    words = vocabulary(categories=["lighting"])
    page = (Path(__file__).parent.parent / "docs" / "history.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip(" `") for cell in line.strip("|").split("|")]
        for line in page.split("## Segments out of it")[1].splitlines()
        if line.startswith("|") and "---" not in line
    ]
    headings: list[str] = []
    parsed = 0
    for row in rows:
        if row[-1] == "why":
            headings = row
            continue
        for heading, cell in zip(headings, row, strict=True):
            if heading.startswith("set: "):
                assert parse_output(cell, words.find_output(heading.removeprefix("set: ")))
            elif heading != "why" and cell:
                parsed += len(parse_cell(cell, words.find_field(heading)).items)
    assert parsed > 10
