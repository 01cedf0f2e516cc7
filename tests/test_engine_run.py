import csv
import gc
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import line_kit
import pytest
from line_kit import (
    FakeRoad,
    documents,
    drop_file,
    make_workspace,
    publish,
    results,
    run,
    run_child,
    tray,
)

import packslip
from packslip.engine import logfile
from packslip.engine import roads as roads_module
from packslip.engine.events import Kind
from packslip.engine.lock import run_lock
from packslip.engine.reprint import is_running, reprint_parcel
from packslip.engine.run import run_line
from packslip.engine.waking import StopOnSignal, StopSign
from packslip.errors import RetryLater, UsageError, WorkspaceError
from packslip.ledger import Ledger, ParcelState


@pytest.fixture
def workspace(tmp_path):
    return make_workspace(tmp_path / "shop")


def open_ledger(workspace):
    return Ledger.open(workspace.ledger, secret=workspace.secret(), who="packer")


def states(workspace):
    return [(row["order_id"], row["parcel"], row["state"]) for row in results(workspace)]


def inbox(workspace):
    return sorted(path.name for path in (workspace.root / "hotfolder/in").iterdir())


# the road


def test_a_drop_that_is_finished_between_listing_and_taking_up_is_not_begun_again(workspace, monkeypatch):
    """The sender may close a drop while the feeder still holds the list in which it was open."""
    listed, open_drops = [], Ledger.open_drops

    def remember(ledger):
        listed.extend(found := open_drops(ledger))
        return found

    monkeypatch.setattr(Ledger, "open_drops", remember)
    drop_file(workspace, "a.csv", "A1,1,,x")
    assert run(workspace).drops == 1
    stale = tuple(listed[:1])
    answers = iter([stale] * 3)
    monkeypatch.setattr(Ledger, "open_drops", lambda ledger: next(answers, ()))
    summary = run(workspace)
    assert (summary.drops, summary.waiting, dict(summary.parcels)) == (0, 0, {})


def test_a_drop_becomes_documents_and_an_answer(workspace):
    drop_file(workspace, "a.csv", "A1,1,,hello", "A2,1,1,x", "A2,2,,y")
    summary = run(workspace)
    assert (summary.parcels, summary.drops, summary.wants_a_person) == ({"done": 3}, 1, False)
    assert [text.split()[1] for text in documents(workspace)] == ["A1/1", "A2/1", "A2/2"]
    rows = results(workspace)
    assert [row["state"] for row in rows] == ["done"] * 3
    for row, text in zip(rows, documents(workspace), strict=True):
        assert (workspace.root / row["document"]).read_text() == text
        assert row["promo_code"] in text
    assert rows[1]["promo_code"] == rows[2]["promo_code"] != rows[0]["promo_code"]
    assert rows[1]["review_token"] == rows[2]["review_token"]
    assert rows[0]["review_url"] == f"HTTPS://X/{rows[0]['review_token']}"
    assert (rows[0]["amount"], rows[0]["findings"]) == ("15%", "")
    assert inbox(workspace) == []
    (done,) = workspace.done.rglob("*.csv")
    assert done.read_text().startswith(line_kit.HEADER)
    assert list(workspace.spool.iterdir()) == []


def test_the_second_parcel_knows_what_the_first_holds(workspace):
    drop_file(workspace, "a.csv", "A1,1,1,x", "A1,2,,y")
    run(workspace)
    assert [text.split()[-1] for text in documents(workspace)] == ["partial", "final"]


def test_what_cannot_print_is_held_and_the_rest_prints(workspace):
    rows = ("A1,1,,ok", "A2,1,,hold", "A3,1,,bug", ",1,,x", "A5,1,,bad", "A6,1,,poster", "A7,1,,label", "A8,1,,lost")
    drop_file(workspace, "a.csv", *rows)
    summary = run(workspace)
    assert summary.parcels == {"done": 3, "held": 5}
    answers = {row["order_id"]: row for row in results(workspace)}
    assert "says hold" in answers["A2"]["findings"]
    assert answers["A3"]["findings"].endswith("see .packslip/log, and report it")
    assert "not readable" in answers["A5"]["findings"]
    assert "loaded with 'a3'" in answers["A6"]["findings"]
    assert "no station 'nowhere'" in answers["A8"]["findings"]
    assert answers["A8"]["state"] == "done"
    assert len(tray(workspace, "bench-label")) == 1
    with open_ledger(workspace) as ledger:
        assert len(ledger.held()) == 5
        (nameless,) = (record for record in ledger.held() if record.key.order_id.startswith("no-id-"))
        assert nameless.line == 5


