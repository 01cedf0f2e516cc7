"""One drop on the line: opened, its records fed to the flow, answered and filed away."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from packslip.engine.events import Kind, Listener, RunEvent, RunSummary
from packslip.engine.faults import Bug, catch_bug, internal
from packslip.engine.flow import Flow, Tally
from packslip.engine.ports import Reading, ReadOrder, Road
from packslip.engine.results import (
    DUPLICATE,
    HELD,
    ResultRow,
    findings_cell,
    result_path,
    write_results,
)
from packslip.engine.step import Step, Stepper, Task
from packslip.errors import RetryLater
from packslip.hotfolder import Filing
from packslip.ledger import DropRecord, Ledger, ParcelRecord, ParcelState, crash_point
from packslip.model import Drop, Finding, Where, error, has_errors, note


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the feeding and closing of drops works with."""

    ledger: Ledger
    filing: Filing
    stepper: Stepper
    results: Callable[[str], Path]  #: by the name of the hot folder
    root: Path
    listener: Listener
    summary: RunSummary


class Feeder:
    """Feeds the records of a drop to the flow."""

    def __init__(self, desk: Desk, flow: Flow, *, road: Callable[[], Road], go_on: Callable[[], bool]) -> None:
        """`road` gives the release to draw from, asked before each record; `go_on` whether to begin another one."""
        self._desk = desk
        self._flow = flow
        self._road = road
        self._go_on = go_on

    def feed(self, tally: Tally) -> bool:
        """Put every record of a drop on its way; False where the line was stopped before the last."""
        path = self._desk.filing.find(tally.drop)
        if path is None:
            self._feed_recorded(tally)
            return True
        reading = self._open(tally, path)
        if reading is None:
            self._flow.seal(tally)
            return True
        finished = self._feed_orders(tally, reading)
        if finished:
            tally.findings += _skipped(reading, tally.drop)
            self._flow.seal(tally)
        return finished

    def _open(self, tally: Tally, path: Path) -> Reading | None:
        """The drop's reading; None where it is held whole."""
        record = tally.drop
        if has_errors(record.findings):  # it was found wanting when it was claimed
            tally.findings, tally.hold = record.findings, True
            return None
        drop = Drop(
            name=record.name,
            spool=path,
            sha256=record.sha256,
            accepted_at=record.accepted_at,
            folder=record.folder,
        )
        road = self._road()
        reading = catch_bug(lambda: road.read(drop), f"drop {record.id}")
        if isinstance(reading, Bug):
            tally.findings, tally.hold = (internal(Where(file=record.name)),), True
            return None
        tally.findings = tuple(reading.findings)
        tally.hold = has_errors(tally.findings)
        return None if tally.hold else reading

    def _feed_orders(self, tally: Tally, reading: Reading) -> bool:
        orders = iter(reading.orders)

        def read_next() -> ReadOrder | None:
            return next(orders, None)

        while self._go_on():
            read = catch_bug(read_next, f"drop {tally.drop.id}")
            if isinstance(read, Bug):
                tally.findings += (internal(Where(file=tally.drop.name)),)
                tally.hold = True
                return True
            if read is None:
                return True
            self._flow.put(tally, Task(drop=tally.drop, read=read, road=self._road()))
        return False

    def _feed_recorded(self, tally: Tally) -> None:
        """A drop whose file is kept no more: what is drawn is sent, what is not is held."""
        for record in self._desk.ledger.parcels_of(tally.drop.id):
            self._flow.put_recorded(tally, lambda record=record: self._without_file(record))  # type: ignore[misc]
        self._flow.seal(tally)

    def _without_file(self, record: ParcelRecord) -> Step:
        if record.state is ParcelState.READY:
            return self._desk.stepper.resume(record)
        if record.state is ParcelState.ACCEPTED:
            where = Where(file=record.drop_name, line=record.line)
            self._desk.ledger.hold(
                record.ref, (error("drop.gone", where, "its file is kept no more", "drop it again"),)
            )
            record = self._desk.ledger.record(record.ref)
        return Step(row=self._desk.stepper.recorded(record))


class Closer:
    """Answers and files a drop whose records all have their answers."""

    def __init__(
        self, desk: Desk, *, free: Callable[[DropRecord], None], later: Callable[[DropRecord, str], None]
    ) -> None:
        """`free` is told of a drop that is finished or got new work, `later` of one that must wait, and why."""
        self._desk = desk
        self._free = free
        self._later = later

    def close(self, tally: Tally) -> None:
        """Finish a drop, or say that it cannot be finished now."""
        if tally.postponed:
            self._later(tally.drop, tally.postponed)
            return
        try:
            self._close(tally)
        except (RetryLater, OSError) as fault:
            self._later(tally.drop, f"drop {tally.drop.id} cannot be answered: {fault}")

    def _close(self, tally: Tally) -> None:
        desk, drop = self._desk, tally.drop
        path = result_path(desk.results(drop.folder), drop)
        rows = list(tally.rows)
        if tally.hold:
            rows.append(ResultRow(order_id="", parcel="", state=HELD, findings=findings_cell(tally.findings)))
        write_results(path, rows, disk=desk.filing.disk)
        crash_point("drop.answered")
        if tally.hold:
            desk.filing.file_held(drop)
            crash_point("drop.filed")
            desk.ledger.hold_drop(drop.id, tally.findings)
            desk.summary.held_drops += 1
        else:
            desk.filing.file_done(drop)
            crash_point("drop.filed")
            repeated = bool(drop.repeats) and all(row.state == DUPLICATE for row in rows)
            if not desk.ledger.close_drop(drop.id, findings=tally.findings, repeated=repeated):
                self._free(drop)
                return
        crash_point("drop.closed")
        desk.summary.drops += 1
        shown, state = desk.stepper.shown(path), _state(tally)
        desk.listener(RunEvent(kind=Kind.DROP, drop=drop.id, text=shown, state=state, findings=tuple(tally.findings)))
        self._free(drop)


def _state(tally: Tally) -> str:
    return HELD if tally.hold else "done"


def _skipped(reading: Reading, drop: DropRecord) -> tuple[Finding, ...]:
    """How many rows the mapping left out, and why."""
    return tuple(
        note("rows.skipped", Where(file=drop.name), f"{count} {'row' if count == 1 else 'rows'} left out: {reason}")
        for reason, count in reading.skipped.items()
        if count
    )
