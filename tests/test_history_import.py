"""Past orders into the history: as their mapping says, once, past whom was erased, however often it is cut short."""

import gzip
import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import line_kit
import pytest
from line_kit import Crash

from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.engine.past_orders import import_past_orders
from packslip.history import History, HistoryKeeper
from packslip.intake import past_orders
from packslip.library.catalogue import Catalogue
from packslip.model import Address, Line, Order, OrderKey, Where, settle_parcel
from packslip.world import Workspace, World
from packslip.world.starter import make_workspace

crash_at = line_kit.crash_at

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("PACKSLIP_DATA", ROOT / ".." / "shared" / "data"))
RETAIL = DATA / "online-retail" / "onlineretail.csv.gz"
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
HEADER = "order_id,order_date,currency,customer_id,sku,quantity,unit_price,category"
STORE = "oriel-ash"


@pytest.fixture
def shop(tmp_path):
    make_workspace(tmp_path / "shop")
    return Workspace.at(tmp_path / "shop")


def write(shop, *rows, header=HEADER, name="past.csv", encoding="utf-8"):
    path = shop.root / name
    path.write_text("\n".join((header, *rows)) + "\n", encoding=encoding)
    return path


def take(shop, file, mapping="", now=NOW):
    return import_past_orders(World.open(shop.root), file, mapping, now=now, listener=lambda *_: None)


def command(shop, *arguments):
    return run(["-w", str(shop.root), *arguments])


def known(shop, customer, store=STORE):
    found = HistoryKeeper(shop.history).customer(store, customer)
    return None if found is None else (found.orders, dict(found.spend), found.returns)


def everything(shop):
    with closing(sqlite3.connect(shop.history)) as database:
        return {
            table: sorted(database.execute(f"SELECT * FROM {table}").fetchall(), key=repr)
            for table in ("known_order", "known_line", "known_return", "known_customer", "store_ranks")
        }


def make_order(order_id, day):
    line = Line(line_id="x-1", sku="A", description="a", quantity=2, unit_price=Decimal(10), where=Where(file="f"))
    return Order(
        key=OrderKey(store=STORE, order_id=order_id),
        order_date=day,
        currency="EUR",
        locale="de-DE",
        customer_id="C1",
        ship_to=Address(name="N", country="DE"),
        lines=(line,),
        where=Where(file="f"),
    )


def remember(shop, order):
    with History.open(shop.history) as history:
        history.add(order, settle_parcel(order, {})[0])


ROWS = (
    "1,2026-10-01,EUR,C1,A,2,10.00,vases",
    "1,2026-10-01,EUR,C1,B,1,5.50,bowls",
    "2,2026-10-04,EUR,C2,A,1,10.00,vases",
    "3,2026-10-09,EUR,C1,A,1,10.00,",
)


def test_past_orders_are_known_at_the_first_slip(shop):
    taken = take(shop, write(shop, *ROWS)).taken
    assert (taken.orders, taken.lines, taken.customers) == (3, 4, 2)
    assert known(shop, "C1") == (2, {"EUR": Decimal("35.50")}, 0)
    order = make_order("new", date(2026, 11, 1))
    with History.open(shop.history, read_only=True) as history:
        past = history.facts(order, Catalogue(), date(2026, 11, 1)).past
    assert (past.orders, past.days_since_last, past.monetary) == (2, 23, 3)
    assert set(past.categories) == {"vases", "bowls"}


def test_the_same_file_again_and_a_file_that_overlaps_count_once(shop):
    file = write(shop, *ROWS)
    take(shop, file)
    before = everything(shop)
    assert take(shop, file).was_in
    again = take(shop, write(shop, *ROWS[2:], "4,2026-10-11,EUR,C2,B,1,5.50,", name="more.csv"))
    assert (again.taken.orders, again.taken.known) == (1, 2)
    assert known(shop, "C2") == (2, {"EUR": Decimal("15.50")}, 0)
    assert [row for row in everything(shop)["known_line"] if row in before["known_line"]] == before["known_line"]


def test_an_order_that_was_printed_is_not_doubled_by_an_export_that_has_it_too(shop):
    remember(shop, make_order("1", date(2026, 10, 1)))
    assert take(shop, write(shop, ROWS[0], ROWS[3])).taken.known == 1
    assert known(shop, "C1") == (2, {"EUR": Decimal(30)}, 0)


