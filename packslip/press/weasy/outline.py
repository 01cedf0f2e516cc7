"""Outline: which elements of a filled layout may be plates of their own, and what decides how each is laid out.

A part is an element that stands in the flow of the page, one below another. What WeasyPrint makes of it follows from
its own words and markup, from the style rules that match in it and above it, and from where it stands; parts that agree
in these are the same part, whatever else is on their slips.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any
from xml.etree.ElementTree import Element

from cssselect2 import ElementWrapper
from weasyprint import HTML

from packslip.press.weasy.drawing import Style
from packslip.press.weasy.slots import FIRST_MARK, MARKS

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

    def slots_beside(self, apart: Collection[int] = ()) -> tuple[int, ...]:
        """The slots in none of the parts `apart`."""
        if not self.parts:
            return self.slots
        rest = (part.slots_beside() for index, part in enumerate(self.parts) if index not in apart)
        return tuple(sorted([*self.slots, *chain.from_iterable(rest)]))

    def pictures_beside(self, apart: Collection[int] = ()) -> tuple[int, ...]:
        """The same of pictures."""
        if not self.parts:
            return self.pictures
        rest = (part.pictures_beside() for index, part in enumerate(self.parts) if index not in apart)
        return tuple(sorted([*self.pictures, *chain.from_iterable(rest)]))

    def digest_beside(self, apart: Collection[int] = ()) -> tuple[object, ...]:
        """What is in it and in none of the parts `apart`."""
        rest = (part.digest_beside() for index, part in enumerate(self.parts) if index not in apart)
        return self.own, *rest

    def numbered(self) -> dict[int, tuple[int, int, "Outline"]]:
        """All parts by number, as `part_elements` counts: the number above, the index in that, the part."""
        found = {number: (0, number - 1, part) for number, part in enumerate(self.parts, start=1)}
        for above, part in enumerate(self.parts, start=1):
            for index, row in enumerate(part.parts):
                found[len(found) + 1] = above, index, row
        return found


@dataclass(slots=True)
class _Found:
    """What is read of an element so far."""

    text: list[str] = field(default_factory=list)
    slots: list[int] = field(default_factory=list)
    pictures: list[int] = field(default_factory=list)
    parts: list[Outline] = field(default_factory=list)


def flow_of(root: Element) -> Element:
    """Where a document's parts stand: the body, or its only element, and so on."""
    flow = next(root.iter("body"))  # the parser sees to it that there is one
    while len(flow) == 1 and not (flow.text or "").strip() and not (flow[0].tail or "").strip():
        flow = flow[0]
    return flow


def part_elements(root: Element) -> list[Element]:
    """The elements that may be parts: those that stand in the flow, then the rows of the tables in each."""
    parts = list(flow_of(root))
    if any(part.tag == "li" for part in parts):  # counted from one to the next
        return []
    return parts + [row for part in parts for row in _rows(part)]


def _rows(element: Element) -> Iterator[Element]:
    for child in element:
        if element.tag == "tbody" and child.tag == "tr":
            yield child
        else:
            yield from _rows(child)


def read_outline(html: str, *, styles: Sequence[Style], before: int, has_parts: bool) -> Outline:
    """The outline of a filled layout.

    Its first slots, `before` of them, are in a style sheet; they belong to the page. Without parts it is all page.
    """
    document = HTML(string=html).wrapper_element
    elements = part_elements(document.etree_element) if has_parts else []
    reader = _Reader([style.css.matcher for style in styles], {id(element) for element in elements})
    found = reader.outline(document)
    if len(found.parts) < 2 or not _in_order(found):
        found = _Reader(reader.matchers, set()).outline(document)
    return replace(found, slots=(*range(before), *found.slots))


def _in_order(outline: Outline) -> bool:
    """Whether slots are counted as they stand; the parser moves what a table may not hold."""
    spans = [part.slots_beside() for part in outline.parts]
    bounds = [bound for span in spans if span for bound in (span[0], span[-1])]
    return (
        bounds == sorted(bounds) and list(outline.slots) == sorted(outline.slots) and all(map(_in_order, outline.parts))
    )


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
