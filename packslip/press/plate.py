"""Plate: a trace made ready to be struck.

The trace's steps become one Python function of straight-line arithmetic. Struck with a slip's words, pictures and codes
it gives the operators that WeasyPrint would have drawn, or None where a guard finds that this slip's layout is another.
"""

import marshal
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from packslip.press.imprint import Imprint
from packslip.press.inking import Inking, Matter, Paper, sheets
from packslip.press.pieces import CodePiece, Edge, Sheet
from packslip.press.weasy.images import MM_PER_PX
from packslip.press.weasy.languages import Speaker
from packslip.press.weasy.lines import set_lines
from packslip.press.weasy.obstacles import Obstacle
from packslip.press.weasy.setting import Run, SetLine, Span
from packslip.press.weasy.tape import (
    CALLS,
    COMPARISONS,
    INFIX,
    PREFIX,
    Argument,
    Guard,
    Step,
    UntraceableError,
    constant,
)
from packslip.press.weasy.traces import Blank, CodeHole, LinesHole, Room, RunHole, Trace
from packslip.press.weasy.typesetter import Galley, Shape, Typesetter, breaks_between
from packslip.press.weasy.widths import content_width, fits
from packslip.press.weasy.words import Words
from packslip.units import Mm


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """What a strike left on paper."""

    imprint: Imprint
    codes: tuple[tuple[CodePiece, ...], ...]  #: of each page
    sizes: tuple[tuple[Mm, Mm], ...]  #: width and height of each page
    suspect: bool  #: something may stand where it should not, so that the sheets are to be judged
    sheets: Callable[[], tuple[Sheet, ...]]


class Plate:
    """A layout that is struck instead of laid out."""

    def __init__(
        self, trace: Trace, typesetter: Typesetter, *, paper: Paper, refusal: tuple[Obstacle, str] | None = None
    ) -> None:
        """A plate of a trace; with a refusal, one of a trace that ended there.

        Raises:
            UntraceableError: the layout hangs on something that a strike cannot know.
        """
        self._typesetter, self._paper, self._refusal = typesetter, paper, refusal
        self._needed = tuple(dict.fromkeys(_references(trace, judging=False)))
        self._run = _compile(trace, self._needed, guarded=True)
        # the function holds the steps already; they are taken out again only where sheets are to be judged
        self._steps = zlib.compress(marshal.dumps([(s.operation, s.arguments, s.detail) for s in trace.steps]), 1)
        self._trace = replace(trace, steps=(), guards=())
        self._spoken: dict[str, _Spoken | None] = {}

    def strike(self, matter: Matter) -> Struck | None:
        """The slip's pages, None where its layout is another than this plate's.

        Raises:
            UnsettableError: a text takes more than plain glyphs.
            UntraceableError: this slip leads to where the trace ended.
        """
        spoken = self._in(matter.language)
        if spoken is None:
            return None
        trace = self._trace
        strike = _Strike(spoken, matter, self._typesetter)
        try:
            numbers = self._run(strike)
        except ArithmeticError:  # a guard that would have said no comes later
            return None
        if numbers is None:
            return None
        if self._refusal is not None:
            raise UntraceableError(*self._refusal)
        inking = Inking(
            matter,
            dict(zip(self._needed, numbers, strict=True)),
            strike.shape,
            self._paper,
        )
        pages = tuple(map(inking.page, trace.pages))
        return Struck(
            imprint=Imprint(
                pages=pages,
                faces={face: inking.faces[face].face_use() for face in sorted(inking.faces)},
                states=trace.states,
                images={**trace.images, **inking.images},
                patterns=trace.patterns,
                shadings=trace.shadings,
            ),
            codes=tuple(map(tuple, inking.codes)),
            sizes=tuple((Mm(page.width * MM_PER_PX), Mm(page.height * MM_PER_PX)) for page in trace.pages),
            suspect=inking.suspect,
            sheets=lambda: self._sheets(strike, inking),
        )

    def _in(self, language: str) -> "_Spoken | None":
        """What is to be set, in a language; None where its fonts make another layout."""
        if language not in self._spoken:
            trace = Speaker(self._typesetter, language).trace(self._trace)
            self._spoken[language] = None if trace is None else _Spoken(trace)
        return self._spoken[language]

    def _sheets(self, strike: "_Strike", inking: Inking) -> tuple[Sheet, ...]:
        wanted = tuple(dict.fromkeys(_references(self._trace, judging=True)))
        steps = tuple(Step(*step) for step in marshal.loads(zlib.decompress(self._steps)))  # noqa: S302 -- our own
        numbers = _compile(replace(self._trace, steps=steps), wanted, guarded=False)(strike)
        return sheets(self._trace.pages, inking, dict(zip(wanted, numbers or (), strict=True)))


