"""Named points where a test may end the process, as a power cut would.

`PACKSLIP_CRASH_AT=name` kills at the first pass, `name:3` at the third. Without it a point costs one comparison.
"""

import os
import signal
from collections import Counter

VARIABLE = "PACKSLIP_CRASH_AT"

_passes: Counter[str] = Counter()


def crash_point(name: str) -> None:
    """Die here, without cleaning up, if the environment asks for it."""
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return
    _passes[name] += 1
    if wanted in (name, f"{name}:{_passes[name]}"):
        die()


def die() -> None:
    """End this process at once, as `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)
