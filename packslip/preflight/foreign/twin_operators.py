"""Operators of a page as its twins have them: colours as greys of one ink, what paints exchanged for its own twins."""

from collections.abc import Mapping, Sequence

import pikepdf
from pikepdf import Dictionary

from packslip.preflight.foreign.amounts import Recipe, Recipes
from packslip.preflight.foreign.state import MOST_STATES
from packslip.preflight.foreign.tokens import Operand
from packslip.preflight.foreign.twin_parts import copied, outside, repaint_picture, repaint_shading
from packslip.preflight.foreign.twin_pens import Colour, Pen
from packslip.preflight.foreign.twins import UNCOLOURED, Each, Handler, Rewriting
from packslip.preflight.foreign.values import entries, entry, identity, is_holder, is_stream, name, path, whole

_DEVICES = {b"g": "DeviceGray", b"rg": "DeviceRGB", b"k": "DeviceCMYK"}


def _device(work: Rewriting, operator: bytes, operands: list[Operand]) -> Sequence[bytes]:
    recipe = work.twins.recipes.named(_DEVICES[operator.lower()], work.resources)
    values = _values(operands, recipe.channels)
    if len(values) != recipe.channels:
        return work.silence()
    return _set(work, work.twins.colour(recipe, values), strokes=operator.isupper())


def _space(work: Rewriting, operator: bytes, operands: list[Operand]) -> Sequence[bytes]:
    recipe = work.twins.recipes.named(operands[-1] if operands else None, work.resources)
    return _set(work, work.twins.colour(recipe, recipe.start), strokes=operator == b"CS")


def _colour(work: Rewriting, operator: bytes, operands: list[Operand]) -> Sequence[bytes]:
    strokes = operator in (b"SC", b"SCN")
    recipe = (work.pen.stroke if strokes else work.pen.fill).recipe
    if operands and isinstance(operands[-1], str):
        pattern = work.resource("Pattern", operands)
        if not is_holder(pattern):
            return work.silence()
        base = recipe.under or recipe
        values = _values(operands, base.channels)
        return _set(work, work.twins.colour(base, values, pattern), strokes=strokes, space=recipe)
    values = _values(operands, recipe.channels)
    return _set(work, work.twins.colour(recipe, values), strokes=strokes)


def _set(work: Rewriting, colour: Colour, *, strokes: bool, space: Recipe | None = None) -> Sequence[bytes]:
    told = _plain(colour, strokes=strokes) if colour.pattern is None else _pattern(work, colour, strokes)
    if space is not None:  # a pattern's space stays what it is; its colour decides what overprint spares
        colour = Colour(recipe=_as_pattern(space, colour), amounts=colour.amounts, pattern=colour.pattern)
    if strokes:
        work.pen.stroke = colour
    else:
        work.pen.fill = colour
    return told


def _plain(colour: Colour, *, strokes: bool) -> list[bytes]:
    return [b"%.4f %s" % (1 - amount, b"G" if strokes else b"g") for amount in colour.amounts]


def _pattern(work: Rewriting, colour: Colour, strokes: bool) -> Sequence[bytes]:
    pattern = colour.pattern
    each = _repainted(work, pattern)
    if each is None:
        return work.silence()
    named = work.name("Pattern", each).encode()
    space, paint = (b"CS", b"SCN") if strokes else (b"cs", b"scn")
    if whole(entry(pattern, "/PaintType")) == 2:
        return [
            b"%s %s %.4f %s %s" % (UNCOLOURED.encode(), space, 1 - amount, named, paint) for amount in colour.amounts
        ]
    return [b"/Pattern %s %s %s" % (space, named, paint)] * work.twins.inks


def _repainted(work: Rewriting, pattern: object) -> Each:
    twins = work.twins
    key = ("pattern", identity(pattern) or id(pattern))
    if is_stream(pattern):
        if whole(entry(pattern, "/PaintType")) == 2:
            return twins.once(key, lambda: [twins.pdf.make_indirect(pattern)] * twins.inks, pattern)
        start = Pen(twins.black)
        return twins.once(key, lambda: twins.form(pattern, work.resources, start, begins_anew=True), pattern)
    shading = entry(pattern, "/Shading")
    return twins.once(key, lambda: _with_shading(work, pattern, shading), pattern)


