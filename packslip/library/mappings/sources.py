"""Where a contract column's value comes from: a column, a constant, a template, the first of several.

Then it is changed step by step. All of it is text → text; what the text means is read by `packslip.intake`.
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from packslip.library.mappings.casing import kept_words, sentence_case, title_case
from packslip.library.mappings.countries import country_code

#: Cells of a row → the value of one contract column.
Taker = Callable[[Sequence[str]], str]

#: What it is and the text → a keyed hash of it; whoever reads orders brings the key.
Alias = Callable[[str, str], str]

_CACHED_TEXTS = 8192
_PAIRS = re.compile(r"\s*[\r\n;|]+\s*(?=\w[\w .\-]{0,40}[:=])")
_PAIR = re.compile(r"\s*(?P<key>\w[\w .\-]{0,40})[:=](?P<value>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What is done to a text, in the order of the fields; blank fields do nothing."""

    unescape: bool = False  #: `&amp;` and the like become characters
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
    country: bool = False  #: a country's name becomes its code
    default: str = ""  #: for blank
    alias: str = ""  #: `email` or `text`: a keyed hash stands for the text, which is not kept

    def apply(self, text: str) -> str:
        """The text after all steps."""
        text = text.strip()
        if self.unescape:
            text = html.unescape(text).strip()
        text = self._taken_apart(text)
        text = self._trimmed(text)
        if self.case:
            text = self._cased(text)
        if self.map and text:
            text = self.map.get(text, text if self.otherwise is None else self.otherwise)
        if self.country and text:
            text = country_code(text) or text
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
    unless: str = ""  #: blank where this column is not
    steps: Steps = NO_STEPS
    #: the columns of the export that its value comes from, as they are mentioned
    names: tuple[str, ...] = field(init=False, compare=False)
    #: the columns of the export it reads, those it only asks about too
    needs: frozenset[str] = field(init=False, compare=False)
    is_secret: bool = field(init=False, compare=False)  #: a keyed hash stands for some of it
    never_lacks: bool = field(
        init=False, compare=False
    )  #: it has a value even where the export has none of its columns

    def __post_init__(self) -> None:
        own = (self.column,) if self.column else self.template[1::2]
        names = tuple(dict.fromkeys((*own, *(name for source in self.first for name in source.names))))
        asked = {self.unless} if self.unless else set()
        settled = {
            "names": names,
            "needs": frozenset(asked.union(names, *(source.needs for source in self.first))),
            "is_secret": bool(self.steps.alias) or any(source.is_secret for source in self.first),
            "never_lacks": bool(self.constant or self.steps.default)
            or any(source.never_lacks for source in self.first),
        }
        for name, value in settled.items():
            object.__setattr__(self, name, value)

    def taker(self, places: Mapping[str, int], alias: Alias | None = None) -> Taker:
        """The source for a file whose columns stand at `places`; a column that is not there is blank.

        Without an `alias` what a keyed hash stands for is blank.
        """
        take = self._stepped_taker(places, alias)
        place = places.get(self.unless) if self.unless else None
        if place is None:
            return take
        return lambda cells: "" if cells[place].strip() else take(cells)

    def _stepped_taker(self, places: Mapping[str, int], alias: Alias | None) -> Taker:
        take, steps = self._plain_taker(places, alias), self.steps
        if steps == NO_STEPS:
            return take
        if not steps.alias:
            apply = lru_cache(maxsize=_CACHED_TEXTS)(steps.apply)
            return lambda cells: apply(take(cells))
        if alias is None:
            return lambda _cells: ""
        kind, hashed = steps.alias, alias
        return lambda cells: hashed(kind, steps.apply(take(cells)))

    def _plain_taker(self, places: Mapping[str, int], alias: Alias | None) -> Taker:
        if self.column:
            return _cell_taker(places.get(self.column))
        if self.template:
            return _template_taker(self.template, tuple(places.get(name) for name in self.template[1::2]))
        if self.first:
            takers = tuple(source.taker(places, alias) for source in self.first)
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
    """The value of `key` in lines of `key: value` or `key=value`, also parted by `;` or `|`.

    What follows without a key of its own belongs to the value. A blank, `_` and `-` in keys are the same.
    """
    for pair in _PAIRS.split(text):
        found = _PAIR.match(pair)
        if found and _plain_key(found["key"]) == _plain_key(key):
            return found["value"].strip()
    return ""


def _plain_key(key: str) -> str:
    return re.sub(r"[\s_-]+", " ", key).strip().casefold()
