"""Store: the files of the image cache, content addressed, safe with several processes and no lock.

    <2>/<sha256>.jpg|png    renditions, named by their own bytes
    sources/<2>/<sha256>    pictures fetched by URL, as they came, named by their own bytes

A file's time of change is when it was last used: contents never change. Everything can be deleted at any time and is
made or fetched again, but for renditions that a kept slip names.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packslip.files import sha256, sweep_unfinished, write_atomic

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SUFFIXES = ("jpg", "png")
_SOURCES = "sources"

#: So exactly is remembered when a file was last used: marking each use would be a write for each picture of each slip.
USE_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One file of the store."""

    digest: str
    path: Path
    size: int  #: bytes
    used: float  #: seconds since 1970, see `USE_S`
    is_source: bool  #: fetched as it came, not made


class Store:
    """Renditions and fetched sources, below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def rendition(self, digest: str, suffix: str) -> Path:
        """Where a rendition lies, there or not."""
        return self.root / digest[:2] / f"{digest}.{suffix}"

    def find(self, digest: str) -> Path:
        """The file of a rendition.

        Raises:
            FileNotFoundError: there is none of that digest.
        """
        if _DIGEST.fullmatch(digest):
            for path in (self.rendition(digest, suffix) for suffix in _SUFFIXES):
                if path.exists():
                    return path
        raise FileNotFoundError(f"no rendition {digest[:80]!r} in {self.root.name}")

    def keep(self, data: bytes, suffix: str) -> str:
        """Put a rendition into the store; gives its digest."""
        digest = sha256(data)
        _put(self.rendition(digest, suffix), data)
        return digest

    def source(self, digest: str) -> Path:
        """Where a fetched picture lies, there or not."""
        return self.root / _SOURCES / digest[:2] / digest

    def keep_source(self, data: bytes) -> str:
        """Put a fetched picture into the store; gives its digest."""
        digest = sha256(data)
        _put(self.source(digest), data)
        return digest

    def files(self) -> Iterator[Kept]:
        """Everything the store holds; files of other names are nobody's business."""
        for folder, is_source in self._folders():
            yield from _kept(folder, is_source=is_source)

    def sweep(self) -> None:
        """Remove what a killed process left half written."""
        for folder, _ in self._folders():
            sweep_unfinished(folder)

    def _folders(self) -> Iterator[tuple[Path, bool]]:
        for folder, is_source in ((self.root, False), (self.root / _SOURCES, True)):
            for entry in _entries(folder):
                if len(entry.name) == 2 and entry.is_dir(follow_symlinks=False):
                    yield Path(entry.path), is_source


def mark_used(path: Path, used: float, now: float) -> None:
    """Remember that a file last `used` then is used now, where that is news."""
    if now - used > USE_S:
        with contextlib.suppress(OSError):  # a cache that cannot be written to can still be read
            os.utime(path, (now, now))


def _put(path: Path, data: bytes) -> None:
    try:
        if path.stat().st_size == len(data):
            os.utime(path)
            return
    except OSError:
        pass
    write_atomic(path, data)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _kept(folder: Path, *, is_source: bool) -> Iterator[Kept]:
    for entry in _entries(folder):
        digest, _, suffix = entry.name.partition(".")
        if not _DIGEST.fullmatch(digest) or suffix not in ({""} if is_source else _SUFFIXES):
            continue
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:  # another process was faster
            continue
        yield Kept(digest=digest, path=Path(entry.path), size=status.st_size, used=status.st_mtime, is_source=is_source)
