"""Printers on the line: one that is slow, away, full, silent or lost, and what the others do meanwhile.

The printers are fakes behind the port; the line, the ledger and the desks are real.
"""

import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from line_kit import FakeRoad, drop_file, make_workspace, publish, results, run, tray

from packslip.dispatch import Condition, DeliveryState, Dispatcher, DocumentStore, Printers, Progress, Sent
from packslip.dispatch import printers as opening
from packslip.engine import run as run_module
from packslip.engine.calling import CallDesk, Called
from packslip.engine.doubts import Doubts
from packslip.engine.events import Kind
from packslip.engine.printing import Ears, Printing
from packslip.engine.queueing import Waiting
from packslip.engine.run import run_line
from packslip.engine.sheets import SheetDesk
from packslip.engine.waking import StopSign
from packslip.errors import HoldOrder, RetryLater, UsageError
from packslip.ledger import AttemptState, Ledger, ParcelState
from packslip.model import Where, error
from packslip.settings import load_settings

MEDIA = """
[media.a4]
width_mm = 210
height_mm = 297
[media.label-4x6]
width_mm = 101.5
height_mm = 152.5
dots_per_mm = 8
profile = "thermal"
"""
SETTINGS = (
    MEDIA
    + """[printers.laser]
kind = "ipp"
uri = "ipp://localhost:9/laser"
media = "a4"
{laser}
[printers.other]
kind = "ipp"
uri = "ipp://localhost:9/other"
media = "a4"
[printers.bench-label]
media = "label-4x6"
[stations.bench]
printers = ["laser", "bench-label"]
[stations.second]
printers = ["other", "bench-label"]
{routes}
"""
)


def settings(laser="", routes=""):
    return SETTINGS.format(laser=laser, routes=routes)


class FakePrinter:
    """Prints at once unless told otherwise; keeps what it was sent."""

    def __init__(self):
        self.sheets = []  #: documents on paper, in order
        self.jobs = {}  #: name → bytes it has and did not print yet
        self.titles = []
        self.fault = None  #: raised for each job
        self.answer = None  #: what `send` says instead of printing
        self.forgets = False
        self.condition = Condition(is_up=True)
        self.is_holding = False  #: takes jobs and prints none
        self.is_losing = False  #: the next job is lost on its way
        self.asked = threading.Event()

    def prepare(self, job):
        pass

    def withdraw(self, name):
        pass

    def send(self, job):
        if self.fault is not None:
            raise self.fault
        if self.is_losing:
            self.is_losing = False
            return Sent(progress=Progress.UNKNOWN, told="no answer")
        self.titles.append(job.name)
        if self.answer is not None:
            return self.answer
        if self.is_holding:
            self.jobs[job.name] = job.data
            return Sent(progress=Progress.PRINTING, receipt=f"job {job.name}")
        self.sheets.append(job.data.decode())
        return Sent(progress=Progress.DONE, receipt=f"job {job.name}")

    def settle(self):
        pass

    def ask(self, jobs):
        self.asked.set()
        return tuple(self._ask(job) for job in jobs)

    def _ask(self, job):
        if self.forgets:
            return Sent(progress=Progress.UNKNOWN, told="the printer was restarted")
        if job.name in self.jobs:
            return Sent(progress=Progress.PRINTING, receipt=f"job {job.name}")
        if job.name in self.titles:
            return Sent(progress=Progress.DONE)
        return Sent(progress=Progress.NOT_PRINTED, told="it never arrived")

    def look(self):
        return self.condition

    def path(self, name):
        return None

    def close(self):
        pass

    def print_all(self):
        for name in list(self.jobs):
            self.sheets.append(self.jobs.pop(name).decode())


@pytest.fixture
def fakes(monkeypatch):
    made = {"laser": FakePrinter(), "other": FakePrinter()}
    monkeypatch.setattr(opening, "open_printer", lambda name, settings, media: made[name])
    return made


@pytest.fixture
def workspace(tmp_path):
    return make_workspace(tmp_path / "shop", settings=settings())


