"""The decide room: the engine means what the cells mean, the policies have the last word, and the check is exact."""

import json
import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rules_kit import PLACE, TODAY, make_order, make_situation, read_rules, told
from thorough_kit import examples

from packslip.decide import check_rules, decide
from packslip.decide.coverage import lay_open, witnesses
from packslip.decide.customs import TERRITORIES, needs_prices
from packslip.decide.running import fired_rows
from packslip.library.conditions import Cell, Literal, Sense, Span
from packslip.library.output_cells import NONE
from packslip.library.rule_fields import built_in_fields, read_field
from packslip.library.rule_headings import ConditionColumn, OutputColumn
from packslip.library.rule_table import RuleRow, RuleTable
from packslip.library.rules import RuleBook, load_rules
from packslip.library.rules_compile import compile_model, encode_text, spell_constant
from packslip.library.vocabulary import output_field, vocabulary
from packslip.library.words import Kind
from packslip.model import CustomerStatus, Facts, Offer, Product, Severity, Totals, has_errors, settle_parcel

SHIPPED = Path(__file__).parent.parent / "rules"
BOOK, _ = load_rules(SHIPPED)


def choose(order, facts=None, rules=BOOK, today=TODAY, origin="GB"):
    return decide(order, settle_parcel(order, {})[0], facts or Facts(), rules, today, origin=origin)


# --- the engine means what the cells mean -------------------------------------------------------------------------

WORDS = vocabulary(customers={"credit": Kind.NUMBER, "tier": Kind.TEXT, "since": Kind.DATE, "vip": Kind.YES_NO})
TEXTS = [
    "FR",
    "O'Neil",
    'say "x"',
    "a]b",
    "été",
    "{{7*7}}",
    "null",
    "true",
    "5",
    "5.0",
    "2026-12-01",
    "%27",
    "x, y",
    "`",
    "\\",
]
NUMBERS = [
    Decimal(text) for text in ("0", "-5", "49.90", "49.9", "49.899999999", "49.900000001", "999999999999999", "5")
]
DAYS = [date(2026, 12, 1) + timedelta(days=offset) for offset in (-1, 0, 1, 30)]

literals = st.sampled_from(TEXTS).map(Literal)


BOTH_WAYS = st.booleans()


def spans(ends, *, within=BOTH_WAYS):
    def build(pair, shape, low_within, high_within):
        low, high = sorted(pair)
        return Span(
            low=None if shape == "until" else low,
            high=None if shape == "from" else high,
            low_within=low_within,
            high_within=high_within,
        )

    return st.builds(build, st.tuples(ends, ends), st.sampled_from(["from", "until", "both"]), within, within)


number_items = spans(st.sampled_from(NUMBERS))
day_items = spans(st.sampled_from(DAYS), within=st.just(True))
ITEMS = {
    Kind.TEXT: literals,
    Kind.CHOICE: st.sampled_from(["FR", "DE", "GB"]).map(Literal),
    Kind.SET: literals,
    Kind.YES_NO: st.sampled_from(["yes", "no"]).map(Literal),
    Kind.NUMBER: number_items,
    Kind.WHOLE: spans(st.sampled_from([Decimal(number) for number in range(4)])),
    Kind.DATE: day_items,
    Kind.LOOSE: literals | number_items | day_items,
}
FIELDS = [WORDS.find_field(path) for path in (
    "order.country", "order.channel", "order.total", "order.categories", "today", "customer.orders", "order.gift",
    "extra.x", "customer.credit", "customer.tier", "customer.since", "customer.vip",
)]  # fmt: skip


def cells(kind):
    listed = st.lists(ITEMS[kind], min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.just(Cell(sense=Sense.ANY)),
        st.sampled_from([Cell(sense=Sense.KNOWN), Cell(sense=Sense.NOTHING)]),
        st.builds(
            lambda items, unknown: Cell(sense=Sense.AMONG, items=items, or_unknown=unknown), listed, st.booleans()
        ),
        st.builds(lambda items: Cell(sense=Sense.OUTSIDE, items=items), listed),
    )


