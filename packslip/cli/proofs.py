"""The command that shows a layout: a set of slips, a contact sheet, and a page that redraws on save."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from packslip.cli.exits import Exit
from packslip.cli.place import Place
from packslip.cli.screen import clean, out, progress_bar, say, show_findings
from packslip.desk import serve_proof
from packslip.engine.presses import Presses, open_presses
from packslip.line.pressed import Pressed
from packslip.model import Slip
from packslip.proof import CONTACT_SHEET, draw_proof, proof_cases, save_proof


def proof(
    context: typer.Context,
    layout: Annotated[str, typer.Argument(help="Layout to draw, such as atelier-a4.")],
    every: Annotated[bool, typer.Option("--all", help="Nearly every combination, not just every pair.")] = False,
    only: Annotated[
        str, typer.Option("--only", metavar="TRAITS", help="Narrow the set, such as locale=de,segment=new.")
    ] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Redraw on save, and show it in a local page.")] = False,
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for PDFs and contact sheet; else out/proof.")
    ] = None,
) -> int:
    """Draw sample slips of a layout: every segment, language, parcel kind and edge case, and one contact sheet."""
    place: Place = context.obj
    world = place.working()
    target = folder or world.workspace.root / "out" / "proof" / world.layout(layout).name
    if watch:
        serve_proof(world.workspace.root, layout, only=only, every=every, folder=target, tell=say)
        return Exit.WELL
    cases = proof_cases(world, layout, today=date.today(), every=every, only=only)  # noqa: DTZ011 - the shop's own day
    with open_presses(world) as presses, progress_bar() as progress:
        sheet = draw_proof(world, cases, lambda slips: _press(presses, slips, progress))
    path = save_proof(world, sheet, target)
    for slip in sheet.slips:
        if slip.has_errors:
            out.print(f"[bold]{clean(slip.case.name)}[/]")
            show_findings(slip.faults, console=out)
    bad = sum(slip.has_errors for slip in sheet.slips)
    say(f"{len(sheet.slips)} slips, {bad} with faults; {path.parent / CONTACT_SHEET}")
    return Exit.FINDINGS if bad else Exit.WELL


def _press(presses: Presses, slips: Sequence[Slip], progress: Progress) -> Iterable[Pressed]:
    with ThreadPoolExecutor(presses.count + 1) as threads:
        yield from progress.track(threads.map(presses, slips), total=len(slips), description="drawing")