def test_a_return_that_was_known_first_is_set_against_an_order_that_is_printed_later(shop):
    take(shop, write(shop, "9,2026-10-20,EUR,C1,A,-1,10.00,"))
    assert known(shop, "C1") == (0, {}, 1)
    for number, day in enumerate((date(2026, 10, 1), date(2026, 10, 25)), 1):
        remember(shop, make_order(str(number), day))
        assert known(shop, "C1") == (number, {"EUR": Decimal(20 * number - 10)}, 1)


@pytest.mark.parametrize("passes", [1, 2, 3])
def test_an_import_cut_short_goes_on_where_it_was(shop, tmp_path, passes, crash_at, monkeypatch):
    rows = [
        f"{number},2026-10-0{number % 9 + 1},EUR,C{number % 3},{sku},1,1.00," for number in range(9) for sku in "AB"
    ]
    file = write(shop, *rows)
    shutil.copytree(shop.root, tmp_path / "other")
    other = Workspace.at(tmp_path / "other")
    take(other, file)
    monkeypatch.setattr(past_orders, "ROWS", 5)
    monkeypatch.setattr(past_orders.read_past_orders, "__kwdefaults__", {"after": 0, "rows": 5})
    crash_at(f"history.portion:{passes}")
    with pytest.raises(Crash):
        take(shop, file)
    monkeypatch.delenv("PACKSLIP_CRASH_AT")
    done = take(shop, file)
    assert done.resumed_after == {1: 5, 2: 9, 3: 15}[passes]
    assert done.taken.known == 0
    assert everything(shop)["known_customer"] == everything(other)["known_customer"]
    assert everything(shop)["known_line"] == everything(other)["known_line"]


def test_customers_who_still_wait_to_be_counted_are_counted_by_the_next_import(shop, monkeypatch):
    file = write(shop, *ROWS)
    with monkeypatch.context() as patch:
        patch.setattr("packslip.history.importing.HistoryImport.finish", lambda *_: None)
        take(shop, file)
    assert known(shop, "C1") is None
    take(shop, file)
    assert known(shop, "C1") == (2, {"EUR": Decimal("35.50")}, 0)


def test_an_import_that_nobody_starts_again_is_counted_by_the_next_purge(shop, monkeypatch):
    monkeypatch.setattr("packslip.history.importing.HistoryImport.finish", lambda *_: None)
    take(shop, write(shop, *ROWS))
    assert command(shop, "purge") == Exit.WELL
    assert known(shop, "C1") == (2, {"EUR": Decimal("35.50")}, 0)


def test_what_came_back_lowers_spend_and_count(shop):
    take(shop, write(shop, *ROWS[:2], "1,2026-10-01,EUR,C1,B,-1,5.50,", *ROWS[2:], "9,2026-10-20,EUR,C1,A,-1,10.00,"))
    assert known(shop, "C1") == (1, {"EUR": Decimal(20)}, 2)


def test_a_bad_row_is_told_with_its_line_and_the_rest_goes_on(shop, capsys):
    file = write(shop, ROWS[0], "7,2026-10-01,EUR,C1,A,two,10.00,", "8,1.10.2026,EUR,C1,A,1,10.00,", "9,2026-10-02",
                 "10,2026-10-02,EUR,C1,A,1,x,", ROWS[2])  # fmt: skip
    assert command(shop, "history", "import", str(file), "--json") == Exit.FINDINGS
    told = json.loads(capsys.readouterr().out)
    assert [(finding["where"].partition(":")[2], finding["code"]) for finding in told["findings"]] == [
        ("3: quantity", "quantity.not_whole"), ("4: order_date", "order_date.not_a_date"), ("4", "order_date.missing"),
        ("5", "row.too_short"), ("6: unit_price", "unit_price.not_money"),
    ]  # fmt: skip
    assert told["orders"] == 3


def test_a_file_without_addresses_will_do_and_one_without_dates_will_not(shop):
    done = take(shop, write(shop, "1,C1,A,2", header="order_id,customer_id,sku,quantity"))
    assert [finding.code for finding in done.findings] == ["columns.missing"]
    assert "order_date, currency" in done.findings[0].message
    assert take(shop, write(shop, *ROWS)).taken.orders == 3


