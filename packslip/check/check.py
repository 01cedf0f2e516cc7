"""Every finding of a world, each room asked in turn."""

from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches

from packslip.check.brands import check_brands
from packslip.check.campaigns import check_campaigns
from packslip.check.contents import check_contents
from packslip.check.families import check_families
from packslip.check.pools import check_pools
from packslip.check.rule_values import check_values
from packslip.compose import check_copy, known_paths
from packslip.decide import check_rules, try_examples
from packslip.errors import LayoutError
from packslip.history import HistoryKeeper
from packslip.library.brands import looks_of
from packslip.library.catalogue import CUSTOMER_IDS
from packslip.library.picture_colours import most_ink
from packslip.library.vocabulary import DAYS_SINCE
from packslip.model import Finding, Where, error, warning
from packslip.pictures.folder import PictureFolder
from packslip.pictures.remote import is_url
from packslip.press import check_layout, check_styles
from packslip.world import World

#: So many products without their picture are named, the others counted.
_MOST_MISSING = 20


def check_world(world: World, *, today: date | None = None, every_overlap: bool = False) -> tuple[Finding, ...]:
    """Everything that is wrong with the files of a release, and with the catalogue.

    With `today`, rows whose days have gone by are told; with `every_overlap`, every two rows that somebody meets both
    of.

    Raises:
        WorkspaceError: the settings themselves cannot be read.
    """
    found = (
        *world.findings,
        *check_rules(world.rules, today=today, every_overlap=every_overlap),
        *check_examples(world),
        *check_campaigns(world.campaigns, world.rules, world.brands),
        *check_pools(world.pools, world.rules, stores=world.brands, campaigns=world.campaigns, phrases=world.phrases),
        *_check_layouts(world),
        *_check_styles(world),
        *_check_backs(world),
        *check_copy(world.phrases, world.layouts.values(), world.rules.constants("message"), survey=_survey(world)),
        *_check_survey(world),
        *_check_names(world),
        *_check_categories(world),
        *check_values(world),
        *_check_customer_ids(world),
        *_check_media(world),
        *_check_pictures(world),
        *check_brands(world),
        *check_contents(
            world.contents, world.settings.content_feeds, world.layouts.values(), world.brands, world.fonts
        ),
        *check_families(world.layouts.values(), looks_of(world.brands.values()), world.fonts),
    )
    return tuple(dict.fromkeys(found))


def check_examples(world: World) -> tuple[Finding, ...]:
    """Each thing that examples demand and the rules do not say; nothing where the rules decide nothing."""
    if not world.rules.is_sound:
        return ()
    origin = world.settings.shop.country
    tried = try_examples(world.rules, world.examples, world.vocabulary, origin=origin)
    return tuple(finding for one in tried for finding in one.findings)


def _check_layouts(world: World) -> Iterator[Finding]:
    known = known_paths(world.phrases.keys)
    for layout in world.layouts.values():
        yield from check_layout(layout, known)
        if layout.media not in world.settings.media:
            where = Where(file=f"layouts/{layout.name}/layout.toml", spot="media")
            names = ", ".join(world.settings.media)
            yield error("media.unknown", where, f"no media {layout.media!r}", f"declared in packslip.toml: {names}")


def _check_styles(world: World) -> tuple[Finding, ...]:
    """The style sheets, as soon as every layout has a media to be parsed for."""
    known = all(layout.media in world.settings.media for layout in world.layouts.values())
    return check_styles(world) if known and world.fonts else ()


def _check_backs(world: World) -> Iterator[Finding]:
    """Layouts with a back whose media no printer turns."""
    printers = world.settings.printers
    for layout in world.layouts.values():
        if layout.back and not any(each.duplex for each in printers.values() if each.media == layout.media):
            where = Where(file=f"layouts/{layout.name}/layout.toml", spot="back")
            names = ", ".join(name for name, each in printers.items() if each.media == layout.media) or "none"
            message = f"no printer with {layout.media!r} prints both sides"
            yield warning(
                "back.no_duplex", where, message, f"set duplex for one in packslip.toml; with it are: {names}"
            )


