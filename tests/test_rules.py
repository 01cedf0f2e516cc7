"""Decision tables: as spreadsheets save them, as a careless human leaves them, and in canonical form."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules_kit import read_rules, told, write_rules

from packslip.library.conditions import spell_cell
from packslip.library.rules import load_rules
from packslip.library.rules_format import format_rules, format_table
from packslip.library.vocabulary import vocabulary
from packslip.library.words import Kind
from packslip.model import Severity, Where, has_errors

SHIPPED = Path(__file__).parent.parent / "rules"

MESSAGE = """\
order.country,order.total,today,set: segment,set: message,why
"FR, DE",>= 49.90,from 2026-12-01,new,été,"Winter, near home"
not GB,,,repeat,hello,Far away
,,,new,hello,Everybody else
"""
#: the same meaning, for comparison across encodings
MEANING = [
    (2, ("FR, DE", ">= 49.90", "from 2026-12-01"), {"segment": "new", "message": "ete"}, "Winter, near home"),
    (3, ("not GB", "", ""), {"segment": "repeat", "message": "hello"}, "Far away"),
    (4, ("", "", ""), {"segment": "new", "message": "hello"}, "Everybody else"),
]
PLAIN = MESSAGE.replace("été", "ete")


def meaning(book):
    (table,) = book.tables
    return [
        (
            row.line,
            tuple(
                spell_cell(cell, column.field.kind) for cell, column in zip(row.cells, table.conditions, strict=True)
            ),
            dict(row.outputs),
            row.why,
        )
        for row in table.rows
    ]


def saved(text, *, delimiter=",", quote_all=False, line_end="\r\n", trail=0, blank_rows=0):
    def cell(value):
        needs = quote_all or delimiter in value or '"' in value or "\n" in value
        return '"' + value.replace('"', '""') + '"' if needs else value

    rows = [[*row, *[""] * trail] for row in csv.reader(text.splitlines())]
    rows += [[""] * len(rows[0])] * blank_rows
    return "".join(delimiter.join(map(cell, row)) + line_end for row in rows)


SAVED = {
    "excel_de_semicolon_cp1252": saved(PLAIN, delimiter=";").replace("49.90", "49,90").encode("cp1252"),
    "excel_de_dates": saved(PLAIN, delimiter=";").replace("2026-12-01", "01.12.2026").encode("cp1252"),
    "excel_unicode_text": saved(PLAIN, delimiter="\t").encode("utf-16"),
    "excel_csv_utf8": saved(PLAIN).encode("utf-8-sig"),
    "excel_for_mac_line_ends": saved(PLAIN, line_end="\r").encode(),
    "libreoffice_all_quoted": saved(PLAIN, quote_all=True, line_end="\n").encode(),
    "trailing_columns_and_rows": saved(PLAIN, delimiter=";", trail=3, blank_rows=5).encode("cp1252"),
    "sep_line": ("sep=;\r\n" + saved(PLAIN, delimiter=";")).encode(),
    "headings_in_any_case": PLAIN.replace("order.country", " Order.Country ").replace("set: s", "SET:S").encode(),
    "typographic": PLAIN.replace(">= 49.90", "≥ 49.90").replace("not GB", "not\u00a0GB").encode(),
    "enum_in_lower_case": PLAIN.replace("FR, DE", "fr;de").encode(),
}  # fmt: skip


@pytest.mark.parametrize("name", SAVED)
def test_a_table_means_the_same_however_it_was_saved(tmp_path, name):
    book, findings = read_rules(tmp_path, _20_message=SAVED[name])
    assert not [finding for finding in findings if finding.severity is not Severity.NOTE]
    assert meaning(book) == MEANING


def test_accents_of_a_legacy_encoding_arrive(tmp_path):
    text = "order.categories;set: message;why\nDécoration;hello;Où ça?\n;hello;à défaut\n"
    book, findings = read_rules(tmp_path, _20_message=text.encode("cp1252"))
    (table,) = book.tables
    assert table.rows[0].cells[0].items[0].text == "Décoration"
    assert [finding.severity for finding in findings] == [Severity.NOTE]


CARELESS = {
    "misspelt_field": (MESSAGE.replace("order.country", "order.contry"), "rules.unknown_field", "A1", "order.country"),
    "misspelt_output": (MESSAGE.replace("set: message", "set: mesage"), "rules.unknown_output", "E1", "set: message"),
    "forgotten_set": (MESSAGE.replace("set: message", "message"), "rules.not_yet_set", "E1", "set: message"),
    "stray_quote": (MESSAGE.replace("not GB", 'not GB"'), "rules.cell", "A3", ""),
    "arrow": (MESSAGE.replace(">= 49.90", "=> 5"), "rules.cell", "B2", ">= 5"),
    "no_commas": (MESSAGE.replace('"FR, DE"', "FR DE"), "rules.cell", "A2", "FR, DE"),
    "unknown_country": (MESSAGE.replace("not GB", "not UK"), "rules.cell", "A3", "did you mean GB?"),
    "excel_formula": (MESSAGE.replace(">= 49.90", "#NAME?"), "rules.cell", "B2", "retype"),
    "us_date": (MESSAGE.replace("2026-12-01", "12/01/2026"), "rules.cell", "C2", "2026-12-24"),
    "blank_output": (MESSAGE.replace("repeat,hello", "repeat,"), "rules.output_blank", "E3", "fill"),
    "sentence_as_name": (MESSAGE.replace("repeat,hello", "repeat,Hello you"), "rules.output", "E3", "hello-you"),
    "two_whys": (MESSAGE.replace("why\n", "why,Why\n", 1), "rules.duplicate", "G1", "keep one"),
    "no_why": (MESSAGE.replace(",why\n", ",extra.b\n", 1), "rules.no_why", "", "add a column why"),
    "same_output_twice": (MESSAGE.replace("set: message", "Set: segment"), "rules.duplicate", "E1", ""),
    "same_field_twice": (MESSAGE.replace("order.total", "Order.country"), "rules.duplicate", "B1", ""),
    "nameless_column": (MESSAGE.replace("order.total", ""), "rules.heading_blank", "B2", "name the column"),
    "cell_beyond_the_header": (MESSAGE.replace("Far away", "Far away,oops"), "row.too_wide", "", ""),
    "nothing_set": (MESSAGE.replace("set: ", "extra."), "rules.no_output", "", ""),
    "half_an_offer": (MESSAGE.replace("set: segment", "set: offer"), "rules.half_offer", "D1", "one table"),
    "blank_why": (MESSAGE.replace("Far away", ""), "rules.why_blank", "F3", "why"),
}  # fmt: skip


@pytest.mark.parametrize("name", CARELESS)
def test_a_careless_edit_is_told_with_its_cell(tmp_path, name):
    text, code, spot, hint = CARELESS[name]
    text = text.replace("été", "ete")
    _, findings = read_rules(tmp_path, _20_message=text)
    assert [finding.code for finding in findings] == [code]
    (finding,) = findings
    assert finding.where.file == "rules/20-message.csv"
    assert finding.where.spot == spot
    assert hint in finding.hint


def test_an_exactly_doubled_heading_is_told(tmp_path):
    _, findings = read_rules(tmp_path, _20_message=PLAIN.replace("why\n", "why,why\n", 1))
    assert has_errors(findings)
    assert [finding.where.spot for finding in findings] == ["F, G"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"\x00" * 50,
        b"PK\x03\x04 a workbook",
        "été".encode("utf-16-le")[:5],
        b"why\n",
        b'"why\n,',
        b",,,\n",
        b"sep=;",
    ],
)
def test_what_is_no_table_is_a_finding(tmp_path, data):
    book, findings = read_rules(tmp_path, _20_message=data)
    assert has_errors(findings)
    assert not book.is_sound


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_table_or_findings(tmp_path_factory, data):
    book, findings = read_rules(tmp_path_factory.mktemp("any"), _20_message=PLAIN, _30_other=data)
    assert book.is_sound != has_errors(findings)


@given(st.integers(0, len(MESSAGE.encode())), st.binary(max_size=3))
def test_a_table_damaged_anywhere_never_raises(tmp_path_factory, place, dirt):
    data = MESSAGE.encode()
    book, findings = read_rules(tmp_path_factory.mktemp("cut"), _20_message=data[:place] + dirt)
    assert book.is_sound != has_errors(findings)


def test_an_offer_is_whole_or_none(tmp_path):
    header = "order.total,set: offer,set: offer.amount,set: offer.valid_days,why\n"
    rows = ">= 5,welcome,,90,a\n>= 4,welcome,15 %,,b\n>= 3,none,15 %,,c\n>= 2,none,,,d\n,welcome,10.00 EUR,30,e\n"
    book, findings = read_rules(tmp_path, _30_offer=header + rows)
    assert told(findings) == [
        ("rules.output_blank", "rules/30-offer.csv: C2"),
        ("rules.output_blank", "rules/30-offer.csv: D3"),
        ("rules.offer_none", "rules/30-offer.csv: C4"),
    ]
    assert [row.line for row in book.tables[0].rows] == [5, 6]


def test_a_line_break_within_a_cell_moves_no_row(tmp_path):
    text = 'order.total,set: message,why\n>= 9,a,"one\ntwo"\n\n=> 5,a,x\n,a,y\n'
    book, findings = read_rules(tmp_path, _20_message=text)
    assert told(findings) == [("rules.cell", "rules/20-message.csv: A4")]
    assert [(row.line, row.why) for row in book.tables[0].rows] == [(2, "one two"), (5, "y")]


def test_later_tables_read_what_earlier_ones_set_and_nothing_else(tmp_path):
    book, findings = read_rules(
        tmp_path,
        _10_segment="order.total,set: segment,set: extra.card,why\n>= 9,gold,big,a\n,plain,,b\n",
        _20_message="segment,extra.card,offer,set: message,why\n,,,a,x\n",
        _9_offer="segment,set: layout,why\n,a,x\n",
    )
    assert told(findings) == [
        ("rules.not_yet_set", "rules/9-offer.csv: A1"),
        ("rules.not_yet_set", "rules/20-message.csv: C1"),
    ]
    assert [table.name for table in book.tables] == ["9-offer.csv", "10-segment.csv", "20-message.csv"]


def test_a_segment_that_no_table_sets_is_an_error(tmp_path):
    _, findings = read_rules(
        tmp_path,
        _10_segment="order.total,set: segment,why\n>= 9,gold,a\n,plain,b\n",
        _20_message='segment,set: message,why\ngolden,a,x\n"plain, gift, transactional",b,y\n,c,z\n',
    )
    assert told(findings) == [("rules.cell", "rules/20-message.csv: A2"), ("rules.unasked", "rules/10-segment.csv: B2")]
    assert findings[0].message == "segment is never 'golden'"
    assert findings[0].hint == "did you mean gold, which 10-segment.csv B2 sets?"
    assert findings[1].hint == "did you mean golden?"


def test_one_fault_is_told_once(tmp_path):
    """A broken table must not make every table after it look broken."""
    later = "segment,set: message,why\ngold,a,x\n,b,y\n"
    for broken in ("order.totl,set: segment,why\n,gold,a\n", "order.total,set: segment,why\n=> 9,gold,a\n,plain,b\n"):
        _, findings = read_rules(tmp_path, _10_segment=broken, _20_message=later)
        assert len(findings) == 1


def test_an_output_set_twice_is_a_warning(tmp_path):
    table = "order.total,set: message,why\n,a,x\n"
    _, findings = read_rules(tmp_path, _10_one=table, _20_two=table)
    assert [(finding.code, finding.severity, str(finding.where)) for finding in findings] == [
        ("rules.set_twice", Severity.WARNING, "rules/20-two.csv: B1")
    ]


def test_the_folder_is_read_with_care(tmp_path):
    rules = write_rules(tmp_path, _20_message=PLAIN)
    (rules / "message.csv").write_text(PLAIN)
    (rules / "30-offer.xlsx").write_bytes(b"PK")
    (rules / ".~lock.20-message.csv#").write_text("")
    (rules / "~$20-message.csv").write_text("")
    (rules / "40-folder").mkdir()
    _, findings = load_rules(rules)
    assert sorted(told(findings)) == [
        ("rules.file_name", "rules/message.csv"),
        ("rules.workbook", "rules/30-offer.xlsx"),
    ]
    assert not has_errors(findings)
    _, findings = load_rules(tmp_path / "nowhere")
    assert told(findings) == [("rules.none", "nowhere")]


def test_columns_of_customers_csv_are_fields_where_the_workspace_has_them(tmp_path):
    table = "customer.tier,customer.credit,set: message,why\ngold,>= 5,a,x\n,,b,y\n"
    _, findings = read_rules(tmp_path, _20_message=table)
    assert [finding.code for finding in findings] == ["rules.unknown_field"] * 2
    words = vocabulary(customers={"tier": Kind.TEXT, "credit": Kind.NUMBER})
    _, findings = read_rules(tmp_path, words, _20_message=table)
    assert findings == ()


def test_constants_are_told_with_the_cell_that_first_sets_them(tmp_path):
    book, _ = read_rules(
        tmp_path,
        _10_segment="order.total,set: segment,set: strategy,why\n"
        ">= 9,gold,none,a\n>= 8,gold,best sellers,a\n,transactional,none,b\n",
    )
    place = "rules/10-segment.csv"
    assert book.constants("segment") == {
        "gold": Where(file=place, spot="B2"),
        "transactional": Where(file=place, spot="B4"),
        "gift": Where(file="rules", spot="policy"),
    }
    assert book.constants("strategy") == {"best_sellers": Where(file=place, spot="C3")}
    assert set(book.constants("message")) == {"transactional", "gift"}


@pytest.mark.parametrize("name", SAVED)
def test_formatting_makes_one_form_of_all(tmp_path, name):
    rules = write_rules(tmp_path, _20_message=SAVED[name])
    path = rules / "20-message.csv"
    assert format_rules(rules) == (() if name == "excel_csv_utf8" else (path,)), "that one is canonical already"
    data = path.read_bytes()
    assert (
        data
        == (
            "\ufefforder.country,order.total,today,set: segment,set: message,why\r\n"
            '"FR, DE",>= 49.90,from 2026-12-01,new,ete,"Winter, near home"\r\n'
            "not GB,,,repeat,hello,Far away\r\n"
            ",,,new,hello,Everybody else\r\n"
        ).encode()
    )
    assert format_rules(rules) == ()
    assert meaning(load_rules(rules)[0]) == MEANING


def test_formatting_puts_conditions_first_and_why_last(tmp_path):
    rules = write_rules(tmp_path, _20_message="why,set: message,order.gift\nx,a,YES\ny,b,\n")
    format_rules(rules)
    assert (rules / "20-message.csv").read_text("utf-8-sig").splitlines() == [
        "order.gift,set: message,why",
        "yes,a,x",
        ",b,y",
    ]


def test_a_table_with_an_error_is_left_as_it_is(tmp_path):
    wrong = b"order.total;set: layout;why\n=> 5;a;x\n;A;x\n"
    rules = write_rules(tmp_path, _10_one=SAVED["excel_unicode_text"], _20_message=wrong)
    assert format_rules(rules) == (rules / "10-one.csv",)
    assert (rules / "20-message.csv").read_bytes() == wrong


def test_formatting_keeps_who_may_read_the_file(tmp_path):
    rules = write_rules(tmp_path, _20_message=SAVED["excel_unicode_text"])
    (rules / "20-message.csv").chmod(0o664)
    format_rules(rules)
    assert (rules / "20-message.csv").stat().st_mode & 0o777 == 0o664


condition_texts = st.one_of(
    st.just(""),
    st.lists(st.text("abcXY\"',; .-é", max_size=6), max_size=3).map(", ".join),
    st.sampled_from(["known", "unknown", "not a", '"x, y"', "not unknown"]),
)


@given(
    st.lists(
        st.tuples(
            condition_texts,
            st.sampled_from(["", ">=5", "1,5..2", "1; 2", "=> 5", "not 3", "5.."]),
            st.sampled_from(["", "yes", "OUI", "maybe"]),
            st.sampled_from(["a", "B-1", "", "two words"]),
            st.text("why, \"'=+-@é\n", max_size=8),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_formatting_twice_changes_nothing_and_never_the_meaning(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("fmt")
    header = ["order.channel", "order.total", "order.gift", "set: message", "why"]
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [header, *rows]]
    book, findings = read_rules(folder, _20_message="\n".join(lines))
    if has_errors(findings):
        assert format_rules(folder / "rules") == ()
        return
    format_rules(folder / "rules")
    assert format_rules(folder / "rules") == ()
    again, _ = load_rules(folder / "rules")
    strip = [(row.cells, row.outputs, row.why) for row in book.tables[0].rows]
    assert [(row.cells, row.outputs, row.why) for row in again.tables[0].rows] == strip


def test_the_shipped_tables_are_canonical_and_without_findings():
    book, findings = load_rules(SHIPPED)
    assert findings == ()
    for table in book.tables:
        assert format_table(table) == (SHIPPED / table.name).read_bytes(), "run packslip rules fmt"
    assert set(book.constants("layout")) == {"atelier-a4", "note-a5", "label-4x6"}
    assert set(book.constants("message")) == {"new", "repeat", "ambassador", "transactional", "gift"}
