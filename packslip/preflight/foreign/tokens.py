"""Tokens: a content stream as operators with their operands, one at a time, whatever the bytes are.

Never raises and never looks back: what makes no sense is passed over, as printers do. Numbers come as float, names as
str, strings as bytes, arrays as list, dictionaries as dict. An inline image comes as operator `BI` with its dictionary
and its data.
Source: ISO 32000-1:2008, 7.2 and 7.8.2.
"""

import re
from collections.abc import Iterator

Operand = float | str | bytes | bool | None | list["Operand"] | dict[str, "Operand"]

#: Operands that are kept for one operator; PDF knows none that takes more than 33.
MOST_OPERANDS = 64
#: Values in one array or dictionary, and how deep they are nested.
MOST_VALUES = 20_000
DEEPEST = 16

_TOKEN = re.compile(
    rb"[\0\t\n\f\r ]*(?:"
    rb"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))(?=[\0\t\n\f\r ()<>\[\]{}/%]|$)"
    rb"|(?P<word>[^\0\t\n\f\r ()<>\[\]{}/%]+)"
    rb"|/(?P<name>[^\0\t\n\f\r ()<>\[\]{}/%]*)"
    rb"|(?P<open>\((?P<plain>[^()\\]*\))?)"
    rb"|<(?P<hex>[0-9A-Fa-f\0\t\n\f\r ]*)>"
    rb"|(?P<mark><<|>>|[\[\]{}<>)])"
    rb"|%[^\r\n]*"
    rb")"
)
_STRING_PART = re.compile(rb"[^()\\]+|\\(?:\r\n|[0-7]{1,3}|.|$)|[()]", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"", b"\r\n": b""}
_LIKE_NUMBERS = frozenset(b"+-.0123456789")  # such a word is a broken number, to printers zero
_VALUES = frozenset({"number", "name", "open", "hex"})
_HASH = re.compile(rb"#([0-9A-Fa-f]{2})")
_WORDS: dict[bytes, bool | None] = {b"true": True, b"false": False, b"null": None}
_IMAGE_END = re.compile(rb"[\0\t\n\f\r ]EI(?=[\0\t\n\f\r ]|$)")
_BINARY = re.compile(rb"[^\t\n\f\r\x20-\x7e]")


def operations(data: bytes) -> Iterator[tuple[bytes, list[Operand]]]:
    """Operators of a content stream in order, each with the operands before it."""
    return ((operator, operands) for operator, operands, _, _ in placed_operations(data))


def placed_operations(data: bytes) -> Iterator[tuple[bytes, list[Operand], int, int]]:
    """The same, and where each operation with its operands begins and ends."""
    reading = _Reading(data)
    operands: list[Operand] = []
    start = 0
    while True:
        kind, value = reading.next()
        if kind == "end":
            return
        if kind == "word":
            operator = value if isinstance(value, bytes) else b""
            if operator in _WORDS:
                operands.append(_WORDS[operator])
                continue
            if operator == b"BI":
                operands = [*reading.inline_image()]
            yield operator, operands, start, reading.at
            start = reading.at
            operands = []
        elif kind == "value" and len(operands) < MOST_OPERANDS:
            operands.append(value)


class _Reading:
    """A place in the bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def at(self) -> int:
        """How far it has come."""
        return self._at

    def next(self, depth: int = 0) -> tuple[str, Operand]:
        """What comes next: `end`, `word`, `close` (of an array or dictionary), `value` or `none`."""
        found = _TOKEN.match(self._data, self._at)
        if found is None:
            self._at += 1
            return ("end" if self._at >= len(self._data) else "none"), None
        if found.end() == self._at:
            return "end", None
        self._at = found.end()
        kind = str(found.lastgroup)
        if kind == "word":
            return ("value", 0.0) if found["word"][0] in _LIKE_NUMBERS else ("word", found["word"])
        if kind == "mark":
            return self._mark(found["mark"], depth)
        return ("value", self._value(kind, found)) if kind in _VALUES else ("none", None)

    def _value(self, kind: str, found: re.Match[bytes]) -> Operand:
        if kind == "number":
            return float(found["number"][:40])
        if kind == "name":
            return _name(found["name"])
        if kind == "hex":
            return _hex(found["hex"])
        return found["plain"][:-1] if found["plain"] is not None else self._string()

    def inline_image(self) -> tuple[dict[str, Operand], bytes]:
        """The dictionary and the data of an image within the content."""
        values: list[Operand] = []
        while len(values) < MOST_OPERANDS:
            kind, value = self.next()
            if kind == "end" or (kind == "word" and value == b"ID"):
                break
            if kind == "value":
                values.append(value)
            elif kind == "word" and isinstance(value, bytes):
                values.append(_WORDS.get(value))
        start = min(self._at + 1, len(self._data))
        end = self._image_end(start)
        return _dictionary(values), self._data[start:end]

    def _image_end(self, start: int) -> int:
        """Where the data ends: before an `EI` that is followed by text and not by more data."""
        for found in _IMAGE_END.finditer(self._data, start):
            if not _BINARY.search(self._data, found.end(), found.end() + 32):
                self._at = found.end()
                return found.start()
        self._at = len(self._data)
        return self._at

    def _mark(self, mark: bytes, depth: int) -> tuple[str, Operand]:
        if mark in (b"[", b"<<"):
            if depth >= DEEPEST:
                return "none", None
            values = self._values(depth + 1)
            return "value", values if mark == b"[" else _dictionary(values)
        return ("close" if mark in (b"]", b">>") else "none"), None

    def _values(self, depth: int) -> list[Operand]:
        values: list[Operand] = []
        while True:
            kind, value = self.next(depth)
            if kind in ("end", "close"):
                return values
            if kind == "word" and isinstance(value, bytes):
                kind, value = "value", _WORDS.get(value)
            if kind == "value" and len(values) < MOST_VALUES:
                values.append(value)

    def _string(self) -> bytes:
        parts: list[bytes] = []
        depth = 1
        for found in _STRING_PART.finditer(self._data, self._at):
            part = found[0]
            if part == b"(":
                depth += 1
            elif part == b")":
                depth -= 1
                if not depth:
                    self._at = found.end()
                    return b"".join(parts)
            parts.append(_escape(part[1:]) if part[:1] == b"\\" else part)
        self._at = len(self._data)
        return b"".join(parts)


def _escape(said: bytes) -> bytes:
    if said[:1].isdigit() and said[:1] not in (b"8", b"9"):
        return bytes([int(said, 8) & 255])
    return _ESCAPES.get(said, said)


def _hex(digits: bytes) -> bytes:
    digits = b"".join(digits.split()).replace(b"\0", b"")
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def _name(said: bytes) -> str:
    return _HASH.sub(lambda found: bytes([int(found[1], 16)]), said).decode("utf-8", "surrogateescape")


def _dictionary(values: list[Operand]) -> dict[str, Operand]:
    return {key: value for key, value in zip(values[::2], values[1::2], strict=False) if isinstance(key, str)}
