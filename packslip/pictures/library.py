"""Picture library: a reference from a CSV or the catalogue in, a print-ready rendition out.

Owns finding, fetching, remembering. Decoding is `rendering`'s; what a missing picture means to a slip is the layout's
policy and decided elsewhere.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from packslip.files import sha256
from packslip.model import Finding, Where, error, has_errors
from packslip.pictures.folder import PictureFolder
from packslip.pictures.recipe import Ink, Recipe, Rendered
from packslip.pictures.remote import Fetched, fetch_url, is_url
from packslip.pictures.rendering import render_rendition
from packslip.pictures.store import Entry, Stamp, Store
from packslip.settings import PictureSettings

#: For so long a URL that failed is not asked again.
_RETRY_S = 120.0
_MOST_REMEMBERED = 100_000

Decode = Callable[[bytes, Recipe], Rendered]
Fetch = Callable[[str, PictureSettings], Fetched]


class Box(Protocol):
    """The place a picture fills, in mm; a layout's `PictureBox` is one."""

    @property
    def width_mm(self) -> float: ...  # noqa: D102

    @property
    def height_mm(self) -> float: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """A picture ready for the press."""

    digest: str  #: SHA-256 of its bytes
    path: Path
    width: int  #: pixels
    height: int  #: pixels


@dataclass(frozen=True, slots=True)
class _Known:
    """What is remembered of one reference and recipe, so that a second fetch reads nothing."""

    source: str
    stamp: Stamp
    rendition: Rendition | None
    findings: tuple[Finding, ...]


