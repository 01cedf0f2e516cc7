"""The rest of a parcel's way: drawn, sent, done; or held.

Sending is recorded twice: the intent before anything is done, the outcome after. So a crash in between is seen, and the
printer's own traces decide what happened.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_keep

from packslip.errors import UsageError
from packslip.files import sha256
from packslip.ledger import queries, rows
from packslip.ledger.changes import Stamp, log, move, try_move
from packslip.ledger.records import Attempt, AttemptState, DocumentRow, Drawn, ParcelRef, Purpose
from packslip.ledger.states import Move, ParcelState
from packslip.ledger.tables import attempts, documents, tools
from packslip.model import Finding, OrderKey

_KEEP = insert_or_keep(documents).on_conflict_do_nothing()
_KEEP_TOOLS = insert_or_keep(tools).on_conflict_do_nothing()
_NEXT = select(func.coalesce(func.max(attempts.c.number), 0) + 1).where(queries.at_record(attempts))
_INTEND = insert(attempts)
_CONCLUDE = update(attempts).where(attempts.c.id == bindparam("at_id"), attempts.c.state == AttemptState.INTENT)

_TOOLS_ID = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What is about to be delivered."""

    ref: ParcelRef
    document: str  #: sha256
    printer: str
    number: int  #: which try of this parcel record it is, counted from 1
    name: str  #: in the printer's tray
    purpose: Purpose = Purpose.PRINT


def record_drawn(connection: Connection, stamp: Stamp, ref: ParcelRef, drawn: Drawn) -> None:
    """Make a parcel ready; its document's bytes are on disk already."""
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
        ready_at=stamp.at,
    )


def keep_document(connection: Connection, stamp: Stamp, document: DocumentRow) -> None:
    """Put a document on record; the same bytes are one document, drawn with what drew it first."""
    values = {**asdict(document), "made_at": stamp.at}
    versions = values.pop("drawn_with")
    values["tools"] = sha256(versions.encode())[:_TOOLS_ID] if versions else ""
    if versions:
        connection.execute(_KEEP_TOOLS, {"id": values["tools"], "versions": versions})
    connection.execute(_KEEP, values)


def keep_marked(connection: Connection, stamp: Stamp, ref: ParcelRef, document: DocumentRow, detail: str) -> None:
    """Put a marked document on record, and in the log what it was made of."""
    keep_document(connection, stamp, document)
    log(connection, stamp, "marked", ref=ref, detail=detail)


def record_alarm(connection: Connection, stamp: Stamp, key: OrderKey, detail: str) -> None:
    """Add an alarm of the press to the log, under the record that is being drawn."""
    known = queries.records_of(connection, key)
    drawn = next((one.ref for one in known if one.state is ParcelState.ACCEPTED), None)
    log(connection, stamp, "alarm", ref=drawn or ParcelRef(key=key), detail=detail)


def hold(connection: Connection, stamp: Stamp, ref: ParcelRef, findings: tuple[Finding, ...]) -> None:
    """Hold a parcel, saying why."""
    codes = ", ".join(dict.fromkeys(finding.code for finding in findings))
    move(connection, stamp, ref, Move.HOLD, detail=codes, findings=rows.findings_text(findings))


def next_numbers(connection: Connection, refs: Sequence[ParcelRef]) -> tuple[int, ...]:
    """The numbers the next tries at delivering some parcels' documents have."""
    return tuple(_next_number(connection, ref) for ref in refs)


def _next_number(connection: Connection, ref: ParcelRef) -> int:
    return int(connection.execute(_NEXT, rows.at_ref(ref)).scalar_one())


def intend(connection: Connection, stamp: Stamp, intents: Sequence[Intent]) -> tuple[Attempt | None, ...]:
    """Put on record what is about to be delivered; for a first print the parcel is `sending` from here on.

    None stands for a parcel that may not be sent any more, because it was called off meanwhile.
    """
    return tuple(_intend(connection, stamp, intent) for intent in intents)


def intend_together(
    connection: Connection, stamp: Stamp, intents: Sequence[Intent]
) -> tuple[tuple[Attempt, ...], frozenset[ParcelRef]]:
    """Put on record what is about to be delivered as one file, all of it or nothing.

    Also names the parcels that may not be sent any more, because they were called off meanwhile; where there is one,
    nothing is on record.
    """
    records = ((intent.ref, queries.record(connection, intent.ref)) for intent in intents)
    called_off = frozenset(ref for ref, found in records if found is None or found.state is not ParcelState.READY)
    if called_off:
        return (), called_off
    attempts_made = intend(connection, stamp, intents)
    return tuple(attempt for attempt in attempts_made if attempt is not None), called_off


def _intend(connection: Connection, stamp: Stamp, intent: Intent) -> Attempt | None:
    if intent.purpose is Purpose.REPRINT:
        log(connection, stamp, intent.purpose, ref=intent.ref, detail=intent.printer)
    elif not try_move(connection, stamp, intent.ref, Move.SEND, detail=intent.printer):
        return None
    values = {
        **rows.ref_values(intent.ref),
        "number": intent.number,
        "document": intent.document,
        "printer": intent.printer,
        "name": intent.name,
        "purpose": intent.purpose,
        "state": AttemptState.INTENT,
        "who": stamp.who,
        "intended_at": stamp.at,
    }
    made = connection.execute(_INTEND, values).inserted_primary_key
    return Attempt(
        id=int(made[0]) if made else 0,
        ref=intent.ref,
        number=intent.number,
        document=intent.document,
        printer=intent.printer,
        name=intent.name,
        purpose=intent.purpose,
        state=AttemptState.INTENT,
        intended_at=datetime.fromisoformat(stamp.at),
        ended_at=None,
    )


def conclude(connection: Connection, stamp: Stamp, tries: Sequence[Attempt], outcome: AttemptState) -> None:
    """Put the outcome of some tries on record; a delivered first print makes its parcel `done`.

    Raises:
        UsageError: a try has another outcome already.
    """
    for attempt in tries:
        _conclude(connection, stamp, attempt, outcome)


def _conclude(connection: Connection, stamp: Stamp, attempt: Attempt, outcome: AttemptState) -> None:
    changed = connection.execute(_CONCLUDE, {"at_id": attempt.id, "state": outcome, "ended_at": stamp.at})
    if changed.rowcount != 1:
        recorded = connection.scalar(select(attempts.c.state).where(attempts.c.id == attempt.id))
        if recorded == outcome:
            return
        raise UsageError(f"try {attempt.number} of parcel {attempt.ref} has another outcome already: {recorded}")
    if attempt.purpose is Purpose.REPRINT:
        log(connection, stamp, f"reprint.{outcome}", ref=attempt.ref, detail=attempt.printer)
    elif outcome is AttemptState.DELIVERED:
        move(connection, stamp, attempt.ref, Move.FINISH, detail=attempt.printer, done_at=stamp.at)
    else:
        move(connection, stamp, attempt.ref, Move.DOUBT, detail=attempt.printer)


def forgive(connection: Connection, stamp: Stamp, ref: ParcelRef) -> None:
    """Let a held parcel's findings pass: it is tried again, and these codes hold it no more."""
    found = queries.record(connection, ref)
    codes = frozenset(finding.code for finding in found.findings) if found else frozenset[str]()
    detail = ", ".join(sorted(codes))
    move(connection, stamp, ref, Move.RETRY, detail=detail, forgiven=rows.codes_text(codes), accepted_at=stamp.at)
