"""Commands of the picture library: images sync."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as Bar

from packslip.cli.exits import Exit
from packslip.cli.options import Json
from packslip.cli.pace import Pace
from packslip.cli.place import Place
from packslip.cli.screen import err, finding_values, print_json, say, show_findings
from packslip.engine.images import Synced, catalogue_feed, product_uses, remember_feed, sync_feed
from packslip.files import write_atomic
from packslip.library.catalogue import PRODUCTS
from packslip.library.feeds import Feed, read_feed
from packslip.model import Finding, Severity, has_errors
from packslip.pictures.report import KINDS, report_json
from packslip.pictures.report_page import report_page
from packslip.pictures.sync import Progress
from packslip.world import World, current_release

_PAGE = "pictures.html"
_VALUES = "pictures.json"


def add_commands(app: typer.Typer) -> None:
    """Put this module's commands on the command line."""
    images = typer.Typer(help="Product pictures.", no_args_is_help=True)
    images.command("sync")(images_sync)
    app.add_typer(images, name="images")


def images_sync(
    context: typer.Context,
    feed: Annotated[
        Path | None,
        typer.Argument(metavar="[FEED]", help="Merchant feed (XML, TSV), Shopify product CSV or catalogue."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for the report; else out/pictures.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no server: make and judge what is there.")] = False,
    as_json: Json = False,
) -> int:
    """Fetch every product picture, make it print-ready for each layout, and report what is wrong with it.

    Without FEED the catalogue is synced. What is up to date is left alone; a sync that was interrupted goes on where it
    was. The report is one HTML page and a JSON file.

    With --json, one object: total, current, fetched, made, failed, unasked, resumed, removed, counts, report, findings.
    Exit code 1 if a picture is missing or broken, or the feed has errors.
    """
    place: Place = context.obj
    world = place.working()
    wanted, findings = _feed(world, feed)
    worlds = [world, *([place.published()] if current_release(world.workspace) else [])]
    with _watched(quiet=as_json) as listener:
        synced = sync_feed(
            world,
            wanted,
            product_uses(worlds),
            pinned=lambda: _pinned(place),
            now=datetime.now().astimezone(),
            offline=offline,
            listener=listener,
        )
    target = folder or world.workspace.root / "out" / "pictures"
    write_atomic(target / _PAGE, report_page(synced.report), mode=0o644)
    write_atomic(target / _VALUES, report_json(synced.report), mode=0o644)
    findings += synced.findings
    if as_json:
        print_json(_values(synced, target / _PAGE, findings))
    else:
        show_findings(findings)
        _tell(synced, target / _PAGE)
    bad = any(has_errors(verdict.findings) for verdict in synced.report.verdicts)
    return Exit.FINDINGS if bad or has_errors(findings) else Exit.WELL


def _feed(world: World, path: Path | None) -> tuple[Feed, tuple[Finding, ...]]:
    """What is to be synced: a file, which the catalogue then remembers, or the catalogue itself."""
    if path is None or path.resolve() == world.workspace.catalogue / PRODUCTS:
        found = [finding for finding in world.findings_of_catalogue if finding.severity is not Severity.NOTE]
        return catalogue_feed(world.catalogue), tuple(found)
    feed, findings = read_feed(path)
    remember_feed(world.workspace, world.catalogue, feed)
    return feed, findings


def _pinned(place: Place) -> frozenset[str]:
    with place.ledger() as ledger:
        return ledger.upkeep.pictures()


def _values(synced: Synced, page: Path, findings: tuple[Finding, ...]) -> dict[str, object]:
    progress = synced.progress
    return {
        "total": progress.total,
        "current": progress.current,
        "fetched": progress.fetched,
        "made": progress.made,
        "failed": progress.failed,
        "unasked": progress.unasked,
        "resumed": progress.resumed,
        "removed": synced.trimmed.removed,
        "counts": synced.report.counts(),
        "report": str(page),
        "findings": finding_values(findings),
    }


def _tell(synced: Synced, page: Path) -> None:
    progress, counts = synced.progress, synced.report.counts()
    again = "went on with an interrupted sync: " if progress.resumed else ""
    say(
        f"{again}{progress.total:,} pictures, {progress.current:,} up to date, {progress.fetched:,} fetched, "
        f"{progress.made:,} renditions made"
    )
    if synced.trimmed.removed:
        say(f"{synced.trimmed.removed:,} files that nothing used for longest were removed to keep to the budget")
    wrong = ", ".join(f"{counts[kind.name]:,} {kind.title.lower()}" for kind in KINDS if counts[kind.name])
    say(wrong or "every picture is as it should be")
    say(f"{page}")


@contextmanager
def _watched(*, quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """Who hears of each picture: a bar on a terminal, a line now and then elsewhere, nobody where data is wanted."""
    pace = Pace()
    if quiet:
        yield lambda progress: None
        return
    if not err.is_terminal:

        def tell(progress: Progress) -> None:
            line = pace.line(progress.done, progress.total, time.monotonic())
            if line:
                say(line)

        yield tell
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[pace]}"),
    )
    with Bar(*columns, console=err, transient=True) as bar:
        task = bar.add_task("pictures", total=None, pace="")

        def draw(progress: Progress) -> None:
            text = pace.text(progress.done, progress.total, time.monotonic())
            bar.update(task, completed=progress.done, total=progress.total, pace=text)

        yield draw
