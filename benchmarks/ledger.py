"""Cost of the ledger for each order: accept, grant, ready, intent, outcome; one caller alone, and many together.

.venv/bin/python benchmarks/ledger.py [ORDERS]
"""

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from packslip.ledger import Arrival, AttemptState, Drawn, Intent, Ledger
from packslip.model import Because, Choice, Drop, Offer, OrderKey, Where

OFFER = Offer(name="welcome", amount=Decimal(15), unit="percent", valid_days=90)
CHOICE = Choice(
    segment="new",
    message="new",
    offer=OFFER,
    strategy="together",
    recommendations=(),
    layout="atelier-a4",
    review=True,
    content=True,
    prices=True,
    because=(Because(table="20-message.csv", row=3, why="a first order", outputs={"message": "new"}),) * 5,
)


def one_order(ledger: Ledger, number: int) -> None:
    key = OrderKey(store="s", order_id=str(number))
    where = Where(file="a.csv", line=number)
    arrival = Arrival(key=key, data_sha256=f"{number:064}", drop="d1", drop_name="a.csv", where=where)
    ref = ledger.accept(arrival).record.ref
    ledger.grant(key, OFFER, today=date(2026, 11, 20), template="HTTPS://OA.EXAMPLE/R/{token}", segment="new")
    drawn = Drawn(
        choice=CHOICE,
        offer="welcome",
        slip="x" * 4000,
        document=f"{number:064}",
        size=40_000,
        pages=1,
        media="a4",
        drawn_by="reference",
        release="r1",
        station="bench",
        printer="bench-a4",
        pieces={"1": 1},
        findings=(),
    )
    ledger.ready(ref, drawn)
    intent = Intent(ref=ref, document=f"{number:064}", printer="bench-a4", number=1, name=f"{number}.pdf")
    attempts = [attempt for attempt in ledger.intend([intent]) if attempt]
    ledger.conclude(attempts, AttemptState.DELIVERED)


def measure(orders: int, threads: int, group_limit: int) -> float:
    with (
        tempfile.TemporaryDirectory(dir=".") as folder,
        Ledger.open(Path(folder) / "ledger.db", secret=b"s" * 32, group_limit=group_limit) as ledger,
    ):
        drop = Drop(name="a.csv", spool=Path(), sha256="x", accepted_at=datetime.now(UTC))
        ledger.take_drop(drop, drop_id="d1")
        started = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda number: one_order(ledger, number), range(orders)))
        return (time.perf_counter() - started) * 1000 / orders


def main() -> None:
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    print(f"{orders} orders, five durable steps each; ms an order")
    for threads, limit, name in (
        (1, 1, "one caller, ungrouped"),
        (3, 64, "3 callers"),
        (64, 64, "64 callers, grouped"),
    ):
        print(f"{name:28}{measure(orders, threads, limit):8.2f}")


if __name__ == "__main__":
    main()
