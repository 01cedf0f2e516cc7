"""The promise on paper: ledger, dispatcher and a real printer, with lines that break and senders that are killed.

What came out is counted by the printer's own output, not by the ledger.
"""

import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from once_kit import Line, Nursery, document
from printer_kit import Cupsd, EvePrinter, RawPort, Relay, until

from packslip.files import sha256
from packslip.ledger import ParcelState


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    one = Nursery()
    yield one
    one.close()


def make_orders(count: int, line: Line) -> list[str]:
    orders = [f"ORDER-{number:03}" for number in range(1, count + 1)]
    for order in orders:
        line.accept(order)
    return orders


def check(line: Line, orders: Sequence[str], papers: Sequence[bytes]) -> list[str]:
    """None twice, none lost but those that are uncertain, all whole, in order; the uncertain ones."""
    names = {sha256(document(order)): order for order in orders}
    printed = [names[sha256(paper)] for paper in papers]
    assert [order for order, times in Counter(printed).items() if times > 1] == []
    uncertain = [order for order in orders if line.state(order) is ParcelState.UNCERTAIN]
    assert set(orders) - set(printed) <= set(uncertain)
    assert printed == sorted(printed)
    return uncertain


def papers_of(eve: EvePrinter) -> list[bytes]:
    papers = [path for path in eve.paper.iterdir() if not path.name.startswith(".")]
    return [path.read_bytes() for path in sorted(papers, key=lambda path: path.stat().st_mtime_ns)]


def test_every_slip_is_printed_once_over_a_line_that_breaks(eve: EvePrinter, tmp_path: Path) -> None:
    chance = random.Random(7)
    with Relay(eve.port, spoil="drop") as relay:
        line = Line(tmp_path, f"ipp://127.0.0.1:{relay.port}/ipp/print")
        orders = make_orders(14, line)
        for order in orders:
            relay._spoil = chance.choice(["", "drop", "cut", "drop", "cut"])
            line.work([order])
        assert check(line, orders, papers_of(eve)) == []


CRASHES = ("dispatch.staged", "dispatch.intended", "dispatch.delivered", "dispatch.asked", "dispatch.concluded:2")


def test_a_sender_killed_again_and_again_prints_nothing_twice(
    nursery: Nursery, eve: EvePrinter, tmp_path: Path
) -> None:
    line = Line(tmp_path, eve.uri)
    orders = make_orders(12, line)
    line.ledger.close()
    for crash in CRASHES:
        nursery.start(tmp_path, eve.uri, orders, crash)
        assert nursery.wait() == -signal.SIGKILL
    nursery.start(tmp_path, eve.uri, orders)
    assert nursery.wait() == 0
    line = Line(tmp_path, eve.uri)
    uncertain = check(line, orders, papers_of(eve))
    assert len(uncertain) <= 1  # killed between the intent and the printer, which is too young to be a witness


def test_a_sender_killed_at_any_moment_prints_nothing_twice_through_cups(
    nursery: Nursery, cupsd: Cupsd, tmp_path: Path
) -> None:
    chance = random.Random(11)
    with RawPort() as port:
        uri = cupsd.add_queue("RAW", f"{port.uri}/?waiteof=true")
        line = Line(tmp_path, uri)
        orders = make_orders(10, line)
        line.ledger.close()
        for _ in range(5):
            target = len(port.received) + 1
            pid = nursery.start(tmp_path, uri, orders)
            until(lambda target=target: len(port.received) >= target)
            threading.Event().wait(chance.uniform(0.0, 0.03))
            os.kill(pid, signal.SIGKILL)
            assert nursery.wait() == -signal.SIGKILL
        nursery.start(tmp_path, uri, orders)
        assert nursery.wait() == 0
        line = Line(tmp_path, uri)
        uncertain = check(line, orders, port.received)
        assert len(uncertain) <= 5
