"""Arrivals: claimed files and the orders in them, and what is new about either.

Three keys tell: the bytes of the file, the parcel, and the digest of its data. A try that failed never burns a key; a
parcel that is printed, or about to be, is never touched by another record.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from sqlalchemy import Connection, insert, update

from packslip.folders import OnConflict
from packslip.ledger import queries, rows
from packslip.ledger.changes import Stamp, log, move
from packslip.ledger.queries import SUPERSEDED
from packslip.ledger.records import Acceptance, DropRecord, ParcelRecord, ParcelRef, Verdict
from packslip.ledger.statements import Statement, Value
from packslip.ledger.states import TAKEN, DropState, Move, ParcelState
from packslip.ledger.tables import drops, parcels
from packslip.model import Drop, Finding, OrderKey, Where, error, note

CONFLICT = "parcel.conflict"

#: a parcel that is printed, or was called off, makes another record for it a matter for a person
_CLAIMED = (*TAKEN, ParcelState.CANCELLED)

#: nothing of it has left for a printer
_UNSENT = (ParcelState.ACCEPTED, ParcelState.READY)

_TAKE = Statement(insert(drops))
_ENTER = Statement(insert(parcels))
_REWRITE = Statement(update(parcels).where(queries.at_record(parcels)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedFile:
    """A file that was claimed."""

    drop: Drop
    id: str  #: the drop's
    source: str = ""  #: identity of the file as it lay in its folder
    priority: int = 0
    findings: tuple[Finding, ...] = ()  #: with an error it is held unread
    stays: bool = False  #: it cannot be taken out of its folder, where its name tells it again


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenDrop:
    """A drop on record."""

    record: DropRecord
    known: bool  #: nothing was put on record: this very file was taken before, or its bytes once more say nothing new


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An order as it comes out of a drop."""

    key: OrderKey
    data_sha256: str  #: of its normalised record
    drop: str
    drop_name: str
    where: Where
    customer: str = ""  #: keyed hash, see `Ledger.customer_hash`
    deadline: datetime | None = None
    on_conflict: OnConflict = OnConflict.HOLD
    doubts: tuple[Finding, ...] = ()  #: why it must not print before a person lets it pass


def take_drop(connection: Connection, stamp: Stamp, claimed: ClaimedFile) -> TakenDrop:
    """Put a claimed file on record, open.

    The file that was seen before, told by its identity as it lay in its folder, is the same drop. The same bytes in
    another file are a drop of their own, marked as a repeat; but where a sender repeats them for ever, and nothing in
    them is new or waits, only the first few repeats are put on record.
    """
    drop = claimed.drop
    first = queries.drop_by_sha256(connection, drop.sha256)
    name = PurePath(drop.name).name
    if first is not None:
        known = queries.taken_before(connection, drop, source=claimed.source, name=name if claimed.stays else "")
        known = known or queries.idle_repeat(connection, drop)
        if known is not None:
            return TakenDrop(record=known, known=True)
    repeats = first.id if first else ""
    record = DropRecord(
        id=claimed.id,
        name=name,
        sha256=drop.sha256,
        accepted_at=drop.accepted_at,
        state=DropState.OPEN,
        findings=claimed.findings,
        closed_at=None,
        repeats=repeats,
        folder=drop.folder,
        priority=claimed.priority,
    )
    values: dict[str, Value] = {
        "id": record.id,
        "name": name,
        "sha256": drop.sha256,
        "source": claimed.source,
        "accepted_at": drop.accepted_at.isoformat(),
        "state": DropState.OPEN,
        "findings": rows.findings_text(claimed.findings),
        "repeats": repeats,
        "folder": drop.folder,
        "priority": claimed.priority,
    }
    _TAKE.run(connection, values)
    log(connection, stamp, "drop.take", drop=record.id, target=DropState.OPEN)
    return TakenDrop(record=record, known=False)


def accept(connection: Connection, stamp: Stamp, arrival: Arrival) -> Acceptance:
    """Put an order on record, and say what is to be done with it."""
    known = queries.records_of(connection, arrival.key)
    own = next((one for one in known if one.drop == arrival.drop and one.line == arrival.where.line), None)
    if own is not None:
        return _resume(connection, stamp, arrival, own, known)
    valid = [one for one in known if not _is_superseded(one)]
    twin = next((one for one in valid if one.data_sha256 == arrival.data_sha256 and not _is_held(one)), None)
    if twin is not None:
        return Acceptance(verdict=Verdict.DUPLICATE, record=twin)
    claimed = _opposing(connection, stamp, arrival, valid)
    held = [one for one in reversed(known) if _is_held(one)]
    if held:
        same = next((one for one in held if one.data_sha256 == arrival.data_sha256), held[0])
        return _replace(connection, stamp, arrival, same, claimed)
    return _enter(connection, stamp, arrival, revision=len(known) + 1, claimed=claimed)


def _opposing(
    connection: Connection, stamp: Stamp, arrival: Arrival, known: Sequence[ParcelRecord]
) -> ParcelRecord | None:
    """The record that forbids to print this one, after those that may give way to it have done so."""
    claimed = [one for one in known if one.state in _CLAIMED]
    is_called_off = any(one.state is ParcelState.CANCELLED for one in claimed)
    if arrival.on_conflict is OnConflict.HOLD or arrival.doubts or is_called_off:
        return claimed[0] if claimed else None
    sent = [one for one in claimed if one.state not in _UNSENT]
    if sent and arrival.on_conflict is OnConflict.REPLACE_IF_UNSENT:
        return sent[0]
    for one in claimed:
        if one.state in _UNSENT:
            text = rows.findings_text((*one.findings, _superseded(arrival, one)))
            move(connection, stamp, one.ref, Move.CANCEL, detail=SUPERSEDED, findings=text)
    return None


