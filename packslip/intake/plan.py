"""A mapping set up for the header of one file: which cell feeds which column, and what the header lacks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

from packslip.csvfile import Table, column_letters, plain_names
from packslip.intake.header import in_other_case, missing_columns, repeated_columns, similar_columns
from packslip.library.mappings import BY_NAME, COLUMNS, Alias, OrderMapping, SkipRule, Taker
from packslip.model import Finding, Severity, Where, has_errors, note

_CACHED_ROWS = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to read each row of one file."""

    mapping: OrderMapping
    file: str
    header: tuple[str, ...]
    named_place: int | None  #: the first column that has a name
    take_id: Taker
    id_place: int | None  #: the cell that holds the order id, None where several make it
    take_store: Taker
    take_parcel: Taker
    is_parted: bool  #: the file may hold several stores or parcels of one order id
    order_takers: tuple[tuple[str, Taker], ...]
    line_takers: tuple[tuple[str, Taker], ...]
    order_places: tuple[int, ...]  #: cells that order columns are read from, the order id left out
    unknown: tuple[tuple[str, int], ...]  #: extra name, place
    extra_takers: tuple[tuple[str, Taker], ...]
    skip_rule: Callable[[Sequence[str]], SkipRule | None]  #: the first rule that leaves a row out
    has_rules: bool

    def is_header(self, cells: Sequence[str]) -> bool:
        """Whether a row is the header once more, as in files that were joined."""
        if self.named_place is None or cells[self.named_place].strip() != self.header[self.named_place]:
            return False
        names = plain_names(cells)
        return len(names) == len(self.header) and all(
            head == name or head.startswith(f"{name}#") for name, head in zip(names, self.header, strict=True)
        )

    def order_cells(self, cells: Sequence[str]) -> tuple[str, ...]:
        """What a row says about its order, without the order id."""
        return tuple([cells[place] for place in self.order_places])

    def spot(self, column: str) -> str:
        """A contract column as the file's reader knows it: `quantity`, or `quantity (Lineitem quantity)`."""
        source = self.mapping.columns.get(column)
        if source is None or not source.column or source.column == column:
            return column
        return f"{column} ({source.column})"


def make_plan(
    table: Table, mapping: OrderMapping, alias: Alias | None = None
) -> tuple[Plan | None, tuple[Finding, ...]]:
    """The plan for a table's header, None where it cannot be read by this mapping."""
    named = {name: place for place, name in enumerate(table.header) if name}
    where = Where(file=table.name, line=table.header_line or None)
    sources = (*mapping.columns.values(), *mapping.extras.values())
    used = frozenset().union(*(source.needs for source in sources)) | {
        condition.column for rule in mapping.skips for condition in rule.where
    }
    places = find_places(table, mapping, used)
    missing = (*missing_columns(places, named, mapping, where), *repeated_columns(table, used, mapping, where))
    if has_errors(missing):
        return None, tuple(finding for finding in missing if finding.severity is Severity.ERROR)
    findings = (*missing, *similar_columns(named, mapping, where), *_stated(mapping, where))
    takers = {
        column.name: mapping.columns[column.name].taker(places, alias)
        for column in COLUMNS
        if column.name in mapping.columns
    }
    blank: Taker = lambda _cells: ""  # noqa: E731
    order_columns = [name for name in takers if not BY_NAME[name].of_line]
    read = {name for column in order_columns if column != "order_id" for name in mapping.columns[column].needs}
    id_source = mapping.columns["order_id"]
    taken = {places[name] for source in sources for name in source.needs if name in places}
    unknown = (
        ((name, place) for name, place in named.items() if place not in taken) if mapping.shape.keeps_unknown else ()
    )
    skips = [rule for rule in mapping.skips if all(condition.column in places for condition in rule.where)]
    parted = [name for name in ("store", "parcel") if name in takers and mapping.columns[name].needs & places.keys()]
    return Plan(
        mapping=mapping,
        file=table.name,
        header=table.header,
        named_place=next(iter(named.values()), None),
        take_id=takers["order_id"],
        id_place=places.get(id_source.column),
        take_store=takers.get("store", blank),
        take_parcel=takers.get("parcel", blank),
        is_parted=bool(parted),
        order_takers=tuple((name, takers[name]) for name in order_columns),
        line_takers=tuple((name, take) for name, take in takers.items() if BY_NAME[name].of_line),
        order_places=tuple(sorted({places[name] for name in read if name in places})),
        unknown=tuple(unknown),
        extra_takers=tuple((name, source.taker(places, alias)) for name, source in mapping.extras.items()),
        skip_rule=_rule_finder(skips, places),
        has_rules=bool(skips),
    ), findings


def find_places(table: Table, mapping: OrderMapping, used: Iterable[str]) -> Mapping[str, int]:
    """Where the columns of a table stand.

    A column is known by its name, in any case where a mapping names it, by `Name#1` where it is the first of several
    that share it, and by its letter: `#C`.
    """
    named = {name: place for place, name in enumerate(table.header) if name}
    letters = {f"#{column_letters(place)}": place for place in range(len(table.header))}
    places = named | letters | {f"{name}#1": named[name] for name in table.repeated}
    if not mapping.is_contract:
        places |= in_other_case(set(used) - places.keys(), named)
    return places


def _rule_finder(skips: Sequence[SkipRule], places: Mapping[str, int]) -> Callable[[Sequence[str]], SkipRule | None]:
    """The rules asked once for all rows that look the same to them, as most rows of an export do."""
    asked = sorted({places[condition.column] for rule in skips for condition in rule.where})
    if not asked:
        return lambda _cells: None
    within = {name: asked.index(place) for name, place in places.items() if place in asked}
    tests = [(rule, rule.test(within)) for rule in skips]

    @lru_cache(maxsize=_CACHED_ROWS)
    def find(cells: tuple[str, ...]) -> SkipRule | None:
        return next((rule for rule, test in tests if test(cells)), None)

    if len(asked) == 1:
        return lambda cells: find((cells[asked[0]],))
    pick = itemgetter(*asked)
    return lambda cells: find(pick(cells))


def _stated(mapping: OrderMapping, where: Where) -> Iterable[Finding]:
    """What the mapping states of consent, where it decides what the slips carry."""
    if mapping.consent.is_transactional:
        at = Where(file=where.file)
        yield note("consent.transactional", at, f"every slip is transactional: {mapping.consent.meaning}")
