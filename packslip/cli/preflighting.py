"""The command preflight: any PDF, ours or foreign, and what keeps it from printing as meant."""

from pathlib import Path
from typing import Annotated

import typer

from packslip.cli.exits import Exit
from packslip.cli.options import Json
from packslip.cli.place import Place
from packslip.cli.screen import finding_values, out, print_json, progress_bar, say, show_findings
from packslip.engine.examining import examine_files
from packslip.errors import UsageError
from packslip.model import Severity
from packslip.preflight.foreign import RULES, Asked, Fault, Profile, Report

Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help="PDFs.")]
Media = Annotated[str, typer.Option("--media", metavar="NAME", help="Media of the workspace that it is to fit.")]
As = Annotated[
    Profile | None,
    typer.Option("--profile", help="Judge it as this; else as PDF/X-4 where it says it is PDF/X, and as office."),
]


def add_commands(app: typer.Typer) -> None:
    """Put this module's commands on the command line."""
    app.command()(preflight)


def preflight(
    context: typer.Context, files: Files, media: Media = "", profile: As = None, as_json: Json = False
) -> int:
    """Check PDFs, ours or foreign, and say what keeps them from printing as meant.

    Names page and place, in mm from the top left corner of the trimmed page. Exit code 1 where anything was found.
    Each rule, and where it is written, is in docs/preflight.md.

    With --json, one object for each file: file, profile, pages, findings. A finding has severity, code, where, message,
    hint, source, exact, page, and x, y, width, height in mm.
    """
    place: Place = context.obj
    asked = _asked(place, profile, media)
    found = False
    with progress_bar(quiet=as_json) as progress:
        task = progress.add_task("looking", total=len(files))
        for path, report in examine_files(files, asked):
            found = found or any(RULES[fault.code].severity is not Severity.NOTE for fault in report.faults)
            if as_json:
                print_json(_values(path, report))
            else:
                show_findings((fault.finding(str(path)) for fault in report.faults), console=out)
                say(f"{path}: {_summary(report)}")
            progress.update(task, advance=1)
    return Exit.FINDINGS if found else Exit.WELL


def _asked(place: Place, profile: Profile | None, name: str) -> Asked:
    if not name:
        return Asked(profile=profile)
    world = place.working()
    known = world.settings.media
    if name not in known:
        raise UsageError(f"no media {name!r}", hint=f"choose one of {', '.join(known)}")
    return Asked(profile=profile, media=known[name], condition=world.condition(known[name]))


def _summary(report: Report) -> str:
    pages = f"{report.pages} page{'s' if report.pages != 1 else ''}, as {report.profile.value}"
    counts = {severity: sum(RULES[fault.code].severity is severity for fault in report.faults) for severity in Severity}
    told = ", ".join(
        f"{count} {severity.value}{'s' if count != 1 else ''}" for severity, count in counts.items() if count
    )
    return f"{pages}: {told or 'nothing found'}"


def _values(path: Path, report: Report) -> dict[str, object]:
    return {
        "file": str(path),
        "profile": report.profile.value,
        "pages": report.pages,
        "findings": [_fault_values(fault, str(path)) for fault in report.faults],
    }


def _fault_values(fault: Fault, file: str) -> dict[str, object]:
    (told,) = finding_values([fault.finding(file)])
    rule, place = RULES[fault.code], fault.place
    sides = (None,) * 4 if place is None else tuple(round(side, 2) for side in place)
    return {
        **told,
        "source": rule.source,
        "exact": rule.is_exact,
        "page": fault.page,
        **dict(zip(("x", "y", "width", "height"), sides, strict=True)),
    }
