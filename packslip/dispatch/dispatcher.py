"""Dispatcher: ready documents to the printers, and what became of them on record.

prepare → intent on record → send → settle → outcome on record. Several documents share each step, in their order; or
they share one file, the sheets they are imposed on, and one sending delivers all of them. What is sent is a document in
its printer's language; on record is the document it was made from.

Whatever ends this half-way, `reconcile` asks the printer later and puts on record what happened.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from packslip.dispatch.documents import DocumentStore
from packslip.dispatch.languages import suffix_of, translate
from packslip.dispatch.printer import Asked, Job, Printer, Progress, Sent
from packslip.dispatch.printers import Printers
from packslip.errors import HoldOrder, RetryLater, UsageError
from packslip.files import safe_name, sha256
from packslip.ledger import (
    Attempt,
    AttemptState,
    DocumentRow,
    Intent,
    Ledger,
    ParcelRecord,
    ParcelRef,
    ParcelState,
    Purpose,
    crash_point,
)
from packslip.model import Where, error
from packslip.printers import Language

MARKED = "reprint mark"  #: what made a marked reprint's document
SHEETS = ".sheets.pdf"  #: how the names of sheets end, and of nothing else in a tray
REFUSED = "printer.refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A ready parcel's document on its way to a printer; made by `Dispatcher.outgoing`."""

    ref: ParcelRef
    document: str  #: sha256 of the document of record
    printer: str
    language: Language
    data: bytes  #: the document in that language
    pages: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A copy of a parcel's document that says that it is one."""

    data: bytes
    drawn_with: str  #: versions of what drew it
    told: str = ""  #: what the log shall know beside its parent's digest


class DeliveryState(StrEnum):
    """What became of a document that was to be delivered."""

    DELIVERED = "delivered"
    SENT = "sent"  #: the printer has it, or may have it; `reconcile` will know more
    WAITS = "waits"  #: certainly not printed; it is ready again
    UNCERTAIN = "uncertain"
    REFUSED = "refused"  #: the printer will never take it; it is held
    CALLED_OFF = "called off"  #: it was not ready any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of one parcel's document."""

    ref: ParcelRef
    state: DeliveryState
    path: Path | None = None  #: where it appeared
    told: str = ""  #: why, for people
    purpose: Purpose = Purpose.PRINT


@dataclass(frozen=True, slots=True)
class _Load:
    """One file, and the tries that it is the document of."""

    job: Job
    attempts: tuple[Attempt, ...]


#: Makes the one file that some documents are delivered as.
Impose = Callable[[Sequence[Outgoing]], bytes]

_ENDED = {
    Progress.DONE: (AttemptState.DELIVERED, DeliveryState.DELIVERED),
    Progress.NOT_PRINTED: (AttemptState.GIVEN_UP, DeliveryState.WAITS),
    Progress.UNKNOWN: (AttemptState.UNCERTAIN, DeliveryState.UNCERTAIN),
}


