"""One run, one sync and one upkeep for each workspace: locks that the kernel lets go when their process ends."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from packslip.errors import WorkspaceError
from packslip.files import private_folder

_RUN = "run.lock"
_SYNC = "images.lock"
_UPKEEP = "upkeep.lock"
_CONTENT = "content.lock"
_TRIES = 5  #: `is_running` holds the lock for an instant
_PAUSE_S = 0.02


def run_lock(state: Path) -> contextlib.AbstractContextManager[None]:
    """Hold the workspace while the line runs.

    Raises:
        WorkspaceError: another run holds it; the message names its process.
    """
    return _hold(state, _RUN, "a line is running here already", "stop it first")


def sync_lock(state: Path) -> contextlib.AbstractContextManager[None]:
    """Hold the picture cache while it is synced; a line may run beside.

    Raises:
        WorkspaceError: another sync holds it; the message names its process.
    """
    return _hold(
        state, _SYNC, "pictures are being synced here already", "wait for it, or stop it: the next one goes on"
    )


def upkeep_lock(state: Path) -> contextlib.AbstractContextManager[None]:
    """Hold the workspace's state while files are backed up, purged, erased or imported; a line may run beside.

    Raises:
        WorkspaceError: another command holds it; the message names its process.
    """
    return _hold(state, _UPKEEP, "a back-up, purge, erasure or import is under way here", "wait until it has ended")


def content_lock(state: Path) -> contextlib.AbstractContextManager[None]:
    """Hold what is kept of content feeds while one command changes it; a line may run beside.

    Raises:
        WorkspaceError: another command holds it; the message names its process.
    """
    return _hold(state, _CONTENT, "content is being synced or decided on here already", "wait until it has ended")


@contextlib.contextmanager
def _hold(state: Path, name: str, busy: str, hint: str) -> Iterator[None]:
    private_folder(state)
    descriptor = os.open(state / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        for turn in range(_TRIES):
            if _try_lock(descriptor):
                break
            time.sleep(_PAUSE_S if turn < _TRIES - 1 else 0)
        else:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise WorkspaceError(f"{state.parent}: {busy} (process {holder})", hint=hint)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def is_locked(state: Path) -> bool:
    """Whether a line is running in the workspace."""
    try:
        descriptor = os.open(state / _RUN, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _try_lock(descriptor)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
