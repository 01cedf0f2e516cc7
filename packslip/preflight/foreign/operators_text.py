"""Operators that set and show text. Source: ISO 32000-1:2008, 9.3 and 9.4."""

from collections.abc import Mapping

from packslip.preflight.foreign.drawing import OperandError, draw_form, use_pattern, wanted
from packslip.preflight.foreign.fonts import Face, glyph_names
from packslip.preflight.foreign.geometry import SAME, Box, Matrix
from packslip.preflight.foreign.painted import Kind
from packslip.preflight.foreign.state import Handler, Run
from packslip.preflight.foreign.tokens import Operand
from packslip.preflight.foreign.values import entry, is_holder, path

INVISIBLE = 3
#: Modes that stroke and do not fill.
_OUTLINED = frozenset({1, 5})


def _begin(run: Run, _operands: list[Operand]) -> None:
    run.text_matrix = run.line_matrix = SAME


def _nothing(_run: Run, _operands: list[Operand]) -> None:
    """`ET`: the text matrix is set anew by the next `BT`."""


def _setter(attribute: str, factor: float = 1.0) -> Handler:
    def set_value(run: Run, operands: list[Operand]) -> None:
        setattr(run.state, attribute, wanted(operands, 1)[0] * factor)

    return set_value


def _mode(run: Run, operands: list[Operand]) -> None:
    run.state.mode = int(wanted(operands, 1)[0])


def _font(run: Run, operands: list[Operand]) -> None:
    (size,) = wanted(operands, 1)
    thing = run.resource("Font", operands[-2] if len(operands) > 1 else None)
    if not is_holder(thing):
        raise OperandError
    run.state.face, run.state.size = run.face(thing), size


def _move(run: Run, operands: list[Operand]) -> None:
    _next_line(run, *wanted(operands, 2))


def _move_and_lead(run: Run, operands: list[Operand]) -> None:
    across, down = wanted(operands, 2)
    run.state.leading = -down
    _next_line(run, across, down)


def _lead(run: Run, _operands: list[Operand]) -> None:
    _next_line(run, 0.0, -run.state.leading)


def _next_line(run: Run, across: float, down: float) -> None:
    run.text_matrix = run.line_matrix = Matrix(1, 0, 0, 1, across, down).after(run.line_matrix)


def _place(run: Run, operands: list[Operand]) -> None:
    run.text_matrix = run.line_matrix = Matrix(*wanted(operands, 6))


def _show(run: Run, operands: list[Operand]) -> None:
    said = operands[-1] if operands else None
    if not isinstance(said, bytes):
        raise OperandError
    _show_parts(run, [said])


def _show_spaced(run: Run, operands: list[Operand]) -> None:
    said = operands[-1] if operands else None
    if not isinstance(said, list):
        raise OperandError
    _show_parts(run, said)


def _show_on_next(run: Run, operands: list[Operand]) -> None:
    _lead(run, operands)
    _show(run, operands)


def _show_with_spaces(run: Run, operands: list[Operand]) -> None:
    run.state.word_space, run.state.letter_space = wanted(operands[:2], 2)
    _show_on_next(run, operands)


def _show_parts(run: Run, parts: list[Operand]) -> None:
    """One piece of text: strings, and how far apart they stand in thousandths of an em."""
    state = run.state
    face = state.face
    length = first = 0.0
    codes: list[int] = []
    printing: list[int] = []
    for part in parts:
        if isinstance(part, float):
            length -= part / 1000 * state.size * state.horizontal
        elif isinstance(part, bytes):
            for code in face.codes(part):
                step = face.width(code) * state.size + state.letter_space
                if code == 32 and face.bytes_a_code == 1:
                    step += state.word_space
                if not printing and code in face.blank:
                    first = length + step * state.horizontal
                length += step * state.horizontal
                codes.append(code)
                if code not in face.blank:
                    printing.append(code)
    if codes:
        run.show(face, codes)
        _paint_text(run, Box(first if printing else 0.0, 0, length, 0), is_blank=not printing)
        if face.kind == "Type3":
            _draw_glyphs(run, face, printing)
    run.text_matrix = Matrix(1, 0, 0, 1, length, 0).after(run.text_matrix)


def _paint_text(run: Run, line: Box, *, is_blank: bool) -> None:
    state = run.state
    face = state.face
    matrix = run.text_matrix.after(state.matrix)
    low, high = sorted((state.rise + face.descent * state.size, state.rise + face.ascent * state.size))
    left, right = sorted((line.left, line.right))
    box = Box(left, low, right, high).through(matrix)
    strokes = state.mode in _OUTLINED
    ink = state.stroke if strokes else state.fill
    if ink.pattern is not None:
        use_pattern(run, ink.pattern, box)
    run.paint(Kind.TEXT, box, strokes=strokes, face=face, size=abs(state.size) * matrix.down, is_blank=is_blank)


def _draw_glyphs(run: Run, face: Face, codes: list[int]) -> None:
    """Look through the drawings that are letters, each once a page. Source: ISO 32000-1:2008, 9.6.5."""
    names = glyph_names(path(face.thing, "/Encoding", "/Differences")) if codes else {}
    for code in codes:
        key = id(face), code
        glyph = path(face.thing, "/CharProcs", f"/{names.get(code, '')}")
        if key in run.done or glyph is None:
            continue
        run.done.add(key)
        state = run.state
        matrix = Matrix(state.size * state.horizontal, 0, 0, state.size, 0, state.rise)
        matrix = face.matrix.after(matrix).after(run.text_matrix).after(state.matrix)
        run.unseen += 1
        with run.inside(matrix, None, entry(face.thing, "/Resources"), key):
            draw_form(run, glyph)
        run.unseen -= 1


OPERATORS: Mapping[bytes, Handler] = {
    b"BT": _begin,
    b"ET": _nothing,
    b"Tc": _setter("letter_space"),
    b"Tw": _setter("word_space"),
    b"Tz": _setter("horizontal", 0.01),
    b"TL": _setter("leading"),
    b"Ts": _setter("rise"),
    b"Tr": _mode,
    b"Tf": _font,
    b"Td": _move,
    b"TD": _move_and_lead,
    b"T*": _lead,
    b"Tm": _place,
    b"Tj": _show,
    b"TJ": _show_spaced,
    b"'": _show_on_next,
    b'"': _show_with_spaces,
}
