"""Rows → runs of rows that belong together; and the first pass, which finds what would make a run wrong.

An order's rows stand together; rows that are left out part nothing. A row that names no order and says nothing about
one goes on with the order above. Where the rows of an order lie scattered, or a damaged row may be one of its lines,
the order is held by its id before anything of it prints.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from packslip.csvfile import Fault, Row
from packslip.intake.plan import Plan
from packslip.intake.texts import label
from packslip.library.mappings import Scope, SkipRule
from packslip.model import Finding, Where, error


class RunKey(NamedTuple):
    """What holds a run of rows together, as written in the file."""

    order_id: str
    store: str
    parcel: str

    @property
    def mark(self) -> str:
        """The key as one text, for it is kept for every order of a file."""
        return self.order_id if self[1:] == ("", "1") else "\0".join(self)


class Placed(NamedTuple):
    """A row and the run it belongs to."""

    row: Row
    key: RunKey
    rule: SkipRule | None = None  #: the rule that leaves the row out
    damage: Fault | None = None
    nameless: bool = False  #: the row repeats its order's columns but not its id
    spare: SkipRule | None = None  #: the rule that leaves the row out where other lines of the order remain


@dataclass(slots=True)
class Structure:
    """What the first pass found, by the marks of runs."""

    scattered: dict[str, list[int]] = field(default_factory=dict)  #: mark → lines where its rows begin anew
    damaged: dict[str, Finding] = field(default_factory=dict)  #: order id → the damage that touches it
    stray: list[Finding] = field(default_factory=list)  #: damage that touches no order
    cancelled: dict[str, str] = field(default_factory=dict)  #: orders left out whole, with the reason
    seen: set[str] = field(default_factory=set)  #: orders with at least one row that no rule of scope `line` leaves out
    lost: dict[str, Finding] = field(default_factory=dict)  #: order id → damage, for orders with damaged rows alone
    hopeless: Finding | None = None  #: why the whole file is held, and the survey ended early

    def is_weighty(self, mark: str) -> bool:
        """Whether an order has a line and is not cancelled."""
        return mark in self.seen and mark not in self.cancelled

    @property
    def has_orders(self) -> bool:
        """Whether there is anything to report on."""
        return bool(self.lost) or len(self.seen) > len(self.cancelled) or bool(self.seen - self.cancelled.keys())


MOST_DAMAGED_ROWS = 10_000
MOST_ORDERS = 1_000_000
_HEADER_AGAIN = SkipRule(reason="the header again", scope=Scope.ROW, where=())
_TOO_SHORT = Fault(
    code="row.too_short",
    message="the row has fewer cells than the header",
    hint='write every cell, or set short_rows = "pad" in the mapping',
)


def place_rows(rows: Iterable[Row], plan: Plan, *, briefly: bool = False) -> Iterator[Placed]:
    """Each row with its run; rows left out by a rule of scope `row` come with that rule and the run above them.

    `briefly` leaves out the rows that plainly go on with the run of the row before them: a survey learns nothing there.
    """
    key: RunKey | None = None
    above: tuple[str, ...] = ()  #: cells of the row that began the run
    plain = False  #: the row before was sound and a line
    pads, parted = plan.mapping.shape.pads_rows, plan.is_parted
    take_id, hurried = plan.take_id, briefly and not parted and not plan.has_rules
    for row in rows:
        cells, damage, rule = row.cells, row.fault, None
        if hurried and plain and key and not (damage or row.missing) and key.order_id == take_id(cells) != "":
            continue
        if damage is None:
            rule = _HEADER_AGAIN if plan.is_header(cells) else plan.skip_rule(cells)
            if rule is not None and rule.scope is Scope.ROW:
                yield Placed(row, key or RunKey("", "", ""), rule)
                continue
            if row.missing and not pads:
                damage = replace(_TOO_SHORT, line=row.line)
        order_id = take_id(cells)
        store, parcel = (plan.take_store(cells), _parcel(plan.take_parcel(cells))) if parted else ("", "1")
        if damage:
            plain = False
            yield Placed(row, RunKey(order_id, store, parcel), None, damage)
            continue
        spare = None
        if rule is not None and rule.unless_all:
            rule, spare = None, rule
        nameless = False
        if key is not None and _goes_on(key, order_id, store, parcel):
            if briefly and plain and order_id and rule is None:
                continue
            said = () if order_id else plan.order_cells(cells)
            nameless = any(said)
            if nameless and not _agrees(said, plan.order_cells(above)):
                key, above = RunKey("", store, parcel or "1"), cells
        else:
            key, above = RunKey(order_id, store, parcel or "1"), cells
        plain = rule is None
        yield Placed(row, key, rule, None, nameless, spare)


def _parcel(text: str) -> str:
    """A parcel's number as it is compared, "" where none is given."""
    return text.lstrip("0") or "0" if text else ""


def _goes_on(key: RunKey, order_id: str, store: str, parcel: str) -> bool:
    return (
        (not order_id or order_id == key.order_id)
        and (not store or store == key.store)
        and (not parcel or parcel == key.parcel)
    )


def _agrees(said: tuple[str, ...], above: tuple[str, ...]) -> bool:
    return all(not cell or cell == other for cell, other in zip(said, above, strict=True))


def survey(rows: Iterable[Row], plan: Plan) -> Structure:
    """The first pass: scattered orders, and which orders the damaged rows touch. Keeps order ids, no rows."""
    found = Structure()
    damages: list[_Damage] = []
    gap = 0  #: damaged rows since the last sound one
    key: RunKey | None = None
    last: RunKey | None = None
    for placed in place_rows(rows, plan, briefly=True):
        if placed.damage:
            damages.append(_Damage(placed.damage, placed.key.order_id, last.order_id if last else ""))
            gap += 1
            if len(damages) > MOST_DAMAGED_ROWS:
                found.hopeless = _too_damaged(damages[0].fault, plan.file)
                return found
            continue
        if placed.rule is not None and placed.rule.scope is Scope.ROW:
            continue
        if gap:
            _close_gap(damages[-gap:], placed.key.order_id)
            gap = 0
        last = placed.key
        if placed.rule is not None:
            if placed.rule.scope is Scope.ORDER:
                found.cancelled.setdefault(placed.key.mark, placed.rule.reason)
            continue
        if placed.key != key:
            key = placed.key
            mark = key.mark
            if key.order_id and mark in found.seen:
                found.scattered.setdefault(mark, []).append(placed.row.line)
            found.seen.add(mark)
            if len(found.seen) > MOST_ORDERS:
                message = f"more than {MOST_ORDERS} orders in one file"
                found.hopeless = error("file.too_many_orders", Where(file=plan.file), message, "split the file")
                return found
    _spread(damages, found, plan)
    return found


def _too_damaged(first: Fault, file: str) -> Finding:
    where = Where(file=file, line=first.line, spot=first.spot)
    message = f"{first.message}; so it is with more than {MOST_DAMAGED_ROWS} rows of the file"
    return error("file.damaged", where, message, first.hint)


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


def _spread(damages: Sequence[_Damage], found: Structure, plan: Plan) -> None:
    """Each damaged row holds the order it names, where its id can be trusted, else the orders on both sides of it."""
    if not damages:
        return
    ids = {order_id for mark in found.seen if found.is_weighty(mark) and (order_id := mark.partition("\0")[0])}
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
