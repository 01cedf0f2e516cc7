"""History: what is known of a customer before an order, and suggestions that never hold what is in the order."""

import sqlite3
import stat
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packslip.errors import WorkspaceError
from packslip.history import History, HistoryKeeper
from packslip.library.catalogue import Catalogue
from packslip.library.vocabulary import STRATEGIES
from packslip.model import Address, Line, Order, OrderKey, Product, Season, Totals, Where, settle_parcel

TODAY = date(2026, 11, 20)
WHERE = Where(file="orders.csv", line=2)


def make_order(
    order_id,
    skus,
    *,
    day=date(2026, 11, 1),
    customer="C1",
    store="oriel-ash",
    currency="GBP",
    parcel=1,
    total=None,
    price=None,
    category="",
):
    lines = tuple(
        Line(
            line_id=f"{parcel}-{number}",
            sku=sku,
            description=sku or "thing",
            category=category,
            quantity=1,
            unit_price=None if price is None else Decimal(price),
            where=WHERE,
        )
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
        totals=Totals(order=None if total is None else Decimal(total)),
        where=WHERE,
    )


NO_CATALOGUE = Catalogue()


def remember(history, *orders, catalogue=NO_CATALOGUE):
    history.add_all(((order, settle_parcel(order, {})[0]) for order in orders), catalogue)


def rank(history, day, same=None):
    HistoryKeeper(Path(history._engine.url.database.removeprefix("file:").partition("?")[0])).rank(day, same or {})


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


def past(history, order, catalogue=VASES):
    return history.facts(order, catalogue, TODAY).past


def october(day):
    return date(2026, 10, day)


def test_what_is_known_of_a_customer_is_as_of_the_day_before_the_order(history):
    remember(
        history,
        make_order("1", "A", day=october(1), total="10.50", category="Vases"),
        make_order("2", "B", day=october(9), price="4.25", category="Bowls"),
        make_order("3", "C", day=october(9), total="7", currency="EUR", category="vases "),
        make_order("4", "D", day=october(20), total="99", category="Lamps"),
    )
    found = past(history, make_order("new", "A", day=october(20), category="LAMPS"))
    assert (found.day, found.orders, found.first_on, found.last_on) == (october(20), 3, october(1), october(9))
    assert found.days_since_last == 11
    assert found.spend == {"GBP": Decimal("14.75"), "EUR": Decimal(7)}
    assert found.categories == {"vases": october(9), "bowls": october(9)}
    assert found.new_categories == {"lamps"}
    assert (found.returns, found.recency, found.frequency, found.monetary) == (0, None, None, None)


def test_a_retry_another_parcel_and_a_late_render_get_the_answer_of_the_orders_own_day(history):
    remember(history, make_order("1", "A", day=october(1), total="10"))
    order = make_order("2", "B", day=october(5), total="20")
    first = past(history, order)
    remember(history, order, make_order("3", "C", day=october(8)))
    assert past(history, order) == first
    assert past(history, make_order("2", "B", day=october(12), parcel=2)) == first


def test_orders_that_come_late_change_what_comes_after_them(history):
    remember(
        history, make_order("2", "B", day=october(5), total="20"), make_order("3", "B", day=october(9), total="30")
    )
    remember(history, make_order("1", "A", day=october(1), total="10", category="Vases"))
    found = past(history, make_order("new", "A", day=october(9)))
    assert (found.orders, found.first_on, found.spend) == (2, october(1), {"GBP": Decimal(30)})
    assert found.categories == {"vases": october(1)}


def test_the_catalogue_names_the_category_of_lines_that_name_none(history):
    remember(history, make_order("1", "A", day=october(1)), catalogue=VASES)
    found = past(history, make_order("2", "AE", day=october(2)))
    assert found.categories == {"v": october(1)}
    assert found.new_categories == {"b"}


def test_a_customer_who_never_ordered_is_known_as_that_and_one_without_an_id_is_unknown(history):
    remember(history, make_order("1", "A", customer="C2"))
    found = past(history, make_order("2", "A"))
    assert (found.orders, found.last_on, found.days_since_last, found.spend) == (0, None, None, {})
    assert past(history, make_order("2", "A", customer="")) is None


