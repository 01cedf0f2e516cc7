"""Presses: the worker pool of one release, as the pressing half of the line, of render and of proof."""

import contextlib
import importlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

from packslip.engine.pool import Pool
from packslip.line import Pressed
from packslip.model import Slip
from packslip.world import World

#: Loaded in the workers alone; see `packslip.line`.
_PRESSING = "packslip.line.pressing", "open_press_room"
_SHADOWED = "packslip.line.shadow", "open_shadowed_room"

Presses = Pool[Slip, Pressed]

Q = TypeVar("Q")
R = TypeVar("R")


@contextlib.contextmanager
def open_presses(world: World, workers: int | None = None, *, shadowed: bool = False) -> Iterator[Presses]:
    """Workers that draw the slips of a world; they warm up while the caller goes on.

    `workers` is how many; None as the settings say, which is one for each core unless set. `shadowed` workers draw some
    slips by both paths, as the settings say; whoever asks them hears the alarms.
    """
    wanted = world.settings.workers
    module, opener = _SHADOWED if shadowed and world.settings.press.shadow else _PRESSING
    factory = partial(_open_press_room, module, opener, world.workspace.root, world.release)
    count = wanted.count if workers is None else workers
    with Pool[Slip, Pressed](factory, count=count, memory_mb=wanted.memory_mb, deadline_s=wanted.deadline_s) as presses:
        yield presses


def open_worker(world: World, opener: Callable[[Path, str], Callable[[Q], R]]) -> Pool[Q, R]:
    """A worker for something rare, limited as those that draw; `opener` opens its task, from workspace and release."""
    wanted = world.settings.workers
    factory = partial(opener, world.workspace.root, world.release)
    return Pool(factory, count=1, memory_mb=wanted.memory_mb, deadline_s=wanted.deadline_s)


def _open_press_room(module: str, opener: str, root: Path, release: str) -> Callable[[Slip], Pressed]:
    """The worker's task, opened where it is needed."""
    opened = getattr(importlib.import_module(module), opener)(root, release)
    return cast("Callable[[Slip], Pressed]", opened)
