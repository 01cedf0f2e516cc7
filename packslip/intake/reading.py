"""The reading of a drop: a first pass over the structure, a second that yields one order after another.

Each pass reads the drop's file anew, piece by piece; of its orders there is one in memory at a time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import tzinfo

from packslip.csvfile import Fault, Table, read_table
from packslip.intake import texts
from packslip.intake.aliases import alias_of
from packslip.intake.build import build_order
from packslip.intake.cells import MOST_ID_CHARS
from packslip.intake.digest import digest_of, digest_of_cells
from packslip.intake.plan import Plan, make_plan
from packslip.intake.runs import Run, runs_of
from packslip.intake.structure import Placed, RunKey, Structure, place_rows, survey
from packslip.library.mappings import OrderMapping
from packslip.model import Drop, Finding, Order, OrderKey, Severity, Where, error, has_errors, note, warning
from packslip.settings import LimitSettings, Settings

_MOST_FINDINGS = 40
_OPEN_END = "the last row has no line end, so nobody can tell whether the file was cut off within it"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOrder:
    """One parcel of one order, read or held."""

    key: OrderKey | None  #: None where no key could be read
    label: str  #: the order id, safe in any report
    order: Order | None  #: None: held
    findings: tuple[Finding, ...]
    where: Where
    sha256: str  #: of what the record says: equal data, equal digest, whatever file it came in


@dataclass(slots=True, kw_only=True)
class Reading:
    """What a drop holds. `orders` can be walked once; the counts are complete when it ends."""

    findings: tuple[Finding, ...]  #: of the whole file; with an error the whole drop is held and there are no orders
    orders: Iterator[ReadOrder] = field(default_factory=lambda: iter(()))
    skipped: dict[str, int] = field(default_factory=dict)  #: reason → rows left out
    emptied: int = 0  #: orders of which every line was left out


def read_orders(
    drop: Drop, mapping: OrderMapping, settings: Settings, *, secret: Callable[[], bytes] | None = None
) -> Reading:
    """The orders of a drop, one after another in the order of the file.

    `secret` gives the site secret, asked only for a mapping that takes keyed hashes.

    Raises:
        ValueError: the mapping takes keyed hashes and there is no secret; that is the caller's mistake.
    """
    if mapping.needs_secret and secret is None:
        msg = f"mapping {mapping.name!r} takes keyed hashes, so its orders cannot be read without the site secret"
        raise ValueError(msg)
    size = drop.spool.stat().st_size
    if size > settings.hotfolder.max_bytes:
        message = f"{size} bytes; at most {settings.hotfolder.max_bytes} are read"
        return Reading(findings=(error("file.too_large", Where(file=drop.name), message, "split the file"),))
    table = read_drop_table(drop, mapping, settings.limits)
    findings = tuple(finding_of(fault, drop.name) for fault in table.findings)
    if not table.is_ended:
        findings += (note("file.open_end", Where(file=drop.name), _OPEN_END, "end every row with a line end"),)
    if not table.is_usable:
        return Reading(findings=findings)
    alias = alias_of(secret()) if secret is not None and mapping.needs_secret else None
    plan, more = make_plan(table, mapping, alias)
    findings += more
    if plan is None:
        return Reading(findings=findings)
    structure = survey(table.rows, plan)
    if structure.hopeless:
        findings += (structure.hopeless,)
    elif not structure.has_orders:
        findings += (*structure.stray, *_no_orders(table))
    if has_errors(findings):
        return Reading(findings=findings)
    reading = Reading(findings=findings)
    zone = drop.accepted_at.tzinfo
    reading.orders = _orders(table, plan, structure, settings=settings, zone=zone, reading=reading)
    return reading


def read_drop_table(drop: Drop, mapping: OrderMapping, limits: LimitSettings) -> Table:
    """A drop's header and rows, as its mapping says."""
    shape = mapping.shape
    return read_table(
        drop.spool,
        name=drop.name,
        max_columns=limits.columns,
        max_field=limits.field_chars,
        encoding=shape.encoding,
        delimiter=shape.delimiter,
        skip_lines=shape.skip_lines,
        header_holds=shape.header_holds,
        has_header=shape.has_header,
        quoted=shape.quoted,
        blanks=shape.blanks,
        may_repeat=True,
    )


