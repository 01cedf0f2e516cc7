"""Drops of the soak: orders of the standard mix, staged as files beside the inbox and renamed into it in time."""

import csv
import io
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.orders import write_orders
from packslip.files import safe_name
from packslip.model import Product

_LEAST_PAUSE_S = 0.0005


@dataclass(frozen=True, slots=True)
class StagedDrop:
    """A file that waits beside the inbox."""

    path: Path
    slips: tuple[str, ...]  #: how the names begin that its documents have in a tray


def stage_drops(
    products: Sequence[Product], folder: Path, *, first: int, count: int, seed: int, variety: int = 0, per_file: int = 1
) -> list[StagedDrop]:
    """Files of so many orders, `per_file` in each, numbered from `first` on."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = csv.reader(io.StringIO(write_orders(products, count, seed=seed, first=first, variety=variety).decode()))
    header = next(rows)
    staged: list[StagedDrop] = []
    for orders in _batches(rows, per_file):
        path = folder / f"{first + len(staged) * per_file:08d}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(row for order in orders for row in order)
        slips = tuple(f"{safe_name(order[0][0])}-{order[0][1]}" for order in orders)
        staged.append(StagedDrop(path, slips))
    return staged


def _batches(rows: Iterator[list[str]], per_file: int) -> Iterator[list[list[list[str]]]]:
    batch: list[list[list[str]]] = []
    for row in rows:
        if batch and batch[-1][0][:2] == row[:2]:
            batch[-1].append(row)
            continue
        if len(batch) == per_file:
            yield batch
            batch = []
        batch.append([row])
    if batch:
        yield batch


def drop_steadily(
    staged: Sequence[StagedDrop], inbox: Path, *, rate: float, until: float, told: Callable[[StagedDrop, float], None]
) -> None:
    """So many orders a second, each file at its time; `told` of each, with the moment just before it was there."""
    started = time.monotonic()
    ahead = 0
    for drop in staged:
        due = started + ahead / rate
        if due > until:
            return
        while (left := due - time.monotonic()) > 0:
            time.sleep(max(left, _LEAST_PAUSE_S))
        _drop(drop, inbox, told)
        ahead += len(drop.slips)


def drop_as_borne(
    staged: Sequence[StagedDrop],
    inbox: Path,
    *,
    most: int,
    under_way: Callable[[], int],
    until: float,
    told: Callable[[StagedDrop, float], None],
) -> None:
    """Keep `most` orders under way: as many a second as the machine bears."""
    for drop in staged:
        while under_way() >= most and time.monotonic() < until:
            time.sleep(0.002)
        if time.monotonic() >= until:
            return
        _drop(drop, inbox, told)


def _drop(drop: StagedDrop, inbox: Path, told: Callable[[StagedDrop, float], None]) -> None:
    told(drop, time.monotonic())
    drop.path.rename(inbox / drop.path.name)
