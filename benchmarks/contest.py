"""One contestant, one pass, in a process of its own on one core: what `press` starts, round after round.

Says on its last line, as JSON, what it cost; CPU time only, so that a busy neighbour takes nothing away.
"""

import argparse
import json
import os
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.peers import Absent, Peer, Shop, open_peer
from benchmarks.peers.house import traced
from benchmarks.slips import read_slips
from packslip.model import Slip

#: At the end of a run's file stand so many slips to warm up with: no contestant has seen the timed ones before, but
#: for plates, whose first pass over them is told apart.
WARM_UP = 13


@dataclass(slots=True, kw_only=True)
class Pass:
    """What one contestant did once."""

    name: str
    absent: str = ""  #: why it did not take part
    open_ms: float = 0  #: imports and opening
    first_ms: float = 0  #: its first slip
    cold_ms: list[float] = field(default_factory=list)  #: plates alone: the whole run on an empty store
    struck: float | None = None  #: plates alone: share of that run that was struck
    traced: int = 0  #: plates alone: plates made on the way
    refused: dict[str, int] = field(default_factory=dict)  #: plates alone: why slips took the other path
    slip_ms: list[float] = field(default_factory=list)  #: each slip, warm
    total_ms: float = 0  #: all of them; the figure for those whose clock is too coarse for one slip
    sizes: list[int] = field(default_factory=list)  #: bytes a document


def run(
    name: str,
    shop: Shop,
    slips: list[Slip],
    warm_up: list[Slip],
    *,
    keep: Path | None,
    keep_count: int,
    cold_only: bool = False,
) -> Pass:
    """Open, warm up, draw."""
    made = Pass(name=name)
    try:
        peer = open_peer(name, shop)
    except Absent as fault:
        made.absent = str(fault)
        return made
    try:
        made.open_ms = 1000 * peer.cpu_s()
        peer.prepare([*slips, *warm_up])
        if name == "plates":
            _cold(made, peer, slips)
        if cold_only:
            return made
        for slip in warm_up:
            cost, _ = _timed(peer, slip)
            made.first_ms = made.first_ms or cost
        peer.forget()
        started = peer.cpu_s()
        for number, slip in enumerate(slips):
            cost, data = _timed(peer, slip)
            made.slip_ms.append(cost)
            made.sizes.append(len(data))
            if keep is not None and number < keep_count:
                (keep / f"{name}-{number:03d}.pdf").write_bytes(data)
        made.total_ms = 1000 * (peer.cpu_s() - started)
    finally:
        peer.close()
    return made


def _cold(made: Pass, peer: Peer, slips: list[Slip]) -> None:
    """The run on an empty store."""
    made.cold_ms = [_timed(peer, slip)[0] for slip in slips]
    made.first_ms = made.cold_ms[0]
    made.traced, made.refused = traced()
    made.struck = getattr(peer, "struck", 0) / max(1, getattr(peer, "drawn", 1))


def _timed(peer: Peer, slip: Slip) -> tuple[float, bytes]:
    started = peer.cpu_s()
    data = peer.draw(slip)
    return 1000 * (peer.cpu_s() - started), data


def main() -> None:
    parser = argparse.ArgumentParser(description="one pass of one contestant")
    parser.add_argument("name")
    parser.add_argument("--shop", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--core", type=int, help="the one core to work on")
    parser.add_argument("--warm-up", type=int, default=WARM_UP, help="slips at the end of the run to warm up with")
    parser.add_argument("--cold-only", action="store_true", help="end after the cold pass")
    parser.add_argument("--keep", type=Path, help="folder for the first documents")
    parser.add_argument("--keep-count", type=int, default=0)
    wanted = parser.parse_args()
    if wanted.core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {wanted.core})
    slips = read_slips(wanted.run)
    read_ms = 1000 * time.process_time()
    made = run(
        wanted.name,
        Shop(wanted.shop),
        slips[: -wanted.warm_up],
        slips[-wanted.warm_up :],
        keep=wanted.keep,
        keep_count=wanted.keep_count,
        cold_only=wanted.cold_only,
    )
    made.open_ms = max(0.0, made.open_ms - read_ms)
    sys.stdout.write(f"{json.dumps(asdict(made))}\n")


if __name__ == "__main__":
    main()