def test_a_bug_leaves_its_place_in_the_log_and_nobodys_name(workspace):
    drop_file(workspace, "a.csv", "A1,1,,bug")
    run(workspace)
    text = workspace.log.read_text()
    assert "KeyError" in text
    assert "line_kit.py" in text
    assert "Lovelace" not in text
    assert workspace.log.stat().st_mode & 0o777 == 0o600


def test_the_log_never_fills_the_disk(workspace, monkeypatch):
    monkeypatch.setattr(logfile, "_MOST_BYTES", 1000)
    drop_file(workspace, "a.csv", *(f"A{number},1,,bug" for number in range(20)))
    run(workspace)
    logs = sorted(workspace.state.glob("log*"))
    assert logs == sorted(workspace.logs)
    assert all(path.stat().st_size <= 1000 for path in logs)
    assert {path.stat().st_mode & 0o777 for path in logs} == {0o600}
    assert workspace.log.read_text().count("KeyError") > 0


def test_a_file_that_is_no_csv_is_held_whole(workspace):
    drop_file(workspace, "a.csv", "A1,1,,\0")
    summary = run(workspace)
    assert (summary.held_drops, summary.wants_a_person) == (1, True)
    (row,) = results(workspace)
    assert (row["order_id"], row["state"], row["findings"]) == ("", "held", "a.csv: no CSV")
    assert [path.parent.parent for path in workspace.held.rglob("*.csv")] == [workspace.held]
    assert inbox(workspace) == []


def test_a_reader_that_fails_half_way_holds_the_drop_and_prints_what_came_before(workspace):
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,torn", "A3,1,,x")
    summary = run(workspace)
    assert (summary.held_drops, summary.parcels) == (1, {"done": 1})
    assert [row["state"] for row in results(workspace)] == ["done", "held"]
    with open_ledger(workspace) as ledger:
        (drop,) = ledger.held_drops()
        assert "internal" in [finding.code for finding in drop.findings]
        ledger.retry_drop(drop.id)
    assert run(workspace).parcels == {}  # what was printed before is no news
    assert len(tray(workspace)) == 1


def test_result_cells_are_no_formulas(workspace):
    drop_file(workspace, "a.csv", "=1+1,1,,warn", '"@x",1,,hold')
    run(workspace)
    (path,) = (workspace.root / "hotfolder/results").rglob("*.csv")
    with path.open() as file:
        for row in list(csv.reader(file))[1:]:
            assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


def test_no_name_reaches_a_file_name_a_log_or_an_event(workspace):
    told = []
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,hold")
    run(workspace, listener=told.append)
    assert told
    seen = [str(event) for event in told] + [str(path) for path in workspace.root.rglob("*")]
    assert not [text for text in seen if "Lovelace" in text]


def test_everything_private_is_private(workspace):
    drop_file(workspace, "a.csv", "A1,1,,x")
    run(workspace)
    assert workspace.state.stat().st_mode & 0o777 == 0o700
    for path in workspace.state.rglob("*"):
        if path.is_file() and not path.is_relative_to(workspace.releases):
            assert path.stat().st_mode & 0o077 == 0, path


# once and only once


def test_the_same_file_dropped_twice_prints_once(workspace):
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,x")
    run(workspace)
    before = results(workspace)
    for name in ("a.csv", "b.csv"):
        drop_file(workspace, name, "A1,1,,x", "A2,1,,x")
        assert run(workspace).parcels == {"duplicate": 2}
    assert len(tray(workspace)) == 2
    for row in results(workspace):
        (first,) = (one for one in before if one["order_id"] == row["order_id"])
        assert {**row, "state": "done"} == first
    with open_ledger(workspace) as ledger:
        assert ledger.counts().drops["duplicate"] == 2


