"""Values of a PDF, read without trust: every function is total, and what is not there or not of its kind is nothing.

A foreign file may say anything anywhere, so nobody else in this package asks pikepdf for an entry, a number or a name.
"""

import math
import re
import zlib
from collections.abc import Iterator
from typing import TypeGuard

import pikepdf

#: What pikepdf is known to raise when a value is broken or is of another kind than asked for.
FAULTS = (
    pikepdf.PikepdfError,
    ValueError,
    TypeError,
    LookupError,
    RuntimeError,
    NotImplementedError,
    AttributeError,
    ArithmeticError,
)

#: Longest array and largest dictionary that is looked into.
MOST_ENTRIES = 100_000
#: Most bytes a stream is unpacked to: a page of dense vector art has two million.
MOST_BYTES = 64_000_000
_FARTHEST = 1e9
_HASH = re.compile(rb"#([0-9A-Fa-f]{2})")


def entry(holder: object, key: str) -> object:
    """What a dictionary or stream holds under a key, None where there is nothing or it is neither."""
    if not is_holder(holder):
        return None
    try:
        return holder.get(key)
    except FAULTS:
        return None


def path(holder: object, *keys: str) -> object:
    """What is found by going down from key to key."""
    for key in keys:
        holder = entry(holder, key)
    return holder


def entries(holder: object) -> Iterator[tuple[str, object]]:
    """Keys and values of a dictionary or stream, in order of the keys."""
    if not is_holder(holder):
        return
    try:
        keys = sorted(holder.keys())[:MOST_ENTRIES]
    except FAULTS:
        return
    for key in keys:
        value = entry(holder, key)
        if value is not None:
            yield key, value


def is_holder(value: object) -> TypeGuard[pikepdf.Object]:
    """Whether a value is a dictionary or a stream."""
    return isinstance(value, pikepdf.Dictionary | pikepdf.Stream)


def is_stream(value: object) -> TypeGuard[pikepdf.Stream]:
    """Whether a value is a stream."""
    return isinstance(value, pikepdf.Stream)


def is_array(value: object) -> bool:
    """Whether a value is an array."""
    return isinstance(value, pikepdf.Array)


def items(value: object) -> list[object]:
    """The values of an array, none where it is no array."""
    if not isinstance(value, pikepdf.Array):
        return []
    try:
        return [value[number] for number in range(min(len(value), MOST_ENTRIES))]
    except FAULTS:
        return []


def number(value: object) -> float | None:
    """A finite number of sane size."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = float(value)  # type: ignore[arg-type]  # an int or Decimal; others raise
    except FAULTS:
        return None
    return found if math.isfinite(found) and abs(found) < _FARTHEST else None


def whole(value: object) -> int | None:
    """A whole number."""
    found = number(value)
    return int(found) if found is not None and found == int(found) else None


def numbers(value: object) -> tuple[float, ...]:
    """The numbers of an array, none where any of its values is no number."""
    found = [number(each) for each in items(value)]
    return tuple(each for each in found if each is not None) if None not in found else ()


def name(value: object) -> str:
    """A name without its solidus, "" where it is no name. Bytes that are no UTF-8 come as lone surrogates."""
    if not isinstance(value, pikepdf.Name):
        return ""
    try:
        return str(value)[1:]
    except UnicodeDecodeError:
        plain = _HASH.sub(lambda found: bytes([int(found[1], 16)]), value.unparse()[1:])
        return plain.decode("utf-8", "surrogateescape")


def names(value: object) -> tuple[str, ...]:
    """One name, or the names of an array."""
    found = [name(each) for each in items(value)] if is_array(value) else [name(value)]
    return tuple(each for each in found if each)


def text(value: object) -> str:
    """A text string, "" where it is none."""
    if not isinstance(value, pikepdf.String):
        return ""
    try:
        return str(value)
    except FAULTS:
        return ""


def identity(value: object) -> tuple[int, int] | None:
    """Object and generation number of an object that stands by itself."""
    if not isinstance(value, pikepdf.Object) or not value.is_indirect or value.objgen == (0, 0):
        return None
    return value.objgen


def content(stream: object, most: int = MOST_BYTES) -> bytes | None:
    """What a stream holds, unpacked; None where that fails or is more than `most` bytes.

    What is merely deflated is unpacked by no more than that, so that a bomb costs what it is allowed to.
    """
    if not is_stream(stream):
        return None
    try:
        if names(entry(stream, "/Filter")) == ("FlateDecode",) and whole(
            path(stream, "/DecodeParms", "/Predictor")
        ) in (
            None,
            1,
        ):
            return _inflated(stream.read_raw_bytes(), most)
        data = stream.read_bytes()
    except FAULTS:
        return None
    return data if len(data) <= most else None


def _inflated(packed: bytes, most: int) -> bytes | None:
    """As much as unpacks before a fault, for that is what printers draw."""
    unpacking = zlib.decompressobj()
    data = bytearray()
    is_sound = True
    for start in range(0, len(packed), 65536):
        try:
            data += unpacking.decompress(packed[start : start + 65536], most + 1 - len(data))
        except zlib.error:
            is_sound = False
            break
        if len(data) > most or unpacking.eof:
            break
    return bytes(data) if len(data) <= most and (data or is_sound) else None
