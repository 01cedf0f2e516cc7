"""Rows → runs of rows that belong together; and the first pass, which finds what would make a run wrong.

An order's rows stand together; rows that are left out part nothing. A row that names no order and says nothing about
one goes on with the order above. Where the rows of an order lie scattered, or a damaged row may be one of its lines,
the order is held by its id before anything of it prints.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from packslip.csvfile import Fault, Row
from packslip.intake.plan import Plan
from packslip.intake.texts import label
from packslip.library.mappings import Scope, SkipRule
from packslip.model import Finding, Where, error


@dataclass(frozen=True, slots=True)
class RunKey:
    """What holds a run of rows together, as written in the file."""

    order_id: str
    store: str
    parcel: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A row and the run it belongs to."""

    row: Row
    key: RunKey
    rule: SkipRule | None  #: the rule that leaves the row out
    damage: Fault | None
    nameless: bool  #: the row repeats its order's columns but not its id


@dataclass(slots=True)
class Structure:
    """What the first pass found."""

    scattered: dict[RunKey, list[int]] = field(default_factory=dict)  #: key → first lines of its runs
    damaged: dict[str, Finding] = field(default_factory=dict)  #: order id → the damage that touches it
    stray: list[Finding] = field(default_factory=list)  #: damage that touches no order
    cancelled: dict[RunKey, str] = field(default_factory=dict)  #: orders left out whole, with the reason
    weighty: set[RunKey] = field(default_factory=set)  #: orders with at least one row that is not left out
    lost: dict[str, Finding] = field(default_factory=dict)  #: order id → damage, for orders with damaged rows alone


_TOO_SHORT = Fault(
    code="row.too_short",
    message="the row has fewer cells than the header",
    hint='write every cell, or set short_rows = "pad" in the mapping',
)


def place_rows(rows: Iterable[Row], plan: Plan) -> Iterator[Placed]:
    """Each row with its run; rows left out by a rule of scope `row` come with that rule and the run above them."""
    key: RunKey | None = None
    above: tuple[str, ...] = ()
    pads = plan.mapping.shape.pads_rows
    for row in rows:
        cells = row.cells
        rule = plan.skip_rule(cells) if plan.skips and row.fault is None else None
        if rule is not None and rule.scope is Scope.ROW:
            yield Placed(row, key or RunKey("", "", ""), rule, None, nameless=False)
            continue
        damage = row.fault
        if damage is None and row.missing and not pads:
            damage = replace(_TOO_SHORT, line=row.line)
        order_id, store, parcel = plan.take_id(cells), plan.take_store(cells), plan.take_parcel(cells)
        nameless = False
        if damage:
            yield Placed(row, RunKey(order_id, store, _parcel(parcel)), None, damage, nameless=False)
            continue
        said = plan.order_cells(cells)
        if key is not None and _goes_on(key, order_id, store, parcel):
            nameless = not order_id and any(said)
            if nameless and not _agrees(said, above):
                key, above = RunKey("", store, _parcel(parcel)), said
        else:
            key, above = RunKey(order_id, store, _parcel(parcel)), said
        yield Placed(row, key, rule, None, nameless)


def _parcel(text: str) -> str:
    return text.lstrip("0") or "0" if text else "1"


def _goes_on(key: RunKey, order_id: str, store: str, parcel: str) -> bool:
    return (
        (not order_id or order_id == key.order_id)
        and (not store or store == key.store)
        and (not parcel or _parcel(parcel) == key.parcel)
    )


def _agrees(said: tuple[str, ...], above: tuple[str, ...]) -> bool:
    return all(not cell or cell == other for cell, other in zip(said, above, strict=True))


def survey(rows: Iterable[Row], plan: Plan) -> Structure:
    """The first pass: scattered orders, and which orders the damaged rows touch. Holds keys, no rows."""
    found = Structure()
    starts: dict[RunKey, int] = {}
    damages: list[_Damage] = []
    gap = 0  #: damaged rows since the last sound one
    key: RunKey | None = None
    last: RunKey | None = None
    for placed in place_rows(rows, plan):
        if placed.damage:
            damages.append(_Damage(placed.damage, placed.key.order_id, last.order_id if last else ""))
            gap += 1
            continue
        if placed.rule is not None and placed.rule.scope is Scope.ROW:
            continue
        if gap:
            _close_gap(damages[-gap:], placed.key.order_id)
            gap = 0
        last = placed.key
        if placed.rule is not None:
            if placed.rule.scope is Scope.ORDER:
                found.cancelled.setdefault(placed.key, placed.rule.reason)
            continue
        if placed.key != key:
            key = placed.key
            if key.order_id and key in starts:
                found.scattered.setdefault(key, [starts[key]]).append(placed.row.line)
            starts.setdefault(key, placed.row.line)
    found.weighty.update(starts.keys() - found.cancelled.keys())
    _spread(damages, found, plan)
    return found


@dataclass(slots=True)
class _Damage:
    fault: Fault
    order_id: str
    before: str
    after: str = ""


def _close_gap(damages: Iterable[_Damage], after: str) -> None:
    """Tell the damaged rows just passed which order comes after them."""
    for damage in damages:
        damage.after = after


def _spread(damages: Iterable[_Damage], found: Structure, plan: Plan) -> None:
    """Each damaged row holds the order it names, where its id can be trusted, else the orders on both sides of it."""
    ids = {key.order_id for key in found.weighty if key.order_id}
    shapes = {_shape(order_id) for order_id in ids}
    for damage in damages:
        where = Where(file=plan.file, line=damage.fault.line, spot=damage.fault.spot)
        finding = error(damage.fault.code, where, damage.fault.message, damage.fault.hint)
        trusted = plan.id_place == 0 or damage.order_id in ids or _shape(damage.order_id) in shapes
        if damage.order_id and trusted:
            holders = found.damaged if damage.order_id in ids else found.lost
            holders.setdefault(damage.order_id, finding)
            continue
        sides = {side for side in (damage.before, damage.after) if side in ids}
        for side in sides:
            found.damaged.setdefault(side, finding)
        if not sides:
            found.stray.append(finding)


def _shape(text: str) -> str:
    """What an id looks like: `#1001` and `#99` look alike."""
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "a", label(text)))
