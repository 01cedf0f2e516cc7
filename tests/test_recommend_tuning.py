"""Tuning: the voices of a model follow what a store's customers do, and nothing later than the model is looked at."""

import random
from dataclasses import replace

import pytest
import recommend_kit as kit

from packslip.recommend.baskets import Baskets
from packslip.recommend.model import Recipe
from packslip.recommend.questions import Task, sample
from packslip.recommend.tuning import learn_tuned, tune

DEAF = replace(Recipe(), again=1e-3)
LOUD = replace(Recipe(), popularity_share=100.0, next_popularity=100.0)


def until(baskets: Baskets) -> int:
    return int(baskets.days[-1]) + 1


def regulars(customers: int = 300) -> Baskets:
    """A shop whose customers always buy the same two things, beside others by chance."""
    chance = random.Random(3)
    rows = []
    for number in range(customers):
        own = "".join(chance.sample("ABCDEFGHIJ", 2))
        for visit in range(6):
            day = visit * 20 + chance.randrange(15)
            rows.append((day, f"{number}-{visit}", f"c{number}", (own if visit % 2 else "") + chance.choice("KLMNOP")))
    return kit.baskets(rows)


def followers(customers: int = 800) -> Baskets:
    """A shop in which B follows A and D follows C, a few days later, while E and F sell best."""
    chance = random.Random(5)
    rows = []
    for number in range(customers):
        day = chance.randrange(200)
        for skus in chance.choice(("AB", "CD")):
            extra = chance.choice("EF") if chance.random() < 0.7 else ""
            rows.append((day, f"{number}-{skus}", f"c{number}", skus + extra))
            day += chance.randrange(1, 4)
    return kit.baskets(rows)


def test_where_people_buy_again_what_they_bought_is_heard() -> None:
    made = regulars()
    assert tune(made, DEAF, until=until(made)).again > DEAF.again


def test_where_one_thing_follows_another_what_sells_is_heard_less() -> None:
    made = followers()
    tuned = tune(made, LOUD, until=until(made))
    assert tuned.popularity_share < LOUD.popularity_share
    assert tuned.next_popularity < LOUD.next_popularity


def test_a_store_with_few_questions_keeps_the_recipe() -> None:
    made = regulars(10)
    assert tune(made, DEAF, until=until(made)) == DEAF
    assert tune(kit.baskets([]), DEAF, until=20_000) == DEAF


@pytest.mark.parametrize("seed", range(4))
def test_chance_moves_nothing(seed: int) -> None:
    chance = random.Random(seed)
    rows = [
        (chance.randrange(120), str(number), f"c{chance.randrange(60)}", "".join(chance.sample("ABCDEFGHIJKL", 2)))
        for number in range(600)
    ]
    made = kit.baskets(rows)
    tuned, plain = tune(made, Recipe(), until=until(made)), Recipe()
    moved = [name for name in ("popularity_share", "next_popularity", "together_popularity", "again")
             if getattr(tuned, name) != getattr(plain, name)]  # fmt: skip
    assert len(moved) <= 2


def test_the_model_that_serves_has_the_tuned_voices() -> None:
    made = regulars()
    assert learn_tuned(made, DEAF, until=until(made)).recipe == tune(made, DEAF, until=until(made))


def test_a_sample_is_spread_over_all_questions() -> None:
    made = regulars()
    asked = sample(made, until(made) - 40, until(made), Task.NEXT, 50)
    assert len(asked) == 50
    assert len({each.customer for each in asked}) > 20
    assert len(sample(made, until(made) - 40, until(made), Task.NEXT, 10_000)) >= 300
