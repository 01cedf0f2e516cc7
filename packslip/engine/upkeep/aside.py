"""Aside: a command of packslip run in a process of its own that gives way to the line."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence

from packslip.errors import RetryLater
from packslip.world import Workspace

_LOOK_S = 0.5
_MODEST = 10  #: niceness; the line goes first


def run_aside(workspace: Workspace, command: Sequence[str], stop: threading.Event, *, longest_s: float) -> bool:
    """Run a command to its end; False where it was told to stop.

    Raises:
        RetryLater: it failed, or took too long; the message is the last thing it said.
    """
    whole = [sys.executable, "-m", "packslip", "--workspace", str(workspace.root), *command]
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    with (
        tempfile.TemporaryFile() as told,
        subprocess.Popen(whole, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=told, env=env) as child,
    ):
        os.setpriority(os.PRIO_PROCESS, child.pid, _MODEST)
        until = time.monotonic() + longest_s
        while child.poll() is None and time.monotonic() < until:
            if stop.wait(_LOOK_S):
                child.kill()
                return False
        child.kill()
        code = child.wait()
        told.seek(0)
        said = told.read().decode(errors="replace").strip().splitlines()
    if code:
        raise RetryLater(said[-1] if said else "it was ended")
    return True
