"""Inspecting: what PDFs say of themselves, read in a limited child process, as `examining` examines them."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packslip.engine.examining import DEADLINE_S, MEMORY_MB, check_file
from packslip.engine.pool import Pool, Task, WorkerBugError, WorkerKilled
from packslip.preflight.inspection import Inspection, inspect, read_codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Half of an inspection."""

    name: bytes  #: the file's path, as the system has it
    pixels: bool  #: what codes its pixels hold; else what its objects say


Inspectors = Pool[Look, Inspection]
_TASK = Task(module=__name__, opener="open_inspector", request=Look, answer=Inspection)


def inspect_files(
    paths: Sequence[Path], *, memory_mb: int = MEMORY_MB, deadline_s: float = DEADLINE_S
) -> Iterator[tuple[Path, Inspection]]:
    """An inspection of each file, in their order.

    Raises:
        UsageError: one of them is no file that can be read.
    """
    for path in paths:
        check_file(path)
    with Inspectors(_TASK, count=1, memory_mb=memory_mb, deadline_s=deadline_s, tries=1) as inspectors:
        for path in paths:
            yield path, _inspect(inspectors, path)


def open_inspector() -> Callable[[Look], Inspection]:
    """What a child does."""
    return _look


def _look(request: Look) -> Inspection:
    data = Path(os.fsdecode(request.name)).read_bytes()
    return Inspection(codes=read_codes(data)) if request.pixels else inspect(data)


def _inspect(inspectors: Inspectors, path: Path) -> Inspection:
    told = _ask(inspectors, Look(name=os.fsencode(path), pixels=False))
    if told.fault or not told.count:
        return told
    seen = _ask(inspectors, Look(name=os.fsencode(path), pixels=True))
    return replace(told, codes=seen.codes, codes_fault=seen.fault)


def _ask(inspectors: Inspectors, look: Look) -> Inspection:
    try:
        return inspectors(look)
    except WorkerKilled as killed:
        return Inspection(fault=f"reading it was given up: {killed.reason}")
    except WorkerBugError as bug:
        return Inspection(fault=f"what it holds cannot be read ({str(bug).rsplit(' > ', maxsplit=1)[-1]})")
