"""Whether what decision tables ask for is there: categories, brands, products, stations, values of customers.csv.

A shop may send what its catalogue does not know, so nothing here is an error; what is spelled much like something that
is there is a warning.
"""

from collections.abc import Iterable, Iterator, Mapping

from packslip.library.conditions import Literal
from packslip.library.literals import fold, near
from packslip.library.words import Kind
from packslip.model import Finding, Scalar, note, warning
from packslip.world import World

_MOST_VALUES = 60  #: a column of customers.csv with more is no list of choices
_CATEGORIES = ("order.categories", "customer.categories", "customer.new_categories")


def check_values(world: World) -> Iterator[Finding]:
    """A finding for each text that a condition names and nothing in the workspace has."""
    known = _known(world)
    for table in world.rules.tables:
        for place, column in enumerate(table.conditions):
            there = known.get(column.field.path)
            if not there or column.field.kind not in (Kind.TEXT, Kind.SET):
                continue
            for row in table.rows:
                for item in row.cells[place].items:
                    if isinstance(item, Literal) and item.key not in there:
                        where, close = table.where(row.line, column.index), near(item.text, there.values())
                        message = f"{column.field.path} {item.text!r} is nowhere in {_source(column.field.path)}"
                        if close:
                            yield warning("rules.value", where, message, f"did you mean {close}?")
                        else:
                            yield note("rules.value", where, message, "check how it is written there")


def _source(path: str) -> str:
    if path == "order.station":
        return "packslip.toml"
    return "catalogue/products.csv" if path.startswith("order.") or path in _CATEGORIES else "catalogue/customers.csv"


def _known(world: World) -> Mapping[str, Mapping[str, str]]:
    """Field → what it can be, by its folded spelling."""
    products = world.catalogue.products
    categories = _folded(product.category for product in products)
    known = dict.fromkeys(_CATEGORIES, categories)
    known["order.brands"] = _folded(product.brand for product in products)
    known["order.skus"] = _folded(product.sku for product in products)
    known["order.station"] = _folded(world.settings.stations)
    return {**_columns(world.catalogue.customers.values()), **known}


def _columns(customers: Iterable[Mapping[str, Scalar]]) -> dict[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for record in customers:
        for column, value in record.items():
            if value is not None and str(value).strip():
                found.setdefault(f"customer.{fold(column)}", {})[fold(str(value))] = str(value)
    return {path: values for path, values in found.items() if len(values) <= _MOST_VALUES}


def _folded(texts: Iterable[str]) -> Mapping[str, str]:
    return {fold(text): text for text in texts if text.strip()}
