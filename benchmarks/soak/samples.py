"""What a process and its children take, from /proc: memory, file handles, CPU; and how busy the machine is beside."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at the line."""

    at: float  #: monotonic seconds
    dropped: int
    printed: int
    parent_mb: float
    children_mb: float
    handles: int  #: of the parent
    parent_s: float  #: CPU since its start
    children_s: float
    machine_s: float  #: CPU of everything on the machine since it started

    @property
    def backlog(self) -> int:
        """Orders dropped and not in a tray."""
        return self.dropped - self.printed


def look(pid: int, *, at: float, dropped: int, printed: int) -> Sample:
    """A process and its children now."""
    children = [child for child in _children(pid) if (_PROC / str(child)).exists()]
    return Sample(
        at=at,
        dropped=dropped,
        printed=printed,
        parent_mb=_memory(pid),
        children_mb=sum(map(_memory, children)),
        handles=len(os.listdir(_PROC / str(pid) / "fd")),  # noqa: PTH208 - names are counted, no more
        parent_s=_cpu(pid),
        children_s=sum(map(_cpu, children)),
        machine_s=_machine(),
    )


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in (_PROC / str(pid) / "task").iterdir():
        try:
            found += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def _memory(pid: int) -> float:
    try:
        return int((_PROC / str(pid) / "statm").read_text().split()[1]) * _PAGE_MB
    except OSError:
        return 0.0


def _cpu(pid: int) -> float:
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _machine() -> float:
    user, nice, system, _, _, irq, soft, *_ = map(int, (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:])
    return (user + nice + system + irq + soft) / _TICKS
