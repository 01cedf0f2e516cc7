"""Codes of pools on the line: reserved with the grant, issued with the document, given back where no paper had them.

Each function runs inside the transaction of what it belongs to, so that no crash comes between the two. The database
itself keeps an issued code with its order, and an order with one code.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, literal_column, select, update

from packslip.errors import RetryLater
from packslip.ledger.changes import Stamp, log
from packslip.ledger.records import ParcelRef
from packslip.ledger.statements import Statement
from packslip.ledger.states import CodeState, ParcelState
from packslip.ledger.tables import codes, first_orders, grants, parcels
from packslip.model import Offer, OrderKey

RESERVED = "code reserved"  #: event
GIVEN_BACK = "code given back"  #: event
NEVER = "9999-12-31"  #: last day of a code of which the shop said none

FREE: ColumnElement[str] = literal_column("'free'")  #: as the index says it
_NOBODY: ColumnElement[str] = literal_column("''")
_OF_ORDER = (
    codes.c.store == bindparam("at_store"),
    codes.c.order_id == bindparam("at_order_id"),
    codes.c.order_id != _NOBODY,  # as the index says it
)
_GRANT_OF_ORDER = (grants.c.store == bindparam("at_store"), grants.c.order_id == bindparam("at_order_id"))

_NEXT = Statement(
    select(codes.c.number, codes.c.code, codes.c.worth, codes.c.minimum, codes.c.expires_on)
    .where(
        codes.c.pool == bindparam("at_pool"),
        codes.c.worth == bindparam("at_worth"),
        codes.c.state == FREE,
        codes.c.expires_on >= bindparam("at_day"),
    )
    .order_by(codes.c.expires_on, codes.c.number)
    .limit(1)
)
_RESERVE = Statement(
    update(codes).where(codes.c.number == bindparam("at_number"), codes.c.state == CodeState.FREE.value)
)
_ISSUE = Statement(update(codes).where(*_OF_ORDER, codes.c.state == CodeState.RESERVED.value))
_GIVE_BACK = Statement(update(codes).where(*_OF_ORDER, codes.c.state == CodeState.RESERVED.value))
_GRANTED = Statement(select(grants.c.promo_code, grants.c.pool).where(*_GRANT_OF_ORDER))
_UNGRANT = Statement(update(grants).where(*_GRANT_OF_ORDER))
_FIRST = Statement(
    select(first_orders.c.store, first_orders.c.order_id).where(first_orders.c.customer == bindparam("at_customer"))
)
_CLAIM = Statement(insert(first_orders))
_RELEASE = Statement(
    delete(first_orders).where(
        first_orders.c.store == bindparam("at_store"), first_orders.c.order_id == bindparam("at_order_id")
    )
)
_PRINTED_OR_MAY_BE = Statement(
    select(parcels.c.parcel)
    .where(
        parcels.c.store == bindparam("at_store"),
        parcels.c.order_id == bindparam("at_order_id"),
        parcels.c.state.in_((ParcelState.ACCEPTED, ParcelState.HELD)) | (parcels.c.offer != ""),
    )
    .limit(1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeCode:
    """A code of a pool that was reserved just now."""

    code: str
    minimum: str  #: amount and currency, "" for none
    expires_on: date | None  #: last day by the shop's own word


def worth_text(offer: Offer) -> str:
    """What an offer is worth, the same for `10` and `10.00`: what a code of a pool must give."""
    amount = Decimal(f"{offer.amount.normalize():f}")
    return f"{amount:f}%" if offer.unit == "percent" else f"{amount:f} {offer.unit}"


def reserve(
    connection: Connection, stamp: Stamp, key: OrderKey, pool: str, *, worth: str, good_on: date
) -> FreeCode | None:
    """The free code that ends first of those worth as much and good on a day, now the order's; None where none is."""
    where = {"at_pool": pool, "at_day": good_on.isoformat()}
    found = _NEXT.first(connection, {**where, "at_worth": worth}) or _NEXT.first(connection, {**where, "at_worth": ""})
    if found is None:
        return None
    order = {"store": key.store, "order_id": key.order_id}
    values = {**order, "state": CodeState.RESERVED.value, "reserved_at": stamp.at}
    taken = _RESERVE.run(connection, {"at_number": found["number"], **values})
    if taken.rowcount != 1:
        raise AssertionError("a code just found free is not")
    log(connection, stamp, RESERVED, ref=ParcelRef(key=key), detail=pool)
    ends = str(found["expires_on"])
    return FreeCode(
        code=str(found["code"]),
        minimum=str(found["minimum"]),
        expires_on=None if ends == NEVER else date.fromisoformat(ends),
    )


def issue(connection: Connection, stamp: Stamp, ref: ParcelRef, code: str) -> None:
    """Put on record that a code stands on paper, with the document that it stands on.

    Raises:
        RetryLater: it is its order's no more: somebody put the order aside while it was drawn.
    """
    at = _at(ref.key)
    granted = _GRANTED.first(connection, at)
    if granted is None or granted["promo_code"] != code:
        raise RetryLater(f"the code that parcel {ref} was drawn with is its order's no more")
    if granted["pool"]:
        _ISSUE.run(connection, {**at, "state": CodeState.ISSUED.value, "issued_at": stamp.at})


def settle(connection: Connection, stamp: Stamp, key: OrderKey) -> None:
    """Give an order's code back where no paper has it and none will; what was printed stays issued."""
    at = _at(key)
    granted = _GRANTED.first(connection, at)
    if granted is None or not granted["pool"] or _PRINTED_OR_MAY_BE.first(connection, at):
        return
    free = {"state": CodeState.FREE.value, "store": "", "order_id": "", "reserved_at": ""}
    _GIVE_BACK.run(connection, {**at, **free})
    _RELEASE.run(connection, at)
    _UNGRANT.run(connection, {**at, "promo_code": "", "offer": "null", "expires_on": "", "pool": ""})
    log(connection, stamp, GIVEN_BACK, ref=ParcelRef(key=key), detail=str(granted["pool"]))


def had_first(connection: Connection, customers: Sequence[str], key: OrderKey) -> bool:
    """Whether a customer, by any of their ids, has a code of the kind that is given once, with another order."""
    owners = (_FIRST.first(connection, {"at_customer": customer}) for customer in customers)
    return any(owner is not None and tuple(owner.values()) != (key.store, key.order_id) for owner in owners)


def claim_first(connection: Connection, customer: str, key: OrderKey) -> None:
    """Put on record that a customer has theirs."""
    _CLAIM.run(connection, {"customer": customer, "store": key.store, "order_id": key.order_id})


def _at(key: OrderKey) -> dict[str, str]:
    return {"at_store": key.store, "at_order_id": key.order_id}
