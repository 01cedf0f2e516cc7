"""Dispatcher: ready documents into the trays, exactly once each.

stage → intent on record → rename → outcome on record. Several documents share each step, in their order; or they share
one file, the sheets they are imposed on, and then all of them are delivered by one rename. What is staged is a document
in its printer's language; on record is the document it was made from.
Knows folder printers; another kind of printer takes `Tray`'s place behind the same four steps.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packslip.disk import LOCAL, Disk
from packslip.dispatch.documents import DocumentStore
from packslip.dispatch.languages import suffix_of, translate
from packslip.dispatch.tray import Tray
from packslip.errors import UsageError
from packslip.files import names_in, safe_name, sha256
from packslip.ledger import (
    Attempt,
    AttemptState,
    DocumentRow,
    Intent,
    Ledger,
    ParcelRecord,
    ParcelRef,
    Purpose,
    crash_point,
)
from packslip.printers import Language

MARKED = "reprint mark"  #: what made a marked reprint's document
SHEETS = ".sheets.pdf"  #: how the names of sheets end, and of nothing else in a tray


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


#: Makes the one file that some documents are delivered as.
Impose = Callable[[Sequence[Outgoing]], bytes]


class Dispatcher:
    """Delivers into the trays of a workspace; call it from one thread at a time to keep each printer's order."""

    def __init__(
        self,
        ledger: Ledger,
        trays: Path,
        documents: DocumentStore,
        language_of: Callable[[str], Language],
        disk: Disk = LOCAL,
    ) -> None:
        """`language_of` tells the language of a printer."""
        self._ledger = ledger
        self._trays = trays
        self._documents = documents
        self._language_of = language_of
        self._disk = disk

    def outgoing(self, ref: ParcelRef, document: str, printer: str, data: bytes, *, pages: int = 1) -> Outgoing:
        """A document as its printer takes it; `data` are the bytes of record, `document` is their digest.

        Raises:
            HoldOrder: the printer's language cannot say it.
        """
        language = self._language_of(printer)
        said = translate(data, language)
        return Outgoing(ref=ref, document=document, printer=printer, language=language, data=said, pages=pages)

    def send(self, parcels: Sequence[Outgoing]) -> tuple[Path | None, ...]:
        """Deliver ready documents in their order; None for a parcel that was called off meanwhile.

        Raises:
            RetryLater: a tray or the ledger is away; what was not delivered is still on record as ready or sending.
        """
        intents = self._stage(parcels)
        crash_point("dispatch.staged")
        attempts = self._ledger.intend(intents)
        crash_point("dispatch.intended")
        for intent, attempt in zip(intents, attempts, strict=True):
            if attempt is None:
                self._tray(intent.printer).unstage(intent.name)
        made = [attempt for attempt in attempts if attempt is not None]
        self._deliver(made)
        return tuple(self.path(attempt.printer, attempt.name) if attempt else None for attempt in attempts)

    def send_sheets(self, parcels: Sequence[Outgoing], impose: Impose) -> tuple[Path | None, ...]:
        """Deliver ready documents of one printer as one file; None for a parcel that was called off meanwhile.

        A parcel that is called off while the file is made leaves no gap: the file is made again without it.

        Raises:
            RetryLater: the tray or the ledger is away; what was not delivered is still on record as ready or sending.
            HoldOrder: the documents cannot be imposed.
        """
        left = list(parcels)
        while left:
            intents = self._stage_sheets(left, impose(left))
            crash_point("dispatch.staged")
            attempts, called_off = self._ledger.intend_together(intents)
            crash_point("dispatch.intended")
            printer, name = intents[0].printer, intents[0].name
            if not called_off:
                self._deliver(attempts)
                path = self.path(printer, name)
                return tuple(path if parcel in left else None for parcel in parcels)
            self._tray(printer).unstage(name)
            left = [parcel for parcel in left if parcel.ref not in called_off]
        return (None,) * len(parcels)

    def sweep(self) -> None:
        """Remove what a killed run left that nobody will ask for; call it before anything is sent."""
        begun = {(attempt.printer, attempt.name) for attempt in self._ledger.open_attempts()}
        for printer in names_in(self._trays, disk=self._disk):
            tray = self._tray(printer)
            tray.sweep()
            for name in tray.staged():
                if name.endswith(SHEETS) and (printer, name) not in begun:
                    tray.unstage(name)  # the next sheets may hold other slips, under another name
        self._documents.sweep()

    def recover(self) -> int:
        """Finish every delivery whose outcome is not on record, in the order they were begun; how many there were.

        Raises:
            RetryLater: a tray or the ledger is away.
        """
        attempts = self._ledger.open_attempts()
        for attempt in attempts:
            staged = self._tray(attempt.printer).is_staged(attempt.name)
            if staged is None:
                self._ledger.conclude([attempt], AttemptState.UNCERTAIN)
            elif staged:
                self._deliver([attempt])
            else:
                self._ledger.conclude([attempt], AttemptState.DELIVERED)
        return len(attempts)

    def check_printed(self, record: ParcelRecord) -> None:
        """Raise where a parcel cannot be printed again because it never was.

        Raises:
            UsageError: the parcel has no document yet.
        """
        if not record.document or not record.delivered_as:
            raise UsageError(f"parcel {record.ref} is {record.state}; only a printed one can be printed again")

    def reprint(self, record: ParcelRecord, *, marked: Marked | None = None) -> Path:
        """Deliver a printed parcel's document once more: the stored bytes, or a marked copy of them.

        Raises:
            UsageError: the parcel has no document yet.
            HoldOrder: its bytes are gone or were changed, or the printer's language cannot say them.
            RetryLater: the tray or the ledger is away.
        """
        self.check_printed(record)
        data = self._documents.get(record.document) if marked is None else marked.data
        outgoing = self.outgoing(record.ref, sha256(data), record.printer, data)
        if marked is not None:
            self._keep_marked(record, marked)
        intents = self._stage([outgoing], Purpose.REPRINT)
        attempts = [attempt for attempt in self._ledger.intend(intents) if attempt is not None]
        crash_point("dispatch.intended")
        self._deliver(attempts)
        return self.path(record.printer, intents[0].name)

    def path(self, printer: str, name: str) -> Path:
        """Where a delivered document appears."""
        return self._trays / printer / name

    def _stage(self, parcels: Sequence[Outgoing], purpose: Purpose = Purpose.PRINT) -> list[Intent]:
        intents: list[Intent] = []
        numbers = self._ledger.next_numbers([parcel.ref for parcel in parcels])
        for parcel, number in zip(parcels, numbers, strict=True):
            name = tray_name(parcel.ref, parcel.document, number, suffix_of(parcel.language))
            self._tray(parcel.printer).stage(name, parcel.data)
            intents.append(
                Intent(
                    ref=parcel.ref,
                    document=parcel.document,
                    printer=parcel.printer,
                    number=number,
                    name=name,
                    purpose=purpose,
                )
            )
        return intents

    def _stage_sheets(self, parcels: Sequence[Outgoing], data: bytes) -> list[Intent]:
        numbers = self._ledger.next_numbers([parcel.ref for parcel in parcels])
        name = sheets_name(parcels, numbers)
        self._tray(parcels[0].printer).stage(name, data)
        return [
            Intent(ref=parcel.ref, document=parcel.document, printer=parcel.printer, number=number, name=name)
            for parcel, number in zip(parcels, numbers, strict=True)
        ]

    def _deliver(self, attempts: Sequence[Attempt]) -> None:
        for printer, name in dict.fromkeys((attempt.printer, attempt.name) for attempt in attempts):
            self._tray(printer).deliver(name)
        for printer in dict.fromkeys(attempt.printer for attempt in attempts):
            self._tray(printer).flush()
        crash_point("dispatch.delivered")
        self._ledger.conclude(attempts, AttemptState.DELIVERED)
        crash_point("dispatch.concluded")

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

    def _tray(self, printer: str) -> Tray:
        return Tray(self._trays / printer, self._disk)


def tray_name(ref: ParcelRef, document: str, number: int, suffix: str = ".pdf") -> str:
    """Name of a document in a tray: `<order id>-<parcel>-<digest><suffix>`, without personal data.

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
