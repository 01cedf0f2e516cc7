"""Offers: which pool gives an order its code, and what is told where none has one.

`Offers` asks the ledger, for the line. `stand_in` is for slips that are only looked at: no pool loses a code by them.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from packslip.ledger import Ledger, Refusal, Source, Wish, make_grant, with_survey
from packslip.library.brands import brand_of
from packslip.library.pools import GENERATE, HOLD, NONE, Asked, Pool, least_of, pools_for
from packslip.model import Choice, Grant, Offer, Order, Withheld
from packslip.world import World

log = logging.getLogger("packslip.engine")

SPECIMEN = "SPECIMEN"  #: stands where the line would print a code that the shop made
_LOOK_S = 10.0  #: how often a pool's level is looked at while codes are taken from it


class Offers:
    """Grants orders what they own, by the pools of a release. Several threads ask at once."""

    def __init__(self, world: World, ledger: Ledger, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._world = world
        self._ledger = ledger
        self._clock = clock
        self._lock = threading.Lock()
        self._looked: dict[str, float] = {}
        self._low: set[str] = set()

    def grant(self, order: Order, choice: Choice, today: date) -> Grant | Withheld:
        """The order's code and token, on record; or why the offer is not made, and then nothing is."""
        made = self._granted(order, choice, today)
        if isinstance(made, Withheld):
            return made
        return _surveyed(made, order, self._world, self._world.workspace.secret)

    def _granted(self, order: Order, choice: Choice, today: date) -> Grant | Withheld:
        template, prefix = review_template(self._world, order), _code_prefix(self._world, order)
        pools = _pools(self._world, order, choice)
        if choice.offer is None or not pools:
            return self._ledger.grant(
                order.key, choice.offer, today=today, template=template, segment=choice.segment, prefix=prefix
            )
        customers = self._customers(order) if pools[0].first_order else ()
        sources = tuple(source for pool in pools for source in _sources(pool, prefix))
        wish = Wish(offer=choice.offer, begins=_begins(order, pools[0], today), sources=sources, customers=customers)
        made = self._ledger.grant_from(order.key, wish, today=today, template=template, segment=choice.segment)
        self._watch(pools)
        if isinstance(made, Refusal):
            return _withheld(made, choice.offer, pools)
        return made

    def _customers(self, order: Order) -> tuple[str, ...]:
        """Keyed hashes of a customer's ids, the chief first; none of who is unknown."""
        if not order.customer_id:
            return ()
        catalogue = self._world.catalogue
        chief = catalogue.same.get(order.customer_id, order.customer_id)
        ids = dict.fromkeys((chief, *catalogue.ids_of(order.customer_id)))
        return tuple(self._ledger.customer_hash(order.key.store, one) for one in ids)

    def _watch(self, pools: tuple[Pool, ...]) -> None:
        """Log once that a pool is low or dry."""
        now = self._clock()
        for pool in pools:
            with self._lock:
                is_fresh = now - self._looked.get(pool.name, -_LOOK_S) < _LOOK_S
                if not pool.is_imported or is_fresh:
                    continue
                self._looked[pool.name] = now
            free = self._ledger.codes.free(pool.name, max(pool.low, 1))
            if free >= max(pool.low, 1):
                self._low.discard(pool.name)
            elif pool.name not in self._low:
                self._low.add(pool.name)
                log.warning("pool %s has %s", pool.name, f"{free} free codes left" if free else "no free code left")


def stand_in(world: World, order: Order, choice: Choice, today: date, *, secret: bytes) -> Grant:
    """A grant for a slip that is only looked at: a code made from the secret, or a specimen of a shop's."""
    pools = _pools(world, order, choice)
    pool, offer, begins = pools[0] if pools else None, choice.offer, today
    if offer is not None and pool is not None:
        least, currency = least_of(pool)
        offer, begins = replace(offer, minimum=least, minimum_currency=currency), _begins(order, pool, today)
    made = make_grant(
        secret,
        order.key,
        offer,
        today=begins,
        template=review_template(world, order),
        prefix=(pool.prefix if pool else "") or _code_prefix(world, order),
        pool=pool.name if pool else "",
    )
    made = _surveyed(made, order, world, lambda: secret)
    return replace(made, promo_code=SPECIMEN) if pool is not None and pool.is_imported else made


def review_template(world: World, order: Order) -> str:
    """The address that the review code of an order points to."""
    brand = brand_of(world.brands, order.key.store, order.dealer)
    return (brand.review_url if brand else "") or world.settings.review.url


def _surveyed(grant: Grant, order: Order, world: World, secret: Callable[[], bytes]) -> Grant:
    """A grant with the order's survey token, where its brand has surveys."""
    brand = brand_of(world.brands, order.key.store, order.dealer)
    template = (brand.survey_url if brand else "") or world.settings.survey.url
    return with_survey(grant, secret(), order.key, template=template) if template else grant


def _code_prefix(world: World, order: Order) -> str:
    """What the brand has go before its promo codes, "" for nothing."""
    brand = brand_of(world.brands, order.key.store, order.dealer)
    return brand.code_prefix if brand else ""


def _pools(world: World, order: Order, choice: Choice) -> tuple[Pool, ...]:
    if choice.offer is None or not world.pools:
        return ()
    asked = Asked(
        offer=choice.offer.name,
        store=order.key.store,
        segment=choice.segment,
        campaigns=frozenset(choice.arms),
        currency=order.currency,
    )
    return pools_for(world.pools, asked)


def _begins(order: Order, pool: Pool, today: date) -> date:
    """From when on a code's days count: the day the parcel is delivered."""
    if order.delivery_estimate is None:
        return today + timedelta(days=pool.delivery_days)
    return max(order.delivery_estimate, today)


def _sources(pool: Pool, prefix: str) -> tuple[Source, ...]:
    """Where a pool's codes come from; one that may generate does so once it has none left."""
    least, currency = least_of(pool)
    made = Source(pool=pool.name, prefix=pool.prefix or prefix, minimum=least, minimum_currency=currency)
    if not pool.is_imported:
        return (made,)
    given = Source(pool=pool.name, is_imported=True, least_days=pool.least_days)
    return (given, made) if pool.when_dry == GENERATE else (given,)


def _withheld(refusal: Refusal, offer: Offer, pools: tuple[Pool, ...]) -> Withheld:
    if refusal is Refusal.HAD:
        return Withheld(offer=offer.name, why="it is given once, and the customer has one with another order")
    names = [pool.name for pool in pools]
    why = f"no code is left in {' and '.join(names)}"
    policies = [pool.when_dry for pool in pools if pool.when_dry in {HOLD, NONE}]
    return Withheld(offer=offer.name, why=why, pools=tuple(names), holds=not policies or policies[-1] == HOLD)
