"""Tries at delivering documents. Sending is recorded twice: the intent before anything is done, the outcome after.

A crash in between is seen, and the printer is asked what happened. A try belongs to the process that began it for as
long as its lease lasts; who takes it over later makes its token grow, and the first one cannot write any more.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from packslip.errors import RetryLater, UsageError
from packslip.ledger import queries, rows
from packslip.ledger.changes import Stamp, log, move, try_move
from packslip.ledger.records import Attempt, AttemptState, ParcelRef, Purpose
from packslip.ledger.statements import Statement, Value
from packslip.ledger.states import Move, ParcelState
from packslip.ledger.tables import attempts

#: How long a try belongs to the process that began it, or asked for it last.
LEASE = timedelta(minutes=2)

#: Begins the names of processes that only one of can be: where one is seen, every other one is dead.
LINE = "line:"

_OPEN = (AttemptState.INTENT, AttemptState.ACCEPTED)
_NEXT = Statement(select(func.coalesce(func.max(attempts.c.number), 0) + 1).where(queries.at_record(attempts)))
_INTEND = Statement(insert(attempts))
_OWN = (attempts.c.id == bindparam("at_id"), attempts.c.token == bindparam("at_token"), attempts.c.state.in_(_OPEN))
_CHANGE = Statement(update(attempts).where(*_OWN))
_AT_PRINTER = (
    select(attempts)
    .where(attempts.c.state.in_(_OPEN), attempts.c.printer == bindparam("at_printer"))
    .order_by(attempts.c.id)
)
_FREE = or_(attempts.c.holder == bindparam("at_holder"), attempts.c.leased_until < bindparam("at_now"))
_OF_LINES = or_(attempts.c.holder.startswith(LINE), attempts.c.holder == "")
#: by whether the line asks
_OURS = {False: Statement(_AT_PRINTER.where(_FREE)), True: Statement(_AT_PRINTER.where(or_(_FREE, _OF_LINES)))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What is about to be delivered."""

    ref: ParcelRef
    document: str  #: sha256
    printer: str
    number: int  #: which try of this parcel record it is, counted from 1
    name: str  #: in the printer's tray, or the job's title
    purpose: Purpose = Purpose.PRINT


def next_numbers(connection: Connection, refs: Sequence[ParcelRef]) -> tuple[int, ...]:
    """The numbers the next tries at delivering some parcels' documents have."""
    return tuple(int(_NEXT.scalar(connection, rows.at_ref(ref)) or 1) for ref in refs)


