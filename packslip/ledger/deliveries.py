"""A parcel's way from its record to its printer's queue: drawn, called for, sent another way; or held."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_keep

from packslip.files import sha256
from packslip.ledger import queries, reserving, rows
from packslip.ledger.changes import Stamp, log, move
from packslip.ledger.records import DocumentRow, Drawn, ParcelRef
from packslip.ledger.statements import Statement, Value
from packslip.ledger.states import Move, ParcelState
from packslip.ledger.tables import documents, parcels, printers, tools
from packslip.model import Finding, OrderKey

CAMPAIGN = "campaign"  #: event of a slip that counts in a campaign; its detail is campaign and arm

_KEEP = Statement(insert_or_keep(documents).on_conflict_do_nothing())
_KEEP_TOOLS = Statement(insert_or_keep(tools).on_conflict_do_nothing())
_AS_READY = update(parcels).where(queries.at_record(parcels), parcels.c.state == ParcelState.READY)
_CALL = Statement(_AS_READY.where(parcels.c.called_at.is_(None)))
_REROUTE = Statement(_AS_READY)
_PRINTER = Statement(select(printers).where(printers.c.name == bindparam("at_name")))
_MEET = Statement(insert(printers))
_TELL = Statement(update(printers).where(printers.c.name == bindparam("at_name")))
_TOOLS_ID = 16


def record_drawn(
    connection: Connection, stamp: Stamp, ref: ParcelRef, drawn: Drawn, *, turn: int | None = None
) -> None:
    """Make a parcel ready, and the code that stands on it issued; its document's bytes are on disk already.

    Raises:
        UsageError: something happened to it since.
        RetryLater: its code is its order's no more.
    """
    document = DocumentRow(
        sha256=drawn.document,
        size=drawn.size,
        pages=drawn.pages,
        media=drawn.media,
        drawn_by=drawn.drawn_by,
        drawn_with=drawn.drawn_with,
    )
    keep_document(connection, stamp, document)
    move(
        connection,
        stamp,
        ref,
        Move.DRAW,
        turn=turn,
        segment=drawn.choice.segment,
        message=drawn.choice.message,
        offer=drawn.offer,
        choice=rows.choice_text(drawn.choice),
        slip=drawn.slip,
        pieces=rows.pieces_text(drawn.pieces),
        document=drawn.document,
        release=drawn.release,
        station=drawn.station,
        printer=drawn.printer,
        findings=rows.findings_text(drawn.findings),
        rank=drawn.rank,
        print_on=drawn.print_on,
        ready_at=stamp.at,
    )
    for campaign, arm in drawn.choice.arms.items():
        log(connection, stamp, CAMPAIGN, ref=ref, detail=f"{campaign} {arm}")
    if drawn.promo_code:
        reserving.issue(connection, stamp, ref, drawn.promo_code)
    else:
        reserving.settle(connection, stamp, ref.key)


def keep_document(connection: Connection, stamp: Stamp, document: DocumentRow) -> None:
    """Put a document on record; the same bytes are one document, drawn with what drew it first."""
    values = {**asdict(document), "made_at": stamp.at}
    versions = values.pop("drawn_with")
    values["tools"] = sha256(versions.encode())[:_TOOLS_ID] if versions else ""
    if versions:
        _KEEP_TOOLS.run(connection, {"id": values["tools"], "versions": versions})
    _KEEP.run(connection, values)


def keep_marked(connection: Connection, stamp: Stamp, ref: ParcelRef, document: DocumentRow, detail: str) -> None:
    """Put a marked document on record, and in the log what it was made of."""
    keep_document(connection, stamp, document)
    log(connection, stamp, "marked", ref=ref, detail=detail)


def record_alarm(connection: Connection, stamp: Stamp, key: OrderKey, detail: str) -> None:
    """Add an alarm of the press to the log, under the record that is being drawn."""
    known = queries.records_of(connection, key)
    drawn = next((one.ref for one in known if one.state is ParcelState.ACCEPTED), None)
    log(connection, stamp, "alarm", ref=drawn or ParcelRef(key=key), detail=detail)


def hold(
    connection: Connection,
    stamp: Stamp,
    ref: ParcelRef,
    findings: tuple[Finding, ...],
    *,
    turn: int | None = None,
) -> None:
    """Hold a parcel, saying why."""
    codes = ", ".join(dict.fromkeys(finding.code for finding in findings))
    move(connection, stamp, ref, Move.HOLD, detail=codes, turn=turn, findings=rows.findings_text(findings))


def call(connection: Connection, stamp: Stamp, ref: ParcelRef, *, station: str, printer: str) -> bool:
    """Have a ready parcel printed at a station; False where it is not ready, or was called for before."""
    values = {"called_at": stamp.at, "station": station, "printer": printer}
    if _CALL.run(connection, {**rows.at_ref(ref), **values}).rowcount != 1:
        return False
    log(connection, stamp, "call", ref=ref, detail=station)
    return True


def reroute(connection: Connection, stamp: Stamp, refs: Sequence[ParcelRef], printer: str) -> frozenset[ParcelRef]:
    """Give ready parcels to another printer; those that were ready still."""
    moved: set[ParcelRef] = set()
    for ref in refs:
        if _REROUTE.run(connection, {**rows.at_ref(ref), "printer": printer}).rowcount == 1:
            log(connection, stamp, "reroute", ref=ref, detail=printer)
            moved.add(ref)
    return frozenset(moved)


def note_printer(connection: Connection, stamp: Stamp, name: str, *, is_up: bool, reasons: tuple[str, ...]) -> None:
    """Put on record how a printer is; `since` stays while nothing changes."""
    told: dict[str, Value] = {"is_up": int(is_up), "reasons": "|".join(reasons), "seen_at": stamp.at}
    row = _PRINTER.first(connection, {"at_name": name})
    if row is None:
        _MEET.run(connection, {"name": name, "since": stamp.at, **told})
    else:
        is_same = row["is_up"] == told["is_up"] and row["reasons"] == told["reasons"]
        since = row["since"] if is_same else stamp.at
        _TELL.run(connection, {"at_name": name, "since": since, **told})
        if is_same:
            return
    log(connection, stamp, "printer.up" if is_up else "printer.down", detail=": ".join((name, ", ".join(reasons))))


def forgive(connection: Connection, stamp: Stamp, ref: ParcelRef) -> None:
    """Let a held parcel's findings pass: it is tried again, and these codes hold it no more."""
    found = queries.record(connection, ref)
    codes = frozenset(finding.code for finding in found.findings) if found else frozenset[str]()
    detail = ", ".join(sorted(codes))
    move(connection, stamp, ref, Move.RETRY, detail=detail, forgiven=rows.codes_text(codes), accepted_at=stamp.at)
