"""Wire: what a pool and its workers say to each other, as JSON and bytes, in frames whose length is told first.

A worker handles what strangers sent, so it is believed in nothing: what comes back makes only values of the type that
was asked for, never code, and is bounded in size and in time. Whatever else it says is a `GarbageError`.

A frame is two lengths, of its head and of its parts, then both. The head is JSON: the number of the request, a word,
a value, and how long each part is. Bytes are not in the JSON: a mapping of `_PART` to a number stands for them.
"""

import json
import math
import os
import re
import socket
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal, TypeVar, cast

from pydantic import TypeAdapter
from pydantic_core import from_json

from packslip.errors import HoldOrder, LayoutError, PackslipError, RetryLater, UsageError, WorkspaceError

_LENGTHS = struct.Struct(">IQ")
_PART = "\0part"
#: The longest head: findings of a file that has a hundred thousand faults, and no more.
MOST_HEAD = 16 * 1024 * 1024
#: The longest frame, all parts together.
MOST_BYTES = 512 * 1024 * 1024

T = TypeVar("T")

Word = Literal["ask", "ready", "answer", "fault", "bug", "memory"]
_WORDS = frozenset({"ask", "ready", "answer", "fault", "bug", "memory"})
#: What a number without end looks like, or perhaps a text.
_ENDLESS = re.compile(rb"\d[eE]\+?\d{3}")
#: The longest text of a fault or a bug, in letters.
_MOST_WORDS = 20_000
_FAULTS = {kind.__name__: kind for kind in (UsageError, WorkspaceError, LayoutError, HoldOrder, RetryLater)}


class GarbageError(Exception):
    """What came is no frame of ours, or is too large; the text says no word of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is in a frame."""

    number: int  #: of the request; an answer repeats it
    word: Word
    value: object  #: plain: texts, numbers, lists, mappings, bytes; what it should be, the reader checks


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a worker is told before anything else, on its standard input, as one line of JSON."""

    opener: str  #: `module:function` that opens the task
    arguments: tuple[str, ...]  #: of the opener; a path is a text
    request: str  #: `module:class` of what the task is asked
    answer: str  #: and of what it gives
    memory_mb: int
    start_s: float  #: longest time for opening
    deadline_s: float  #: longest time for one request
    path: tuple[str, ...]  #: where modules lie
    is_modest: bool = False  #: it takes only the time that nobody else wants


def fault_words(fault: PackslipError) -> tuple[str, str, str]:
    """An exception with a fate, as it travels: the class that has the fate, message, hint."""
    kind = next(kind.__name__ for kind in type(fault).__mro__ if kind.__name__ in _FAULTS)
    return kind, fault.message[:_MOST_WORDS], fault.hint[:_MOST_WORDS]


def fault_of(value: object) -> PackslipError:
    """The exception that such words tell of.

    Raises:
        GarbageError: they tell of none.
    """
    match value:
        case [str(kind), str(message), str(hint)] if kind in _FAULTS and len(message) + len(hint) <= 2 * _MOST_WORDS:
            return _FAULTS[kind](message, hint=hint)
        case _:
            raise GarbageError("no fault of ours")


def bug_of(value: object) -> str:
    """Where a bug is, as its worker says.

    Raises:
        GarbageError: it says something else.
    """
    if not isinstance(value, str) or len(value) > _MOST_WORDS:
        raise GarbageError("no place of a bug")
    return value


def pack(number: int, word: Word, value: T, kind: TypeAdapter[T] | None = None) -> bytes:
    """A frame; `value` is plain but for dates, paths and decimals, or of a kind whose dataclasses are to be made so."""
    spread = value if kind is None else kind.dump_python(value, warnings="error")
    parts: list[bytes] = []

    def plain(item: object) -> object:
        if isinstance(item, bytes):
            parts.append(item)
            return {_PART: len(parts) - 1}
        return _plain(item)

    text = json.dumps([number, word, spread], default=plain, allow_nan=False, separators=(",", ":"))
    lengths = [len(part) for part in parts]
    head = f"[{text},{json.dumps(lengths)}]".encode()
    return b"".join((_LENGTHS.pack(len(head), sum(lengths)), head, *parts))


def send(connection: socket.socket, frame: bytes, until: float | None = None) -> None:
    """Send a frame; `until` as the monotonic clock counts, None: however long it takes.

    Raises:
        TimeoutError: it was not taken in time.
        OSError: the other end is gone.
    """
    connection.settimeout(_left(until))
    connection.sendall(frame)


def receive(connection: socket.socket, until: float | None = None, most: int = MOST_BYTES) -> Message:
    """The next message, whole, by a time.

    Raises:
        TimeoutError: it was not all there in time.
        EOFError: the other end is gone.
        OSError: the other end is gone.
        GarbageError: it is not one of ours, or has more than `most` bytes.
    """
    head, parts = _LENGTHS.unpack(_read(connection, _LENGTHS.size, until))
    if head > MOST_HEAD or head + parts > most:
        raise GarbageError("too much")
    return _unpack(_read(connection, head + parts, until), head)


def _read(connection: socket.socket, size: int, until: float | None) -> memoryview:
    room = memoryview(bytearray(size))
    at = 0
    while at < size:
        connection.settimeout(_left(until))
        count = connection.recv_into(room[at:])
        if not count:
            raise EOFError
        at += count
    return room


def _left(until: float | None) -> float | None:
    if until is None:
        return None
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _unpack(frame: memoryview, head: int) -> Message:
    text = bytes(frame[:head])
    try:
        (number, word, value), lengths = from_json(text, allow_inf_nan=False)
    except (ValueError, TypeError):
        raise GarbageError("no JSON of ours") from None
    if type(number) is not int or not isinstance(word, str) or word not in _WORDS or not isinstance(lengths, list):
        raise GarbageError("no message of ours")
    parts = _cut(frame[head:], lengths)
    if parts or _ENDLESS.search(text):
        value = _filled(value, parts)
    return Message(number=number, word=cast("Word", word), value=value)


def _cut(rest: memoryview, lengths: Sequence[object]) -> list[bytes]:
    parts: list[bytes] = []
    at = 0
    for length in lengths:
        if type(length) is not int or not 0 <= length <= len(rest) - at:
            raise GarbageError("parts that do not fit")
        parts.append(bytes(rest[at : at + length]))
        at += length
    if at != len(rest):
        raise GarbageError("parts that do not fit")
    return parts


def _filled(value: object, parts: Sequence[bytes]) -> object:
    """A plain value with its parts where they belong; nothing in it is deeper than the JSON reader allows."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return [_filled(item, parts) for item in value]
    if isinstance(value, dict):
        if _PART in value:
            return _part(value, parts)
        return {name: _filled(item, parts) for name, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        raise GarbageError("a number without end")
    return value


def _part(value: Mapping[str, object], parts: Sequence[bytes]) -> bytes:
    at = value[_PART]
    if len(value) != 1 or type(at) is not int or not 0 <= at < len(parts):
        raise GarbageError("a part that is not there")
    return parts[at]


def _plain(item: object) -> object:
    """What JSON says of a value that it has no word for."""
    for kind, say in _SAID:
        if isinstance(item, kind):
            return say(item)
    raise TypeError(f"{type(item).__name__} does not travel")


_SAID: Final[tuple[tuple[type, Callable[..., object]], ...]] = (
    (Mapping, dict),
    (frozenset, list),
    (date, str),
    (Decimal, str),
    (os.PathLike, os.fspath),
)