def _check_pictures(world: World) -> Iterator[Finding]:
    """Products whose picture file is not there; addresses are asked when they are needed."""
    folder = world.workspace.root / world.settings.pictures.folder
    pictures = PictureFolder(folder)
    missing = [
        product
        for product in world.catalogue.products
        if product.image and not is_url(product.image) and pictures.find(product.image) is None
    ]
    for product in missing[:_MOST_MISSING]:
        where = Where(file="catalogue/products.csv", spot=product.sku)
        near = pictures.nearest(product.image)
        hint = f"did you mean {near!r}?" if near else f"put it into {world.settings.pictures.folder}"
        yield warning("picture.missing", where, f"no picture {product.image!r}", hint)
    if len(missing) > _MOST_MISSING:
        more = f"and {len(missing) - _MOST_MISSING} more products without their picture"
        yield warning("picture.missing", Where(file="catalogue/products.csv"), more)


def _check_media(world: World) -> Iterator[Finding]:
    """Media whose printing condition is not there, or lays down more ink than the media takes."""
    for name, media in world.settings.media.items():
        where = Where(file="packslip.toml", spot=f"media.{name}.condition")
        try:
            condition = world.condition(media)
        except LayoutError as fault:
            yield error("condition.unknown", where, fault.message, fault.hint)
            continue
        if condition is None or condition.space != "CMYK":
            continue
        ink = most_ink(condition)
        if ink > media.most_ink:
            message = f"{condition.name} lays down {ink:.0f} % ink, the media takes {media.most_ink:g} %"
            hint = "choose a condition made for this paper, or raise most_ink if the paper takes it"
            yield error("condition.ink", where, message, hint)


def _check_customer_ids(world: World) -> Iterator[Finding]:
    """Customers with several ids of which one is nobody's; ids stand in no finding."""
    same = world.catalogue.same
    if not same:
        return
    named = {*same, *same.values()} - world.catalogue.customers.keys()
    unknown = named - HistoryKeeper(world.workspace.history).known(named)
    count = sum(one in unknown or chief in unknown for one, chief in same.items())
    if count:
        message = f"{count} rows name an id that neither customers.csv nor the history knows"
        yield warning(
            "customer_ids.unknown", Where(file=f"catalogue/{CUSTOMER_IDS}"), message, "check how it is written"
        )


def _survey(world: World) -> Where | None:
    """The cell that asks for a survey."""
    return world.rules.constants("survey").get("yes")


def _check_survey(world: World) -> Iterator[Finding]:
    """Brands that rules would have ask for a survey, and that have no address for it."""
    where = _survey(world)
    if where is None or world.settings.survey.url:
        return
    for brand in world.brands.values():
        if not brand.survey_url:
            message = f"asks for a survey, and {brand.store} has no address for one"
            hint = f"set url in [survey], or survey_url in {brand.file}; its slips do without until then"
            yield warning("survey.no_url", where, message, hint)


def _check_categories(world: World) -> Iterator[Finding]:
    """Rules that ask for a category no product is in."""
    known = [path for path in world.vocabulary.fields if path.startswith(DAYS_SINCE)]
    for table in world.rules.tables:
        for column in table.conditions:
            path = column.field.path
            if path.startswith(DAYS_SINCE) and path not in known:
                close = get_close_matches(path, known, n=1, cutoff=0.6)
                hint = f"did you mean {close[0]}?" if close else "write it as in catalogue/products.csv"
                message = f"no product of the catalogue is in the category {path.removeprefix(DAYS_SINCE)!r}"
                yield warning("category.unknown", table.where(1, column.index), message, hint)


def _check_names(world: World) -> Iterator[Finding]:
    """Names that one file gives and another must know."""
    for name, where in world.rules.constants("layout").items():
        if name not in world.layouts:
            names = ", ".join(world.layouts)
            yield error("layout.unknown", where, f"no layout {name!r}", f"choose one of {names}")
    if world.settings.shop.store not in world.brands:
        where = Where(file="packslip.toml", spot="shop.store")
        names = ", ".join(world.brands) or "none"
        yield error("store.unknown", where, f"no brand {world.settings.shop.store!r}", f"layouts/brands holds: {names}")
    for name in ("", *world.settings.folders):
        mapping = world.settings.folder(name).mapping
        if mapping and mapping not in world.mappings:
            where = Where(file="packslip.toml", spot=f"folders.{name}.mapping" if name else "hotfolder.mapping")
            listed = ", ".join(world.mappings)
            yield error("mapping.unknown", where, f"no mapping {mapping!r}", f"rules/mappings holds: {listed}")
