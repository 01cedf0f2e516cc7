"""Retired: the plates that strike no more, because one of their slips came out unlike the reference path's.

A file each in `.packslip/plates/retired`, named by the plate's digest, so that every worker, command and later run
knows it. Deleting the file lifts it. Whoever asks sees what other processes added or lifted since.
"""

import os
import re
import time
from pathlib import Path

from packslip.errors import RetryLater
from packslip.files import private_folder, write_atomic

_NAME = re.compile(r"[0-9a-f]{64}")

#: A folder changed a moment ago may change again without its time of change telling.
_SETTLED_NS = 2_000_000_000


class Retired:
    """Digests of retired plates, kept in a folder that may not exist yet. Any thread may ask."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: tuple[int, frozenset[str]] = (-1, frozenset())  #: when the folder had changed last, what it held

    def __contains__(self, digest: str) -> bool:
        return digest in self._digests()

    def __len__(self) -> int:
        return len(self._digests())

    def add(self, digest: str) -> None:
        """Retire a plate, for good unless somebody deletes its file.

        Raises:
            RetryLater: the disk is full or may not be written.
        """
        if not _NAME.fullmatch(digest):
            raise ValueError("not the digest of a plate")
        try:
            private_folder(self._folder.parent)
            private_folder(self._folder)
            write_atomic(self._folder / digest, b"")
        except OSError as fault:
            raise RetryLater(f"a plate cannot be retired: {os.strerror(fault.errno or 0)}") from fault

    def _digests(self) -> frozenset[str]:
        """What the folder holds, read again when it changed."""
        changed = self._changed()
        if changed == self._known[0]:
            return self._known[1]
        try:
            digests = frozenset(path.name for path in self._folder.iterdir() if _NAME.fullmatch(path.name))
        except FileNotFoundError:
            digests = frozenset()
        is_settled = time.time_ns() - changed > _SETTLED_NS
        self._known = (changed if is_settled else -1, digests)
        return digests

    def _changed(self) -> int:
        try:
            return self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return 0
