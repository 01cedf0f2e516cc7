import itertools
import os
import socket
import threading
from contextlib import suppress
from datetime import datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from line_kit import Crash, crash_at  # noqa: F401 - a fixture
from sim_disk import Crashed, SimFiles

from packslip.errors import RetryLater, WorkspaceError
from packslip.hotfolder import (
    Claimer,
    Filing,
    NameKind,
    Names,
    Settler,
    Sight,
    Watcher,
    look_at,
    printable,
    refuse_overlap,
)
from packslip.ledger import Ledger

# names


@pytest.mark.parametrize(
    "name", ["a.csv", "ORDER.CSV", "Ordér 7.Csv", "a.tsv", "a.txt", "-x.csv", "\udcff.csv", "CON.csv"]
)
def test_drops_by_name(name):
    assert Names().kind(name) is NameKind.DROP


@pytest.mark.parametrize(
    "name",
    [
        ".a.csv",
        "~$a.csv",
        ".~lock.a.csv#",
        "a.csv.part",
        "a.csv.filepart",
        "a.csv.tmp",
        "a.csv.crdownload",
        "a.xlsx",
        "csv",
        ".a.csv.Xy12ab",
        "a.csv~",
        "Thumbs.db",
        "",
    ],
)
def test_litter_by_name(name):
    assert Names().kind(name) is not NameKind.DROP


def test_names_are_shown_without_tricks():
    assert printable("a\x1b[2J\n\udcff\u202egpj.csv") == "a\\x1b[2J\\x0a\\xff\\u202egpj.csv"
    assert printable("Ordér 7.csv") == "Ordér 7.csv"


# looking


def test_only_regular_files_are_drops_and_nothing_blocks(tmp_path):
    (tmp_path / "b.csv").write_text("b")
    (tmp_path / "a.csv").write_text("a")
    os.utime(tmp_path / "a.csv", ns=(10, 10))
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "link.csv").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe.csv")
    os.link(tmp_path / "b.csv", tmp_path / "hard.bin")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.csv"))
        look = look_at(tmp_path)
    assert [file.name for file in look.files] == ["a.csv"]
    assert sorted((oddity.name, oddity.reason.split(" (")[0]) for oddity in look.oddities) == [
        ("b.csv", "has a second name elsewhere"),
        ("folder.csv", "is a folder, and folders are not read; move its files up, or set nested = true"),
        ("hard.bin", "has a second name elsewhere"),
        ("link.csv", "is a symbolic link; copy the file itself"),
        ("pipe.csv", "is no regular file"),
        ("socket.csv", "is no regular file"),
    ]


# settling


def seen(name="a.csv", size=1, changed=1, inode=1):
    return Sight(name=name, device=1, inode=inode, size=size, changed_ns=changed, touched_ns=1)


def names(files):
    return [file.name for file in files]


def test_a_file_settles_after_two_looks_and_the_settling_time():
    settler = Settler(0.4)
    assert names(settler.seen([seen()], 10.0)) == []
    assert names(settler.seen([seen()], 10.3)) == []
    assert settler.next_look(10.3) == pytest.approx(0.1)
    assert names(settler.seen([seen()], 10.4)) == ["a.csv"]


def test_one_look_is_never_enough():
    settler = Settler(0.0)
    assert names(settler.seen([seen()], 10.0)) == []
    assert names(settler.seen([seen()], 10.0)) == ["a.csv"]


@pytest.mark.parametrize("other", [seen(size=2), seen(changed=2), seen(changed=0), seen(inode=2)])
def test_any_change_starts_the_wait_anew(other):
    settler = Settler(1.0)
    settler.seen([seen()], 0.0)
    assert names(settler.seen([other], 5.0)) == []
    assert names(settler.seen([other], 5.9)) == []
    assert names(settler.seen([other], 6.0)) == ["a.csv"]


