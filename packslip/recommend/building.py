"""Building: a store's baskets in, its model out."""

from dataclasses import replace

import numpy as np

from packslip.recommend.baskets import Baskets
from packslip.recommend.learning import best_sold, customers_matrix, ease, near, pairs_of, popularity, returns
from packslip.recommend.links import Links
from packslip.recommend.model import Model, Recipe


def learn(baskets: Baskets, recipe: Recipe, *, until: int) -> Model:
    """The model of some baskets, all of them of days before `until`."""
    size = len(baskets.skus)
    head = best_sold(baskets, least=recipe.least_baskets, most=recipe.most_products)
    pairs = pairs_of(baskets, recipe.weighing, most=recipe.most_returns)
    returned = returns(
        replace(pairs, seeds=pairs.seeds[:, head], targets=pairs.targets[:, head]),
        ridge=recipe.ridge,
        half_life=recipe.returns_half_life,
        until=until,
    )
    owned = ease(customers_matrix(baskets)[:, head], ridge=recipe.owned_ridge)
    together = ease(baskets.matrix[:, head], ridge=recipe.together_ridge)
    links = Links.of(together, recipe.links)
    coming = owned  # one after another: each is as large as all links between products
    coming += recipe.returns_share * returned
    coming += recipe.together_share * together
    firsts = np.full(size, until, dtype=np.int64)
    np.minimum.at(firsts, baskets.items, np.repeat(baskets.days, np.diff(baskets.starts)))
    return Model(
        skus=baskets.skus,
        recipe=recipe,
        coming=Links.of(coming, recipe.links).among(head, size),
        together=links.among(head, size).plus(near(baskets.matrix, most=recipe.links), recipe.near_share),
        popular=popularity(baskets, half_life=recipe.popularity_days, until=until).astype(np.float32),
        lasting=popularity(baskets, half_life=6 * recipe.popularity_days, until=until).astype(np.float32),
        sold=baskets.sold,
        first=firsts,
    )
