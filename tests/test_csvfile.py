"""csvfile: any encoding, delimiter and line end, read as a stream of rows with true file lines."""

import csv
import io
import os
import re
import tracemalloc
from collections import deque
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packslip.csvfile import (
    Encoding,
    Table,
    bare_cell,
    column_letters,
    detect_encoding,
    read_table,
    safe_cell,
    write_csv,
)
from packslip.csvfile.rows import Rows

DATA = Path(os.environ.get("PACKSLIP_DATA", Path(__file__).parents[1] / ".." / "shared" / "data"))


def read(data: bytes, **options) -> Table:
    return read_table(data, name="drop.csv", max_columns=400, max_field=2000, **options)


def cells(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows]


def codes(table: Table) -> list[str]:
    return [fault.code for fault in table.findings]


@pytest.mark.parametrize(
    ("codec", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-32-le", b"\xff\xfe\0\0"),
    ],
)
def test_encodings_that_can_be_proved(codec, mark):
    table = read(mark + "name,city\nZoë,Łódź\n".encode(codec))
    assert table.header == ("name", "city")
    assert cells(table) == [("Zoë", "Łódź")]
    assert table.encoding == codec
    assert codes(table) == []


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "cp1252"])
def test_encodings_that_are_guessed_say_so(codec):
    table = read("name,city\nMüller,Köln\n".encode(codec))
    assert cells(table) == [("Müller", "Köln")]
    assert table.encoding == codec
    assert [(fault.code, fault.severity) for fault in table.findings] == [("encoding.guessed", "warning")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("a,b\nпривет,мир\n".encode("cp1251"), "encoding.unknown"),
        ("a,b\nJóźwiak,Wałęsa\n".encode("cp1250"), "encoding.unknown"),
        ("a,b\nYiğit,Beşiktaş\n".encode("cp1254"), "encoding.unknown"),
        ("a,b\nMüller,Gößweinstein\n".encode() + b"Andr\xe9,Paris\n", "encoding.mixed"),
        ("a,b\nMüller,Köln\nAndré"[:-1].encode() + b"\xc3", "encoding.cut_off"),
        ("a,b\nMü,2\n".encode("utf-16")[:-1], "encoding.unreadable"),
    ],
)
def test_what_would_be_mojibake_is_refused(data, code):
    table = read(data)
    assert codes(table) == [code]
    assert not table.is_usable
    assert cells(table) == []


def test_the_named_encoding_is_read():
    assert cells(read("a,b\nWałęsa,2\n".encode("cp1250"), encoding="cp1250")) == [("Wałęsa", "2")]


@pytest.mark.parametrize("mark", list(",;\t|"))
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(mark, end):
    text = end.join([mark.join(("a", "b")), mark.join(("1", '"x{0}""y"""')).format(mark), mark.join(("2", "z"))])
    table = read(text.encode())
    assert table.delimiter == mark
    assert [(row.line, row.cells) for row in table.rows] == [(2, ("1", f'x{mark}"y"')), (3, ("2", "z"))]


def test_lines_are_those_of_the_file():
    table = read(b'\na,b\n\n"one\ntwo",2\r\n,\n3,4\r5,6')
    assert [(row.line, row.cells) for row in table.rows] == [(4, ("one\ntwo", "2")), (7, ("3", "4")), (8, ("5", "6"))]
    assert table.header_line == 2


def test_rows_can_be_walked_again():
    table = read(b"a\n1\n2\n")
    assert cells(table) == cells(table) == [("1",), ("2",)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file.empty"),
        (b"\xef\xbb\xbf\n", "header.missing"),
        (b" \r\n\r\n", "file.empty"),
        (b"PK\x03\x04" + bytes(40), "file.not_csv"),
        (b"%PDF-1.7", "file.not_csv"),
        (bytes(range(256)) * 9, "file.not_csv"),
        (b"a,b,a\n", "header.duplicate"),
        (b",".join(b"c%d" % n for n in range(10_000)), "header.too_many"),
        (b'a,"b\n1,2\n', "row.unclosed_quote"),
    ],
)
def test_what_is_no_table(data, code):
    table = read(data)
    assert codes(table) == [code]
    assert not table.is_usable


def test_header_only_has_no_rows_and_no_fault():
    table = read(b"a,b\n")
    assert table.is_usable
    assert cells(table) == []


def test_blank_headers():
    table = read(b"a,,b,,\n1,2,3,,\n")
    assert table.header == ("a", "", "b")
    assert [(fault.code, fault.spot, fault.severity) for fault in table.findings] == [("header.blank", "B", "warning")]
    assert cells(table) == [("1", "2", "3")]


