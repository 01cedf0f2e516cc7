"""Arrays that the whole room speaks of, and days as numbers."""

from datetime import date

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_EPOCH = date(1970, 1, 1).toordinal()


def best(scores: Scores, banned: Numbers, most: int) -> Numbers:
    """The places of the highest scores, so many at most, ties by place."""
    ranked = scores.astype(np.float64, copy=True)
    ranked[banned] = -np.inf
    most = min(most, len(ranked))
    highest = np.argpartition(-ranked, most - 1)[:most] if most else np.zeros(0, dtype=np.int64)
    chosen = highest[np.lexsort((highest, -ranked[highest]))]
    return chosen[np.isfinite(ranked[chosen])].astype(np.int64)


def day_number(day: date) -> int:
    """A date as the days counted from 1970."""
    return day.toordinal() - _EPOCH
