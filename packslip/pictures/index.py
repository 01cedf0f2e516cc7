"""Index: what is known of every picture, in one SQLite file of the image cache.

Three facts, each a row: which bytes a reference stood for when it was last looked at; what a recipe made of some bytes;
and what those bytes look like. It is a memory, not a record: deleted, it is made again.
"""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PIL import __version__ as pillow_version
from pydantic import TypeAdapter

from packslip.files import private_folder
from packslip.model import Finding
from packslip.pictures.recipe import Look, Recipe

NAME = "index.db"
VERSION = 1

_PATIENCE_S = 10.0
_FINDINGS: TypeAdapter[tuple[Finding, ...]] = TypeAdapter(tuple[Finding, ...])
_TABLES = """
CREATE TABLE sources (
    reference TEXT PRIMARY KEY, mtime_ns INTEGER NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL,
    etag TEXT NOT NULL, last_modified TEXT NOT NULL, asked TEXT NOT NULL, findings TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE renditions (
    sha256 TEXT NOT NULL, recipe TEXT NOT NULL, digest TEXT NOT NULL, suffix TEXT NOT NULL,
    width INTEGER NOT NULL, height INTEGER NOT NULL, findings TEXT NOT NULL, PRIMARY KEY (sha256, recipe)
) WITHOUT ROWID;
CREATE TABLE looks (
    sha256 TEXT PRIMARY KEY, width INTEGER NOT NULL, height INTEGER NOT NULL, format TEXT NOT NULL, mode TEXT NOT NULL,
    has_profile INTEGER NOT NULL, white REAL NOT NULL, is_flat INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE open_sync (id TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """How a source file looked when it was read."""

    mtime_ns: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a reference stood for; `sha256` is blank where there never were any bytes."""

    sha256: str
    stamp: Stamp | None = None  #: of a file; None for what was fetched
    etag: str = ""
    last_modified: str = ""
    asked: str = ""  #: id of the sync that last asked for it
    findings: tuple[Finding, ...] = field(default=())  #: why it could not be had the last time


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one recipe made of some bytes; `digest` is blank where it gave no rendition."""

    digest: str = ""
    suffix: str = ""
    width: int = 0
    height: int = 0
    findings: tuple[Finding, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is to be remembered together."""

    reference: str
    source: Source
    entries: Mapping[Recipe, Entry] = field(default_factory=dict)
    look: Look | None = None


class Index:
    """The memory of one image cache. Safe with several threads and processes."""

    def __init__(self, folder: Path) -> None:
        """Opened at first use; a file that is damaged or of another version is put away and begun anew."""
        self._path = folder / NAME
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def source(self, reference: str) -> Source | None:
        """What a reference stood for."""
        row = self._one("SELECT * FROM sources WHERE reference = ?", (reference,))
        return None if row is None else _source(row)

    def entry(self, sha256: str, recipe: Recipe) -> Entry | None:
        """What a recipe made of some bytes."""
        row = self._one("SELECT * FROM renditions WHERE sha256 = ? AND recipe = ?", (sha256, key(recipe)))
        return None if row is None else _entry(row)

    def look(self, sha256: str) -> Look | None:
        """What some bytes look like."""
        row = self._one("SELECT * FROM looks WHERE sha256 = ?", (sha256,))
        return None if row is None else _look(row)

    def sources(self) -> dict[str, Source]:
        """Every reference that is known."""
        with self._open() as connection:
            return {row[0]: _source(row) for row in connection.execute("SELECT * FROM sources")}

    def entries(self, recipe: Recipe) -> dict[str, Entry]:
        """What a recipe made, by the SHA-256 of the bytes."""
        with self._open() as connection:
            found = connection.execute("SELECT * FROM renditions WHERE recipe = ?", (key(recipe),))
            return {row[0]: _entry(row) for row in found}

    def looks(self) -> dict[str, Look]:
        """What is known of how pictures look, by their SHA-256."""
        with self._open() as connection:
            return {row[0]: _look(row) for row in connection.execute("SELECT * FROM looks")}

    def made(self) -> dict[str, list[tuple[str, str]]]:
        """Digest and suffix of every rendition, by the SHA-256 of the bytes it was made of."""
        made: dict[str, list[tuple[str, str]]] = {}
        with self._open() as connection:
            for sha256, digest, suffix in connection.execute("SELECT sha256, digest, suffix FROM renditions"):
                made.setdefault(str(sha256), []).append((str(digest), str(suffix)))
        return made

    def forget(self, sha256: str, references: Iterable[str]) -> None:
        """Know nothing any more of some bytes and of what stood for them."""
        with self._open() as connection, connection:
            connection.executemany("DELETE FROM sources WHERE reference = ?", ((name,) for name in references))
            for table in ("renditions", "looks"):
                connection.execute(f"DELETE FROM {table} WHERE sha256 = ?", (sha256,))  # noqa: S608 - two known names

    def note(self, notes: Iterable[Note]) -> None:
        """Remember all of it, or none of it."""
        with self._open() as connection, connection:
            for note in notes:
                _write(connection, note)

    def open_sync(self) -> str:
        """Id of a sync that was begun and not ended; "" where there is none."""
        row = self._one("SELECT id FROM open_sync", ())
        return str(row[0]) if row else ""

    def begin_sync(self, name: str) -> None:
        """Remember that a sync is under way."""
        with self._open() as connection, connection:
            connection.execute("DELETE FROM open_sync")
            connection.execute("INSERT INTO open_sync VALUES (?)", (name,))

    def end_sync(self) -> None:
        """Remember that the sync came to its end."""
        with self._open() as connection, connection:
            connection.execute("DELETE FROM open_sync")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _one(self, statement: str, values: tuple[str, ...]) -> tuple[object, ...] | None:
        with self._open() as connection:
            row: tuple[object, ...] | None = connection.execute(statement, values).fetchone()
            return row

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._connection is None:
                self._connection = _connect(self._path)
            yield self._connection


