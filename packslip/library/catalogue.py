"""Catalogue: `products.csv`, `customers.csv`, `customer-ids.csv` and `pictures.csv` of the folder `catalogue`, typed.

Owns reading the files. What is recommended is history's business; what a customer column means to a rule is the
vocabulary's.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from babel.numbers import list_currencies

from packslip.csvfile import Fault, Row, Table, bare_cell, read_table
from packslip.files import read_file
from packslip.library.literals import CellError, fold, parse_number, parse_yes_no, shorten, tidy
from packslip.library.locales import lookup_order
from packslip.library.objections import SUPPRESSING, is_clear_no
from packslip.model import Finding, Product, Scalar, Severity, Where, error, note, warning

PRODUCTS = "products.csv"
CUSTOMERS = "customers.csv"
#: customer_id and same_as: customers who are known by several ids
CUSTOMER_IDS = "customer-ids.csv"
#: sku and image of what a feed names; written by `packslip images sync FEED`
PICTURES = "pictures.csv"

_MOST_COLUMNS = 400
_MOST_CHARS = 10_000
_MOST_FINDINGS = 200  #: of one file; the others are counted
_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_CURRENCIES = frozenset(list_currencies())
_T = TypeVar("_T")
_NOTHING: Mapping[str, Scalar] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """What the shop sells and whom it knows; products in the order of the file."""

    products: tuple[Product, ...] = ()
    customers: Mapping[str, Mapping[str, Scalar]] = field(default_factory=dict)
    pictures: Mapping[str, str] = field(default_factory=dict)  #: sku → picture, from a feed
    costs: Mapping[str, Decimal] = field(default_factory=dict)  #: sku → cost, in the currency of the price
    same: Mapping[str, str] = field(default_factory=dict)  #: customer id → the id by which the customer goes otherwise

    def product(self, sku: str) -> Product | None:
        """The product of that SKU, None where the catalogue lacks it."""
        return self._by_sku.get(sku)

    def image(self, sku: str) -> str:
        """The picture of a SKU: the product's own, else that of a feed; "" where nothing names one."""
        product = self._by_sku.get(sku)
        return (product.image if product else "") or self.pictures.get(sku, "")

    def name(self, sku: str, locale: str) -> str:
        """A product's name in a locale, else its language, else as it stands; "" where the catalogue lacks it."""
        product = self.product(sku)
        if product is None:
            return ""
        return next((product.names[tag] for tag in lookup_order(locale) if tag in product.names), product.name)

    def ids_of(self, customer_id: str) -> tuple[str, ...]:
        """Every id of a customer, the given one first."""
        chief = self.same.get(customer_id, customer_id)
        others = (chief, *self._others.get(chief, ()))
        return (customer_id, *(one for one in others if one != customer_id))

    def customer(self, customer_id: str) -> Mapping[str, Scalar]:
        """What customers.csv says of a customer, by column; empty where it says nothing.

        Of a customer with several ids the row of the given one goes first, the others fill its blanks; an objection to
        marketing in any of them stands.
        """
        rows = [row for one in self.ids_of(customer_id) if (row := self.customers.get(one)) is not None]
        if len(rows) < 2:
            return rows[0] if rows else _NOTHING
        said: dict[str, Scalar] = {}
        for row in reversed(rows):
            said |= {name: value for name, value in row.items() if value not in {None, ""} or name not in said}
        for row in rows:
            said |= {name: row[name] for name in row if fold(name) in SUPPRESSING and not is_clear_no(row[name])}
        return said

    @cached_property
    def _others(self) -> dict[str, list[str]]:
        others: dict[str, list[str]] = {}
        for customer_id, chief in self.same.items():
            others.setdefault(chief, []).append(customer_id)
        return others

    @cached_property
    def _by_sku(self) -> dict[str, Product]:
        return {product.sku: product for product in self.products}


def load_catalogue(folder: Path) -> tuple[Catalogue, tuple[Finding, ...]]:
    """The catalogue a folder holds. Bad rows are left out, each with a warning; a missing file is a note."""
    products = _File(f"catalogue/{PRODUCTS}", folder / PRODUCTS)
    customers = _File(f"catalogue/{CUSTOMERS}", folder / CUSTOMERS)
    ids = _File(f"catalogue/{CUSTOMER_IDS}", folder / CUSTOMER_IDS)
    pictures = _File(f"catalogue/{PICTURES}", folder / PICTURES)
    known = {bare_cell(cells["sku"]): bare_cell(cells["image"]) for _, cells in pictures.rows("sku", "image")}
    costs: dict[str, Decimal] = {}
    catalogue = Catalogue(
        products=tuple(
            replace(product, image=known[product.sku]) if not product.image and product.sku in known else product
            for product in _products(products, costs)
        ),
        customers=_customers(customers),
        pictures=known,
        costs=costs,
        same=_same(ids),
    )
    optional = ((CUSTOMER_IDS, ids), (PICTURES, pictures))
    more = (finding for name, file in optional if (folder / name).exists() for finding in file.reported())
    return catalogue, (*products.reported(), *customers.reported(), *more)


