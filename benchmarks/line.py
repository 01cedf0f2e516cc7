"""What the line itself costs an order, the drawing of its slip apart: read, accept, decide, compose, record, deliver.

    python -m benchmarks.line --count 400
    python -m benchmarks.line --count 400 --per-file 100 --profile line.prof

The whole line runs in this process, on durable settings, with a press that has every document at hand. Beside it stands
the floor: the same bytes written with as many flushes to disk by a bare loop. CPU time, user and system, and the clock.
"""

import argparse
import cProfile
import os
import re
import resource
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from benchmarks.slips import Run
from benchmarks.soak.drops import stage_drops
from benchmarks.soak.shop import fresh_shop
from packslip.engine import road as roads
from packslip.engine.events import Kind, RunEvent
from packslip.engine.road import ReleasedRoad
from packslip.engine.run import run_line
from packslip.files import sha256
from packslip.ledger import Ledger
from packslip.line.pressed import Pressed
from packslip.model import Document, Slip
from packslip.world import Workspace, World

_SEED = 23
#: Flushes that one drop of one order needs at the least: spool, tray, store, result, each with its folder, and commits.
_FLUSHES = 8


class _StandIn:
    """A press that prints one document for all, its number apart."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def __call__(self, slip: Slip) -> Pressed:
        data = self._document.data + f"\n% {slip.order.id}\n".encode()
        return Pressed(document=replace(self._document, data=data, sha256=sha256(data)), findings=())


def measure(world: World, document: Document, count: int, per_file: int, profile: Path | None) -> tuple[float, float]:
    """CPU ms and ms an order."""
    workspace = world.workspace
    inbox = workspace.inbox(world.settings)
    staged = stage_drops(
        world.catalogue.products,
        inbox.parent / "staged",
        first=0,
        count=count,
        seed=_SEED,
        variety=40,
        per_file=per_file,
    )
    for drop in staged:
        drop.path.rename(inbox / drop.path.name)

    @contextmanager
    def open_presses(*_: object, **__: object) -> Iterator[_StandIn]:
        yield _StandIn(document)

    roads.open_presses = open_presses  # type: ignore[assignment]

    def open_road(where: Workspace, release: str, ledger: Ledger, workers: int | None) -> ReleasedRoad:
        return ReleasedRoad(where, release, ledger, workers)

    began: list[tuple[float, float, Counter[str]]] = []
    left = len(staged)
    by_thread: Counter[str] = Counter()

    def hear(event: RunEvent) -> None:
        nonlocal left
        if event.kind is Kind.LISTENING:  # what the line does once, at its start, does not count
            began.append((time.perf_counter(), _cpu(), _threads()))
        if event.kind is Kind.DROP:
            left -= 1
            if left == 0:
                by_thread.update(_threads() - began[0][2])

    with cProfile.Profile() if profile else nullcontext() as kept:
        run_line(workspace, once=True, workers=2, open_road=open_road, listener=hear)
    started, cpu, _ = began[0]
    spent, cpu = time.perf_counter() - started, _cpu() - cpu
    if kept and profile:
        kept.dump_stats(profile)
    for name, seconds in by_thread.most_common():
        print(f"  {name:<28} {1000 * seconds / count:8.2f} ms CPU")
    return 1000 * cpu / count, 1000 * spent / count


def _threads() -> Counter[str]:
    """CPU seconds of the threads that live now, those of one kind together."""
    spent: Counter[str] = Counter()
    for thread in threading.enumerate():
        if thread.ident is not None:
            seconds = time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
            spent[re.sub(r"[-_]?[0-9].*", "", thread.name)] += seconds  # type: ignore[assignment]  # a Counter of floats
    return spent


def floor(folder: Path, size: int, count: int) -> tuple[float, float]:
    """CPU ms and ms for the flushes alone."""
    data = os.urandom(size)
    started, cpu = time.perf_counter(), _cpu()
    for number in range(count):
        for part in range(_FLUSHES // 2):
            path = folder / f"{number}-{part}"
            with path.open("wb") as file:
                file.write(data if part < 2 else data[:1000])
                file.flush()
                os.fsync(file.fileno())
            descriptor = os.open(folder, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)
    return 1000 * (_cpu() - cpu) / count, 1000 * (time.perf_counter() - started) / count


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description="what the line itself costs an order")
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--per-file", type=int, default=1)
    parser.add_argument("--profile", type=Path)
    wanted = parser.parse_args()
    with fresh_shop(None, {"settle_s": "0.0"}) as world:
        slip = Run(world).slips(1, seed=_SEED)[0]
        from packslip.line.pressing import PressRoom  # noqa: PLC0415 - the press is loaded for the one document alone

        document = PressRoom(world)(slip).document
        if document is None:
            raise RuntimeError("no document")
        costs = measure(world, document, wanted.count, wanted.per_file, wanted.profile)
        with tempfile.TemporaryDirectory(dir=world.workspace.root) as folder:
            least = floor(Path(folder), len(document.data), min(wanted.count, 100))
    print(f"{wanted.count} orders, {wanted.per_file} a file, {len(document.data) / 1000:.0f} kB a document")
    for name, (cpu, spent) in (("the line, press apart", costs), ("the same bytes, flushed alone", least)):
        print(f"{name:<30} {cpu:8.2f} ms CPU {spent:8.2f} ms   {cpu / least[0]:6.1f} ×")


if __name__ == "__main__":
    main()
