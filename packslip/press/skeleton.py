"""Skeleton: a layout filled with marks instead of a slip's words, so that slips of one structure give one text.

Words between tags are slots. In attributes a picture is a slot too, and so is the language of the page, unless a style
sheet asks which it is. What only a browser reads is left out; and what selects style (a class) stays, if it is a choice
of the rules or the brand and not a fact of the order.
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

#: What makes a style sheet's rules differ between languages: `:lang()`, `[lang]`, `attr(lang)` and quotes, which also
#: `<q>` has; and rules that stand elsewhere.
_ASKED_LANGUAGE = re.compile(r"(?<![\w.#-])lang(?![\w-])|-quote\b|@import", re.IGNORECASE)
#: CSS by which one part of a page reaches into another, or into the page: counters other than of pages, quotes, named
#: strings, named pages, footnotes, forced breaks, items that are counted, rules from elsewhere.
_REACHES = re.compile(
    r"counters?\(\s*(?!pages?\b)|[\w-]-quote\b|string-set|target-|footnote|bookmark|list-item|@import"
    r"|(?<![\w@-])page\s*:|max-lines|continue\s*:"
    r"|break-(?:before|after)\s*:\s*(?:always|all|page|left|right|recto|verso|column)",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|/\*.*?(?:\*/|\Z)""", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(.))", re.IGNORECASE)

#: Words that do not come out of WeasyPrint's white space as they went in, or that break or turn a line by themselves.
_UNPLAIN = re.compile(
    "[ \n]{2}(?<!\n\n)|(?:^|\0)[ \n]|[ \n](?:$|\0)"
    "|[\x01-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ue000-\uf8ff\U000f0000-\U0010ffff]"
)


#: The style sheet that a layout links to for a designer's browser; it is in force anyway.
OWN_SHEET = "slip.css"

HTML_LANGUAGE = "html lang"

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
    language: int | None  #: the slot that is the language of the page, where style does not hang on it
    has_parts: bool  #: whether what stands in its page may be laid out by itself

    def key(self, values: Sequence[str], choices: Collection[str]) -> tuple[str, ...]:
        """The words that stay, "" for a picture of the slip's own.

        Raises:
            UntraceableError: a fact of the order stands where it would select style.
        """
        language = () if self.language is None else ((self.language, HTML_LANGUAGE),)
        for slot, attribute in (*self.styling, *language):
            if values[slot] not in choices:
                raise UntraceableError(IN_ATTRIBUTE, attribute)
        sources = ["" if _is_picture(values[slot]) else values[slot] for slot in self.sources]
        if any(source and source not in choices for source in sources):
            raise UntraceableError(IN_ATTRIBUTE, "img src")
        return *(values[slot] for slot, _ in self.styling), *sources

    def pictures(self, values: Sequence[str]) -> list[str]:
        """The slip's pictures, as `picture:<digest>`."""
        return [values[slot] for slot in self.sources if _is_picture(values[slot])]

    def spoken(self, values: Sequence[str]) -> str:
        """The language of the page, "" where it is none of the slots."""
        return "" if self.language is None else values[self.language]

    def html(self, filled: Filled) -> str:
        """The HTML to trace; the same for every slip of this text and key."""
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
    language, styling = reader.language, reader.styling
    sheets = [_plain_css(sheet) for sheet in (css, *reader.css)]
    if language is not None and (reader.has_quotes or any(map(_ASKED_LANGUAGE.search, sheets))):
        styling = [(language, HTML_LANGUAGE), *styling]
        language = None
    return Skeleton(
        styling=tuple(styling),
        sources=tuple(reader.sources),
        unseen=tuple(reader.unseen),
        language=language,
        has_parts=not reader.has_rules and not any(map(_REACHES.search, sheets)),
    )


def _plain_css(css: str) -> str:
    """A style sheet without comments and escapes, for asking what it says; a needless yes costs no more than plates."""
    return _ESCAPE.sub(_unescaped, _COMMENT.sub(lambda found: found[1] or "", css))


def _unescaped(found: re.Match[str]) -> str:
    return chr(min(int(found[1], 16), 0x10FFFF)) if found[1] else found[2]


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
            slip.brand.dealer,
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
        self.language: int | None = None
        self.css: list[str] = []  #: in the HTML itself
        self.has_quotes = False
        self.has_rules = False  #: style sheets of its own
        self._asks = asks

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.has_quotes = self.has_quotes or tag == "q"
        self.has_rules = self.has_rules or tag == "style"
        if tag == "link" and dict(attrs).get("href") != OWN_SHEET:
            self.css.append("@import")
        for name, value in attrs:
            if name == "style":
                self.css.append(value or "")
            if value and has_mark(value):
                self._attribute(tag, name, value)
            elif has_mark(name):
                raise UntraceableError(ATTRIBUTE_NAME, tag)

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style":
            self.css.append(data)

    def _attribute(self, tag: str, name: str, value: str) -> None:
        parts = parts_of(value)
        slots = [part for part in parts if isinstance(part, int)]
        if _UNSEEN.fullmatch(name) and not self._asks:
            self.unseen += slots
        elif (tag, name) == ("img", "src") and len(parts) == 1:
            self.sources += slots
        elif (tag, name) == ("html", "lang") and len(parts) == 1:
            self.language = slots[0]
        else:
            self.styling += [(slot, f"{tag} {name}") for slot in slots]
