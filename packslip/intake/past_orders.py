"""Reading a file of past orders for the history: many lines quickly, as the mapping of its orders says.

The file is read as a drop is, row by row with its true lines. Only what the history keeps is read, so that a file
without addresses will do. A row that cannot be read is told and left out; nothing else is held.

The mapping's skip rules say what their rows are to the history: nothing, lines like any other, returns, or lines of an
order that was called off. A line with less than nothing of an article is what came back.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal
from itertools import islice

from packslip.csvfile import Row
from packslip.intake import texts
from packslip.intake.cells import MOST_ID_CHARS
from packslip.intake.past_columns import OF_LINE, PastColumns, Said
from packslip.intake.reading import finding_of, read_drop_table
from packslip.library.mappings import InHistory, OrderMapping, Scope, SkipRule
from packslip.model import Drop, Finding, SoldLine, SoldOrder, Where, error, has_errors, warning
from packslip.settings import Settings

ROWS = 20_000  #: of a portion
MOST_FINDINGS = 200  #: kept, the others are counted
_MOST_SEEN = 1_000_000  #: orders that are watched for rows lying apart
_END = 2**62
_CENT = Decimal("0.01")


@dataclass(slots=True, kw_only=True)
class PastReading:
    """What a file of past orders holds. `portions` can be walked once; the rest is complete when it ends."""

    findings: list[Finding]
    is_readable: bool = False  #: else nothing of it was read
    portions: Iterator["Portion"] = field(default_factory=lambda: iter(()))
    skipped: dict[str, int] = field(default_factory=dict)  #: reason → rows left out
    untold: int = 0  #: findings beyond those that are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Some orders, whole, in the order of the file."""

    orders: tuple[SoldOrder, ...]
    line: int  #: the orders of all rows up to this line of the file are here or were
    read: int  #: the line read last


def read_past_orders(
    drop: Drop,
    mapping: OrderMapping,
    settings: Settings,
    *,
    secret: Callable[[], bytes],
    after: int = 0,
    rows: int = ROWS,
) -> PastReading:
    """The orders of a file, portion by portion, those after a line; with an error in the header there are none."""
    table = read_drop_table(drop, mapping, settings.limits)
    findings = [finding_of(fault, drop.name) for fault in table.findings]
    reading = PastReading(findings=findings)
    if not table.is_usable:
        return reading
    columns = PastColumns.of(table, mapping, secret)
    missing = columns.missing(Where(file=table.name, line=table.header_line or None))
    if missing is not None:
        findings.append(missing)
    reading.is_readable = not has_errors(findings)
    if reading.is_readable:
        reader = _Reader(
            columns=columns,
            header=table.header,
            mapping=mapping,
            store=settings.shop.store,
            file=drop.name,
            reading=reading,
        )
        reading.portions = reader.portions((row for row in table.rows if row.line > after), rows)
    return reading