@st.composite
def tables(draw, number=0, fields=FIELDS, output="segment"):
    chosen = draw(st.lists(st.sampled_from(fields), min_size=0, max_size=4, unique_by=lambda field: field.path))
    rows = draw(st.lists(st.tuples(*(cells(field.kind) for field in chosen)), min_size=0, max_size=6))
    values = st.sampled_from(["a", "b", "c", None] if output.startswith("extra.") else ["a", "b", "c"])
    return RuleTable(
        file=f"rules/{number}-t.csv",
        conditions=tuple(ConditionColumn(index=index, field=field) for index, field in enumerate(chosen)),
        outputs=(OutputColumn(index=len(chosen), output=WORDS.find_output(output)),),
        why=len(chosen) + 1,
        rows=tuple(
            RuleRow(line=line, cells=row, outputs={output: draw(values)}, why="w") for line, row in enumerate(rows, 2)
        ),
        lost=(),
        encoding="utf-8",
        delimiter=",",
    )


def book_of(*tables):
    return RuleBook(folder="rules", tables=tables, model=compile_model(tables), is_sound=True)


def value_of(field, situation, forced, set_before):
    if field.output and field.kind is Kind.LOOSE:
        return set_before.get(field.output) or read_field(field, situation)
    if field.output:
        value = forced.get(field.output, set_before.get(field.output))
        return None if value is None else spell_constant(value)
    return read_field(field, situation)


def reference(rules, situation, forced):
    """Plain Python: what the cells of each row say, table by table."""
    set_before, fired = {}, []
    for table in rules.tables:
        values = [value_of(column.field, situation, forced, set_before) for column in table.conditions]
        kinds = [column.field.kind for column in table.conditions]
        matching = (
            row
            for row in table.rows
            if all(cell.matches(value, kind) for cell, value, kind in zip(row.cells, values, kinds, strict=True))
        )
        row = next(matching, None)
        fired.append(row)
        if row is not None:
            set_before |= {path: value for path, value in row.outputs.items() if value is not None}
    return tuple(fired)


maybe = st.none
situations = st.builds(
    lambda country, total, channel, categories, orders, gift, extra, facts, today: make_situation(
        make_order(
            country=country,
            total=None if total is None else str(total),
            channel=channel,
            categories=categories,
            skus=[f"S{number}" for number in range(max(len(categories), 1))],
            customer_orders=orders,
            gift=gift,
            extra=extra,
        ),
        Facts(customer=facts),
        today,
    ),
    st.sampled_from(["FR", "DE", "GB", ""]),
    maybe()
    | st.sampled_from(NUMBERS)
    | st.decimals(-100, 100, places=12)
    | st.sampled_from([Decimal("1E+20"), Decimal("-1E+20")]),
    st.sampled_from(["", " ", *TEXTS]),
    st.lists(st.sampled_from(["", *TEXTS]), max_size=3),
    maybe() | st.integers(0, 4),
    st.booleans(),
    st.dictionaries(st.just("X"), st.sampled_from(["", "abc", "49,90", "1,000", "1.000", "01.12.2026", "1e5", *TEXTS])),
    st.fixed_dictionaries(
        {},
        optional={
            "credit": st.sampled_from([*NUMBERS, 5, "49,90", "soon", None]),
            "tier": st.sampled_from([*TEXTS, True, 5, None]),
            "since": st.sampled_from([*DAYS, "2026-12-01", "never", None]),
            "vip": st.sampled_from([True, False, "yes", "Nein", "maybe", None]),
        },
    ),
    st.sampled_from(DAYS),
)


@settings(max_examples=examples(400))
@given(tables(), situations)
def test_the_engine_fires_the_row_that_the_cells_say(table, situation):
    rules = book_of(table)
    assert fired_rows(rules, situation, {}) == reference(rules, situation, {})


