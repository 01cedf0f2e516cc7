"""Operators that set the graphics state: matrices, lines, colours, named states, marked content."""

from collections.abc import Mapping

from packslip.preflight.foreign.colours import NOTHING, device_space
from packslip.preflight.foreign.drawing import OperandError, is_off, look_through, wanted
from packslip.preflight.foreign.geometry import Matrix
from packslip.preflight.foreign.painted import Ink
from packslip.preflight.foreign.state import MOST_STATES, Handler, Run
from packslip.preflight.foreign.tokens import Operand
from packslip.preflight.foreign.values import entry, is_holder, items, names, number

#: Rendering intents. Source: ISO 32000-1:2008, Table 70.
INTENTS = frozenset({"AbsoluteColorimetric", "RelativeColorimetric", "Saturation", "Perceptual"})
#: States within states that every reader follows. Source: ISO 32000-1:2008, Annex C.2.
DEEPEST_STATE = 28


def _save(run: Run, _operands: list[Operand]) -> None:
    run.save()
    if len(run.kept) == DEEPEST_STATE + 1:
        run.remark("limit.exceeded", f"more than {DEEPEST_STATE} graphics states in one another")
    if len(run.kept) >= MOST_STATES:
        raise OperandError


def _restore(run: Run, _operands: list[Operand]) -> None:
    if run.kept:
        run.state = run.kept.pop()


def _concatenate(run: Run, operands: list[Operand]) -> None:
    run.state.matrix = Matrix(*wanted(operands, 6)).after(run.state.matrix)


def _line_width(run: Run, operands: list[Operand]) -> None:
    run.state.line_width = abs(wanted(operands, 1)[0])


def _intent(run: Run, operands: list[Operand]) -> None:
    said = operands[-1] if operands else ""
    if said not in INTENTS:
        run.remark("colour.rendering_intent", f"rendering intent {said!r}, which PDF does not know")


def _named_state(run: Run, operands: list[Operand]) -> None:
    """`gs`. Source: ISO 32000-1:2008, Table 58."""
    told = run.resource("ExtGState", operands[-1] if operands else None)
    if not is_holder(told):
        raise OperandError
    run.states.append(told)
    state = run.state
    width, fill, stroke = (number(entry(told, key)) for key in ("/LW", "/ca", "/CA"))
    state.line_width = state.line_width if width is None else abs(width)
    state.alpha_fill = state.alpha_fill if fill is None else fill
    state.alpha_stroke = state.alpha_stroke if stroke is None else stroke
    state.blend = next(iter(names(entry(told, "/BM"))), state.blend)
    strokes, fills, mode = entry(told, "/OP"), entry(told, "/op"), number(entry(told, "/OPM"))
    if isinstance(strokes, bool):
        state.overprints_stroke = state.overprints_fill = strokes
    if isinstance(fills, bool):
        state.overprints_fill = fills
    state.overprint_mode = state.overprint_mode if mode is None else int(mode)
    font = items(entry(told, "/Font"))
    if len(font) == 2:
        state.face, state.size = run.face(font[0]), number(font[1]) or 0.0
    mask = entry(told, "/SMask")
    if mask is not None:
        state.is_masked = is_holder(mask)
        if state.is_masked:
            look_through(run, entry(mask, "/G"))


def _device_colour(channels: int, *, strokes: bool) -> Handler:
    def set_colour(run: Run, operands: list[Operand]) -> None:
        values = wanted(operands, channels)
        ink = Ink(space=run.space(device_space(channels).family), values=values)
        _set(run, ink, strokes=strokes)

    return set_colour


def _colour_space(*, strokes: bool) -> Handler:
    def set_space(run: Run, operands: list[Operand]) -> None:
        said = operands[-1] if operands else None
        space = run.space(said if isinstance(said, str) else None)
        if space == NOTHING:
            run.remark("colour.unknown", f"colour space {said!s:.40}, of which the page does not say what it is")
        _set(run, Ink(space=space, values=space.start), strokes=strokes)

    return set_space


def _colour(*, strokes: bool) -> Handler:
    def set_colour(run: Run, operands: list[Operand]) -> None:
        space = (run.state.stroke if strokes else run.state.fill).space
        values = tuple(value for value in operands if isinstance(value, float))
        said = operands[-1] if operands else None
        if isinstance(said, str):
            pattern = run.resource("Pattern", said)
            if not is_holder(pattern):
                raise OperandError
            _set(run, Ink(space=space.under or NOTHING, values=values, pattern=pattern), strokes=strokes)
        else:
            _set(run, Ink(space=space, values=values), strokes=strokes)

    return set_colour


def _set(run: Run, ink: Ink, *, strokes: bool) -> None:
    if strokes:
        run.state.stroke = ink
    else:
        run.state.fill = ink


def _begin_marked(run: Run, operands: list[Operand]) -> None:
    """`BDC`: content of a layer that is off is not seen. Source: ISO 32000-1:2008, 8.11.3.2."""
    off = bool(operands) and operands[0] == "OC" and is_off(run, run.resource("Properties", operands[-1]))
    run.layers.append(off)
    run.unseen += off


def _begin_plain(run: Run, _operands: list[Operand]) -> None:
    run.layers.append(False)


def _end_marked(run: Run, _operands: list[Operand]) -> None:
    if run.layers:
        run.unseen -= run.layers.pop()


def _nothing(_run: Run, _operands: list[Operand]) -> None:
    """Operators that change nothing preflight looks at."""


OPERATORS: Mapping[bytes, Handler] = {
    b"q": _save,
    b"Q": _restore,
    b"cm": _concatenate,
    b"w": _line_width,
    b"ri": _intent,
    b"gs": _named_state,
    b"g": _device_colour(1, strokes=False),
    b"G": _device_colour(1, strokes=True),
    b"rg": _device_colour(3, strokes=False),
    b"RG": _device_colour(3, strokes=True),
    b"k": _device_colour(4, strokes=False),
    b"K": _device_colour(4, strokes=True),
    b"cs": _colour_space(strokes=False),
    b"CS": _colour_space(strokes=True),
    b"sc": _colour(strokes=False),
    b"scn": _colour(strokes=False),
    b"SC": _colour(strokes=True),
    b"SCN": _colour(strokes=True),
    b"BDC": _begin_marked,
    b"BMC": _begin_plain,
    b"EMC": _end_marked,
    **dict.fromkeys((b"J", b"j", b"M", b"d", b"i", b"MP", b"DP", b"BX", b"EX", b"d0", b"d1"), _nothing),
}
