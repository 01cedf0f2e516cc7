"""The second pass: rows → runs, one in memory at a time, with what the mapping leaves out counted by reason."""

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field

from packslip.csvfile import Row
from packslip.intake.structure import Placed, RunKey
from packslip.library.mappings import Scope
from packslip.model import Finding, Where, error

#: Reason and number of rows left out.
Count = Callable[[str, int], None]


@dataclass(slots=True, kw_only=True)
class Run:
    """The rows of one order."""

    key: RunKey
    first_line: int
    rows: list[Row] = field(default_factory=list)  #: every sound row up to the limit, those left out too
    kept: list[Row] = field(default_factory=list)  #: the rows that are lines, up to the limit
    lines: int = 0  #: all lines, past the limit too
    left_out: dict[str, int] = field(default_factory=dict)  #: reason → rows
    spare: dict[int, str] = field(default_factory=dict)  #: line of the file → why it is left out where others remain
    findings: list[Finding] = field(default_factory=list)

    def add(self, placed: Placed, most_lines: int, file: str) -> None:
        """Take a row in; past the limit rows are only counted."""
        row, rule = placed.row, placed.rule
        if rule is not None:
            self.left_out[rule.reason] = self.left_out.get(rule.reason, 0) + 1
        else:
            self.lines += 1
        if self.lines > most_lines or len(self.rows) > 2 * most_lines:
            return
        self.rows.append(row)
        if rule is None:
            self.kept.append(row)
        if placed.spare is not None:
            self.spare[row.line] = placed.spare.reason
        if placed.nameless:
            where = Where(file=file, line=row.line, spot="order_id")
            message = "is blank on a row that repeats its order's columns"
            self.findings.append(
                error("order_id.missing", where, message, "fill it in, or leave the other order columns blank too")
            )

    def settle(self, count: Count, cancelled: str) -> bool:
        """Count what is left out, all of it where the order is cancelled for a reason; whether a line remains."""
        if cancelled:
            count(cancelled, self.lines + sum(self.left_out.values()))
            return False
        if self.spare and len(self.kept) == self.lines > len(self.spare):
            self._leave_spare_out()
        for reason, rows in self.left_out.items():
            count(reason, rows)
        return self.lines > 0

    def _leave_spare_out(self) -> None:
        for reason in self.spare.values():
            self.left_out[reason] = self.left_out.get(reason, 0) + 1
        self.kept = [row for row in self.kept if row.line not in self.spare]
        self.lines = len(self.kept)


def runs_of(
    placed_rows: Iterable[Placed], *, file: str, most_lines: int, lost: Container[str], count: Count
) -> Iterator[Run | Placed]:
    """Each run when its last row is read, and after it the first damaged row of each order that is `lost`.

    A run goes on past damaged rows and past rows of another order that are left out.
    """
    run: Run | None = None
    aside: Run | None = None  #: rows left out so far, of another order than the run in hand
    damaged: dict[str, Placed] = {}
    for placed in placed_rows:
        if placed.damage:
            if placed.key.order_id in lost:
                damaged.setdefault(placed.key.order_id, placed)
            continue
        if placed.rule is not None and placed.rule.scope is Scope.ROW:
            count(placed.rule.reason, 1)
            continue
        if run is not None and placed.key == run.key:
            target = run
        elif aside is not None and placed.key == aside.key:
            target = aside
        else:
            if aside is not None:
                yield aside
            target = aside = Run(key=placed.key, first_line=placed.row.line)
        target.add(placed, most_lines, file)
        if placed.rule is None and target is aside:
            if run is not None:
                yield run
            yield from damaged.values()
            damaged.clear()
            run, aside = aside, None
    yield from (item for item in (run, aside) if item is not None)
    yield from damaged.values()
