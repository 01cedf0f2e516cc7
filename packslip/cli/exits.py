"""Exit codes: few, documented, and given nowhere else."""

from enum import IntEnum

from packslip.errors import Fate


class Exit(IntEnum):
    """How a command ended."""

    WELL = 0  #: done, nothing to say
    FINDINGS = 1  #: done, but something was found or held
    USAGE = 2  #: called wrongly, or an order that does not exist
    WORKSPACE = 3  #: the workspace is broken or busy
    INTERNAL = 4  #: a bug
    INTERRUPTED = 130  #: stopped by a person


BY_FATE = {
    Fate.REFUSE: Exit.USAGE,
    Fate.STOP: Exit.WORKSPACE,
    Fate.HOLD: Exit.FINDINGS,
    Fate.RETRY: Exit.WORKSPACE,
}
