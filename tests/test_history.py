"""History: known orders, and suggestions that never hold what is in the order."""

import stat
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packslip.errors import WorkspaceError
from packslip.history import History
from packslip.library.catalogue import Catalogue
from packslip.library.vocabulary import STRATEGIES
from packslip.model import Address, Line, Order, OrderKey, Product, Season, Where, settle_parcel

TODAY = date(2026, 11, 20)
WHERE = Where(file="orders.csv", line=2)


def make_order(order_id, skus, *, day=date(2026, 11, 1), customer="C1", store="oriel-ash", currency="GBP", parcel=1):
    lines = tuple(
        Line(line_id=f"{parcel}-{number}", sku=sku, description=sku or "thing", quantity=1, where=WHERE)
        for number, sku in enumerate(skus, 1)
    )
    return Order(
        key=OrderKey(store=store, order_id=order_id, parcel=parcel),
        order_date=day,
        currency=currency,
        locale="en-GB",
        customer_id=customer,
        ship_to=Address(name="A Reader", country="GB"),
        lines=lines,
        where=WHERE,
    )


def remember(history, *orders):
    history.add_all((order, settle_parcel(order, {})[0]) for order in orders)


def product(sku, category="", **fields):
    return Product(**{"sku": sku, "name": sku, "category": category, "price": Decimal(1), "currency": "GBP", **fields})


def skus(products):
    return [each.sku for each in products]


VASES = Catalogue(products=tuple(product(sku, kind) for sku, kind in zip("ABCDEFGH", "vvvvbbbb", strict=True)))


@pytest.fixture
def history(tmp_path):
    with History.open(tmp_path / "state" / "history.db") as opened:
        yield opened


def test_orders_before_this_one_are_counted(history):
    first, second, third = (make_order(str(day), "A", day=date(2026, 10, day)) for day in (1, 2, 3))
    remember(history, first, second, third, make_order("x", "A", customer="C2"), make_order("y", "A", store="halden"))
    assert [history.facts(order, VASES, TODAY).known_orders for order in (first, second, third)] == [0, 1, 2]
    same_day = make_order("other", "B", day=date(2026, 10, 2))
    assert history.facts(same_day, VASES, TODAY).known_orders == 1
    assert history.facts(make_order("new", "A", customer="C9"), VASES, TODAY).known_orders == 0
    assert history.facts(make_order("new", "A", customer=""), VASES, TODAY).known_orders is None


def test_the_same_order_counts_once_and_not_for_itself(history):
    order = make_order("1", "A")
    for _ in range(3):
        remember(history, order)
    again = make_order("1", "A", day=date(2026, 11, 5), parcel=2)
    assert history.facts(again, VASES, TODAY).known_orders == 0
    assert history.facts(make_order("2", "A", day=date(2026, 11, 5)), VASES, TODAY).known_orders == 1


def test_another_parcel_adds_its_lines_and_neither_is_suggested_for_the_order(history):
    remember(history, make_order("1", "A"), make_order("1", "B", parcel=2), make_order("2", "ABC"))
    found = history.facts(make_order("1", "A", customer=""), VASES, TODAY).suggestions["bought_together"]
    assert "B" not in skus(found)
    assert found[0].sku == "C"


def test_what_was_bought_together_comes_first_then_the_category_then_the_best_sellers(history):
    remember(
        history, *(make_order(f"t{number}", "AE") for number in range(3)), make_order("h", "H"), make_order("g", "HG")
    )
    found = history.facts(make_order("new", "A", customer="C9"), VASES, TODAY).suggestions
    assert skus(found["bought_together"]) == ["E", "B", "C", "D", "H", "G", "F"]
    assert skus(found["same_category"]) == ["B", "C", "D"]
    assert skus(found["best_sellers"]) == ["E", "H", "G", "B", "C", "D", "F"]


def test_popular_is_not_close(history):
    remember(history, *(make_order(f"h{number}", "H") for number in range(60)))
    remember(history, *(make_order(f"a{number}", "AHE" if number < 6 else "AH") for number in range(8)))
    found = history.facts(make_order("new", "A", customer="C9"), VASES, TODAY).suggestions["bought_together"]
    assert skus(found)[:2] == ["E", "H"]


def test_what_the_customer_bought_before_comes_again_in_the_next_basket_alone(history):
    remember(history, make_order("1", "AEH"), make_order("2", "AE", customer="C2"))
    found = history.facts(make_order("new", "A"), VASES, TODAY).suggestions
    for strategy, products in found.items():
        assert ("E" in skus(products)) == (strategy == "next_basket"), strategy
    same_day = make_order("3", "B", day=TODAY)
    remember(history, same_day)
    assert "B" in skus(history.facts(make_order("new", "A"), VASES, TODAY).suggestions["same_category"])


