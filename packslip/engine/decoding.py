"""Decoding: pictures go through limited child processes of their own, started when the first one needs it.

A picture that takes too long or too much memory ends its child, never the line; it becomes a finding.
"""

import os
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from packslip.engine.pool import Pool, WorkerBugError, WorkerKilled
from packslip.pictures import Decoded, Recipe, refused, render_renditions
from packslip.settings import PictureSettings

_Request = tuple[bytes, tuple[Recipe, ...]]


class Decoders:
    """`render_renditions` in children, as many as there are cores; any thread may call."""

    def __init__(self, settings: PictureSettings) -> None:
        self.count = os.cpu_count() or 1
        self._settings = settings
        self._lock = threading.Lock()
        self._pool: Pool[_Request, Decoded] | None = None

    def __call__(self, data: bytes, recipes: tuple[Recipe, ...]) -> Decoded:
        """The renditions of one picture.

        Raises:
            WorkspaceError: the children cannot start.
        """
        try:
            return self._open()((data, recipes))
        except WorkerKilled as killed:
            message = f"decoding it was given up: {killed.reason}"
            hint = "save it again at the size it is printed, or raise pictures.memory_mb and pictures.deadline_s"
            return refused(recipes, "picture.too_costly", message, hint)
        except WorkerBugError as bug:
            message = f"picture is broken in a way its decoder does not foresee ({str(bug).rpartition(' > ')[2]})"
            return refused(recipes, "picture.broken", message, "open it in a picture editor and save it again")

    def close(self) -> None:
        """End the children; call it when nobody asks any more."""
        with self._lock:
            if self._pool is not None:
                self._pool.close()
                self._pool = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> Pool[_Request, Decoded]:
        with self._lock:
            if self._pool is None:
                wanted = self._settings
                self._pool = Pool(
                    _open_decoder, count=self.count, memory_mb=wanted.memory_mb, deadline_s=wanted.deadline_s
                )
            return self._pool


def _open_decoder() -> Callable[[_Request], Decoded]:
    return _decode


def _decode(request: _Request) -> Decoded:
    return render_renditions(*request)
