"""Grants: the promo code and the review token an order owns, without a ledger and as CSV.

The first grant on record wins: a second parcel shares code, token and expiry with the first.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from packslip.csvfile import safe_cell, write_csv
from packslip.ledger.codes import promo_code, review_token, survey_token
from packslip.ledger.records import GrantRecord
from packslip.model import Grant, Offer, OrderKey

EXPORT_HEADER = (
    "store",
    "order_id",
    "code",
    "offer",
    "amount",
    "unit",
    "granted_on",
    "expires_on",
    "segment",
)


def make_grant(
    secret: bytes, key: OrderKey, offer: Offer | None, *, today: date, template: str, prefix: str = ""
) -> Grant:
    """The grant an order gets when it is granted today; the parcel's number plays no part.

    `template` is the review address with `{token}` in it, `prefix` goes before the code. The offer is valid through its
    last day.
    """
    token = review_token(secret, store=key.store, order_id=key.order_id)
    if offer is None:
        return Grant(review_token=token, review_url=review_url(template, token))
    return Grant(
        promo_code=promo_code(secret, store=key.store, order_id=key.order_id, offer=offer.name, prefix=prefix),
        offer=offer,
        expires_on=today + timedelta(days=offer.valid_days),
        review_token=token,
        review_url=review_url(template, token),
    )


def with_survey(grant: Grant, secret: bytes, key: OrderKey, *, template: str) -> Grant:
    """A grant with the order's survey token, the same whenever it is asked for."""
    token = survey_token(secret, store=key.store, order_id=key.order_id)
    return replace(grant, survey_token=token, survey_url=review_url(template, token))


def review_url(template: str, token: str) -> str:
    """What the QR says."""
    return template.replace("{token}", token)


def amount_text(offer: Offer | None) -> str:
    """An offer's amount for machines and people alike: `15%`, `10.00 GBP`, blank for none."""
    if offer is None:
        return ""
    return f"{plain(offer.amount)}%" if offer.unit == "percent" else f"{plain(offer.amount)} {offer.unit}"


def plain(amount: Decimal) -> str:
    """A decimal without an exponent."""
    return f"{amount:f}"


def export_grants(grants: Iterable[GrantRecord]) -> bytes:
    """Every granted promo code as CSV, for the shop to activate; safe to open in a spreadsheet."""
    return write_csv(EXPORT_HEADER, (_row(grant) for grant in grants if grant.offer is not None))


def _row(grant: GrantRecord) -> tuple[str, ...]:
    offer = grant.offer
    cells = (
        grant.store,
        grant.order_id,
        grant.promo_code,
        offer.name if offer else "",
        plain(offer.amount) if offer else "",
        offer.unit if offer else "",
        grant.granted_on,
        grant.expires_on,
        grant.segment,
    )
    return tuple(safe_cell(cell) for cell in cells)