def orders(printer):
    return [text.split()[1] for text in printer.sheets]


def ledger_of(workspace, **values):
    return Ledger.open(workspace.ledger, secret=workspace.secret(), **values)


def states(workspace):
    return [(row["order_id"], row["state"]) for row in results(workspace)]


@contextmanager
def running(workspace):
    """A line that runs until the block ends; what it told."""
    sign, told, changed = StopSign(), [], threading.Condition()

    def listen(event):
        with changed:
            told.append(event)
            changed.notify_all()

    values = {"open_road": FakeRoad, "workers": 2, "listener": listen, "stop": sign}
    line = threading.Thread(target=run_line, args=(workspace,), kwargs=values)
    line.start()

    def hear(wanted, seconds=30):
        with changed:
            assert changed.wait_for(lambda: any(map(wanted, told)), timeout=seconds), told

    try:
        yield hear
    finally:
        sign.set()
        line.join()


def test_orders_reach_a_printer_in_the_order_of_the_file(workspace, fakes):
    drop_file(workspace, "a.csv", *(f"A{number},1,,x" for number in range(30)))
    summary = run(workspace)
    assert orders(fakes["laser"]) == [f"A{number}/1" for number in range(30)]
    assert (summary.queued, summary.printed) == (0, 30)
    assert states(workspace) == [(f"A{number}", "ready") for number in range(30)]
    with ledger_of(workspace) as ledger:
        assert ledger.counts().parcels[ParcelState.DONE] == 30


def test_a_drop_is_answered_while_its_printer_is_slow(workspace, fakes):
    laser = fakes["laser"]
    laser.is_holding = True
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,x", "L1,1,,label")
    with running(workspace) as hear:
        hear(lambda event: event.kind is Kind.DROP)
        assert states(workspace) == [("A1", "ready"), ("A2", "ready"), ("L1", "done")]
        assert len(tray(workspace, "bench-label")) == 1
        assert len(laser.titles) == 1  # the next one goes when this one is printed
        laser.is_holding = False
        laser.print_all()
        hear(lambda event: event.kind is Kind.PRINTED and event.order_id == "A2")
    assert orders(laser) == ["A1/1", "A2/1"]


def test_a_job_title_names_the_order_and_nobody(workspace, fakes):
    drop_file(workspace, "a.csv", "A1,1,,x")
    run(workspace)
    (title,) = fakes["laser"].titles
    assert title.startswith("A1-1-")
    assert "Lovelace" not in title


def test_a_printer_that_is_away_keeps_what_is_for_it_and_no_other(workspace, fakes):
    fakes["laser"].fault = RetryLater("offline")
    drop_file(workspace, "a.csv", "A1,1,,x", "L1,1,,label", "A2,1,,x")
    told = []
    summary = run(workspace, listener=told.append)
    assert states(workspace) == [("A1", "ready"), ("L1", "done"), ("A2", "ready")]
    assert (summary.queued, summary.wants_a_person) == (2, True)
    assert "printer laser: offline; what is for it waits" in [event.text for event in told]
    with ledger_of(workspace) as ledger:
        (known,) = (printer for printer in ledger.printers() if printer.name == "laser")
        assert (known.is_up, known.reasons, ledger.backlog()) == (False, ("offline",), {"laser": 2})
    fakes["laser"].fault = None
    assert run(workspace).printed == 2
    assert orders(fakes["laser"]) == ["A1/1", "A2/1"]


def test_a_document_that_the_printer_will_never_take_is_held_and_the_next_prints(workspace, fakes):
    laser = fakes["laser"]
    sent = laser.send

    def send(job):
        if job.name.startswith("A1"):
            raise HoldOrder("it takes no PDF", hint="set another language")
        return sent(job)

    laser.send = send
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,x")
    run(workspace)
    assert orders(laser) == ["A2/1"]
    with ledger_of(workspace) as ledger:
        (held,) = ledger.held()
        assert [finding.code for finding in held.findings] == ["printer.refused"]
        assert "printer laser: it takes no PDF" in str(held.findings[0])
        (attempt,) = ledger.attempts(held.ref)
        assert attempt.state is AttemptState.GIVEN_UP


