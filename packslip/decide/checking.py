"""Whether the tables make sense: a default row in each, no row that can never fire, everything set that a slip needs.

Owns the findings; the reckoning is `packslip.decide.coverage`.
"""

from collections.abc import Iterator

from packslip.decide.coverage import Coverage, TooHardError, lay_open
from packslip.library.conditions import as_text
from packslip.library.rules import RuleBook, RuleTable
from packslip.library.words import Value
from packslip.model import Finding, Where, error

_NEEDED = ("segment", "message", "layout")


def check_rules(rules: RuleBook) -> tuple[Finding, ...]:
    """What is wrong with the rows that parse; those that do not are told by `load_rules`."""
    findings: list[Finding] = []
    for table in rules.tables:
        if table.rows or table.is_whole:
            findings.extend(_check_table(table))
    set_somewhere = {column.output.path for table in rules.tables for column in table.outputs}
    for path in _NEEDED:
        if rules.is_sound and path not in set_somewhere:
            place = Where(file=rules.folder)
            findings.append(error("rules.output_missing", place, f"no table sets {path}", f"add a column set: {path}"))
    return tuple(findings)


def _check_table(table: RuleTable) -> Iterator[Finding]:
    coverage = lay_open(table)
    if not any(row.is_default for row in table.rows) and not any(row.is_default for row in table.lost):
        yield _no_default(coverage)
    default_seen = False
    for number, row in enumerate(table.rows):
        if row.is_default and not default_seen:
            default_seen = True  # the net under the table; that the rows above happen to catch all is no fault
            continue
        reason = _why_never(coverage, number)
        if reason:
            message, hint = reason
            place = Where(file=table.file, line=row.line)
            yield error("rules.unreachable", place, f"row {row.line} can never fire: {message}", hint)


def _no_default(coverage: Coverage) -> Finding:
    table = coverage.table
    example = ""
    try:
        gap = coverage.gap(coverage.whole, range(len(table.rows)))
    except TooHardError:
        gap = None
    if gap is not None and table.is_whole and all(coverage.witnesses):
        told = [_tell(path, value) for path, value in coverage.example(gap).items()]
        example = f"; nothing fires when {' and '.join(told)}" if told else ""
    return error(
        "rules.no_default",
        Where(file=table.file, line=table.rows[-1].line if table.rows else 1),
        f"no default row{example}",
        "end the table with a row whose conditions are all blank",
    )


def _tell(path: str, value: Value) -> str:
    if value is None:
        return f"{path} is unknown"
    text = ", ".join(sorted(value)) if isinstance(value, frozenset) else as_text(value)
    return f"{path} is {text}"


def _why_never(coverage: Coverage, number: int) -> tuple[str, str] | None:
    """Why a row can never fire and what to do; None if it can, or if that is too hard to tell."""
    table, box = coverage.table, coverage.boxes[number]
    for column, mask in zip(table.conditions, box, strict=True):
        if not mask:
            spot = table.where(table.rows[number].line, column.index).spot
            return f"no order meets {spot}", f"{column.field.path} is always known, or list other values"
    try:
        covering = _covering_rows(coverage, number)
    except TooHardError:
        return None
    if not covering:
        return None
    lines = [table.rows[earlier].line for earlier in covering]
    if len(lines) == 1:
        return f"row {lines[0]} fires first for everything it asks for", f"move it above row {lines[0]}, or delete it"
    listed = f"{', '.join(map(str, lines[:-1]))} and {lines[-1]}"
    return f"rows {listed} together fire first for everything it asks for", "move it up, or delete it"


def _covering_rows(coverage: Coverage, number: int) -> list[int]:
    """The earlier rows that leave nothing to a row, as few as may be; empty if something is left."""
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
