"""Ledger: the queue of record, seen from outside.

Every method returns after its change is on disk. Any thread may call any method; one thread of the ledger's own does
the work. Times come from the clock given at opening.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from sqlalchemy import Connection

from packslip.errors import UsageError
from packslip.ledger import arrivals, attempts, deliveries, exposures, granting, people, queries, reserving
from packslip.ledger.arrivals import Arrival, ClaimedFile, TakenDrop
from packslip.ledger.attempts import Intent
from packslip.ledger.changes import Stamp, move_drop
from packslip.ledger.codebook import CodeBook
from packslip.ledger.codes import customer_hash
from packslip.ledger.database import make_engine, prepare_schema
from packslip.ledger.granting import Refusal, Source, Wish
from packslip.ledger.people import DropEnd
from packslip.ledger.place import make_private, refuse_network
from packslip.ledger.records import (
    Acceptance,
    Attempt,
    AttemptState,
    Counts,
    DocumentRow,
    Drawn,
    DropRecord,
    Event,
    Exposure,
    GrantRecord,
    ParcelRecord,
    ParcelRef,
    PrinterRecord,
    Verdict,
)
from packslip.ledger.rows import findings_text, time_text
from packslip.ledger.states import DropMove, DropState, ParcelState
from packslip.ledger.upkeep import Upkeep
from packslip.ledger.writer import GROUP_LIMIT, LedgerThread
from packslip.model import Drop, Finding, Grant, Offer, OrderKey

PATIENCE_S = 10.0  #: how long another command may keep the ledger busy


def utc_now() -> datetime:
    """The clock of the machine."""
    return datetime.now(UTC)


class Ledger:
    """Orders, grants, documents, attempts and events of one workspace."""

    def __init__(self, thread: LedgerThread, secret: bytes, now: Callable[[], datetime], who: str, holder: str) -> None:
        self._thread = thread
        self._secret = secret
        self._now = now
        self._who = who
        self._holder = holder

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        secret: bytes,
        who: str = "",
        holder: str = "",
        now: Callable[[], datetime] = utc_now,
        patience_s: float = PATIENCE_S,
        group_limit: int = GROUP_LIMIT,
    ) -> Self:
        """The ledger in a file, made if there is none.

        `who` names a person in the event log; blank is the line itself. `holder` names this process in its leases.

        Raises:
            WorkspaceError: the place is a network file system, or the file is of another version or no ledger.
            RetryLater: another command kept it busy, or the disk is full.
        """
        refuse_network(path.parent if path.parent.exists() else path.parent.parent)
        make_private(path)
        thread = LedgerThread(make_engine(path, patience_s=patience_s), group_limit=group_limit)
        ledger = cls(thread, secret, now, who, holder)
        try:
            thread.do(prepare_schema)
        except BaseException:
            thread.close()
            raise
        return ledger

    def close(self) -> None:
        """Finish what is queued and let go of the file."""
        self._thread.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # drops

    def take_drop(
        self, drop: Drop, *, drop_id: str, source: str = "", folder: str = "", priority: int = 0
    ) -> TakenDrop:
        """Put a claimed file on record; the same file seen again is the same drop."""
        named = replace(drop, folder=folder or drop.folder)
        (taken,) = self.take_drops((ClaimedFile(drop=named, id=drop_id, source=source, priority=priority),))
        return taken

    def take_drops(self, claimed: Sequence[ClaimedFile]) -> tuple[TakenDrop, ...]:
        """Put some claimed files on record, all or none."""
        stamp = self._stamp()
        return self._thread.do(lambda tx: tuple(arrivals.take_drop(tx, stamp, one) for one in claimed))

    def open_drops(self) -> tuple[DropRecord, ...]:
        """Every drop with work left, oldest first."""
        return self._thread.do(lambda tx: queries.drops_in(tx, DropState.OPEN), writes=False)

    def held_drops(self) -> tuple[DropRecord, ...]:
        """Every drop that is held whole."""
        return self._thread.do(lambda tx: queries.drops_in(tx, DropState.HELD), writes=False)

    def drop(self, drop_id: str) -> DropRecord | None:
        """One drop."""
        return self._thread.do(lambda tx: queries.drop_by_id(tx, drop_id), writes=False)

    def close_drops(self, ends: Sequence[DropEnd]) -> tuple[bool, ...]:
        """Finish drops, each unless one of its parcels has work left; whether each was. Where one fails, none is."""
        stamp = self._stamp()
        return self._thread.do(lambda tx: tuple(people.close_drop(tx, stamp, end) for end in ends))

    def hold_drop(self, drop_id: str, findings: tuple[Finding, ...]) -> None:
        """Hold a drop whole."""
        stamp, text = self._stamp(), findings_text(findings)
        self._thread.do(
            lambda tx: move_drop(tx, stamp, drop_id, DropMove.HOLD, findings=text, closed_at=stamp.at),
        )

    def settled_in(self, drop_id: str) -> frozenset[tuple[str, int, str]]:
        """Order, parcel and state of every record of a drop that is drawn or has its answer."""
        return self._thread.do(lambda tx: queries.settled_in(tx, drop_id), writes=False)

    # parcels on the line

    def accept(self, arrival: Arrival) -> Acceptance:
        """Put an order on record and learn what is to be done with it, and what other parcels of it hold."""
        stamp = self._stamp()

        def accept(tx: Connection) -> Acceptance:
            accepted = arrivals.accept(tx, stamp, arrival)
            if accepted.verdict is not Verdict.WALK:
                return accepted
            return replace(accepted, shipped_before=queries.shipped_before(tx, arrival.key))

        return self._thread.do(accept)

    def customer_hash(self, store: str, customer_id: str) -> str:
        """What stands for a customer on record, where the id itself must not."""
        return customer_hash(self._secret, store=store, customer_id=customer_id)

    def ready(self, ref: ParcelRef, drawn: Drawn, *, turn: int | None = None) -> None:
        """Record a drawn document, its bytes on disk already; with a `turn`, only if nothing happened to it since."""
        stamp = self._stamp()
        self._thread.do(lambda tx: deliveries.record_drawn(tx, stamp, ref, drawn, turn=turn))

    def hold(self, ref: ParcelRef, findings: tuple[Finding, ...], *, turn: int | None = None) -> None:
        """Hold a parcel, saying why; with a `turn`, only if nothing happened to it since."""
        stamp = self._stamp()
        self._thread.do(lambda tx: deliveries.hold(tx, stamp, ref, findings, turn=turn))

    def call(self, ref: ParcelRef, *, station: str, printer: str) -> bool:
        """Have a ready parcel printed at a station; False where it is not ready, or was called for before."""
        stamp = self._stamp()
        return self._thread.do(lambda tx: deliveries.call(tx, stamp, ref, station=station, printer=printer))

    def reroute(self, refs: Sequence[ParcelRef], printer: str) -> frozenset[ParcelRef]:
        """Give ready parcels to another printer; those that were ready still."""
        stamp = self._stamp()
        return self._thread.do(lambda tx: deliveries.reroute(tx, stamp, refs, printer))

    def note_printer(self, name: str, *, is_up: bool, reasons: tuple[str, ...] = ()) -> None:
        """Put on record how a printer is, for whoever asks."""
        stamp = self._stamp()
        self._thread.do(lambda tx: deliveries.note_printer(tx, stamp, name, is_up=is_up, reasons=reasons))

    def alarm(self, key: OrderKey, detail: str) -> None:
        """Record that the two paths of the press drew a parcel unlike; `detail` names the alarm, no personal data."""
        stamp = self._stamp()
        self._thread.do(lambda tx: deliveries.record_alarm(tx, stamp, key, detail))

    def marked(self, ref: ParcelRef, document: DocumentRow, detail: str) -> None:
        """Record a marked document of a parcel, its bytes on disk already; `detail` says what it was made of."""
        stamp = self._stamp()
        self._thread.do(lambda tx: deliveries.keep_marked(tx, stamp, ref, document, detail))

    def next_numbers(self, refs: Sequence[ParcelRef]) -> tuple[int, ...]:
        """The numbers the next tries at delivering some parcels' documents have."""
        return self._thread.do(lambda tx: attempts.next_numbers(tx, refs), writes=False)

    def intend(self, intents: Sequence[Intent]) -> tuple[Attempt | None, ...]:
        """Record what is about to be delivered; None for a parcel that was called off meanwhile."""
        stamp = self._stamp()
        return self._thread.do(lambda tx: attempts.intend(tx, stamp, intents))

    def intend_together(self, intents: Sequence[Intent]) -> tuple[tuple[Attempt, ...], frozenset[ParcelRef]]:
        """Record what is about to be delivered as one file; else nothing, and which parcels were called off."""
        stamp = self._stamp()
        return self._thread.do(lambda tx: attempts.intend_together(tx, stamp, intents))

    def take_over(self, printer: str) -> tuple[Attempt, ...]:
        """Open tries at a printer that this process may act on, in the order they were begun; its own from now."""
        stamp = self._stamp()
        return self._thread.do(lambda tx: attempts.take_over(tx, stamp, printer))

    def accepted(self, attempt: Attempt, receipt: str) -> Attempt:
        """Record that a printer has the bytes of a try, and what it calls the job."""
        stamp = self._stamp()
        return self._thread.do(lambda tx: attempts.accepted(tx, stamp, attempt, receipt))

    def conclude(self, tries: Sequence[Attempt], outcome: AttemptState, told: str = "") -> None:
        """Record how some tries ended."""
        stamp = self._stamp()
        self._thread.do(lambda tx: attempts.conclude(tx, stamp, tries, outcome, told))

    # grants

    def grant(
        self,
        key: OrderKey,
        offer: Offer | None,
        *,
        today: date,
        template: str,
        segment: str = "",
        prefix: str = "",
    ) -> Grant:
        """What the order owns; the first grant on record wins, whatever is asked for later.

        Without an offer wanted the answer has no code, even where an earlier parcel got one.
        """
        wish = Wish(offer=offer, begins=today, sources=(Source(prefix=prefix),)) if offer else None
        secret, stamp = self._secret, self._stamp()
        made = self._thread.do(
            lambda tx: granting.grant(tx, stamp, secret, key, wish, today=today, template=template, segment=segment)
        )
        return cast("Grant", made)  # a code made here is never refused

    def grant_from(
        self, key: OrderKey, wish: Wish, *, today: date, template: str, segment: str = ""
    ) -> Grant | Refusal:
        """What the order owns, a code of a pool among it; or why it gets none, and then nothing is on record."""
        secret, stamp = self._secret, self._stamp()
        return self._thread.do(
            lambda tx: granting.grant(tx, stamp, secret, key, wish, today=today, template=template, segment=segment)
        )

    def has_first(self, key: OrderKey, customers: Sequence[str]) -> bool:
        """Whether a customer, by keyed hashes of their ids, has a code that is given once, with another order."""
        return self._thread.do(lambda tx: reserving.had_first(tx, customers, key), writes=False)

    @property
    def codes(self) -> CodeBook:
        """What those do who fill and watch code pools."""
        return CodeBook(self._thread, self._stamp)

    def granted(self, store: str, order_id: str) -> GrantRecord | None:
        """What an order owns, if anything."""
        return self._thread.do(lambda tx: queries.grant_of(tx, store, order_id), writes=False)

    def grants(self) -> tuple[GrantRecord, ...]:
        """Every grant, by the day it was made."""
        return self._thread.do(queries.all_grants, writes=False)

    def exposures(self) -> tuple[Exposure, ...]:
        """Every slip that was drawn as part of a campaign, oldest first; called-off parcels are left out."""
        last = self._thread.do(exposures.newest_event, writes=False)
        found: list[Exposure] = []
        for after in range(0, last, exposures.STRETCH):
            found += self._thread.do(partial(exposures.exposures, after=after), writes=False)
        return tuple(found)

    # what people ask

    def counts(self) -> Counts:
        """How many parcels and drops are in each state."""
        return self._thread.do(queries.counts, writes=False)

    def find(self, text: str) -> tuple[ParcelRecord, ...]:
        """Every record that `ORDER` or `ORDER/PARCEL` can mean, in all stores and revisions."""
        return self._thread.do(lambda tx: queries.find(tx, text), writes=False)

    def record(self, ref: ParcelRef) -> ParcelRecord:
        """One record of a parcel.

        Raises:
            UsageError: there is none.
        """
        found = self._thread.do(lambda tx: queries.record(tx, ref), writes=False)
        if found is None:
            raise UsageError(f"no parcel {ref} on record")
        return found

    def held(self) -> tuple[ParcelRecord, ...]:
        """Every held parcel, oldest first."""
        return self.in_state(ParcelState.HELD)

    def in_state(self, *states: ParcelState) -> tuple[ParcelRecord, ...]:
        """Every parcel in some states, oldest first."""
        return self._thread.do(lambda tx: queries.in_state(tx, *states), writes=False)

    def queued(self) -> tuple[ParcelRecord, ...]:
        """Every parcel that waits for its printer and whose drop is finished, in the order they came."""
        return self._thread.do(queries.queued, writes=False)

    def called(self) -> tuple[ParcelRecord, ...]:
        """Every ready parcel that a station has called for, the first call first."""
        return self._thread.do(queries.called, writes=False)

    def late(self, by: datetime) -> tuple[ParcelRecord, ...]:
        """Every parcel that is not done and should be by a time, the most pressing first."""
        return self._thread.do(lambda tx: queries.late(tx, time_text(by)), writes=False)

    def printers(self) -> tuple[PrinterRecord, ...]:
        """How printers were when they were last looked at."""
        return self._thread.do(queries.known_printers, writes=False)

    def backlog(self) -> dict[str, int]:
        """How many ready parcels wait for each printer."""
        return self._thread.do(queries.backlog, writes=False)

    def awaiting_call(self) -> dict[str, int]:
        """How many ready parcels wait for each station to call for them."""
        return self._thread.do(queries.awaiting_call, writes=False)

    def parcels_of(self, drop_id: str) -> tuple[ParcelRecord, ...]:
        """Every parcel record a drop owns, by line."""
        return self._thread.do(lambda tx: queries.of_drop(tx, drop_id), writes=False)

    def events(self, key: OrderKey) -> tuple[Event, ...]:
        """What happened to a parcel, oldest first."""
        return self._thread.do(lambda tx: queries.events_of(tx, key), writes=False)

    def attempts(self, ref: ParcelRef) -> tuple[Attempt, ...]:
        """Every try at delivering a parcel's document, oldest first."""
        return self._thread.do(lambda tx: queries.attempts_of(tx, ref), writes=False)

    def open_attempts(self) -> tuple[Attempt, ...]:
        """Every try whose outcome is not on record, in the order they were begun."""
        return self._thread.do(queries.open_attempts, writes=False)

    def document(self, sha256: str) -> DocumentRow:
        """What is on record of a document.

        Raises:
            UsageError: nothing is.
        """
        found = self._thread.do(lambda tx: queries.document(tx, sha256), writes=False)
        if found is None:
            raise UsageError(f"no document {sha256[:12]} on record")
        return found

    # what people decide; a running line sees it at its next look

    def retry(self, ref: ParcelRef) -> None:
        """Try a held parcel again: its drop is read anew, under the release of that moment."""
        stamp = self._stamp()
        self._thread.do(lambda tx: people.retry(tx, stamp, ref))

    def release(self, ref: ParcelRef) -> None:
        """Try a held parcel again, letting the findings it has now pass where that can be."""
        stamp = self._stamp()
        self._thread.do(lambda tx: people.release(tx, stamp, ref))

    def put_aside(self, ref: ParcelRef) -> None:
        """Drop a held parcel: the same record will not be tried again by itself."""
        stamp = self._stamp()
        self._thread.do(lambda tx: people.put_aside(tx, stamp, ref))

    def confirm(self, ref: ParcelRef) -> None:
        """Take an uncertain parcel as printed: somebody has seen the paper."""
        stamp = self._stamp()
        self._thread.do(lambda tx: people.confirm(tx, stamp, ref))

    def cancel(self, ref: ParcelRef) -> None:
        """Call a parcel off that is not on its way to a printer yet."""
        stamp = self._stamp()
        self._thread.do(lambda tx: people.cancel(tx, stamp, ref))

    def retry_drop(self, drop_id: str) -> None:
        """Read a drop that is held whole once more."""
        stamp = self._stamp()
        self._thread.do(lambda tx: people.retry_drop(tx, stamp, drop_id))

    def put_aside_drop(self, drop_id: str) -> None:
        """Drop a file that is held whole."""
        stamp = self._stamp()
        self._thread.do(lambda tx: move_drop(tx, stamp, drop_id, DropMove.DROP))

    @property
    def upkeep(self) -> Upkeep:
        """What those do who keep the ledger."""
        return Upkeep(self._thread, self._secret, self._stamp)

    def _stamp(self) -> Stamp:
        return Stamp(at=self._now().isoformat(), who=self._who, holder=self._holder)
