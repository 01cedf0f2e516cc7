"""The engine: watch, claim, draw in limited workers, send, answer. It alone joins hot folder, ledger and line.

`run_line` is the line of a workspace; `ReleasedRoad` is what it walks unless a test says otherwise.
"""

from packslip.engine.events import Kind, RunEvent, RunSummary
from packslip.engine.pool import Pool, WorkerKilled
from packslip.engine.reprint import is_running, reprint_parcel
from packslip.engine.road import ReleasedRoad
from packslip.engine.run import run_line
from packslip.engine.waking import StopSign

__all__ = [
    "Kind",
    "Pool",
    "ReleasedRoad",
    "RunEvent",
    "RunSummary",
    "StopSign",
    "WorkerKilled",
    "is_running",
    "reprint_parcel",
    "run_line",
]
