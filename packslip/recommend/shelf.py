"""Shelf: the products of one store's catalogue on one day, as a model sees them.

Never holds what is unavailable, out of season or another store's. Products priced in the order's currency come before
all others, those with a picture before those without, and three in a row are of different categories where they can be.
"""

from collections.abc import Iterable
from datetime import date

import numpy as np

from packslip.library.catalogue import Catalogue
from packslip.library.literals import fold
from packslip.model import Product
from packslip.recommend.arrays import Flags, Numbers, Scores, day_number
from packslip.recommend.model import Model

#: More than a slip shows, so that some may fail.
MOST = 9

_SHOWN = 3
_WINDOW = 12  #: candidates among which pictures and categories may change the order
_FAR = 1e6  #: more than any score; what is priced in another currency stands so far behind
_NEW_DAYS = 60  #: since its first sale, while a product is an arrival
_SETTLING_DAYS = 30  #: at the start of the history, in which everything is seen for the first time
_LOUD = 20  #: best sellers of a category that speak for it


class ModelShelf:
    """A model beside a catalogue. A *place* is a product's on the shelf, a *number* a SKU's in the model."""

    def __init__(
        self, model: Model, catalogue: Catalogue, *, name: str, store: str, currency: str, today: date
    ) -> None:
        self.model = model
        self.name = name  #: id of the model
        self.catalogue = catalogue
        self.offered: tuple[Product, ...] = tuple(
            product
            for product in catalogue.products
            if product.available and product.store in {"", store} and product.sells_on(today)
        )
        numbers = [model.number(product.sku) for product in self.offered]
        #: what never sold has the number behind the last
        self._numbers: Numbers = np.array([len(model.skus) if n is None else n for n in numbers], dtype=np.int64)
        self._places = {product.sku: place for place, product in enumerate(self.offered)}
        self._is_foreign: Flags = np.array([p.currency not in {"", currency} for p in self.offered], dtype=bool)
        self._is_pictured: Flags = np.array([bool(p.image) for p in self.offered], dtype=bool)
        kinds = [fold(product.category) for product in self.offered]
        self._kind_numbers = {kind: number for number, kind in enumerate(dict.fromkeys(filter(None, kinds)))}
        self._kinds: Numbers = np.array([self._kind_numbers.get(kind, -1) for kind in kinds], dtype=np.int64)
        self.popular: Scores = self.placed(model.popular.astype(np.float64))
        first = self.placed(model.first.astype(np.float64))
        settled = float(model.first.min(initial=day_number(today))) + _SETTLING_DAYS
        self.is_new: Flags = first >= max(day_number(today) - _NEW_DAYS, settled)
        self.rising: Scores = self.placed(model.rising)
        self._spoken_for: dict[str, Scores] = {}

    def placed(self, scores: Scores) -> Scores:
        """Scores by number as scores by place."""
        return np.append(scores, 0.0)[self._numbers]

    def without(self, skus: Iterable[str]) -> Flags:
        """Which places hold none of some SKUs."""
        flags = np.ones(len(self.offered), dtype=bool)
        flags[[place for sku in skus if (place := self._places.get(sku)) is not None]] = False
        return flags

    def of_categories(self, categories: Iterable[str]) -> Flags:
        """Which places hold a product of one of some categories."""
        numbers = [number for kind in categories if (number := self._kind_numbers.get(fold(kind))) is not None]
        return np.isin(self._kinds, numbers)

    def spoken_for(self, category: str) -> Scores:
        """What goes with the best sellers of a category, by place."""
        kind = fold(category)
        if kind not in self._spoken_for:
            places = np.flatnonzero(self.of_categories([kind]) & (self._numbers < len(self.model.skus)))
            loud = places[np.argsort(-self.popular[places], kind="stable")[:_LOUD]]
            self._spoken_for[kind] = self.placed(self.model.beside(self._numbers[loud]).scores())
        return self._spoken_for[kind]

    def choose(self, scores: Scores, allowed: Flags, *, is_mixed: bool = True) -> tuple[Product, ...]:
        """The products of the highest scores; `is_mixed`: of different categories."""
        ranked = np.where(allowed, scores - _FAR * self._is_foreign, -np.inf)
        count = min(len(ranked), MOST + _WINDOW)
        if not count:
            return ()
        top = np.argpartition(-ranked, count - 1)[:count]
        top = top[np.lexsort((top, -ranked[top]))]
        places = [int(place) for place in top if np.isfinite(ranked[place])]
        near = [place for place in places[:_WINDOW] if not self._is_foreign[place]]
        near.sort(key=lambda place: not self._is_pictured[place])
        places = [*near, *(place for place in places if place not in near)]
        chosen = self._mixed(places) if is_mixed else places
        return tuple(self.offered[place] for place in chosen[:MOST])

    def _mixed(self, places: list[int]) -> list[int]:
        """The same places, three in a row of different categories where the next few allow it."""
        rest, chosen = list(places), list[int]()
        while rest:
            three: list[int] = []
            seen: set[int] = set()
            for place in rest[:_WINDOW]:
                kind = int(self._kinds[place])
                if kind not in seen and len(three) < _SHOWN:
                    three.append(place)
                    seen |= {kind} - {-1}
            three += [place for place in rest if place not in three][: _SHOWN - len(three)]
            chosen += three
            rest = [place for place in rest if place not in three]
        return chosen
