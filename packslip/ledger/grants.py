"""Grants: the promo code and the review token an order owns, without a ledger.

The first grant on record wins: a second parcel shares code, token and expiry with the first.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from packslip.ledger.codes import promo_code, review_token, survey_token
from packslip.model import Grant, Offer, OrderKey


def make_grant(
    secret: bytes,
    key: OrderKey,
    offer: Offer | None,
    *,
    today: date,
    template: str,
    prefix: str = "",
    pool: str = "",
) -> Grant:
    """The grant an order gets, its code made from the secret; the parcel's number plays no part.

    `template` is the review address with `{token}` in it, `prefix` goes before the code. The offer is valid through its
    last day, counted from `today`.
    """
    grant = make_token(secret, key, template=template)
    if offer is None:
        return grant
    return replace(
        grant,
        promo_code=promo_code(secret, store=key.store, order_id=key.order_id, offer=offer.name, prefix=prefix),
        pool=pool,
        offer=offer,
        expires_on=today + timedelta(days=offer.valid_days),
    )


def with_survey(grant: Grant, secret: bytes, key: OrderKey, *, template: str) -> Grant:
    """A grant with the order's survey token, the same whenever it is asked for."""
    token = survey_token(secret, store=key.store, order_id=key.order_id)
    return replace(grant, survey_token=token, survey_url=review_url(template, token))


def make_token(secret: bytes, key: OrderKey, *, template: str) -> Grant:
    """The review token alone."""
    token = review_token(secret, store=key.store, order_id=key.order_id)
    return Grant(review_token=token, review_url=review_url(template, token))


def review_url(template: str, token: str) -> str:
    """What the QR says."""
    return template.replace("{token}", token)


def amount_text(offer: Offer | None) -> str:
    """An offer's amount for machines and people alike: `15%`, `10.00 GBP`, blank for none."""
    if offer is None:
        return ""
    return f"{plain(offer.amount)}%" if offer.unit == "percent" else f"{plain(offer.amount)} {offer.unit}"


def minimum_text(offer: Offer | None) -> str:
    """What an order must come to for the offer: `40.00 GBP`, blank for anything."""
    if offer is None or offer.minimum is None:
        return ""
    return f"{plain(offer.minimum)} {offer.minimum_currency}"


def plain(amount: Decimal) -> str:
    """A decimal without an exponent."""
    return f"{amount:f}"
