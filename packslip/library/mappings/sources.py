"""Where a contract column's value comes from: a column, a constant, a template, the first of several.

Then it is changed step by step. All of it is text → text; what the text means is read by `packslip.intake`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from packslip.library.mappings.casing import kept_words, sentence_case, title_case

#: Cells of a row → the value of one contract column.
Taker = Callable[[Sequence[str]], str]

_CACHED_TEXTS = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What is done to a text, in the order of the fields; blank fields do nothing."""

    pairs: str = ""  #: the value after this key in a list of `key: value`
    split: str = ""
    part: int = 0
    pattern: re.Pattern[str] | None = None
    matches: re.Pattern[str] | None = None
    strip: str = ""
    drop_prefix: str = ""
    drop_suffix: str = ""
    case: str = ""
    keep: tuple[str, ...] = ()
    map: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None  #: for what `map` does not hold
    default: str = ""  #: for blank

    def apply(self, text: str) -> str:
        """The text after all steps."""
        text = self._taken_apart(text.strip())
        text = self._trimmed(text)
        if self.case:
            text = self._cased(text)
        if self.map and text:
            text = self.map.get(text, text if self.otherwise is None else self.otherwise)
        return text or self.default

    def _taken_apart(self, text: str) -> str:
        if self.pairs:
            text = _value_of(text, self.pairs)
        if self.split:
            parts = text.split(self.split)
            text = parts[self.part].strip() if -len(parts) <= self.part < len(parts) else ""
        if self.pattern:
            found = self.pattern.search(text)
            text = _group(found).strip() if found else ""
        if self.matches:
            text = "yes" if self.matches.search(text) else "no"
        return text

    def _trimmed(self, text: str) -> str:
        if self.strip:
            text = text.strip(self.strip)
        if self.drop_prefix:
            text = text.removeprefix(self.drop_prefix)
        if self.drop_suffix:
            text = text.removesuffix(self.drop_suffix)
        return text

    def _cased(self, text: str) -> str:
        kept = kept_words(self.keep)
        if self.case == "sentence":
            return sentence_case(text, kept)
        if self.case == "title":
            return title_case(text, kept)
        return text.upper() if self.case == "upper" else text.lower()


NO_STEPS = Steps()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One of `column`, `constant`, `template`, `first`, and the steps after it."""

    column: str = ""
    constant: str = ""
    #: texts and columns in turn: `("Customer ", "CustomerID", "")`; blank where a column is blank
    template: tuple[str, ...] = ()
    first: tuple["Source", ...] = ()
    steps: Steps = NO_STEPS

    @property
    def needs(self) -> frozenset[str]:
        """The columns of the export it reads."""
        own = {self.column} if self.column else set()
        return frozenset(own.union(self.template[1::2], *(source.needs for source in self.first)))

    def taker(self, places: Mapping[str, int]) -> Taker:
        """The source for a file whose columns stand at `places`; a column that is not there is blank."""
        take = self._plain_taker(places)
        if self.steps == NO_STEPS:
            return take
        apply = lru_cache(maxsize=_CACHED_TEXTS)(self.steps.apply)
        return lambda cells: apply(take(cells))

    def _plain_taker(self, places: Mapping[str, int]) -> Taker:
        if self.column:
            return _cell_taker(places.get(self.column))
        if self.template:
            return _template_taker(self.template, tuple(places.get(name) for name in self.template[1::2]))
        if self.first:
            takers = tuple(source.taker(places) for source in self.first)
            return lambda cells: next((text for take in takers if (text := take(cells))), "")
        constant = self.constant
        return lambda _cells: constant


def _cell_taker(place: int | None) -> Taker:
    if place is None:
        return lambda _cells: ""
    return lambda cells: cells[place].strip()


def _template_taker(template: tuple[str, ...], places: tuple[int | None, ...]) -> Taker:
    texts = template[::2]

    def take(cells: Sequence[str]) -> str:
        values = ["" if place is None else cells[place].strip() for place in places]
        if not all(values):
            return ""
        return "".join(text + value for text, value in zip(texts, (*values, ""), strict=True))

    return take


def _group(found: re.Match[str]) -> str:
    """The group `value`, else the first one, else all."""
    if "value" in found.re.groupindex:
        return found["value"] or ""
    return (found[1] if found.re.groups else found[0]) or ""


def _value_of(text: str, key: str) -> str:
    """The value of `key` in lines of `key: value` or `key=value`, also parted by `;` or `|`."""
    for pair in re.split(r"[\r\n;|]+", text):
        name, mark, value = pair.partition(":") if ":" in pair else pair.partition("=")
        if mark and name.strip().casefold() == key.casefold():
            return value.strip()
    return ""
