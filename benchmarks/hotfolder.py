"""The hot folder: what a claim costs beside the bare acts it is made of, and what waits or is done costs a look.

python -m benchmarks.hotfolder [FILES]
"""

import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from packslip.disk import LOCAL
from packslip.engine.events import ignore
from packslip.engine.hotfolders import HotFolders
from packslip.hotfolder import look_at
from packslip.intake import ending_of
from packslip.ledger import DropState, Ledger
from packslip.library.mappings import CONTRACT
from packslip.model import Drop, Ending
from packslip.settings import FILE_NAME, LimitSettings
from packslip.world import Workspace

_ROW = (
    "order_id,order_date,currency,ship_name,ship_country,description,quantity\n{},2026-11-20,GBP,Ada Brink,GB,Bowl,1\n"
)
_HABITS = '[hotfolder]\nreadiness = "{}"\nsettle_s = 0.0\n'
_DONE = 200_000  # a shop of two hundred orders a day for three years


def probe(drop: Drop) -> Ending:
    return ending_of(drop, CONTRACT, LimitSettings())


def fill(folder: Path, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"o{number}.csv").write_text(_ROW.format(number), encoding="utf-8")


def by_hand(folder: Path, count: int) -> float:
    """Seconds a file for copy, flush, rename, flush, remove, one after another, on the same disk."""
    fill(folder / "in", count)
    (folder / "spool").mkdir()
    started = time.perf_counter()
    for number in range(count):
        source, part = folder / "in" / f"o{number}.csv", folder / "spool" / f"{number}.part"
        with part.open("wb") as stream:
            stream.write(source.read_bytes())
            stream.flush()
            os.fsync(stream.fileno())
        part.rename(part.with_suffix(".csv"))
        LOCAL.sync_folder(folder / "spool")
        source.unlink()
    return (time.perf_counter() - started) / count


def claim(root: Path, count: int, readiness: str) -> tuple[float, float, float]:
    """Seconds a file, seconds to the first portion, and the median seconds of a look with everything waiting."""
    root.mkdir()
    (root / FILE_NAME).write_text(_HABITS.format(readiness), encoding="utf-8")
    workspace = Workspace(root)
    fill(workspace.inbox(workspace.settings()), count)
    with Ledger.open(workspace.ledger, secret=workspace.secret()) as ledger:
        folders = HotFolders(workspace, workspace.settings(), ledger, probe=probe, wake=lambda: None, listener=ignore)
        started, first = time.perf_counter(), 0.0
        while not folders.is_empty:
            if folders.tend() and not first:
                first = time.perf_counter() - started
        seconds = time.perf_counter() - started
        if ledger.counts().drops[DropState.OPEN] != count:
            raise SystemExit("not every file became one drop")
        folders.close()
    return seconds / count, first, look(root / "waiting", count)


def look(folder: Path, count: int) -> float:
    """Median seconds of one look at a folder in which so many files wait."""
    fill(folder, count)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        look_at(folder)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def sweep_and_look(root: Path, done: int) -> float:
    """Seconds of a start and a look with so many finished drops."""
    root.mkdir()
    (root / FILE_NAME).write_text(_HABITS.format("stable"), encoding="utf-8")
    workspace = Workspace(root)
    for number in range(done):
        day = workspace.done / f"day-{number // 5000}"
        if number % 5000 == 0:
            day.mkdir(parents=True)
        (day / f"{number:012x}__o.csv").touch()
    with Ledger.open(workspace.ledger, secret=workspace.secret()) as ledger:
        folders = HotFolders(workspace, workspace.settings(), ledger, probe=probe, wake=lambda: None, listener=ignore)
        started = time.perf_counter()
        folders.sweep()
        folders.tend()
        seconds = time.perf_counter() - started
        folders.close()
    return seconds


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {count} files of one order")
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name).resolve()
        plain = by_hand(folder / "plain", min(count, 1000))
        print(f"by hand                {1000 * plain:7.2f} ms a file")
        for readiness in ("rename", "stable"):
            each, first, looked = claim(folder / readiness, count, readiness)
            print(
                f"claimed, {readiness:<8}      {1000 * each:7.2f} ms a file, {each / plain:.2f} times by hand; "
                f"first portion after {first:.2f} s; a look with all waiting {1000 * looked:.0f} ms"
            )
        none, many = sweep_and_look(folder / "none", 0), sweep_and_look(folder / "many", _DONE)
        print(f"start and look         {1000 * none:7.1f} ms, with {_DONE} finished drops {1000 * many:.1f} ms")


if __name__ == "__main__":
    main()
