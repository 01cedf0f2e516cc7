"""Used promo codes as a shop exports them: a CSV with a column `code`, told apart from ours by the grants on record."""

from collections.abc import Iterable
from dataclasses import dataclass

from packslip.insights.customers import OrderName
from packslip.ledger import CODE, GrantRecord, bare, read_code_table
from packslip.model import Finding, Where, note


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemptions:
    """Which orders' codes were used."""

    orders: frozenset[OrderName]
    findings: tuple[Finding, ...]


def read_redemptions(data: bytes, grants: Iterable[GrantRecord], *, name: str) -> Redemptions:
    """The orders whose codes a file names, whatever their spelling; codes that are not ours are counted."""
    table, header, found = read_code_table(data, name=name)
    findings = list(found)
    if not header:
        return Redemptions(orders=frozenset(), findings=found)
    column = header.index(CODE)
    ours = {bare(grant.promo_code): (grant.store, grant.order_id) for grant in grants if grant.promo_code}
    used = [bare(row.cells[column]) for row in table.rows if not row.fault and row.cells[column].strip()]
    strange = sum(code not in ours for code in used)
    if strange:
        findings.append(note("codes.unknown", Where(file=name), f"{strange} codes are none that a slip carried"))
    return Redemptions(orders=frozenset(ours[code] for code in used if code in ours), findings=tuple(findings))
