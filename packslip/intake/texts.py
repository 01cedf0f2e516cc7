"""What may stand in a printable text, and what becomes of the rest.

- Line breaks and tabs become one space; a note (the gift message) keeps its line breaks.
- Characters without a shape that steer others (bidirectional overrides, zero-width spaces, stray byte order marks) are
  taken out and said so. Joiners, marks of direction and variation selectors stay: names and emoji need them.
- Control characters, lone surrogates, non-characters and U+FFFD mean that the data is damaged: the order is held.
- What only keeps a spreadsheet from calculating is taken off and said so: a leading apostrophe, and `="00123"` around
  a number or an id.

Everything else is text, whatever it looks like to a template, a browser or a spreadsheet.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_PLANE_ENDS = "".join(chr(plane << 16 | last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))
_DAMAGED = re.compile(
    f"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd\ufffe\uffff{_PLANE_ENDS}]"
)
_INVISIBLE = re.compile("[\u200b\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]")
_BREAKS = re.compile("[ ]*[\t\n\v\f\r\x85\u2028\u2029]+[ ]*")
_LINE_BREAKS = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")
_CALCULATES = ("'=", "'+", "'-", "'@")
_GUARDED_NUMBER = re.compile(r"'[0-9]")
_GUARDED_CODE = re.compile(r'="([^"]*)"')


class Oddity(StrEnum):
    """What was odd about a text."""

    DAMAGED = "damaged"
    INVISIBLE = "invisible"
    GUARDED = "guarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """A text that may stand on paper, and what was odd."""

    text: str
    oddities: tuple[Oddity, ...] = ()


def is_plain(text: str) -> bool:
    """Whether a text needs no tidying; the quick way for nearly every cell."""
    return text.isprintable() and "\ufffd" not in text and not text.startswith(("'", '="'))


def tidy(text: str, *, keeps_breaks: bool = False, is_code: bool = False) -> Tidied:
    """The text as it may stand on paper; `is_code` for numbers and ids, where `'0123` is a guard and no word."""
    oddities = []
    code = _GUARDED_CODE.fullmatch(text) if is_code else None
    if code or text.startswith(_CALCULATES) or (is_code and _GUARDED_NUMBER.match(text)):
        text = code[1] if code else text[1:]
        oddities.append(Oddity.GUARDED)
    if _INVISIBLE.search(text):
        text = _INVISIBLE.sub("", text)
        oddities.append(Oddity.INVISIBLE)
    if _DAMAGED.search(text):
        text = _DAMAGED.sub("", text)
        oddities.append(Oddity.DAMAGED)
    text = _LINE_BREAKS.sub("\n", text) if keeps_breaks else _BREAKS.sub(" ", text)
    return Tidied(text=text.strip(), oddities=tuple(oddities))


def label(text: str, limit: int = 64) -> str:
    """A text cut and cleaned so that it can stand in any report."""
    clean = "".join(character for character in _BREAKS.sub(" ", text) if character.isprintable())
    return clean if len(clean) <= limit else f"{clean[: limit - 1]}…"