def test_a_deputy_takes_over_after_its_time(tmp_path, fakes):
    deputy = 'deputy = "other"\ndeputy_after_s = 0'
    workspace = make_workspace(tmp_path / "shop", settings=settings(laser=deputy))
    fakes["laser"].fault = RetryLater("offline")
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,x")
    with running(workspace) as hear:
        hear(lambda event: event.kind is Kind.PRINTED and event.order_id == "A2")
    assert (fakes["laser"].sheets, orders(fakes["other"])) == ([], ["A1/1", "A2/1"])
    with ledger_of(workspace) as ledger:
        record = ledger.find("A1")[0]
        assert (record.state, record.printer) == (ParcelState.DONE, "other")
        assert ("reroute", "other") in [(event.kind, event.detail) for event in ledger.events(record.key)]


def test_a_deputy_that_is_down_too_takes_nothing(tmp_path, fakes):
    deputy = 'deputy = "other"\ndeputy_after_s = 0'
    workspace = make_workspace(tmp_path / "shop", settings=settings(laser=deputy))
    fakes["laser"].fault = fakes["other"].fault = RetryLater("offline")
    drop_file(workspace, "a.csv", "A1,1,,x")
    drop_file(workspace, "b.csv", "B1,1,,x")
    assert run(workspace).queued == 2
    fakes["laser"].fault = None
    fakes["other"].fault = None
    run(workspace)
    assert sorted(orders(fakes["laser"]) + orders(fakes["other"])) == ["A1/1", "B1/1"]


def test_what_a_stopped_printer_has_already_is_not_given_to_its_deputy(tmp_path, fakes):
    deputy = 'deputy = "other"\ndeputy_after_s = 0'
    workspace = make_workspace(tmp_path / "shop", settings=settings(laser=deputy))
    laser = fakes["laser"]
    laser.is_holding = True
    drop_file(workspace, "a.csv", "A1,1,,x")
    with running(workspace) as hear:
        hear(lambda event: event.kind is Kind.DROP)
        laser.asked.wait(30)
        laser.condition = Condition(is_up=False, reasons=("out of paper",))
        laser.asked.clear()
        assert laser.asked.wait(30)
    assert (orders(fakes["other"]), len(laser.jobs)) == ([], 1)
    laser.print_all()
    laser.is_holding = False
    run(workspace)
    assert (orders(laser), orders(fakes["other"])) == (["A1/1"], [])


def test_a_lost_answer_is_asked_for_and_never_sent_blindly_again(workspace, fakes):
    laser = fakes["laser"]
    sent = laser.send

    def send(job):
        laser.send = sent
        sent(job)
        return Sent(progress=Progress.UNKNOWN, told="no answer")

    laser.send = send
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,x")
    run(workspace)
    assert orders(laser) == ["A1/1", "A2/1"]


def test_a_lost_request_is_asked_for_and_sent_again(workspace, fakes):
    laser = fakes["laser"]
    laser.is_losing = True
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,x")
    run(workspace)
    assert orders(laser) == ["A1/1", "A2/1"]
    with ledger_of(workspace) as ledger:
        record = ledger.find("A1")[0]
        assert [attempt.state.value for attempt in ledger.attempts(record.ref)] == ["given up", "delivered"]


def test_a_printer_that_lost_its_memory_makes_its_job_uncertain_and_the_next_prints(workspace, fakes):
    laser = fakes["laser"]
    laser.is_holding = laser.forgets = True
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,x")
    summary = run(workspace)
    assert summary.printed == 0
    with ledger_of(workspace, who="eva") as ledger:
        doubts = ledger.in_state(ParcelState.UNCERTAIN)
        assert [record.key.order_id for record in doubts] == ["A1", "A2"]
        assert ledger.attempts(doubts[0].ref)[-1].told == "the printer was restarted"
        ledger.confirm(doubts[0].ref)
        with pytest.raises(UsageError, match="is done, not uncertain"):
            ledger.confirm(doubts[0].ref)
        assert ledger.record(doubts[0].ref).state is ParcelState.DONE


