"""A back-up as a file: one tar archive, private, whole or not there, with a digest of everything in it.

The manifest stands last and is written from what was really read, so an archive that was cut off has none. Names in an
archive are not trusted: they must be where a workspace keeps its state.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO

from packslip import __version__
from packslip.disk import LOCAL
from packslip.errors import WorkspaceError

FORMAT = 1
MANIFEST = "manifest.json"

#: what an archive may hold, by the first part of its names
FOLDERS = ("alarms", "documents", "done", "held", "models", "plates", "releases", "spool")
FILES = ("erased", "history.db", "ledger.db", "secret", "suppressed")

_CHUNK = 1 << 20
_HINT = "take another back-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an archive says of itself."""

    taken_at: datetime  #: the ledger in it is not older than this
    version: str  #: of the packslip that made it
    schema: str  #: of the ledger
    digests: Mapping[str, str]  #: name → SHA-256


class ArchiveWriter:
    """An archive being written, see `writing`."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._digests: dict[str, str] = {}

    def add(self, name: str, path: Path) -> bool:
        """Copy a file; False where it is gone."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        with os.fdopen(descriptor, "rb") as stream:
            status = os.fstat(stream.fileno())
            self._put(name, stream, status.st_size, status.st_mtime)
        return True

    def finish(self, *, taken_at: datetime, schema: str) -> None:
        """Write the manifest."""
        values = {
            "format": FORMAT,
            "taken_at": taken_at.isoformat(),
            "version": __version__,
            "schema": schema,
            "files": self._digests,
        }
        data = json.dumps(values, indent=1).encode()
        self._put(MANIFEST, io.BytesIO(data), len(data), taken_at.timestamp())

    def _put(self, name: str, stream: IO[bytes], size: int, mtime: float) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, int(mtime)
        reader = _Hashing(stream)
        self._tar.addfile(info, reader)
        self._digests[name] = reader.digest.hexdigest()


@contextmanager
def writing(path: Path) -> Iterator[ArchiveWriter]:
    """An archive that stands at a path when it is whole, and not before."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
                yield ArchiveWriter(tar)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    LOCAL.sync_folder(path.parent)


def read_archive(path: Path, into: Path | None = None) -> Manifest:
    """Check every byte of an archive against its manifest, and unpack it into an empty folder where one is named.

    Raises:
        WorkspaceError: it is no back-up, or not whole.
    """
    digests: dict[str, str] = {}
    manifest = b""
    try:
        with tarfile.open(path, mode="r:") as tar:
            for member in tar:
                stream = tar.extractfile(member) if member.isreg() else None
                if stream is None or manifest or member.name in digests:
                    raise WorkspaceError(f"{path}: holds what no back-up holds: {member.name[:80]!r}")
                if member.name == MANIFEST:
                    manifest = stream.read()
                    continue
                digests[member.name] = _take(stream, _place(path, member.name, into), member.mtime)
    except (tarfile.TarError, OSError, EOFError) as fault:
        raise WorkspaceError(f"{path}: cannot be read as a back-up: {fault}", hint=_HINT) from fault
    told = _parsed(path, manifest)
    for name in told.digests.keys() | digests.keys():
        if told.digests.get(name) != digests.get(name):
            raise WorkspaceError(f"{path}: {name[:80]!r} is missing or is not what it was", hint=_HINT)
    return told


def _parsed(path: Path, manifest: bytes) -> Manifest:
    try:
        values = json.loads(manifest)
        if values["format"] != FORMAT:
            raise WorkspaceError(f"{path}: a back-up of a newer packslip", hint="upgrade packslip")
        return Manifest(
            taken_at=datetime.fromisoformat(values["taken_at"]),
            version=str(values["version"]),
            schema=str(values["schema"]),
            digests={str(name): str(digest) for name, digest in values["files"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise WorkspaceError(f"{path}: no back-up, or one that was cut off", hint=_HINT) from None


def _place(archive: Path, name: str, into: Path | None) -> Path | None:
    """Where a member goes; never outside the folder."""
    parts = PurePosixPath(name).parts
    is_ours = name in FILES or (len(parts) > 1 and parts[0] in FOLDERS)
    if not is_ours or ".." in parts or "\0" in name or name.startswith("/"):
        raise WorkspaceError(f"{archive}: holds what no back-up holds: {name[:80]!r}")
    return None if into is None else into.joinpath(*parts)


def _take(stream: IO[bytes], target: Path | None, mtime: float) -> str:
    """A member's digest; it is written to `target`, flushed."""
    reader = _Hashing(stream)
    if target is None:
        while reader.read(_CHUNK):
            pass
        return reader.digest.hexdigest()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while chunk := reader.read(_CHUNK):
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    os.utime(target, (mtime, mtime))
    return reader.digest.hexdigest()


class _Hashing(io.RawIOBase):
    """A stream that is hashed while it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__()
        self._stream = stream
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.digest.update(data)
        return data