class Dispatcher:
    """Delivers to the printers of a workspace; for each printer it is called by one thread at a time."""

    def __init__(self, ledger: Ledger, documents: DocumentStore, printers: Printers) -> None:
        self._ledger = ledger
        self._documents = documents
        self._printers = printers

    def outgoing(self, ref: ParcelRef, document: str, printer: str, data: bytes, *, pages: int = 1) -> Outgoing:
        """A document as its printer takes it; `data` are the bytes of record, `document` is their digest.

        Raises:
            HoldOrder: the printer's language cannot say it.
        """
        language = self._printers.language_of(printer)
        said = translate(data, language)
        return Outgoing(ref=ref, document=document, printer=printer, language=language, data=said, pages=pages)

    def stored(self, ref: ParcelRef, document: str, printer: str, *, pages: int = 1) -> Outgoing:
        """A document that was stored, as its printer takes it.

        Raises:
            HoldOrder: its bytes are gone or were changed, or the printer's language cannot say them.
        """
        return self.outgoing(ref, document, printer, self._documents.get(document), pages=pages)

    def send(self, parcels: Sequence[Outgoing], purpose: Purpose = Purpose.PRINT) -> tuple[Delivery, ...]:
        """Deliver ready documents of one printer in their order.

        Raises:
            RetryLater: the printer or the ledger is away; every document is still on record as ready or sending.
        """
        if not parcels:
            return ()
        printer = self._printers.open(parcels[0].printer)
        jobs, intents = self._prepare(printer, parcels, purpose)
        crash_point("dispatch.staged")
        attempts = self._ledger.intend(intents)
        crash_point("dispatch.intended")
        loads = []
        for job, attempt in zip(jobs, attempts, strict=True):
            if attempt is None:
                printer.withdraw(job.name)
            else:
                loads.append(_Load(job, (attempt,)))
        known = {delivery.ref: delivery for delivery in self._deliver(printer, loads)}
        return tuple(
            known.get(parcel.ref, Delivery(ref=parcel.ref, state=DeliveryState.CALLED_OFF)) for parcel in parcels
        )

    def send_sheets(self, parcels: Sequence[Outgoing], impose: Impose) -> tuple[Delivery, ...]:
        """Deliver ready documents of one printer as one file.

        A parcel that is called off while the file is made leaves no gap: the file is made again without it.

        Raises:
            RetryLater: the printer or the ledger is away; every document is still on record as ready or sending.
            HoldOrder: the documents cannot be imposed.
        """
        if not parcels:
            return ()
        printer = self._printers.open(parcels[0].printer)
        left = list(parcels)
        known: dict[ParcelRef, Delivery] = {}
        while left:
            job, intents = self._prepare_sheets(printer, left, impose(left))
            crash_point("dispatch.staged")
            attempts, called_off = self._ledger.intend_together(intents)
            crash_point("dispatch.intended")
            if not called_off:
                known = {delivery.ref: delivery for delivery in self._deliver(printer, [_Load(job, attempts)])}
                break
            printer.withdraw(job.name)
            left = [parcel for parcel in left if parcel.ref not in called_off]
        return tuple(
            known.get(parcel.ref, Delivery(ref=parcel.ref, state=DeliveryState.CALLED_OFF)) for parcel in parcels
        )

    def sweep(self) -> None:
        """Remove what a killed run left that nobody will ask for; call it before anything is sent."""
        begun = {(attempt.printer, attempt.name) for attempt in self._ledger.open_attempts()}
        for printer, tray in self._printers.trays():
            tray.sweep()
            for name in tray.staged():
                if (printer, name) not in begun:
                    tray.unstage(name)
        self._documents.sweep()

    def unsettled(self) -> tuple[str, ...]:
        """Printers with tries whose outcome is not on record."""
        return tuple(dict.fromkeys(attempt.printer for attempt in self._ledger.open_attempts()))

    def reconcile(self, name: str) -> tuple[Delivery, ...]:
        """Ask a printer what became of every try whose outcome is not on record, and put it there.

        `SENT` are those that it is printing still.

        Raises:
            RetryLater: the printer or the ledger is away.
        """
        attempts = self._ledger.take_over(name)
        if not attempts:
            return ()
        printer = self._printers.open(name)
        jobs = {attempt.name: attempt for attempt in attempts}
        answers = printer.ask(
            [
                Asked(name=attempt.name, intended_at=attempt.intended_at, receipt=attempt.receipt)
                for attempt in jobs.values()
            ]
        )
        crash_point("dispatch.asked")
        known = dict(zip(jobs, answers, strict=True))
        for job, sent in known.items():
            if sent.progress is Progress.NOT_PRINTED:
                printer.withdraw(job)
        if any(sent.progress is Progress.DONE for sent in answers):
            printer.settle()
        return self._conclude(printer, [(attempt, known[attempt.name]) for attempt in attempts])

    def check_printed(self, record: ParcelRecord) -> None:
        """Raise where a parcel cannot be printed again because it never was.

        Raises:
            UsageError: the parcel has no document yet, or waits for its printer.
        """
        was_printed = record.state in {ParcelState.DONE, ParcelState.UNCERTAIN} or record.delivered_as
        if not record.document or not was_printed:
            raise UsageError(f"parcel {record.ref} is {record.state}; only a printed one can be printed again")

    def reprint(self, record: ParcelRecord, *, marked: Marked | None = None) -> Delivery:
        """Deliver a printed parcel's document once more: the stored bytes, or a marked copy of them.

        Raises:
            UsageError: the parcel has no document yet.
            HoldOrder: its bytes are gone or were changed, or the printer's language cannot say them.
            RetryLater: the printer or the ledger is away.
        """
        self.check_printed(record)
        data = self._documents.get(record.document) if marked is None else marked.data
        outgoing = self.outgoing(record.ref, sha256(data), record.printer, data)
        if marked is not None:
            self._keep_marked(record, marked)
        return self.send([outgoing], Purpose.REPRINT)[0]

    def path(self, printer: str, name: str) -> Path | None:
        """Where a delivered document appears, None where that is paper."""
        return self._printers.tray(printer).folder / name if self._printers.is_folder(printer) else None

    def _prepare(
        self, printer: Printer, parcels: Sequence[Outgoing], purpose: Purpose
    ) -> tuple[list[Job], list[Intent]]:
        jobs: list[Job] = []
        intents: list[Intent] = []
        numbers = self._ledger.next_numbers([parcel.ref for parcel in parcels])
        for parcel, number in zip(parcels, numbers, strict=True):
            name = tray_name(parcel.ref, parcel.document, number, suffix_of(parcel.language))
            jobs.append(Job(name=name, data=parcel.data, pages=parcel.pages))
            intents.append(_intent(parcel, number, name, purpose))
        printer.prepare(*jobs)
        return jobs, intents

    def _prepare_sheets(self, printer: Printer, parcels: Sequence[Outgoing], data: bytes) -> tuple[Job, list[Intent]]:
        numbers = self._ledger.next_numbers([parcel.ref for parcel in parcels])
        job = Job(name=sheets_name(parcels, numbers), data=data)
        printer.prepare(job)
        return job, [_intent(parcel, number, job.name) for parcel, number in zip(parcels, numbers, strict=True)]

    def _deliver(self, printer: Printer, loads: Sequence[_Load]) -> tuple[Delivery, ...]:
        """Send what is intended. Once a printer does not take a job, those after it are not tried."""
        ended: list[tuple[Attempt, Sent]] = []
        refused: list[tuple[Attempt, HoldOrder]] = []
        away = ""
        for load in loads:
            sent = Sent(progress=Progress.NOT_PRINTED, told=away)
            if not away:
                try:
                    sent = printer.send(load.job)
                except RetryLater as fault:
                    away = fault.message
                    sent = Sent(progress=Progress.NOT_PRINTED, told=away)
                except HoldOrder as fault:
                    refused += [(attempt, fault) for attempt in load.attempts]
                    continue
            if sent.progress is Progress.NOT_PRINTED:
                printer.withdraw(load.job.name)
            ended += [(attempt, sent) for attempt in load.attempts]
        printer.settle()
        crash_point("dispatch.delivered")
        told = self._conclude(printer, ended, just_sent=True)
        told += tuple(self._refuse(attempt, why) for attempt, why in refused)
        crash_point("dispatch.concluded")
        return told

    def _conclude(
        self, printer: Printer, ended: Sequence[tuple[Attempt, Sent]], *, just_sent: bool = False
    ) -> tuple[Delivery, ...]:
        """Put on record how tries ended; those that ended alike together, so that they keep their order whatever dies.

        One whose answer was lost just now is left open, to be asked for.
        """
        done = [attempt for attempt, sent in ended if sent.progress is Progress.DONE]
        if done:
            self._ledger.conclude(done, AttemptState.DELIVERED)
        told: list[Delivery] = []
        alike: dict[tuple[AttemptState, str], list[Attempt]] = {}
        for attempt, sent in ended:
            is_open = sent.progress is Progress.PRINTING or (just_sent and sent.progress is Progress.UNKNOWN)
            if is_open:
                if sent.receipt and (attempt.receipt != sent.receipt or attempt.state is AttemptState.INTENT):
                    self._ledger.accepted(attempt, sent.receipt)
                outcome = DeliveryState.SENT
            else:
                ended_as, outcome = _ENDED[sent.progress]
                if sent.progress is not Progress.DONE:
                    alike.setdefault((ended_as, sent.told), []).append(attempt)
            path = printer.path(attempt.name) if outcome is DeliveryState.DELIVERED else None
            told.append(Delivery(ref=attempt.ref, state=outcome, path=path, told=sent.told, purpose=attempt.purpose))
        for (ended_as, why), tries in alike.items():
            self._ledger.conclude(tries, ended_as, why)
        return tuple(told)

    def _refuse(self, attempt: Attempt, fault: HoldOrder) -> Delivery:
        """Give up a try whose document the printer will never take, and hold its parcel."""
        self._ledger.conclude([attempt], AttemptState.GIVEN_UP, fault.message)
        if attempt.purpose is Purpose.PRINT:
            record = self._ledger.record(attempt.ref)
            where = Where(file=record.drop_name, line=record.line)
            finding = error(REFUSED, where, f"printer {attempt.printer}: {fault.message}", fault.hint)
            self._ledger.hold(attempt.ref, (*record.findings, finding))
        return Delivery(ref=attempt.ref, state=DeliveryState.REFUSED, told=fault.message, purpose=attempt.purpose)

    def _keep_marked(self, record: ParcelRecord, marked: Marked) -> str:
        digest = self._documents.put(marked.data)
        crash_point("dispatch.marked")
        document = DocumentRow(
            sha256=digest,
            size=len(marked.data),
            pages=record.pages,
            media=record.media,
            drawn_by=MARKED,
            drawn_with=marked.drawn_with,
        )
        told = f"{digest} is a marked copy of {record.document}"
        self._ledger.marked(record.ref, document, f"{told}, {marked.told}" if marked.told else told)
        return digest


