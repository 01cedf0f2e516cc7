"""Commands of the weekly content: content sync, list, approve, reject."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from packslip.cli.checking import check_whole
from packslip.cli.exits import Exit
from packslip.cli.options import Json
from packslip.cli.place import Place, person
from packslip.cli.screen import clean, finding_values, out, print_json, say, show_findings, table
from packslip.engine.content.deciding import Listed, approve_entries, listed, reject_entries
from packslip.engine.content.keeping import EntryState
from packslip.engine.content.syncing import Synced, sync_content
from packslip.engine.decoding import Decoders
from packslip.engine.images import content_uses
from packslip.errors import WorkspaceError
from packslip.model import Finding, has_errors
from packslip.pictures.library import PictureLibrary
from packslip.world import World, current_release

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Entries, as content list names them.")]


def add_commands(app: typer.Typer) -> None:
    """Put this module's commands on the command line."""
    content = typer.Typer(help="The weekly block from the shop's web content.", no_args_is_help=True)
    content.command("sync")(content_sync)
    content.command("list")(content_list)
    content.command("approve")(content_approve)
    content.command("reject")(content_reject)
    app.add_typer(content, name="content")


def content_sync(context: typer.Context, as_json: Json = False) -> int:
    """Read every feed of [[content_feeds]]; a feed that fails changes nothing.

    With --json, one object: feeds, releases, findings. Exit code 1 if a feed could not be read.
    """
    place: Place = context.obj
    world = place.working()
    if not world.settings.content_feeds:
        raise WorkspaceError("no feed is set", hint="add [[content_feeds]] to packslip.toml, see docs/content.md")
    now = datetime.now(UTC)
    with Decoders(world.settings.pictures) as decode:
        judge = _judge(place, world, decode)
        synced = sync_content(world, now=now, today=_today(now), judge=judge, check=check_whole)
    if as_json:
        print_json(_values(synced))
    else:
        show_findings(synced.findings)
        _tell(synced)
    failed = any(feed.fault for feed in synced.feeds)
    return Exit.FINDINGS if failed or has_errors(synced.findings) else Exit.WELL


def content_list(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Rejected and expired entries too.")] = False,
    as_json: Json = False,
) -> int:
    """List entries: what waits for approval, what is approved, what is live, each with its days and its first words."""
    place: Place = context.obj
    wanted = {EntryState.PROPOSED, EntryState.APPROVED, *(EntryState if every else ())}
    rows = [row for row in listed(place.workspace(), _today(datetime.now(UTC))) if row.state in wanted]
    if as_json:
        for row in rows:
            print_json(_row_values(row))
        return Exit.WELL
    shown = table("entry", "state", "days", "languages", "what it says", "decided")
    for row in rows:
        entry = row.entry
        days = f"{entry.valid_from} – {entry.valid_to}"
        says = f"[bold]{clean(entry.headline)}[/]  {clean(_excerpt(row))}"
        decided = f"{clean(entry.who)}, {entry.at.astimezone():%Y-%m-%d}" if entry.at else ""
        shown.add_row(entry.id, _state(row), days, ", ".join(entry.texts), says, decided)
    out.print(shown)
    if not rows:
        say("no entries; packslip content sync reads the feeds")
    return Exit.WELL


def content_approve(context: typer.Context, ids: Ids) -> int:
    """Write entries into layouts/content; they go live with the next publish."""
    place: Place = context.obj
    now = datetime.now(UTC)
    approve_entries(place.workspace(), ids, who=person(), now=now, today=_today(now))
    for identity in ids:
        say(f"layouts/content/feed-{identity}.toml is written")
    say("packslip proof shows it on a slip; packslip publish makes it go live")
    return Exit.WELL


def content_reject(context: typer.Context, ids: Ids) -> int:
    """Turn entries down, and take away those that were approved."""
    place: Place = context.obj
    release, findings = reject_entries(place.workspace(), ids, who=person(), now=datetime.now(UTC), check=check_whole)
    if has_errors(findings):
        show_findings(findings)
        say("rejected, but the live release still has it: the one without it has errors")
        return Exit.FINDINGS
    say(f"release {release.id} is live without it" if release else "rejected; what was live goes with the next publish")
    return Exit.WELL


def _today(now: datetime) -> date:
    """The shop's own day."""
    return now.astimezone().date()


def _judge(place: Place, world: World, decode: Decoders) -> Callable[[Path], tuple[Finding, ...]]:
    """What is wrong with a picture wherever a layout prints it; its renditions are made by that."""
    worlds = [world, *([place.published()] if current_release(world.workspace) else [])]
    uses = content_uses(worlds)
    folder = world.workspace.content / "pictures"
    settings = world.settings.pictures.model_copy(update={"folder": ".packslip/content/pictures"})
    library = PictureLibrary(world.workspace.image_cache, folder, settings, decode=decode)

    def judge(path: Path) -> tuple[Finding, ...]:
        found: list[Finding] = []
        for use in uses:
            recipe = use.recipe
            found += library.fetch(path.name, recipe, recipe.dots_per_mm, recipe.ink, recipe.condition)[1]
        return tuple(dict.fromkeys(found))

    return judge


def _values(synced: Synced) -> dict[str, object]:
    return {
        "feeds": [
            {"name": feed.name, "fault": feed.fault or None, "fresh": feed.fresh, "waiting": feed.waiting}
            for feed in synced.feeds
        ],
        "releases": [release.id for release in synced.releases],
        "findings": finding_values(synced.findings),
    }


def _tell(synced: Synced) -> None:
    for release in synced.releases:
        say(f"release {release.id} is live")
    for feed in synced.feeds:
        waiting = f", {feed.waiting} wait for approval" if feed.waiting else ""
        if not feed.fault:
            say(f"{feed.name}: {feed.fresh} new or changed{waiting}")
    for feed in synced.feeds:
        if feed.fault:
            say(f"{feed.name}: not read, what was had before stays: {feed.fault}")


def _row_values(row: Listed) -> dict[str, object]:
    entry = row.entry
    return {
        "id": entry.id,
        "feed": row.feed,
        "state": row.state.value,
        "live": row.is_live,
        "changed": bool(entry.approved) and row.state is EntryState.PROPOSED,
        "gone": entry.is_gone,
        "valid_from": str(entry.valid_from),
        "valid_to": str(entry.valid_to),
        "stores": list(entry.stores),
        "text": {locale: text.model_dump() for locale, text in entry.texts.items()},
        "picture": entry.picture or None,
        "link": entry.link or None,
        "who": entry.who or None,
        "at": entry.at.isoformat() if entry.at else None,
    }


def _state(row: Listed) -> str:
    if row.state is EntryState.PROPOSED:
        return "[yellow]changed[/]" if row.entry.approved else "[yellow]proposed[/]"
    if row.state is EntryState.APPROVED:
        return "[green]live[/]" if row.is_live else "approved"
    return f"[dim]{row.state.value}[/]"


def _excerpt(row: Listed) -> str:
    text = row.entry.texts.get("en") or next(iter(row.entry.texts.values()))
    return text.body if len(text.body) <= 60 else f"{text.body[:60].rpartition(' ')[0]}…"