class PictureLibrary:
    """Renditions of one workspace's pictures. Safe with several threads and processes."""

    def __init__(
        self,
        folder: Path,
        source: Path,
        settings: PictureSettings,
        *,
        decode: Decode = render_rendition,
        fetch_url: Fetch = fetch_url,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Renditions are kept below `folder`, bare names looked up below `source`.

        `decode` may run `render_rendition` elsewhere, such as in a limited child. `clock` counts seconds from anywhere.
        """
        self._store = Store(folder)
        self._pictures = PictureFolder(source)
        self._settings = settings
        self._decode = decode
        self._fetch_url = fetch_url
        self._clock = clock
        self._known: dict[tuple[str, Recipe], _Known] = {}
        self._failed: dict[str, tuple[float, tuple[Finding, ...]]] = {}
        self._url_locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def fetch(
        self, reference: str, box: Box, dots_per_mm: float, ink: Ink
    ) -> tuple[Rendition | None, tuple[Finding, ...]]:
        """The rendition of a picture for one place on one device; None with an error where there is none.

        `reference` is a name in the picture folder's listing or an http(s) URL of an allowed host. What was made once
        is found again without decoding, until the source changes.
        """
        reference = reference.strip()
        recipe = Recipe(
            width_mm=box.width_mm,
            height_mm=box.height_mm,
            dots_per_mm=dots_per_mm,
            ink=ink,
            max_pixels=self._settings.max_pixels,
        )
        known = self._known.get((reference, recipe))
        if known is not None and _stamp(known.source) == known.stamp and _is_there(known.rendition):
            return known.rendition, known.findings
        where = self._where(reference)
        source, findings = self._source(reference)
        if source is None:
            return None, _placed(findings, where)
        return self._render(reference, recipe, source, where)

    def path(self, digest: str) -> Path:
        """The file of a rendition.

        Raises:
            FileNotFoundError: there is none of that digest.
        """
        return self._store.find(digest)

    def _source(self, reference: str) -> tuple[Path | None, tuple[Finding, ...]]:
        """The file a reference stands for, fetched if need be."""
        if is_url(reference):
            return self._download(reference)
        found = self._pictures.find(reference)
        if found is not None:
            return found, ()
        nearest = self._pictures.nearest(reference)
        hint = f"did you mean {nearest!r}?" if nearest else f"put the file into {self._settings.folder}"
        return None, (error("picture.missing", Where(), f"no picture {_shown(reference)}", hint),)

    def _download(self, url: str) -> tuple[Path | None, tuple[Finding, ...]]:
        path = self._store.source(url)
        if path.exists():
            return path, ()
        with self._lock:
            lock = self._url_locks.setdefault(url, threading.Lock())
        with lock:
            failed = self._failed.get(url)
            if path.exists():
                return path, ()
            if failed is not None and self._clock() < failed[0]:
                return None, failed[1]
            fetched = self._fetch_url(url, self._settings)
            if not fetched.data or has_errors(fetched.findings):
                nothing = (
                    error("picture.unreachable", Where(), "server sent an empty file", "check the picture's address"),
                )
                findings = fetched.findings or nothing
                self._failed[url] = (self._clock() + _RETRY_S, findings)
                return None, findings
            self._failed.pop(url, None)
            kept = self._store.keep_source(url, fetched.data, etag=fetched.etag, last_modified=fetched.last_modified)
            return kept, ()

    def _render(
        self, reference: str, recipe: Recipe, source: Path, where: Where
    ) -> tuple[Rendition | None, tuple[Finding, ...]]:
        stamp = _stamp(str(source))
        if stamp is None:
            gone = error("picture.missing", where, f"no picture {_shown(reference)}", "it was there a moment ago")
            return None, (gone,)
        name = reference if is_url(reference) else f"{self._settings.folder}/{reference}"
        entry = self._store.recall(name, recipe)
        if entry is None or entry.stamp != stamp or not self._has(entry):
            entry = self._make(recipe, source, stamp, entry)
            self._store.note(name, recipe, entry)
        rendition = None
        if entry.digest:
            path = self._store.rendition(entry.digest, entry.suffix)
            rendition = Rendition(digest=entry.digest, path=path, width=entry.width, height=entry.height)
        findings = _placed(entry.findings, where)
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[reference, recipe] = _Known(str(source), stamp, rendition, findings)
        return rendition, findings

    def _make(self, recipe: Recipe, source: Path, stamp: Stamp, before: Entry | None) -> Entry:
        """What a source gives; it is decoded only where its bytes are new."""
        if stamp.size > self._settings.max_bytes:
            message = f"file has {stamp.size} bytes, more than the {self._settings.max_bytes} allowed"
            hint = "scale the picture down, or raise pictures.max_bytes"
            return Entry(stamp=stamp, source="", findings=(error("picture.too_large", Where(), message, hint),))
        try:
            data = source.read_bytes()
        except OSError as fault:
            message = f"file cannot be read: {fault.strerror}"
            finding = error("picture.not_readable", Where(), message, "check the file's permissions")
            return Entry(stamp=stamp, source="", findings=(finding,))
        digest = sha256(data)
        if before is not None and before.source == digest and self._has(before):
            return replace(before, stamp=stamp)
        rendered = self._decode(data, recipe)
        kept = self._store.keep(rendered.data, rendered.suffix) if rendered.data else ""
        return Entry(
            stamp=stamp,
            source=digest,
            digest=kept,
            suffix=rendered.suffix,
            width=rendered.width,
            height=rendered.height,
            findings=rendered.findings,
        )

    def _has(self, entry: Entry) -> bool:
        return not entry.digest or self._store.rendition(entry.digest, entry.suffix).exists()

    def _where(self, reference: str) -> Where:
        if is_url(reference):
            return Where(spot=reference.split("?", 1)[0].split("#", 1)[0][:200])  # a query may carry keys
        return Where(file=f"{self._settings.folder}/{_plain(reference)}")


def _stamp(path: str) -> Stamp | None:
    try:
        status = os.stat(path)  # noqa: PTH116 (twice as fast as Path.stat, and this is the hot line)
    except OSError:
        return None
    return Stamp(mtime_ns=status.st_mtime_ns, size=status.st_size)


def _is_there(rendition: Rendition | None) -> bool:
    return rendition is None or os.path.exists(rendition.path)  # noqa: PTH110


def _placed(findings: tuple[Finding, ...], where: Where) -> tuple[Finding, ...]:
    return tuple(replace(finding, where=where) for finding in findings)


def _plain(reference: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in reference[:120])


def _shown(reference: str) -> str:
    return repr(_plain(reference))
