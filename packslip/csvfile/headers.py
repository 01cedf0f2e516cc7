"""The header row → column names, and what is wrong with them."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from packslip.csvfile.faults import Fault
from packslip.csvfile.records import Record

_BLANKS = re.compile(r"[\s\u00a0\ufeff]+")


def named_columns(
    head: Record, max_columns: int, *, may_repeat: bool
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Fault, ...]]:
    """The columns' names, those that several columns share, and what is wrong."""
    names = plain_names(head.cells)
    if head.fault:
        return names, (), (replace(head.fault, line=head.line),)
    if len(names) > max_columns:
        message = f"{len(names)} columns; at most {max_columns}"
        hint = "leave out what no slip needs"
        return (), (), (Fault(code="header.too_many", line=head.line, message=message, hint=hint),)
    repeated = tuple(name for name, times in Counter(names).items() if name and times > 1)
    faults = [_nameless_columns(names, head.line)] if "" in names else []
    if not may_repeat:
        faults += [_repeated_column(name, names, head.line) for name in repeated]
    return _told_apart(names), repeated, tuple(faults)


def plain_names(cells: Iterable[str]) -> tuple[str, ...]:
    """The names of a header row: blanks made one, columns past the last name cut off."""
    names = [_BLANKS.sub(" ", cell).strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _told_apart(names: tuple[str, ...]) -> tuple[str, ...]:
    """The second column called `Name` as `Name#2`, and so on."""
    seen: Counter[str] = Counter()
    apart = []
    for name in names:
        seen[name] += 1
        apart.append(f"{name}#{seen[name]}" if name and seen[name] > 1 else name)
    return tuple(apart)


def _nameless_columns(names: tuple[str, ...], line: int) -> Fault:
    return Fault(
        code="header.blank",
        line=line,
        spot=_places("", names),
        message="a column without a name is left out",
        hint="name the column in the header row",
        severity="warning",
    )


def _repeated_column(name: str, names: tuple[str, ...], line: int) -> Fault:
    return Fault(
        code="header.duplicate",
        line=line,
        spot=_places(name, names),
        message=f"{names.count(name)} columns are called {name[:40]!r}",
        hint="give each column a name of its own",
    )


def _places(name: str, names: tuple[str, ...]) -> str:
    return ", ".join(column_letters(number) for number, other in enumerate(names) if other == name)


def column_letters(number: int) -> str:
    """What a spreadsheet calls a column, 0 being A."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
