"""What the history costs: an import, a printed order, and the look before an order.

.venv/bin/python benchmarks/history.py [ONLINE_RETAIL.csv]

On UCI Online Retail, or without a file on an export that is invented: 25,000 orders of 5,000 customers, 500,000 lines.
Beside the looks stands the same question asked without `known_customer`, from the orders themselves.
"""

import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select

from packslip.engine.past_orders import import_past_orders
from packslip.history import History
from packslip.history.opening import open_engine
from packslip.history.past import look
from packslip.history.schema import known_line, known_order
from packslip.library.catalogue import Catalogue
from packslip.model import Address, Line, Order, OrderKey, Where, settle_parcel
from packslip.world import World
from packslip.world.starter import make_workspace

LOOKS = 2_000
WHERE = Where(file="benchmark")


def invent(path: Path) -> None:
    """An export of a shop in which a few buy often and most once."""
    chance = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        file.write("order_id,order_date,currency,customer_id,sku,category,quantity,unit_price\n")
        for order in range(25_000):
            customer = int(5_000 * chance.random() ** 2)
            day = date(2025, 1, 1) + timedelta(days=order // 50)
            for _ in range(20):
                sku = int(4_000 * chance.random() ** 2)
                file.write(f"O{order},{day},EUR,C{customer},S{sku},kind {sku % 12},{chance.randint(1, 9)},4.95\n")


def timed(act: Callable[[], object]) -> float:
    """Milliseconds of CPU, so that who else is busy on the machine does not count."""
    begin = time.process_time()
    act()
    return 1000 * (time.process_time() - begin)


def make_order(number: int, customer: str, day: date, store: str) -> Order:
    lines = tuple(
        Line(line_id=str(one), sku=f"S{one}", description="thing", category="kind 1", quantity=1, where=WHERE)
        for one in range(3)
    )
    return Order(
        key=OrderKey(store=store, order_id=f"new-{number}"), order_date=day, currency="EUR", locale="en-GB",
        customer_id=customer, ship_to=Address(name="N", country="GB"), lines=lines, where=WHERE,
    )  # fmt: skip


def measure_looks(history: History, engine: Engine, orders: list[Order]) -> None:
    catalogue = Catalogue()
    history.facts(orders[0], catalogue, orders[0].order_date)
    looks = [timed(lambda order=order: look(engine, order, (order.customer_id,))) for order in orders]
    with engine.connect() as connection:
        known = known_order.c.store == orders[0].key.store
        plain = [
            timed(
                lambda order=order: connection.execute(
                    select(
                        func.count(known_order.c.id.distinct()),
                        func.max(known_order.c.ordered_on),
                        known_line.c.category,
                    )
                    .join(known_line)
                    .where(known, known_order.c.customer_id == order.customer_id)
                    .group_by(known_line.c.category)
                ).all()
            )
            for order in orders[:500]
        ]
    facts = [timed(lambda order=order: history.facts(order, catalogue, order.order_date)) for order in orders]
    for name, times in (("look", looks), ("facts, with a look and suggestions", facts), ("from the orders", plain)):
        times.sort()
        middle, most = statistics.median(times), times[int(len(times) * 0.99)]
        print(f"{name:<36} median {middle:.3f} ms   99 in 100 below {most:.3f} ms")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="packslip-history-") as folder:
        shop = Path(folder) / "shop"
        make_workspace(shop)
        os.environ["PACKSLIP_SET_RETENTION__HISTORY_DAYS"] = "0"
        file, mapping = (Path(sys.argv[1]), "online-retail") if len(sys.argv) > 1 else (Path(folder) / "past.csv", "")
        if not mapping:
            invent(file)
        world = World.open(shop)
        begin, busy, now = time.perf_counter(), time.process_time(), datetime.now(UTC)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        done = import_past_orders(world, file, mapping, now=now, listener=lambda *_: None)
        took, busy, taken = time.perf_counter() - begin, time.process_time() - busy, done.taken
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"import: {taken.orders:,} orders, {taken.lines:,} lines, {taken.returns:,} came back")
        print(f"        {took:.1f} s, {busy:.1f} s of CPU")
        size = world.workspace.history.stat().st_size / 1e6
        print(f"        {before:.0f} MB before, {after:.0f} MB at most; a file of {size:.0f} MB")
        engine = open_engine(world.workspace.history, read_only=True)
        with History.open(world.workspace.history) as history:
            with engine.connect() as connection:
                named = select(known_order.c.store, known_order.c.customer_id, known_order.c.ordered_on)
                rows = connection.execute(named.where(known_order.c.customer_id != "")).all()
            chosen = random.Random(3).choices(rows, k=LOOKS)
            orders = [make_order(each, row.customer_id, row.ordered_on, row.store) for each, row in enumerate(chosen)]
            measure_looks(history, engine, orders)
            last = max(row.ordered_on for row in rows) + timedelta(days=1)
            fresh = [make_order(each, row.customer_id, last, row.store) for each, row in enumerate(chosen[:300])]
            parcels = [(order, settle_parcel(order, {})[0]) for order in fresh]
            each = timed(lambda: history.add_all(parcels)) / len(parcels)
            print(f"{'a printed order, many at a time':<36} {each:.3f} ms")


if __name__ == "__main__":
    main()
