"""Commands of the history: past orders in, and what is known of a customer."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from packslip.cli.exits import Exit
from packslip.cli.options import Json
from packslip.cli.place import Place
from packslip.cli.screen import clean, finding_values, out, print_json, progress_bar, say, show_findings, table
from packslip.cli.upkeep import Store
from packslip.engine.past_orders import Imported, Listener, import_past_orders
from packslip.errors import UsageError
from packslip.history import HistoryKeeper, KnownCustomer
from packslip.intake import ids_of
from packslip.model import Severity


def add_commands(app: typer.Typer) -> None:
    """Put this module's commands on the command line."""
    history = typer.Typer(help="What is known of customers from past orders.", no_args_is_help=True)
    history.command("import")(history_import)
    history.command("show")(history_show)
    app.add_typer(history, name="history")


def history_import(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV of past orders.")],
    mapping: Annotated[str, typer.Option("--mapping", metavar="NAME", help="Mapping of the export.")] = "",
    as_json: Json = False,
) -> int:
    """Take past orders into the history, so that the first slip already knows who comes back.

    Run it again as often as you like: an import that was cut short goes on where it was, and an order that is known is
    not counted twice. Rows that cannot be read are told and left out. With --json, one object: orders, lines, returns,
    cancelled, known, customers, erased, nameless, was_in, resumed_after, skipped, findings, untold. Exit code 1 if
    rows were left out that could not be read.
    """
    place: Place = context.obj
    world = place.working()
    gc.collect()
    gc.freeze()  # what is loaded stays: the collector need not walk it again for every few thousand lines
    with _watched(quiet=as_json) as listener:
        done = import_past_orders(world, file, mapping, now=datetime.now().astimezone(), listener=listener)
    if as_json:
        print_json(_values(done))
    else:
        show_findings(done.findings)
        _tell(done)
    grave = (Severity.ERROR, Severity.WARNING)
    return Exit.FINDINGS if any(finding.severity in grave for finding in done.findings) else Exit.WELL


def history_show(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="Customer id, or an e-mail address.")],
    store: Store = "",
    as_json: Json = False,
) -> int:
    """Show what the history knows of a customer, for each store and id. With --json, one object for each."""
    place: Place = context.obj
    world, keeper = place.working(), HistoryKeeper(place.workspace().history)
    given = ids_of(place.workspace().secret(), customer)
    ids = tuple(dict.fromkeys(one for each in given for one in world.catalogue.ids_of(each)))
    stores = (store,) if store else sorted(keeper.stores())
    known = [found for one in stores for each in ids if (found := keeper.customer(one, each)) is not None]
    if not known:
        raise UsageError("the history knows nothing of that customer", hint="packslip history import takes past orders")
    for one in known:
        if as_json:
            print_json(_customer_values(one))
        else:
            _show(one)
    return Exit.WELL


def _show(one: KnownCustomer) -> None:
    shown = table("", "", title=clean(f"{one.customer_id} in {one.store}"))
    shown.add_row("orders", str(one.orders))
    shown.add_row("first", str(one.first_on or "none"))
    shown.add_row("last", str(one.last_on or "none"))
    shown.add_row("spent", ", ".join(f"{amount:,} {currency}" for currency, amount in one.spend.items()) or "unknown")
    shown.add_row("returns", str(one.returns))
    for category, day in sorted(one.categories.items(), key=lambda item: item[1], reverse=True):
        shown.add_row(clean(category), str(day))
    out.print(shown)


def _customer_values(one: KnownCustomer) -> dict[str, object]:
    return {
        "store": one.store,
        "customer_id": one.customer_id,
        "orders": one.orders,
        "first_on": one.first_on,
        "last_on": one.last_on,
        "spend": dict(one.spend),
        "returns": one.returns,
        "categories": dict(one.categories),
    }


def _values(done: Imported) -> dict[str, object]:
    taken = done.taken
    return {
        "orders": taken.orders,
        "lines": taken.lines,
        "returns": taken.returns,
        "cancelled": taken.cancelled,
        "known": taken.known,
        "customers": taken.customers,
        "erased": done.erased,
        "nameless": done.nameless,
        "was_in": done.was_in,
        "resumed_after": done.resumed_after,
        "skipped": dict(done.reading.skipped),
        "findings": finding_values(done.findings),
        "untold": done.reading.untold,
    }


def _tell(done: Imported) -> None:
    taken = done.taken
    if done.was_in:
        say("this file was in already, read by the same mapping; nothing changed")
        return
    if done.resumed_after:
        say(f"went on after line {done.resumed_after:,}, where an import was cut short")
    say(f"{taken.orders:,} orders, {taken.lines:,} lines, {taken.returns:,} lines that came back")
    for count, what in (
        (taken.cancelled, "orders were cancelled"),
        (taken.known, "orders and returns were known already"),
        (done.erased, "orders of erased customers, or erased themselves, were left out"),
        (done.nameless, "orders are older than retention.history_days and count for products, not for customers"),
        (done.reading.untold, "more findings are not listed"),
    ):
        if count:
            say(f"{count:,} {what}")
    for reason, rows in done.reading.skipped.items():
        say(f"{rows:,} rows left out: {clean(reason)}")
    say(f"{taken.customers:,} customers counted and ranked anew")


@contextmanager
def _watched(*, quiet: bool) -> Iterator[Listener]:
    """Who hears how far it is: a bar on a terminal."""
    with progress_bar(quiet=quiet) as bar:
        tasks = {what: bar.add_task(what, total=None) for what in ("lines", "customers")}
        yield lambda what, done, total: bar.update(tasks[what], completed=done, total=total or None)
