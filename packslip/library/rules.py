"""The decision tables of a workspace: `rules/NN-name.csv`, read, typed and compiled to one decision model.

Owns the folder and the book; one table is `packslip.library.rule_table`, the model `packslip.library.rules_compile`.
Whether the tables make sense together (no default row, a row that can never fire) is checked by `packslip.decide`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from packslip.library.conditions import Literal
from packslip.library.literals import fold
from packslip.library.output_cells import NONE
from packslip.library.rule_headings import OutputColumn
from packslip.library.rule_table import RuleRow, RuleTable, read_rule_table
from packslip.library.rules_compile import DecisionModel, compile_model, spell_constant
from packslip.library.source_file import read_source
from packslip.library.vocabulary import GIFT, TRANSACTIONAL, Vocabulary, output_field, vocabulary
from packslip.library.words import Field, Kind
from packslip.model import Finding, Where, error, has_errors, warning

__all__ = ["POLICY_CONSTANTS", "RuleBook", "RuleRow", "RuleTable", "load_rules", "rule_files"]

_TABLE_NAME = re.compile(r"\d+-[^.]+\.csv", re.IGNORECASE)
_WORKBOOKS = (".xlsx", ".xls", ".ods", ".numbers")
#: what the policies of the decide room may set, whatever the tables say; "" is `none`
POLICY_CONSTANTS: Mapping[str, tuple[str, ...]] = {
    "segment": (TRANSACTIONAL, GIFT),
    "message": (TRANSACTIONAL, GIFT),
    "offer": ("",),
    "strategy": ("",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """All tables in the order they run."""

    folder: str  #: name of the folder, for places in findings
    tables: tuple[RuleTable, ...]
    model: DecisionModel
    is_sound: bool  #: nothing in the tables failed to parse; an unsound book decides nothing

    def constants(self, output: str) -> Mapping[str, Where]:
        """Every constant an output can take, with the cell that first sets it; `none` is not among them.

        Constants that only a policy sets (an opted-out customer, a gift) stand at the folder itself.
        """
        path = fold(output)
        found: dict[str, Where] = {}
        for table, row, column in self._settings():
            value = row.outputs.get(path)
            if column.output.path == path and value is not None and value != "":
                found.setdefault(spell_constant(value), table.where(row.line, column.index))
        for text in POLICY_CONSTANTS.get(path, ()):
            if text:
                found.setdefault(text, Where(file=self.folder, spot="policy"))
        return found

    def _settings(self) -> Iterator[tuple[RuleTable, RuleRow, OutputColumn]]:
        return ((table, row, column) for table in self.tables for column in table.outputs for row in table.rows)


def load_rules(folder: Path, words: Vocabulary | None = None) -> tuple[RuleBook, tuple[Finding, ...]]:
    """The rule book of a folder; every fault of every table is a finding with its cell.

    With an error among the findings the book is not sound and decides nothing. `words` is the workspace's vocabulary;
    without it the built-in fields alone parse.
    """
    words = words or vocabulary()
    paths, findings = rule_files(folder)
    tables: list[RuleTable] = []
    readable: dict[str, Field] = {}
    for path in paths:
        label = f"{folder.name}/{path.name}"
        data, found = read_source(path, label=label)
        findings.extend(found)
        if data is None:
            continue
        table, faults = read_rule_table(data, label, words, readable)
        findings.extend(faults)
        if table is not None:
            tables.append(table)
            readable |= _fields_set_by(table, words, readable)
    if not paths:
        findings.append(
            error("rules.none", Where(file=folder.name), "no decision table", "add 10-segment.csv and others")
        )
    findings.extend(_set_twice(tables))
    findings.extend(_misspelt_where_set(tables))
    model = compile_model(tables)
    book = RuleBook(folder=folder.name, tables=tuple(tables), model=model, is_sound=not has_errors(findings))
    return book, tuple(findings)


def rule_files(folder: Path) -> tuple[list[Path], list[Finding]]:
    """The tables of a folder in the order they run, and a warning for each file that looks like one and is none."""
    paths: list[Path] = []
    findings: list[Finding] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith((".", "~")):
            continue
        place = Where(file=f"{folder.name}/{path.name}")
        if _TABLE_NAME.fullmatch(path.name):
            paths.append(path)
        elif path.suffix.lower() == ".csv":
            hint = "name it by its turn, such as 25-name.csv, or move it away"
            findings.append(warning("rules.file_name", place, "not read as a table", hint))
        elif path.suffix.lower() in _WORKBOOKS:
            hint = "save it as CSV (UTF-8)"
            findings.append(warning("rules.workbook", place, "a workbook is not read as a table", hint))
    return sorted(paths, key=_turn), findings


def _turn(path: Path) -> tuple[int, str]:
    return int(path.name.partition("-")[0]), path.name


def _fields_set_by(table: RuleTable, words: Vocabulary, before: Mapping[str, Field]) -> dict[str, Field]:
    """What later tables may read of this one."""
    fields: dict[str, Field] = {}
    for column in table.outputs:
        output = column.output
        if output.kind in (Kind.AMOUNT, Kind.WHOLE):
            continue
        own = words.find_field(output.path)
        if own is not None:  # `extra.<name>`: a blank cell leaves the order's own column to be read
            fields[output.path] = replace(own, output=output.path)
            continue
        if any(output.path not in row.outputs for row in table.lost):  # what they would set is anybody's guess
            fields[output.path] = replace(output_field(output, (), always=True), kind=Kind.TEXT)
            continue
        values = [row.outputs.get(output.path) for row in table.rows]
        values += [row.outputs.get(output.path) for row in table.lost]
        constants = [spell_constant(value) for value in values if value is not None]
        policy = [value or NONE for value in POLICY_CONSTANTS.get(output.path, ())]
        allowed = tuple(dict.fromkeys((*constants, *policy)))
        set_at = {fold(text): f"{table.name} {place.spot}" for text, place in _places(table, column).items()}
        fields[output.path] = replace(output_field(output, allowed, always=True), set_at=set_at)
    return fields


def _places(table: RuleTable, column: OutputColumn) -> dict[str, Where]:
    """The constants of a column, each with the first cell that sets it."""
    found: dict[str, Where] = {}
    for row in table.rows:
        value = row.outputs[column.output.path]
        if value is not None:
            found.setdefault(spell_constant(value), table.where(row.line, column.index))
    return found


def _misspelt_where_set(tables: list[RuleTable]) -> Iterator[Finding]:
    """Values that later tables ask for in another spelling alone: the fault may well be where they are set."""
    asked = {
        (column.field.path, item.key)
        for table in tables
        for row in table.rows
        for column, cell in zip(table.conditions, row.cells, strict=True)
        for item in cell.items
        if isinstance(item, Literal)
    }
    missed = {
        (fault.path, fold(fault.meant)): fault.text
        for table in tables
        for row in table.lost
        for fault in row.never_set
        if fault.meant and (fault.path, fold(fault.meant)) not in asked
    }
    for table in tables:
        for column in table.outputs:
            for text, place in _places(table, column).items():
                wanted = missed.get((column.output.path, fold(text)))
                if wanted is not None:
                    message = f"no later table asks for {column.output.path} {text!r}"
                    yield warning("rules.unasked", place, message, f"did you mean {wanted}?")


def _set_twice(tables: list[RuleTable]) -> Iterator[Finding]:
    """An output that two tables set: the later wins in every row, which is rarely meant."""
    first: dict[str, RuleTable] = {}
    for table in tables:
        for column in table.outputs:
            earlier = first.setdefault(column.output.path, table)
            if earlier is not table and not column.output.may_be_blank:
                yield warning(
                    "rules.set_twice",
                    table.where(1, column.index),
                    f"{column.output.path} is set by {earlier.name} already; this table overrules it",
                    "set each output in one table",
                )
