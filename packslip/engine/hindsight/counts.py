"""How many customers of the real history each row of the rules would have caught.

Each customer counts once, with their latest order, decided with what was known on its day. Where there are more
customers than can be decided in a moment, a sample of them, the same each time.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from packslip.engine.hindsight.past import Recollection, decide_past
from packslip.history import latest_orders, replay
from packslip.library.conditions import Sense
from packslip.library.rules import POLICY_CONSTANTS, RuleRow, RuleTable
from packslip.library.rules_compile import spell_constant
from packslip.library.words import Kind
from packslip.world import World

#: customers that are decided in some three seconds
MOST_CUSTOMERS = 2500

#: fields of which the history keeps nothing
_NOT_KEPT = frozenset(
    f"order.{name}"
    for name in (
        "channel", "country", "region", "company", "locale", "language", "shipping", "discount", "brands",
        "ship_method", "delivery_estimate", "dealer", "station", "gift",
    )
) | {"customer.status"}  # fmt: skip
_NOT_KEPT_FAMILIES = ("parcel.", "extra.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCount:
    """One row of the rules and whom it would have caught."""

    table: str
    row: int
    why: str
    customers: int
    blind: tuple[str, ...]  #: what it depends on and the history does not keep
    is_default: bool

    @property
    def is_unknown(self) -> bool:
        """Whether nobody was caught, and nobody could be."""
        return bool(self.blind) and not self.customers


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Every row of the rules, counted."""

    rows: tuple[RowCount, ...]
    customers: int  #: who were decided
    total: int  #: whom the history knows

    @property
    def is_sample(self) -> bool:
        """Whether not all customers were decided."""
        return self.customers < self.total


def count_rows(world: World, *, most: int = MOST_CUSTOMERS) -> Counts | None:
    """The rows of a world's rules, counted; None where nothing is known of anybody, or the rules decide nothing."""
    history = world.workspace.history
    known = latest_orders(history, most=most, same=world.catalogue.same)
    if not known.numbers or not world.rules.is_sound:
        return None
    caught: Counter[tuple[str, int]] = Counter()
    customers = 0
    with Recollection(world) as recollection:
        for order in replay(history, known):
            customers += 1
            choice, _ = decide_past(world, recollection.recall(order))
            caught.update((reason.table, reason.row) for reason in choice.because if reason.row)
    rows = tuple(
        RowCount(
            table=table.name,
            row=row.line,
            why=row.why,
            customers=caught[table.name, row.line],
            blind=blind,
            is_default=row.is_default,
        )
        for table, row, blind in _with_blindness(world.rules.tables)
    )
    return Counts(rows=rows, customers=customers, total=known.total)


def _with_blindness(tables: Iterable[RuleTable]) -> Iterator[tuple[RuleTable, RuleRow, tuple[str, ...]]]:
    """Every row with what it needs that the history does not keep, by itself or by the rows that set what it asks."""
    setters: dict[str, list[tuple[str, tuple[str, ...]]]] = {
        path: [(text, ()) for text in texts] for path, texts in POLICY_CONSTANTS.items()
    }
    for table in tables:
        told: list[tuple[RuleRow, tuple[str, ...]]] = []
        for row in table.rows:
            blind = tuple(dict.fromkeys(_blind(table, row, setters)))
            told.append((row, blind))
            yield table, row, blind
        for row, blind in told:
            for path, value in row.outputs.items():
                if value is not None:
                    setters.setdefault(path, []).append((spell_constant(value), blind))


def _blind(table: RuleTable, row: RuleRow, setters: Mapping[str, list[tuple[str, tuple[str, ...]]]]) -> Iterator[str]:
    for column, cell in zip(table.conditions, row.cells, strict=True):
        field = column.field
        if cell.sense in (Sense.ANY, Sense.NOTHING) or cell.or_unknown:
            continue
        if not field.output:
            if field.path in _NOT_KEPT or field.path.startswith(_NOT_KEPT_FAMILIES):
                yield field.path
            continue
        setting = [blind for text, blind in setters.get(field.path, ()) if cell.matches(text, Kind.CHOICE)]
        if setting and all(setting):
            yield from (path for blind in setting for path in blind)
