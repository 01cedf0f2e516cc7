"""Commands of the packing lead: held, cancel, reprint; and which record an order id means."""

from datetime import datetime
from typing import Annotated

import typer

from packslip.cli.exits import Exit
from packslip.cli.options import Json
from packslip.cli.place import Place
from packslip.cli.screen import clean, finding_values, out, print_json, say, show_findings, table
from packslip.dispatch import DeliveryState
from packslip.engine.reprint import is_running, reprint_parcel
from packslip.engine.rereading import why_unreadable
from packslip.errors import UsageError
from packslip.ledger import DropRecord, Ledger, ParcelRecord, ParcelState
from packslip.model import Severity

Parcel = Annotated[
    str, typer.Argument(metavar="ORDER[/PARCEL]", help="Order id, with its parcel where it has several.")
]
Store = Annotated[str, typer.Option("--store", help="Store, where several use the same order id.")]

Marked = Annotated[bool, typer.Option("--marked", help="Print a copy that says on every page that it is one.")]


def add_commands(app: typer.Typer) -> None:
    """Put this module's commands on the command line."""
    app.command()(cancel)
    app.command()(reprint)
    held = typer.Typer(help="Parcels and drops that wait for a person.", no_args_is_help=True)
    held.command("list")(held_list)
    held.command("show")(held_show)
    held.command("retry")(held_retry)
    held.command("release")(held_release)
    held.command("drop")(held_drop)
    app.add_typer(held, name="held")


def held_list(context: typer.Context, as_json: Json = False) -> int:
    """List what waits for a person: held and uncertain parcels, held drops, oldest first, with the first reason."""
    place: Place = context.obj
    with place.ledger() as ledger:
        parcels, drops = ledger.in_state(ParcelState.HELD, ParcelState.UNCERTAIN), ledger.held_drops()
        doubts = {record.ref: ledger.attempts(record.ref)[-1].told for record in parcels if _is_uncertain(record)}
    if as_json:
        for record in parcels:
            print_json(_parcel_values(record))
        for drop in drops:
            print_json(_drop_values(drop))
    elif parcels or drops:
        shown = table("held", "from", "since", "why")
        for record in parcels:
            why = next((str(f) for f in record.findings if f.severity is Severity.ERROR), "")
            if _is_uncertain(record):
                why = f"uncertain whether {record.printer} printed it: {doubts[record.ref] or 'no answer'}"
            shown.add_row(clean(str(record.key)), clean(record.drop_name), _time(record.accepted_at), clean(why))
        for drop in drops:
            first = next(iter(drop.findings), None)
            shown.add_row(f"drop {drop.id}", clean(drop.name), _time(drop.accepted_at), clean(str(first or "")))
        out.print(shown)
    else:
        say("nothing is held")
    return Exit.FINDINGS if parcels or drops else Exit.WELL


def held_show(context: typer.Context, parcel: Parcel, store: Store = "", as_json: Json = False) -> int:
    """Show every finding of a held parcel or drop."""
    place: Place = context.obj
    with place.ledger() as ledger:
        drop = ledger.drop(parcel)
        record = None if drop else one_record(ledger, parcel, store, held=True)
    if as_json:
        print_json(_drop_values(drop) if drop else _parcel_values(record) if record else {})
        return Exit.FINDINGS
    findings = drop.findings if drop else record.findings if record else ()
    out.print(f"[bold]{clean(drop.name if drop else str(record.key) if record else '')}[/]")
    show_findings(findings, console=out)
    return Exit.FINDINGS


def held_retry(
    context: typer.Context,
    parcel: Annotated[str, typer.Argument(metavar="[ORDER[/PARCEL]]", help="A held parcel or drop.")] = "",
    store: Store = "",
    reason: Annotated[
        str, typer.Option("--reason", metavar="CODE", help="Every parcel held for this alone, such as offer.dry.")
    ] = "",
) -> int:
    """Try a held parcel or drop again: it is read anew, under the release that is live."""
    place: Place = context.obj
    if bool(parcel) == bool(reason):
        raise UsageError("name one parcel or drop, or a --reason", hint="packslip held list shows what is held and why")
    with place.ledger() as ledger:
        if reason:
            held = [record for record in ledger.held() if _is_held_for(record, reason)]
            for record in held:
                ledger.retry(record.ref)
            return _next_look(place, f"{len(held)} held for {reason}: will be tried again")
        if ledger.drop(parcel):
            ledger.retry_drop(parcel)
        else:
            ledger.retry(one_record(ledger, parcel, store, held=True).ref)
    return _next_look(place, f"{parcel}: will be tried again")


