"""A line that takes codes out of a pool, killed at named points and at random moments, and started again.

What is looked at is what a shop has in the end: the papers, the result files and the ledger.
"""

import contextlib
import signal
import time
from collections import defaultdict
from random import Random

import pytest
from kill_kit import Nursery
from line_kit import POOL, PoolRoad, documents, drop_file, make_workspace, results
from thorough_kit import THOROUGH

from packslip.ledger import CodeState, Ledger, NewCode, ParcelState

KILLS = 400 if THOROUGH else 10
SETTINGS = "[printers.bench-a4]\nmedia = 'a4'\n[stations.bench]\nprinters = ['bench-a4']\n"

POINTS = [
    *(f"ledger.commit:{number}" for number in range(1, 13)),
    *(f"ledger.committed:{number}" for number in range(1, 13)),
    "line.accepted",
    "line.accepted:3",
    "line.stored",
    "line.stored:3",
    "line.ready",
    "line.ready:3",
    "dispatch.intended",
    "dispatch.renamed:2",
    "drop.answered",
    "drop.closed",
]


class CodeShop:
    """A workspace with a pool, and what came of its codes."""

    def __init__(self, root, codes):
        self.workspace = make_workspace(root, settings=SETTINGS)
        self.imported = 0
        self.fill(codes)

    def ledger(self):
        return Ledger.open(self.workspace.ledger, secret=self.workspace.secret())

    def fill(self, count):
        new = [NewCode(line=2, code=f"SPRING-{self.imported + number:04}") for number in range(count)]
        with self.ledger() as ledger:
            ledger.codes.add(POOL, new)
        self.imported += count

    def drop(self, name, *rows):
        drop_file(self.workspace, name, *(f"{order},{parcel},1,{text}" for order, parcel, text in rows))

    def wrong(self):
        """What is wrong with the codes."""
        with self.ledger() as ledger:
            rows = ledger.codes.all()
            told = [str(finding) for finding in ledger.upkeep.check_records()]
            waiting = {record.key.order_id for record in ledger.in_state(ParcelState.ACCEPTED, ParcelState.HELD)}
        owners = {row.code: row.order_id for row in rows}
        state = {row.code: row.state for row in rows}
        if len(rows) != self.imported:
            told.append(f"{self.imported} codes were imported, {len(rows)} are there")
        of_paper: dict[str, set[str]] = defaultdict(set)
        for paper in documents(self.workspace):
            _, key, _, _, code, _ = paper.split(" ")
            of_paper[code].add(key.partition("/")[0])
        for code, orders in of_paper.items():
            if len(orders) != 1:
                told.append(f"{code} is on the papers of {sorted(orders)}")
            if state.get(code) is not CodeState.ISSUED or {owners.get(code)} != orders:
                told.append(f"{code} is on a paper of {sorted(orders)}, and {state.get(code)} of {owners.get(code)!r}")
        told += [
            f"the result file gives {row['promo_code']} to {row['order_id']}"
            for row in results(self.workspace)
            if row["promo_code"] and of_paper[row["promo_code"]] != {row["order_id"]}
        ]
        for row in rows:
            if row.state is CodeState.RESERVED and row.order_id not in waiting:
                told.append(f"{row.code} is reserved for {row.order_id}, which nobody will print")
            if row.state is CodeState.ISSUED and row.code not in of_paper:
                told.append(f"{row.code} is issued and on no paper")
        return told


@pytest.fixture(scope="module")
def nursery():
    with contextlib.closing(Nursery()) as made:
        yield made


@pytest.fixture(autouse=True)
def _no_life_is_left(nursery):
    yield
    nursery.stop()


ROWS = (("A1", 1, "x"), ("A1", 2, "y"), ("A2", 1, "hold"), ("A3", 1, "x"), ("A4", 1, "x"))


@pytest.mark.parametrize("point", POINTS)
def test_a_line_killed_anywhere_neither_burns_nor_doubles_a_code(nursery, tmp_path, point):
    shop = CodeShop(tmp_path / "shop", 3)
    shop.drop("a.csv", *ROWS)
    assert nursery.run(shop.workspace, crash_at=point, road=PoolRoad) == -signal.SIGKILL
    assert nursery.run(shop.workspace, road=PoolRoad) == 0
    assert shop.wrong() == []
    assert len(documents(shop.workspace)) == 4
    with shop.ledger() as ledger:
        assert sorted(row.state for row in ledger.codes.all()) == ["issued"] * 3


def test_a_line_killed_again_and_again_with_a_pool_that_runs_dry_and_is_filled(nursery, tmp_path):
    """Between lives codes are imported, too few at times, and held parcels are put aside or called off."""
    random, killed = Random(7), 0
    shop = CodeShop(tmp_path / "shop", 2)
    shop.drop("first.csv", ("F1", 1, "x"), ("F2", 1, "x"))
    begun = time.perf_counter()
    assert nursery.run(shop.workspace, road=PoolRoad) == 0
    latest = time.perf_counter() - begun
    for number in range(KILLS):
        orders = [(f"O{number}-{place}", parcel, "x") for place in range(2) for parcel in (1, 2)]
        shop.drop(f"f{number}.csv", *orders, (f"H{number}", 1, "hold"))
        life = nursery.start(shop.workspace, road=PoolRoad)
        if life.kill_after(random.uniform(0.0, latest)) == -signal.SIGKILL:
            killed += 1
        else:
            latest /= 2
        with shop.ledger() as ledger:
            for record in ledger.held()[:1]:
                ledger.put_aside(record.ref)
            for record in ledger.in_state(ParcelState.READY)[:1]:
                if random.random() < 0.2:
                    ledger.cancel(record.ref)
        shop.fill(random.choice((0, 1, 2, 4)))
        assert [text for text in shop.wrong() if "on no paper" not in text] == []  # it may be on its way yet
    shop.fill(2 * KILLS)
    assert nursery.run(shop.workspace, road=PoolRoad) == 0
    called_off = {row["order_id"] for row in results(shop.workspace) if row["state"] == "cancelled"}
    assert [text for text in shop.wrong() if "on no paper" not in text or not called_off] == []
    assert killed >= KILLS / 2
