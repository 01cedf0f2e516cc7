"""Plate: a trace made ready to be struck: a page, with room for the parts that were divided from it.

Struck with a slip's words, pictures and codes it gives the operators that WeasyPrint would have drawn, or None where a
guard finds that this slip's layout is another.
"""

import marshal
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

from packslip.press.imprint import Imprint
from packslip.press.inking import Fill, Inking, Matter, Paper, sheets
from packslip.press.pieces import CodePiece, Sheet
from packslip.press.replay import Replay, compile_steps
from packslip.press.weasy.images import MM_PER_PX
from packslip.press.weasy.languages import Speaker
from packslip.press.weasy.lines import set_lines
from packslip.press.weasy.obstacles import Obstacle
from packslip.press.weasy.setting import SetLine, runs_of
from packslip.press.weasy.tape import Step, UntraceableError
from packslip.press.weasy.traces import Blank, Trace, numbers_of
from packslip.press.weasy.typesetter import Galley, Shape, Typesetter, breaks_between
from packslip.press.weasy.widths import content_width, fits
from packslip.press.weasy.words import Words
from packslip.units import Mm

_T = TypeVar("_T")

#: More blocks than any piece has.
_BLOCKS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """What a strike left on paper."""

    imprint: Imprint
    codes: tuple[tuple[CodePiece, ...], ...]  #: of each page
    sizes: tuple[tuple[Mm, Mm], ...]  #: width and height of each page
    pieces: Collection["Piece"]  #: that it was struck from
    suspect: bool  #: something may stand where it should not, so that the sheets are to be judged
    sheets: Callable[[], tuple[Sheet, ...]]
    plate: str = ""  #: digest that retires the plates it was struck from


class Piece:
    """The trace of a page or part, compiled when it is first struck."""

    def __init__(self, trace: Trace, typesetter: Typesetter) -> None:
        self.typesetter = typesetter
        self.needed = tuple(dict.fromkeys(_references(trace, judging=False)))
        self._spoken: dict[str, Spoken | None] = {}
        self.trace = replace(trace, steps=(), guards=())
        self._unread, self._steps = trace, b""

    @cached_property
    def run(self) -> Replay:
        """The numbers that striking needs, or None where a guard does not hold.

        Raises:
            UntraceableError: the layout hangs on something that a strike cannot know.
        """
        trace = self._unread
        run = compile_steps(trace, self.needed, guarded=True)
        # the function holds the steps now; they are taken out again only where sheets are to be judged
        self._steps = zlib.compress(marshal.dumps([(s.operation, s.arguments, s.detail) for s in trace.steps]), 1)
        self._unread = self.trace
        return run

    def prepare(self) -> None:
        """Compile it now.

        Raises:
            UntraceableError: the layout hangs on something that a strike cannot know.
        """
        _ = self.run

    def spoken(self, language: str) -> "Spoken | None":
        """What is to be set, in a language; None where its fonts make another layout."""
        if language not in self._spoken:
            trace = Speaker(self.typesetter, language).trace(self.trace)
            self._spoken[language] = None if trace is None else Spoken(trace, self.typesetter)
        return self._spoken[language]

    def judged(self, strike: "_Strike") -> dict[int, object]:
        """The numbers that judging needs."""
        wanted = tuple(dict.fromkeys(_references(self.trace, judging=True)))
        steps = tuple(Step(*step) for step in marshal.loads(zlib.decompress(self._steps)))  # noqa: S302 -- our own
        numbers = compile_steps(replace(self.trace, steps=steps), wanted, guarded=False)(strike)
        return dict(zip(wanted, numbers or (), strict=True))


