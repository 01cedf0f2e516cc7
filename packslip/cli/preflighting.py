"""The command preflight: any PDF, ours or foreign, and what keeps it from printing as meant."""

from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from packslip.cli.exits import Exit
from packslip.cli.options import Json
from packslip.cli.place import Place as Here
from packslip.cli.screen import STYLE, clean, finding_values, out, print_json, progress_bar
from packslip.engine.examining import examine_files
from packslip.errors import UsageError
from packslip.model import Severity
from packslip.preflight.foreign import RULES, Asked, Fault, FoundCode, Profile, Report
from packslip.preflight.foreign.geometry import Place
from packslip.preflight.foreign.rules import PRACTICE

Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help="PDFs.")]
Media = Annotated[str, typer.Option("--media", metavar="NAME", help="Media of the workspace that it is to fit.")]
As = Annotated[
    Profile | None,
    typer.Option("--profile", help="Judge it as this; else as PDF/X-4 where it says it is PDF/X, and as office."),
]


_WORST = (Severity.ERROR, Severity.WARNING, Severity.NOTE)
_SHOWN = {Profile.PDFX4: "as PDF/X-4", Profile.OFFICE: "as office"}


def add_commands(app: typer.Typer) -> None:
    """Put this module's commands on the command line."""
    app.command()(preflight)


def preflight(
    context: typer.Context, files: Files, media: Media = "", profile: As = None, as_json: Json = False
) -> int:
    """Check PDFs, ours or foreign, and say what keeps them from printing as meant.

    Names page and place, in mm from the top left corner of the trimmed page. Exit code 1 if more than notes was found.
    Each rule, and where it is written, is in docs/preflight.md.

    With --json, one object for each file: file, profile, pages, codes, findings. A finding has severity, code, where,
    message, hint, source, exact, page, and x, y, width, height in mm; a code has kind, payload, page and its place.
    """
    here: Here = context.obj
    asked = _asked(here, profile, media)
    found = False
    with progress_bar(quiet=as_json) as progress:
        task = progress.add_task("looking", total=len(files))
        for path, report in examine_files(files, asked):
            found = found or any(RULES[fault.code].severity is not Severity.NOTE for fault in report.faults)
            if as_json:
                print_json(_values(path, report))
            else:
                _show(path, report)
            progress.update(task, advance=1)
    return Exit.FINDINGS if found else Exit.WELL


def _asked(here: Here, profile: Profile | None, name: str) -> Asked:
    if not name:
        return Asked(profile=profile)
    world = here.working()
    known = world.settings.media
    if name not in known:
        raise UsageError(f"no media {name!r}", hint=f"choose one of {', '.join(known)}")
    return Asked(profile=profile, media=known[name], condition=world.condition(known[name]))


def _show(path: Path, report: Report) -> None:
    """A file with what was found in it: the worst first, the remedy and where it is written once for each rule."""
    worst = min((_WORST.index(RULES[fault.code].severity) for fault in report.faults), default=len(_WORST) - 1)
    sign, style = ("✗", STYLE[_WORST[worst]]) if worst < len(_WORST) - 1 else ("✓", "green")
    out.print(Text.assemble((f"{sign} ", style), (clean(str(path)), "bold"), (f"  {_summary(report)}", "dim")))
    order = list(RULES)
    faults = sorted(
        report.faults, key=lambda fault: (_WORST.index(RULES[fault.code].severity), order.index(fault.code))
    )
    for code, alike in groupby(faults, key=lambda fault: fault.code):
        rule = RULES[code]
        for number, fault in enumerate(alike):
            severity = "" if number else rule.severity.value
            line = Text.assemble("  ", (f"{severity:<9}", STYLE[rule.severity]))
            line.append(f"{fault.where}: " if fault.where else "", style="bold")
            out.print(line.append(clean(fault.message)))
        remedy = Text(f"{'':<11}→ {rule.remedy}", style="italic")
        out.print(remedy.append("" if rule.source == PRACTICE else f"  ({rule.source})", style="dim"))


def _summary(report: Report) -> str:
    counts = {severity: sum(RULES[fault.code].severity is severity for fault in report.faults) for severity in Severity}
    found = [_plural(count, severity.value) for severity, count in counts.items() if count] or ["nothing found"]
    codes = [f"{_plural(len(report.codes), 'code')} read"] if report.codes else []
    return " · ".join([_plural(report.pages, "page"), _SHOWN[report.profile], *codes, *found])


def _plural(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"


def _values(path: Path, report: Report) -> dict[str, object]:
    return {
        "file": str(path),
        "profile": report.profile.value,
        "pages": report.pages,
        "codes": [_code_values(code) for code in report.codes],
        "findings": [_fault_values(fault, str(path)) for fault in report.faults],
    }


def _code_values(code: FoundCode) -> dict[str, object]:
    return {"kind": code.kind, "payload": code.payload, "page": code.page, **_place_values(code.place)}


def _fault_values(fault: Fault, file: str) -> dict[str, object]:
    (told,) = finding_values([fault.finding(file)])
    rule = RULES[fault.code]
    return {
        **told,
        "source": rule.source,
        "exact": rule.is_exact,
        "page": fault.page,
        **_place_values(fault.place),
    }


def _place_values(place: Place | None) -> dict[str, float | None]:
    sides = (None,) * 4 if place is None else tuple(round(side, 2) for side in place)
    return dict(zip(("x", "y", "width", "height"), sides, strict=True))
