"""Writing printed orders into the history, and counting their customers anew."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Connection, bindparam, insert, select

from packslip.history.keeping import Whose, refresh, refresh_order
from packslip.history.money import parts_of
from packslip.history.schema import known_line, known_order
from packslip.history.standing import stated_worth
from packslip.library.catalogue import Catalogue
from packslip.model import Line, Order, Parcel

_KNOWN = select(known_order.c.id, known_order.c.customer_id, known_order.c.ordered_on).where(
    known_order.c.store == bindparam("store"), known_order.c.order_id == bindparam("order_id")
)
_LINE_IDS = select(known_line.c.line_id).where(known_line.c.order == bindparam("number"))
_INSERT_ORDER = insert(known_order)
_INSERT_LINE = insert(known_line)


def write_orders(connection: Connection, orders: Iterable[tuple[Order, Parcel]], catalogue: Catalogue) -> None:
    """Write orders and lines that are not known yet; an order that is known keeps its day and its customer."""
    touched: dict[Whose, date] = {}
    for order, parcel in orders:
        key = {"store": order.key.store, "order_id": order.key.order_id}
        known = connection.execute(_KNOWN, key).first()
        customer_id, day = (known.customer_id, known.ordered_on) if known else (order.customer_id, order.order_date)
        number = known.id if known else _insert(connection, order, parcel)
        seen = set(connection.scalars(_LINE_IDS, {"number": number})) if known else set()
        lines = [row for row in _line_rows(number, parcel, catalogue) if row["line_id"] not in seen]
        if lines:
            connection.execute(_INSERT_LINE, lines)
        whose = order.key.store, customer_id
        if customer_id and (lines or not known):
            touched[whose] = min(day, touched.get(whose, day))
        elif lines and known:
            refresh_order(connection, number)
    refresh(connection, touched)


def _insert(connection: Connection, order: Order, parcel: Parcel) -> int:
    worth = stated_worth(
        parts_of(order.totals.order),
        ((one.ordered, parts_of(one.line.unit_price), parts_of(one.line.line_discount) or 0) for one in parcel.lines),
    )
    made = connection.execute(
        _INSERT_ORDER,
        {
            "store": order.key.store,
            "order_id": order.key.order_id,
            "customer_id": order.customer_id,
            "ordered_on": order.order_date,
            "currency": order.currency,
            "total": None if order.totals.order is None else str(order.totals.order),
            "worth": worth,
        },
    )
    (number,) = made.inserted_primary_key or (0,)
    return int(number)


def _line_rows(number: int, parcel: Parcel, catalogue: Catalogue) -> Sequence[dict[str, object]]:
    rows: dict[str, dict[str, object]] = {}
    for settled in parcel.lines:
        line = settled.line
        rows.setdefault(
            line.line_id,
            {
                "order": number,
                "line_id": line.line_id,
                "sku": line.sku,
                "category": category_of(line, catalogue),
                "quantity": settled.ordered,
                "unit_price": None if line.unit_price is None else str(line.unit_price),
                "discount": None if line.line_discount is None else str(line.line_discount),
            },
        )
    return tuple(rows.values())


def category_of(line: Line, catalogue: Catalogue) -> str:
    """What kind of product a line is: as the order says, else as the catalogue does."""
    product = catalogue.product(line.sku) if line.sku and not line.category else None
    return product.category if product else line.category
