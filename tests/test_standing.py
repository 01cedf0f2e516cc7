"""Standings: what a customer is after each day, whatever comes back and in whatever order it became known."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from packslip.history.importing import HistoryImport
from packslip.history.keeping import refresh_everybody
from packslip.history.opening import open_engine, writing
from packslip.history.schema import known_customer, known_line, known_order
from packslip.history.standing import Item, Purchase, Return, Standing, standings
from packslip.model import SoldLine, SoldOrder, Where


def on(day):
    return date(2026, 10, day)


def purchase(number, day, *items, total=None, **given):
    return Purchase(
        number=number,
        order_id=str(number),
        day=on(day),
        currency="GBP",
        total=total,
        items=[
            Item(line_id=str(line), sku=sku, category=category, quantity=quantity, price=price)
            for line, (sku, category, quantity, price) in enumerate(items, 1)
        ],
        **given,
    )


def back(return_id, day, sku, quantity, price=None):
    return Return(return_id=return_id, day=on(day), sku=sku, quantity=quantity, price=price)


VASE = ("A", "vases", 2, 100)
BOWL = ("B", "bowls", 1, 50)


def told(purchases, returns=()):
    return {
        one.day.day: (one.orders, one.spend.get("GBP"), sorted(one.categories), one.returns)
        for one in standings(purchases, returns)
    }


def test_each_day_has_the_sum_so_far():
    assert told([purchase(1, 1, VASE), purchase(2, 5, BOWL), purchase(3, 5, VASE)]) == {
        1: (1, 200, ["vases"], 0),
        5: (3, 450, ["bowls", "vases"], 0),
    }


def test_what_comes_back_lowers_spend_from_its_day_on():
    assert told([purchase(1, 1, VASE, BOWL)], [back("r", 4, "A", 1)]) == {
        1: (1, 250, ["bowls", "vases"], 0),
        4: (1, 150, ["bowls", "vases"], 1),
    }


def test_an_order_that_came_back_whole_is_none_and_its_categories_were_not_bought():
    found = list(standings([purchase(1, 1, BOWL), purchase(2, 3, VASE)], [back("r", 4, "A", 2)]))
    assert found[-1] == Standing(
        day=on(4),
        first_on=on(1),
        last_on=on(1),
        orders=1,
        days=1,
        returns=1,
        spend={"GBP": 50},
        categories={"bowls": on(1)},
    )


def test_a_return_is_set_against_the_latest_order_that_still_has_such_pieces():
    one, two, three = purchase(1, 1, VASE), purchase(2, 3, VASE), purchase(3, 9, VASE)
    list(standings([one, two, three], [back("r", 5, "A", 3)]))
    assert [each.items[0].returned for each in (one, two, three)] == [1, 2, 0]


def test_a_return_that_names_its_order_is_set_against_that_one():
    one, two = purchase(1, 1, VASE), purchase(2, 3, VASE)
    list(standings([one, two], [back("1", 5, "A", 1)]))
    assert [each.items[0].returned for each in (one, two)] == [1, 0]


def test_what_came_back_of_orders_nobody_knows_lowers_nothing():
    assert told([purchase(2, 3, VASE)], [back("early", 1, "A", 5), back("other", 4, "Z", 1)]) == {
        1: (0, None, [], 1),
        3: (1, 200, ["vases"], 1),
        4: (1, 200, ["vases"], 2),
    }


def test_a_cancelled_order_counts_until_the_day_on_which_it_was_called_off():
    called_off = purchase(2, 2, VASE, cancelled_on=on(6)), purchase(3, 3, VASE, cancelled_on=on(3))
    assert told([purchase(1, 1, BOWL), *called_off]) == {
        1: (1, 50, ["bowls"], 0),
        2: (2, 250, ["bowls", "vases"], 0),
        3: (2, 250, ["bowls", "vases"], 0),
        6: (1, 50, ["bowls"], 0),
    }


@pytest.mark.parametrize(
    ("total", "refunded", "worth"), [(None, 0, 250), (300, 0, 300), (300, 100, 200), (300, 400, 0)]
)
def test_an_order_is_worth_its_total_else_its_lines_less_what_was_refunded(total, refunded, worth):
    assert purchase(1, 1, VASE, BOWL, total=total, refunded=refunded).worth_on(on(9)) == worth


def test_without_prices_an_orders_worth_is_unknown():
    assert purchase(1, 1, ("A", "", 1, None)).worth_on(on(9)) is None


def test_going_on_from_a_standing_gives_what_counting_from_the_beginning_gives():
    orders = [purchase(number, day, VASE if number % 2 else BOWL) for number, day in enumerate((1, 2, 2, 5, 9), 1)]
    whole = list(standings(orders))
    assert list(standings(orders[3:], start=whole[1])) == whole[2:]


PRODUCTS = ("A", "B", "C")
sold = st.builds(
    lambda number, customer, day, skus, off: SoldOrder(
        store="s",
        order_id=str(number),
        customer_id=customer,
        day=on(day),
        currency="GBP",
        cancelled_on=None if off is None else on(min(30, day + off)),
        lines=tuple(
            SoldLine(line_id=str(line), sku=sku, category=sku, quantity=2, unit_price=Decimal(3))
            for line, sku in enumerate(skus, 1)
        ),
        where=Where(file="f"),
    ),
    number=st.integers(1, 30),
    customer=st.sampled_from(("K", "L")),
    day=st.integers(1, 28),
    skus=st.lists(st.sampled_from(PRODUCTS), min_size=1, max_size=3),
    off=st.none() | st.integers(0, 9),
)
came_back = st.builds(
    lambda number, customer, day, sku, pieces: SoldOrder(
        store="s",
        order_id=f"R{number}",
        customer_id=customer,
        day=on(day),
        currency="GBP",
        lines=(),
        returned=(SoldLine(line_id="1", sku=sku, quantity=pieces, unit_price=Decimal(3)),),
        where=Where(file="f"),
    ),
    number=st.integers(1, 9),
    customer=st.sampled_from(("K", "L")),
    day=st.integers(1, 28),
    sku=st.sampled_from(PRODUCTS),
    pieces=st.integers(1, 5),
)


def kept(path):
    """All that follows from the orders, and which pieces came back, without the numbers of rows."""
    engine = open_engine(path, read_only=True)
    with engine.connect() as connection:
        rows = sorted(tuple(row) for row in connection.execute(select(known_customer)))
        lines = connection.execute(
            select(known_order.c.order_id, known_order.c.worth, known_line.c.line_id, known_line.c.returned).join(
                known_line
            )
        )
        found = rows, sorted(tuple(row) for row in lines)
    engine.dispose()
    return found


@settings(max_examples=60, deadline=None)
@given(
    orders=st.lists(sold, max_size=14, unique_by=lambda one: one.order_id),
    returns=st.lists(came_back, max_size=5, unique_by=lambda one: one.order_id),
    data=st.data(),
)
def test_the_order_in_which_things_become_known_changes_nothing(tmp_path_factory, orders, returns, data):
    everything = data.draw(st.permutations([*orders, *returns]))
    folder = tmp_path_factory.mktemp("standing")
    with HistoryImport(folder / "one.db", "whole") as whole:
        whole.take(everything, 1, {})
        whole.finish(on(30), {}, lambda _done, _total: None)
    with HistoryImport(folder / "two.db", "parts") as parts:
        for one in sorted(everything, key=lambda order: (order.day, int(order.order_id.strip("R")))):
            parts.take([one], 1, {})
            parts.finish(on(30), {}, lambda _done, _total: None)
    assert kept(folder / "one.db") == kept(folder / "two.db")
    before = kept(folder / "two.db")
    engine = open_engine(folder / "two.db", read_only=False)
    with writing(engine) as connection:
        refresh_everybody(connection)
    engine.dispose()
    assert kept(folder / "two.db") == before
