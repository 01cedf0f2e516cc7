"""Shadowing: some struck slips are laid out by the reference path as well, behind the line.

The struck document goes its way meanwhile: a look that takes a hundred times as long as a strike keeps no parcel
waiting, and every parcel behind it. It is a modest worker's work. Where more slips are chosen than it can look at,
some are not looked at.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from packslip.engine.on_demand import PoolOnDemand
from packslip.engine.pool import Pool, Task, WorkerBugError
from packslip.engine.presses import DIGEST, release_arguments
from packslip.errors import PackslipError
from packslip.line.pressed import Looked, Pressed, Shadowed
from packslip.model import Alarm, Document, PressPath, Slip
from packslip.world import World

log = logging.getLogger("packslip.engine")

_WAITING = 8  #: slips that wait to be looked at, the one in hand among them
_PATIENCE = 20  #: times a worker's deadline: a modest one may be kept waiting


class Shadows(PoolOnDemand[Shadowed, Looked]):
    """The looks of one release."""

    def __init__(self, world: World, take_up: Callable[[Slip, Alarm], None]) -> None:
        """`take_up` hears the alarms, in a thread of its own."""
        super().__init__()
        self._world = world
        self._take_up = take_up
        self._room = threading.BoundedSemaphore(_WAITING)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="packslip-shadow")

    def look(self, slip: Slip, pressed: Pressed) -> None:
        """Have a slip looked at that was struck and is chosen, soon and perhaps."""
        document = pressed.document
        if document is None or document.path is not PressPath.PLATE:
            return
        is_wanted = is_chosen(document, self._world.settings.press.shadow)
        if not is_wanted or not self._room.acquire(blocking=False):
            return
        self._thread.submit(self._look, Shadowed(slip=slip, struck=document.data, held_for=pressed.held_for))

    def open_pool(self) -> Pool[Shadowed, Looked]:
        """A pool of one."""
        limits = self._world.settings.workers
        task = Task(
            module="packslip.line.shadow",
            opener="open_shadow_room",
            arguments=release_arguments(self._world),
            request=Shadowed,
            answer=Looked,
            is_sane=is_sane,
        )
        deadline_s = limits.deadline_s * _PATIENCE
        return Pool(task, count=1, memory_mb=limits.memory_mb, deadline_s=deadline_s, tries=1, is_modest=True)

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=True)
        super().__exit__(kind, value, trace)

    def _look(self, shadowed: Shadowed) -> None:
        try:
            looked = self._opened()(shadowed)
            if looked.alarm is not None:
                self._take_up(shadowed.slip, looked.alarm)
        except (PackslipError, WorkerBugError) as fault:
            log.warning("a slip was not laid out a second time: %s", fault)
        finally:
            self._room.release()


def is_chosen(document: Document, one_in: int) -> bool:
    """Whether a slip is one of those that are laid out as well, one in so many; 0: none."""
    return one_in > 0 and int(document.sha256[:12], 16) % one_in == 0


def is_sane(shadowed: Shadowed, looked: Looked) -> bool:
    """Whether a worker's alarm can be one of its slip: no name or digest in it leads elsewhere."""
    alarm = looked.alarm
    return alarm is None or (alarm.layout == shadowed.slip.layout and bool(DIGEST.fullmatch(alarm.plate)))
