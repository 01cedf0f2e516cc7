"""A digest of what an order says, whatever file and line said it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from decimal import Decimal

from packslip.model import Address, Line, Order, OrderKey, Totals


def digest_of(order: Order) -> str:
    """SHA-256 of the normalised record: orders with equal data have equal digests."""
    parts: list[str] = []
    _write(order, parts)
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def digest_of_cells(rows: Iterable[tuple[str, ...]]) -> str:
    """SHA-256 of an order that could not be read: its cells."""
    return hashlib.sha256(repr(tuple(rows)).encode("utf-8", "surrogatepass")).hexdigest()


def _write(value: object, parts: list[str]) -> None:
    """Values in the order of the model's fields; places in files are left out."""
    if value is None:
        parts.append("")
    elif isinstance(value, str):
        parts.append(value)
    elif isinstance(value, Decimal):
        parts.append(format(value.normalize(), "f"))
    elif isinstance(value, tuple):
        parts.append(f"({len(value)}")
        for item in value:
            _write(item, parts)
    elif isinstance(value, Mapping):
        _write(tuple(sorted(value.items())), parts)
    elif isinstance(value, Order | OrderKey | Address | Line | Totals):
        for name in _NAMES[type(value)]:
            _write(getattr(value, name), parts)
    else:
        parts.append(repr(value))


_NAMES = {
    kind: tuple(item.name for item in fields(kind) if item.name != "where")
    for kind in (Order, OrderKey, Address, Line, Totals)
}
