"""Overlap: no folder that packslip writes to, and no second hot folder, may lie in a hot folder or around one.

What is written into a hot folder would be read as a drop, and printed.
"""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

from packslip.errors import WorkspaceError

_HINT = "set another folder in packslip.toml"


def refuse_overlap(watched: Mapping[str, Path], written: Mapping[str, Path]) -> None:
    """Make sure that hot folders and the folders packslip writes to lie apart. Keys name them to people.

    Links are followed, and two names of one folder (bind mounts, upper and lower case on a share) are one.

    Raises:
        WorkspaceError: one is another, or lies in it.
    """
    pairs = [(one, other) for one in watched.items() for other in written.items()]
    for (name, folder), (other, place) in (*pairs, *combinations(watched.items(), 2)):
        for inner, where, outer, around in ((other, place, name, folder), (name, folder, other, place)):
            if _lies_in(where, around):
                raise WorkspaceError(f"{inner}: {where} lies inside {around}, which is {outer}", hint=_HINT)


def _lies_in(inner: Path, outer: Path) -> bool:
    inner, outer = inner.resolve(), outer.resolve()
    return inner.is_relative_to(outer) or any(_is_same(part, outer) for part in (inner, *inner.parents))


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
