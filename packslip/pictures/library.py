"""Picture library: a reference from a CSV or the catalogue in, a print-ready rendition out.

Owns finding, fetching, remembering, for one order at a time; `sync` does it for all ahead of time and shares index and
store. Decoding is `rendering`'s; what a missing picture means to a slip is the layout's policy and decided elsewhere.
"""

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from packslip.files import sha256
from packslip.library.printing_conditions import PrintingCondition
from packslip.model import Finding, Where, error, has_errors
from packslip.pictures.folder import PictureFolder
from packslip.pictures.index import Entry, Index, Note, Source, Stamp
from packslip.pictures.recipe import Decode, Ink, Recipe
from packslip.pictures.remote import Fetched, fetch_url, is_url
from packslip.pictures.rendering import render_renditions
from packslip.pictures.sources import missing, place_of, read_source, reference_name, stamp_of
from packslip.pictures.store import Store, mark_used
from packslip.settings import PictureSettings

#: For so long a URL that failed is not asked again.
_RETRY_S = 120.0
_NO_TIME = error(
    "picture.unreachable",
    Where(),
    "not fetched: the other pictures of this slip took all its time",
    "packslip images sync fetches pictures ahead of the orders",
)
#: For so long what was fetched is taken for the same without asking the index.
_FRESH_S = 30.0
_MOST_REMEMBERED = 200_000

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

    source: str  #: path of the file; "" for what was fetched
    stamp: Stamp | None
    rendition: Rendition | None
    findings: tuple[Finding, ...]
    lasts: bool = True  #: it need not be looked up anew the next time
    until: float = 0.0  #: by the clock, for what was fetched: a sync may have another picture by then


@dataclass(frozen=True, slots=True)
class _Bytes:
    """The bytes a reference stands for now, read as late as possible."""

    source: Source
    path: Path


