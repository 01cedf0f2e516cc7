"""Evaluating: nobody learns from the days they are asked about, and the figures are the textbook's."""

import math
from datetime import timedelta

import numpy as np
import pytest
import recommend_kit as kit

from packslip.recommend.arrays import best
from packslip.recommend.baskets import Baskets
from packslip.recommend.contestants import Contestant, baselines, ourselves
from packslip.recommend.evaluating import Split, evaluate
from packslip.recommend.measures import SHOWN, Interval, Resampling, coverage, hit, ndcg, surprise
from packslip.recommend.model import Recipe
from packslip.recommend.questions import Asker, Question, Task, questions


def array(*numbers: int) -> "np.ndarray":
    return np.array(numbers, dtype=np.int64)


class TestQuestions:
    SALES = ((0, "1", "c", "AB"), (5, "2", "c", "AC"), (9, "3", "c", "ABD"), (6, "4", "d", "A"), (6, "5", "", "ABCD"))

    def ask(self, task: Task, first: int = 0, last: int = 100) -> list[Question]:
        made = kit.baskets(self.SALES)
        start = int(made.days[0])
        return list(questions(made, start + first, start + last, task))

    def test_the_next_basket_without_what_is_in_this_one(self) -> None:
        first, second = self.ask(Task.NEXT)
        assert (first.asker, list(first.basket), list(first.answer)) == (Asker.FIRST, [0, 1], [2])
        assert (second.asker, list(second.basket), list(second.answer)) == (Asker.KNOWN, [0, 2], [1, 3])
        assert list(second.earlier) == [0, 1]
        assert list(second.ages) == [5, 5]

    def test_what_was_never_bought_before(self) -> None:
        assert [list(each.answer) for each in self.ask(Task.NEW)] == [[2], [3]]
        assert list(self.ask(Task.NEW)[1].banned) == [0, 1, 2]

    def test_the_hidden_half_of_a_basket(self) -> None:
        asked = self.ask(Task.REST)
        assert [(each.asker, list(each.basket), list(each.answer)) for each in asked] == [
            (Asker.FIRST, [0], [1]),
            (Asker.KNOWN, [0], [2]),
            (Asker.GUEST, [0, 2], [1, 3]),
            (Asker.KNOWN, [0, 3], [1]),
        ]

    def test_only_baskets_of_the_window_ask(self) -> None:
        assert len(self.ask(Task.NEXT, first=1)) == 1
        assert self.ask(Task.NEXT, last=0) == []


class TestMeasures:
    def test_a_hit_is_any_of_the_three(self) -> None:
        assert hit(array(1, 2, 3), array(3, 9)) == 1.0
        assert hit(array(1, 2, 3), array(9)) == 0.0

    def test_ndcg_by_hand(self) -> None:
        best_list = 1 + 1 / math.log2(3)
        assert ndcg(array(7, 1, 2), array(1, 9)) == pytest.approx((1 / math.log2(3)) / best_list)
        assert ndcg(array(1, 9, 2), array(1, 9)) == pytest.approx(1.0)

    def test_novelty_is_what_it_tells_in_bits(self) -> None:
        assert surprise(array(0, 1), np.array([0.5, 0.125])) == pytest.approx(2.0)

    def test_coverage_counts_what_ever_sold(self) -> None:
        assert coverage([array(0, 1), array(1)], array(5, 5, 5, 0)) == pytest.approx(2 / 3)

    def test_an_interval_is_wider_where_few_customers_ask_often(self) -> None:
        values = np.array([0.0, 1.0] * 100).repeat(5)
        many = Resampling(np.arange(1000)).interval(values)
        few = Resampling(np.arange(200).repeat(5)).interval(values)
        assert many.value == few.value == 0.5
        assert few.high - few.low > 1.8 * (many.high - many.low)
        assert many.high - many.low == pytest.approx(2 * 1.96 * 0.5 / math.sqrt(1000), rel=0.1)


def test_the_best_come_first_and_nothing_banned() -> None:
    assert list(best(np.array([0.1, 0.9, 0.9, 0.5, 0.2]), array(3), SHOWN)) == [1, 2, 4]
    assert list(best(np.array([0.1, 0.2]), array(0), SHOWN)) == [1]


def test_nobody_learns_from_the_days_they_are_asked_about() -> None:
    made = kit.baskets(kit.habits(120))
    learnt: list[tuple[int, int]] = []

    def spy(baskets: Baskets, until: int):
        learnt.append((int(baskets.days.max()), until))
        return lambda question: best(baskets.sold.astype(float), question.banned, SHOWN)

    spies = Contestant(name="packslip", variants=[spy, spy])
    evaluate(made, [spies], [Task.NEXT], days=40, tell=lambda _: None)
    split = Split.of(made, 40)
    assert [until for _, until in learnt] == [split.validation, split.validation, split.test]
    assert all(last < until for last, until in learnt)
    assert split.end - split.test == split.test - split.validation == 40


def test_variants_are_chosen_before_the_test_is_seen() -> None:
    made = kit.baskets(kit.habits(120))
    split = Split.of(made, 40)
    right = {sku: number for number, sku in enumerate(made.skus)}
    follower = {right["A"]: right["B"], right["C"]: right["D"]}

    def good_then_bad(_baskets: Baskets, until: int):
        return lambda q: array(follower[int(q.basket[0])] if until == split.validation else right["K"])

    def bad_then_good(_baskets: Baskets, until: int):
        return lambda q: array(right["K"] if until == split.validation else follower[int(q.basket[0])])

    contestant = Contestant(name="packslip", variants=[bad_then_good, good_then_bad])
    (standing,) = (
        each
        for each in evaluate(made, [contestant], [Task.NEW], days=40, tell=lambda _: None)
        if each.asker is Asker.FIRST
    )
    assert standing.hit.value < 0.5


def test_habits_are_found_and_popularity_does_not_know_them() -> None:
    made = kit.baskets(kit.habits(300))
    contestants = [ourselves(Recipe()), *baselines()]
    standings = evaluate(made, contestants, [Task.NEW], days=40, tell=lambda _: None)
    by_name = {each.name: each for each in standings if each.asker is Asker.FIRST}
    assert by_name["packslip"].hit.value > 0.9
    assert by_name["packslip"].ahead_hit == Interval(0.0, 0.0, 0.0)
    assert by_name["popularity"].ahead_ndcg.low > 0
    assert set(by_name) == {"packslip", "popularity", "bought before", "cosine", "BM25", "EASE"}


def test_a_day_more_of_sales_is_a_day_later() -> None:
    lines = kit.sales([(0, "1", "c", "A"), (3, "2", "c", "B")])
    made = Baskets.of(lines)
    assert list(np.diff(made.days)) == [3]
    assert kit.FIRST + timedelta(days=3) == lines["day"].max()
