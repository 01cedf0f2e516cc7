"""Questions: what a store's later sales ask, for telling how good recommendations would have been.

A question is a basket of a window of days, and all that its customer bought on earlier days. There are three tasks, one
for each kind of strategy: what of the customer's next basket, on a later day, was never bought before; what of it was
not in this basket; and, with every other product of a basket hidden, what was hidden. The last one needs no customer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from packslip.recommend.arrays import Numbers, Scores
from packslip.recommend.baskets import NOBODY, Baskets


class Task(StrEnum):
    """What is asked for."""

    NEW = "new to them"  #: in the next basket, and never bought before
    NEXT = "next basket"  #: in the next basket, and not in this one
    REST = "bought together"  #: in the hidden half of this basket


class Asker(StrEnum):
    """Who is asked about."""

    KNOWN = "known customers"  #: bought on an earlier day
    FIRST = "first orders"  #: this basket is all that is known of them
    GUEST = "guests"  #: nobody knows whose basket it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One basket, and what may not and should be given for it."""

    task: Task
    asker: Asker
    customer: int  #: whose questions belong together; for each guest another
    basket: Numbers
    earlier: Numbers  #: an entry for each earlier purchase
    ages: Scores  #: of the earlier purchases, in days
    banned: Numbers
    answer: Numbers  #: never empty

    @property
    def bought(self) -> Numbers:
        """Everything the customer ever bought, this basket included."""
        return np.union1d(self.basket, self.earlier)


def questions(baskets: Baskets, first: int, last: int, task: Task) -> Iterator[Question]:
    """The questions of the baskets from day `first` to the day before `last`."""
    asked = _of_halves(baskets, first, last) if task is Task.REST else _of_returns(baskets, first, last, task)
    return (question for question in asked if len(question.answer))


def sample(baskets: Baskets, first: int, last: int, task: Task, most: int) -> list[Question]:
    """So many of the questions at most, evenly out of all; what never sold before the first day is not to be given."""
    unsold = np.flatnonzero(baskets.before(first).sold == 0)
    found = list(questions(baskets, first, last, task))
    spread = np.linspace(0, len(found) - 1, min(most, len(found))).astype(np.int64)
    return [replace(found[place], banned=np.union1d(found[place].banned, unsold)) for place in spread]


def _of_returns(baskets: Baskets, first: int, last: int, task: Task) -> Iterator[Question]:
    for visits in baskets.of_customers:
        days = baskets.days[visits]
        for place in range(len(visits) - 1):
            if not first <= days[place] < last:
                continue
            basket = baskets.basket(int(visits[place]))
            held = [baskets.basket(int(visit)) for visit in visits[:place]]
            earlier = np.concatenate([*held, np.zeros(0, dtype=np.int64)])
            banned = basket if task is Task.NEXT else np.union1d(basket, earlier)
            yield Question(
                task=task,
                asker=Asker.KNOWN if place else Asker.FIRST,
                customer=int(baskets.customers[visits[0]]),
                basket=basket,
                earlier=earlier,
                ages=np.repeat(days[place] - days[:place], [len(items) for items in held]).astype(np.float64),
                banned=banned,
                answer=np.setdiff1d(baskets.basket(int(visits[place + 1])), banned),
            )


def _of_halves(baskets: Baskets, first: int, last: int) -> Iterator[Question]:
    known: set[int] = set()
    for number, day in enumerate(baskets.days):
        customer = int(baskets.customers[number])
        if first <= day < last:
            items = baskets.basket(number)
            asker = Asker.KNOWN if customer in known else Asker.FIRST
            yield Question(
                task=Task.REST,
                asker=Asker.GUEST if customer == NOBODY else asker,
                customer=customer if customer != NOBODY else NOBODY - 1 - number,
                basket=items[::2],
                earlier=np.zeros(0, dtype=np.int64),
                ages=np.zeros(0),
                banned=items[::2],
                answer=items[1::2],
            )
        known.add(customer)
