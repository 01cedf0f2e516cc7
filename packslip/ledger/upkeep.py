"""The ledger seen by those who keep it: purging, erasing, checking, restoring. `Ledger.upkeep` gives it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection

from packslip.ledger import queries, restoring, retention, verifying
from packslip.ledger.changes import Stamp
from packslip.ledger.records import DropRecord, ParcelRecord, ParcelRef
from packslip.ledger.restoring import Doubt, LaterDrop
from packslip.ledger.retention import Order, Page, Place
from packslip.ledger.tables import parcels
from packslip.ledger.writer import LedgerThread
from packslip.model import Finding

_PAGE = 500  #: rows that are read at a time

T = TypeVar("T")


class Upkeep:
    """Each method is one transaction, and returns when it is on disk.

    What lists all of something takes several, so that a line can commit in between.
    """

    def __init__(
        self,
        thread: LedgerThread,
        secret: bytes,
        stamp: Callable[[], Stamp],
        rest: Callable[[float], object] = lambda _seconds: None,
    ) -> None:
        """`rest` is called after each transaction with the time it took."""
        self._thread = thread
        self._secret = secret
        self._stamp = stamp
        self._rest = rest

    def gently(self, rest: Callable[[float], object]) -> "Upkeep":
        """The same for somebody who has time; `rest` lets it pass."""
        return Upkeep(self._thread, self._secret, self._stamp, rest)

    def _do(self, act: Callable[[Connection], T], *, writes: bool = True) -> T:
        begun = time.monotonic()
        done = self._thread.do(act, writes=writes)
        self._rest(time.monotonic() - begun)
        return done

    # purging

    def due_parcels(self, before: datetime, *, at: Place, limit: int) -> Page:
        """Parcels that ended before a time and still hold what is personal."""
        return self._do(lambda tx: retention.due_parcels(tx, before, at=at, limit=limit), writes=False)

    def due_documents(self, before: datetime, *, at: Place, limit: int) -> Page:
        """Parcels that ended before a time and whose documents are still kept."""
        return self._do(lambda tx: retention.due_documents(tx, before, at=at, limit=limit), writes=False)

    def due_uncertain(self, before: datetime, *, at: Place, limit: int) -> Page:
        """Parcels that came before a time and that are uncertain still."""
        return self._do(lambda tx: retention.due_uncertain(tx, before, at=at, limit=limit), writes=False)

    def due_drops(self, before: datetime, *, limit: int) -> tuple[DropRecord, ...]:
        """Drops that were finished before a time and that nobody has to read again."""
        return self._do(lambda tx: retention.due_drops(tx, before, limit=limit), writes=False)

    def purge_documents(self, digests: Iterable[str]) -> None:
        """Record that documents' bytes are gone."""
        self._do(partial(retention.purge_documents, stamp=self._stamp(), digests=tuple(digests)))

    def purge_parcels(self, refs: Iterable[ParcelRef]) -> None:
        """Take what is personal out of parcels' rows; their documents are gone already."""
        self._do(partial(retention.purge_parcels, stamp=self._stamp(), refs=tuple(refs)))

    def purge_drops(self, ids: Iterable[str]) -> None:
        """Record that drops' files are gone."""
        self._do(partial(retention.purge_drops, stamp=self._stamp(), ids=tuple(ids)))

    def abandon(self, before: datetime, *, limit: int) -> int:
        """Put aside what is held since before a time; how much that was."""
        return self._do(partial(retention.abandon, stamp=self._stamp(), before=before, limit=limit))

    def forget_tools(self) -> int:
        """Let go of versions that nothing is drawn again with; how many there were."""
        return self._do(retention.forget_tools)

    def named_releases(self) -> frozenset[str]:
        """Every release that a kept slip was drawn from."""
        return frozenset(release for release in self._kept(parcels.c.release) if release)

    def pictures(self) -> frozenset[str]:
        """Digests of every picture that a slip on record names, so that a reprint finds it."""
        return frozenset(digest for slip in self._kept(parcels.c.slip) for digest in queries.pictures_in(slip))

    def _kept(self, column: ColumnElement[str]) -> Iterator[str]:
        """A column of every parcel that is not purged."""
        at = Place()
        while True:
            found, at = self._do(partial(retention.kept, column=column, at=at, limit=_PAGE), writes=False)
            yield from found
            if len(found) < _PAGE:
                return

    def purged_at(self) -> datetime | None:
        """When a running line purged last."""
        return self._do(retention.purged_at, writes=False)

    def note_purged(self, moment: datetime) -> None:
        """Record that a running line purged."""
        self._do(lambda tx: retention.set_meta(tx, retention.PURGED, moment.isoformat()))

    # erasing

    def orders_of(self, customer: str) -> frozenset[Order]:
        """Every order on record of a customer, by keyed hash."""
        return self._do(lambda tx: retention.orders_of(tx, customer), writes=False)

    def known_orders(self, order_id: str = "") -> frozenset[Order]:
        """Every order on record, or those of one id in any store."""
        return self._do(lambda tx: frozenset(retention.known_orders(tx, order_id)), writes=False)

    def stores(self) -> frozenset[str]:
        """Every store that an order on record has."""
        return self._do(retention.stores, writes=False)

    def records_of(self, orders: Iterable[Order]) -> tuple[ParcelRecord, ...]:
        """Every record of every parcel of some orders."""
        wanted = tuple(orders)
        return self._do(lambda tx: retention.records_of(tx, wanted), writes=False)

    def documents_of(self, refs: Iterable[ParcelRef]) -> frozenset[str]:
        """Digests of every document that was made for some parcels, marked copies too."""
        wanted = tuple(refs)
        return self._do(lambda tx: retention.documents_of(tx, wanted), writes=False)

    def own_documents(self, refs: Iterable[ParcelRef]) -> tuple[str, ...]:
        """Those of them that no other parcel is printed from."""
        wanted = tuple(refs)
        return self._do(lambda tx: tuple(retention.own_documents(tx, wanted)), writes=False)

    def pictures_of(self, refs: AbstractSet[ParcelRef]) -> tuple[frozenset[str], frozenset[str]]:
        """Digests of pictures that the slips of some parcels name, and those that all other kept slips name."""
        return self._do(lambda tx: retention.pictures_of(tx, refs), writes=False)

    def shared_sheets(self, names: Sequence[str], refs: Sequence[ParcelRef]) -> dict[str, int]:
        """Of some files in trays, how many tries of other parcels than these share each."""
        return self._do(lambda tx: retention.shared_sheets(tx, names, refs), writes=False)

    def drops(self) -> Iterator[DropRecord]:
        """Every drop whose file may still be kept, oldest first."""
        last = 0
        while True:
            found, last = self._do(partial(retention.kept_drops, after=last, limit=_PAGE), writes=False)
            yield from found
            if len(found) < _PAGE:
                return

    def erase(self, orders: Sequence[Order], *, renamed: Mapping[str, str], mark: str) -> int:
        """Delete every row of some orders; how many parcel records there were."""
        return self._do(partial(retention.erase, stamp=self._stamp(), orders=tuple(orders), renamed=renamed, mark=mark))

    def note_rewritten(self, drop: str, sha256: str) -> None:
        """Record that rows were blanked out of a drop's file, and its digest since; "" where it is gone."""
        self._do(partial(retention.note_rewritten, stamp=self._stamp(), drop=drop, sha256=sha256))

    def rewritten(self) -> dict[str, str]:
        """Drops of whose files rows were blanked out, and the digests they have since."""
        return self._do(retention.rewritten, writes=False)

    def erased_mark(self) -> str:
        """Up to where erasing was asked for and done."""
        return self._do(retention.erased_mark, writes=False)

    # restoring

    def doubt(self, taken_at: datetime, *, through: date) -> tuple[ParcelRecord, ...]:
        """Put what may have printed since a back-up out of reach; those parcels as they were."""
        return self._do(partial(restoring.doubt, stamp=self._stamp(), taken_at=taken_at, through=through))

    def doubted_through(self) -> Doubt | None:
        """Which orders are held when they come, None where none are."""
        return self._do(restoring.doubted_through, writes=False)

    def trust(self) -> None:
        """Doubt no order any more that comes from here on."""
        self._do(partial(restoring.trust, stamp=self._stamp()))

    def enter_later(self, later: Sequence[LaterDrop]) -> None:
        """Record drops that came after the back-up, held whole."""
        self._do(partial(restoring.enter_later, stamp=self._stamp(), later=later))

    # checking

    def check_records(self) -> tuple[Finding, ...]:
        """What in the ledger does not fit."""
        return self._do(lambda tx: verifying.check_records(tx, self._secret), writes=False)

    def kept_documents(self) -> dict[str, bool]:
        """Every document whose bytes should be there, and whether a kept slip is printed from it."""
        kept: dict[str, bool] = {}
        last = ""
        while True:
            found = self._do(partial(retention.kept_documents, after=last, limit=_PAGE), writes=False)
            kept |= found
            if len(found) < _PAGE:
                return kept
            last = max(found)
