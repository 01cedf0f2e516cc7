"""Presses: the worker pool of one release, as the pressing half of the line, of render and of proof."""

import contextlib
import re
from collections.abc import Iterator
from functools import partial
from typing import TypeVar

from packslip.engine.pool import Pool, Task
from packslip.line.pressed import Pressed
from packslip.model import Slip
from packslip.world import World

#: What names a document or a plate.
DIGEST = re.compile(r"[0-9a-f]{64}")

Presses = Pool[Slip, Pressed]

Q = TypeVar("Q")
R = TypeVar("R")


@contextlib.contextmanager
def open_presses(world: World, workers: int | None = None) -> Iterator[Presses]:
    """Workers that draw the slips of a world; they warm up while the caller goes on.

    `workers` is how many; None as the settings say, which is one for each core unless set.
    """
    wanted = world.settings.workers
    task = Task(
        module="packslip.line.pressing",
        opener="open_press_room",
        arguments=release_arguments(world),
        request=Slip,
        answer=Pressed,
        is_sane=partial(is_sane, world),
        teaches=_teaches,
    )
    count = wanted.count if workers is None else workers
    with Pool(task, count=count, memory_mb=wanted.memory_mb, deadline_s=wanted.deadline_s) as presses:
        yield presses


def open_worker(world: World, task: Task[Q, R]) -> Pool[Q, R]:
    """A worker for something rare, limited as those that draw."""
    wanted = world.settings.workers
    return Pool(task, count=1, memory_mb=wanted.memory_mb, deadline_s=wanted.deadline_s)


def release_arguments(world: World) -> tuple[str, str]:
    """What opens a world once more, in a worker."""
    return str(world.workspace.root), world.release


def _teaches(pressed: Pressed) -> bool:
    return pressed.is_first


def is_sane(world: World, slip: Slip, pressed: Pressed) -> bool:
    """Whether what a worker gives can be what was pressed for a slip: no name or digest in it leads elsewhere.

    That a digest is that of its document is for whoever goes by it to find out; the store of documents does.
    """
    document = pressed.document
    media = world.layout(slip.layout).media
    return document is None or (document.media == media and bool(DIGEST.fullmatch(document.sha256)))