SEGMENT = output_field(WORDS.find_output("segment"), ("a", "b", "c"), always=True)
CARD = WORDS.find_field("extra.x")
CARD = type(CARD)(path=CARD.path, kind=CARD.kind, label="", sample="", read=CARD.read, output="extra.x")
SET_ITEMS = st.sampled_from(["a", "b", "transactional", "none"]).map(Literal)


@settings(max_examples=examples(200))
@given(
    tables(0),
    tables(1, output="extra.x"),
    tables(2, output="extra.x", fields=[SEGMENT, CARD, *FIELDS[:2]]),
    tables(3, output="message", fields=[SEGMENT, CARD]),
    situations,
    st.sampled_from([{}, {"segment": "transactional"}, {"segment": "b", "offer": ""}]),
)
def test_later_tables_read_what_was_set_or_forced(one, two, three, four, situation, forced):
    rules = book_of(one, two, three, four)
    assert fired_rows(rules, situation, forced) == reference(rules, situation, forced)


@given(st.text())
def test_no_text_reaches_the_engine_unencoded(text):
    assert re.fullmatch(r"[A-Za-z0-9_.~%-]*", encode_text(text))


def test_the_model_is_json_without_a_marketers_words(tmp_path):
    evil = "x' or true or '"
    rules, _ = read_rules(tmp_path, _20_message=f'order.channel,set: message,why\n"{evil}",a,{evil}\n,b,y\n')
    assert evil not in rules.model.content
    json.loads(rules.model.content)
    fired = [fired_rows(rules, make_situation(make_order(channel=channel)), {})[0].line for channel in (evil, "web")]
    assert fired == [2, 3]


BOUNDARIES = [
    "49.90",
    "49.9",
    "49.8999999999999999999999",
    "49.9000000000000000000001",
    "49.89",
    "1E+30",
    "-1E+30",
    None,
]


@pytest.mark.parametrize("cell", [">= 49.90", "> 49.90", "<= 49.90", "< 49.90", "49.90", "not 49.90", "49.89..49.90"])
def test_a_boundary_is_exact(tmp_path, cell):
    rules, _ = read_rules(tmp_path, _20_message=f"order.total,set: message,why\n{cell},a,x\n,b,y\n")
    for total in BOUNDARIES:
        situation = make_situation(make_order(total=total))
        assert fired_rows(rules, situation, {}) == reference(rules, situation, {}), total


# --- choices --------------------------------------------------------------------------------------------------------

SELLERS = tuple(Product(sku=f"P{number}", name=f"product {number}") for number in range(12))
EVERYTHING = Facts(
    suggestions={
        "best_sellers": SELLERS,
        "same_category": (Product(sku="s1", name="in the order"), *SELLERS, SELLERS[0]),
        "bought_together": SELLERS[3:5],
    }
)


@pytest.mark.parametrize(
    ("given_", "facts", "segment"),
    [
        ({"customer_orders": 0}, Facts(), "new"),
        ({"customer_orders": 1}, Facts(), "repeat"),
        ({"customer_orders": 0, "customer_id": ""}, Facts(), "new"),
        ({"customer_status": CustomerStatus.AMBASSADOR, "customer_orders": 0}, Facts(), "ambassador"),
        ({"customer_status": CustomerStatus.NEW, "customer_orders": 9}, Facts(), "new"),
        ({"customer_status": CustomerStatus.REPEAT}, Facts(), "repeat"),
        ({}, Facts(), "new"),
        ({}, Facts(known_orders=0), "new"),
        ({}, Facts(known_orders=2), "repeat"),
        ({"customer_id": ""}, Facts(), "transactional"),
        ({"customer_orders": 5, "marketing_opt_out": True}, Facts(), "transactional"),
        ({"customer_orders": 5}, Facts(customer={"suppress": True}), "transactional"),
    ],
)
def test_the_shipped_tables_tell_who_the_customer_is(given_, facts, segment):
    choice, findings = choose(make_order(**given_), facts)
    assert not has_errors(findings)
    assert (choice.segment, choice.message) == (segment, segment)


