"""Learning from baskets: figures that can be worked out by hand, and what links say."""

import random

import numpy as np
import pytest
import recommend_kit as kit
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from packslip.recommend.baskets import NOBODY, Baskets
from packslip.recommend.building import learn
from packslip.recommend.learning import bm25, cosine, customers_matrix, ease, near, pairs_of, popularity, returns
from packslip.recommend.links import Links
from packslip.recommend.model import Recipe, Weighing, weigh

ALIKE = Weighing(earlier=1.0, half_life=1e9, evenness=0.0)
UNTIL = 20_000
START = (kit.FIRST - kit.FIRST.replace(year=1970)).days


def rows(*texts: str) -> sparse.csr_array:
    letters = sorted(set("".join(texts)))
    return sparse.csr_array(np.array([[float(letter in text) for letter in letters] for text in texts]))


class TestBaskets:
    def test_orders_of_one_customer_and_day_are_one_basket(self) -> None:
        made = kit.baskets([(0, "1", "c", "AB"), (0, "2", "c", "BC"), (1, "3", "c", "A")])
        assert [list(made.basket(number)) for number in range(len(made))] == [[0, 1, 2], [0]]

    def test_orders_that_nobody_knows_stay_apart(self) -> None:
        made = kit.baskets([(0, "1", "", "AB"), (0, "2", "", "B")])
        assert list(made.customers) == [NOBODY, NOBODY]
        assert len(made) == 2
        assert made.of_customers == ()

    def test_only_days_before_count(self) -> None:
        made = kit.baskets([(0, "1", "c", "A"), (1, "2", "c", "B"), (2, "3", "c", "C")])
        before = made.before(int(made.days[2]))
        assert len(before) == 2
        assert before.skus == made.skus
        assert list(before.sold) == [1, 1, 0]

    def test_the_order_of_rows_changes_nothing(self) -> None:
        lines = kit.sales(kit.habits())
        shuffled = lines.sample(frac=1.0, random_state=3)
        one, other = Baskets.of(lines), Baskets.of(shuffled)
        assert one.skus == other.skus
        for name in ("days", "customers", "starts", "items"):
            assert np.array_equal(getattr(one, name), getattr(other, name))


