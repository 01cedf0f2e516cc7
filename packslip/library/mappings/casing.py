"""Shouted product names → names that read well on paper.

Touches only text without any lower-case letter: a shop that writes its names properly keeps them as they are.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_SENTENCE_ENDS = re.compile(r"\w\w[.!?]\s*$")
_SHOUTED_SHARE = 0.8
_SMALL = frozenset(
    ("a", "an", "and", "as", "at", "but", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with",
     "das", "der", "die", "für", "mit", "oder", "und", "von", "de", "du", "et", "la", "le", "les", "ou")
)  # fmt: skip


def is_shouted(text: str) -> bool:
    """Whether all letters are capitals, but for a unit or a slip of the shift key."""
    if text.isupper():
        return True
    capitals = sum(map(str.isupper, text))
    return capitals > 5 and capitals >= _SHOUTED_SHARE * sum(map(str.isalpha, text))


@lru_cache(maxsize=64)
def kept_words(words: tuple[str, ...]) -> Mapping[str, str]:
    """Spellings that casing leaves as they are, found by their small letters."""
    return {word.casefold(): word for word in words}


def sentence_case(text: str, kept: Mapping[str, str]) -> str:
    """`WHITE HANGING HEART T-LIGHT HOLDER` → `White hanging heart T-light holder`."""
    return _cased(text, kept, title=False) if is_shouted(text) else text


def title_case(text: str, kept: Mapping[str, str]) -> str:
    """`SET OF 3 CAKE TINS` → `Set of 3 Cake Tins`."""
    return _cased(text, kept, title=True) if is_shouted(text) else text


def _cased(text: str, kept: Mapping[str, str], *, title: bool) -> str:
    def spell(found: re.Match[str]) -> str:
        word, start, end = found[0], *found.span()
        small = word.lower()
        spelled = kept.get(word.casefold())
        if spelled is not None:
            return spelled
        if _stands_for_itself(word, text[max(start - 1, 0) : start], text[end : end + 1]):
            return word
        before = text[:start]
        opens = not before.strip(" \"'“‘(*") or _SENTENCE_ENDS.search(before) is not None
        if not opens and (not title or small in _SMALL):
            return small
        return small[0].upper() + small[1:]

    return _WORD.sub(spell, text)


def _stands_for_itself(word: str, before: str, after: str) -> bool:
    """A single letter that is an initial, a shape or a size: `T-light`, `M.O.P`, `S/3`, `A4`, `I`."""
    if len(word) == 1:
        return word == "I" or (before or " ") in "-./" or (after or " ") in "-./"
    return word[0].isalpha() and word[1:].isdigit()
