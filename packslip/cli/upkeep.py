"""Commands of those who keep the workspace: back-up, restore, checks, purge, erase."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from packslip.cli.exits import Exit
from packslip.cli.options import Json
from packslip.cli.place import Place, person
from packslip.cli.screen import clean, finding_values, out, print_json, say, show_findings, table
from packslip.engine.lock import run_lock, upkeep_lock
from packslip.engine.reprint import is_running
from packslip.engine.upkeep import leftovers
from packslip.engine.upkeep.archive import read_archive
from packslip.engine.upkeep.backing_up import back_up
from packslip.engine.upkeep.checking import check_state
from packslip.engine.upkeep.erasing import Erased, erase
from packslip.engine.upkeep.purging import Purge
from packslip.engine.upkeep.ranking import rank_customers
from packslip.engine.upkeep.restoring import Restored
from packslip.engine.upkeep.restoring import restore as restore_state
from packslip.engine.upkeep.whose import Finder
from packslip.errors import UsageError
from packslip.ledger import copy_database, make_anew, read_version
from packslip.ledger.tables import SCHEMA_VERSION
from packslip.model import has_errors
from packslip.world import World, current_release

_TOLD = 20  #: parcels that are named one by one

Whose = Annotated[str, typer.Argument(metavar="ORDER | CUSTOMER", help="Order id, or customer id as the shop has it.")]
Store = Annotated[str, typer.Option("--store", help="Store; else every store that is known.")]
Kind = Annotated[str, typer.Option("--as", help="order or customer, where the id could be both.")]


def add_commands(app: typer.Typer) -> None:
    """Put this module's commands on the command line."""
    app.command("purge")(purge)
    app.command("erase")(erase_person)
    ledger = typer.Typer(help="The queue of record: back-up, restore, checks.", no_args_is_help=True)
    ledger.command("backup")(backup)
    ledger.command("restore")(restore)
    ledger.command("verify")(verify)
    ledger.command("migrate")(migrate)
    ledger.command("trust")(trust)
    ledger.command("compact")(compact)
    app.add_typer(ledger, name="ledger")


def backup(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(metavar="FILE | DIR", help="A new file, or a folder to put one into.")],
) -> int:
    """Back up the whole state into one private archive, while the line runs; then read it back.

    It holds the site secret and people's data: keep it as carefully as the workspace.
    """
    place: Place = context.obj
    made = back_up(place.workspace(), target, now=datetime.now(UTC))
    show_findings(made.findings)
    say(f"{len(made.manifest.digests)} files, read back whole")
    out.print(str(made.path))
    return Exit.FINDINGS if made.findings else Exit.WELL


def restore(
    context: typer.Context,
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="A back-up.")],
    replace: Annotated[bool, typer.Option("--replace", help="Give up a ledger that is sound.")] = False,
    nothing_since: Annotated[
        bool,
        typer.Option("--nothing-since", help="You vouch that nothing was dropped or printed after the back-up."),
    ] = False,
) -> int:
    """Bring the state back from a back-up. The line must be stopped.

    What was under way then becomes uncertain, drops that came later are held whole, and orders that are not younger
    than today are held when they come, until packslip ledger trust: nothing prints twice. Erasures are made again.
    """
    place: Place = context.obj
    done = restore_state(
        place.workspace(), archive, now=datetime.now(UTC), who=person(), replace=replace, nothing_since=nothing_since
    )
    _tell_restored(done, nothing_since=nothing_since)
    return Exit.FINDINGS if done.uncertain or done.later else Exit.WELL


def _tell_restored(done: Restored, *, nothing_since: bool) -> None:
    say(f"restored from the back-up of {done.manifest.taken_at.astimezone():%Y-%m-%d %H:%M}")
    if done.uncertain:
        say(f"{len(done.uncertain)} parcels were under way then; whether they were printed since, nobody knows:")
        for record in done.uncertain[:_TOLD]:
            say(f"  {record.ref}, {record.state.value} then")
        if len(done.uncertain) > _TOLD:
            say(f"  and {len(done.uncertain) - _TOLD} more")
    for drop in done.later:
        say(f"drop {drop.id} ({drop.name}) came later and is held: packslip held retry {drop.id} reads it")
    if done.erased:
        say(f"{done.erased} orders that had been erased since are erased again")
    if not nothing_since:
        say("orders dated up to today are held when they come; packslip ledger trust ends that")
    if done.aside is not None:
        say(f"the ledger that was here is kept as {done.aside.name}; delete it when all is well")


def trust(context: typer.Context) -> int:
    """After a restore: orders that come from here on print again, whatever their date. Restart the line to apply it."""
    place: Place = context.obj
    with place.ledger() as ledger:
        if ledger.upkeep.doubted_through() is None:
            say("nothing is doubted")
            return Exit.WELL
        ledger.upkeep.trust()
    say("orders that come are printed again; a line that runs now must be restarted to know it")
    return Exit.WELL


