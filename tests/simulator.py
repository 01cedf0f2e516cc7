"""The simulator: from one seed one history of the whole line, with crashes at any act, and the checker's word on it.

    python tests/simulator.py --seeds 100000          how many histories a minute, and every seed that fails
    python tests/simulator.py --seed 4711 --trace     one history, act by act

What is real in it: claiming, filing, the ledger's tables and queries, steps, flow, desks, dispatcher, trays, documents.
What is not: threads, SQLite's files, drawing, and printers beyond trays.
"""

import argparse
import csv
import io
import logging
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from checker import Act, CodeOf, File, History, Received, Record, Row, Standing, Try, check
from line_kit import POOL
from sim_line import DOCUMENTS, HEADER, INBOX, RESULTS, SPOOL, SimLine, call, record_digest, reprint
from sim_printers import Device
from sim_world import FOREVER, TRAYS, Process, World, ask_ledger, fill_pool, fresh_ledger, open_ledger

from packslip.dispatch import DeliveryState
from packslip.errors import HoldOrder, RetryLater, UsageError
from packslip.ledger import Ledger, ParcelRecord
from packslip.settings import Settings

HEALED_AT = 30.0  #: from then on nothing goes wrong any more, in seconds of the history
MOST_TURNS = 10_000  #: a history that takes more of them works without end; most take some hundred
CODES = frozenset(f"C{number:02}" for number in range(40))  #: of the pool: one for each order, and some more
PATIENCE = 900.0  #: so long the line then has to come to rest
#: Station → its printer.
STATIONS = {
    "tray": "tray",
    "ipp": "ipp",
    "raw": "raw",
    "sheets": "sheets",
    "press": "press",
    "call": "tray",
    "sheets-call": "sheets",
}
_TRAYS = ("tray", "tray2", "sheets")
ON_CALL = {"tray": "call", "sheets": "sheets-call"}  #: printer → the station that calls


def _settings(*, deputies: bool, copies: bool) -> Settings:
    uncertain = "reprint" if copies else "hold"
    ipp = {"media": "a4", "kind": "ipp", "uri": "ipp://printer/ipp/print", "on_uncertain": uncertain}
    raw = {"media": "a4", "kind": "socket", "uri": "socket://printer", "language": "pdf", "on_uncertain": uncertain}
    tray = {"media": "a4"}
    sheets = {"media": "a4", "imposition": "three"}
    press = {**ipp, **sheets, "uri": "ipp://press/ipp/print"}
    if deputies:
        press |= {"deputy": "sheets", "deputy_after_s": 3.0}
        ipp |= {"deputy": "tray", "deputy_after_s": 5.0}
        tray |= {"deputy": "tray2", "deputy_after_s": 5.0}
        raw |= {"deputy": "ipp", "deputy_after_s": 0.0}
    return Settings(
        media={"a4": {"width_mm": 210, "height_mm": 297}, "big": {"width_mm": 700, "height_mm": 1000}},
        impositions={"three": {"media": "big", "across": 3, "wait_s": 4.0}},
        printers={"tray": tray, "tray2": {"media": "a4"}, "ipp": ipp, "raw": raw, "sheets": sheets, "press": press},
        stations={name: {"printers": [printer]} for name, printer in STATIONS.items()},
        default_station="tray",
        routes=[{"station": list(ON_CALL.values()), "print_on": "call"}],
    )


_SETTINGS = {
    (deputies, copies): _settings(deputies=deputies, copies=copies)
    for deputies in (False, True)
    for copies in (False, True)
}


@dataclass(frozen=True)
class Planned:
    """Something that happens from outside, at its time."""

    at: float
    what: str
    act: Callable[[], None]


