"""Glyphs: whether the fonts of a slip can write everything that will be printed on it.

Looks at the fields the layout shows, and at the families that layout and brand name. What no face has would print from
a substitute font or as an empty box; here it is an error.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from functools import lru_cache

from packslip.compose.sheet import Sheet
from packslip.library.brands import Brand
from packslip.library.fonts import FontFile
from packslip.library.layouts import Layout
from packslip.model import Finding, Slip, error

_MOST_NAMED = 5
#: Categories that leave no ink: spaces, format characters, line ends, variation selectors.
_BLANK = frozenset({"Zs", "Cf", "Zl", "Zp"})


def check_glyphs(sheet: Sheet, slip: Slip) -> tuple[Finding, ...]:
    """One finding for each printed field with characters that no face can write."""
    faces = faces_of(sheet.layout, sheet.brand, sheet.world.fonts)
    if not faces:
        return ()
    texts = [pair for path in sorted(sheet.layout.variables) for pair in printed_texts(slip, path)]
    missing = lacking_letters("".join(text for _, text in texts), faces)
    if not missing:
        return ()
    return tuple(_finding(sheet, spot, sorted(missing & set(text))) for spot, text in texts if missing & set(text))


def lacking_letters(text: str, faces: Sequence[FontFile]) -> frozenset[str]:
    """Letters of a text that no face can write."""
    return frozenset(
        letter
        for letter in set(text)
        if not any(ord(letter) in face.characters for face in faces) and not _is_blank(letter)
    )


def faces_of(layout: Layout, brand: Brand, fonts: Sequence[FontFile]) -> tuple[FontFile, ...]:
    """The faces of the families that layout and brand name; all of them where they name none."""
    named = {family.strip(" '\"").casefold() for value in brand.fonts.values() for family in value.split(",")}
    used = {
        font.family
        for font in fonts
        if font.family.casefold() in named
        or _is_named_in(layout.css, font.family.casefold())
        or _is_named_in(brand.css, font.family.casefold())
    }
    return tuple(font for font in fonts if font.family in used) or tuple(fonts)


@lru_cache(maxsize=1024)
def _is_named_in(css: str, family: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(family)}(?![\w-])", css.casefold()) is not None


def printed_texts(slip: Slip, path: str) -> Iterator[tuple[str, str]]:
    """Field and text of everything a variable path stands for: `lines.name` gives one pair a line."""
    yield from _texts(slip, path.split("."), "")


def _texts(value: object, parts: Sequence[str], spot: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _texts(item, parts, f"{spot}[{index}]")
    elif isinstance(value, str):
        if not parts:
            yield spot, value
    elif parts:
        head, *rest = parts
        inner = value.get(head) if isinstance(value, dict) else None
        if head in _fields_of(type(value)):
            inner = getattr(value, head)
        yield from _texts(inner, rest, f"{spot}.{head}" if spot else head)


_FIELDS: dict[type, frozenset[str]] = {}


def _fields_of(kind: type) -> frozenset[str]:
    """Names of a block's fields; of a kind they never change."""
    if kind not in _FIELDS:
        _FIELDS[kind] = frozenset(field.name for field in fields(kind)) if is_dataclass(kind) else frozenset()
    return _FIELDS[kind]


def _is_blank(letter: str) -> bool:
    return letter == "\n" or unicodedata.category(letter) in _BLANK or "\ufe00" <= letter <= "\ufe0f"


def name_letters(letters: Iterable[str]) -> str:
    """Letters by their code points, the first few."""
    points = [f"U+{ord(letter):04X}" for letter in sorted(letters)]
    more = f" and {len(points) - _MOST_NAMED} more" if len(points) > _MOST_NAMED else ""
    return f"{', '.join(points[:_MOST_NAMED])}{more}"


def _finding(sheet: Sheet, spot: str, missing: Iterable[str]) -> Finding:
    message = f"no font of this slip has {name_letters(missing)}"
    hint = "add a font with it to layouts/fonts and to the brand's families, or correct the order"
    return error("glyph.missing", sheet.where(spot), message, hint)
