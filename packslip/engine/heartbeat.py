"""Heartbeat: how the hot folders of a running line are, left in a small file for `status` and monitors.

A line that is stuck stops writing it, so its age tells more than its content. Holds no name of a dropped file.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from packslip.engine.inbox import FolderCondition
from packslip.files import write_atomic
from packslip.world import Workspace

_NAME = "folders.json"
EVERY_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """How hot folders were at a time."""

    at: datetime
    folders: tuple[FolderCondition, ...]


def beat(workspace: Workspace, folders: Sequence[FolderCondition], *, now: datetime | None = None) -> None:
    """Leave word. A disk that takes none does not stop the line."""
    values = {"at": (now or datetime.now(UTC)).isoformat(), "folders": [asdict(one) for one in folders]}
    with suppress(OSError):
        write_atomic(workspace.state / _NAME, json.dumps(values, indent=1).encode())


def last_beat(workspace: Workspace) -> Heartbeat | None:
    """What the line that runs, or the last one, said; None where nothing can be read."""
    try:
        values = json.loads((workspace.state / _NAME).read_bytes())
        folders = tuple(FolderCondition(**one) for one in values["folders"])
        return Heartbeat(at=datetime.fromisoformat(values["at"]), folders=folders)
    except (OSError, ValueError, KeyError, TypeError):
        return None