def test_an_uncertain_parcel_is_reprinted_marked_once_if_its_printer_is_to(tmp_path, fakes, monkeypatch):
    workspace = make_workspace(tmp_path / "shop", settings=settings(laser='on_uncertain = "reprint"'))
    copies = []

    def reprint(workspace, ledger, record, *, marked_on):
        copies.append((str(record.key), marked_on is not None))

    monkeypatch.setattr(run_module, "reprint_parcel", reprint)
    fakes["laser"].is_holding = fakes["laser"].forgets = True
    drop_file(workspace, "a.csv", "A1,1,,x")
    run(workspace)
    assert copies == [("A1/1", True)]


def test_priorities_and_deadlines_go_first_where_documents_wait(tmp_path, fakes):
    routes = "[[routes]]\nmedia = ['a4']\ndeadline_first = true\n"
    workspace = make_workspace(tmp_path / "shop", settings=settings(routes=routes))
    fakes["laser"].fault = RetryLater("offline")
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,x", "A3,1,,urgent")
    assert run(workspace).queued == 3
    fakes["laser"].fault = None
    run(workspace)
    assert orders(fakes["laser"]) == ["A3/1", "A1/1", "A2/1"]


class Still:
    """Steps no desk by itself."""

    latest: "Still"

    def __init__(self, desk, *, is_tray, fail):
        self.desk = desk
        Still.latest = self

    def put(self, waiting):
        self.desk.put(waiting)

    def wake(self):
        pass

    def end(self):
        pass

    def join(self):
        pass


IMPOSED = (
    MEDIA
    + """[media.wide]
width_mm = 450
height_mm = 320
[impositions.two]
media = "wide"
across = 2
marks = []
wait_s = 3600
[printers.laser]
kind = "ipp"
uri = "ipp://laser.example/ipp/print"
media = "a4"
imposition = "two"
deputy = "other"
deputy_after_s = 100
[printers.other]
kind = "ipp"
uri = "ipp://other.example/ipp/print"
media = "a4"
imposition = "two"
[printers.bench-label]
media = "label-4x6"
[stations.bench]
printers = ["laser", "bench-label"]
"""
)


class Gathering(Ears):
    """Ready slips, and the desks of printers that gather them for sheets of two, stepped by hand."""

    def __init__(self, workspace, ledger):
        self.ledger = ledger
        self.road = FakeRoad(workspace, "r1", ledger, 1)
        self.documents = DocumentStore(workspace.documents)
        printers = Printers(workspace.root / "hotfolder/out", lambda: self.road.settings)
        dispatcher = Dispatcher(ledger, self.documents, printers)
        self.refused = []
        self.printing = Printing(
            dispatcher, printers, ledger, sheets=SheetDesk(ledger, lambda: self.road), ears=self, driver=Still
        )

    def refuse(self, ref, fault):
        self.refused.append(ref.key.order_id)
        self.ledger.hold(ref, (error("sheet.refused", Where(), fault.message),))

    def step(self, now, printer="laser"):
        self.printing.resume(self.ledger.queued())
        return self.printing._desks[printer].desk.step(now)

    def begin(self, *orders, now=0.0):
        """Let only these wait, and take one step; the others come later."""
        self.printing.resume(record for record in self.ledger.queued() if record.key.order_id in orders)
        self.printing._thread("laser").desk.step(now)


@pytest.fixture
def gathering(tmp_path, fakes):
    workspace = make_workspace(tmp_path / "shop", settings=IMPOSED)
    fakes["laser"].fault = RetryLater("busy")
    drop_file(workspace, "a.csv", *(f"A{number},1,,x" for number in range(1, 6)))
    assert run(workspace).queued == 5
    fakes["laser"].fault = None
    with ledger_of(workspace, holder="line:test") as ledger:
        yield Gathering(workspace, ledger)


