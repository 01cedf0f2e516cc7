"""packslip itself: plates, and the reference they must equal."""

import gc
import inspect
import shutil
import sys
from collections import Counter
from typing import Any

from benchmarks.peers.shop import Absent, Peer, Shop
from packslip.model import Document, PressPath, Slip
from packslip.press import press

#: Whether this tree has plates: without them `press` has one path and no word for it.
HAS_PLATES = "reference" in inspect.signature(press).parameters


class Reference(Peer):
    """The reference path: WeasyPrint, its findings included."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def draw(self, slip: Slip) -> bytes:
        return self.press(slip).data

    def press(self, slip: Slip) -> Document:
        """The whole document."""
        reference = {"reference": True} if HAS_PLATES else {}
        return _document(press(slip, self._shop.world, self._shop.picture, **reference)[0], slip)


class Plates(Peer):
    """The plate path, its store empty when it is opened."""

    def __init__(self, shop: Shop) -> None:
        if not HAS_PLATES:
            raise Absent("this packslip has no plates yet")
        self._shop = shop
        shutil.rmtree(shop.world.workspace.state / "plates", ignore_errors=True)
        self.struck = 0
        self.drawn = 0

    def draw(self, slip: Slip) -> bytes:
        document = _document(press(slip, self._shop.world, self._shop.picture)[0], slip)
        self.drawn += 1
        self.struck += document.path is PressPath.PLATE
        return document.data

    def forget(self) -> None:
        forget_subsets()


def forget_subsets() -> None:
    """Empty every face's memory of finished subsets: a day's slips differ, and the run comes round a second time."""
    for face in _alive("packslip.press.subsets", "Face"):
        face.subset.cache_clear()


def traced() -> tuple[int, dict[str, int]]:
    """How many plates were made in this process, and why slips were not struck."""
    books = _alive("packslip.press.plates", "PlateBook")
    refused: Counter[str] = Counter()
    for book in books:
        refused.update(book.refused)
    return sum(book.traced for book in books), dict(refused)


def _alive(module: str, name: str) -> list[Any]:
    """Every object of a class, found without asking its owner; none where there is no such class."""
    kind = getattr(sys.modules.get(module), name, None)
    return [] if kind is None else [thing for thing in gc.get_objects() if isinstance(thing, kind)]


def _document(document: Document | None, slip: Slip) -> Document:
    if document is None:
        raise RuntimeError(f"{slip.key}: no document")
    return document
