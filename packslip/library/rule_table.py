"""One decision table: the bytes of `NN-name.csv` → typed rows, every fault a finding with its cell.

Owns rows and the faults one table can have by itself. Knows the other tables only by the fields they set.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from packslip.csvfile import Fault, Row, Table, column_letters, read_table
from packslip.library.cells import NeverSetError, parse_cell
from packslip.library.conditions import Cell, Sense
from packslip.library.literals import CellError
from packslip.library.output_cells import OutputValue, parse_output
from packslip.library.rule_headings import OFFER, Columns, ConditionColumn, OutputColumn, cell_at, read_headings
from packslip.library.vocabulary import Vocabulary
from packslip.library.words import Field
from packslip.model import Finding, Severity, Where, error, warning

_MOST_COLUMNS = 200
_MOST_CHARS = 4000
_SEP_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """One rule."""

    line: int  #: row as a spreadsheet counts, the header being 1
    cells: tuple[Cell, ...]  #: one for each condition column
    outputs: Mapping[str, OutputValue]  #: "" for `none`, None for a blank that may be
    why: str

    @property
    def is_default(self) -> bool:
        """Whether it fires for everything that reaches it because every condition is blank."""
        return all(cell.sense is Sense.ANY for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class LostRow:
    """What is known of a row with a fault, so that one fault does not hide the others."""

    outputs: Mapping[str, OutputValue]  #: those that could be read
    is_default: bool  #: all its conditions are blank
    never_set: tuple[NeverSetError, ...] = ()  #: what it asks of earlier tables and none sets


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTable:
    """One table, first matching row wins."""

    file: str  #: with the folder's name, for places in findings
    conditions: tuple[ConditionColumn, ...]
    outputs: tuple[OutputColumn, ...]
    why: int  #: index of the `why` column
    rows: tuple[RuleRow, ...]
    lost: tuple[LostRow, ...]  #: rows that could not be read, and are missing
    encoding: str
    delimiter: str

    @property
    def is_whole(self) -> bool:
        """Whether every row was read."""
        return not self.lost

    @property
    def name(self) -> str:
        """File name alone."""
        return self.file.rpartition("/")[2]

    @property
    def sets_offer(self) -> bool:
        """Whether its rows say what is offered."""
        return any(column.output.path in OFFER for column in self.outputs)

    def where(self, line: int, index: int) -> Where:
        """The place of a cell."""
        return cell_at(self.file, line, index)


def read_rule_table(
    data: bytes, file: str, words: Vocabulary, readable: Mapping[str, Field]
) -> tuple[RuleTable | None, tuple[Finding, ...]]:
    """The table a file holds, without rows where its headings cannot be used, None where the file itself cannot.

    `readable` holds the fields that earlier tables set; they go before the vocabulary's own.
    """
    source = read_table(data, name=file, max_columns=_MOST_COLUMNS, max_field=_MOST_CHARS)
    findings = [_finding(fault, file) for fault in source.findings if fault.code != "header.blank"]
    if not source.header:
        return None, tuple(findings)
    columns, faults = read_headings(source.header, file, words, readable)
    is_usable = source.is_usable and not faults
    hidden = int(b"sep=" in data[:_SEP_BYTES].replace(b"\0", b"").lower())  # a line no spreadsheet shows
    lines = list(_numbered(source, hidden)) if source.is_usable else []
    findings += [*(faults if source.is_usable else ()), *_nameless(source, file, lines)]
    nothing = LostRow(outputs={}, is_default=False)
    read = [_read_row(row, line, file, columns, findings) for line, row in lines] if is_usable else [nothing]
    table = RuleTable(
        file=file,
        conditions=columns.conditions,
        outputs=columns.outputs,
        why=columns.why,
        rows=tuple(row for row in read if isinstance(row, RuleRow)),
        lost=tuple(row for row in read if isinstance(row, LostRow)),
        encoding=source.encoding,
        delimiter=source.delimiter,
    )
    return table, tuple(findings)


def _finding(fault: Fault, file: str, line: int | None = None) -> Finding:
    """The file's own fault; a guessed encoding is how a spreadsheet saves, so no more than a note."""
    severity, hint = Severity(fault.severity), fault.hint
    if fault.code == "encoding.guessed":
        severity, hint = Severity.NOTE, "packslip rules fmt writes it as UTF-8"
    elif fault.code.startswith("file."):
        hint = "save the table as CSV (UTF-8)"
    place = Where(file=file, line=line or fault.line, spot=fault.spot)
    return Finding(severity=severity, code=fault.code, where=place, message=fault.message, hint=hint)


