"""Pairwise: few rows in which every two values of different axes meet at least once.

Most faults of a layout need two things to come together, hardly ever three; a row for each pair costs a hundredth of
the full product. Pure and deterministic.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations, product

Pair = tuple[str, str, str, str]  #: axis, value, other axis, value


def all_pairs(axes: Mapping[str, Sequence[str]]) -> set[Pair]:
    """Every two values of two different axes."""
    return {
        (axis, value, other, other_value)
        for axis, other in combinations(axes, 2)
        for value, other_value in product(axes[axis], axes[other])
    }


def pairs_of(row: Mapping[str, str]) -> set[Pair]:
    """The pairs one row holds."""
    return {(axis, row[axis], other, row[other]) for axis, other in combinations(row, 2)}


def pairwise(axes: Mapping[str, Sequence[str]]) -> tuple[dict[str, str], ...]:
    """Rows that hold every pair; the first has the first value of every axis.

    Greedy: a further row starts from a pair not yet held and takes, axis by axis, the value that adds most new ones.
    """
    if not all(axes.values()):
        return ()
    rows = [{axis: values[0] for axis, values in axes.items()}]
    open_pairs = all_pairs(axes) - pairs_of(rows[0])
    ranks = {(axis, value): place for axis, values in axes.items() for place, value in enumerate(values)}
    while open_pairs:
        seeds = sorted(open_pairs, key=lambda pair: (ranks[pair[0], pair[1]], ranks[pair[2], pair[3]], pair))
        candidates = [_fill(axes, seed, open_pairs) for seed in seeds[:_MOST_SEEDS]]
        row = max(candidates, key=lambda candidate: len(pairs_of(candidate) & open_pairs))
        rows.append(row)
        open_pairs -= pairs_of(row)
    return tuple(rows)


_MOST_SEEDS = 12


def _fill(axes: Mapping[str, Sequence[str]], seed: Pair, open_pairs: set[Pair]) -> dict[str, str]:
    chosen = {seed[0]: seed[1], seed[2]: seed[3]}
    for axis in sorted(axes, key=lambda name: (-len(axes[name]), name)):
        if axis not in chosen:
            chosen[axis] = max(axes[axis], key=lambda value: _gain({**chosen, axis: value}, axes, open_pairs))
    return {axis: chosen[axis] for axis in axes}


def _gain(row: Mapping[str, str], axes: Mapping[str, Sequence[str]], open_pairs: set[Pair]) -> int:
    ordered = {axis: row[axis] for axis in axes if axis in row}
    return len(pairs_of(ordered) & open_pairs)
