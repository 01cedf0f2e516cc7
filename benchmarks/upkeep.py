"""Cost of upkeep beside a working ledger: copying it while orders come, and purging what is over.

.venv/bin/python benchmarks/upkeep.py [ORDERS]
"""

import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ledger import one_order

from packslip.engine.upkeep.purging import Purge
from packslip.ledger import Ledger, copy_database
from packslip.model import Drop
from packslip.settings import Settings
from packslip.world import Workspace


def main(orders: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        workspace.state.mkdir()
        (workspace.root / "packslip.toml").touch()
        path = workspace.ledger
        with Ledger.open(path, secret=b"s" * 32) as ledger:
            drop = Drop(name="a.csv", spool=Path("a"), sha256="0" * 64, accepted_at=datetime.now(UTC))
            ledger.take_drop(drop, drop_id="d1")
            alone = timed(ledger, 0, orders)
            beside, copying = while_copying(ledger, path, orders)
            print(f"{orders} orders on record, {path.stat().st_size / 1e6:.0f} MB")
            print(f"copied in {copying:.2f} s; an order beside it takes {beside / alone:.2f} of its time alone")
            purge = Purge(
                workspace=workspace, ledger=ledger, settings=Settings(), now=datetime.now(UTC) + timedelta(days=3650)
            )
            start = time.perf_counter()
            counts = purge.run()
            spent = time.perf_counter() - start
            parcels = counts["slips"]
            print(f"purged {parcels} parcels, {spent / parcels / alone:.2f} of the time of an order for each")
            start = time.perf_counter()
            purge.run()
            print(f"with nothing due, all {parcels} purged: {(time.perf_counter() - start) / alone:.0f} orders' time")


def timed(ledger: Ledger, first: int, orders: int) -> float:
    """Seconds for one order."""
    start = time.perf_counter()
    for number in range(first, first + orders):
        one_order(ledger, number)
    return (time.perf_counter() - start) / orders


def while_copying(ledger: Ledger, path: Path, first: int) -> tuple[float, float]:
    """Seconds for one order while the ledger is copied, and for the copy."""
    spent: list[float] = []

    def copy() -> None:
        start = time.perf_counter()
        copy_database(path, path.with_name("copy.db"))
        spent.append(time.perf_counter() - start)

    thread = threading.Thread(target=copy)
    thread.start()
    start, number = time.perf_counter(), first
    while thread.is_alive():
        one_order(ledger, number)
        number += 1
    return (time.perf_counter() - start) / (number - first), spent[0]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