def test_a_file_that_went_and_came_back_waits_anew():
    settler = Settler(1.0)
    settler.seen([seen()], 0.0)
    settler.seen([], 1.0)
    assert settler.next_look(1.0) is None
    assert names(settler.seen([seen()], 2.0)) == []


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(0.01, 0.5)), min_size=1, max_size=30),
    st.floats(0.0, 1.0),
)
def test_nothing_is_read_before_it_lay_still(steps, settle_s):
    settler, now, since, last = Settler(settle_s), 0.0, 0.0, None
    for size, pause in steps:
        now += pause
        since = now if size != last else since
        ready = settler.seen([seen(size=size)], now)
        assert bool(ready) == (size == last and now - since >= settle_s)
        last = size


# claiming


class Folder:
    def __init__(self, root):
        self.inbox = root / "in"
        self.inbox.mkdir(exist_ok=True)
        self.root = root
        self.open()

    def open(self):
        self.ledger = Ledger.open(self.root / "state/ledger.db", secret=b"s" * 32)
        self.claimer = Claimer(self.inbox, self.root / "state/spool", self.ledger)

    def restart(self):
        self.ledger.close()
        self.open()
        self.claimer.sweep()

    def drop(self, text="order_id\n4711\n", name="a.csv"):
        (self.inbox / name).write_text(text)

    def claim_all(self):
        return [record for file in look_at(self.inbox).files if (record := self.claimer.claim(file))]

    def spooled(self):
        return sorted(path.read_text() for path in (self.root / "state/spool").glob("*"))

    def left(self):
        return sorted(path.name for path in self.inbox.iterdir())


@pytest.fixture
def folder(tmp_path):
    made = Folder(tmp_path)
    yield made
    made.ledger.close()


def test_a_claim_moves_a_file_into_our_own_hands(folder):
    folder.drop()
    (record,) = folder.claim_all()
    assert folder.left() == []
    assert folder.spooled() == ["order_id\n4711\n"]
    spool = folder.root / "state/spool" / f"{record.id}.csv"
    assert spool.stat().st_mode & 0o777 == 0o600
    assert (record.name, record.accepted_at.tzinfo is not None) == ("a.csv", True)
    assert record.accepted_at.date() == datetime.now().astimezone().date()


CLAIM_POINTS = [
    "claim.copied",
    "claim.spooled",
    "claim.recorded",
    "claim.aside",
    "claim.removed",
]


@pytest.mark.parametrize("point", CLAIM_POINTS)
def test_a_claim_cut_short_anywhere_is_one_drop(folder, crash_at, point):  # noqa: F811
    folder.drop()
    crash_at(point)
    with pytest.raises(Crash):
        folder.claim_all()
    crash_at("nowhere")
    folder.restart()
    folder.claim_all()
    assert folder.left() == []
    assert len(folder.ledger.open_drops()) == 1
    assert folder.spooled() == ["order_id\n4711\n"]


def test_the_same_bytes_dropped_again_are_told_from_a_claim_cut_short(folder):
    folder.drop()
    folder.claim_all()
    folder.drop()
    (again,) = folder.claim_all()
    assert again.repeats
    assert len(folder.ledger.open_drops()) == 2


def test_a_file_that_changed_since_the_look_waits(folder):
    folder.drop()
    (file,) = look_at(folder.inbox).files
    folder.drop("order_id\n4711\n4712\n")
    assert folder.claimer.claim(file) is None
    assert folder.left() == ["a.csv"]
    assert folder.spooled() == []
    (folder.inbox / "a.csv").unlink()
    assert folder.claimer.claim(file) is None


def test_a_file_that_replaced_the_claimed_one_is_put_back(folder, monkeypatch):
    """The sender uploads anew between our copy and our taking away: the new file is a drop of its own."""
    folder.drop()
    take = folder.ledger.take_drops

    def replaced_meanwhile(*args):
        taken = take(*args)
        (folder.inbox / "new").write_text("order_id\nnew\n")
        (folder.inbox / "new").rename(folder.inbox / "a.csv")
        return taken

    monkeypatch.setattr(folder.ledger, "take_drops", replaced_meanwhile)
    folder.claim_all()
    monkeypatch.undo()
    assert folder.left() == ["a.csv"]
    assert len(folder.claim_all()) == 1
    assert folder.spooled() == ["order_id\n4711\n", "order_id\nnew\n"]


