"""Drops as files: dialects and damage, repeated and missing headers, truncation, and memory that does not grow."""

import os
import random
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shop_kit import EXPORTS, SHOPS, held, orders_of, read_bytes, shipped

from packslip.csvfile import read_table, write_csv
from packslip.intake import Reading, ending_of, read_orders
from packslip.intake.aliases import alias_of, plain_email
from packslip.intake.months import english_months
from packslip.library.mappings import CONTRACT, load_mapping
from packslip.model import Drop, End
from packslip.settings import LimitSettings, Settings

HEADER = ("order_id", "order_date", "currency", "ship_name", "ship_country", "description", "quantity", "unit_price")
GOLDEN_ALIAS = "yl24fpfs6gn3o7rskslf3pdc"
LENIENT = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def read(tmp_path):
    def read(data: bytes | str, mapping=CONTRACT) -> Reading:
        return read_bytes(data if isinstance(data, bytes) else data.encode(), mapping, tmp_path / os.urandom(8).hex())

    return read


@pytest.fixture
def mapped(tmp_path):
    def mapped(text: str):
        """A mapping of the contract's own columns, changed by some keys."""
        path = tmp_path / "shop.toml"
        consent = '[consent]\nslip = "marketing"\nmeaning = "nothing is stated"\n'
        path.write_text(f"{consent}{text}", encoding="utf-8")
        mapping, findings = load_mapping(path)
        assert findings == ()
        return mapping

    return mapped


def columns(*changed: str) -> str:
    names = [name for name in HEADER if not any(line.startswith(f"{name} =") for line in changed)]
    return "\n".join(["[columns]", *(f'{name} = "{name}"' for name in names), *changed])


def rows(*orders: str, lines: int = 1) -> str:
    """A contract file with some orders."""
    body = [
        ",".join((order, "2026-11-20", "EUR", "Ada Brink", "DE", f"Lamp {line}", "2", "49.90"))
        for order in orders
        for line in range(lines)
    ]
    return "\n".join((",".join(HEADER), *body)) + "\n"


def labels(reading: Reading) -> dict[str, bool]:
    return {item.label: item.order is not None for item in reading.orders}


# --- headers ---


def test_columns_that_share_a_name_and_that_nobody_reads_are_kept_apart(read):
    text = rows("1").replace("unit_price", "unit_price,note,note").replace("49.90", "49.90,a,b")
    reading = read(text)
    assert [(finding.code, finding.severity) for finding in reading.findings] == [("header.duplicate", "warning")]
    assert orders_of(reading)["1"].extra == {"note": "a", "note#2": "b"}


def test_a_mapping_says_which_of_several_columns_it_means(read, mapped):
    text = rows("1").replace("description", "Name").replace("unit_price", "Name").replace("49.90", "Big lamp")
    names = columns('description = "Name"').replace('unit_price = "unit_price"', "")
    (finding,) = read(text, mapped(names)).findings
    assert (finding.code, finding.where.spot) == ("header.duplicate", "F, H")
    assert "Name#1" in finding.hint
    first, second, by_letter = (
        orders_of(read(text, mapped(names.replace('"Name"', f'"{column}"'))))["1"].lines[0].description
        for column in ("Name#1", "Name#2", "#H")
    )
    assert (first, second, by_letter) == ("Lamp 0", "Big lamp", "Big lamp")


def test_a_column_without_a_name_and_a_file_without_a_header_are_read_by_letters(read, mapped):
    nameless = rows("1").replace("description", "")
    assert orders_of(read(nameless, mapped(columns('description = "#F"'))))["1"].lines[0].description == "Lamp 0"
    letters = [f'{name} = "#{letter}"' for name, letter in zip(HEADER, "ABCDEFGH", strict=True)]
    text = rows("1", "2").partition("\n")[2]
    found = orders_of(read(text, mapped('[file]\nheader = "none"\n' + columns(*letters))))
    assert {label: order.lines[0].description for label, order in found.items()} == {"1": "Lamp 0", "2": "Lamp 0"}


def test_the_header_again_is_no_order(read):
    reading = read(rows("1") + rows("2"))
    assert labels(reading) == {"1": True, "2": True}
    assert reading.skipped == {"the header again": 1}


def test_capitals_of_a_header_do_not_matter_to_a_mapping(read, mapped):
    text = rows("1").replace("description", "DESCRIPTION").replace("quantity", "Quantity")
    assert orders_of(read(text, mapped(columns())))["1"].extra == {}


