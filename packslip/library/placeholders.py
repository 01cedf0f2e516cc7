"""Placeholders of phrases: `{order_id}` and its kin, filled by name and by nothing else.

A value is never looked at again once it stands in the text, so a customer called `{email}` prints as `{email}`.
"""

import re
from collections.abc import Mapping

#: Name → what it stands for. The one list that `check`, the docs and the composer share.
PLACEHOLDERS: Mapping[str, str] = {
    "order_id": "the order's id",
    "date": "the order's date, long",
    "amount": "what the offer gives, such as 15% or £10.00",
    "until": "last day of the offer, long",
    "minimum": "what the order must come to that uses the offer, such as £40.00",
    "count": "pieces still to come; chooses the plural form",
    "pieces": "pieces in this parcel",
    "store": "the brand's name",
    "website": "the brand's website",
    "returns": "where the brand explains returns",
    "email": "the brand's e-mail address",
    "parcel": "number of this parcel",
    "page": "number of the page; the press fills it in",
    "today": "day on which a copy is printed, long; in `label.copy` alone",
    "pages": "count of pages; the press fills it in",
    "delivery_estimate": "expected day of delivery, long",
    "name": "whole name of the recipient, where it is certainly a person's",
    "first_name": "first name of the recipient, where it is certain",
}

#: Blank on some slips; a phrase that uses one needs a sibling without: `message.new.headline.plain`.
SOMETIMES_BLANK = frozenset({"amount", "delivery_estimate", "first_name", "minimum", "name", "until"})

#: Never blank where the offer's own phrases are asked for.
OF_EVERY_OFFER = frozenset({"amount", "until"})

#: Left in the text for the press.
LATER = frozenset({"page", "pages"})

#: A language may address by first or whole name where another does the other.
PERSON = frozenset({"first_name", "name"})

PLAIN = ".plain"

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def names_in(text: str) -> frozenset[str]:
    """Names of the placeholders in a text, known or not."""
    return frozenset(_PLACEHOLDER.findall(text))


def has_stray_brace(text: str) -> bool:
    """Whether a brace stands outside any placeholder."""
    return bool(re.search(r"[{}]", _PLACEHOLDER.sub("", text)))


def blanks_in(text: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """Names in a text that have no value, sorted; those the press fills in do not count."""
    return tuple(sorted(name for name in names_in(text) - LATER if not values.get(name)))


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with each placeholder replaced in one pass; one without value leaves nothing behind."""
    return _PLACEHOLDER.sub(lambda found: found[0] if found[1] in LATER else values.get(found[1], ""), text)
