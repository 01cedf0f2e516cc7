"""Nightly: a running line purges, ranks its customers and makes the next day's model by itself, once a day.

It asks the content feeds as well, as often as the settings say.

A night that was missed, because the line was not running, is made up for at its next start. The line prints
meanwhile: the purge goes in small steps and rests between them.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, time, timedelta
from types import TracebackType
from typing import Self

from packslip.engine.content.syncing import is_due as is_due_content
from packslip.engine.events import Kind, Listener, RunEvent
from packslip.engine.lock import upkeep_lock
from packslip.engine.upkeep.aside import run_aside
from packslip.engine.upkeep.modelling import build_aside, is_due
from packslip.engine.upkeep.purging import Purge
from packslip.engine.upkeep.ranking import rank_customers
from packslip.errors import PackslipError
from packslip.ledger import Ledger
from packslip.settings import Settings
from packslip.world import Workspace, World, current_release

log = logging.getLogger("packslip.engine")

_LOOK_S = 60.0  #: between two looks at the clock
_RETRY = timedelta(minutes=15)
_LONGEST_CONTENT_S = 1800.0
_RESTS = 4.0  #: of the ledger's time a purge takes a fifth at most, however much is due


def local_now() -> datetime:
    """The clock of the shop."""
    return datetime.now().astimezone()


class Nightly:
    """Purges, and makes models, while it is entered."""

    def __init__(
        self,
        workspace: Workspace,
        ledger: Ledger,
        settings: Callable[[], Settings],
        listener: Listener,
        *,
        now: Callable[[], datetime] = local_now,
        look_s: float = _LOOK_S,
    ) -> None:
        self._workspace = workspace
        self._ledger = ledger
        self._settings = settings
        self._listener = listener
        self._now = now
        self._look_s = look_s
        self._not_before = self._no_model_before = self._no_content_before = now()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="packslip-nightly", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while True:
            try:
                self.tend()
            except (PackslipError, OSError) as fault:
                self._listener(RunEvent(kind=Kind.WARNING, text=f"nothing could be purged: {fault}"))
                self._not_before = self._now() + _RETRY
            try:
                self.model()
            except (PackslipError, OSError) as fault:
                self._listener(RunEvent(kind=Kind.WARNING, text=f"recommendations stay as they are: {fault}"))
                self._no_model_before = self._now() + _RETRY
            try:
                self.content()
            except (PackslipError, OSError) as fault:
                self._listener(RunEvent(kind=Kind.WARNING, text=f"content stays as it is: {fault}"))
                self._no_content_before = self._now() + _RETRY
            if self._stop.wait(self._look_s):
                return

    def tend(self) -> bool:
        """Purge and rank if it is time; whether it was.

        Raises:
            PackslipError: something is in the way; it is tried again later.
        """
        settings, now = self._settings(), self._now()
        due = last_due(settings.retention.purge_at, now)
        done = self._ledger.upkeep.purged_at()
        if due is None or now < self._not_before or (done is not None and done >= due):
            return False
        with upkeep_lock(self._workspace.state):
            counts = Purge(
                workspace=self._workspace,
                ledger=self._ledger,
                settings=settings,
                now=now,
                go_on=lambda: not self._stop.is_set(),
                rest=lambda seconds: self._stop.wait(seconds * _RESTS),
            ).run()
            if not self._stop.is_set():
                world = World.open(self._workspace.root, current_release(self._workspace))
                rank_customers(world, now.date())
        if not self._stop.is_set():
            self._ledger.upkeep.note_purged(now)
            log.info("purged: %s", ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "nothing")
        return True

    def model(self) -> bool:
        """Make a model if it is time; whether it was.

        Raises:
            PackslipError: something is in the way; it is tried again later.
        """
        now = self._now()
        due = last_due(self._settings().recommend.build_at, now)
        if now < self._no_model_before or not is_due(self._workspace, due):
            return False
        return build_aside(self._workspace, self._stop)

    def content(self) -> bool:
        """Ask the content feeds if it is time; whether it was.

        Raises:
            PackslipError: a feed could not be read; what was had before stays, and it is asked again later.
        """
        now = self._now()
        if now < self._no_content_before or not is_due_content(self._workspace, self._settings(), now):
            return False
        self._no_content_before = now + _RETRY  # the working settings, which it reads, may know other feeds
        return run_aside(self._workspace, ("content", "sync"), self._stop, longest_s=_LONGEST_CONTENT_S)


def last_due(at: str, now: datetime) -> datetime | None:
    """The latest time of day `at` that is not after now, None for a blank."""
    if not at:
        return None
    today = datetime.combine(now.date(), time.fromisoformat(at), tzinfo=now.tzinfo)
    return today if today <= now else today - timedelta(days=1)