def test_dropped_twice_at_once_prints_once(workspace):
    for name in ("a.csv", "b.csv"):
        drop_file(workspace, name, "A1,1,,x", "A2,1,,x")
    assert run(workspace).parcels == {"done": 2, "duplicate": 2}
    assert len(tray(workspace)) == 2


def test_other_data_for_a_printed_parcel_is_held_until_a_person_decides(workspace):
    drop_file(workspace, "a.csv", "A1,1,,x")
    run(workspace)
    drop_file(workspace, "b.csv", "A1,1,,changed")
    assert run(workspace).parcels == {"held": 1}
    assert len(tray(workspace)) == 1
    with open_ledger(workspace) as ledger:
        (held,) = ledger.held()
        assert held.findings[0].code == "parcel.conflict"
        ledger.retry(held.ref)
    assert run(workspace).parcels == {"held": 1}
    with open_ledger(workspace) as ledger:
        ledger.release(held.ref)
    assert run(workspace).parcels == {"done": 1}
    assert sorted(text.split()[2] for text in documents(workspace)) == ["changed", "x"]
    assert run(workspace).parcels == {}


def test_a_held_parcel_is_tried_again_when_it_comes_again(workspace):
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,hold")
    run(workspace)
    drop_file(workspace, "b.csv", "A1,1,,x", "A2,1,,mended")
    assert run(workspace).parcels == {"duplicate": 1, "done": 1}
    assert len(tray(workspace)) == 2


def test_retry_reads_anew_and_touches_nothing_else(workspace, monkeypatch):
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,bug", "A3,1,,hold")
    run(workspace)
    with open_ledger(workspace) as ledger:
        ledger.retry(ledger.find("A2")[0].ref)
    real = FakeRoad.walk

    def mended(self, order, **values):
        order.extra["text"] = order.extra["text"].replace("bug", "mended")
        return real(self, order, **values)

    monkeypatch.setattr(FakeRoad, "walk", mended)
    publish(workspace, "r2")
    summary = run(workspace)
    assert summary.parcels == {"done": 1}  # what was printed or held before is no news
    assert [text.split()[1:4] for text in documents(workspace)] == [["A1/1", "x", "r1"], ["A2/1", "mended", "r2"]]
    assert [state for _, _, state in states(workspace)] == ["done", "done", "held"]


def test_a_dropped_and_a_cancelled_parcel_stay_so(workspace):
    drop_file(workspace, "a.csv", "A1,1,,hold", "A2,1,,hold")
    run(workspace)
    with open_ledger(workspace) as ledger:
        ledger.put_aside(ledger.find("A1")[0].ref)
        ledger.cancel(ledger.find("A2")[0].ref)
    drop_file(workspace, "b.csv", "A1,1,,hold", "A2,1,,hold")
    assert run(workspace).parcels == {"duplicate": 2}
    assert tray(workspace) == []


def test_a_retry_whose_file_is_gone_is_held_with_a_reason(workspace):
    drop_file(workspace, "a.csv", "A1,1,,hold")
    run(workspace)
    next(workspace.done.rglob("*.csv")).unlink()
    with open_ledger(workspace) as ledger:
        ledger.retry(ledger.find("A1")[0].ref)
    run(workspace)
    with open_ledger(workspace) as ledger:
        assert ledger.find("A1")[0].findings[0].code == "drop.gone"


def test_a_reprint_sends_the_stored_bytes(workspace):
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,hold")
    run(workspace)
    with open_ledger(workspace) as ledger:
        path = reprint_parcel(workspace, ledger, ledger.find("A1")[0]).path
        assert len(tray(workspace)) == 2
        assert len(set(documents(workspace))) == 1
        assert path.name in tray(workspace)
        with pytest.raises(UsageError, match="only a printed one"):
            reprint_parcel(workspace, ledger, ledger.find("A2")[0])