class _Spoken:
    """What a plate sets, in one language."""

    def __init__(self, trace: Trace) -> None:
        self.paragraphs, self.texts, self.breaks, self.codes = trace.paragraphs, trace.texts, trace.breaks, trace.codes
        self.runs = tuple(tuple(_runs(paragraph.line)) for paragraph in trace.paragraphs)


class _Strike:
    """The slip's side of a strike: everything a step or guard may ask of it."""

    def __init__(self, spoken: _Spoken, matter: Matter, typesetter: Typesetter) -> None:
        self._spoken, self._matter, self._typesetter = spoken, matter, typesetter
        self._galley = Galley(typesetter)
        self._public: dict[int, tuple[str, ...] | None] = {}  #: paragraph → its texts, where they are nobody's
        self._words = Words(matter.values, matter.public)

    def lines(self, number: int, x: float, width: float) -> tuple[SetLine, ...]:
        """A paragraph, set; one that is nobody's own is kept set."""
        paragraph, words = self._spoken.paragraphs[number], self._words
        if number not in self._public:
            runs = self._spoken.runs[number]
            self._public[number] = tuple(map(words, runs)) if all(map(words.is_public, runs)) else None
        texts = self._public[number]
        if texts is None:
            return set_lines(paragraph, words, x, width, self._galley)
        known = self._typesetter.public_lines
        key = id(paragraph), x, width, texts
        kept = known.get(key)
        if kept is None:
            kept = paragraph, set_lines(paragraph, words, x, width, self._galley)
            known.keep(key, kept)  # the paragraph too, so that no other has its number
        return kept[1]

    def shape(self, number: int) -> Shape:
        """A blank, set."""
        blank = self._spoken.texts[number]
        return self._galley.shape(self.text(blank), blank.run.style, public=self._words.is_public(blank.run))

    def text(self, blank: Blank) -> str:
        """The text of a blank."""
        text = self._words(blank.run)
        if "l" in blank.strip:
            text = text.lstrip(" ")
        return text.rstrip(" ") if "r" in blank.strip else text

    def width(self, number: int) -> float:
        return self.shape(number).width

    def fits(self, number: int, available: float) -> bool:
        blank = self._spoken.texts[number]
        return fits(self.text(blank), self.shape(number), blank.run.style, available, self._galley)

    def breaks(self, number: int) -> bool:
        question = self._spoken.breaks[number]
        letters = (letter if isinstance(letter, str) else self._letters(*letter) for letter in question.letters)
        return breaks_between("".join(letters), "", question.language)

    def _letters(self, number: int, index: int | None) -> str:
        text = self.text(self._spoken.texts[number])
        return text if index is None else text[index]

    def content(self, number: int, kind: str) -> float:
        paragraph = self._spoken.paragraphs[number]
        return content_width(paragraph, self._words, self._galley, minimum=kind == "min")

    def picture(self, number: int, which: int, resolution: float) -> float:
        picture = self._matter.pictures[number]
        return (picture.width / resolution, picture.height / resolution, picture.ratio)[which]

    def code(self, number: int, which: int) -> float:
        symbol = self._matter.symbols[self._spoken.codes[number]]
        width, height = symbol.width_mm / MM_PER_PX, symbol.height_mm / MM_PER_PX
        return (width, height, width / height)[which]


def _runs(span: Span) -> Iterator[Run]:
    for child in span.children:
        if isinstance(child, Run):
            yield child
        else:
            yield from _runs(child)


def _end(lines: tuple[SetLine, ...], top: float) -> float:
    for line in lines:
        top += line.height
    return top


def _last_top(lines: tuple[SetLine, ...], top: float) -> float:
    for line in lines[:-1]:
        top += line.height
    return top


#: Steps that ask the slip: source of the call, with the arguments and the detail.
_ASKED = {
    "lines": "s.lines({detail}, {0}, {1})",
    "first baseline": "-{0}[0].top",
    "last baseline": "-{0}[-1].top",
    "end": "end({0}, {1})",
    "last top": "last_top({0}, {1})",
    "line end": "{1} + {0}[{detail}].height",
    "width": "s.width({detail})",
    "min-content": "s.content({detail}, 'min')",
    "max-content": "s.content({detail}, 'max')",
    "picture 0": "s.picture({detail}, 0, {0})",
    "picture 1": "s.picture({detail}, 1, {0})",
    "picture 2": "s.picture({detail}, 2, {0})",
    "code 0": "s.code({detail}, 0)",
    "code 1": "s.code({detail}, 1)",
    "code 2": "s.code({detail}, 2)",
}
_ASKED_GUARDS = {"count": "len({0}) == {answer}", "fits": "s.fits({detail}, {0})", "breaks": "s.breaks({detail})"}


