"""Granting: an order's code and token on record, once."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Connection, insert, update

from packslip.ledger import queries, reserving, rows
from packslip.ledger.changes import Stamp
from packslip.ledger.grants import make_grant, make_token
from packslip.ledger.records import GrantRecord
from packslip.ledger.statements import Statement
from packslip.ledger.tables import grants
from packslip.model import Grant, Offer, OrderKey

_ENTER = Statement(insert(grants))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a code may come from."""

    pool: str = ""  #: "" where no pool serves the offer
    is_imported: bool = False  #: else it is made from the site secret
    prefix: str = ""  #: of a made code
    minimum: Decimal | None = None  #: of a made code; a shop's own say theirs
    minimum_currency: str = ""
    least_days: int = 0  #: a shop's code must be good for so many days more


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An offer that is to be made to an order, and where its code may come from."""

    offer: Offer
    begins: date  #: from when on its days count
    sources: tuple[Source, ...] = (Source(),)  #: tried in turn
    customers: tuple[str, ...] = ()  #: keyed hashes of all ids of a customer who gets such a code once, the chief first


class Refusal(StrEnum):
    """Why an order gets no code."""

    DRY = "dry"  #: no pool has one
    HAD = "had"  #: the customer has one with another order


def grant(
    connection: Connection,
    stamp: Stamp,
    secret: bytes,
    key: OrderKey,
    wish: Wish | None,
    *,
    today: date,
    template: str,
    segment: str,
) -> Grant | Refusal:
    """What the order owns, put on record where it is new; a refusal leaves nothing behind.

    The token is recorded with the first parcel, the code with the first parcel that carries an offer. A pool's code is
    reserved in the same breath, so that no crash leaves it without its order.
    """
    known = queries.grant_of(connection, key.store, key.order_id)
    if known is not None and (wish is None or known.offer is not None):
        return _as_recorded(known, wanted=wish is not None)
    made: Grant | Refusal = make_token(secret, key, template=template)
    if wish is not None:
        taking = _Taking(connection=connection, stamp=stamp, secret=secret, key=key, wish=wish, template=template)
        made = taking.take()
    if isinstance(made, Refusal):
        return made
    values = {
        "promo_code": made.promo_code,
        "offer": rows.offer_text(made.offer),
        "granted_on": today.isoformat(),
        "expires_on": made.expires_on.isoformat() if made.expires_on else "",
        "segment": segment,
        "pool": made.pool,
    }
    if known is not None:
        connection.execute(
            update(grants).where(grants.c.store == key.store, grants.c.order_id == key.order_id).values(**values)
        )
        return replace(made, review_token=known.review_token, review_url=known.review_url)
    token = {"review_token": made.review_token, "review_url": made.review_url}
    _ENTER.run(connection, {"store": key.store, "order_id": key.order_id, **values, **token})
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taking:
    """An order that is to get a code."""

    connection: Connection
    stamp: Stamp
    secret: bytes
    key: OrderKey
    wish: Wish
    template: str

    def take(self) -> Grant | Refusal:
        """A grant with a code of the first source that has one."""
        customers = self.wish.customers
        if reserving.had_first(self.connection, customers, self.key):
            return Refusal.HAD
        for source in self.wish.sources:
            made = self._from_pool(source) if source.is_imported else self._made(source)
            if made is not None:
                if customers:
                    reserving.claim_first(self.connection, customers[0], self.key)
                return made
        return Refusal.DRY

    def _made(self, source: Source) -> Grant:
        return make_grant(
            self.secret,
            self.key,
            replace(self.wish.offer, minimum=source.minimum, minimum_currency=source.minimum_currency),
            today=self.wish.begins,
            template=self.template,
            prefix=source.prefix,
            pool=source.pool,
        )

    def _from_pool(self, source: Source) -> Grant | None:
        offer, begins = self.wish.offer, self.wish.begins
        good_on = begins + timedelta(days=source.least_days)
        worth = reserving.worth_text(offer)
        found = reserving.reserve(self.connection, self.stamp, self.key, source.pool, worth=worth, good_on=good_on)
        if found is None:
            return None
        if found.minimum:
            amount, _, currency = found.minimum.partition(" ")
            offer = replace(offer, minimum=Decimal(amount), minimum_currency=currency)
        last = begins + timedelta(days=offer.valid_days)
        return replace(
            make_token(self.secret, self.key, template=self.template),
            promo_code=found.code,
            pool=source.pool,
            offer=offer,
            expires_on=min(last, found.expires_on) if found.expires_on else last,
        )


def _as_recorded(known: GrantRecord, *, wanted: bool) -> Grant:
    if not wanted:
        return Grant(review_token=known.review_token, review_url=known.review_url)
    return Grant(
        promo_code=known.promo_code,
        pool=known.pool,
        offer=known.offer,
        expires_on=date.fromisoformat(known.expires_on) if known.expires_on else None,
        review_token=known.review_token,
        review_url=known.review_url,
    )
