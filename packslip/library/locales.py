"""Locales: from BCP 47 tags to what CLDR knows, and the order in which catalogues are asked.

Owns nothing but that: no phrase, no format.
"""

import re
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

#: Language of the source catalogue, and the last resort.
SOURCE = "en"

_LONGEST_TAG = 35  #: characters; RFC 5646, 4.4.1


@lru_cache(maxsize=1024)
def cldr_locale(tag: str) -> Locale | None:
    """The CLDR locale nearest to a BCP 47 tag: itself, else with parts dropped from its end.

    None where CLDR does not know the language.
    """
    plain = re.split(r"[-_][a-zA-Z0-9][-_]", tag[:_LONGEST_TAG], maxsplit=1)[0]
    parts = re.split(r"[-_]", plain)
    while parts:
        try:
            return Locale.parse("_".join(parts))
        except (UnknownLocaleError, ValueError):
            parts.pop()
    return None


def tag_of(locale: Locale) -> str:
    """The BCP 47 tag of a CLDR locale, in its usual upper and lower case."""
    return str(locale).replace("_", "-")


def lookup_order(tag: str) -> tuple[str, ...]:
    """A tag and its parents, nearest first: `de-AT`, `de`."""
    parts = tag.split("-")
    return tuple("-".join(parts[:count]) for count in range(len(parts), 0, -1))


def is_regional(tag: str) -> bool:
    """Whether a tag says more than a language, so that its catalogue may hold differences only."""
    return "-" in tag


def is_home_region(tag: str) -> bool:
    """Whether a tag's region is where its language is most at home (`de-DE`, `fr-FR`), or it names no region."""
    likely = get_global("likely_subtags").get(tag.split("-", maxsplit=1)[0], "")
    return not is_regional(tag) or likely.split("_")[-1] == tag.rsplit("-", maxsplit=1)[-1]
