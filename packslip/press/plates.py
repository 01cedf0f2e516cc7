"""Plates: which plate strikes a slip, and making it where there is none.

Whether a slip is struck depends on the slip and its layout alone. Plates are bounded; one that is made
again is the same again.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from packslip.files import sha256
from packslip.press.codes import Symbol
from packslip.press.inking import Matter, Paper
from packslip.press.plate import Plate, Struck
from packslip.press.skeleton import Filled, Skeleton, is_plain, read_skeleton
from packslip.press.weasy.obstacles import Obstacle
from packslip.press.weasy.pictures import Picture
from packslip.press.weasy.tape import UntraceableError
from packslip.press.weasy.traces import Trace
from packslip.press.weasy.typesetter import Typesetter, UnsettableError

#: Reasons kept.
MOST_REASONS = 200


#: Plates kept for one filled layout: each another page break or another tallest cell.
MOST_WAYS = 8

#: What decides the style sheets: layout, brand, where `page_of` has words.
Look = tuple[str, str, str]

#: Why a layout is not struck, and which element it is.
Refusal = tuple[Obstacle, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why slips of a layout were not struck, where that is the layout's doing."""

    layout: str
    obstacle: Obstacle
    spot: str  #: the element, where it is known


class Retired(Protocol):
    """Digests of plates that strike no more, see `PlateBook.digest`; other processes may add to them."""

    def __contains__(self, digest: str, /) -> bool:
        """Whether a plate is retired."""

    def add(self, digest: str, /) -> None:
        """Retire a plate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A slip to be struck, and how to trace its layout where no plate fits."""

    look: Look
    css: str  #: the style sheets themselves
    filled: Filled
    symbols: Mapping[str, Symbol]
    choices: Collection[str]  #: words that are nobody's
    pictures: Callable[[Sequence[str]], tuple[Picture, ...]]
    trace: Callable[[Skeleton, Matter], Trace]
    paper: Paper
    public: Collection[str]


class _Row:
    """The plates of one filled layout and the words that stay: one for each way in which it can fall on its pages."""

    def __init__(self, digest: str) -> None:
        self.digest = digest
        self.plates: list[Plate] = []

    def strike(self, matter: Matter) -> Struck | None:
        """The slip struck from the plate that fits."""
        for index, plate in enumerate(self.plates):
            struck = plate.strike(matter)
            if struck is not None:
                if index:
                    self.plates.insert(0, self.plates.pop(index))  # the next slip is likely to be like this one
                return struck
        return None

    def add(self, plate: Plate) -> None:
        """Add a plate, and let the one go that was struck longest ago where there are many."""
        self.plates.insert(0, plate)
        del self.plates[MOST_WAYS:]


class PlateBook:
    """The plates of one world, the least recently struck leaving first."""

    def __init__(self, typesetter: Typesetter, most: int, retired: Retired) -> None:
        self._typesetter, self._most, self._retired = typesetter, most, retired
        self._skeletons: OrderedDict[tuple[Look, str], Skeleton | Refusal] = OrderedDict()
        self._rows: OrderedDict[tuple[Look, str, tuple[str, ...]], _Row] = OrderedDict()
        self.traced = 0  #: plates made, for benchmarks and tests
        self.refused: dict[str, int] = {}  #: reasons why slips were not struck
        self.reasons: dict[Reason, None] = {}  #: those of them that are in a layout, each once

    def strike(self, job: Job) -> Struck | None:
        """The slip struck, None where only the reference path draws it."""
        try:
            return self._strike(job)
        except UntraceableError as reason:
            self._refuse(str(reason))
            if reason.remedy and len(self.reasons) < MOST_REASONS:
                self.reasons[Reason(layout=job.look[0], obstacle=reason.obstacle, spot=reason.spot)] = None
        except UnsettableError as reason:
            self._refuse(str(reason))
        return None

    def digest(self, job: Job) -> str:
        """What the plates of a slip are retired by, "" where it is never struck."""
        try:
            return self._row(job)[1].digest
        except UntraceableError:
            return ""

    def _refuse(self, reason: str) -> None:
        if reason in self.refused or len(self.refused) < MOST_REASONS:
            self.refused[reason] = self.refused.get(reason, 0) + 1

    def _strike(self, job: Job) -> Struck | None:
        values = job.filled.values
        if not is_plain(values):
            raise UnsettableError("words with spaces or characters that do not stay as they are")
        skeleton, row = self._row(job)
        if row.digest in self._retired:
            row.plates.clear()
            return None
        matter = Matter(
            values=values,
            language=skeleton.spoken(values),
            pictures=job.pictures(skeleton.pictures(values)),
            symbols=job.symbols,
            public=job.public,
        )
        return row.strike(matter) or self._make(job, skeleton, matter, row)

    def _make(self, job: Job, skeleton: Skeleton, matter: Matter, row: _Row) -> Struck:
        """A new plate, and the slip struck from it like any other."""
        self.traced += 1
        try:
            trace = job.trace(skeleton, matter)
        except UntraceableError as reason:
            if reason.so_far is not None:  # what led there leads there again
                with suppress(UntraceableError):
                    refusal = reason.obstacle, reason.spot
                    row.add(Plate(reason.so_far, self._typesetter, paper=job.paper, refusal=refusal))
            raise
        plate = Plate(trace, self._typesetter, paper=job.paper)
        struck = plate.strike(matter)
        if struck is None:
            raise UntraceableError("a layout that does not find itself again")
        row.add(plate)
        return struck

    def _row(self, job: Job) -> tuple[Skeleton, _Row]:
        skeleton = self._skeleton(job)
        words = skeleton.key(job.filled.values, job.choices)
        key = job.look, job.filled.text, words
        row = self._rows.get(key)
        if row is None:
            digest = sha256(repr((job.look, job.css, skeleton.html(job.filled))).encode())
            row = self._rows[key] = _Row(digest)
            while len(self._rows) > 1 and sum(max(1, len(each.plates)) for each in self._rows.values()) > self._most:
                self._rows.popitem(last=False)
        else:
            self._rows.move_to_end(key)
        return skeleton, row

    def _skeleton(self, job: Job) -> Skeleton:
        key = job.look, job.filled.text
        known = self._skeletons.get(key)
        if known is None:
            try:
                known = read_skeleton(job.filled.text, job.css)
            except UntraceableError as reason:
                known = reason.obstacle, reason.spot
            self._skeletons[key] = known
            if len(self._skeletons) > self._most:
                self._skeletons.popitem(last=False)
        else:
            self._skeletons.move_to_end(key)
        if not isinstance(known, Skeleton):
            raise UntraceableError(*known)
        return known