def _with_shading(work: Rewriting, pattern: object, shading: object) -> Each:
    each = _shading(work, shading)
    if each is None:
        return None
    found: list[pikepdf.Object] = []
    for thing in each:
        own = copied(pattern, frozenset({"/Shading"}))
        own.Shading = thing
        found.append(work.twins.pdf.make_indirect(own))
    return found


def _shading(work: Rewriting, shading: object) -> Each:
    twins = work.twins
    recipe = twins.recipes.named(entry(shading, "/ColorSpace"), work.resources)
    if not is_holder(shading) or not recipe.family or recipe.family == "Pattern":
        return None
    key = ("shading", identity(shading) or id(shading))
    return twins.once(key, lambda: repaint_shading(twins.pdf, shading, recipe, twins.inks), shading)


def _shade(work: Rewriting, _operator: bytes, operands: list[Operand]) -> Sequence[bytes]:
    shading = work.resource("Shading", operands)
    each = _shading(work, shading)
    if each is None:
        return work.silence()
    recipe = work.twins.recipes.named(entry(shading, "/ColorSpace"), work.resources)
    return _drawn(work, b"%s sh" % work.name("Shading", each).encode(), recipe)


def _drawn(work: Rewriting, said: bytes, recipe: Recipe) -> list[bytes]:
    """What draws in colours of its own; where it overprints, it does so as its space says."""
    if not work.pen.overprints_fill:
        return [said] * work.twins.inks
    own = Colour(recipe=recipe, amounts=(1.0,) * work.twins.inks)
    return [b"" if own.spares(ink, 0) else said for ink in range(work.twins.inks)]


def _do(work: Rewriting, _operator: bytes, operands: list[Operand]) -> Sequence[bytes]:
    thing = work.resource("XObject", operands)
    if not is_stream(thing):
        return work.silence()
    if name(entry(thing, "/Subtype")) == "Image":
        return _picture(work, thing, entry(thing, "/ColorSpace"))
    twins, pen = work.twins, work.pen
    around = work.resources if entry(thing, "/Resources") is None else None
    key = ("form", identity(thing) or id(thing), identity(around) or id(around), pen.key)
    each = twins.once(key, lambda: twins.form(thing, around, pen), thing, around, pen.fill, pen.stroke)
    if each is None:
        return work.silence()
    return [b"%s Do" % work.name("XObject", each).encode()] * twins.inks


def _picture(work: Rewriting, thing: pikepdf.Object, space: object) -> Sequence[bytes]:
    twins = work.twins
    if entry(thing, "/ImageMask") is True:
        each: Each = [twins.pdf.make_indirect(thing)] * twins.inks
        said = b"%s Do" % work.name("XObject", each or []).encode()
        return [b"" if work.pen.spares_fill(ink) else said for ink in range(twins.inks)]
    recipe = twins.recipes.named(space, work.resources) if space is not None else _untold(twins.recipes, thing)
    if not recipe.family or recipe.family == "Pattern":
        return work.silence()
    key = ("picture", identity(thing) or id(thing), id(recipe))
    each = twins.once(key, lambda: repaint_picture(twins.pdf, thing, recipe, twins.inks), thing, recipe)
    if each is None:
        return work.silence()
    return _drawn(work, b"%s Do" % work.name("XObject", each).encode(), recipe)


def _inline(work: Rewriting, _operator: bytes, operands: list[Operand]) -> Sequence[bytes]:
    told, data = [*operands, None, None][:2]
    if not isinstance(told, dict) or not isinstance(data, bytes):
        return work.silence()
    thing = work.twins.pdf.make_indirect(outside(work.twins.pdf, told, data))
    return _picture(work, thing, entry(thing, "/ColorSpace"))


