"""Names of people: when a first name is certain enough to speak to somebody by it.

A name on paper is right or absent. Companies, titles, initials, capitals, three given names, family-first countries: in
every doubt nobody is named, and the phrase's `.plain` sibling speaks.
"""

import re

from packslip.compose.text import one_line
from packslip.model import Order

#: A word as a name writes it: one capital, small letters, perhaps a second part (Jean-Pierre, O’Neill, McKay).
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_PARTICLES = frozenset(
    {
        "af",
        "av",
        "da",
        "das",
        "de",
        "del",
        "della",
        "den",
        "der",
        "des",
        "di",
        "do",
        "dos",
        "du",
        "la",
        "le",
        "ten",
        "ter",
    }
    | {"van", "vom", "von", "zu", "zum", "zur"}
)
#: Words that stand in name fields and are no name; lower case.
_NO_NAMES = frozenset(
    re.findall(
        r"\w+",
        """
    ab ag amt and anonymous apotheke application atelier avis boutique büro buyer café cie client co
    company corp customer dame dept doktor dr eheleute empfang empfänger et familie familien family
    famille firma flat frau fräulein gast gbr gmbh group guest hair haus herr herrn hotel house inc
    international kg kunde kundin ltd mademoiselle madame mlle mme maison messrs miss mister monsieur mr
    mrs ms mx name none null office ohg order plc praxis prof professor reception recipient restaurant
    sa sarl sas school schule service shop sir société store studio support team test the undefined und
    university unknown user verein webshop
    """,
    )
)
#: Countries where the family name usually stands first.
_FAMILY_FIRST = frozenset({"CN", "HK", "HU", "JP", "KR", "MO", "TW", "VN"})
_LONGEST_FIRST_NAME = 20
_LONGEST_NAME = 40


def first_name(order: Order) -> str:
    """The recipient's first name where it is certain, else ""."""
    return full_name(order).split(" ")[0]


def full_name(order: Order) -> str:
    """The recipient's whole name where it is certainly one person's, and that person bought, else ""."""
    name = one_line(order.ship_to.name)
    bill_name = one_line(order.bill_name)
    if bill_name and bill_name.casefold() != name.casefold():
        return ""
    if order.ship_to.country in _FAMILY_FIRST or name == one_line(order.ship_to.company):
        return ""
    words = name.split(" ")
    if not 2 <= len(words) <= 3 or len(name) > _LONGEST_NAME or not 2 <= len(words[0]) <= _LONGEST_FIRST_NAME:
        return ""
    middle = [word for word in words[1:-1] if word not in _PARTICLES]
    return name if all(_is_name(word) for word in (words[0], *middle, words[-1])) else ""


def _is_name(word: str) -> bool:
    if not _WORD.fullmatch(word) or word.casefold() in _NO_NAMES:
        return False
    return len(word) >= 2 and word[0].isupper() and any(letter.islower() for letter in word) and not word[-1].isupper()
