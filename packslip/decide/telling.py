"""A customer in a marketer's words: `a customer with 3 orders before, the last one 200 days ago, in France`.

Owns one phrase for each field that rules can ask; what has none is told by its label.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from babel import Locale

from packslip.library.conditions import as_text
from packslip.library.rule_fields import built_in_fields
from packslip.library.rules import RuleRow
from packslip.library.rules_compile import spell_constant
from packslip.library.vocabulary import DAYS_SINCE
from packslip.library.words import Value

_WITH_ARTICLE = frozenset(("AE", "GB", "NL", "PH", "US"))
_NUMBERS = ("no", "one", "two", "three")


def tell_customer(values: Mapping[str, Value], outputs: Mapping[str, str] | None = None) -> str:
    """Somebody with these values of fields; `outputs` are what earlier tables have set for them."""
    told = [phrase for path in _in_order(values) if (phrase := _phrase(path, values[path]))]
    given = ", ".join(f"{path} {value}" for path, value in (outputs or {}).items())
    if not told:
        return f"a customer with {given}" if given else "any customer"
    who = f"a customer {', '.join(told)}"
    return f"{who} ({given})" if given else who


def tell_outputs(row: RuleRow) -> str:
    """What a row sets."""
    told = [f"{path} {spell_constant(value)}" for path, value in row.outputs.items() if value is not None]
    return ", ".join(told)


def _in_order(values: Mapping[str, Value]) -> list[str]:
    """Who it is first, then what is ordered, then when."""
    rank = {"customer": 0, "order": 1, "parcel": 2, "extra": 3, "campaign": 4, "today": 5}
    return sorted(values, key=lambda path: rank.get(path.partition(".")[0], 3))


def _phrase(path: str, value: Value) -> str:
    known = _PHRASES.get(path)
    if path in _YES_NO and isinstance(value, bool):
        return _YES_NO[path][0 if value else 1]
    if value is None:
        return _UNKNOWN.get(path) or f"with {_label(path)} unknown"
    if known is not None:
        return known(value)
    if path.startswith(DAYS_SINCE):
        return f"who bought {path.removeprefix(DAYS_SINCE)} {_days(value)} ago"
    if isinstance(value, bool):
        return f"with {_label(path)}: {as_text(value)}"
    return f"with {_label(path)} {_text(value)}"


def _label(path: str) -> str:
    """What a field is called between other words."""
    if path.startswith(DAYS_SINCE):
        return f"the last purchase of {path.removeprefix(DAYS_SINCE)}"
    field = built_in_fields().get(path)
    return field.label if field is not None else path


def _text(value: Value) -> str:
    if isinstance(value, frozenset):
        return " and ".join(sorted(value))
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    return as_text(value)


def _count(value: Value, what: str) -> str:
    if not isinstance(value, int | Decimal):
        return f"{_text(value)} {what}s"
    number = int(value)
    told = _NUMBERS[number] if 0 <= number < len(_NUMBERS) else str(number)
    return f"{told} {what}{'' if number == 1 else 's'}"


def _days(value: Value) -> str:
    text = _text(value)
    return f"{text} day{'' if text == '1' else 's'}"


def _country(value: Value) -> str:
    name = Locale("en").territories.get(_text(value)) or _text(value)
    return f"in {'the ' if value in _WITH_ARTICLE else ''}{name}"


def _with(what: str) -> Callable[[Value], str]:
    return lambda value: f"with {what} {_text(value)}"


_PHRASES: Mapping[str, Callable[[Value], str]] = {
    "customer.orders": lambda value: f"with {_count(value, 'order')} before",
    "customer.days_since_last": lambda value: f"whose last order is {_days(value)} ago",
    "customer.first_order": lambda value: f"who first ordered on {_text(value)}",
    "customer.last_order": lambda value: f"who last ordered on {_text(value)}",
    "customer.status": lambda value: f"whom the shop calls {_text(value)}",
    "customer.spend": lambda value: f"who spent {_text(value)} before",
    "customer.returns": lambda value: f"with {_count(value, 'return')}",
    "customer.recency": _with("recency rank"),
    "customer.frequency": _with("frequency rank"),
    "customer.monetary": _with("monetary rank"),
    "customer.rfm": _with("ranks"),
    "customer.categories": lambda value: f"who bought {_text(value)} before",
    "customer.new_categories": lambda value: f"who buys {_text(value)} for the first time",
    "customer.next_order_in": lambda value: f"who is expected back in {_days(value)}",
    "customer.id": _with("customer number"),
    "order.country": _country,
    "order.total": lambda value: f"with an order of {_text(value)}",
    "order.lines": lambda value: f"with {_count(value, 'line')} in the order",
    "order.pieces": lambda value: f"with {_count(value, 'piece')} in the order",
    "order.categories": lambda value: f"who orders {_text(value)}",
    "order.brands": lambda value: f"who orders something of {_text(value)}",
    "order.skus": lambda value: f"who orders {_text(value)}",
    "order.channel": lambda value: f"who orders by the channel {_text(value)}",
    "order.store": lambda value: f"of the store {_text(value)}",
    "order.language": lambda value: f"who reads {Locale('en').languages.get(_text(value)) or _text(value)}",
    "order.currency": lambda value: f"who pays in {_text(value)}",
    "order.date": lambda value: f"whose order is of {_text(value)}",
    "parcel.kind": lambda value: f"with a {_text(value)} parcel",
    "today": lambda value: f"on {_text(value)}",
}
_YES_NO: Mapping[str, tuple[str, str]] = {
    "customer.known": ("with a customer number", "without a customer number"),
    "customer.opt_out": ("who wants no marketing", "who takes marketing"),
    "order.gift": ("who sends a gift", "whose order is no gift"),
}
_UNKNOWN: Mapping[str, str] = {
    "customer.orders": "of whose earlier orders nothing is known",
    "customer.status": "to whom the shop gives no status",
    "customer.days_since_last": "who never ordered, as far as is known",
    "customer.last_order": "who never ordered, as far as is known",
    "order.categories": "whose order names no category",
    "order.total": "whose order states no total",
    "order.country": "whose country is unknown",
    "order.channel": "whose order names no channel",
    "customer.id": "without a customer number",
    "customer.new_categories": "who buys in no new category",
}
