"""Whether a brand can be read on its paper, and has every piece that its slips need; its dealers too."""

from collections.abc import Iterable, Iterator, Mapping

from jinja2 import Environment, TemplateSyntaxError, nodes
from tinycss2.color4 import Color

from packslip.check.logos import check_logo
from packslip.compose import asked_keys
from packslip.errors import LayoutError
from packslip.history import HistoryKeeper
from packslip.library.brands import FOLDER, Brand, looks_of, with_dealers
from packslip.library.layouts import Layout
from packslip.library.phrases import Phrasebook
from packslip.library.placeholders import PLAIN, names_in
from packslip.library.printing_conditions import PrintingCondition
from packslip.model import Finding, Where, error, note, warning
from packslip.press.contrast import LINE, TEXT, nearest, ratio, read_colour
from packslip.world import World

#: Colours by what layouts set in them, with the least contrast each needs on `paper`.
_LEAST = {"ink": TEXT, "quiet": TEXT, "accent": TEXT, "rule": LINE}
_UNREADABLE = 2.0  #: below it nobody reads it, whatever it is
_PAPER = "#ffffff"
_ENOUGH = "enough"
#: Pieces that phrases print, by the name of their placeholder.
_IN_PHRASES = {"store": "name", "website": "website", "returns": "returns", "email": "email"}


def check_brands(world: World) -> tuple[Finding, ...]:
    """Everything that is wrong with brands and dealers, by what the layouts make of them."""
    brands, layouts = world.brands, _used_layouts(world)
    conditions = tuple(dict.fromkeys(condition for layout in layouts if (condition := _condition(world, layout))))
    art = world.root / "layouts" / "art"
    findings: list[Finding] = []
    for brand in looks_of(brands.values()):
        findings += _check_colours(brand, conditions)
    for brand in with_dealers(brands.values()):
        paper = read_colour(brand.colours.get("paper", _PAPER))
        if brand.logo and paper is not None:
            findings += check_logo(brand, art, paper, world.settings.pictures.max_pixels)
    findings += _check_pieces(brands.values(), layouts, world.phrases, world.rules.constants("message"))
    findings += _check_named(world)
    return tuple(dict.fromkeys(findings))


def _check_colours(brand: Brand, conditions: Iterable[PrintingCondition]) -> Iterator[Finding]:
    paper = read_colour(brand.colours.get("paper", _PAPER))
    for name in ("paper", *_LEAST):
        said = brand.colours.get(name)
        if said is not None and read_colour(said) is None:
            where = Where(file=brand.file, spot=f"colours.{name}")
            yield error("brand.colour", where, f"{said!r} is no colour", "write #25221e, or a name of CSS")
    for name, least in _LEAST.items():
        colour = read_colour(brand.colours.get(name, "")) if paper is not None else None
        if colour is None or paper is None:
            continue
        lacking = next((one for one in (None, *conditions) if ratio(colour, paper, one) < least), _ENOUGH)
        if not isinstance(lacking, str):
            yield _contrast(brand, name, (colour, paper), least, lacking)


def _contrast(
    brand: Brand, name: str, colours: tuple[Color, Color], least: float, condition: PrintingCondition | None
) -> Finding:
    """Too little contrast: of the colours themselves, or, as a note, of the inks they become."""
    found, better = ratio(*colours, condition), nearest(*colours, least, condition)
    place = f" in {condition.name}" if condition else ""
    told = f"{brand.colours[name]} on paper has a contrast of {found:.2f} to 1{place}"
    message = f"{told}, {'text' if least == TEXT else 'a rule'} needs {least:g}"
    hint = f"{better} is the nearest that has it" if better else "choose another paper"
    kind = note if condition else error if found < _UNREADABLE and name == "ink" else warning
    return kind("brand.contrast", Where(file=brand.file, spot=f"colours.{name}"), message, hint)


