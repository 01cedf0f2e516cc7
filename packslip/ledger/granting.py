"""Granting: an order's code and token on record, once."""

from dataclasses import replace
from datetime import date

from sqlalchemy import Connection, insert, update

from packslip.ledger import queries, rows
from packslip.ledger.grants import make_grant
from packslip.ledger.records import GrantRecord
from packslip.ledger.statements import Statement
from packslip.ledger.tables import grants
from packslip.model import Grant, Offer, OrderKey

_ENTER = Statement(insert(grants))


def grant(
    connection: Connection,
    secret: bytes,
    key: OrderKey,
    offer: Offer | None,
    *,
    today: date,
    template: str,
    segment: str,
    prefix: str = "",
) -> Grant:
    """What the order owns, put on record where it is new.

    The token is recorded with the first parcel, the code with the first parcel that carries an offer.
    """
    known = queries.grant_of(connection, key.store, key.order_id)
    if known is not None and (offer is None or known.offer is not None):
        return _as_recorded(known, wanted=offer is not None)
    made = make_grant(secret, key, offer, today=today, template=template, prefix=prefix)
    values = {
        "promo_code": made.promo_code,
        "offer": rows.offer_text(made.offer),
        "granted_on": today.isoformat(),
        "expires_on": made.expires_on.isoformat() if made.expires_on else "",
        "segment": segment,
    }
    if known is not None:
        connection.execute(
            update(grants).where(grants.c.store == key.store, grants.c.order_id == key.order_id).values(**values)
        )
        return replace(made, review_token=known.review_token, review_url=known.review_url)
    token = {"review_token": made.review_token, "review_url": made.review_url}
    _ENTER.run(connection, {"store": key.store, "order_id": key.order_id, **values, **token})
    return made


def _as_recorded(known: GrantRecord, *, wanted: bool) -> Grant:
    if not wanted:
        return Grant(review_token=known.review_token, review_url=known.review_url)
    return Grant(
        promo_code=known.promo_code,
        offer=known.offer,
        expires_on=date.fromisoformat(known.expires_on) if known.expires_on else None,
        review_token=known.review_token,
        review_url=known.review_url,
    )
