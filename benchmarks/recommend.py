"""What a recommendation costs an order: a model mapped into memory, a catalogue of all its products, real baskets.

    .venv/bin/python -m benchmarks.recommend onlineretail.csv --mapping online-retail

Learns from all but the last eight weeks, then asks for the orders of these: each strategy by itself, as a rule does.
"""

import argparse
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from packslip.engine.sales_files import read_sales
from packslip.library.catalogue import Catalogue
from packslip.library.vocabulary import STRATEGIES
from packslip.model import Product
from packslip.recommend import ModelShelf, Occasion, Recipe, advise, load, save
from packslip.recommend.baskets import Baskets
from packslip.recommend.building import learn
from packslip.recommend.questions import Question, Task, questions
from packslip.world import World

ROOT = Path(__file__).parents[1]
DAYS = 56
EPOCH = date(1970, 1, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--mapping", default="")
    parser.add_argument("--count", type=int, default=1000, help="orders that ask")
    chosen = parser.parse_args()
    world = World.open(ROOT)
    sold, _ = read_sales(chosen.files, world.mapping(chosen.mapping), world.settings, secret=lambda: bytes(32))
    baskets = Baskets.of(max(sold.values(), key=len))
    end = int(baskets.days[-1]) + 1
    until = end - DAYS
    began = time.process_time()
    model = learn(baskets.before(until), Recipe(), until=until)
    print(f"learnt from {len(baskets.before(until))} baskets of {len(model.skus)} products", end=" ")
    print(f"in {time.process_time() - began:.1f} s of CPU time")
    today = EPOCH + timedelta(days=until)
    with tempfile.TemporaryDirectory() as folder:
        kept = save(Path(folder), {"": model}, until=today, serves_from=today, built_at=datetime.now(UTC))
        size = sum(path.stat().st_size for path in (Path(folder) / kept.id).iterdir())
        began = time.perf_counter()
        mapped = load(Path(folder), kept)[""]
        print(f"{size / 1e6:.1f} MB on disk, opened in {1000 * (time.perf_counter() - began):.1f} ms")
        products = tuple(
            Product(sku=sku, name=sku, category=f"kind {place % 40}", image="a.jpg")
            for place, sku in enumerate(model.skus)
        )
        shelf = ModelShelf(mapped, Catalogue(products=products), name=kept.id, store="", currency="", today=today)
        asked = list(questions(baskets, until, end, Task.NEXT))[: chosen.count]
        for strategy in STRATEGIES:
            took = [ask(shelf, question, strategy, today) for question in asked]
            print(f"{strategy:<16} {np.median(took):6.0f} µs median, {np.quantile(took, 0.99):6.0f} µs at 99 in 100")


def ask(shelf: ModelShelf, question: Question, strategy: str, today: date) -> float:
    """The microseconds of CPU time of one order, its reasons included."""
    skus = shelf.model.skus
    occasion = Occasion(
        store="",
        currency="",
        today=today,
        skus=frozenset(skus[item] for item in question.basket),
        categories=frozenset(f"kind {item % 40}" for item in question.basket),
        bought=[
            (skus[item], today - timedelta(days=int(age)))
            for item, age in zip(question.earlier, question.ages, strict=True)
        ],
    )
    began = time.process_time()
    advice = advise(shelf, occasion)
    advice.products[strategy]
    advice.reasons[strategy]
    return 1e6 * (time.process_time() - began)


if __name__ == "__main__":
    main()