def test_a_short_row_is_padded_and_says_so():
    (row,) = read(b"a,b,c\n1\n").rows
    assert (row.cells, row.missing, row.fault) == (("1", "", ""), 2, None)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (b"1,2,3", "row.too_wide"),
        (b'1,"two" three', "row.quotes"),
        (b"1," + b"x" * 2001, "cell.too_long"),
        (b"1," + b"x" * 1_000_000, "cell.too_long"),
        (b'1,"' + b"x" * 1_000_000 + b'"', "cell.too_long"),
        (b"1," + b"x" * 3_000_000, "row.too_long"),
        (b'1,"' + b"\n".join([b"x" * 900] * 3) + b'"', "cell.too_long"),
    ],
)
def test_a_damaged_row_leaves_the_others_alone(row, code):
    table = read(b"a,b\n0,0\n" + row + b"\n9,9\n")
    rows = list(table.rows)
    after = 4 + row.count(b"\n")
    assert [(item.line, item.fault and item.fault.code) for item in rows] == [(2, None), (3, code), (after, None)]
    assert rows[1].cells[0] == "1"
    assert max(map(len, rows[1].cells)) <= 2000


def test_an_open_quote_damages_every_line_it_may_hold():
    rows = list(read(b'a,b\n1,1\n2,"two\n3,3\n4,4\n').rows)
    assert [(row.line, row.cells[0], row.fault and row.fault.code) for row in rows] == [
        (2, "1", None),
        (3, "2", "row.unclosed_quote"),
        (4, "3", "row.unclosed_quote"),
        (5, "4", "row.unclosed_quote"),
    ]


def test_a_quote_that_closes_in_a_later_row_damages_the_rows_between():
    rows = list(read(b'a,b\n1,"one\n2,"two"\n3,3\n').rows)
    assert [(row.line, row.fault is not None) for row in rows] == [(2, True), (3, True), (4, False)]


def test_a_long_quoted_text_is_never_read_as_rows():
    rows = list(read(b'a,b\n1,"' + b"\n7,7" * 60_000 + b'"\n8,8\n').rows)
    assert all(row.fault for row in rows)


def test_preamble_and_sep_line():
    data = b"Report; 2026\n\nShop,x\na;b\n1,5;2\n"
    assert cells(read(data, header_holds=("a", "b"))) == cells(read(data, skip_lines=3)) == [("1,5", "2")]
    assert cells(read(b"sep=|\na|b\n1|2\n")) == [("1", "2")]
    assert codes(read(data, header_holds=("z",))) == ["header.not_found"]


def test_nul_bytes_are_text_for_the_owner_to_judge():
    assert cells(read(b"a,b\nx\0y,2\n" + b"long enough,3\n" * 9))[0] == ("x\0y", "2")


def test_column_letters():
    assert [column_letters(number) for number in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


_text = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\r\t\0"), max_size=20)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1+1", "＋1", "－1", "＠x", " =1", '"=1']
)
def test_cells_that_could_calculate_are_guarded(text):
    assert safe_cell(text) == f"'{text}"
    assert safe_cell(f"a{text.strip()}") == f"a{text.strip()}"
    assert bare_cell(safe_cell(text)) == text


_sly = st.text(st.sampled_from("=+-@＝1a ,;|\t\n\r\"'"), max_size=8)


@given(rows=st.lists(st.tuples(_sly, _sly, _sly), min_size=1, max_size=4), mark=st.sampled_from(",;\t|"))
def test_no_spreadsheet_finds_a_formula_however_it_parts_our_rows(rows, mark):
    """Excel takes the list separator of its country: what we part at commas it may part at semicolons."""
    data = write_csv(("a", "b", "c"), ([safe_cell(cell) for cell in row] for row in rows))
    for row in csv.reader(io.StringIO(data.decode(), newline=""), delimiter=mark):
        assert not [cell for cell in row if cell.strip(" \u00a0").startswith(("=", "+", "-", "@", "＝"))]


@given(st.lists(st.text(st.sampled_from("ab1\"',;\n\r "), max_size=9), min_size=1, max_size=12), st.sampled_from(",;"))
def test_the_quick_reading_and_the_careful_one_agree(lines, mark):
    """What the csv module reads at full speed is what the reading that knows damage makes of it."""
    data = ("a" + mark + "b\n" + "\n".join(lines) + "\n").encode()
    table = read(data, delimiter=mark)
    if table.is_usable:
        assert isinstance(table.rows, Rows)
        careful = replace(
            table.rows, source=replace(table.rows.source, encoding=Encoding(codec="utf-8", longest=1 << 30))
        )
        assert list(table.rows) == list(careful)


