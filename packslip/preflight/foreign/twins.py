"""Twins: a page drawn again for each ink, in greys that say how much of that ink is printed where.

Colours, pictures, gradients, patterns and forms are exchanged for what they print of the ink; all else is copied byte
by byte, so that whatever draws the page composes the ink as a printer would. What overprints and does not name an ink
is left out of that ink's twin. Soft masks stay as they are.
Source: ISO 32000-1:2008, 8.6.7, 11.7.4.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from packslip.preflight.foreign.amounts import Recipe, Recipes
from packslip.preflight.foreign.drawing import DEEPEST
from packslip.preflight.foreign.interpreter import inherited, page_content
from packslip.preflight.foreign.painted import Sheet
from packslip.preflight.foreign.state import DRAWING, Budget
from packslip.preflight.foreign.tokens import Operand, placed_operations
from packslip.preflight.foreign.twin_parts import copied
from packslip.preflight.foreign.twin_pens import PAINTING, Colour, Pen
from packslip.preflight.foreign.values import content, entries, entry, identity, is_holder, path

_SHOWING = frozenset({b"Tj", b"TJ", b"'", b'"'})
_KEPT_BY_FORMS = frozenset({"/Length", "/Filter", "/DecodeParms", "/Resources", "/Group"})
#: Name of the space in which patterns without colours of their own get one.
UNCOLOURED: Final = "/Uncoloured"

#: One object for each ink; None where there is nothing to draw.
Each = list[pikepdf.Object] | None


class Twins:
    """The twins of one document's pages; what several pages use is made once."""

    def __init__(
        self, pdf: pikepdf.Pdf, recipes: Recipes, budget: Budget, operators: "Mapping[bytes, Handler]"
    ) -> None:
        self.pdf, self.recipes, self.budget, self.operators = pdf, recipes, budget, operators
        self.inks = len(recipes.inks)
        self.under_way: list[object] = []
        self._colours: dict[tuple[int, tuple[float, ...]], Colour] = {}
        self.black = self.colour(recipes.device("DeviceGray"), (0.0,))
        self._made: dict[tuple[object, ...], Each] = {}
        self._kept: list[object] = []  #: what `_made` knows by `id`, so that no other thing gets that

    def pages(self, sheet: Sheet) -> list[pikepdf.Dictionary]:
        """The twins of a page: upright, as large as its media box.

        Raises:
            ExhaustedError: the document asks for more drawing than is followed.
        """
        data, _ = page_content(sheet.thing)
        resources = inherited(sheet.thing, "/Resources")
        drawn = Rewriting(self, resources, Pen(self.black)).run(data)
        box = Array([*sheet.media])
        group = entry(sheet.thing, "/Group")
        pages = []
        for (twin, own), start in zip(drawn, self.starts(), strict=True):
            page = Dictionary(Type=Name.Page, MediaBox=box, Resources=own, Contents=Stream(self.pdf, start + twin))
            if is_holder(group):
                page.Group = copied(group, frozenset({"/CS"}))
            pages.append(page)
        return pages

    def starts(self) -> list[bytes]:
        """What sets the colours that hold at the start of a page or pattern, for each ink."""
        return [b"%.4f g %.4f G\n" % (1 - amount, 1 - amount) for amount in self.black.amounts]

    def colour(self, recipe: Recipe, values: tuple[float, ...], pattern: object = None) -> Colour:
        """A colour in a space, or a pattern with it."""
        if len(values) != recipe.channels:
            values = recipe.start
        key = (id(recipe), values)
        if pattern is None and key in self._colours:
            return self._colours[key]
        mixed = np.clip(recipe.mix(np.array([values]).reshape(1, -1))[0], 0, 1) if values else [0.0] * self.inks
        found = Colour(recipe=recipe, amounts=tuple(float(amount) for amount in mixed), pattern=pattern)
        if pattern is None and len(self._colours) < 100_000:
            self._colours[key] = found
        return found

    def once(self, key: tuple[object, ...], make: Callable[[], Each], *kept: object) -> Each:
        """What was made for a key, or is made now."""
        if key not in self._made:
            self._made[key] = make()
            self._kept.append(kept)
        return self._made[key]

    def form(self, thing: object, resources: object, pen: Pen, *, begins_anew: bool = False) -> Each:
        """A form as it is drawn with a pen, a cell of a pattern, or a glyph."""
        data = content(thing)
        key = identity(thing) or id(thing)
        if data is None or key in self.under_way or len(self.under_way) >= DEEPEST:
            return None
        self.budget.spend(DRAWING)
        own = entry(thing, "/Resources")
        self.under_way.append(key)
        try:
            drawn = Rewriting(self, resources if own is None else own, pen).run(data)
        finally:
            self.under_way.pop()
        group = entry(thing, "/Group")
        found: list[pikepdf.Object] = []
        for (twin, held), start in zip(drawn, self.starts(), strict=True):
            stream = Stream(self.pdf, start + twin if begins_anew else twin)
            for name_, value in entries(thing):
                if name_ not in _KEPT_BY_FORMS:
                    stream[name_] = value
            stream.Resources = held
            if is_holder(group):
                stream.Group = copied(group, frozenset({"/CS"}))
            found.append(self.pdf.make_indirect(stream))
        return found


