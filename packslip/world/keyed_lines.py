"""Keyed lines: who was erased, and who wants no marketing, kept by keyed hash in a small file of its own.

A line is only ever added, so the file outlives the ledger it speaks of: a restore adds lines to it and takes none away.
A running line sees what another process adds. Holds no name and no id; without the site secret nobody can read it.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from packslip.disk import LOCAL
from packslip.files import private_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedLine:
    """One line."""

    at: datetime
    kind: str
    key: str  #: keyed hash, hexadecimal
    who: str = ""  #: who asked for it at the keyboard

    @property
    def text(self) -> str:
        """The line as it is written."""
        return json.dumps({"at": self.at.isoformat(), "kind": self.kind, "key": self.key, "who": self.who})


class KeyedLines:
    """The lines of one file, which may not exist yet. Any thread may ask."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: tuple[tuple[int, int], Mapping[tuple[str, str], KeyedLine]] = ((-1, -1), {})

    def __bool__(self) -> bool:
        return bool(self._by_key())

    def latest(self, key: str, kinds: Iterable[str]) -> KeyedLine | None:
        """The last line that some kinds have for a key."""
        found = [line for kind in kinds if (line := self._by_key().get((kind, key))) is not None]
        return max(found, key=lambda line: line.at, default=None)

    def lines(self) -> tuple[KeyedLine, ...]:
        """Every line, oldest first; one torn by a crash is left out."""
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ()
        return tuple(line for part in text.splitlines() if (line := _parsed(part)) is not None)

    def add(self, lines: Iterable[KeyedLine]) -> None:
        """Write lines that are not there yet, flushed to disk."""
        known = {line.text for line in self.lines()}
        fresh = dict.fromkeys(line.text for line in lines if line.text not in known)
        if not fresh:
            return
        private_folder(self._path.parent)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            os.write(descriptor, ("\n" * torn + "".join(f"{text}\n" for text in fresh)).encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        LOCAL.sync_folder(self._path.parent)

    def _by_key(self) -> Mapping[tuple[str, str], KeyedLine]:
        """The last line of each kind and key, read again when the file changed."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return {}
        mark = (status.st_mtime_ns, status.st_size)
        if mark != self._known[0]:
            self._known = (mark, {(line.kind, line.key): line for line in sorted(self.lines(), key=lambda one: one.at)})
        return self._known[1]


def _parsed(text: str) -> KeyedLine | None:
    try:
        values = json.loads(text)
        return KeyedLine(
            at=datetime.fromisoformat(values["at"]), kind=values["kind"], key=values["key"], who=values["who"]
        )
    except (ValueError, KeyError, TypeError):
        return None