def _font(work: Rewriting, operator: bytes, operands: list[Operand]) -> Sequence[bytes] | None:
    """A font whose glyphs are drawings has them rewritten."""
    said = operands[0] if operands else None
    font = path(work.resources, "/Font", f"/{said}") if isinstance(said, str) else None
    if name(entry(font, "/Subtype")) != "Type3" or not isinstance(said, str) or operator != b"Tf":
        return None
    twins, pen = work.twins, work.pen
    key = ("font", identity(font) or id(font), pen.key)
    each = twins.once(key, lambda: _glyphs(work, font), font, pen.fill, pen.stroke)
    size = operands[-1]
    if each is None or not isinstance(size, float):
        return None
    named = work.name("Font", each).encode()
    return [b"%s %f Tf" % (named, size)] * twins.inks


def _glyphs(work: Rewriting, font: object) -> Each:
    twins = work.twins
    if (identity(font) or id(font)) in twins.under_way:
        return None
    twins.under_way.append(identity(font) or id(font))
    held = entry(font, "/Resources") or work.resources
    found = [copied(font, frozenset({"/CharProcs", "/Resources"})) for _ in range(twins.inks)]
    drawings = [Dictionary() for _ in found]
    try:
        for glyph, drawing in entries(entry(font, "/CharProcs")):
            each = twins.form(drawing, held, work.pen)
            for ink, own in enumerate(each or ()):
                drawings[ink][glyph] = own
    finally:
        twins.under_way.pop()
    for own, drawn in zip(found, drawings, strict=True):
        own.CharProcs = drawn
        if is_holder(held):
            own.Resources = copied(held, frozenset({"/ColorSpace"}))
    return [twins.pdf.make_indirect(own) for own in found]


def _save(work: Rewriting, _operator: bytes, _operands: list[Operand]) -> None:
    if len(work.kept) < MOST_STATES:
        work.kept.append(work.pen.copied())


def _restore(work: Rewriting, _operator: bytes, _operands: list[Operand]) -> None:
    if work.kept:
        work.pen = work.kept.pop()


def _mode(work: Rewriting, _operator: bytes, operands: list[Operand]) -> None:
    values = _values(operands, 1)
    work.pen.mode = int(values[0]) if values and 0 <= values[0] <= 7 else 0


def _state(work: Rewriting, _operator: bytes, operands: list[Operand]) -> None:
    told = work.resource("ExtGState", operands)
    strokes, fills, mode = entry(told, "/OP"), entry(told, "/op"), whole(entry(told, "/OPM"))
    if isinstance(strokes, bool):
        work.pen.overprints_stroke = work.pen.overprints_fill = strokes
    if isinstance(fills, bool):
        work.pen.overprints_fill = fills
    if mode is not None:
        work.pen.overprint_mode = mode


def _values(operands: list[Operand], count: int) -> tuple[float, ...]:
    found = tuple(value for value in operands if isinstance(value, float))
    return found[-count:] if count else ()


def _as_pattern(space: Recipe, colour: Colour) -> Recipe:
    return Recipe(
        family="Pattern",
        channels=space.channels,
        mix=space.mix,
        touches=colour.recipe.touches if space.under is not None else None,
        under=space.under,
    )


def _untold(recipes: Recipes, thing: object) -> Recipe:
    """The space of a picture that tells none: of JPEG 2000, by what is usual."""
    return recipes.device("DeviceRGB") if "JPXDecode" in str(entry(thing, "/Filter")) else recipes.nothing()


OPERATORS: Mapping[bytes, Handler] = {
    **dict.fromkeys((b"g", b"G", b"rg", b"RG", b"k", b"K"), _device),
    **dict.fromkeys((b"cs", b"CS"), _space),
    **dict.fromkeys((b"sc", b"SC", b"scn", b"SCN"), _colour),
    b"sh": _shade,
    b"Do": _do,
    b"BI": _inline,
    b"Tf": _font,
    b"q": _save,
    b"Q": _restore,
    b"Tr": _mode,
    b"gs": _state,
}
