"""Headings of a decision table: what each column asks or sets.

Owns the first row: conditions by field path, outputs as `set: x`, one `why`. A heading nobody knows is an error in its
cell, so that no row is judged by a column that nobody understood.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from packslip.csvfile import column_letters
from packslip.library.literals import did_you_mean, fold
from packslip.library.vocabulary import Vocabulary
from packslip.library.words import Field, Output
from packslip.model import Finding, Where, error

#: what says what an offer is; the three stand together
OFFER = ("offer", "offer.amount", "offer.valid_days")

_SET = "set"
_WHY = "why"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionColumn:
    """A column that asks."""

    index: int  #: 0 being A
    field: Field


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputColumn:
    """A column that sets."""

    index: int  #: 0 being A
    output: Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of a table; those without a heading are left out."""

    conditions: tuple[ConditionColumn, ...]
    outputs: tuple[OutputColumn, ...]
    why: int  #: index of the `why` column


def cell_at(file: str, line: int, index: int) -> Where:
    """The place of a cell as a spreadsheet names it."""
    return Where(file=file, spot=f"{column_letters(index)}{line}")


def read_headings(
    header: Sequence[str], file: str, words: Vocabulary, readable: Mapping[str, Field]
) -> tuple[Columns, tuple[Finding, ...]]:
    """The columns of a header row; with a finding, all of them errors, they must not be used.

    `readable` holds the fields that earlier tables set; they go before the vocabulary's own.
    """
    conditions: list[ConditionColumn] = []
    outputs: list[OutputColumn] = []
    whys: list[int] = []
    faults: list[Finding] = []
    for index, heading in enumerate(header):
        name = fold(heading)
        verb, colon, path = name.partition(":")
        if not name:
            continue
        if name == _WHY:
            whys.append(index)
        elif colon and verb.strip() == _SET:
            output = words.find_output(path)
            if output is None:
                faults.append(_unknown_output(cell_at(file, 1, index), heading, words))
            else:
                outputs.append(OutputColumn(index=index, output=output))
        else:
            field = readable.get(name) or words.find_field(name)
            if field is None:
                faults.append(_unknown_field(cell_at(file, 1, index), heading, words, readable))
            else:
                conditions.append(ConditionColumn(index=index, field=field))
    columns = Columns(conditions=tuple(conditions), outputs=tuple(outputs), why=whys[0] if whys else -1)
    faults.extend(_missing(columns, file))
    faults.extend(_repeated(columns, whys, file))
    faults.extend(_half_offer(columns, file))
    return columns, tuple(faults)


def _unknown_output(place: Where, heading: str, words: Vocabulary) -> Finding:
    names = [f"set: {path}" for path in words.outputs]
    return error("rules.unknown_output", place, f"no output {heading!r}", did_you_mean(heading, names))


def _unknown_field(place: Where, heading: str, words: Vocabulary, readable: Mapping[str, Field]) -> Finding:
    path = fold(heading)
    if path in words.outputs:
        return error(
            "rules.not_yet_set",
            place,
            f"no earlier table sets {path}",
            f"to set it here, head the column set: {path}; to read it, let the table that sets it come first",
        )
    hint = did_you_mean(heading, [*words.fields, *readable, _WHY, *(f"set: {name}" for name in words.outputs)])
    hint = hint or "packslip variables --rules lists every field"
    return error("rules.unknown_field", place, f"no field {heading!r}", hint)


def _missing(columns: Columns, file: str) -> Iterator[Finding]:
    place = Where(file=file, line=1)
    if columns.why < 0:
        yield error("rules.no_why", place, "no why column", "add a column why that says each row's reason")
    if not columns.outputs:
        yield error("rules.no_output", place, "no column sets anything", "head a column set: message, say")


def _repeated(columns: Columns, whys: Sequence[int], file: str) -> Iterator[Finding]:
    named = [(column.field.path, column.index) for column in columns.conditions]
    named += [(f"set: {column.output.path}", column.index) for column in columns.outputs]
    named += [(_WHY, index) for index in whys]
    seen: set[str] = set()
    for name, index in named:
        if name in seen:
            place = cell_at(file, 1, index)
            yield error("rules.duplicate", place, f"a second column {name}", "keep one; 1..5 is a range, FR, DE a list")
        seen.add(name)


def _half_offer(columns: Columns, file: str) -> Iterator[Finding]:
    """An offer stands with its amount and days in one table, so that no row can set half of it."""
    present = {column.output.path: column.index for column in columns.outputs}
    parts = [part for part in OFFER if part in present]
    if parts and len(parts) < len(OFFER):
        missing = " and ".join(f"set: {part}" for part in OFFER if part not in present)
        yield error(
            "rules.half_offer",
            cell_at(file, 1, present[parts[0]]),
            f"set: {parts[0]} stands without {missing}",
            "an offer needs its name, amount and valid_days in one table",
        )
