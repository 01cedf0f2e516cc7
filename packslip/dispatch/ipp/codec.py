"""IPP messages as bytes, and back: the binary encoding, whole and total.

`decode` takes whatever a printer sends: it gives a message or raises `IppError`, and spends no more than the bytes are
worth. Text that is not UTF-8 is read with replacement marks; a tag that is not known here keeps its bytes.

Source: RFC 8010, 3; RFC 2579 DateAndTime.
"""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

from packslip.dispatch.ipp.values import (
    Attribute,
    Attributes,
    Group,
    InLanguage,
    Message,
    Range,
    Resolution,
    Tag,
    Value,
)

#: Attributes and values in one message, more than any printer has.
MOST_VALUES = 100_000
#: Collections inside each other.
DEEPEST = 8
#: Longest name or value: lengths are signed and have 16 bits.
LONGEST = 0x7FFF

_END_OF_ATTRIBUTES = 0x03
_FIRST_VALUE_TAG = 0x10
_OUT_OF_BAND = range(0x10, 0x20)
_END_COLLECTION = 0x37
_MEMBER_NAME = 0x4A
_TEXTS = range(0x40, 0x60)
_UNITS_OF_TIME = struct.Struct(">H6BcBB")


class IppError(Exception):
    """Bytes that are no IPP message, or a message that has no bytes."""


def encode(message: Message) -> bytes:
    """A message's bytes; a document follows them as it is.

    Raises:
        IppError: a name, value or number that does not fit.
    """
    out = bytearray()
    try:
        out += struct.pack(">BBHi", *message.version, message.code, message.request_id)
        for group in message.groups:
            out.append(group.tag)
            for item in group.attributes.items:
                _put_attribute(out, item, DEEPEST)
    except (struct.error, ValueError) as fault:
        raise IppError(f"cannot be said in IPP: {fault}") from None
    out.append(_END_OF_ATTRIBUTES)
    return bytes(out)


def decode(data: bytes) -> Message:
    """The message that some bytes begin with.

    Raises:
        IppError: they are no IPP message, or one beyond all measure.
    """
    return _Reader(data).message()


def _put_attribute(out: bytearray, item: Attribute, depth: int) -> None:
    if not item.values:
        raise IppError(f"attribute {item.name} has no value")
    name = item.name.encode()
    if not name:
        raise IppError("an attribute has no name")
    for value in item.values:
        _put_value(out, name, value, depth)
        name = b""


def _put_value(out: bytearray, name: bytes, value: Value, depth: int) -> None:
    if not isinstance(value.data, Attributes):
        _put(out, value.tag, name, _payload(value))
        return
    if depth == 0:
        raise IppError("too many collections inside each other")
    _put(out, Tag.COLLECTION, name, b"")
    for member in value.data.items:
        _put(out, _MEMBER_NAME, b"", member.name.encode())
        for inner in member.values:
            _put_value(out, b"", inner, depth - 1)
    _put(out, _END_COLLECTION, b"", b"")


def _put(out: bytearray, tag: int, name: bytes, payload: bytes) -> None:
    if len(name) > LONGEST or len(payload) > LONGEST:
        raise IppError(f"longer than {LONGEST} bytes")
    out += struct.pack(">BH", tag, len(name)) + name + struct.pack(">H", len(payload)) + payload


def _payload(value: Value) -> bytes:  # noqa: PLR0911 - one line for each kind of value
    data = value.data
    match data:
        case None:
            return b""
        case bool():
            return bytes([data])
        case int():
            return struct.pack(">i", data)
        case str():
            return data.encode()
        case bytes():
            return data
        case Range():
            return struct.pack(">ii", data.first, data.last)
        case Resolution():
            return struct.pack(">iib", data.across, data.down, data.unit)
        case InLanguage():
            parts = (data.language.encode(), data.text.encode())
            return b"".join(struct.pack(">H", len(part)) + part for part in parts)
        case datetime():
            return _time_payload(data)
        case Attributes():
            raise IppError("a collection has no bytes of its own")


def _time_payload(moment: datetime) -> bytes:
    east = moment.utcoffset()
    if east is None:
        raise IppError("a time without its zone")
    minutes = round(abs(east).total_seconds()) // 60
    sign = b"-" if east < timedelta(0) else b"+"
    tenths = moment.microsecond // 100_000
    return _UNITS_OF_TIME.pack(
        moment.year,
        moment.month,
        moment.day,
        moment.hour,
        moment.minute,
        moment.second,
        tenths,
        sign,
        *divmod(minutes, 60),
    )


