"""Plates: which plate strikes a slip, and making it where there is none.

Whether a slip is struck depends on the slip and its layout alone. A page and the parts that stand on it are plates by
themselves, so that slips which have never been seen are struck from parts which have. Plates are bounded; one that is
made again is the same again, and so are the bytes that are struck from it.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from packslip.files import sha256
from packslip.press.codes import Symbol
from packslip.press.dividing import Division, divide
from packslip.press.inking import Matter, Paper
from packslip.press.plate import Piece, Plate, Seat, Struck
from packslip.press.skeleton import Filled, Skeleton, is_plain, read_skeleton
from packslip.press.weasy.obstacles import Obstacle
from packslip.press.weasy.outline import Outline
from packslip.press.weasy.pictures import Picture
from packslip.press.weasy.tape import UntraceableError
from packslip.press.weasy.traces import Joint, Situation, Trace
from packslip.press.weasy.typesetter import Typesetter, UnsettableError

_T = TypeVar("_T")

#: Reasons kept.
MOST_REASONS = 200


#: Plates kept of one page or part: each with another page break, another tallest cell, another part left in it.
MOST_WAYS = 16

#: Filled layouts that are known, for each plate that is kept.
_KNOWN = 10

#: What decides the style sheets: layout, brand, wording of `page_of`.
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
    outline: Callable[[Skeleton], Outline]
    trace: Callable[[Skeleton, Matter], Trace]
    paper: Paper
    public: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What follows from a filled layout and the words that stay."""

    skeleton: Skeleton
    outline: Outline
    digest: str  #: what its plates are retired by


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A plate of a page. `apart` are the parts that were divided from it, `within` the digests of those left in it."""

    plate: Plate
    apart: tuple[int, ...]
    within: tuple[bytes, ...]


def _within(outline: Outline, apart: Collection[int]) -> tuple[bytes, ...]:
    return tuple(part.own for index, part in enumerate(outline.parts) if index not in apart)


#: Parts that were just made, by number and by what the page does to them and they to the page.
_Fresh = Mapping[tuple[int, Situation, Situation], Piece]
_NOTHING_FRESH: _Fresh = {}


def _place(job: Job, part: Outline, joint: Joint) -> tuple[object, ...]:
    """What a part's plates are kept under."""
    return job.look, part.own, joint.before, joint.after


