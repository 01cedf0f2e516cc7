"""The torture list of hot folders: what senders, shares and machines do, and what comes of it.

Each test asserts what was printed, where the drop lies, and what was told. `docs/hotfolder.md` has the list as a table.
Waiting times pass by a clock of the test's own; the line that prints is the real one, with an easily drawn slip.
"""

import errno
import hashlib
import os
import queue
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from line_kit import (
    HEADER,
    Crash,
    FakeRoad,
    crash_at,  # noqa: F401 - a fixture
    documents,
    drop_file,
    make_workspace,
    publish,
    results,
    run,
    tray,
)
from sqlalchemy import select
from watchdog.observers import Observer

from packslip import disk as disk_module
from packslip.disk import LocalDisk
from packslip.engine.heartbeat import last_beat
from packslip.engine.hotfolders import HotFolders
from packslip.engine.run import run_line
from packslip.engine.waking import StopSign
from packslip.errors import RetryLater, WorkspaceError
from packslip.hotfolder import Filing, watching
from packslip.intake import ending_of
from packslip.ledger import DropState, Ledger, ParcelState, rows, tables
from packslip.library.mappings import CONTRACT
from packslip.model import Drop, End
from packslip.settings import LimitSettings

WHOLE = f"{HEADER}\nA1,1,,first\nA2,1,,second\n".encode()
DEADLINE_S = 60.0


@pytest.fixture(autouse=True)
def quick_disk(request, monkeypatch):
    """Nothing here loses power, so nothing need wait for the platter; those who are killed are not asked."""
    if "crash_at" not in request.fixturenames:
        monkeypatch.setattr(disk_module._Descriptor, "sync", lambda self: None)
        monkeypatch.setattr(LocalDisk, "sync_folder", lambda self, folder: None)


class Post:
    """The hot folders of a workspace, tended by hand under a clock of the test's own; then a line that prints."""

    def __init__(self, root, settings=""):
        self.workspace = make_workspace(root / "shop", settings=settings)
        self.inbox = self.workspace.root / "hotfolder/in"
        self.now = 1000.0
        self.told = []
        self.probed = []
        self.patience_s = 10.0
        self.open()

    def open(self):
        self.ledger = Ledger.open(self.workspace.ledger, secret=self.workspace.secret(), patience_s=self.patience_s)
        road = FakeRoad(self.workspace, "r1", self.ledger, 1)

        def probe(drop):
            self.probed.append(drop.spool.read_bytes())
            return road.probe(drop)

        self.folders = HotFolders(
            self.workspace,
            self.workspace.settings(),
            self.ledger,
            probe=probe,
            wake=lambda: None,
            listener=lambda event: self.told.append(event.text),
            together=False,
            clock=lambda: self.now,
        )

    def put(self, name, data=WHOLE, folder=None):
        path = (folder or self.inbox) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def tend(self, seconds=0.0, times=3):
        """Look, and let time pass in a few more looks; how many drops were claimed."""
        self.now += 0.06
        claimed = len(self.folders.tend())
        for _ in range(times):
            self.now += seconds / times
            claimed += len(self.folders.tend())
        return claimed

    def left(self, folder=None):
        return sorted(str(path.relative_to(folder or self.inbox)) for path in (folder or self.inbox).rglob("*"))

    def drops(self, *states):
        known = self.ledger._thread.do(_drops, writes=False)
        return [drop for drop in known if not states or drop.state in states]

    def close(self):
        self.folders.close()
        self.ledger.close()

    def print(self):
        """Print what was claimed; the documents' texts."""
        self.close()
        summary = run(self.workspace)
        self.open()
        self.summary = summary
        return self.printed()

    def printed(self):
        return [" ".join(text.split()[1:3]) for text in documents(self.workspace)]

    def says(self, part):
        return sum(part in text for text in self.told)


def _drops(tx):
    return [rows.drop_of(row) for row in tx.execute(select(tables.drops).order_by(tables.drops.c.number)).mappings()]


@pytest.fixture
def post(tmp_path):
    made = []

    def make(settings=""):
        made.append(Post(tmp_path, settings))
        return made[-1]

    yield make
    for each in made:
        each.close()


class Running:
    """A line that runs in a thread, and what it tells."""

    def __init__(self, workspace):
        self.workspace = workspace
        self.sign = StopSign()
        self.events = queue.Queue()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        self.summary = run_line(self.workspace, open_road=FakeRoad, workers=2, listener=self.events.put, stop=self.sign)

    def await_event(self, kind, part=""):
        until = time.monotonic() + DEADLINE_S
        while True:
            event = self.events.get(timeout=max(0.1, until - time.monotonic()))
            if event.kind == kind and part in event.text:
                return event


@contextmanager
def running(workspace):
    line = Running(workspace)
    line.thread.start()
    try:
        line.await_event("listening")
        yield line
    finally:
        line.sign.set()
        line.thread.join(DEADLINE_S)


@pytest.fixture
def workspace(tmp_path):
    return make_workspace(tmp_path / "shop")


# 1 to 5: whole, slow, stalled, cut off


def test_1_a_file_that_is_renamed_in_is_printed_once(workspace):
    with running(workspace) as line:
        drop_file(workspace, "a.csv", "A1,1,,x")
        line.await_event("drop")
    assert len(tray(workspace)) == 1
    assert not any((workspace.root / "hotfolder/in").iterdir())
    assert [row["state"] for row in results(workspace)] == ["done"]


def test_1_in_rename_mode_it_is_accepted_on_sight(post):
    here = post('readiness = "rename"\nunended_s = 60\n')
    here.put("a.csv", WHOLE.rstrip())
    assert here.tend(times=1) == 1
    assert here.probed == []
    assert here.print() == ["A1/1 first", "A2/1 second"]


def test_2_a_file_written_byte_by_byte_is_never_read_early(post):
    here = slow(post())
    with (here.inbox / "a.csv").open("wb") as stream:
        for place in range(len(WHOLE)):
            stream.write(WHOLE[place : place + 1])
            stream.flush()
            os.utime(here.inbox / "a.csv", ns=(place, place))
            assert here.tend(0.1) == 0
            assert here.probed == []
    here.tend(1.0)
    assert here.probed == [WHOLE]
    assert here.print() == ["A1/1 first", "A2/1 second"]


