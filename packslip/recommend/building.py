"""Building: a store's baskets in, its model out."""

from dataclasses import replace

import numpy as np

from packslip.recommend.arrays import Numbers
from packslip.recommend.baskets import Baskets
from packslip.recommend.learning import customers_matrix, ease, pairs_of, popularity, returns
from packslip.recommend.links import Links
from packslip.recommend.model import Model, Recipe


def learn(baskets: Baskets, recipe: Recipe, *, until: int) -> Model:
    """The model of some baskets, all of them of days before `until`."""
    size = len(baskets.skus)
    head = _head(baskets, recipe)
    pairs = pairs_of(baskets, recipe.weighing)
    returned = returns(
        replace(pairs, seeds=pairs.seeds[:, head], targets=pairs.targets[:, head]),
        ridge=recipe.ridge,
        half_life=recipe.returns_half_life,
        until=until,
    )
    owned = ease(customers_matrix(baskets)[:, head], ridge=recipe.owned_ridge)
    together = ease(baskets.matrix[:, head], ridge=recipe.together_ridge)
    coming = recipe.returns_share * returned + owned + recipe.together_share * together
    firsts = np.full(size, until, dtype=np.int64)
    np.minimum.at(firsts, baskets.items, np.repeat(baskets.days, np.diff(baskets.starts)))
    return Model(
        skus=baskets.skus,
        recipe=recipe,
        coming=_whole(Links.of(coming, recipe.links), head, size),
        together=_whole(Links.of(together, recipe.links), head, size),
        popular=popularity(baskets, half_life=recipe.popularity_days, until=until).astype(np.float32),
        lasting=popularity(baskets, half_life=6 * recipe.popularity_days, until=until).astype(np.float32),
        sold=baskets.sold,
        first=firsts,
    )


def _head(baskets: Baskets, recipe: Recipe) -> Numbers:
    """The products that links are learnt for: those that sold often enough, or the best of them."""
    often = np.flatnonzero(baskets.sold >= recipe.least_baskets)
    best = often[np.argsort(-baskets.sold[often], kind="stable")[: recipe.most_products]]
    return np.sort(best).astype(np.int64)


def _whole(links: Links, head: Numbers, size: int) -> Links:
    """Links among the products of `head`, as links among all."""
    lengths = np.zeros(size, dtype=np.int64)
    lengths[head] = np.diff(links.starts)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return Links(starts=starts, items=head[links.items].astype(np.int32), weights=links.weights)
