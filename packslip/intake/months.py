"""Months by their names in the languages shops are kept in, as `strptime` knows them: in English."""

import re
from functools import lru_cache
from typing import Final

from babel import Locale

_LANGUAGES: Final = ("en", "de", "fr", "it", "es", "nl", "pt", "da", "sv", "nb", "pl")
_WORD = re.compile(r"[^\W\d_]{3,}\.?")
#: beside CLDR's
_OTHER_NAMES: Final = {
    "mrz": "Mar",
    "maerz": "Mar",
    "sept": "Sep",
    "set": "Sep",
    "fev": "Feb",
    "aout": "Aug",
    "dec": "Dec",
}


def english_months(text: str) -> str:
    """A text with names of months in English, short: `10-Dez-25` → `10-Dec-25`."""
    return _WORD.sub(lambda found: _names().get(found[0].casefold().rstrip("."), found[0]), text)


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    english = {number: name[:3] for number, name in Locale("en").months["format"]["abbreviated"].items()}
    names = dict(_OTHER_NAMES)
    for language in _LANGUAGES:
        for forms in Locale(language).months.values():
            for width in ("abbreviated", "wide"):
                for number, name in forms[width].items():
                    names.setdefault(str(name).casefold().rstrip("."), english[number])
    return names
