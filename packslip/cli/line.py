"""Commands of the line: run, render, explain."""

import importlib
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from packslip.cli.exits import Exit
from packslip.cli.options import Json
from packslip.cli.place import Place
from packslip.cli.records import one_record
from packslip.cli.screen import clean, err, finding_values, out, print_json, progress_bar, say, show_findings, table
from packslip.dispatch.languages import suffix_of, translate
from packslip.engine.decoding import Decoders
from packslip.engine.events import Kind, RunEvent
from packslip.engine.presses import open_presses
from packslip.engine.render import FileReport, Rendered, Renderer, RenderState, document_name
from packslip.engine.run import run_line
from packslip.engine.sheet_files import SheetFile
from packslip.errors import HoldOrder, UsageError
from packslip.files import write_atomic
from packslip.model import Because, Finding, Severity, Where, error, has_errors
from packslip.printers import Language
from packslip.world import World

if TYPE_CHECKING:
    from packslip.engine.batches import BatchFile

Workers = Annotated[int | None, typer.Option("--workers", min=1, max=64, help="Worker processes; else as set.")]
Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help="Order CSVs.")]
Mapping = Annotated[str, typer.Option("--mapping", help="Mapping of another shop's export (rules/mappings/NAME.toml).")]
Today = Annotated[str, typer.Option("--today", metavar="DATE", help="Day to print for; else each order's own date.")]
Arms = Annotated[
    list[str] | None,
    typer.Option("--arm", metavar="CAMPAIGN=ARM", help="As for customers in this arm, whoever they are and whenever."),
]


def add_commands(app: typer.Typer) -> None:
    """Put this module's commands on the command line."""
    app.command()(run)
    app.command()(render)
    app.command()(explain)


def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Print what lies in the hot folder now, then stop.")] = False,
    workers: Workers = None,
) -> int:
    """Watch the hot folder and print every order that is dropped, from the published release."""
    place: Place = context.obj
    summary = run_line(place.workspace(), once=once, workers=workers, listener=show_event)
    told = ", ".join(f"{count} {state}" for state, count in sorted(summary.parcels.items())) or "no parcel"
    say(f"stopped: {told} in {summary.drops} drops")
    if summary.printed:
        say(f"{summary.printed} printed that had waited for a printer")
    if summary.queued:
        say(f"{summary.queued} ready, waiting for a printer; packslip status shows which")
    if summary.wants_a_person:
        say("packslip held list shows what waits for a person")
    if summary.interrupted:
        return Exit.INTERRUPTED
    return Exit.FINDINGS if summary.wants_a_person else Exit.WELL


def show_event(event: RunEvent) -> None:
    """One line for what the line just did."""
    match event.kind:
        case Kind.PARCEL | Kind.PRINTED:
            style = "bold red" if event.state in {"held", "uncertain"} else "green" if event.state == "done" else "dim"
            name = f"{event.order_id}/{event.parcel or ''}"
            where = event.document or (event.text if event.kind is Kind.PRINTED else "")
            say("  ", (f"{event.state:<10}", style), f"{name:<20} ", (where, "dim"))
        case Kind.LISTENING:
            say(f"the line is running; drop CSVs into {event.text}")
        case Kind.CLAIMED:
            say(event.text)
        case Kind.DROP:
            show_findings(event.findings)
            say("  ", (f"result    {event.text}", "dim"))
        case Kind.RELEASE:
            say(f"printing from release {event.text} now")
        case Kind.WARNING:
            say((event.text, "yellow"))
        case Kind.STOPPING:
            say("stopping; what is under way is finished first")


def render(
    context: typer.Context,
    files: Files,
    out_dir: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for the documents.")] = None,
    batch: Annotated[
        Path | None,
        typer.Option("--batch", metavar="FILE", help="One PDF of all slips that are ready, in their order."),
    ] = None,
    impose: Annotated[
        str,
        typer.Option(
            "--impose", metavar="NAME", help="Put the batch on sheets, as an imposition of the settings says."
        ),
    ] = "",
    mapping: Mapping = "",
    today: Today = "",
    language: Annotated[
        Language, typer.Option("--language", help="What --out is written in; all but pdf need thermal media.")
    ] = Language.PDF,
    arm: Arms = None,
    reference: Annotated[bool, typer.Option("--reference", help="Draw by the reference path only.")] = False,
    workers: Workers = None,
    as_json: Json = False,
) -> int:
    """Draw the slips of some files, from the working files: one file each, one PDF of all, or both.

    Nothing counts as printed. Name --out, --batch or both. In a batch, fonts and pictures that slips share stand once.
    With --impose it holds sheets instead of slips, with their marks.

    With --json, one object for each parcel: order_id, parcel, state, document, batch_page, sha256, pages, segment,
    message, offer, parcel_kind, locale, layout, path, render_ms, because, findings. batch_page is the page of the
    batch on which the slip starts.
    """
    place: Place = context.obj
    _check_targets(out_dir, batch, impose, language)
    world = place.working()
    chosen = world.mapping(mapping or world.settings.hotfolder.mapping)
    day, arms = parse_day(today), parse_arms(world, arm)
    if out_dir:
        out_dir.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    tally = dict.fromkeys(RenderState, 0)
    with (
        open_presses(world, workers) as presses,
        Decoders(world.settings.pictures) as decode,
        progress_bar(quiet=as_json) as progress,
        _open_batch(world, batch, impose, day) as together,
    ):
        renderer = Renderer(
            world, presses, mapping=chosen, today=day, arms=arms, threads=presses.count + 1, decode=decode
        )
        task = progress.add_task("drawing", total=None)
        for rendered in renderer.render(files):
            rendered, data = _say(rendered, language)  # noqa: PLW2901
            path = _save(rendered, data, out_dir, taken, suffix_of(language)) if out_dir else None
            page = together.add(rendered) if together else None
            tally[rendered.state] += 1
            if as_json:
                print_json(_values(rendered, path, page))
            else:
                _show(rendered)
            progress.update(task, advance=1)
    _show_reports(renderer.reports)
    ready, held = tally[RenderState.READY], tally[RenderState.HELD]
    twice = f", {tally[RenderState.DUPLICATE]} came twice" if tally[RenderState.DUPLICATE] else ""
    if together:
        show_findings(together.findings)
        say(f"{together.pages} pages in {batch}" if together.pages else f"no slip is ready: {batch} is not written")
    say(f"{ready} ready{f' in {out_dir}' if out_dir else ''}, {held} held{twice}")
    whole = any(has_errors(report.findings) for report in renderer.reports)
    return Exit.FINDINGS if held or whole else Exit.WELL


