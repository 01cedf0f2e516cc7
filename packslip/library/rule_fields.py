"""The built-in fields of the rules: each with its kind, label, sample and evaluator.

Owns how a field is read from an order, its parcel and what is known of the customer. A blank text is an unknown value.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import product

from babel import Locale
from babel.numbers import list_currencies

from packslip.library.literals import fold, parse_yes_no, plain_date, plain_number
from packslip.library.objections import SUPPRESSING, is_clear_no
from packslip.library.words import Field, Kind, Situation, Value
from packslip.model import CustomerStatus, ParcelKind, Past, Scalar

_RANKS = (1, 2, 3, 4, 5)
_RFM = tuple("-".join(map(str, ranks)) for ranks in product(_RANKS, repeat=3))
_NO_COUNTRY = frozenset(("EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"))


def opted_out(situation: Situation) -> bool:
    """Whether the order, the customer record or an objection on record asks for no marketing.

    In a suppressing column anything but blank and a clear no counts as yes: in doubt the customer is left alone.
    """
    if situation.order.marketing_opt_out or situation.facts.suppressed:
        return True
    customer = {fold(name): value for name, value in situation.facts.customer.items()}
    return any(not is_clear_no(customer.get(column)) for column in SUPPRESSING)


def coerce(value: Scalar, kind: Kind) -> Value:
    """What a column of customers.csv holds, as the kind its field has; None where it does not fit."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if kind is Kind.YES_NO:
        return _as_yes_no(value)
    if kind in (Kind.NUMBER, Kind.WHOLE):
        return _as_number(value)
    if kind is Kind.DATE:
        return value if isinstance(value, date) else plain_date(str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _as_yes_no(value: Scalar) -> bool | None:
    if isinstance(value, bool):
        return value
    try:
        return parse_yes_no(str(value).strip())
    except ValueError:
        return None


def _as_number(value: Scalar) -> Decimal | None:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value)
    return plain_number(str(value))


def customer_kinds(customers: Iterable[Mapping[str, Scalar]]) -> dict[str, Kind]:
    """The kind of every column of customers.csv, by column: what at least nine in ten of its cells fit, else text.

    A cell that does not fit is an unknown value to the rules.
    """
    columns: dict[str, list[Scalar]] = {}
    for record in customers:
        for column, value in record.items():
            columns.setdefault(column, []).append(value)
    return {column: _column_kind(values) for column, values in columns.items()}


def _column_kind(values: Iterable[Scalar]) -> Kind:
    given = [value for value in values if value is not None and str(value).strip()]
    for kind in (Kind.YES_NO, Kind.NUMBER, Kind.DATE):
        fitting = sum(coerce(value, kind) is not None for value in given)
        if given and fitting >= 0.9 * len(given):
            return kind
    return Kind.TEXT


def _texts(values: Iterable[str]) -> frozenset[str] | None:
    return frozenset(value for value in values if value.strip()) or None


def _orders(situation: Situation) -> Value:
    stated = situation.order.customer_orders
    return situation.facts.known_orders if stated is None else stated


def _status(situation: Situation) -> Value:
    status = situation.order.customer_status
    return None if status is None else status.value


def _language(situation: Situation) -> Value:
    return situation.order.locale.replace("_", "-").split("-")[0]


def _pieces(situation: Situation) -> Value:
    return sum(line.quantity for line in situation.order.lines)


def _parcel_kind(situation: Situation) -> Value:
    return situation.parcel.kind.value


def _lines_here(situation: Situation) -> Value:
    return sum(line.here > 0 for line in situation.parcel.lines)


def _pieces_here(situation: Situation) -> Value:
    return sum(line.here for line in situation.parcel.lines)


def _delivery(situation: Situation) -> Value:
    return situation.order.delivery_estimate


def _skus(situation: Situation) -> Value:
    return _texts(line.sku for line in situation.order.lines)


def _categories(situation: Situation) -> Value:
    return _texts(line.category for line in situation.order.lines)


def _brands(situation: Situation) -> Value:
    return _texts(line.brand for line in situation.order.lines)


def _spend(situation: Situation) -> Value:
    """In the order's currency; unknown where the customer ordered and no amount is known."""
    past, currency = situation.facts.past, situation.order.currency
    if past is None or (past.orders and not past.spend):
        return None
    return past.spend.get(currency, Decimal(0))


def _rfm(situation: Situation) -> Value:
    past = situation.facts.past
    if past is None or past.recency is None or past.frequency is None or past.monetary is None:
        return None
    return f"{past.recency}-{past.frequency}-{past.monetary}"


def _past(read: Callable[[Past], Value]) -> "Read":
    """What the history says of the customer; unknown where the customer is."""

    def of(situation: Situation) -> Value:
        return None if situation.facts.past is None else read(situation.facts.past)

    return of


