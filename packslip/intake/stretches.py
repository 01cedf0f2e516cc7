"""Which lines of a drop belong to which order, and a drop without some of them; for whoever must take a person out.

Blanked lines stay as empty lines, so that every other record keeps its place and its line number. Rows of an order that
were parted by them stand together now, as if the file had been sorted.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from packslip.csvfile import detect_encoding
from packslip.intake.aliases import alias_of
from packslip.intake.plan import Plan, make_plan
from packslip.intake.reading import read_drop_table
from packslip.intake.structure import Placed, place_rows
from packslip.library.mappings import OrderMapping
from packslip.model import Drop
from packslip.settings import Settings

_END = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Lines that stand together and belong to one order."""

    store: str
    order_id: str  #: "" where the rows name none
    customer_id: str  #: "" where none of the rows names one
    first: int
    last: int  #: the lines up to the next stretch, blank ones too


@dataclass(frozen=True, slots=True, kw_only=True)
class Blanked:
    """A drop's bytes without some orders."""

    data: bytes
    blanked: int  #: stretches that are gone
    left: int  #: stretches that are still there


def stretches_in(
    drop: Drop, mapping: OrderMapping, settings: Settings, *, secret: Callable[[], bytes] | None = None
) -> tuple[Stretch, ...] | None:
    """Every stretch of a drop, by line; None where it cannot be read as a whole.

    `secret` as with `read_orders`: without it a customer known by a keyed hash is not found.
    """
    table = read_drop_table(drop, mapping, settings.limits)
    if not table.is_usable:
        return None
    alias = alias_of(secret()) if secret is not None and mapping.needs_secret else None
    plan, _ = make_plan(table, mapping, alias)
    if plan is None:
        return None
    return tuple(_ended(_joined(place_rows(table.rows, plan), plan, settings.shop.store)))


def blank(
    drop: Drop, stretches: tuple[Stretch, ...], mapping: OrderMapping, wanted: Callable[[Stretch], bool]
) -> Blanked:
    """The drop's bytes without the wanted stretches, in the encoding it has."""
    data = drop.spool.read_bytes()
    encoding = detect_encoding(data, named=mapping.shape.encoding)
    gone = [stretch for stretch in stretches if wanted(stretch)]
    text = io.StringIO(data[encoding.mark :].decode(encoding.codec), newline="")
    count = len(gone)
    lines: list[str] = []
    for number, line in enumerate(text, 1):
        left = _emptied(line) if _holds(gone, number) else line
        joins = left == "\n" and lines and lines[-1].endswith("\r")  # else the two line ends would be one
        lines.append("\r" if joins else left)
    blanked = data[: encoding.mark] + "".join(lines).encode(encoding.codec)
    return Blanked(data=blanked, blanked=count, left=len(stretches) - count)


def _joined(placed: Iterator[Placed], plan: Plan, store: str) -> Iterator[Stretch]:
    """Rows of one key that follow each other as one stretch, its last line still open."""
    take_customer = dict(plan.order_takers).get("customer_id")
    open_key, current = None, None
    for place in placed:
        customer = take_customer(place.row.cells).strip() if take_customer else ""
        if current is not None and place.key == open_key:
            current = replace(current, customer_id=current.customer_id or customer)
            continue
        if current is not None:
            yield current
        key = open_key = place.key
        current = Stretch(
            store=key.store or store, order_id=key.order_id, customer_id=customer, first=place.row.line, last=_END
        )
    if current is not None:
        yield current


def _ended(stretches: Iterator[Stretch]) -> Iterator[Stretch]:
    before: Stretch | None = None
    for stretch in stretches:
        if before is not None:
            yield replace(before, last=stretch.first - 1)
        before = stretch
    if before is not None:
        yield before


def _holds(stretches: list[Stretch], line: int) -> bool:
    """Whether a line is in one of some stretches; asked line by line, so those that are past are let go."""
    while stretches and stretches[0].last < line:
        stretches.pop(0)
    return bool(stretches) and stretches[0].first <= line


def _emptied(line: str) -> str:
    """An empty line whose end never becomes one with the end of the line above, whatever that is."""
    return "\r\n" if line[-1] in "\r\n" else ""
