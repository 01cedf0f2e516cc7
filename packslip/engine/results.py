"""The answer: one result file for each drop, written whole or not at all, safe to open in a spreadsheet."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path

from packslip.csvfile import safe_cell, write_csv
from packslip.files import safe_name
from packslip.ledger import DropRecord, GrantRecord, ParcelRecord, amount_text, minimum_text
from packslip.model import Finding, Grant, Slip


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """What became of one record of a drop; the fields are the columns."""

    order_id: str
    parcel: str
    state: str  #: done, ready, held, duplicate, uncertain; dropped and cancelled where a person decided so
    findings: str
    promo_code: str = ""
    amount: str = ""
    expires_at: str = ""  #: ISO date, the last valid day
    review_token: str = ""
    review_url: str = ""
    survey_token: str = ""  #: where the slip asks for a survey
    survey_url: str = ""
    document: str = ""  #: path in the tray, relative to the workspace
    minimum: str = ""  #: what an order must come to that uses the code


HEADER = tuple(field.name for field in fields(ResultRow))
_cells_of = attrgetter(*HEADER)
_SURVEY = '"kind":"survey"'  #: in the slip of such a parcel
DONE = "done"
READY = "ready"  #: drawn, and waits for its printer or to be called for
UNCERTAIN = "uncertain"
HELD = "held"
DUPLICATE = "duplicate"
CANCELLED = "cancelled"


def result_path(results: Path, drop: DropRecord) -> Path:
    """Where a drop's result file stands: `<date>/<drop name>.<id>.csv`."""
    name = safe_name(Path(drop.name).stem)
    return results / drop.accepted_at.date().isoformat() / f"{name}.{drop.id}.csv"


def results_csv(rows: Iterable[ResultRow]) -> bytes:
    """The bytes of a result file."""
    return write_csv(HEADER, ([safe_cell(cell) for cell in _cells_of(row)] for row in rows))


def findings_cell(findings: Iterable[Finding]) -> str:
    """Findings in one cell."""
    return " | ".join(" ".join(str(finding).split()) for finding in findings)


def granted_cells(grant: Grant | GrantRecord | None, *, with_code: bool) -> dict[str, str]:
    """The columns of a grant; the code only where the slip carries it."""
    if grant is None:
        return {}
    cells = {"review_token": grant.review_token, "review_url": grant.review_url}
    if with_code and grant.promo_code:
        expires = str(grant.expires_on or "")
        cells |= {
            "promo_code": grant.promo_code,
            "amount": amount_text(grant.offer),
            "expires_at": expires,
            "minimum": minimum_text(grant.offer),
        }
    return cells


def survey_cells(slip: Slip | None) -> dict[str, str]:
    """The columns of a survey, where a slip asks for one."""
    if slip is None or slip.review is None or slip.review.kind != "survey":
        return {}
    return {"survey_token": slip.review.token, "survey_url": slip.review.url}


def recorded_row(record: ParcelRecord, grant: GrantRecord | None, *, state: str, document: str) -> ResultRow:
    """The row of a parcel that the ledger knows already."""
    return ResultRow(
        order_id=record.key.order_id,
        parcel=str(record.key.parcel),
        state=state,
        findings=findings_cell(record.findings),
        document=document,
        **(granted_cells(grant, with_code=bool(record.offer)) if record.document else {}),
        **survey_cells(Slip.from_json(record.slip) if record.document and _SURVEY in record.slip else None),
    )
