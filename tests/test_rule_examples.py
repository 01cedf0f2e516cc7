"""Worked examples: read with the tables' own grammar, decided as the line would, told cell by cell."""

import json
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from campaign_kit import TOML, write_campaign
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough_kit import examples as examples_of

from packslip.check import check_world
from packslip.cli.main import run
from packslip.decide import try_examples
from packslip.decide.example_orders import example_situation
from packslip.library.rule_examples import load_examples
from packslip.library.rule_fields import read_field
from packslip.library.rules import load_rules
from packslip.library.vocabulary import vocabulary
from packslip.library.words import Kind
from packslip.world import World, current_release
from packslip.world.starter import make_workspace

SHIPPED = Path(__file__).parent.parent / "rules"
WORDS = vocabulary(
    customers={"credit": Kind.NUMBER, "tier": Kind.TEXT, "since": Kind.DATE, "vip": Kind.YES_NO},
    categories=["vases", "lighting"],
    campaigns={"second-order": ("letter", "code")},
)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("examples") / "shop"
    make_workspace(folder)
    return folder


@pytest.fixture
def shop(pristine, tmp_path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "shop"))


def load(folder: Path, text: str, words=WORDS):
    folder = folder / "examples"
    folder.mkdir(exist_ok=True)
    (folder / "some.csv").write_text(text, encoding="utf-8")
    return load_examples(folder, words)


def tried(folder: Path, text: str, words=WORDS):
    """The findings of examples under the shipped tables."""
    book, faults = load_rules(SHIPPED, words)
    assert faults == ()
    found, wrong = load(folder, text, words)
    assert wrong == ()
    return [finding for one in try_examples(book, found, words, origin="GB") for finding in one.findings]


def told(findings) -> list[tuple[str, str]]:
    return [(finding.code, finding.where.spot) for finding in findings]


# --- what an example demands ----------------------------------------------------------------------------------------


def test_the_shipped_examples_hold(shop):
    world = World.open(shop)
    assert len(world.examples) > 10
    assert world.findings_of_examples == ()
    found = try_examples(world.rules, world.examples, world.vocabulary, origin="GB")
    assert [finding for one in found for finding in one.findings] == []


def test_the_shipped_examples_reach_every_row(shop):
    world = World.open(shop)
    found = try_examples(world.rules, world.examples, world.vocabulary, origin="GB")
    fired = {(reason.table, reason.row) for one in found for reason in one.because}
    rows = {(table.name, row.line) for table in world.rules.tables for row in table.rows}
    assert rows - fired == set()


def test_a_difference_is_told_with_its_cell_and_the_row_that_fired(tmp_path):
    text = "name,customer.orders,expect: message,expect: offer\nBack again,3,new,none\n"
    (found,) = tried(tmp_path, text)
    assert (found.code, str(found.where)) == ("rules.example", "rules/examples/some.csv: C2")
    assert found.message == (
        "Back again: expected message new, came repeat by 20-message.csv row 3: Thank them for coming back"
    )


@pytest.mark.parametrize(
    ("what", "right", "wrong"),
    [
        ("segment", "new", "repeat"),
        ("offer", "Welcome", "none"),
        ("offer.amount", "15%", "10 %"),
        ("offer.valid_days", "90", "60"),
        ("strategy", "best-sellers", "bought together"),
        ("layout", "atelier-a4", "note-a5"),
        ("review", "ja", "no"),
        ("prices", "yes", "no"),
        ("row", "10-segment.csv 5, 30-offer.csv 2", "10-segment.csv 6"),
        ("held", "no", "yes"),
        ("extra.card", "none", "gold"),
    ],
)
def test_everything_that_is_decided_can_be_expected(tmp_path, what, right, wrong):
    text = 'name,customer.status,expect: {}\nOne,new,"{}"\n'
    assert tried(tmp_path, text.format(what, right)) == []
    assert told(tried(tmp_path, text.format(what, wrong))) == [("rules.example", "C2")]


def test_an_amount_is_compared_by_its_worth(shop):
    path = shop / "rules" / "30-offer.csv"
    path.write_text(path.read_text(encoding="utf-8-sig").replace("15 %", "10.00 EUR"), encoding="utf-8")
    world = World.open(shop)
    text = "name,customer.status,expect: offer.amount\nOne,new,10 EUR\nTwo,new,10.50 EUR\n"
    found, _ = load(shop, text, world.vocabulary)
    one, two = try_examples(world.rules, found, world.vocabulary, origin="GB")
    assert one.findings == ()
    assert told(two.findings) == [("rules.example", "C3")]