def slow(here):
    """The same post, whose files settle in 0.4 s."""
    toml = here.workspace.root / "packslip.toml"
    toml.write_text(toml.read_text().replace("settle_s = 0.0", "settle_s = 0.4"))
    publish(here.workspace, "r1")
    here.close()
    here.open()
    return here


def test_3_an_upload_that_stalls_in_mid_row_is_waited_for(post):
    here = post()
    path = here.put("a.csv", WHOLE[:-7])  # A2,1,,se
    cut = WHOLE.index(b"A2") + 3
    path.write_bytes(WHOLE[:cut])
    assert here.tend(60.0) == 0
    assert here.says("its last row, on line 3, has 2 of 4 cells; it waits, and is held after 300 s") == 1
    with path.open("ab") as stream:
        stream.write(WHOLE[cut:])
    assert here.tend(1.0) == 1
    assert here.print() == ["A1/1 first", "A2/1 second"]


def test_3_a_program_that_has_the_file_open_is_waited_for_wherever_it_paused(post):
    here = post()
    end = WHOLE.index(b"A2")
    with (here.inbox / "a.csv").open("wb") as stream:
        stream.write(WHOLE[:end])  # exactly at the end of a row
        stream.flush()
        assert here.tend(120.0) == 0
        assert here.says("a program is still writing to it") == 1
        stream.write(WHOLE[end:])
    assert here.tend(1.0) == 1
    assert here.print() == ["A1/1 first", "A2/1 second"]


def test_4_an_upload_that_stalls_for_ever_is_held_with_a_reason_and_kept(post):
    here = post()
    here.put("a.csv", WHOLE[: WHOLE.index(b"A2") + 3])
    assert here.tend(299.0) == 0
    assert here.tend(2.0) == 1
    assert here.print() == []
    assert here.left() == []
    (drop,) = here.drops(DropState.HELD)
    assert [finding.code for finding in drop.findings] == ["file.cut_off"]
    assert "a.csv: its last row, on line 3, has 2 of 4 cells; hint: drop the whole file again" in str(drop.findings[0])
    filing = Filing(here.workspace.spool, here.workspace.done, here.workspace.held)
    assert filing.find(drop).read_bytes() == WHOLE[: WHOLE.index(b"A2") + 3]
    (row,) = results(here.workspace)
    assert row["state"] == "held"
    here.put("a.csv")
    here.tend(1.0)
    assert here.print() == ["A1/1 first", "A2/1 second"]


def test_4_a_held_one_can_be_read_all_the_same_if_a_person_says_so(post):
    here = post()
    here.put("a.csv", WHOLE[: WHOLE.index(b"A2") + 3])
    here.tend(301.0)
    here.print()
    (drop,) = here.drops(DropState.HELD)
    here.ledger.retry_drop(drop.id)
    assert here.print()[0] == "A1/1 first"


@pytest.mark.parametrize("cut", range(1, len(WHOLE)))
def test_4_whatever_the_cut_no_row_is_taken_for_whole(tmp_path, cut):
    """Cut after a line end a file looks whole, and within its last cell it looks as if its last line had no end."""
    path = tmp_path / "a.csv"
    path.write_bytes(WHOLE[:cut])
    found = ending_of(_drop(path), CONTRACT, LimitSettings())
    tail = WHOLE[:cut].rpartition(b"\n")[2]
    if WHOLE[:cut].endswith(b"\n"):
        expected = End.WHOLE if cut > len(HEADER) + 1 else End.OPEN
    elif cut <= len(HEADER) or tail.count(b",") == 3:
        expected = End.OPEN
    else:
        expected = End.CUT
    assert found.end is expected


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_4_within_a_quotation_or_a_character_it_is_always_cut_off(tmp_path_factory, data):
    text = 'id,text\n1,"Ünïcode, quoted\nover two lines, très long"\n2,"ÄÖÜ"\n'.encode()
    cut = data.draw(st.integers(len("id,text\n") + 3, len(text) - 1))
    path = tmp_path_factory.mktemp("cut") / "a.csv"
    path.write_bytes(text[:cut])
    found = ending_of(_drop(path), CONTRACT, LimitSettings())
    inside = text[:cut].count(b'"') % 2 == 1
    short = text[:cut].rpartition(b"\n")[2] == b"2"
    assert (found.end is End.CUT) == (inside or short)


def _drop(path):
    return Drop(name="a.csv", spool=path, sha256="", accepted_at=datetime(2026, 11, 27, tzinfo=UTC))


def test_5_cut_at_the_end_of_a_row_only_the_sender_can_know(post):
    """The documented limit of `stable`: what is there prints, and the rest when the whole file comes."""
    here = post()
    here.put("a.csv", WHOLE[: WHOLE.index(b"A2")])
    assert here.tend(1.0) == 1
    assert here.print() == ["A1/1 first"]
    here.put("a.csv")
    here.tend(1.0)
    assert here.print() == ["A1/1 first", "A2/1 second"]


def test_5_a_row_count_in_the_trigger_catches_it(post):
    here = post('readiness = "trigger"\n')
    here.put("a.csv", WHOLE[: WHOLE.index(b"A2")])
    here.put("a.csv.ok", b"rows=2\n")
    os.utime(here.inbox / "a.csv.ok", ns=(10**9, 10**9))  # the trigger came first: the file may be growing
    assert here.tend(60.0) == 0
    here.put("a.csv")
    assert here.tend(1.0) == 1
    assert here.print() == ["A1/1 first", "A2/1 second"]


@pytest.mark.parametrize("data", [WHOLE[:-1], f"{HEADER}\n".encode()])
def test_5_a_last_line_without_end_or_a_header_alone_waits_a_little_longer(post, data):
    here = post()
    here.put("a.csv", data)
    assert here.tend(9.0) == 0
    assert here.says("it is read when 10 s go by without a change") == 1
    assert here.tend(2.0) == 1


# 6: names


PARTIAL = ["a.csv.filepart", "a.csv.part", "a.csv.tmp", "a.csv.crdownload", ".~lock.a.csv#", "~$a.csv", ".a.csv.Xy12ab"]