def load_products(data: bytes, *, name: str) -> tuple[tuple[Product, ...], tuple[Finding, ...]]:
    """The products of a file of the catalogue's form; `name` is what findings call it."""
    file = _File(name, data)
    return tuple(_products(file, {})), file.reported()


class _File:
    """One catalogue file while it is read: its rows as mappings, and the findings so far."""

    def __init__(self, name: str, source: Path | bytes) -> None:
        self.name = name
        self.findings: list[Finding] = []
        data = self._read(source) if isinstance(source, Path) else source
        self.table = None if data is None else self._open(data)
        self.columns = tuple(_heading(heading) for heading in self.table.header) if self.table else ()

    def rows(self, *required: str) -> Iterable[tuple[int, dict[str, str]]]:
        """Line and cells by column of every whole row; none at all where a required column is missing."""
        if self.table is None:
            return
        missing = [column for column in required if column not in self.columns]
        if missing:
            where = Where(file=self.name, line=self.table.header_line or None)
            hint = f"the columns are: {', '.join(self.columns[:20])}"
            self.findings.append(error("catalogue.column_missing", where, f"no column {', '.join(missing)}", hint))
            return
        for row in self.table.rows:
            if row.fault:
                self.findings.append(_finding(row.fault, self.name, Severity.WARNING))
            else:
                yield row.line, self._cells(row)

    def warn(self, line: int, column: str, message: str, hint: str = "") -> None:
        """A bad cell or row; it is left out."""
        where = Where(file=self.name, line=line, spot=column)
        self.findings.append(warning("catalogue.bad_cell", where, message, hint))

    def reported(self) -> tuple[Finding, ...]:
        """All findings, or the first ones and how many there are beyond."""
        more = len(self.findings) - _MOST_FINDINGS
        if more <= 0:
            return tuple(self.findings)
        message = f"{more} more findings of this file are not listed"
        return (*self.findings[:_MOST_FINDINGS], warning("catalogue.many", Where(file=self.name), message))

    def _read(self, path: Path) -> bytes | None:
        where = Where(file=self.name)
        try:
            return read_file(path)
        except FileNotFoundError:
            self.findings.append(note("catalogue.missing", where, "no such file", "it is read as empty"))
            return None
        except OSError as fault:
            message = f"cannot be read: {fault.strerror}"
            self.findings.append(error("catalogue.not_readable", where, message, "check the file's permissions"))
            return None

    def _open(self, data: bytes) -> Table | None:
        table = read_table(data, name=self.name, max_columns=_MOST_COLUMNS, max_field=_MOST_CHARS)
        self.findings += (_finding(fault, self.name) for fault in table.findings)
        return table if table.is_usable else None

    def _cells(self, row: Row) -> dict[str, str]:
        return dict(zip(self.columns, map(str.strip, row.cells), strict=True))


def _heading(heading: str) -> str:
    """A column's name: lower case, but for the locale in `name.de-AT`."""
    first, point, locale = heading.partition(".")
    return f"{first.strip().lower()}{point}{locale.strip().replace('_', '-')}"


def _finding(fault: Fault, file: str, severity: Severity | None = None) -> Finding:
    where = Where(file=file, line=fault.line, spot=fault.spot)
    how_bad = severity or Severity(fault.severity)
    return Finding(severity=how_bad, code=fault.code, where=where, message=fault.message, hint=fault.hint)


def _products(file: _File, costs: dict[str, Decimal]) -> Iterable[Product]:
    """The products of a file, and what they cost the shop: no part of a product, for it goes where products go."""
    locales = [column for column in file.columns if column.startswith("name.")]
    for column in locales:
        if not _LOCALE.fullmatch(column.removeprefix("name.")):
            hint = "name it by language, such as name.de or name.de-AT"
            file.warn(1, column, f"column {shorten(column)} names no locale", hint)
    seen: dict[str, int] = {}
    for line, cells in file.rows("sku", "name"):
        product, cost = _product(file, line, cells, locales)
        if product is None:
            continue
        if product.sku in seen:
            first = f"sku {shorten(product.sku)} stands on line {seen[product.sku]} already"
            file.warn(line, "sku", first, "give each product one row")
            continue
        seen[product.sku] = line
        if cost is not None:
            costs[product.sku] = cost
        yield product


