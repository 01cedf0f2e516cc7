"""Learning: from baskets to what one product says of another. Closed forms only.

All matrices are dense over the products they are asked for: callers name the best sold ones where there are many.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np
from scipy import linalg, sparse
from scipy.linalg import lapack

from packslip.recommend.arrays import Numbers, Scores
from packslip.recommend.baskets import Baskets
from packslip.recommend.links import NO_ITEMS, NO_WEIGHTS, Links
from packslip.recommend.model import Weighing, weigh

_BLOCK = 2048  #: rows that are made dense at a time
_FEWER = 512  #: the same, where each may grow as wide as all products
_DENSE = 2e-3  #: shares of both sides that are not zero, multiplied, above which that is quicker


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """What customers held when they went, and what they came back for."""

    seeds: sparse.csr_array  #: a row for each return: what was known of the customer, weighed as by `weigh`
    targets: sparse.csr_array  #: ones for what the next basket held and no basket before
    days: Numbers  #: of the next basket


def cosine(rows: sparse.csr_array, *, damping: float) -> Scores:
    """Rows that two products share over the geometric mean of the rows each is in; zero for a product and itself.

    `damping` is added below the fraction, so that two products met once, and together, do not lead.
    """
    shared = _product(rows, rows)
    sold = np.diag(shared)
    close = shared / np.maximum(np.sqrt(np.outer(sold, sold)) + damping, 1.0)
    np.fill_diagonal(close, 0.0)
    return close


def bm25(rows: sparse.csr_array, *, k1: float, b: float) -> Scores:
    """Rows that two products share, where a long row and a frequent product say less.

    Source: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009; rows are documents.
    """
    lengths = np.asarray(rows.sum(axis=1)).ravel()
    frequencies = np.asarray((rows > 0).sum(axis=0)).ravel()
    rarity = np.log1p((rows.shape[0] - frequencies + 0.5) / (frequencies + 0.5))
    weighed = sparse.csr_array(rows, dtype=np.float64, copy=True)
    norm = np.repeat(k1 * (1 - b + b * lengths / max(lengths.mean(), 1e-9)), np.diff(weighed.indptr))
    weighed.data = weighed.data * (k1 + 1) / (weighed.data + norm) * rarity[weighed.indices]
    close = _product(weighed, weighed)
    np.fill_diagonal(close, 0.0)
    return close


def near(rows: sparse.csr_array, *, most: int) -> Links:
    """The cosine of every two products, each row saying less of a product that stands in many; the `most` nearest.

    Cheap, and for every product that ever stood beside another: what sells seldom too. Source: Spärck Jones, A
    Statistical Interpretation of Term Specificity, 1972; Deshpande and Karypis, Item-based Top-N Recommendation, 2004.
    """
    frequencies = np.asarray((rows > 0).sum(axis=0)).ravel()
    rarity = np.log(max(rows.shape[0], 1) / np.maximum(frequencies, 1))
    weighed = sparse.csr_array(rows.multiply(rarity[np.newaxis, :]))
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=0)).ravel())
    weighed = sparse.csr_array(weighed.multiply(1 / np.maximum(lengths, 1e-9)[np.newaxis, :]))
    products = sparse.csr_array(weighed.T)
    counts, items, weights = [np.zeros(1, dtype=np.int64)], [NO_ITEMS], [NO_WEIGHTS]
    for first in range(0, products.shape[0], _FEWER):
        shared = sparse.csr_array(products[first : first + _FEWER] @ weighed)
        for row, (start, end) in enumerate(pairwise(shared.indptr), first):
            others, said = shared.indices[start:end], shared.data[start:end]
            is_other = others != row
            others, said = others[is_other], said[is_other]
            nearest = np.sort(np.lexsort((others, -said))[:most])
            counts.append(np.array([len(nearest)]))
            items.append(others[nearest].astype(np.int32))
            weights.append(said[nearest].astype(np.float32))
    starts = np.cumsum(np.concatenate(counts)).astype(np.int64)
    return Links(starts=starts, items=np.concatenate(items), weights=np.concatenate(weights))


def ease(rows: sparse.csr_array, *, ridge: float) -> Scores:
    """The linear model that tells each product of a row from the others, in closed form; row: what tells.

    Source: Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019.
    """
    inverse = _inverse(_product(rows, rows), ridge)
    inverse /= -np.diag(inverse)[np.newaxis, :]
    np.fill_diagonal(inverse, 0.0)
    return inverse


def returns(pairs: Pairs, *, ridge: float, half_life: float, until: int) -> Scores:
    """The linear model that tells what customers come back for from what they have, in closed form; row: what tells.

    A ridge regression of next baskets on the seeds before them; returns long before the day `until` count less. What
    all customers come back for alike is taken out, since what sells well is known without it.
    """
    weights = np.exp2((pairs.days - until) / half_life)
    weighed = sparse.csr_array(pairs.seeds.multiply(np.sqrt(weights)[:, np.newaxis]))
    aims = sparse.csr_array(pairs.targets.multiply(np.sqrt(weights)[:, np.newaxis]))
    total = weights.sum()
    common = np.asarray(pairs.targets.T @ weights) / total if total else np.zeros(pairs.targets.shape[1])
    known = np.asarray(pairs.seeds.T @ weights)
    cross = _product(weighed, aims) - np.outer(known, common)
    gram = _product(weighed, weighed)
    gram[np.diag_indices_from(gram)] += ridge
    return cast("Scores", linalg.solve(gram, cross, assume_a="pos", overwrite_a=True, overwrite_b=True))


def best_sold(baskets: Baskets, *, least: int, most: int) -> Numbers:
    """The products that stand in at least so many baskets, or the best sold of them, by number."""
    often = np.flatnonzero(baskets.sold >= least)
    best = often[np.argsort(-baskets.sold[often], kind="stable")[:most]]
    return np.sort(best).astype(np.int64)


def pairs_of(baskets: Baskets, weighing: Weighing, *, most: int) -> Pairs:
    """The latest returns of known customers, so many: from all baskets up to one to what is new in the next."""
    first = _first_returned(baskets, most)
    rows: list[Numbers] = []
    columns: list[Numbers] = []
    ages: list[Scores] = []
    nexts: list[Numbers] = []
    count = 0
    for visits in baskets.of_customers:
        for place in range(1, len(visits)):
            if visits[place] < first:
                continue
            held = visits[:place]
            rows.append(np.full(place, count))
            columns.append(held)
            ages.append((baskets.days[held[-1]] - baskets.days[held]).astype(np.float64))
            nexts.append(visits[place : place + 1])
            count += 1
    if not count:
        empty = sparse.csr_array((0, len(baskets.skus)), dtype=np.float64)
        return Pairs(seeds=empty, targets=empty, days=np.zeros(0, dtype=np.int64))
    row, column = np.concatenate(rows), np.concatenate(columns)
    said = weigh(weighing, np.concatenate(ages))
    history = sparse.csr_array((said, (row, column)), shape=(count, len(baskets)))
    seeds = sparse.csr_array(history @ baskets.matrix)
    sums = np.asarray(seeds.sum(axis=1)).ravel() ** weighing.evenness
    held_before = sparse.csr_array(seeds > 0).astype(np.float64)
    seeds.data /= np.repeat(sums, np.diff(seeds.indptr))
    nexts_ = np.concatenate(nexts)
    coming = sparse.csr_array(baskets.matrix[nexts_])
    new = sparse.csr_array(coming - coming.multiply(held_before))
    new.eliminate_zeros()
    return Pairs(seeds=seeds, targets=new, days=baskets.days[nexts_])


def _first_returned(baskets: Baskets, most: int) -> int:
    """The basket that begins the latest returns of known customers, so many."""
    returned = np.sort(np.concatenate([*(visits[1:] for visits in baskets.of_customers), np.zeros(0, dtype=np.int64)]))
    return int(returned[-most]) if len(returned) > most else 0


def popularity(baskets: Baskets, *, half_life: float, until: int) -> Scores:
    """The share of baskets that each product stands in, those of long before the day `until` counting less."""
    weights = np.exp2((baskets.days - until) / half_life)
    total = weights.sum()
    return baskets.weighted(weights) / total if total else np.zeros(len(baskets.skus))


def customers_matrix(baskets: Baskets) -> sparse.csr_array:
    """A row of ones for all that a customer ever bought; a basket that nobody knows is a row of its own."""
    owners = baskets.customers.copy()
    nobody = owners < 0
    owners[nobody] = owners.max(initial=-1) + 1 + np.arange(int(nobody.sum()))
    _, owners = np.unique(owners, return_inverse=True)
    size = int(owners.max(initial=-1)) + 1
    whose = sparse.csr_array((np.ones(len(owners)), (owners, np.arange(len(owners)))), shape=(size, len(owners)))
    bought = sparse.csr_array(whose @ baskets.matrix)
    bought.data[:] = 1.0
    return bought


def _product(left: sparse.csr_array, right: sparse.csr_array) -> Scores:
    """The product of one's transpose and the other, the quicker way: row by row in blocks where rows are long."""
    size = left.shape[1]
    if left.nnz * right.nnz < _DENSE * max(left.shape[0], 1) ** 2 * size * size:
        return np.asarray((left.T @ right).todense(), dtype=np.float64)
    total = np.zeros((size, right.shape[1]))
    for first in range(0, left.shape[0], _BLOCK):
        rows = slice(first, first + _BLOCK)
        block = left[rows].todense()
        total += block.T @ (block if right is left else right[rows].todense())  # of one with itself: half the work
    return total


def _inverse(gram: Scores, ridge: float) -> Scores:
    """The inverse of a symmetric matrix with a ridge, in its own memory."""
    gram[np.diag_indices_from(gram)] += ridge
    columns = gram.T  # the same numbers, as LAPACK lays them
    if len(gram):
        columns, _ = lapack.dpotrf(columns, lower=1, overwrite_a=1, clean=0)
        columns, _ = lapack.dpotri(columns, lower=1, overwrite_c=1)
    for first in range(0, len(gram), _BLOCK):  # it fills the lower half only
        last = first + _BLOCK
        square = columns[first:last, first:last]
        square[...] = np.tril(square) + np.tril(square, -1).T
        columns[first:last, last:] = columns[last:, first:last].T
    return columns.T