def test_a_share_of_what_was_bought_is_expected_as_what_it_comes_to(shop):
    path = shop / "rules" / "30-offer.csv"
    path.write_text(path.read_text(encoding="utf-8-sig").replace("15 %", "5 % of order.total"), encoding="utf-8")
    world = World.open(shop)
    head = "name,customer.status,order.total,order.currency,expect: offer.amount\n"
    found, faults = load(shop, head + "One,new,60,EUR,3 EUR\nTwo,new,60,EUR,5 % of order.total\n", world.vocabulary)
    assert told(faults) == [("example.cell", "E3")]
    (one,) = try_examples(world.rules, found, world.vocabulary, origin="GB")
    assert one.findings == ()


def test_a_blank_expectation_is_not_looked_at(tmp_path):
    text = "name,customer.status,expect: message,expect: offer\nOne,new,,welcome\n"
    assert tried(tmp_path, text) == []


def test_policies_and_customs_speak_as_on_the_line(tmp_path):
    text = (
        "name,order.gift,order.country,customer.opt_out,expect: message,expect: held\n"
        "A gift at home,yes,GB,,gift,no\nA gift to anywhere,yes,,,gift,no\nA gift abroad,yes,FR,,gift,yes\n"
        "No marketing,,,yes,transactional,no\n"
    )
    assert tried(tmp_path, text) == []


def test_who_is_held_out_of_a_campaign_can_be_an_example(shop):
    write_campaign(shop, TOML)
    path = shop / "rules" / "30-offer.csv"
    head, *rows = path.read_text(encoding="utf-8-sig").splitlines()
    asking = ["letter,new,none,,,A letter instead", "code,new,welcome,15 %,90,As ever"]
    path.write_text("\n".join([f"campaign.second-order,{head}", *asking, *(f",{row}" for row in rows), ""]))
    examples = shop / "rules" / "examples" / "campaign.csv"
    examples.write_text(
        "name,customer.status,campaign.second-order,expect: message,expect: offer\n"
        "Letter,new,letter,new,none\nCode,new,code,new,welcome\nHeld out,new,holdout,transactional,none\n"
        "Held out of what was not for them,repeat,holdout,repeat,none\n"
    )
    assert [str(finding) for finding in check_world(World.open(shop))] == []


# --- what does not parse --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "spot", "hint"),
    [
        ("name,customer.order,expect: message\nOne,1,new\n", "example.heading", "B1", "customer.orders"),
        ("name,segment,expect: message\nOne,new,new\n", "example.heading", "B1", "expect: segment"),
        ("name,customer.orders,expect: mesage\nOne,1,new\n", "example.heading", "C1", "message"),
        ("name,Name,expect: message\nOne,1,new\n", "example.heading", "B1", "keep one"),
        ("name,customer.orders\nOne,1\n", "example.heading", "", "expect: message"),
        ("name,customer.orders,expect: message\nOne,many,new\n", "example.cell", "B2", ""),
        ("name,customer.orders,expect: message\nOne,>= 1,new\n", "example.cell", "B2", "one value"),
        ("name,order.country,expect: message\nOne,not FR,new\n", "example.cell", "B2", "one value"),
        ('name,order.country,expect: message\nOne,"FR, DE",new\n', "example.cell", "B2", "one value"),
        ("name,order.country,expect: message\nOne,UK,new\n", "example.cell", "B2", "GB"),
        ("name,customer.orders,expect: offer.amount\nOne,1,15\n", "example.cell", "C2", "15 %"),
        ("name,customer.orders,expect: review\nOne,1,perhaps\n", "example.cell", "C2", "yes or no"),
        ("name,customer.orders,expect: message\nOne,1,\n", "example.nothing", "", "expect:"),
    ],
)
def test_a_fault_of_an_example_is_told_with_its_cell(tmp_path, text, code, spot, hint):
    found, faults = load(tmp_path, text)
    assert found == ()
    assert told(faults) == [(code, spot)]
    assert hint in faults[0].hint