def test_a_slip_that_is_gathered_for_a_sheet_is_known_to_wait(gathering):
    """Called for again and again, as a line does each second, it stands on the sheet once."""
    for now in range(3):
        gathering.step(float(now))
    gathering.printing.flush()
    gathering.step(4.0)
    assert gathering.road.imposed == [["A1", "A2"], ["A3", "A4"], ["A5"]]


def test_a_slip_that_is_called_for_while_its_sheet_is_made_stands_there_once(gathering, fakes):
    impose = gathering.road.impose

    def impose_slowly(printer, works):
        gathering.printing.resume(gathering.ledger.queued())
        return impose(printer, works)

    gathering.road.impose = impose_slowly
    fakes["laser"].fault = RetryLater("busy")
    gathering.step(0.0)
    fakes["laser"].fault = None
    for now in range(1, 9):
        gathering.step(float(now))
    assert gathering.road.imposed == [["A1", "A2"], ["A1", "A2"], ["A3", "A4"]]


def test_a_sheet_that_a_busy_printer_does_not_take_goes_before_those_that_wait_behind_it(gathering, fakes):
    fakes["laser"].fault = RetryLater("busy")
    gathering.step(0.0)
    fakes["laser"].fault = None
    for now in range(1, 9):
        gathering.step(float(now))
    assert orders(fakes["laser"]) == ["A1/1", "A3/1"]
    assert gathering.road.imposed[-2:] == [["A1", "A2"], ["A3", "A4"]]


def test_a_sheet_that_comes_back_unprinted_goes_out_as_it_was_before_those_that_wait_behind_it(gathering, fakes):
    fakes["laser"].is_losing = True
    for now in range(6):
        gathering.step(float(now))
    fakes["laser"].is_losing = True
    gathering.printing.flush()
    for now in range(6, 10):
        gathering.step(float(now))
    assert gathering.road.imposed == [["A1", "A2"], ["A1", "A2"], ["A3", "A4"], ["A5"], ["A5"]]


def test_a_slip_that_is_listed_while_it_comes_back_stands_on_the_sheet_once(gathering, fakes):
    record = gathering.ledger.record

    def record_slowly(ref):
        gathering.printing.resume(gathering.ledger.queued())
        return record(ref)

    fakes["laser"].is_losing = True
    gathering.begin("A1", "A2")
    gathering.ledger.record = record_slowly
    gathering.begin(now=1.0)
    gathering.step(2.0)
    gathering.step(3.0)
    assert gathering.road.imposed == [["A1", "A2"], ["A1", "A2"], ["A3", "A4"]]


@pytest.mark.parametrize(("printer", "heard"), [("laser", 2), ("bench-label", 1)], ids=["slow", "tray"])
def test_a_slip_that_waits_already_is_not_taken_twice_and_who_brings_it_hears_that_it_waits(gathering, printer, heard):
    told, desk = [], gathering.printing._thread(printer).desk
    (record,) = gathering.ledger.find("A1")
    for number in range(2):
        desk.put(Waiting("", number, record.ref, record.document, record.pages, answer=told.append))
    assert len(desk._queue) == 1
    assert [delivery.state for delivery in told] == [DeliveryState.WAITS] * heard


def test_a_more_urgent_slip_goes_before_sheets_that_wait(gathering):
    gathering.begin("A1", "A2", "A3", "A4")
    (last,) = gathering.ledger.find("A5")
    gathering.printing.resume([replace(last, rank="")])
    for now in range(1, 4):
        gathering.step(float(now))
    assert gathering.road.imposed == [["A1", "A2"], ["A5", "A3"]]


def test_what_waits_at_a_flush_shares_no_sheet_with_what_comes_later(gathering):
    gathering.begin("A1")
    gathering.printing.flush()
    for now in range(4):
        gathering.step(float(now))
    assert gathering.road.imposed == [["A1"], ["A2", "A3"], ["A4", "A5"]]


