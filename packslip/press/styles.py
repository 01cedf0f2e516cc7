"""Styles: the CSS that packslip itself adds to a layout's own.

The brand's colours and fonts become custom properties (`--accent`, `--text`), the media the page size, and the phrase
`label.page_of` a content list (`--page-of`) that counts pages. Plates take its words for slots like any others.
"""

import re

from packslip.library.brands import Brand
from packslip.press.skeleton import is_plain
from packslip.press.weasy.slots import mark
from packslip.settings import MediaSettings

_COUNTERS = {"{page}": "counter(page)", "{pages}": "counter(pages)"}


def brand_css(brand: Brand, media: MediaSettings) -> str:
    """Custom properties of a brand and the page size and bleed of a media; comes before the layout's own CSS."""
    values = "".join(f"--{name}:{value};" for name, value in {**brand.colours, **brand.fonts}.items())
    bleed = f";bleed:{media.bleed_mm:g}mm" if media.bleed_mm else ""
    return f":root{{{values}}}\n@page{{{values}size:{media.width_mm:g}mm {media.height_mm:g}mm{bleed}}}\n"


def page_of_css(text: str) -> str:
    """`--page-of` for "Page {page} of {pages}", usable in `::after` and in `@page` margin boxes alike."""
    parts = (part for part in re.split(r"(\{pages?\})", text) if part)
    content = " ".join(_COUNTERS.get(part) or f'"{_escaped(part)}"' for part in parts)
    return f":root{{--page-of:{content}}}\n@page{{--page-of:{content}}}\n" if content else ""


def mark_page_of(text: str) -> tuple[str, tuple[str, ...]]:
    """The phrase with marks for its words, and the words: "‹0› {page} ‹1› {pages}" in any language."""
    if not is_plain((text,)):
        return text, ()
    marked = ""
    words: list[str] = []
    for part in re.split(r"(\{pages?\}| )", text):
        if not part or part == " " or part in _COUNTERS:
            marked += part
        else:
            marked += mark(len(words))
            words.append(part)
    return marked, tuple(words)


def _escaped(text: str) -> str:
    """Text inside a CSS string: all but letters, digits and spaces as code points."""
    return "".join(letter if letter.isalnum() or letter == " " else f"\\{ord(letter):x} " for letter in text)
