"""Drawing a stream of operators, and the streams that operators name: forms, cells of patterns, masks, glyphs."""

from packslip.preflight.foreign.geometry import SAME, Box, Matrix
from packslip.preflight.foreign.state import DRAWING, Run
from packslip.preflight.foreign.tokens import Operand, operations
from packslip.preflight.foreign.values import content, entry, identity, is_array, is_stream, items, name, numbers

#: Streams within streams.
DEEPEST = 16


class OperandError(Exception):
    """An operator without what it works on."""


def wanted(operands: list[Operand], count: int) -> tuple[float, ...]:
    """The last so many operands, which must be numbers.

    Raises:
        OperandError: they are not.
    """
    found = tuple(value for value in operands[-count:] if isinstance(value, float))
    if len(found) != count:
        raise OperandError
    return found


def draw_stream(run: Run, data: bytes) -> None:
    """Follow the operators of a content stream."""
    for operator, operands in operations(data):
        run.budget.spend()
        handler = run.operators.get(operator)
        if handler is None:
            run.remark("content.operator", f"operator {operator[:20].decode('latin-1')!r}, which PDF does not know")
            continue
        try:
            handler(run, operands)
        except OperandError:
            run.remark("content.broken", f"operator {operator.decode('latin-1')!r} without its operands")


def draw_form(run: Run, form: object, matrix: Matrix | None = None, clip: Box | None = None) -> None:
    """Draw a form, a pattern's cell or a glyph where the state stands, or where `matrix` puts it.

    Source: ISO 32000-1:2008, 8.10.
    """
    run.budget.spend(DRAWING)
    key = identity(form) or id(form)
    if key in run.under_way:
        run.remark("content.loop", "a drawing that holds itself")
        return
    if len(run.under_way) >= DEEPEST:
        run.remark("pdf.too_much", f"drawings in drawings, more than {DEEPEST} deep; deeper ones were not seen")
        return
    data = content(form)
    if data is None:
        run.remark("content.broken", "a drawing in the page cannot be read, or is huge")
        return
    own = numbers(entry(form, "/Matrix"))
    base = run.state.matrix if matrix is None else matrix
    inner = Matrix(*own).after(base) if len(own) == 6 else base
    corners = numbers(entry(form, "/BBox"))
    bounds = Box(*_ordered(corners)).through(inner) if len(corners) == 4 else None
    if clip is not None:
        bounds = clip if bounds is None else clip.common(bounds) if matrix is None else clip
    _note_group(run, form)
    with run.inside(inner, bounds, entry(form, "/Resources"), key):
        draw_stream(run, data)


def look_through(run: Run, form: object, *, matrix: Matrix | None = None, clip: Box | None = None) -> None:
    """Draw something that is not itself seen where it stands, once a page: a mask, or the cell of a pattern."""
    key = identity(form) or id(form)
    if key in run.done:
        return
    run.done.add(key)
    run.unseen += 1
    draw_form(run, form, matrix, clip)
    run.unseen -= 1


def use_pattern(run: Run, pattern: object, box: Box) -> None:
    """Look through what paints in place of a colour. Source: ISO 32000-1:2008, 8.7."""
    if is_stream(pattern):
        own = numbers(entry(pattern, "/Matrix"))
        look_through(run, pattern, matrix=SAME if len(own) == 6 else run.state.matrix, clip=box)
        return
    shading = entry(pattern, "/Shading")
    run.use_space(run.space(entry(shading, "/ColorSpace")), "gradient", box)


def is_off(run: Run, layer: object) -> bool:
    """Whether a layer, or each of a group of layers, is off. Source: ISO 32000-1:2008, 8.11.2."""
    if name(entry(layer, "/Type")) != "OCMD":
        return identity(layer) in run.off
    told = entry(layer, "/OCGs")
    members = items(told) if is_array(told) else [told]
    states = [identity(each) in run.off for each in members if each is not None]
    every = name(entry(layer, "/P")) == "AllOn"
    return bool(states) and (any(states) if every else all(states))


def _ordered(corners: tuple[float, ...]) -> tuple[float, float, float, float]:
    x, y, to_x, to_y = corners
    return min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y)


def _note_group(run: Run, form: object) -> None:
    group = entry(form, "/Group")
    space = entry(group, "/CS")
    if space is not None and name(entry(group, "/S")) == "Transparency":
        run.groups.append(("a transparency group", run.space(space)))