@pytest.mark.parametrize("name", PARTIAL)
def test_6_a_temporary_name_is_never_read_nor_told_of_and_its_final_one_is(post, name):
    here = post()
    path = here.put(name)
    assert here.tend(1000.0) == 0
    assert here.told == []
    path.rename(here.inbox / "a.csv")
    assert here.tend(1.0) == 1
    assert here.print() == ["A1/1 first", "A2/1 second"]


def test_6_names_of_ones_own_can_be_ignored_and_others_are_told_once(post):
    here = post('ignore = ["*.BAK", "copy of *"]\n')
    for name in ("a.bak", "Copy of a.csv", "a.xlsx"):
        here.put(name)
    assert here.tend(1000.0, times=10) == 0
    assert here.told == ["a.xlsx: does not end in .csv or .tsv or .txt; it is left where it is"]


# 7, 8: triggers and manifests


def test_7_without_its_trigger_a_file_is_not_touched(post):
    here = post('readiness = "trigger"\n')
    here.put("a.csv")
    assert here.tend(299.0) == 0
    assert here.left() == ["a.csv"]
    assert here.told == []
    here.tend(400.0, times=10)
    assert here.told == ["a.csv: has no trigger (.ok); it is not read"]
    here.put("a.csv.ok", b"")
    assert here.tend(1.0) == 1
    assert here.left() == []
    assert here.print() == ["A1/1 first", "A2/1 second"]


@pytest.mark.parametrize("mark", ["a.csv.ok", "a.ok", "A.CSV.OK"])
@pytest.mark.parametrize("said", [b"", b"2026-11-27 03:00 OK\n", b"rows: 2\nsize=%d\n" % len(WHOLE)])
def test_7_the_trigger_may_come_first_and_say_what_it_will(post, mark, said):
    here = post('readiness = "trigger"\n')
    here.put(mark, said)
    assert here.tend(10.0) == 0
    here.put("a.csv")
    assert here.tend(1.0) == 1
    assert here.left() == []
    assert here.print() == ["A1/1 first", "A2/1 second"]


def test_7_a_checksum_that_is_right_lets_it_pass(post):
    here = post('readiness = "trigger"\n')
    here.put("a.csv")
    here.put("a.csv.ok", f"{hashlib.sha256(WHOLE).hexdigest()}  a.csv\n")
    assert here.tend(1.0) == 1
    assert here.print() == ["A1/1 first", "A2/1 second"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"sha256=" + b"0" * 64, "sha256 000000000000… was promised, it has "),
        (b"rows=3", "3 rows were promised, it has 2"),
        (b"size=7", "7 bytes were promised, it has "),
        (b"rows=many", "its trigger cannot be understood: line 1: rows: expected a whole number"),
        (b"sha256=abc", "its trigger cannot be understood: line 1: sha256: expected 64 hexadecimal digits"),
    ],
)
def test_7_a_broken_promise_holds_the_file(post, said, reason):
    here = post('readiness = "trigger"\n')
    here.put("a.csv")
    here.put("a.csv.ok", said)
    assert here.tend(1.0) == 1
    assert here.print() == []
    assert here.left() == []
    (drop,) = here.drops(DropState.HELD)
    assert reason in str(drop.findings[0])
    assert [row["state"] for row in results(here.workspace)] == ["held"]


def test_8_a_trigger_without_its_file_is_told_once_and_waits(post):
    here = post('readiness = "trigger"\n')
    here.put("a.csv.ok", b"")
    here.tend(299.0)
    assert here.told == []
    here.tend(3000.0, times=50)
    assert here.told == ["a.csv.ok: is a trigger without its file; it waits"]
    assert here.left() == ["a.csv.ok"]
    here.put("a.csv")
    assert here.tend(1.0) == 1


def manifest(*files):
    return "".join(f"size={len(data)} sha256={hashlib.sha256(data).hexdigest()} {name}\n" for name, data in files)


def test_8_a_manifest_is_taken_together_when_all_it_names_is_there(post):
    here = post('readiness = "manifest"\n')
    one, two = f"{HEADER}\nA1,1,,x\n".encode(), f"{HEADER}\nA2,1,,y\n".encode()
    here.put("day 1.manifest", "# of today\n" + manifest(("one.csv", one), ("the second.csv", two)))
    here.put("one.csv", one)
    here.put("other.csv", one)
    assert here.tend(301.0) == 0
    assert sorted(here.told) == [
        "day 1.manifest: 1 of the 2 files it names is not there; it waits",
        "other.csv: no manifest names it; it is not read",
    ]
    here.put("the second.csv", two)
    assert here.tend(1.0) == 2
    assert here.left() == ["other.csv"]
    assert here.print() == ["A1/1 x", "A2/1 y"]


def test_8_a_manifest_that_is_not_true_holds_all_its_files(post):
    here = post('readiness = "manifest"\n')
    one, two = f"{HEADER}\nA1,1,,x\n".encode(), f"{HEADER}\nA2,1,,y\n".encode()
    here.put("one.csv", one)
    here.put("two.csv", two)
    here.put("day.manifest", manifest(("one.csv", one)) + f"{'0' * 64} *two.csv\n")
    assert here.tend(1.0) == 2
    assert here.print() == []
    assert len(here.drops(DropState.HELD)) == 2
    assert here.left() == []


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("size=3\n", "line 1: expected the name of a file beside it"),
        ("a.csv\n../b.csv\n", "line 2: expected the name of a file beside it"),
        ("a.csv\na.csv\n", "line 2: a name that stands there already"),
        ("# nothing\n", "it names no file"),
    ],
)
def test_8_a_manifest_nobody_understands_is_told_and_touches_nothing(post, said, reason):
    here = post('readiness = "manifest"\n')
    here.put("a.csv")
    here.put("day.manifest", said)
    assert here.tend(10.0, times=9) == 0
    assert here.told == [f"day.manifest: cannot be understood: {reason}; mend it"]
    assert here.left() == ["a.csv", "day.manifest"]


# 9 to 12: the same again