def held_release(context: typer.Context, parcel: Parcel, store: Store = "") -> int:
    """Print a held parcel despite the findings it has now; who let it pass is recorded.

    Of an uncertain parcel a marked copy is printed. An order that cannot be read has nothing to print: then it stays
    held, and the exit code is 1.
    """
    place: Place = context.obj
    with place.ledger() as ledger:
        record = one_record(ledger, parcel, store, held=True)
        if _is_uncertain(record):
            return _reprint(place, ledger, record, marked=True)
        unreadable = why_unreadable(place.published(), record, ledger.drop(record.drop))
        if unreadable:
            show_findings(unreadable)
            say(f"{parcel}: stays held, since it cannot be read; mend its file and drop it again")
            return Exit.FINDINGS
        show_findings(record.findings)
        ledger.release(record.ref)
    return _next_look(place, f"{parcel}: released")


def held_drop(context: typer.Context, parcel: Parcel, store: Store = "") -> int:
    """Put a held parcel or drop aside for good; an uncertain parcel is taken as printed."""
    place: Place = context.obj
    with place.ledger() as ledger:
        if ledger.drop(parcel):
            ledger.put_aside_drop(parcel)
        else:
            record = one_record(ledger, parcel, store, held=True)
            if _is_uncertain(record):
                ledger.confirm(record.ref)
                say(f"{parcel}: taken as printed")
                return Exit.WELL
            ledger.put_aside(record.ref)
    say(f"{parcel}: put aside")
    return Exit.WELL


def cancel(context: typer.Context, parcel: Parcel, store: Store = "") -> int:
    """Call off a parcel that is not on its way to a printer yet."""
    place: Place = context.obj
    with place.ledger() as ledger:
        ledger.cancel(one_record(ledger, parcel, store).ref)
    say(f"{parcel}: cancelled")
    return Exit.WELL


def reprint(context: typer.Context, parcel: Parcel, store: Store = "", marked: Marked = False) -> int:
    """Send a parcel's document to its printer once more: the same bytes, the same code.

    Where the stored bytes are gone, it is drawn again from its slip and release. Other bytes never go out as if they
    were the same: then it is said what has changed, and --marked prints what can be drawn, marked as a copy.
    """
    place: Place = context.obj
    with place.ledger() as ledger:
        return _reprint(place, ledger, one_record(ledger, parcel, store), marked=marked)


def _reprint(place: Place, ledger: Ledger, record: ParcelRecord, *, marked: bool) -> int:
    today = datetime.now().astimezone().date()
    done = reprint_parcel(place.workspace(), ledger, record, marked_on=today if marked else None)
    for changed in done.changes:
        say(f"not as it was: {changed}")
    if done.redrawn and not done.changes:
        say("its document was gone; drawn again from its slip, the same to the byte")
    out.print(str(done.path) if done.path else f"sent to {done.printer}")
    if done.state is DeliveryState.UNCERTAIN:
        say("nobody can know whether it was printed: look at the printer")
        return Exit.FINDINGS
    return Exit.WELL


def one_record(ledger: Ledger, text: str, store: str = "", *, held: bool = False) -> ParcelRecord:
    """The one parcel record that `ORDER[/PARCEL]` means.

    Raises:
        UsageError: there is none, or there are several.
    """
    found = [record for record in ledger.find(text) if not store or record.key.store == store]
    if held:
        found = [record for record in found if record.state is ParcelState.HELD or _is_uncertain(record)]
    if not found:
        what = "is held" if held else "is on record"
        raise UsageError(
            f"no parcel {clean(text)!r} {what}", hint="packslip held list shows what is held" if held else ""
        )
    keys = {record.key for record in found}
    if len(keys) > 1:
        known = ", ".join(f"{record.key} of {record.key.store}" for record in found)
        raise UsageError(f"{clean(text)!r} can mean {known}", hint="name ORDER/PARCEL and --store")
    return found[-1] if held else found[0]


def _is_held_for(record: ParcelRecord, reason: str) -> bool:
    return {finding.code for finding in record.findings if finding.severity is Severity.ERROR} == {reason}


def _is_uncertain(record: ParcelRecord) -> bool:
    return record.state is ParcelState.UNCERTAIN


def _next_look(place: Place, what: str) -> int:
    running = is_running(place.workspace())
    say(f"{what}; {'the line takes it at its next look' if running else 'start packslip run to print it'}")
    return Exit.WELL


def _time(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def _parcel_values(record: ParcelRecord) -> dict[str, object]:
    return {
        "order_id": record.key.order_id,
        "parcel": record.key.parcel,
        "store": record.key.store,
        "state": record.state.value,
        "drop": record.drop_name,
        "since": record.accepted_at.isoformat(),
        "findings": finding_values(record.findings),
    }


def _drop_values(drop: DropRecord) -> dict[str, object]:
    return {
        "drop": drop.id,
        "name": drop.name,
        "state": drop.state.value,
        "since": drop.accepted_at.isoformat(),
        "findings": finding_values(drop.findings),
    }