def intend(connection: Connection, stamp: Stamp, intents: Sequence[Intent]) -> tuple[Attempt | None, ...]:
    """Put on record what is about to be delivered; for a first print the parcel is `sending` from here on.

    None stands for a parcel that may not be sent any more, because it was called off meanwhile.

    Raises:
        RetryLater: another command has begun the same try.
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
        "holder": stamp.holder,
        "leased_until": _lease_end(stamp),
    }
    try:
        made = _INTEND.run(connection, values).lastrowid
    except sqlite3.IntegrityError as fault:
        if fault.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_UNIQUE:
            raise
        told = f"parcel {intent.ref} is being printed by another command"
        raise RetryLater(told, hint="look at it, then ask again") from fault
    return Attempt(
        id=made or 0,
        ref=intent.ref,
        number=intent.number,
        document=intent.document,
        printer=intent.printer,
        name=intent.name,
        purpose=intent.purpose,
        state=AttemptState.INTENT,
        intended_at=datetime.fromisoformat(stamp.at),
        ended_at=None,
        holder=stamp.holder,
    )


def take_over(connection: Connection, stamp: Stamp, printer: str) -> tuple[Attempt, ...]:
    """Open tries at a printer that this process may act on, in the order they were begun; its own from now.

    Its own it may, for another lease; so it may those whose lease has ended, and for the line those of earlier lines.
    """
    statement = _OURS[stamp.holder.startswith(LINE)]
    found = statement.rows(connection, {"at_printer": printer, "at_holder": stamp.holder, "at_now": _utc(stamp)})
    return tuple(_taken(connection, stamp, rows.attempt_of(row)) for row in found)


def _taken(connection: Connection, stamp: Stamp, attempt: Attempt) -> Attempt:
    token = attempt.token if attempt.holder == stamp.holder else attempt.token + 1
    lease: dict[str, Value] = {"holder": stamp.holder, "leased_until": _lease_end(stamp), "token": token}
    _CHANGE.run(connection, {**_at(attempt), **lease})
    return replace(attempt, holder=stamp.holder, token=token)


def accepted(connection: Connection, stamp: Stamp, attempt: Attempt, receipt: str) -> Attempt:
    """Put on record that the printer has the bytes, and what it calls the job.

    Raises:
        UsageError: another process has taken the try over, or concluded it.
    """
    values: dict[str, Value] = {"state": AttemptState.ACCEPTED, "receipt": receipt, "leased_until": _lease_end(stamp)}
    if _CHANGE.run(connection, {**_at(attempt), **values}).rowcount != 1:
        raise UsageError(_not_ours(connection, attempt))
    if attempt.state is AttemptState.INTENT:
        log(connection, stamp, "sent", ref=attempt.ref, detail=attempt.printer)
    return replace(attempt, state=AttemptState.ACCEPTED, receipt=receipt)


def conclude(
    connection: Connection, stamp: Stamp, tries: Sequence[Attempt], outcome: AttemptState, told: str = ""
) -> None:
    """Put the outcome of some tries on record.

    A delivered first print makes its parcel `done`, one that was given up `ready` again, an uncertain one `uncertain`.
    A delivered reprint settles a parcel that was uncertain.

    Raises:
        UsageError: a try has another outcome already, or was taken over by another process.
    """
    for attempt in tries:
        _conclude(connection, stamp, attempt, outcome, told)


def _conclude(connection: Connection, stamp: Stamp, attempt: Attempt, outcome: AttemptState, told: str) -> None:
    values: dict[str, Value] = {"state": outcome, "ended_at": stamp.at, "told": told}
    if _CHANGE.run(connection, {**_at(attempt), **values}).rowcount != 1:
        if _recorded(connection, attempt) == outcome:
            return
        raise UsageError(_not_ours(connection, attempt))
    detail = f"{attempt.printer}: {told}" if told else attempt.printer
    if attempt.purpose is Purpose.REPRINT:
        log(connection, stamp, f"reprint.{outcome}", ref=attempt.ref, detail=detail)
        if outcome is AttemptState.DELIVERED:
            _settle(connection, stamp, attempt, detail)
    elif outcome is AttemptState.DELIVERED:
        move(connection, stamp, attempt.ref, Move.FINISH, detail=detail, done_at=stamp.at)
    else:
        what = Move.GIVE_BACK if outcome is AttemptState.GIVEN_UP else Move.DOUBT
        move(connection, stamp, attempt.ref, what, detail=detail)


def _settle(connection: Connection, stamp: Stamp, attempt: Attempt, detail: str) -> None:
    """A parcel nobody knew of has its paper now."""
    found = queries.record(connection, attempt.ref)
    if found is not None and found.state is ParcelState.UNCERTAIN:
        move(connection, stamp, attempt.ref, Move.FINISH, detail=detail, done_at=stamp.at)


def _at(attempt: Attempt) -> dict[str, int]:
    return {"at_id": attempt.id, "at_token": attempt.token}


def _recorded(connection: Connection, attempt: Attempt) -> str:
    return str(connection.scalar(select(attempts.c.state).where(attempts.c.id == attempt.id)))


def _not_ours(connection: Connection, attempt: Attempt) -> str:
    recorded = _recorded(connection, attempt)
    known = f"has another outcome already: {recorded}" if recorded not in _OPEN else "was taken over"
    return f"try {attempt.number} of parcel {attempt.ref} {known}"


def _utc(stamp: Stamp) -> str:
    return rows.time_text(datetime.fromisoformat(stamp.at).astimezone(UTC))


def _lease_end(stamp: Stamp) -> str:
    return rows.time_text(datetime.fromisoformat(stamp.at) + LEASE)