@pytest.mark.parametrize("name", ["a.csv", "b.csv"])
def test_9_10_the_same_bytes_again_print_nothing(workspace, name):
    drop_file(workspace, "a.csv", "A1,1,,x")
    run(workspace)
    drop_file(workspace, name, "A1,1,,x")
    assert run(workspace).parcels == {"duplicate": 1}
    assert len(tray(workspace)) == 1
    assert not any((workspace.root / "hotfolder/in").iterdir())
    assert sorted(row["state"] for row in results(workspace)) == ["done", "duplicate"]


def test_11_the_same_name_with_another_order_is_another_drop(workspace):
    for order in ("A1", "A2"):
        drop_file(workspace, "a.csv", f"{order},1,,x")
        run(workspace)
    assert [text.split()[1] for text in documents(workspace)] == ["A1/1", "A2/1"]


def states(workspace):
    with Ledger.open(workspace.ledger, secret=workspace.secret()) as ledger:
        found = ledger.in_state(*ParcelState)
        return sorted((record.ref.revision, record.state.value) for record in found)


POLICIES = [
    ("hold", ["A1/1 x"], [(1, "done"), (2, "held")]),
    ("replace-if-unsent", ["A1/1 x"], [(1, "done"), (2, "held")]),
    ("new-revision", ["A1/1 x", "A1/1 other"], [(1, "done"), (2, "done")]),
]


@pytest.mark.parametrize(("policy", "printed", "known"), POLICIES)
def test_12_other_data_for_a_printed_parcel_follows_the_policy(tmp_path, policy, printed, known):
    workspace = make_workspace(tmp_path / "shop", settings=f'on_conflict = "{policy}"\n')
    for text in ("x", "other", "x", "other"):
        drop_file(workspace, "a.csv", f"A1,1,,{text}")
        run(workspace)
    assert sorted(" ".join(text.split()[1:3]) for text in documents(workspace)) == sorted(printed)
    assert states(workspace) == known


def no_trays(workspace):
    """Nothing can be printed: a file lies where the trays should be."""
    out = workspace.root / "hotfolder/out"
    out.parent.mkdir(parents=True)
    out.write_text("")
    return out


UNSENT = [
    ("hold", ["A1/1 x"], [(1, "done"), (2, "held")]),
    ("replace-if-unsent", ["A1/1 other"], [(1, "cancelled"), (2, "done")]),
    ("new-revision", ["A1/1 other"], [(1, "cancelled"), (2, "done")]),
]


@pytest.mark.parametrize(("policy", "printed", "known"), UNSENT)
def test_12_other_data_for_a_parcel_that_has_not_left_follows_the_policy(tmp_path, policy, printed, known):
    workspace = make_workspace(tmp_path / "shop", settings=f'on_conflict = "{policy}"\n')
    out = no_trays(workspace)
    drop_file(workspace, "a.csv", "A1,1,,x")
    run(workspace)
    drop_file(workspace, "b.csv", "A1,1,,other")
    run(workspace)
    out.unlink()
    run(workspace)
    assert [" ".join(text.split()[1:3]) for text in documents(workspace)] == printed
    assert states(workspace) == known


def test_12_a_correction_taken_back_before_printing_prints_what_came_last(tmp_path):
    workspace = make_workspace(tmp_path / "shop", settings='on_conflict = "replace-if-unsent"\n')
    out = no_trays(workspace)
    for text in ("x", "other", "x"):
        drop_file(workspace, "a.csv", f"A1,1,,{text}")
        run(workspace)
    out.unlink()
    run(workspace)
    assert [" ".join(text.split()[1:3]) for text in documents(workspace)] == ["A1/1 x"]
    assert states(workspace) == [(1, "cancelled"), (2, "cancelled"), (3, "done")]


@pytest.mark.parametrize("policy", ["hold", "replace-if-unsent", "new-revision"])
def test_12_what_a_person_called_off_is_never_overruled(tmp_path, policy):
    workspace = make_workspace(tmp_path / "shop", settings=f'on_conflict = "{policy}"\n')
    drop_file(workspace, "a.csv", "A1,1,,hold")
    run(workspace)
    with Ledger.open(workspace.ledger, secret=workspace.secret()) as ledger:
        ledger.cancel(ledger.find("A1")[0].ref)
    drop_file(workspace, "a.csv", "A1,1,,x")
    run(workspace)
    assert tray(workspace) == []
    assert states(workspace) == [(1, "cancelled"), (2, "held")]


@pytest.mark.parametrize("policy", ["hold", "replace-if-unsent", "new-revision"])
def test_12_another_parcel_of_the_order_is_never_a_conflict(tmp_path, policy):
    workspace = make_workspace(tmp_path / "shop", settings=f'on_conflict = "{policy}"\n')
    drop_file(workspace, "a.csv", "A1,1,1,x")
    drop_file(workspace, "b.csv", "A1,2,1,y")
    assert run(workspace).parcels == {"done": 2}


# 13 to 17: between one step and the next


def test_13_a_file_replaced_between_the_look_and_the_opening_is_looked_at_again(post, monkeypatch):
    here = post()
    path = here.put("a.csv", f"{HEADER}\nA1,1,,old\n")
    real = LocalDisk.open
    swapped = []

    def swap(self, asked):
        if asked == path and not swapped:
            swapped.append(True)
            here.put("new", f"{HEADER}\nA1,1,,new\n").rename(path)
        return real(self, asked)

    monkeypatch.setattr(LocalDisk, "open", swap)
    here.tend(3.0, times=6)
    assert swapped
    assert here.print() == ["A1/1 new"]


def test_14_what_is_written_after_the_copy_is_a_drop_of_its_own(post, monkeypatch):
    here = post()
    path = here.put("a.csv")
    with path.open("ab") as stream:
        (inbox,) = here.folders._inboxes
        monkeypatch.setattr(inbox, "_claimer", replace(inbox._claimer, is_busy=lambda _: False))
        take = here.ledger.take_drops

        def written_meanwhile(claimed):
            stream.write(b"A3,1,,third\n")
            stream.flush()
            return take(claimed)

        monkeypatch.setattr(here.ledger, "take_drops", written_meanwhile)
        assert here.tend(1.0, times=2) == 1
        monkeypatch.undo()
    assert here.left() == ["a.csv"]
    here.tend(1.0)
    assert here.print() == ["A1/1 first", "A2/1 second", "A3/1 third"]


