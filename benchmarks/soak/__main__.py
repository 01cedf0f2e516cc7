"""The soak: orders dropped into a real line at a steady rate, and how long each takes to the printer's tray.

    python -m benchmarks.soak                                       # 10, 100 and all it bears, ten minutes each
    python -m benchmarks.soak --seconds 20 --load 20 --load most --load most:50
    python -m benchmarks.soak --seconds 30 --load most --fsync-ms 5
    python -m benchmarks.soak --seconds 30 --load most --past 1000000 --filed 200000
    python -m benchmarks.soak --load file:10000                     # one file: time to its first document, and memory

The line is `packslip run` in a process of its own, on a workspace of the repository's own files, with durable settings.
A load is orders a second, or `most`; `:50` puts fifty orders in a file; `file:10000` is one file of as many, dropped
at once, however long it takes. Time is told from the rename into the inbox to
the document's appearance in a tray, both seen from outside. At the end each order must have come out exactly once.
"""

import argparse
import importlib.util
import json
import os
import platform
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path

from benchmarks.soak.book import count_changed, drawn_by, fill_past
from benchmarks.soak.drops import StagedDrop, drop_as_borne, drop_steadily, stage_drops
from benchmarks.soak.report import Soaked, table_text
from benchmarks.soak.samples import Sample, look
from benchmarks.soak.shop import Line, fresh_shop
from benchmarks.soak.trays import TrayWatch, judge
from packslip.ledger import Ledger
from packslip.world import World

_MOST_RATE = 600  #: orders a second that are staged for the load `most`
_WARM, _VARIETY, _SEED = 400, 40, 23
_UNDER_WAY = 256  #: orders kept under way by the load `most`
_WELL = (0, 1, 130)  #: how a line ends that was told to stop; 1: something waits for a person
_SAMPLE_S = 0.5
_PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is dropped."""

    name: str
    rate: float  #: orders a second; infinity: as many as are borne
    per_file: int
    is_one_file: bool = False

    @classmethod
    def of(cls, text: str) -> "Load":
        """The load that `20`, `most:50` or `file:10000` names."""
        word, _, number = text.partition(":")
        per_file = int(number or 1)
        if word == "file":
            return cls(name="file", rate=inf, per_file=per_file, is_one_file=True)
        rate = inf if word == "most" else float(word)
        return cls(name=f"{rate:g}/s" if rate < _MOST_RATE else "most", rate=rate, per_file=per_file)

    def count(self, seconds: float) -> int:
        """Orders to be staged for so many seconds."""
        return self.per_file if self.is_one_file else int(min(self.rate, _MOST_RATE) * seconds) + self.per_file


class Soak:
    """One line, and what is dropped into it."""

    def __init__(self, world: World, line: Line, *, under_way: int, variety: int) -> None:
        self._world = world
        self._line = line
        self._most = under_way
        self._variety = variety
        workspace, settings = world.workspace, world.settings
        self._inbox = workspace.inbox(settings)
        self._inbox.mkdir(parents=True, exist_ok=True)
        trays = workspace.trays(settings)
        self._watch = TrayWatch([trays / name for name in settings.printers])
        self._dropped: dict[str, float] = {}
        self._next = 0

    def warm(self, count: int) -> None:
        """Make the plates; not counted."""
        staged = self._stage(count, 20)
        drop_steadily(staged, self._inbox, rate=1e9, until=time.monotonic() + 60, told=self._note)
        self._wait()

    def load(self, load: Load, seconds: float) -> Soaked:
        """Drop at a load's rate for so long, or its one file, and wait for the last document."""
        staged = self._stage(load.count(seconds), load.per_file)
        before, since = set(self._dropped), datetime.now(UTC).isoformat()
        started = time.monotonic()
        samples: list[Sample] = []
        ending = threading.Event()
        sampler = threading.Thread(target=self._sample, args=(samples, ending), daemon=True)
        sampler.start()
        until = started + seconds
        if load.rate < _MOST_RATE or load.is_one_file:
            drop_steadily(staged, self._inbox, rate=load.rate, until=until, told=self._note)
        else:
            most = max(self._most, 3 * load.per_file)
            drop_as_borne(staged, self._inbox, most=most, under_way=lambda: self.backlog, until=until, told=self._note)
        self._wait()
        ending.set()
        sampler.join()
        dropped = {slip: at for slip, at in self._dropped.items() if slip not in before}
        seen = self._watch.seen
        latencies = [(at - started, seen[slip] - at) for slip, at in dropped.items() if slip in seen]
        found = self._watch.scan()
        ledger = self._world.workspace.ledger
        return Soaked(
            name=load.name,
            per_file=load.per_file,
            seconds=samples[-1].at - started,
            latencies=sorted(latencies),
            samples=samples,
            judged=judge(self._dropped, found),
            drawn_by=dict(drawn_by(ledger, since=since)),
            changed=count_changed(ledger, {slip: found.get(slip, []) for slip in dropped}, since=since),
        )

    def close(self) -> None:
        """Stop watching."""
        self._watch.close()

    @property
    def backlog(self) -> int:
        """Orders dropped that are not in a tray."""
        return len(self._dropped) - len(self._watch.seen)

    def _stage(self, count: int, per_file: int) -> list[StagedDrop]:
        folder = self._inbox.parent / f"staged-{self._next}"
        products = self._world.catalogue.products
        staged = stage_drops(
            products, folder, first=self._next, count=count, seed=_SEED, variety=self._variety, per_file=per_file
        )
        self._next += count
        return staged

    def _note(self, drop: StagedDrop, at: float) -> None:
        self._dropped.update(dict.fromkeys(drop.slips, at))

    def _sample(self, samples: list[Sample], ending: threading.Event) -> None:
        while True:
            samples.append(
                look(
                    self._line.pid,
                    at=time.monotonic(),
                    dropped=len(self._dropped),
                    printed=len(self._watch.seen),
                )
            )
            if ending.wait(_SAMPLE_S):
                samples.append(
                    look(
                        self._line.pid,
                        at=time.monotonic(),
                        dropped=len(self._dropped),
                        printed=len(self._watch.seen),
                    )
                )
                return

    def _wait(self) -> None:
        """Until nothing comes any more, or all has come."""
        last, changed = self.backlog, time.monotonic()
        while self.backlog and self._line.is_running and time.monotonic() - changed < _PATIENCE_S:
            time.sleep(0.02)
            if self.backlog != last:
                last, changed = self.backlog, time.monotonic()


