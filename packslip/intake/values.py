"""Cells → values: numbers, dates, words and codes, each read one way or refused with a hint."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel.numbers import list_currencies

from packslip.intake.months import english_months
from packslip.library.mappings import NumberShape, country_code, country_codes
from packslip.model import CustomerStatus

MOST_PIECES: Final = 1_000_000
_CACHED: Final = 4096

YES: Final = frozenset(("yes", "y", "true", "t", "1", "on", "x", "ja", "oui"))
NO: Final = frozenset(("no", "n", "false", "f", "0", "off", "nein", "non"))

_NO_CURRENCY: Final = frozenset(("XXX", "XTS", "XAU", "XAG", "XPD", "XPT", "XBA", "XBB", "XBC", "XBD", "XSU", "XUA"))
_ISO = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<time>\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)\s?(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?",
    re.IGNORECASE | re.ASCII,
)
_EARLIEST, _LATEST = 1970, 2199


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a cell is not what it should be."""

    code: str
    expected: str
    hint: str = ""


@lru_cache(maxsize=_CACHED)
def read_whole(text: str, shape: NumberShape, least: int, most: int) -> int | Refusal:
    """A whole number; `3.0` is one, as some programs write it."""
    plain = shape.plain(text)
    value = None if plain is None else Decimal(plain)
    if value is None or value != value.to_integral_value():
        hint = "" if plain is not None else _number_hint(text, shape)
        return Refusal(code="not_whole", expected="a whole number", hint=hint)
    if not least <= value <= most:
        return Refusal(code="out_of_range", expected=f"a whole number from {least} to {most}")
    return int(value)


@lru_cache(maxsize=_CACHED)
def read_money(text: str, shape: NumberShape) -> Decimal | Refusal:
    """An amount without currency."""
    plain = shape.plain(text)
    if plain is None:
        return Refusal(code="not_money", expected="an amount such as 49.90", hint=_number_hint(text, shape))
    return Decimal(plain)


def _number_hint(text: str, shape: NumberShape) -> str:
    """How the mapping would have to be set for this number to be one."""
    for decimal, thousands in ((",", ""), (".", ","), (",", "."), (",", " "), (".", " "), (".", "'"), (".", "")):
        other = NumberShape(decimal=decimal, thousands=thousands)
        if other != shape and other.plain(text) is not None:
            marks = f'decimal = "{decimal}"' + (f', thousands = "{thousands}"' if thousands else "")
            return f"set {marks} in the mapping" if decimal != shape.decimal or thousands else ""
    return (
        "write digits, and a point before decimals"
        if shape == NumberShape()
        else "check decimal and thousands of the mapping"
    )


@lru_cache(maxsize=_CACHED)
def read_moment(text: str, formats: tuple[str, ...]) -> datetime | date | Refusal:
    """A date, or a date and time where the text has one; naive where it names no zone."""
    named = english_months(text)
    for form in formats:
        try:
            moment = datetime.strptime(named if "%b" in form or "%B" in form else text, form)  # noqa: DTZ007 (the shop's own wall clock)
        except ValueError:
            continue
        return moment if "%H" in form or "%I" in form else moment.date()
    found = _ISO.fullmatch(text)
    value = _from_iso(found) if found else None
    if value is None or not _EARLIEST <= value.year <= _LATEST:
        return Refusal(code="not_a_date", expected="a date such as 2026-12-31", hint=_date_hint(text))
    return value


def _from_iso(found: re.Match[str]) -> datetime | date | None:
    zone = found["zone"] or ""
    try:
        day = date.fromisoformat(found["day"])
        if found["time"] is None:
            return day
        clock = time.fromisoformat(found["time"].replace(",", ".")[:15] + zone.replace("UTC", "Z"))
    except ValueError:
        return None
    return datetime.combine(day, clock)


def _date_hint(text: str) -> str:
    for pattern, form in ((r"\d{1,2}\.\d{1,2}\.\d{4}", "%d.%m.%Y"), (r"\d{1,2}/\d{1,2}/\d{4}", "%d/%m/%Y")):
        if re.fullmatch(pattern, text, re.ASCII):
            return f'set dates = ["{form}"] in the mapping'
    return "write year-month-day"


def read_date(text: str, formats: tuple[str, ...]) -> date | Refusal:
    """A date; of a date and time the day as written."""
    value = read_moment(text, formats)
    return value.date() if isinstance(value, datetime) else value


def read_deadline(text: str, formats: tuple[str, ...], zone: tzinfo | None) -> datetime | Refusal:
    """An aware moment; a date alone means its last minute, and without a zone the workspace's holds."""
    value = read_moment(text, formats)
    if isinstance(value, Refusal):
        return value
    moment = value if isinstance(value, datetime) else datetime.combine(value, time(23, 59))
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def read_flag(text: str) -> bool | Refusal:
    """Yes or no."""
    word = text.casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    return Refusal(
        code="not_yes_or_no", expected="yes or no", hint="also true, false, 1, 0; or give a map in the mapping"
    )


def read_status(text: str) -> CustomerStatus | Refusal:
    """What the shop says the customer is."""
    word = text.casefold()
    if word in tuple(CustomerStatus):
        return CustomerStatus(word)
    return Refusal(
        code="unknown", expected=f"one of {', '.join(CustomerStatus)}", hint="leave it blank to have it decided"
    )


@lru_cache(maxsize=256)
def read_currency(text: str) -> str | Refusal:
    """An ISO 4217 code."""
    code = text.upper()
    if code in _currencies():
        return code
    signs = {"€": "EUR", "£": "GBP", "$": "USD", "CHF.": "CHF", "SFR": "CHF", "EURO": "EUR"}
    hint = f"write {signs[code]}" if code in signs else "write the three letters of ISO 4217"
    return Refusal(code="unknown", expected="a currency such as EUR", hint=hint)


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies()) - _NO_CURRENCY


@lru_cache(maxsize=1024)
def read_country(text: str) -> str | Refusal:
    """An ISO 3166-1 alpha-2 code."""
    code = text.upper()
    if code in country_codes():
        return code
    named = country_code(text)
    hint = (
        f"write {named}, or set country = true in the mapping"
        if named
        else "write the two letters of ISO 3166, or map it in the mapping"
    )
    return Refusal(code="unknown", expected="a country such as DE", hint=hint)


@lru_cache(maxsize=1024)
def read_locale(text: str) -> str | Refusal:
    """A BCP 47 tag in its usual spelling; extensions are left out. Whether its language is known is asked later."""
    found = _TAG.fullmatch(text.replace("_", "-"))
    if found is None:
        return Refusal(
            code="syntax", expected="a language tag such as de-AT", hint="leave it blank to have it chosen by country"
        )
    script, region = found["script"] or "", found["region"] or ""
    parts = (found["language"].lower(), script.title(), region.upper(), found["variants"].strip("-").lower())
    return "-".join(part for part in parts if part)
