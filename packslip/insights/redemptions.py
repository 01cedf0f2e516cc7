"""Used promo codes as a shop exports them: a CSV with a column `code`, told apart from ours by the grants on record."""

from collections.abc import Iterable
from dataclasses import dataclass

from packslip.csvfile import read_table
from packslip.insights.customers import OrderName
from packslip.ledger import GrantRecord
from packslip.model import Finding, Severity, Where, error, note

_CODE = "code"
_MOST_COLUMNS = 200
_MOST_CHARS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemptions:
    """Which orders' codes were used."""

    orders: frozenset[OrderName]
    findings: tuple[Finding, ...]


def read_redemptions(data: bytes, grants: Iterable[GrantRecord], *, name: str) -> Redemptions:
    """The orders whose codes a file names, whatever their spelling; codes that are not ours are counted."""
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
    header = [cell.strip().lower() for cell in table.header]
    if not table.is_usable or _CODE not in header:
        if table.is_usable:
            where = Where(file=name, line=table.header_line or None)
            findings.append(error("codes.column_missing", where, "no column code", "head the column of the codes so"))
        return Redemptions(orders=frozenset(), findings=tuple(findings))
    column = header.index(_CODE)
    ours = {_bare(grant.promo_code): (grant.store, grant.order_id) for grant in grants if grant.promo_code}
    used = [_bare(row.cells[column]) for row in table.rows if not row.fault and row.cells[column].strip()]
    strange = sum(code not in ours for code in used)
    if strange:
        findings.append(note("codes.unknown", Where(file=name), f"{strange} codes are none that a slip carried"))
    return Redemptions(orders=frozenset(ours[code] for code in used if code in ours), findings=tuple(findings))


def _bare(code: str) -> str:
    return "".join(letter for letter in code.upper() if letter.isalnum())
