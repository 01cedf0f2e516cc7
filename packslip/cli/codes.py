"""Commands for promo codes: a shop's codes in and back, levels of pools, codes out, and which were used."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from packslip.cli.exits import Exit
from packslip.cli.options import Json
from packslip.cli.place import Place
from packslip.cli.screen import clean, out, print_json, say, show_findings, table
from packslip.engine.code_files import read_codes, read_names, read_uses, told_findings
from packslip.engine.pool_levels import pool_levels
from packslip.errors import UsageError
from packslip.files import write_atomic
from packslip.ledger import CodeState, Origin, Told, bare, export_codes
from packslip.library.pools import Pool
from packslip.model import Where, has_errors, note

_CodesFile = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV with a column code.")]
_PoolName = Annotated[str, typer.Option("--pool", metavar="NAME", help="Pool, as its file in rules/pools is called.")]


def add_commands(app: typer.Typer) -> None:
    """Put this module's commands on the command line."""
    codes = typer.Typer(help="Promo codes.", no_args_is_help=True)
    codes.command("import")(codes_import)
    codes.command("withdraw")(codes_withdraw)
    codes.command("status")(codes_status)
    codes.command("export")(codes_export)
    codes.command("redeemed")(codes_redeemed)
    app.add_typer(codes, name="codes")


def codes_import(
    context: typer.Context,
    file: _CodesFile,
    pool: _PoolName,
    origin: Annotated[Origin, typer.Option("--origin", help="How the codes reach customers.")] = Origin.SLIP,
    issued: Annotated[
        bool, typer.Option("--issued", help="They were given out already, today where the file says no issued_on.")
    ] = False,
    renew: Annotated[bool, typer.Option("--renew", help="Make codes free again that were withdrawn.")] = False,
    as_json: Json = False,
) -> int:
    """Put a shop's codes into a pool; the same file may come again. Parcels that wait for a code go on by themselves.

    Columns: code, and where they differ amount, unit, minimum, expires_on, issued_on. Codes by e-mail or on cards are
    for comparison only, and never printed. Exit code 1 if a row was refused.
    """
    place: Place = context.obj
    into = _pool(place, pool)
    read = read_codes(_bytes(file), into, name=file.name, issued_on=date.today() if issued else None)  # noqa: DTZ011
    unsent = [code for code in read.codes if origin is not Origin.SLIP and code.issued_on is None]
    if unsent:
        raise UsageError(
            f"{file.name}:{unsent[0].line}: codes by {origin.value} are none of packslip's to give out",
            hint="say when they were given out in a column issued_on, or --issued",
        )
    with place.ledger() as ledger:
        told = ledger.codes.add(pool, read.codes, origin=origin, renew=renew)
    findings = (*read.findings, *told_findings(told, read.codes, name=file.name))
    show_findings(findings)
    count = {kind: told.count(kind) for kind in Told}
    added, known, renewed = count[Told.ADDED], count[Told.KNOWN], count[Told.RENEWED]
    refused = len(told) - added - known - renewed + sum(finding.code == "codes.row" for finding in read.findings)
    if as_json:
        print_json({"pool": pool, "added": added, "known": known, "renewed": renewed, "refused": refused})
    else:
        more = f", {renewed} free again" if renewed else ""
        say(f"{pool}: {added} added, {known} known before{more}, {refused} refused")
    return Exit.FINDINGS if has_errors(findings) else Exit.WELL


def codes_withdraw(
    context: typer.Context,
    pool: _PoolName,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A CSV with a column code; every free code if left out.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Take free codes out of a pool, so that nobody gets them; what an order has, it keeps.

    `packslip codes import FILE --pool NAME --renew` makes them free again. Exit code 1 if a row could not be read.
    """
    place: Place = context.obj
    _pool(place, pool)
    named, findings = read_names(_bytes(file), name=file.name) if file is not None else (None, ())
    with place.ledger() as ledger:
        count = ledger.codes.withdraw(pool, named)
    show_findings(findings)
    kept = len(set(map(bare, named))) - count if named is not None else 0
    if as_json:
        print_json({"pool": pool, "withdrawn": count, "not_free": kept})
    else:
        more = f", {kept} were not free" if kept else ""
        say(f"{pool}: {count} withdrawn{more}")
    return Exit.FINDINGS if has_errors(findings) else Exit.WELL


def codes_status(context: typer.Context, as_json: Json = False) -> int:
    """Say how full pools are, and how long they last at the pace of the last four weeks.

    Exit code 1 if a pool is low or dry.
    """
    place: Place = context.obj
    with place.ledger() as ledger:
        levels = pool_levels(_live_pools(place), ledger.codes.levels(datetime.now(UTC)))
    if as_json:
        for level in levels:
            print_json(level.values)
    elif levels:
        shown = table("pool", "origin", "free", "lasts", "reserved", "issued", "redeemed", "")
        for level in levels:
            days = f"{level.days_left:,} days" if level.days_left is not None else ""
            style = "[bold red]" if level.is_low else ""
            numbers = (f"{style}{level.free:,}", days, *(f"{one:,}" for one in level.counts))
            shown.add_row(clean(level.pool), level.origin, *numbers, level.told)
        out.print(shown)
    else:
        say("no pool, and no imported code")
    return Exit.FINDINGS if any(level.is_low for level in levels) else Exit.WELL


def codes_export(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="CSV to write; standard output if left out.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Codes that nobody has yet, too.")] = False,
) -> int:
    """Export every promo code that was granted or given out, for the shop to activate, with pool, origin and state."""
    place: Place = context.obj
    with place.ledger() as ledger:
        data = export_codes(row for row in ledger.codes.all() if every or row.state is not CodeState.FREE)
    if file is None:
        out.file.write(data.decode())
    else:
        write_atomic(file, data)
        say(f"written to {file}")
    return Exit.WELL


def codes_redeemed(context: typer.Context, file: _CodesFile, as_json: Json = False) -> int:
    """Put on record which codes were used; insights tells what they earned. The same file may come again.

    Columns: code, and used_at, order_id, revenue, currency, margin or cost where the shop knows them. Exit code 1 if a
    row was refused.
    """
    place: Place = context.obj
    read = read_uses(_bytes(file), name=file.name)
    with place.ledger() as ledger:
        known = ledger.codes.redeem(read.used)
    strange = known.count(False)
    findings = list(read.findings)
    if strange:
        findings.append(note("codes.unknown", Where(file=file.name), f"{strange} codes are none that are known here"))
    show_findings(findings)
    refused = sum(finding.code == "codes.row" for finding in read.findings)
    if as_json:
        print_json({"known": known.count(True), "unknown": strange, "refused": refused})
    else:
        say(f"{known.count(True)} uses on record, {strange} of unknown codes, {refused} refused")
    return Exit.FINDINGS if has_errors(findings) else Exit.WELL


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as fault:
        raise UsageError(f"{file}: {fault.strerror}", hint="name a CSV file") from None


def _pool(place: Place, name: str) -> Pool:
    """A pool of the working files: codes may be there before it goes live."""
    pools = place.working().pools
    if name not in pools:
        known = ", ".join(pools) or "no pool"
        raise UsageError(f"no pool {clean(name)!r}", hint=f"rules/pools holds: {known}")
    if not pools[name].is_imported:
        raise UsageError(f"pool {name} makes its codes itself", hint=f'write kind = "imported" in {pools[name].file}')
    return pools[name]


def _live_pools(place: Place) -> dict[str, Pool]:
    return dict((place.published() if place.is_published() else place.working()).pools)
