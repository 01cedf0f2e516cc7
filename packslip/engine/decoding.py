"""Decoding: pictures go through limited child processes of their own, started when the first one needs it.

A picture that takes too long or too much memory ends its child, never the line; it becomes a finding. Printing
conditions are as large as pictures and always the same few: they go to the children by a file each, read once.
"""

import os
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from packslip.engine.on_demand import PoolOnDemand
from packslip.engine.pool import Pool, Task, WorkerBugError, WorkerKilled
from packslip.pictures.recipe import Decoded, Recipe, refused
from packslip.pictures.rendering import render_renditions
from packslip.settings import PictureSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """A picture, and what shall be made of it."""

    data: bytes
    recipes: tuple[tuple[Recipe, str], ...]  #: each with the name of the profile left out of its condition, "" for none


class Decoders(PoolOnDemand[Decoding, Decoded]):
    """`render_renditions` in children, as many as there are cores."""

    def __init__(self, settings: PictureSettings) -> None:
        super().__init__()
        self.count = os.cpu_count() or 1
        self._settings = settings
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._profiles: dict[bytes, str] = {}  #: the name of each that lies in the folder

    def __call__(self, data: bytes, recipes: tuple[Recipe, ...]) -> Decoded:
        """The renditions of one picture.

        Raises:
            WorkspaceError: the children cannot start.
        """
        try:
            pool = self._opened()
            return pool(Decoding(data=data, recipes=tuple(self._lighter(recipe) for recipe in recipes)))
        except WorkerKilled as killed:
            message = f"decoding it was given up: {killed.reason}"
            hint = "save it again at the size it is printed, or raise pictures.memory_mb and pictures.deadline_s"
            return refused(recipes, "picture.too_costly", message, hint)
        except WorkerBugError as bug:
            message = f"picture is broken in a way its decoder does not foresee ({str(bug).rpartition(' > ')[2]})"
            return refused(recipes, "picture.broken", message, "open it in a picture editor and save it again")

    def open_pool(self) -> Pool[Decoding, Decoded]:
        """A pool, and the folder that profiles go to it by."""
        wanted = self._settings
        self._folder = tempfile.TemporaryDirectory(prefix="packslip-profiles-")
        task = Task(
            module=__name__,
            opener="open_decoder",
            arguments=(self._folder.name,),
            request=Decoding,
            answer=Decoded,
            is_sane=_is_sane,
        )
        return Pool(task, count=self.count, memory_mb=wanted.memory_mb, deadline_s=wanted.deadline_s)

    def clear(self) -> None:
        """Remove the folder."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
            self._profiles.clear()

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


def _is_sane(request: Decoding, decoded: Decoded) -> bool:
    """Whether each recipe has its rendition."""
    made = decoded.rendered
    return len(made) == len(request.recipes) and all(bool(each.data) == bool(each.suffix) for each in made)


def open_decoder(folder: Path) -> "_Decoder":
    """What a child does."""
    return _Decoder(folder)


@dataclass(slots=True)
class _Decoder:
    """The task of a child."""

    folder: Path
    profiles: dict[str, bytes] = field(default_factory=dict)

    def __call__(self, request: Decoding) -> Decoded:
        recipes = tuple(self._whole(recipe, name) for recipe, name in request.recipes)
        return render_renditions(request.data, recipes)

    def _whole(self, recipe: Recipe, name: str) -> Recipe:
        if recipe.condition is None or not name:
            return recipe
        if name not in self.profiles:
            self.profiles[name] = (self.folder / name).read_bytes()
        return replace(recipe, condition=replace(recipe.condition, data=self.profiles[name]))
