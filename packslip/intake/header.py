"""A file's header against a mapping: which column is meant, which is missing, which stands there twice."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from packslip.csvfile import Table, column_letters
from packslip.library.mappings import BY_NAME, OrderMapping, Source
from packslip.model import Finding, Where, error, warning

#: without these a slip could be wrong in a way nobody sees, so a mapping's column for them must be there
_MUST_BE_THERE = frozenset(
    ("marketing_opt_out", "gift", "gift_message", "parcel", "quantity_shipped", "quantity_before")
)


def in_other_case(names: Iterable[str], named: Mapping[str, int]) -> dict[str, int]:
    """Places of names that the file writes with other capitals, as one shop system does from country to country."""
    folded: dict[str, list[int]] = {}
    for name, place in named.items():
        folded.setdefault(name.casefold(), []).append(place)
    return {name: found[0] for name in names if len(found := folded.get(name.casefold(), [])) == 1}


def missing_columns(
    places: Mapping[str, int], named: Mapping[str, int], mapping: OrderMapping, where: Where
) -> Iterable[Finding]:
    """What the mapping reads and the file has not: an error where a slip could be wrong without it, else a warning."""
    lacking: dict[str, Iterable[str]] = {}  #: what to say → the columns meant
    for target, source in mapping.columns.items():
        column = BY_NAME[target]
        absent = source.needs - places.keys()
        if not absent or (source.first and (absent != source.needs or source.never_lacks)):
            continue
        if target in mapping.optional or (absent == {source.unless}):
            continue
        if column.required or (not mapping.is_contract and target in _MUST_BE_THERE):
            lacking |= _lack(target, source, absent)
        elif not mapping.is_contract:
            yield _absent(target, absent, where)
    for rule in mapping.skips:
        for condition in rule.where:
            if condition.column not in places and not rule.optional:
                lacking[f"{condition.column} (for skipping {rule.reason})"] = (condition.column,)
    if lacking:
        hint = (
            _meant(dict.fromkeys(name for names in lacking.values() for name in names), named)
            or "the first row must name the columns; docs/ecommerce.md lists them"
        )
        word = "column" if len(lacking) == 1 else "columns"
        yield error("columns.missing", where, f"missing {word} {', '.join(lacking)}", hint)


def _lack(target: str, source: Source, absent: frozenset[str]) -> dict[str, Iterable[str]]:
    if source.first:
        names = [name for name in source.names if name in absent]
        shown = ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
        return {f"one of {shown} (for {target})" if len(names) > 1 else f"{shown} (for {target})": names}
    return {name if name == target else f"{name} (for {target})": (name,) for name in sorted(absent)}


def repeated_columns(table: Table, used: frozenset[str], mapping: OrderMapping, where: Where) -> Iterable[Finding]:
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


def similar_columns(places: Mapping[str, int], mapping: OrderMapping, where: Where) -> Iterable[Finding]:
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
