"""Presses: the worker pool of one release, as the pressing half of the line, of render and of proof."""

import contextlib
from collections.abc import Iterator
from functools import partial

from packslip.engine.pool import Pool
from packslip.line import Pressed, open_press_room
from packslip.model import Slip
from packslip.world import World

Presses = Pool[Slip, Pressed]


@contextlib.contextmanager
def open_presses(world: World, workers: int | None = None) -> Iterator[Presses]:
    """Workers that draw the slips of a world; they warm up while the caller goes on.

    `workers` is how many; None as the settings say, which is one for each core unless set.
    """
    wanted = world.settings.workers
    factory = partial(open_press_room, world.workspace.root, world.release)
    count = wanted.count if workers is None else workers
    with Pool[Slip, Pressed](factory, count=count, memory_mb=wanted.memory_mb, deadline_s=wanted.deadline_s) as presses:
        yield presses
