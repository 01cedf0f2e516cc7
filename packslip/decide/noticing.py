"""What of sound tables is worth a look: gaps between rows, rows that overlap, values nobody asks for, days gone by.

Owns notes and warnings; none of them stops a release, and each comes with a customer to whom it happens.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations, islice

from packslip.decide.coverage import TooHardError
from packslip.decide.gaps import find_gaps
from packslip.decide.reaching import Reach
from packslip.decide.telling import tell_customer, tell_outputs
from packslip.library.conditions import ANY, Cell, Literal, Sense, Span
from packslip.library.literals import fold, near
from packslip.library.output_cells import NONE
from packslip.library.rules import POLICY_CONSTANTS, RuleBook, RuleRow, RuleTable
from packslip.library.rules_compile import spell_constant
from packslip.library.vocabulary import TRANSACTIONAL
from packslip.library.words import Kind, Value
from packslip.model import Finding, Where, note, warning

_MOST_TOLD = 4  #: findings of a kind for a table; the rest is counted
_MOST_PAIRS = 3000  #: pairs of rows of a table that are compared
_DATED = ("customer.first_order", "customer.last_order", "customer.days_since_last")
_MANY = Decimal(1_000_000)
_MONEY_SIGN = ("order.total", "order.shipping", "order.discount", "customer.spend")

#: the rows that can never fire, by file and line
Dead = Collection[tuple[str, int | None]]


def notice(reach: Reach, *, dead: Dead, today: date | None, every_overlap: bool) -> Iterator[Finding]:
    """What is worth a look in the tables of a sound book, a few findings of each kind for a table."""
    for number, table in enumerate(reach.tables):
        live = [place for place, row in enumerate(table.rows) if (table.file, row.line) not in dead]
        if today is not None:
            over = {place: finding for place in live if (finding := _over(table, place, today)) is not None}
            live = [place for place in live if place not in over]
            yield from over.values()
        yield from _below_zero(table, live)
        yield from _contradictions(table, live)
        yield from _overruled(reach, number, live)
        yield from _few(find_gaps(reach, number, live), table, "more gaps")
        yield from _few(_overlaps(reach, number, live, every=every_overlap), table, "more pairs of rows that overlap")
        yield from _few(_unasked(reach, number, live), table, "more values that nobody asks for")


def notice_mismatches(rules: RuleBook) -> Iterator[Finding]:
    """Segments that would get an offer with the message that sells nothing: most often a row for them is missing."""
    reach = Reach(rules, keep=("segment", "message", "offer"))
    told: set[tuple[object, ...]] = set()
    for region in reach.after if reach.is_exact else ():
        segment, message, offer = (region.outputs.get(path, NONE) for path in ("segment", "message", "offer"))
        by = region.set_by.get("message")
        key = by, segment, offer
        is_mismatch = message == TRANSACTIONAL != segment and offer != NONE and not region.forced
        if not is_mismatch or by is None or key in told:
            continue
        told.add(key)
        try:
            example = reach.somebody(region, ("segment",))
        except TooHardError:
            continue
        if example is not None:
            table = rules.tables[by[0]]
            index = next(column.index for column in table.outputs if column.output.path == "message")
            who = tell_customer(example.values, example.outputs)
            text = f"the message {TRANSACTIONAL} sells nothing, and comes with the offer {offer}; e.g. for {who}"
            hint = "add a row with a message for them, or make them no offer"
            yield note("rules.mismatch", table.where(table.rows[by[1]].line, index), text, hint)


def _few(findings: Iterator[Finding], table: RuleTable, what: str) -> Iterator[Finding]:
    found = list(findings)
    yield from found[:_MOST_TOLD]
    if len(found) > _MOST_TOLD:
        yield note(found[0].code, Where(file=table.file), f"and {len(found) - _MOST_TOLD} {what}")


def _over(table: RuleTable, place: int, today: date) -> Finding | None:
    """That all the days that a row asks for have gone by."""
    row = table.rows[place]
    for column, cell in zip(table.conditions, row.cells, strict=True):
        if column.field.path not in ("today", "order.date") or cell.sense is not Sense.AMONG or cell.or_unknown:
            continue
        ends = [item.high for item in cell.items if isinstance(item, Span)]
        last = max((end for end in ends if isinstance(end, date)), default=None)
        if last is not None and last < today and None not in ends:
            message = f"row {row.line} can never fire again: its last day was {last}"
            return note("rules.over", table.where(row.line, column.index), message, "move its days, or delete it")
    return None


def _below_zero(table: RuleTable, live: Iterable[int]) -> Iterator[Finding]:
    """Rows that ask for less than nothing."""
    zero = Decimal(0)
    for place in live:
        row = table.rows[place]
        for column, cell in zip(table.conditions, row.cells, strict=True):
            if column.field.path not in _MONEY_SIGN or cell.sense is not Sense.AMONG or cell.or_unknown:
                continue
            ends = [item.high for item in cell.items if isinstance(item, Span)]
            if all(isinstance(end, Decimal) and end < zero for end in ends):
                message = f"{column.field.path} is hardly ever below zero: row {row.line} waits for nobody"
                yield warning("rules.negative", table.where(row.line, column.index), message, "write it without minus")


def _contradictions(table: RuleTable, live: Iterable[int]) -> Iterator[Finding]:
    """Rows that ask for no order before, and for the day of one."""
    columns = {column.field.path: place for place, column in enumerate(table.conditions)}
    orders = columns.get("customer.orders")
    dated = [place for path, place in columns.items() if path in _DATED]
    for place in live if orders is not None else ():
        row = table.rows[place]
        asked = row.cells[orders] if orders is not None else ANY
        if any(asked.matches(value, Kind.WHOLE) for value in (None, Decimal(1), _MANY)):
            continue
        for other in dated:
            if not row.cells[other].matches(None, table.conditions[other].field.kind):
                column = table.conditions[other]
                message = f"row {row.line} asks for no order before, and for {column.field.path}"
                hint = "it fires only where the shop counts no order and our history does; ask for one of them"
                yield warning("rules.contradiction", table.where(row.line, column.index), message, hint)


def _overruled(reach: Reach, number: int, live: Iterable[int]) -> Iterator[Finding]:
    """Rows that fire only where a policy sets all that they set, and sets it otherwise."""
    table = reach.tables[number]
    for place in live:
        row = table.rows[place]
        if row.is_default:
            continue
        try:
            if reach.example(number, [place], free=True) is not None:
                continue
            example = reach.example(number, [place])
        except TooHardError:
            continue
        if example is not None:
            who = tell_customer(example.values, example.outputs)
            message = f"row {row.line} changes nothing, since a policy has the last word; e.g. for {who}"
            hint = "who wants no marketing is transactional, a gift is gift; docs/marketer.md says what else follows"
            yield warning("rules.overruled", _cell_of(table, row), message, hint)


def _cell_of(table: RuleTable, row: RuleRow) -> Where:
    """The first cell of a row that asks for something."""
    pairs = zip(table.conditions, row.cells, strict=True)
    index = next((column.index for column, cell in pairs if cell.sense is not Sense.ANY), None)
    return Where(file=table.file, line=row.line) if index is None else table.where(row.line, index)


def _overlaps(reach: Reach, number: int, live: Sequence[int], *, every: bool) -> Iterator[Finding]:
    """Pairs of rows that somebody meets both of, where neither is a case of the other and only their order decides."""
    table = reach.tables[number]
    asking = [place for place in live if not table.rows[place].is_default]
    for first, second in islice(combinations(asking, 2), _MOST_PAIRS):
        one, other = table.rows[first], table.rows[second]
        mine, its = _asked(one), _asked(other)
        shared = sorted(mine & its)
        is_usual = not shared or its < mine  # they ask for different things, or the first one for more
        if one.outputs == other.outputs or (is_usual and not every):
            continue
        try:
            example = reach.example(number, [first, second], past=range(first), free=True)
            if example is None or _is_case_of(reach, number, first, second):
                continue
        except TooHardError:
            continue
        crossing = next((index for index in shared if one.cells[index] != other.cells[index]), None)
        index = shared[0] if shared and crossing is None else crossing
        place = Where(file=table.file, line=other.line)
        if index is not None:
            place = table.where(other.line, table.conditions[index].index)
        who = tell_customer(example.values, example.outputs)
        message = f"row {other.line} overlaps row {one.line}; e.g. {who} meets both and gets row {one.line}: "
        message += tell_outputs(one)
        hint = f"part what they ask for; or, if row {other.line} should win, move it above row {one.line}"
        yield note("rules.overlap", place, message, hint)


def _asked(row: RuleRow) -> set[int]:
    """The conditions in which a row asks for something."""
    return {index for index, cell in enumerate(row.cells) if cell.sense is not Sense.ANY}


def _is_case_of(reach: Reach, number: int, first: int, second: int) -> bool:
    """Whether everybody who meets one of two rows meets the other."""
    return (
        reach.example(number, [first], past=[second]) is None or reach.example(number, [second], past=[first]) is None
    )


def _unasked(reach: Reach, number: int, live: Iterable[int]) -> Iterator[Finding]:
    """Segments, and values of one's own, that later tables ask about and never ask for."""
    table = reach.tables[number]
    for column in table.outputs:
        path = column.output.path
        if path != "segment" and not path.startswith("extra."):
            continue
        asked = [
            cell
            for other in reach.tables[number + 1 :]
            for place, condition in enumerate(other.conditions)
            if condition.field.path == path
            for cell in (row.cells[place] for row in other.rows)
            if cell.sense is not Sense.ANY
        ]
        if not asked:
            continue
        named = {item.key: item.text for cell in asked for item in cell.items if isinstance(item, Literal)}
        told: set[str] = set()
        for place in live:
            row = table.rows[place]
            value = row.outputs.get(path)
            text = spell_constant(value) if value is not None else ""
            is_net = row.is_default and path != "segment"
            if (
                not text
                or is_net
                or text in told
                or fold(text) in POLICY_CONSTANTS.get(path, ())
                or _is_met(asked, text)
            ):
                continue
            told.add(text)
            where = table.where(row.line, column.index)
            message = f"no later table asks for {path} {text!r}{_eg(reach, number, place)}"
            close = near(text, [name for name in named.values() if fold(name) != fold(text)])
            if close:
                yield warning("rules.unasked", where, message, f"did you mean {close}?")
            else:
                yield note(
                    "rules.unasked", where, message, f"add a row for it, or set one of {', '.join(named.values())}"
                )


def _eg(reach: Reach, number: int, place: int) -> str:
    """Somebody whom a row catches."""
    try:
        example = reach.example(number, [place], free=True)
    except TooHardError:
        return ""
    return f"; e.g. {tell_customer(example.values, example.outputs)} gets it" if example is not None else ""


def _is_met(cells: Iterable[Cell], value: Value) -> bool:
    return any(cell.matches(value, Kind.LOOSE) for cell in cells)