def key(recipe: Recipe) -> str:
    """What a recipe is called in the index; another Pillow may give other bytes."""
    return f"{recipe} pillow {pillow_version}"


def _connect(path: Path) -> sqlite3.Connection:
    private_folder(path.parent)
    try:
        return _prepared(path)
    except sqlite3.DatabaseError as fault:
        if isinstance(fault, sqlite3.OperationalError):
            raise  # busy, full or not ours to write: not the file's fault
        path.replace(path.with_suffix(".damaged"))
        path.with_name(f"{path.name}-journal").unlink(missing_ok=True)  # else it would be played into the new file
        return _prepared(path)


def _prepared(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(path, timeout=_PATIENCE_S, check_same_thread=False)
    try:
        # TRUNCATE and not WAL: SQLite before 3.51.3 can corrupt a WAL that two processes write
        for pragma in ("journal_mode = TRUNCATE", "synchronous = FULL", "secure_delete = ON", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN IMMEDIATE")
        _make_tables(connection)
        connection.commit()
    except BaseException:
        connection.close()
        raise
    return connection


def _make_tables(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version not in {0, VERSION}:
        raise sqlite3.DatabaseError(f"index of version {version}")
    if version == 0:
        for statement in filter(str.strip, _TABLES.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _write(connection: sqlite3.Connection, note: Note) -> None:
    source, stamp = note.source, note.source.stamp or Stamp(mtime_ns=0, size=-1)
    connection.execute(
        "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            note.reference,
            stamp.mtime_ns,
            stamp.size,
            source.sha256,
            source.etag,
            source.last_modified,
            source.asked,
            _text(source.findings),
        ),
    )
    for recipe, entry in note.entries.items():
        connection.execute(
            "INSERT OR REPLACE INTO renditions VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                source.sha256,
                key(recipe),
                entry.digest,
                entry.suffix,
                entry.width,
                entry.height,
                _text(entry.findings),
            ),
        )
    look = note.look
    if look is not None:
        connection.execute(
            "INSERT OR REPLACE INTO looks VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                source.sha256,
                look.width,
                look.height,
                look.format,
                look.mode,
                look.has_profile,
                look.white,
                look.is_flat,
            ),
        )


def _text(findings: tuple[Finding, ...]) -> str:
    return _FINDINGS.dump_json(findings).decode() if findings else ""


def _findings(text: str) -> tuple[Finding, ...]:
    return _FINDINGS.validate_json(text) if text else ()


def _source(row: tuple[object, ...]) -> Source:
    _, mtime_ns, size, sha256, etag, last_modified, asked, findings = row
    stamp = Stamp(mtime_ns=_whole(mtime_ns), size=_whole(size))
    return Source(
        sha256=str(sha256),
        stamp=stamp if stamp.size >= 0 else None,
        etag=str(etag),
        last_modified=str(last_modified),
        asked=str(asked),
        findings=_findings(str(findings)),
    )


def _entry(row: tuple[object, ...]) -> Entry:
    _, _, digest, suffix, width, height, findings = row
    return Entry(
        digest=str(digest),
        suffix=str(suffix),
        width=_whole(width),
        height=_whole(height),
        findings=_findings(str(findings)),
    )


def _look(row: tuple[object, ...]) -> Look:
    _, width, height, form, mode, has_profile, white, is_flat = row
    return Look(
        width=_whole(width),
        height=_whole(height),
        format=str(form),
        mode=str(mode),
        has_profile=bool(has_profile),
        white=float(str(white)),
        is_flat=bool(is_flat),
    )


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
