"""Commands of the decision tables: rules fmt, rules test, rules diff."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from packslip.cli.exits import Exit
from packslip.cli.options import Json
from packslip.cli.place import Place
from packslip.cli.rule_changes import change_values, show_changes
from packslip.cli.screen import clean, finding_values, out, print_json, progress_bar, say, show_findings
from packslip.decide import Tried, format_rules, try_examples
from packslip.engine.hindsight import MOST_ORDERS, PastOrders, are_alike, compare, open_rules
from packslip.errors import WorkspaceError
from packslip.model import Severity, has_errors
from packslip.world import World

_WORKING = "the working files"


def add_commands(app: typer.Typer) -> None:
    """Put this module's commands on the command line."""
    rules = typer.Typer(help="Decision tables.", no_args_is_help=True)
    rules.command("diff")(rules_diff)
    rules.command("fmt")(rules_fmt)
    rules.command("test")(rules_test)
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


def rules_test(context: typer.Context, as_json: Json = False) -> int:
    """Run the worked examples in rules/examples: a customer a row, and what the rules shall say of them.

    Every difference is told with its cell, what was expected, what came, and the row that fired. With --json, an object
    for each example: file, row, name, passed, because, findings; then one with the findings of the files. Exit code 1
    if any example fails or cannot be read.
    """
    place: Place = context.obj
    world = place.working()
    _demand_sound(world, _WORKING)
    tried = try_examples(world.rules, world.examples, world.vocabulary, origin=world.settings.shop.country)
    failed = sum(bool(one.findings) for one in tried)
    if as_json:
        for one in tried:
            print_json(_example_values(one))
        print_json({"findings": finding_values(world.findings_of_examples)})
    else:
        for one in tried:
            mark = "[red]fails[/]" if one.findings else "[green]ok[/]   "
            out.print(f"{mark}  {escape(clean(one.example.name))}  [dim]{one.example.where}[/]")
            show_findings(one.findings, console=out)
        show_findings(world.findings_of_examples, console=out)
        say(_told(len(tried), failed))
    return Exit.FINDINGS if failed or has_errors(world.findings_of_examples) else Exit.WELL


def _example_values(one: Tried) -> dict[str, object]:
    return {
        "file": one.example.where.file,
        "row": one.example.where.line,
        "name": one.example.name,
        "passed": not one.findings,
        "because": [{"table": each.table, "row": each.row, "why": each.why} for each in one.because],
        "findings": finding_values(one.findings),
    }


def _told(tried: int, failed: int) -> str:
    if not tried:
        return "no examples: put some into rules/examples, docs/marketer.md shows how"
    if failed:
        return f"{failed} of {tried} examples fail"
    return f"{tried} examples, all as expected"


def rules_diff(
    context: typer.Context,
    revision: Annotated[
        str,
        typer.Argument(
            metavar="REV", help="A release or the beginning of its id, or a git revision. Default: what is live."
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