def test_a_document_that_its_printer_cannot_be_told_is_held(tmp_path):
    zebra = "[printers.zebra]\nmedia = 'label-4x6'\nlanguage = 'zpl'\n[stations.bench]\nprinters = ['zebra']\n"
    workspace = make_workspace(tmp_path / "shop", settings=zebra)
    drop_file(workspace, "a.csv", "A1,1,,label")
    run(workspace)
    (row,) = results(workspace)
    assert (row["state"], row["document"]) == ("held", "")
    assert "cannot be said in zpl" in row["findings"]
    assert tray(workspace, "zebra") == []


# order of work


def test_documents_leave_in_the_order_of_the_file_however_long_each_takes(workspace, monkeypatch):
    real = FakeRoad.walk
    second_done = threading.Event()

    def walk(self, order, **values):
        if order.key.order_id == "A0":
            assert second_done.wait(20)
        made = real(self, order, **values)
        if order.key.order_id == "A1":
            second_done.set()
        return made

    monkeypatch.setattr(FakeRoad, "walk", walk)
    drop_file(workspace, "a.csv", *(f"A{number},1,,x" for number in range(30)))
    seen = []
    run(workspace, listener=lambda event: seen.append(event.order_id) if event.kind is Kind.PARCEL else None)
    assert seen == [f"A{number}" for number in range(30)]
    with open_ledger(workspace) as ledger:
        attempts = [ledger.attempts(record.ref)[0] for record in ledger.in_state(ParcelState.DONE)]
    assert [attempt.ref.key.order_id for attempt in sorted(attempts, key=lambda one: one.id)] == seen


def test_a_new_release_is_taken_up_between_two_orders(workspace, monkeypatch):
    real = FakeRoad.walk
    roads = []

    def walk(self, order, **values):
        if self not in roads:
            roads.append(self)
        if order.key.order_id == "A20":
            publish(workspace, "broken")
        if order.key.order_id == "A40":
            publish(workspace, "r2")
        return real(self, order, **values)

    told = []
    monkeypatch.setattr(FakeRoad, "walk", walk)
    drop_file(workspace, "a.csv", *(f"A{number:02},1,,x" for number in range(80)))
    run(workspace, listener=told.append)
    releases = [text.split()[3] for text in documents(workspace)]
    assert releases == sorted(releases)
    assert (releases[0], releases[-1]) == ("r1", "r2")
    assert [road.release for road in roads] == ["r1", "r2"]
    assert all(road.closed for road in roads)
    warnings = [event.text for event in told if event.kind is Kind.WARNING]
    assert warnings == ["release broken cannot be opened, r1 stays: no such release"]


# trouble


def test_nothing_published_is_a_plain_message(tmp_path):
    workspace = make_workspace(tmp_path / "shop")
    (workspace.releases / "current").unlink()
    with pytest.raises(WorkspaceError, match="nothing is published yet; hint: packslip publish"):
        run(workspace)


def test_only_one_line_runs(workspace):
    assert not is_running(workspace)
    with run_lock(workspace.state):
        assert is_running(workspace)
        with pytest.raises(WorkspaceError, match=f"running here already .process {os.getpid()}"):
            run(workspace)
    assert not is_running(workspace)
    run(workspace)


def test_results_inside_the_inbox_are_refused(tmp_path):
    workspace = make_workspace(tmp_path / "shop", settings='results = "hotfolder/in/results"\n')
    with pytest.raises(WorkspaceError, match=r"hotfolder\.results: .* lies inside"):
        run(workspace)


def test_a_tray_away_keeps_the_document_and_delivers_it_later(workspace):
    trays = workspace.root / "hotfolder/out"
    trays.parent.mkdir(exist_ok=True)
    trays.write_text("no folder")
    drop_file(workspace, "a.csv", "A1,1,,x")
    told = []
    summary = run(workspace, listener=told.append)
    assert (summary.queued, summary.parcels, summary.wants_a_person) == (1, {"ready": 1}, True)
    assert [row["state"] for row in results(workspace)] == ["ready"]
    assert "tray bench-a4: not a directory" in next(e.text for e in told if e.kind is Kind.WARNING)
    trays.unlink()
    again = run(workspace, listener=told.append)
    assert (again.queued, again.printed, again.wants_a_person) == (0, 1, False)
    assert [e.state for e in told if e.kind is Kind.PRINTED] == ["done"]
    assert len(tray(workspace)) == 1


