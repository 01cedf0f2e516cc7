"""Codes that were used, as shops tell it; and what of them leaves with an order that is erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, RowMapping, and_, bindparam, delete, insert, literal_column, or_, select, update

from packslip.ledger.changes import Stamp, log
from packslip.ledger.codes import bare
from packslip.ledger.statements import Statement
from packslip.ledger.states import CodeState
from packslip.ledger.tables import codes, grants, redemptions

_GROUP = 4

_KNOWN = Statement(select(codes.c.number).where(codes.c.bare == bindparam("at_bare")))
_GRANTED = Statement(
    select(grants.c.order_id)
    .where(
        grants.c.promo_code == bindparam("at_code"), grants.c.promo_code != literal_column("''")
    )  # as the index says
    .limit(1)
)
_FORGET = Statement(
    delete(redemptions).where(
        redemptions.c.bare == bindparam("at_bare"), redemptions.c.order_id == bindparam("at_order")
    )
)
_TELL = Statement(insert(redemptions))


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """A use of a code, as the shop tells it."""

    code: str
    order_id: str = ""  #: the order it was used in
    used_on: date | None = None
    revenue: str = ""  #: a decimal, "" where nobody said
    margin: str = ""
    currency: str = ""


def is_ours(connection: Connection, code: str) -> bool:
    """Whether it is a code that was made here and granted, in whatever spelling a shop gives it back."""
    name = bare(code)
    grouped = "-".join(name[start : start + _GROUP] for start in range(0, len(name), _GROUP))
    spellings = {code, code.upper(), grouped}
    return any(_GRANTED.first(connection, {"at_code": one}) is not None for one in spellings)


def redeem(connection: Connection, stamp: Stamp, used: Sequence[Redemption]) -> tuple[bool, ...]:
    """Put uses of codes on record, one told again in place of the first; whether each is of a code known here."""
    told = tuple(_redeem(connection, stamp, one) for one in used)
    log(connection, stamp, "codes redeemed", detail=str(sum(told)))
    return told


def _redeem(connection: Connection, stamp: Stamp, used: Redemption) -> bool:
    name = bare(used.code)
    if _KNOWN.first(connection, {"at_bare": name}) is None and not is_ours(connection, used.code):
        return False
    _FORGET.run(connection, {"at_bare": name, "at_order": used.order_id})
    values = {
        "bare": name,
        "order_id": used.order_id,
        "used_on": used.used_on.isoformat() if used.used_on else "",
        "revenue": used.revenue,
        "margin": used.margin,
        "currency": used.currency,
        "told_at": stamp.at,
    }
    _TELL.run(connection, values)
    return True


def all_redemptions(connection: Connection) -> tuple[Redemption, ...]:
    """Every use on record; codes by their letters and digits."""
    found = connection.execute(select(redemptions).order_by(redemptions.c.used_on, redemptions.c.bare)).mappings()
    return tuple(_redemption(row) for row in found)


def redemptions_of(connection: Connection, store: str, order_id: str) -> tuple[Redemption, ...]:
    """Uses of an order's code, and of any code in an order."""
    names = _codes_of(connection, store, order_id)
    is_its = or_(redemptions.c.bare.in_(names), redemptions.c.order_id == order_id)
    return tuple(_redemption(row) for row in connection.execute(select(redemptions).where(is_its)).mappings())


def forget(connection: Connection, store: str, order_id: str) -> None:
    """Let nothing tell whose an order's code was, or that codes were used in it.

    A code that no paper had goes back to its pool. One that was printed stays issued, of nobody.
    """
    names = _codes_of(connection, store, order_id)
    is_its = or_(redemptions.c.bare.in_(names), redemptions.c.order_id == order_id)
    connection.execute(delete(redemptions).where(is_its))
    mine = and_(codes.c.store == store, codes.c.order_id == order_id, codes.c.order_id != literal_column("''"))
    free = {"state": CodeState.FREE.value, "store": "", "order_id": "", "reserved_at": ""}
    connection.execute(update(codes).where(mine, codes.c.state == CodeState.RESERVED.value).values(**free))
    connection.execute(update(codes).where(mine).values(store="", order_id=""))


def _codes_of(connection: Connection, store: str, order_id: str) -> list[str]:
    is_its = and_(grants.c.store == store, grants.c.order_id == order_id, grants.c.promo_code != "")
    return [bare(str(code)) for code in connection.scalars(select(grants.c.promo_code).where(is_its))]


def _redemption(row: RowMapping) -> Redemption:
    return Redemption(
        code=row["bare"],
        order_id=row["order_id"],
        used_on=date.fromisoformat(row["used_on"]) if row["used_on"] else None,
        revenue=row["revenue"],
        margin=row["margin"],
        currency=row["currency"],
    )
