"""What a simulated history runs on: tasks that take turns, a clock that leaps, processes that die, a ledger that lasts.

Each task has a thread, and one of all threads runs at a time: it hands the turn on at acts (`Process.act`) and pauses,
never elsewhere, and the seed says to whom. So a history is the same whenever it is run.

The ledger is SQLite in memory with the real tables and the real queries. A commit is atomic and durable, and that is
all that is assumed of it; `tests/test_kills.py` kills processes over real files.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from sim_disk import Crashed, SimFiles
from sqlalchemy.exc import IntegrityError

from packslip.errors import PackslipError, RetryLater
from packslip.ledger import Ledger
from packslip.ledger.database import make_engine, prepare_schema
from packslip.ledger.statements import driver_of
from packslip.ledger.tables import metadata

BASE = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
ROOT = Path("/shop")
TRAYS = ROOT / "out"
_TABLES = [table.name for table in reversed(metadata.sorted_tables) if table.name != "meta"]
_ACT_S = 0.0004  #: how long an act takes
_TURN_S = 1e-6  #: and a turn, so that whoever waits for next to nothing gets there
FOREVER = float("inf")


class _Hand(threading.Thread):
    """A thread that runs tasks, one after another, when it has the turn."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.gate = threading.Lock()
        self.gate.acquire()
        self.task: Task | None = None
        self.start()

    def run(self) -> None:
        while True:
            self.gate.acquire()
            task, self.task = self.task, None
            assert task is not None
            task.body()
            hub = task.hub
            _free.append(self)
            hub.gate.release()


_free: list[_Hand] = []


class Task:
    """Something that runs in turns."""

    __slots__ = ("done", "hand", "hub", "name", "process", "wake_at", "work")

    def __init__(self, hub: "Hub", name: str, process: "Process", work: Callable[[], None]) -> None:
        self.hub = hub
        self.name = name
        self.process = process
        self.work = work
        self.wake_at = hub.now
        self.done = False
        self.hand: _Hand | None = None

    def body(self) -> None:
        try:
            if not self.process.is_dead:
                self.work()
        except Crashed:
            pass
        except BaseException as fault:  # noqa: BLE001 - the hub raises it
            self.hub.failures.append(fault)
        self.done = True

    def wake(self) -> None:
        self.wake_at = min(self.wake_at, self.hub.now)


class Hub:
    """Hands out the turn, and is the clock."""

    def __init__(self, random: Random, *, switching: float) -> None:
        self.random = random
        self.now = 0.0
        self.gate = threading.Lock()
        self.gate.acquire()
        self.tasks: list[Task] = []
        self.current: Task | None = None
        self.failures: list[BaseException] = []
        self._switching = switching

    def start(self, name: str, process: "Process", work: Callable[[], None]) -> Task:
        task = Task(self, name, process, work)
        self.tasks.append(task)
        return task

    def pause(self, seconds: float = 0.0) -> None:
        """Let others have their turn; a task that is woken comes back early."""
        task = self.current
        assert task is not None
        assert task.hand is not None
        task.wake_at = self.now + seconds
        hand = task.hand
        self.gate.release()
        hand.gate.acquire()
        if task.process.is_dead:
            raise Crashed

    def may_switch(self) -> None:
        self.now += _ACT_S
        if self._switching and self.current is not None and self.random.random() < self._switching:
            self.pause()

    def turn(self) -> bool:
        """Let one task run that may; False where all wait for a later time."""
        self.now += _TURN_S
        ready = [task for task in self.tasks if task.wake_at <= self.now]
        if not ready:
            return False
        self.give(ready[int(self.random.random() * len(ready))] if len(ready) > 1 else ready[0])
        return True

    def give(self, task: Task) -> None:
        if task.hand is None:
            task.hand = _free.pop() if _free else _Hand()
            task.hand.task = task
        task.wake_at = FOREVER
        self.current = task
        task.hand.gate.release()
        self.gate.acquire()
        self.current = None
        if task.done:
            self.tasks.remove(task)
        if self.failures:
            raise self.failures[0]

    def bury(self, process: "Process") -> None:
        """Let the tasks of a dead process find out."""
        for task in [task for task in self.tasks if task.process is process]:
            if task.hand is None:
                self.tasks.remove(task)
            else:
                self.give(task)

    def next_wake(self) -> float:
        return min((task.wake_at for task in self.tasks), default=FOREVER)


