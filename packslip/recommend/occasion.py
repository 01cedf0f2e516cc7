"""Occasion and advice: what an order tells when it asks what to recommend, and what it is told."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from packslip.library.vocabulary import STRATEGIES
from packslip.model import Product

V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """An order that asks what to recommend."""

    store: str
    currency: str
    today: date
    skus: frozenset[str]  #: in this order, earlier parcels included
    categories: frozenset[str]  #: of what is in this order
    bought: Sequence[tuple[str, date]]  #: SKU and day of what this customer bought before today


class Lazily(Mapping[str, V]):
    """A value for each strategy, made when it is first asked for: the rules of an order ask for one."""

    def __init__(self, make: Callable[[str], V]) -> None:
        self._make = make
        self._made: dict[str, V] = {}

    def __getitem__(self, strategy: str) -> V:
        if strategy not in STRATEGIES:
            raise KeyError(strategy)
        if strategy not in self._made:
            self._made[strategy] = self._make(strategy)
        return self._made[strategy]

    def __iter__(self) -> Iterator[str]:
        return iter(STRATEGIES)

    def __len__(self) -> int:
        return len(STRATEGIES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What is recommended for an order, and why."""

    model: str  #: id of the model
    products: Mapping[str, tuple[Product, ...]]  #: strategy → ranked, at most nine
    reasons: Mapping[str, Mapping[str, str]]  #: strategy → SKU → why, for people; of the first ones