@pytest.mark.parametrize("size", [1 << 19, (1 << 19) - 1, 3 << 19])
def test_the_pieces_of_a_file_join_without_a_seam(size):
    """Letters of several bytes, and lines, lie across the ends of the pieces that a file is read in."""
    body = "é" * (size // 2) + "€\n" + "ü" * 5
    text = f"a,b\n1,x\n2,{body[:100]}\n# {body}\n3,y\n"
    found = detect_encoding(text.encode())
    assert (found.codec, found.longest, found.faults) == ("utf-8", max(map(len, text.split("\n"))), ())
    broken = text.encode()[:-3] + b"\xff\n"
    assert [fault.code for fault in detect_encoding(broken).faults] == ["encoding.mixed"]
    assert detect_encoding(broken).faults[0].line == text.count("\n")


@pytest.mark.parametrize("sign", [";", "\t", "|", "\n", "\r"])
@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", '"=1+1"', " =1"])
def test_cells_that_another_country_parts_are_guarded_inside(sign, text):
    """A German spreadsheet opens a comma file by semicolons: what follows one begins a cell there."""
    assert safe_cell(f"a{sign}{text}") == f"a{sign}'{text}"
    assert bare_cell(f"a{sign}'{text}") == f"a{sign}{text}"


@given(_text)
def test_no_cell_calculates_however_it_is_parted(text):
    written = safe_cell(text)
    assert bare_cell(written) in {text, written}
    for cell in re.split(r"[;\t|\r\n]", written):
        assert not cell.lstrip(' "').startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


@given(
    rows=st.lists(st.tuples(_text, _text), max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_what_is_written_is_read(rows, delimiter, end, codec):
    text = write_csv(("first", "second"), rows, delimiter=delimiter, line_end=end).decode()
    table = read(text.encode(codec), delimiter=delimiter)
    assert cells(table) == [row for row in rows if any(cell.strip() for cell in row)]


@given(st.lists(st.tuples(_text, _text), max_size=6))
def test_what_is_written_another_reader_reads(rows):
    text = io.StringIO(write_csv(("first", "second"), rows, bom=True).decode("utf-8-sig"), newline="")
    assert list(csv.reader(text))[1:] == [list(row) for row in rows]


@given(st.binary(max_size=300))
def test_no_bytes_raise(data):
    table = read(data)
    assert all(len(row.cells) == len(table.header) for row in table.rows)


@given(codec=st.sampled_from(["utf-8", "utf-16", "cp1252"]), at=st.integers(0, 120))
def test_a_file_cut_anywhere_never_raises(codec, at):
    data = 'id,"na\nme"\r\n1,"Zoë ""x"""\r\n2,"Größe, weit"\n3,€'.encode(codec)[:at]
    for row in read(data).rows:
        assert row.line >= 2


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="no outside data folder; set PACKSLIP_DATA")
def test_torture_files_never_raise():
    seen = 0
    for path in sorted((DATA / "names-csv").rglob("*")):
        if path.is_file() and path.stat().st_size < 3_000_000:
            table = read(path.read_bytes())
            assert all(len(row.cells) == len(table.header) for row in table.rows)
            seen += 1
    assert seen > 100


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="no outside data folder; set PACKSLIP_DATA")
@pytest.mark.parametrize(
    "name", ["simple", "simple_crlf", "comma_in_quotes", "escaped_quotes", "newlines", "newlines_crlf", "utf8"]
)
def test_csv_spectrum(name):
    folder = DATA / "names-csv" / "csv-spectrum" / "csvs"
    data = (folder / f"{name}.csv").read_bytes()
    expected = list(csv.reader(io.StringIO(data.decode(), newline="")))
    table = read(data)
    assert [list(table.header), *map(list, cells(table))] == expected


@pytest.mark.parametrize(
    ("start", "line"),
    [(b'1,"', b"a" * 500 + b'\n","'), (b'1,"\n', b"b" * 500 + b"\n")],
    ids=["cells over two lines without end", "a quotation that never closes"],
)
def test_a_record_over_more_lines_than_any_row_has_is_damage_and_is_not_held_in_memory(tmp_path, start, line):
    path = tmp_path / "drop.csv"
    path.write_bytes(b"id,text\n" + start + line * (12_000_000 // len(line)))
    table = read_table(path, name="drop.csv", max_columns=400, max_field=2000)
    tracemalloc.start()
    (last,) = deque(table.rows, maxlen=1)
    top = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert last.fault is not None
    assert last.fault.code == "row.unclosed_quote"
    assert last.line == path.read_bytes().count(b"\n") + (not line.endswith(b"\n"))
    assert top < 6_000_000