def test_a_first_order_is_welcomed_and_every_row_says_why():
    choice, findings = choose(make_order(customer_orders=0), EVERYTHING)
    assert findings == ()
    assert choice.offer == Offer(name="welcome", amount=Decimal(15), unit="percent", valid_days=90)
    assert (choice.review, choice.content, choice.prices, choice.layout) == (True, True, True, "atelier-a4")
    assert choice.strategy == "same_category"
    assert [product.sku for product in choice.recommendations] == [f"P{number}" for number in range(9)]
    assert [(because.table, because.row) for because in choice.because] == [
        ("10-segment.csv", 7),
        ("20-message.csv", 2),
        ("30-offer.csv", 2),
        ("40-recommend.csv", 4),
        ("50-layout.csv", 7),
    ]
    assert all(because.why for because in choice.because)
    assert choice.because[2].outputs == {"offer": "welcome", "offer.amount": "15 %", "offer.valid_days": 90}


def test_who_comes_back_gets_no_code():
    choice, _ = choose(make_order(customer_orders=3), EVERYTHING)
    assert choice.offer is None
    assert [product.sku for product in choice.recommendations] == ["P3", "P4"]


@pytest.mark.parametrize(
    ("given_", "layout"),
    [
        ({"channel": "Note"}, "note-a5"),
        ({"ship_method": "label"}, "label-4x6"),
        ({"extra": {"Layout": "label-4x6"}, "channel": "note"}, "label-4x6"),
        ({"extra": {"layout": "atelier"}, "channel": "note"}, "atelier-a4"),
        ({"extra": {"layout": "../../etc"}}, "atelier-a4"),
    ],
)
def test_the_shipped_layout_table(given_, layout):
    assert choose(make_order(**given_))[0].layout == layout


NOTHING_FOR_SALE = (None, "", (), False, False)


def for_sale(choice):
    return (choice.offer, choice.strategy, choice.recommendations, choice.review, choice.content)


@pytest.mark.parametrize(
    ("given_", "facts"),
    [({"marketing_opt_out": True}, {}), ({}, {"Suppress": "yes"}), ({}, {"opt_out": True})],
)
@pytest.mark.parametrize("status", list(CustomerStatus))
def test_who_opted_out_is_sold_nothing_whatever_the_tables_say(tmp_path, given_, facts, status):
    greedy, findings = read_rules(
        tmp_path,
        _10_all="order.total,set: segment,set: message,set: offer,set: offer.amount,set: offer.valid_days,"
        "set: strategy,set: review,set: content,set: prices,why\n"
        ",ambassador,ambassador,friends,20 %,60,best sellers,yes,yes,yes,sell\n",
        _50_layout="segment,offer,strategy,review,set: layout,why\n"
        "transactional,none,none,no,quiet,sees what the policy left\n,,,,loud,x\n",
    )
    assert findings == ()
    order = make_order(customer_status=status, **given_)
    choice, findings = choose(order, Facts(customer=facts, suggestions=EVERYTHING.suggestions), greedy)
    assert findings == ()
    assert (choice.segment, choice.message, choice.layout, choice.prices) == (
        "transactional",
        "transactional",
        "quiet",
        True,
    )
    assert for_sale(choice) == NOTHING_FOR_SALE
    assert choice.because[0].outputs["segment"] == "ambassador", "what the table said stays told"
    assert choice.because[-1].table == "policy"
    assert choice.because[-1].outputs["segment"] == "transactional"


@pytest.mark.parametrize("opted_out", [True, False])
@pytest.mark.parametrize("status", [None, *CustomerStatus])
def test_a_gift_says_nothing_that_a_third_person_should_not_read(status, opted_out):
    order = make_order(gift=True, customer_status=status, marketing_opt_out=opted_out, country="GB")
    choice, findings = choose(order, EVERYTHING)
    assert findings == ()
    assert (choice.segment, choice.message, choice.prices) == ("gift", "gift", False)
    assert for_sale(choice) == NOTHING_FOR_SALE
    assert [because.table for because in choice.because].count("policy") == 1 + opted_out


