"""Money, dates, numbers and shares as CLDR writes them in one locale.

Formats what is given and computes nothing: an amount keeps every digit the shop stated.
"""

from datetime import date
from decimal import Decimal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

from packslip.library.locales import SOURCE, cldr_locale
from packslip.model import Offer

_NO_BREAK = "\u00a0"
_NARROW_NO_BREAK = "\u202f"
_PERCENT = "percent"


def cldr(locale: str) -> Locale:
    """The CLDR locale of a slip; English where CLDR does not know the language."""
    return cldr_locale(locale) or Locale.parse(SOURCE)


def money(amount: Decimal, currency: str, locale: str) -> str:
    """An amount with its currency: `£64.00`, `64,00 £`; at least the currency's own decimals, never rounded."""
    return format_currency(amount, currency, locale=cldr(locale), decimal_quantization=False)


def number(value: int, locale: str) -> str:
    """A whole number with the locale's grouping."""
    return format_decimal(value, locale=cldr(locale))


def long_date(day: date, locale: str) -> str:
    """A date with its month as a word: `14 February 2027`, `14. Februar 2027`."""
    return format_date(day, "long", locale=cldr(locale))


def share(percent: Decimal, locale: str) -> str:
    """A percentage, 15 being fifteen per cent; where the locale spaces the sign, the space is narrow and holds."""
    text = format_percent(percent.scaleb(-2), locale=cldr(locale), decimal_quantization=False)
    return text.replace(_NO_BREAK, _NARROW_NO_BREAK)


def offer_amount(offer: Offer, locale: str) -> str:
    """What an offer gives: `15%`, `£10.00`."""
    if offer.unit == _PERCENT:
        return share(offer.amount, locale)
    return money(offer.amount, offer.unit, locale)
