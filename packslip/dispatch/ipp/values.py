"""What IPP messages hold: tags, values, attributes, groups.

Plain records; `codec` turns them into bytes and back. An attribute keeps the tag of every value, since printers tell
keywords, names and numbers apart.

Source: RFC 8010, 3; RFC 8011, 5.1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Tag(IntEnum):
    """What a value is."""

    NO_VALUE = 0x13
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTETS = 0x30
    DATE_TIME = 0x31
    RESOLUTION = 0x32
    RANGE = 0x33
    COLLECTION = 0x34
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    URI_SCHEME = 0x46
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME_TYPE = 0x49


class GroupTag(IntEnum):
    """What a group of attributes is about."""

    OPERATION = 0x01
    JOB = 0x02
    PRINTER = 0x04
    UNSUPPORTED = 0x05


@dataclass(frozen=True, slots=True)
class Range:
    """Whole numbers from the first to the last, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Resolution:
    """Dots across and down, for each inch (unit 3) or centimetre (unit 4)."""

    across: int
    down: int
    unit: int = 3

    def in_dpi(self) -> tuple[float, float]:
        """Dots for each inch, across and down."""
        factor = 2.54 if self.unit == 4 else 1.0
        return self.across * factor, self.down * factor


@dataclass(frozen=True, slots=True)
class InLanguage:
    """A text or name that says its language."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Value:
    """One value; `None` where the printer says that there is none, bytes where its tag is not known here."""

    tag: int
    data: "int | bool | str | bytes | datetime | Range | Resolution | InLanguage | Attributes | None"


@dataclass(frozen=True, slots=True)
class Attribute:
    """A name and its values, one at least."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a group or a collection holds, in order; reading never fails, it finds or does not."""

    items: tuple[Attribute, ...] = ()

    def __contains__(self, name: str) -> bool:
        return any(item.name == name for item in self.items)

    def values(self, name: str) -> tuple[Value, ...]:
        """The values of an attribute, none where it is missing."""
        return next((item.values for item in self.items if item.name == name), ())

    def texts(self, name: str) -> tuple[str, ...]:
        """Its keywords, names, URIs, texts."""
        return tuple(_texts(self.values(name)))

    def text(self, name: str) -> str:
        """The first of them, "" where there is none."""
        return next(iter(self.texts(name)), "")

    def numbers(self, name: str) -> tuple[int, ...]:
        """Its integers and enums."""
        found = (value.data for value in self.values(name))
        return tuple(data for data in found if isinstance(data, int) and not isinstance(data, bool))

    def number(self, name: str) -> int | None:
        """The first of them."""
        return next(iter(self.numbers(name)), None)

    def truth(self, name: str) -> bool | None:
        """Its first boolean."""
        return next((value.data for value in self.values(name) if isinstance(value.data, bool)), None)

    def ranges(self, name: str) -> tuple[Range, ...]:
        """Its ranges; a number is a range of one."""
        return tuple(_ranges(self.values(name)))

    def resolutions(self, name: str) -> tuple[Resolution, ...]:
        """Its resolutions."""
        return tuple(value.data for value in self.values(name) if isinstance(value.data, Resolution))

    def collections(self, name: str) -> "tuple[Attributes, ...]":
        """Its collections."""
        return tuple(value.data for value in self.values(name) if isinstance(value.data, Attributes))


@dataclass(frozen=True, slots=True)
class Group:
    """Attributes about one thing."""

    tag: int
    attributes: Attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request or a reply, without the document."""

    code: int  #: operation of a request, status of a reply
    request_id: int
    groups: tuple[Group, ...] = ()
    version: tuple[int, int] = (2, 0)

    def all_of(self, tag: int) -> tuple[Attributes, ...]:
        """The groups of a kind, in order."""
        return tuple(group.attributes for group in self.groups if group.tag == tag)

    def first_of(self, tag: int) -> Attributes:
        """The first of them, empty where there is none."""
        return next(iter(self.all_of(tag)), Attributes())


def attribute(name: str, tag: Tag, *data: int | bool | str | Range | Resolution | Attributes) -> Attribute:
    """An attribute whose values all have one tag."""
    return Attribute(name, tuple(Value(tag, item) for item in data))


def _texts(values: tuple[Value, ...]) -> Iterator[str]:
    for value in values:
        if isinstance(value.data, str):
            yield value.data
        elif isinstance(value.data, InLanguage):
            yield value.data.text


def _ranges(values: tuple[Value, ...]) -> Iterator[Range]:
    for value in values:
        if isinstance(value.data, Range):
            yield value.data
        elif isinstance(value.data, int) and not isinstance(value.data, bool):
            yield Range(value.data, value.data)
