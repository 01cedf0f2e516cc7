"""Excerpt: some of a trace's steps as a trace of their own, numbered anew, slots and pictures too."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from packslip.press.weasy.setting import Paragraph, Run, Span
from packslip.press.weasy.tape import Argument, Guard, Step
from packslip.press.weasy.traces import (
    LEAVING,
    OF_PARAGRAPHS,
    OF_TEXTS,
    Blank,
    Break,
    CodeHole,
    Hole,
    LinesHole,
    PictureHole,
    Room,
    RunHole,
    Trace,
    TracedPicture,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seams:
    """Where a trace is cut: steps, by number of the part; of what stands still there are none."""

    starts: Mapping[int, int]
    leaves: Mapping[int, Sequence[int | None]]  #: as `LEAVING`


class Excerpt:
    """The steps of a trace that lead to some numbers, for the part `own` or, where that is 0, for the page.

    `below` are the parts that were cut out of it.
    """

    def __init__(
        self, trace: Trace, own: int, seams: Seams, *, below: Sequence[int], slots: Sequence[int],
        pictures: Sequence[int], wanted: Collection[int], guards: Sequence[tuple[int, Guard]],
    ) -> None:  # fmt: skip
        self._trace, self._own, self._seams, self._below = trace, own, seams, below
        self._slots = {slot: index for index, slot in enumerate(slots)}
        self._pictures = {picture: index for index, picture in enumerate(pictures)}
        self._runs: dict[int, tuple[Run, Run]] = {}
        self._paragraphs: dict[int, tuple[int, Paragraph]] = {}
        self._texts: dict[int, tuple[int, Blank]] = {}
        self._breaks: dict[int, tuple[int, Break]] = {}
        self._leaves = {step: part for part in below for step in seams.leaves[part] if step is not None}
        self._starts = {seams.starts[part]: part for part in below if part in seams.starts}
        self._new: dict[int, int] = {}
        self._joints: dict[int, int] = {}
        self._steps: list[Step] = []
        asked = (ref for _, guard in guards for ref in guard.arguments)
        self._old = sorted(self._reachable([*wanted, *asked, *self._ends(), *self._starts]))
        for part in below:
            if part not in seams.starts:
                self._strike(part, 0.0)
        self._first = len(self._steps)
        #: how many steps there are after each old one
        self._counts = [self._take(old) for old in self._old]
        self._guards = tuple((self._before(count), self._guard(guard)) for count, guard in guards)

    def _take(self, old: int) -> int:
        """Take over a step, and count the steps."""
        made = self._step(old)
        self._new[old] = len(self._steps)
        self._steps.append(made)
        if old in self._starts:
            self._strike(self._starts[old], self._new[old])
        return len(self._steps)

    def _strike(self, part: int, top: Argument) -> None:
        self._joints[part] = len(self._steps)
        self._steps.append(Step("part", (top,), self._below.index(part)))

    def trace(self) -> Trace:
        """The excerpt, without anything drawn. To be taken last, when all holes are known."""
        return replace(
            self._trace,
            steps=tuple(self._steps),
            guards=self._guards,
            paragraphs=tuple(paragraph for _, paragraph in self._paragraphs.values()),
            texts=tuple(blank for _, blank in self._texts.values()),
            breaks=tuple(question for _, question in self._breaks.values()),
            leaving=tuple(None if step is None else self._new[step] for step in self._seams.leaves.get(self._own, ())),
            pages=(),
            cuts=(),
        )

    def joint(self, part: int) -> int:
        """The step that strikes a part."""
        return self._joints[part]

    def content(self, parts: Iterable[bytes | Hole]) -> tuple[bytes | Hole, ...]:
        """What is drawn."""
        return tuple(map(self._hole, parts))

    def placed(self, pictures: Iterable[TracedPicture]) -> tuple[TracedPicture, ...]:
        """Pictures."""
        return tuple(replace(picture, place=self._place(picture.place)) for picture in pictures)

    def _ends(self) -> Iterable[int]:
        """What the piece above needs: a part's place and height."""
        return (step for step in self._seams.leaves.get(self._own, ()) if step is not None)

    def _reachable(self, wanted: Iterable[Argument]) -> set[int]:
        found: set[int] = set()
        waiting = [ref for ref in wanted if isinstance(ref, int)]
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                if number not in self._leaves and number != self._seams.starts.get(self._own):
                    waiting += [ref for ref in self._trace.steps[number].arguments if isinstance(ref, int)]
        return found

    def _step(self, number: int) -> Step:
        step = self._trace.steps[number]
        if number in self._leaves:
            return Step("out", (self._joints[self._leaves[number]],), step.detail % len(LEAVING))
        if number == self._seams.starts.get(self._own):
            return Step("given", ())
        return Step(step.operation, self._all(step.arguments), self._detail(step.operation, step.detail))

    def _guard(self, guard: Guard) -> Guard:
        detail = self._detail(guard.operation, guard.detail)
        return Guard(guard.operation, self._all(guard.arguments), guard.answer, detail)

    def _before(self, count: int) -> int:
        """How many of the steps here come before one of the trace."""
        taken = bisect_left(self._old, count)
        return self._counts[taken - 1] if taken else self._first

    def _detail(self, name: str, detail: int) -> int:
        if name in OF_PARAGRAPHS:
            return self._paragraph(detail)
        if name in OF_TEXTS:
            return self._text(detail)
        if name == "breaks":
            return self._break(detail)
        return self._pictures[detail] if name.startswith("picture") else detail

    def _paragraph(self, number: int) -> int:
        if number not in self._paragraphs:
            paragraph = self._trace.paragraphs[number]
            made = replace(paragraph, line=self._span(paragraph.line))
            self._paragraphs[number] = len(self._paragraphs), made
        return self._paragraphs[number][0]

    def _text(self, number: int) -> int:
        if number not in self._texts:
            blank = self._trace.texts[number]
            self._texts[number] = len(self._texts), replace(blank, run=self._run(blank.run))
        return self._texts[number][0]

    def _break(self, number: int) -> int:
        if number not in self._breaks:
            question = self._trace.breaks[number]
            letters = tuple(
                letter if isinstance(letter, str) else (self._text(letter[0]), letter[1]) for letter in question.letters
            )
            self._breaks[number] = len(self._breaks), replace(question, letters=letters)
        return self._breaks[number][0]

    def _span(self, span: Span) -> Span:
        children = (self._run(child) if isinstance(child, Run) else self._span(child) for child in span.children)
        return replace(span, children=tuple(children))

    def _run(self, run: Run) -> Run:
        known = self._runs.get(id(run))
        if known is None:
            parts = tuple(part if isinstance(part, str) else self._slots[part] for part in run.parts)
            known = self._runs[id(run)] = run, replace(run, parts=parts)
        return known[1]

    def _hole(self, hole: bytes | Hole) -> bytes | Hole:
        match hole:
            case int():
                return self._new[hole]
            case LinesHole():
                return replace(
                    hole,
                    lines=self._new[hole.lines],
                    top=self._one(hole.top),
                    shifts=tuple((self._one(dx), self._one(dy)) for dx, dy in hole.shifts),
                    room=self._room(hole.room),
                )
            case RunHole():
                return replace(
                    hole,
                    text=self._text(hole.text),
                    x=self._one(hole.x),
                    y=self._one(hole.y),
                    top=self._one(hole.top),
                    width=self._one(hole.width),
                    height=self._one(hole.height),
                    room=self._room(hole.room),
                )
            case CodeHole():
                width, height = self._one(hole.width), self._one(hole.height)
                return replace(hole, ctm=self._all(hole.ctm), width=width, height=height)
            case PictureHole():
                return replace(hole, slot=self._pictures[hole.slot])
        return hole

    def _room(self, room: Room) -> Room:
        limits = tuple(replace(limit, place=self._place(limit.place)) for limit in room.limits)
        return replace(room, limits=limits, matrix=None if room.matrix is None else self._all(room.matrix))

    def _place(
        self, place: tuple[Argument, Argument, Argument, Argument]
    ) -> tuple[Argument, Argument, Argument, Argument]:
        left, top, right, bottom = place
        return self._one(left), self._one(top), self._one(right), self._one(bottom)

    def _all(self, arguments: Iterable[Argument]) -> tuple[Argument, ...]:
        return tuple(map(self._one, arguments))

    def _one(self, argument: Argument) -> Argument:
        return self._new[argument] if isinstance(argument, int) else argument