def _intent(parcel: Outgoing, number: int, name: str, purpose: Purpose = Purpose.PRINT) -> Intent:
    return Intent(
        ref=parcel.ref, document=parcel.document, printer=parcel.printer, number=number, name=name, purpose=purpose
    )


def tray_name(ref: ParcelRef, document: str, number: int, suffix: str = ".pdf") -> str:
    """Name of a document in a tray, title of its job: `<order id>-<parcel>-<digest><suffix>`, without personal data.

    The digest is of the parcel, the document and the try, so no two deliveries ever share a name.
    """
    return f"{safe_name(ref.key.order_id)}-{ref.key.parcel}-{_digest(_identity(ref, document, number))}{suffix}"


def sheets_name(parcels: Sequence[Outgoing], numbers: Sequence[int]) -> str:
    """Name of the sheets of some documents in a tray: `<first order id>-and-<more>-<digest>.sheets.pdf`.

    The digest is of every parcel, document and try, so no two deliveries ever share a name.
    """
    identities = (
        _identity(parcel.ref, parcel.document, number) for parcel, number in zip(parcels, numbers, strict=True)
    )
    more = f"-and-{len(parcels) - 1}" if len(parcels) > 1 else ""
    return f"{safe_name(parcels[0].ref.key.order_id)}{more}-{_digest(chr(0).join(identities))}{SHEETS}"


def _identity(ref: ParcelRef, document: str, number: int) -> str:
    key = ref.key
    return "\0".join((key.store, key.order_id, str(key.parcel), str(ref.revision), document, str(number)))


def _digest(identity: str) -> str:
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:8]