def _check_pieces(
    brands: Iterable[Brand], layouts: Iterable[Layout], phrases: Phrasebook, messages: Mapping[str, Where]
) -> Iterator[Finding]:
    """Pieces that a brand has not and a layout prints, or a phrase: then the slip would be held."""
    layouts = tuple(layouts)
    printed = {layout.name: _printed_bare(layout.html) for layout in layouts}
    spoken = {layout.name: _spoken(layout, phrases, messages) for layout in layouts}
    for brand in brands:
        for one in with_dealers([brand]):
            for piece in ("name", "address", "phone", "hours", "contact", "email", "website", "returns", "logo"):
                if getattr(one, piece) or (one.dealer and not getattr(brand, piece)):
                    continue  # what the store lacks is told once
                where = Where(file=one.file, spot=piece)
                held = {layout: spoken[layout][piece] for layout in spoken if piece in spoken[layout]}
                if held:
                    keys = ", ".join(sorted(set(held.values())))
                    message = f"blank, and {keys} of {', '.join(sorted(held))} needs it: such slips are held"
                    hint = f"give the brand its {piece}, or add the phrase {keys}{PLAIN} without it"
                    yield error("brand.piece", where, message, hint)
                    continue
                bare = sorted(name for name in printed if piece in printed[name])
                if bare:
                    message = f"blank, and {', '.join(bare)} leaves its place empty"
                    hint = f"give the brand its {piece}, or put the place into {{% if brand.{piece} %}}"
                    yield warning("brand.piece", where, message, hint)


def _spoken(layout: Layout, phrases: Phrasebook, messages: Mapping[str, Where]) -> dict[str, str]:
    """Piece → phrase that cannot do without it."""
    needed: dict[str, str] = {}
    for key in asked_keys(layout.phrase_uses, messages):
        if phrases.has(f"{key}{PLAIN}"):
            continue
        for catalogue in phrases.catalogues.values():
            phrase = catalogue.phrases.get(key)
            for form in phrase.forms if phrase else ():
                needed |= {_IN_PHRASES[name]: key for name in names_in(form) if name in _IN_PHRASES}
    return needed


def _printed_bare(html: str) -> frozenset[str]:
    """Pieces of the brand that a layout prints without asking whether they are there."""
    try:
        tree = Environment(autoescape=True).parse(html)
    except TemplateSyntaxError:
        return frozenset()
    return frozenset(_bare(tree, frozenset()))


def _bare(node: nodes.Node, asked: frozenset[str]) -> Iterator[str]:
    if isinstance(node, nodes.If):
        piece = _piece(node.test)
        for child in node.body:
            yield from _bare(child, asked | {piece})
        for child in (*node.elif_, *node.else_):
            yield from _bare(child, asked)
        return
    piece = _piece(node)
    if piece and piece not in asked:
        yield piece
    for child in node.iter_child_nodes():
        yield from _bare(child, asked)


def _piece(node: nodes.Node) -> str:
    is_brand = isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name == "brand"
    return node.attr if is_brand and isinstance(node, nodes.Getattr) else ""


def _check_named(world: World) -> Iterator[Finding]:
    """Stores that settings, products, phrases or past orders name and that have no brand."""
    known = f"layouts/brands holds: {', '.join(world.brands)}"
    named = [
        (store, Where(file="packslip.toml", spot=f"routes.{number}.store"))
        for number, route in enumerate(world.settings.routes)
        for store in route.store
    ]
    named += [
        (product.store, Where(file="catalogue/products.csv", spot=product.sku))
        for product in world.catalogue.products
        if product.store
    ]
    named += [(store, Where(file=f"rules/phrases/{store}")) for store, _ in world.phrases.catalogues if store]
    told: set[str] = set()
    for store, where in named:
        if store not in world.brands and store not in told:
            told.add(store)
            yield warning("store.unknown", where, f"no brand {store!r}", known)
    for store in sorted(HistoryKeeper(world.workspace.history).stores() - {*world.brands, *told, ""}):
        message = f"orders of {store!r} were printed, and it has no brand any more: new ones would be held"
        yield note("store.unknown", Where(file=FOLDER), message, known)


def _used_layouts(world: World) -> tuple[Layout, ...]:
    """Layouts that slips may be printed in: those that rules choose, what they fall back to, their backs."""
    wanted = [*world.rules.constants("layout")] or [*world.layouts]
    used: dict[str, Layout] = {}
    while wanted:
        layout = world.layouts.get(wanted.pop())
        if layout is not None and layout.name not in used:
            used[layout.name] = layout
            wanted += [layout.fallback, layout.back]
    return tuple(used[name] for name in sorted(used))


def _condition(world: World, layout: Layout) -> PrintingCondition | None:
    """The CMYK condition of a layout's media; where the settings are wrong that is told elsewhere."""
    try:
        condition = world.condition(world.media(layout))
    except LayoutError:
        return None
    return condition if condition is not None and condition.space == "CMYK" else None
