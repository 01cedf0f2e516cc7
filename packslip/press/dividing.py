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
    LAYERS,
    LEAVING,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """A trace in pieces."""

    page: Trace
    parts: Sequence[tuple[Cut, Trace]]


def divide(trace: Trace, outline: Outline) -> Division:
    """The pieces of the trace of a slip with this outline; the page alone, where nothing can be cut out."""
    cuts = {cut.part: cut for cut in trace.cuts} if outline.parts and len(trace.pages) == 1 else {}
    while True:
        try:
            return _Divider(trace, outline, cuts).division()
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
        apart = [number - 1 for number in cuts]
        self._own = {n: (outline.slots_of(n - 1, apart), outline.pictures_of(n - 1, apart)) for n in self._pieces}
        self._slots = {slot: 1 << n for n, (slots, _) in self._own.items() for slot in slots}
        self._pictures = {picture: 1 << n for n, (_, pictures) in self._own.items() for picture in pictures}
        self._texts = [self._of_runs([blank.run]) for blank in trace.texts]
        self._paragraphs = [self._of_runs(runs_of(paragraph.line)) for paragraph in trace.paragraphs]
        self._tangles: dict[int, frozenset[int]] = {}
        self._owners: list[_Owners] = []
        for number, step in enumerate(trace.steps):
            self._owners.append(self._of_step(number, step))
        self._seams = self._find_seams()

    def division(self) -> Division:
        """The pieces.

        Raises:
            _EntangledError: parts that cannot be cut out.
        """
        guards = defaultdict[int, list[tuple[int, Guard]]](list)
        for count, guard in self._trace.guards:
            guards[self._asker(guard)].append((count, guard))
        drawn = [self._drawn(page.parts) for page in self._trace.pages]
        page = self._page(guards[PAGE], [layers[PAGE, 0] for layers in drawn])
        parts = [(cut, self._part(number, guards[number], drawn[0])) for number, cut in self._cuts.items()]
        return Division(page=page, parts=parts)

    def _page(self, guards: Sequence[tuple[int, Guard]], drawn: Sequence[_Content]) -> Trace:
        pictures = [self._pictures_on(page.pictures, PAGE) for page in self._trace.pages]
        excerpt = self._excerpt(PAGE, guards, drawn, pictures)
        pages = tuple(
            replace(page, parts=excerpt.content(content), pictures=excerpt.placed(found))
            for page, content, found in zip(self._trace.pages, drawn, pictures, strict=True)
        )
        joints = tuple(
            Joint(part=n - 1, step=excerpt.joint(n), before=cut.before, after=cut.after)
            for n, cut in self._cuts.items()
        )
        return _with_its_own(replace(excerpt.trace(), pages=pages, joints=joints))

    def _part(
        self, number: int, guards: Sequence[tuple[int, Guard]], drawn: Mapping[tuple[int, int], _Content]
    ) -> Trace:
        if any((number, layer) not in drawn for layer in LAYERS):
            raise _EntangledError({number})
        layers = [drawn[number, layer] for layer in LAYERS]
        pictures = self._pictures_on(self._trace.pages[0].pictures, number)
        excerpt = self._excerpt(number, guards, layers, [pictures])
        contents, placed = tuple(map(excerpt.content, layers)), excerpt.placed(pictures)
        return _with_its_own(replace(excerpt.trace(), layers=contents, pictures=placed))

    def _excerpt(
        self,
        number: int,
        guards: Sequence[tuple[int, Guard]],
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
        slots, own_pictures = self._own[number]
        return Excerpt(
            self._trace, number, self._seams, slots=slots, pictures=own_pictures, wanted=wanted, guards=guards
        )

    def _pictures_on(self, pictures: Iterable[TracedPicture], number: int) -> tuple[TracedPicture, ...]:
        return tuple(p for p in pictures if (p.part if p.part in self._cuts else PAGE) == number)

    def _drawn(self, parts: Iterable[bytes | Hole]) -> dict[tuple[int, int], _Content]:
        """What the page and each layer of its parts draw."""
        drawn: dict[tuple[int, int], _Content] = {(PAGE, 0): []}
        place = PAGE, 0
        for part in parts:
            if isinstance(part, Seam):
                place = (part.part, part.layer) if part.part in self._cuts else (PAGE, 0)
                if place[0] != PAGE:
                    if place in drawn:
                        raise _EntangledError({part.part})
                    drawn[place] = []
                    drawn[PAGE, 0].append(PartHole(self._seams.parts.index(part.part), part.layer))
            else:
                drawn[place].append(part)
        return drawn

    # who may compute what

    def _find_seams(self) -> Seams:
        starts: dict[int, int] = {}
        leaves: dict[int, list[int | None]] = {part: [None] * len(LEAVING) for part in self._cuts}
        for number, step in enumerate(self._trace.steps):
            part, index = divmod(step.detail, len(LEAVING))
            if step.operation == "start" and step.detail in self._cuts:
                if step.detail in starts:  # laid out more than once, each time elsewhere
                    raise _EntangledError({step.detail})
                starts[step.detail] = number
            elif step.operation == "leave" and part in self._cuts:
                if leaves[part][index] is not None:
                    raise _EntangledError({part})
                leaves[part][index] = number
        return Seams(parts=tuple(self._cuts), starts=starts, leaves=leaves)

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
            self._demand(self._meet(number, self._anyone, step.arguments), PAGE, [number], also=detail)
            return 1 << detail
        if name == "leave" and detail // len(LEAVING) in self._cuts:
            part = detail // len(LEAVING)
            self._demand(self._meet(number, self._anyone, step.arguments), part, [number], also=part)
            return 1 << part | 1 << PAGE
        return self._meet(number, self._of_detail(name, detail), step.arguments)

    def _of_detail(self, name: str, detail: int) -> _Owners:
        if name in {"lines", "min-content", "max-content"}:
            return self._paragraphs[detail]
        if name in {"width", "fits"}:
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
        """The piece that asks a question: the page, where it can."""
        refs = [ref for ref in guard.arguments if isinstance(ref, int)]
        owners = self._meet(-1, self._of_detail(guard.operation, guard.detail), guard.arguments)
        if not owners:
            self._demand(owners, PAGE, [-1, *refs])
        return next(number for number in self._pieces if owners >> number & 1)


def _with_its_own(trace: Trace) -> Trace:
    """A trace with the states, pictures and patterns that it uses, and no others."""
    contents = [page.parts for page in trace.pages] + list(trace.layers)
    runs = [run for paragraph in trace.paragraphs for run in runs_of(paragraph.line)] + [b.run for b in trace.texts]
    found = [run.colour for run in runs]
    for content in contents:
        found += [
            part.colour if isinstance(part, LinesHole) else part
            for part in content
            if isinstance(part, bytes | LinesHole)
        ]
    used = set(names_in(b"\n".join(found)))
    return replace(
        trace,
        states={name: item for name, item in trace.states.items() if ("ExtGState", name) in used},
        images={name: item for name, item in trace.images.items() if ("XObject", name) in used},
        patterns={name: item for name, item in trace.patterns.items() if ("Pattern", name) in used},
        shadings={name: item for name, item in trace.shadings.items() if ("Shading", name) in used},
    )
