"""Commands of designers and marketers: check, proof, publish, releases, variables, phrases."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from packslip.check import check_changes
from packslip.cli.checking import check_whole
from packslip.cli.exits import Exit
from packslip.cli.options import Json
from packslip.cli.place import Place, person
from packslip.cli.proofs import proof
from packslip.cli.rule_counts import count_values, show_counts
from packslip.cli.screen import clean, finding_values, out, print_json, say, show_findings, table
from packslip.compose import VARIABLES
from packslip.engine.hindsight import count_rows
from packslip.errors import WorkspaceError
from packslip.library.phrases import sync_phrases
from packslip.library.vocabulary import Vocabulary
from packslip.model import Finding, Severity, has_errors
from packslip.world import Release, World, current_release, go_live, previous_release, release_log, snapshot


def add_commands(app: typer.Typer) -> None:
    """Put this module's commands on the command line."""
    app.command()(check)
    app.command()(proof)
    app.command()(publish)
    app.command()(releases)
    app.command()(variables)
    phrases = typer.Typer(help="Copy in every language.", no_args_is_help=True)
    phrases.command("sync")(phrases_sync)
    app.add_typer(phrases, name="phrases")


def check(
    context: typer.Context,
    overlaps: Annotated[
        bool, typer.Option("--overlaps", help="Every two rows of a table that a customer can meet both of.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Report every fault of layouts, rules, phrases, pictures and settings; print nothing.

    Reads the working files and draws a trial slip of each layout for each brand. Where there is a history, each row of
    the decision tables is shown with how many of its customers it would have caught. With --json, an object for each
    finding, then one for each row: table, row, customers (null where the history cannot tell), of, known,
    not_in_history, why. Exit code 1 if there is any error.
    """
    place: Place = context.obj
    world = place.working()
    findings = check_whole(world, every_overlap=overlaps)
    counts = count_rows(world)
    if as_json:
        for values in (*finding_values(findings), *(count_values(counts) if counts is not None else ())):
            print_json(values)
        return Exit.FINDINGS if has_errors(findings) else Exit.WELL
    show_findings(findings, console=out)
    say(_summary(findings))
    if counts is not None:
        show_counts(counts)
    return Exit.FINDINGS if has_errors(findings) else Exit.WELL


def publish(
    context: typer.Context,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Go back to the release before the current one.")
    ] = False,
) -> int:
    """Make the working files go live: the line prints from them between two orders. Demands a clean check."""
    place: Place = context.obj
    workspace = place.workspace()
    if rollback:
        entry = go_live(workspace, previous_release(workspace), who=person(), at=datetime.now(UTC), rollback=True)
        say(f"back to release {entry.id}")
        return Exit.WELL
    release = snapshot(workspace)
    findings = check_whole(World.open(workspace.root, release))
    if has_errors(findings):
        show_findings(findings)
        say(f"not published: {_summary(findings)}")
        return Exit.FINDINGS
    live = current_release(workspace)
    if release == live:
        say(f"release {release} is live already; nothing changed")
        return Exit.WELL
    if live is not None:
        before, after = (World.open(workspace.root, one).campaigns for one in (live, release))
        show_findings(check_changes(before, after, today=datetime.now(UTC).date()))
    _announce(go_live(workspace, release, who=person(), at=datetime.now(UTC)))
    return Exit.WELL


def _announce(entry: Release) -> None:
    say(f"release {entry.id} is live")
    for path in entry.changed[:12]:
        say(f"  changed  {path}")
    if len(entry.changed) > 12:
        say(f"  and {len(entry.changed) - 12} more files")


def _summary(findings: tuple[Finding, ...]) -> str:
    counts = {severity: sum(finding.severity is severity for finding in findings) for severity in Severity}
    if not any(counts.values()):
        return "all well: nothing to mend"
    return ", ".join(
        f"{count} {severity.value}{'s' if count != 1 else ''}" for severity, count in counts.items() if count
    )


def releases(context: typer.Context, as_json: Json = False) -> int:
    """List every time a release went live, newest first."""
    place: Place = context.obj
    workspace = place.workspace()
    live = current_release(workspace)
    log = list(reversed(release_log(workspace)))
    if as_json:
        for entry in log:
            print_json(
                {
                    "id": entry.id,
                    "at": entry.at.isoformat(),
                    "who": entry.who,
                    "changed": entry.changed,
                    "rollback": entry.rollback,
                    "live": entry.id == live,
                }
            )
        return Exit.WELL
    if not log:
        raise WorkspaceError("nothing is published yet", hint="packslip publish makes the working files go live")
    shown = table("release", "live since", "who", "what")
    for number, entry in enumerate(log):
        what = "rollback" if entry.rollback else f"{len(entry.changed)} files changed"
        mark = f"[bold]{entry.id}[/] ●" if number == 0 else entry.id
        shown.add_row(mark, entry.at.astimezone().strftime("%Y-%m-%d %H:%M"), clean(entry.who), what)
    out.print(shown)
    return Exit.WELL


def variables(
    context: typer.Context,
    rules: Annotated[bool, typer.Option("--rules", help="What decision tables can ask and set instead.")] = False,
    as_json: Json = False,
) -> int:
    """List everything a layout can say, or rules can ask and set, with a label, a type and a sample."""
    if rules:
        place: Place = context.obj
        return _rule_words(place.working().vocabulary, as_json=as_json)
    if as_json:
        for variable in VARIABLES.values():
            print_json(
                {"path": variable.path, "label": variable.label, "type": variable.kind, "sample": variable.sample}
            )
        return Exit.WELL
    shown = table("variable", "type", "what it is", "sample")
    for variable in VARIABLES.values():
        top = "." not in variable.path
        path = f"[bold]{variable.path}[/]" if top else variable.path
        shown.add_row(path, variable.kind, variable.label, f"[dim]{variable.sample}[/]")
    out.print(shown)
    return Exit.WELL


def _rule_words(words: Vocabulary, *, as_json: bool) -> int:
    rows = [(field.path, field.kind, field.label, field.sample, field.allowed) for field in words.fields.values()]
    rows += [
        (f"set: {output.path}", output.kind, output.label, output.sample, output.allowed)
        for output in words.outputs.values()
    ]
    if as_json:
        for path, kind, label, sample, allowed in rows:
            print_json({"path": path, "label": label, "type": kind, "sample": sample, "allowed": allowed})
        return Exit.WELL
    shown = table("heading", "type", "what it is", "sample", "one of")
    for path, kind, label, sample, allowed in rows:
        shown.add_row(path, kind, label, f"[dim]{escape(sample)}[/]", f"[dim]{', '.join(allowed)}[/]")
    out.print(shown)
    return Exit.WELL


def phrases_sync(context: typer.Context) -> int:
    """Bring every catalogue up to date with en.po: new phrases added, changed ones marked fuzzy, old ones retired."""
    place: Place = context.obj
    changes = sync_phrases(place.workspace().root / "rules" / "phrases")
    for change in changes:
        out.print(clean(str(change)))
    say(f"{len(changes)} changes" if changes else "every catalogue is up to date")
    return Exit.WELL
