"""Worked examples beside the tables: `rules/examples/*.csv`, one customer a row and what the rules shall say of them.

Owns reading: columns of field paths hold values in the tables' own grammar, columns of `expect: …` what an output must
be; blank says nothing. Whether the rules say so is `packslip.decide.examples`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packslip.csvfile import Row, read_table
from packslip.library.campaigns import HOLDOUT
from packslip.library.cells import parse_cell
from packslip.library.conditions import Literal, Sense, Span
from packslip.library.literals import CellError, did_you_mean, fold, parse_yes_no, shorten, tidy
from packslip.library.output_cells import NONE, Amount, Share, parse_output, spell_output
from packslip.library.rule_headings import cell_at
from packslip.library.source_file import read_source
from packslip.library.vocabulary import Vocabulary
from packslip.library.words import Field, Kind, Output, Value
from packslip.model import Finding, Where, error, warning

#: expectations beside the outputs: the rows that fire, and whether the slip is held
ROW, HELD = "row", "held"

_NAME = "name"
_EXPECT = "expect"
_CAMPAIGN = "campaign."
_MOST_COLUMNS = 200
_MOST_CHARS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One thing an example demands."""

    what: str  #: an output, `row` or `held`
    text: str  #: in canonical spelling
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One thing an example says of its customer."""

    value: Value
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExample:
    """One row: a customer, and what the rules shall say."""

    name: str
    where: Where
    given: Mapping[str, Given]
    expected: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class _Columns:
    name: int | None
    fields: tuple[tuple[int, Field], ...]
    expected: tuple[tuple[int, str, Output | None], ...]


def load_examples(folder: Path, words: Vocabulary) -> tuple[tuple[RuleExample, ...], tuple[Finding, ...]]:
    """Every example of a folder by file and row, and each fault with its cell; rows with one are left out."""
    examples: list[RuleExample] = []
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.csv")):
        if path.name.startswith((".", "~")):
            continue
        label = f"rules/examples/{path.name}"
        data, found = read_source(path, label=label)
        findings += found
        if data is not None:
            examples += _read(data, label, words, findings)
    return tuple(examples), tuple(findings)


def _read(data: bytes, file: str, words: Vocabulary, findings: list[Finding]) -> list[RuleExample]:
    source = read_table(data, name=file, max_columns=_MOST_COLUMNS, max_field=_MOST_CHARS)
    findings += [
        error(fault.code, Where(file=file, line=fault.line), fault.message, fault.hint)
        for fault in source.findings
        if fault.code not in ("header.blank", "encoding.guessed")
    ]
    if not source.is_usable or not source.header:
        return []
    columns = _read_headings(source.header, file, words, findings)
    if columns is None:
        return []
    read = (_read_row(row, file, columns, findings) for row in source.rows)
    return [example for example in read if example is not None]


def _read_headings(header: tuple[str, ...], file: str, words: Vocabulary, findings: list[Finding]) -> _Columns | None:
    name: int | None = None
    fields: list[tuple[int, Field]] = []
    expected: list[tuple[int, str, Output | None]] = []
    faults: list[Finding] = []
    seen: set[str] = set()
    for index, heading in enumerate(header):
        text = fold(heading)
        verb, colon, what = (part.strip() for part in text.partition(":"))
        place = cell_at(file, 1, index)
        if not text:
            continue
        if text in seen:
            faults.append(error("example.heading", place, f"a second column {text}", "keep one"))
        seen.add(text)
        if text == _NAME:
            name = index
        elif colon and verb == _EXPECT:
            output = words.find_output(what)
            if output is None and what not in (ROW, HELD):
                hint = did_you_mean(what, [*words.outputs, ROW, HELD])
                faults.append(error("example.heading", place, f"nothing can be expected of {what!r}", hint))
            expected.append((index, what, output))
        elif (field := words.find_field(text)) is not None:
            fields.append((index, field))
        else:
            faults.append(_unknown(place, heading, words))
    if not expected and not faults:
        hint = "head a column expect: message, say"
        faults.append(error("example.heading", Where(file=file, line=1), "no column expects anything", hint))
    findings += faults
    return None if faults else _Columns(name, tuple(fields), tuple(expected))


def _unknown(place: Where, heading: str, words: Vocabulary) -> Finding:
    path = fold(heading)
    if path in words.outputs:
        hint = f"tables set it: head the column expect: {path}"
    else:
        hint = did_you_mean(heading, [*words.fields, _NAME, *(f"{_EXPECT}: {path}" for path in words.outputs)])
    return error("example.heading", place, f"no field {heading!r}", hint or "packslip variables --rules lists them")


def _read_row(row: Row, file: str, columns: _Columns, findings: list[Finding]) -> RuleExample | None:
    line = row.line
    if row.fault:
        findings.append(error(row.fault.code, Where(file=file, line=line), row.fault.message, row.fault.hint))
        return None
    faults: list[Finding] = []
    given: dict[str, Given] = {}
    expected: list[Expected] = []
    for index, field in columns.fields:
        place = cell_at(file, line, index)
        try:
            if text := tidy(row.cells[index]):
                given[field.path] = Given(value=_value(text, field), where=place)
        except CellError as fault:
            faults.append(error("example.cell", place, f"{field.path}: {fault.message}", fault.hint))
    for index, what, output in columns.expected:
        place = cell_at(file, line, index)
        try:
            if text := tidy(row.cells[index]):
                expected.append(Expected(what=what, text=_expectation(text, what, output), where=place))
        except CellError as fault:
            faults.append(error("example.cell", place, f"expect: {what}: {fault.message}", fault.hint))
    findings += faults
    if faults:
        return None
    name = "" if columns.name is None else " ".join(row.cells[columns.name].split())
    where = Where(file=file, line=line)
    if not expected:
        findings.append(warning("example.nothing", where, "the row expects nothing", "fill a cell under expect:"))
        return None
    return RuleExample(name=name or f"row {line}", where=where, given=given, expected=tuple(expected))


def _value(text: str, field: Field) -> Value:
    """The one value that a cell says a field has."""
    if field.path.startswith(_CAMPAIGN) and fold(text) == HOLDOUT:
        return HOLDOUT
    cell = parse_cell(text, field)
    if cell.sense is Sense.NOTHING:
        return None
    texts = [item.text for item in cell.items if isinstance(item, Literal)]
    if cell.sense is Sense.AMONG and not cell.or_unknown and len(texts) == len(cell.items):
        if field.kind is Kind.SET:
            return frozenset(texts)
        if len(texts) == 1:
            return parse_yes_no(texts[0]) if field.kind is Kind.YES_NO else texts[0]
    if cell.sense is Sense.AMONG and len(cell.items) == 1 and isinstance(cell.items[0], Span):
        span = cell.items[0]
        if span.low == span.high and span.low is not None:
            return span.low
    raise CellError(f"{shorten(text)} is a condition", f"an example has one value, such as {field.sample or 'gold'}")


def _expectation(text: str, what: str, output: Output | None) -> str:
    if output is None:
        return ("yes" if parse_yes_no(text) else "no") if what == HELD else text
    if output.may_be_blank and fold(text) == NONE:
        return NONE
    value = parse_output(text, output)
    if isinstance(value, Share):
        raise CellError(f"{shorten(text)} comes to something else for each order", "write what it comes to: 3 EUR")
    return spell_amount(value) if isinstance(value, Amount) else spell_output(value, output) or NONE


def spell_amount(amount: Amount) -> str:
    """What an offer is worth, however many decimals somebody wrote: `10.00 EUR` is `10 EUR`."""
    value = f"{amount.value:f}"
    value = value.rstrip("0").rstrip(".") if "." in value else value
    return f"{value} {'%' if amount.unit == 'percent' else amount.unit}"
