"""Documents on disk, by their digest: written once, never changed, private.

Owns `.packslip/documents/<first two>/<sha256>.pdf`. A reprint sends these very bytes.
"""

import os
import re
from pathlib import Path

from packslip.disk import LOCAL, Disk
from packslip.errors import HoldOrder, RetryLater
from packslip.files import flush_folders, make_folders, names_in, sha256, sweep_unfinished, write_atomic

_SHELF = re.compile(r"[0-9a-f]{2}")


class DocumentStore:
    """Content-addressed documents in a folder."""

    def __init__(self, folder: Path, disk: Disk = LOCAL) -> None:
        self._folder = folder
        self._disk = disk
        self._flushed: set[Path] = set()  #: shelves whose names are on disk, whoever made them

    def path(self, digest: str) -> Path:
        """Where a document lies, or would lie."""
        return self._folder / digest[:2] / f"{digest}.pdf"

    def sweep(self) -> None:
        """Remove what a killed process stored only half, and flush the folders it may have made."""
        flush_folders(self._folder, disk=self._disk)
        for name in names_in(self._folder, disk=self._disk):
            if _SHELF.fullmatch(name):
                sweep_unfinished(self._folder / name, disk=self._disk)

    def put(self, data: bytes) -> str:
        """Store a document, flushed to disk; its digest.

        Raises:
            RetryLater: the disk is full or may not be written.
        """
        digest = sha256(data)
        path = self.path(digest)
        try:
            self._open_shelf(path.parent)
            stored = self._read(path)
            if stored is None or sha256(stored) != digest:
                write_atomic(path, data, disk=self._disk)
            else:  # by a process that may have died before it flushed the name
                self._disk.sync_folder(path.parent)
        except OSError as fault:
            raise RetryLater(f"documents cannot be stored: {os.strerror(fault.errno or 0)}") from fault
        return digest

    def find(self, digest: str) -> bytes | None:
        """A document's bytes, None where they are gone or are not what they were."""
        try:
            return self.get(digest)
        except HoldOrder:
            return None

    def get(self, digest: str) -> bytes:
        """A document's bytes.

        Raises:
            HoldOrder: they are gone or are not what they were.
        """
        data = self._read(self.path(digest))
        if data is None:
            raise HoldOrder(f"document {digest[:12]} is not stored any more", hint="send the order again")
        if sha256(data) != digest:
            raise HoldOrder(f"document {digest[:12]} was changed on disk", hint="restore it, or send the order again")
        return data

    def _open_shelf(self, shelf: Path) -> None:
        if shelf not in self._flushed:
            make_folders(shelf, mode=0o700, disk=self._disk)
            flush_folders(self._folder, disk=self._disk)
            self._flushed.add(shelf)

    def _read(self, path: Path) -> bytes | None:
        try:
            return self._disk.read(path)
        except FileNotFoundError:
            return None
