"""Lines in processes of their own, to be killed and starved; and what they did, as the checker wants it.

`Nursery` is a process that has loaded everything and forks a line whenever it is asked to, so that a life costs little.
"""

import contextlib
import csv
import hashlib
import io
import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from checker import File, History, Received, Record, Row, Standing, Try, make_paper, read_paper
from line_kit import FakeRoad, PoolRoad, drop_file, make_workspace
from printer_kit import PretendedJob, PretendedPrinter, RawPort, http_reply, read_request

import packslip
from packslip.dispatch.ipp.codec import decode, encode
from packslip.engine.run import run_line
from packslip.world import Workspace

_PATHS = os.pathsep.join((str(Path(__file__).parent), str(Path(packslip.__file__).parent.parent)))


class PaperRoad(FakeRoad):
    """Draws what the checker can read."""

    def walk(self, order, **values):
        outcome = super().walk(order, **values)
        if outcome.document is None:
            return outcome
        data = make_paper(Record(order.key.order_id, order.key.parcel, order.extra["text"]))
        document = replace(outcome.document, data=data, sha256=hashlib.sha256(data).hexdigest())
        return replace(outcome, document=document)


class PaperPrinter(PretendedPrinter):
    """An IPP printer that keeps what it printed."""

    def __init__(self) -> None:
        self.papers: list[Received] = []
        self.replies_to_drop = 0  #: so many jobs are printed and not answered
        super().__init__()
        self._serve = PaperPrinter._talk
        self.jobs.append(PretendedJob(number=1, uuid="urn:uuid:before", name="before"))  # it remembers something
        self.next_number = 2

    def _talk(self, peer: socket.socket) -> None:
        def continue_(got: bytes) -> None:
            if b"100-continue" in got:
                peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

        _, body = read_request(peer, on_head=continue_)
        request, before = decode(body), len(self.printed)
        reply = http_reply(encode(self.reply(request)))
        if len(self.printed) > before:
            self.papers.append(Received("ipp", self.printed[-1], body[body.index(b"%PDF ") :]))
            if self.replies_to_drop:
                self.replies_to_drop -= 1
                return
        peer.sendall(reply)


class Shop:
    """A workspace with a tray, an IPP printer and a raw port, and what was dropped into it."""

    def __init__(self, root: Path, *, more: str = "") -> None:
        self.ipp = PaperPrinter()
        self.raw = RawPort()
        settings = (
            "[printers.tray]\nmedia = 'a4'\n"
            f"[printers.ipp]\nmedia = 'a4'\nkind = 'ipp'\nuri = '{self.ipp.uri}'\nanswer_s = 5.0\n"
            f"[printers.raw]\nmedia = 'a4'\nkind = 'socket'\nuri = '{self.raw.uri}'\nlanguage = 'pdf'\nanswer_s = 5.0\n"
            "[stations.bench]\nprinters = ['tray']\n[stations.ipp]\nprinters = ['ipp']\n"
            "[stations.raw]\nprinters = ['raw']\n"
        )
        self.workspace = make_workspace(root, settings=settings + more)
        self.history = History()
        self._texts: dict[tuple[str, int], Record] = {}

    def close(self) -> None:
        self.ipp.close()
        self.raw.close()

    def drop(self, name: str, *rows: tuple[str, int, str, str]) -> None:
        """Rows of order, parcel, text and printer."""
        made = []
        for order, parcel, text, printer in rows:
            record = self._texts[order, parcel] = Record(order, parcel, text)
            made.append(Row(record, printer, is_steady=text not in {"hold", "bug"}))
        self.history.files.append(File(name, tuple(made)))
        lines = (f"{order},{parcel},1,{text},{printer}" for order, parcel, text, printer in rows)
        drop_file(self.workspace, name, *lines, header="order_id,parcel,quantity,text,station")

    def ended(self, *, crashed: bool = True, starved: bool = False) -> History:
        """What became of it all; of those that were starved no order is asked."""
        for file in self.history.files:
            file.disturbed = starved
        history, root = self.history, self.workspace.root
        history.was_restarted = crashed
        for tray in (root / "hotfolder/out/tray").glob("*.pdf"):
            history.received.append(Received("tray", tray.name, tray.read_bytes()))
        appeared = {path.name: path.stat().st_ctime_ns for path in (root / "hotfolder/out/tray").glob("*.pdf")}
        place = {record: number for number, record in enumerate(self._texts.values())}
        history.received.sort(key=lambda paper: (appeared[paper.name], place[read_paper(paper.data)[0]]))
        history.received += self.ipp.papers
        with contextlib.closing(sqlite3.connect(self.workspace.ledger)) as ledger:
            for order, parcel, state, findings in ledger.execute(
                "SELECT order_id, parcel, state, findings FROM parcels"
            ):
                reasons = () if findings == "[]" else (findings,)
                history.standings.append(Standing(self._texts[order, parcel], state, reasons))
            for order, parcel, name, printer, state in ledger.execute(
                "SELECT order_id, parcel, name, printer, state FROM attempts ORDER BY id"
            ):
                record = self._texts[order, parcel]
                history.tries.append(Try(record, name, printer, state))
                if printer == "raw":
                    self._came_raw(record, name)
                    if crashed:
                        history.doubts.add(name)
        self._read_answers()
        state = self.workspace.state
        for folder in (self.workspace.spool, root / "hotfolder/in", root / "hotfolder/out/tray/.staging"):
            history.leftovers += [str(path.relative_to(root)) for path in folder.glob("*") if path.is_file()]
        history.leftovers += [str(path.relative_to(root)) for path in state.rglob("*.tmp")]
        return history

    def _came_raw(self, record: Record, name: str) -> None:
        """A raw port hears no names: what came goes to the tries in their order."""
        paper = make_paper(record)
        if paper in self.raw.received:
            self.raw.received.remove(paper)
            self.history.received.append(Received("raw", name, paper))

    def _read_answers(self) -> None:
        for path in sorted((self.workspace.root / "hotfolder/results").rglob("*.csv")):
            rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")))
            cells = [(row["order_id"], row["parcel"], row["state"]) for row in rows]
            self.history.answers.setdefault(f"{path.name.split('.')[0]}.csv", []).append(cells)