def test_15_a_file_deleted_before_the_claim_is_nothing(post):
    here = post()
    path = here.put("a.csv")
    here.folders.tend()
    path.unlink()
    assert here.tend(5.0) == 0
    assert here.told == []
    assert here.print() == []


POINTS = ["claim.copied", "claim.aside", "claim.spooled", "claim.recorded", "claim.removed"]
MODES = {
    "stable": {"a.csv": WHOLE},
    "trigger": {"a.csv": WHOLE, "a.csv.ok": b"rows=2\n"},
    "manifest": {
        "a.csv": WHOLE,
        "b.csv": f"{HEADER}\nB1,1,,x\n".encode(),
        "day.manifest": b"rows=2 a.csv\nrows=1 b.csv\n",
    },
}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("mode", MODES)
def test_16_killed_at_any_step_of_the_claim_it_is_claimed_once(post, crash_at, mode, point):  # noqa: F811
    here = post(f'readiness = "{mode}"\n')
    for name, data in MODES[mode].items():
        here.put(name, data)
    for passed in (1, 2, 3):
        crash_at(f"{point}:{passed}")
        try:
            here.tend(1.0)
        except Crash:
            here.close()
            here.open()
            here.folders.sweep()
    crash_at("nowhere")
    here.tend(1.0)
    assert here.left() == []
    assert len(here.drops()) == sum(name.endswith(".csv") for name in MODES[mode])
    expected = ["A1/1 first", "A2/1 second", *(["B1/1 x"] if mode == "manifest" else [])]
    assert sorted(here.print()) == expected


def test_17_two_workspaces_on_one_folder_print_each_file_once(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shops = [
        make_workspace(tmp_path / name, settings=f'inbox = "{shared}"\nreadiness = "rename"\n') for name in ("a", "b")
    ]
    for number in range(60):
        (shared / f"o{number}.csv").write_text(f"{HEADER}\nO{number},1,,x\n")
    with running(shops[0]), running(shops[1]):
        until = time.monotonic() + DEADLINE_S
        while time.monotonic() < until and any(shared.iterdir()):
            threading.Event().wait(0.02)
    for shop in shops:
        run(shop)
    printed = [text.split()[1] for shop in shops for text in documents(shop)]
    assert sorted(printed) == sorted(f"O{number}/1" for number in range(60))


def test_17_a_second_line_of_one_workspace_is_refused(workspace):
    with running(workspace), pytest.raises(WorkspaceError, match="running here already"):
        run(workspace)


# 18, 19: many


def test_18_thousands_of_files_are_claimed_in_portions_and_none_twice(post):
    """The same with twenty thousand is measured in `benchmarks/hotfolder.py`."""
    here = post('readiness = "rename"\n')
    many = 2000
    for number in range(many):
        (here.inbox / f"o{number}.csv").write_text(f"{HEADER}\nO{number},1,,x\n")
    claimed = len(here.folders.tend())
    assert claimed > 0
    while not here.folders.is_empty:
        claimed += len(here.folders.tend())
    assert claimed == many == here.ledger.counts().drops[DropState.OPEN]
    assert here.left() == []
    assert len(list(here.workspace.spool.iterdir())) == many


def test_18_files_that_arrive_while_the_line_is_frozen_are_found_without_events(tmp_path):
    """More of them than the kernel keeps events for, of which it tells nobody; only the last are orders."""
    workspace = make_workspace(tmp_path / "shop")
    inbox = workspace.root / "hotfolder/in"
    with subprocess.Popen(
        [sys.executable, "-c", "import line_kit; line_kit.main(once=False)", str(workspace.root)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])},
    ) as child:
        try:
            assert child.stdout.readline().startswith("listening")
            child.send_signal(signal.SIGSTOP)
            for number in range(17_000):
                (inbox / f".o{number}.part").write_bytes(b"")
            for number in range(20):
                drop_file(workspace, f"o{number}.csv", f"O{number},1,,x")
            child.send_signal(signal.SIGCONT)
            done = 0
            while done < 20:
                line = child.stdout.readline()
                assert line, "the line ended"
                done += line.startswith("drop")
        finally:
            child.send_signal(signal.SIGCONT)
            child.terminate()
            child.communicate(timeout=DEADLINE_S)
    assert sorted(text.split()[1] for text in documents(workspace)) == sorted(f"O{n}/1" for n in range(20))


def test_19_what_lies_in_done_is_never_looked_at(post, monkeypatch):
    here = post()
    done = here.workspace.done / "2026-11-01"
    done.mkdir(parents=True)
    for number in range(500):
        (done / f"{number:012x}__a.csv").write_bytes(b"")
    scanned = []
    real = LocalDisk.scan

    def spy(self, folder, *args):
        scanned.append(folder)
        return real(self, folder, *args)

    monkeypatch.setattr(LocalDisk, "scan", spy)
    here.put("a.csv")
    here.folders.sweep()
    here.tend(2.0)
    assert here.print() == ["A1/1 first", "A2/1 second"]
    assert not [folder for folder in scanned if here.workspace.done in (folder, *folder.parents)]


# 20 to 24: the folder, and what else may lie in it


def test_20_a_folder_that_is_away_is_awaited_and_told_once_each_way(post):
    here = post()
    here.tend(1.0)
    here.inbox.rename(here.inbox.with_name("gone"))
    here.tend(300.0, times=20)
    assert here.says("is away (no such file or directory); it is awaited") == 1
    assert not here.folders.conditions()[0].is_there
    here.put("b.csv", folder=here.inbox.with_name("gone"))
    here.inbox.with_name("gone").rename(here.inbox)
    here.tend(5.0)
    assert here.says("is back") == 1
    assert here.print() == ["A1/1 first", "A2/1 second"]


@pytest.mark.parametrize("code", [errno.ESTALE, errno.EIO, errno.EACCES, errno.ENOTCONN])
def test_20_any_error_of_a_share_is_waited_out(post, monkeypatch, code):
    here = post()
    here.put("a.csv")

    def fail(self, folder, *args):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(LocalDisk, "scan", fail)
    assert here.tend(60.0, times=20) == 0
    assert here.says("is away") == 1
    monkeypatch.undo()
    assert here.tend(5.0) == 1
    assert here.says("is back") == 1