class Process:
    """A process of packslip: its acts are counted, and it may die at any of them."""

    def __init__(self, world: "World", name: str, crash_at: int = 0) -> None:
        self.world = world
        self.name = name
        self.crash_at = crash_at
        self.acts = 0
        self.dozes = (0, 0.0)  #: at which act it stands still, and for how long
        self.disk = world.files.start(self.act)

    @property
    def is_dead(self) -> bool:
        return self.disk.is_dead

    def act(self, name: str, path: Path | None = None, *, switch: bool = True) -> None:
        """About to do something outside."""
        if self.disk.is_dead:
            raise Crashed
        self.acts += 1
        world = self.world
        if world.trace is not None:
            world.trace.append(f"{world.hub.now:.4f} {self.name} {name}{f' {path}' if path else ''}")
        if self.acts == self.crash_at:
            world.crashed(self)
            raise Crashed
        if switch:
            if self.acts == self.dozes[0]:
                world.hub.pause(self.dozes[1])
            world.hub.may_switch()

    def start(self, name: str, work: Callable[[], None]) -> Task:
        return self.world.hub.start(f"{self.name}:{name}", self, work)


class World:
    """One machine and what is around it."""

    def __init__(self, seed: int, *, switching: float = 0.1, trace: list[str] | None = None) -> None:
        self.random = Random(seed)
        self.hub = Hub(Random(seed ^ 0x5EED), switching=switching)
        self.trace = trace
        self.files = AppearingFiles(self.random, lambda: int(self.hub.now * 1e9))
        self.ledger_away = 0.0  #: until when the ledger cannot be written, in seconds
        self.crashes = 0

    def clock(self) -> datetime:
        return BASE + timedelta(seconds=self.hub.now)

    def monotonic(self) -> float:
        return self.hub.now

    def crashed(self, process: Process) -> None:
        """A process dies where it stands, or the machine loses power."""
        raise NotImplementedError


class AppearingFiles(SimFiles):
    """Files that remember in which order they appeared in the trays, and which were given back to the inbox."""

    def __init__(self, random: Random, clock: Callable[[], int]) -> None:
        super().__init__(random, clock)
        self._number = 0
        self.appeared: dict[tuple[str, str], int] = {}  #: tray, name → when it did last
        self.given_back: set[str] = set()  #: claimed, and out of the claim again

    def rename(self, source: tuple, target: tuple) -> None:
        super().rename(source, target)
        if source[1].startswith(".taken-") and not target[1].startswith("."):
            self.given_back.add(target[1])
        tray = self.tray_of(target[0])
        if tray:
            self._number += 1
            self.appeared[tray, target[1]] = self._number

    def tray_of(self, folder: object) -> str:
        """Name of the tray that a folder is, "" where it is none."""
        out = self._child(self._child(self.local.root, ROOT.name), TRAYS.name)
        entries = out.entries if out is not None else None
        return next((name for name, node in (entries or {}).items() if node is folder), "")

    def _child(self, folder: object, name: str) -> object:
        child = (folder.entries or {}).get(name) if folder is not None else None
        return child.seen() if child is not None else None


class InlineLedger:
    """In the place of `LedgerThread`: the caller does it himself, each operation a transaction of its own."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._connection = _connection()
        self._driver = driver_of(self._connection)

    def do(self, operation, *, writes=True):
        process, connection = self._process, self._connection
        process.act("ledger.begin" if writes else "ledger.read")
        if process.world.hub.now < process.world.ledger_away:
            raise RetryLater("the ledger is busy with another command")
        if not writes:
            return operation(connection)
        self._driver.execute("BEGIN IMMEDIATE")
        try:
            result = operation(connection)
            process.act("ledger.commit", switch=False)
        except (PackslipError, IntegrityError, sqlite3.IntegrityError, Crashed):
            self._driver.execute("ROLLBACK")
            raise
        self._driver.execute("COMMIT")
        process.act("ledger.committed")
        return result

    def close(self) -> None:
        """There is nothing to close."""


_opened: list = []


def _connection():
    if not _opened:
        connection = make_engine(Path(":memory:"), patience_s=0).connect()
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        prepare_schema(connection)
        connection.exec_driver_sql("COMMIT")
        _opened.append(connection)
    return _opened[0]


def fresh_ledger() -> None:
    """Make the ledger an empty one; its statements stay prepared."""
    driver = driver_of(_connection())
    for table in _TABLES:
        driver.execute(f"DELETE FROM {table}")


def fill_pool(pool: str, codes: Iterable[str]) -> None:
    """Put a shop's codes into a pool."""
    rows = [(code, code, pool) for code in codes]
    statement = "INSERT INTO codes (bare, code, pool, origin, state, imported_at) VALUES (?, ?, ?, 'slip', 'free', '')"
    driver_of(_connection()).executemany(statement, rows)


def ask_ledger(statement: str) -> list[tuple]:
    """What a look from outside finds."""
    return driver_of(_connection()).execute(statement).fetchall()


def open_ledger(process: Process, *, who: str = "", holder: str) -> Ledger:
    return Ledger(InlineLedger(process), b"s" * 32, process.world.clock, who, holder)
