"""What rules would have said of past orders: rows counted, rule sets compared."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from rules_kit import make_order

from packslip.cli.main import run
from packslip.engine.hindsight import count_rows
from packslip.history import History
from packslip.model import OrderKey, settle_parcel
from packslip.world import World
from packslip.world.starter import make_workspace


@pytest.fixture(scope="module")
def pristine(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hindsight") / "shop"
    make_workspace(folder)
    return folder


@pytest.fixture
def shop(pristine, tmp_path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "shop"))


def order_of(customer: str, number: int, day: date, **given):
    key = OrderKey(store="oriel-ash", order_id=f"{customer}-{number}")
    return make_order(key=key, customer_id=customer, order_date=day, currency="GBP", **given)


def remember(shop: Path, *orders) -> None:
    world = World.open(shop)
    with History.open(world.workspace.history) as history:
        history.add_all(((order, settle_parcel(order, {})[0]) for order in orders), world.catalogue)


def counted(shop: Path, table: str, **given) -> dict[int, int]:
    counts = count_rows(World.open(shop), **given)
    return {row.row: row.customers for row in counts.rows if row.table == table}


def change(shop: Path, name: str, old: str, new: str) -> None:
    path = shop / "rules" / name
    text = path.read_text(encoding="utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


THREE = (
    order_of("C1", 1, date(2026, 3, 1)),
    order_of("C1", 2, date(2026, 9, 1)),
    order_of("C2", 1, date(2026, 5, 1), categories=("vases",)),
    order_of("C3", 1, date(2026, 6, 1), categories=()),
)


# --- counts -----------------------------------------------------------------------------------------------------------


def test_a_row_is_counted_by_each_customers_latest_order(shop):
    remember(shop, *THREE)
    assert counted(shop, "20-message.csv") == {2: 2, 3: 1, 4: 0, 5: 0}
    counts = count_rows(World.open(shop))
    assert (counts.customers, counts.total, counts.is_sample) == (3, 3, False)


def test_orders_are_decided_with_what_was_known_on_their_day(shop):
    remember(shop, *THREE)
    heading, row = "customer.opt_out,customer.status", "yes,,,,transactional"
    change(shop, "10-segment.csv", heading, f"customer.days_since_last,order.total,{heading}")
    path = shop / "rules" / "10-segment.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    head, *rows = lines
    later = '184,49.90,,,,,repeat,"half a year after, to the day"'
    path.write_text("\n".join([head, later, *(f",,{line}" for line in rows), ""]), encoding="utf-8")
    assert row in path.read_text(encoding="utf-8")
    assert counted(shop, "10-segment.csv")[2] == 1


def test_categories_come_back_out_of_the_history(shop):
    remember(shop, *THREE)
    assert counted(shop, "40-recommend.csv") == {2: 0, 3: 1, 4: 1, 5: 1}


def test_what_the_history_does_not_keep_is_unknown_not_nobody(shop):
    remember(shop, *THREE)
    rows = {(row.table, row.row): row for row in count_rows(World.open(shop)).rows}
    assert rows["50-layout.csv", 5].blind == ("order.channel",)
    assert rows["20-message.csv", 4].blind == ("customer.status",)  # only such a row sets the segment it asks for
    assert not rows["20-message.csv", 2].blind
    assert rows["10-segment.csv", 9].blind == ()


def test_without_a_history_of_anybody_nothing_is_said(shop):
    assert count_rows(World.open(shop)) is None
    remember(shop, order_of("", 1, date(2026, 3, 1)))
    assert count_rows(World.open(shop)) is None


def test_a_sample_is_the_same_each_time_and_of_the_size_asked_for(shop):
    remember(shop, *(order_of(f"C{number}", 1, date(2026, 3, 1)) for number in range(40)))
    one, again = (count_rows(World.open(shop), most=10) for _ in range(2))
    assert one == again
    assert (one.customers, one.total, one.is_sample) == (10, 40, True)


def test_customers_with_several_ids_count_once(shop):
    remember(shop, *THREE)
    (shop / "catalogue" / "customer-ids.csv").write_text("customer_id,same_as\nC3,C2\n", encoding="utf-8")
    assert count_rows(World.open(shop)).total == 2


def test_rules_with_errors_count_nobody(shop):
    remember(shop, *THREE)
    change(shop, "10-segment.csv", ",,>= 1,", ",,=> 1,")
    assert count_rows(World.open(shop)) is None


def test_check_shows_the_counts(shop, capfd):
    remember(shop, *THREE)
    assert run(["-w", str(shop), "check"]) == 0
    shown, said = capfd.readouterr()
    assert "33 %" in shown
    assert "nobody" in shown
    assert "all 3 customers of the history" in said
    assert run(["-w", str(shop), "check", "--json"]) == 0
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    told = {(row["table"], row["row"]): row["customers"] for row in rows}
    assert told["20-message.csv", 2] == 2
    assert told["50-layout.csv", 5] is None
