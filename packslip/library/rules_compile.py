"""Decision tables → one JSON Decision Model for zen-engine.

Owns the expressions. No text of a marketer or an order is ever parsed by the engine: texts are folded and
percent-encoded on both sides, numbers are exact decimals, dates whole numbers (20261224), a set a list. An unknown
value is null and is asked for before every comparison. What earlier tables set is read as forced by a policy, else as
set, so later tables see the truth about an opted-out customer or a gift.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise
from urllib.parse import quote

from packslip.library.conditions import Cell, Literal, Sense, Span, as_text
from packslip.library.literals import LARGEST, MOST_DECIMALS, fold, plain_date, plain_number
from packslip.library.output_cells import NONE, OutputValue
from packslip.library.rule_table import RuleRow, RuleTable
from packslip.library.words import Field, Kind, Value

_STEP = Decimal(1).scaleb(-MOST_DECIMALS)
Encoded = str | bool | int | Decimal | list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionModel:
    """What the engine runs, and how to speak to it."""

    content: str  #: JSON Decision Model
    variables: Mapping[str, Field]  #: fields to be given with each order, by their name within the model
    read_outputs: Mapping[str, Field]  #: outputs that later tables read, by their name within the model


def row_variable(table: int) -> str:
    """Name of the result that says which row of a table fired."""
    return f"row_{table}"


def forced_variable(name: str) -> str:
    """Name of the input by which a policy overrules an output."""
    return f"p_{name}"


def _set_variable(name: str) -> str:
    return f"o_{name}"


def compile_model(tables: Iterable[RuleTable]) -> DecisionModel:
    """The model of the tables in their order; each table's fired row is told as `row_<number>`."""
    tables = list(tables)
    fields = {column.field.path: column.field for table in tables for column in table.conditions}
    names = {path: f"{index}_{re.sub('[^a-z0-9]+', '_', path)}" for index, path in enumerate(fields)}
    nodes = [_end("start", "inputNode")]
    nodes += [_node(number, table, names) for number, table in enumerate(tables)]
    nodes.append(_end("end", "outputNode"))
    edges = [
        {"id": f"edge_{number}", "type": "edge", "sourceId": one["id"], "targetId": other["id"]}
        for number, (one, other) in enumerate(pairwise(nodes))
    ]
    content = {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}
    return DecisionModel(
        content=json.dumps(content),
        variables={f"f_{names[path]}": field for path, field in fields.items() if not _is_set_only(field)},
        read_outputs={names[path]: field for path, field in fields.items() if field.output},
    )


def _is_set_only(field: Field) -> bool:
    return bool(field.output) and field.kind is not Kind.LOOSE


JsonNode = dict[str, object]


def _end(name: str, kind: str) -> JsonNode:
    return {"id": name, "name": name, "type": kind, "position": {"x": 0, "y": 0}}


def _node(number: int, table: RuleTable, names: Mapping[str, str]) -> JsonNode:
    inputs = [{"id": f"i{column.index}", "name": column.field.path} for column in table.conditions]
    outputs = [{"id": "row", "name": "row", "field": row_variable(number)}]
    told = [
        (column.output.path, suffix, _set_variable(names[column.output.path]) + suffix)
        for column in table.outputs
        if column.output.path in names
        for suffix in _suffixes(column.output.path)
    ]
    outputs += [{"id": variable, "name": path, "field": variable} for path, _, variable in told]
    return {
        "id": f"table_{number}",
        "name": table.name,
        "type": "decisionTableNode",
        "position": {"x": 0, "y": 0},
        "content": {
            "hitPolicy": "first",
            "passThrough": True,
            "executionMode": "single",
            "inputs": inputs,
            "outputs": outputs,
            "rules": [_rule(table, row, names, told) for row in table.rows],
        },
    }


def _suffixes(path: str) -> tuple[str, ...]:
    return ("", "_number", "_date") if path.startswith("extra.") else ("",)


def _rule(table: RuleTable, row: RuleRow, names: Mapping[str, str], told: list[tuple[str, str, str]]) -> dict[str, str]:
    rule = {"_id": f"{table.name}#{row.line}", "row": str(row.line)}
    for column, cell in zip(table.conditions, row.cells, strict=True):
        rule[f"i{column.index}"] = expression(cell, column.field, names[column.field.path])
    for path, suffix, variable in told:
        value = row.outputs.get(path)
        rule[variable] = variable if value is None else _json(_encode_loose(spell_constant(value), suffix))
    return rule