class TestClosedForms:
    def test_cosine_is_shared_rows_over_the_geometric_mean(self) -> None:
        close = cosine(rows("AB", "AB", "A", "B", "B", "C"), damping=0.0)
        assert close[0, 1] == pytest.approx(2 / np.sqrt(3 * 4))
        assert close[0, 2] == 0
        assert close[0, 0] == 0

    def test_damping_keeps_one_meeting_from_leading(self) -> None:
        met = rows("AB", *["AC"] * 8, "C", "A")
        assert cosine(met, damping=0.0)[0, 1] > 0
        damped = cosine(met, damping=4.0)
        assert damped[0, 2] > damped[0, 1]

    def test_bm25_hears_less_from_long_rows_and_frequent_products(self) -> None:
        close = bm25(rows("AB", "ACDEFGH", "C", "C", "C"), k1=1.2, b=0.75)
        assert close[0, 1] > close[0, 2] > 0

    def test_ease_is_the_best_linear_model_of_its_kind(self) -> None:
        chance = np.random.default_rng(5)
        data = (chance.random((60, 6)) < 0.4).astype(float)
        ridge = 3.0
        told = ease(sparse.csr_array(data), ridge=ridge)
        assert np.all(np.diag(told) == 0)
        for product in range(6):  # each column is a ridge regression on the others
            others = [other for other in range(6) if other != product]
            x, y = data[:, others], data[:, product]
            best = np.linalg.solve(x.T @ x + ridge * np.eye(5), x.T @ y)
            assert told[others, product] == pytest.approx(best)

    def test_returns_are_a_weighted_ridge_regression(self) -> None:
        baskets = kit.baskets(kit.habits(30))
        pairs = pairs_of(baskets, ALIKE, most=1000)
        told = returns(pairs, ridge=2.0, half_life=50.0, until=int(baskets.days[-1]) + 1)
        weights = np.exp2((pairs.days - int(baskets.days[-1]) - 1) / 50.0)
        x, y = pairs.seeds.todense(), pairs.targets.todense()
        y = y - (weights @ y) / weights.sum()
        expected = np.linalg.solve(
            x.T @ (weights[:, None] * x) + 2.0 * np.eye(x.shape[1]), x.T @ (weights[:, None] * y)
        )
        assert told == pytest.approx(expected)

    def test_a_return_holds_all_that_came_before_and_what_is_new_in_the_next(self) -> None:
        made = kit.baskets([(0, "1", "c", "AB"), (5, "2", "c", "AC"), (9, "3", "c", "BD"), (9, "4", "", "X")])
        pairs = pairs_of(made, ALIKE, most=1000)
        assert pairs.seeds.todense().round(6).tolist() == [[1, 1, 0, 0, 0], [2, 1, 1, 0, 0]]
        assert pairs.targets.todense().tolist() == [[0, 0, 1, 0, 0], [0, 0, 0, 1, 0]]

    def test_the_latest_returns_are_learnt_from(self) -> None:
        made = kit.baskets([(0, "1", "c", "A"), (5, "2", "c", "B"), (7, "3", "d", "A"), (9, "4", "d", "C")])
        assert pairs_of(made, ALIKE, most=1).targets.todense().tolist() == [[0, 0, 1]]
        assert len(pairs_of(made, ALIKE, most=2).days) == 2

    def test_an_earlier_purchase_says_less_by_its_age(self) -> None:
        weighing = Weighing(earlier=0.5, half_life=10.0, evenness=0.0)
        assert weigh(weighing, np.array([0.0, 10.0, 20.0])) == pytest.approx([1.0, 0.25, 0.125])

    def test_late_sales_count_more_for_what_is_popular(self) -> None:
        made = kit.baskets([(0, "1", "", "A"), (0, "2", "", "A"), (90, "3", "", "B")])
        last = int(made.days[-1])
        assert popularity(made, half_life=1e9, until=last).round(6).tolist() == [0.666667, 0.333333]
        late = popularity(made, half_life=30.0, until=last)
        assert late[1] > late[0]

    def test_what_a_customer_ever_bought_is_one_row(self) -> None:
        made = kit.baskets([(0, "1", "c", "AB"), (1, "2", "c", "BC"), (1, "3", "", "C"), (2, "4", "", "C")])
        assert sorted(customers_matrix(made).todense().tolist()) == [[0, 0, 1], [0, 0, 1], [1, 1, 1]]

    def test_near_is_the_cosine_of_rare_company(self) -> None:
        made = rows("AB", "AB", "AC", "D")
        links = near(made, most=3)
        data = made.todense()
        weighed = data * np.log(4 / data.sum(axis=0))
        expected = weighed.T @ weighed / np.outer(*[np.linalg.norm(weighed, axis=0)] * 2)
        np.fill_diagonal(expected, 0)
        told = np.array([links.scores(np.array([number]), np.ones(1)) for number in range(4)])
        assert told == pytest.approx(expected, abs=1e-6)
        assert len(near(made, most=1).items) == 3, "the nearest alone, and D has none"

    def test_what_sells_too_seldom_for_a_closed_form_has_company_too(self) -> None:
        baskets = kit.baskets([*kit.habits(60), (20, "x", "x", "YZ"), (21, "y", "y", "YZ")])
        model = learn(baskets, Recipe(), until=UNTIL)
        said = model.beside(np.array([model.number("Y")])).scores()
        assert model.sold[model.number("Y")] < Recipe().least_baskets
        assert int(said.argmax()) == model.number("Z")