def test_a_taken_file_nobody_recorded_comes_back(folder):
    (folder.inbox / ".taken--0123456789ab-a.csv").write_text("order_id\nlost\n")
    (folder.inbox / ".taken--0123456789ac-b.csv").write_text("order_id\nother\n")
    (folder.inbox / "b.csv").write_text("order_id\nnew\n")
    folder.claimer.sweep()
    assert folder.left() == ["0123456789ac-b.csv", "a.csv", "b.csv"]


def test_sweeping_keeps_what_is_recorded(folder):
    folder.drop()
    folder.claim_all()
    (folder.root / "state/spool/orphan.csv").write_text("x")
    (folder.root / "state/spool/half.part").write_text("x")
    folder.claimer.sweep()
    assert folder.spooled() == ["order_id\n4711\n"]


def test_a_symlink_swapped_in_is_never_followed(folder):
    folder.drop()
    (file,) = look_at(folder.inbox).files
    (folder.inbox / "a.csv").unlink()
    (folder.inbox / "a.csv").symlink_to("/etc/passwd")
    with pytest.raises(RetryLater):
        folder.claimer.claim(file)
    assert folder.spooled() == []


def test_a_fifo_swapped_in_does_not_block(folder):
    folder.drop()
    (file,) = look_at(folder.inbox).files
    (folder.inbox / "a.csv").unlink()
    os.mkfifo(folder.inbox / "a.csv")
    assert folder.claimer.claim(file) is None


def test_a_spool_that_cannot_be_written_leaves_the_file(folder):
    folder.drop()
    (folder.root / "state/spool").write_text("a file where the spool should be")
    with pytest.raises(RetryLater, match=r"a\.csv: "):
        folder.claim_all()
    assert folder.left() == ["a.csv"]
    assert folder.ledger.open_drops() == ()


@pytest.mark.parametrize("name", ["\udcff.csv", "a b'\"$(x).csv", "é" * 120 + ".csv", "x" * 251 + ".csv", "a\nb.csv"])
def test_any_name_can_be_claimed(folder, name):
    folder.drop(name=name)
    (record,) = folder.claim_all()
    assert folder.left() == []
    assert record.name.isprintable()


class SimFolder:
    """A claimer on a simulated disk; its ledger is real, and durable whenever it says so."""

    def __init__(self, root, seed):
        self.inbox, self.spool, self.filed = root / "in", root / "state/spool", root / "state/done"
        self.root = root
        self.ticks = itertools.count()
        self.files = SimFiles(Random(seed), clock=lambda: next(self.ticks))
        self.files.make_folders(self.inbox)
        self.ledger = Ledger.open(root / "ledger.db", secret=b"s" * 32)

    def run(self, crash=None):
        """One process: sweeps, claims what lies there, files it away; ended before its act number `crash`."""

        def on_act(name, path):
            if disk.acts == crash:
                raise Crashed

        disk = self.files.start(on_act)
        claimer = Claimer(self.inbox, self.spool, self.ledger, disk=disk)
        filing = Filing(self.spool, self.filed, self.root / "state/held", disk)
        with suppress(Crashed):
            claimer.sweep()
            for file in look_at(self.inbox, disk).files:
                claimer.claim(file)
            for drop in self.ledger.open_drops():
                filing.file_all_done([drop])
            return True
        return False


def test_a_file_that_the_ledger_refused_comes_back_as_soon_as_its_folder_may_be_written(tmp_path, monkeypatch):
    sim = SimFolder(tmp_path, 0)
    inbox = sim.files.mount(sim.inbox)
    sim.files.put(sim.inbox / "a.csv", b"order_id\n4711\n")
    claimer = Claimer(sim.inbox, sim.spool, sim.ledger, disk=sim.files.start())

    def refuse(claimed):
        inbox.read_only = True
        raise RetryLater("the ledger is busy with another command")

    with monkeypatch.context() as patch:
        patch.setattr(sim.ledger, "take_drops", refuse)
        (file,) = look_at(sim.inbox, claimer.disk).files
        with pytest.raises(RetryLater):
            claimer.claim(file)
    claimer.decide()
    assert list(sim.files.tree(sim.inbox)) != ["a.csv"]
    inbox.read_only = False
    claimer.decide()
    assert list(sim.files.tree(sim.inbox)) == ["a.csv"]
    (file,) = look_at(sim.inbox, claimer.disk).files
    assert claimer.claim(file) is not None


