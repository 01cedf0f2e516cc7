"""Store: the image cache on disk, content addressed, safe with several processes and no lock.

    <2>/<sha256>.jpg|png    renditions, named by their own bytes
    index/<2>/<key>.json    what a reference and recipe gave last time, and from which source
    sources/<2>/<key>       pictures fetched by URL, as they came, with <key>.json beside

Everything can be deleted at any time and is made again, but for renditions that a kept slip names.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import __version__ as pillow_version
from pydantic import TypeAdapter, ValidationError

from packslip.files import sha256, write_atomic
from packslip.model import Finding
from packslip.pictures.recipe import Recipe

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SUFFIXES = ("jpg", "png")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """How a source looked when it was read."""

    mtime_ns: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one reference and recipe gave; `digest` is blank where it gave no rendition."""

    stamp: Stamp
    source: str  #: SHA-256 of the source's bytes
    digest: str = ""
    suffix: str = ""
    width: int = 0
    height: int = 0
    findings: tuple[Finding, ...] = field(default=())


_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


class Store:
    """Renditions, their index and fetched sources, below one folder."""

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
        path = self.rendition(digest, suffix)
        if not path.exists():
            write_atomic(path, data)
        return digest

    def recall(self, reference: str, recipe: Recipe) -> Entry | None:
        """What the index says; None where it says nothing it can be trusted with."""
        try:
            entry = _ENTRY.validate_json(self._index(reference, recipe).read_bytes())
        except (OSError, ValidationError):
            return None
        whole = not entry.digest or (_DIGEST.fullmatch(entry.digest) and entry.suffix in _SUFFIXES)
        return entry if whole else None

    def note(self, reference: str, recipe: Recipe, entry: Entry) -> None:
        """Write into the index what came of a reference and recipe."""
        write_atomic(self._index(reference, recipe), _ENTRY.dump_json(entry))

    def source(self, url: str) -> Path:
        """Where the picture fetched from a URL lies, there or not."""
        key = _key((url,))
        return self.root / "sources" / key[:2] / key

    def keep_source(self, url: str, data: bytes, *, etag: str, last_modified: str) -> Path:
        """Put a fetched picture into the store, with what a later fetch needs to ask whether it changed."""
        path = self.source(url)
        origin = {"url": url, "etag": etag, "last_modified": last_modified, "sha256": sha256(data)}
        write_atomic(path.with_name(f"{path.name}.json"), json.dumps(origin, sort_keys=True).encode())
        write_atomic(path, data)
        return path

    def _index(self, reference: str, recipe: Recipe) -> Path:
        key = _key((reference, str(recipe), pillow_version))
        return self.root / "index" / key[:2] / f"{key}.json"


def _key(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
