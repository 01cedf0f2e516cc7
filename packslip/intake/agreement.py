"""One value for each order column out of all rows of an order, which must not contradict each other."""

from collections.abc import Callable, Sequence

from packslip.csvfile import Row
from packslip.intake.plan import Plan
from packslip.intake.texts import label
from packslip.intake.values import (
    MOST_PIECES,
    Refusal,
    read_country,
    read_currency,
    read_date,
    read_flag,
    read_locale,
    read_money,
    read_whole,
)
from packslip.library.mappings import BY_NAME, Kind, Rows
from packslip.model import Finding, Where, error


def order_values(rows: list[Row], plan: Plan, findings: list[Finding]) -> dict[str, str]:
    """The order columns' texts: of each cell the first that is not blank; rows that say otherwise are errors."""
    first = rows[0]
    said = plan.order_cells(first.cells)
    seen = {said}
    others: list[Row] = []
    for row in rows[1:]:
        cells = plan.order_cells(row.cells)
        if cells in seen:
            continue
        seen.add(cells)
        if any(cells):
            others.append(row)
    base = list(first.cells)
    for row in others:
        for place in plan.order_places:
            base[place] = base[place] or row.cells[place]
    values = {name: take(base) for name, take in plan.order_takers}
    for row in others:
        _compare(row, base, values, plan, findings)
    if plan.mapping.rows:
        values |= _together((first, *others), values, plan)
    return values


def _together(rows: Sequence[Row], values: dict[str, str], plan: Plan) -> dict[str, str]:
    """The columns that the mapping makes of all rows."""
    made = {}
    for name, take in plan.order_takers:
        how = plan.mapping.rows.get(name)
        if how is Rows.ANY and any(read_flag(take(row.cells)) is True for row in rows):
            made[name] = "yes"
        elif how is Rows.ALL:
            made[name] = "\n".join(dict.fromkeys(text for row in rows if (text := take(row.cells)))) or values[name]
    return made


def _compare(row: Row, base: list[str], values: dict[str, str], plan: Plan, findings: list[Finding]) -> None:
    merged = list(base)
    for place in plan.order_places:
        merged[place] = row.cells[place] or base[place]
    for name, take in plan.order_takers:
        if name == "order_id" or name in plan.mapping.rows:
            continue
        other = take(merged)
        if other == values[name] or _means_the_same(name, values[name], other, plan):
            continue
        values_shown = "" if BY_NAME[name].personal else f": {label(other, 40)!r}, not {label(values[name], 40)!r}"
        findings.append(
            error(
                f"{name}.contradicts",
                Where(file=plan.file, line=row.line, spot=plan.spot(name)),
                f"says otherwise than the rows of this order above{values_shown}",
                "give each order its own order_id, or the same value on all its rows",
            )
        )


def _means_the_same(name: str, one: str, other: str, plan: Plan) -> bool:
    """Whether two spellings are one value: `1` and `yes`, `10.0` and `10.00`, two times of one day."""
    read = _reader(name, plan)
    if read is None:
        return False
    value = read(one)
    return not isinstance(value, Refusal) and value == read(other)


def _reader(name: str, plan: Plan) -> Callable[[str], object] | None:
    shape, dates = plan.mapping.number_of(name), plan.mapping.dates_of(name)
    readers: dict[Kind, Callable[[str], object]] = {
        Kind.DATE: lambda text: read_date(text, dates),
        Kind.WHOLE: lambda text: read_whole(text, shape, 0, MOST_PIECES),
        Kind.MONEY: lambda text: read_money(text, shape),
        Kind.FLAG: read_flag,
        Kind.CURRENCY: read_currency,
        Kind.COUNTRY: read_country,
        Kind.LOCALE: read_locale,
    }
    return readers.get(BY_NAME[name].kind)