def test_rows_of_an_order_that_lie_apart_are_told_and_left_out(shop):
    done = take(shop, write(shop, ROWS[0], ROWS[2], ROWS[1]))
    assert [(finding.code, finding.where.line) for finding in done.findings] == [("order.scattered", 4)]
    assert known(shop, "C1") == (1, {"EUR": Decimal(20)}, 0)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_portions_of_any_size_bring_the_same(shop, size, monkeypatch):
    monkeypatch.setattr(past_orders.read_past_orders, "__kwdefaults__", {"after": 0, "rows": size})
    take(shop, write(shop, *ROWS))
    assert known(shop, "C1") == (2, {"EUR": Decimal("35.50")}, 0)
    assert [row[1:4] for row in everything(shop)["known_line"]] == [
        ("1", "A", "vases"), ("2", "B", "bowls"), ("1", "A", "vases"), ("1", "A", ""),
    ]  # fmt: skip


def test_a_second_parcel_says_the_orders_lines_again_and_they_count_once(shop):
    header = f"{HEADER},parcel"
    take(shop, write(shop, f"{ROWS[0]},1", f"{ROWS[1]},1", f"{ROWS[0]},2", f"{ROWS[1]},2", header=header))
    assert known(shop, "C1") == (1, {"EUR": Decimal("25.50")}, 0)


def test_orders_older_than_their_time_are_nobodys(shop):
    done = take(shop, write(shop, "1,2020-01-01,EUR,C1,A,1,10.00,", *ROWS[2:]))
    assert done.nameless == 1
    assert known(shop, "C1") == (1, {"EUR": Decimal(10)}, 0)
    assert "2020-01-01" in str(everything(shop)["known_order"])


def test_who_was_erased_does_not_come_back_with_an_old_file(shop):
    file = write(shop, *ROWS)
    take(shop, file)
    assert command(shop, "erase", "C1", "--store", STORE) == Exit.WELL
    assert command(shop, "erase", "2", "--as", "order", "--store", STORE) == Exit.WELL
    later = (datetime.now(UTC).date() + timedelta(days=3)).isoformat()
    done = take(shop, write(shop, *ROWS, f"5,{later},EUR,C1,A,1,10.00,", name="more.csv"))
    assert done.erased == 3
    assert known(shop, "C1") == (1, {"EUR": Decimal(10)}, 0)
    assert known(shop, "C2") is None


def test_an_erased_id_keeps_out_the_customers_other_ids(shop):
    (shop.catalogue / "customer-ids.csv").write_text("customer_id,same_as\nC2,C1\n", encoding="utf-8")
    take(shop, write(shop, *ROWS))
    assert command(shop, "erase", "C1", "--store", STORE) == Exit.FINDINGS  # the table has a row of theirs
    assert everything(shop)["known_customer"] == []
    assert take(shop, write(shop, *ROWS, ROWS[0].replace("1,", "0,", 1), name="more.csv")).erased == 4


def test_a_line_that_says_what_it_cost_in_all_counts_to_the_cent(shop):
    mapping = (
        '[consent]\nslip = "marketing"\nmeaning = "x"\n[columns]\norder_id = "order_id"\norder_date = "order_date"\n'
        'currency = "currency"\nquantity = "quantity"\ncustomer_id = "customer_id"\nsku = "sku"\n'
        'description = "sku"\nship_name = "sku"\nship_country = "sku"\n[history]\nline_total = "sum"\n'
    )
    (shop.root / "rules/mappings/till.toml").write_text(mapping, encoding="utf-8")
    rows = ("1,2026-01-02,EUR,C1,A,3,10.00", "1,2026-01-02,EUR,C1,B,1,2.50", "2,2026-01-03,EUR,C1,A,2,0.99")
    file = write(shop, *rows, header="order_id,order_date,currency,customer_id,sku,quantity,sum")
    take(shop, file, "till")
    assert known(shop, "C1") == (2, {"EUR": Decimal("13.49")}, 0)


