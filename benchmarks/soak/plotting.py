"""The plot of a soak: latency, backlog, memory and file handles over time, a column for each load."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from benchmarks.plots import ACCENT, HAIRLINE, INK, PAPER, QUIET
from benchmarks.soak.report import Soaked

_ROWS = ("ms from drop to tray", "orders under way", "MB: line, children", "file handles")


def plot_soak(results: Sequence[Soaked], path: Path) -> None:
    """Draw every load of a soak into a file; its suffix says which format."""
    figure, grid = plt.subplots(
        len(_ROWS), len(results), figsize=(3.2 * len(results) + 0.8, 7.6), squeeze=False, sharex="col"
    )
    figure.patch.set_facecolor(PAPER)
    for column, result in enumerate(results):
        places = [grid[row][column] for row in range(len(_ROWS))]
        _draw(result, places)
        places[0].set_title(f"{result.name}, {result.per_file} a file", color=INK, fontsize=9, loc="left")
        places[-1].set_xlabel("seconds", color=QUIET, fontsize=8)
    for row, name in enumerate(_ROWS):
        grid[row][0].set_ylabel(name, color=QUIET, fontsize=8)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, facecolor=PAPER)
    plt.close(figure)


def _draw(result: Soaked, places: Sequence[Axes]) -> None:
    start = result.samples[0].at
    times = [sample.at - start for sample in result.samples]
    latency, backlog, memory, handles = places
    moments = [at for at, _ in result.latencies]
    latency.scatter(moments, [1000 * value for _, value in result.latencies], s=1.2, color=ACCENT, alpha=0.35, lw=0)
    for value, name in zip(result.quantiles[:3], ("p50", "p95", "p99"), strict=True):
        latency.axhline(1000 * value, color=INK, linewidth=0.5)
        latency.annotate(name, (0.99, 1000 * value), xycoords=("axes fraction", "data"), ha="right", fontsize=6)
    backlog.plot(times, [sample.backlog for sample in result.samples], color=INK, linewidth=1)
    memory.plot(times, [sample.parent_mb for sample in result.samples], color=INK, linewidth=1)
    memory.plot(times, [sample.children_mb for sample in result.samples], color=ACCENT, linewidth=1)
    handles.plot(times, [sample.handles for sample in result.samples], color=INK, linewidth=1)
    for axes in places:
        axes.set_facecolor(PAPER)
        axes.set_ylim(bottom=0)
        axes.grid(color=HAIRLINE, linewidth=0.4, alpha=0.7)
        axes.tick_params(colors=QUIET, labelsize=7, width=0.4)
        for side, spine in axes.spines.items():
            spine.set_visible(side in {"left", "bottom"})
            spine.set_linewidth(0.5)
