"""Arrivals: claimed files and the orders in them, and what is new about either.

Three keys tell: the bytes of the file, the parcel, and the digest of its data. A try that failed never burns a key; a
parcel that is printed, or about to be, is never touched by another record.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from sqlalchemy import Connection, insert, select, update

from packslip.ledger import queries, rows
from packslip.ledger.changes import Stamp, log, move
from packslip.ledger.records import Acceptance, DropRecord, ParcelRecord, ParcelRef, Verdict
from packslip.ledger.states import TAKEN, DropState, Move, ParcelState
from packslip.ledger.tables import drops, parcels
from packslip.model import Drop, Finding, OrderKey, Where, error

CONFLICT = "parcel.conflict"

#: a parcel that is printed, or was called off, makes another record for it a matter for a person
_CLAIMED = (*TAKEN, ParcelState.CANCELLED)

_ENTER = insert(parcels)
_REWRITE = update(parcels).where(queries.at_record(parcels))


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenDrop:
    """A drop on record."""

    record: DropRecord
    known: bool  #: this very file was taken before; a claim was cut short


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
    doubts: tuple[Finding, ...] = ()  #: why it must not print before a person lets it pass


def take_drop(
    connection: Connection,
    stamp: Stamp,
    drop: Drop,
    *,
    drop_id: str,
    source: str,
    folder: str,
    priority: int,
) -> TakenDrop:
    """Put a claimed file on record, open.

    `source` is the identity of the file as it lay in the inbox: seen again, it is the same drop. The same bytes in
    another file are a drop of their own, marked as a repeat.
    """
    first = queries.drop_by_sha256(connection, drop.sha256)
    if first is not None and source:
        again = select(drops).where(drops.c.sha256 == drop.sha256, drops.c.source == source)
        row = connection.execute(again).mappings().first()
        if row is not None:
            return TakenDrop(record=rows.drop_of(row), known=True)
    name, repeats = PurePath(drop.name).name, first.id if first else ""
    values = {
        "id": drop_id,
        "name": name,
        "sha256": drop.sha256,
        "source": source,
        "accepted_at": drop.accepted_at.isoformat(),
        "state": DropState.OPEN,
        "repeats": repeats,
        "folder": folder,
        "priority": priority,
    }
    connection.execute(insert(drops), values)
    log(connection, stamp, "drop.take", drop=drop_id, target=DropState.OPEN)
    record = DropRecord(
        id=drop_id,
        name=name,
        sha256=drop.sha256,
        accepted_at=drop.accepted_at,
        state=DropState.OPEN,
        findings=(),
        closed_at=None,
        repeats=repeats,
        folder=folder,
        priority=priority,
    )
    return TakenDrop(record=record, known=False)


def accept(connection: Connection, stamp: Stamp, arrival: Arrival) -> Acceptance:
    """Put an order on record, and say what is to be done with it."""
    known = queries.records_of(connection, arrival.key)
    own = next((one for one in known if one.drop == arrival.drop and one.line == arrival.where.line), None)
    if own is not None:
        return _resume(connection, stamp, arrival, own, known)
    twin = next((one for one in known if one.data_sha256 == arrival.data_sha256 and not _is_held(one)), None)
    if twin is not None:
        return Acceptance(verdict=Verdict.DUPLICATE, record=twin)
    held = next((one for one in reversed(known) if _is_held(one)), None)
    claimed = next((one for one in known if one.state in _CLAIMED), None)
    if held is not None:
        return _replace(connection, stamp, arrival, held, claimed)
    return _enter(connection, stamp, arrival, revision=len(known) + 1, claimed=claimed)


def _resume(
    connection: Connection, stamp: Stamp, arrival: Arrival, own: ParcelRecord, known: tuple[ParcelRecord, ...]
) -> Acceptance:
    """The record came before out of this very place: after a restart, or because it is tried again."""
    if own.state is ParcelState.READY:
        return Acceptance(verdict=Verdict.SEND, record=own)
    if own.state is not ParcelState.ACCEPTED:
        return Acceptance(verdict=Verdict.SETTLED, record=own)
    _rewrite(connection, own.ref, arrival, findings=())
    claimed = next((one for one in known if one.ref != own.ref and one.state in _CLAIMED), None)
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
    connection.execute(_ENTER, values)
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


def _rewrite(connection: Connection, ref: ParcelRef, arrival: Arrival, *, findings: tuple[Finding, ...]) -> None:
    values = {
        "data_sha256": arrival.data_sha256,
        "drop_id": arrival.drop,
        "line": arrival.where.line,
        "findings": rows.findings_text(findings),
        **_wishes(arrival),
    }
    connection.execute(_REWRITE, {**rows.at_ref(ref), **values})


def _wishes(arrival: Arrival) -> dict[str, str]:
    """What the order says of whom it is for and when."""
    return {"customer": arrival.customer, "deadline": rows.time_text(arrival.deadline)}


def _read(connection: Connection, ref: ParcelRef) -> ParcelRecord:
    found = queries.record(connection, ref)
    if found is None:
        raise AssertionError("a row just written is gone")
    return found


def _is_held(record: ParcelRecord) -> bool:
    return record.state is ParcelState.HELD