def test_a_resource_that_is_away_leaves_the_parcel_for_later(workspace, monkeypatch):
    def away(self, order, **values):
        raise RetryLater("the picture server is away")

    drop_file(workspace, "a.csv", "A1,1,,x")
    with monkeypatch.context() as patched:
        patched.setattr(FakeRoad, "walk", away)
        assert run(workspace).waiting == 1
    assert results(workspace) == []
    assert run(workspace).parcels == {"done": 1}


def test_a_workspace_that_breaks_stops_the_line(workspace, monkeypatch):
    def broken(self, order, **values):
        raise WorkspaceError("the disk is gone")

    drop_file(workspace, "a.csv", *(f"A{number},1,,x" for number in range(40)))
    with monkeypatch.context() as patched:
        patched.setattr(FakeRoad, "walk", broken)
        with pytest.raises(WorkspaceError, match="the disk is gone"):
            run(workspace)
    assert run(workspace).parcels == {"done": 40}
    assert len(tray(workspace)) == 40


def test_an_unreadable_oddity_does_not_keep_once_from_ending(workspace):
    folder = workspace.root / "hotfolder/in"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "pipe.csv")
    (folder / "link.csv").symlink_to("/etc/passwd")
    drop_file(workspace, "a.csv", "A1,1,,x")
    told = []
    assert run(workspace, listener=told.append).parcels == {"done": 1}
    warnings = sorted(event.text for event in told if event.kind is Kind.WARNING)
    assert [text.split(":")[0] for text in warnings] == ["link.csv", "pipe.csv"]
    assert inbox(workspace) == ["link.csv", "pipe.csv"]


# memory


@pytest.fixture
def collector(monkeypatch):
    """The real one, for the line; before and behind it what was loaded with the tests stays frozen."""
    monkeypatch.setattr(roads_module, "gc", gc)
    gc.unfreeze()
    yield
    gc.freeze()


@pytest.mark.usefixtures("collector")
def test_while_the_line_runs_what_it_has_opened_is_no_matter_of_the_collector(workspace):
    frozen = []

    def listen(_event):
        frozen.append(gc.get_freeze_count())

    drop_file(workspace, "a.csv", "A1,1,,x")
    run(workspace, listener=listen)
    assert min(frozen) > 10_000
    assert gc.get_freeze_count() == 0


# stopping and starting


def test_asked_to_stop_in_mid_file_it_finishes_what_is_under_way(workspace):
    drop_file(workspace, "a.csv", *(f"A{number:03},1,,x" for number in range(200)))
    sign = StopSign()

    def listen(event):
        if event.order_id == "A010":
            sign.set()

    summary = run_line(workspace, open_road=FakeRoad, workers=2, listener=listen, stop=sign)
    assert summary.interrupted
    printed = len(tray(workspace))
    assert 10 < printed < 200
    with open_ledger(workspace) as ledger:
        counts = ledger.counts().parcels
    assert counts[ParcelState.SENDING] == counts[ParcelState.READY] == 0
    run(workspace)
    assert len(tray(workspace)) == 200
    assert len(results(workspace)) == 200
    assert {state for _, _, state in states(workspace)} == {"done"}


def test_a_line_that_is_started_while_the_ledger_is_busy_waits_for_it(workspace, monkeypatch):
    """Once it is tried once: whoever starts it so is told."""
    sign, told, opened = StopSign(), [], Ledger.open

    def open_busy(*arguments, **values):
        refused.append(1)
        if len(refused) < 4:
            raise RetryLater("the ledger is busy")
        return opened(*arguments, **values)

    def listen(event):
        told.append(event)
        if event.kind is Kind.DROP:
            sign.set()

    refused = []
    monkeypatch.setattr(Ledger, "open", open_busy)
    with pytest.raises(RetryLater, match="busy"):
        run(workspace)
    drop_file(workspace, "a.csv", "A1,1,,x")
    run_line(workspace, open_road=FakeRoad, workers=2, listener=listen, stop=sign)
    assert [event.text for event in told if event.kind is Kind.WARNING] == ["the ledger is busy"]
    assert len(tray(workspace)) == 1