class _Reader:
    """Reads one message from its first byte on."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._left = MOST_VALUES

    def message(self) -> Message:
        major, minor, code, request_id = struct.unpack(">BBHi", self._take(8))
        groups: list[Group] = []
        while (tag := self._take(1)[0]) != _END_OF_ATTRIBUTES:
            if tag >= _FIRST_VALUE_TAG:
                raise IppError("a value before any group")
            groups.append(Group(tag, Attributes(self._attributes())))
        return Message(code=code, request_id=request_id, groups=tuple(groups), version=(major, minor))

    def _attributes(self) -> tuple[Attribute, ...]:
        """What stands before the next group or the end."""
        found: list[tuple[str, list[Value]]] = []
        while self._peek() >= _FIRST_VALUE_TAG:
            tag, name = self._head()
            if name:
                found.append((name, []))
            elif not found:
                raise IppError("a further value without its attribute")
            found[-1][1].append(self._value(tag, DEEPEST))
        return _named(found)

    def _members(self, depth: int) -> Attributes:
        """What a collection holds, up to its end."""
        found: list[tuple[str, list[Value]]] = []
        while True:
            tag, name = self._head()
            if name:
                raise IppError("a named value inside a collection")
            if tag == _END_COLLECTION:
                self._block()
                return Attributes(_named(found))
            if tag == _MEMBER_NAME:
                found.append((_text(self._block()), []))
            elif not found:
                raise IppError("a value in a collection without its name")
            else:
                found[-1][1].append(self._value(tag, depth))

    def _value(self, tag: int, depth: int) -> Value:
        payload = self._block()
        if tag != Tag.COLLECTION:
            return Value(tag, _read(tag, payload))
        if depth == 0:
            raise IppError("too many collections inside each other")
        return Value(tag, self._members(depth - 1))

    def _head(self) -> tuple[int, str]:
        self._left -= 1
        if self._left < 0:
            raise IppError(f"more than {MOST_VALUES} values")
        tag = self._take(1)[0]
        if tag < _FIRST_VALUE_TAG:
            raise IppError("a group begins inside a collection")
        return tag, _text(self._block())

    def _block(self) -> bytes:
        """A length and so many bytes."""
        length = int.from_bytes(self._take(2), "big")
        if length > LONGEST:
            raise IppError("a negative length")
        return self._take(length)

    def _peek(self) -> int:
        if self._at >= len(self._data):
            raise IppError("it ends too early")
        return self._data[self._at]

    def _take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise IppError("it ends too early")
        piece = self._data[self._at : end]
        self._at = end
        return piece


def _named(found: Sequence[tuple[str, list[Value]]]) -> tuple[Attribute, ...]:
    for name, values in found:
        if not values or not name:
            raise IppError("an attribute without a name or a value")
    return tuple(Attribute(name, tuple(values)) for name, values in found)


def _read(  # noqa: PLR0911 - one line for each kind of value
    tag: int, payload: bytes
) -> int | bool | str | bytes | datetime | Range | Resolution | InLanguage | None:
    if tag in _OUT_OF_BAND:
        return None
    try:
        match tag:
            case Tag.INTEGER | Tag.ENUM:
                return int(struct.unpack(">i", payload)[0])
            case Tag.BOOLEAN:
                return bool(struct.unpack(">B", payload)[0])
            case Tag.RANGE:
                return Range(*struct.unpack(">ii", payload))
            case Tag.RESOLUTION:
                return Resolution(*struct.unpack(">iib", payload))
            case Tag.TEXT_WITH_LANGUAGE | Tag.NAME_WITH_LANGUAGE:
                return _read_in_language(payload)
            case Tag.DATE_TIME:
                return _read_time(payload)
    except struct.error:
        raise IppError(f"a value of {len(payload)} bytes that is no {Tag(tag).name.lower()}") from None
    return _text(payload) if tag in _TEXTS else payload


def _read_in_language(payload: bytes) -> InLanguage:
    cut = 2 + struct.unpack_from(">H", payload)[0]
    length = struct.unpack_from(">H", payload, cut)[0]
    if cut + 2 + length != len(payload):
        raise IppError("a text in a language with a wrong length")
    return InLanguage(_text(payload[2:cut]), _text(payload[cut + 2 :]))


def _read_time(payload: bytes) -> datetime | bytes:
    """A moment; its bytes where it names one that no calendar has."""
    year, month, day, hour, minute, second, tenths, sign, hours, minutes = _UNITS_OF_TIME.unpack(payload)
    east = timedelta(hours=hours, minutes=minutes)
    try:
        zone = timezone(-east if sign == b"-" else east) if east else UTC
        return datetime(year, month, day, hour, minute, second, tenths * 100_000, zone)
    except ValueError:
        return payload


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
