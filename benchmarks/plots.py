"""Plots of the benchmark, set in the shop's own type: cost against slips, cost against lines."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from benchmarks.peers import CONTESTANTS
from benchmarks.slips import REPOSITORY

mpl.use("Agg")

INK, QUIET, ACCENT, HAIRLINE, PAPER = "#25221e", "#6d665c", "#8b6b43", "#c9c2b6", "#fbf9f5"
COLOURS = {
    "plates": ACCENT,
    "floor": "#b9a88c",
    "reference": INK,
    "weasy-tuned": "#6d665c",
    "weasy-naive": "#a39b8f",
    "typst": "#2f5d5a",
    "plutoprint": "#7a8f5e",
    "platypus": "#9c4f3d",
    "chromium": "#4b6584",
}
_FONTS = REPOSITORY / "layouts" / "fonts"


def plot_slips(results: Mapping[str, object], many: Sequence[float], most: int, path: Path) -> None:
    """Total CPU seconds from a cold start against slips; dashed where the mean of the run is carried on."""
    figure, axes = _sheet(
        "What a run costs", "CPU seconds on one core, from a cold start; dashed: carried on at the run’s mean"
    )
    ends: list[tuple[float, str]] = []
    for name, result in results.items():
        one = result.passes[0]
        costs = many or one.cold_ms if name == "plates" else [one.first_ms, *one.slip_ms[1:]]
        if name == "chromium":
            costs = [one.first_ms, *[one.total_ms / len(one.sizes)] * (len(one.sizes) - 1)]
        totals = [(one.open_ms + total) / 1000 for total in accumulate(costs)]
        style = _style(name)
        axes.plot(range(1, len(totals) + 1), totals, **style)
        end = totals[-1]
        if len(totals) < most:
            end += (most - len(totals)) * result.mean_ms / 1000
            axes.plot([len(totals), most], [totals[-1], end], **{**style, "linestyle": (0, (3, 3))})
        ends.append((end, name))
    axes.set(xscale="log", yscale="log", xlim=(1, most))
    axes.set_xlabel("slips")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}".replace(",", "\u202f")))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} s"))
    _label(axes, most, ends)
    _save(figure, path)


def plot_lines(by_lines: Mapping[str, Sequence[tuple[int, float]]], path: Path) -> None:
    """CPU ms a slip, warm, against lines per slip."""
    figure, axes = _sheet("What a longer parcel costs", "CPU milliseconds a slip, warm, by the number of its lines")
    ends: list[tuple[float, str]] = []
    ticks: list[int] = []
    for name, points in by_lines.items():
        if not points:
            continue
        lines, costs = zip(*points, strict=True)
        axes.plot(lines, costs, marker="o", markersize=3.2, **_style(name))
        ends.append((costs[-1], name))
        ticks = list(lines)
    axes.set(xscale="log", yscale="log", xlim=(ticks[0], ticks[-1]))
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("lines")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} ms"))
    _label(axes, ticks[-1], ends)
    _save(figure, path)


def _sheet(title: str, subtitle: str) -> tuple[Figure, Axes]:
    for file in _FONTS.rglob("*.ttf"):
        font_manager.fontManager.addfont(file)
    plt.rcParams.update({"font.family": "Jost", "font.size": 9.5, "text.color": INK, "axes.edgecolor": HAIRLINE})
    figure, axes = plt.subplots(figsize=(9.2, 5.9), dpi=200, facecolor=PAPER)
    figure.subplots_adjust(left=0.085, right=0.79, top=0.83, bottom=0.1)
    figure.text(0.085, 0.925, title, fontfamily="Cormorant Garamond", fontsize=25)
    figure.text(0.085, 0.878, subtitle, color=QUIET)
    axes.set_facecolor(PAPER)
    axes.grid(which="major", color=HAIRLINE, linewidth=0.4, alpha=0.7)
    axes.tick_params(which="both", colors=QUIET, width=0.4, length=3)
    axes.tick_params(which="minor", length=0)
    axes.xaxis.label.set_color(QUIET)
    for side, spine in axes.spines.items():
        spine.set_visible(side in {"left", "bottom"})
        spine.set_linewidth(0.5)
    return figure, axes


def _style(name: str) -> dict[str, object]:
    ours = name == "plates"
    return {
        "color": COLOURS[name],
        "linewidth": 2.4 if ours else 1.1,
        "zorder": 3 if ours else 2,
        "solid_capstyle": "round",
    }


def _label(axes: Axes, x: float, ends: Sequence[tuple[float, str]]) -> None:
    """Names beside the ends of their lines, pushed apart where they would touch."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high)
    last = -1.0
    for value, name in sorted(ends):
        at = axes.transAxes.inverted().transform(axes.transData.transform((x, value)))[1]
        last = max(at, last + 0.043)
        axes.annotate(
            CONTESTANTS[name].title,
            (1.015, last),
            xycoords="axes fraction",
            va="center",
            color=COLOURS[name],
            fontweight=600 if name == "plates" else 400,
        )


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, facecolor=PAPER)
    plt.close(figure)