@dataclass(slots=True)
class _Run:
    """The rows of one order while they come."""

    store: str
    order_id: str
    line: int
    customer_id: str = ""
    day: date | None = None
    currency: str = ""
    total: Decimal | None = None
    refunded: Decimal | None = None
    cancelled_on: date | None = None
    is_out: bool = False
    is_return: bool = False
    is_cancelled: bool = False
    lines: dict[str, SoldLine] = field(default_factory=dict)
    returned: dict[str, SoldLine] = field(default_factory=dict)
    spare: list[tuple[SoldLine, bool, str]] = field(
        default_factory=list
    )  #: left out where others remain: came back, why
    parcel: str = ""
    rows: int = 0  #: of the parcel that are lines, for the number of a line without an id

    def number(self, parcel: str) -> int:
        """The number of the next line within its parcel: another parcel says the order's lines again."""
        if parcel and parcel != self.parcel:
            self.parcel, self.rows = parcel, 0
        self.rows += 1
        return self.rows

    def say(self, said: Said) -> None:
        """Take what a row says of its order where no row above did."""
        self.customer_id = self.customer_id or said.customer_id
        self.currency = self.currency or said.currency
        self.day = self.day or said.order_date
        self.cancelled_on = self.cancelled_on or said.cancelled_on
        self.total = said.order_total if self.total is None else self.total
        self.refunded = said.refunded if self.refunded is None else self.refunded

    def add(self, line: SoldLine, *, is_back: bool) -> None:
        """Take a line in, once."""
        (self.returned if is_back else self.lines).setdefault(line.line_id, line)


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Goes through one file."""

    columns: PastColumns
    header: tuple[str, ...]
    mapping: OrderMapping
    store: str
    file: str
    reading: PastReading
    _run: _Run | None = None
    _seen: set[int] = field(default_factory=set)

    def portions(self, rows: Iterable[Row], most: int) -> Iterator[Portion]:
        """Whole orders; the last one of a portion is kept for the next, since it may go on."""
        remaining = iter(rows)
        while some := list(islice(remaining, most)):
            orders = tuple(self._orders(some))
            line = some[-1].line if self._run is None else self._run.line - 1
            yield Portion(orders=orders, line=line, read=some[-1].line)
        if self._run is not None:
            yield Portion(orders=tuple(self._finish(self._run)), line=_END, read=_END)

    def _is_sound(self, row: Row) -> bool:
        if row.fault is not None:
            self._tell(finding_of(row.fault, self.file))
            return False
        if row.missing and not self.mapping.shape.pads_rows:
            message = "the row has fewer cells than the header; it is left out"
            self._tell(error("row.too_short", self._where(row.line), message, "write every cell"))
            return False
        if row.cells[0].strip() == self.header[0] != "" and tuple(map(str.strip, row.cells)) == self.header:
            self._skip("the header again")
            return False
        return True

    def _orders(self, rows: Iterable[Row]) -> Iterator[SoldOrder]:
        sound = [row for row in rows if self._is_sound(row)]
        for row, rule, said in self.columns.work_out(sound):
            is_nobodys = self._run is None and not said.order_id
            if rule is not None and (rule.scope is Scope.ROW or (is_nobodys and rule.history is InHistory.SKIP)):
                self._skip(rule.reason)
                continue
            ended = self._place(said, row.line)
            if ended is not None:
                yield from self._finish(ended)
            if self._run is not None:
                self._take(self._run, said, rule, row.line)

    def _place(self, said: Said, line: int) -> _Run | None:
        """Begin a run where a row names another order; the one that ends thereby."""
        order_id, store, run = said.order_id, said.store, self._run
        if run is not None and order_id in ("", run.order_id) and store in ("", run.store):
            return None
        if not order_id or len(order_id) > MOST_ID_CHARS:
            message = "is blank or too long, and no order stands above"
            self._tell(error("order_id.missing", self._where(line, "order_id"), message, "fill it in"))
            self._run = None
            return run
        self._run = _Run(store or self.store, order_id, line)
        self._watch(self._run)
        return run

    def _watch(self, run: _Run) -> None:
        """Leave out what begins anew: nobody knows whether it is more of the order or the same again."""
        mark = hash((run.store, run.order_id))
        if mark in self._seen:
            run.is_out = True
            message = "rows of an order that stands above already; they are left out"
            self._tell(warning("order.scattered", self._where(run.line), message, "sort the file by order_id"))
        elif len(self._seen) < _MOST_SEEN:
            self._seen.add(mark)

    def _take(self, run: _Run, said: Said, rule: SkipRule | None, line: int) -> None:
        role = None if rule is None else rule.history
        if rule is not None and rule.scope is Scope.ORDER:
            run.is_out |= role is InHistory.SKIP
            run.is_return |= role is InHistory.RETURN
            run.is_cancelled |= role is InHistory.CANCELLED
        is_out = rule is not None and role is InHistory.SKIP and not rule.unless_all
        if said.refused:
            self._refuse(run, said, line, of_line=not is_out)
        run.say(said)
        if rule is not None and is_out:
            self._skip(rule.reason)
            return
        number = run.number(said.parcel)
        if not said.quantity:
            if said.quantity == 0:
                message = "no pieces; the line is left out"
                self._tell(warning("quantity.nothing", self._where(line, "quantity"), message))
            return
        price, discount = _priced(said, abs(said.quantity))
        sold = SoldLine(
            line_id=said.line_id or str(number),
            sku=said.sku,
            category=said.category,
            quantity=abs(said.quantity),
            unit_price=price,
            discount=discount,
        )
        is_back = role is InHistory.RETURN or said.quantity < 0
        if rule is not None and role is InHistory.SKIP:
            run.spare.append((sold, is_back, rule.reason))
        else:
            run.add(sold, is_back=is_back)

    def _finish(self, run: _Run) -> Iterator[SoldOrder]:
        """The order of a run, where it is one."""
        if run.is_out:
            return
        keeps_spare = not run.lines and not run.returned
        for line, is_back, reason in run.spare:
            if keeps_spare:
                run.add(line, is_back=is_back)
            else:
                self._skip(reason)
        if not run.lines and not run.returned:
            return
        if run.day is None or not run.currency:
            lacking = "order_date" if run.day is None else "currency"
            message = f"an order without {lacking}; it is left out"
            self._tell(error(f"{lacking}.missing", self._where(run.line), message, "fill it in"))
            return
        back = run.returned | (run.lines if run.is_return else {})
        yield SoldOrder(
            store=run.store,
            order_id=run.order_id,
            customer_id=run.customer_id,
            day=run.day,
            currency=run.currency,
            total=run.total,
            refunded=run.refunded,
            cancelled_on=(run.cancelled_on or run.day) if run.is_cancelled or run.cancelled_on else None,
            lines=() if run.is_return else tuple(run.lines.values()),
            returned=tuple(back.values()),
            where=self._where(run.line),
        )

    def _refuse(self, run: _Run, said: Said, line: int, *, of_line: bool) -> None:
        """Tell what cannot be read of a row that counts."""
        for column, text, why in said.refused:
            if not run.is_out and (of_line or column not in OF_LINE):
                lost = "; the line is left out" if column == "quantity" else ""
                message = f"expected {why.expected}, got {texts.label(text, 40)!r}{lost}"
                self._tell(error(f"{column}.{why.code}", self._where(line, column), message, why.hint))

    def _where(self, line: int, column: str = "") -> Where:
        """A place in the file, the column as the contract and as the file calls it."""
        own = self.mapping.columns[column].column if column in self.mapping.columns else ""
        spot = f"{column} ({own})" if own and own != column else column
        return Where(file=self.file, line=line, spot=spot)

    def _skip(self, reason: str) -> None:
        self.reading.skipped[reason] = self.reading.skipped.get(reason, 0) + 1

    def _tell(self, finding: Finding) -> None:
        if len(self.reading.findings) < MOST_FINDINGS:
            self.reading.findings.append(finding)
        else:
            self.reading.untold += 1


def _priced(said: Said, pieces: int) -> tuple[Decimal | None, Decimal | None]:
    """Price of a piece and discount; of a line that says what it cost in all, so that they make exactly that."""
    if said.unit_price is not None or said.line_total is None:
        return said.unit_price, said.line_discount
    total = abs(said.line_total)
    price = (total / pieces).quantize(_CENT, rounding=ROUND_CEILING)
    return price, price * pieces - total or None