def spell_constant(value: OutputValue) -> str:
    """What a set value looks like to a later table's condition."""
    if isinstance(value, bool):
        return as_text(value)
    return NONE if value == "" else str(value)


def expression(cell: Cell, field: Field, name: str) -> str:
    """A cell as a whole zen expression over the model's variables; blank for any."""
    if cell.sense is Sense.ANY:
        return ""
    read = _reader(field, name)
    value = read("")
    if cell.sense is Sense.KNOWN:
        return f"{value} != null"
    if cell.sense is Sense.NOTHING:
        return f"{value} == null"
    among = _among(cell, field.kind, read)
    if cell.sense is Sense.OUTSIDE:
        return f"{value} != null and not ({among})"
    known = f"{value} != null and ({among})"
    return f"{value} == null or ({known})" if cell.or_unknown else known


def _reader(field: Field, name: str) -> Callable[[str], str]:
    def read(suffix: str) -> str:
        own = f"f_{name}{suffix}"
        if not field.output:
            return own
        forced, set_ = f"{forced_variable(name)}{suffix}", f"{_set_variable(name)}{suffix}"
        if _is_set_only(field):
            return f"({forced} ?? {set_})"
        return f"({_set_variable(name)} == null ? {own} : {set_})"

    return read


def _among(cell: Cell, kind: Kind, read: Callable[[str], str]) -> str:
    """One of the items, given that the value is known."""
    texts = [f"'{encode_text(item.text)}'" for item in cell.items if isinstance(item, Literal)]
    tests: list[str] = []
    if texts and kind is Kind.SET:
        tests.append(f"some({read('')}, # in [{', '.join(texts)}])")
    elif texts:
        tests.append(f"{read('')} in [{', '.join(texts)}]")
    for item in cell.items:
        if isinstance(item, Span):
            suffix = "" if kind is not Kind.LOOSE else "_date" if item.is_of_dates else "_number"
            tests.append(_within(item, read(suffix), is_loose=kind is Kind.LOOSE))
    return " or ".join(tests)


def _within(span: Span, value: str, *, is_loose: bool) -> str:
    tests = [f"{value} != null"] if is_loose else []
    if span.low is not None:
        tests.append(f"{value} {'>=' if span.low_within else '>'} {_end_of(span.low)}")
    if span.high is not None:
        tests.append(f"{value} {'<=' if span.high_within else '<'} {_end_of(span.high)}")
    return f"({' and '.join(tests)})"


def _end_of(value: Decimal | date) -> str:
    return str(_day(value)) if isinstance(value, date) else f"{value:f}"


def encode(name: str, value: Value, kind: Kind) -> dict[str, Encoded]:
    """A field's value as the model's variables."""
    if value is None:
        return {}
    if kind is Kind.LOOSE:
        text = as_text(value)
        return {f"{name}{suffix}": _encode_loose(text, suffix) for suffix in ("", "_number", "_date")}
    if isinstance(value, frozenset):
        return {name: sorted(encode_text(text) for text in value)}
    if isinstance(value, date):
        return {name: _day(value)}
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return {name: _number(Decimal(value))}
    return {name: encode_text(as_text(value))}


def _encode_loose(text: str, suffix: str) -> Encoded:
    if not suffix:
        return encode_text(text)
    if suffix == "_date":
        day = plain_date(text)
        return None if day is None else _day(day)
    number = plain_number(text)
    return None if number is None else _number(number)


def encode_text(text: str) -> str:
    """The text as it is compared, in letters, digits and `%` alone."""
    return quote(fold(text), safe="")


def _day(value: date) -> int:
    return value.year * 10_000 + value.month * 100 + value.day


def _number(value: Decimal) -> Decimal:
    """The number as far as any cell can tell it from another: cells have so many digits and no more."""
    if abs(value) >= LARGEST:
        return LARGEST.copy_sign(value)
    floor = value.quantize(_STEP, rounding=ROUND_FLOOR)
    return value if floor == value else floor + _STEP / 2


def to_json(context: Mapping[str, Encoded]) -> str:
    """The context as JSON text; the engine reads its decimals exactly, which it does not from Python's floats."""
    return "{" + ",".join(f'"{name}":{_json(value)}' for name, value in context.items()) + "}"


def _json(value: Encoded) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else json.dumps(value)