class Rewriting:
    """One content stream on its way to its twins."""

    def __init__(self, twins: Twins, resources: object, pen: Pen) -> None:
        self.twins, self.resources, self.pen = twins, resources, pen.copied()
        self.kept: list[Pen] = []
        self._outs = [bytearray() for _ in range(twins.inks)]
        self._named: dict[str, list[dict[str, pikepdf.Object]]] = {}
        self._names: dict[tuple[object, ...], str] = {}

    def run(self, data: bytes) -> list[tuple[bytes, pikepdf.Object]]:
        """The twins, each with its resources."""
        copied_to = 0
        for operator, operands, start, end in placed_operations(data):
            self.twins.budget.spend()
            told = self._follow(operator, operands, data[start:end])
            if told is not None:
                before = data[copied_to:start]
                copied_to = end
                for out, said in zip(self._outs, told, strict=True):
                    out.extend(b"%s\n%s\n" % (before, said))
        rest = data[copied_to:]
        return [(bytes(out + rest), self._resources_of(ink)) for ink, out in enumerate(self._outs)]

    def _follow(self, operator: bytes, operands: list[Operand], said: bytes) -> Sequence[bytes] | None:
        """What stands for an operation in each twin; None where it stays as it is."""
        pen = self.pen
        if operator in PAINTING:
            if not pen.overprints:
                return None
            return [pen.painting(operator, ink) for ink in range(self.twins.inks)]
        if operator in _SHOWING:
            return self._show(said) if pen.overprints else None
        handler = self.twins.operators.get(operator)
        return None if handler is None else handler(self, operator, operands)

    def _show(self, said: bytes) -> list[bytes]:
        pen = self.pen
        return [
            said if pen.text_mode(ink) == pen.mode else b"%d Tr\n%s\n%d Tr" % (pen.text_mode(ink), said, pen.mode)
            for ink in range(self.twins.inks)
        ]

    def _resources_of(self, ink: int) -> pikepdf.Object:
        found = copied(self.resources, frozenset({"/ColorSpace"}))
        found.ColorSpace = Dictionary({UNCOLOURED: Array([Name.Pattern, Name.DeviceGray])})
        for kind, named in self._named.items():
            held = copied(entry(self.resources, f"/{kind}")) if kind == "Font" else Dictionary()
            for said, thing in named[ink].items():
                held[said] = thing
            found[f"/{kind}"] = held
        for kind in ("XObject", "Pattern", "Shading"):
            if kind not in self._named and f"/{kind}" in found:
                del found[f"/{kind}"]
        return self.twins.pdf.make_indirect(found)

    def name(self, kind: str, each: list[pikepdf.Object], said: str = "") -> str:
        """The name under which a thing stands among the resources of each twin."""
        key = (kind, *(thing.objgen for thing in each), said)
        if key not in self._names:
            self._names[key] = said or f"/Twin{len(self._names)}"
            named = self._named.setdefault(kind, [{} for _ in each])
            for held, thing in zip(named, each, strict=True):
                held[self._names[key]] = thing
        return self._names[key]

    def resource(self, kind: str, operands: list[Operand]) -> object:
        """What the name means that is an operator's last operand."""
        said = operands[-1] if operands else None
        return path(self.resources, f"/{kind}", f"/{said}") if isinstance(said, str) else None

    def silence(self) -> Sequence[bytes]:
        """Nothing, in each twin."""
        return [b""] * self.twins.inks


Handler = Callable[[Rewriting, bytes, list[Operand]], Sequence[bytes] | None]
