"""What other rules change: past orders decided under two worlds, compared part by part.

Pure but for reading: nothing is granted or written. What rows and values say is told; no name and no address is.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packslip.decide.telling import tell_customer
from packslip.engine.hindsight.past import PastOrder, decide_past
from packslip.library.conditions import Sense
from packslip.library.rule_fields import read_field
from packslip.library.rules import RuleBook
from packslip.library.words import Value
from packslip.model import Because, Choice, Finding, Offer, Severity
from packslip.world import World

HELD = "held"
NONE = "none"
_MOST_SAMPLES = 8


@dataclass(frozen=True, slots=True, order=True)
class Fired:
    """A row that said something, 0 for what no table overrules."""

    table: str
    row: int
    why: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One part of one slip, under both rule sets."""

    what: str
    before: str
    after: str
    row_before: Fired | None
    row_after: Fired | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One order that changes."""

    order_id: str
    parcel: int
    store: str
    who: str
    differences: tuple[Difference, ...]
    alike: int  #: how many orders change in just this way, itself among them


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What changes for some orders."""

    orders: int
    changed: int
    changes: tuple[tuple[Difference, int], ...]  #: by what, before and after, rows left out; the most first
    rows: tuple[tuple[Difference, int], ...]  #: by what and the rows that said it; the most first
    samples: tuple[Sample, ...]  #: one for each way in which orders change, the commonest first


def compare(before: World, after: World, orders: Iterable[PastOrder]) -> Comparison:
    """Decide each order under both worlds."""
    total = changed = 0
    changes: Counter[Difference] = Counter()
    rows: Counter[Difference] = Counter()
    ways: Counter[tuple[Difference, ...]] = Counter()
    first: dict[tuple[Difference, ...], PastOrder] = {}
    for past in orders:
        total += 1
        found = differences(decide_past(before, past), decide_past(after, past))
        if not found:
            continue
        changed += 1
        way = tuple(Difference(one.what, one.before, one.after, None, None) for one in found)
        changes.update(way)
        rows.update(Difference(one.what, "", "", one.row_before, one.row_after) for one in found)
        ways[found] += 1
        first.setdefault(found, past)
    samples = tuple(
        Sample(
            order_id=first[way].order.key.order_id,
            parcel=first[way].order.key.parcel,
            store=first[way].order.key.store,
            who=_who(first[way], way, before, after),
            differences=way,
            alike=count,
        )
        for way, count in ways.most_common(_MOST_SAMPLES)
    )
    return Comparison(
        orders=total,
        changed=changed,
        changes=tuple(changes.most_common()),
        rows=tuple(rows.most_common()),
        samples=samples,
    )


Decided = tuple[Choice, tuple[Finding, ...]]


def differences(before: Decided, after: Decided) -> tuple[Difference, ...]:
    """What one order's slip says otherwise; a slip that is held says nothing but why."""
    old, new = _parts(*before), _parts(*after)
    if HELD in old or HELD in new:
        was, becomes = old.get(HELD, "printed"), new.get(HELD, "printed")
        return () if was == becomes else (Difference(HELD, was, becomes, None, None),)
    return tuple(
        Difference(part, old.get(part, NONE), new.get(part, NONE), _saying(before[0], part), _saying(after[0], part))
        for part in dict.fromkeys((*old, *new))
        if old.get(part, NONE) != new.get(part, NONE)
    )


def _parts(choice: Choice, findings: Iterable[Finding]) -> Mapping[str, str]:
    """What is compared, in words."""
    held = next((finding.code for finding in findings if finding.severity is Severity.ERROR), "")
    if held:
        return {HELD: held}
    told = {
        "segment": choice.segment,
        "message": choice.message,
        "offer": _offer(choice.offer),
        "layout": choice.layout,
        "strategy": choice.strategy.replace("_", " ") or NONE,
        "review": _yes_no(choice.review),
        "survey": _yes_no(choice.survey),
        "content": _yes_no(choice.content),
        "prices": _yes_no(choice.prices),
    }
    extra = {f"extra.{name}": str(value) for name, value in choice.extra.items()}
    arms = {f"campaign.{name}": arm for name, arm in choice.arms.items()}
    return {**told, **extra, **arms}


def _offer(offer: Offer | None) -> str:
    if offer is None:
        return NONE
    unit = "%" if offer.unit == "percent" else offer.unit
    return f"{offer.name} {offer.amount:f} {unit} for {offer.valid_days} days"


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"


def _saying(choice: Choice, part: str) -> Fired | None:
    """The row, or policy, that had the last word on a part."""
    saying: Because | None = None
    for reason in choice.because:
        if part in reason.outputs:
            saying = reason
    return None if saying is None else Fired(saying.table, saying.row, saying.why)


def _who(past: PastOrder, way: Iterable[Difference], before: World, after: World) -> str:
    """Who it is, by the fields that the rows ask which say something else now."""
    values: dict[str, Value] = {}
    for world, rows in ((before, [one.row_before for one in way]), (after, [one.row_after for one in way])):
        situation = past.situation(world)
        for fired in rows:
            for path in _asked(world.rules, fired):
                field = world.vocabulary.find_field(path)
                if field is not None and path != "customer.id":
                    values[path] = read_field(field, situation)
    for path in ("customer.orders", "order.country"):
        field = after.vocabulary.fields[path]
        value = read_field(field, past.situation(after))
        if value is not None:
            values.setdefault(path, value)
    return tell_customer(values)


def _asked(rules: RuleBook, fired: Fired | None) -> Iterable[str]:
    if fired is None:
        return ()
    return [
        column.field.path
        for table in rules.tables
        if table.name == fired.table
        for row in table.rows
        if row.line == fired.row
        for column, cell in zip(table.conditions, row.cells, strict=True)
        if cell.sense is not Sense.ANY and not column.field.output
    ]


def are_alike(before: World, after: World) -> bool:
    """Whether two worlds cannot but decide alike: the same tables, campaigns and country that parcels leave from."""
    return (
        _tables(before) == _tables(after)
        and before.campaigns == after.campaigns
        and before.settings.shop.country == after.settings.shop.country
    )


def _tables(world: World) -> Mapping[str, bytes]:
    return {table.name: (world.root / "rules" / table.name).read_bytes() for table in world.rules.tables}
