"""The cell grammar: what each cell means, and that nothing silently never matches."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packslip.library.cells import parse_cell
from packslip.library.conditions import ANY, Cell, Literal, Sense, Span, spell_cell
from packslip.library.literals import CellError, parse_number
from packslip.library.output_cells import Amount, parse_output, spell_output
from packslip.library.vocabulary import vocabulary
from packslip.library.words import Kind

WORDS = vocabulary()
COUNTRY = WORDS.fields["order.country"]
TOTAL = WORDS.fields["order.total"]
LINES = WORDS.fields["order.lines"]
TODAY = WORDS.fields["today"]
GIFT = WORDS.fields["order.gift"]
CHANNEL = WORDS.fields["order.channel"]
CATEGORIES = WORDS.fields["order.categories"]
STATUS = WORDS.fields["customer.status"]
EXTRA = WORDS.find_field("extra.x")
NBSP, NARROW = "\u00a0", "\u202f"


def ask(text, field, value):
    return parse_cell(text, field).matches(value, field.kind)


@pytest.mark.parametrize(
    ("text", "field", "yes", "no"),
    [
        ("", COUNTRY, ["FR", None], []),
        ("   ", TOTAL, [Decimal(1), None], []),
        ("FR, DE", COUNTRY, ["FR", "DE"], ["GB", None]),
        ("fr;de", COUNTRY, ["FR", "DE"], ["GB"]),
        ("FR,DE", COUNTRY, ["FR", "DE"], ["GB"]),
        ('"FR"', COUNTRY, ["FR"], ["DE"]),
        ("“FR”, ‘DE’", COUNTRY, ["FR", "DE"], ["GB"]),
        ("not FR", COUNTRY, ["DE"], ["FR", None]),
        ("not FR, DE", COUNTRY, ["GB"], ["FR", "DE", None]),
        ("NOT FR, not DE", COUNTRY, ["GB"], ["FR", "DE", None]),
        ("<> FR", COUNTRY, ["DE"], ["FR", None]),
        ("= FR", COUNTRY, ["FR"], ["DE"]),
        ("known", COUNTRY, ["FR"], [None]),
        ("Unknown", COUNTRY, [None], ["FR"]),
        ("not unknown", COUNTRY, ["FR"], [None]),
        ("unknown, FR", COUNTRY, [None, "FR"], ["DE"]),
        (">= 49.90", TOTAL, [Decimal("49.90"), Decimal("49.9"), Decimal(50)], [Decimal("49.89"), None]),
        (">=49,90", TOTAL, [Decimal("49.90")], [Decimal("49.89")]),
        ("≥ 49.90", TOTAL, [Decimal("49.90")], [Decimal("49.89")]),
        ("< 3", TOTAL, [Decimal("2.99")], [Decimal(3), None]),
        ("> 3", TOTAL, [Decimal("3.01")], [Decimal(3)]),
        ("<= 3", TOTAL, [Decimal(3)], [Decimal("3.01")]),
        ("1..5", LINES, [1, 5], [0, 6]),
        ("1…5", LINES, [1, 5], [0, 6]),
        ("1 .. 5", LINES, [3], [6]),
        ("1,5..2,5", TOTAL, [Decimal("1.5"), Decimal("2.5")], [Decimal("1.4"), Decimal(15)]),
        ("5..", LINES, [5, 99], [4]),
        ("..5", LINES, [5, 0], [6]),
        ("1, 5", LINES, [1, 5], [2, 15]),
        ("1; 5", LINES, [1, 5], [2]),
        ("1,5; 2,5", TOTAL, [Decimal("1.5"), Decimal("2.5")], [Decimal(5)]),
        ("not 1, 3..5", LINES, [2], [1, 3, 4, 5]),
        ("1, 3..5, >= 9", LINES, [1, 4, 9], [2, 8]),
        (f">= 1{NBSP}000,50", TOTAL, [Decimal("1000.50")], [Decimal("1000.49")]),
        (f">= 1{NARROW}000", TOTAL, [Decimal(1000)], [Decimal(999)]),
        (">= 1.000,50", TOTAL, [Decimal("1000.50")], [Decimal(2)]),
        (">= 1,000.50", TOTAL, [Decimal("1000.50")], [Decimal(2)]),
        (">= 1'000", TOTAL, [Decimal(1000)], [Decimal(2)]),
        (">= -5", TOTAL, [Decimal(-5)], [Decimal(-6)]),
        ("= 5", TOTAL, [Decimal("5.00")], [Decimal(6)]),
        ("yes", GIFT, [True], [False, None]),
        ("No", GIFT, [False], [True]),
        ("WAHR", GIFT, [True], [False]),
        ("FAUX", GIFT, [False], [True]),
        ("not yes", GIFT, [False], [True]),
        ('"yes"', CHANNEL, ["yes"], ["no"]),
        ("from 2026-12-01", TODAY, [date(2026, 12, 1)], [date(2026, 11, 30), None]),
        ("until 2026-12-24", TODAY, [date(2026, 12, 24)], [date(2026, 12, 25)]),
        ("before 2026-12-24", TODAY, [date(2026, 12, 23)], [date(2026, 12, 24)]),
        ("> 2026-12-24", TODAY, [date(2026, 12, 25)], [date(2026, 12, 24)]),
        ("2026-12-01..2026-12-24", TODAY, [date(2026, 12, 1), date(2026, 12, 24)], [date(2026, 12, 25)]),
        ("2026-12-24", TODAY, [date(2026, 12, 24)], [date(2026, 12, 25)]),
        ("from 01.12.2026", TODAY, [date(2026, 12, 1)], [date(2026, 1, 12)]),
        ("24/12/2026", TODAY, [date(2026, 12, 24)], []),
        ("12/24/2026", TODAY, [date(2026, 12, 24)], []),
        ("2026-12-24 00:00:00", TODAY, [date(2026, 12, 24)], []),
        ("candles", CATEGORIES, [frozenset({"Candles"}), frozenset({"x", "CANDLES"})], [frozenset({"x"}), None]),
        ("Candles, Vases", CATEGORIES, [frozenset({"Vases"})], [frozenset({"Rugs"})]),
        ("not Candles", CATEGORIES, [frozenset({"Vases"})], [frozenset({"Candles", "Vases"}), None]),
        ('"Bowls, dishes"', CATEGORIES, [frozenset({"bowls, dishes"})], [frozenset({"bowls"})]),
        ('"24"" frame", x', CATEGORIES, [frozenset({'24" frame'})], [frozenset({"24"})]),
        (f"Home{NBSP}office", CATEGORIES, [frozenset({"home  office"})], []),
        ("l’atelier", CHANNEL, ["L'Atelier"], ["atelier"]),
        ("rock 'n' roll", CHANNEL, ["rock 'n' roll"], []),
        ("cafe\u0301", CHANNEL, ["Café"], ["cafe"]),
        ('"not"', CHANNEL, ["not"], ["x"]),
        ('"known"', CHANNEL, ["known"], ["x", None]),
        ('">= 5"', CHANNEL, [">= 5"], ["6"]),
        ("not-for-sale", CHANNEL, ["not-for-sale"], ["x"]),
        ("Partial", WORDS.fields["parcel.kind"], ["partial"], ["final"]),
        ("gold", EXTRA, ["Gold"], ["5", None]),
        (">= 5", EXTRA, ["5", "5.00", "1250,5", "7"], ["4.9", "abc", None]),
        (">= 1.5", EXTRA, ["1.500", "1,50"], ["1.499", "1,400"]),
        ("1..5, gold", EXTRA, ["3", "gold"], ["6", "silver"]),
        ("from 2026-12-01", EXTRA, ["2026-12-01", "24.12.2026"], ["2026-11-30", "soon", "20261201"]),
        ("5", EXTRA, ["5"], ["5.0"]),
        ("not >= 5", EXTRA, ["4", "abc"], ["5", None]),
    ],
)  # fmt: skip
def test_what_a_cell_matches(text, field, yes, no):
    assert [value for value in yes if not ask(text, field, value)] == []
    assert [value for value in no if ask(text, field, value)] == []


@pytest.mark.parametrize(
    ("text", "field", "message", "hint"),
    [
        ("=> 5", TOTAL, "'=>' is no comparison", "write >= 5"),
        ("=< 5", TOTAL, "'=<'", "write <= 5"),
        ("FR DE", COUNTRY, "never 'FR DE'", "FR, DE"),
        ("FR or DE", COUNTRY, "never 'FR or DE'", "FR, DE"),
        ("UK", COUNTRY, "never 'UK'", "did you mean GB?"),
        ("Deutschland", COUNTRY, "never", "did you mean DE?"),
        ("Royaume-Uni", COUNTRY, "never", "did you mean GB?"),
        ("EU", COUNTRY, "never 'EU'", ""),
        ("EURO", WORDS.fields["order.currency"], "never 'EURO'", "did you mean EUR?"),
        ("ambasador", STATUS, "never 'ambasador'", "did you mean ambassador?"),
        ("regular", STATUS, "never 'regular'", "one of: new, repeat, ambassador"),
        ('"FR', COUNTRY, "stray quotation mark", "close the quote"),
        ('FR"', COUNTRY, "stray quotation mark", ""),
        ("'FR", COUNTRY, "stray quotation mark", ""),
        ('24" frame', CHANNEL, "stray quotation mark", "double the mark"),
        ("FR,, DE", COUNTRY, "empty place", ""),
        ("FR,", COUNTRY, "empty place", ""),
        ("not", COUNTRY, "'not' what?", ""),
        ("FR, not DE", COUNTRY, "'not' in the middle", ""),
        ("known, FR", COUNTRY, "'known' within a list", ""),
        ("*", COUNTRY, "does not mean any", "leave the cell blank"),
        ("-", CHANNEL, "does not mean any", "leave the cell blank"),
        ("any", TOTAL, "does not mean any", "leave the cell blank"),
        ("null", CHANNEL, "no condition", "write unknown"),
        (">= 5", CHANNEL, "cannot be compared", "quote it"),
        ("1..5", CATEGORIES, "cannot be compared", "quote it"),
        ("from 2026-12-01", CHANNEL, "cannot be compared", "quote it"),
        ("49,90", TOTAL, "one number or a list", "1; 5"),
        (">= 1.000", TOTAL, "thousands or decimals", "write 1000"),
        (">= 1,000", TOTAL, "thousands or decimals", "write 1000"),
        ("1-5", LINES, "expected a number", "1..5"),
        ("1 to 5", LINES, "expected a number", "1..5"),
        ("5+", LINES, "expected a number", ">= 5"),
        ("3 5", LINES, "expected a number", "1; 5"),
        (">= 49.90 EUR", TOTAL, "expected a number", "number alone"),
        (">= 10 %", TOTAL, "expected a number", "number alone"),
        ("> 3 < 5", TOTAL, "two comparisons", "1..5"),
        (">= 3 and < 5", TOTAL, "two comparisons", "1..5"),
        ("5..1", LINES, "runs backwards", ""),
        ("..", LINES, "range of two ends", ""),
        ("1..2..3", LINES, "range of two ends", ""),
        ("2.5", LINES, "whole number", ""),
        ("many", TOTAL, "expected a number", ">= 49.90"),
        (">=", TOTAL, "expected a number", ""),
        ("1e5", TOTAL, "expected a number", ""),
        ("1000000000000000", TOTAL, "out of range", ""),
        ("0.0000000001", TOTAL, "out of range", ""),
        ("01/12/2026", TODAY, "day/month or month/day", "2026-12-24"),
        ("2026-02-30", TODAY, "not in the calendar", ""),
        ("01.12.26", TODAY, "expected a date", "2026-12-24"),
        ("1-Dec-2026", TODAY, "expected a date", "2026-12-24"),
        ("from Christmas", TODAY, "expected a date", ""),
        ("46000", TODAY, "expected a date", ""),
        ("maybe", GIFT, "expected yes or no", ""),
        ("1", GIFT, "expected yes or no", ""),
        ("#NAME?", TOTAL, "spreadsheet's error value", ""),
        ("#BEZUG!", COUNTRY, "spreadsheet's error value", ""),
        ("########", TODAY, "spreadsheet's error value", ""),
        ("a\x00b", CHANNEL, "control character", ""),
        ("1..x", EXTRA, "expected a number", ""),
        ("2026-12-01..5", EXTRA, "expected a date", ""),
    ],
)  # fmt: skip
def test_what_does_not_parse_says_so(text, field, message, hint):
    with pytest.raises(CellError) as caught:
        parse_cell(text, field)
    assert message in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "field", "canonical"),
    [
        (" fr ;  de,FR ", COUNTRY, "FR, DE"),
        ("NOT fr, not de", COUNTRY, "not FR, DE"),
        (">=49,90", TOTAL, ">= 49.90"),
        ("=5", TOTAL, "5"),
        ("1,5; 7", TOTAL, "1.5, 7"),
        ("5..", LINES, ">= 5"),
        ("> 01.12.2026", TODAY, "from 2026-12-02"),
        ("2026-12-01 .. 2026-12-24", TODAY, "2026-12-01..2026-12-24"),
        ("WAHR", GIFT, "yes"),
        ('"FR"', COUNTRY, "FR"),
        ('"Bowls, dishes"; Vases', CATEGORIES, '"Bowls, dishes", Vases'),
        ('"yes"', CHANNEL, "yes"),
        ('"unknown"', CHANNEL, '"unknown"'),
        ("not unknown", CHANNEL, "known"),
        ("5..5", EXTRA, "5..5"),
    ],
)
def test_canonical_spelling(text, field, canonical):
    assert spell_cell(parse_cell(text, field), field.kind) == canonical


numbers = st.decimals(-(10**12), 10**12, places=4, allow_nan=False) | st.integers(-(10**6), 10**6).map(Decimal)
days = st.dates(date(1900, 1, 1), date(2200, 1, 1))
texts = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="“”„‟«»"), min_size=1, max_size=12
).filter(lambda text: text.strip())


def spans(ends):
    def build(pair, shape, within):
        low, high = sorted(pair)
        if shape == "range":
            return Span(low=low, high=high)
        return Span(low=low, low_within=within) if shape == "low" else Span(high=high, high_within=within)

    return st.builds(build, st.tuples(ends, ends), st.sampled_from(["range", "low", "high"]), st.booleans())


def cells(items):
    listed = st.lists(items, min_size=1, max_size=4, unique_by=lambda item: getattr(item, "key", item)).map(tuple)
    among = st.builds(
        lambda items, unknown: Cell(sense=Sense.AMONG, items=items, or_unknown=unknown), listed, st.booleans()
    )
    outside = listed.map(lambda items: Cell(sense=Sense.OUTSIDE, items=items))
    return among | outside | st.sampled_from([ANY, Cell(sense=Sense.KNOWN), Cell(sense=Sense.NOTHING)])


def within_days(span):
    low = span.low + timedelta(days=1) if span.low and not span.low_within else span.low
    high = span.high - timedelta(days=1) if span.high and not span.high_within else span.high
    return Span(low=low, high=high)


@given(cells(spans(numbers)))
def test_numbers_survive_spelling(cell):
    assert parse_cell(spell_cell(cell, Kind.NUMBER), TOTAL) == cell


@given(cells(spans(days).map(within_days)))
def test_dates_survive_spelling(cell):
    assert parse_cell(spell_cell(cell, Kind.DATE), TODAY) == cell


@given(st.text(max_size=30), st.sampled_from([COUNTRY, TOTAL, LINES, TODAY, GIFT, CHANNEL, CATEGORIES, STATUS, EXTRA]))
def test_every_text_parses_to_what_its_spelling_parses_to_or_is_an_error(text, field):
    try:
        cell = parse_cell(text, field)
    except CellError:
        return
    again = parse_cell(spell_cell(cell, field.kind), field)
    assert again == cell
    assert spell_cell(again, field.kind) == spell_cell(cell, field.kind)


@given(
    st.text("FRDEnotkw\"',;.<>=!-059 \u00a0…", max_size=14),
    st.sampled_from([COUNTRY, TOTAL, LINES, TODAY, CHANNEL, CATEGORIES, EXTRA]),
)
def test_signs_and_quotes_in_any_order_are_understood_or_refused(text, field):
    try:
        cell = parse_cell(text, field)
    except CellError:
        return
    assert parse_cell(spell_cell(cell, field.kind), field) == cell


@given(texts)
def test_any_text_can_be_asked_for_by_quoting_it(text):
    cell = parse_cell('"' + text.replace('"', '""') + '"', CHANNEL)
    assert cell.matches(text, CHANNEL.kind)


@given(cells(spans(numbers)))
def test_an_unknown_number_matches_only_what_asks_for_it(cell):
    assert cell.matches(None, Kind.NUMBER) == (cell.sense in (Sense.ANY, Sense.NOTHING) or cell.or_unknown)


def test_a_literal_is_compared_folded():
    assert Literal("  Été ").key == Literal("ÉTÉ").key


@pytest.mark.parametrize(
    ("path", "text", "value", "canonical"),
    [
        ("segment", " Repeat ", "repeat", "repeat"),
        ("message", '"welcome.new"', "welcome.new", "welcome.new"),
        ("offer", "NONE", "", "none"),
        ("offer.amount", "15%", Amount(value=Decimal(15)), "15 %"),
        ("offer.amount", f"12,5{NBSP}%", Amount(value=Decimal("12.5")), "12.5 %"),
        ("offer.amount", "10,00 EUR", Amount(value=Decimal("10.00"), unit="EUR"), "10.00 EUR"),
        ("offer.amount", "eur 10", Amount(value=Decimal(10), unit="EUR"), "10 EUR"),
        ("offer.amount", "10 €", Amount(value=Decimal(10), unit="EUR"), "10 EUR"),
        ("offer.amount", "£5", Amount(value=Decimal(5), unit="GBP"), "5 GBP"),
        ("offer.amount", "", None, ""),
        ("offer.valid_days", "90", 90, "90"),
        ("strategy", "Bought_together", "bought_together", "bought together"),
        ("strategy", "none", "", "none"),
        ("review", "ja", True, "yes"),
        ("extra.card", "Gold, 2", "Gold, 2", "Gold, 2"),
        ("extra.card", "", None, ""),
    ],
)
def test_output_cells(path, text, value, canonical):
    output = WORDS.find_output(path)
    assert parse_output(text, output) == value
    assert spell_output(value, output) == canonical
    assert parse_output(canonical, output) == value


@pytest.mark.parametrize(
    ("path", "text", "message", "hint"),
    [
        ("segment", "", "segment is blank", "fill"),
        ("strategy", " ", "strategy is blank", "none"),
        ("message", "Summer sale!", "is no name", "summer-sale"),
        ("strategy", "best selers", "no strategy", "did you mean best sellers?"),
        ("offer.amount", "15", "expected an amount", "15 % or 10.00 EUR"),
        ("offer.amount", "10 $", "no currency code", "ISO 4217"),
        ("offer.amount", "10 XYY", "no currency code", ""),
        ("offer.amount", "150 %", "0 to 100 percent", ""),
        ("offer.amount", "0 %", "0 to 100 percent", ""),
        ("offer.amount", "-5 EUR", "more than nothing", ""),
        ("offer.amount", "0.15", "expected an amount", ""),
        ("offer.valid_days", "0", "number of days", ""),
        ("offer.valid_days", "90 days", "number of days", ""),
        ("offer.valid_days", "3.5", "number of days", ""),
        ("review", "1", "expected yes or no", ""),
        ("layout", "#NAME?", "error value", ""),
    ],
)
def test_wrong_output_cells(path, text, message, hint):
    with pytest.raises(CellError) as caught:
        parse_output(text, WORDS.find_output(path))
    assert message in caught.value.message
    assert hint in caught.value.hint


@given(st.text(max_size=20), st.sampled_from([*vocabulary().outputs, "extra.x"]))
def test_output_cells_survive_spelling_or_are_refused(text, path):
    output = WORDS.find_output(path)
    try:
        value = parse_output(text, output)
    except CellError:
        return
    assert parse_output(spell_output(value, output), output) == value


@given(numbers)
def test_numbers_read_back(value):
    assert parse_number(f"{value:f}") == value