def test_where_no_amount_is_known_no_spend_is(history):
    remember(history, make_order("1", "A", day=october(1)))
    assert past(history, make_order("2", "A", day=october(2))).spend == {}


def test_customers_rank_by_fifths_and_who_is_alike_ranks_alike(history):
    for number in range(1, 11):
        for order in range(number):
            remember(
                history,
                make_order(
                    f"{number}-{order}", "A", customer=f"C{number}", day=october(number + order), total=str(number)
                ),
            )
    rank(history, TODAY)
    ranks = {
        number: past(history, make_order("new", "A", customer=f"C{number}", day=october(30)))
        for number in (1, 2, 3, 10)
    }
    assert [ranks[number].frequency for number in (1, 2, 3, 10)] == [1, 1, 2, 5]
    assert [ranks[number].monetary for number in (1, 2, 3, 10)] == [1, 1, 2, 5]
    assert ranks[10].recency > ranks[1].recency
    new = past(history, make_order("new", "A", customer="nobody", day=october(30)))
    assert (new.recency, new.frequency, new.monetary) == (None, None, None)


def test_ranks_of_a_later_night_do_not_change_the_answer_for_an_earlier_day(history):
    remember(
        history,
        *(make_order(str(one), "A", customer=f"C{one}", day=october(one), total=f"{30 - one}") for one in range(1, 6)),
    )
    rank(history, october(10))
    order = make_order("new", "A", customer="C1", day=october(12))
    before = past(history, order)
    remember(
        history,
        *(make_order(f"x{one}", "A", customer=f"X{one}", day=october(11), total="500") for one in range(1, 30)),
    )
    rank(history, october(13))
    assert past(history, order) == before
    assert past(history, make_order("new", "A", customer="C1", day=october(13))).monetary < before.monetary


def test_who_ordered_once_is_expected_back_after_the_stores_time_and_a_regular_after_their_own(history):
    remember(
        history,
        *(make_order(f"a{day}", "A", customer="A", day=october(day)) for day in (1, 11, 21)),
        *(make_order(f"b{day}", "A", customer="B", day=october(day)) for day in (1, 11, 21)),
        *(make_order(f"c{day}", "A", customer="C", day=october(day)) for day in (1, 2, 3, 4, 5, 6, 7)),
    )
    rank(history, TODAY)

    def expected(customer, day):
        return past(history, make_order("new", "A", customer=customer, day=october(day))).next_order_in

    assert expected("nobody", 8) == 10
    assert expected("A", 31) == 10
    assert expected("C", 8) == round((10 + 7) / (1 + 7))


def test_before_anybody_was_ranked_a_customers_own_pace_is_all_that_is_known(history):
    remember(history, make_order("1", "A", day=october(1)), make_order("2", "A", day=october(5)))
    assert past(history, make_order("new", "A", day=october(9))).next_order_in == 4
    assert past(history, make_order("new", "A", day=october(9), customer="C2")).next_order_in is None


def test_a_customer_with_several_ids_is_one(history):
    remember(
        history,
        make_order("1", "A", customer="web-1", day=october(1), total="10", category="Vases"),
        make_order("2", "B", customer="till-7", day=october(4), total="5", category="Vases"),
        make_order("3", "C", customer="other", day=october(4), total="5"),
    )
    catalogue = Catalogue(same={"till-7": "web-1", "app-3": "web-1"})
    for customer in ("web-1", "till-7", "app-3"):
        found = past(history, make_order("new", "A", customer=customer, day=october(9)), catalogue)
        assert (found.orders, found.first_on, found.last_on) == (2, october(1), october(4))
        assert found.spend == {"GBP": Decimal(15)}
        assert found.categories == {"vases": october(4)}
    rank(history, TODAY, catalogue.same)
    assert past(history, make_order("new", "A", customer="app-3", day=october(9)), catalogue).frequency == 3


