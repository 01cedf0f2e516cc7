"""Shelf: the products one store can recommend in one currency, best sellers first.

Never holds what is unavailable or another store's. Products priced in the order's currency come before all others, and
ties are broken by the catalogue's own order.
"""

from collections.abc import Iterable, Mapping, Sequence
from heapq import merge
from itertools import islice

import numpy as np

from packslip.history.sales import Numbers, Sales
from packslip.library.catalogue import Catalogue
from packslip.library.literals import fold
from packslip.model import Product

#: More than a slip shows, so that some may fail.
MOST = 9


class Shelf:
    """A ranked view of the catalogue, as of one day."""

    def __init__(self, catalogue: Catalogue, sales: Sales, *, store: str, currency: str, until: int) -> None:
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
            if product.available and product.store in {"", store}
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

    def suggestions(self, skus: frozenset[str], categories: Iterable[str]) -> Mapping[str, tuple[Product, ...]]:
        """Ranked products by strategy, at most nine each, none of them among `skus`."""
        kinds = dict.fromkeys(fold(category) for category in categories if category)
        alike = self._pick(merge(*(self._categories.get(kind, []) for kind in kinds)), skus)
        sellers = self._pick(range(len(self._ranked)), skus)
        together = self._pick(self._together(skus), skus)
        topped = list(dict.fromkeys((*together, *alike, *sellers)))[:MOST]
        topped.sort(key=lambda place: place >= self._foreign)
        return {
            "same_category": self._products(alike),
            "bought_together": self._products(topped),
            "best_sellers": self._products(sellers),
        }

    def _pick(self, places: Iterable[int], skus: frozenset[str]) -> list[int]:
        return list(islice((place for place in places if self._ranked[place].sku not in skus), MOST))

    def _products(self, places: Iterable[int]) -> tuple[Product, ...]:
        return tuple(self._ranked[place] for place in places)

    def _together(self, skus: frozenset[str]) -> Sequence[int]:
        """Places of all products that known orders held beside these SKUs, the closest first."""
        numbers = [number for sku in skus if (number := self._sales.number(sku)) is not None]
        affinity = self._sales.affinity(numbers, self._until)
        met = np.flatnonzero((affinity > 0) & (self._places >= 0))
        places = self._places[met]
        closest = np.lexsort((places, -affinity[met].round(9), places >= self._foreign))
        return [int(place) for place in places[closest[: MOST + len(skus)]]]
