"""What is looked at daily, and what only in a long look that takes hours: `PACKSLIP_THOROUGH=1`."""

import os

import pytest

THOROUGH = bool(os.environ.get("PACKSLIP_THOROUGH"))

#: A long look at everything; not part of the daily suite.
thorough = pytest.mark.skipif(not THOROUGH, reason="takes minutes; PACKSLIP_THOROUGH=1 runs it")


def examples(thoroughly: int) -> int:
    """How many examples Hypothesis draws: a quarter of them daily, each day others."""
    return thoroughly if THOROUGH else thoroughly // 4
