"""The command of a packing table: call."""

import sys
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.markup import escape

from packslip.cli.exits import BY_FATE, Exit
from packslip.cli.options import Json
from packslip.cli.place import Place
from packslip.cli.screen import clean, err, out, print_json
from packslip.engine.calling import CallAnswer, CallDesk, Called
from packslip.errors import PackslipError

Order = Annotated[
    str,
    typer.Argument(metavar="[ORDER[/PARCEL]]", help="Order id; left out: one a line from the terminal, or a scanner."),
]
Station = Annotated[str, typer.Option("--station", "-s", help="Packing table that asks; else the default station.")]
Store = Annotated[str, typer.Option("--store", help="Store, where several use the same order id.")]


def add_commands(app: typer.Typer) -> None:
    """Put this module's commands on the command line."""
    app.command()(call)


def call(
    context: typer.Context, order: Order = "", station: Station = "", store: Store = "", as_json: Json = False
) -> int:
    """Print the slip that is ready for an order, here and now.

    With no order it reads one a line until the input ends: leave it open at the packing table and let the barcode
    scanner type into it.
    """
    place: Place = context.obj
    failed = Exit.WELL
    with place.ledger() as ledger, CallDesk(place.workspace(), ledger) as desk:
        at = station or place.published().settings.default_station
        for text in [order] if order else _scanned(at):
            try:
                answer = desk.call(text, station=at, store=store)
            except PackslipError as fault:
                if order:
                    raise
                failed = max(failed, BY_FATE[fault.fate])
                _refuse(text, fault, as_json=as_json)
            else:
                failed = max(failed, Exit.FINDINGS if answer.outcome is Called.WAITS else Exit.WELL)
                _show(answer, as_json=as_json)
    return failed


def _scanned(station: str) -> Iterator[str]:
    """Orders as they are typed or scanned."""
    if sys.stdin.isatty():
        err.print(f"[bold]{escape(station)}[/]  [dim]scan or type an order, end with Ctrl-D[/]")
    for line in sys.stdin:
        if text := line.strip():
            yield text


def _show(answer: CallAnswer, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "parcel": answer.parcel,
                "printer": answer.printer,
                "outcome": answer.outcome.value,
                "document": answer.document or None,
                "told": answer.told,
            }
        )
        return
    style = "bold yellow" if answer.outcome is Called.WAITS else "bold green"
    told = f"  {escape(clean(answer.told))}" if answer.told else ""
    out.print(f"[{style}]{answer.outcome.value:<8}[/] {escape(clean(answer.parcel))}  [dim]{answer.printer}[/]{told}")


def _refuse(text: str, fault: PackslipError, *, as_json: bool) -> None:
    if as_json:
        print_json({"parcel": text, "outcome": "refused", "told": str(fault)})
        return
    err.bell()
    err.print(f"[bold red]{'no':<8}[/] {escape(clean(text))}  {escape(clean(fault.message))}")
    if fault.hint:
        err.print(f"         [dim]→ {escape(clean(fault.hint))}[/]")
