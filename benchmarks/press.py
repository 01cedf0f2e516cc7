"""The benchmark of the press: one command draws the standard run with packslip and with everything else that could.

    python -m benchmarks.press             # 300 slips, three rounds: about a quarter of an hour
    python -m benchmarks.press --quick     # 30 slips, one round: a minute

Each contestant has a process of its own on one core, one after another, round after round; CPU time is counted, theirs
and their children's. What is not installed is left out and said.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.contest import WARM_UP, Pass
from benchmarks.peers import CONTESTANTS
from benchmarks.reading_back import read_back
from benchmarks.slips import COUNT, MOST, REPOSITORY, SEED, Run, fresh_world, write_slips
from packslip.model import Slip

LINES = (1, 2, 3, 6, 12, 24)
SLIPS_OF_LINES = 12
KEPT = 12  #: documents of each contestant that are read back; the sheet shows one of them


@dataclass(slots=True, kw_only=True)
class Result:
    """One contestant's passes over one run."""

    name: str
    passes: list[Pass] = field(default_factory=list)
    failed: str = ""  #: why a pass is missing

    @property
    def absent(self) -> str:
        """Why it did not take part; a contestant that ended one pass did."""
        return "" if self.passes else self.failed

    def note(self, made: Pass) -> None:
        """Add a pass, or the reason why there is none."""
        if made.absent:
            self.failed = made.absent
        else:
            self.passes.append(made)

    @property
    def mean_ms(self) -> float:
        """CPU ms a slip: of each pass the mean, of the passes the median."""
        return statistics.median(one.total_ms / len(one.sizes) for one in self.passes)

    @property
    def median_ms(self) -> float:
        """CPU ms of the middle slip."""
        return statistics.median(cost for one in self.passes for cost in one.slip_ms)

    @property
    def bytes(self) -> float:
        """Bytes a document, in the mean."""
        return statistics.mean(self.passes[0].sizes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Where the passes take place."""

    shop: Path
    out: Path
    core: int | None
    warm_up: int = WARM_UP

    def pass_of(self, name: str, run: Path, *, keep: bool = False, cold_only: bool = False) -> Pass:
        """One contestant, one pass, one process."""
        command = ["-m", "benchmarks.contest", name, "--shop", str(self.shop), "--run", str(run)]
        command += ["--warm-up", str(self.warm_up)]
        if keep:
            command += ["--keep", str(self.out / "documents"), "--keep-count", str(KEPT)]
        if cold_only:
            command.append("--cold-only")
        try:
            return Pass(**json.loads(self.child(command)))
        except RuntimeError as fault:
            return Pass(name=name, absent=f"it failed: {str(fault).splitlines()[-1]}")

    def child(self, command: Sequence[str]) -> str:
        """The last line a Python process of ours says."""
        core = ["--core", str(self.core)] if self.core is not None else []
        done = subprocess.run(
            [sys.executable, *command, *core], cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr[-2000:]}")
        return done.stdout.splitlines()[-1]

    def cold_start(self, run: Path) -> tuple[float, float]:
        """Wall and CPU ms of a fresh process up to its first PDF, median of three; bytecode is compiled before."""
        found = []
        for _ in range(4):
            before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            command = [sys.executable, "-m", "benchmarks.first", str(self.shop), str(run)]
            subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True)
            wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
            found.append((1000 * wall, 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)))
        walls, cpus = zip(*found[1:], strict=True)
        return statistics.median(walls), statistics.median(cpus)


def compete(
    ring: Ring, names: Sequence[str], run: Path, rounds: int, *, keep: bool, label: str, console: Console
) -> dict[str, Result]:
    """Every contestant, round after round."""
    results = {name: Result(name=name) for name in names}
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(label, total=rounds * len(names))
        for number in range(rounds):
            for name, result in results.items():
                progress.update(task, description=f"{label}: {CONTESTANTS[name].title}, round {number + 1}")
                if not result.absent:
                    result.note(ring.pass_of(name, run, keep=keep and number == 0))
                progress.advance(task)
    return results


def main() -> None:
    wanted = _arguments()
    console = Console(width=None if sys.stdout.isatty() else 108)  # a file or a pipe gets whole words
    names = wanted.only or list(CONTESTANTS)
    count, rounds = (30, 1) if wanted.quick else (min(wanted.count, MOST), wanted.rounds)
    (wanted.out / "documents").mkdir(parents=True, exist_ok=True)
    with _ring(wanted.out, wanted.core, wanted.warm_up) as (ring, run):
        slips = run.slips(count + ring.warm_up, seed=wanted.seed)
        path = ring.shop / "run.jsonl"
        write_slips(slips, path)
        del slips[count:]
        results = compete(ring, names, path, rounds, keep=True, label="the run", console=console)
        _save(results, wanted.out)
        console.print(_table(results, slips, wanted.out, rounds))
        _tell_how(results, console)
        _tell_cold(results, console)
        if not wanted.no_rows:
            console.print(_rows(ring, path, count))
        if not wanted.quick and not wanted.no_plots:
            _draw_pictures(ring, run, results, slips, wanted, console)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="draw the standard run with packslip and its peers")
    parser.add_argument("--quick", action="store_true", help="30 slips, one round, no pictures")
    parser.add_argument("--count", type=int, default=COUNT, help=f"slips of the run, at most {MOST}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--warm-up", type=int, default=WARM_UP, help="slips that each contestant draws unclocked")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", nargs="+", choices=list(CONTESTANTS), metavar="NAME", help=", ".join(CONTESTANTS))
    parser.add_argument("--out", type=Path, default=REPOSITORY / "build" / "bench", help="for documents and pictures")
    parser.add_argument("--core", type=int, default=_a_core(), help="the core everything runs on")
    parser.add_argument("--most", type=int, default=MOST, help="slips the first plot goes to")
    parser.add_argument(
        "--no-rows", action="store_true", help="leave out decide, compose, codes, preflight, cold start"
    )
    parser.add_argument("--no-plots", action="store_true", help="leave out the pictures")
    return parser.parse_args()


def _a_core() -> int | None:
    """The last core this process may use; None where the system knows no such thing."""
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


@contextmanager
def _ring(out: Path, core: int | None, warm_up: int) -> Iterator[tuple[Ring, Run]]:
    with fresh_world() as world:
        yield Ring(shop=world.workspace.root, out=out, core=core, warm_up=warm_up), Run(world)


def _table(results: dict[str, Result], slips: Sequence[Slip], out: Path, rounds: int) -> Table:
    mean = statistics.mean(len(slip.lines) for slip in slips)
    title = f"{len(slips)} slips, {mean:.1f} lines in the mean, {rounds} round{'s' * (rounds > 1)}, one core, CPU time"
    table = Table(title=title, title_style="bold", header_style="", caption=_CAPTION, caption_justify="left")
    table.add_column("what draws it", no_wrap=True)
    for heading in ("ms a slip", "median", "× plates", "× floor", "kB", "first", "read back"):
        table.add_column(heading, justify="right")
    taking_part = {name: result for name, result in results.items() if not result.absent}
    for name, result in sorted(taking_part.items(), key=lambda item: item[1].mean_ms):
        coarse = name == "chromium"
        table.add_row(
            CONTESTANTS[name].title,
            f"{result.mean_ms:.2f}",
            "–" if coarse else f"{result.median_ms:.2f}",
            _ratio(result, taking_part.get("plates")),
            _ratio(result, taking_part.get("floor")),
            f"{result.bytes / 1000:.1f}",
            f"{statistics.median(one.first_ms for one in result.passes):.0f}",
            _read_back(name, slips, out),
            style="bold" if name == "plates" else "",
        )
    for name, result in results.items():
        if result.absent:
            table.add_row(CONTESTANTS[name].title, *["–"] * 7, style="dim")
    return table


_CAPTION = (
    "ms a slip: mean of a pass, median of the rounds, warm up excluded; median: the middle slip; first: the first slip"
    " of a process, ms. Read back: documents whose every word and code was found again in the file."
)


def _ratio(result: Result, base: Result | None) -> str:
    return f"{result.mean_ms / base.mean_ms:.2f}" if base is not None else "–"


def _read_back(name: str, slips: Sequence[Slip], out: Path) -> str:
    kept = [(out / "documents" / f"{name}-{number:03d}.pdf", slip) for number, slip in enumerate(slips[:KEPT])]
    whole = sum(not read_back(path, slip) for path, slip in kept)
    return f"{whole}/{len(kept)}"


def _tell_how(results: dict[str, Result], console: Console) -> None:
    """How each worked, or why it did not."""
    for name, result in results.items():
        said = f"left out: {result.absent}" if result.absent else CONTESTANTS[name].note
        if result.passes and result.failed:
            said += f" (a pass is missing: {result.failed})"
        console.print(f"{CONTESTANTS[name].title:22}{said}", style="dim", highlight=False)


def _tell_cold(results: dict[str, Result], console: Console) -> None:
    """What the run costs on an empty plate store, and how much of it was struck."""
    plates = results.get("plates")
    if plates is None or plates.absent:
        return
    cold = statistics.median(sum(one.cold_ms) for one in plates.passes)
    one = plates.passes[0]
    slips = len(one.cold_ms)
    console.print(
        f"From cold: {slips} slips in {cold / 1000:.2f} s CPU ({cold / slips:.2f} ms a slip);"
        f" {one.struck or 0:.1%} struck, {one.traced} plates traced ({one.traced / slips:.1%} of the slips)."
    )
    for reason, times in sorted(one.refused.items(), key=lambda item: -item[1]):
        console.print(f"  {times} not struck: {reason}", style="dim")


def _rows(ring: Ring, path: Path, count: int) -> Table:
    table = Table(title="around the press", title_style="bold", header_style="")
    table.add_column("step")
    table.add_column("ms CPU", justify="right")
    found = json.loads(ring.child(["-m", "benchmarks.rows", "--shop", str(ring.shop), "--count", str(min(count, 200))]))
    for name, cost in found.items():
        table.add_row(name, f"{cost:.3f}")
    wall, cpu = ring.cold_start(path)
    table.add_row("fresh process to its first PDF", f"{cpu:.0f}")
    table.add_row("  the same, on the clock", f"{wall:.0f}")
    return table


def _draw_pictures(  # noqa: PLR0917 -- they share nothing else
    ring: Ring,
    run: Run,
    results: dict[str, Result],
    slips: Sequence[Slip],
    wanted: argparse.Namespace,
    console: Console,
) -> None:
    try:
        from benchmarks import plots  # noqa: PLC0415 -- the only part that needs matplotlib
    except ModuleNotFoundError as fault:
        console.print(f"No plots: {fault.name} is not installed.")
        return
    from benchmarks import contact  # noqa: PLC0415

    here = {name: result for name, result in results.items() if not result.absent}
    contact.draw_sheet(here, slips, wanted.out)
    many: list[float] = []
    if "plates" in here and wanted.most > len(slips):
        path = ring.shop / "many.jsonl"
        write_slips(run.slips(wanted.most + ring.warm_up, seed=wanted.seed), path)
        many = ring.pass_of("plates", path, cold_only=True).cold_ms
    plots.plot_slips(here, many, wanted.most, wanted.out / "bench-slips.png")
    by_lines: dict[str, list[tuple[int, float]]] = {name: [] for name in here}
    for lines in LINES:
        path = ring.shop / f"lines-{lines}.jsonl"
        write_slips(run.slips(SLIPS_OF_LINES + ring.warm_up, seed=wanted.seed, lines=lines), path)
        found = compete(ring, list(here), path, 1, keep=False, label=f"{lines} lines", console=console)
        for name, result in found.items():
            if result.passes:
                by_lines[name].append((lines, result.mean_ms))
    plots.plot_lines(by_lines, wanted.out / "bench-lines.png")
    console.print(f"Pictures: {wanted.out}/bench-sheet.png, bench-slips.png, bench-lines.png")


def _save(results: dict[str, Result], out: Path) -> None:
    """The figures as JSON, for whoever wants to draw them otherwise."""
    figures = {
        name: {"absent": result.absent}
        if result.absent
        else {
            "ms": result.mean_ms,
            "median_ms": result.median_ms,
            "bytes": result.bytes,
            "rounds_ms": [one.total_ms / len(one.sizes) for one in result.passes],
        }
        for name, result in results.items()
    }
    (out / "figures.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