def test_21_a_folder_that_was_replaced_is_gone_on_with(post):
    here = post()
    here.tend(1.0)
    here.inbox.rename(here.inbox.with_name("old"))
    here.inbox.mkdir()
    here.put("a.csv")
    assert here.tend(5.0) == 1
    assert here.folders.conditions()[0].has_events


def test_21_a_folder_elsewhere_that_is_missing_is_not_made(tmp_path):
    share = tmp_path / "share/in"
    here = Post(tmp_path, f'inbox = "{share}"\n')
    here.tend(10.0)
    assert not share.exists()
    assert here.says("is away") == 1
    share.mkdir(parents=True)
    here.put("a.csv", folder=share)
    assert here.tend(5.0) == 1
    here.close()


def test_22_only_plain_files_are_read_and_everything_else_is_told(post, tmp_path):
    here = post()
    (tmp_path / "secret").write_bytes(WHOLE)
    (here.inbox / "link.csv").symlink_to(tmp_path / "secret")
    (here.inbox / "passwd.csv").symlink_to("/etc/passwd")
    os.mkfifo(here.inbox / "pipe.csv")
    os.link(tmp_path / "secret", here.inbox / "hard.csv")
    here.put("one.csv", folder=here.inbox / "sub")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(here.inbox / "socket.csv"))
        assert here.tend(60.0, times=20) == 0
    assert sorted(text.split(":")[0] for text in here.told) == [
        "hard.csv",
        "link.csv",
        "passwd.csv",
        "pipe.csv",
        "socket.csv",
        "sub",
    ]
    assert here.says("sub: is a folder, and folders are not read; move its files up, or set nested = true") == 1


def test_22_a_sub_folder_moved_in_whole_is_read_where_that_is_set(post, tmp_path):
    here = post("nested = true\n")
    away = tmp_path / "away"
    deep = away / "one/two/three"
    here.put("a.csv", f"{HEADER}\nA1,1,,x\n", folder=deep)
    here.put("b.csv", f"{HEADER}\nA2,1,,y\n", folder=away / "one")
    (deep / "loop").symlink_to(away)
    bottom = deep / "4/5/6/7/8"
    here.put("c.csv", f"{HEADER}\nA3,1,,z\n", folder=bottom)
    here.put("d.csv", f"{HEADER}\nA4,1,,z\n", folder=bottom / "9")
    away.rename(here.inbox / "moved")
    assert here.tend(1.0) == 2
    assert here.says("moved/one/two/three/loop: is a symbolic link") == 1
    assert here.says("is a folder too deep within others (at most 8)") == 1
    assert here.print() == ["A1/1 x", "A2/1 y"]
    assert "moved/one/two/three/a.csv" not in here.left()


def test_23_an_unreadable_file_is_told_once_and_read_when_it_can_be(post, monkeypatch):
    here = post()
    path = here.put("a.csv")
    real = LocalDisk.open

    def refuse(self, asked):
        if asked == path:
            raise PermissionError(errno.EACCES, "no")
        return real(self, asked)

    monkeypatch.setattr(LocalDisk, "open", refuse)
    assert here.tend(60.0, times=20) == 0
    assert here.says("a.csv: permission denied") == 1
    monkeypatch.undo()
    assert here.tend(10.0) == 1
    assert here.print() == ["A1/1 first", "A2/1 second"]


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\r\n"])
def test_24_an_empty_file_waits_and_is_held(post, data):
    here = post()
    path = here.put("a.csv", data)
    assert here.tend(200.0) == 0
    path.write_bytes(WHOLE)
    assert here.tend(1.0) == 1
    here.put("b.csv", data)
    assert here.tend(301.0) == 1
    assert here.print() == ["A1/1 first", "A2/1 second"]
    (drop,) = here.drops(DropState.HELD)
    assert "b.csv: it is empty" in str(drop.findings[0])


def test_24_a_file_that_is_too_large_is_not_even_copied(post):
    here = post("max_bytes = 1000\n")
    with (here.inbox / "a.csv").open("wb") as stream:
        stream.truncate(5_000_000_000)
    assert here.tend(60.0, times=10) == 0
    assert here.told == [
        "a.csv: has 5000000000 bytes, at most 1000 are read (max_bytes); split it; it is left where it is"
    ]
    assert here.probed == []


# 25 to 28: contents, names, clocks


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_25_however_it_is_written_a_whole_file_is_known_for_whole(tmp_path, codec, end, mark):
    lines = [
        "order_id,parcel,note".replace(",", mark),
        f'A1{mark}1{mark}"Größe, \nzweizeilig"',
        f"A2{mark}1{mark}é",
        "",
    ]
    path = tmp_path / "a.csv"
    path.write_bytes(end.join(lines).encode(codec))
    found = ending_of(_drop(path), CONTRACT, LimitSettings())
    assert (found.end, found.rows) == (End.WHOLE, 2)
    path.write_bytes(end.join(lines[:2]).encode(codec)[:-9])
    assert ending_of(_drop(path), CONTRACT, LimitSettings()).end is End.CUT


NAMES = [
    "a b.csv",
    "-rf.csv",
    "a\nb.csv",
    "\x1b[2J.csv",
    "'\"$(x)`.csv",
    "a...csv",
    "x" * 251 + ".csv",
    "😀.csv",
    "\udcff.csv",
    "\u00e9.csv",
    "e\u0301.csv",
    "\u202egpj.csv",
    "CON.csv",
    "a:b.csv",
]


def test_26_any_name_is_claimed_and_shown_without_tricks(post):
    here = post()
    for number, name in enumerate(NAMES):
        here.put(name, f"{HEADER}\nO{number},1,,x\n")
    assert here.tend(1.0) == len(NAMES)
    assert here.left() == []
    assert sorted(here.print()) == sorted(f"O{number}/1 x" for number in range(len(NAMES)))
    assert all(text.isprintable() for text in here.told)
    assert all(drop.name.isprintable() for drop in here.drops())


