"""Plates: which plate strikes a slip, and making it where there is none.

Whether a slip is struck depends on the slip and its layout alone. A page and the parts that stand on it are plates by
themselves, so that slips which have never been seen are struck from parts which have. Plates are bounded; one that is
made again is the same again, and so are the bytes that are struck from it.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, TypeVar

from packslip.files import sha256
from packslip.press.codes import Symbol
from packslip.press.dividing import Division, divide
from packslip.press.inking import Matter, Paper
from packslip.press.plate import Choice, Piece, Plate, Seats, Struck
from packslip.press.skeleton import Filled, Skeleton, is_plain, read_skeleton
from packslip.press.weasy.obstacles import Obstacle
from packslip.press.weasy.outline import Outline
from packslip.press.weasy.pictures import Picture
from packslip.press.weasy.tape import UntraceableError
from packslip.press.weasy.traces import Joint, Trace
from packslip.press.weasy.typesetter import Typesetter, UnsettableError

_T = TypeVar("_T")

#: Reasons kept.
MOST_REASONS = 200


#: Plates kept of one page or part: each with another page break, another tallest cell, another part left in it.
MOST_WAYS = 16

#: Filled layouts that are known, for each plate that is kept.
_KNOWN = 10

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
class _Way(Generic[_T]):
    """A plate of a page or part. `apart` are the parts that were cut out of it, `beside` is what was left in it."""

    plate: _T
    apart: tuple[int, ...]
    beside: tuple[object, ...]


def _way(plate: _T, division: Division, outline: Outline) -> _Way[_T]:
    apart = tuple(joint.part for joint in division.trace.joints)
    return _Way(plate=plate, apart=apart, beside=outline.digest_beside(apart))


@dataclass(frozen=True, slots=True)
class _Fresh:
    """Parts that were just made: by outline, and by what the page does to them and they to the page."""

    ways: defaultdict[tuple[object, ...], list[_Way[Piece]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, job: "Job", division: Division, outline: Outline, typesetter: Typesetter) -> None:
        """Make the pieces of all parts of a division."""
        for joint, below in zip(division.trace.joints, division.parts, strict=True):
            part = outline.parts[joint.part]
            self.ways[_place(job, part, joint)].append(_way(Piece(below.trace, typesetter), below, part))
            self.add(job, below, part, typesetter)


def _place(job: Job, part: Outline, joint: Joint) -> tuple[object, ...]:
    """What a part's plates are kept under."""
    return job.look, part.own, joint.layers, joint.before, joint.after


def _own(matter: Matter, outline: Outline, apart: Collection[int]) -> Matter:
    """What a slip brings to a page or part, beside the parts cut out of it."""
    return matter.of(outline.slots_beside(apart), outline.pictures_beside(apart))


class PlateBook:
    """The plates of one world, the least recently struck leaving first."""

    def __init__(self, typesetter: Typesetter, most: int, retired: Retired) -> None:
        self._typesetter, self._most, self._retired = typesetter, most, retired
        self._skeletons: OrderedDict[tuple[Look, str], Skeleton | Refusal] = OrderedDict()
        self._known: OrderedDict[tuple[Look, str, tuple[str, ...]], _Known] = OrderedDict()
        self._pages = _Shelf[_Way[Plate]](most)
        self._parts = _Shelf[_Way[Piece]](most)
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

    @property
    def kept(self) -> tuple[int, int]:
        """How many plates of pages there are, and how many of parts."""
        return len(self._pages), len(self._parts)

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
            language=known.skeleton.spoken(values),
            pictures=job.pictures(known.skeleton.pictures(values)),
            symbols=job.symbols,
            public=job.public,
        )
        struck = self._struck(job, known.outline, matter, _Fresh()) or self._make(job, known, matter)
        return replace(struck, plate=known.digest)

    def _struck(self, job: Job, outline: Outline, matter: Matter, fresh: _Fresh) -> Struck | None:
        """The slip struck from plates that are there, and from parts that were just made where those are missing."""
        ways = self._pages.ways((job.look, outline.own))
        for index, page in enumerate(ways):
            if page.beside == outline.digest_beside(page.apart):
                struck = self._strike_page(job, page, outline, matter, fresh)
                if struck is not None:
                    ways.insert(0, ways.pop(index))  # the next slip is likely to be like this one
                    return struck
        return None

    def _strike_page(
        self, job: Job, page: _Way[Plate], outline: Outline, matter: Matter, fresh: _Fresh
    ) -> Struck | None:
        seats = self._seats(job, page.plate.piece, outline, matter, fresh)
        return None if seats is None else page.plate.strike(_own(matter, outline, page.apart), seats)

    def _seats(self, job: Job, piece: Piece, outline: Outline, matter: Matter, fresh: _Fresh) -> Seats | None:
        """What may be struck at each joint of a piece, None where there is nothing for one."""
        seats = []
        for joint in piece.trace.joints:
            part = outline.parts[joint.part]
            place = _place(job, part, joint)
            ways = [*self._parts.ways(place), *fresh.ways.get(place, ())]
            found = [self._choice(job, way, part, matter, fresh) for way in ways]
            choices = [choice for choice in found if choice is not None]
            if not choices:
                return None
            seats.append(choices)
        return seats

    def _choice(self, job: Job, way: _Way[Piece], part: Outline, matter: Matter, fresh: _Fresh) -> Choice | None:
        if way.beside != part.digest_beside(way.apart):
            return None
        seats = self._seats(job, way.plate, part, matter, fresh)
        return None if seats is None else Choice(piece=way.plate, matter=_own(matter, part, way.apart), seats=seats)

    def _make(self, job: Job, known: _Known, matter: Matter) -> Struck:
        """New plates, and the slip struck from them like any other. What there was already is not kept twice."""
        self.traced += 1
        outline = known.outline
        try:
            trace = job.trace(known.skeleton, matter)
        except UntraceableError as reason:
            if reason.so_far is not None:  # what led there leads there again
                with suppress(UntraceableError):
                    self._refuse_likewise(job, divide(reason.so_far, outline), outline, (reason.obstacle, reason.spot))
            raise
        division, fresh = divide(trace, outline), _Fresh()
        fresh.add(job, division, outline, self._typesetter)
        struck = self._struck(job, outline, matter, fresh)
        if struck is None:
            page = _way(Plate(division.trace, self._typesetter, paper=job.paper), division, outline)
            struck = self._strike_page(job, page, outline, matter, fresh)
            if struck is None:
                raise UntraceableError("a layout that does not find itself again")
            self._pages.add((job.look, outline.own), page)
        for place, ways in fresh.ways.items():
            for way in ways:
                if way.plate in struck.pieces:
                    self._parts.add(place, way)
        return struck

    def _refuse_likewise(self, job: Job, division: Division, outline: Outline, refusal: Refusal) -> None:
        plate = Plate(division.trace, self._typesetter, paper=job.paper, refusal=refusal)
        plate.piece.prepare()
        self._pages.add((job.look, outline.own), _way(plate, division, outline))

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
