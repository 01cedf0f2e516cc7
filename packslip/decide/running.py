"""Which row of each table fires: zen-engine runs the compiled model.

Owns the engine. Engines are kept by the model they run, which goes in through the static loader: that compiles the
expressions once, where `create_decision` compiles them anew with every order and takes five times as long.
"""

import json
from collections.abc import Mapping
from functools import lru_cache

import zen

from packslip.library.output_cells import OutputValue
from packslip.library.rule_fields import read_field
from packslip.library.rules import RuleBook, RuleRow
from packslip.library.rules_compile import (
    Encoded,
    encode,
    encode_text,
    forced_variable,
    row_variable,
    spell_constant,
    to_json,
)
from packslip.library.words import Situation

_MODEL = "rules"


@lru_cache(maxsize=8)
def _engine(content: str) -> zen.ZenEngine:
    return zen.ZenEngine({"loader": {"type": "static", "content": {_MODEL: json.loads(content)}}})


def fired_rows(rules: RuleBook, situation: Situation, forced: Mapping[str, OutputValue]) -> tuple[RuleRow | None, ...]:
    """The row of each table that fires first; None for a table where none does.

    `forced` is what policies set: later tables read it instead of what earlier tables set.
    """
    context: dict[str, Encoded] = {}
    for name, field in rules.model.variables.items():
        context |= encode(name, read_field(field, situation), field.kind)
    for name, field in rules.model.read_outputs.items():
        if field.output in forced:
            context[forced_variable(name)] = encode_text(spell_constant(forced[field.output]))
    result: Mapping[str, object] = _engine(rules.model.content).evaluate(_MODEL, to_json(context))["result"]
    return tuple(_row_at(table.rows, result.get(row_variable(number))) for number, table in enumerate(rules.tables))


def _row_at(rows: tuple[RuleRow, ...], told: object) -> RuleRow | None:
    """The engine tells a row by its line."""
    return next((row for row in rows if row.line == told), None)
