"""Watching: a layout drawn again whenever somebody saves, the first slip at once, the others after it.

Owns the loop and what wakes it. How the slips are shown is the caller's business.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from packslip.errors import PackslipError
from packslip.line.pressing import PressRoom
from packslip.model import Severity
from packslip.proof.cases import ProofCase, proof_cases
from packslip.proof.drawing import ProofSlip, draw_cases
from packslip.world import World

#: Editors write a file in several steps; so long it must be quiet.
_QUIET_S = 0.06
_FOLDERS = ("layouts", "rules", "catalogue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What there is to show: grows slip by slip after each save."""

    title: str
    layout: str
    cases: Sequence[ProofCase]  #: all that will be drawn
    slips: Sequence[ProofSlip]  #: drawn so far since the last save
    fault: str = ""  #: why nothing can be drawn

    @property
    def is_whole(self) -> bool:
        """Whether every slip is drawn."""
        return not self.fault and len(self.slips) == len(self.cases)


class Changes(FileSystemEventHandler):
    """Knows whether a file has changed that a proof depends on."""

    def __init__(self) -> None:
        self._changed = threading.Event()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Wake whoever waits; what was only opened or read does not count."""
        if event.event_type not in {"opened", "closed_no_write"} and not event.is_directory:
            self._changed.set()

    def wake(self) -> None:
        """As if something had changed."""
        self._changed.set()

    @property
    def pending(self) -> bool:
        """Whether something has changed since the last `settle`."""
        return self._changed.is_set()

    def settle(self) -> None:
        """Wait for a change, and until no other follows."""
        self._changed.wait()
        while self._changed.is_set():
            self._changed.clear()
            self._changed.wait(_QUIET_S)


def watch_proof(
    root: Path,
    layout: str,
    *,
    today: Callable[[], date],
    show: Callable[[Look], None],
    every: bool = False,
    only: str = "",
    changes: Changes | None = None,
    goes_on: Callable[[], bool] = lambda: True,
) -> None:
    """Draw a layout's proof, show it as it grows, and again after each save, for as long as `goes_on`.

    Runs in the calling thread. Faults of layouts and rules are shown, not raised. To end it, let `goes_on` say no and
    wake `changes`.
    """
    changes = changes or Changes()
    observer = Observer()
    for name in _FOLDERS:
        if (root / name).is_dir():
            observer.schedule(changes, str(root / name), recursive=True)
    observer.start()
    try:
        while goes_on():
            for look in draw_looks(root, layout, today=today(), every=every, only=only):
                show(look)
                if changes.pending:
                    break
            changes.settle()
    finally:
        observer.stop()
        observer.join()


def draw_looks(root: Path, layout: str, *, today: date, every: bool = False, only: str = "") -> Iterator[Look]:
    """One proof of the working files, slip by slip, or why there is none."""
    try:
        world = World.open(root)
        if fault := _unreadable(world, layout):
            yield Look(title=layout, layout=layout, cases=(), slips=(), fault=fault)
            return
        cases = proof_cases(world, layout, today=today, every=every, only=only)
        slips: list[ProofSlip] = []
        for slip in draw_cases(world, cases, PressRoom(world)):
            slips.append(slip)
            yield Look(title=world.layout(layout).title, layout=layout, cases=cases, slips=tuple(slips))
    except PackslipError as fault:
        yield Look(title=layout, layout=layout, cases=(), slips=(), fault=str(fault))


def _unreadable(world: World, layout: str) -> str:
    """What is wrong with a layout's files before anything is drawn."""
    own = (finding for finding in world.findings if finding.where.file.startswith(f"layouts/{layout}/"))
    return "; ".join(str(finding) for finding in own if finding.severity is Severity.ERROR)