def test_cells_that_mean_nothing_are_blank(read, mapped):
    text = rows("1").replace("49.90", "--")
    assert orders_of(read(text, mapped('[file]\nblanks = ["--"]\n' + columns())))["1"].lines[0].unit_price is None


def test_quotation_marks_may_be_letters(read, mapped):
    text = rows("1").replace(",", "\t").replace("Lamp 0", '"Best" lamp 12"')
    mapping = mapped('[file]\nquotes = "none"\n' + columns())
    assert orders_of(read(text, mapping))["1"].lines[0].description == '"Best" lamp 12"'
    assert labels(read(text)) == {"1": False}


# --- what several rows make ---


def test_rows_that_need_not_agree(read, mapped):
    head = ",".join((*HEADER, "gift", "gift_message", "ship_method"))
    line = "1,2026-11-20,EUR,Ada,DE,Lamp,1,2"
    text = f"{head}\n{line},no,,Post\n{line},yes,One,Van\n{line},,Two,\n"
    (order,) = read(text).orders
    assert order.order is None
    rules = [f'{name} = {{ from = "{name}", rows = "{how}" }}'
             for name, how in (("gift", "any"), ("gift_message", "all"), ("ship_method", "first"))]  # fmt: skip
    found = orders_of(read(text, mapped(columns(*rules))))["1"]
    assert (found.gift, found.gift_message, found.ship_method) == (True, "One\nTwo", "Post")


SENT = '\n[[skip]]\nreason = "sent"\nunless_all = true\nwhere = { unit_price = { blank = true } }'


def test_lines_sent_before_are_left_out_unless_it_is_all_of_them(read, mapped):
    line = "{},2026-11-20,EUR,Ada,DE,Lamp,1,{}\n"
    orders = [("1", ""), ("1", "5"), ("2", ""), ("2", ""), ("3", "5")]
    reading = read(",".join(HEADER) + "\n" + "".join(line.format(*order) for order in orders), mapped(columns() + SENT))
    found = orders_of(reading)
    assert {label: len(order.lines) for label, order in found.items()} == {"1": 1, "2": 2, "3": 1}
    assert (reading.skipped, reading.emptied) == ({"sent": 1}, 0)


def test_a_rule_falls_away_with_its_column_only_where_it_may(read, mapped):
    rule = '\n[[skip]]\nreason = "void"\nwhere = { Status = "void" }'
    (finding,) = read(rows("1"), mapped(columns() + rule)).findings
    assert "Status (for skipping void)" in finding.message
    assert labels(read(rows("1"), mapped(columns() + rule + "\noptional = true"))) == {"1": True}


def test_a_marked_column_may_be_missing_without_a_word(read, mapped):
    rule = 'gift = {{ from = "Present"{} }}'
    assert [finding.code for finding in read(rows("1"), mapped(columns(rule.format("")))).findings] == [
        "columns.missing"
    ]
    assert read(rows("1"), mapped(columns(rule.format(", optional = true")))).findings == ()


# --- aliases, dates and guards ---


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (" Ann.Lee@Example.ORG ", "ann.lee@example.org"),
        ("Ann Lee <ann.lee@example.org>", "ann.lee@example.org"),
        ("mailto:ann.lee@example.org", "ann.lee@example.org"),
        ("ann＠example.org", "ann@example.org"),
        ("n/a", ""),
        ("@example.org", ""),
        ("ann@localhost", ""),
        ("ann lee@example.org", ""),
        ("a@b.c@d.e", ""),
    ],
)
def test_one_address_is_one_alias_whatever_its_spelling(text, plain):
    alias = alias_of(b"x" * 32)
    assert plain_email(text) == plain
    assert alias("email", text) == (alias("email", plain) if plain else "")
    assert alias("text", "a@b.org") != alias("email", "a@b.org")
    assert not set(alias("email", "a@b.org")) & set("@.")
    assert alias("email", "ann@example.org") == GOLDEN_ALIAS  # another one would make all customers strangers


@pytest.mark.parametrize(
    ("text", "english"),
    [("10-Dez-25", "10-Dec-25"), ("3. März 2026", "3. Mar 2026"), ("12 févr. 2026", "12 Feb 2026"),
     ("9-Sept-26", "9-Sep-26"), ("1 Mai 2026", "1 May 2026"), ("2 août 2026", "2 Aug 2026"), ("x 2026", "x 2026")],
)  # fmt: skip
def test_months_in_other_languages(text, english):
    assert english_months(text) == english