def soak(wanted: argparse.Namespace) -> tuple[list[Soaked], bool]:
    """Every load on one line; and whether the line ended well."""
    values = {"readiness": '"rename"', **dict(pair.split("=", 1) for pair in wanted.set)}
    with fresh_shop(wanted.disk, values) as world:
        if wanted.past or wanted.filed:
            workspace = world.workspace
            Ledger.open(workspace.ledger, secret=workspace.secret()).close()
            day = datetime.now(UTC).date() - timedelta(days=wanted.past_days)
            fill_past(workspace.ledger, workspace.done, orders=wanted.past, files=wanted.filed, day=day)
        line = Line(world.workspace.root, workers=wanted.workers, fsync_ms=wanted.fsync_ms, profile=wanted.profile)
        running = Soak(world, line, under_way=wanted.under_way, variety=wanted.variety)
        try:
            running.warm(wanted.warm)
            results = []
            for load in map(Load.of, wanted.load):
                results.append(running.load(load, wanted.seconds))
                sys.stdout.write(f"{table_text(results[-1:])}\n{results[-1].judged} changed={results[-1].changed}\n")
                sys.stdout.flush()
        finally:
            status = line.stop()
            running.close()
        ended_well = status in _WELL
        if not ended_well:
            sys.stdout.write((world.workspace.root / "soak.log").read_text("utf-8", "replace")[-2000:])
        return results, ended_well


def main() -> None:
    parser = argparse.ArgumentParser(description="orders dropped into a real line, watched from outside")
    parser.add_argument("--seconds", type=float, default=600, help="how long each load lasts")
    parser.add_argument(
        "--load",
        action="append",
        help="orders a second, or most; :N for N orders a file; or file:N, one file (10, 100, most, most:50)",
    )
    parser.add_argument("--workers", type=int, help="worker processes; else one for each core")
    parser.add_argument("--warm", type=int, default=_WARM, help="orders before the first load, not counted")
    parser.add_argument(
        "--variety", type=int, default=_VARIETY, help="different orders, names and numbers aside; 0: all"
    )
    parser.add_argument("--under-way", type=int, default=_UNDER_WAY, help="orders kept under way by the load most")
    parser.add_argument("--fsync-ms", type=float, default=0, help="let each fsync of the line take so much longer")
    parser.add_argument("--past", type=int, default=0, help="printed orders that the ledger holds before")
    parser.add_argument(
        "--past-days", type=int, default=2, help="how long ago that was; past what is kept, the line purges meanwhile"
    )
    parser.add_argument("--filed", type=int, default=0, help="files that lie in done/ before")
    parser.add_argument("--disk", type=Path, help="folder on the disk to use; else that of temporary files")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting, such as scan_s=0.5")
    parser.add_argument("--profile", type=Path, help="record the line's stacks with py-spy into this file")
    parser.add_argument("--out", type=Path, help="folder for soak.json, soak.md and the plots")
    wanted = parser.parse_args()
    wanted.load = wanted.load or ["10", "100", "most", "most:50"]
    busy = os.getloadavg()[0]
    results, ended_well = soak(wanted)
    note = (
        f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}, Python "
        f"{platform.python_version()}; load average before: {busy:.1f}; fsync {wanted.fsync_ms:g} ms slower than "
        "the disk's own"
    )
    sys.stdout.write(f"\n{table_text(results)}\n\n{note}\n")
    if wanted.out:
        _save(results, note, wanted.out)
    bad = [one for one in results if any(one.judged[key] for key in ("lost", "doubled", "unknown")) or one.changed]
    sys.exit(1 if bad or not ended_well else 0)


def _save(results: Sequence[Soaked], note: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    values = {"note": note, "loads": [result.as_json() for result in results]}
    (folder / "soak.json").write_text(json.dumps(values), encoding="utf-8")
    (folder / "soak.md").write_text(f"{table_text(results)}\n\n{note}\n", encoding="utf-8")
    if importlib.util.find_spec("matplotlib") is None:
        sys.stdout.write("no plot: Matplotlib is not installed, see benchmarks/README.md\n")
        return
    plotting = importlib.import_module("benchmarks.soak.plotting")
    plotting.plot_soak(results, folder / "soak.svg")
    plotting.plot_soak(results, folder / "soak.png")


if __name__ == "__main__":
    main()