@pytest.mark.parametrize(
    ("origin", "country", "held"),
    [("GB", "GB", False), ("GB", "IM", False), ("GB", "FR", True), ("DE", "FR", False), ("FR", "MC", False),
     ("DE", "CH", True), ("CH", "LI", False), ("DE", "NO", True), ("US", "PR", False), ("FR", "RE", True),
     ("JP", "JP", False)],
)  # fmt: skip
def test_a_gift_without_prices_does_not_cross_customs(origin, country, held):
    choice, findings = choose(make_order(gift=True, country=country), origin=origin)
    assert not choice.prices
    assert [finding.code for finding in findings] == (["gift.customs"] if held else [])
    assert has_errors(findings) == held
    _, findings = choose(make_order(gift=False, country=country), EVERYTHING, origin=origin)
    assert findings == ()


def test_customs_territories_do_not_overlap():
    countries = [country for territory in TERRITORIES for country in territory]
    assert len(countries) == len(set(countries))
    for one, other in product(countries, repeat=2):
        assert needs_prices(one, other) == needs_prices(other, one)
    assert set(countries) <= set(built_in_fields()["order.country"].allowed)


def test_a_slip_that_a_table_left_without_prices_does_not_cross_customs_either(tmp_path):
    rules, _ = read_rules(
        tmp_path, _10_all="order.total,set: segment,set: message,set: layout,set: prices,why\n,a,a,a,no,x\n"
    )
    _, findings = choose(make_order(country="FR"), rules=rules)
    assert told(findings) == [("prices.customs", "in.csv:2: ship_country")]
    assert choose(make_order(country="GB"), rules=rules)[1] == ()


def test_a_table_without_a_row_for_this_order_holds_it(tmp_path):
    rules, findings = read_rules(
        tmp_path, _10_all="order.total,set: segment,set: message,set: layout,why\n>= 50,a,a,a,x\n"
    )
    assert findings == ()
    _, findings = choose(make_order(total="49.90"), rules=rules)
    assert [(finding.code, finding.severity) for finding in findings] == [("rules.no_row", Severity.ERROR)]
    assert "rules/10-all.csv" in str(findings[0])


def test_an_output_that_nothing_sets_holds(tmp_path):
    rules, findings = read_rules(tmp_path, _10_all="order.total,set: segment,set: message,why\n,a,a,x\n")
    assert findings == ()
    _, findings = choose(make_order(), rules=rules)
    assert [(finding.code, finding.message) for finding in findings] == [
        ("rules.output_missing", "no table sets layout")
    ]
    assert [finding.code for finding in check_rules(rules)] == ["rules.output_missing"]


def test_tables_with_errors_decide_nothing(tmp_path):
    rules, findings = read_rules(tmp_path, _10_all="order.total,set: segment,why\n=> 5,a,x\n,a,y\n")
    assert has_errors(findings)
    choice, findings = choose(make_order(), rules=rules)
    assert [finding.code for finding in findings] == ["rules.unsound"]
    assert for_sale(choice) == NOTHING_FOR_SALE


def test_extras_are_handed_on(tmp_path):
    rules, _ = read_rules(
        tmp_path, _10_all="order.total,set: segment,set: message,set: layout,set: extra.card,why\n,a,a,a,Gold,x\n"
    )
    assert choose(make_order(), rules=rules)[0].extra == {"card": "Gold"}


def test_nothing_to_recommend_is_worth_a_note():
    _, findings = choose(make_order(customer_orders=2))
    assert [(finding.code, finding.severity) for finding in findings] == [("recommendations.none", Severity.NOTE)]


# --- the check ------------------------------------------------------------------------------------------------------


def check(tmp_path, header, *rows):
    sets = "set: segment,set: message,set: layout,why"
    text = "\n".join([f"{header},{sets}", *(f"{row},a,b,c,w" for row in rows)])
    rules, findings = read_rules(tmp_path, _20_message=text)
    assert findings == ()
    return [(finding.code, finding.where.line, finding.message) for finding in check_rules(rules)]


def test_the_shipped_tables_have_a_default_and_no_dead_row():
    assert check_rules(BOOK) == ()


