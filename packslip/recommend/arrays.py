"""Arrays that the whole room speaks of, and days as numbers."""

from datetime import date

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_EPOCH = date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    """A date as the days counted from 1970."""
    return day.toordinal() - _EPOCH
