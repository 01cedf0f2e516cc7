"""The bytes of a CSV, in memory or in a file, read in pieces as often as wanted.

A file is opened anew for each pass, so that no more of it than a piece is ever in memory.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

PIECE = 1 << 19
_HEAD = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a CSV is read from."""

    source: bytes | Path

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB."""
        with self.open() as stream:
            return stream.read(_HEAD)

    def open(self) -> BinaryIO:
        """The bytes from the beginning on.

        Raises:
            OSError: the file cannot be read.
        """
        return io.BytesIO(self.source) if isinstance(self.source, bytes) else self.source.open("rb")

    def pieces(self, start: int = 0) -> Iterator[bytes]:
        """The bytes from an offset on, piece by piece."""
        with self.open() as stream:
            stream.seek(start)
            while piece := stream.read(PIECE):
                yield piece
