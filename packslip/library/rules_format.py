"""`rules fmt`: every table in its canonical form, the same bytes whoever saved it with which spreadsheet.

UTF-8 with a byte order mark, commas, CRLF; conditions, then what is set, then why; every cell in one spelling.
"""

from pathlib import Path

from packslip.csvfile import write_csv
from packslip.files import write_atomic
from packslip.library.conditions import spell_cell
from packslip.library.output_cells import spell_output
from packslip.library.rule_table import RuleRow, RuleTable
from packslip.library.rules import load_rules
from packslip.library.vocabulary import Vocabulary
from packslip.model import Severity


def format_rules(folder: Path, words: Vocabulary | None = None) -> tuple[Path, ...]:
    """Rewrite the tables of a folder that are not canonical yet; returns those that were.

    Formatting twice changes nothing more, and never what a table means. A table with an error is left as it is, so
    that no cell that did not parse is lost; `load_rules` tells what is wrong with it.
    """
    book, findings = load_rules(folder, words)
    wrong = {finding.where.file for finding in findings if finding.severity is Severity.ERROR}
    changed: list[Path] = []
    for table in book.tables:
        path = folder / table.name
        data = b"" if table.file in wrong else format_table(table)
        if data and data != path.read_bytes():
            write_atomic(path, data, mode=path.stat().st_mode & 0o777)
            changed.append(path)
    return tuple(changed)


def format_table(table: RuleTable) -> bytes:
    """The canonical bytes of a table."""
    header = [column.field.path for column in table.conditions]
    header += [f"set: {column.output.path}" for column in table.outputs]
    return write_csv([*header, "why"], [_cells(table, row) for row in table.rows], bom=True, line_end="\r\n")


def _cells(table: RuleTable, row: RuleRow) -> list[str]:
    asked = [spell_cell(cell, column.field.kind) for column, cell in zip(table.conditions, row.cells, strict=True)]
    told = [spell_output(row.outputs[column.output.path], column.output) for column in table.outputs]
    return [*asked, *told, row.why]
