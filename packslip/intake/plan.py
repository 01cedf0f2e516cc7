"""A mapping set up for the header of one file: which cell feeds which column, and what the header lacks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from packslip.csvfile import Table, column_letters, plain_names
from packslip.library.mappings import BY_NAME, COLUMNS, Alias, OrderMapping, SkipRule, Taker
from packslip.model import Finding, Severity, Where, error, has_errors, note, warning

#: without these a slip could be wrong in a way nobody sees, so a mapping's column for them must be there
_MUST_BE_THERE = frozenset(
    ("marketing_opt_out", "gift", "gift_message", "parcel", "quantity_shipped", "quantity_before")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to read each row of one file."""

    mapping: OrderMapping
    file: str
    header: tuple[str, ...]
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
    skips: tuple[tuple[SkipRule, Callable[[Sequence[str]], bool]], ...]

    def skip_rule(self, cells: Sequence[str]) -> SkipRule | None:
        """The first rule that leaves a row out."""
        for rule, test in self.skips:
            if test(cells):
                return rule
        return None

    def is_header(self, cells: Sequence[str]) -> bool:
        """Whether a row is the header once more, as in files that were joined."""
        if self.id_place is None or cells[self.id_place] != self.header[self.id_place]:
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
    """The plan for a table's header, None where it cannot be read by this mapping.

    A column is known by its name, `Name#1` being the first of several that share it, and by its letter: `#C`.
    """
    named = {name: place for place, name in enumerate(table.header) if name}
    where = Where(file=table.name, line=table.header_line or None)
    letters = {f"#{column_letters(place)}": place for place in range(len(table.header))}
    places = named | letters | {f"{name}#1": named[name] for name in table.repeated}
    sources = (*mapping.columns.values(), *mapping.extras.values())
    used = frozenset().union(*(source.needs for source in sources)) | {
        condition.column for rule in mapping.skips for condition in rule.where
    }
    missing = (*_missing(places, named, mapping, where), *_repeated(table, used, mapping, where))
    if has_errors(missing):
        return None, tuple(finding for finding in missing if finding.severity is Severity.ERROR)
    findings = (*missing, *_similar(named, mapping, where), *_stated(mapping, where))
    takers = {
        column.name: mapping.columns[column.name].taker(places, alias)
        for column in COLUMNS
        if column.name in mapping.columns
    }
    blank: Taker = lambda _cells: ""  # noqa: E731
    order_columns = [name for name in takers if not BY_NAME[name].of_line]
    read = {name for column in order_columns if column != "order_id" for name in mapping.columns[column].needs}
    id_source = mapping.columns["order_id"]
    taken = frozenset().union(*(source.needs for source in sources))
    unknown = (
        ((name, place) for name, place in named.items() if name not in taken) if mapping.shape.keeps_unknown else ()
    )
    skips = [rule for rule in mapping.skips if all(condition.column in places for condition in rule.where)]
    parted = [name for name in ("store", "parcel") if name in takers and mapping.columns[name].needs & places.keys()]
    return Plan(
        mapping=mapping,
        file=table.name,
        header=table.header,
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
        skips=tuple((rule, rule.test(places)) for rule in skips),
    ), findings


def _missing(
    places: Mapping[str, int], named: Mapping[str, int], mapping: OrderMapping, where: Where
) -> Iterable[Finding]:
    lacking = []
    for target, source in mapping.columns.items():
        column = BY_NAME[target]
        absent = source.needs - places.keys()
        if not absent or (source.first and (absent != source.needs or source.never_lacks)):
            continue
        if target in mapping.optional or (absent == {source.unless}):
            continue
        if column.required or (not mapping.is_contract and target in _MUST_BE_THERE):
            lacking += [name if name == target else f"{name} (for {target})" for name in sorted(absent)]
        elif not mapping.is_contract:
            yield _absent(target, absent, where)
    for rule in mapping.skips:
        for condition in rule.where:
            if condition.column not in places and not rule.optional:
                lacking.append(f"{condition.column} (for skipping {rule.reason})")
    if lacking:
        names = [text.split(" (")[0] for text in lacking]
        hint = _meant(names, named) or "the first row must name the columns; docs/ecommerce.md lists them"
        word = "column" if len(lacking) == 1 else "columns"
        yield error("columns.missing", where, f"missing {word} {', '.join(lacking)}", hint)


def _repeated(table: Table, used: frozenset[str], mapping: OrderMapping, where: Where) -> Iterable[Finding]:
    """Names that several columns share: an error where one of them is read and nothing says which."""
    for name in table.repeated:
        places = [place for place, head in enumerate(table.header) if head == name or head.startswith(f"{name}#")]
        spot = Where(file=where.file, line=where.line, spot=", ".join(map(column_letters, places)))
        message = f"{len(places)} columns are called {name[:40]!r}"
        if name in used:
            hint = f"say in a mapping which is read, such as {name[:40]}#1, or give each a name of its own"
            yield error("header.duplicate", spot, message, hint)
        elif mapping.shape.keeps_unknown:
            yield warning("header.duplicate", spot, message, "give each column a name of its own")


def _stated(mapping: OrderMapping, where: Where) -> Iterable[Finding]:
    """What the mapping states of consent, where it decides what the slips carry."""
    if mapping.consent.is_transactional:
        at = Where(file=where.file)
        yield note("consent.transactional", at, f"every slip is transactional: {mapping.consent.meaning}")


def _absent(target: str, absent: Iterable[str], where: Where) -> Finding:
    names = ", ".join(sorted(absent))
    return warning(
        "column.absent", where, f"no column {names}, so {target} stays blank", "correct the mapping or the export"
    )


def _meant(names: Iterable[str], places: Mapping[str, int]) -> str:
    """Which of the file's columns may be the missing ones."""
    guesses = []
    folded = {_folded(name): name for name in places}
    for name in names:
        close = get_close_matches(_folded(name), folded, n=1, cutoff=0.75)
        if close and folded[close[0]] != name:
            guesses.append(f"{folded[close[0]]} for {name}")
    return f"did you mean {', '.join(guesses)}?" if guesses else ""


def _similar(places: Mapping[str, int], mapping: OrderMapping, where: Where) -> Iterable[Finding]:
    """Columns that look like a misspelt column of the contract and would be an extra column unnoticed."""
    if not mapping.is_contract:
        return
    open_names = {_folded(name): name for name in BY_NAME if name not in places}
    for name in places:
        if name in BY_NAME:
            continue
        close = get_close_matches(_folded(name), open_names, n=1, cutoff=0.85)
        if close:
            meant = open_names[close[0]]
            yield warning(
                "column.similar",
                Where(file=where.file, line=where.line, spot=name[:64]),
                f"{name[:64]!r} is no column of the contract and is kept as extra.{name[:64]}",
                f"did you mean {meant}?",
            )


def _folded(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())