def test_a_number_guarded_as_a_formula_is_the_number(read):
    text = rows('"=""00123"""').replace("Lamp 0", '"=""A"""')
    (item,) = read(text).orders
    assert item.order is not None, held(item)
    assert (item.order.key.order_id, item.order.lines[0].description) == ("00123", '="A"')
    assert "text.guarded" in {finding.code for finding in item.findings}


# --- truncation and bytes of any kind ---


def test_an_open_end_is_said(read):
    assert [finding.code for finding in read(rows("1").rstrip("\n")).findings] == ["file.open_end"]
    assert [finding.code for finding in read(rows("1").rstrip("\n").encode("utf-16")).findings] == ["file.open_end"]
    assert read(rows("1")).findings == read(rows("1").replace("\n", "\r")).findings == ()


CUT = [(name, codec, end) for name in ("shopify.csv", "ebay-de.csv", "magento.csv") for codec, end in (
    ("utf-8", "\n"), ("utf-16", "\r\n"), ("cp1252", "\r"))]  # fmt: skip


@pytest.mark.parametrize(("name", "codec", "end"), CUT)
def test_a_file_cut_at_any_byte_prints_nothing_that_the_whole_does_not_or_says_so(read, name, codec, end):
    """A cut right after a row shows in nothing: there the last order may lack lines, and only the sender can tell."""
    text = (EXPORTS / name).read_bytes().decode("cp1252" if name == "ebay-de.csv" else "utf-8")
    data = text.replace("\r\n", "\n").replace("\n", end).encode(codec)
    mapping = shipped(SHOPS[name])
    whole = orders_of(read(data, mapping))
    step = {"utf-16": 2}.get(codec, 1)
    places = random.Random(7).sample(range(len(data)), 160)
    for place in sorted(places):
        reading = read(data[:place], mapping)
        said = {finding.code for finding in reading.findings}
        found = list(reading.orders)
        after_row = place % step == 0 and data[:place].decode(codec, errors="ignore").endswith(end)
        for item in found:
            if item.order is None or item.order.key.order_id not in whole:
                assert item.order is None or "file.open_end" in said, (place, item.label)
                continue
            lines = [line.description for line in item.order.lines]
            full = [line.description for line in whole[item.order.key.order_id].lines]
            assert lines == full or "file.open_end" in said or (after_row and lines == full[: len(lines)]), place


@pytest.mark.parametrize("name", SHOPS)
@given(tail=st.binary(max_size=120), place=st.floats(0, 1))
@settings(LENIENT, max_examples=25)
def test_no_bytes_within_an_export_raise(read, name, tail, place):
    data = (EXPORTS / name).read_bytes()
    middle = int(place * len(data))
    for item in read(data[:middle] + tail + data[middle:], shipped(SHOPS[name])).orders:
        assert item.order is not None or any(finding.severity == "error" for finding in item.findings)


_cell = st.text(st.sampled_from("ab1\"',;\t|\n\r\xa0é "), max_size=6)


@given(
    table=st.lists(st.lists(_cell, min_size=1, max_size=9), max_size=8),
    mark=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    orders=st.integers(1, 3),
)
@LENIENT
def test_junk_between_sound_orders_never_makes_another_order_of_them(read, table, mark, end, orders):
    """Whatever stands between them, sound orders either come as they are or are held."""
    sound = rows(*(f"#{number}" for number in range(orders)), lines=2)
    header, *body = [line.split(",") for line in sound.splitlines()]
    junk = [mark.join(row) for row in table]
    text = end.join(
        [mark.join(header), *(mark.join(row) for row in body[:2]), *junk, *(mark.join(row) for row in body[2:])]
    )
    alone = orders_of(read(sound))
    for item in read(text + end).orders:
        if item.order and item.order.key.order_id in alone:
            assert len(item.order.lines) >= 2
            assert item.order.ship_to == alone[item.order.key.order_id].ship_to


# --- memory and time ---


def test_memory_grows_by_the_order_ids_alone(tmp_path):
    """First pass and second: some hundred bytes an order, however long its rows are."""

    def peak(orders: int) -> int:
        path = tmp_path / f"{orders}.csv"
        path.write_bytes(rows(*map(str, range(orders)), lines=3).replace("Ada Brink", "x" * 400).encode())
        tracemalloc.start()
        reading = read_bytes(path.read_bytes(), CONTRACT, path)
        assert sum(item.order is not None for item in reading.orders) == orders
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top - path.stat().st_size  # the bytes that read_bytes wrote

    peak(10)
    assert peak(3000) - peak(300) < 2700 * 400


