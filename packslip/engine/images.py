"""Images: a feed's pictures synced for every layout, the cache kept to its budget, and the report of it all."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import datetime

from packslip.csvfile import safe_cell, write_csv
from packslip.engine.decoding import Decoders
from packslip.engine.lock import sync_lock
from packslip.errors import RetryLater
from packslip.files import write_atomic
from packslip.library.catalogue import PICTURES, PRODUCTS, Catalogue
from packslip.library.feeds import Feed, FeedItem, FeedKind
from packslip.model import Finding, Where, warning
from packslip.pictures.budget import Trimmed, trim_cache
from packslip.pictures.quality import Use
from packslip.pictures.recipe import Recipe
from packslip.pictures.remote import host_of, is_url
from packslip.pictures.report import PictureReport, make_report
from packslip.pictures.sync import PictureSync, Progress
from packslip.world import Workspace, World

#: What layouts call the places of product pictures; editorial pictures belong to a release and are made with it.
_ROLES = ("line", "recommendation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What came of a sync."""

    progress: Progress
    trimmed: Trimmed
    report: PictureReport
    findings: tuple[Finding, ...]


def catalogue_feed(catalogue: Catalogue) -> Feed:
    """The catalogue as a feed, with what earlier feeds added to it."""
    file = f"catalogue/{PRODUCTS}"
    items = [
        FeedItem(sku=product.sku, image=product.image, where=Where(file=file), name=product.name)
        for product in catalogue.products
    ]
    file = f"catalogue/{PICTURES}"
    items += [
        FeedItem(sku=sku, image=image, where=Where(file=file))
        for sku, image in catalogue.pictures.items()
        if catalogue.product(sku) is None
    ]
    return Feed(kind=FeedKind.CATALOGUE, file="catalogue", items=tuple(items))


def product_uses(worlds: Iterable[World]) -> tuple[Use, ...]:
    """Every place where layouts print product pictures, each once.

    Raises:
        LayoutError: a layout names a media that is not declared, or its media a printing condition that is not there.
    """
    return tuple(dict.fromkeys(use for world in worlds for use in _uses(world, _ROLES)))


def content_uses(worlds: Iterable[World]) -> tuple[Use, ...]:
    """Every place where layouts print the picture of the weekly block, each once.

    Raises:
        LayoutError: as in `product_uses`.
    """
    return tuple(dict.fromkeys(use for world in worlds for use in _uses(world, ("content",))))


def sync_feed(
    world: World,
    feed: Feed,
    uses: tuple[Use, ...],
    *,
    pinned: Callable[[], Set[str]],
    now: datetime,
    offline: bool = False,
    listener: Callable[[Progress], None] = lambda progress: None,
) -> Synced:
    """Bring the renditions of a feed's pictures up to date, trim the cache, and report.

    `pinned` gives the digests that kept slips name.

    Raises:
        WorkspaceError: another sync is under way.
        RetryLater: the disk is full, or the cache busy or not ours to write.
    """
    workspace, settings = world.workspace, world.settings.pictures
    folder, cache = workspace.root / settings.folder, workspace.image_cache
    hosts = tuple(_judge_hosts(feed, settings.hosts))
    recipes = tuple(dict.fromkeys(use.recipe for use in uses))
    with sync_lock(workspace.state), Decoders(settings) as decode:
        try:
            sync = PictureSync(
                cache,
                folder,
                settings,
                recipes,
                decode=decode,
                decoders=decode.count,
                offline=offline,
                listener=listener,
            )
            progress = sync.run(item.image for item in feed.items if item.image)
            trimmed = trim_cache(cache, settings.budget_mb, pinned=pinned, now=now.timestamp())
        except (OSError, sqlite3.OperationalError) as fault:
            reason = getattr(fault, "strerror", None) or str(fault)
            hint = "free disk space, check who may write there, and sync again: it goes on where it was"
            raise RetryLater(f"{cache.name} cannot be written: {reason}", hint=hint) from fault
    others = [product.image for product in world.catalogue.products]
    report = make_report(feed, others, uses, cache=cache, folder=folder, settings=settings, made_at=now)
    return Synced(progress=progress, trimmed=trimmed, report=report, findings=(*hosts, *trimmed.findings))


def remember_feed(workspace: Workspace, catalogue: Catalogue, feed: Feed) -> int:
    """Write into `catalogue/pictures.csv` which picture a feed gives each product, beside what other feeds gave.

    So an order line finds its picture by its SKU alone. How many products are new or changed.
    """
    given = {item.sku: item.image for item in feed.items if item.image}
    known = dict(catalogue.pictures)
    changed = sum(known.get(sku) != image for sku, image in given.items())
    if changed:
        rows = [(safe_cell(sku), safe_cell(image)) for sku, image in sorted((known | given).items())]
        write_atomic(workspace.catalogue / PICTURES, write_csv(("sku", "image"), rows), mode=0o644)
    return changed


def _uses(world: World, roles: Iterable[str]) -> Iterator[Use]:
    for layout in world.layouts.values():
        boxes = [(role, layout.pictures[role]) for role in roles if role in layout.pictures]
        if not boxes:
            continue
        media = world.media(layout)
        condition = world.condition(media)
        for role, box in boxes:
            recipe = Recipe(
                width_mm=box.width_mm,
                height_mm=box.height_mm,
                dots_per_mm=media.dots_per_mm,
                ink=media.ink,
                max_pixels=world.settings.pictures.max_pixels,
                condition=condition,
            )
            yield Use(label=f"{layout.name} {role}", recipe=recipe)


def _judge_hosts(feed: Feed, listed: tuple[str, ...]) -> Iterator[Finding]:
    """One finding for each host that has to be allowed first, with what to write for all of them."""
    counts: dict[str, int] = {}
    for item in feed.items:
        if is_url(item.image):
            host = host_of(item.image)
            counts[host] = counts.get(host, 0) + 1
    allowed = {host.lower() for host in listed}
    lacking = sorted(host for host in counts if host and host not in allowed)
    wanted = ", ".join(f'"{host}"' for host in (*listed, *lacking))
    for host in lacking:
        where = Where(file="packslip.toml", spot="pictures.hosts")
        message = f"host {host!r} is not allowed, so {counts[host]} pictures are not fetched"
        yield warning("picture.host_not_allowed", where, message, f"if you trust it, set hosts = [{wanted}]")
