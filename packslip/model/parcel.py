"""Quantities of a parcel, settled from what the shop said and what earlier parcels held."""

from collections.abc import Mapping

from packslip.model.findings import Finding, error
from packslip.model.order import Line, Order, Parcel, ParcelKind, ParcelLine


def settle_parcel(order: Order, shipped_before: Mapping[str, int]) -> tuple[Parcel, tuple[Finding, ...]]:
    """The parcel an order's record describes: ordered = before + here + to come, on every line.

    What the CSV leaves open is taken from `shipped_before` (line_id → pieces in earlier parcels): earlier pieces
    default to it, pieces here to all that is still open. More pieces than were ordered, or a parcel with nothing in
    it, is an error.
    """
    findings: list[Finding] = []
    lines = tuple(_settle_line(line, shipped_before.get(line.line_id, 0), findings) for line in order.lines)
    if not findings and not any(line.here for line in lines):
        findings.append(
            error(
                "parcel.empty",
                order.where,
                f"parcel {order.key.parcel} of order {order.key.order_id!r} holds no piece",
                "check quantity_shipped, or cancel the parcel",
            )
        )
    return Parcel(number=order.key.parcel, kind=_kind(lines), lines=lines), tuple(findings)


def _settle_line(line: Line, known_before: int, findings: list[Finding]) -> ParcelLine:
    before = known_before if line.quantity_before is None else line.quantity_before
    here = max(line.quantity - before, 0) if line.quantity_shipped is None else line.quantity_shipped
    to_come = line.quantity - before - here
    if to_come < 0:
        findings.append(
            error(
                "quantity.too_many",
                line.where,
                f"{before} before and {here} here make more than the {line.quantity} ordered",
                "correct quantity, quantity_shipped or quantity_before",
            )
        )
    return ParcelLine(line=line, ordered=line.quantity, before=before, here=here, to_come=max(to_come, 0))


def _kind(lines: tuple[ParcelLine, ...]) -> ParcelKind:
    if any(line.to_come for line in lines):
        return ParcelKind.PARTIAL
    if any(line.before for line in lines):
        return ParcelKind.FINAL
    return ParcelKind.COMPLETE