def test_26_a_trailing_blank_or_dot_is_told(post):
    here = post()
    here.put("a.csv ")
    here.put("b.csv.")
    assert here.tend(10.0) == 0
    assert len(here.told) == 2


def test_27_the_suffix_counts_in_any_case(post):
    here = post()
    for number, name in enumerate(["ORDER.CSV", "Order.csv", "order.Csv"]):
        here.put(name, f"{HEADER}\nO{number},1,,x\n")
    assert here.tend(1.0) == 3
    assert len(here.print()) == 3


@pytest.mark.parametrize("when", [0, 10**9 * 3600, (2**31 - 2) * 10**9, 4_000_000_000 * 10**9])
def test_28_no_clock_but_our_own_counts(post, when):
    here = slow(post())
    path = here.put("a.csv")
    os.utime(path, ns=(when, when))
    assert here.tend(0.3) == 0
    assert here.tend(0.3) == 1
    assert here.print() == ["A1/1 first", "A2/1 second"]


# 29 to 32: disks, ledgers and watchers that fail


@pytest.mark.parametrize("code", [errno.EXDEV, errno.ENOSPC, errno.EROFS])
def test_29_done_on_another_disk_or_full_prints_once(workspace, monkeypatch, code):
    real = LocalDisk.rename

    def refuse(self, old, new):
        if workspace.done in new.parents and old.parent == workspace.spool:
            raise OSError(code, os.strerror(code))
        return real(self, old, new)

    monkeypatch.setattr(LocalDisk, "rename", refuse)
    drop_file(workspace, "a.csv", "A1,1,,x")
    first = run(workspace)
    filed = list(workspace.done.rglob("*.csv"))
    assert len(tray(workspace)) == 1
    assert (first.waiting, len(filed)) == ((0, 1) if code == errno.EXDEV else (1, 0))
    monkeypatch.undo()
    assert run(workspace).parcels == {}
    assert len(list(workspace.done.rglob("*.csv"))) == 1
    assert len(tray(workspace)) == 1
    assert not any(workspace.spool.iterdir())


def test_29_a_hot_folder_that_may_not_be_written_keeps_its_files_which_print_once(post, monkeypatch):
    here = post('readiness = "trigger"\n')
    here.put("a.csv")
    here.put("a.csv.ok", b"")
    real = LocalDisk.rename

    def refuse(self, old, new):
        if old.parent == here.inbox:
            raise OSError(errno.EROFS, "read-only")
        return real(self, old, new)

    monkeypatch.setattr(LocalDisk, "rename", refuse)
    assert here.tend(60.0, times=20) == 1
    assert here.says("may not be written: its files stay there, and are known again") == 1
    assert here.print() == ["A1/1 first", "A2/1 second"]
    assert here.tend(60.0, times=20) == 0
    os.utime(here.inbox / "a.csv", ns=(5, 5))
    assert here.tend(60.0, times=20) == 0
    assert len(here.drops()) == 1
    assert here.left() == ["a.csv", "a.csv.ok"]
    here.put("a.csv", f"{HEADER}\nA3,1,,third\n")
    assert here.tend(60.0, times=20) == 0  # its trigger is the old one
    here.put("a.csv.ok", b"rows=1")
    assert here.tend(60.0, times=20) == 1
    assert here.print() == ["A1/1 first", "A2/1 second", "A3/1 third"]


def test_30_a_disk_that_is_full_leaves_the_file_and_nothing_else(post, monkeypatch):
    here = post()
    here.put("a.csv")

    def full(self, data):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(disk_module._Descriptor, "write", full)
    assert here.tend(60.0, times=20) == 0
    assert here.says("a.csv: no space left on device") == 1
    assert here.drops() == []
    assert here.left() == ["a.csv"]
    assert not any(here.workspace.spool.iterdir())
    monkeypatch.undo()
    assert here.tend(10.0) == 1
    assert here.print() == ["A1/1 first", "A2/1 second"]


def test_31_a_ledger_that_is_busy_gives_the_file_back(post):
    here = post()
    here.close()
    here.patience_s = 0.05
    here.open()
    here.put("a.csv")
    with sqlite3.connect(here.workspace.ledger, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert here.tend(20.0, times=5) == 0
        other.execute("ROLLBACK")
    assert here.tend(10.0) == 1
    assert here.left() == []
    assert len(list(here.workspace.spool.iterdir())) == 1
    assert here.print() == ["A1/1 first", "A2/1 second"]


def test_31_a_ledger_that_refuses_to_write_gives_the_file_back(post, monkeypatch):
    here = post()
    here.put("a.csv")

    def full(claimed):
        raise RetryLater("the ledger cannot be written: database or disk is full")

    monkeypatch.setattr(here.ledger, "take_drops", full)
    assert here.tend(60.0, times=20) == 0
    assert here.left() == ["a.csv"]
    assert not any(here.workspace.spool.iterdir())
    assert here.says("database or disk is full") == 1
    monkeypatch.undo()
    assert here.tend(10.0) == 1
    assert here.print() == ["A1/1 first", "A2/1 second"]


@pytest.mark.parametrize(
    ("code", "told"), [(errno.EMFILE, "fs.inotify.max_user_instances"), (errno.ENOSPC, "fs.inotify.max_user_watches")]
)
def test_32_without_watchers_it_is_looked_at_and_says_so(post, monkeypatch, code, told):
    def exhausted(self):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Observer, "start", exhausted)
    here = post()
    here.put("a.csv")
    assert here.tend(5.0) == 1
    here.tend(600.0, times=20)
    assert here.says(told) == 1
    assert not here.folders.conditions()[0].has_events
    monkeypatch.undo()
    here.tend(61.0)
    assert here.folders.conditions()[0].has_events


def test_32_a_watcher_that_dies_is_started_again(post):
    here = post()
    here.tend(1.0)
    (inbox,) = here.folders._inboxes
    inbox._watcher._observer.stop()
    inbox._watcher._observer.join(DEADLINE_S)
    here.tend(2.0)
    assert here.says("ended; it is started again") == 1
    assert inbox._watcher.is_alive()


# 33 to 38: settings, archives, scanners, habits, stops, bad rows


