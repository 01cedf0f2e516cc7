"""Which of a printer's sizes a media is, and how IPP says so.

Pure. Sizes are in hundredths of a millimetre, as IPP has them.

Source: PWG 5100.7, 6.3 (media-col); PWG 5101.1, 5 (media size names).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packslip.dispatch.ipp.values import Attribute, Attributes, Range, Tag, attribute

#: A size that differs by less is the same: a label of 4 × 6 inch on a head of whole dots.
CLOSE = 100

_NAME = re.compile(r"_(?P<width>[0-9.]+)x(?P<height>[0-9.]+)(?P<unit>mm|in)$")
_UNITS = {"mm": 100.0, "in": 2540.0}
MARGINS = ("media-bottom-margin", "media-left-margin", "media-right-margin", "media-top-margin")


@dataclass(frozen=True, slots=True)
class Size:
    """One size, or a range of them."""

    width: Range
    height: Range

    def nearest(self, width: int, height: int) -> tuple[int, int]:
        """The measures of this size that come nearest."""
        return _clamp(width, self.width), _clamp(height, self.height)

    def distance(self, width: int, height: int) -> int:
        """By how much a sheet misses this size."""
        across, down = self.nearest(width, height)
        return max(abs(across - width), abs(down - height))


def sizes_of(printer: Attributes, *, ready: bool = False) -> tuple[Size, ...]:
    """The sizes a printer takes, or those it is loaded with."""
    names, collections = ("media-ready", "media-col-ready") if ready else ("media-supported", "media-col-database")
    held = (size for media in printer.collections(collections) for size in media.collections("media-size"))
    listed = () if ready else printer.collections("media-size-supported")
    found = [*_measured(held), *_measured(iter(listed)), *_named(printer.texts(names))]
    return tuple(dict.fromkeys(found))


def name_of(printer: Attributes, width: int, height: int) -> str:
    """The printer's name for a size, "" where it has none."""
    for name in printer.texts("media-supported"):
        size = size_of_name(name)
        if size and size.distance(width, height) < CLOSE:
            return name
    return ""


def media_col(width: int, height: int, *, source: Attribute | None, to_the_edge: bool) -> Attribute:
    """A sheet as `media-col`."""
    size = (
        attribute("x-dimension", Tag.INTEGER, width),
        attribute("y-dimension", Tag.INTEGER, height),
    )
    members = [attribute("media-size", Tag.COLLECTION, Attributes(size))]
    if source:
        members.append(source)
    if to_the_edge:
        members += [attribute(name, Tag.INTEGER, 0) for name in MARGINS]
    return attribute("media-col", Tag.COLLECTION, Attributes(tuple(members)))


def prints_to_the_edge(printer: Attributes) -> bool:
    """Whether a printer can leave no margin on any side."""
    return all(0 in printer.numbers(f"{name}-supported") for name in MARGINS)


def size_of_name(name: str) -> Size | None:
    """The size in a name like `iso_a4_210x297mm`."""
    found = _NAME.search(name)
    if not found or name.startswith(("custom_min", "custom_max")):
        return None
    try:
        width, height = (round(float(found[side]) * _UNITS[found["unit"]]) for side in ("width", "height"))
    except ValueError:
        return None
    return Size(Range(width, width), Range(height, height))


def _measured(sizes: Iterator[Attributes]) -> Iterator[Size]:
    for size in sizes:
        across, down = size.ranges("x-dimension"), size.ranges("y-dimension")
        if across and down:
            yield Size(across[0], down[0])


def _named(names: tuple[str, ...]) -> Iterator[Size]:
    for name in names:
        size = size_of_name(name)
        if size:
            yield size


def _clamp(value: int, span: Range) -> int:
    return min(max(value, span.first), span.last)
