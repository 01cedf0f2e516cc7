"""An order made up to have given values of fields; what nobody gives is unknown, or as plain as an order can be.

Owns the way back from a field to what it is read from. An order has one line, one piece and one parcel unless it is
said otherwise, and is of a day that never changes, so that an example says the same on every day.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from packslip.library.literals import fold
from packslip.library.rule_fields import campaign_path
from packslip.library.vocabulary import DAYS_SINCE
from packslip.library.words import Situation, Value
from packslip.model import (
    Address,
    CustomerStatus,
    Facts,
    Line,
    Order,
    OrderKey,
    Parcel,
    ParcelKind,
    ParcelLine,
    Past,
    Totals,
    Where,
)

#: the day of an example that names none
EXAMPLE_DAY = date(2026, 1, 15)
_SOMEBODY = "example"
_HERE = Where(file="example")


@dataclass(slots=True)
class _Draft:
    """An order under construction, by the arguments of what it is made of."""

    order: dict[str, Any] = field(default_factory=dict)
    key: dict[str, Any] = field(default_factory=dict)
    address: dict[str, str] = field(default_factory=dict)
    totals: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, Any] = field(default_factory=dict)
    parcel: dict[str, Any] = field(default_factory=dict)
    past: dict[str, Any] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)  #: category → days
    customer: dict[str, Any] = field(default_factory=dict)
    arms: dict[str, str] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)
    today: date | None = None


def example_situation(values: Mapping[str, Value]) -> Situation:
    """A situation in which fields have these values, as far as they go together."""
    draft = _Draft()
    for path, value in values.items():
        if value is not None:
            _put(draft, path, value)
    order = _order(draft)
    return Situation(order=order, parcel=_parcel(draft, order), facts=_facts(draft, order), today=_day(draft))


def _put(draft: _Draft, path: str, value: Value) -> None:
    family, _, name = path.partition(".")
    if path in _SETTERS:
        _SETTERS[path](draft, value)
    elif path.startswith(DAYS_SINCE):
        draft.since[path.removeprefix(DAYS_SINCE)] = int(str(value))
    elif family == "extra":
        draft.extra[name] = str(value)
    elif path == campaign_path(name):
        draft.arms[name] = str(value)
    elif family == "customer":
        draft.customer[name] = value


def _into(part: str, name: str, make: Callable[[Any], object] = lambda value: value) -> Callable[[_Draft, Value], None]:
    def put(draft: _Draft, value: Value) -> None:
        getattr(draft, part)[name] = make(value)

    return put


def _ranks(draft: _Draft, value: Value) -> None:
    names = ("recency", "frequency", "monetary")
    draft.past |= dict(zip(names, map(int, str(value).split("-")), strict=True))


def _today(draft: _Draft, value: Value) -> None:
    draft.today = value if isinstance(value, date) else None


_SETTERS: Mapping[str, Callable[[_Draft, Value], None]] = {
    "order.id": _into("key", "order_id"),
    "order.store": _into("key", "store"),
    "parcel.number": _into("key", "parcel", int),
    "order.date": _into("order", "order_date"),
    **{
        f"order.{name}": _into("order", name)
        for name in ("channel", "currency", "locale", "ship_method", "delivery_estimate", "dealer", "station", "gift")
    },
    "order.language": _into("lines", "language"),
    **{f"order.{name}": _into("address", name) for name in ("country", "region", "company")},
    "order.total": _into("totals", "order"),
    **{f"order.{name}": _into("totals", name) for name in ("shipping", "discount")},
    **{f"order.{name}": _into("lines", name, int) for name in ("lines", "pieces")},
    **{f"order.{name}": _into("lines", name, sorted) for name in ("skus", "categories", "brands")},
    "parcel.kind": _into("parcel", "kind", lambda value: ParcelKind(str(value))),
    **{f"parcel.{name}": _into("parcel", name, int) for name in ("lines", "pieces")},
    "customer.id": _into("order", "customer_id"),
    "customer.known": _into("lines", "known"),
    "customer.status": _into("order", "customer_status", lambda value: CustomerStatus(str(value))),
    "customer.orders": _into("order", "customer_orders", int),
    "customer.opt_out": _into("order", "marketing_opt_out"),
    "customer.first_order": _into("past", "first_on"),
    "customer.last_order": _into("past", "last_on"),
    "customer.spend": _into("past", "spend"),
    **{
        f"customer.{name}": _into("past", name, int)
        for name in ("days_since_last", "returns", "recency", "frequency", "monetary", "next_order_in")
    },
    "customer.rfm": _ranks,
    **{f"customer.{name}": _into("past", name) for name in ("categories", "new_categories")},
    "today": _today,
}


def _day(draft: _Draft) -> date:
    given = draft.today or draft.order.get("order_date")
    return given if isinstance(given, date) else EXAMPLE_DAY


def _order(draft: _Draft) -> Order:
    values = {"order_date": _day(draft), "currency": "", "locale": draft.lines.get("language", ""), **draft.order}
    is_known = draft.lines.get("known", bool(draft.past or draft.since or draft.customer or draft.arms))
    values.setdefault("customer_id", _SOMEBODY if is_known else "")
    return Order(
        **values,
        key=OrderKey(**{"store": "", "order_id": _SOMEBODY, **draft.key}),
        ship_to=Address(**{"name": "", "country": "", **draft.address}),
        totals=Totals(**draft.totals),
        lines=_lines(draft),
        extra=draft.extra,
        where=_HERE,
    )


def _lines(draft: _Draft) -> tuple[Line, ...]:
    said = draft.lines
    texts = {name: said.get(name, []) for name in ("skus", "categories", "brands")}
    count = max(said.get("lines", 1), *map(len, texts.values()))
    first = max(said.get("pieces", count) - count + 1, 1)

    def pick(name: str, place: int) -> str:
        named: list[str] = texts[name]
        return named[place % len(named)] if named else ""

    return tuple(
        Line(
            line_id=str(place + 1),
            sku=pick("skus", place),
            description="",
            category=pick("categories", place),
            brand=pick("brands", place),
            quantity=1 if place else first,
            where=_HERE,
        )
        for place in range(count)
    )


def _parcel(draft: _Draft, order: Order) -> Parcel:
    count = draft.parcel.get("lines", len(order.lines))
    ordered = sum(line.quantity for line in order.lines[:count])
    pieces = draft.parcel.get("pieces", ordered if "lines" not in draft.parcel else count)
    here = [max(pieces - count + 1, 1)] + [1] * (count - 1) if count else []
    if "pieces" not in draft.parcel and "lines" not in draft.parcel:
        here = [line.quantity for line in order.lines]
    lines = tuple(
        ParcelLine(line=line, ordered=line.quantity, before=0, here=here[place] if place < len(here) else 0, to_come=0)
        for place, line in enumerate(order.lines)
    )
    return Parcel(number=order.key.parcel, kind=draft.parcel.get("kind", ParcelKind.COMPLETE), lines=lines)


def _facts(draft: _Draft, order: Order) -> Facts:
    day = order.order_date
    past: Past | None = None
    if draft.past or draft.since:
        said = dict(draft.past)
        bought = dict.fromkeys(said.pop("categories", ()), day)
        bought |= {fold(name): day - timedelta(days=days) for name, days in draft.since.items()}
        spend = said.pop("spend", None)
        past = Past(
            day=day,
            orders=1 if order.customer_orders is None else order.customer_orders,
            spend={} if spend is None else {order.currency: spend},
            categories=bought,
            **said,
        )
    return Facts(past=past, customer=draft.customer, arms=draft.arms)