def verify(
    context: typer.Context,
    archive: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A back-up; else the workspace.")] = None,
    as_json: Json = False,
) -> int:
    """Check the ledger against its log, its codes and the files on disk; or a back-up against its manifest."""
    place: Place = context.obj
    workspace = place.workspace()
    if archive is not None:
        manifest = read_archive(archive)
        say(f"whole: {len(manifest.digests)} files, taken {manifest.taken_at.astimezone():%Y-%m-%d %H:%M}")
        return Exit.WELL
    if not workspace.ledger.exists():
        raise UsageError("there is no ledger yet")
    findings = tuple(check_state(workspace))
    if as_json:
        for values in finding_values(findings):
            print_json(values)
    else:
        show_findings(findings)
        say("all well" if not findings else f"{len(findings)} findings")
    return Exit.FINDINGS if has_errors(findings) else Exit.WELL


def migrate(context: typer.Context) -> int:
    """Bring a ledger of an earlier packslip up to this one; a copy of it is kept beside. The line must be stopped."""
    place: Place = context.obj
    workspace = place.workspace()
    if not workspace.ledger.exists():
        raise UsageError("there is no ledger yet", hint="the first packslip run makes one")
    with run_lock(workspace.state), upkeep_lock(workspace.state):
        version = read_version(workspace.ledger)
        if version == str(SCHEMA_VERSION):
            say(f"the ledger has schema {version} already")
            return Exit.WELL
        copy = leftovers.aside(workspace, f"schema-{SCHEMA_VERSION}")
        copy_database(workspace.ledger, copy)
        place.ledger().close()
    say(f"the ledger had schema {version}, it has {SCHEMA_VERSION} now; {copy.name} is as it was")
    return Exit.WELL


def compact(context: typer.Context) -> int:
    """Write ledger and history anew, so that nothing deleted is left in free pages. The line must be stopped."""
    place: Place = context.obj
    workspace = place.workspace()
    with run_lock(workspace.state):
        for path in (workspace.ledger, workspace.history):
            if path.exists():
                make_anew(path)
    say("ledger and history were written anew")
    return Exit.WELL


def purge(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: Json = False,
) -> int:
    """Remove people's data whose time is over, as the retention settings say, and rank the customers who are left.

    A line may run beside. States, digests and the event log stay: the same order dropped again is still a duplicate.
    """
    place: Place = context.obj
    workspace = place.workspace()
    world, now = World.open(workspace.root, current_release(workspace)), datetime.now().astimezone()
    with upkeep_lock(workspace.state), place.ledger() as ledger:
        counts = Purge(workspace=workspace, ledger=ledger, settings=world.settings, now=now, dry_run=dry_run).run()
        if not dry_run:
            rank_customers(world, now.date())
    if as_json:
        print_json({"dry_run": dry_run, "purged": dict(counts)})
        return Exit.WELL
    shown = table("would go" if dry_run else "gone", "")
    for what, count in counts.items():
        if count:
            shown.add_row(what, str(count))
    if any(counts.values()):
        out.print(shown)
    else:
        say("nothing is due")
    return Exit.WELL


def erase_person(context: typer.Context, whose: Whose, store: Store = "", kind: Kind = "") -> int:
    """Erase an order, or a customer with every order of theirs, now and completely; it cannot be undone.

    What is left is a keyed hash, so that a restore cannot bring it back and the same order dropped again is held. A
    new order of the same customer prints. Back-ups keep what they have: delete those of before, or let them expire.
    """
    place: Place = context.obj
    workspace = place.workspace()
    check_kind(kind)
    with upkeep_lock(workspace.state), place.ledger() as ledger:
        finder = Finder(workspace, ledger)
        holding = finder.named(whose, store, kind)
        running = is_running(workspace)
        erased = erase(workspace, ledger, finder, holding, now=datetime.now(UTC), who=person(), running=running)
    _tell_erased(erased)
    show_findings(erased.findings)
    return Exit.FINDINGS if erased.findings else Exit.WELL


def check_kind(kind: str) -> None:
    """Raise where `--as` names neither.

    Raises:
        UsageError: it does not.
    """
    if kind not in {"", "order", "customer"}:
        raise UsageError(f"--as: expected order or customer, got {clean(kind)!r}")


def _tell_erased(erased: Erased) -> None:
    told = {
        "orders": erased.orders,
        "records of parcels": erased.parcels,
        "documents": erased.documents,
        "drops, their lines": erased.drops,
        "rows of result files": erased.result_rows,
        "files in trays": erased.tray_files,
        "alarms": erased.alarms,
        "pictures of orders": erased.pictures,
        "orders in the history": erased.history,
    }
    shown = table("erased", "")
    for what, count in told.items():
        if count:
            shown.add_row(what, str(count))
    out.print(shown)
    say("what printers, shops and back-ups have of it is not packslip's to erase")