def test_slips_of_two_releases_share_no_sheet_at_a_slow_printer(tmp_path, fakes, monkeypatch):
    workspace = make_workspace(tmp_path / "shop", settings=IMPOSED)
    walk = FakeRoad.walk

    def publish_now_and_then(self, order, **values):
        number = int(order.key.order_id[1:])
        if number % 7 == 0:
            publish(workspace, f"r{number}")
        return walk(self, order, **values)

    monkeypatch.setattr(FakeRoad, "walk", publish_now_and_then)
    drop_file(workspace, "a.csv", *(f"A{number},1,,x" for number in range(1, 41)))
    assert run(workspace).printed == 40
    releases = [{line.split()[3] for line in text.splitlines()} for text in fakes["laser"].sheets]
    assert [len(one) for one in releases] == [1] * len(releases)
    assert len(set().union(*releases)) > 2


def test_only_the_documents_of_the_sheets_that_go_are_read(gathering):
    for order in ("A3", "A4", "A5"):
        gathering.documents.path(gathering.ledger.find(order)[0].document).unlink()
    gathering.step(0.0)
    assert (gathering.road.imposed, gathering.refused) == ([["A1", "A2"]], [])


def test_what_is_gathered_is_sent_alone_once_its_printer_does_not_impose_any_more(gathering, fakes):
    gathering.begin("A1")
    printers = gathering.road.settings.printers
    laser = printers["laser"].model_copy(update={"imposition": ""})
    gathering.road.settings = gathering.road.settings.model_copy(update={"printers": {**printers, "laser": laser}})
    for now in range(1, 7):
        gathering.step(float(now))
    assert (gathering.road.imposed, orders(fakes["laser"])) == ([], [f"A{number}/1" for number in range(1, 6)])


def test_a_slip_that_waited_long_enough_for_a_sheet_does_not_wait_so_long_again(gathering, fakes):
    for now in range(3):
        gathering.step(float(now))
    fakes["laser"].fault = RetryLater("busy")
    gathering.step(3601.0)
    fakes["laser"].fault = None
    gathering.step(3602.0)
    gathering.step(3603.0)
    assert orders(fakes["laser"]) == ["A1/1", "A3/1", "A5/1"]


def test_a_deputy_takes_over_what_was_gathered_for_a_sheet_already(gathering, fakes):
    gathering.step(0.0)
    gathering.step(1.0)
    gathering.step(2.0)
    fakes["laser"].condition = Condition(is_up=False, reasons=("out of paper",))
    gathering.step(50.0)
    gathering.step(200.0)
    gathering.printing.flush()
    gathering.step(201.0, "other")
    assert (gathering.road.imposed[-1], orders(fakes["other"])) == (["A5"], ["A5/1"])


def test_a_desk_whose_deputy_has_taken_over_does_nothing_until_its_next_look(gathering, fakes):
    fakes["laser"].condition = Condition(is_up=False, reasons=("out of paper",))
    assert gathering.step(0.0) > 0
    gathering.step(200.0)
    assert gathering.step(200.5) == 0.5


def test_slips_wait_on_where_one_before_them_can_neither_be_read_nor_held(gathering, fakes):
    """Its document is gone, and the ledger is away just then."""
    known = gathering.ledger.find("A2")[0]
    gathering.documents.path(known.document).unlink()
    refuse, gathering.refuse = gathering.refuse, _ledger_is_away
    gathering.step(0.0)
    gathering.refuse = refuse
    for now in range(1, 9):
        gathering.step(float(now))
    assert gathering.refused == ["A2"]
    assert gathering.road.imposed == [["A1", "A3"], ["A4", "A5"]]


def _ledger_is_away(ref, fault):
    raise RetryLater("the ledger is busy with another command")


# after a restart, and in doubt