def _product(
    file: _File, line: int, cells: Mapping[str, str], locales: list[str]
) -> tuple[Product | None, Decimal | None]:
    """The product of one row, None where a cell does not fit; and its cost."""
    before = len(file.findings)
    for column in ("sku", "name"):
        if not cells[column]:
            file.warn(line, column, "blank", f"every product needs a {column}")
    price = _typed(file, line, "price", cells, _money)
    cost = _typed(file, line, "cost", cells, _money)
    available = _typed(file, line, "available", cells, _yes_no)
    currency = cells.get("currency", "").upper()
    if currency and currency not in _CURRENCIES:
        file.warn(line, "currency", f"no currency {shorten(currency)}", "write its ISO 4217 code, such as EUR")
    if price is not None and not currency:
        file.warn(line, "currency", "blank, but there is a price", "write its ISO 4217 code, such as EUR")
    if len(file.findings) > before:
        return None, None
    product = Product(
        sku=cells["sku"],
        name=cells["name"],
        names={column.removeprefix("name."): cells[column] for column in locales if cells[column]},
        category=cells.get("category", ""),
        brand=cells.get("brand", ""),
        store=cells.get("store", ""),
        price=price,
        currency=currency,
        image=cells.get("image", ""),
        url=cells.get("url", ""),
        available=available is not False,
    )
    return product, cost


def _typed(file: _File, line: int, column: str, cells: Mapping[str, str], parse: Callable[[str], _T]) -> _T | None:
    text = cells.get(column, "")
    if not text:
        return None
    try:
        return parse(text)
    except CellError as fault:
        file.warn(line, column, fault.message, fault.hint)
        return None


@lru_cache(maxsize=4096)
def _yes_no(text: str) -> bool:
    return parse_yes_no(tidy(text))


@lru_cache(maxsize=4096)  # a shop has few prices and many products
def _money(text: str) -> Decimal:
    amount = parse_number(tidy(text))
    if amount < 0:
        raise CellError(f"{shorten(text)} is less than nothing", "write the amount without a sign")
    return amount


def _customers(file: _File) -> dict[str, Mapping[str, Scalar]]:
    """Customers by id. A column has one type, that of nearly all its cells; a cell that does not fit stays text."""
    records: dict[str, tuple[int, dict[str, str]]] = {}
    for line, cells in file.rows("customer_id"):
        customer_id = cells.pop("customer_id")
        if not customer_id:
            file.warn(line, "customer_id", "blank", "every customer needs an id")
        elif customer_id in records:
            file.warn(line, "customer_id", f"this customer stands on line {records[customer_id][0]} already")
        else:
            records[customer_id] = line, cells
    columns = [column for column in file.columns if column and column != "customer_id"]
    typed: dict[str, dict[str, Scalar]] = {customer_id: {} for customer_id in records}
    for column in columns:
        kind = _kind(cells[column] for _, cells in records.values() if cells[column])
        for customer_id, (line, cells) in records.items():
            text = cells[column]
            value = _scalar(text, kind) if text else None
            if text and value is None:
                message = f"no {kind}, unlike the other cells of this column"
                file.warn(line, column, message, "correct the cell; until then it counts as text")
            typed[customer_id][column] = text if text and value is None else value
    return dict(typed)


def _same(file: _File) -> dict[str, str]:
    """Customer id → the id at the end of its chain; ids that lead round in a circle are left out."""
    lines: dict[str, int] = {}
    leads: dict[str, str] = {}
    for line, cells in file.rows("customer_id", "same_as"):
        one, other = cells["customer_id"], cells["same_as"]
        if not one or not other:
            file.warn(line, "customer_id" if not one else "same_as", "blank", "every row names two ids")
        elif one in leads:
            file.warn(line, "customer_id", f"this id stands on line {lines[one]} already", "give each id one row")
        elif one == other:
            file.warn(line, "same_as", "the same id twice", "name the other id of the customer")
        else:
            leads[one], lines[one] = other, line
    same = {}
    for one, lead in leads.items():
        passed, end = {one}, lead
        while end in leads and end not in passed:
            passed.add(end)
            end = leads[end]
        if end in leads:
            file.warn(lines[one], "same_as", "the ids lead round in a circle", "let each end at one chief id")
        else:
            same[one] = end
    return same


#: Types a column may have, the narrowest first.
_KINDS: Mapping[str, re.Pattern[str]] = {
    "yes or no": re.compile(r"yes|no|true|false", re.IGNORECASE),
    "whole number": re.compile(r"0|-?[1-9][0-9]{0,17}"),  # 007 is a text, as a postcode is
    "number": re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?"),
    "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
}
_TEXT = "text"


def _kind(texts: Iterable[str]) -> str:
    """The narrowest type that fits all texts, or all but one in ten of them."""
    sample = list(texts)
    for kind, pattern in _KINDS.items():
        fitting = sum(1 for text in sample if pattern.fullmatch(text))
        if sample and (fitting == len(sample) or fitting >= max(0.9 * len(sample), 9)):
            return kind
    return _TEXT


def _scalar(text: str, kind: str) -> Scalar:
    """The value of a text as that type; None where it does not fit."""
    if kind == _TEXT:
        return text
    if not _KINDS[kind].fullmatch(text):
        return None
    if kind == "yes or no":
        return text.lower() in {"yes", "true"}
    if kind == "date":
        return _calendar_date(text)
    return int(text) if kind == "whole number" else Decimal(text)


def _calendar_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