@pytest.mark.parametrize(
    "setting",
    [
        'results = "hotfolder/in/results"\n',
        'trays = "hotfolder/in"\n',
        'inbox = "hotfolder"\n',
        'inbox = ".packslip/done"\n',
        'inbox = "hotfolder/results/today"\n',
        '[folders.b]\npath = "hotfolder/in/b"\n',
        '[folders.b]\npath = "hotfolder"\n',
        '[folders.b]\npath = "b"\nresults = "b/results"\n',
        '[folders.b]\npath = "hotfolder/../hotfolder/in"\n',
        '[folders.b]\npath = "link"\n',
    ],
)
def test_33_folders_within_one_another_are_refused(tmp_path, setting):
    workspace = make_workspace(tmp_path / "shop", settings=setting)
    (workspace.root / "hotfolder/in").mkdir(parents=True, exist_ok=True)
    (workspace.root / "link").symlink_to("hotfolder/in")
    with pytest.raises(WorkspaceError, match=r"lies inside .*; hint: set another folder in packslip\.toml"):
        run(workspace)


def test_34_an_archive_is_left_and_told(post):
    here = post()
    here.put("a.zip", b"PK\3\4")
    assert here.tend(10.0) == 0
    assert here.told == ["a.zip: does not end in .csv or .tsv or .txt; it is left where it is"]


@pytest.mark.parametrize("code", [errno.EBUSY, errno.ETXTBSY])
@pytest.mark.parametrize("act", ["open", "rename"])
def test_35_a_file_that_a_scanner_holds_is_tried_again(post, monkeypatch, act, code):
    here = post()
    path = here.put("a.csv")
    real = getattr(LocalDisk, act)

    def busy(self, asked, *others):
        if asked == path:
            raise OSError(code, os.strerror(code))
        return real(self, asked, *others)

    monkeypatch.setattr(LocalDisk, act, busy)
    assert here.tend(60.0, times=20) == 0
    assert here.left() == ["a.csv"]
    assert len(here.told) == 1
    monkeypatch.undo()
    assert here.tend(10.0) == 1
    assert here.print() == ["A1/1 first", "A2/1 second"]


def test_36_the_same_file_every_minute_prints_once_and_leaves_little(post):
    here = post()
    for number in range(40):
        here.put(f"export-{number}.csv")
        here.tend(60.0)
        if number < 10:
            here.print()
    assert here.printed() == ["A1/1 first", "A2/1 second"]
    assert here.left() == []
    assert len(here.drops()) == 9
    assert len(list((here.workspace.root / "hotfolder/results").rglob("*.csv"))) == 9
    assert len(list(here.workspace.done.rglob("*.csv"))) == 9
    assert not any(here.workspace.spool.iterdir())


def test_36_a_held_order_in_it_is_tried_again_each_time(post):
    here = post()
    for _ in range(12):
        here.put("export.csv", f"{HEADER}\nA1,1,,hold\n")
        here.tend(60.0)
        here.print()
        assert here.summary.parcels == {"held": 1}


def test_37_a_stop_in_mid_claim_leaves_each_file_here_or_there(workspace):
    for number in range(200):
        drop_file(workspace, f"o{number}.csv", f"O{number},1,,x")
    with running(workspace) as line:
        line.await_event("claimed")
    with Ledger.open(workspace.ledger, secret=workspace.secret()) as ledger:
        recorded = sum(ledger.counts().drops.values())
    assert recorded + len(list((workspace.root / "hotfolder/in").glob("*.csv"))) == 200
    run(workspace)
    assert len(tray(workspace)) == 200


def test_38_one_bad_row_among_a_hundred_holds_that_order_alone(workspace):
    drop_file(workspace, "a.csv", *(f"A{number},1,,{'bad' if number == 50 else 'x'}" for number in range(100)))
    assert run(workspace).parcels == {"done": 99, "held": 1}
    assert [row["order_id"] for row in results(workspace) if row["state"] == "held"] == ["A50"]


# many folders


SEVERAL = """
[folders.web]
path = "web"
priority = 5
results = "web-results"
settle_s = 0.0
[folders.erp]
path = "erp"
readiness = "trigger"
settle_s = 0.0
on_conflict = "new-revision"
"""


def test_folders_have_habits_of_their_own(tmp_path):
    workspace = make_workspace(tmp_path / "shop", settings=SEVERAL)
    run(workspace)
    for folder, text in (("hotfolder/in", "x"), ("web", "y"), ("erp", "z")):
        (workspace.root / folder / "a.csv").write_text(f"{HEADER}\n{text},1,,x\n")
    run(workspace)
    assert [text.split()[1] for text in documents(workspace)] == ["x/1", "y/1"]
    assert len(list((workspace.root / "web-results").rglob("*.csv"))) == 1
    assert (workspace.root / "erp/a.csv").exists()
    (workspace.root / "erp/a.csv.ok").touch()
    run(workspace)
    assert len(tray(workspace)) == 3
    (workspace.root / "erp/a.csv").write_text(f"{HEADER}\nz,1,,other\n")
    (workspace.root / "erp/a.csv.ok").touch()
    run(workspace)
    assert len(tray(workspace)) == 4
    with Ledger.open(workspace.ledger, secret=workspace.secret()) as ledger:
        drops = ledger._thread.do(_drops, writes=False)
    assert [(drop.folder, drop.priority) for drop in drops] == [("web", 5), ("", 0), ("erp", 0), ("erp", 0)]


def test_a_share_is_looked_at_and_a_local_disk_watched(post, monkeypatch):
    monkeypatch.setattr(watching, "mounted_as", lambda folder: "cifs")
    here = post()
    here.put("a.csv")
    assert here.tend(5.0) == 1
    assert not here.folders.conditions()[0].has_events
    assert here.says("is a share; it is looked at every 0.05 s") == 1


def test_a_running_line_leaves_word_of_its_folders(workspace):
    with running(workspace) as line:
        drop_file(workspace, "a.csv", "A1,1,,x")
        line.await_event("drop")
        found = last_beat(workspace)
    (folder,) = found.folders
    assert (folder.path, folder.is_there) == (str(workspace.root / "hotfolder/in"), True)
    (workspace.state / "folders.json").write_text("{")
    assert last_beat(workspace) is None
