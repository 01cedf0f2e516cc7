"""Character maps of fonts: from the code in a string to a text, or to a glyph's number in the font."""

import re
from collections.abc import Iterator, Mapping

import pikepdf

from packslip.press.sameness.digests import stream_data
from packslip.press.sameness.values import UnprovableError

_TOKEN = re.compile(rb"<[^>]*>|\d+|\[|\]")


def read_texts(stream: pikepdf.Object) -> Mapping[int, str]:
    """A ToUnicode map: code → its text as hexadecimal UTF-16."""
    texts: dict[int, str] = {}
    for code, step, target in _entries(stream, b"bf"):
        digits = b"".join(target.strip(b"<>").split())
        texts[code] = f"{int(digits, 16) + step:0{len(digits)}x}" if digits else ""
    return texts


def read_cids(stream: pikepdf.Object) -> Mapping[int, int]:
    """An encoding: code → CID."""
    return {code: int(target) + step for code, step, target in _entries(stream, b"cid")}


def _entries(stream: pikepdf.Object, kind: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Code, how far it is into its range, and the target of the range's start."""
    data = stream_data(stream)
    if data is None or b"usecmap" in data:
        raise UnprovableError("a character map that builds on another")
    for form, block in re.findall(rb"begin%b(char|range)(.*?)end%b" % (kind, kind), data, re.DOTALL):
        tokens = iter(_TOKEN.findall(block))
        try:
            yield from _chars(tokens) if form == b"char" else _ranges(tokens)
        except (ValueError, RuntimeError):  # RuntimeError: a generator's way to say that tokens ran out
            raise UnprovableError("a broken character map") from None


def _chars(tokens: Iterator[bytes]) -> Iterator[tuple[int, int, bytes]]:
    for code in tokens:
        yield _code(code), 0, next(tokens)


def _ranges(tokens: Iterator[bytes]) -> Iterator[tuple[int, int, bytes]]:
    for start in tokens:
        first, last, target = _code(start), _code(next(tokens)), next(tokens)
        for step in range(last - first + 1):
            yield (first + step, step, target) if target != b"[" else (first + step, 0, next(tokens))
        if target == b"[":
            next(tokens)


def _code(token: bytes) -> int:
    return int(token.strip(b"<>"), 16)
