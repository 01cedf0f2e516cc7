"""Promises: what a trigger or a manifest says of the files it stands for.

One line tells one file: `size=1843 rows=12 sha256=9f86… name`, each part but the name optional and in any order, or a
line of `sha256sum`. In a trigger the name is left out or ignored. What else it says, such as a time, is passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_BYTES = 4 << 20  #: of a trigger or manifest
MOST_FILES = 10_000

_PART = re.compile(r"(?:(?P<key>sha256|size|rows)\s*[=:]\s*(?P<value>[^\s,;]+)|(?P<digest>[0-9A-Fa-f]{64}))[\s,;]*")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What a file was said to be; blank: nothing was said."""

    size: int | None = None  #: in bytes
    rows: int | None = None  #: below the header, blank ones not counted
    sha256: str = ""

    def broken_by_size(self, size: int) -> str:
        """Why a file of a size is not it, "" where it may be."""
        return f"{self.size} bytes were promised, it has {size}" if self.size not in (None, size) else ""

    def broken_by(self, *, sha256: str, rows: int | None) -> str:
        """Why bytes of a digest are not it, "" where they are."""
        if self.sha256 and self.sha256 != sha256:
            return f"sha256 {self.sha256[:12]}… was promised, it has {sha256[:12]}…"
        if self.rows is not None and rows != self.rows:
            return f"{self.rows} rows were promised, it has {rows if rows is not None else 'none that can be read'}"
        return ""


class BadMarkError(ValueError):
    """A trigger or manifest says something that cannot be understood; the message names the line."""


def read_trigger(data: bytes) -> Promise:
    """What a trigger promises; an empty one promises nothing.

    Raises:
        BadMarkError: a size, a count or a digest is none.
    """
    promise = Promise()
    for number, line in _lines(data):
        promise, _ = _read_line(line, number, promise)
    return promise


def read_manifest(data: bytes) -> dict[str, Promise]:
    """The files a manifest names, in its order, each with what it promises of it.

    Raises:
        BadMarkError: a line cannot be understood, a name is no plain file name or stands there twice, or none does.
    """
    named: dict[str, Promise] = {}
    for number, line in _lines(data):
        promise, rest = _read_line(line, number, Promise())
        name = rest.removeprefix("*").strip()
        if not name or "/" in name or "\\" in name or name in {".", ".."}:
            raise BadMarkError(f"line {number}: expected the name of a file beside it")
        if name in named:
            raise BadMarkError(f"line {number}: a name that stands there already")
        if len(named) == MOST_FILES:
            raise BadMarkError(f"line {number}: more than {MOST_FILES} files")
        named[name] = promise
    if not named:
        raise BadMarkError("it names no file")
    return named


def _lines(data: bytes) -> Iterator[tuple[int, str]]:
    """Lines that say something, numbered from 1; UTF-8, whatever is no UTF-8 as file names have it."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    for number, line in enumerate(text.split("\n"), 1):
        if (bare := line.strip()) and not bare.startswith("#"):
            yield number, bare


def _read_line(line: str, number: int, promise: Promise) -> tuple[Promise, str]:
    size, rows, sha256 = promise.size, promise.rows, promise.sha256
    while part := _PART.match(line):
        key, value = part["key"] or "sha256", (part["value"] or part["digest"]).lower()
        if key == "sha256":
            if not _DIGEST.fullmatch(value):
                raise BadMarkError(f"line {number}: sha256: expected 64 hexadecimal digits")
            sha256 = value
        elif not (value.isascii() and value.isdigit() and len(value) <= 15):
            raise BadMarkError(f"line {number}: {key}: expected a whole number")
        elif key == "size":
            size = int(value)
        else:
            rows = int(value)
        line = line[part.end() :]
    return Promise(size=size, rows=rows, sha256=sha256), line
