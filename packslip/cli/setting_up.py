"""Commands that set up and look after: init, doctor, demo."""

import ctypes
import platform
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from packslip import __version__
from packslip.cli.exits import Exit
from packslip.cli.options import Json
from packslip.cli.place import Place, person
from packslip.cli.screen import clean, out, print_json, say
from packslip.cli.showing import show_demo
from packslip.dispatch.opening import check_printer, open_printer, paper_of
from packslip.errors import PackslipError
from packslip.model import has_errors
from packslip.settings import Settings
from packslip.world import current_release, go_live, snapshot
from packslip.world.starter import make_workspace

#: Least free disk space that is comfortable.
_FREE_BYTES = 1_000_000_000


#: System libraries that setting and subsetting type needs, under their names on Linux and macOS.
_LIBRARIES = {
    "Pango": ("libpango-1.0.so.0", "libpango-1.0.dylib"),
    "HarfBuzz subset": ("libharfbuzz-subset.so.0", "libharfbuzz-subset.dylib"),
}


def add_commands(app: typer.Typer) -> None:
    """Put this module's commands on the command line."""
    app.command()(init)
    app.command()(doctor)
    app.command()(demo)


def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="New folder.")]) -> int:
    """Make a workspace: settings, layouts, rules, a sample catalogue, an empty hot folder, and a first release."""
    workspace = make_workspace(folder)
    entry = go_live(workspace, snapshot(workspace), who=person(), at=datetime.now(UTC))
    say(f"{workspace.root} is ready; release {entry.id} is live")
    say(f"next: packslip -w {folder} run, then drop a CSV into {folder}/hotfolder/in")
    return Exit.WELL


def doctor(context: typer.Context, as_json: Json = False) -> int:
    """Look at machine and workspace, and say what is missing. Exit code 1 if anything is."""
    place: Place = context.obj
    sound = True
    for what, good, told in _examine(place):
        sound = sound and good
        if as_json:
            print_json({"what": what, "good": good, "told": told})
        else:
            out.print(f"{'[green]✓[/]' if good else '[bold red]✗[/]'} {what:<16} [dim]{clean(told)}[/]")
    return Exit.WELL if sound else Exit.FINDINGS


def _examine(place: Place) -> Iterator[tuple[str, bool, str]]:
    yield "packslip", True, f"{__version__}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    yield "WeasyPrint", True, metadata.version("weasyprint")
    for library, names in _LIBRARIES.items():
        found = next((name for name in names if _loads(name)), None)
        yield library, found is not None, found or "missing; run script/bootstrap, or install it"
    try:
        workspace = place.workspace()
        settings = workspace.settings()
    except PackslipError as fault:
        yield "workspace", False, str(fault)
        return
    yield "workspace", True, str(workspace.root)
    for name, folder in workspace.inboxes(settings).items():
        yield f"hot folder {name}".strip(), *_examine_folder(folder, workspace.root)
    yield "trays", *_examine_folder(workspace.trays(settings), workspace.root)
    for folder in workspace.all_results(settings):
        yield "results", *_examine_folder(folder, workspace.root)
    for name, printer in settings.printers.items():
        if printer.kind != "folder":
            yield f"printer {name}", *_examine_printer(name, settings)
    free = shutil.disk_usage(workspace.root).free
    yield "disk", free >= _FREE_BYTES, f"{free / 1e9:.1f} GB free"
    try:
        with place.ledger() as ledger:
            counts = ledger.counts()
        yield "ledger", True, f"{sum(counts.parcels.values())} parcels on record"
    except PackslipError as fault:
        yield "ledger", False, str(fault)
    release = current_release(workspace)
    yield "release", release is not None, release or "nothing is published; packslip publish makes the files go live"


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _examine_folder(folder: Path, root: Path) -> tuple[bool, str]:
    """Whether it can be written; one outside the workspace may be a share that is away, and is never made."""
    try:
        if folder.is_relative_to(root):
            folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True, str(folder)
    except OSError as fault:
        return False, f"{folder}: {fault.strerror}"


def _examine_printer(name: str, settings: Settings) -> tuple[bool, str]:
    """Whether a printer is there and can do what the settings ask of it."""
    printer, media = settings.printers[name], paper_of(name, settings)
    findings = check_printer(name, printer, media)
    condition = open_printer(name, printer, media).look()
    told = [finding.message for finding in findings] or list(condition.reasons)
    return condition.is_up and not has_errors(findings), "; ".join(dict.fromkeys(told)) or printer.uri


def demo(
    folder: Annotated[
        Path | None, typer.Option("--keep", metavar="DIR", help="Folder for its workspace; else a temporary one.")
    ] = None,
) -> int:
    """Drop a dozen sample orders into a new workspace, one by one, and show what comes out of the printers."""
    root = folder or Path(tempfile.mkdtemp(prefix="packslip-demo-")) / "workspace"
    workspace = make_workspace(root)
    go_live(workspace, snapshot(workspace), who=person(), at=datetime.now(UTC))
    return show_demo(workspace)
