"""Commands for people's rights: what is kept about a customer, and their objection to marketing."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from packslip.cli.exits import Exit
from packslip.cli.place import Place, person
from packslip.cli.screen import out, say, table
from packslip.cli.upkeep import Kind, Store, Whose, check_kind
from packslip.engine.suppressing import Suppressions
from packslip.engine.upkeep.exporting import DATA, export
from packslip.engine.upkeep.whose import Finder
from packslip.intake import ids_of

Customer = Annotated[
    str, typer.Argument(metavar="CUSTOMER", help="Customer id as the shop has it, or an e-mail address.")
]


def add_commands(app: typer.Typer) -> None:
    """Put this module's commands on the command line."""
    customer = typer.Typer(help="What is kept about a customer, and no marketing.", no_args_is_help=True)
    customer.command("export")(customer_export)
    customer.command("suppress")(customer_suppress)
    customer.command("suppressed")(customer_suppressed)
    app.add_typer(customer, name="customer")


def customer_export(
    context: typer.Context,
    whose: Whose,
    folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="New folder for it.")],
    store: Store = "",
    kind: Kind = "",
) -> int:
    """Write everything that is kept about a customer, or an order, into a folder: data.json and the documents."""
    place: Place = context.obj
    check_kind(kind)
    with place.ledger() as ledger:
        finder = Finder(place.workspace(), ledger)
        holding = finder.named(whose, store, kind)
        written = export(place.workspace(), ledger, finder, holding, folder)
    say(f"{len(holding.orders)} orders, {written} files")
    out.print(str(folder / DATA))
    return Exit.WELL


def customer_suppress(
    context: typer.Context,
    customer: Customer,
    store: Annotated[str, typer.Option("--store", help="One store; else all, those to come too.")] = "",
    lift: Annotated[bool, typer.Option("--lift", help="The customer takes the objection back.")] = False,
) -> int:
    """Put on record that a customer wants no marketing: from now on the slips say what is in the parcel and no more.

    It holds for every order that is read from now on, and outlives packslip erase.
    """
    place: Place = context.obj
    suppressions = Suppressions(place.workspace())
    now = datetime.now(UTC)
    if not lift:
        for one in ids_of(place.workspace().secret(), customer):
            suppressions.suppress(one, store=store or None, at=now, who=person())
        say(f"no marketing from now on{f' in {store}' if store else ''}; a running line knows it at once")
        return Exit.WELL
    ids = ids_of(place.workspace().secret(), customer)
    for one in ids:
        suppressions.lift(one, stores=(store,) if store else (None, *place.working().brands), at=now, who=person())
    still = [one for one in (store or "", *place.working().brands) if any(suppressions.holds(one, id_) for id_ in ids)]
    say(
        "the objection is lifted"
        if not still
        else "an objection against all stores still stands; lift it without --store"
    )
    return Exit.WELL if not still else Exit.FINDINGS


def customer_suppressed(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(metavar="[CUSTOMER]", help="One customer; else all, by date.")] = "",
    store: Annotated[str, typer.Option("--store", help="One store; else any.")] = "",
) -> int:
    """Say whether a customer wants no marketing (exit code 1 if so), or when objections that stand were made.

    Who made them is kept as a keyed hash and can be asked, not listed.
    """
    place: Place = context.obj
    suppressions = Suppressions(place.workspace())
    if customer:
        stores = (store,) if store else ("", *place.working().brands)
        ids = ids_of(place.workspace().secret(), customer)
        holds = any(suppressions.holds(one, each) for one in stores for each in ids)
        say("wants no marketing" if holds else "no objection stands")
        return Exit.FINDINGS if holds else Exit.WELL
    shown = table("since", "key", "entered by")
    for line in suppressions.standing():
        shown.add_row(f"{line.at.astimezone():%Y-%m-%d %H:%M}", line.key[:12], line.who)
    out.print(shown)
    return Exit.WELL
