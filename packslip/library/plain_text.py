"""Plain text: what somebody wrote for the web, made fit for paper.

Markup goes in, words come out: no tag, no entity, no control character, nothing that turns the direction of writing.
Owns what is left out and where a text may be cut. Knows no feed and no layout.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import tinyhtml5

#: Of one text; what is beyond is not looked at. Reading hostile markup of this length takes a second.
MOST_CHARS = 20_000

#: What is no part of the words: programs, embedded things, forms, captions of pictures that do not come along.
_LEFT_OUT = re.compile(
    r"applet|area|audio|base|button|canvas|caption|datalist|embed|figcaption|form|frame|frameset|head|iframe|input|"
    r"link|map|math|meta|nav|noembed|noframes|noscript|object|option|optgroup|param|plaintext|script|select|source|"
    r"style|svg|template|textarea|title|track|video|xmp"
)
#: What stands on the line of the words around it; everything else begins a new one.
_INLINE = re.compile(
    r"a|abbr|acronym|b|bdi|bdo|big|center|cite|code|data|del|dfn|em|font|i|ins|kbd|label|mark|q|rp|rt|ruby|s|samp|"
    r"small|span|strike|strong|sub|sup|time|tt|u|var|wbr"
)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_ESCAPED = re.compile(r"<[A-Za-z/!?]|&(?:[A-Za-z]{2,8}|#\d{2,6}|#x[0-9A-Fa-f]{2,5});")
_PASSES = 3  #: a text may be escaped more than once; what looks like a tag after that loses its bracket

_BLANKS = re.compile(r"\s+")
#: Joiners that Persian and the scripts of India need.
_JOINERS = frozenset("\u200c\u200d")
#: Pictures in the place of letters, and what colours them.
_EMOJI = re.compile("[\U0001f000-\U0001fbff\u2600-\u26ff\u2700-\u2765\u2767-\u27bf\u2b50\u2b55\ufe0e\ufe0f\u20e3]")
_STRAY_JOINER = re.compile("(?<![^\\W\\d_])[\u200c\u200d]+|[\u200c\u200d]+(?![^\\W\\d_])")
_PILED_MARKS = 3  #: no writing sets more above each other; what does covers the lines around it

#: Longer than any word; what is longer is an address, or letters without sense.
_LONGEST_WORD = 60
#: For writings that set no spaces: so many characters count as a word at most.
_CHARS_A_WORD = 9
_SENTENCE_END = re.compile(r"(?:(?<=\w\w\w)\.|[!?…])[»”’\"')\]]*(?=\s+[^\w\s]*[^\W\d_a-zß-öø-ÿ]|\s*$)|[。！？]")
_GIVEN_UP = re.compile(r"\s*(?:\[\s*(?:…|\.{3})\s*\]|…|\.{3})$")
_LOOSE_END = " ,;:–—-("


@dataclass(frozen=True, slots=True)
class Plain:
    """The words of some HTML, on one line, and the pictures in it."""

    text: str
    pictures: tuple[str, ...]  #: addresses as they stand there, in their order


def read_html(html: str) -> Plain:
    """The words and pictures of HTML, or of a text that may hold some. Total: any text gives words, perhaps none."""
    text, pictures = html[:MOST_CHARS], []
    for _ in range(_PASSES):
        root = tinyhtml5.parse(_without_controls(text), namespace_html_elements=False)
        pictures += [source for image in root.iter("img") if (source := (image.get("src") or "").strip())]
        text = "".join(_words_of(root))
        if not _ESCAPED.search(text):
            break
    return Plain(text=tidy(_without_tags(text)), pictures=tuple(dict.fromkeys(pictures)))


def tidy(text: str) -> str:
    """A text on one line in composed characters, without what is not to be seen or changes how the rest is read."""
    text = _EMOJI.sub("", "".join(_printing(unicodedata.normalize("NFC", text))))
    return _BLANKS.sub(" ", _STRAY_JOINER.sub("", text)).strip()


def cut(text: str, most_words: int) -> str:
    """A text of no more than so many words, ending with a sentence where one ends, else with an ellipsis."""
    given_up = _GIVEN_UP.search(text)
    text = text[: given_up.start()] if given_up else text
    words = text.split(" ")
    odd = next((place for place, word in enumerate(words) if len(word) > _LONGEST_WORD and word.isascii()), None)
    if not given_up and odd is None and len(words) <= most_words and len(text) <= most_words * _CHARS_A_WORD:
        return text
    kept = " ".join(words[: min(most_words, len(words) if odd is None else odd)])[: most_words * _CHARS_A_WORD]
    ends = [end.end() for end in _SENTENCE_END.finditer(kept)]
    if ends:
        return kept[: ends[-1]]
    whole = kept if text[len(kept) : len(kept) + 1] in {"", " "} else kept.rpartition(" ")[0] or kept
    whole = whole.rstrip(_LOOSE_END)
    return f"{whole}…" if whole else ""


def _words_of(root: Element) -> Iterator[str]:
    """The text of an element and all in it, blanks where a line begins; without recursion, however deep it is."""
    waiting: list[Element | str] = [root]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
            continue
        tag: object = item.tag  # a comment's is a function
        name = tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""
        if not name or _LEFT_OUT.fullmatch(name):
            continue
        edge = "" if _INLINE.fullmatch(name) else " "
        waiting.append(edge)
        for child in reversed(item):
            waiting += [child.tail or "", child]
        waiting += [item.text or "", edge]


def _printing(text: str) -> Iterator[str]:
    """Its letters, signs and blanks; marks only where they have something to stand on, and few of them."""
    piled = 0
    for letter in text:
        kind = unicodedata.category(letter)
        piled = piled + 1 if kind in {"Mn", "Me"} else 0
        if letter.isspace():
            yield " "
        elif (kind[0] != "C" or letter in _JOINERS) and piled <= _PILED_MARKS:
            yield letter


def _without_controls(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable() or letter.isspace() or letter in _JOINERS)


def _without_tags(text: str) -> str:
    """The same without the bracket of anything that still looks like a tag."""
    while _TAG.search(text):
        text = _TAG.sub("", text)
    return text