def test_what_is_out_of_season_is_not_suggested(history):
    catalogue = Catalogue(products=(product("A"), product("B", season=Season((12, 1), (12, 24)))))
    asked = make_order("new", "X")
    assert skus(history.facts(asked, catalogue, TODAY).suggestions["best_sellers"]) == ["A"]
    later = history.facts(asked, catalogue, date(2026, 12, 2))
    assert skus(later.suggestions["best_sellers"]) == ["A", "B"]


def test_only_orders_before_today_count(history):
    remember(history, make_order("1", "AG", day=TODAY), make_order("2", "AH", day=date(2026, 11, 19)))
    found = history.facts(make_order("new", "A", customer="C9"), VASES, TODAY).suggestions["best_sellers"]
    assert skus(found)[0] == "H"


def test_products_of_this_store_available_and_in_its_money(history):
    catalogue = Catalogue(
        products=(
            product("EURO", "v", currency="EUR"),
            product("GONE", "v", available=False),
            product("THEIRS", "v", store="halden"),
            product("OURS", "v", store="oriel-ash"),
            product("ANYONES", "v"),
        )
    )
    remember(history, make_order("1", ["EURO", "GONE", "THEIRS", "X"]))
    found = history.facts(make_order("new", ["X"], customer="C9"), catalogue, TODAY).suggestions
    assert skus(found["best_sellers"]) == ["OURS", "ANYONES", "EURO"]
    assert skus(found["bought_together"]) == ["OURS", "ANYONES", "EURO"]


def test_customer_columns_are_facts(history):
    catalogue = Catalogue(customers={"C1": {"tier": "gold"}})
    assert history.facts(make_order("1", "A"), catalogue, TODAY).customer == {"tier": "gold"}
    assert history.facts(make_order("1", "A", customer=""), catalogue, TODAY).customer == {}


def test_a_history_that_is_not_there_is_empty(tmp_path):
    with History.open(tmp_path / "none.db", read_only=True) as history:
        found = history.facts(make_order("1", "A"), VASES, TODAY)
        assert found.known_orders == 0
        assert skus(found.suggestions["best_sellers"]) == list("BCDEFGH")
    assert not (tmp_path / "none.db").exists()


def test_it_is_private_and_read_by_others_while_open(tmp_path, history):
    remember(history, make_order("1", "A"))
    path = tmp_path / "state" / "history.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with History.open(path, read_only=True) as reader:
        assert reader.facts(make_order("2", "A", day=TODAY), VASES, TODAY).known_orders == 1
        remember(history, make_order("3", "A"))
        assert reader.facts(make_order("2", "A", day=TODAY), VASES, TODAY).known_orders == 2


def test_a_file_that_is_no_history_is_refused(tmp_path):
    path = tmp_path / "history.db"
    path.write_bytes(b"this is not a database, whatever its name says" * 40)
    with pytest.raises(WorkspaceError, match="not a history"):
        History.open(path)


def test_a_newer_history_is_refused(tmp_path):
    path = tmp_path / "history.db"
    with History.open(path) as history, history._engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA user_version = 99")
    with pytest.raises(WorkspaceError, match="newer"):
        History.open(path, read_only=True)


letters = st.lists(st.sampled_from("ABCDEFGHXYZ"), max_size=8)


@settings(max_examples=60, deadline=None)
@given(known=st.lists(letters, max_size=12), wanted=letters, order_id=st.sampled_from(["0", "1", "new"]))
def test_suggestions_never_hold_what_is_in_the_order(tmp_path_factory, known, wanted, order_id):
    path = tmp_path_factory.mktemp("history") / "history.db"
    orders = [make_order(str(number), basket) for number, basket in enumerate(known)]
    with History.open(path) as history:
        remember(history, *orders)
        order = make_order(order_id, wanted, day=TODAY)
        found = history.facts(order, VASES, TODAY)
        held = set(wanted) | {
            sku for known_order in orders if known_order.key == order.key for sku in known_order_skus(known_order)
        }
        for products in found.suggestions.values():
            assert held.isdisjoint(skus(products))
            assert len(set(skus(products))) == len(products) <= 9
        assert set(found.suggestions) == set(STRATEGIES)
        categories = {each.category for each in VASES.products if each.sku in wanted}
        assert {each.category for each in found.suggestions["same_category"]} <= categories
    with History.open(path) as fresh:
        remember(fresh, *reversed(orders))
        assert fresh.facts(order, VASES, TODAY) == found


def known_order_skus(order):
    return [line.sku for line in order.lines]