def test_a_running_line_takes_what_is_dropped_and_stops_on_a_signal(workspace):
    command = [sys.executable, "-c", "import line_kit; line_kit.main(once=False)", str(workspace.root)]
    path = os.pathsep.join((str(Path(__file__).parent), str(Path(packslip.__file__).parent.parent)))
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True) as line:
        assert line.stdout.readline().startswith("listening")
        assert is_running(workspace)
        drop_file(workspace, "a.csv", "A1,1,,x")
        assert line.stdout.readline().startswith("claimed")
        assert "done" in line.stdout.readline()
        assert line.stdout.readline().startswith("drop")
        line.send_signal(signal.SIGTERM)
        assert line.stdout.readline().startswith("stopping")
        assert line.wait(30) == 0
    assert len(tray(workspace)) == 1


ROWS = ("A1,1,1,x", "A1,2,,y", "A2,1,,x", "A3,1,,hold", "A4,1,,x")

CRASHES = [
    "claim.copied",
    "claim.spooled",
    "claim.recorded",
    "claim.aside",
    "claim.removed",
    "line.accepted",
    "line.accepted:3",
    "line.stored:2",
    "line.ready",
    "line.ready:4",
    "dispatch.staged",
    "dispatch.intended",
    "dispatch.renamed",
    "dispatch.renamed:3",
    "dispatch.delivered",
    "dispatch.concluded",
    "drop.answered",
    "drop.filed",
    "drop.closed",
    "ledger.commit:4",
    "ledger.committed:4",
    "ledger.commit:9",
    "ledger.committed:9",
]


@pytest.mark.parametrize("point", CRASHES)
def test_killed_at_any_point_and_started_again_each_parcel_prints_once(workspace, point):
    drop_file(workspace, "a.csv", *ROWS)
    assert run_child(workspace, point)
    assert run(workspace).waiting == 0
    assert sorted(text.split()[1] for text in documents(workspace)) == ["A1/1", "A1/2", "A2/1", "A4/1"]
    assert [text.split()[-1] for text in documents(workspace)[:2]] == ["partial", "final"]
    assert [(row[0], row[2]) for row in states(workspace)] == [
        ("A1", "done"),
        ("A1", "done"),
        ("A2", "done"),
        ("A3", "held"),
        ("A4", "done"),
    ]
    assert len(list((workspace.root / "hotfolder/results").rglob("*.csv"))) == 1
    assert [len(list(folder.rglob("*.csv"))) for folder in (workspace.done, workspace.spool)] == [1, 0]
    assert inbox(workspace) == []
    assert list((workspace.root / "hotfolder/out").rglob(".staging/*")) == []
    with open_ledger(workspace) as ledger:
        counts = ledger.counts()
    assert counts.parcels[ParcelState.DONE] == 4
    assert counts.drops["open"] == 0


def test_killed_again_and_again_at_every_commit(workspace):
    """Each life finds a file more, so that there is more to commit than it may."""
    for number in range(1, 8):
        drop_file(workspace, f"{number}.csv", *(f"{number}{row}" for row in ROWS))
        assert run_child(workspace, f"ledger.committed:{number}")
    run(workspace)
    wanted = [f"{number}{key}" for number in range(1, 8) for key in ("A1/1", "A1/2", "A2/1", "A4/1")]
    assert sorted(text.split()[1] for text in documents(workspace)) == wanted


def test_the_first_signal_asks_and_the_second_ends_at_once(monkeypatch):
    ended = []
    monkeypatch.setattr(os, "_exit", ended.append)
    before = signal.getsignal(signal.SIGTERM)
    sign = StopSign()
    with StopOnSignal(sign):
        signal.raise_signal(signal.SIGTERM)
        assert (sign.is_set, ended) == (True, [])
        signal.raise_signal(signal.SIGINT)
        assert ended == [130]
    assert signal.getsignal(signal.SIGTERM) is before
