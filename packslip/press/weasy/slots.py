"""Slots: the places in a layout's text where a slip's words stand, as WeasyPrint's boxes carry them.

A layout is filled with one private character for each value; when WeasyPrint has made its boxes and settled their white
space, the characters become the words again and each box knows which of them it has from where. The language of the
page may be such a value too.
"""

import re
from collections.abc import Sequence
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.formatting_structure.text import transform

from packslip.press.weasy.obstacles import Obstacle
from packslip.press.weasy.tape import UntraceableError

#: First of the private characters; slot n is `FIRST_MARK + n`.
FIRST_MARK = 0xF0000
MOST_SLOTS = 0xFFFD

MARKS = re.compile(f"([{chr(FIRST_MARK)}-{chr(FIRST_MARK + MOST_SLOTS)}])")

Parts = tuple[str | int, ...]

#: Stands for the slip's language; no document can name it.
OWN = "\0"


class SlipLanguage(str):
    """The language of the slip that is traced, known as the slip's."""

    __slots__ = ()


def recorded(language: str | None) -> str | None:
    """A language as traces have it."""
    return OWN if isinstance(language, SlipLanguage) else language


def casing_of(language: str) -> str:
    """The part of a language that upper and lower case follow."""
    return language.partition("-")[0].lower()


def mark(slot: int) -> str:
    """The character that stands for a slot."""
    if slot > MOST_SLOTS:
        raise UntraceableError(Obstacle("more values than a plate has slots for"))
    return chr(FIRST_MARK + slot)


def parts_of(text: str) -> Parts:
    """A text with marks as literals and slot numbers."""
    pieces = (piece for piece in MARKS.split(text) if piece)
    return tuple(ord(piece) - FIRST_MARK if MARKS.fullmatch(piece) else piece for piece in pieces)


def has_mark(text: str) -> bool:
    """Whether a text has a mark."""
    return MARKS.search(text) is not None


def words(parts: Parts, values: Sequence[str], how: tuple[str, str] | None) -> str:
    """The text that parts make with a slip's values; `how` is `text-transform` and the language."""
    text = "".join(part if isinstance(part, str) else values[part] for part in parts)
    return text if how is None else str(transform(how[0], text, how[1]))


def fill(box: boxes.TextBox, values: Sequence[str], *, again: bool = False) -> None:
    """Put the words back into a box, and note on it where they are.

    What counts pages is made again between two layouts, and then WeasyPrint leaves its letters as they are.
    """
    kind = "none" if again else box.style["text_transform"]
    text = box.text.replace("\u00ad", "") if box.style["hyphens"] == "none" else box.text
    box.slots = parts_of(text)
    language = box.style["lang"] or ""
    casing = casing_of(language)
    box.slot_transform = None if kind == "none" else (kind, OWN if isinstance(language, SlipLanguage) else casing)
    box.text = SlotText.of(box, words(box.slots, values, None if kind == "none" else (kind, casing)))


def slots_in(box: boxes.Box) -> bool:
    """Whether any text in a box has a slot."""
    if isinstance(box, boxes.TextBox):
        return hasattr(box, "slots")
    return any(slots_in(child) for child in getattr(box, "children", ()))


class Letter(str):
    """First or last letter of a box's text, which knows so; with another letter it asks for a line break."""

    __slots__ = ("asked",)
    asked: tuple[Any, ...]

    @staticmethod
    def of(text: str, *asked: object) -> "Letter":
        """A letter, or two, and where they come from."""
        letter = Letter(text)
        letter.asked = asked
        return letter

    def __add__(self, other: str) -> "Letter":
        return Letter.of(str.__add__(self, other), *self.asked, *getattr(other, "asked", (str(other),)))

    def __radd__(self, other: str) -> "Letter":
        return Letter.of(str.__add__(other, self), str(other), *self.asked)


class SlotText(str):
    """The text of a box with slots: its letters know their box."""

    __slots__ = ("box",)
    box: boxes.TextBox

    @staticmethod
    def of(box: boxes.TextBox, text: str) -> "SlotText":
        """A text of a box."""
        made = SlotText(text)
        made.box = box
        return made

    def __getitem__(self, index: object) -> str:
        piece = str.__getitem__(self, index)  # type: ignore[index]
        if isinstance(index, int):
            return Letter.of(piece, (self.box, index))
        return piece
