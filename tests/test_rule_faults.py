"""Faults planted in the shipped tables, each found at its cell; and silence where tables are sound."""

import csv
import io
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rules_kit import TODAY, make_order, make_situation, read_rules
from test_decide import CARD, FIELDS, SEGMENT, WORDS, book_of, cells, reference, situations, tables
from thorough_kit import examples

from packslip.csvfile import write_csv
from packslip.decide import check_rules
from packslip.decide.coverage import witnesses
from packslip.decide.example_orders import example_situation
from packslip.decide.policies import forced_outputs, policies_for
from packslip.decide.reaching import Reach
from packslip.decide.telling import tell_customer
from packslip.library.conditions import ANY
from packslip.library.rule_table import RuleRow
from packslip.library.rules import load_rules
from packslip.library.vocabulary import vocabulary
from packslip.model import Severity, has_errors

SHIPPED = Path(__file__).parent.parent / "rules"
SHOP_WORDS = vocabulary(categories=["vases", "lighting"], stores=["oriel-ash", "halden"])
SEGMENTS, MESSAGES, OFFERS, LIKES, LAYOUTS = (
    "10-segment.csv",
    "20-message.csv",
    "30-offer.csv",
    "40-recommend.csv",
    "50-layout.csv",
)
TABLES = {
    name: (SHIPPED / name).read_text(encoding="utf-8-sig") for name in (SEGMENTS, MESSAGES, OFFERS, LIKES, LAYOUTS)
}
NEW, REPEAT, FRIEND, REST = TABLES[MESSAGES].splitlines()[1:5]


def folder_with(folder: Path, tables: dict[str, str]) -> Path:
    """The shipped tables, some replaced or added."""
    rules = folder / "rules"
    rules.mkdir()
    for name, text in {**TABLES, **tables}.items():
        (rules / name).write_text(text, encoding="utf-8")
    return rules


def findings_of(folder: Path, **tables: str):
    """What is told of the shipped tables, some replaced or added; `_35_card` is 35-card.csv."""
    named = {f"{name.strip('_').replace('_', '-')}.csv": text for name, text in tables.items()}
    book, found = load_rules(folder_with(folder, named), SHOP_WORDS)
    return [*found, *check_rules(book, today=TODAY)]


def planted(folder: Path, name: str, old: str, new: str):
    assert old in TABLES[name]
    text = TABLES[name].replace(old, new, 1)
    return findings_of(folder, **{f"_{name.removesuffix('.csv').replace('-', '_')}": text})


