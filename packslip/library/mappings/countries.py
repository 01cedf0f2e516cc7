"""Countries by the names that exports give them, in the languages shops are kept in.

Owns names → ISO 3166-1 codes. A name that means two countries in two languages means none here.
"""

import re
from functools import lru_cache
from typing import Final

from babel import Locale

_LANGUAGES: Final = ("en", "de", "fr", "it", "es", "nl", "pt", "da", "sv", "nb", "fi", "pl", "cs")
_NO_COUNTRY: Final = frozenset(("EU", "EZ", "UN", "QO", "ZZ", "XA", "XB"))
#: what shops write beside the names of CLDR
_OTHER_NAMES: Final = {
    "america": "US", "bosnia": "BA", "brunei darussalam": "BN", "czech republic": "CZ", "england": "GB",
    "great britain": "GB", "grossbritannien": "GB", "holland": "NL", "hong kong": "HK",
    "iran, islamic republic of": "IR",
    "korea, republic of": "KR", "korea, south": "KR", "macao": "MO", "macau": "MO", "macedonia": "MK",
    "moldova, republic of": "MD", "northern ireland": "GB", "palestine": "PS", "republic of ireland": "IE",
    "republic of korea": "KR", "russian federation": "RU", "scotland": "GB", "slovak republic": "SK", "swaziland": "SZ",
    "taiwan, province of china": "TW", "the netherlands": "NL", "tschechische republik": "CZ", "turkey": "TR",
    "türkiye": "TR",
    "united states of america": "US", "usa": "US", "u.s.a.": "US", "u.s.": "US", "uk": "GB", "u.k.": "GB",
    "vatican city": "VA", "vereinigte staaten von amerika": "US", "viet nam": "VN", "wales": "GB",
    "états-unis d'amérique": "US",
}  # fmt: skip


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """Every code of ISO 3166-1 alpha-2 that a parcel can go to."""
    codes = map(str, Locale("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - _NO_COUNTRY


def country_code(text: str) -> str:
    """The code of a country given by code or name, "" where nobody knows it."""
    if text.upper() in country_codes() and text.isascii():
        return text.upper()
    return _names().get(_folded(text), "")


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    doubtful: set[str] = set()
    for language in _LANGUAGES:
        territories = Locale(language).territories
        for code in sorted(country_codes() & territories.keys()):
            name = _folded(str(territories[code]))
            if names.setdefault(name, code) != code:
                doubtful.add(name)
    return {name: code for name, code in names.items() if name not in doubtful} | {
        _folded(name): code for name, code in _OTHER_NAMES.items()
    }


def _folded(name: str) -> str:
    """Without case, a leading article, brackets and odd apostrophes."""
    plain = re.sub(r"\s*\([^)]*\)", "", name.casefold()).replace("’", "'").replace("&", "and")
    return re.sub(r"^the\s+", "", " ".join(plain.split()))
