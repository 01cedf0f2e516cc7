"""Skeleton: a layout filled with marks instead of a slip's words, so that slips of one structure give one text.

Words between tags are slots. In attributes a picture is a slot too; what only a browser reads is left out; and what
selects style (a class, the language) stays, if it is a choice of the rules or the brand and not a fact of the order.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

from packslip.model import Slip
from packslip.press.weasy.obstacles import ATTRIBUTE_NAME, IN_ATTRIBUTE, OWN_MARKS
from packslip.press.weasy.slots import has_mark, mark, parts_of
from packslip.press.weasy.tape import UntraceableError

#: Attributes that nothing on paper shows, unless a style sheet asks for them.
_UNSEEN = re.compile(r"alt|title|href|aria-.*|data-.*")
_ASKED = re.compile(r"attr\(|\[\s*(alt|title|href|aria-|data-)", re.IGNORECASE)

#: Words that do not come out of WeasyPrint's white space as they went in, or that break or turn a line by themselves.
_UNPLAIN = re.compile(
    "[ \n]{2}(?<!\n\n)|(?:^|\0)[ \n]|[ \n](?:$|\0)"
    "|[\x01-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ue000-\uf8ff\U000f0000-\U0010ffff]"
)


#: The private characters that marks are made of, written in a style sheet.
_OWN_MARKS = re.compile("[\U000f0000-\U0010ffff]|\\\\0*(?:f|10)[0-9a-f]{4}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Filled:
    """A layout filled with marks: its text and the words that belong to them, by number."""

    text: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Skeleton:
    """What the marks of a filled layout are for; the same for every slip that gives this text."""

    styling: tuple[tuple[int, str], ...]  #: slots in attributes that may select style, and which attribute
    sources: tuple[int, ...]  #: slots that are the `src` of an `<img>`
    unseen: tuple[int, ...]  #: slots in attributes that nobody sees

    def key(self, values: Sequence[str], choices: Collection[str]) -> tuple[str, ...]:
        """The words that stay, "" for a picture of the slip's own.

        Raises:
            UntraceableError: a fact of the order stands where it would select style.
        """
        for slot, attribute in self.styling:
            if values[slot] not in choices:
                raise UntraceableError(IN_ATTRIBUTE, attribute)
        sources = ["" if _is_picture(values[slot]) else values[slot] for slot in self.sources]
        if any(source and source not in choices for source in sources):
            raise UntraceableError(IN_ATTRIBUTE, "img src")
        return *(values[slot] for slot, _ in self.styling), *sources

    def pictures(self, values: Sequence[str]) -> list[str]:
        """The slip's pictures, as `picture:<digest>`."""
        return [values[slot] for slot in self.sources if _is_picture(values[slot])]

    def html(self, filled: Filled) -> str:
        """The HTML to trace."""
        text, number = filled.text, 0
        for slot, _ in self.styling:
            text = text.replace(mark(slot), escape(filled.values[slot]))
        for slot in self.sources:
            value = filled.values[slot]
            if _is_picture(value):
                value, number = f"picture:slot-{number}", number + 1
            text = text.replace(mark(slot), escape(value))
        for slot in self.unseen:
            text = text.replace(mark(slot), "-")
        return text


def _is_picture(source: str) -> bool:
    return source.startswith("picture:")


def is_plain(values: Sequence[str]) -> bool:
    """Whether words can be put into boxes as they are."""
    return _UNPLAIN.search("\0".join(values)) is None


def read_skeleton(text: str, css: str) -> Skeleton:
    """What the marks of a filled layout are for.

    Raises:
        UntraceableError: a variable stands in the name of an attribute, or the layout has marks of its own.
    """
    if _OWN_MARKS.search(css):
        raise UntraceableError(OWN_MARKS)
    reader = _Reader(asks=_ASKED.search(css) is not None)
    reader.feed(text)
    reader.close()
    return Skeleton(tuple(reader.styling), tuple(reader.sources), tuple(reader.unseen))


def choices_of(slip: Slip) -> frozenset[str]:
    """Words that are nobody's: chosen by rules, brand or layout."""
    return frozenset(
        {
            slip.locale,
            slip.direction,
            slip.segment,
            slip.message,
            slip.layout,
            slip.parcel.density,
            slip.parcel.kind,
            slip.brand.store,
            slip.brand.logo,
            *(f"code:{code.name}" for code in slip.codes),
        }
    )


class _Reader(HTMLParser):
    def __init__(self, *, asks: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.styling: list[tuple[int, str]] = []
        self.sources: list[int] = []
        self.unseen: list[int] = []
        self._asks = asks

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and has_mark(value):
                self._attribute(tag, name, value)
            elif has_mark(name):
                raise UntraceableError(ATTRIBUTE_NAME, tag)

    def _attribute(self, tag: str, name: str, value: str) -> None:
        parts = parts_of(value)
        slots = [part for part in parts if isinstance(part, int)]
        if _UNSEEN.fullmatch(name) and not self._asks:
            self.unseen += slots
        elif (tag, name) == ("img", "src") and len(parts) == 1:
            self.sources += slots
        else:
            self.styling += [(slot, f"{tag} {name}") for slot in slots]