class Shop(World):
    """A whole history."""

    def __init__(self, seed: int, *, trace: list[str] | None = None, codes: frozenset[str] = frozenset()) -> None:
        """`codes` are in a pool, and every order is granted one; without any, no order is."""
        choices = Random(seed * 7919 + 1)
        super().__init__(seed, switching=choices.choice((0.0, 0.05, 0.3)), trace=trace)
        fresh_ledger()
        fill_pool(POOL, codes)
        self.history = History(imported=codes)
        self.disturbed: set[str] = set()
        self.stops: list[str] = []
        self._lines = 0
        self._is_last = False
        self._commands = 0
        self._running = 0
        self._somebody_died = False
        self._crash_chance = choices.choice((0.0, 0.8, 0.95, 0.95))
        self._power_chance = choices.choice((0.0, 0.5, 1.0))
        self._most_crashes = choices.choice((1, 3, 8))
        self._spooler = choices.random() < 0.5
        self.settings = _SETTINGS[choices.random() < 0.3, choices.random() < 0.3]
        for name, printer in self.settings.printers.items():
            if printer.deputy:
                self.history.deputies[name] = printer.deputy
            if printer.on_uncertain == "reprint":
                self.history.copies_allowed.add(name)
        self.devices = {
            "ipp": Device("ipp", True, self.random, one_at_a_time=choices.random() < 0.5),
            "raw": Device("raw", False, self.random),
            "press": Device("press", True, self.random, one_at_a_time=choices.random() < 0.5),
        }
        for name in ("ipp", "press"):
            self.devices[name].keeps_history = choices.random() < 0.8
        for device in self.devices.values():
            device.received = self.history.received
            device.troubles = choices.choice((0.0, 0.0, 0.15))
        for folder in (INBOX, SPOOL, TRAYS, DOCUMENTS):
            self.files.make_folders(folder)
        if choices.random() < 0.3:
            self.files.mount(TRAYS)
        self._texts: dict[str, Record] = {}
        self._appearances: list[tuple[int, Received]] = []
        self.line: SimLine | None = None
        self._plan = sorted(self._scenario(choices), key=lambda planned: planned.at)

    # what happens

    def _scenario(self, choices: Random) -> list[Planned]:
        plan: list[Planned] = []
        count = choices.randint(1, 4)
        dropped: list[tuple[Row, ...]] = []
        came: dict[Record, float] = {}
        for number in range(count):
            rows = self._rows(choices, number, dropped)
            dropped.append(rows)
            at = choices.uniform(0.0, 12.0)
            came.update((row.record, at) for row in rows)
            plan.append(Planned(at, f"drop f{number}", lambda number=number, rows=rows: self._drop(number, rows)))
        records = [row.record for rows in dropped for row in rows]
        on_call = [row.record for rows in dropped for row in rows if row.on_call] or records
        for _ in range(choices.choice((0, 1, 4))):
            kind = choices.choice(("cancel", "drop", "release", "retry", "call", "call", "reprint", "reprint", "mark"))
            record = choices.choice(on_call if kind == "call" else records)
            at = choices.choice((choices.uniform(0.5, 30.0), came[record] + choices.uniform(0.5, 6.0)))
            plan.append(Planned(at, kind, lambda kind=kind, record=record: self._command(kind, record)))
        plan += [self._trouble(choices) for _ in range(choices.choice((0, 1, 3)))]
        plan.append(Planned(HEALED_AT, "heal", self._heal))
        return plan

    def _rows(self, choices: Random, number: int, dropped: list[tuple[Row, ...]]) -> tuple[Row, ...]:
        if dropped and choices.random() < 0.2:
            return choices.choice(dropped)
        rows: list[Row] = []
        usual = choices.choice(("", "", "sheets", "press"))  #: files are often for one printer
        for place in range(choices.randint(2, 5) if usual else choices.randint(1, 4)):
            order, parcel = f"O{number}{place}", 1
            if dropped and choices.random() < 0.2:
                again = choices.choice(choices.choice(dropped)).record
                order, parcel = again.order, choices.choice((again.parcel, 2))
            elif rows and choices.random() < 0.2:
                order, parcel = rows[-1].record.order, 2
            kind = choices.choice(("plain",) * 8 + ("hold", "bug", "late", "wide", "torn"))
            record = Record(order, parcel, f"{kind}{choices.choice('ab')}")
            if any(row.record.key == record.key for row in rows):
                continue
            known = next((row for row_s in dropped for row in row_s if row.record == record), None)
            station = choices.choice(
                (*STATIONS, "tray", "ipp", *(usual,) * 20) if usual else (*STATIONS, "tray", "ipp")
            )
            printer, is_steady = STATIONS[station], kind in {"plain", "wide"}
            rows.append(known or Row(record, printer, on_call=station in ON_CALL.values(), is_steady=is_steady))
        return tuple(rows) or (Row(Record(f"O{number}x", 1, "plaina"), "tray"),)

    def _trouble(self, choices: Random) -> Planned:
        at, device = choices.uniform(0.0, 25.0), self.devices[choices.choice(tuple(self.devices))]
        local, trays = self.files.local, self.files.device(TRAYS)

        where, room = choices.choice((local, trays)), choices.choice((0, 600))

        def full() -> None:
            where.capacity = where.used + room

        errno, away_s = choices.choice((5, 116)), choices.choice((0.5, 8.0))

        def away() -> None:
            if trays is not local:
                trays.away = errno

        def read_only() -> None:
            trays.read_only = True

        def ledger() -> None:
            self.ledger_away = self.hub.now + away_s

        def off() -> None:
            device.restart(self.hub.now)
            device.is_up = False

        found = choices.choice(
            (
                ("full disk", full),
                ("tray away", away),
                ("read-only", read_only),
                ("ledger away", ledger),
                ("ledger away", ledger),
                (f"{device.name} off", off),
                (f"{device.name} off", off),
                (f"{device.name} restarts", lambda: self._restart(device)),
                (f"{device.name} frozen", lambda: setattr(device, "is_frozen", True)),
                (f"{device.name} frozen", lambda: setattr(device, "is_frozen", True)),
                (f"{device.name} thaws", lambda: device.thaw(self.hub.now)),
                (f"{device.name} out of paper", lambda: setattr(device, "has_paper", False)),
                (f"{device.name} cancels", device.cancel_one),
            )
        )
        return Planned(at, found[0], found[1])

    def _restart(self, device: Device) -> None:
        device.restart(self.hub.now)
        self._doubt_open(device)

    def _doubt_open(self, device: Device) -> None:
        """What was about to be sent when a printer lost its memory, nobody can know of."""
        for (name,) in ask_ledger(
            f"SELECT name FROM attempts WHERE state IN ('intent', 'accepted') AND printer = '{device.name}'"
        ):
            device.doubts.add(name)

    def _heal(self) -> None:
        for device in self.files._devices:
            device.capacity, device.read_only, device.away = None, False, 0
        for device in self.devices.values():
            if not device.is_up:
                self._restart(device)
            device.heal(self.hub.now)
        self._most_crashes = 0
        if self.line is not None:
            self.line.process.crash_at = 0

    def _drop(self, number: int, rows: tuple[Row, ...]) -> None:
        name = f"f{number}.csv"
        lines = [HEADER]
        for row in rows:
            record = row.record
            station = ON_CALL[row.printer] if row.on_call else row.printer
            lines.append(f"{record.order},{record.parcel},{record.text},{station}")
            self._texts[record_digest(record)] = record
        self.history.files.append(File(name, rows))
        hidden = INBOX / f".{name}.part"
        local = self.files.local
        capacity, local.capacity, read_only, local.read_only = local.capacity, None, local.read_only, False
        self.files.put(hidden, "\n".join(lines).encode() + b"\n")
        self.files.hands.rename(hidden, INBOX / name)
        self.files.hands.sync_folder(INBOX)
        local.capacity, local.read_only = capacity, read_only
        if self.line is not None and self.random.random() < 0.7:
            self.line.hear_event()

    def _command(self, kind: str, record: Record) -> None:
        """A person's command, a process of its own."""
        self._commands += 1
        crash_at = self.random.randint(1, 60) if self.random.random() < self._crash_chance / 3 else 0
        process = Process(self, f"cmd{self._commands}", crash_at)
        if self.random.random() < 0.5:
            process.dozes = self.random.randint(1, 25), self.random.uniform(1.0, 80.0)
        ledger = open_ledger(process, who="packer", holder=f"cmd:{self._commands}")
        self._running += 1

        def work() -> None:
            told = "unknown"
            try:
                told = self._obey(kind, record, process, ledger)
            except (UsageError, HoldOrder):
                told = "refused"
            except RetryLater:
                told = "unknown" if kind in {"reprint", "mark"} else "refused"
            except AssertionError:
                told = "refused"
            finally:
                self._running -= 1
                self.history.acts.append(Act(kind, record, told))

        process.start(kind, work)

    def _obey(self, kind: str, record: Record, process: Process, ledger: Ledger) -> str:
        found = next((one for one in ledger.find(record.order) if self._record_of(one) == record), None)
        if found is None:
            return "refused"
        match kind:
            case "cancel":
                ledger.cancel(found.ref)
            case "drop":
                ledger.put_aside(found.ref)
            case "release":
                ledger.release(found.ref)
            case "retry":
                ledger.retry(found.ref)
            case "call":
                is_quick = self.random.random() < 0.5
                if not found.document or not call(self, process, ledger, found, is_quick=is_quick):
                    return "refused"
            case _:
                state = reprint(self, process, ledger, found, mark="copy" if kind == "mark" else "")
                if state is DeliveryState.DELIVERED:
                    return "done"
                return "refused" if state in {DeliveryState.WAITS, DeliveryState.REFUSED} else "unknown"
        return "done"

    def _record_of(self, found: ParcelRecord) -> Record | None:
        return self._texts.get(found.data_sha256)

    # crashes

    def crashed(self, process: Process) -> None:
        self.crashes += 1
        self._somebody_died = True
        if self.random.random() < self._power_chance:
            self._note("power cut")
            self.files.power_cut()
            self._forget_appearances()
        else:
            self._note(f"{process.name} killed")
            process.disk.kill()

    def stopped(self, process: Process, fault: Exception) -> None:
        """The line ends by itself."""
        self._note(f"{process.name} stops: {fault}")
        self.stops.append(str(fault))
        process.disk.kill()

    def _forget_appearances(self) -> None:
        """What a power cut took back out of a tray may come again."""
        for (tray, name), _ in list(self.files.appeared.items()):
            with suppress(OSError):
                if self.files.hands.status(TRAYS / tray / name) is None:
                    del self.files.appeared[tray, name]

    def _note(self, text: str) -> None:
        if self.trace is not None:
            self.trace.append(f"{self.hub.now:.4f} ** {text}")

    # the run

    def run(self) -> History:
        """Let it all happen, until nothing is left to do."""
        self._start_line()
        until = HEALED_AT + PATIENCE
        turns = 0
        while self.hub.now < until:
            turns += 1
            if turns > MOST_TURNS:
                self.history.leftovers.append("work without end")
                break
            self._happen()
            self._revive()
            if self._spooler and self.random.random() < 0.02:
                self._spool()
            if self.hub.turn():
                continue
            if not self._plan and self._is_at_rest():
                if self._is_last:
                    break
                self._is_last = True  # started once more it has nothing to do, and tidies up
                self._note("last restart")
                self.line.process.disk.kill()
                continue
            after = min(self.hub.next_wake(), self._plan[0].at if self._plan else FOREVER, self.hub.now + 10.0)
            self.hub.now = max(self.hub.now, after)
        self._end()
        return self.history

    def _happen(self) -> None:
        while self._plan and self._plan[0].at <= self.hub.now:
            planned = self._plan.pop(0)
            self._note(planned.what)
            self.hub.now += 0.001  # no two files are dropped at the same moment
            planned.act()

    def _start_line(self) -> None:
        self._lines += 1
        crash_at = 0
        if self.crashes < self._most_crashes and self.random.random() < self._crash_chance:
            crash_at = self.random.randint(1, self.random.choice((40, 120, 300)))
        self.line = SimLine(self, self._lines, crash_at)

    def _revive(self) -> None:
        line = self.line
        if line is not None and line.process.is_dead:
            self.hub.bury(line.process)
            self.line = None
            self.hub.now += self.random.choice((0.0, 0.1, 3.0))
            self._start_line()
        if self._somebody_died:
            self._somebody_died = False
            for process in {task.process: None for task in self.hub.tasks if task.process.is_dead}:
                self.hub.bury(process)

    def _spool(self) -> None:
        """Whoever prints from a tray takes what lies in it, at once and for good."""
        for tray in _TRAYS:
            with suppress(OSError):
                self._take(tray)

    def _take(self, tray: str) -> None:
        hands, folder = self.files.hands, TRAYS / tray
        for name, _ in hands.scan(folder, lambda name: name.endswith(".pdf")):
            number = self.files.appeared.get((tray, name), 0)
            data = hands.read(folder / name)
            hands.unlink(folder / name)
            hands.sync_folder(folder)
            self._appearances.append((number, Received(tray, name, data)))

    def _is_at_rest(self) -> bool:
        if self._running or self.line is None or self.line.process.is_dead:
            return False
        if any(job.state == "pending" for device in self.devices.values() for job in device.jobs):
            for device in self.devices.values():
                device.advance(self.hub.now)
        ((busy,),) = ask_ledger(
            "SELECT (SELECT COUNT(*) FROM drops WHERE state = 'open') + (SELECT COUNT(*) FROM parcels WHERE state IN"
            " ('accepted', 'sending') OR (state = 'ready' AND (print_on <> 'call' OR called_at IS NOT NULL)))"
            " + (SELECT COUNT(*) FROM attempts WHERE state IN ('intent', 'accepted'))"
        )
        return busy == 0 and all(self._is_on_record(name) for name in self.files.tree(INBOX))

    def _is_on_record(self, name: str) -> bool:
        """Whether a file is a claimed one that only waits to be removed, which the next start does at the latest."""
        parts = name.split("-")
        return parts[0] == ".taken" and bool(ask_ledger(f"SELECT 1 FROM drops WHERE id = '{parts[2]}'"))

    # what is told in the end

    def _end(self) -> None:
        for device in self.devices.values():
            device.advance(self.hub.now + 1000.0)
        for tray in _TRAYS:
            with suppress(OSError):
                self._take(tray)
        history = self.history
        self._appearances.sort(key=lambda one: one[0])
        history.received.extend(paper for _, paper in self._appearances)
        history.was_restarted = bool(self.crashes or self.stops)
        self._read_ledger()
        self._read_codes()
        self._read_results()
        for file in history.files:
            file.disturbed = file.name in self.disturbed | self.files.given_back
        history.leftovers += [f"in/{name}" for name in self.files.tree(INBOX)]
        history.leftovers += [f"spool/{name}" for name in self.files.tree(SPOOL)]
        for tray in _TRAYS:
            with suppress(OSError):
                history.leftovers += [f"{tray}/{name}" for name in self.files.tree(TRAYS / tray)]
        self.line.process.disk.kill()
        for task in list(self.hub.tasks):
            task.process.disk.kill()
        for task in list(self.hub.tasks):
            self.hub.bury(task.process)

    def _read_ledger(self) -> None:
        history, records = self.history, {}
        for store, order, parcel, revision, digest, state, findings in ask_ledger(
            "SELECT store, order_id, parcel, revision, data_sha256, state, findings FROM parcels"
        ):
            record = records[store, order, parcel, revision] = self._texts[digest]
            reasons = () if findings == "[]" else (findings,)
            history.standings.append(Standing(record, state, reasons))
        for store, order, parcel, revision, name, printer, state in ask_ledger(
            "SELECT store, order_id, parcel, revision, name, printer, state FROM attempts ORDER BY id"
        ):
            device = self.devices.get(printer)
            history.tries.append(Try(records[store, order, parcel, revision], name, printer, state))
            if device is None:
                continue
            if name in device.doubts or (self.crashes and not (device.can_be_asked and device.keeps_history)):
                history.doubts.add(name)
            if not device.keeps_history and device.can_be_asked:
                history.doubts.add(name)

    def _read_codes(self) -> None:
        for code, state, order in ask_ledger("SELECT code, state, order_id FROM codes"):
            self.history.codes[code] = CodeOf(state, order)
        self.history.on_documents += ask_ledger("SELECT order_id, slip FROM parcels WHERE slip <> ''")

    def _read_results(self) -> None:
        tree = {}
        with suppress(OSError):
            tree = self.files.tree(RESULTS)
        for path, data in sorted(tree.items()):
            if path.endswith(".tmp"):
                self.history.leftovers.append(f"results/{path}")
                continue
            name = f"{Path(path).name.split('.')[0]}.csv"
            rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
            cells = [(row["order_id"], row["parcel"], row["state"]) for row in rows]
            self.history.answers.setdefault(name, []).append(cells)

    def days_of(self, folder: Path) -> list[Path]:
        try:
            return [folder / name for name, _ in self.files.hands.scan(folder)]
        except OSError:
            return []


