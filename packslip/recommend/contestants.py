"""Contestants: ways to recommend, each learnt from baskets and asked the same questions.

The model is among them as it serves orders. The others are what it must be worth more than; `peers` holds those of
another library.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy import sparse

from packslip.recommend.arrays import Numbers, Scores, best
from packslip.recommend.baskets import Baskets
from packslip.recommend.learning import best_sold, bm25, cosine, customers_matrix, ease, popularity
from packslip.recommend.links import Links
from packslip.recommend.measures import SHOWN
from packslip.recommend.model import Recipe
from packslip.recommend.questions import Question, Task
from packslip.recommend.tuning import learn_tuned

#: A question → products, the best first.
Answerer = Callable[[Question], Numbers]
#: Baskets and the first day that is not among them → who answers.
Learner = Callable[[Baskets, int], Answerer]

#: the model as it serves orders
OURS = "packslip"
POPULARITY = "popularity"

_MOST_PRODUCTS = 6000  #: that are linked here, the best sold ones: the matrices are dense


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """A way to recommend, in the variants that a validation window chooses from."""

    name: str
    variants: Sequence[Learner]


def ours(recipe: Recipe) -> Learner:
    """The model of a recipe, tuned as every model is, asked as an order asks it by the strategy of the task."""

    def learner(baskets: Baskets, until: int) -> Answerer:
        model = learn_tuned(baskets, recipe, until=until)

        def answer(question: Question) -> Numbers:
            if question.task is Task.REST:
                return best(model.rest_scores(model.beside(question.basket)), question.banned, SHOWN)
            heard = model.ahead(question.basket, question.earlier, question.ages)
            if question.task is Task.NEXT:
                return best(model.next_scores(heard, question.earlier, question.ages), question.banned, SHOWN)
            return best(model.new_scores(heard), question.banned, SHOWN)

        return answer

    return learner


def sells_well(half_life: float) -> Learner:
    """The products in most baskets, the latest counting more; the same for all."""

    def learner(baskets: Baskets, until: int) -> Answerer:
        scores = popularity(baskets, half_life=half_life, until=until)
        return lambda question: best(scores, question.banned, SHOWN)

    return learner


def bought_before(half_life: float) -> Learner:
    """What this customer bought most often and last, then what sells well: the first baseline for whole baskets.

    Source: Faggioli, Polato and Aiolli, Recency Aware Collaborative Filtering for Next Basket Recommendation, 2020.
    """

    def learner(baskets: Baskets, until: int) -> Answerer:
        common = popularity(baskets, half_life=half_life, until=until)

        def answer(question: Question) -> Numbers:
            own = np.bincount(question.earlier, np.exp2(-question.ages / half_life), minlength=len(common))
            return best(own + 1e-3 * common, question.banned, SHOWN)

        return answer

    return learner


@dataclass(frozen=True, slots=True, kw_only=True)
class LinksLearner:
    """What a customer has speaks for what it is linked with, each purchase as loud as any other."""

    link: Callable[[sparse.csr_array], Scores]
    most: int = 200
    by_order: bool = False  #: linked by what stands in the same basket, else by what the same customer bought
    basket_only: bool = False  #: earlier purchases are not listened to

    def __call__(self, baskets: Baskets, until: int) -> Answerer:
        """Learn the links."""
        rows = baskets.matrix if self.by_order else customers_matrix(baskets)
        head = best_sold(baskets, least=1, most=_MOST_PRODUCTS)
        links = Links.of(self.link(rows[:, head]), self.most).among(head, len(baskets.skus))
        common = popularity(baskets, half_life=1e6, until=until)

        def answer(question: Question) -> Numbers:
            seeds = question.basket if self.basket_only else question.bought
            return best(links.scores(seeds, np.ones(len(seeds))) + 1e-9 * common, question.banned, SHOWN)

        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeLearner:
    """The same with every link, and not the strongest alone: what a closed form says in full."""

    link: Callable[[sparse.csr_array], Scores]

    def __call__(self, baskets: Baskets, until: int) -> Answerer:
        """Learn the links."""
        head = best_sold(baskets, least=1, most=_MOST_PRODUCTS)
        links = self.link(customers_matrix(baskets)[:, head]).astype(np.float32)
        common = popularity(baskets, half_life=1e6, until=until)

        def answer(question: Question) -> Numbers:
            scores = 1e-9 * common
            scores[head] += links[np.flatnonzero(np.isin(head, question.bought))].sum(axis=0)
            return best(scores, question.banned, SHOWN)

        return answer


def _both_ways(learner: LinksLearner) -> tuple[LinksLearner, ...]:
    return tuple(
        replace(learner, most=most, basket_only=alone, by_order=alone) for most in (20, 200) for alone in (False, True)
    )


def baselines() -> tuple[Contestant, ...]:
    """The plain ways, tuned as far as they can be."""
    near = [partial(cosine, damping=damping) for damping in (4.0, 20.0)]
    relevant = [partial(bm25, k1=k1, b=b) for k1, b in ((1.2, 0.75), (100.0, 0.8))]
    return (
        Contestant(name=POPULARITY, variants=[sells_well(days) for days in (1e6, 90.0, 30.0, 14.0)]),
        Contestant(name="bought before", variants=[bought_before(days) for days in (1e6, 90.0, 30.0)]),
        Contestant(name="cosine", variants=[each for link in near for each in _both_ways(LinksLearner(link=link))]),
        Contestant(name="BM25", variants=[each for link in relevant for each in _both_ways(LinksLearner(link=link))]),
        Contestant(
            name="EASE",
            variants=[WholeLearner(link=partial(ease, ridge=ridge)) for ridge in (300.0, 1000.0)],
        ),
    )


def ourselves(recipe: Recipe) -> Contestant:
    """The model as it serves orders."""
    return Contestant(name=OURS, variants=[ours(recipe)])
