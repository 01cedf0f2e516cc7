"""Decoding: pictures go through limited child processes of their own, started when the first one needs it.

A picture that takes too long or too much memory ends its child, never the line; it becomes a finding. Printing
conditions are as large as pictures and always the same few: they go to the children by a file each, read once.
"""

import os
import tempfile
import threading
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from packslip.engine.pool import Pool, WorkerBugError, WorkerKilled
from packslip.pictures import Decoded, Recipe, refused, render_renditions
from packslip.settings import PictureSettings

#: A picture and its recipes, each with the name of the profile that was left out of its condition, "" for none.
_Request = tuple[bytes, tuple[tuple[Recipe, str], ...]]


class Decoders:
    """`render_renditions` in children, as many as there are cores; any thread may call."""

    def __init__(self, settings: PictureSettings) -> None:
        self.count = os.cpu_count() or 1
        self._settings = settings
        self._lock = threading.Lock()
        self._pool: Pool[_Request, Decoded] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._profiles: dict[bytes, str] = {}  #: the name of each that lies in the folder

    def __call__(self, data: bytes, recipes: tuple[Recipe, ...]) -> Decoded:
        """The renditions of one picture.

        Raises:
            WorkspaceError: the children cannot start.
        """
        try:
            pool = self._open()
            return pool((data, tuple(self._lighter(recipe) for recipe in recipes)))
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
            if self._folder is not None:
                self._folder.cleanup()
                self._folder = None
                self._profiles.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> Pool[_Request, Decoded]:
        with self._lock:
            if self._pool is None or self._folder is None:
                wanted = self._settings
                self._folder = tempfile.TemporaryDirectory(prefix="packslip-profiles-")
                self._pool = Pool(
                    partial(_Decoder, Path(self._folder.name)),
                    count=self.count,
                    memory_mb=wanted.memory_mb,
                    deadline_s=wanted.deadline_s,
                )
            return self._pool

    def _lighter(self, recipe: Recipe) -> tuple[Recipe, str]:
        """A recipe whose profile lies in the folder by the name given."""
        condition = recipe.condition
        if condition is None or self._folder is None:
            return recipe, ""
        with self._lock:
            name = self._profiles.get(condition.data)
            if name is None:
                name = f"{len(self._profiles)}.icc"
                try:
                    (Path(self._folder.name) / name).write_bytes(condition.data)
                except OSError:  # a disk that is full costs time, never a picture
                    return recipe, ""
                self._profiles[condition.data] = name
        return replace(recipe, condition=replace(condition, data=b"")), name


@dataclass(slots=True)
class _Decoder:
    """The task of a child."""

    folder: Path
    profiles: dict[str, bytes] = field(default_factory=dict)

    def __call__(self, request: _Request) -> Decoded:
        data, recipes = request
        return render_renditions(data, tuple(self._whole(recipe, name) for recipe, name in recipes))

    def _whole(self, recipe: Recipe, name: str) -> Recipe:
        if recipe.condition is None or not name:
            return recipe
        if name not in self.profiles:
            self.profiles[name] = (self.folder / name).read_bytes()
        return replace(recipe, condition=replace(recipe.condition, data=self.profiles[name]))
