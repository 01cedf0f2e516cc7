"""Model values to and from the text that stands in the tables."""

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import TypeAdapter
from sqlalchemy import RowMapping

from packslip.ledger.records import (
    Attempt,
    AttemptState,
    DocumentRow,
    DropRecord,
    Event,
    GrantRecord,
    ParcelRecord,
    ParcelRef,
    PrinterRecord,
    Purpose,
)
from packslip.ledger.states import DropState, ParcelState
from packslip.model import Choice, Finding, Offer, OrderKey

_FINDINGS: TypeAdapter[tuple[Finding, ...]] = TypeAdapter(tuple[Finding, ...])
_CHOICE: TypeAdapter[Choice] = TypeAdapter(Choice)
_OFFER: TypeAdapter[Offer | None] = TypeAdapter(Offer | None)
_CODES: TypeAdapter[frozenset[str]] = TypeAdapter(frozenset[str])
_PIECES: TypeAdapter[dict[str, int]] = TypeAdapter(dict[str, int])


def findings_text(findings: tuple[Finding, ...]) -> str:
    """Findings as JSON."""
    return _FINDINGS.dump_json(findings).decode() if findings else "[]"


def findings_of(text: str) -> tuple[Finding, ...]:
    """The findings a JSON text holds."""
    return _FINDINGS.validate_json(text)


def choice_text(choice: Choice) -> str:
    """A choice as JSON."""
    return _CHOICE.dump_json(choice).decode()


def offer_text(offer: Offer | None) -> str:
    """An offer as JSON."""
    return _OFFER.dump_json(offer).decode()


def offer_of(text: str) -> Offer | None:
    """The offer a JSON text holds."""
    return _OFFER.validate_json(text)


def codes_text(codes: frozenset[str]) -> str:
    """Codes of findings as JSON, sorted."""
    return _CODES.dump_json(frozenset(sorted(codes))).decode()


def pieces_text(pieces: Mapping[str, int]) -> str:
    """Pieces by line as JSON."""
    return _PIECES.dump_json(dict(pieces)).decode()


def pieces_of(text: str) -> dict[str, int]:
    """The pieces a JSON text holds."""
    return _PIECES.validate_json(text)


def ref_values(ref: ParcelRef) -> dict[str, str | int]:
    """A parcel record's primary key, by column."""
    return {
        "store": ref.key.store,
        "order_id": ref.key.order_id,
        "parcel": ref.key.parcel,
        "revision": ref.revision,
    }


def at_key(key: OrderKey) -> dict[str, str | int]:
    """Parameters of `queries.at_parcel`."""
    return {"at_store": key.store, "at_order_id": key.order_id, "at_parcel": key.parcel}


def at_ref(ref: ParcelRef) -> dict[str, str | int]:
    """Parameters of `queries.at_record`."""
    return {**at_key(ref.key), "at_revision": ref.revision}


def ref_of(row: RowMapping) -> ParcelRef:
    """The parcel record a row belongs to."""
    key = OrderKey(store=row["store"], order_id=row["order_id"], parcel=row["parcel"])
    return ParcelRef(key=key, revision=row["revision"])


def drop_of(row: RowMapping) -> DropRecord:
    """A row of `drops`."""
    return DropRecord(
        id=row["id"],
        name=row["name"],
        sha256=row["sha256"],
        accepted_at=datetime.fromisoformat(row["accepted_at"]),
        state=DropState(row["state"]),
        findings=findings_of(row["findings"]),
        closed_at=_time(row["closed_at"]),
        repeats=row["repeats"],
        folder=row["folder"],
        priority=row["priority"],
        purged_at=_time(row["purged_at"]),
    )


def parcel_of(row: RowMapping) -> ParcelRecord:
    """A row of `parcels` joined with its drop, document and latest delivery, see `queries.PARCEL`."""
    return ParcelRecord(
        ref=ref_of(row),
        state=ParcelState(row["state"]),
        data_sha256=row["data_sha256"],
        drop=row["drop_id"],
        drop_name=row["drop_name"],
        line=row["line"],
        findings=findings_of(row["findings"]),
        forgiven=_CODES.validate_json(row["forgiven"]),
        choice=_CHOICE.validate_json(row["choice"]) if row["choice"] else None,
        offer=row["offer"],
        slip=row["slip"],
        document=row["document"] or "",
        pages=row["pages"] or 0,
        media=row["media"] or "",
        release=row["release"],
        station=row["station"],
        printer=row["printer"],
        delivered_as=row["delivered_as"] or "",
        accepted_at=datetime.fromisoformat(row["accepted_at"]),
        ready_at=_time(row["ready_at"]),
        done_at=_time(row["done_at"]),
        turn=row["turn"],
        rank=row["rank"],
        deadline=_time(row["deadline"]),
        print_on=row["print_on"],
        called_at=_time(row["called_at"]),
        customer=row["customer"],
        purged_at=_time(row["purged_at"]),
    )


def document_of(row: RowMapping) -> DocumentRow:
    """A row of `documents` joined with the versions it was drawn with."""
    return DocumentRow(
        sha256=row["sha256"],
        size=row["size"],
        pages=row["pages"],
        media=row["media"],
        drawn_by=row["drawn_by"],
        drawn_with=row["versions"] or "",
    )


def attempt_of(row: RowMapping) -> Attempt:
    """A row of `attempts`."""
    return Attempt(
        id=row["id"],
        ref=ref_of(row),
        number=row["number"],
        document=row["document"],
        printer=row["printer"],
        name=row["name"],
        purpose=Purpose(row["purpose"]),
        state=AttemptState(row["state"]),
        intended_at=datetime.fromisoformat(row["intended_at"]),
        ended_at=_time(row["ended_at"]),
        receipt=row["receipt"],
        told=row["told"],
        holder=row["holder"],
        token=row["token"],
    )


def printer_of(row: RowMapping) -> PrinterRecord:
    """A row of `printers`."""
    return PrinterRecord(
        name=row["name"],
        is_up=bool(row["is_up"]),
        reasons=tuple(filter(None, row["reasons"].split("|"))),
        since=datetime.fromisoformat(row["since"]),
        seen_at=datetime.fromisoformat(row["seen_at"]),
    )


def event_of(row: RowMapping) -> Event:
    """A row of `events`."""
    return Event(
        id=row["id"],
        at=datetime.fromisoformat(row["at"]),
        kind=row["kind"],
        ref=ref_of(row) if row["order_id"] else None,
        drop=row["drop_id"],
        source=row["source"],
        target=row["target"],
        who=row["who"],
        detail=row["detail"],
    )


def grant_of(row: RowMapping) -> GrantRecord:
    """A row of `grants`."""
    return GrantRecord(
        store=row["store"],
        order_id=row["order_id"],
        promo_code=row["promo_code"],
        offer=offer_of(row["offer"]),
        granted_on=row["granted_on"],
        expires_on=row["expires_on"],
        review_token=row["review_token"],
        review_url=row["review_url"],
        segment=row["segment"],
        pool=row["pool"],
    )


def time_text(moment: datetime | None) -> str:
    """A moment in UTC, so that texts sort as times do; "" for none."""
    return moment.astimezone(UTC).isoformat() if moment else ""


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