def test_cancelled_and_refunded_orders_of_shopify_count_less(shop, capsys):
    with (ROOT / "samples/exports/shopify.csv").open(encoding="utf-8") as stream:
        header = stream.readline().strip()
    names = header.split(",")

    def row(**given):
        blank = dict.fromkeys(names, "")
        return ",".join((blank | given).values())

    def order(number, day, total, **given):
        said = {"Name": f"#{number}", "Email": "ann@example.org", "Created at": f"2026-10-{day:02} 10:00:00 +0100",
                "Currency": "EUR", "Total": total, "Financial Status": "paid", "Lineitem quantity": "1",
                "Lineitem name": "Lamp", "Lineitem sku": "L", "Lineitem price": total}  # fmt: skip
        return row(**(said | given))

    second = {"Name": "#1", "Lineitem quantity": "1", "Lineitem name": "Shade", "Lineitem sku": "S"}
    file = write(
        shop,
        order(1, 1, "30.00"),
        row(**second),
        order(2, 2, "20.00", **{"Refunded Amount": "5.00", "Financial Status": "partially_refunded"}),
        order(3, 3, "40.00", **{"Financial Status": "refunded", "Refunded Amount": "40.00"}),
        order(4, 4, "50.00", **{"Cancelled at": "2026-10-08 10:00:00 +0100"}),
        order(5, 5, "60.00", **{"Shipping Method": "Local pickup"}),
        header=header,
    )
    assert command(shop, "history", "import", str(file), "--mapping", "shopify", "--json") == Exit.WELL
    told = json.loads(capsys.readouterr().out)
    assert (told["orders"], told["lines"], told["cancelled"]) == (5, 6, 2)
    assert command(shop, "history", "show", "Ann@example.org", "--json") == Exit.WELL
    shown = json.loads(capsys.readouterr().out)
    assert (shown["orders"], shown["spend"]) == (3, {"EUR": "105.00"})


def test_a_refund_that_a_later_export_tells_of_counts_for_an_order_that_is_known(shop):
    header = f"{HEADER},order_total"
    take(shop, write(shop, f"{ROWS[2]},10.00", header=header))
    mapping = (
        '[consent]\nslip = "marketing"\nmeaning = "x"\n[columns]\norder_id = "order_id"\norder_date = "order_date"\n'
        'currency = "currency"\nquantity = "quantity"\ncustomer_id = "customer_id"\norder_total = "order_total"\n'
        'description = "sku"\nship_name = "sku"\nship_country = "sku"\n[history]\nrefunded = "back"\n'
    )
    (shop.root / "rules/mappings/ours.toml").write_text(mapping, encoding="utf-8")
    taken = take(shop, write(shop, f"{ROWS[2]},10.00,4.00", header=f"{header},back", name="later.csv"), "ours").taken
    assert (taken.orders, taken.known) == (0, 1)
    assert known(shop, "C2") == (1, {"EUR": Decimal(6)}, 0)


def test_what_is_known_of_a_customer_is_shown(shop, capsys):
    take(shop, write(shop, *ROWS))
    assert command(shop, "history", "show", "C1") == Exit.WELL
    shown = capsys.readouterr().out
    assert "35.50 EUR" in shown
    assert "bowls" in shown
    assert command(shop, "history", "show", "nobody") == Exit.USAGE


def test_an_import_that_brings_nothing_new_says_so(shop, capsys):
    file = write(shop, *ROWS)
    assert command(shop, "history", "import", str(file)) == Exit.WELL
    assert "3 orders, 4 lines" in capsys.readouterr().err
    assert command(shop, "history", "import", str(file)) == Exit.WELL
    assert "was in already" in capsys.readouterr().err
    assert command(shop, "history", "import", str(shop.root / "none.csv")) == Exit.USAGE


@pytest.mark.data
@pytest.mark.data
@pytest.mark.skipif(not RETAIL.exists(), reason="the data folder is absent")
def test_a_month_of_online_retail_has_its_cancellations_taken_off(shop, monkeypatch):
    monkeypatch.setenv("PACKSLIP_SET_RETENTION__HISTORY_DAYS", "0")
    with gzip.open(RETAIL, "rt", encoding="utf-8") as stream:
        lines = [next(stream) for _ in range(20_000)]
    file = shop.root / "retail.csv"
    file.write_text("".join(lines), encoding="utf-8")
    done = take(shop, file, "online-retail")
    bought = {line.split(",")[0] for line in lines[1:] if line[0] not in "CA"}
    assert 0.9 * len(bought) < done.taken.orders <= len(bought)
    assert done.taken.returns == sum(line.startswith("C") for line in lines) - done.reading.skipped.get(
        "cancellation", 0
    )
    with closing(sqlite3.connect(shop.history)) as database:
        matched = database.execute("SELECT count(*) FROM known_line WHERE returned > 0").fetchone()
        whole = database.execute("SELECT count(*) FROM known_order WHERE worth = 0").fetchone()
    assert matched[0] > whole[0] > 0
