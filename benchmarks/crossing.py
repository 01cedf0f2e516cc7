"""What it costs to ask a worker: a slip there, a document with its findings back, beside pickled objects over a pipe.

    python -m benchmarks.crossing            # a minute
    python -m benchmarks.crossing --quick    # seconds

Nothing is drawn. Both take turns, round after round; median wall time of one question.
"""

import argparse
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from rich.console import Console
from rich.table import Table

from benchmarks.slips import Run, fresh_world
from packslip.engine.pool import Pool, Task
from packslip.files import sha256
from packslip.line.pressed import Pressed
from packslip.model import Document, PageBox, PlacedCode, PressPath, Slip, Symbology, Where, note
from packslip.units import Mm, Pt

SIZES = (30_000, 100_000, 200_000)
Ask = Callable[[Slip], Pressed]


def open_answering(size: str) -> Ask:
    """A worker's task: the same answer always."""
    data = os.urandom(int(size))
    box = {"x": Mm(10), "y": Mm(20), "width": Mm(30), "height": Mm(30)}
    code = PlacedCode(symbology=Symbology.QR, payload="HTTPS://ORIEL-ASH.EXAMPLE/R/4F2A", page=1, **box)
    document = Document(
        data=data,
        sha256=sha256(data),
        media="a4",
        pages=(PageBox(width=Pt(595.28), height=Pt(841.89)),),
        codes=(code,) * 3,
        path=PressPath.PLATE,
        render_ms=1.5,
        plate="ab" * 32,
        drawn_with="packslip 0.1.0, weasyprint 70.0, harfbuzz 12.0",
    )
    found = note("picture.low_resolution", Where(file="images", spot="lines"), "300 pixels", "give a larger one")
    answer = Pressed(document=document, findings=(found,) * 3)
    return lambda _slip: answer


@contextmanager
def framed(size: int) -> Iterator[Ask]:
    """As packslip asks."""
    task = Task(
        module="benchmarks.crossing", opener="open_answering", arguments=(str(size),), request=Slip, answer=Pressed
    )
    with Pool(task, count=1, memory_mb=1024, deadline_s=60.0) as pool:
        yield pool


@contextmanager
def pickled(size: int) -> Iterator[Ask]:
    """Objects through a pipe, believed as they come."""
    here, there = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(target=_answer, args=(there, size), daemon=True)
    child.start()

    def ask(slip: Slip) -> Pressed:
        here.send(slip)
        assert here.poll(60.0)
        answer = here.recv()
        assert isinstance(answer, Pressed)
        return answer

    yield ask
    here.send(None)
    child.join()


def _answer(connection: Connection, size: int) -> None:
    task = open_answering(str(size))
    while (slip := connection.recv()) is not None:
        connection.send(task(slip))


def race(size: int, slips: list[Slip], rounds: int) -> dict[str, float]:
    """Median µs of a question for each way, in turns."""
    spent: dict[str, list[float]] = {"pickled": [], "framed": []}
    with framed(size) as first, pickled(size) as second:
        for _ in range(rounds):
            for name, ask in (("pickled", second), ("framed", first)):
                for slip in slips[:20]:
                    ask(slip)
                for slip in slips:
                    started = time.perf_counter()
                    ask(slip)
                    spent[name].append(time.perf_counter() - started)
    return {name: 1e6 * statistics.median(times) for name, times in spent.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round of a hundred")
    quick = parser.parse_args().quick
    with fresh_world() as world:
        slips = Run(world).slips(100 if quick else 300)
    table = Table("kB", "pickled, µs", "in frames, µs", "ratio", box=None, padding=(0, 3, 0, 0))
    for size in SIZES:
        told = race(size, slips, 1 if quick else 10)
        ratio = told["framed"] / told["pickled"]
        table.add_row(f"{size // 1000}", f"{told['pickled']:.0f}", f"{told['framed']:.0f}", f"{ratio:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
