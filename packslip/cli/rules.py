"""Commands of the decision tables: rules fmt, rules diff."""

from pathlib import Path
from typing import Annotated

import typer

from packslip.cli.exits import Exit
from packslip.cli.options import Json
from packslip.cli.place import Place
from packslip.cli.rule_changes import change_values, show_changes
from packslip.cli.screen import out, print_json, progress_bar, say, show_findings
from packslip.decide import format_rules
from packslip.engine.hindsight import MOST_ORDERS, PastOrders, are_alike, compare, open_rules
from packslip.errors import WorkspaceError
from packslip.model import Severity
from packslip.world import World

_WORKING = "the working files"


def add_commands(app: typer.Typer) -> None:
    """Put this module's commands on the command line."""
    rules = typer.Typer(help="Decision tables.", no_args_is_help=True)
    rules.command("diff")(rules_diff)
    rules.command("fmt")(rules_fmt)
    app.add_typer(rules, name="rules")


def rules_fmt(context: typer.Context) -> int:
    """Write every decision table in its canonical form; tables with errors are left as they are."""
    place: Place = context.obj
    world = place.working()
    findings = tuple(finding for finding in world.findings_of_rules if finding.severity is Severity.ERROR)
    changed = format_rules(world.root / "rules", world.vocabulary)
    for path in changed:
        out.print(str(path.relative_to(world.root)))
    show_findings(findings)
    say(f"{len(changed)} tables rewritten" if changed else "every table is in canonical form")
    return Exit.FINDINGS if findings else Exit.WELL


def rules_diff(
    context: typer.Context,
    revision: Annotated[
        str,
        typer.Argument(
            metavar="[REV]", help="A release or the beginning of its id, or a git revision. Default: what is live."
        ),
    ] = "",
    orders: Annotated[
        list[Path] | None,
        typer.Option("--orders", metavar="FILE", help="Look at the orders of a CSV instead; as often as you like."),
    ] = None,
    mapping: Annotated[str, typer.Option("--mapping", metavar="NAME", help="Mapping of those files.")] = "",
    most: Annotated[
        int, typer.Option("--most", min=1, help="Most orders of the history; a sample above.")
    ] = MOST_ORDERS,
    as_json: Json = False,
) -> int:
    """Show which past orders would get another slip by the working rules than by those of a release or git revision.

    Every order of the drops that are kept, then of the history, is decided by both with what was known on its own day.
    With --json, one object: before, after, orders, changed, sources, unread, changes, rows, samples. Exit code 0 if
    nothing changes, 1 if something does.
    """
    place: Place = context.obj
    world = place.working()
    with open_rules(place.workspace(), revision) as (before, name):
        for each, called in ((before, name), (world, _WORKING)):
            _demand_sound(each, called)
        alike = are_alike(before, world)
        with progress_bar(quiet=as_json) as bar:
            task = bar.add_task("orders", total=None)
            past = PastOrders(
                world=world,
                files=tuple(orders or ()),
                mapping=mapping,
                most=most,
                open_ledger=place.ledger,
                listener=lambda done, total: bar.update(task, completed=done, total=total or None),
            )
            found = compare(before, world, () if alike else past)
    if as_json:
        print_json(change_values(found, past, name, _WORKING))
    elif alike:
        say(f"the rules of {name} and of {_WORKING} are the same")
    else:
        show_changes(found, past, name, _WORKING)
    return Exit.FINDINGS if found.changed else Exit.WELL


def _demand_sound(world: World, name: str) -> None:
    if not world.rules.is_sound:
        raise WorkspaceError(f"the decision tables of {name} have errors", hint="packslip check tells them")
