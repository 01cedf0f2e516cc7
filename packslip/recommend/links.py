"""Links: what each product says of others, the strongest only, as arrays that may lie in a file."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from packslip.recommend.arrays import Numbers, Scores

_BLOCK = 512  #: rows that are looked at together
NO_ITEMS = np.zeros(0, dtype=np.int32)
NO_WEIGHTS = np.zeros(0, dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """A row for each product; what does not stand in it is zero."""

    starts: npt.NDArray[np.int64]  #: where each row begins, and where the last one ends
    items: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]

    @classmethod
    def of(cls, matrix: Scores, most: int) -> "Links":
        """The `most` entries of each row that are farthest from zero."""
        kept = min(most, matrix.shape[1])
        counts, items, loudness = [np.zeros(1, dtype=np.int64)], [NO_ITEMS], [NO_WEIGHTS]
        for first in range(0, len(matrix) if kept else 0, _BLOCK):
            rows = matrix[first : first + _BLOCK]
            best = np.argpartition(-np.abs(rows), kept - 1, axis=1)[:, :kept]
            best.sort(axis=1)
            weights = np.take_along_axis(rows, best, axis=1).astype(np.float32)
            told = weights != 0
            counts.append(told.sum(axis=1))
            items.append(best[told].astype(np.int32))
            loudness.append(weights[told])
        starts = np.cumsum(np.concatenate(counts)).astype(np.int64)
        return cls(starts=starts, items=np.concatenate(items), weights=np.concatenate(loudness))

    def among(self, products: Numbers, size: int) -> "Links":
        """The same links, where they are those of some products among so many."""
        lengths = np.zeros(size, dtype=np.int64)
        lengths[products] = np.diff(self.starts)
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return Links(starts=starts, items=products[self.items].astype(np.int32), weights=self.weights)

    def plus(self, other: "Links", share: float) -> "Links":
        """These links and a share of others, added up."""
        size = len(self.starts) - 1
        mine, theirs = (sparse.csr_array((one.weights, one.items, one.starts), (size, size)) for one in (self, other))
        both = sparse.csr_array(mine + share * theirs)
        both.sort_indices()
        return Links(
            starts=both.indptr.astype(np.int64),
            items=both.indices.astype(np.int32),
            weights=both.data.astype(np.float32),
        )

    def scores(self, seeds: Numbers, said: Scores) -> Scores:
        """What some products say of every product, each of them with so much weight."""
        return self.heard(seeds, said).scores()

    def heard(self, seeds: Numbers, said: Scores) -> "Heard":
        """All that some products say, each of them with so much weight."""
        lengths = self.starts[seeds + 1] - self.starts[seeds]
        ends = np.cumsum(lengths)
        offsets = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths, lengths)
        places = np.repeat(self.starts[seeds], lengths) + offsets
        weights = self.weights[places] * np.repeat(said, lengths)
        return Heard(seeds=seeds, ends=ends, items=self.items[places], weights=weights, size=len(self.starts) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What some products say of others, one after another."""

    seeds: Numbers
    ends: Numbers  #: where what each of them says ends
    items: npt.NDArray[np.int32]
    weights: Scores
    size: int  #: number of all products

    def scores(self) -> Scores:
        """The sum for every product."""
        return np.bincount(self.items, self.weights, minlength=self.size).astype(np.float64)

    def teller(self, item: int) -> int | None:
        """Who speaks loudest for a product; None where nobody does."""
        meant = np.flatnonzero(self.items == item)
        if not len(meant):
            return None
        loudest = meant[np.argmax(self.weights[meant])]
        if self.weights[loudest] <= 0:
            return None
        return int(self.seeds[np.searchsorted(self.ends, loudest, side="right")])
