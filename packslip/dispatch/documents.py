"""Documents on disk, by their digest: written once, never changed, private.

Owns `.packslip/documents/<first two>/<sha256>.pdf`. A reprint sends these very bytes.
"""

import os
from pathlib import Path

from packslip.errors import HoldOrder, RetryLater
from packslip.files import sha256, sweep_unfinished, write_atomic


class DocumentStore:
    """Content-addressed documents in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, digest: str) -> Path:
        """Where a document lies, or would lie."""
        return self._folder / digest[:2] / f"{digest}.pdf"

    def sweep(self) -> None:
        """Remove what a killed process stored only half."""
        for folder in self._folder.glob("[0-9a-f][0-9a-f]"):
            sweep_unfinished(folder)

    def put(self, data: bytes) -> str:
        """Store a document, flushed to disk; its digest.

        Raises:
            RetryLater: the disk is full or may not be written.
        """
        digest = sha256(data)
        path = self.path(digest)
        try:
            if not path.exists() or sha256(path.read_bytes()) != digest:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                write_atomic(path, data)
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
        try:
            data = self.path(digest).read_bytes()
        except FileNotFoundError:
            raise HoldOrder(f"document {digest[:12]} is not stored any more", hint="send the order again") from None
        if sha256(data) != digest:
            raise HoldOrder(f"document {digest[:12]} was changed on disk", hint="restore it, or send the order again")
        return data
