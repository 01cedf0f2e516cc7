"""Operators that build paths and paint: areas, lines, gradients, pictures, forms."""

from collections.abc import Mapping

from packslip.preflight.foreign.colours import SHORT, Space
from packslip.preflight.foreign.drawing import OperandError, draw_form, is_off, use_pattern, wanted
from packslip.preflight.foreign.geometry import UNIT, Box, around
from packslip.preflight.foreign.painted import Kind, Picture
from packslip.preflight.foreign.state import Handler, Run
from packslip.preflight.foreign.tokens import Operand
from packslip.preflight.foreign.values import entry, name, whole

#: Corners of one path that are kept; its box needs no more.
_MOST_POINTS = 20_000


def _point(run: Run, operands: list[Operand]) -> None:
    run.segments += 1
    _keep(run, *wanted(operands, 2))


def _move(run: Run, operands: list[Operand]) -> None:
    _keep(run, *wanted(operands, 2))


def _curve(run: Run, operands: list[Operand]) -> None:
    """The box around a curve's handles holds the curve."""
    run.segments += 1
    values = wanted(operands, 6)
    for at in (0, 2, 4):
        _keep(run, *values[at : at + 2])


def _short_curve(run: Run, operands: list[Operand]) -> None:
    run.segments += 1
    values = wanted(operands, 4)
    for at in (0, 2):
        _keep(run, *values[at : at + 2])


def _rectangle(run: Run, operands: list[Operand]) -> None:
    x, y, width, height = wanted(operands, 4)
    run.rectangles += 1
    for corner_x, corner_y in ((x, y), (x + width, y), (x + width, y + height), (x, y + height)):
        _keep(run, corner_x, corner_y)


def _keep(run: Run, x: float, y: float) -> None:
    if len(run.points) < _MOST_POINTS:
        run.points.append(run.state.matrix.point(x, y))


def _paint_path(*, fills: bool = False, strokes: bool = False) -> Handler:
    def paint(run: Run, _operands: list[Operand]) -> None:
        if run.points:
            box = around(run.points)
            if fills:
                alone = run.rectangles == 1 and not run.segments and run.state.matrix.is_upright
                _put_area(run, box, is_rectangle=alone)
            if strokes:
                _put_line(run, box)
        _end_path(run)

    return paint


def _end_path(run: Run) -> None:
    if run.clips_next and run.points:
        run.state.clip = run.state.clip.common(around(run.points))
    run.points = []
    run.rectangles = run.segments = 0
    run.clips_next = False


def _put_area(run: Run, box: Box, *, is_rectangle: bool) -> None:
    if run.state.fill.pattern is not None:
        use_pattern(run, run.state.fill.pattern, box)
    run.paint(Kind.FILL, box, is_rectangle=is_rectangle)


def _put_line(run: Run, box: Box) -> None:
    matrix = run.state.matrix
    thick = run.state.line_width * min(matrix.across, matrix.down)
    if run.state.stroke.pattern is not None:
        use_pattern(run, run.state.stroke.pattern, box)
    run.paint(Kind.STROKE, box.grown(thick / 2), strokes=True, line=thick)


def _clip(run: Run, _operands: list[Operand]) -> None:
    run.clips_next = True


def _nothing(_run: Run, _operands: list[Operand]) -> None:
    """Closing a path adds no corner."""


def _shade(run: Run, operands: list[Operand]) -> None:
    shading = run.resource("Shading", operands[-1] if operands else None)
    if shading is None:
        raise OperandError
    run.paint(Kind.SHADING, run.state.clip, space=run.space(entry(shading, "/ColorSpace")))


def _do(run: Run, operands: list[Operand]) -> None:
    """`Do`. Source: ISO 32000-1:2008, 8.8."""
    thing = run.resource("XObject", operands[-1] if operands else None)
    if thing is None:
        raise OperandError
    off = is_off(run, entry(thing, "/OC"))
    run.unseen += off
    try:
        match name(entry(thing, "/Subtype")):
            case "Form":
                draw_form(run, thing)
            case "Image":
                _put_picture(run, thing)
    finally:
        run.unseen -= off


def _put_picture(run: Run, thing: object) -> None:
    width, height = whole(entry(thing, "/Width")), whole(entry(thing, "/Height"))
    if not width or not height or width < 0 or height < 0:
        raise OperandError
    stencil = entry(thing, "/ImageMask") is True
    told = entry(thing, "/ColorSpace")
    space = None if stencil or told is None else run.space(told)
    bits = 1 if stencil else whole(entry(thing, "/BitsPerComponent")) or 8
    _put(run, width, height, bits, space, stencil=stencil, thing=thing)


def _inline_picture(run: Run, operands: list[Operand]) -> None:
    """`BI … ID … EI`. Source: ISO 32000-1:2008, 8.9.7."""
    told = operands[0] if operands else None
    if not isinstance(told, dict):
        raise OperandError
    width, height = told.get("W", told.get("Width")), told.get("H", told.get("Height"))
    if not isinstance(width, float) or not isinstance(height, float) or width < 1 or height < 1:
        raise OperandError
    stencil = told.get("IM", told.get("ImageMask")) is True
    bits = told.get("BPC", told.get("BitsPerComponent"))
    filters = told.get("F", told.get("Filter"))
    if "LZW" in (said := filters if isinstance(filters, list) else [filters]) or "LZWDecode" in said:
        run.remark("stream.filter", "a picture in the content is packed by LZW")
    space = None if stencil else _inline_space(run, told.get("CS", told.get("ColorSpace")))
    _put(run, int(width), int(height), int(bits) if isinstance(bits, float) else 1, space, stencil=stencil, thing=None)


def _inline_space(run: Run, said: Operand) -> Space | None:
    if isinstance(said, list) and len(said) > 1 and said[0] in ("I", "Indexed") and isinstance(said[1], str):
        base = run.space(SHORT.get(said[1], said[1]))
        return Space(family="Indexed", channels=1, under=base)
    return run.space(SHORT.get(said, said)) if isinstance(said, str) else None


def _put(run: Run, width: int, height: int, bits: int, space: Space | None, *, stencil: bool, thing: object) -> None:
    matrix = run.state.matrix
    picture = Picture(
        width=width, height=height, bits=bits, is_stencil=stencil, space=space, matrix=matrix, thing=thing
    )
    box = UNIT.through(matrix)
    if stencil and run.state.fill.pattern is not None:
        use_pattern(run, run.state.fill.pattern, box)
    run.paint(Kind.PICTURE, box, picture=picture, space=None if stencil else space or Space(family="", channels=0))


OPERATORS: Mapping[bytes, Handler] = {
    b"m": _move,
    b"l": _point,
    b"c": _curve,
    b"v": _short_curve,
    b"y": _short_curve,
    b"re": _rectangle,
    b"h": _nothing,
    b"W": _clip,
    b"W*": _clip,
    b"n": _paint_path(),
    b"f": _paint_path(fills=True),
    b"F": _paint_path(fills=True),
    b"f*": _paint_path(fills=True),
    b"S": _paint_path(strokes=True),
    b"s": _paint_path(strokes=True),
    b"B": _paint_path(fills=True, strokes=True),
    b"B*": _paint_path(fills=True, strokes=True),
    b"b": _paint_path(fills=True, strokes=True),
    b"b*": _paint_path(fills=True, strokes=True),
    b"sh": _shade,
    b"Do": _do,
    b"BI": _inline_picture,
}
