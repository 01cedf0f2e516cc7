"""The command that says what campaigns do: insights."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from packslip.cli.exits import Exit
from packslip.cli.line import parse_day
from packslip.cli.options import Json
from packslip.cli.place import Place
from packslip.cli.screen import clean, out, print_json, say, show_findings
from packslip.errors import UsageError
from packslip.files import write_atomic
from packslip.history import come_back, purchases_of_buyers
from packslip.insights import (
    WINDOW,
    Count,
    OriginStudy,
    Redemptions,
    Study,
    arms_csv,
    gather,
    make_study,
    origin_csv,
    origin_json,
    origin_page,
    origin_values,
    read_redemptions,
    say_origins,
    say_verdict,
    study_csv,
    study_json,
    study_origins,
    study_page,
    study_values,
    used_orders,
)
from packslip.ledger import CodeRow, Exposure, GrantRecord, Redemption
from packslip.library.campaigns import Campaign
from packslip.model import Finding, Where, has_errors, warning
from packslip.world import World

_FOLDER = "out/insights"
_ORIGINS = "codes_by_origin"  #: no campaign can be called so


def add_commands(app: typer.Typer) -> None:
    """Put this module's command on the command line."""
    app.command()(insights)


def insights(
    context: typer.Context,
    campaign: Annotated[str, typer.Option("--campaign", metavar="NAME", help="One campaign; else all.")] = "",
    folder: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for the pages; else out/insights.")
    ] = None,
    redeemed: Annotated[
        Path | None,
        typer.Option("--redeemed", metavar="FILE", help="Promo codes that were used: a CSV with a column code."),
    ] = None,
    arms: Annotated[
        Path | None,
        typer.Option("--arms", metavar="FILE", help="Also write in which arm each slip was, by order: a CSV."),
    ] = None,
    today: Annotated[str, typer.Option("--today", metavar="DATE", help="Day to judge as of; else today.")] = "",
    as_json: Json = False,
) -> int:
    """Say what each campaign's variants do to what customers buy, against those held out, and how sure that is.

    Writes a page to read, a CSV and a JSON file for each campaign, and one for codes by slip, e-mail and card where it
    is on record which were used. With --json, prints the JSON, one object each.
    Exit code 1 if the arms of a campaign are not what they were meant to be, or the file of codes cannot be used.
    """
    place: Place = context.obj
    world = place.working()
    day = parse_day(today) or datetime.now(UTC).date()
    with place.ledger() as ledger:
        uses = ledger.codes.redemptions()
        codes = ledger.codes.all() if uses else ()
        chosen = _chosen(world, campaign, may_be_none=bool(uses))
        exposures = ledger.exposures()
        grants = ledger.grants() if redeemed else ()
    used = _with_recorded(_redemptions(redeemed, grants), codes, uses)
    findings = [*(used.findings if used else ()), *_strangers(world, exposures)]
    show_findings(findings)
    target = folder or world.workspace.root / _FOLDER
    if arms is not None:
        keys = {one.key for one in chosen}
        write_atomic(arms, arms_csv(one for one in exposures if one.campaign in keys and one.at.date() <= day))
        say(f"written to {arms}")
    studies = [_study(world, one, exposures, used, day=day) for one in chosen]
    for study in studies:
        page = _write(study, target)
        if as_json:
            print_json({**study_values(study), "page": str(page)})
            continue
        for outlook in study.outlooks:
            said = say_verdict(study, outlook)
            say(f"{study.campaign.name}: {said.headline} {said.below}")
        out.print(clean(str(page)))
    if uses and not campaign:
        _tell_origins(study_origins(codes, uses, day=day), target, as_json=as_json)
    bad = has_errors(findings) or not all(study.is_even for study in studies)
    return Exit.FINDINGS if bad else Exit.WELL


def _chosen(world: World, name: str, *, may_be_none: bool) -> Sequence[Campaign]:
    known = world.campaigns
    if not known and (name or not may_be_none):
        raise UsageError("no campaign", hint="rules/campaigns holds one TOML file each, see docs/insights.md")
    if name and name not in known:
        raise UsageError(f"no campaign {name!r}", hint=f"rules/campaigns holds: {', '.join(known)}")
    return [known[name]] if name else list(known.values())


def _redemptions(file: Path | None, grants: Sequence[GrantRecord]) -> Redemptions | None:
    if file is None:
        return None
    try:
        data = file.read_bytes()
    except OSError as fault:
        raise UsageError(f"{file}: {fault.strerror}", hint="name a CSV file") from None
    return read_redemptions(data, grants, name=file.name)


def _with_recorded(
    told: Redemptions | None, codes: Sequence[CodeRow], uses: Sequence[Redemption]
) -> Redemptions | None:
    """What a file tells and what is on record; None where neither says anything."""
    if not uses:
        return told
    findings = told.findings if told else ()
    orders = used_orders(codes, uses) | (told.orders if told else frozenset())
    return Redemptions(orders=orders, findings=findings)


def _tell_origins(study: OriginStudy, folder: Path, *, as_json: bool) -> None:
    """The three files of the comparison of codes by how they were given out."""
    page = folder / f"{_ORIGINS}.html"
    write_atomic(folder / f"{_ORIGINS}.csv", origin_csv(study), mode=0o644)
    write_atomic(folder / f"{_ORIGINS}.json", origin_json(study), mode=0o644)
    write_atomic(page, origin_page(study), mode=0o644)
    if as_json:
        print_json({**origin_values(study), "page": str(page)})
    else:
        say(f"codes: {say_origins(study)}")
        out.print(clean(str(page)))


def _strangers(world: World, exposures: Sequence[Exposure]) -> list[Finding]:
    """Campaigns that slips were printed for and whose file is gone."""
    gone = sorted({exposure.campaign for exposure in exposures} - world.campaigns.keys())
    hint = "put its file back to see what it did"
    return [
        warning("campaign.gone", Where(file=f"rules/campaigns/{name}.toml"), "its slips are on record, it is not", hint)
        for name in gone
    ]


def _study(
    world: World, campaign: Campaign, exposures: Sequence[Exposure], used: Redemptions | None, *, day: date
) -> Study:
    mine = [one for one in exposures if one.campaign == campaign.key and one.at.date() <= day]
    history = world.workspace.history
    same = world.catalogue.same
    purchases = purchases_of_buyers(history, {(one.store, one.order_id) for one in mine}, same=same)
    subjects = gather(mine, purchases, costs=world.catalogue.costs, redeemed=used.orders if used else None)
    usual = Count(*come_back(history, campaign.stores, within=WINDOW, until=day, same=same))
    return make_study(campaign, subjects, day=day, usual=usual)


def _write(study: Study, folder: Path) -> Path:
    """The study's three files; gives the page."""
    name = study.campaign.key
    write_atomic(folder / f"{name}.csv", study_csv(study), mode=0o644)
    write_atomic(folder / f"{name}.json", study_json(study), mode=0o644)
    page = folder / f"{name}.html"
    write_atomic(page, study_page(study), mode=0o644)
    return page
