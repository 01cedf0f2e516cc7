"""Slips that share a sheet: when it goes out, and that each prints once whatever happens."""

import shutil
import threading
from math import inf

import pytest
from line_kit import (
    Crash,
    crash_at,  # noqa: F401 - a fixture
    documents,
    drop_file,
    make_workspace,
    publish,
    results,
    run,
    run_child,
    tray,
)
from test_dispatch import Place

from packslip.engine.events import Kind
from packslip.engine.gathering import Gathering, gathering_of, next_stack
from packslip.engine.queueing import Waiting
from packslip.engine.waking import StopSign
from packslip.impositions import ImpositionSettings
from packslip.ledger import Ledger, ParcelRef, ParcelState
from packslip.model import OrderKey
from packslip.settings import load_settings

SETTINGS = """
[media.a4]
width_mm = 210
height_mm = 297
[media.big]
width_mm = 700
height_mm = 1000
[printers.bench-a4]
media = "a4"
imposition = "three"
[stations.bench]
printers = ["bench-a4"]
[impositions.three]
media = "big"
across = 3
wait_s = 600
"""


@pytest.fixture
def workspace(tmp_path):
    return make_workspace(tmp_path / "shop", settings=SETTINGS)


def sheets(workspace):
    """The orders on each file in the tray, as they stand there."""
    return [[line.split()[1] for line in text.splitlines()] for text in documents(workspace)]


def states(workspace):
    return [(row["order_id"], row["state"]) for row in results(workspace)]


# what waits, and how long


GATHERING = Gathering(places=3, wait_s=10)


def slips(text, **values):
    """One for each word, such as `b2` for a slip of two pages; in that order."""
    return [
        Waiting("", number, ParcelRef(key=OrderKey(store="s", order_id=word[0])), "", int(word[1:] or 1), **values)
        for number, word in enumerate(text.split())
    ]


def stack(queue, now=0.0, *, flushes=0):
    """Whose slips share the next stack, and when it goes out."""
    found, pause = next_stack(queue, GATHERING, places=lambda pages: pages, flushes=flushes, now=now)
    return "".join(waiting.ref.key.order_id for waiting in found), pause


def test_a_stack_goes_out_when_it_is_full_or_the_first_has_waited():
    assert stack([]) == ("", inf)
    assert stack(slips("a b")) == ("ab", 10.0)
    assert stack(slips("a", since=104.0) + slips("b", since=100.0), 107.0) == ("ab", 3.0)
    assert stack(slips("a b", since=100.0), 111.0) == ("ab", 0.0)
    assert stack(slips("a b2")) == ("ab", 0.0)
    assert stack(slips("a b c d")) == ("abc", 0.0)


def test_a_document_that_takes_more_places_than_are_left_begins_a_new_stack():
    assert stack(slips("a b2 c2")) == ("ab", 0.0)
    assert stack(slips("c2 d2")) == ("c", 0.0)
    assert stack(slips("e7 f")) == ("e", 0.0)


def test_what_waited_at_a_flush_goes_out_and_shares_no_sheet_with_what_came_later():
    assert stack(slips("a b"), flushes=1) == ("ab", 0.0)
    assert stack(slips("a") + slips("b", flushes=1), flushes=1) == ("a", 0.0)
    assert stack(slips("b", flushes=1), flushes=1) == ("b", 10.0)


def test_a_slip_that_is_to_be_alone_shares_no_sheet():
    alone = slips("b", is_alone=True)
    assert stack(slips("a") + alone) == ("a", 0.0)
    assert stack(alone + slips("c")) == ("b", 0.0)
    assert stack(alone) == ("b", 0.0)


def test_a_printer_gathers_for_a_stack_and_a_repeated_slip_waits_for_nothing():
    wanted = {"media": "x", "across": 2, "down": 3, "sheets": 5, "wait_s": 7}
    assert gathering_of(ImpositionSettings(**wanted)) == Gathering(places=30, wait_s=7)
    assert gathering_of(ImpositionSettings(**wanted, order="repeat")).places == 1


# on the line


def test_full_sheets_go_out_and_once_flushes_the_rest(workspace):
    drop_file(workspace, "a.csv", *(f"A{number},1,,x" for number in range(1, 8)))
    assert run(workspace).parcels == {"done": 7}
    assert sheets(workspace) == [["A1/1", "A2/1", "A3/1"], ["A4/1", "A5/1", "A6/1"], ["A7/1"]]
    rows = results(workspace)
    assert [row["order_id"] for row in rows] == [f"A{number}" for number in range(1, 8)]
    assert len({row["document"] for row in rows[:3]}) == 1
    assert all((workspace.root / row["document"]).is_file() for row in rows)
    assert all(name.endswith(".sheets.pdf") for name in tray(workspace))


