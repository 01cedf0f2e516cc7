"""Peers: the models of the library `implicit`, asked the same questions. It is not needed for anything else.

Each learns from customers and is given what one ever bought, or learns from orders and is given this one, whichever
does better on the validation window; likewise for ALS, which is given all in either case.
"""

import importlib
import importlib.util
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, cast

import numpy as np
from scipy import sparse

from packslip.recommend.arrays import Numbers
from packslip.recommend.baskets import Baskets
from packslip.recommend.contestants import Answerer, Contestant
from packslip.recommend.learning import customers_matrix, popularity
from packslip.recommend.measures import SHOWN
from packslip.recommend.questions import Question

LIBRARY = "implicit"


class _Peer(Protocol):
    """What is used of a model of `implicit`."""

    def fit(self, user_items: sparse.csr_matrix, *, show_progress: bool) -> None: ...

    def recommend(
        self,
        userid: int,
        user_items: sparse.csr_matrix,
        *,
        N: int,  # noqa: N803 -- theirs
        filter_already_liked_items: bool,
        recalculate_user: bool,
    ) -> tuple[Numbers, object]: ...


def is_there() -> bool:
    """Whether the library is installed."""
    return importlib.util.find_spec(LIBRARY) is not None


def peers() -> tuple[Contestant, ...]:
    """Its item-item models and ALS, in the variants its documentation names and around them."""
    return (
        Contestant(name="implicit cosine", variants=_item_item("CosineRecommender", ({},))),
        Contestant(name="implicit TF-IDF", variants=_item_item("TFIDFRecommender", ({},))),
        Contestant(
            name="implicit BM25",
            variants=_item_item("BM25Recommender", ({"K1": 1.2, "B": 0.75}, {"K1": 100.0, "B": 0.5})),
        ),
        Contestant(
            name="implicit ALS",
            variants=[
                _PeerLearner(make=partial(_als, factors, alpha), basket_only=False, by_order=by_order)
                for factors, alpha in ((32, 1.0), (64, 5.0), (128, 20.0))
                for by_order in (False, True)
            ],
        ),
    )


def _item_item(kind: str, settings: Sequence[dict[str, float]]) -> list["_PeerLearner"]:
    return [
        _PeerLearner(make=partial(_neighbours, kind, most, each), basket_only=alone, by_order=alone)
        for each in settings
        for most in (20, 200)
        for alone in (False, True)
    ]


def _neighbours(kind: str, most: int, settings: dict[str, float]) -> _Peer:
    module = importlib.import_module("implicit.nearest_neighbours")
    return cast("_Peer", getattr(module, kind)(K=most, num_threads=1, **settings))


def _als(factors: int, alpha: float) -> _Peer:
    module = importlib.import_module("implicit.als")
    made = module.AlternatingLeastSquares(
        factors=factors, regularization=0.05, alpha=alpha, iterations=15, num_threads=1, random_state=20101201
    )
    return cast("_Peer", made)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PeerLearner:
    """One of its models, learnt from what customers bought, or from orders alone."""

    make: Callable[[], _Peer]
    basket_only: bool
    by_order: bool

    def __call__(self, baskets: Baskets, until: int) -> Answerer:
        model = self.make()
        size = len(baskets.skus)
        rows = baskets.matrix if self.by_order else customers_matrix(baskets)
        with warnings.catch_warnings(action="ignore"):  # it converts its own matrices, and says so each time
            model.fit(sparse.csr_matrix(rows, dtype=np.float32), show_progress=False)
        filling = np.argsort(-popularity(baskets, half_life=1e6, until=until), kind="stable")

        def answer(question: Question) -> Numbers:
            held = question.basket if self.basket_only else question.bought
            row = sparse.csr_matrix((np.ones(len(held), dtype=np.float32), held, [0, len(held)]), shape=(1, size))
            wanted = min(size, SHOWN + len(question.banned))
            given, _ = model.recommend(0, row, N=wanted, filter_already_liked_items=False, recalculate_user=True)
            given = np.concatenate([given[given >= 0], filling[: wanted + SHOWN]])
            _, firsts = np.unique(given, return_index=True)
            given = given[np.sort(firsts)]
            return given[~np.isin(given, question.banned)][:SHOWN].astype(np.int64)

        return answer