def simulate(seed: int, *, trace: list[str] | None = None, codes: frozenset[str] = frozenset()) -> list[str]:
    """What is wrong with the history of a seed; with codes in a pool it is another one."""
    log = logging.getLogger("packslip.engine")
    before = log.level
    log.setLevel(logging.CRITICAL)  # bugs are planned here
    try:
        return check(Shop(seed, trace=trace, codes=codes).run())
    finally:
        log.setLevel(before)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description="Runs histories and checks them.")
    parser.add_argument("--seeds", type=int, default=10_000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="one history only")
    parser.add_argument("--trace", action="store_true", help="show its acts")
    parser.add_argument("--codes", action="store_true", help="grant every order a code of a pool")
    args = parser.parse_args()
    codes = CODES if args.codes else frozenset()
    if args.seed is not None:
        trace: list[str] = []
        wrong = simulate(args.seed, trace=trace, codes=codes)
        _say("\n".join((*(trace if args.trace else ()), *wrong)) or "nothing is wrong")
        sys.exit(bool(wrong))
    began, spent, failed = time.perf_counter(), time.process_time(), 0
    for seed in range(args.first, args.first + args.seeds):
        wrong = simulate(seed, codes=codes)
        failed += bool(wrong)
        for text in wrong:
            _say(f"seed {seed}: {text}")
    minutes, busy = (time.perf_counter() - began) / 60, (time.process_time() - spent) / 60
    speed = f"{args.seeds / minutes:.0f} a minute, {args.seeds / busy:.0f} a minute of one core"
    _say(f"{args.seeds} histories, {failed} failed, {speed}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