@pytest.mark.parametrize("table", [table.name for table in BOOK.tables])
def test_a_deleted_default_row_is_told(tmp_path, table):
    for path in SHIPPED.glob("*.csv"):
        data = path.read_bytes()
        rows = data.splitlines(keepends=True)
        (tmp_path / path.name).write_bytes(b"".join(rows[:-1]) if path.name == table else data)
    rules, findings = load_rules(tmp_path)
    assert not has_errors(findings)
    (finding,) = check_rules(rules)
    assert finding.code == "rules.no_default"
    assert table in str(finding.where)


def test_a_missing_default_names_an_order_that_nothing_catches(tmp_path):
    found = check(tmp_path, "order.country,order.total", "FR,", "not FR,>= 5", "unknown,")
    ((code, line, message),) = found
    assert (code, line) == ("rules.no_default", 4)
    assert "nothing fires for a customer in Germany, with an order of 4" in message


@pytest.mark.parametrize(
    ("header", "rows", "dead"),
    [
        ("order.country", ["FR", "FR", ""], {3}),
        ("order.country", ['"FR, DE"', "FR", ""], {3}),
        ("order.country", ["not FR", "DE", "FR", ""], {3}),
        ("order.country", ["", "FR"], {3}),
        ("order.country", ["known", "not FR", ""], {3}),
        ("order.country", ["FR", '"FR, DE"', ""], set()),
        ("order.country", ["FR", "not FR", "unknown", ""], set()),
        ("order.country", ["FR", "not FR", "known", ""], {4}),
        ("order.total", [">= 5", ">= 10", ""], {3}),
        ("order.total", [">= 10", ">= 5", ""], set()),
        ("order.total", ["< 5", ">= 5", "known", ""], {4}),
        ("order.total", ["< 5", "> 5", "known", ""], set()),
        ("order.total", ["< 5", "> 5", "5", "known", ""], {5}),
        ("customer.orders", ["0", ">= 1", "known", ""], {4}),
        ("customer.orders", ["0", "> 1", "known", ""], set()),
        ("order.total", ["0", ">= 1", "known", ""], set()),
        ("today", ["until 2026-12-01", "from 2026-12-02", "2026-12-24", ""], {4}),
        ("today", ["until 2026-12-01", "from 2026-12-03", "2026-12-02", ""], set()),
        ("order.gift", ["yes", "no", ""], set()),
        ("order.gift", ["yes", "no", "known", ""], {4}),
        ("order.gift", ["yes", "unknown", ""], {3}),
        ("order.gift,parcel.kind", ["yes,", "no,partial", 'no,"complete, final"', ",final", ","], {5}),
        ("order.gift,parcel.kind", ["yes,partial", "no,", ",partial", ","], {4}),
        ("order.gift,parcel.kind", ["yes,partial", "no,", ",final", ","], set()),
        ("order.categories", ["Candles", "Vases", '"Candles, Vases"', ""], {4}),
        ("order.categories", ["Candles", "not Candles", "known", ""], {4}),
        ("order.categories", ["not Candles", "Vases", ""], set()),
        ("order.categories", ["not Candles", "Candles", "Vases", ""], {4}),
        ("extra.x", [">= 5", "7", ""], {3}),
        ("extra.x", [">= 5", "gold", "known", ""], set()),
        ("extra.x", [">= 5", "< 5", "5.0", "known", ""], {4}),
        ("extra.x", ["not gold", "gold", "known", ""], {4}),
        ("order.total", [""], set()),
        ("order.total", ["", ""], {3}),
    ],
)
def test_a_row_is_dead_exactly_when_earlier_rows_leave_it_nothing(tmp_path, header, rows, dead):
    found = check(tmp_path, header, *rows)
    assert {line for code, line, _ in found if code == "rules.unreachable"} == dead
    assert {code for code, _, _ in found} <= {"rules.unreachable"}