VERSION_1 = """
CREATE TABLE known_order (
    id INTEGER NOT NULL PRIMARY KEY, store VARCHAR NOT NULL, order_id VARCHAR NOT NULL, customer_id VARCHAR NOT NULL,
    ordered_on DATE NOT NULL, currency VARCHAR NOT NULL, total VARCHAR, UNIQUE (store, order_id)
);
CREATE TABLE known_line (
    "order" INTEGER NOT NULL, line_id VARCHAR NOT NULL, sku VARCHAR NOT NULL, category VARCHAR NOT NULL,
    quantity INTEGER NOT NULL, unit_price VARCHAR, PRIMARY KEY ("order", line_id),
    FOREIGN KEY("order") REFERENCES known_order (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX known_order_by_customer ON known_order (store, customer_id, ordered_on);
INSERT INTO known_order VALUES
    (1, 'oriel-ash', 'o1', 'C1', '2026-10-01', 'GBP', '12.50'), (2, 'oriel-ash', 'o2', 'C1', '2026-10-07', 'GBP', NULL),
    (3, 'oriel-ash', 'o3', '', '2026-10-08', 'GBP', '5.00');
INSERT INTO known_line VALUES
    (1, '1', 'A', 'Vases', 2, '6.25'), (2, '1', 'B', '', 3, '1.10'), (2, '2', 'C', 'Bowls', 1, NULL),
    (3, '1', 'A', '', 1, NULL);
PRAGMA user_version = 1;
"""


@pytest.mark.parametrize("read_only", [True, False])
def test_a_history_of_version_1_keeps_every_row_and_knows_its_customers(tmp_path, read_only):
    path = tmp_path / "history.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(VERSION_1)
    with History.open(path, read_only=read_only) as history:
        found = past(history, make_order("new", "A", day=october(20)))
        assert (found.orders, found.last_on, found.spend) == (2, october(7), {"GBP": Decimal("15.80")})
        assert found.categories == {"vases": october(1), "bowls": october(7)}
        assert history.facts(make_order("new", "A"), VASES, TODAY).suggestions["best_sellers"]
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (2,)
        assert database.execute("SELECT id, order_id, total FROM known_order ORDER BY id").fetchall() == [
            (1, "o1", "12.50"), (2, "o2", None), (3, "o3", "5.00"),
        ]  # fmt: skip
        assert database.execute("SELECT count(*), sum(quantity) FROM known_line").fetchone() == (4, 7)
        with closing(sqlite3.connect(tmp_path / "fresh.db")) as other:
            History.open(tmp_path / "fresh.db").close()
            shape = "SELECT name FROM pragma_table_info(?) ORDER BY name"
            for (table,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                assert database.execute(shape, (table,)).fetchall() == other.execute(shape, (table,)).fetchall()


def test_forgetting_an_order_counts_its_customer_anew_and_forgetting_a_customer_leaves_nothing(history, tmp_path):
    remember(
        history,
        make_order("1", "A", day=october(1), total="10"),
        make_order("2", "B", day=october(5), total="20"),
        make_order("3", "A", day=october(5), total="7", customer="C2"),
    )
    keeper = HistoryKeeper(tmp_path / "state" / "history.db")
    new = make_order("new", "A", day=october(9))
    assert keeper.forget([("oriel-ash", "1")], []) == 1
    assert (past(history, new).orders, past(history, new).spend) == (1, {"GBP": Decimal(20)})
    assert keeper.forget([], [("oriel-ash", "C1")]) == 1
    assert past(history, new).orders == 0
    assert keeper.customer("oriel-ash", "C1") is None
    assert keeper.customer("oriel-ash", "C2").orders == 1


def test_blurring_forgets_what_the_customer_was_by_the_orders_that_are_too_old(history, tmp_path):
    remember(
        history,
        make_order("1", "A", day=october(1), total="10", category="Vases"),
        make_order("2", "B", day=october(5), total="20"),
    )
    keeper = HistoryKeeper(tmp_path / "state" / "history.db")
    assert keeper.blur(october(3), dry_run=True) == keeper.blur(october(3)) == 1
    found = past(history, make_order("new", "A", day=october(9)))
    assert (found.orders, found.first_on, found.categories) == (1, october(5), {})
    assert past(history, make_order("new", "A", day=october(4))).orders == 0
    assert keeper.blur(TODAY) == 1
    assert keeper.customer("oriel-ash", "C1") is None


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
