"""Reading a big drop: the time to its first order, what each costs then, and the memory, beside the csv module alone.

.venv/bin/python benchmarks/drops.py [ORDERS …]

Each size is read in a process of its own: once the order contract, once Shopify's export through its mapping. *csv* is
what Python's csv module takes to read the same file once and throw it away. All times are CPU time.
"""

import csv
import multiprocessing
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from packslip.intake import read_orders
from packslip.library.mappings import CONTRACT, load_mapping
from packslip.model import Drop
from packslip.settings import Settings

SIZES = (10_000, 200_000)
LINES = 3
MOST_READ = 5_000
_CONTRACT = (
    "order_id,order_date,currency,locale,ship_name,ship_line1,ship_city,ship_postcode,ship_country,sku,description,"
    "quantity,unit_price"
)
_SHOPIFY = (
    "Name,Email,Financial Status,Currency,Total,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem sku,Lineitem requires shipping,Lineitem fulfillment status,Shipping Name,"
    "Shipping Address1,Shipping City,Shipping Zip,Shipping Country,Cancelled at"
)
_MAPPINGS = Path(__file__).parents[1] / "rules" / "mappings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one reading took; seconds of CPU and megabytes."""

    size: float
    plain: float
    first: float
    each: float  #: for an order after the first
    memory: float


def write_contract(path: Path, orders: int) -> None:
    """A file in the contract's own columns."""
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{_CONTRACT}\n")
        for number in range(orders):
            for line in range(LINES):
                file.write(
                    f"{100_000 + number},2026-11-20,EUR,de-DE,Ada Brink {number},Weg {number},Köln,50667,DE,"
                    f"L-{line},Paper lamp no {line},2,49.90\n"
                )


def write_shopify(path: Path, orders: int) -> None:
    """An export of Shopify's, order columns on first rows only."""
    with path.open("w", encoding="utf-8") as file:
        file.write(f"{_SHOPIFY}\n")
        for number in range(orders):
            name, paid = f"#{100_000 + number}", f"ada{number}@example.org,paid,EUR,149.70,Standard"
            for line in range(LINES):
                first = paid if line == 0 else ",,,,"
                to = f"Ada Brink {number},Weg {number},Köln,50667,DE," if line == 0 else ",,,,,"
                file.write(
                    f"{name},{first},2026-11-20 10:00:00 +0100,2,Lamp no {line},49.90,L-{line},true,pending,{to}\n"
                )


def measure(path: Path, mapping: str) -> Figures:
    """Read one drop to its end."""
    begin = time.process_time()
    with path.open(encoding="utf-8", newline="") as file:
        for _row in csv.reader(file):
            pass
    plain = time.process_time() - begin
    chosen = load_mapping(_MAPPINGS / f"{mapping}.toml")[0] if mapping else CONTRACT
    settings = Settings.model_validate({"hotfolder": {"max_bytes": 1 << 40}})
    drop = Drop(name=path.name, spool=path, sha256="", accepted_at=datetime.now(UTC))
    before = _peak()
    begin = time.process_time()
    reading = read_orders(drop, chosen, settings, secret=lambda: b"x" * 32)
    found = iter(reading.orders)
    next(found)
    first = time.process_time() - begin
    count = sum(read.order is not None for read in islice(found, MOST_READ))
    each = (time.process_time() - begin - first) / count
    size = path.stat().st_size / 1e6
    return Figures(size=size, plain=plain, first=first, each=each, memory=_peak() - before)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(sizes: tuple[int, ...]) -> None:
    """Measure every size and print a table."""
    print("export    orders       MB    csv s  first s  ratio  ms each  MB more")
    with tempfile.TemporaryDirectory() as folder:
        for orders in sizes:
            for name, mapping, write in (("contract", "", write_contract), ("shopify", "shopify", write_shopify)):
                path = Path(folder) / f"{name}-{orders}.csv"
                write(path, orders)
                with multiprocessing.get_context("spawn").Pool(1) as pool:
                    found = pool.apply(measure, (path, mapping))
                print(
                    f"{name:9} {orders:7,} {found.size:7.1f}  {found.plain:7.2f}  {found.first:7.2f}"
                    f"  {found.first / found.plain:5.1f}  {1000 * found.each:7.2f}  {found.memory:7.1f}"
                )
                path.unlink()


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or SIZES)