Read = Callable[[Situation], Value]


def _always(path: str, kind: Kind, label: str, sample: str, read: Read) -> Field:
    return Field(path=path, kind=kind, label=label, sample=sample, read=read, always=True)


def _maybe(path: str, kind: Kind, label: str, sample: str, read: Read) -> Field:
    return Field(path=path, kind=kind, label=label, sample=sample, read=read)


def _choice(path: str, allowed: Iterable[str], label: str, sample: str, read: Read) -> Field:
    return Field(
        path=path, kind=Kind.CHOICE, label=label, sample=sample, read=read, allowed=tuple(str(item) for item in allowed)
    )


def _rank(path: str, label: str, sample: str, read: Read) -> Field:
    return replace(_maybe(path, Kind.WHOLE, label, sample, read), least=_RANKS[0], most=_RANKS[-1])


@lru_cache(maxsize=1)
def built_in_fields() -> Mapping[str, Field]:
    """Every field that needs no column of the shop's own, by path, in the order people look for them."""
    text, number, whole, yes_no = Kind.TEXT, Kind.NUMBER, Kind.WHOLE, Kind.YES_NO
    fields = (
        _always("order.id", text, "order number", "OA-20417", lambda s: s.order.key.order_id),
        _maybe("order.store", text, "store, and so brand", "oriel-ash", lambda s: s.order.key.store),
        _maybe("order.channel", text, "where it was bought", "web", lambda s: s.order.channel),
        _always("order.date", Kind.DATE, "day of the order", "2026-12-01", lambda s: s.order.order_date),
        replace(
            _choice("order.country", _countries(), "country of delivery", "FR", lambda s: s.order.ship_to.country),
            aliases=_country_names(),
        ),
        _maybe("order.region", text, "region of delivery", "Bretagne", lambda s: s.order.ship_to.region),
        _maybe("order.company", text, "company of delivery", "Ash Ltd", lambda s: s.order.ship_to.company),
        _choice("order.currency", currencies(), "currency of the order", "EUR", lambda s: s.order.currency),
        _maybe("order.locale", text, "language and country", "de-AT", lambda s: s.order.locale),
        _maybe("order.language", text, "language alone", "de", _language),
        _maybe("order.total", number, "total as the shop states it", "129.90", lambda s: s.order.totals.order),
        _maybe("order.shipping", number, "shipping cost", "4.90", lambda s: s.order.totals.shipping),
        _maybe("order.discount", number, "discount", "10.00", lambda s: s.order.totals.discount),
        replace(_always("order.lines", whole, "number of lines", "3", lambda s: len(s.order.lines)), least=1),
        replace(_always("order.pieces", whole, "pieces ordered", "5", _pieces), least=1),
        _maybe("order.skus", Kind.SET, "SKUs in the order", "OA-101", _skus),
        _maybe("order.categories", Kind.SET, "categories in the order", "Candles", _categories),
        _maybe("order.brands", Kind.SET, "brands in the order", "Halden", _brands),
        _maybe("order.ship_method", text, "way of shipping", "express", lambda s: s.order.ship_method),
        _maybe("order.delivery_estimate", Kind.DATE, "expected delivery", "2026-12-04", _delivery),
        _maybe("order.dealer", text, "dealer", "d-17", lambda s: s.order.dealer),
        _maybe("order.station", text, "packing station", "bench", lambda s: s.order.station),
        _always("order.gift", yes_no, "is a gift", "no", lambda s: s.order.gift),
        replace(_choice("parcel.kind", ParcelKind, "complete or not", "partial", _parcel_kind), always=True),
        replace(_always("parcel.number", whole, "which parcel of the order", "1", lambda s: s.parcel.number), least=1),
        _always("parcel.lines", whole, "lines in this parcel", "2", _lines_here),
        _always("parcel.pieces", whole, "pieces in this parcel", "4", _pieces_here),
        _maybe("customer.id", text, "customer number", "C-1029", lambda s: s.order.customer_id),
        _always("customer.known", yes_no, "has a customer number", "yes", lambda s: bool(s.order.customer_id)),
        _choice("customer.status", CustomerStatus, "what the shop calls the customer", "repeat", _status),
        _maybe("customer.orders", whole, "orders placed before this one", "2", _orders),
        *history_fields().values(),
        _always("customer.opt_out", yes_no, "wants no marketing", "no", opted_out),
        _always("today", Kind.DATE, "the day the slip is made", "2026-12-02", lambda s: s.today),
    )
    return {field.path: field for field in fields}