def _resume(
    connection: Connection, stamp: Stamp, arrival: Arrival, own: ParcelRecord, known: tuple[ParcelRecord, ...]
) -> Acceptance:
    """The record came before out of this very place: after a restart, or because it is tried again."""
    if own.state is ParcelState.READY:
        return Acceptance(verdict=Verdict.SEND, record=own)
    if own.state is not ParcelState.ACCEPTED:
        return Acceptance(verdict=Verdict.SETTLED, record=own)
    _rewrite(connection, own.ref, arrival, findings=())
    others = [one for one in known if one.ref != own.ref and not _is_superseded(one)]
    claimed = None if CONFLICT in own.forgiven else _opposing(connection, stamp, arrival, others)
    against = tuple(one for one in _against(arrival, claimed) if one.code not in own.forgiven)
    if against:
        told = rows.findings_text(against)
        move(connection, stamp, own.ref, Move.HOLD, detail=_codes(against), findings=told)
        return Acceptance(verdict=Verdict.CONFLICT, record=_read(connection, own.ref))
    return Acceptance(verdict=Verdict.WALK, record=_read(connection, own.ref))


def _replace(
    connection: Connection, stamp: Stamp, arrival: Arrival, held: ParcelRecord, claimed: ParcelRecord | None
) -> Acceptance:
    """A held record gives way to the new one, and is tried again unless something stands against it."""
    against = _against(arrival, claimed)
    if against:
        _rewrite(connection, held.ref, arrival, findings=against)
        log(connection, stamp, "replace", ref=held.ref, drop=arrival.drop, detail=_codes(against))
        return Acceptance(verdict=Verdict.CONFLICT, record=_read(connection, held.ref))
    _rewrite(connection, held.ref, arrival, findings=())
    move(connection, stamp, held.ref, Move.RETRY, detail="came again", accepted_at=stamp.at, forgiven="[]")
    return Acceptance(verdict=Verdict.WALK, record=_read(connection, held.ref))


def _enter(
    connection: Connection, stamp: Stamp, arrival: Arrival, *, revision: int, claimed: ParcelRecord | None
) -> Acceptance:
    """A record of its own."""
    ref = ParcelRef(key=arrival.key, revision=revision)
    findings = _against(arrival, claimed)
    state = ParcelState.HELD if findings else ParcelState.ACCEPTED
    values = {
        **rows.ref_values(ref),
        "state": state,
        "data_sha256": arrival.data_sha256,
        "drop_id": arrival.drop,
        "line": arrival.where.line,
        "findings": rows.findings_text(findings),
        "accepted_at": stamp.at,
        **_wishes(arrival),
    }
    _ENTER.run(connection, values)
    log(connection, stamp, "accept", ref=ref, drop=arrival.drop, target=state, detail=_codes(findings))
    record = ParcelRecord(
        ref=ref,
        state=state,
        data_sha256=arrival.data_sha256,
        drop=arrival.drop,
        drop_name=arrival.drop_name,
        line=arrival.where.line,
        findings=findings,
        accepted_at=datetime.fromisoformat(stamp.at),
        deadline=arrival.deadline,
        customer=arrival.customer,
    )
    return Acceptance(verdict=Verdict.CONFLICT if findings else Verdict.WALK, record=record)


def _against(arrival: Arrival, claimed: ParcelRecord | None) -> tuple[Finding, ...]:
    """What keeps a record from being tried."""
    return arrival.doubts if claimed is None else (*arrival.doubts, conflict(arrival, claimed))


def _codes(findings: tuple[Finding, ...]) -> str:
    return ", ".join(finding.code for finding in findings)


def conflict(arrival: Arrival, claimed: ParcelRecord) -> Finding:
    """The finding of a record that contradicts one that is printed, or about to be."""
    return error(
        CONFLICT,
        arrival.where,
        f"parcel {arrival.key} came again with other data; the one from {claimed.drop_name} is {claimed.state}",
        "compare the two; release this one to print it too, or drop it",
    )


def _superseded(arrival: Arrival, record: ParcelRecord) -> Finding:
    """The finding of a record that gave way before it was sent."""
    where = Where(file=record.drop_name, line=record.line)
    return note(SUPERSEDED, where, f"gave way to other data for parcel {arrival.key} from {arrival.drop_name}")


def _rewrite(connection: Connection, ref: ParcelRef, arrival: Arrival, *, findings: tuple[Finding, ...]) -> None:
    values = {
        "data_sha256": arrival.data_sha256,
        "drop_id": arrival.drop,
        "line": arrival.where.line,
        "findings": rows.findings_text(findings),
        **_wishes(arrival),
    }
    _REWRITE.run(connection, {**rows.at_ref(ref), **values})


def _wishes(arrival: Arrival) -> dict[str, str]:
    """What the order says of whom it is for and when."""
    return {"customer": arrival.customer, "deadline": rows.time_text(arrival.deadline)}


def _read(connection: Connection, ref: ParcelRef) -> ParcelRecord:
    found = queries.record(connection, ref)
    if found is None:
        raise AssertionError("a row just written is gone")
    return found


def _is_superseded(record: ParcelRecord) -> bool:
    """Whether it gave way to another record, and counts no more."""
    is_cancelled = record.state is ParcelState.CANCELLED
    return is_cancelled and any(finding.code == SUPERSEDED for finding in record.findings)


def _is_held(record: ParcelRecord) -> bool:
    return record.state is ParcelState.HELD