def finding_of(fault: Fault, file: str) -> Finding:
    """A fault of a file as a finding."""
    where = Where(file=file, line=fault.line, spot=fault.spot)
    return Finding(
        severity=Severity(fault.severity), code=fault.code, where=where, message=fault.message, hint=fault.hint
    )


def _no_orders(table: Table) -> tuple[Finding, ...]:
    return (
        warning("file.no_orders", Where(file=table.name), "holds no order", "write one row for each line of an order"),
    )


def _orders(
    table: Table, plan: Plan, structure: Structure, *, settings: Settings, zone: tzinfo | None, reading: Reading
) -> Iterator[ReadOrder]:
    told: set[str] = set()
    lost_told: set[str] = set()
    emptied: set[str] = set()

    def count(reason: str, rows: int) -> None:
        reading.skipped[reason] = reading.skipped.get(reason, 0) + rows

    placed = place_rows(table.rows, plan)
    most = settings.limits.lines
    for item in runs_of(placed, file=plan.file, most_lines=most, lost=structure.lost, count=count):
        if isinstance(item, Placed):
            order_id = item.key.order_id
            if order_id not in lost_told:
                lost_told.add(order_id)
                yield _lost(item, structure.lost[order_id], plan)
            continue
        mark = item.key.mark
        if not item.settle(count, structure.cancelled.get(mark, "")):
            if not structure.is_weighty(mark):
                emptied.add(mark)
                reading.emptied = len(emptied)
        elif mark not in told:
            if mark in structure.scattered:
                told.add(mark)
            yield _read(item, plan, structure, settings, zone)


def _lost(placed: Placed, finding: Finding, plan: Plan) -> ReadOrder:
    """An order of which only damaged rows are there."""
    order_id = placed.key.order_id
    return ReadOrder(
        key=None,
        label=texts.label(order_id),
        order=None,
        findings=(finding,),
        where=Where(file=plan.file, line=placed.row.line),
        sha256=digest_of_cells([placed.row.cells]),
    )


def _read(run: Run, plan: Plan, structure: Structure, settings: Settings, zone: tzinfo | None) -> ReadOrder:
    where = Where(file=plan.file, line=run.first_line)
    run.findings.extend(_structural(run, structure, settings.limits.lines, where))
    order = build_order(run, plan, settings, zone)
    return ReadOrder(
        key=order.key if order else _key(run.key, settings),
        label=texts.label(run.key.order_id) or f"line {run.first_line}",
        order=order,
        findings=_few(run.findings, where),
        where=where,
        sha256=digest_of(order) if order else digest_of_cells([row.cells for row in run.kept]),
    )


def _few(findings: list[Finding], where: Where) -> tuple[Finding, ...]:
    """The findings of an order, errors first where they are too many to read."""
    if len(findings) <= _MOST_FINDINGS:
        return tuple(findings)
    grave = sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR)
    more = note("findings.more", where, f"{len(findings) - _MOST_FINDINGS} more findings of this order")
    return (*grave[:_MOST_FINDINGS], more)


def _structural(run: Run, structure: Structure, most_lines: int, where: Where) -> Iterator[Finding]:
    anew = structure.scattered.get(run.key.mark)
    if anew:
        listed = ", ".join(map(str, (run.first_line, *anew[:7]))) + (" …" if len(anew) > 7 else "")
        yield error("order.scattered", where, f"its rows begin anew on lines {listed}", "sort the file by order_id")
    damage = structure.damaged.get(run.key.order_id)
    if damage:
        yield damage
    if run.lines > most_lines:
        yield error(
            "order.too_many_lines",
            where,
            f"{run.lines} lines; at most {most_lines}",
            "raise limits.lines in packslip.toml",
        )


def _key(key: RunKey, settings: Settings) -> OrderKey | None:
    """The key of a held order, where it is sound."""
    if not 0 < len(key.order_id) <= MOST_ID_CHARS or not texts.is_plain(key.order_id):
        return None
    if not (key.parcel.isascii() and key.parcel.isdigit()):
        return None
    return OrderKey(store=key.store or settings.shop.store, order_id=key.order_id, parcel=int(key.parcel))
