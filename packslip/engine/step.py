"""One order on the line: accept → walk → ready, or why not. Everything up to the printer, in a thread of its own."""

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path

from packslip.dispatch import Delivery, DeliveryState, Dispatcher, DocumentStore, Outgoing, Parting, route
from packslip.engine.faults import Bug, catch_bug, finding_of, internal
from packslip.engine.ports import Outcome, ReadOrder, Road
from packslip.engine.results import (
    DONE,
    DUPLICATE,
    HELD,
    READY,
    UNCERTAIN,
    ResultRow,
    findings_cell,
    granted_cells,
    recorded_row,
    survey_cells,
)
from packslip.engine.suspicions import Suspicions, nothing_suspected
from packslip.errors import HoldOrder, PackslipError, RetryLater, UsageError
from packslip.ledger import (
    Acceptance,
    Arrival,
    Drawn,
    DropRecord,
    Ledger,
    ParcelRecord,
    ParcelRef,
    ParcelState,
    Verdict,
    crash_point,
)
from packslip.model import Finding, Order, OrderKey, Where, error

_NOTHING_SAID = "order.held"
_STATES = {
    DeliveryState.DELIVERED: DONE,
    DeliveryState.SENT: READY,
    DeliveryState.WAITS: READY,
    DeliveryState.UNCERTAIN: UNCERTAIN,
}
_UNSPEAKABLE = "printer.language"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One record of a drop, and the release it is drawn from."""

    drop: DropRecord
    read: ReadOrder
    road: Road

    @property
    def key(self) -> OrderKey:
        """The parcel; a record without a readable one gets a name made of its file's bytes and its place there."""
        if self.read.key is not None:
            return self.read.key
        return OrderKey(store="", order_id=f"no-id-{self.drop.sha256[:8]}-{self.read.where.line or 0}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far a record came: its row of the result file, and what is left to send."""

    row: ResultRow
    ref: ParcelRef | None = None  #: on record
    outgoing: Outgoing | None = None
    rank: str = ""  #: sorts before greater ones at its printer
    postponed: str = ""  #: why it must be tried again later; then the row does not count


class Stepper:
    """Takes records to the printer's door."""

    def __init__(
        self,
        ledger: Ledger,
        documents: DocumentStore,
        dispatcher: Dispatcher,
        root: Path,
        *,
        suspicions: Suspicions = nothing_suspected,
    ) -> None:
        """`suspicions` tells what keeps an order from being tried."""
        self._ledger = ledger
        self._suspicions = suspicions
        self._documents = documents
        self._dispatcher = dispatcher
        self._root = root

    def step(self, task: Task) -> Step:
        """Take a record as far as it goes.

        Raises:
            WorkspaceError: the line cannot go on.
        """
        try:
            return self._step(task)
        except RetryLater as fault:
            return Step(row=_row(task, "", ()), postponed=str(fault))

    def resume(self, record: ParcelRecord) -> Step:
        """Take a record that the ledger has made ready to the printer's door, without its drop."""
        return self._send_recorded(record)

    def delivered_row(self, step: Step, delivery: Delivery) -> ResultRow:
        """The row of a record whose document went to its printer, or did not."""
        state = _STATES.get(delivery.state)
        if state is None:  # it is held, or somebody else had it first
            return self.recorded(self._ledger.record(delivery.ref))
        document = self.shown(delivery.path) if delivery.path else ""
        return replace(step.row, state=state, document=document)

    def recorded(self, record: ParcelRecord, state: str = "") -> ResultRow:
        """The row of a record as the ledger has it; `state` where the drop knows better."""
        grant = self._ledger.granted(record.key.store, record.key.order_id)
        path = self._dispatcher.path(record.printer, record.delivered_as) if record.delivered_as else None
        known = READY if record.state is ParcelState.SENDING else record.state.value
        return recorded_row(record, grant, state=state or known, document=self.shown(path) if path else "")

    def shown(self, path: Path) -> str:
        """A path as result files name it: relative to the workspace where it lies in it."""
        return str(path.relative_to(self._root) if path.is_relative_to(self._root) else path)

    def _step(self, task: Task) -> Step:
        arrival = Arrival(
            key=task.key,
            data_sha256=task.read.sha256,
            drop=task.drop.id,
            drop_name=task.drop.name,
            where=task.read.where,
            on_conflict=task.road.settings.folder(task.drop.folder).on_conflict,
            customer=self._customer(task.read.order),
            deadline=task.read.order.deadline if task.read.order else None,
            doubts=self._suspicions(task.key, task.read.order, task.read.where),
        )
        acceptance = self._ledger.accept(arrival)
        crash_point("line.accepted")
        record = acceptance.record
        match acceptance.verdict:
            case Verdict.DUPLICATE:
                return Step(row=self.recorded(record, DUPLICATE))
            case Verdict.SETTLED:
                return Step(row=self.recorded(record))
            case Verdict.CONFLICT:
                return Step(row=_row(task, HELD, record.findings))
            case Verdict.SEND:
                return self._send_recorded(record)
        return self._walk(task, acceptance)

    def _customer(self, order: Order | None) -> str:
        return self._ledger.customer_hash(order.key.store, order.customer_id) if order else ""

    def _send_recorded(self, record: ParcelRecord) -> Step:
        if record.is_awaited:
            return Step(row=self.recorded(record))
        where = Where(file=record.drop_name, line=record.line)
        try:
            data = self._documents.get(record.document)
        except PackslipError as fault:
            return self._hold_recorded(record, error("document.lost", where, fault.message, fault.hint))
        try:
            outgoing = self._dispatcher.outgoing(record.ref, record.document, record.printer, data, pages=record.pages)
        except HoldOrder as fault:
            return self._hold_recorded(record, error(_UNSPEAKABLE, where, fault.message, fault.hint))
        return Step(row=self.recorded(record, DONE), ref=record.ref, outgoing=outgoing, rank=record.rank)

    def _hold_recorded(self, record: ParcelRecord, finding: Finding) -> Step:
        self._ledger.hold(record.ref, (finding,))
        return Step(row=self.recorded(self._ledger.record(record.ref)))

    def refuse(self, ref: ParcelRef, fault: HoldOrder) -> None:
        """Hold a parcel that is ready and cannot go out, unless it was called off meanwhile."""
        record = self._ledger.record(ref)
        finding = error("sheet.refused", Where(file=record.drop_name, line=record.line), fault.message, fault.hint)
        with contextlib.suppress(UsageError):
            self._ledger.hold(ref, (*record.findings, finding))

    def _walk(self, task: Task, acceptance: Acceptance) -> Step:
        order, record = task.read.order, acceptance.record
        if order is None:
            return self._hold(task, record.ref, task.read.findings)
        try:
            drawn = catch_bug(lambda: self._draw(task, acceptance, order), f"drop {task.drop.id}, parcel {record.ref}")
        except PackslipError as fault:
            finding = finding_of(fault, task.read.where)
            if finding is None:
                raise
            return self._hold(task, record.ref, (*task.read.findings, finding))
        if isinstance(drawn, Bug):
            return self._hold(task, record.ref, (*task.read.findings, internal(task.read.where)))
        return drawn

    def _draw(self, task: Task, acceptance: Acceptance, order: Order) -> Step:
        record = acceptance.record
        outcome = task.road.walk(
            order,
            shipped_before=acceptance.shipped_before,
            today=task.drop.accepted_at.date(),
            read=task.read.findings,
            forgiven=record.forgiven,
        )
        findings = (*task.read.findings, *outcome.findings)
        document, slip = outcome.document, outcome.slip
        if document is None or slip is None or outcome.choice is None:
            return self._hold(task, record.ref, findings)
        parting = Parting(
            station=order.station,
            media=document.media,
            country=order.ship_to.country,
            layout=outcome.choice.layout,
            store=order.key.store,
            deadline=order.deadline,
        )
        way, found = route(parting, task.road.settings, order.where, priority=task.drop.priority)
        findings += found
        if way is None:
            return self._hold(task, record.ref, findings)
        try:
            outgoing = self._dispatcher.outgoing(
                record.ref, document.sha256, way.printer, document.data, pages=len(document.pages)
            )
        except HoldOrder as fault:
            return self._hold(
                task, record.ref, (*findings, error(_UNSPEAKABLE, order.where, fault.message, fault.hint))
            )
        digest = self._documents.put(document.data)
        crash_point("line.stored")
        drawn = Drawn(
            choice=outcome.choice,
            offer=outcome.choice.offer.name if outcome.choice.offer and slip.offer else "",
            promo_code=slip.offer.code if slip.offer else "",
            slip=slip.to_json(),
            document=digest,
            size=len(document.data),
            pages=len(document.pages),
            media=document.media,
            drawn_by=document.path.value,
            drawn_with=document.drawn_with,
            release=task.road.release,
            station=way.station,
            printer=way.printer,
            pieces={line.line.line_id: line.here for line in outcome.parcel.lines},
            findings=findings,
            rank=way.rank,
            print_on="call" if way.on_call else "arrival",
        )
        task.road.remember(order, outcome.parcel)
        self._ledger.ready(record.ref, drawn, turn=record.turn)
        crash_point("line.ready")
        row = _drawn_row(task, outcome, findings)
        if way.on_call:
            return Step(row=replace(row, state=READY), ref=record.ref)
        return Step(row=row, ref=record.ref, outgoing=outgoing, rank=way.rank)

    def _hold(self, task: Task, ref: ParcelRef, findings: tuple[Finding, ...]) -> Step:
        said = findings or (error(_NOTHING_SAID, task.read.where, "the order cannot print"),)
        self._ledger.hold(ref, said)
        return Step(row=_row(task, HELD, said))


def _row(task: Task, state: str, findings: tuple[Finding, ...]) -> ResultRow:
    key = task.read.key
    return ResultRow(
        order_id=key.order_id if key else task.read.label,
        parcel=str(key.parcel) if key else "",
        state=state,
        findings=findings_cell(findings),
    )


def _drawn_row(task: Task, outcome: Outcome, findings: tuple[Finding, ...]) -> ResultRow:
    with_code = outcome.slip is not None and outcome.slip.offer is not None
    granted = granted_cells(outcome.grant, with_code=with_code)
    return replace(_row(task, DONE, findings), **granted, **survey_cells(outcome.slip))
