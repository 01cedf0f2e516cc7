"""Which orders reach a row of a table, past all tables before it: what those set, and what policies force.

One table by itself is `packslip.decide.coverage`; here all tables stand over the same witnesses, one column for each
field of the order, so that a row is dead too if no row above sets what it asks for, or sets it for other customers
only. As there, a row may be called reachable that is not, never the other way round.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from packslip.decide.coverage import MOST_STEPS, Box, Budget, TooHardError, find_gap, mask_of, witnesses
from packslip.decide.policies import forced_where, held_out
from packslip.library.conditions import Cell, Sense
from packslip.library.output_cells import OutputValue
from packslip.library.rule_fields import built_in_fields
from packslip.library.rule_headings import OFFER
from packslip.library.rules import RuleBook, RuleRow, RuleTable
from packslip.library.rules_compile import spell_constant
from packslip.library.words import Field, Kind, Value

OPT_OUT, GIFT = "customer.opt_out", "order.gift"
_KNOWN, _ID, _CAMPAIGN = "customer.known", "customer.id", "campaign."
_OF_THE_ORDER = (_KNOWN, OPT_OUT, "customer.status", "customer.orders")  #: a shop may say it of anybody
_MOST_REGIONS = 250
_MOST_COMPARED = 12  #: examples, of which the one with the fewest words is taken

#: which values of a field are wanted
Within = Mapping[str, Callable[[Value], bool]]
_ANYWHERE: Within = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Some orders on their way through the tables, alike in what the tables so far have set for them."""

    box: Box
    without: tuple[Box, ...] = ()  #: those that went another way
    outputs: Mapping[str, str] = field(default_factory=dict)  #: what later tables read, as they read it
    forced: Mapping[str, OutputValue] = field(default_factory=dict)  #: what a policy set, whatever the tables say
    set_by: Mapping[str, tuple[int, int]] = field(default_factory=dict)  #: output → the table and row that set it


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One order, told by the fields that the tables ask."""

    values: Mapping[str, Value]  #: those that decide here
    outputs: Mapping[str, str]  #: what earlier tables set for it, of what is asked


class Reach:
    """All tables of a sound rule book over one set of witnesses."""

    def __init__(self, rules: RuleBook, keep: Collection[str] = ()) -> None:
        """`keep` names outputs that are told apart to the end, though no later table asks for them."""
        self.tables = rules.tables
        self.is_exact = True  #: no regions were put together, because they had become too many
        self._keep = frozenset(keep)
        fields = _order_fields(rules.tables)
        self._paths = tuple(fields)
        self._places = {path: place for place, path in enumerate(fields)}
        self._fields = tuple(fields.values())
        self._witnesses = tuple(witnesses(list(_cells_of(path, rules.tables)), each) for path, each in fields.items())
        self._whole: Box = tuple((1 << len(values)) - 1 if values else 1 for values in self._witnesses)
        self._masks: dict[tuple[int, Cell], int] = {}

    @property
    def before(self) -> tuple[tuple[Region, ...], ...]:
        """For each table, what can come to it."""
        return self._passage[:-1]

    @property
    def after(self) -> tuple[Region, ...]:
        """What leaves the last table."""
        return self._passage[-1]

    @cached_property
    def _passage(self) -> tuple[tuple[Region, ...], ...]:
        found = [tuple(self._begin())]
        for number, table in enumerate(self.tables):
            later = {column.field.path for other in self.tables[number + 1 :] for column in other.conditions}
            later |= self._keep
            regions = found[-1]
            if any(column.output.path in later for column in table.outputs):
                regions = self._coarsened(tuple(self._pass(number, regions, later)))
            found.append(regions)
        return tuple(found)

    def somebody(self, region: Region, asked: Collection[str]) -> Example | None:
        """An order of a region, with some outputs told.

        Raises:
            TooHardError: the answer would take too long.
        """
        found = find_gap(region.box, region.without, Budget(MOST_STEPS))
        if found is None:
            return None
        return self._told(self._plainest(found, region.box, region.without, asked), asked, region)

    def example(
        self,
        table: int,
        rows: Sequence[int],
        *,
        past: Iterable[int] | None = None,
        within: Within = _ANYWHERE,
        like: int | None = None,
        free: bool = False,
    ) -> Example | None:
        """An order that meets all of some rows of a table and none of others, by default those above the first.

        `within` says which values of a field are wanted; `like` names a row that is met too, but for those fields;
        `free` leaves out orders for which a policy sets something else than the first row does.

        Raises:
            TooHardError: the answer would take too long.
        """
        budget = Budget(MOST_STEPS)
        past = tuple(range(rows[0]) if past is None else past)
        asked = self._asked(table, rows if like is None else (*rows, like))
        best: Example | None = None
        found_so_far = 0
        for region in self.before[table]:
            if free and _is_overruled(self.tables[table].rows[rows[0]], region):
                continue
            box = self._meet_all(table, rows, region, within)
            if box is not None and like is not None:
                box = self._meet(box, self._box(table, like, region, but=within))
            if box is None:
                continue
            others = [other for row in past if (other := self._blocking(table, row, rows, region)) is not None]
            others += region.without
            found = find_gap(box, others, budget)
            if found is not None:
                example = self._told(self._plainest(found, box, others, asked), asked, region)
                best = example if best is None or len(example.values) < len(best.values) else best
                found_so_far += 1
                if found_so_far == _MOST_COMPARED or len(best.values) <= len(asked):
                    return best
        return best

    def comes(self, table: int, path: str, where: Mapping[str, Cell]) -> tuple[str, ...]:
        """What is set when a table comes to run, for orders for which other outputs meet some cells."""
        found = (
            region.outputs.get(path, "")
            for region in self.before[table]
            if all(cell.matches(region.outputs.get(other), Kind.CHOICE) for other, cell in where.items())
        )
        return tuple(dict.fromkeys(filter(None, found)))

    def _begin(self) -> Iterator[Region]:
        """Everybody, parted by the policies that they meet, and by whether they have a customer number."""
        is_held = any(path.startswith(_CAMPAIGN) for path in self._paths)
        for whole in self._known_and_nameless():
            for opts_out, is_gift in ((False, False), (True, False), (False, True), (True, True)):
                box = list(whole)
                box[self._places[OPT_OUT]] = self._only(OPT_OUT, opts_out)
                box[self._places[GIFT]] = self._only(GIFT, is_gift)
                forced = forced_where(opt_out=opts_out, gift=is_gift)
                yield Region(box=tuple(box), outputs=_spelled(forced), forced=forced)
                if is_held and not opts_out and not is_gift:
                    held = held_out(()).outputs
                    yield Region(box=tuple(box), outputs=_spelled(held), forced=held)

    def _known_and_nameless(self) -> Iterator[Box]:
        """Who has a customer number; and who has none, of whom nothing is known but what the order says."""
        known, nameless = list(self._whole), list(self._whole)
        asked = False
        for place, (path, values) in enumerate(zip(self._paths, self._witnesses, strict=True)):
            if path == _KNOWN:
                known[place], nameless[place] = self._only(path, True), self._only(path, False)
                asked = True
            elif None in values and _is_of_the_number(path):
                nameless[place] = self._only(path, None)
                if path == _ID:
                    known[place] &= ~nameless[place]
                    asked = True
        yield tuple(known)
        if asked:
            yield tuple(nameless)

    def _only(self, path: str, value: Value) -> int:
        return 1 << self._witnesses[self._places[path]].index(value)

    def _pass(self, number: int, regions: Iterable[Region], later: set[str]) -> Iterator[Region]:
        """The regions that leave a table, one for each row that fires."""
        budget = Budget(MOST_STEPS)
        table = self.tables[number]
        for region in regions:
            without = list(region.without)
            for place, row in enumerate(table.rows):
                box = self._meet_all(number, [place], region, _ANYWHERE)
                if box is None:
                    continue
                if _may_be_left(box, without, budget):
                    yield Region(
                        box=box,
                        without=tuple(without),
                        outputs=_outputs_after(row, region, later),
                        forced=region.forced,
                        set_by={**region.set_by, **dict.fromkeys(row.outputs, (number, place))},
                    )
                other = self._blocking(number, place, [], region)
                if other is not None:
                    without.append(other)
            if _may_be_left(region.box, without, budget):  # no row fires, which is told as a missing default row
                kept = {path: value for path, value in region.outputs.items() if path in later}
                yield Region(
                    box=region.box, without=tuple(without), outputs=kept, forced=region.forced, set_by=region.set_by
                )

    def _coarsened(self, regions: tuple[Region, ...]) -> tuple[Region, ...]:
        """The same, or more, in few regions where they have become too many: all orders for what is set."""
        if len(regions) <= _MOST_REGIONS:
            return regions
        self.is_exact = False
        alike = {(tuple(sorted(region.outputs.items())), frozenset(region.forced)): region for region in regions}
        return tuple(Region(box=self._whole, outputs=region.outputs, forced=region.forced) for region in alike.values())

    def _meet_all(self, table: int, rows: Iterable[int], region: Region, within: Within) -> Box | None:
        """What of a region meets some rows; None where nothing does."""
        wanted = list(self._whole)
        for path, holds in within.items():
            place = self._places[path]
            wanted[place] &= sum(1 << bit for bit, value in enumerate(self._witnesses[place]) if holds(value))
        box = self._meet(region.box, tuple(wanted))
        for row in rows:
            box = None if box is None else self._meet(box, self._box(table, row, region))
        return box

    @staticmethod
    def _meet(one: Box, other: Box | None) -> Box | None:
        if other is None:
            return None
        both = tuple(mine & its for mine, its in zip(one, other, strict=True))
        return both if all(both) else None

    def _box(self, table: int, row: int, region: Region, but: Collection[str] = ()) -> Box | None:
        """What a row asks of the order itself, but for some fields; None where it asks for what was not set."""
        box = list(self._whole)
        for column, cell in zip(self.tables[table].conditions, self.tables[table].rows[row].cells, strict=True):
            asked = column.field
            if asked.path in but:
                continue
            if asked.output and (asked.path in region.outputs or asked.kind is not Kind.LOOSE):
                if not cell.matches(region.outputs.get(asked.path), asked.kind):
                    return None
            else:
                place = self._places[asked.path]
                box[place] &= self._mask(place, cell)
        return tuple(box)

    def _mask(self, place: int, cell: Cell) -> int:
        known = self._masks.get((place, cell))
        if known is None:
            known = self._masks[place, cell] = mask_of(cell, self._witnesses[place], self._fields[place].kind)
        return known

    def _blocking(self, table: int, row: int, asked: Sequence[int], region: Region) -> Box | None:
        """What a row surely catches of what some rows ask; None where that cannot be told, or is nothing."""
        rows, conditions = self.tables[table].rows, self.tables[table].conditions
        for place, column in enumerate(conditions):
            cell = rows[row].cells[place]
            where = self._places.get(column.field.path)
            closed = where is not None and not self._witnesses[where]
            if closed and cell.sense is not Sense.ANY and cell not in {rows[other].cells[place] for other in asked}:
                return None
        return self._box(table, row, region)

    def _asked(self, table: int, rows: Iterable[int]) -> set[str]:
        return {
            column.field.path
            for row in rows
            for column, cell in zip(self.tables[table].conditions, self.tables[table].rows[row].cells, strict=True)
            if cell.sense is not Sense.ANY
        }

    def _plainest(self, found: Box, box: Box, without: Sequence[Box], asked: Collection[str]) -> Box:
        """One order out of what was found, as little said of it as will do: unknown or no where nobody asks."""
        point = [self._bit(place, mask) for place, mask in enumerate(found)]
        for place, (path, known) in enumerate(zip(self._paths, self._witnesses, strict=True)):
            plain = next((1 << bit for bit, value in enumerate(known) if _is_plain(path, value)), 0)
            if path not in asked and plain & box[place]:
                tried = (*point[:place], plain, *point[place + 1 :])
                if not any(all(one & other for one, other in zip(tried, block, strict=True)) for block in without):
                    point[place] = plain
        return tuple(point)

    def _bit(self, place: int, mask: int) -> int:
        """One witness of several: what is not nothing, where there is a choice."""
        bits = [1 << bit for bit in range(mask.bit_length()) if mask >> bit & 1]
        known = self._witnesses[place]
        telling = [bit for bit in bits if known and known[bit.bit_length() - 1]]
        return (telling or bits)[0]

    def _told(self, point: Box, asked: Collection[str], region: Region) -> Example:
        values: dict[str, Value] = {}
        for path, known, bit, mask in zip(self._paths, self._witnesses, point, self._whole, strict=True):
            if not known:
                continue
            value = known[bit.bit_length() - 1]
            if path in asked or (bit != mask and not _is_plain(path, value)):
                values[path] = value
        return Example(values=values, outputs={path: text for path, text in region.outputs.items() if path in asked})


def _is_plain(path: str, value: Value) -> bool:
    """Whether a value goes without saying: nothing known, or no; but a customer usually has a number."""
    return value is True if path == _KNOWN else value is None or value is False


def _is_of_the_number(path: str) -> bool:
    """Whether a field is unknown of who has no customer number."""
    return path.startswith((_CAMPAIGN, "customer.")) and path not in _OF_THE_ORDER


def _is_overruled(row: RuleRow, region: Region) -> bool:
    """Whether policies set all that a row sets, and something of it otherwise."""
    told = {path: value for path, value in row.outputs.items() if value is not None and path not in OFFER[1:]}
    forced = region.forced
    return told.keys() <= forced.keys() and any(forced[path] != value for path, value in told.items())


def _may_be_left(box: Box, without: Sequence[Box], budget: Budget) -> bool:
    try:
        return find_gap(box, without, budget) is not None
    except TooHardError:
        return True


def _outputs_after(row: RuleRow, region: Region, later: set[str]) -> dict[str, str]:
    told = {path: spell_constant(value) for path, value in row.outputs.items() if value is not None}
    outputs = {**region.outputs, **told, **_spelled(region.forced)}
    return {path: value for path, value in outputs.items() if path in later}


def _spelled(forced: Mapping[str, OutputValue]) -> dict[str, str]:
    return {path: spell_constant(value) for path, value in forced.items()}


def _order_fields(tables: Iterable[RuleTable]) -> dict[str, Field]:
    """Every field that the order itself answers; those that the policies ask are always among them."""
    found = {path: built_in_fields()[path] for path in (OPT_OUT, GIFT)}
    for table in tables:
        for column in table.conditions:
            if not column.field.output or column.field.kind is Kind.LOOSE:
                found.setdefault(column.field.path, column.field)
    return found


def _cells_of(path: str, tables: Iterable[RuleTable]) -> Iterator[Cell]:
    for table in tables:
        for place, column in enumerate(table.conditions):
            if column.field.path == path:
                yield from (row.cells[place] for row in table.rows)