def test_the_row_that_covers_is_named(tmp_path):
    (one,) = check(tmp_path, "order.country", '"FR, DE"', "GB", "FR", "")
    assert "row 2 fires first" in one[2]
    (many,) = check(tmp_path, "order.total", "< 5", ">= 5", "<= 0", "known", "")[1:]
    assert "rows 2 and 3 together" in many[2]


def test_too_many_texts_in_a_set_column_raise_no_false_alarm(tmp_path):
    letters = "abcdefghij"
    rows = [f'"{letter}, {other}"' for letter, other in zip(letters, letters[1:] + letters[0], strict=True)]
    assert check(tmp_path, "order.categories", *rows, "a", "") == []
    assert [line for _, line, _ in check(tmp_path, "order.categories", *rows, rows[3], "")] == [len(rows) + 2]


def test_a_table_of_many_crossing_rows_is_checked_in_bounded_time(tmp_path):
    fields = [
        "order.gift",
        "customer.known",
        "customer.opt_out",
        "parcel.kind",
        "order.country",
        "order.total",
        "today",
    ]
    rows = []
    for number in range(60):
        cells = ["", "", "", "", "", "", ""]
        cells[number % 3] = "yes" if number % 2 else "no"
        cells[4] = "not FR" if number % 5 else "known"
        cells[5] = f"{number}..{number + 3}"
        cells[6] = f"from 2026-0{number % 9 + 1}-01"
        rows.append(",".join(cells))
    check(tmp_path, ",".join(fields), *rows, ",,,,,,")


@settings(max_examples=examples(300))
@given(tables(), st.lists(situations, min_size=1, max_size=15))
def test_a_row_called_dead_never_fires(table, several):
    rules = book_of(table)
    dead = {finding.where.line for finding in check_rules(rules) if finding.code == "rules.unreachable"}
    for situation in several:
        row = reference(rules, situation, {})[0]
        assert row is None or row.line not in dead


@given(
    st.sampled_from(FIELDS).flatmap(lambda field: st.tuples(st.just(field), st.lists(cells(field.kind), max_size=4))),
    situations,
)
def test_every_value_behaves_like_a_witness(pair, situation):
    field, asked = pair
    values = witnesses(asked, field)
    if not values:
        assert field.kind is Kind.SET
        return
    value = read_field(field, situation)
    behaviour = [cell.matches(value, field.kind) for cell in asked]
    assert behaviour in [[cell.matches(witness, field.kind) for cell in asked] for witness in values]


def test_an_example_is_given_for_a_row(tmp_path):
    text = "order.country,order.total,set: segment,why\nFR,>= 5,a,x\n,,b,y\n"
    rules, _ = read_rules(tmp_path, _10_segment=text)
    coverage = lay_open(rules.tables[0])
    example = coverage.example(coverage.boxes[0])
    assert example["order.country"] == "FR"
    assert example["order.total"] >= 5
    assert coverage.gap(coverage.boxes[1], [0]) is not None


def test_none_is_what_a_later_table_reads_of_no_offer(tmp_path):
    rules, findings = read_rules(
        tmp_path,
        _10_all="order.total,set: segment,set: message,set: offer,set: offer.amount,set: offer.valid_days,why\n"
        ">= 50,a,a,welcome,10.00 EUR,30,x\n,a,a,none,,,y\n",
        _50_layout=f"offer,set: layout,why\n{NONE},plain,x\nwelcome,rich,y\n,other,z\n",
    )
    assert findings == ()
    assert choose(make_order(total="10"), rules=rules)[0].layout == "plain"
    choice, _ = choose(make_order(totals=Totals(order=Decimal(60))), rules=rules)
    assert choice.layout == "rich"
    assert choice.offer == Offer(name="welcome", amount=Decimal("10.00"), unit="EUR", valid_days=30)
    assert choose(make_order(total="60", marketing_opt_out=True), rules=rules)[0].layout == "plain"


def test_a_finding_of_an_order_names_its_own_line():
    _, findings = choose(make_order(gift=True, country="FR"))
    assert findings[0].where.file == PLACE.file
    assert findings[0].where.line == PLACE.line