def _numbered(source: Table, breaks: int) -> Iterator[tuple[int, Row]]:
    """The rows with their numbers as a spreadsheet counts: a line break within a cell begins no row."""
    for row in source.rows:
        yield row.line - breaks, row
        breaks += sum(cell.count("\n") for cell in row.cells)


def _nameless(source: Table, file: str, lines: list[tuple[int, Row]]) -> Iterator[Finding]:
    """A column with cells but no heading; the first cell tells."""
    for index, heading in enumerate(source.header):
        line = next((line for line, row in lines if not heading and row.cells[index].strip()), None)
        if line is not None:
            yield error(
                "rules.heading_blank",
                cell_at(file, line, index),
                f"a cell in column {column_letters(index)}, which has no heading",
                "name the column in the first row, or clear it",
            )


def _read_row(row: Row, line: int, file: str, columns: Columns, findings: list[Finding]) -> RuleRow | LostRow:
    """The rule of a row; where a cell of it fails, what is left of it."""
    if row.fault:
        findings.append(_finding(row.fault, file, line))
        return LostRow(outputs={}, is_default=False)
    faults: list[Finding] = []
    cells: list[Cell] = []
    never_set: list[NeverSetError] = []
    for asked in columns.conditions:
        try:
            cells.append(parse_cell(row.cells[asked.index], asked.field))
        except CellError as fault:
            never_set += [fault] if isinstance(fault, NeverSetError) else []
            place = cell_at(file, line, asked.index)
            faults.append(_wrong_cell("rules.cell", place, asked.field.path, fault))
    outputs: dict[str, OutputValue] = {}
    for told in columns.outputs:
        text = row.cells[told.index]
        try:
            outputs[told.output.path] = parse_output(text, told.output)
        except CellError as fault:
            code = "rules.output" if text.strip() else "rules.output_blank"
            place = cell_at(file, line, told.index)
            faults.append(_wrong_cell(code, place, f"set: {told.output.path}", fault))
    if not faults:
        faults.extend(_wrong_offer(outputs, columns, file, line))
    findings.extend(faults)
    why = " ".join(row.cells[columns.why].split())
    if not why:
        place = cell_at(file, line, columns.why)
        findings.append(warning("rules.why_blank", place, "the row gives no reason", "say in plain words why"))
    if not faults:
        return RuleRow(line=line, cells=tuple(cells), outputs=outputs, why=why)
    is_default = not any(row.cells[asked.index].strip() for asked in columns.conditions)
    return LostRow(outputs=outputs, is_default=is_default, never_set=tuple(never_set))


def _wrong_cell(code: str, place: Where, path: str, fault: CellError) -> Finding:
    message = fault.message if path.endswith(fault.message.split(" ", 1)[0]) else f"{path}: {fault.message}"
    return error(code, place, message, fault.hint)


def _wrong_offer(outputs: Mapping[str, OutputValue], columns: Columns, file: str, line: int) -> Iterator[Finding]:
    """An offer without amount or days, or those without an offer."""
    for column in columns.outputs:
        path = column.output.path
        if path not in OFFER[1:]:
            continue
        place = cell_at(file, line, column.index)
        if outputs["offer"] and outputs[path] is None:
            message = f"set: {path}: blank for the offer {outputs['offer']!r}"
            hint = f"write {column.output.sample}, or the offer as none"
            yield error("rules.output_blank", place, message, hint)
        elif not outputs["offer"] and outputs[path] is not None:
            message = f"set: {path}: set although there is no offer"
            yield error("rules.offer_none", place, message, "clear the cell, or name the offer")