def _compile(trace: Trace, wanted: Sequence[int], *, guarded: bool) -> Callable[[_Strike], tuple[object, ...] | None]:
    """The steps that lead to some numbers, as one function of a strike."""
    guards = [guard for _, guard in trace.guards] if guarded else []
    needed = _reachable(trace.steps, [*wanted, *(ref for guard in guards for ref in guard.arguments)])
    lines = ["def run(s):"]
    asked = iter(trace.guards if guarded else ())
    following = next(asked, None)
    for number, step in enumerate(trace.steps):
        while following is not None and following[0] <= number:
            lines.append(f" if {_question(following[1])}: return None")
            following = next(asked, None)
        if number in needed:
            lines.append(f" v{number} = {_expression(step)}")
    while following is not None:
        lines.append(f" if {_question(following[1])}: return None")
        following = next(asked, None)
    lines.append(f" return ({''.join(f'v{number}, ' for number in wanted)})")
    names: dict[str, object] = {"inf": float("inf"), "nan": float("nan"), "end": _end, "last_top": _last_top}
    # nothing in the source comes from a slip: numbers, and names of operations from the tables above
    exec(compile("\n".join(lines), "<plate>", "exec"), names)  # noqa: S102
    return names["run"]  # type: ignore[return-value]


def _reachable(steps: Sequence[Step], wanted: Sequence[Argument]) -> set[int]:
    found: set[int] = set()
    waiting = [ref for ref in wanted if isinstance(ref, int)]
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            if steps[number].operation == "unknown":
                raise UntraceableError("a width that follows text mixed with boxes")
            waiting += [ref for ref in steps[number].arguments if isinstance(ref, int)]
    return found


def _expression(step: Step) -> str:
    arguments = [_source(argument) for argument in step.arguments]
    name = step.operation
    if name in _ASKED:
        return _ASKED[name].format(*arguments, detail=step.detail)
    if name in CALLS:
        return f"{name}(({''.join(f'{argument}, ' for argument in arguments)}))"
    if name in PREFIX:
        return PREFIX[name].format(*arguments)
    if name in INFIX:
        return f"{arguments[0]} {name} {arguments[1]}"
    raise UntraceableError(f"no way to replay {name!r}")


def _question(guard: Guard) -> str:
    """True where the answer is another than it was."""
    arguments = [_source(argument) for argument in guard.arguments]
    name = guard.operation
    if name == "count":
        return f"len({arguments[0]}) != {int(guard.answer)}"
    if name in _ASKED_GUARDS:
        asked = _ASKED_GUARDS[name].format(*arguments, detail=guard.detail)
    elif name in COMPARISONS:
        asked = COMPARISONS[name].format(*arguments)
    else:
        asked = f"{arguments[0]} {name} {arguments[1]}"
    return f"not ({asked})" if guard.answer else asked


def _source(argument: Argument) -> str:
    if isinstance(argument, int):
        return f"v{argument}"
    text = constant(argument)
    return f"({text})" if text.startswith("-") else text


def _references(trace: Trace, *, judging: bool) -> Iterator[int]:
    """Every number that striking or judging needs."""
    for page in trace.pages:
        for part in page.parts:
            numbers: Iterable[Argument] = ()
            match part:
                case int():
                    numbers = (part,)
                case LinesHole():
                    numbers = (part.lines, part.top, *chain.from_iterable(part.shifts))
                case RunHole():
                    numbers = (part.x, part.y, part.top, part.width, part.height)
                case CodeHole():
                    numbers = (*part.ctm, part.width, part.height)
            if isinstance(part, LinesHole | RunHole):
                numbers = (*numbers, *_limits(part.room, judging=judging))
            yield from (number for number in numbers if type(number) is int)
        yield from (number for picture in page.pictures for number in picture.place if type(number) is int)


def _limits(room: Room, *, judging: bool) -> Iterator[Argument]:
    yield from room.matrix or ()
    for limit in room.limits:
        left, top, right, bottom = limit.place
        yield from (left, right)
        if judging or limit.edge is not Edge.WIDTH:
            yield from (top, bottom)
