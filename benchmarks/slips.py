"""The standard run: different slips, as the line itself would make them, always the same for the same seed.

    python -m benchmarks.slips --count 300 --out run.jsonl

Orders are invented as CSV, then walk intake → decide → compose of a fresh workspace with the repository's own layouts,
rules and catalogue, behind a history of earlier orders. So every slip is one that a shop could have printed.
"""

import argparse
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.orders import write_orders
from packslip.compose import compose, wanted_pictures
from packslip.decide import decide
from packslip.engine.offers import review_template
from packslip.files import sha256
from packslip.history import History
from packslip.intake import read_orders
from packslip.ledger import make_grant
from packslip.library.mappings import CONTRACT
from packslip.line.pictures import PictureDesk
from packslip.model import Choice, Drop, Facts, Finding, Grant, Order, Parcel, Slip, has_errors, settle_parcel
from packslip.world import World
from packslip.world.starter import make_workspace

REPOSITORY = Path(__file__).resolve().parent.parent
LAYOUT = "atelier-a4"
COUNT, SEED, MOST = 300, 11, 20_000

#: Plates kept, more than the run has.
MOST_PLATES = 2000

#: Not a site's secret: no code of the run is ever good.
_SECRET = hashlib.sha256(b"packslip standard run").digest()
_EARLIER, _EARLIER_SEED, _EARLIER_DAY = 400, 3, date(2026, 6, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One order of the run, everything before compose done."""

    order: Order
    facts: Facts
    parcel: Parcel
    choice: Choice
    grant: Grant
    pictures: dict[tuple[str, str], str]


class Run:
    """The run's orders and the rooms they pass; the rows for decide and compose time these same calls."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._desk = PictureDesk(world)
        self._remember_earlier()
        self._history = History.open(world.workspace.history, read_only=True)

    def orders(self, count: int = COUNT, *, seed: int = SEED, lines: int | None = None) -> list[Order]:
        """The orders, read from their CSV."""
        data = write_orders(self.world.catalogue.products, count, seed=seed, lines=lines)
        return self._read(data)

    def slips(self, count: int = COUNT, *, seed: int = SEED, lines: int | None = None) -> list[Slip]:
        """The slips of the run."""
        return [self.compose(self.judge(order)) for order in self.orders(count, seed=seed, lines=lines)]

    def judge(self, order: Order) -> Judged:
        """All that comes before compose: facts, decision, grant, pictures."""
        world, today = self.world, order.order_date
        facts = self._history.facts(order, world.catalogue, today)
        parcel, _ = settle_parcel(order, facts.shipped_before)
        choice = self.decide(order, parcel, facts)
        template = review_template(world, order)
        grant = make_grant(_SECRET, order.key, choice.offer, today=today, template=template)
        pictures, _ = self._desk.fetch(wanted_pictures(order, choice, world, today), world.layout(choice.layout))
        return Judged(order=order, facts=facts, parcel=parcel, choice=choice, grant=grant, pictures=pictures)

    def decide(self, order: Order, parcel: Parcel, facts: Facts) -> Choice:
        """What the rules say of an order."""
        world = self.world
        choice, findings = decide(
            order, parcel, facts, world.rules, order.order_date, origin=world.settings.shop.country
        )
        _demand(findings, order)
        if choice.layout != LAYOUT:
            raise RuntimeError(f"{order.key}: the rules chose {choice.layout}, the run is one of {LAYOUT}")
        return choice

    def compose(self, judged: Judged) -> Slip:
        """The slip."""
        slip, findings = compose(
            judged.order,
            judged.parcel,
            judged.choice,
            judged.grant,
            judged.pictures,
            self.world,
            today=judged.order.order_date,
        )
        _demand(findings, judged.order)
        return slip

    def _read(self, data: bytes) -> list[Order]:
        spool = self.world.workspace.root / "run.csv"
        spool.write_bytes(data)
        accepted = datetime.combine(date.min, time(), UTC)
        drop = Drop(name=spool.name, spool=spool, sha256=sha256(data), accepted_at=accepted)
        reading = read_orders(drop, CONTRACT, self.world.settings)
        orders = []
        for record in reading.orders:
            if record.order is None or has_errors(record.findings):
                raise RuntimeError(f"{record.label}: not readable: {record.findings}")
            orders.append(record.order)
        return orders

    def _remember_earlier(self) -> None:
        """A summer's orders, so that recommendations differ from customer to customer."""
        products = self.world.catalogue.products
        data = write_orders(products, _EARLIER, seed=_EARLIER_SEED, first_day=_EARLIER_DAY)
        earlier = self._read(data)
        self.world.workspace.state.mkdir(mode=0o700, exist_ok=True)
        with History.open(self.world.workspace.history) as history:
            history.add_all((order, settle_parcel(order, {})[0]) for order in earlier)


@contextmanager
def fresh_world() -> Iterator[World]:
    """A new workspace of the repository's own files, with nothing in its stores but the pictures' renditions."""
    with TemporaryDirectory(prefix="packslip-bench-") as folder:
        workspace = make_workspace(Path(folder) / "shop")
        cache = REPOSITORY / "image_cache"
        if cache.is_dir():
            workspace.image_cache.rmdir()
            workspace.image_cache.symlink_to(cache)
        # warm is warm: every plate of the run is kept, and the table says how many there are
        settings = workspace.root / "packslip.toml"
        settings.write_text(
            re.sub(r"(?m)^plates = \d+", f"plates = {MOST_PLATES}", settings.read_text("utf-8")), "utf-8"
        )
        yield World.open(workspace.root)


def write_slips(slips: Sequence[Slip], path: Path) -> None:
    """One slip's JSON on each line."""
    path.write_text("".join(f"{slip.to_json()}\n" for slip in slips), encoding="utf-8")


def read_slips(path: Path) -> list[Slip]:
    """The slips of a file."""
    return [Slip.from_json(line) for line in path.read_text(encoding="utf-8").splitlines()]


def mix(slips: Sequence[Slip]) -> dict[str, float]:
    """Shares of what makes slips differ, for people and for the test of the promise."""
    counts: Counter[str] = Counter()
    for slip in slips:
        counts[f"language {slip.locale[:2]}"] += 1
        counts[f"segment {slip.segment}"] += 1
        counts[f"parcel {slip.parcel.kind}"] += 1
        counts[f"brand {slip.brand.store}"] += 1
        counts["three recommendations"] += len(slip.recommendations) == 3
        counts["all recommendations pictured"] += bool(slip.recommendations) and all(
            item.picture for item in slip.recommendations
        )
        counts["QR"] += slip.review is not None
        counts["promo code"] += slip.offer is not None
        counts["gift"] += slip.parcel.gift
        counts["content"] += slip.content is not None
    return {name: counts[name] / len(slips) for name in sorted(counts)}


def _demand(findings: Sequence[Finding], order: Order) -> None:
    if has_errors(tuple(findings)):
        raise RuntimeError(f"{order.key}: {findings}")


def main() -> None:
    parser = argparse.ArgumentParser(description="write the standard run")
    parser.add_argument("--count", type=int, default=COUNT, help=f"how many slips, at most {MOST}")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--lines", type=int, help="the same number of lines on every slip")
    parser.add_argument("--out", type=Path, required=True, help="file for the slips, one JSON a line")
    wanted = parser.parse_args()
    with fresh_world() as world:
        slips = Run(world).slips(min(wanted.count, MOST), seed=wanted.seed, lines=wanted.lines)
    write_slips(slips, wanted.out)
    print(f"{len(slips)} slips, {sum(len(slip.lines) for slip in slips) / len(slips):.2f} lines in the mean")
    for name, share in mix(slips).items():
        print(f"{share:6.1%}  {name}")


if __name__ == "__main__":
    main()
