"""Standing: what one customer is at the end of each day on which something happened, from their orders and returns.

Pure. The same orders and returns give the same standings, whenever and in whatever order they became known: everything
is told in the order of days.

A return says what came back, seldom of which order. It is set against the order that it names; where it names none that
is known, against the customer's latest orders up to its day that still have such pieces. What came back of orders
nobody knows lowers nothing, because it never counted. An order of which nothing is left counts no more.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import attrgetter


@dataclass(slots=True, kw_only=True)
class Item:
    """One line of an order; what comes back is noted on it."""

    line_id: str
    sku: str
    category: str  #: folded, "" where nobody said
    quantity: int
    price: int | None  #: of one piece, in ten-thousandths
    discount: int = 0
    returned: int = 0
    on_record: int = 0  #: pieces that are known to have come back already

    @property
    def left(self) -> int:
        """Pieces that did not come back."""
        return self.quantity - self.returned


def stated_worth(total: int | None, lines: Iterable[tuple[int, int | None, int]]) -> int | None:
    """An order's total as stated, else the sum of its lines (pieces, price, discount); None for no amount known."""
    if total is not None:
        return total
    priced = [pieces * price - discount for pieces, price, discount in lines if price is not None]
    return sum(priced) if priced else None


@dataclass(slots=True, kw_only=True)
class Purchase:
    """One order of a customer; amounts in ten-thousandths of its currency."""

    number: int  #: the history's own
    order_id: str
    day: date
    currency: str
    total: int | None
    refunded: int = 0
    cancelled_on: date | None = None
    items: list[Item]
    came_back: int = 0  #: worth of what was returned
    on_record: int | None = None  #: what it is known to be worth already

    def counts_on(self, day: date) -> bool:
        """Whether it is an order still at the end of a day: not cancelled, and something of it was kept."""
        if self.cancelled_on is not None and self.cancelled_on <= day:
            return False
        return not self.items or any(item.left > 0 for item in self.items)

    def worth_on(self, day: date) -> int | None:
        """What is left at the end of a day of its total, else of its lines; None where no amount is known."""
        if not self.counts_on(day):
            return 0
        stated = stated_worth(self.total, ((item.quantity, item.price, item.discount) for item in self.items))
        return None if stated is None else max(0, stated - self.refunded - self.came_back)


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """One line of a return."""

    return_id: str  #: the shop's number of it, or the order's own
    day: date
    sku: str
    quantity: int
    price: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a customer is at the end of a day."""

    day: date
    first_on: date | None = None
    last_on: date | None = None
    orders: int = 0
    days: int = 0  #: on which orders were placed
    returns: int = 0
    spend: Mapping[str, int] = field(default_factory=dict)  #: currency → ten-thousandths
    categories: Mapping[str, date] = field(default_factory=dict)  #: folded category → day last bought


def standings(
    purchases: Sequence[Purchase], returns: Sequence[Return] = (), *, start: Standing | None = None
) -> Iterator[Standing]:
    """A standing for each day on which something happened, in the order of days; returns are noted on the purchases.

    With `start`, from there on: all that is given happened later, and nothing of it takes anything away.
    """
    tally = _Tally(start)
    shelf = _Kept()
    told: set[str] = set()
    for day, happened in groupby(sorted(_happenings(purchases, returns), key=_place), attrgetter("day")):
        anew = False
        for one in happened:
            if isinstance(one.what, Return):
                anew |= shelf.take_back(one.what)
                told.add(one.what.return_id)
            elif one.is_end:
                anew = True
            elif one.what.counts_on(day):
                shelf.add(one.what)
                tally.add(one.what, day)
        if anew:
            tally = _Tally(None)
            for purchase in shelf.purchases:
                if purchase.counts_on(day):
                    tally.add(purchase, day)
        yield tally.standing(day, (start.returns if start else 0) + len(told))


@dataclass(frozen=True, slots=True)
class _Happening:
    day: date
    what: Purchase | Return
    is_end: bool = False  #: the purchase was cancelled, some days after


def _happenings(purchases: Iterable[Purchase], returns: Iterable[Return]) -> Iterator[_Happening]:
    for purchase in purchases:
        yield _Happening(purchase.day, purchase)
        if purchase.cancelled_on is not None and purchase.cancelled_on > purchase.day:
            yield _Happening(purchase.cancelled_on, purchase, is_end=True)
    for one in returns:
        yield _Happening(one.day, one)


def _place(one: _Happening) -> tuple[date, int, str]:
    """By day; what is bought before what comes back, and then by the shop's own ids."""
    if isinstance(one.what, Return):
        return one.day, 1, one.what.return_id
    return one.day, 2 if one.is_end else 0, one.what.order_id


class _Kept:
    """What a customer has bought so far, for setting returns against it."""

    def __init__(self) -> None:
        self.purchases: list[Purchase] = []
        self._by_sku: dict[str, list[tuple[Purchase, Item]]] = {}

    def add(self, purchase: Purchase) -> None:
        self.purchases.append(purchase)
        for item in purchase.items:
            if item.sku:
                self._by_sku.setdefault(item.sku, []).append((purchase, item))

    def take_back(self, one: Return) -> bool:
        """Note what came back; whether anything was there to take it from."""
        wanted = one.quantity
        sold = self._by_sku.get(one.sku, [])
        named = [pair for pair in sold if pair[0].order_id == one.return_id]
        for purchase, item in reversed(named or sold):
            taken = min(wanted, item.left)
            if taken > 0:
                item.returned += taken
                price = one.price if one.price is not None else item.price
                purchase.came_back += taken * (price or 0)
                wanted -= taken
            if not wanted:
                break
        return wanted < one.quantity


class _Tally:
    """The sums so far."""

    def __init__(self, start: Standing | None) -> None:
        self._first_on = start.first_on if start else None
        self._last_on = start.last_on if start else None
        self._orders = start.orders if start else 0
        self._days = start.days if start else 0
        self._spend = dict(start.spend) if start else {}
        self._categories = dict(start.categories) if start else {}

    def add(self, purchase: Purchase, day: date) -> None:
        """Count a purchase as it is at the end of a day, none of those before it being later."""
        self._orders += 1
        self._days += self._last_on != purchase.day
        self._first_on = self._first_on or purchase.day
        self._last_on = purchase.day
        worth = purchase.worth_on(day)
        if worth is not None:
            self._spend[purchase.currency] = self._spend.get(purchase.currency, 0) + worth
        for item in purchase.items:
            if item.category and item.left > 0:
                self._categories[item.category] = purchase.day

    def standing(self, day: date, returns: int) -> Standing:
        return Standing(
            day=day,
            first_on=self._first_on,
            last_on=self._last_on,
            orders=self._orders,
            days=self._days,
            returns=returns,
            spend=dict(self._spend),
            categories=dict(self._categories),
        )
