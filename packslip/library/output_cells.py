"""Output cells: one literal for one output, typed, and its canonical spelling.

Owns names, amounts and the rest that a `set:` column may hold. Conditions are `packslip.library.cells`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from packslip.library import literals
from packslip.library.literals import CellError, did_you_mean, fold, shorten, tidy
from packslip.library.rule_fields import currencies
from packslip.library.words import Kind, Output

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_PERCENT = re.compile(r"(\S+?)\s*(?:%|percent|prozent|pour cent)", re.IGNORECASE)
_MONEY = re.compile(r"(?:([A-Za-z]{3}|[€£$])\s*)?(-?[\d.,']+)(?:\s*([A-Za-z]{3}|[€£$]))?")
_MONEY_SIGNS: Mapping[str, str] = {"€": "EUR", "£": "GBP"}
_SHARE = re.compile(
    r"(?P<percent>\S+?)\s*% of (?P<of>[a-z._ ]+?)"
    r"(?:,? at least (?P<least>[\d.,']+?))?(?:,? (?:and )?at most (?P<most>[\d.,']+))?",
    re.IGNORECASE,
)
#: what a share may be of: the lines' prices less their discounts, or the stated total
SHARED = ("goods", "order.total")
_MOST_DAYS = 3650
#: in a cell: make no offer, recommend nothing
NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """What an offer is worth: percent, or money in a currency."""

    value: Decimal
    unit: str = "percent"  #: "percent" or a currency

    def __str__(self) -> str:
        return f"{self.value:f} {'%' if self.unit == 'percent' else self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """An offer worth a part of what was bought, in whole units of the order's currency, rounded down."""

    percent: Decimal
    of: str  #: one of `SHARED`
    least: Decimal | None = None
    most: Decimal | None = None

    def __str__(self) -> str:
        ends = (("at least", self.least), ("at most", self.most))
        told = [f"{word} {end:f}" for word, end in ends if end is not None]
        return ", ".join((f"{self.percent:f} % of {self.of}", *told))


#: what an output cell may hold; None where it is blank and may be
OutputValue = str | bool | int | Amount | Share | None


def parse_output(text: str, output: Output) -> OutputValue:
    """The value a cell sets; "" for an offer or strategy of `none`.

    Raises:
        CellError: the cell is blank and may not be, does not parse, or names what does not exist.
    """
    text = _unquoted(tidy(text))
    if not text and not output.may_be_blank:
        raise CellError(f"{output.path} is blank", "write none for nothing" if output.may_be_none else "fill the cell")
    if not text or (output.may_be_none and fold(text) == NONE):
        return "" if text else None
    if output.kind is Kind.NAME:
        return _name(text, output)
    if output.kind is Kind.CHOICE:
        return _choice(text, output)
    if output.kind is Kind.WHOLE:
        return _days(text)
    if output.kind is Kind.AMOUNT:
        return _share(text) or parse_amount(text)
    return literals.parse_yes_no(text) if output.kind is Kind.YES_NO else text


def spell_output(value: OutputValue, output: Output) -> str:
    """The canonical spelling; parses to an equal value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value == "" and output.may_be_none:
        return NONE
    if output.kind is Kind.CHOICE:
        return str(value).replace("_", " ")
    text = str(value)
    return f'"{text}"' if text.startswith(('"', "'")) else text


def _unquoted(text: str) -> str:
    for quote in ('"', "'"):
        if len(text) > 1 and text.startswith(quote) and text.endswith(quote):
            return text[1:-1].strip()
    return text


def _name(text: str, output: Output) -> str:
    name = text.casefold()
    if not _NAME.fullmatch(name):
        suggestion = re.sub(r"[^a-z0-9._-]+", "-", name).strip("-.")
        raise CellError(
            f"{output.path} {shorten(text)} is no name",
            f"one word of letters, digits and hyphens, such as {suggestion or output.sample}",
        )
    return name


def _choice(text: str, output: Output) -> str:
    word = re.sub(r"[\s_-]+", "_", fold(text))
    if word in output.allowed:
        return word
    choices = [choice.replace("_", " ") for choice in output.allowed]
    raise CellError(
        f"no {output.path} {shorten(text)}", did_you_mean(text, [*choices, *([NONE] if output.may_be_none else [])])
    )


def _days(text: str) -> int:
    if not re.fullmatch(r"\d{1,5}", text) or not 1 <= int(text) <= _MOST_DAYS:
        raise CellError(f"expected a number of days, got {shorten(text)}", f"a whole number from 1 to {_MOST_DAYS}")
    return int(text)


def _share(text: str) -> Share | None:
    """A cell such as `5 % of goods, at least 5, at most 50`; None for another one."""
    found = _SHARE.fullmatch(text)
    if found is None:
        return None
    percent = literals.parse_number(found["percent"])
    if not 0 < percent <= 100:
        raise CellError(f"expected 0 to 100 percent, got {shorten(text)}", "write 5 % of goods")
    of = fold(found["of"])
    if of not in SHARED:
        raise CellError(f"no share of {shorten(found['of'])}", f"write 5 % of {' or '.join(SHARED)}")
    least, most = (literals.parse_number(found[end]) if found[end] else None for end in ("least", "most"))
    if (most is not None and most < 1) or (least is not None and most is not None and least > most):
        raise CellError(f"nothing lies within {shorten(text)}", "write 5 % of goods, at least 5, at most 50")
    return Share(percent=percent, of=of, least=least, most=most)


def parse_amount(text: str) -> Amount:
    """An amount: per cent, or money in a currency.

    Raises:
        CellError: it is neither.
    """
    if found := _PERCENT.fullmatch(text):
        value = literals.parse_number(found[1])
        if not 0 < value <= 100:
            raise CellError(f"expected 0 to 100 percent, got {shorten(text)}", "write 15 %")
        return Amount(value=value)
    found = _MONEY.fullmatch(text)
    if found is None or bool(found[1]) == bool(found[3]):
        raise CellError(f"expected an amount, got {shorten(text)}", "write 15 % or 10.00 EUR")
    sign = (found[1] or found[3]).upper()
    unit = _MONEY_SIGNS.get(sign, sign)
    if unit not in currencies():
        raise CellError(f"{shorten(sign)} is no currency code", "write 10.00 EUR, with the three letters of ISO 4217")
    value = literals.parse_number(found[2])
    if value <= 0:
        raise CellError(f"expected more than nothing, got {shorten(text)}", "write 10.00 EUR, or the offer as none")
    return Amount(value=value, unit=unit)