@lru_cache(maxsize=1)
def history_fields() -> Mapping[str, Field]:
    """The fields that the history of past orders fills, as of the order's own day, by path."""
    number, whole, texts = Kind.NUMBER, Kind.WHOLE, Kind.SET
    fields = (
        _maybe("customer.first_order", Kind.DATE, "day of the first order", "2025-03-14", _past(lambda p: p.first_on)),
        _maybe("customer.last_order", Kind.DATE, "day of the last order", "2026-09-02", _past(lambda p: p.last_on)),
        _maybe(
            "customer.days_since_last", whole, "days since the last order", "90", _past(lambda p: p.days_since_last)
        ),
        _maybe("customer.spend", number, "spent before, in the order's currency", "249.80", _spend),
        _maybe("customer.returns", whole, "returns before this order", "1", _past(lambda p: p.returns)),
        _rank("customer.recency", "5 for the fifth that ordered last", "4", _past(lambda p: p.recency)),
        _rank("customer.frequency", "5 for the fifth that orders most", "5", _past(lambda p: p.frequency)),
        _rank("customer.monetary", "5 for the fifth that spends most", "3", _past(lambda p: p.monetary)),
        _choice("customer.rfm", _RFM, "recency, frequency and monetary rank", "4-5-3", _rfm),
        _maybe("customer.categories", texts, "categories bought before", "Vases", _past(_bought_before)),
        _maybe("customer.new_categories", texts, "categories bought first now", "Candles", _past(_bought_first)),
        _maybe(
            "customer.next_order_in", whole, "days until the next is expected", "45", _past(lambda p: p.next_order_in)
        ),
    )
    return {field.path: field for field in fields}


def _bought_before(past: Past) -> Value:
    return _texts(past.categories)


def _bought_first(past: Past) -> Value:
    return _texts(past.new_categories)


def days_since_field(category: str) -> Field:
    """The field of a category of the catalogue: days since the customer last bought something of it."""
    name = fold(category)

    def read(past: Past) -> Value:
        day = past.categories.get(name)
        return None if day is None else (past.day - day).days

    label = f"days since something of {category!r} was bought"
    return _maybe(f"customer.days_since.{name}", Kind.WHOLE, label, "365", _past(read))


def said_first(field: Field, column: Field) -> Field:
    """A field of the history where customers.csv has a column of its name: the column goes first.

    History speaks where it is blank. Where the column holds another kind of value it stands alone, as it did before
    there was a history.
    """
    numbers = (Kind.NUMBER, Kind.WHOLE)
    if column.kind is not field.kind and not (column.kind in numbers and field.kind in numbers):
        return column

    def read(situation: Situation) -> Value:
        said = column.read(situation)
        return field.read(situation) if said is None else said

    return replace(column, label=f"{column.label}, else {field.label}", sample=field.sample, read=read)


def customer_field(column: str, kind: Kind) -> Field:
    """The field of a column of customers.csv."""
    name = fold(column)

    def read(situation: Situation) -> Value:
        customer = {fold(key): value for key, value in situation.facts.customer.items()}
        return coerce(customer.get(name), kind)

    return _maybe(f"customer.{name}", kind, f"column {column!r} of customers.csv", "", read)


def campaign_path(campaign: str) -> str:
    """The heading by which rules ask for a campaign."""
    return f"campaign.{campaign}"


def campaign_field(campaign: str, variants: tuple[str, ...]) -> Field:
    """The field of a campaign: the customer's variant, unknown for who takes no part or is held out."""

    def read(situation: Situation) -> Value:
        arm = situation.facts.arms.get(campaign)
        return arm if arm in variants else None

    return _choice(campaign_path(campaign), variants, "variant of the campaign", variants[0], read)


def extra_field(name: str) -> Field:
    """The field of a column that the order CSV has beyond the contract."""
    name = fold(name)

    def read(situation: Situation) -> Value:
        extra = {fold(key): value for key, value in situation.order.extra.items()}
        return extra.get(name, "")

    return _maybe(f"extra.{name}", Kind.LOOSE, f"column {name!r} of the order CSV", "", read)


def read_field(field: Field, situation: Situation) -> Value:
    """What a field holds, a blank text being unknown."""
    value = field.read(situation)
    return None if isinstance(value, str) and not value.strip() else value


def _countries() -> tuple[str, ...]:
    codes = (str(code) for code in Locale("en").territories)
    return tuple(sorted(code for code in codes if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY))


def _country_names() -> Mapping[str, str]:
    """What people write for a country: its name in the languages of our marketers, and the usual slips."""
    names = {"uk": "GB", "england": "GB", "el": "GR", "usa": "US", "holland": "NL"}
    allowed = frozenset(_countries())
    for language in ("fr", "de", "en"):
        for code, name in Locale(language).territories.items():
            if code in allowed:
                names[fold(str(name))] = str(code)
    return names


@lru_cache(maxsize=1)
def currencies() -> tuple[str, ...]:
    """Every currency code CLDR knows."""
    return tuple(sorted(list_currencies()))