class Spoken:
    """What a piece sets, in one language; equal paragraphs are one, whatever pieces they are in."""

    def __init__(self, trace: Trace, typesetter: Typesetter) -> None:
        self.paragraphs = tuple(map(typesetter.known, trace.paragraphs))
        self.texts, self.breaks, self.codes = trace.texts, trace.breaks, trace.codes
        self.runs = tuple(tuple(runs_of(paragraph.line)) for paragraph in self.paragraphs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a part of a slip may be struck from: a piece, the slip's own for it, and the choices for its parts."""

    piece: Piece
    matter: Matter
    seats: "Seats"


#: For each joint of a piece, what may be struck there.
Seats = Sequence[Sequence[Choice]]


class Plate:
    """A page that is struck instead of laid out."""

    def __init__(
        self, trace: Trace, typesetter: Typesetter, *, paper: Paper, refusal: tuple[Obstacle, str] | None = None
    ) -> None:
        """A plate of a trace; with a refusal, one of a trace that ended there."""
        self.piece, self._paper, self._refusal = Piece(trace, typesetter), paper, refusal

    def strike(self, matter: Matter, seats: Seats = ()) -> Struck | None:
        """The slip's pages, None where its layout is another than this plate's.

        `matter` is the page's own, `seats` are the parts, by joint.

        Raises:
            UnsettableError: a text takes more than plain glyphs.
            UntraceableError: this slip leads to where the trace ended.
        """
        strike = _strike(self.piece, matter, Galley(self.piece.typesetter), seats)
        if strike is None:
            return None
        if self._refusal is not None:
            raise UntraceableError(*self._refusal)
        inking = Inking(strike.fill(), matter.symbols, self._paper)
        pages = self.piece.trace.pages
        inked = tuple(map(inking.page, pages))
        pieces = [each.piece for each in strike.every()]
        traces = [piece.trace for piece in pieces]
        return Struck(
            imprint=Imprint(
                pages=inked,
                faces={face: inking.faces[face].face_use() for face in sorted(inking.faces)},
                states=_joined(trace.states for trace in traces),
                images={**_joined(trace.images for trace in traces), **inking.images},
                patterns=_joined(trace.patterns for trace in traces),
                shadings=_joined(trace.shadings for trace in traces),
            ),
            codes=tuple(map(tuple, inking.codes)),
            sizes=tuple((Mm(page.width * MM_PER_PX), Mm(page.height * MM_PER_PX)) for page in pages),
            pieces=pieces,
            suspect=inking.suspect,
            sheets=lambda: sheets(pages, inking, strike.judged()),
        )


class _MisfitError(Exception):
    """No piece at hand is the part that the slip has here."""


def _strike(piece: Piece, matter: Matter, galley: Galley, seats: Seats = (), given: float = 0.0) -> "_Strike | None":
    """A piece struck, None where it does not hold for this slip."""
    spoken = piece.spoken(matter.language)
    if spoken is None:
        return None
    strike = _Strike(piece, spoken, matter, galley, seats, given)
    try:
        numbers = piece.run(strike)
    except (ArithmeticError, _MisfitError):  # for the first, a guard that would have said no comes later
        return None
    if numbers is None:
        return None
    strike.numbers = dict(zip(piece.needed, numbers, strict=True))
    return strike


@dataclass(slots=True, eq=False)
class _Strike:
    """The slip's side of a strike of one piece: everything a step or guard may ask of it."""

    piece: Piece
    _spoken: Spoken
    _matter: Matter
    _galley: Galley
    _seats: Seats = ()
    given: float = 0.0
    numbers: dict[int, object] = field(default_factory=dict)
    parts: dict[int, "_Strike"] = field(default_factory=dict)  #: by joint
    #: of a paragraph, and whether they are nobody's
    _texts: dict[int, tuple[tuple[str, ...], bool]] = field(default_factory=dict)
    _words: Words = field(init=False)

    def __post_init__(self) -> None:
        self._words = Words(self._matter.values, self._matter.public)

    def every(self) -> Iterator["_Strike"]:
        """This strike and those of its parts."""
        yield self
        for number in range(len(self._seats)):
            yield from self.parts[number].every()

    def fill(self, blocks: int = 0) -> Fill:
        """What fills the piece's holes."""
        parts = (self.parts[number] for number in range(len(self._seats)))
        return Fill(
            number=self.numbers,
            shape=self.shape,
            trace=self.piece.trace,
            pictures=self._matter.pictures,
            parts=tuple(part.fill((blocks + index + 1) * _BLOCKS) for index, part in enumerate(parts)),
            blocks=blocks,
        )

    def judged(self) -> Callable[[Fill], Mapping[int, object]]:
        """All the numbers of a piece, by what fills it."""
        known = {id(strike.numbers): strike.piece.judged(strike) for strike in self.every()}
        return lambda fill: known[id(fill.number)]

    def part(self, number: int, top: float) -> Sequence[object]:
        """See `Asked`."""
        strike = self.parts.get(number)  # when it is asked again, for judging
        if strike is not None:
            return strike.leaving()
        for choice in self._seats[number]:
            strike = _strike(choice.piece, choice.matter, self._galley, choice.seats, top)
            if strike is not None:
                self.parts[number] = strike
                return strike.leaving()
        raise _MisfitError

    def leaving(self) -> Sequence[object]:
        """What the piece above learns."""
        return [None if step is None else self.numbers[step] for step in self.piece.trace.leaving]

    def lines(self, number: int, x: float, width: float) -> tuple[SetLine, ...]:
        """See `Asked`; set once for a slip, whichever pieces are tried, and kept where it is nobody's own."""
        paragraph, words = self._spoken.paragraphs[number], self._words
        known = self._texts.get(number)
        if known is None:
            runs = self._spoken.runs[number]
            is_public = all(map(words.is_public, runs))
            known = self._texts[number] = tuple(map(words, runs)), is_public
        texts, is_public = known
        key = id(paragraph), x, width, texts
        if not is_public:
            lines = self._galley.lines.get(key)
            if lines is None:
                lines = self._galley.lines[key] = set_lines(paragraph, words, x, width, self._galley)
            return lines
        public = self.piece.typesetter.public_lines
        kept = public.get(key)
        if kept is None:
            kept = paragraph, set_lines(paragraph, words, x, width, self._galley)
            public.keep(key, kept)  # the paragraph too, so that no other has its number
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
        """See `Asked`."""
        return self.shape(number).width

    def fits(self, number: int, available: float) -> bool:
        """See `Asked`."""
        blank = self._spoken.texts[number]
        return fits(self.text(blank), self.shape(number), blank.run.style, available, self._galley)

    def breaks(self, number: int) -> bool:
        """See `Asked`."""
        question = self._spoken.breaks[number]
        letters = (letter if isinstance(letter, str) else self._letters(*letter) for letter in question.letters)
        return breaks_between("".join(letters), "", question.language)

    def _letters(self, number: int, index: int | None) -> str:
        text = self.text(self._spoken.texts[number])
        return text if index is None else text[index]

    def content(self, number: int, kind: str) -> float:
        """See `Asked`."""
        paragraph = self._spoken.paragraphs[number]
        return content_width(paragraph, self._words, self._galley, minimum=kind == "min")

    def picture(self, number: int, which: int, resolution: float) -> float:
        """See `Asked`."""
        picture = self._matter.pictures[number]
        return (picture.width / resolution, picture.height / resolution, picture.ratio)[which]

    def code(self, number: int, which: int) -> float:
        """See `Asked`."""
        symbol = self._matter.symbols[self._spoken.codes[number]]
        width, height = symbol.width_mm / MM_PER_PX, symbol.height_mm / MM_PER_PX
        return (width, height, width / height)[which]


def _joined(found: Iterable[Mapping[str, _T]]) -> dict[str, _T]:
    """Mappings as one, in the order of the names."""
    joined = {name: value for mapping in found for name, value in mapping.items()}
    return {name: joined[name] for name in sorted(joined)}


def _references(trace: Trace, *, judging: bool) -> Iterator[int]:
    """Every number that striking or judging needs."""
    contents = [page.parts for page in trace.pages] + list(trace.layers.values())
    for content in contents:
        for part in content:
            yield from numbers_of(part, judging=judging)
    pictures = [picture for page in trace.pages for picture in page.pictures] + list(trace.pictures)
    yield from (number for picture in pictures for number in picture.place if type(number) is int)
    yield from (step for step in trace.leaving if step is not None)
    yield from (joint.step for joint in trace.joints)