def test_a_file_that_is_damage_for_the_most_part_is_held_whole(read, monkeypatch):
    monkeypatch.setattr("packslip.intake.structure.MOST_DAMAGED_ROWS", 300)
    sound = rows(*map(str, range(400)))
    few, many = (sound.replace("\n300,", '\n300,"', 1), sound.replace("\n40,", '\n40,"', 1))
    assert sum(item.order is not None for item in read(few).orders) == 300
    reading = read(many)
    (finding,) = reading.findings
    assert (finding.code, finding.where.line) == ("file.damaged", 42)
    assert list(reading.orders) == []


def test_a_file_of_more_orders_than_anybody_ships_is_held_whole(read, monkeypatch):
    monkeypatch.setattr("packslip.intake.structure.MOST_ORDERS", 20)
    assert len(orders_of(read(rows(*map(str, range(20)))))) == 20
    assert [finding.code for finding in read(rows(*map(str, range(21)))).findings] == ["file.too_many_orders"]


def test_a_file_of_five_gigabytes_is_refused_unread(tmp_path):
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.write(rows("1").encode())
        file.truncate(5 << 30)  # a hole: it takes no disk
    drop = Drop(name="big.csv", spool=path, sha256="", accepted_at=datetime(2026, 11, 22, tzinfo=UTC))
    tracemalloc.start()
    reading = read_orders(drop, CONTRACT, Settings())
    assert [finding.code for finding in reading.findings] == ["file.too_large"]
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_an_order_with_a_thousand_faults_tells_forty(read):
    (item,) = read(rows("1", lines=1000).replace(",2,49.90", ",two,49.90").replace(",DE,", ",DE,", 1)).orders
    assert item.order is None
    assert len(item.findings) == 41
    assert item.findings[-1].message == "961 more findings of this order"


def test_a_cell_of_ten_megabytes_is_one_order_held_and_no_memory(read):
    big = rows("1", "2", "3").replace("Ada Brink", "Ada", 1).replace("Lamp 0", "x" * 10_000_000, 1)
    reading = read(big)
    tracemalloc.start()
    assert labels(reading) == {"1": False, "2": True, "3": True}
    assert tracemalloc.get_traced_memory()[1] < 30_000_000
    tracemalloc.stop()


def test_an_order_whose_rows_lie_far_apart_is_held_before_it_prints(read):
    apart = rows("first", *map(str, range(500)), "first", *map(str, range(500, 900)), "first")
    items = list(read(apart).orders)
    assert (items[0].label, items[0].order) == ("first", None)
    assert "lines 2, 503, 904" in held(items[0])
    assert sum(item.order is not None for item in items) == 900
    assert [item.label for item in items].count("first") == 1


def test_damage_within_an_order_holds_no_neighbour(read):
    """Where the damaged row's own id is in doubt, the sound rows around it tell whose it is."""
    swapped = [line.split(",") for line in rows("1", "2", "3", lines=3).splitlines()]
    for line in swapped:
        line[0], line[1] = line[1], line[0]
    text = [",".join(line) for line in swapped]
    text[5] = "2026-11-20,Ada Brink, Kiel,EUR,Ada,DE,Lamp 1,2,49.90"
    assert labels(read("\n".join(text) + "\n")) == {"1": True, "2": False, "3": True}


def test_what_is_written_is_read_in_a_file_as_in_memory(tmp_path):
    data = write_csv(("a", "b"), [("1", "x\ny"), ("2", "é")])
    (tmp_path / "f").write_bytes(data)
    from_file, from_bytes = (read_orders_table(source) for source in (tmp_path / "f", data))
    assert from_file == from_bytes == [("1", "x\ny"), ("2", "é")]


def read_orders_table(source):
    return [row.cells for row in read_table(source, name="f", max_columns=9, max_field=99).rows]


@pytest.mark.parametrize("last", [b"", b"A9,caf\xc3"], ids=["whole", "cut within a character"])
def test_how_a_file_ends_is_told_without_holding_it_in_memory(tmp_path, last):
    path = tmp_path / "drop.csv"
    with path.open("wb") as file:
        file.write(b"order_id,note\n")
        for number in range(400):
            file.write(f"A{number},{'ü' * 10_000}\n".encode())
        file.write(last)
    drop = Drop(name="drop.csv", spool=path, sha256="", accepted_at=datetime(2026, 11, 27, tzinfo=UTC))
    tracemalloc.start()
    found = ending_of(drop, CONTRACT, LimitSettings())
    top = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.end is (End.CUT if last else End.WHOLE)
    size = path.stat().st_size
    assert top < size * 0.7
