"""Model: what the sales of one store say of its products. It holds no customer.

Everything that an order needs is in a few arrays, so that a model can lie in files and be mapped into memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from packslip.recommend.arrays import Numbers, Scores
from packslip.recommend.links import Heard, Links

#: Purchases of one customer that are listened to, the strongest first.
MOST_SEEDS = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """How much a purchase says of what comes next."""

    earlier: float  #: a purchase before this order, beside 1 for one in it
    half_life: float  #: days after which an earlier purchase says half as much
    evenness: float  #: 0: each purchase says as much for itself; 1: all purchases of a customer share one voice


def weigh(weighing: Weighing, ages: Scores) -> Scores:
    """What purchases of some age in days say; those of this order have age zero."""
    faded = weighing.earlier * np.exp2(-ages / weighing.half_life)
    return np.where(ages > 0, faded, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a model is made and asked; docs/recommendations.md tells how these figures were found."""

    weighing: Weighing = Weighing(earlier=0.6, half_life=120.0, evenness=0.5)
    ridge: float = 150.0  #: of the regression of next baskets
    returns_half_life: float = 180.0  #: days after which a return teaches half as much
    returns_share: float = 4.0  #: of that regression beside what EASE says of all that customers own
    owned_ridge: float = 700.0  #: of the latter
    together_ridge: float = 100.0  #: of EASE over baskets
    together_share: float = 0.6  #: of the latter in what customers come back for
    popularity_days: float = 14.0  #: after which a sale counts half for what sells now
    popularity_share: float = 0.4  #: of what sells now in what customers come back for
    next_popularity: float = 0.4  #: the same in a whole next basket
    near_share: float = 0.05  #: of plain nearness in what is bought together: it knows what sells seldom, too
    together_popularity: float = 0.02  #: the same in what is bought together
    again: float = 0.15  #: what a customer bought before, where that may be recommended
    again_days: float = 180.0  #: after which such a purchase counts half
    links: int = 200  #: kept for each product
    least_baskets: int = 5  #: of a product that links are learnt for
    most_products: int = 6000  #: that links are learnt for, the best sold ones
    most_returns: int = 20_000  #: of known customers that are learnt from, the latest ones

    def new_scores(self, heard: Scores, popular: Scores) -> Scores:
        """How likely each product is what a customer who never had it comes back for, by what what they hold says."""
        return heard + self.popularity_share * popular

    def next_scores(self, heard: Scores, popular: Scores, earlier: Numbers, ages: Scores) -> Scores:
        """How likely each product is in a customer's next basket; `earlier`: its place for each earlier purchase."""
        again = np.bincount(earlier, np.exp2(-ages / self.again_days), minlength=len(heard))
        return heard + self.next_popularity * popular + self.again * again

    def rest_scores(self, heard: Scores, popular: Scores) -> Scores:
        """How likely each product stands in the same basket, by what the rest of it says."""
        return heard + self.together_popularity * popular


@dataclass(frozen=True, kw_only=True)
class Model:
    """One store's model. Products are numbered by their place in `skus`."""

    skus: Sequence[str]
    recipe: Recipe
    coming: Links  #: what customers come back for
    together: Links  #: what stands in the same baskets
    popular: npt.NDArray[np.float32]  #: share of the latest baskets
    lasting: npt.NDArray[np.float32]  #: the same over six times as long
    sold: npt.NDArray[np.int64]  #: baskets it was in
    first: npt.NDArray[np.int64]  #: day it first sold, counted from 1970

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {sku: number for number, sku in enumerate(self.skus)}

    def number(self, sku: str) -> int | None:
        """The number of a SKU, None where it never sold."""
        return self._numbers.get(sku)

    def ahead(self, basket: Numbers, earlier: Numbers, ages: Scores) -> Heard:
        """What the products a customer holds say of what is to come: those of this order, and earlier ones by age."""
        return self.coming.heard(*self.seeds(basket, earlier, ages))

    def seeds(self, basket: Numbers, earlier: Numbers, ages: Scores) -> tuple[Numbers, Scores]:
        """Products a customer holds and how loud each is: those of this order, and earlier ones by age in days."""
        items = np.concatenate([basket, earlier])
        said = np.concatenate([np.ones(len(basket)), weigh(self.recipe.weighing, np.maximum(ages, 1.0))])
        seeds, owners = np.unique(items, return_inverse=True)
        sums = np.bincount(owners, said, minlength=len(seeds))
        sums = sums / max(float(sums.sum()), 1e-9) ** self.recipe.weighing.evenness
        if len(seeds) > MOST_SEEDS:
            loudest = np.sort(np.argsort(-sums, kind="stable")[:MOST_SEEDS])
            seeds, sums = seeds[loudest], sums[loudest]
        return seeds.astype(np.int64), sums

    def new_scores(self, heard: Heard) -> Scores:
        """How likely each product is what a customer who never had it comes back for, by what is `ahead`."""
        return self.recipe.new_scores(heard.scores(), self.popular.astype(np.float64))

    def next_scores(self, heard: Heard, earlier: Numbers, ages: Scores) -> Scores:
        """How likely each product is in the next basket, by what is `ahead` and what was bought before."""
        return self.recipe.next_scores(heard.scores(), self.popular.astype(np.float64), earlier, ages)

    def beside(self, basket: Numbers) -> Heard:
        """What goes with the products of a basket."""
        return self.together.heard(basket, np.full(len(basket), max(len(basket), 1) ** -0.5))

    def rest_scores(self, heard: Heard) -> Scores:
        """How likely each product stands in the same basket, by what is `beside` it."""
        return self.recipe.rest_scores(heard.scores(), self.popular.astype(np.float64))

    @cached_property
    def rising(self) -> Scores:
        """How much better each product sells now than before; what hardly sells is near one."""
        least = 1.0 / max(float(self.sold.sum()), 1.0) ** 0.5
        ratio: Scores = (self.popular.astype(np.float64) + least) / (self.lasting.astype(np.float64) + least)
        return ratio
