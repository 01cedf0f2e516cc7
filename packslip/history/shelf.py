"""Shelf: the products one store can recommend in one currency, best sellers first; it answers where there is no model.

Never holds what is unavailable, out of season or another store's. Products priced in the order's currency
come before all others, and ties are broken by the catalogue's own order.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from heapq import merge
from itertools import islice

import numpy as np

from packslip.history.sales import Numbers, Sales
from packslip.library.catalogue import Catalogue
from packslip.library.literals import fold
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

#: More than a slip shows, so that some may fail.
MOST = 9


class Shelf:
    """A ranked view of the catalogue, as of one day."""

    def __init__(
        self, catalogue: Catalogue, sales: Sales, *, store: str, currency: str, until: int, today: date
    ) -> None:
        self._sales = sales
        self._until = until
        sold = sales.sold(until)

        def rank(item: tuple[int, Product]) -> tuple[bool, int, int]:
            place, product = item
            number = sales.number(product.sku)
            times = 0 if number is None else int(sold[number])
            return product.currency not in {"", currency}, -times, place

        offered = [
            (place, product)
            for place, product in enumerate(catalogue.products)
            if product.available and product.store in {"", store} and product.sells_on(today)
        ]
        self._ranked: Sequence[Product] = tuple(product for _, product in sorted(offered, key=rank))
        #: from this place on, products cost another currency
        self._foreign = sum(1 for product in self._ranked if product.currency in {"", currency})
        self._categories: dict[str, list[int]] = {}
        for place, product in enumerate(self._ranked):
            if product.category:
                self._categories.setdefault(fold(product.category), []).append(place)
        places = {sales.number(product.sku): place for place, product in enumerate(self._ranked)}
        self._places: Numbers = np.asarray(
            [places.get(number, -1) for number in range(len(sales.skus))], dtype=np.int64
        )

    def suggestions(
        self, skus: frozenset[str], categories: Iterable[str], bought: frozenset[str] = frozenset()
    ) -> Mapping[str, tuple[Product, ...]]:
        """Ranked products by strategy, at most nine each, none of them among `skus`.

        What was `bought` before is suggested for the next basket alone. The strategies that need a model are answered
        by those that are nearest to them: what comes next by what is bought together, what rises or is new by what
        sells.
        """
        kinds = dict.fromkeys(fold(category) for category in categories if category)
        known = skus | bought
        alike = self._pick(merge(*(self._categories.get(kind, []) for kind in kinds)), known)
        sellers = self._products(self._pick(range(len(self._ranked)), known))
        close = self._together(skus, MOST + len(known))
        together = self._topped(close, kinds, known)
        others = [place for place in close if fold(self._ranked[place].category) not in kinds]
        return {
            SAME_CATEGORY: self._products(alike),
            BOUGHT_TOGETHER: together,
            BEST_SELLERS: sellers,
            NEXT_BASKET: self._topped(close, kinds, skus),
            NEW_TO_THEM: together,
            COMPLEMENTS: self._products(self._pick(others, known)),
            RISING_SELLERS: sellers,
            NEW_ARRIVALS: sellers,
        }

    def _topped(self, close: Sequence[int], kinds: Iterable[str], known: frozenset[str]) -> tuple[Product, ...]:
        """What is close; then, where that is not enough, what is alike, then what sells."""
        alike = self._pick(merge(*(self._categories.get(kind, []) for kind in kinds)), known)
        sellers = self._pick(range(len(self._ranked)), known)
        topped = list(dict.fromkeys((*self._pick(close, known), *alike, *sellers)))[:MOST]
        topped.sort(key=lambda place: place >= self._foreign)
        return self._products(topped)

    def _pick(self, places: Iterable[int], skus: frozenset[str]) -> list[int]:
        return list(islice((place for place in places if self._ranked[place].sku not in skus), MOST))

    def _products(self, places: Iterable[int]) -> tuple[Product, ...]:
        return tuple(self._ranked[place] for place in places)

    def _together(self, skus: frozenset[str], most: int) -> Sequence[int]:
        """Places of all products that known orders held beside these SKUs, the closest first."""
        numbers = [number for sku in skus if (number := self._sales.number(sku)) is not None]
        affinity = self._sales.affinity(numbers, self._until)
        met = np.flatnonzero((affinity > 0) & (self._places >= 0))
        places = self._places[met]
        closest = np.lexsort((places, -affinity[met].round(9), places >= self._foreign))
        return [int(place) for place in places[closest[:most]]]