class Nursery:
    """Forks lines."""

    def __init__(self) -> None:
        self._latest: Life | None = None
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": _PATHS},
        )

    def start(
        self,
        workspace: Workspace,
        *,
        crash_at: str = "",
        once: bool = True,
        most_bytes: int = 0,
        road: type[FakeRoad] = PaperRoad,
    ) -> "Life":
        """A new life of the line; `most_bytes` is the longest that a file may be."""
        asked = {
            "root": str(workspace.root),
            "crash_at": crash_at,
            "once": once,
            "most_bytes": most_bytes,
            "road": road.__name__,
        }
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        self._latest = Life(int(self._process.stdout.readline()), self._process.stdout)
        return self._latest

    def run(self, workspace: Workspace, **values) -> int:
        """A whole life; how it ended, as `os.waitstatus_to_exitcode` says it."""
        return self.start(workspace, **values).wait()

    def stop(self) -> None:
        """End what a failed test left running."""
        if self._latest is not None and not self._latest.has_ended:
            self._latest.signal(signal.SIGKILL)
            self._latest.wait()

    def close(self) -> None:
        self.stop()
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


class Life:
    """One life of a line."""

    def __init__(self, pid: int, told) -> None:
        self.pid = pid
        self.has_ended = False
        self._told = told

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def wait(self) -> int:
        ended = int(self._told.readline())
        self.has_ended = True
        return ended

    def kill_after(self, seconds: float) -> int:
        """Killed at a moment of its own, unless it ends before."""
        timer = threading.Timer(seconds, self.signal, (signal.SIGKILL,))
        timer.start()
        try:
            return self.wait()
        finally:
            timer.cancel()
            timer.join()


def until(look, patience_s: float = 60.0):
    """What `look` gives once it gives something."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        threading.Event().wait(0.02)
    raise AssertionError(f"nothing came of {look} in {patience_s} s")


def _serve() -> None:
    """The nursery: a line of JSON in, the child's process id out, and how it ended."""
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _live(asked)
        _say(child)
        _say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _live(asked) -> None:
    os.setsid()
    if asked["crash_at"]:
        os.environ["PACKSLIP_CRASH_AT"] = asked["crash_at"]
    if asked["most_bytes"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (asked["most_bytes"], asked["most_bytes"]))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    ended = 4
    try:
        os.close(0)  # so that it does not hold the nursery's
        road = {road.__name__: road for road in (PaperRoad, PoolRoad)}[asked["road"]]
        run_line(Workspace(Path(asked["root"])), open_road=road, once=asked["once"], workers=2)
        ended = 0
    except Exception as fault:  # noqa: BLE001 - the parent is told
        sys.stderr.write(f"{fault!r}\n")
        sys.stderr.flush()
    finally:
        os._exit(ended)


if __name__ == "__main__":
    _serve()