@pytest.mark.parametrize("power", [False, True], ids=["killed", "power cut"])
def test_a_drop_is_one_drop_wherever_its_way_is_cut(tmp_path, power):
    """Before each act there is, with what a power cut leaves drawn anew each time."""
    data = b"order_id\n4711\n" * 100
    for crash in itertools.count(1):
        place = SimFolder(tmp_path / str(crash), crash)
        place.files.put(place.inbox / "a.csv", data)
        finished = place.run(crash)
        if power:
            place.files.power_cut()
        assert place.run()
        if power:
            place.files.power_cut()  # what is on record stays so
            assert place.run()
        assert len(place.ledger.open_drops()) == 1, crash
        (drop,) = place.ledger.open_drops()
        assert place.files.tree(place.inbox) == {}, crash
        assert place.files.tree(place.root / "state") == {f"done/{drop.accepted_at.date()}/{drop.id}__a.csv": data}, (
            crash
        )
        place.ledger.close()
        if finished:
            break
    assert crash > 25


# filing


def test_finished_drops_are_filed_by_day_and_found_again(folder):
    folder.drop(name="-x y.csv")
    (record,) = folder.claim_all()
    state = folder.root / "state"
    filing = Filing(state / "spool", state / "done", state / "held")
    assert filing.find(record) == state / "spool" / f"{record.id}.csv"
    (path,) = filing.file_all_done([record])
    assert path.parent == state / "done" / record.accepted_at.date().isoformat()
    assert path.name == f"{record.id}__x-y.csv"
    assert path.stat().st_mode & 0o777 == 0o600
    assert filing.find(record) == path
    assert filing.file_all_done([record]) == (path,)
    assert filing.file_held(record).parent.parent == state / "held"
    path = filing.find(record)
    path.unlink()
    assert filing.find(record) is None


def test_output_inside_the_inbox_is_refused(tmp_path):
    watched = {"hotfolder.inbox": tmp_path / "in"}
    refuse_overlap(watched, {"trays": tmp_path / "out", "results": tmp_path / "in2"})
    for other in (tmp_path / "in", tmp_path / "in/out", tmp_path / "x/../in/y"):
        with pytest.raises(WorkspaceError, match=r"^trays: .* lies inside .*, which is hotfolder\.inbox; hint: "):
            refuse_overlap(watched, {"trays": other})
    with pytest.raises(WorkspaceError, match=r"^hotfolder\.inbox: "):
        refuse_overlap(watched, {"trays": tmp_path})


def test_hot_folders_inside_one_another_are_refused(tmp_path):
    (tmp_path / "in/sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "in/sub")
    one = {"hotfolder.inbox": tmp_path / "in"}
    refuse_overlap({**one, "folders.b": tmp_path / "b"}, {})
    for other in ("in", "in/sub", "link", "."):
        with pytest.raises(WorkspaceError):
            refuse_overlap({**one, "folders.b": tmp_path / other}, {})


# watching


def test_a_file_wakes_the_loop(tmp_path):
    woken = threading.Event()
    watcher = Watcher(tmp_path, woken.set)
    assert watcher.start() == ""
    (tmp_path / "a.csv").write_text("x")
    assert woken.wait(10)
    assert not watcher.is_stale()
    watcher.stop()


def test_a_folder_without_events_is_scanned_and_said_so(tmp_path):
    watcher = Watcher(tmp_path / "missing", lambda: None)
    told = watcher.start()
    assert told == f"no events from {tmp_path / 'missing'} (no such file or directory); it is scanned instead"
    assert watcher.is_stale()
    watcher.stop()


def test_a_folder_that_was_replaced_is_noticed(tmp_path):
    inbox = tmp_path / "in"
    inbox.mkdir()
    watcher = Watcher(inbox, lambda: None)
    watcher.start()
    inbox.rename(tmp_path / "old")
    inbox.mkdir()
    assert watcher.is_stale()
    watcher.stop()