def _check_targets(folder: Path | None, batch: Path | None, imposition: str, language: Language) -> None:
    if imposition and batch is None:
        raise UsageError("--impose: no file for the sheets", hint="name one with --batch FILE")
    if folder is None and batch is None:
        raise UsageError("no place for the slips", hint="name --out DIR, --batch FILE or both")
    if batch is not None and (batch.suffix.lower() != ".pdf" or batch.is_dir()):
        raise UsageError(f"--batch: expected a PDF file, got {batch}", hint="name one such as slips.pdf")
    if language is not Language.PDF and folder is None:
        raise UsageError(f"--language {language.value}: no place for the files", hint="name --out DIR")


def _open_batch(
    world: World, batch: Path | None, imposition: str, day: date | None
) -> "AbstractContextManager[BatchFile | SheetFile | None]":
    """The batch; for one of slips, and for that alone, this process loads the press."""
    if batch is None:
        return nullcontext()
    if imposition:
        return SheetFile(world, batch, imposition)
    made: BatchFile = importlib.import_module("packslip.engine.batches").BatchFile(world, batch, today=day)
    return made


def parse_day(text: str) -> date | None:
    """The day a person named, if any.

    Raises:
        UsageError: it is no ISO date.
    """
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--today: expected a date like 2026-11-20, got {text!r}") from None


def parse_arms(world: World, named: Iterable[str] | None) -> dict[str, str] | None:
    """Campaign → arm that a person named, None where they named none.

    Raises:
        UsageError: there is no such campaign or arm.
    """
    arms: dict[str, str] = {}
    for text in named or ():
        key, _, arm = text.partition("=")
        campaign = world.campaigns.get(key)
        if campaign is None:
            known = ", ".join(world.campaigns) or "none"
            raise UsageError(f"--arm: no campaign {clean(key)!r}", hint=f"rules/campaigns holds: {known}")
        if arm not in campaign.shares:
            raise UsageError(f"--arm: {key} has no arm {clean(arm)!r}", hint=f"it has: {', '.join(campaign.shares)}")
        arms[key] = arm
    return arms or None


def _say(rendered: Rendered, language: Language) -> tuple[Rendered, bytes | None]:
    """A slip and its document in a language; what cannot be said in it is held."""
    document = rendered.outcome.document if rendered.outcome else None
    if document is None:
        return rendered, None
    try:
        return rendered, translate(document.data, language)
    except HoldOrder as fault:
        where = rendered.order.where if rendered.order else Where(file=rendered.file)
        finding = error("printer.language", where, fault.message, fault.hint)
        return replace(rendered, state=RenderState.HELD, findings=(*rendered.findings, finding)), None


def _save(rendered: Rendered, data: bytes | None, folder: Path, taken: set[str], suffix: str) -> Path | None:
    if data is None or rendered.key is None:
        return None
    path = folder / document_name(rendered.key, taken, suffix)
    write_atomic(path, data, mode=0o600)
    return path


def _show(rendered: Rendered) -> None:
    wanted = [finding for finding in rendered.findings if finding.severity is not Severity.NOTE]
    if rendered.state is not RenderState.READY or wanted:
        err.print(f"[bold]{clean(str(rendered.key or rendered.label))}[/] {rendered.state.value}")
        show_findings(wanted)


def _show_reports(reports: Iterable[FileReport]) -> None:
    for report in reports:
        show_findings(report.findings)
        for reason, count in sorted(report.skipped.items()):
            say(f"{clean(report.file)}: {count} {'row' if count == 1 else 'rows'} skipped: {reason}")
        if report.emptied:
            say(f"{clean(report.file)}: {report.emptied} orders had no line left, so they need no slip")


