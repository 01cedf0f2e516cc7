"""A line that is nothing but ledger, dispatcher and one printer, in processes that may be killed.

Imports no more than it needs: a process is forked from a nursery that has imported it once.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from packslip.dispatch import Dispatcher, DocumentStore, Printers
from packslip.errors import RetryLater
from packslip.ledger import Arrival, Drawn, Ledger, ParcelState
from packslip.model import Choice, Drop, OrderKey, Where
from packslip.settings import Settings

ENDED = {ParcelState.DONE, ParcelState.UNCERTAIN}
CHOICE = Choice(
    segment="new",
    message="new",
    offer=None,
    strategy="",
    recommendations=(),
    layout="atelier-a4",
    review=False,
    content=False,
    prices=True,
    because=(),
)


def document(order: str) -> bytes:
    """Large enough to be cut in two on its way."""
    return f"%PDF-1.7 {order}\n".encode() * 20_000


class Line:
    """A ledger and a dispatcher with one printer."""

    def __init__(self, root: Path, uri: str) -> None:
        printer = {"kind": "ipp", "uri": uri, "media": "a4", "answer_s": 5.0}
        settings = Settings.model_validate(
            {"printers": {"p": printer}, "stations": {"bench": {"printers": ["p"]}}, "default_station": "bench"}
        )
        self.ledger = Ledger.open(root / "state/ledger.db", secret=b"s" * 32)
        self.documents = DocumentStore(root / "state/documents")
        self.dispatcher = Dispatcher(self.ledger, self.documents, Printers(root / "out", lambda: settings))

    def accept(self, order: str) -> None:
        """An order, drawn and ready."""
        drop = Drop(name="a.csv", spool=Path(), sha256=order, accepted_at=datetime.now(UTC))
        self.ledger.take_drop(drop, drop_id=order)
        arrival = Arrival(
            key=OrderKey(store="s", order_id=order),
            data_sha256=order,
            drop=order,
            drop_name="a.csv",
            where=Where(file="a.csv", line=2),
        )
        data = document(order)
        drawn = Drawn(
            choice=CHOICE,
            offer="",
            slip="{}",
            document=self.documents.put(data),
            size=len(data),
            pages=1,
            media="a4",
            drawn_by="reference",
            release="r1",
            station="bench",
            printer="p",
            pieces={},
            findings=(),
        )
        self.ledger.ready(self.ledger.accept(arrival).record.ref, drawn)

    def state(self, order: str) -> ParcelState:
        return self.ledger.find(order)[0].state

    def work(self, orders: Sequence[str]) -> None:
        """Print in order, asking what became of each before the next, as a printer's desk does."""
        while left := [order for order in orders if self.state(order) not in ENDED]:
            try:
                if self.dispatcher.unsettled():
                    self.dispatcher.reconcile("p")
                else:
                    record = self.ledger.find(left[0])[0]
                    self.dispatcher.send([self.dispatcher.stored(record.ref, record.document, "p")])
            except RetryLater:
                threading.Event().wait(0.02)


class Nursery:
    """Forks lines: each as fresh as a process just started, without the time that imports take."""

    def __init__(self) -> None:
        here = Path(__file__).parent
        self._process = subprocess.Popen(
            [sys.executable, "-c", "import once_kit; once_kit.nurse()"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(here.parent), str(here)])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, root: Path, uri: str, orders: Sequence[str], crash_at: str = "") -> int:
        """A line at work; its process id."""
        stdin = self._process.stdin
        assert stdin
        stdin.write(json.dumps([str(root), uri, list(orders), crash_at]) + "\n")
        stdin.flush()
        return self._answer()

    def wait(self) -> int:
        """How the line that was started ended, as `subprocess` tells it."""
        return self._answer()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _answer(self) -> int:
        stdout = self._process.stdout
        assert stdout
        return int(stdout.readline())


def nurse() -> None:
    """Fork a line for each request on standard input; say its id, then how it ended."""
    for text in sys.stdin:
        root, uri, orders, crash_at = json.loads(text)
        pid = os.fork()
        if pid == 0:
            if crash_at:
                os.environ["PACKSLIP_CRASH_AT"] = crash_at
            try:
                Line(Path(root), uri).work(orders)
                os._exit(0)
            finally:
                os._exit(1)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n")
        sys.stdout.flush()
