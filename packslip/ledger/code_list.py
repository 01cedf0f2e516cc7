"""Every code, made here or imported, and what became of it; as rows, and as CSV for the shop."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, exists, literal_column, select

from packslip.csvfile import Table, read_table, safe_cell, write_csv
from packslip.ledger import rows
from packslip.ledger.codes import bare
from packslip.ledger.grants import minimum_text, plain
from packslip.ledger.records import Origin
from packslip.ledger.reserving import NEVER
from packslip.ledger.states import CodeState
from packslip.ledger.tables import codes, grants, parcels, redemptions
from packslip.model import Finding, Severity, Where, error

CODE = "code"  #: the column that a file of codes must have

_MOST_COLUMNS = 200
_MOST_CHARS = 2000

_NOBODY: ColumnElement[str] = literal_column("''")  # as the index says it

EXPORT_HEADER = (
    "store",
    "order_id",
    "code",
    "offer",
    "amount",
    "unit",
    "granted_on",
    "expires_on",
    "segment",
    "pool",
    "origin",
    "state",
    "minimum",
    "redeemed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """One code."""

    store: str
    order_id: str
    code: str
    offer: str  #: its name, "" where no order has it
    amount: str
    unit: str
    granted_on: str  #: the day it was given out, ISO
    expires_on: str
    segment: str
    pool: str
    origin: Origin
    state: CodeState
    minimum: str
    is_redeemed: bool


def all_codes(connection: Connection) -> Iterator[CodeRow]:
    """Every code that was imported, then every one that was made here and granted, by the day it was."""
    used = frozenset(str(name) for name in connection.scalars(select(redemptions.c.bare)))
    same = and_(grants.c.store == codes.c.store, grants.c.order_id == codes.c.order_id, codes.c.order_id != "")
    granted = (grants.c.offer, grants.c.granted_on, grants.c.segment, grants.c.expires_on.label("last_day"))
    imported = select(*codes.c, *granted).select_from(codes.outerjoin(grants, same)).order_by(codes.c.number)
    for row in connection.execute(imported).mappings():
        yield _imported(row, is_used=row["bare"] in used)
    is_imported = exists().where(
        codes.c.store == grants.c.store, codes.c.order_id == grants.c.order_id, codes.c.order_id != _NOBODY
    )
    is_printed = exists().where(
        parcels.c.store == grants.c.store, parcels.c.order_id == grants.c.order_id, parcels.c.offer != ""
    )
    made = select(*grants.c, is_printed.label("is_printed")).where(grants.c.promo_code != "", ~is_imported)
    for row in connection.execute(made.order_by(grants.c.granted_on, grants.c.store, grants.c.order_id)).mappings():
        yield _made(row, is_used=bare(row["promo_code"]) in used)


def _imported(row: RowMapping, *, is_used: bool) -> CodeRow:
    offer = rows.offer_of(row["offer"]) if row["offer"] else None
    amount, unit = _parted(row["worth"])
    return CodeRow(
        store=row["store"],
        order_id=row["order_id"],
        code=row["code"],
        offer=offer.name if offer else "",
        amount=plain(offer.amount) if offer else amount,
        unit=offer.unit if offer else unit,
        granted_on=row["granted_on"] or row["issued_at"][:10],
        expires_on=row["last_day"] or (row["expires_on"] if row["expires_on"] != NEVER else ""),
        segment=row["segment"] or "",
        pool=row["pool"],
        origin=Origin(row["origin"]),
        state=CodeState(row["state"]),
        minimum=minimum_text(offer) or row["minimum"],
        is_redeemed=is_used,
    )


def _parted(worth: str) -> tuple[str, str]:
    if worth.endswith("%"):
        return worth[:-1], "percent"
    amount, _, unit = worth.partition(" ")
    return amount, unit


def _made(row: RowMapping, *, is_used: bool) -> CodeRow:
    offer = rows.offer_of(row["offer"])
    return CodeRow(
        store=row["store"],
        order_id=row["order_id"],
        code=row["promo_code"],
        offer=offer.name if offer else "",
        amount=plain(offer.amount) if offer else "",
        unit=offer.unit if offer else "",
        granted_on=row["granted_on"],
        expires_on=row["expires_on"],
        segment=row["segment"],
        pool=row["pool"],
        origin=Origin.SLIP,
        state=CodeState.ISSUED if row["is_printed"] else CodeState.RESERVED,
        minimum=minimum_text(offer),
        is_redeemed=is_used,
    )


def export_codes(found: Iterable[CodeRow]) -> bytes:
    """Codes as CSV, for the shop; safe to open in a spreadsheet."""
    return write_csv(EXPORT_HEADER, (_cells(row) for row in found))


def _cells(row: CodeRow) -> tuple[str, ...]:
    told = (
        row.store,
        row.order_id,
        row.code,
        row.offer,
        row.amount,
        row.unit,
        row.granted_on,
        row.expires_on,
        row.segment,
        row.pool,
        row.origin.value,
        row.state.value,
        row.minimum,
        "yes" if row.is_redeemed else "",
    )
    return tuple(safe_cell(cell) for cell in told)


def read_code_table(data: bytes, *, name: str) -> tuple[Table, tuple[str, ...], tuple[Finding, ...]]:
    """A file of codes as a shop writes it, its headings in small letters, and its faults.

    No headings come back where it cannot be read or has no column of codes.
    """
    table = read_table(data, name=name, max_columns=_MOST_COLUMNS, max_field=_MOST_CHARS)
    findings = [
        Finding(
            severity=Severity(fault.severity),
            code=fault.code,
            where=Where(file=name, line=fault.line, spot=fault.spot),
            message=fault.message,
            hint=fault.hint,
        )
        for fault in table.findings
    ]
    header = tuple(cell.strip().lower() for cell in table.header)
    if table.is_usable and CODE in header:
        return table, header, tuple(findings)
    if table.is_usable:
        where = Where(file=name, line=table.header_line or None)
        findings.append(error("codes.column_missing", where, "no column code", "head the column of the codes so"))
    return table, (), tuple(findings)
