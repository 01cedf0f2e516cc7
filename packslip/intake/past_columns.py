"""The columns of a file of past orders, worked out a portion of rows at a time.

A portion becomes a pandas frame, and each column is taken and read once for every different text in it, which in a file
of orders are few; a skip rule is asked likewise, column by column. Knows no orders: `packslip.intake.past_orders` does.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from packslip.csvfile import Row, Table
from packslip.intake import texts
from packslip.intake.aliases import alias_of
from packslip.intake.plan import find_places
from packslip.intake.values import MOST_PIECES, Refusal, read_currency, read_date, read_money, read_whole
from packslip.library.mappings import InHistory, OrderMapping, SkipRule, Source, Taker
from packslip.model import Finding, Where, error

_NEEDED = ("order_id", "order_date", "currency", "quantity")
_READ = (*_NEEDED, "store", "parcel", "customer_id", "line_id", "sku", "category", "unit_price", "line_discount",
         "order_total")  # fmt: skip


class Refused(NamedTuple):
    """A cell that is not what its column wants."""

    column: str
    text: str
    refusal: Refusal


class Said(NamedTuple):
    """What a row says; blank or None where it says nothing, or nothing that can be read."""

    order_id: str = ""
    store: str = ""
    parcel: str = ""
    customer_id: str = ""
    order_date: date | None = None
    currency: str = ""
    order_total: Decimal | None = None
    refunded: Decimal | None = None
    cancelled_on: date | None = None
    line_id: str = ""
    sku: str = ""
    category: str = ""
    quantity: int | None = None
    unit_price: Decimal | None = None
    line_discount: Decimal | None = None
    line_total: Decimal | None = None
    refused: tuple[Refused, ...] = ()


OF_LINE = frozenset(("line_id", "sku", "category", "quantity", "unit_price", "line_discount", "line_total"))
_BLANK = Said()


@dataclass(frozen=True, slots=True, kw_only=True)
class PastColumns:
    """How to read the rows of one file."""

    mapping: OrderMapping
    takers: Mapping[str, tuple[Taker, tuple[int, ...]]]  #: column → how it is taken, and from which cells
    rules: tuple[SkipRule, ...]  #: those that mean something to the history
    places: Mapping[str, int]
    absent: Mapping[str, Sequence[str]]  #: needed column → the file's own that are not there

    @classmethod
    def of(cls, table: Table, mapping: OrderMapping, secret: Callable[[], bytes]) -> "PastColumns":
        """The columns of a table as its mapping names them."""
        sources = {name: mapping.columns[name] for name in _READ if name in mapping.columns}
        more = {
            "refunded": mapping.refunded,
            "cancelled_on": mapping.cancelled_on,
            "line_total": mapping.line_total,
        }
        sources |= {name: source for name, source in more.items() if source is not None}
        rules = [rule for rule in mapping.skips if rule.history is not InHistory.KEEP]
        used = {name for source in sources.values() for name in source.needs}
        used |= {condition.column for rule in rules for condition in rule.where}
        places = find_places(table, mapping, used)
        alias = alias_of(secret()) if mapping.needs_secret else None
        return cls(
            mapping=mapping,
            takers={name: (source.taker(places, alias), _places(source, places)) for name, source in sources.items()},
            rules=tuple(rule for rule in rules if all(condition.column in places for condition in rule.where)),
            places=places,
            absent={
                name: sorted(source.needs)
                for name in _NEEDED
                if not ((source := sources.get(name, Source())).needs & places.keys() or source.never_lacks)
            },
        )

    def missing(self, where: Where) -> Finding | None:
        """What the file must have and has not."""
        if not self.absent:
            return None
        names = ", ".join(
            name if self.mapping.is_contract else f"{' or '.join(own)} (for {name})"
            for name, own in self.absent.items()
        )
        hint = "name the mapping of this export with --mapping" if self.mapping.is_contract else "check the mapping"
        return error("columns.missing", where, f"missing {names}", hint)

    def work_out(self, rows: Sequence[Row]) -> Iterator[tuple[Row, SkipRule | None, Said]]:
        """Each row with the first rule that fits it and what it says."""
        if not rows:
            return
        kinds = _Kinds(rows)
        refused: dict[int, list[Refused]] = {}
        blanks = _BLANK._asdict()
        values: list[Sequence[object]] = [
            self._values(kinds, name, refused) if name in self.takers else [blanks[name]] * len(rows)
            for name in Said._fields[:-1]
        ]
        if refused:
            values.append([tuple(refused.get(number, ())) for number in range(len(rows))])
        yield from zip(rows, self._rules(kinds), map(Said, *values), strict=True)

    def _values(self, kinds: "_Kinds", name: str, refused: dict[int, list[Refused]]) -> Sequence[object]:
        """A column's values, row by row; what cannot be read is noted by row."""
        take, places = self.takers[name]
        read, blank = _READERS.get(name, _text), getattr(_BLANK, name)
        codes, firsts = kinds.of(places)
        made = np.empty(len(firsts), dtype=object)
        for code, first in enumerate(firsts):
            text = take(kinds.rows[first].cells)
            value = read(text, self.mapping, name) if text else blank
            if isinstance(value, Refusal):
                for number in np.flatnonzero(codes == code):
                    refused.setdefault(int(number), []).append(Refused(name, text, value))
                value = blank
            made[code] = value
        found: Sequence[object] = made[codes].tolist()
        return found

    def _rules(self, kinds: "_Kinds") -> Sequence[SkipRule | None]:
        chosen = np.full(len(kinds.rows), len(self.rules))
        for number in reversed(range(len(self.rules))):
            fits = np.ones(len(kinds.rows), dtype=bool)
            for condition in self.rules[number].where:
                place = self.places[condition.column]
                codes, firsts = kinds.of((place,))
                holds = [condition.holds(kinds.rows[first].cells[place]) for first in firsts]
                fits &= np.asarray(holds, dtype=bool)[codes]
            chosen[fits] = number
        rules = (*self.rules, None)
        return [rules[number] for number in chosen]