def test_one_fault_does_not_hide_the_others(tmp_path):
    found, faults = load(tmp_path, "name,customer.orders,expect: message\nA,x,new\nB,1,Hello you\nC,2,repeat\n")
    assert [one.name for one in found] == ["C"]
    assert told(faults) == [("example.cell", "B2"), ("example.cell", "C3")]


def test_values_that_do_not_go_together_are_told(tmp_path):
    text = 'name,order.lines,order.categories,expect: message\nOne,1,"Vases, Candles",transactional\n'
    assert told(tried(tmp_path, text)) == [("example.cell", "B2")]


@given(st.binary(max_size=200))
def test_any_bytes_are_examples_or_findings(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("any")
    (folder / "x.csv").write_bytes(b"name,customer.orders,expect: message\n" + data)
    load_examples(folder, WORDS)


# --- an order is made of what is given ------------------------------------------------------------------------------

VALUES = {
    Kind.TEXT: st.sampled_from(["one", "Two words", "é"]),
    Kind.LOOSE: st.sampled_from(["gold", "5", "2026-01-01"]),
    Kind.NUMBER: st.sampled_from([Decimal("0.50"), Decimal(70)]),
    Kind.DATE: st.dates(date(2025, 1, 1), date(2026, 12, 31)),
    Kind.YES_NO: st.booleans(),
    Kind.SET: st.frozensets(st.sampled_from(["a", "b", "c"]), min_size=1),
}


def values_of(field):
    if field.kind is Kind.CHOICE:
        return st.sampled_from(field.allowed)
    if field.kind is Kind.WHOLE:
        return st.integers(max(field.least or 0, 0), field.most or 9).map(Decimal)
    return VALUES[field.kind]


FIELDS = [*WORDS.fields.values(), WORDS.find_field("extra.card")]
ONE_FIELD = st.sampled_from(FIELDS).flatmap(lambda field: st.tuples(st.just(field), values_of(field)))


@settings(max_examples=examples_of(400))
@given(ONE_FIELD)
def test_a_field_reads_what_an_example_gives_it(pair):
    field, value = pair
    if field.path in ("parcel.lines", "parcel.pieces") and value == 0:
        return  # a parcel with nothing in it is never decided
    if field.path == "parcel.lines":
        values = {field.path: value, "order.lines": value}
    elif field.path == "parcel.pieces":
        values = {field.path: value, "order.pieces": value}
    else:
        values = {field.path: value}
    read = read_field(field, example_situation(values))
    assert read == value or str(read) == str(value)


def test_what_nobody_gives_is_unknown_or_plain():
    known = {path for path, field in WORDS.fields.items() if read_field(field, example_situation({})) is not None}
    assert known == {path for path, field in WORDS.fields.items() if field.always}


# --- commands -------------------------------------------------------------------------------------------------------


def spoil(shop: Path) -> None:
    path = shop / "rules" / "30-offer.csv"
    path.write_text(path.read_text(encoding="utf-8-sig").replace("15 %", "10 %"), encoding="utf-8")


def test_rules_test_says_which_examples_fail(shop, capfd):
    assert run(["-w", str(shop), "rules", "test"]) == 0
    assert "all as expected" in capfd.readouterr().err
    spoil(shop)
    assert run(["-w", str(shop), "rules", "test"]) == 1
    shown, said = capfd.readouterr()
    assert "expected offer.amount 15 %, came 10 % by 30-offer.csv row 2" in shown
    assert "1 of 16 examples fail" in said
    assert run(["-w", str(shop), "rules", "test", "--json"]) == 1
    *each, last = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [one["passed"] for one in each].count(False) == 1
    assert last == {"findings": []}


def test_examples_that_fail_are_not_published(shop, capfd):
    spoil(shop)
    assert run(["-w", str(shop), "publish"]) == 1
    assert "expected offer.amount 15 %" in capfd.readouterr().err
    assert current_release(World.open(shop).workspace) is None


@pytest.mark.usefixtures("no_trials")
def test_examples_are_part_of_a_release(shop):
    assert run(["-w", str(shop), "publish"]) == 0
    release = current_release(World.open(shop).workspace)
    assert World.open(shop, release).examples


def test_a_shop_without_examples_is_told_how_to_begin(shop, capfd):
    shutil.rmtree(shop / "rules" / "examples")
    assert run(["-w", str(shop), "rules", "test"]) == 0
    assert "no examples" in capfd.readouterr().err
