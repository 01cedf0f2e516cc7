"""Leftovers: what a killed upkeep command, a restore or a migration left beside the ledger.

All of it holds people's data, so purging and erasing must know it.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from packslip.errors import RetryLater
from packslip.files import sweep_unfinished
from packslip.world import Workspace

STAGING = ".restoring-"
COPYING = ".back-up-"
_ASIDE = "ledger.db.before-"


def aside(workspace: Workspace, why: str) -> Path:
    """A name for the ledger that is replaced."""
    return workspace.state / f"{_ASIDE}{why}"


def kept_aside(workspace: Workspace) -> tuple[Path, ...]:
    """Every ledger that was replaced and is kept still."""
    return tuple(sorted(workspace.state.glob(f"{_ASIDE}*")))


@contextmanager
def told_of_the_disk(what: str) -> Iterator[None]:
    """Say what could not be done where the disk is full, away, or not ours to write.

    Raises:
        RetryLater: that is so.
    """
    try:
        yield
    except OSError as fault:
        reason = os.strerror(fault.errno or 0).lower()
        raise RetryLater(f"{what}: {reason}", hint="free disk space and check who may write there") from fault


def sweep(workspace: Workspace) -> None:
    """Remove what killed upkeep commands left; call it under the upkeep lock."""
    sweep_unfinished(workspace.state)
    for prefix in (STAGING, COPYING):
        for folder in workspace.state.glob(f"{prefix}*"):
            shutil.rmtree(folder, ignore_errors=True)