def test_a_held_slip_leaves_no_gap_and_answers_stand_in_the_order_of_the_drop(workspace):
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,hold", "A3,1,,bug", "A4,1,,x", "A5,1,,x", "A6,1,,x")
    run(workspace)
    assert sheets(workspace) == [["A1/1", "A4/1", "A5/1"], ["A6/1"]]
    done, held = "done", "held"
    said = dict(states(workspace))
    assert list(said.items()) == [("A1", done), ("A2", held), ("A3", held), ("A4", done), ("A5", done), ("A6", done)]


def test_orders_of_several_drops_share_a_sheet_and_each_drop_has_its_answer(workspace):
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,x")
    drop_file(workspace, "b.csv", "B1,1,,x")
    run(workspace)
    assert len(results(workspace)) == 3
    assert sorted(name for sheet in sheets(workspace) for name in sheet) == ["A1/1", "A2/1", "B1/1"]


def test_a_line_that_is_stopped_prints_what_waits(workspace):
    sign, told = StopSign(), []

    def listen(event):
        told.append(event)
        if event.kind is Kind.CLAIMED:
            threading.Timer(0.0, waiter).start()

    def waiter():
        with Ledger.open(workspace.ledger, secret=workspace.secret()) as ledger:
            while ledger.counts().parcels[ParcelState.READY] < 2:
                threading.Event().wait(0.01)
        sign.set()

    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,x")
    summary = run_forever(workspace, sign, listen)
    assert summary.parcels == {"done": 2}
    assert sheets(workspace) == [["A1/1", "A2/1"]]


def run_forever(workspace, sign, listen):
    from line_kit import FakeRoad

    from packslip.engine.run import run_line

    return run_line(workspace, open_road=FakeRoad, workers=2, stop=sign, listener=listen)


def test_a_slip_waits_no_longer_than_it_is_said_to(tmp_path):
    workspace = make_workspace(tmp_path / "shop", settings=SETTINGS.replace("600", "0.05"))
    sign = StopSign()

    def listen(event):
        if event.kind is Kind.DROP:
            sign.set()

    drop_file(workspace, "a.csv", "A1,1,,x")
    assert run_forever(workspace, sign, listen).parcels == {"done": 1}


def test_slips_of_two_releases_share_no_sheet(workspace, monkeypatch):
    from line_kit import FakeRoad

    real = FakeRoad.walk

    def walk(self, order, **values):
        if order.key.order_id == "A2":
            publish(workspace, "r2")
        return real(self, order, **values)

    monkeypatch.setattr(FakeRoad, "walk", walk)
    drop_file(workspace, "a.csv", *(f"A{number},1,,x" for number in range(40)))
    assert run(workspace).parcels == {"done": 40}
    releases = [{line.split()[3] for line in text.splitlines()} for text in documents(workspace)]
    assert all(len(one) == 1 for one in releases)
    assert {name for one in releases for name in one} == {"r1", "r2"}


@pytest.mark.parametrize(
    ("text", "code"), [("torn-page", "/Annots cannot be imposed"), ("crumpled", "see .packslip/log")]
)
def test_a_document_that_cannot_be_imposed_is_held_and_the_others_print(workspace, text, code):
    drop_file(workspace, "a.csv", "A1,1,,x", f"A2,1,,{text}", "A3,1,,x")
    run(workspace)
    assert sheets(workspace) == [["A1/1"], ["A3/1"]]
    assert states(workspace) == [("A1", "done"), ("A2", "held"), ("A3", "done")]
    assert code in results(workspace)[1]["findings"]
    assert "Lovelace" not in workspace.log.read_text()


def test_a_tray_away_keeps_the_slips_of_a_sheet_for_later(workspace):
    trays = workspace.root / "hotfolder/out"
    trays.parent.mkdir(exist_ok=True)
    trays.write_text("no folder")
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,x")
    assert run(workspace).queued == 2
    assert states(workspace) == [("A1", "ready"), ("A2", "ready")]
    trays.unlink()
    assert run(workspace).queued == 0
    assert sheets(workspace) == [["A1/1", "A2/1"]]


CRASHES = [
    "line.stored:2",
    "line.ready:2",
    "line.ready:4",
    "dispatch.staged",
    "dispatch.staged:2",
    "dispatch.intended",
    "dispatch.renamed",
    "dispatch.delivered",
    "dispatch.concluded",
    "drop.answered",
    "drop.closed",
]


@pytest.mark.parametrize("point", CRASHES)
def test_killed_at_any_point_and_started_again_each_slip_is_on_one_sheet(workspace, point):
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,hold", "A3,1,,x", "A4,1,,x", "A5,1,,x")
    assert run_child(workspace, point)
    assert run(workspace).waiting == 0
    assert sorted(name for sheet in sheets(workspace) for name in sheet) == ["A1/1", "A3/1", "A4/1", "A5/1"]
    assert states(workspace) == [("A1", "done"), ("A2", "held"), ("A3", "done"), ("A4", "done"), ("A5", "done")]
    assert list((workspace.root / "hotfolder/out").rglob(".staging/*")) == []


