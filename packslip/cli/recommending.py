"""Commands of the recommendations: recommend build, recommend evaluate."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from packslip.cli.exits import Exit
from packslip.cli.line import Mapping as MappingName
from packslip.cli.line import Today, parse_day
from packslip.cli.options import Json
from packslip.cli.place import Place
from packslip.cli.screen import out, print_json, say, show_findings, table
from packslip.engine.sales_files import read_sales
from packslip.engine.upkeep.modelling import LEAST_ORDERS, build
from packslip.errors import UsageError
from packslip.history import sales_before
from packslip.recommend import Recipe
from packslip.recommend.baskets import Baskets
from packslip.recommend.contestants import baselines, ourselves
from packslip.recommend.evaluating import Standing, evaluate
from packslip.recommend.measures import Interval
from packslip.recommend.peers import LIBRARY, is_there, peers
from packslip.recommend.questions import Task


def add_commands(app: typer.Typer) -> None:
    """Put this module's commands on the command line."""
    recommend = typer.Typer(help="What is recommended: models, and how good they are.", no_args_is_help=True)
    recommend.command("build")(recommend_build)
    recommend.command("evaluate")(recommend_evaluate)
    app.add_typer(recommend, name="recommend")


def recommend_build(
    context: typer.Context,
    today: Today = "",
    tonight: Annotated[
        bool, typer.Option("--tonight", help="Serve from tomorrow on, so that the orders of a day have one model.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Make a model of what the history says was sold before today; a running line takes it up at once.

    With --json, one object: id, until, serves_from, built_at, stores.
    """
    place: Place = context.obj
    now = datetime.now(UTC)
    day = parse_day(today) or now.astimezone().date()
    kept = build(place.workspace(), today=day, serves_from=day + timedelta(days=1) if tonight else day, now=now)
    if as_json:
        print_json(asdict(kept))
        return Exit.WELL
    for store, count in kept.stores.items():
        say(f"{store or 'the shop'}: {count} products")
    if not kept.stores:
        say(f"no store has {LEAST_ORDERS} orders yet; until then what sells is counted")
    say(f"serves orders from {kept.serves_from} on")
    out.print(kept.id)
    return Exit.WELL


def recommend_evaluate(
    context: typer.Context,
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE…]", help="Order CSVs; else the history.")] = None,
    mapping: MappingName = "",
    store: Annotated[str, typer.Option("--store", help="Store; else the one with most sales.")] = "",
    days: Annotated[int, typer.Option("--days", min=1, help="Days of the test, the last ones.")] = 56,
    tasks: Annotated[list[Task] | None, typer.Option("--task", help="One task; else all.")] = None,
    as_json: Json = False,
) -> int:
    """Tell how good recommendations would have been: learnt from earlier days, asked about later ones, three at a time.

    The model is compared with popularity, with other plain ways, and with the library implicit where that is installed.
    Every figure stands with its 95 % interval, drawn by customer. Nothing is printed or kept.

    With --json, one object for each task, kind of customer and contestant.
    """
    place: Place = context.obj
    sold = _sales(place, files or [], mapping)
    baskets = Baskets.of(_of_store(sold, store))
    others = [*baselines(), *(peers() if is_there() else ())]
    if not is_there():
        say(f"the library {LIBRARY} is not installed, so it is left out: pip install 'packslip[bench]' adds it")
    say(f"{len(baskets)} baskets of {len(baskets.of_customers)} known customers, {len(baskets.skus)} products")
    standings = evaluate(baskets, [ourselves(Recipe()), *others], tasks or list(Task), days=days, tell=say)
    for standing in standings if as_json else ():
        print_json(asdict(standing))
    if not as_json:
        _show(standings)
    return Exit.WELL


def _sales(place: Place, files: Sequence[Path], mapping: str) -> Mapping[str, pd.DataFrame]:
    if not files:
        return sales_before(place.workspace().history, date.max)
    world = place.working()
    chosen = world.mapping(mapping or world.settings.hotfolder.mapping)
    sold, findings = read_sales(files, chosen, world.settings, secret=place.workspace().secret)
    show_findings(findings, notes=False)
    return sold


def _of_store(sold: Mapping[str, pd.DataFrame], store: str) -> pd.DataFrame:
    if not sold:
        raise UsageError("nothing was sold that could be compared", hint="name order CSVs, or print some orders first")
    if store and store not in sold:
        raise UsageError(f"no sales of store {store!r}", hint=f"the stores are: {', '.join(sold)}")
    return sold[store or max(sold, key=lambda name: len(sold[name]))]


def _show(standings: Iterable[Standing]) -> None:
    for (task, asker), group in groupby(standings, key=lambda standing: (standing.task, standing.asker)):
        rows = list(group)
        shown = table(
            "",
            "hit rate, %",
            "nDCG, %",
            "coverage, %",
            "novelty, bits",
            "hits ahead, points",
            "nDCG ahead, points",
            title=f"\n{task.value}: {rows[0].asked} questions of {asker.value}",
        )
        for row in sorted(rows, key=lambda one: -one.ndcg.value):
            shown.add_row(
                row.name,
                _percent(row.hit),
                _percent(row.ndcg),
                f"{100 * row.coverage:.1f}",
                f"{row.novelty:.1f}",
                _ahead(row.ahead_hit),
                _ahead(row.ahead_ndcg),
            )
        out.print(shown)


def _percent(one: Interval) -> str:
    return f"{100 * one.value:.1f} ({100 * one.low:.1f} to {100 * one.high:.1f})"


def _ahead(one: Interval) -> str:
    """By how much the model is ahead; starred where the interval leaves zero out."""
    if one.low == one.high == 0:
        return ""
    star = " *" if one.low > 0 or one.high < 0 else ""
    return f"{100 * one.value:+.1f} ({100 * one.low:+.1f} to {100 * one.high:+.1f}){star}"
