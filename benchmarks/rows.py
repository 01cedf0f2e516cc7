"""What stands around the press: decide, compose, codes, preflight, and a fresh process's way to its first PDF.

Run by `press`, in a process of its own; says what it found as one line of JSON.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.peers import Shop
from benchmarks.slips import Run
from packslip.model import Where
from packslip.preflight import Proofs, preflight
from packslip.press import press
from packslip.press.codes import draw_code, symbol_path


def measure(shop: Shop, count: int) -> dict[str, float]:
    """Median ms CPU a slip of each step."""
    run = Run(shop.world)
    orders = run.orders(count)
    judged = [run.judge(order) for order in orders]
    slips = [run.compose(one) for one in judged]
    layout, media = shop.layout(slips[0]), shop.media(slips[0])
    codes = [code for slip in slips for code in slip.codes]

    def make_code(symbology: str) -> Callable[[], float]:
        chosen = [code for code in codes if code.symbology == symbology]
        return lambda: _median(
            (lambda code=code: symbol_path(draw_code(code, layout.codes[code.name], media, Where())[0]))
            for code in chosen
        )

    some = slips[: min(count, 20)]
    documents = [press(slip, shop.world, shop.picture)[0] for slip in some]
    proofs = Proofs()
    for document, slip in zip(documents, some, strict=True):
        preflight(document, slip, layout, media, proofs)
    return {
        "decide": _median((lambda one=one: run.decide(one.order, one.parcel, one.facts)) for one in judged),
        "compose": _median((lambda one=one: run.compose(one)) for one in judged),
        "QR, bars included": make_code("qr")(),
        "Code 128, bars included": make_code("code128")(),
        "preflight": _median(
            (lambda pair=pair: preflight(pair[0], pair[1], layout, media, proofs))
            for pair in zip(documents, some, strict=True)
        ),
    }


def _median(steps: Iterable[Callable[[], object]]) -> float:
    costs = []
    for step in steps:
        started = time.process_time()
        step()
        costs.append(1000 * (time.process_time() - started))
    return statistics.median(costs)


def main() -> None:
    parser = argparse.ArgumentParser(description="what stands around the press")
    parser.add_argument("--shop", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--core", type=int)
    wanted = parser.parse_args()
    if wanted.core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {wanted.core})
    sys.stdout.write(f"{json.dumps(measure(Shop(wanted.shop), wanted.count))}\n")


if __name__ == "__main__":
    main()
