"""Files of promo codes as shops write them: codes that they made, and codes that were used.

A row is taken whole or not at all, and what is wrong with one is told with its line and value. Nothing is guessed.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from packslip.csvfile import Row
from packslip.ledger import CODE, NewCode, Redemption, Told, read_code_table, worth_text
from packslip.library.literals import CellError, parse_number, shorten
from packslip.library.output_cells import parse_amount
from packslip.library.pools import Pool
from packslip.library.rule_fields import currencies
from packslip.model import Finding, Offer, Where, error, note

T = TypeVar("T")

#: a code that stands on paper, in a result file and at a till: letters, digits, hyphens
_PRINTABLE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?")
_FEWEST = 4  #: letters and digits, or a stranger guesses it

_CODE_COLUMNS = (CODE, "amount", "unit", "minimum", "expires_on", "issued_on")
_USE_COLUMNS = (CODE, "used_at", "order_id", "revenue", "margin", "cost", "currency")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFile:
    """The codes of a file, and what is wrong with other rows."""

    codes: tuple[NewCode, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UseFile:
    """The uses of codes in a file, and what is wrong with other rows."""

    used: tuple[Redemption, ...]
    lines: tuple[int, ...]  #: of each
    findings: tuple[Finding, ...]


class _Misfit(Exception):
    """What is wrong with a cell."""

    def __init__(self, spot: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.spot, self.message, self.hint = spot, message, hint


def read_codes(data: bytes, pool: Pool, *, name: str, issued_on: date | None = None) -> CodeFile:
    """The codes of a CSV with a column `code`, for a pool; its terms hold where a row gives none.

    `issued_on`: they were given out already, by other ways than the slip.
    """

    def read(row: Mapping[str, str], line: int) -> NewCode:
        return _code(row, line, pool, issued_on)

    found, _, findings = _read(data, name, _CODE_COLUMNS, read)
    return CodeFile(codes=found, findings=findings)


def read_names(data: bytes, *, name: str) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """The codes that a CSV with a column `code` names, whatever it says of them, and what is wrong with other rows."""

    def read(row: Mapping[str, str], _line: int) -> str:
        return _named(row)

    found, _, findings = _read(data, name, _CODE_COLUMNS, read)
    return found, findings


def read_uses(data: bytes, *, name: str) -> UseFile:
    """The uses of codes that a CSV with a column `code` tells."""

    def read(row: Mapping[str, str], _line: int) -> Redemption:
        return _use(row)

    found, lines, findings = _read(data, name, _USE_COLUMNS, read)
    return UseFile(used=found, lines=lines, findings=findings)


def told_findings(told: Sequence[Told], codes: Sequence[NewCode], *, name: str) -> Iterator[Finding]:
    """What is wrong with codes that the ledger did not take."""
    why = {
        Told.OTHER_POOL: ("belongs to another pool", "a code is in one pool; packslip codes export says which"),
        Told.OTHER_TERMS: ("came before with other terms", "a code keeps its terms; have the shop make another one"),
        Told.OURS: ("was made here and granted to an order", "import codes that the shop made"),
    }
    for one, code in zip(told, codes, strict=True):
        if one in why:
            message, hint = why[one]
            yield error("codes.refused", Where(file=name, line=code.line, spot=CODE), f"{code.code} {message}", hint)


def _read(
    data: bytes, name: str, columns: tuple[str, ...], read: Callable[[Mapping[str, str], int], T]
) -> tuple[tuple[T, ...], tuple[int, ...], tuple[Finding, ...]]:
    table, header, told = read_code_table(data, name=name)
    findings = list(told)
    if not header:
        return (), (), told
    strange = [column for column in header if column and column not in columns]
    if strange:
        hint = f"columns that are read: {', '.join(columns)}"
        findings.append(note("codes.columns", Where(file=name), f"not read: {', '.join(strange)}", hint))
    found: list[T] = []
    lines: list[int] = []
    for row in table.rows:
        try:
            found.append(read(_cells(header, row), row.line))
        except _Misfit as fault:
            where = Where(file=name, line=row.line, spot=fault.spot)
            findings.append(error("codes.row", where, fault.message, fault.hint))
        else:
            lines.append(row.line)
    return tuple(found), tuple(lines), tuple(findings)


def _cells(header: Sequence[str], row: Row) -> dict[str, str]:
    if row.fault:
        raise _Misfit(row.fault.spot, row.fault.message, row.fault.hint)
    return {name: cell.strip() for name, cell in zip(header, row.cells, strict=False) if name}


def _code(row: Mapping[str, str], line: int, pool: Pool, issued_on: date | None) -> NewCode:
    code = row[CODE]
    if not _PRINTABLE.fullmatch(code) or sum(letter.isalnum() for letter in code) < _FEWEST:
        hint = f"letters, digits and hyphens, {_FEWEST} to 32 of them"
        raise _Misfit(CODE, f"{shorten(code)} cannot be printed as a code", hint)
    given = _day(row, "issued_on") or issued_on
    return NewCode(
        line=line,
        code=code,
        worth=_worth(row, pool),
        minimum=_minimum(row, pool),
        expires_on=_day(row, "expires_on"),
        issued_on=given,
    )


def _worth(row: Mapping[str, str], pool: Pool) -> str:
    own = (
        worth_text(Offer(name="", amount=pool.amount.value, unit=pool.amount.unit, valid_days=1)) if pool.amount else ""
    )
    text = " ".join(filter(None, (row.get("amount", ""), _unit(row.get("unit", "")))))
    if not row.get("amount"):
        return own
    amount = _amount(text, "amount")
    worth = worth_text(Offer(name="", amount=amount[0], unit=amount[1], valid_days=1))
    if own and worth != own:
        raise _Misfit("amount", f"{worth} contradicts {pool.file}, where amount is {own}", "make them the same")
    return worth


def _unit(text: str) -> str:
    return "%" if text.casefold() in {"percent", "%"} else text


def _minimum(row: Mapping[str, str], pool: Pool) -> str:
    own = f"{pool.minimum.value:f} {pool.minimum.unit}" if pool.minimum else ""
    text = row.get("minimum", "")
    if not text:
        return own
    amount, unit = _amount(text, "minimum")
    told = f"{amount:f} {unit}"
    if unit == "percent":
        raise _Misfit("minimum", f"{shorten(text)} is no minimum", "write 40.00 EUR")
    if pool.minimum is not None and (amount, unit) != (pool.minimum.value, pool.minimum.unit):
        raise _Misfit("minimum", f"{told} contradicts {pool.file}, where minimum is {own}", "make them the same")
    return own or told


def _amount(text: str, spot: str) -> tuple[Decimal, str]:
    try:
        amount = parse_amount(text)
    except CellError as fault:
        raise _Misfit(spot, fault.message, fault.hint) from None
    return amount.value, amount.unit


def _named(row: Mapping[str, str]) -> str:
    if not row[CODE]:
        raise _Misfit(CODE, "no code", "leave rows without a code out")
    return row[CODE]


def _use(row: Mapping[str, str]) -> Redemption:
    code = _named(row)
    revenue, margin = _money(row, "revenue"), _money(row, "margin")
    cost = _money(row, "cost")
    if margin is None and revenue is not None and cost is not None:
        margin = revenue - cost
    currency = row.get("currency", "").upper()
    if currency and currency not in currencies():
        raise _Misfit("currency", f"{shorten(currency)} is no currency code", "write EUR")
    if revenue is not None and not currency:
        raise _Misfit("currency", "revenue without a currency", "add a column currency")
    return Redemption(
        code=code,
        order_id=row.get("order_id", ""),
        used_on=_day(row, "used_at"),
        revenue="" if revenue is None else f"{revenue:f}",
        margin="" if margin is None else f"{margin:f}",
        currency=currency,
    )


def _money(row: Mapping[str, str], spot: str) -> Decimal | None:
    text = row.get(spot, "")
    if not text:
        return None
    try:
        return parse_number(text)
    except CellError as fault:
        raise _Misfit(spot, fault.message, fault.hint) from None


def _day(row: Mapping[str, str], spot: str) -> date | None:
    text = row.get(spot, "")
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise _Misfit(spot, f"{shorten(text)} is no date", "write the year first: 2026-12-24") from None
