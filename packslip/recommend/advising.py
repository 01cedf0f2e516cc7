"""Advising: what a shelf recommends for an order, by strategy, and why.

Nothing that is in the order is recommended. What the customer bought before is recommended by `next_basket` alone.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

import numpy as np

from packslip.library.vocabulary import (
    BEST_SELLERS,
    BOUGHT_TOGETHER,
    COMPLEMENTS,
    NEW_ARRIVALS,
    NEW_TO_THEM,
    NEXT_BASKET,
    RISING_SELLERS,
    SAME_CATEGORY,
)
from packslip.model import Product
from packslip.recommend.arrays import Flags, Numbers, Scores
from packslip.recommend.links import Heard
from packslip.recommend.occasion import Advice, Lazily, Occasion
from packslip.recommend.shelf import ModelShelf

#: products of a strategy that a reason is given for: those that a slip shows, if all goes well
EXPLAINED = 3

_SELLS = "it sells well"
#: reasons that hold for all that a strategy gives
_PLAIN = {NEW_ARRIVALS: "it is new", RISING_SELLERS: "it sells better than before", BEST_SELLERS: _SELLS}
_RISING = 1.2  #: so many times as much as before
_HARDLY = 1e-6  #: less than any link: what fills up where links end


def advise(shelf: ModelShelf, occasion: Occasion) -> Advice:
    """Products for an order, and why each; both are found out when a strategy is asked for."""
    asked = _Asked(shelf, occasion)
    products = Lazily(asked.products)
    return Advice(
        model=shelf.name,
        products=products,
        reasons=Lazily(lambda strategy: asked.reasons(strategy, products[strategy][:EXPLAINED])),
    )


class _Asked:
    """One order at a shelf."""

    def __init__(self, shelf: ModelShelf, occasion: Occasion) -> None:
        self._shelf = shelf
        self._model = shelf.model
        self._occasion = occasion
        self._by_strategy: Mapping[str, Callable[[], tuple[Product, ...]]] = {
            SAME_CATEGORY: self._same_category,
            BOUGHT_TOGETHER: self._bought_together,
            NEXT_BASKET: self._next_basket,
            NEW_TO_THEM: lambda: shelf.choose(self._coming, self._unknown),
            COMPLEMENTS: self._complements,
            BEST_SELLERS: lambda: shelf.choose(shelf.popular, self._unknown),
            RISING_SELLERS: lambda: shelf.choose(shelf.rising, self._unknown & (shelf.rising >= _RISING)),
            NEW_ARRIVALS: lambda: shelf.choose(shelf.popular, self._unknown & shelf.is_new),
        }

    def products(self, strategy: str) -> tuple[Product, ...]:
        """What a strategy recommends."""
        return self._by_strategy[strategy]()

    def reasons(self, strategy: str, products: Iterable[Product]) -> Mapping[str, str]:
        """Why each of them, by SKU."""
        return {product.sku: f"because {self._reason(strategy, product)}" for product in products}

    @cached_property
    def _basket(self) -> Numbers:
        numbers = [number for sku in sorted(self._occasion.skus) if (number := self._model.number(sku)) is not None]
        return np.array(numbers, dtype=np.int64)

    @cached_property
    def _earlier(self) -> tuple[Numbers, Scores]:
        """Number and age in days of what was bought before."""
        today, number = self._occasion.today.toordinal(), self._model.number
        found = [(number(sku), today - day.toordinal()) for sku, day in self._occasion.bought]
        known = [(one, age) for one, age in found if one is not None]
        return (
            np.array([one for one, _ in known], dtype=np.int64),
            np.array([age for _, age in known], dtype=np.float64),
        )

    @cached_property
    def _ahead(self) -> Heard:
        return self._model.ahead(self._basket, *self._earlier)

    @cached_property
    def _beside(self) -> Heard:
        return self._model.beside(self._basket)

    @cached_property
    def _new(self) -> Flags:
        """What is not in the order."""
        return self._shelf.without(self._occasion.skus)

    @cached_property
    def _unknown(self) -> Flags:
        """What the customer never bought."""
        return self._new & self._shelf.without(sku for sku, _ in self._occasion.bought)

    @cached_property
    def _coming(self) -> Scores:
        return self._shelf.placed(self._model.new_scores(self._ahead))

    @cached_property
    def _alike(self) -> Flags:
        return self._shelf.of_categories(self._occasion.categories)

    def _same_category(self) -> tuple[Product, ...]:
        return self._shelf.choose(self._coming, self._unknown & self._alike, is_mixed=False)

    def _bought_together(self) -> tuple[Product, ...]:
        rest = self._shelf.placed(self._model.rest_scores(self._beside))
        return self._shelf.choose(rest + _HARDLY * self._alike, self._unknown)

    def _next_basket(self) -> tuple[Product, ...]:
        return self._shelf.choose(self._shelf.placed(self._model.next_scores(self._ahead, *self._earlier)), self._new)

    def _complements(self) -> tuple[Product, ...]:
        scores = self._shelf.placed(self._beside.scores())
        scores += sum(self._shelf.spoken_for(each) for each in sorted(self._occasion.categories))
        return self._shelf.choose(scores, self._unknown & ~self._alike & (scores > 0))

    def _reason(self, strategy: str, product: Product) -> str:
        if strategy in _PLAIN:
            return _PLAIN[strategy]
        if strategy == NEXT_BASKET and any(sku == product.sku for sku, _ in self._occasion.bought):
            return "you bought it before"
        told = self._teller(self._beside if strategy in {BOUGHT_TOGETHER, COMPLEMENTS} else self._ahead, product)
        if told:
            return f"you bought {told}"
        kinds = ", ".join(sorted(self._occasion.categories))
        return f"it goes with {kinds}" if strategy == COMPLEMENTS else _SELLS

    def _teller(self, heard: Heard, product: Product) -> str:
        """The product that speaks loudest for one, for people; "" where none does."""
        number = self._model.number(product.sku)
        seed = None if number is None else heard.teller(number)
        if seed is None:
            return ""
        sku = self._model.skus[seed]
        known = self._shelf.catalogue.product(sku)
        return f"{known.name} ({sku})" if known else sku
