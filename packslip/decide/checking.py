"""Whether the tables make sense: a default row in each, no row that can never fire, everything set that a slip needs.

Owns the findings that stop a release; what is merely worth knowing is `packslip.decide.noticing`. The reckoning is
`packslip.decide.coverage`, for all tables together `packslip.decide.reaching`.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations

from packslip.decide.coverage import Coverage, TooHardError, lay_open
from packslip.decide.noticing import notice, notice_mismatches
from packslip.decide.reaching import GIFT, OPT_OUT, Reach
from packslip.decide.telling import tell_customer, tell_outputs
from packslip.library.conditions import Cell, Sense, spell_cell
from packslip.library.rules import RuleBook, RuleRow, RuleTable
from packslip.library.words import Kind
from packslip.model import Finding, Where, error

_NEEDED = ("segment", "message", "layout")


def check_rules(rules: RuleBook, *, today: date | None = None, every_overlap: bool = False) -> tuple[Finding, ...]:
    """What is wrong with the rows that parse; those that do not are told by `load_rules`.

    Where nothing is, what is worth a look: gaps, overlaps, and, with `today`, rows whose days are over.
    `every_overlap` tells of rows too that ask different things, which first-match tables have many of.
    """
    findings: list[Finding] = []
    reach = Reach(rules) if rules.is_sound else None
    for number, table in enumerate(rules.tables):
        if table.rows or table.is_whole:
            findings.extend(_check_table(table, number, reach))
    set_somewhere = {column.output.path for table in rules.tables for column in table.outputs}
    for path in _NEEDED:
        if rules.is_sound and path not in set_somewhere:
            place = Where(file=rules.folder)
            findings.append(error("rules.output_missing", place, f"no table sets {path}", f"add a column set: {path}"))
    if reach is not None:
        dead = {(finding.where.file, finding.where.line) for finding in findings}
        findings.extend(notice(reach, dead=dead, today=today, every_overlap=every_overlap))
        findings.extend(notice_mismatches(rules))
    return tuple(findings)


def _check_table(table: RuleTable, number: int, reach: Reach | None) -> Iterator[Finding]:
    coverage = lay_open(table)
    if not any(row.is_default for row in table.rows) and not any(row.is_default for row in table.lost):
        yield _no_default(coverage)
    default_seen = False
    for place, row in enumerate(table.rows):
        if row.is_default and not default_seen:
            default_seen = True  # the net under the table; that the rows above happen to catch all is no fault
            continue
        spot = _spot_nobody_meets(coverage, place)
        if spot is not None:
            yield _met_by_nobody(table, row, spot)
        elif covering := _covering_rows(coverage, place):
            yield _hidden(table, place, covering, _who_gets(reach, number, place, covering))
        elif reach is not None:
            yield from _never_together(reach, number, place)


def _no_default(coverage: Coverage) -> Finding:
    table = coverage.table
    example = ""
    try:
        gap = coverage.gap(coverage.whole, range(len(table.rows)))
    except TooHardError:
        gap = None
    if gap is not None and table.is_whole and all(coverage.witnesses):
        read = {column.field.path for column in table.conditions if column.field.output}
        told = {
            column.field.path
            for column, mask, whole in zip(table.conditions, gap, coverage.whole, strict=True)
            if mask != whole
        }
        found = {path: value for path, value in coverage.example(gap).items() if path in told}
        values = {path: value for path, value in found.items() if path not in read}
        outputs = {path: str(value) for path, value in found.items() if path in read}
        example = f"; nothing fires for {tell_customer(values, outputs)}" if found else ""
    return error(
        "rules.no_default",
        Where(file=table.file, line=table.rows[-1].line if table.rows else 1),
        f"no default row{example}",
        "end the table with a row whose conditions are all blank",
    )


def _unreachable(table: RuleTable, row: RuleRow, reason: str, hint: str, spot: str = "") -> Finding:
    place = Where(file=table.file, line=row.line, spot=spot)
    return error("rules.unreachable", place, f"row {row.line} can never fire: {reason}", hint)


def _spot_nobody_meets(coverage: Coverage, number: int) -> int | None:
    """The condition of a row that no order meets whatever other tables say."""
    return next((place for place, mask in enumerate(coverage.boxes[number]) if not mask), None)


def _met_by_nobody(table: RuleTable, row: RuleRow, place: int) -> Finding:
    column = table.conditions[place]
    spot, field = table.where(row.line, column.index).spot, column.field
    hint = f"{field.path} is always known, or list other values"
    if field.least is not None and field.most is not None:
        hint = f"{field.path} goes from {field.least} to {field.most}"
    elif field.kind is Kind.WHOLE:
        hint = f"{field.path} is never below {field.least or 0}"
    return _unreachable(table, row, f"no order meets {spot}", hint, spot)


def _hidden(table: RuleTable, number: int, covering: Sequence[int], example: str) -> Finding:
    """That earlier rows leave a row nothing."""
    row, spot = table.rows[number], _first_asked(table, table.rows[number])
    if len(covering) > 1:
        lines = [table.rows[earlier].line for earlier in covering]
        listed = f"{', '.join(map(str, lines[:-1]))} and {lines[-1]}"
        reason = f"rows {listed} together fire first for everything it asks for{example}"
        return _unreachable(table, row, reason, "move it up, or delete it", spot)
    first = table.rows[covering[0]]
    if first.cells != row.cells:
        reason = f"row {first.line} fires first for everything it asks for{example}"
        return _unreachable(table, row, reason, f"move it above row {first.line}, or delete it", spot)
    if first.outputs == row.outputs:
        return _unreachable(table, row, f"it repeats row {first.line}", "delete one of them", spot)
    reason = f"row {first.line} asks the same{example}"
    return _unreachable(table, row, reason, "keep one of them, or let one ask for something else", spot)


def _first_asked(table: RuleTable, row: RuleRow) -> str:
    for column, cell in zip(table.conditions, row.cells, strict=True):
        if cell.sense is not Sense.ANY:
            return table.where(row.line, column.index).spot
    return ""


def _asks(table: RuleTable, row: RuleRow) -> set[str]:
    pairs = zip(table.conditions, row.cells, strict=True)
    return {column.field.path for column, cell in pairs if cell.sense is not Sense.ANY}


def _who_gets(reach: Reach | None, number: int, place: int, covering: Sequence[int]) -> str:
    """A customer whom a row was meant for, and what they get instead."""
    if reach is None:
        return ""
    for first in covering:
        try:
            example = reach.example(number, [first, place], past=range(first))
        except TooHardError:
            return ""
        if example is not None:
            row = reach.tables[number].rows[first]
            who = tell_customer(example.values, example.outputs)
            return f"; e.g. {who} gets row {row.line}: {tell_outputs(row)}"
    return ""


def _covering_rows(coverage: Coverage, number: int) -> list[int]:
    """The earlier rows that leave nothing to a row, as few as may be; empty if something is left, or may be."""
    try:
        return _fewest_covering(coverage, number)
    except TooHardError:
        return []


def _fewest_covering(coverage: Coverage, number: int) -> list[int]:
    box = coverage.boxes[number]
    rows = coverage.comparable(number)
    for row in rows:
        if coverage.gap(box, [row]) is None:
            return [row]
    if not rows or coverage.gap(box, rows) is not None:
        return []
    for row in list(rows):
        fewer = [other for other in rows if other != row]
        if fewer and coverage.gap(box, fewer) is None:
            rows = fewer
    return rows


def _never_together(reach: Reach, number: int, place: int) -> Iterator[Finding]:
    """That nobody meets a row because of what the tables before it set."""
    table = reach.tables[number]
    row = table.rows[place]
    try:
        if reach.example(number, [place]) is not None:
            return
    except TooHardError:
        return
    asked = {
        column.field.path: (column.index, cell)
        for column, cell in zip(table.conditions, row.cells, strict=True)
        if column.field.output and cell.sense is not Sense.ANY
    }
    cells = {path: cell for path, (_, cell) in asked.items()}
    for path, (index, cell) in asked.items():
        come = reach.comes(number, path, {})
        if not reach.comes(number, path, {path: cell}):
            reason = f"no row above that can fire sets {path} to {_spelled(cell)}"
            hint = f"{path} is {_either(come)} when this table runs" if come else f"no row above sets {path}"
            yield _unreachable(table, row, reason, hint, table.where(row.line, index).spot)
            return
    for one, other in combinations(cells, 2):
        if not reach.comes(number, other, {one: cells[one], other: cells[other]}):
            come = reach.comes(number, other, {one: cells[one]})
            reason = f"{other} is never {_spelled(cells[other])} where {one} is {_spelled(cells[one])}"
            hint = f"there {other} is {_either(come)}"
            yield _unreachable(table, row, reason, hint, table.where(row.line, asked[other][0]).spot)
            return
    told = " and ".join(f"{path} {_spelled(cell)}" for path, cell in cells.items())
    reason = f"whoever gets {told} above does not meet the rest of the row" if told else "nobody meets all it asks"
    hint = "compare it with the rows that set it, or delete it"
    if _asks(table, row) & {OPT_OUT, GIFT}:
        hint = "whatever the tables say, who wants no marketing is transactional, and a gift is gift"
    if not told and _asks(table, row) & {"customer.known", "customer.id"}:
        hint = "of who has no customer number nothing is known but what the order says"
    yield _unreachable(table, row, reason, hint, _first_asked(table, row))


def _spelled(cell: Cell) -> str:
    return spell_cell(cell, Kind.CHOICE)


def _either(values: Sequence[str]) -> str:
    return " or ".join(values)
