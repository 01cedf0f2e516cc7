"""The graphics state, and the run of one page that keeps it, its budget and what it has found.

Source: ISO 32000-1:2008, 8.4.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from packslip.preflight.foreign.colours import GRAY, NOTHING, Space, Spaces
from packslip.preflight.foreign.fonts import UNKNOWN, Face, read_face
from packslip.preflight.foreign.geometry import SAME, Box, Matrix
from packslip.preflight.foreign.painted import Ink, Kind, Painted, Picture, Remark, Scan, Sheet
from packslip.preflight.foreign.tokens import Operand
from packslip.preflight.foreign.values import identity, path

#: Operators that are followed in one document; a drawing counts as often as it is drawn, and as this many operators.
MOST_OPERATORS = 3_000_000
DRAWING = 40
#: Things that are kept of one page.
MOST_THINGS = 100_000
#: States that are kept at once, and states that are conforming. Source: ISO 32000-1:2008, Annex C.2.
MOST_STATES = 2000
_MOST_REMARKS = 50


class ExhaustedError(Exception):
    """The document asks for more than is followed; what was found until here stands."""


class Budget:
    """What the operators of one document may cost."""

    def __init__(self) -> None:
        self.left = MOST_OPERATORS

    def spend(self, operators: int = 1) -> None:
        """One operator more, or several.

        Raises:
            ExhaustedError: that was too many.
        """
        self.left -= operators
        if self.left < 0:
            raise ExhaustedError


class State:
    """What an operator finds set; copied by `q`."""

    __slots__ = (
        "alpha_fill",
        "alpha_stroke",
        "blend",
        "clip",
        "face",
        "fill",
        "horizontal",
        "is_masked",
        "leading",
        "letter_space",
        "line_width",
        "matrix",
        "mode",
        "overprint_mode",
        "overprints_fill",
        "overprints_stroke",
        "rise",
        "size",
        "stroke",
        "word_space",
    )

    def __init__(self, matrix: Matrix, clip: Box) -> None:
        self.matrix = matrix
        self.clip = clip
        self.fill = self.stroke = Ink(space=GRAY, values=(0.0,))
        self.alpha_fill = self.alpha_stroke = self.line_width = self.horizontal = 1.0
        self.blend = "Normal"
        self.is_masked = False
        self.overprints_fill = self.overprints_stroke = False
        self.overprint_mode = self.mode = 0
        self.face: Face = UNKNOWN
        self.size = self.leading = self.letter_space = self.word_space = self.rise = 0.0


class Run:
    """One page being read: where it is, what it may cost, what it has seen."""

    def __init__(
        self,
        sheet: Sheet,
        operators: "Mapping[bytes, Handler]",
        *,
        spaces: Spaces,
        faces: dict[object, Face],
        budget: Budget,
        off: frozenset[object],
    ) -> None:
        self.sheet = sheet
        self.operators = operators
        self.spaces = spaces
        self.budget = budget
        self.off = off  #: layers that are off
        self.state = State(SAME, sheet.media)
        self.kept: list[State] = []
        self.resources: object = None
        self.points: list[tuple[float, float]] = []
        self.rectangles = self.segments = 0
        self.clips_next = False
        self.text_matrix = self.line_matrix = SAME
        self.unseen = 0  #: how many layers, masks and cells around this are not seen themselves
        self.layers: list[bool] = []  #: of each open marked content, whether it is off
        self.under_way: list[object] = []  #: forms, patterns and glyphs that are being drawn
        self.done: set[object] = set()  #: patterns, masks and glyphs that were looked through on this page
        self.states: list[object] = []
        self.groups: list[tuple[str, Space]] = []
        self._faces = faces
        self._things: list[Painted] = []
        self._shown: dict[int, tuple[Face, set[int]]] = {}
        self._spaces: dict[tuple[Space, str], Box | None] = {}
        self._remarks: dict[tuple[str, str], Remark] = {}

    def scan(self) -> Scan:
        """All that was found."""
        return Scan(
            sheet=self.sheet,
            things=self._things,
            faces={key: (face, frozenset(codes)) for key, (face, codes) in self._shown.items()},
            spaces=self._spaces,
            states=self.states,
            groups=self.groups,
            remarks=tuple(self._remarks.values()),
        )

    def remark(self, code: str, message: str, box: Box | None = None) -> None:
        """Note what is wrong with the content, once for each message."""
        if len(self._remarks) < _MOST_REMARKS:
            self._remarks.setdefault((code, message), Remark(code=code, message=message, box=box))

    def save(self) -> None:
        """`q`."""
        if len(self.kept) < MOST_STATES:
            self.kept.append(copy.copy(self.state))

    @contextmanager
    def inside(self, matrix: Matrix, clip: Box | None, resources: object, key: object) -> Iterator[None]:
        """Another stream of operators, drawn from here with resources of its own."""
        outer = self.state, self.kept, self.resources, self.points, self.text_matrix, self.line_matrix, self.layers
        self.state = copy.copy(self.state)
        self.state.matrix = matrix
        if clip is not None:
            self.state.clip = self.state.clip.common(clip)
        self.kept, self.layers, self.points = [], [], []
        if resources is not None:
            self.resources = resources
        self.under_way.append(key)
        unseen = self.unseen
        try:
            yield
        finally:
            self.under_way.pop()
            self.unseen = unseen
            self.state, self.kept, self.resources, self.points, self.text_matrix, self.line_matrix, self.layers = outer

    def resource(self, kind: str, said: Operand) -> object:
        """What a name means among the resources."""
        return path(self.resources, f"/{kind}", f"/{said}") if isinstance(said, str) else None

    def space(self, said: object) -> Space:
        """The colour space that a name or array means here."""
        return NOTHING if said is None else self.spaces.named(said, self.resources)

    def face(self, thing: object) -> Face:
        """The face of a font dictionary."""
        key = identity(thing)
        if key is None:
            return read_face(thing)
        if key not in self._faces:
            self._faces[key] = read_face(thing)
        return self._faces[key]

    def show(self, face: Face, codes: list[int]) -> None:
        """Note that a font shows codes."""
        self._shown.setdefault(id(face), (face, set()))[1].update(codes)

    def use_space(self, space: Space, what: str, box: Box | None) -> None:
        """Note that a colour space colours something."""
        self._spaces.setdefault((space, what), box)

    def paint(
        self,
        kind: Kind,
        whole: Box,
        *,
        strokes: bool = False,
        is_rectangle: bool = False,
        face: Face | None = None,
        size: float = 0.0,
        is_blank: bool = False,
        line: float = 0.0,
        picture: Picture | None = None,
        space: Space | None = None,
    ) -> None:
        """Note a painted thing. `strokes`: it takes the stroking colour; `space`: it brings colours of its own."""
        state = self.state
        ink = state.stroke if strokes else state.fill
        if space is not None:
            ink = Ink(space=space, values=(), pattern=space)
        box = whole.common(state.clip)
        if ink.space.family:
            self.use_space(ink.space, kind.value, box)
        if len(self._things) >= MOST_THINGS:
            raise ExhaustedError
        self._things.append(
            Painted(
                kind=kind,
                box=box,
                whole=whole,
                ink=ink,
                alpha=state.alpha_stroke if strokes else state.alpha_fill,
                blend=state.blend,
                is_masked=state.is_masked,
                overprints=state.overprints_stroke if strokes else state.overprints_fill,
                overprint_mode=state.overprint_mode,
                is_shown=not self.unseen,
                is_rectangle=is_rectangle,
                face=face,
                size=size,
                mode=state.mode if kind is Kind.TEXT else 0,
                is_blank=is_blank,
                line=line,
                picture=picture,
            )
        )


Handler = Callable[[Run, list[Operand]], None]
