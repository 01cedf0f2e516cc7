"""Outline: which elements of a filled layout may be plates of their own, and what decides how each is laid out.

A part is an element that stands in the flow of the page, one below another. What WeasyPrint makes of it follows from
its own words and markup, from the style rules that match in it and above it, and from where it stands; parts that agree
in these are the same part, whatever else is on their slips.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from xml.etree.ElementTree import Element

from cssselect2 import ElementWrapper
from weasyprint import HTML

from packslip.press.weasy.drawing import Style
from packslip.press.weasy.slots import FIRST_MARK, MARKS

#: CSS by which one part reaches into another, or into the page: counters other than of pages, quotes, named strings,
#: named pages, footnotes, forced breaks, rules from elsewhere.
_REACHES = re.compile(
    r"counters?\(\s*(?!pages?\b)|[\w-]-quote\b|string-set|target-|footnote|bookmark|@import|(?<![\w@-])page\s*:"
    r"|break-(?:before|after)\s*:\s*(?:always|all|page|left|right|recto|verso|column)|max-lines|continue\s*:",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"picture:slot-(\d+)")
_SLOT = chr(FIRST_MARK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """An element that may be a part, or the page with everything that is in none.

    `slots` and `pictures` are the slip's, by number, that stand in it and in none of its `parts`, in document order.
    """

    own: bytes  #: digest of what is in it and in none of its parts, and of where they are
    slots: tuple[int, ...]
    pictures: tuple[int, ...]
    parts: tuple["Outline", ...] = ()

    def slots_of(self, part: int, apart: Collection[int]) -> tuple[int, ...]:
        """The slots of a part, or for -1 those in none of the parts `apart`."""
        return self._of(part, apart, lambda outline: outline.slots)

    def pictures_of(self, part: int, apart: Collection[int]) -> tuple[int, ...]:
        """The same of pictures."""
        return self._of(part, apart, lambda outline: outline.pictures)

    def _of(self, part: int, apart: Collection[int], get: Callable[["Outline"], tuple[int, ...]]) -> tuple[int, ...]:
        if part >= 0:
            return get(self.parts[part])
        rest = (get(found) for index, found in enumerate(self.parts) if index not in apart)
        return tuple(sorted([*get(self), *chain.from_iterable(rest)]))


@dataclass(slots=True)
class _Found:
    """What is read of an element so far."""

    text: list[str] = field(default_factory=list)
    slots: list[int] = field(default_factory=list)
    pictures: list[int] = field(default_factory=list)
    parts: list[Outline] = field(default_factory=list)


def flow_of(root: Element) -> tuple[Element, Sequence[Element]]:
    """Where a document's parts stand, and the elements that may be parts: the body, or its only element, and so on."""
    flow = next(root.iter("body"))  # the parser sees to it that there is one
    while len(flow) == 1 and not (flow.text or "").strip() and not (flow[0].tail or "").strip():
        flow = flow[0]
    return flow, tuple(flow)


def read_outline(html: str, *, css: str, styles: Sequence[Style]) -> Outline:
    """The outline of a filled layout, with `css` the source of all its style sheets."""
    document = HTML(string=html).wrapper_element
    root = document.etree_element
    linked = next(root.iter("style"), None) is not None or any(
        link.get("href") != "slip.css" for link in root.iter("link")
    )
    elements = [] if linked or _REACHES.search(css) else flow_of(root)[1]
    reader = _Reader([style.css.matcher for style in styles], {id(element) for element in elements})
    found = reader.outline(document)
    if len(found.parts) < 2 or not _in_order(found):
        return _Reader(reader.matchers, set()).outline(document)
    return found


def _in_order(outline: Outline) -> bool:
    """Whether slots are counted as they stand; the parser moves what a table may not hold."""
    spans = [part.slots for part in outline.parts]
    bounds = [bound for span in spans if span for bound in (span[0], span[-1])]
    return bounds == sorted(bounds) and all(list(slots) == sorted(slots) for slots in (outline.slots, *spans))


class _Reader:
    def __init__(self, matchers: Sequence[Any], parts: set[int]) -> None:
        self.matchers, self._parts = matchers, parts
        self._above: list[str] = []

    def outline(self, element: ElementWrapper) -> Outline:
        """The outline of an element and of the parts in it."""
        found = _Found(list(self._above))
        self._element(element, found)
        return Outline(
            own=hashlib.blake2b("\0".join(found.text).encode(), digest_size=16).digest(),
            slots=tuple(found.slots),
            pictures=tuple(found.pictures),
            parts=tuple(found.parts),
        )

    def _element(self, wrapper: ElementWrapper, found: _Found) -> None:
        start, depth = len(found.text), len(self._above)
        self._head(wrapper, found)
        self._above += found.text[start:]
        self._text(wrapper.etree_element.text, found)
        known = {id(child.etree_element): child for child in wrapper.iter_children()}
        for element in wrapper.etree_element:
            child = known.get(id(element))
            if child is not None and id(element) in self._parts:
                self._head(child, _Found(found.text))  # its slots are its own
                found.parts.append(self.outline(child))
            elif child is not None:
                self._element(child, found)
            found.text.append("/")
            self._text(element.tail, found)
        del self._above[depth:]

    def _head(self, wrapper: ElementWrapper, found: _Found) -> None:
        """An element's name and attributes, and the rules that match it."""
        found.text.append(f"<{wrapper.local_name}")
        for name, value in sorted(wrapper.etree_element.attrib.items()):
            picture = _PICTURE.fullmatch(value)
            if picture is not None:
                found.pictures.append(int(picture[1]))
                found.text.append(f"{name}=picture")
            else:
                found.text.append(f"{name}=")
                self._text(value, found)
        for number, matcher in enumerate(self.matchers):
            for _, order, pseudo, _ in matcher.match(wrapper):
                found.text.append(f"{number}:{order}:{pseudo}")

    @staticmethod
    def _text(text: str | None, found: _Found) -> None:
        if text:
            found.slots += [ord(character) - FIRST_MARK for character in MARKS.findall(text)]
            found.text.append(MARKS.sub(_SLOT, text))