class PlateBook:
    """The plates of one world, the least recently struck leaving first."""

    def __init__(self, typesetter: Typesetter, most: int, retired: Retired) -> None:
        self._typesetter, self._most, self._retired = typesetter, most, retired
        self._skeletons: OrderedDict[tuple[Look, str], Skeleton | Refusal] = OrderedDict()
        self._known: OrderedDict[tuple[Look, str, tuple[str, ...]], _Known] = OrderedDict()
        self._pages = _Shelf[_Page](most)
        self._parts = _Shelf[Piece](most)
        self.traced = 0  #: slips that were traced, for benchmarks and tests
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
            return self._know(job).digest
        except UntraceableError:
            return ""

    def _refuse(self, reason: str) -> None:
        if reason in self.refused or len(self.refused) < MOST_REASONS:
            self.refused[reason] = self.refused.get(reason, 0) + 1

    def _strike(self, job: Job) -> Struck | None:
        values = job.filled.values
        if not is_plain(values):
            raise UnsettableError("words with spaces or characters that do not stay as they are")
        known = self._know(job)
        if known.digest in self._retired:
            return None
        matter = Matter(
            values=values,
            pictures=job.pictures(known.skeleton.pictures(values)),
            symbols=job.symbols,
            public=job.public,
        )
        return self._struck(job, known.outline, matter) or self._make(job, known, matter)

    def _struck(self, job: Job, outline: Outline, matter: Matter, fresh: _Fresh = _NOTHING_FRESH) -> Struck | None:
        """The slip struck from plates that are there, and from parts that were just made where those are missing."""
        ways = self._pages.ways((job.look, outline.own))
        for index, page in enumerate(ways):
            if page.within == _within(outline, page.apart):
                struck = self._strike_page(job, page, outline, matter, fresh)
                if struck is not None:
                    ways.insert(0, ways.pop(index))  # the next slip is likely to be like this one
                    return struck
        return None

    def _strike_page(
        self, job: Job, page: _Page, outline: Outline, matter: Matter, fresh: _Fresh = _NOTHING_FRESH
    ) -> Struck | None:
        seats = []
        for joint in page.plate.joints:
            part = outline.parts[joint.part]
            pieces = self._parts.ways(_place(job, part, joint))
            new = fresh.get((joint.part, joint.before, joint.after))
            if new is not None:
                pieces = [*pieces, new]
            elif not pieces:
                return None
            seats.append(Seat(pieces=pieces, matter=matter.of(part.slots, part.pictures)))
        slots, pictures = outline.slots_of(-1, page.apart), outline.pictures_of(-1, page.apart)
        return page.plate.strike(matter.of(slots, pictures), seats)

    def _make(self, job: Job, known: _Known, matter: Matter) -> Struck:
        """New plates, and the slip struck from them like any other. What there was already is not kept twice."""
        self.traced += 1
        outline = known.outline
        try:
            trace = job.trace(known.skeleton, matter)
        except UntraceableError as reason:
            if reason.so_far is not None:  # what led there leads there again
                with suppress(UntraceableError):
                    division, refusal = divide(reason.so_far, outline), (reason.obstacle, reason.spot)
                    self._pages.add((job.look, outline.own), self._page(job, outline, division, refusal))
            raise
        division = divide(trace, outline)
        fresh = {(cut.part - 1, cut.before, cut.after): Piece(part, self._typesetter) for cut, part in division.parts}
        struck = self._struck(job, outline, matter, fresh)
        if struck is None:
            page = self._page(job, outline, division)
            struck = self._strike_page(job, page, outline, matter, fresh)
            self._pages.add((job.look, outline.own), page)
        if struck is None:
            raise UntraceableError("a layout that does not find itself again")
        for (number, before, after), piece in fresh.items():
            if piece in struck.pieces:
                self._parts.add((job.look, outline.parts[number].own, before, after), piece)
        return struck

    def _page(self, job: Job, outline: Outline, division: Division, refusal: Refusal | None = None) -> _Page:
        plate = Plate(division.page, self._typesetter, paper=job.paper, refusal=refusal)
        apart = tuple(cut.part - 1 for cut, _ in division.parts)
        return _Page(plate=plate, apart=apart, within=_within(outline, apart))

    def _know(self, job: Job) -> _Known:
        skeleton = self._skeleton(job)
        key = job.look, job.filled.text, skeleton.key(job.filled.values, job.choices)
        known = self._known.get(key)
        if known is None:
            digest = sha256(repr((job.look, job.css, skeleton.html(job.filled))).encode())
            known = self._known[key] = _Known(skeleton=skeleton, outline=job.outline(skeleton), digest=digest)
            if len(self._known) > _KNOWN * self._most:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(key)
        return known

    def _skeleton(self, job: Job) -> Skeleton:
        key = job.look, job.filled.text
        known = self._skeletons.get(key)
        if known is None:
            try:
                known = read_skeleton(job.filled.text, job.css)
            except UntraceableError as reason:
                known = reason.obstacle, reason.spot
            self._skeletons[key] = known
            if len(self._skeletons) > _KNOWN * self._most:
                self._skeletons.popitem(last=False)
        else:
            self._skeletons.move_to_end(key)
        if not isinstance(known, Skeleton):
            raise UntraceableError(*known)
        return known


class _Shelf(Generic[_T]):
    """Plates by what they are of, a bounded number."""

    def __init__(self, most: int) -> None:
        self._most, self._count = most, 0
        self._rows: OrderedDict[object, list[_T]] = OrderedDict()

    def __len__(self) -> int:
        return self._count

    def ways(self, key: object) -> list[_T]:
        """The plates of one page or part, the likeliest first; the list is the shelf's own."""
        found = self._rows.get(key)
        if found is None:
            return []
        self._rows.move_to_end(key)
        return found

    def add(self, key: object, plate: _T) -> None:
        """Add a plate, and let those go that were struck longest ago where there are too many."""
        row = self._rows.setdefault(key, [])
        row.insert(0, plate)
        self._rows.move_to_end(key)
        self._count += 1
        if len(row) > MOST_WAYS:
            row.pop()
            self._count -= 1
        while self._count > self._most and len(self._rows) > 1:
            self._count -= len(self._rows.popitem(last=False)[1])