def test_what_waits_for_printers_is_taken_up_though_a_tray_is_away_at_the_start(workspace, fakes, monkeypatch):
    fakes["laser"].fault = RetryLater("offline")
    drop_file(workspace, "a.csv", "A1,1,,x")
    assert run(workspace).queued == 1
    fakes["laser"].fault = None

    def sweep(self):
        raise RetryLater("tray bench-label: stale file handle")

    monkeypatch.setattr(Dispatcher, "sweep", sweep)
    assert run(workspace).printed == 1
    assert orders(fakes["laser"]) == ["A1/1"]


def test_two_who_settle_one_doubt_at_once_print_one_copy(tmp_path, fakes):
    workspace = make_workspace(tmp_path / "shop", settings=settings(laser='on_uncertain = "reprint"'))
    fakes["laser"].answer = Sent(progress=Progress.UNKNOWN)
    fakes["laser"].forgets = True
    copies = []
    drop_file(workspace, "a.csv", "A1,1,,x")
    run(workspace)
    with ledger_of(workspace) as ledger:
        record = replace(ledger.find("A1")[0], state=ParcelState.UNCERTAIN)

        def print_copy(of):
            copies.append(of)
            assert not doubts.settle(of)  # before its try is on record

        doubts = Doubts(ledger, lambda: load_settings(workspace.root / "packslip.toml"), print_copy)
        ledger.attempts = lambda ref: ()
        assert doubts.settle(record)
    assert copies == [record]


# on call


@pytest.fixture
def calling(tmp_path, fakes):
    workspace = make_workspace(tmp_path / "shop", settings=settings(routes='[[routes]]\nprint_on = "call"\n'))
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,x", "L1,1,,label")
    run(workspace)
    return workspace


def test_what_prints_on_call_is_ready_and_waits(calling, fakes):
    assert states(calling) == [("A1", "ready"), ("A2", "ready"), ("L1", "ready")]
    assert (fakes["laser"].sheets, tray(calling, "bench-label")) == ([], [])
    summary = run(calling)
    assert (summary.queued, summary.wants_a_person) == (0, False)
    with ledger_of(calling) as ledger:
        assert ledger.awaiting_call() == {"bench": 3}


def test_a_call_prints_at_the_station_that_calls(calling, fakes):
    with ledger_of(calling, who="eva", holder="command:1") as ledger, CallDesk(calling, ledger) as desk:
        answer = desk.call("A2", station="second")
        assert (answer.outcome, answer.printer) == (Called.PRINTED, "other")
        label = desk.call("L1/1", station="bench")
        assert Path(label.document).name == tray(calling, "bench-label")[0]
        with pytest.raises(UsageError, match="is done on other, not ready"):
            desk.call("A2", station="bench")
        with pytest.raises(UsageError, match="no order 'A9'"):
            desk.call("A9", station="bench")
        with pytest.raises(UsageError, match="no station 'attic'"):
            desk.call("A1", station="attic")
    assert (orders(fakes["other"]), fakes["laser"].sheets) == (["A2/1"], [])


def test_a_call_that_the_printer_cannot_take_is_sent_by_the_line(calling, fakes):
    fakes["laser"].fault = RetryLater("out of paper")
    with ledger_of(calling, who="eva", holder="command:1") as ledger, CallDesk(calling, ledger) as desk:
        answer = desk.call("A1", station="bench")
        assert (answer.outcome, answer.told) == (Called.WAITS, "out of paper")
        with pytest.raises(UsageError, match="was called for before; it waits for laser"):
            desk.call("A1", station="bench")
    fakes["laser"].fault = None
    run(calling)
    assert orders(fakes["laser"]) == ["A1/1"]


def test_a_call_is_heard_by_a_running_line(calling, fakes):
    fakes["laser"].fault = RetryLater("busy")
    with running(calling) as hear:
        with ledger_of(calling, who="eva", holder="command:1") as ledger, CallDesk(calling, ledger) as desk:
            desk.call("A1", station="bench")
        fakes["laser"].fault = None
        hear(lambda event: event.kind is Kind.PRINTED and event.order_id == "A1")
    assert orders(fakes["laser"]) == ["A1/1"]
