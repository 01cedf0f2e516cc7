"""The display list of a page: everything it paints, in order, each with the state that reaches it.

Forms are expanded, and patterns and soft masks are display lists of their own, so it makes no difference how the
operators are cut into streams; `q` and `Q`, the names of resources and the splitting of text leave no trace.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar, TypeAlias

import pikepdf

from packslip.press.sameness.matrices import spread, times
from packslip.press.sameness.paths import Clip, Path, Rectangle
from packslip.press.sameness.resources import INITIAL_COLOURS, Resources, box_of, instructions_of, items, matrix_of
from packslip.press.sameness.state import Paint, State, adjust
from packslip.press.sameness.text import TextObject
from packslip.press.sameness.values import Display, Look, Thing, UnprovableError, Value, exact, number

#: Forms within forms; beyond lies a circle.
_DEEPEST = 24

#: Number of operands, any where it is negative; the method; its first arguments.
_Operator: TypeAlias = tuple[int, Callable[..., None], *tuple[str | bool, ...]]
_ANY = -1

_Asides: TypeAlias = dict[tuple[tuple[int, int], State], Display]


def read_page(page: pikepdf.Object, resources: Resources, sheet: Rectangle) -> Display:
    """What a page paints; `sheet` is all of it that can be seen.

    Raises:
        UnprovableError: it uses what this comparison cannot read.
    """
    interpreter = Interpreter(resources, State(clip=Clip(sheet)), sheet=Clip(sheet), asides={})
    interpreter.run(page)
    return tuple(interpreter.things)


class Interpreter:
    """Runs one content stream; each form in it gets an interpreter of its own."""

    def __init__(self, resources: Resources, state: State, *, sheet: Clip, asides: _Asides, depth: int = 0) -> None:
        if depth > _DEEPEST:
            raise UnprovableError("a form that draws itself")
        self.things: list[Thing] = []
        self._resources = resources
        self._state = state
        self._base = state.ctm  # where patterns start
        self._sheet = sheet
        self._asides = asides
        self._depth = depth
        self._stack: list[State] = []
        self._path = Path()
        self._clip_rule = ""
        self._text = TextObject()

    def run(self, stream: pikepdf.Object) -> None:
        """Interpret a page or a stream."""
        for instruction in instructions_of(stream):
            if isinstance(instruction, pikepdf.ContentStreamInlineImage):
                data = pikepdf.unparse_content_stream([instruction]).hex()
                self._paint_image(instruction.iimage.obj, data)
                continue
            name, operands = str(instruction.operator), instruction.operands
            if name in self._NUMERIC:
                count, act, *fixed = self._NUMERIC[name]
                _expect(len(operands) == count)
                act(self, *fixed, *map(number, operands))
            elif name in self._OTHERS:
                count, act, *fixed = self._OTHERS[name]
                _expect(len(operands) == count or count == _ANY)
                act(self, *fixed, *operands)
            elif name not in self._SILENT:
                raise UnprovableError("an operator that PDF does not have")

    def draw_form(self, form: pikepdf.Object) -> None:
        """`Do` of a form."""
        group = form.get("/Group", pikepdf.Dictionary())
        is_group = group.get("/S") == "/Transparency"
        matrix = times(matrix_of(form), self._state.ctm)
        state = replace(self._state, ctm=matrix, clip=self._state.clip.within(box_of(form, matrix), "W"))
        if is_group:
            space = self._resources.of(form).space(group.get("/CS"))
            kind = bool(group.get("/I", False)), bool(group.get("/K", False)), space
            self._add("group", (), kind, self._state.look(fills=True, coloured=False))
            state = state.opaque()
        inner = self._inside(form, state)
        inner.run(form)
        self.things += inner.things
        if is_group:
            self._add("end of a group", (), None, None)

    def _inside(self, stream: pikepdf.Object, state: State) -> "Interpreter":
        resources = self._resources.of(stream)
        return Interpreter(resources, state, sheet=self._sheet, asides=self._asides, depth=self._depth + 1)

    def _aside(self, stream: pikepdf.Object, state: State, read: Callable[["Interpreter"], None]) -> Display:
        """What a stream paints beside the page, read once for a stream and a state."""
        key = stream.objgen, state
        if key not in self._asides:
            inner = self._inside(stream, state)
            read(inner)
            self._asides[key] = tuple(inner.things)
        return self._asides[key]

    def _add(self, kind: str, place: tuple[float, ...], shape: Value, look: Look | None) -> None:
        self.things.append(Thing(kind, place, shape, None, look))

    # --- state ---

    def _set(self, **changes: object) -> None:
        self._state = self._state.changed(**changes)

    def _set_number(self, field: str, value: float) -> None:
        self._set(**{field: value})

    def _set_exact(self, field: str, value: object) -> None:
        self._set(**{field: exact(value)})

    def _save(self) -> None:
        self._stack.append(self._state)

    def _restore(self) -> None:
        _expect(bool(self._stack))
        self._state = self._stack.pop()

    def _concatenate(self, *matrix: float) -> None:
        a, b, c, d, e, f = matrix
        self._set(ctm=times((a, b, c, d, e, f), self._state.ctm))

    def _dash(self, lengths: object, phase: object) -> None:
        self._state = self._state.dashed(lengths, phase)

    def _choose_intent(self, name: object) -> None:
        self._set(rendering_intent=str(name))

    def _adjust(self, name: object) -> None:
        settings = self._resources.find("/ExtGState", name)
        self._state = adjust(self._state, settings, self._resources.library.digests)
        font: object = settings.get("/Font")
        if isinstance(font, pikepdf.Array):
            self._set(font=self._resources.library.font(font[0]), font_size=number(font[1]))
        mask: object = settings.get("/SMask")
        if mask is not None:
            self._set(soft_mask=self._soft_mask(mask) if isinstance(mask, pikepdf.Dictionary) else None)

    def _soft_mask(self, mask: pikepdf.Object) -> Value:
        group, digest = mask["/G"], self._resources.digest
        state = State(ctm=self._state.ctm, clip=self._sheet)
        shown = self._aside(group, state, lambda inner: inner.draw_form(group))
        return str(mask.get("/S")), digest(mask.get("/BC")), digest(mask.get("/TR")), shown

    # --- colour; `target` is fill or stroke ---

    def _choose_space(self, target: str, name: object) -> None:
        value = INITIAL_COLOURS.get(str(name), ("initial",))
        self._set(**{target: Paint(space=self._resources.space(name), value=value)})

    def _choose_device_colour(self, target: str, space: str, *components: object) -> None:
        paint = Paint(space=(space, *self._resources.defaults), value=tuple(map(exact, components)))
        self._set(**{target: paint})

    def _choose_colour(self, target: str, *components: object) -> None:
        space = (self._state.fill if target == "fill" else self._state.stroke).space
        if components and isinstance(components[-1], pikepdf.Name):
            paint = Paint(space=space, value=tuple(map(exact, components[:-1])))
            self._set(**{target: Paint(space=space, value=self._pattern(components[-1], paint))})
        else:
            self._set(**{target: Paint(space=space, value=tuple(map(exact, components)))})

    def _pattern(self, name: object, paint: Paint) -> Value:
        """A pattern by what it paints where; `paint` is the colour of one that has none of its own."""
        pattern = self._resources.find("/Pattern", name)
        matrix = times(matrix_of(pattern), self._base)
        if "/Shading" in pattern:
            identity = self._resources.identity(pattern["/Shading"])
            return "shading", spread(matrix), identity, self._resources.digest(pattern.get("/ExtGState"))
        state = State(ctm=matrix, clip=Clip().within(box_of(pattern, matrix), "W"))
        if exact(pattern.get("/PaintType")) == "2":
            state = replace(state, fill=paint, stroke=paint)
        cell = self._aside(pattern, state, lambda inner: inner.run(pattern))
        a, b, c, d, _, _ = matrix
        across, up = number(pattern.get("/XStep")), number(pattern.get("/YStep"))
        return "tiling", (across * a, across * b, up * c, up * d), exact(pattern.get("/TilingType")), cell

    # --- paths ---

    def _step(self, letter: str, *numbers: float) -> None:
        self._path.add(letter, self._state.ctm, *numbers)

    def _curve_from_here(self, *numbers: float) -> None:
        self._path.add_from_here(self._state.ctm, *numbers)

    def _curve_to_handle(self, x1: float, y1: float, x3: float, y3: float) -> None:
        self._path.add("c", self._state.ctm, x1, y1, x3, y3, x3, y3)

    def _rectangle(self, x: float, y: float, width: float, height: float) -> None:
        self._path.rectangle(self._state.ctm, x, y, width, height)

    def _close(self) -> None:
        self._path.close()

    def _paint(self, rule: str, strokes: bool, closes: bool) -> None:
        """End the path; `rule` is empty where it is not filled."""
        path = self._path
        if closes:
            path.close()
        if path.steps and (rule or strokes):
            kind = " and ".join(name for name, is_so in (("fill", rule), ("stroke", strokes)) if is_so)
            look = self._state.look(fills=bool(rule), strokes=strokes)
            self._add(kind, tuple(path.points), (rule, path.steps), look)
        if self._clip_rule:
            self._set(clip=self._state.clip.within(path, self._clip_rule))
        self._path, self._clip_rule = Path(), ""

    def _clip(self, rule: str) -> None:
        self._clip_rule = rule

    # --- pictures, shadings, forms ---

    def _draw(self, name: object) -> None:
        thing = self._resources.find("/XObject", name)
        kind = thing.get("/Subtype")
        if "/OC" in thing or kind not in ("/Form", "/Image"):
            raise UnprovableError("optional content, or an object that is neither form nor picture")
        if kind == "/Form":
            self.draw_form(thing)
        else:
            self._paint_image(thing)

    def _paint_image(self, image: pikepdf.Object, digest: str = "") -> None:
        """A picture, placed by the unit square it fills; a stencil takes the colour of fills."""
        look = self._state.look(fills=True, coloured=bool(image.get("/ImageMask", False)))
        self._add("picture", self._state.ctm, self._resources.identity(image, digest), look)

    def _shade(self, name: object) -> None:
        identity = self._resources.identity(self._resources.find("/Shading", name))
        look = self._state.look(fills=True, coloured=False)
        self._add("shading", spread(self._state.ctm), identity, look)

    # --- text ---

    def _begin_text(self) -> None:
        self._text = TextObject()

    def _end_text(self) -> None:
        if self._text.clip:
            self._set(clip=self._state.clip.beside(("text", *self._text.clip)))
        self._text = TextObject()

    def _choose_font(self, name: object, size: object) -> None:
        font = self._resources.library.font(self._resources.find("/Font", name))
        self._set(font=font, font_size=number(size))

    def _scale(self, percent: float) -> None:
        self._set(scaling=percent / 100)

    def _choose_text_mode(self, mode: object) -> None:
        self._set(text_mode=int(number(mode)))

    def _place(self, *matrix: float) -> None:
        a, b, c, d, e, f = matrix
        self._text.place((a, b, c, d, e, f))

    def _move(self, x: float, y: float) -> None:
        self._text.move(x, y)

    def _move_and_lead(self, x: float, y: float) -> None:
        self._set(leading=-y)
        self._text.move(x, y)

    def _next_line(self) -> None:
        self._text.move(0.0, -self._state.leading)

    def _show(self, *pieces: object) -> None:
        read = [bytes(piece) if isinstance(piece, pikepdf.String) else number(piece) for piece in pieces]
        self.things += self._text.show(self._state, read)

    def _show_pieces(self, pieces: object) -> None:
        self._show(*items(pieces))

    def _show_on_next_line(self, text: object) -> None:
        self._next_line()
        self._show(text)

    def _show_spaced(self, word: object, char: object, text: object) -> None:
        self._set(word_spacing=number(word), char_spacing=number(char))
        self._show_on_next_line(text)

    def _mark(self, tag: object, _properties: object) -> None:
        if str(tag) == "/OC":
            raise UnprovableError("optional content")

    #: Operators whose operands are lengths and matrices.
    _NUMERIC: ClassVar[Mapping[str, _Operator]] = {
        "cm": (6, _concatenate),
        "w": (1, _set_number, "line_width"),
        "m": (2, _step, "m"),
        "l": (2, _step, "l"),
        "c": (6, _step, "c"),
        "v": (4, _curve_from_here),
        "y": (4, _curve_to_handle),
        "re": (4, _rectangle),
        "Tc": (1, _set_number, "char_spacing"),
        "Tw": (1, _set_number, "word_spacing"),
        "Tz": (1, _scale),
        "TL": (1, _set_number, "leading"),
        "Ts": (1, _set_number, "rise"),
        "Tm": (6, _place),
        "Td": (2, _move),
        "TD": (2, _move_and_lead),
    }
    _OTHERS: ClassVar[Mapping[str, _Operator]] = {
        "q": (0, _save),
        "Q": (0, _restore),
        "J": (1, _set_exact, "line_cap"),
        "j": (1, _set_exact, "line_join"),
        "M": (1, _set_exact, "mitre_limit"),
        "d": (2, _dash),
        "ri": (1, _choose_intent),
        "i": (1, _set_exact, "flatness"),
        "gs": (1, _adjust),
        "g": (1, _choose_device_colour, "fill", "/DeviceGray"),
        "G": (1, _choose_device_colour, "stroke", "/DeviceGray"),
        "rg": (3, _choose_device_colour, "fill", "/DeviceRGB"),
        "RG": (3, _choose_device_colour, "stroke", "/DeviceRGB"),
        "k": (4, _choose_device_colour, "fill", "/DeviceCMYK"),
        "K": (4, _choose_device_colour, "stroke", "/DeviceCMYK"),
        "cs": (1, _choose_space, "fill"),
        "CS": (1, _choose_space, "stroke"),
        "sc": (_ANY, _choose_colour, "fill"),
        "SC": (_ANY, _choose_colour, "stroke"),
        "scn": (_ANY, _choose_colour, "fill"),
        "SCN": (_ANY, _choose_colour, "stroke"),
        "h": (0, _close),
        "n": (0, _paint, "", False, False),
        "S": (0, _paint, "", True, False),
        "s": (0, _paint, "", True, True),
        "f": (0, _paint, "nonzero", False, False),
        "F": (0, _paint, "nonzero", False, False),
        "f*": (0, _paint, "even-odd", False, False),
        "B": (0, _paint, "nonzero", True, False),
        "B*": (0, _paint, "even-odd", True, False),
        "b": (0, _paint, "nonzero", True, True),
        "b*": (0, _paint, "even-odd", True, True),
        "W": (0, _clip, "W"),
        "W*": (0, _clip, "W*"),
        "Do": (1, _draw),
        "sh": (1, _shade),
        "BT": (0, _begin_text),
        "ET": (0, _end_text),
        "Tf": (2, _choose_font),
        "Tr": (1, _choose_text_mode),
        "T*": (0, _next_line),
        "Tj": (1, _show),
        "TJ": (1, _show_pieces),
        "'": (1, _show_on_next_line),
        '"': (3, _show_spaced),
        "BDC": (2, _mark),
    }
    #: Operators that neither paint nor change what is painted.
    _SILENT: ClassVar[frozenset[str]] = frozenset({"BMC", "EMC", "MP", "DP", "BX", "EX"})


def _expect(right: bool) -> None:
    if not right:
        raise UnprovableError("operators that do not fit together")
