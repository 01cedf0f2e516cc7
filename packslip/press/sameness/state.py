"""The graphics state of a content stream, and what of it reaches a painted thing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pikepdf

from packslip.press.sameness.digests import Digests
from packslip.press.sameness.fonts import Font
from packslip.press.sameness.matrices import IDENTITY, Matrix, pen_of
from packslip.press.sameness.paths import Clip
from packslip.press.sameness.values import Look, UnprovableError, Value, exact, number

_MITRE = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint:
    """A colour: its space, and its components or pattern. What has no unit is a text, so that it compares exactly."""

    space: Value = ("/DeviceGray",)
    value: Value = ("0",)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The graphics state. Fields are the PDF's own, ISO 32000-2, 8.4.1 and 9.3.1."""

    ctm: Matrix = IDENTITY
    clip: Clip = field(default_factory=Clip)
    fill: Paint = field(default_factory=Paint)
    stroke: Paint = field(default_factory=Paint)
    line_width: float = 1.0
    line_cap: str = "0"
    line_join: str = _MITRE
    mitre_limit: str = "10"
    dash: tuple[float, ...] = ()
    dash_phase: float = 0.0
    fill_alpha: str = "1"
    stroke_alpha: str = "1"
    blend_mode: str = "/Normal"
    fill_overprint: bool = False
    stroke_overprint: bool = False
    overprint_mode: str = "0"
    soft_mask: Value = None
    rendering_intent: str = "/RelativeColorimetric"
    flatness: str = "0"
    text_knockout: bool = True
    others: tuple[tuple[str, str], ...] = ()  #: what else a graphics state dictionary may set
    font: Font | None = None
    font_size: float = 0.0
    text_mode: int = 0
    rise: float = 0.0
    char_spacing: float = 0.0
    word_spacing: float = 0.0
    scaling: float = 1.0
    leading: float = 0.0
    _looks: dict[tuple[bool, bool, bool], Look] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def is_transparent(self) -> bool:
        """Whether what lies below shows through what is painted."""
        return (self.fill_alpha, self.stroke_alpha, self.blend_mode, self.soft_mask) != ("1", "1", "/Normal", None)

    def look(self, *, fills: bool = False, strokes: bool = False, coloured: bool = True) -> Look:
        """What of this state reaches a thing that fills, strokes, or brings its own colours."""
        key = fills, strokes, coloured
        if key not in self._looks:
            overprint = fills and self.fill_overprint, strokes and self.stroke_overprint
            self._looks[key] = Look(
                clip=self.clip,
                colour=(self.fill.space, self.fill.value) if fills and coloured else None,
                stroke_colour=(self.stroke.space, self.stroke.value) if strokes else None,
                pen=self._pen() if strokes else None,
                alpha=(self.fill_alpha if fills else None, self.stroke_alpha if strokes else None),
                blend_mode=self.blend_mode,
                overprint=(*overprint, self.overprint_mode if any(overprint) else None),
                soft_mask=self.soft_mask,
                rendering_intent=self.rendering_intent,
                other_state=(self.flatness, *self.others),
            )
        return self._looks[key]

    def _pen(self) -> Value:
        pen = pen_of(self.ctm)
        lengths = (self.line_width, *self.dash, self.dash_phase if self.dash else 0.0)
        measured = tuple(length * part for length in lengths for part in pen)
        return self.line_cap, self.line_join, self.mitre_limit if self.line_join == _MITRE else None, measured

    def changed(self, **changes: object) -> "State":
        """This state with other values of some fields, as a table names them."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def opaque(self) -> "State":
        """This state at the start of a transparency group."""
        return replace(self, fill_alpha="1", stroke_alpha="1", blend_mode="/Normal", soft_mask=None)

    def dashed(self, dashes: object, phase: object) -> "State":
        """This state with another dash pattern."""
        if not isinstance(dashes, pikepdf.Array):
            raise UnprovableError("a dash pattern that is no array")
        lengths = tuple(number(length) for length in dashes.as_list())
        return replace(self, dash=lengths, dash_phase=number(phase))


def _blend_mode(value: object) -> str:
    mode = str(value[0]) if isinstance(value, pikepdf.Array) else str(value)
    return "/Normal" if mode == "/Compatible" else mode


#: Keys of a graphics state dictionary that stand for one field.
_FIELDS: Mapping[str, tuple[str, Callable[[object], object]]] = {
    "/LW": ("line_width", number),
    "/LC": ("line_cap", exact),
    "/LJ": ("line_join", exact),
    "/ML": ("mitre_limit", exact),
    "/RI": ("rendering_intent", str),
    "/CA": ("stroke_alpha", exact),
    "/ca": ("fill_alpha", exact),
    "/BM": ("blend_mode", _blend_mode),
    "/FL": ("flatness", exact),
    "/OPM": ("overprint_mode", exact),
    "/OP": ("stroke_overprint", bool),
    "/op": ("fill_overprint", bool),
    "/TK": ("text_knockout", bool),
}
_LEFT_TO_OTHERS = frozenset({"/Type", "/Font", "/SMask"})


def adjust(state: State, settings: pikepdf.Object, digests: Digests) -> State:
    """A state with a graphics state dictionary applied, but for its font and soft mask."""
    changes: dict[str, object] = {}
    others = dict(state.others)
    for key in sorted(settings.keys()):  # /OP stands for /op too, which sorts after it
        value: object = settings.get(key)
        if key == "/OP":
            changes["fill_overprint"] = bool(value)
        if key in _FIELDS:
            name, read = _FIELDS[key]
            changes[name] = read(value)
        elif key == "/D" and isinstance(value, pikepdf.Array):
            state = state.dashed(value[0], value[1])
        elif key not in _LEFT_TO_OTHERS:
            others.pop(key, None)
            if value is not False:  # the default of /AIS and /SA
                others[key] = digests.of(value)
    return state.changed(others=tuple(sorted(others.items())), **changes)
