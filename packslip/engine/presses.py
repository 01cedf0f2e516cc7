"""Presses: the worker pool of one release, as the pressing half of the line, of render and of proof."""

import contextlib
import re
from collections.abc import Iterator
from functools import partial
from typing import TypeVar

from packslip.engine.pool import Pool, Task
from packslip.line import Pressed
from packslip.model import Slip
from packslip.world import World

#: Loaded in the workers alone; see `packslip.line`.
_PRESSING = "packslip.line.pressing", "open_press_room"
_SHADOWED = "packslip.line.shadow", "open_shadowed_room"

_DIGEST = re.compile(r"[0-9a-f]{64}")

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
    task = Task(
        module=module,
        opener=opener,
        arguments=release_arguments(world),
        request=Slip,
        answer=Pressed,
        is_sane=partial(is_sane, world),
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


def is_sane(world: World, slip: Slip, pressed: Pressed) -> bool:
    """Whether what a worker gives can be what was pressed for a slip: no name or digest in it leads elsewhere.

    That a digest is that of its document is for whoever goes by it to find out; the store of documents does.
    """
    document, alarm = pressed.document, pressed.alarm
    media = world.layout(slip.layout).media
    return (document is None or (document.media == media and bool(_DIGEST.fullmatch(document.sha256)))) and (
        alarm is None or (alarm.layout == slip.layout and bool(_DIGEST.fullmatch(alarm.plate)))
    )