class TestLinks:
    def test_a_share_of_others_is_added(self) -> None:
        one, other = Links.of(np.array([[0.0, 1.0], [0.0, 0.0]]), 2), Links.of(np.array([[0.0, 2.0], [4.0, 0.0]]), 2)
        both = one.plus(other, 0.5)
        assert [both.scores(np.array([row]), np.ones(1)).tolist() for row in (0, 1)] == [[0, 2], [2, 0]]

    def test_the_farthest_from_zero_are_kept(self) -> None:
        links = Links.of(np.array([[0.0, 0.2, -0.9, 0.5], [0.0] * 4, [1.0, 0, 0, 0], [0, 0, 0.1, 0]]), most=2)
        assert links.scores(np.array([0]), np.ones(1)).round(6).tolist() == [0, 0, -0.9, 0.5]
        assert len(links.items) == 4

    def test_who_speaks_loudest(self) -> None:
        links = Links.of(np.array([[0, 0, 0.2], [0, 0, 0.5], [0, 0, 0]]), most=3)
        seeds = np.array([0, 1])
        assert links.heard(seeds, np.array([1.0, 1.0])).teller(2) == 1
        assert links.heard(seeds, np.array([4.0, 1.0])).teller(2) == 0
        assert links.heard(seeds, np.array([1.0, 1.0])).teller(0) is None

    @settings(max_examples=40)
    @given(seed=st.integers(0, 10_000), most=st.integers(1, 9))
    def test_links_say_what_their_matrix_says(self, seed: int, most: int) -> None:
        chance = np.random.default_rng(seed)
        matrix = chance.normal(size=(9, 9)) * (chance.random((9, 9)) < 0.5)
        links = Links.of(matrix, most)
        far = np.sort(np.abs(matrix), axis=1)[:, -most][:, None]
        kept = np.where(np.abs(matrix) >= far, matrix, 0.0)
        seeds = np.flatnonzero(chance.random(9) < 0.5)
        said = chance.random(len(seeds))
        assert links.scores(seeds, said) == pytest.approx(said @ kept[seeds], abs=1e-6)


class TestModel:
    def test_it_finds_what_follows_what(self) -> None:
        baskets = kit.baskets(kit.habits())
        model = learn(baskets, Recipe(), until=int(baskets.days[-1]) + 1)
        for held, coming, other in (("A", "B", "D"), ("C", "D", "B")):
            seed = np.array([model.number(held)])
            scores = model.new_scores(model.ahead(seed, np.zeros(0, dtype=np.int64), np.zeros(0)))
            assert scores[model.number(coming)] > scores[model.number(other)]

    def test_the_same_sales_in_any_order_give_the_same_model(self) -> None:
        lines = kit.sales(kit.habits())
        models = [
            learn(Baskets.of(lines.sample(frac=1.0, random_state=seed)), Recipe(), until=UNTIL) for seed in (1, 2)
        ]
        assert np.array_equal(models[0].coming.weights, models[1].coming.weights)
        assert np.array_equal(models[0].together.items, models[1].together.items)

    def test_products_beyond_the_best_sold_ones_have_no_links(self) -> None:
        baskets = kit.baskets(kit.habits())
        model = learn(baskets, Recipe(most_products=5), until=UNTIL)
        lengths = np.diff(model.coming.starts)
        assert (lengths > 0).sum() == 5
        assert set(model.coming.items) <= set(np.flatnonzero(lengths))

    @pytest.mark.parametrize(
        "rows", [[], [(0, "1", "", "A")], [(0, "1", "c", "AB")], [(0, str(n), "", "AB") for n in range(3)]]
    )
    def test_few_sales_make_a_model_too(self, rows: list[tuple[int, str, str, str]]) -> None:
        model = learn(kit.baskets(rows), Recipe(), until=UNTIL)
        nothing = np.zeros(0, dtype=np.int64)
        assert len(model.new_scores(model.ahead(nothing, nothing, np.zeros(0)))) == len(model.skus)

    def test_a_customer_of_many_purchases_is_heard_by_the_loudest(self) -> None:
        baskets = kit.baskets([(n, str(n), "c", chr(0x4E00 + n)) for n in range(300)])
        model = learn(baskets, Recipe(), until=UNTIL)
        chance = random.Random(3)
        earlier = np.array(chance.sample(range(300), 290))
        seeds, said = model.seeds(np.array([5]), earlier, np.arange(1.0, 291.0))
        assert len(seeds) == len(said) == 128
        assert 5 in seeds
        assert set(earlier[:100]) <= set(seeds)

    def test_what_sells_better_than_before_rises(self) -> None:
        old = [(n, f"o{n}", "", "A") for n in range(0, 300, 2)]
        new = [(300 + n, f"n{n}", "", "AB") for n in range(40)]
        baskets = kit.baskets(old + new)
        model = learn(baskets, Recipe(), until=int(baskets.days[-1]) + 1)
        assert model.rising[1] > 1.2
        assert model.rising[1] > model.rising[0]