def _values(rendered: Rendered, path: Path | None, batch_page: int | None = None) -> dict[str, object]:
    outcome, key = rendered.outcome, rendered.key
    choice = outcome.choice if outcome else None
    slip = outcome.slip if outcome else None
    document = outcome.document if outcome else None
    grant = outcome.grant if outcome else None
    offer = choice.offer if choice else None
    return {
        "order_id": key.order_id if key else rendered.label,
        "parcel": key.parcel if key else None,
        "store": key.store if key else None,
        "state": rendered.state.value,
        "document": str(path) if path else None,
        "batch_page": batch_page,
        "sha256": document.sha256 if document else None,
        "pages": len(document.pages) if document else None,
        "segment": choice.segment if choice else None,
        "message": choice.message if choice else None,
        "offer": offer.name if offer else None,
        "promo_code": (grant.promo_code or None) if grant else None,
        "minimum": slip.offer.minimum or None if slip and slip.offer else None,
        "review_url": slip.review.url if slip and slip.review and slip.review.kind == "review" else None,
        "survey_url": slip.review.url if slip and slip.review and slip.review.kind == "survey" else None,
        "parcel_kind": outcome.parcel.kind.value if outcome else None,
        "locale": slip.locale if slip else rendered.order.locale if rendered.order else None,
        "layout": slip.layout if slip else choice.layout if choice else None,
        "path": document.path.value if document else None,
        "render_ms": round(document.render_ms, 2) if document else None,
        "because": [because_values(row) for row in choice.because] if choice else [],
        "findings": finding_values(rendered.findings),
    }


def because_values(row: Because) -> dict[str, object]:
    """A row that fired, for JSON."""
    return {"table": row.table, "row": row.row, "why": row.why, "outputs": dict(row.outputs)}


def explain(
    context: typer.Context,
    what: Annotated[str, typer.Argument(metavar="ORDER[/PARCEL] | FILE", help="A printed or held order, or a CSV.")],
    store: Annotated[str, typer.Option("--store", help="Store, where several use the same order id.")] = "",
    mapping: Mapping = "",
    today: Today = "",
    arm: Arms = None,
    as_json: Json = False,
) -> int:
    """Say why a slip says what it says: each decision table, the row that fired, and its reason."""
    place: Place = context.obj
    if Path(what).is_file():
        return _explain_file(place, Path(what), mapping, parse_day(today), arm, as_json=as_json)
    with place.ledger() as ledger:
        record = one_record(ledger, what, store)
        events = ledger.events(record.key)
    if as_json:
        print_json(
            {
                "order_id": record.key.order_id,
                "parcel": record.key.parcel,
                "state": record.state.value,
                "release": record.release,
                "purged_at": record.purged_at.isoformat() if record.purged_at else None,
                "because": [because_values(row) for row in record.because],
                "findings": finding_values(record.findings),
                "events": [
                    {
                        "at": event.at.isoformat(),
                        "kind": event.kind,
                        "state": event.target,
                        "who": event.who,
                        "detail": event.detail,
                    }
                    for event in events
                ],
            }
        )
        return Exit.WELL
    _show_why(str(record.key), record.state.value, record.because, record.findings)
    if record.purged_at is not None:
        out.print(f"purged on {record.purged_at.astimezone():%Y-%m-%d}: slip, choice and reasons are not kept")
    for event in events:
        when = f"{event.at.astimezone():%Y-%m-%d %H:%M:%S}"
        told = " ".join(filter(None, (event.kind, event.target, clean(event.who), clean(event.detail))))
        out.print(f"[dim]{when}  {escape(told)}[/]")
    return Exit.WELL


def _explain_file(
    place: Place, file: Path, mapping: str, today: date | None, arm: Iterable[str] | None, *, as_json: bool
) -> int:
    world = place.working()
    chosen = world.mapping(mapping or world.settings.hotfolder.mapping)
    renderer = Renderer(world, None, mapping=chosen, today=today, arms=parse_arms(world, arm))
    found = False
    for rendered in renderer.render([file]):
        choice = rendered.outcome.choice if rendered.outcome else None
        found = found or rendered.state is RenderState.HELD
        if as_json:
            print_json(_values(rendered, None))
        else:
            name = str(rendered.key or rendered.label)
            state = "" if rendered.state is RenderState.READY else rendered.state.value
            _show_why(name, state, choice.because if choice else (), rendered.findings)
    _show_reports(renderer.reports)
    whole = any(has_errors(report.findings) for report in renderer.reports)
    return Exit.FINDINGS if found or whole else Exit.WELL


def _show_why(name: str, state: str, because: Iterable[Because], findings: tuple[Finding, ...]) -> None:
    out.print(f"\n[bold]{clean(name)}[/]{f'  [dim]{state}[/]' if state else ''}")
    shown = table("table", "row", "gives", "why")
    for row in because:
        gives = ", ".join(f"{output} {'—' if value is None else value}" for output, value in row.outputs.items())
        shown.add_row(row.table, str(row.row) if row.row else "", clean(gives), clean(row.why))
    out.print(shown)
    show_findings(findings, console=out)