def test_killed_again_and_again_at_every_commit(workspace):
    """Each life finds a file more, so that there is more to commit than it may."""
    for number in range(1, 8):
        orders = ((f"{number}A{at}", "hold" if at == 2 else "x") for at in range(1, 6))
        drop_file(workspace, f"{number}.csv", *(f"{order},1,,{text}" for order, text in orders))
        assert run_child(workspace, f"ledger.committed:{number}")
    run(workspace)
    wanted = [f"{number}A{at}/1" for number in range(1, 8) for at in (1, 3, 4, 5)]
    assert sorted(name for sheet in sheets(workspace) for name in sheet) == wanted


# at the tray


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def together(parcels):
    return b"+".join(parcel.data for parcel in parcels)


@pytest.mark.parametrize("consumed", [False, True], ids=["lies in tray", "was printed"])
@pytest.mark.parametrize("point", ["staged", "intended", "renamed", "delivered", "concluded"])
def test_a_crash_at_any_step_delivers_a_sheet_once(place, crash_at, point, consumed):  # noqa: F811
    sent = place.ready("A1", "A2")
    crash_at(f"dispatch.{point}")
    with pytest.raises(Crash):
        place.dispatcher.send_sheets(sent, together)
    printed = []
    if consumed:  # the printer takes what it sees at once
        for path in (place.root / "out/bench-a4").glob("*.pdf"):
            printed.append(path.read_text())
            path.unlink()
    crash_at("nowhere")
    place.restart()
    place.dispatcher.sweep()
    left = [one for one in sent if place.state(one) is ParcelState.READY]
    place.dispatcher.send_sheets([*left, *place.ready("A3")], together)
    whole = "%PDF A1+%PDF A2+%PDF A3" if point == "staged" else "%PDF A1+%PDF A2"
    assert sorted(printed + place.tray()) == sorted([whole] if point == "staged" else [whole, "%PDF A3"])
    assert [place.state(one) for one in sent] == [ParcelState.DONE] * 2
    assert place.staged() == []


def test_a_parcel_called_off_while_its_sheet_is_made_leaves_no_gap(place):
    one, two, three = place.ready("A1", "A2", "A3")
    made = []

    def impose(parcels):
        if not made:
            place.ledger.cancel(two.ref)
        made.append(len(parcels))
        return together(parcels)

    told = place.dispatcher.send_sheets([one, two, three], impose)
    assert (made, place.tray()) == ([3, 2], ["%PDF A1+%PDF A3"])
    assert [delivery.path is None for delivery in told] == [False, True, False]
    assert [place.state(parcel).value for parcel in (one, two, three)] == ["done", "cancelled", "done"]
    assert [len(place.ledger.attempts(parcel.ref)) for parcel in (one, two, three)] == [1, 0, 1]
    assert place.staged() == []


def test_a_slip_of_a_sheet_is_reprinted_alone_as_it_was_stored(place):
    one, two = place.ready("A1", "A2")
    place.dispatcher.send_sheets([one, two], together)
    again = place.dispatcher.reprint(place.ledger.record(two.ref)).path
    assert again.read_text() == "%PDF A2"
    assert place.ledger.record(two.ref).delivered_as == again.name


def test_a_sheet_of_parcels_that_were_all_called_off_is_none(place):
    (one,) = place.ready("A1")
    place.ledger.cancel(one.ref)
    assert [delivery.path for delivery in place.dispatcher.send_sheets([one], together)] == [None]
    assert (place.tray(), place.staged()) == ([], [])


def test_a_tray_that_was_lost_on_the_way_makes_all_parcels_of_a_sheet_uncertain(place, crash_at):  # noqa: F811
    sent = place.ready("A1", "A2")
    crash_at("dispatch.intended")
    with pytest.raises(Crash):
        place.dispatcher.send_sheets(sent, together)
    shutil.rmtree(place.root / "out/bench-a4")
    place.restart()
    assert [place.state(one) for one in sent] == [ParcelState.UNCERTAIN] * 2


def test_a_sweep_leaves_a_sheet_alone_whose_delivery_was_begun(place, crash_at):  # noqa: F811
    sent = place.ready("A1", "A2")
    crash_at("dispatch.intended")
    with pytest.raises(Crash):
        place.dispatcher.send_sheets(sent, together)
    crash_at("nowhere")
    place.dispatcher.sweep()
    assert len(place.staged()) == 1
    place.restart()
    assert place.tray() == ["%PDF A1+%PDF A2"]


def test_the_settings_of_these_tests_are_right(workspace):
    assert load_settings(workspace.root / "packslip.toml").impositions["three"].places == 3
