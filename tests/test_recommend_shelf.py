"""What a model recommends from a catalogue: by strategy, never what may not be, and why."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import recommend_kit as kit
from hypothesis import given, settings
from hypothesis import strategies as st

from packslip.library.catalogue import Catalogue, load_products
from packslip.library.vocabulary import STRATEGIES
from packslip.model import Product, Season
from packslip.recommend import Advice, Model, ModelShelf, Occasion, Recipe, advise, day_number
from packslip.recommend.building import learn

TODAY = kit.FIRST + timedelta(days=121)
KINDS = {"A": "lamps", "B": "lamps", "C": "vases", "D": "vases", "E": "cards"}


def product(sku: str, **fields: object) -> Product:
    category = KINDS.get(sku, "prints")
    made = Product(sku=sku, name=f"The {sku}", category=category, price=Decimal(1), currency="GBP", image=f"{sku}.jpg")
    return replace(made, **fields)  # type: ignore[arg-type]


SHOP = Catalogue(products=tuple(product(sku) for sku in "ABCDEKLMNOPQRST"))


@pytest.fixture(scope="module")
def model() -> Model:
    return learn(kit.baskets(kit.habits(200)), Recipe(), until=day_number(TODAY))


def ask(model: Model, skus: str = "A", *, bought: str = "", shop: Catalogue = SHOP, today: date = TODAY) -> Advice:
    shelf = ModelShelf(model, shop, name="m1", store="", currency="GBP", today=today)
    return advise(
        shelf,
        Occasion(
            store="",
            currency="GBP",
            today=today,
            skus=frozenset(skus),
            categories=frozenset(KINDS.get(sku, "prints") for sku in skus),
            bought=[(sku, today - timedelta(days=10)) for sku in bought],
        ),
    )


def skus(products: tuple[Product, ...]) -> str:
    return "".join(each.sku for each in products)


def test_what_follows_comes_first_and_says_why(model: Model) -> None:
    for held, coming in ("AB", "CD"):
        advice = ask(model, held)
        assert skus(advice.products["new_to_them"])[0] == coming
        assert advice.reasons["new_to_them"][coming] == f"because you bought The {held} ({held})"
        assert advice.model == "m1"


def test_what_was_bought_before_comes_again_in_the_next_basket_alone(model: Model) -> None:
    advice = ask(model, "A", bought="BK")
    for strategy in STRATEGIES:
        given = skus(advice.products[strategy])
        assert ("B" in given) == (strategy == "next_basket"), strategy
        assert "A" not in given
    (reason,) = {advice.reasons["next_basket"][sku] for sku in "BK" if sku in advice.reasons["next_basket"]}
    assert reason == "because you bought it before"


def test_a_reason_for_each_product(model: Model) -> None:
    advice = ask(model, "A", bought="E")
    for strategy in STRATEGIES:
        products = advice.products[strategy]
        assert set(advice.reasons[strategy]) == set(skus(products[:3]))
        assert all(reason.startswith("because ") for reason in advice.reasons[strategy].values())


def test_the_same_category_alone(model: Model) -> None:
    assert skus(ask(model, "A").products["same_category"]) == "B"
    assert skus(ask(model, "AC").products["same_category"]) in {"BD", "DB"}


def test_complements_are_of_other_categories(model: Model) -> None:
    given = ask(model, "A").products["complements"]
    assert given
    assert "lamps" not in {each.category for each in given}


def test_three_in_a_row_are_of_different_categories(model: Model) -> None:
    for strategy in ("best_sellers", "new_to_them", "next_basket"):
        kinds = [each.category for each in ask(model, "K").products[strategy][:3]]
        assert len(set(kinds)) == 3, strategy


def test_out_of_stock_out_of_season_and_other_stores_never(model: Model) -> None:
    shop = Catalogue(
        products=(
            product("A"),
            product("B", available=False),
            product("C", store="other"),
            product("D", season=Season((11, 1), (12, 24))),
            product("E"),
        )
    )
    summer, winter = (
        ask(model, "A", shop=shop, today=date(2026, 5, 2)),
        ask(model, "A", shop=shop, today=date(2026, 12, 2)),
    )
    assert skus(summer.products["next_basket"]) == "E"
    assert set(skus(winter.products["next_basket"])) == {"D", "E"}


def test_what_costs_other_money_comes_last_and_what_has_no_picture_late(model: Model) -> None:
    shop = Catalogue(
        products=(product("A"), product("B", currency="EUR"), product("E", image=""), product("K"), product("D"))
    )
    given = skus(ask(model, "A", shop=shop).products["new_to_them"])
    assert given[-1] == "B"
    assert given.index("E") == 2


def test_new_arrivals_sold_for_the_first_time_of_late() -> None:
    rows = [(n, f"o{n}", "", "KL") for n in range(0, 120, 2)] + [(110 + n, f"n{n}", "", "T") for n in range(4)]
    advice = ask(learn(kit.baskets(rows), Recipe(), until=day_number(TODAY)), "K")
    assert skus(advice.products["new_arrivals"]) == "T"
    assert skus(advice.products["rising_sellers"]) == "T"
    assert advice.reasons["new_arrivals"] == {"T": "because it is new"}


def test_a_customer_and_products_that_nobody_knows(model: Model) -> None:
    shop = Catalogue(products=(*SHOP.products, product("ZZ")))
    advice = ask(model, "", shop=shop)
    assert len(advice.products["new_to_them"]) == 9
    assert skus(advice.products["same_category"]) == ""
    assert skus(ask(model, "A", shop=Catalogue()).products["best_sellers"]) == ""


letters = st.text(alphabet="ABCDEKLMZ", max_size=6)


@settings(max_examples=60)
@given(held=letters, bought=letters)
def test_no_strategy_gives_what_it_may_not(model: Model, held: str, bought: str) -> None:
    advice = ask(model, held, bought=bought)
    for strategy in STRATEGIES:
        given = skus(advice.products[strategy])
        assert len(set(given)) == len(given) <= 9
        assert not set(given) & set(held)
        if strategy != "next_basket":
            assert not set(given) & set(bought)


@pytest.mark.parametrize(
    ("text", "day", "sells"),
    [
        ("11-01..12-24", date(2026, 12, 24), True),
        ("11-01..12-24", date(2026, 12, 25), False),
        ("10-15 .. 2-28", date(2027, 1, 3), True),
        ("10-15 .. 2-28", date(2027, 3, 1), False),
        ("", date(2027, 3, 1), True),
    ],
)
def test_a_season_in_the_catalogue(text: str, day: date, sells: bool) -> None:
    products, findings = load_products(f"sku,name,season\nA,Lamp,{text}\n".encode(), name="products.csv")
    assert findings == ()
    assert products[0].sells_on(day) is sells


@pytest.mark.parametrize("text", ["winter", "13-01..13-02", "02-30..03-01", "11-01"])
def test_a_season_that_is_none_is_told(text: str) -> None:
    products, findings = load_products(f"sku,name,season\nA,Lamp,{text}\n".encode(), name="products.csv")
    assert products == ()
    assert "expected a season" in findings[0].message
