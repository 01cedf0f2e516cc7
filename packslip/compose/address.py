"""Addresses, in the order each country writes them.

Arranges what is given and invents nothing: no country prefix, no capitals, no region that was not stated. Countries not
listed get a plain general order.
"""

import re
from collections.abc import Mapping

from packslip.compose.format import cldr
from packslip.compose.text import one_line
from packslip.model import Address, SlipAddress

_POSTCODE_FIRST = ("postcode city",)
_CITY_FIRST = ("city postcode",)

#: Lines below the street. A field that is blank takes the sign before it along.
#: Source: address metadata of libaddressinput (fmt), https://chromium-i18n.appspot.com/ssl-address; for GB one line
#: for town and postcode, since this paper lies inside the parcel.
_LAST_LINES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("AT", "BE", "CH", "CZ", "DE", "DK", "FI", "FR", "GR", "LI", "LU", "MC"), _POSTCODE_FIRST),
    **dict.fromkeys(("NL", "NO", "PL", "PT", "SE"), _POSTCODE_FIRST),
    **dict.fromkeys(("ES", "IT"), ("postcode city region",)),
    **dict.fromkeys(("GB", "GG", "IM", "JE", "IL", "NZ", "SG"), _CITY_FIRST),
    **dict.fromkeys(("AU", "CA"), ("city region postcode",)),
    "IE": ("city", "region", "postcode"),
    "JP": ("city, region", "postcode"),
    "US": ("city, region postcode",),
}
_ANYWHERE = ("postcode city", "region")

_FIELD = re.compile(r"([^a-z]*)([a-z]+)")


def format_address(address: Address, *, locale: str, from_country: str) -> SlipAddress:
    """The recipient's address; the country, in the slip's language, closes it where the parcel crosses a border."""
    fields = {
        name: one_line(getattr(address, name))
        for name in ("company", "line1", "line2", "line3", "city", "postcode", "region")
    }
    lines = [fields["company"], fields["line1"], fields["line2"], fields["line3"]]
    lines += [_arrange(pattern, fields) for pattern in _LAST_LINES.get(address.country, _ANYWHERE)]
    if address.country != from_country:
        lines.append(country_name(address.country, locale))
    return SlipAddress(name=one_line(address.name), lines=tuple(line for line in lines if line))


def country_name(country: str, locale: str) -> str:
    """A country's name in a language; its code where CLDR has no name for it."""
    return str(cldr(locale).territories.get(country, country))


def _arrange(pattern: str, fields: Mapping[str, str]) -> str:
    text = ""
    for before, name in _FIELD.findall(pattern):
        if fields[name]:
            text += (before if text else "") + fields[name]
    return text