#: fault → table, what stands there, what is put there, code, file and cell or line where it is told
FAULTS = {
    "a misspelt field": (SEGMENTS, "customer.orders", "customer.order", "rules.unknown_field", "10-segment.csv: C1"),
    "a misspelt output": (LIKES, "set: strategy", "set: stratgy", "rules.unknown_output", "40-recommend.csv: C1"),
    "a misspelt value": (MESSAGES, REPEAT, REPEAT.replace("repeat", "repaet", 1), "rules.cell", "20-message.csv: A3"),
    "a value misspelt where it is set": (
        SEGMENTS,
        ",ambassador,,,ambassador",
        ",ambassador,,,ambasador",
        "rules.unasked",
        "10-segment.csv: E3",
    ),
    "a segment no row sets any more": (
        SEGMENTS,
        ",ambassador,,,ambassador",
        ",ambassador,,,repeat",
        "rules.cell",
        "30-offer.csv: A3",
    ),
    "a segment nobody asks for": (SEGMENTS, ",,,yes,new", ",,,yes,guest", "rules.unasked", "10-segment.csv: E8"),
    "a misspelt strategy": (LIKES, "bought together", "bougt together", "rules.output", "40-recommend.csv: C3"),
    "the default row deleted": (MESSAGES, f"{REST}\n", "", "rules.no_default", "20-message.csv:4"),
    "the default row narrowed": (
        OFFERS,
        ",none,,,No code",
        "repeat,none,,,No code",
        "rules.no_default",
        "30-offer.csv:4",
    ),
    "the default row moved above": (MESSAGES, NEW, f"{REST}\n{NEW}", "rules.unreachable", "20-message.csv:3: A3"),
    "a duplicate": (MESSAGES, REPEAT, f"{NEW}\n{REPEAT}", "rules.unreachable", "20-message.csv:3: A3"),
    "the same conditions twice": (
        MESSAGES,
        REPEAT,
        f"{REPEAT.replace('repeat', 'new', 1)}",
        "rules.unreachable",
        "20-message.csv:3: A3",
    ),
    "a row widened over the next": (
        SEGMENTS,
        ",repeat,,,repeat",
        ',"repeat, new",,,repeat',
        "rules.unreachable",
        "10-segment.csv:5: B5",
    ),
    "a number widened over the next": (SEGMENTS, ",,>= 1,", ",,>= 0,", "rules.unreachable", "10-segment.csv:7: C7"),
    "a number narrowed": (SEGMENTS, ",,>= 1,", ",,>= 2,", "rules.gap", "10-segment.csv: C6"),
    "a number turned round": (SEGMENTS, ",,>= 1,", ",,< 0,", "rules.unreachable", "10-segment.csv:6: C6"),
    "an arrow": (SEGMENTS, ",,>= 1,", ",,=> 1,", "rules.cell", "10-segment.csv: C6"),
    "a wrong decimal mark": (SEGMENTS, ",,>= 1,", ',,"1,000",', "rules.cell", "10-segment.csv: C6"),
    "a word for a number": (SEGMENTS, ",,>= 1,", ",,many,", "rules.cell", "10-segment.csv: C6"),
    "half an order": (SEGMENTS, ",,>= 1,", ",,>= 1.5,", "rules.cell", "10-segment.csv: C6"),
    "a range upside down": (SEGMENTS, ",,>= 1,", ",,5..1,", "rules.cell", "10-segment.csv: C6"),
    "a word for yes": (SEGMENTS, "\nyes,", "\nindeed,", "rules.cell", "10-segment.csv: A2"),
    "a stray quote": (LAYOUTS, ",,\"label, letter\"", ",,\"label, letter\"\"\"", "rules.cell", "50-layout.csv: C6"),
    "more than all": (OFFERS, "15 %", "150 %", "rules.output", "30-offer.csv: C2"),
    "less than nothing": (OFFERS, "15 %", "-15 %", "rules.output", "30-offer.csv: C2"),
    "an amount without its unit": (OFFERS, "15 %", "15", "rules.output", "30-offer.csv: C2"),
    "an offer without its amount": (OFFERS, "15 %", "", "rules.output_blank", "30-offer.csv: C2"),
    "an offer without its days": (OFFERS, "15 %,90", "15 %,", "rules.output_blank", "30-offer.csv: D2"),
    "an amount without its offer": (OFFERS, "none,,", "none,5 %,", "rules.offer_none", "30-offer.csv: C4"),
    "days without end": (OFFERS, "15 %,90", "15 %,99999", "rules.output", "30-offer.csv: D2"),
    "an output left blank": (MESSAGES, "repeat,repeat,", "repeat,,", "rules.output_blank", "20-message.csv: B3"),
    "another table's output": (MESSAGES, "set: content", "set: segment", "rules.set_twice", "20-message.csv: D1"),
    "an output asked too early": (SEGMENTS, "customer.known", "message", "rules.not_yet_set", "10-segment.csv: D1"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_at_its_cell(tmp_path, name):
    table, old, new, code, place = FAULTS[name]
    found = planted(tmp_path, table, old, new)
    assert (code, f"rules/{place}") in [(finding.code, str(finding.where)) for finding in found], found


def test_the_shipped_tables_give_no_finding(tmp_path):
    assert findings_of(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        (SEGMENTS, ",,>= 1,", ",,>= 2,", "with one order before, with a customer number gets row 8: segment new"),
        (MESSAGES, REPEAT, REPEAT.replace("repeat", "new", 1), "whom the shop calls new (segment new) gets row 2"),
        (OFFERS, ",none,,,No code", "repeat,none,,,No code", "nothing fires for a customer with segment transactional"),
    ],
)  # fmt: skip
def test_a_fault_comes_with_a_customer_it_happens_to(tmp_path, name, old, new, told):
    assert any(told in finding.message for finding in planted(tmp_path, name, old, new))


# --- across tables --------------------------------------------------------------------------------------------------

CROSSING = {
    "what never comes together": (
        "segment,message,set: extra.card,why\nnew,repeat,a,x\n,,b,y\n",
        ("rules/35-card.csv:2: B2", "message is never repeat where segment is new"),
    ),
    "what a policy never lets through": (
        "segment,customer.opt_out,set: extra.card,why\nrepeat,yes,a,x\n,,b,y\n",
        ("rules/35-card.csv:2: A2", "whoever gets segment repeat above does not meet the rest"),
    ),
    "what a gift never is": (
        "segment,order.gift,set: extra.card,why\nrepeat,yes,a,x\ngift,no,b,x\n,,c,y\n",
        ("rules/35-card.csv:2: A2", "whoever gets segment repeat above does not meet the rest"),
    ),
    "what the rows above never leave": (
        "segment,customer.status,set: extra.card,why\nrepeat,new,a,x\n,,b,y\n",
        ("rules/35-card.csv:2: A2", "whoever gets segment repeat above"),
    ),
    "what nobody knows of who has no number": (
        "customer.known,customer.spend,set: extra.card,why\nno,>= 100,a,x\nno,unknown,b,x\nyes,>= 100,c,x\n,,d,y\n",
        ("rules/35-card.csv:2: A2", "nobody meets all it asks"),
    ),
    "an offer for a segment that gets none": (
        "segment,offer,set: extra.card,why\nrepeat,welcome,a,x\n,,b,y\n",
        ("rules/35-card.csv:2: B2", "offer is never welcome where segment is repeat"),
    ),
}


@pytest.mark.parametrize("name", CROSSING)
def test_a_row_is_dead_if_no_row_above_sets_what_it_asks_for_together(tmp_path, name):
    table, (place, told) = CROSSING[name]
    found = findings_of(tmp_path, _35_card=table)
    assert {finding.code for finding in found} == {"rules.unreachable"}
    assert str(found[0].where) == place
    assert told in found[0].message


def test_what_only_a_dead_row_sets_is_set_by_nobody(tmp_path):
    cards = "order.country,set: extra.card,why\nFR,gold,x\nFR,silver,x\n,plain,y\n"
    found = findings_of(tmp_path, _35_card=cards, _36_ink="extra.card,set: extra.ink,why\nsilver,a,x\n,b,y\n")
    assert ("rules.unreachable", "rules/36-ink.csv:2: A2") in [(each.code, str(each.where)) for each in found]


def test_a_row_that_a_policy_overrules_changes_nothing(tmp_path):
    table = TABLES[SEGMENTS].replace("customer.known", "order.gift").replace(",,,yes,new", ",,,yes,giver")
    found = findings_of(tmp_path, _10_segment=table)
    assert ("rules.overruled", "rules/10-segment.csv: D8") in [(each.code, str(each.where)) for each in found]


# --- gaps, overlaps, days -------------------------------------------------------------------------------------------

OFFER_HEAD = "set: offer,set: offer.amount,set: offer.valid_days,why"
A, B, REST_OF_OFFERS = "a,5 %,30,x", "b,10 %,30,y", "none,,,z"


def offers(heading: str, *rows: str) -> str:
    said = [f"{row},{A if number % 2 else B}" for number, row in enumerate(rows)]
    return "\n".join([f"{heading},{OFFER_HEAD}", *said, f"{',' * heading.count(',')},{REST_OF_OFFERS}", ""])


@pytest.mark.parametrize(
    ("heading", "rows", "gap"),
    [
        ("customer.orders", ["1..5", ">= 7"], "6"),
        ("customer.orders", [">= 7", "1..5"], "6"),
        ("customer.orders", ["0", ">= 2"], "1"),
        ("customer.orders", ["1..5", "9..12", "6..7"], "8"),
        ("order.total", ["< 50", "> 50"], "50"),
        ("order.total", ["0..99.99", ">= 100"], "from 99.99 to 100"),
        ("order.total", ["< 50", ">= 100"], "from 50 to 100"),
        ("today", ["2026-12-01..2026-12-10", "from 2026-12-12"], "2026-12-11"),
        ("customer.orders,order.country", ["1..5,FR", ">= 7,FR"], "6"),
        ("customer.orders", ["1..5", ">= 6"], ""),
        ("customer.orders", ["5", "10", "20"], ""),  # anniversaries
        ("customer.orders", ["1..5", ">= 7", "known"], ""),
        ("customer.orders,order.country", ["1..5,FR", ">= 7,DE"], ""),
        ("today", ["2026-12-02..2026-12-06", "2026-12-12..2026-12-24"], ""),  # two occasions
        ("order.total", ["< 50", ">= 50"], ""),
        ("order.total", [">= 100", ">= 50"], ""),
    ],
)
def test_a_hole_between_neighbours_is_a_gap(tmp_path, heading, rows, gap):
    found = findings_of(tmp_path, _30_offer=offers(heading, *rows))
    path = heading.split(",")[0]
    assert [finding.code for finding in found] == (["rules.gap"] if gap else [])
    assert all(f"{path} {gap} is left out" in finding.message for finding in found)
    assert all(finding.severity is Severity.NOTE for finding in found)


@pytest.mark.parametrize(
    ("heading", "rows", "told"),
    [
        ("customer.orders", ["1..5", "5..9"], "with 5 orders before meets both and gets row 2"),
        ("order.country", ['"FR, DE"', '"DE, AT"'], "a customer in Germany meets both and gets row 2"),
        ("order.country,order.total", ["FR,", '"FR, DE",>= 50'], "in France, with an order of 50 meets both"),
        ("customer.orders", ["1..5", "6..9"], ""),
        ("customer.orders", [">= 10", ">= 5"], ""),  # a case of the other
        ("order.country,order.total", ["FR,", ",>= 50"], ""),  # they ask for different things
        ("order.country,order.total", ["FR,>= 50", ",>= 20"], ""),  # a case of the other
        ("order.country,order.total", ["FR,20..60", ",>= 50"], ""),  # the first asks for more
        ("order.country,order.total", [",>= 50", "FR,20..60"], "in France, with an order of 50"),
        ("order.gift,order.country", ['yes,"FR, DE"', 'yes,"DE, AT"'], ""),  # the policy decides
    ],
)  # fmt: skip
def test_rows_overlap_where_only_their_order_decides(tmp_path, heading, rows, told):
    found = [each for each in findings_of(tmp_path, _30_offer=offers(heading, *rows)) if each.code == "rules.overlap"]
    assert len(found) == bool(told)
    assert all(told in finding.message and finding.where.spot in ("A3", "B3") for finding in found)


def test_every_overlap_is_told_where_it_is_asked_for(tmp_path):
    text = offers("order.country,order.total", "FR,", ",>= 50")
    book, _ = read_rules(tmp_path, _10_segment=TABLES[SEGMENTS], _30_offer=text)
    told = [str(each.where) for each in check_rules(book, every_overlap=True) if each.code == "rules.overlap"]
    assert "rules/30-offer.csv:3" in told


def test_many_overlaps_are_told_in_few_lines(tmp_path):
    found = findings_of(tmp_path, _30_offer=offers("customer.orders", *(f"{low}..{low + 6}" for low in range(1, 9))))
    told = [finding.message for finding in found if finding.code == "rules.overlap"]
    assert len(told) == 5
    assert told[-1].startswith("and ")


def test_a_message_that_sells_nothing_with_an_offer_is_told_where_the_message_is_set(tmp_path):
    found = planted(tmp_path, MESSAGES, FRIEND + "\n", "")
    assert [(finding.code, str(finding.where)) for finding in found] == [("rules.mismatch", "rules/20-message.csv: B4")]
    assert "the offer friends; e.g. for a customer whom the shop calls ambassador" in found[0].message


def test_days_gone_by_are_told_and_days_to_come_are_not(tmp_path):
    found = findings_of(tmp_path, _30_offer=offers("today", "until 2026-11-30", "2026-12-02", "from 2027-01-01"))
    assert [(finding.code, str(finding.where)) for finding in found] == [("rules.over", "rules/30-offer.csv: A2")]


def test_money_below_zero_is_told(tmp_path):
    found = findings_of(tmp_path, _30_offer=offers("order.total", "< -5"))
    assert [(finding.code, str(finding.where)) for finding in found] == [("rules.negative", "rules/30-offer.csv: A2")]


def test_no_order_before_and_the_day_of_one_contradict_each_other(tmp_path):
    text = offers("customer.orders,customer.days_since_last", "0,>= 200", "0,unknown", ">= 1,>= 200", ",>= 100")
    found = [each for each in findings_of(tmp_path, _30_offer=text) if each.code != "rules.overlap"]
    assert [(finding.code, str(finding.where)) for finding in found] == [
        ("rules.contradiction", "rules/30-offer.csv: B2")
    ]


@pytest.mark.parametrize("field", ["customer.recency", "customer.monetary", "order.lines", "parcel.number"])
def test_a_number_that_never_comes_is_met_by_nobody(tmp_path, field):
    found = findings_of(tmp_path, _30_offer=offers(field, "0"))
    assert [(finding.code, finding.where.spot) for finding in found] == [("rules.unreachable", "A2")]


# --- any careless edit of the shipped tables ------------------------------------------------------------------------

WHO = {
    "customer.opt_out": [True, False],
    "customer.status": [None, "new", "repeat", "ambassador"],
    "customer.orders": [None, 0, 1, 2],
    "customer.known": [True, False],
    "order.gift": [True, False],
    "order.categories": [None, frozenset(["vases"])],
}
HOW = {
    "extra.layout": [None, "atelier", "atelier-a4", "note", "note-a5", "label", "label-4x6", "else"],
    "order.channel": [None, "note", "boutique", "else"],
    "order.ship_method": [None, "label", "letter", "else"],
}
GRID = [dict(zip(axes, values, strict=True)) for axes in (WHO, HOW) for values in product(*axes.values())]


@cache
def everybody():
    """Every mix of values that the shipped tables can tell apart."""
    return [example_situation(values) for values in GRID]


@st.composite
def edits(draw):
    """One of the shipped tables after a few careless edits: rows moved, doubled, taken out; cells copied or cleared."""
    name = draw(st.sampled_from(list(TABLES)))
    head, *rows = list(csv.reader(io.StringIO(TABLES[name])))
    asked = [index for index, heading in enumerate(head) if heading != "why" and not heading.startswith("set:")]
    places = st.integers(0, len(rows) - 2)
    for _ in range(draw(st.integers(1, 3))):
        edit, one, other = (
            draw(st.sampled_from(["swap", "double", "delete", "copy", "clear"])),
            draw(places),
            draw(places),
        )
        column = draw(st.sampled_from(asked))
        if edit == "swap":
            rows[one], rows[other] = rows[other], rows[one]
        elif edit == "double":
            rows.insert(one, list(rows[other]))
        elif edit == "delete" and len(rows) > 3:
            rows.pop(min(one, len(rows) - 2))
            places = st.integers(0, len(rows) - 2)
        elif edit == "copy":
            rows[one][column] = rows[other][column]
        else:
            rows[one][column] = ""
    return name, write_csv(head, rows).decode()


@settings(max_examples=examples(200))
@given(edits())
def test_after_any_edit_a_row_is_called_dead_exactly_if_nobody_gets_it(tmp_path_factory, edit):
    name, text = edit
    book, faults = load_rules(folder_with(tmp_path_factory.mktemp("edit"), {name: text}), SHOP_WORDS)
    if not book.is_sound:
        assert has_errors(faults)
        return
    found = check_rules(book)
    dead = {(each.where.file, each.where.line) for each in found if each.code == "rules.unreachable"}
    fired = set()
    for situation in everybody():
        forced = forced_outputs(policies_for(situation))
        for table, row in zip(book.tables, reference(book, situation, forced), strict=True):
            if row is not None:
                fired.add((table.file, row.line))
    nets = {(table.file, row.line) for table in book.tables for row in table.rows if row.is_default}
    rows = {(table.file, row.line) for table in book.tables for row in table.rows}
    assert dead - nets == rows - fired - nets


# --- properties -----------------------------------------------------------------------------------------------------


def with_default(table):
    """The table with a last row that asks nothing and says what the first one does."""
    said = table.rows[0].outputs if table.rows else {column.output.path: "a" for column in table.outputs}
    last = RuleRow(line=len(table.rows) + 2, cells=(ANY,) * len(table.conditions), outputs=said, why="w")
    return replace(table, rows=(*table.rows, last))


@settings(max_examples=examples(150))
@given(
    tables(0),
    tables(1, output="extra.x", fields=[SEGMENT, *FIELDS[:4]]),
    tables(2, output="message", fields=[SEGMENT, CARD, *FIELDS[:4]]),
    st.lists(situations, min_size=1, max_size=10),
)
def test_a_row_called_dead_never_fires_behind_any_tables(one, two, three, several):
    rules = book_of(with_default(one), with_default(two), three)
    found = check_rules(rules, today=TODAY)
    dead = {(finding.where.file, finding.where.line) for finding in found if finding.code == "rules.unreachable"}
    for situation in several:
        forced = forced_outputs(policies_for(situation))
        for table, row in zip(rules.tables, reference(rules, situation, forced), strict=True):
            assert row is None or (table.file, row.line) not in dead


@given(tables(0), tables(1, output="message", fields=[SEGMENT, *FIELDS[:4]]))
@settings(max_examples=examples(100))
def test_an_example_meets_the_rows_it_is_given_for(one, two):
    reach = Reach(book_of(one, two))
    for place, row in enumerate(two.rows):
        example = reach.example(1, [place])
        if example is not None:
            for column, cell in zip(two.conditions, row.cells, strict=True):
                values = example.outputs if column.field.output else example.values
                path, kind = column.field.path, column.field.kind
                assert path not in values or cell.matches(values[path], kind)


@given(
    st.sampled_from(FIELDS).flatmap(lambda field: st.tuples(st.just(field), st.lists(cells(field.kind), max_size=4)))
)
def test_a_customer_is_told_whatever_is_asked(pair):
    field, asked = pair
    for value in witnesses(asked, field):
        told = tell_customer({field.path: value})
        assert told.startswith("a customer ")
        assert "Decimal" not in told
        assert "frozenset" not in told


def test_every_field_is_told_in_words():
    values = {path: field.read(make_situation(make_order())) for path, field in WORDS.fields.items()}
    assert tell_customer(values).count(",") >= len(values) - 1
    assert tell_customer({"today": date(2026, 12, 24)}) == "a customer on 24 December 2026"
    assert tell_customer({}) == "any customer"


@st.composite
def sound_ladders(draw):
    """Ranges that meet without a hole, once for each country asked for and once for all others."""
    blocks = draw(st.lists(st.sampled_from(["FR", "DE", "AT"]), unique=True, max_size=2))
    rows = []
    for country in [*blocks, ""]:
        cuts = sorted(draw(st.sets(st.integers(1, 40), min_size=1, max_size=4)))
        ends = [f"< {cuts[0]}", *(f"{low}..{high - 1}" for low, high in pairwise(cuts)), f">= {cuts[-1]}"]
        rows += [[country, end] for end in (draw(st.permutations(ends)) if draw(st.booleans()) else ends)]
    said = [[*row, f"offer-{number}", f"{number + 1} %", "30", "w"] for number, row in enumerate(rows)]
    head = ["order.country", "customer.orders", *OFFER_HEAD.split(",")]
    return write_csv(head, [*said, ["", "", *REST_OF_OFFERS.split(",")]]).decode()


@settings(max_examples=examples(200))
@given(sound_ladders())
def test_sound_tables_give_no_finding(tmp_path_factory, text):
    book, faults = load_rules(folder_with(tmp_path_factory.mktemp("sound"), {OFFERS: text}), SHOP_WORDS)
    assert faults == ()
    assert [str(finding) for finding in check_rules(book, today=TODAY)] == []