class _Kinds:
    """The rows of a portion, sorted by what stands in some of their cells."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self._frame = pd.DataFrame([row.cells for row in rows], dtype=object)
        self._known: dict[tuple[int, ...], tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]] = {}

    def of(self, places: tuple[int, ...]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """The kind of each row by its cells at some places, and of each kind the first row."""
        known = self._known.get(places)
        if known is None:
            codes: npt.NDArray[np.intp] = np.zeros(len(self.rows), dtype=np.intp)
            for place in places:
                cells, kinds = pd.factorize(self._frame[place])
                codes, _ = pd.factorize(codes * len(kinds) + cells)
            firsts = np.zeros(int(codes.max()) + 1, dtype=np.intp)
            firsts[codes[::-1]] = np.arange(len(codes))[::-1]  # the last one set is the first of its kind
            known = self._known[places] = codes, firsts
        return known


def _places(source: Source, places: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(sorted({places[name] for name in source.needs if name in places}))


def _text(text: str, _mapping: OrderMapping, _name: str) -> object:
    return text if texts.is_plain(text) else texts.tidy(text, is_code=True).text


def _day(text: str, mapping: OrderMapping, name: str) -> object:
    return read_date(text, mapping.dates_of("order_date" if name == "cancelled_on" else name))


def _amount(text: str, mapping: OrderMapping, name: str) -> object:
    return read_money(text, mapping.number_of(name))


def _pieces(text: str, mapping: OrderMapping, name: str) -> object:
    return read_whole(text, mapping.number_of(name), -MOST_PIECES, MOST_PIECES)


def _currency(text: str, _mapping: OrderMapping, _name: str) -> object:
    return read_currency(text)


_READERS: Mapping[str, Callable[[str, OrderMapping, str], object]] = {
    "order_date": _day,
    "cancelled_on": _day,
    "currency": _currency,
    "quantity": _pieces,
    "unit_price": _amount,
    "line_discount": _amount,
    "order_total": _amount,
    "line_total": _amount,
    "refunded": _amount,
}
