"""The line on real printers: ippeveprinter on loopback. What was dropped is compared with what they printed."""

import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from line_kit import FakeRoad, drop_file, make_workspace, results, run, run_child
from printer_kit import EvePrinter, running_eve, until

from packslip.engine.run import run_line
from packslip.engine.waking import StopSign
from packslip.files import sha256
from packslip.ledger import Ledger, ParcelState

SETTINGS = """
[media.a4]
width_mm = 210
height_mm = 297
[media.label-4x6]
width_mm = 101.5
height_mm = 152.5
dots_per_mm = 8
profile = "thermal"
[printers.eve]
kind = "ipp"
uri = "{eve}"
media = "a4"
answer_s = 10
{more}
[printers.deputy]
kind = "ipp"
uri = "{deputy}"
media = "a4"
[stations.bench]
printers = ["eve"]
"""


@pytest.fixture
def other(dns_sd):
    with running_eve(dns_sd) as printer:
        yield printer


def shop(tmp_path: Path, eve: EvePrinter, other: EvePrinter | None = None, more: str = ""):
    deputy = other.uri if other else "ipp://127.0.0.1:9/ipp/print"
    return make_workspace(tmp_path / "shop", settings=SETTINGS.format(eve=eve.uri, deputy=deputy, more=more))


def ledger_of(workspace):
    return Ledger.open(workspace.ledger, secret=workspace.secret())


def orders_of(printer: EvePrinter) -> list[str]:
    return [name.partition("-")[0] for name in printer.printed()]


def assert_true_to_the_ledger(workspace, *printers: EvePrinter) -> None:
    """Each document that is done came out once, byte for byte; nothing else came out."""
    with ledger_of(workspace) as ledger:
        done = ledger.in_state(ParcelState.DONE)
        documents = sorted(record.document for record in done)
    printed = [sha256(printer.bytes_of(name)) for printer in printers for name in printer.printed()]
    assert sorted(printed) == documents


@contextmanager
def running(workspace):
    sign = StopSign()
    values = {"open_road": FakeRoad, "workers": 2, "stop": sign}
    line = threading.Thread(target=run_line, args=(workspace,), kwargs=values)
    line.start()
    try:
        yield
    finally:
        sign.set()
        line.join()


def test_a_file_of_orders_comes_out_in_its_order(tmp_path, eve):
    workspace = shop(tmp_path, eve)
    names = [f"A{number}" for number in range(12)]
    drop_file(workspace, "a.csv", *(f"{name},1,,x" for name in names))
    summary = run(workspace)
    assert (summary.printed, summary.queued) == (12, 0)
    assert orders_of(eve) == names
    assert_true_to_the_ledger(workspace, eve)
    assert {row["state"] for row in results(workspace)} == {"ready"}


#: Killed between intent and sending: a printer that has ended no job yet has not shown that it remembers any.
UNSENT = ("dispatch.intended",)
#: Which step the ninth commit is of hangs on how the ledger groups them; it may be the intent's.
ANY_COMMIT = ("ledger.commit:9", "ledger.committed:9")


@pytest.mark.parametrize(
    "point",
    [
        "line.ready:2",
        "dispatch.staged",
        "dispatch.intended",
        "dispatch.delivered",
        "dispatch.concluded",
        "dispatch.asked",
        "ledger.commit:9",
        "ledger.committed:9",
        "drop.answered",
        "drop.closed",
    ],
)
def test_a_line_that_is_killed_and_started_again_prints_each_once(tmp_path, eve, point):
    workspace = shop(tmp_path, eve)
    slow = eve.does("slow")
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,x", "A3,1,,x")
    killed = run_child(workspace, point)
    slow.unlink()
    run(workspace)
    assert killed or point == "dispatch.asked"
    with ledger_of(workspace) as ledger:
        doubts = [record.key.order_id for record in ledger.in_state(ParcelState.UNCERTAIN)]
    assert sorted(orders_of(eve) + doubts) == ["A1", "A2", "A3"]
    assert doubts == (["A1"] if point in UNSENT else []) or (doubts == ["A1"] and point in ANY_COMMIT)
    assert_true_to_the_ledger(workspace, eve)


def test_a_printer_without_paper_is_shown_and_goes_on_when_it_has_some(tmp_path, eve):
    workspace = shop(tmp_path, eve)
    empty = eve.does("empty")
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,x")

    def is_shown():
        with ledger_of(workspace) as ledger:
            return any("paper" in reason for printer in ledger.printers() for reason in printer.reasons)

    with running(workspace):
        until(is_shown)
        assert orders_of(eve) == []
        empty.unlink()
        until(lambda: len(eve.printed()) == 2)
    run(workspace)
    assert orders_of(eve) == ["A1", "A2"]
    assert_true_to_the_ledger(workspace, eve)


def test_a_printer_that_is_off_leaves_its_slips_to_its_deputy(tmp_path, eve, other):
    workspace = shop(tmp_path, eve, other, more='deputy = "deputy"\ndeputy_after_s = 0.5')
    eve.process.kill()
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,x")
    with running(workspace):
        until(lambda: len(other.printed()) == 2)
    run(workspace)
    assert orders_of(other) == ["A1", "A2"]
    assert_true_to_the_ledger(workspace, other)


def test_a_printer_that_was_switched_off_in_mid_job_leaves_it_uncertain(tmp_path, eve):
    workspace = shop(tmp_path, eve)
    slow = eve.does("slow")
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,x")

    def is_accepted():
        with ledger_of(workspace) as ledger:
            return [attempt for attempt in ledger.open_attempts() if attempt.receipt]

    with running(workspace):
        until(is_accepted)
        eve.process.kill()
    slow.unlink()
    eve.start()
    run(workspace)
    with ledger_of(workspace) as ledger:
        (doubt,) = ledger.in_state(ParcelState.UNCERTAIN)
        assert doubt.key.order_id == "A1"
        told = ledger.attempts(doubt.ref)[-1].told
        assert any(word in told for word in ("restarted", "forgot"))
    assert orders_of(eve).count("A2") == 1
    assert orders_of(eve).count("A1") <= 1