class PictureLibrary:
    """Renditions of one workspace's pictures. Safe with several threads and processes."""

    def __init__(
        self,
        folder: Path,
        source: Path,
        settings: PictureSettings,
        *,
        decode: Decode = render_renditions,
        fetch_url: Fetch = fetch_url,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], float] = time.time,
    ) -> None:
        """Renditions are kept below `folder`, bare names looked up below `source`.

        `decode` may run `render_renditions` elsewhere, such as in a limited child. `clock` counts seconds from
        anywhere, `today` since 1970.
        """
        self._store = Store(folder)
        self._index = Index(folder)
        self._pictures = PictureFolder(source)
        self._settings = settings
        self._decode = decode
        self._fetch_url = fetch_url
        self._clock = clock
        self._today = today
        self._known: dict[tuple[str, Recipe], _Known] = {}
        self._failed: dict[str, tuple[float, tuple[Finding, ...]]] = {}
        self._url_locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def fetch(
        self,
        reference: str,
        box: Box,
        dots_per_mm: float,
        ink: Ink,
        condition: PrintingCondition | None = None,
        *,
        within_s: float | None = None,
    ) -> tuple[Rendition | None, tuple[Finding, ...]]:
        """The rendition of a picture for one place on one device; None with an error where there is none.

        `reference` is a name in the picture folder's listing or an http(s) URL of an allowed host. Colours end in the
        space of `condition`, sRGB without. What was made once is found again without decoding, until the source
        changes. `within_s` shortens the time a server is given.
        """
        reference = reference.strip()
        recipe = Recipe(
            width_mm=box.width_mm,
            height_mm=box.height_mm,
            dots_per_mm=dots_per_mm,
            ink=ink,
            max_pixels=self._settings.max_pixels,
            condition=condition,
        )
        known = self._known.get((reference, recipe))
        if known is None or not self._is_current(known):
            known = self._look_up(reference, recipe, within_s)
        return known.rendition, known.findings

    def path(self, digest: str) -> Path:
        """The file of a rendition.

        Raises:
            FileNotFoundError: there is none of that digest.
        """
        return self._store.find(digest)

    def is_whole(self, digest: str) -> bool:
        """Whether a rendition is there and as it was made; one that was changed is removed, to be made again."""
        try:
            path = self._store.find(digest)
            if sha256(path.read_bytes()) == digest:
                return True
            path.unlink(missing_ok=True)
        except OSError:
            pass
        return False

    def _is_current(self, known: _Known) -> bool:
        """Whether what is remembered still holds: the hot line of an order, two looks at the disk."""
        if stamp_of(known.source) != known.stamp if known.source else self._clock() >= known.until:
            return False
        return known.rendition is None or self._is_there(known.rendition.path)

    def _is_there(self, path: Path) -> bool:
        try:
            status = os.stat(path)  # noqa: PTH116 (twice as fast as Path.stat)
        except OSError:
            return False
        mark_used(path, status.st_mtime, self._today())
        return True

    def _look_up(self, reference: str, recipe: Recipe, within_s: float | None) -> _Known:
        name = reference_name(reference, self._settings)
        if is_url(reference):
            found = self._remote(reference, name, recipe, within_s)
        else:
            found = self._local(reference, name, recipe)
        known = replace(found, findings=_placed(found.findings, place_of(name)), until=self._clock() + _FRESH_S)
        if known.lasts:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[reference, recipe] = known
        return known

    def _local(self, reference: str, name: str, recipe: Recipe) -> _Known:
        path = self._pictures.find(reference)
        stamp = None if path is None else stamp_of(str(path))
        if path is None or stamp is None:
            return _failed(missing(reference, self._pictures, self._settings))
        remembered = self._recall(name)
        ready = self._ready(remembered, recipe, str(path)) if remembered and remembered.stamp == stamp else None
        return ready or self._make(name, recipe, _Bytes(Source(sha256="", stamp=stamp), path))

    def _remote(self, url: str, name: str, recipe: Recipe, within_s: float | None) -> _Known:
        remembered = self._recall(name)
        ready = self._ready(remembered, recipe, "")
        if ready is not None:
            return ready
        got, findings = self._fetched(url, name, remembered, within_s)
        return _failed(findings) if got is None else self._make(name, recipe, got)

    def _ready(self, source: Source | None, recipe: Recipe, path: str) -> _Known | None:
        """What is kept already for the bytes a reference stood for, and still stands for."""
        if source is None or not source.sha256:
            return None
        entry = self._recall_entry(source.sha256, recipe)
        return None if entry is None else self._known_of(entry, path, source.stamp)

    def _known_of(self, entry: Entry, path: str, stamp: Stamp | None) -> _Known | None:
        if not entry.digest:
            return _Known(path, stamp, None, entry.findings)
        file = self._store.rendition(entry.digest, entry.suffix)
        if not self._is_there(file):
            return None
        rendition = Rendition(digest=entry.digest, path=file, width=entry.width, height=entry.height)
        return _Known(path, stamp, rendition, entry.findings)

    def _fetched(
        self, url: str, name: str, remembered: Source | None, within_s: float | None
    ) -> tuple[_Bytes | None, tuple[Finding, ...]]:
        """The bytes behind a URL: those that were kept, else from its server."""
        with self._lock:
            lock = self._url_locks.setdefault(url, threading.Lock())
        with lock:
            remembered = self._recall(name) or remembered
            if remembered and remembered.sha256:
                kept = self._store.source(remembered.sha256)
                if kept.exists():
                    return _Bytes(remembered, kept), ()
            failed = self._failed.get(url)
            if failed is not None and self._clock() < failed[0]:
                return None, failed[1]
            settings = self._settings
            if within_s is not None and within_s <= 0:
                return None, (_NO_TIME,)
            if within_s is not None and within_s < settings.fetch_s:
                settings = settings.model_copy(update={"fetch_s": within_s})
            fetched = self._fetch_url(url, settings)
            if not fetched.data or has_errors(fetched.findings):
                if (
                    settings is self._settings
                ):  # a picture that was given less than its time may well come the next time
                    self._failed[url] = (self._clock() + _RETRY_S, fetched.findings)
                return None, fetched.findings
            self._failed.pop(url, None)
            digest = self._store.keep_source(fetched.data)
            validators = fetched.validators
            source = Source(sha256=digest, etag=validators.etag, last_modified=validators.last_modified)
            self._note(Note(reference=name, source=source))
            return _Bytes(source, self._store.source(digest)), ()

    def _make(self, name: str, recipe: Recipe, got: _Bytes) -> _Known:
        """What a recipe makes of some bytes; they are decoded only where they are new."""
        path = str(got.path) if got.source.stamp else ""
        data, findings = read_source(got.path, self._settings)
        if data is None:
            return _Known(path, got.source.stamp, None, findings)
        source = replace(got.source, sha256=sha256(data))
        entry = self._recall_entry(source.sha256, recipe)
        known = None if entry is None else self._known_of(entry, path, source.stamp)
        if known is not None:
            self._note(Note(reference=name, source=source))
            return known
        decoded = self._decode(data, (recipe,))
        rendered = decoded.rendered[0]
        entry = Entry(
            digest=self._store.keep(rendered.data, rendered.suffix) if rendered.data else "",
            suffix=rendered.suffix,
            width=rendered.width,
            height=rendered.height,
            findings=rendered.findings,
        )
        self._note(Note(reference=name, source=source, entries={recipe: entry}, look=decoded.look))
        return self._known_of(entry, path, source.stamp) or _Known(path, source.stamp, None, entry.findings)

    def _recall(self, name: str) -> Source | None:
        with contextlib.suppress(sqlite3.Error):
            return self._index.source(name)
        return None  # a memory that is busy or full costs time, never a slip

    def _recall_entry(self, digest: str, recipe: Recipe) -> Entry | None:
        with contextlib.suppress(sqlite3.Error):
            return self._index.entry(digest, recipe)
        return None

    def _note(self, note: Note) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._index.note([note])


def _failed(findings: tuple[Finding, ...]) -> _Known:
    return _Known("", None, None, findings, lasts=False)


def _placed(findings: tuple[Finding, ...], where: Where) -> tuple[Finding, ...]:
    return tuple(replace(finding, where=where) for finding in findings)
