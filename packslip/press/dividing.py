"""Dividing: a trace of one slip taken apart into a plate of its page and plates of its parts.

A part is cut out only where nothing that it computes, asks or draws hangs on what is not its own, its place apart; what
cannot be is left in the page. Each piece counts slots and pictures among its own.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from packslip.press.excerpt import Excerpt, Seams
from packslip.press.weasy.objects import names_in
from packslip.press.weasy.outline import Outline
from packslip.press.weasy.setting import Run, runs_of
from packslip.press.weasy.tape import Argument, Guard, Step
from packslip.press.weasy.traces import (
    LEAVING,
    OF_PARAGRAPHS,
    OF_TEXTS,
    UNDER,
    CodeHole,
    Cut,
    Hole,
    Joint,
    LinesHole,
    PartHole,
    PictureHole,
    RunHole,
    Seam,
    Trace,
    TracedPicture,
    numbers_of,
)

#: The page's own number among the parts.
PAGE = 0

#: Which pieces may compute a number: bit n for part n, bit 0 for the page.
_Owners = int

_Content = list[bytes | Hole]


#: A part and a layer of it.
_Place = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """A trace in pieces: of the page, or of a part, with the parts that were cut out of it."""

    trace: Trace
    cut: Cut | None  #: of a part
    parts: tuple["Division", ...]  #: by joint


def divide(trace: Trace, outline: Outline) -> Division:
    """The pieces of the trace of a slip with this outline; the page alone, where nothing can be cut out."""
    known = outline.numbered()
    cuts = {cut.part: cut for cut in trace.cuts if cut.part in known} if len(trace.pages) == 1 else {}
    while True:
        cuts = {number: cut for number, cut in cuts.items() if known[number][0] in (PAGE, *cuts)}
        try:
            return _Divider(trace, outline, cuts).division(PAGE)
        except _EntangledError as fault:
            cuts = {number: cut for number, cut in cuts.items() if number not in fault.parts}


class _EntangledError(Exception):
    def __init__(self, parts: Collection[int]) -> None:
        self.parts = parts
        super().__init__(f"parts {sorted(parts)} are not by themselves")


class _Divider:
    def __init__(self, trace: Trace, outline: Outline, cuts: Mapping[int, Cut]) -> None:
        self._trace, self._cuts = trace, cuts
        self._pieces = (PAGE, *cuts)
        self._anyone: _Owners = sum(1 << number for number in self._pieces)
        known = outline.numbered()
        self._above = {number: above for number, (above, _, _) in known.items()}
        self._outlines = {PAGE: outline} | {number: part for number, (_, _, part) in known.items()}
        self._below = {n: [part for part in cuts if self._above[part] == n] for n in self._pieces}
        self._index = {number: index for number, (_, index, _) in known.items()}
        self._slots = {slot: 1 << n for n in self._pieces for slot in self._own_slots(n)}
        self._pictures = {picture: 1 << n for n in self._pieces for picture in self._own_pictures(n)}
        self._texts = [self._of_runs([blank.run]) for blank in trace.texts]
        self._paragraphs = [self._of_runs(runs_of(paragraph.line)) for paragraph in trace.paragraphs]
        self._tangles: dict[int, frozenset[int]] = {}
        self._owners: list[_Owners] = []
        for number, step in enumerate(trace.steps):
            self._owners.append(self._of_step(number, step))
        self._seams = self._find_seams()
        self._guards = defaultdict[int, list[tuple[int, Guard]]](list)
        for count, guard in trace.guards:
            self._guards[self._asker(guard)].append((count, guard))
        self._drawn = [self._drawn_on(page.parts) for page in trace.pages]

    def division(self, number: int) -> Division:
        """A piece and those below it.

        Raises:
            _EntangledError: parts that cannot be cut out.
        """
        trace = self._part(number) if number else self._page()
        below = tuple(self.division(part) for part in self._below[number])
        return Division(trace=_with_its_own(trace), cut=self._cuts.get(number), parts=below)

    def _page(self) -> Trace:
        contents = [drawn[PAGE, UNDER] for drawn in self._drawn]
        pictures = [self._pictures_on(page.pictures, PAGE) for page in self._trace.pages]
        excerpt = self._excerpt(PAGE, contents, pictures)
        pages = tuple(
            replace(page, parts=excerpt.content(content), pictures=excerpt.placed(found))
            for page, content, found in zip(self._trace.pages, contents, pictures, strict=True)
        )
        return replace(excerpt.trace(), pages=pages, joints=self._joints(PAGE, excerpt))

    def _part(self, number: int) -> Trace:
        (drawn,) = self._drawn
        layers = {layer: content for (part, layer), content in drawn.items() if part == number}
        pictures = self._pictures_on(self._trace.pages[0].pictures, number)
        excerpt = self._excerpt(number, list(layers.values()), [pictures])
        contents = {layer: excerpt.content(content) for layer, content in layers.items()}
        placed, joints = excerpt.placed(pictures), self._joints(number, excerpt)
        return replace(excerpt.trace(), layers=contents, pictures=placed, joints=joints)

    def _joints(self, number: int, excerpt: Excerpt) -> tuple[Joint, ...]:
        return tuple(
            Joint(
                part=self._index[part],
                step=excerpt.joint(part),
                layers=tuple(sorted(layer for found, layer in self._drawn[0] if found == part)),
                before=self._cuts[part].before,
                after=self._cuts[part].after,
            )
            for part in self._below[number]
        )

    def _apart(self, number: int) -> list[int]:
        return [self._index[part] for part in self._below[number]]

    def _own_slots(self, number: int) -> tuple[int, ...]:
        return self._outlines[number].slots_beside(self._apart(number))

    def _own_pictures(self, number: int) -> tuple[int, ...]:
        return self._outlines[number].pictures_beside(self._apart(number))

    def _excerpt(
        self,
        number: int,
        drawn: Sequence[_Content],
        pictures: Sequence[Sequence[TracedPicture]],
    ) -> Excerpt:
        holes = [hole for content in drawn for hole in content]
        wanted = {ref for hole in holes for ref in numbers_of(hole, judging=True)}
        wanted |= {ref for found in pictures for picture in found for ref in picture.place if isinstance(ref, int)}
        for ref in wanted:
            self._demand(self._owners_of(ref), number, [ref])
        for hole in holes:
            if isinstance(hole, RunHole):
                self._demand(self._texts[hole.text], number, ())
            elif isinstance(hole, PictureHole):
                self._demand(self._pictures[hole.slot], number, ())
        return Excerpt(
            self._trace,
            number,
            self._seams,
            below=self._below[number],
            slots=self._own_slots(number),
            pictures=self._own_pictures(number),
            wanted=wanted,
            guards=self._guards[number],
        )

    def _pictures_on(self, pictures: Iterable[TracedPicture], number: int) -> tuple[TracedPicture, ...]:
        return tuple(picture for picture in pictures if self._home(picture.part) == number)

    def _home(self, part: int) -> int:
        """The piece that a part is in, where it was cut out or not."""
        while part and part not in self._cuts:
            part = self._above.get(part, PAGE)
        return part

    def _drawn_on(self, parts: Iterable[bytes | Hole]) -> dict[_Place, _Content]:
        """What the page and each layer of its parts draw."""
        drawn: dict[_Place, _Content] = {(PAGE, UNDER): []}
        open_places = [(PAGE, UNDER)]
        for part in parts:
            if isinstance(part, Seam):
                self._turn_to(self._home(part.part), part.layer, open_places, drawn)
            else:
                drawn[open_places[-1]].append(part)
        return drawn

    def _turn_to(self, number: int, layer: int, open_places: list[_Place], drawn: dict[_Place, _Content]) -> None:
        """Go on drawing elsewhere: in what is open still, or in a new layer of a part below that."""
        place = (number, layer) if number else (PAGE, UNDER)
        above = self._above.get(number, PAGE)
        while place != open_places[-1] and (place in open_places or open_places[-1][0] != above):
            open_places.pop()
            if not open_places:
                raise _EntangledError({number})
        if place == open_places[-1]:
            return
        if place in drawn:
            raise _EntangledError({number})
        drawn[open_places[-1]].append(PartHole(self._below[above].index(number), layer))
        drawn[place] = []
        open_places.append(place)

    # who may compute what

    def _find_seams(self) -> Seams:
        starts: dict[int, int] = {}
        leaves: dict[int, list[int | None]] = {part: [None] * len(LEAVING) for part in self._cuts}
        odd: set[int] = set()  # laid out more than once, each time elsewhere
        for number, step in enumerate(self._trace.steps):
            part, index = divmod(step.detail, len(LEAVING))
            if step.operation == "start" and step.detail in self._cuts:
                odd |= {step.detail} & starts.keys()
                starts[step.detail] = number
            elif step.operation == "leave" and part in self._cuts:
                odd |= {part} if leaves[part][index] is not None else set()
                leaves[part][index] = number
        if odd:
            raise _EntangledError(odd)
        return Seams(starts=starts, leaves=leaves)

    def _of_runs(self, runs: Iterable[Run]) -> _Owners:
        owners = self._anyone
        for run in runs:
            for part in run.parts:
                if isinstance(part, int):
                    owners &= self._slots[part]
        return owners

    def _of_step(self, number: int, step: Step) -> _Owners:
        name, detail = step.operation, step.detail
        if name == "start" and detail in self._cuts:
            return self._edge(number, step, detail, self._above[detail])
        if name == "leave" and detail // len(LEAVING) in self._cuts:
            return self._edge(number, step, detail // len(LEAVING), detail // len(LEAVING))
        return self._meet(number, self._of_detail(name, detail), step.arguments)

    def _edge(self, number: int, step: Step, part: int, owner: int) -> _Owners:
        """A seam: a number that its owner computes and both sides know."""
        self._demand(self._meet(number, self._anyone, step.arguments), owner, [number], also=part)
        return 1 << part | 1 << self._above[part]

    def _of_detail(self, name: str, detail: int) -> _Owners:
        if name in OF_PARAGRAPHS:
            return self._paragraphs[detail]
        if name in OF_TEXTS:
            return self._texts[detail]
        if name == "breaks":
            owners = self._anyone
            for letter in self._trace.breaks[detail].letters:
                owners &= self._anyone if isinstance(letter, str) else self._texts[letter[0]]
            return owners
        return self._pictures[detail] if name.startswith("picture") else self._anyone

    def _meet(self, number: int, owners: _Owners, arguments: Iterable[Argument]) -> _Owners:
        """Who may compute from arguments; where nobody may, which parts meet there is noted."""
        masks = [owners, *(self._owners_of(ref) for ref in arguments)]
        met = self._anyone
        for mask in masks:
            met &= mask
        if not met:
            tangled = {n for mask in masks for n in self._cuts if mask >> n & 1 and mask != self._anyone}
            for ref in arguments:
                tangled |= self._tangles.get(ref, frozenset()) if isinstance(ref, int) else frozenset()
            self._tangles[number] = frozenset(tangled)
        return met

    def _owners_of(self, argument: Argument) -> _Owners:
        return self._owners[argument] if isinstance(argument, int) else self._anyone

    def _demand(self, owners: _Owners, number: int, steps: Iterable[int], *, also: int = PAGE) -> None:
        """Ask that a piece may compute some steps."""
        if owners >> number & 1:
            return
        tangled = {n for n in self._cuts if owners >> n & 1 or n in (number, also)}
        for step in steps:
            tangled |= self._tangles.get(step, frozenset())
        raise _EntangledError(tangled)

    def _asker(self, guard: Guard) -> int:
        """The piece that asks a question: the page, or the uppermost that can."""
        refs = [ref for ref in guard.arguments if isinstance(ref, int)]
        owners = self._meet(-1, self._of_detail(guard.operation, guard.detail), guard.arguments)
        if not owners:
            self._demand(owners, PAGE, [-1, *refs])
        return next(number for number in self._pieces if owners >> number & 1)


def _operators_of(part: bytes | Hole) -> bytes:
    """What a plate writes itself of a part of a page, whatever fills it."""
    match part:
        case bytes():
            return part
        case LinesHole():
            return part.colour
        case CodeHole():
            return part.ink
        case _:
            return b""


def _with_its_own(trace: Trace) -> Trace:
    """A trace with the states, pictures and patterns that it uses, and no others."""
    contents = [page.parts for page in trace.pages] + list(trace.layers.values())
    runs = [run for paragraph in trace.paragraphs for run in runs_of(paragraph.line)] + [b.run for b in trace.texts]
    found = [run.colour for run in runs]
    for content in contents:
        found += filter(None, map(_operators_of, content))
    used = set(names_in(b"\n".join(found)))
    return replace(
        trace,
        states={name: item for name, item in trace.states.items() if ("ExtGState", name) in used},
        images={name: item for name, item in trace.images.items() if ("XObject", name) in used},
        patterns={name: item for name, item in trace.patterns.items() if ("Pattern", name) in used},
        shadings={name: item for name, item in trace.shadings.items() if ("Shading", name) in used},
    )
