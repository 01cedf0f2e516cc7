"""Examining: any PDF, looked through in a limited child process, so that no file costs more than it may.

Each file is asked for in parts: what its objects say, and then, where they are sane, what its pixels say, and how much
ink it prints. A child that one of them ends costs that part of the answer, and a finding says so.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from packslip.engine.pool import Pool, Task, WorkerBugError, WorkerKilled
from packslip.errors import UsageError
from packslip.preflight.foreign import RULES, Asked, Fault, Report, examine, look_for_codes, merge, weigh_inks

#: What one part of the examination of one file may cost.
MEMORY_MB = 1536
DEADLINE_S = 60.0
#: What keeps a file from being drawn: it cannot be, or may cost more than it may.
_SPOILT = frozenset({"pdf.broken", "pdf.too_much", "pdf.no_pages"})
#: Largest file that is read.
MOST_BYTES = 400_000_000


class Part(StrEnum):
    """What is asked, and what the asking is called where it is given up."""

    OBJECTS = "reading"
    CODES = "drawing"
    INKS = "separating"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A part of an examination."""

    name: bytes  #: the file's path, as the system has it
    asked: Asked
    part: Part


Examiners = Pool[Request, Report]


def _is_sane(_request: Request, report: Report) -> bool:
    return all(fault.code in RULES for fault in report.faults)


_TASK = Task(module=__name__, opener="open_examiner", request=Request, answer=Report, is_sane=_is_sane)


def examine_files(
    paths: Sequence[Path], asked: Asked, *, memory_mb: int = MEMORY_MB, deadline_s: float = DEADLINE_S
) -> Iterator[tuple[Path, Report]]:
    """A report on each file, in their order.

    Raises:
        UsageError: one of them is no file that can be read.
    """
    for path in paths:
        check_file(path)
    count = min(os.cpu_count() or 1, len(paths))
    with (
        Examiners(_TASK, count=count, memory_mb=memory_mb, deadline_s=deadline_s, tries=1) as examiners,
        ThreadPoolExecutor(count) as threads,
    ):
        reports = [threads.submit(_examine_file, examiners, path, asked) for path in paths]
        for path, report in zip(paths, reports, strict=True):
            yield path, report.result()


def open_examiner() -> Callable[[Request], Report]:
    """What a child does."""
    return _examine


def _examine(request: Request) -> Report:
    data = Path(os.fsdecode(request.name)).read_bytes()
    match request.part:
        case Part.OBJECTS:
            return examine(data, request.asked)
        case Part.CODES:
            return look_for_codes(data, request.asked)
        case Part.INKS:
            return weigh_inks(data, request.asked)


def _examine_file(examiners: Examiners, path: Path, asked: Asked) -> Report:
    name = os.fsencode(path)
    objects = _ask(examiners, Request(name=name, asked=asked, part=Part.OBJECTS))
    if _SPOILT & {fault.code for fault in objects.faults}:
        return objects
    parts = (Part.CODES, Part.INKS) if objects.is_inked else (Part.CODES,)
    return merge(objects, *(_ask(examiners, Request(name=name, asked=asked, part=part)) for part in parts))


def _ask(examiners: Examiners, request: Request) -> Report:
    try:
        return examiners(request)
    except WorkerKilled as killed:
        message = f"{request.part.value} it was given up: {killed.reason}"
        return Report(faults=(Fault(code="pdf.too_much", message=message),))
    except WorkerBugError as bug:
        place = str(bug).rsplit(" > ", maxsplit=1)[-1]
        return Report(faults=(Fault(code="pdf.broken", message=f"what it holds cannot be judged ({place})"),))


def check_file(path: Path) -> None:
    """Raise where a file cannot be read, or is larger than anything that is read.

    Raises:
        UsageError: it is so.
    """
    try:
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except OSError as fault:
        raise UsageError(f"{path}: {(fault.strerror or 'not readable').lower()}") from None
    if size > MOST_BYTES:
        raise UsageError(f"{path}: {size} bytes, more than {MOST_BYTES}", hint="split it")
