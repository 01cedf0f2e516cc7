"""The simulated disk: it does what the real one does, and loses what a power cut may take and nothing else."""

import errno
import itertools
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sim_disk import Crashed, SimFiles

from packslip.disk import LOCAL, Disk
from packslip.files import make_folders, names_in, sweep_unfinished, write_atomic

ROOT = Path("/w")
FILE = ROOT / "a"

# the same acts on the real disk and on this one

PATHS = st.sampled_from(["a", "b", "d", "d/a", "d/b", "d/e", "d/e/a", "d/e/f", "link", "d/link", "pipe", "a/a", "no/a"])
NAMES = PATHS | st.sampled_from(["x" * 255, "x" * 256, "é" * 128])
SLOTS = st.integers(0, 2)
DATA = st.sampled_from([b"", b"x", b"0123456789" * 200])
ACTS = st.one_of(
    st.tuples(st.sampled_from(["scan", "open", "read", "sync_folder", "make_folders"]), PATHS),
    st.tuples(st.just("create"), NAMES),
    st.tuples(st.just("status"), NAMES, st.booleans()),
    st.tuples(st.just("rename"), NAMES, NAMES),
    st.tuples(st.just("unlink"), NAMES, st.booleans()),
    st.tuples(st.just("make_folder"), PATHS, st.sampled_from([0o700, 0o755, 0o777])),
    st.tuples(st.just("write_atomic"), PATHS, DATA, st.sampled_from([0o600, 0o644])),
    st.tuples(st.just("file_read"), SLOTS, st.sampled_from([1, 700, 5000])),
    st.tuples(st.just("file_write"), SLOTS, DATA),
    st.tuples(st.sampled_from(["file_status", "file_sync", "file_close"]), SLOTS),
    st.tuples(st.just("file_mode"), SLOTS, st.sampled_from([0o600, 0o640])),
)


class Hand:
    """Does acts on one disk and tells what came of each."""

    def __init__(self, disk: Disk, root: Path) -> None:
        self.disk, self.root, self.files = disk, root, []

    def do(self, act, *args):
        try:
            return getattr(self, act)(*args)
        except OSError as fault:
            return errno.errorcode[fault.errno], type(fault)

    def scan(self, path=""):
        return sorted((name, shown(status)) for name, status in self.disk.scan(self.root / path))

    def status(self, path, follow):
        return shown(self.disk.status(self.root / path, follow=follow))

    def read(self, path):
        status = self.disk.status(self.root / path)
        is_pipe = status is not None and stat.S_ISFIFO(status.st_mode)
        return None if is_pipe else self.disk.read(self.root / path)  # reading a pipe whole would wait

    def rename(self, old, new):
        self.disk.rename(self.root / old, self.root / new)

    def unlink(self, path, missing_ok):
        self.disk.unlink(self.root / path, missing_ok=missing_ok)

    def make_folder(self, path, mode):
        self.disk.make_folder(self.root / path, mode)

    def make_folders(self, path):
        make_folders(self.root / path, disk=self.disk)

    def sync_folder(self, path):
        self.disk.sync_folder(self.root / path)

    def write_atomic(self, path, data, mode):
        write_atomic(self.root / path, data, mode=mode, disk=self.disk)

    def open(self, path):
        self.files.append(self.disk.open(self.root / path))

    def create(self, path):
        self.files.append(self.disk.create(self.root / path))

    def file_status(self, slot):
        return shown(self.files[slot].status()) if slot < len(self.files) else None

    def file_read(self, slot, size):
        return self.files[slot].read(size) if slot < len(self.files) else None

    def file_write(self, slot, data):
        return self.files[slot].write(data) if slot < len(self.files) else None

    def file_mode(self, slot, mode):
        return self.files[slot].set_mode(mode) if slot < len(self.files) else None

    def file_sync(self, slot):
        if slot < len(self.files) and not stat.S_ISFIFO(self.files[slot].status().st_mode):
            self.files[slot].sync()

    def file_close(self, slot):
        return self.files.pop(slot).close() if slot < len(self.files) else None

    def walk(self, path=Path()):
        """Everything that can be seen."""
        for name, status in sorted(self.disk.scan(self.root / path)):
            yield str(path / name), shown(status), self.do("read", path / name)
            if stat.S_ISDIR(status.st_mode):
                yield from self.walk(path / name)


def shown(status):
    """What any two file systems agree on."""
    if status is None:
        return None
    size = (status.st_size, status.st_nlink) if stat.S_ISREG(status.st_mode) else ()
    mode = "" if stat.S_ISLNK(status.st_mode) else oct(stat.S_IMODE(status.st_mode))
    return stat.S_IFMT(status.st_mode), mode, *size


@settings(max_examples=150, deadline=None)
@given(st.lists(ACTS, max_size=40))
def test_every_act_does_what_it_does_on_the_real_disk(acts):
    before = os.umask(0o022)
    with tempfile.TemporaryDirectory() as folder:
        try:
            real = Hand(LOCAL, Path(folder).resolve())
            files = SimFiles(Random(0))
            files.make_folders(real.root)
            sim = Hand(files.start(), real.root)
            for name in ("pipe", "link"):
                files.make_special(real.root / name, stat.S_IFIFO if name == "pipe" else stat.S_IFLNK)
            os.mkfifo(real.root / "pipe", 0o600)
            (real.root / "link").symlink_to("nowhere")
            for act in acts:
                assert sim.do(*act) == real.do(*act), act
            assert list(sim.walk()) == list(real.walk())
        finally:
            os.umask(before)
            for file in real.files:
                file.close()


def test_a_rename_to_another_device_is_refused_as_the_kernel_does(tmp_path):
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second file system")
    files = SimFiles(Random(0))
    files.make_folders(tmp_path)
    files.mount(other)
    for disk in (LOCAL, files.start()):
        with pytest.raises(OSError, match="cross-device") as fault:
            disk.rename(tmp_path / "missing", other / "missing")
        assert fault.value.errno == errno.EXDEV


# what others do to the disk


def test_a_device_full_read_only_or_away_says_so_and_comes_back():
    files = SimFiles(Random(0))
    device = files.mount(ROOT)
    disk = files.start()
    files.put(FILE, b"0" * 600)
    device.capacity = 1000
    with pytest.raises(OSError, match="No space"):
        write_atomic(ROOT / "b", b"1" * 500, disk=disk)
    assert (files.tree(ROOT), device.used) == ({"a": b"0" * 600}, 600)
    device.read_only = True
    for act in (lambda: disk.create(ROOT / "b"), lambda: disk.unlink(FILE), lambda: disk.make_folder(ROOT / "d")):
        with pytest.raises(OSError, match="Read-only"):
            act()
    device.read_only = False
    opened = disk.open(FILE)
    for number in (errno.ESTALE, errno.EIO):
        device.away = number
        for act in (lambda: disk.scan(ROOT), lambda: disk.status(FILE), lambda: opened.read(1)):
            with pytest.raises(OSError, match=r".") as fault:
                act()
            assert fault.value.errno == number
    device.away = errno.ENOENT
    assert disk.status(FILE) is None
    device.away, device.is_unmounted = 0, True
    assert list(disk.scan(ROOT)) == []  # the empty folder beneath
    device.is_unmounted = False
    assert disk.read(FILE) == b"0" * 600


def test_a_hook_sees_every_act_and_can_fail_it():
    seen = []

    def broken(name, path):
        seen.append((name, path.name))
        if name == "file_sync":
            raise OSError(errno.EIO, "Input/output error")

    files = SimFiles(Random(0))
    files.put(FILE, b"old")
    disk = files.start(broken)
    with pytest.raises(OSError, match="Input/output"):
        write_atomic(FILE, b"new", disk=disk)
    fresh = f".{disk.process}-1.tmp"
    assert seen == [
        ("create", fresh),
        ("file_write", fresh),
        ("file_mode", fresh),
        ("file_sync", fresh),
        ("file_close", fresh),
        ("unlink", fresh),
    ]
    assert disk.acts == len(seen)
    assert files.tree(ROOT) == {"a": b"old"}


def test_the_dead_do_not_tidy_up_and_the_next_process_knows_what_they_left():
    files, disk = cut_at("rename", Random(0))
    assert files.tree(ROOT) == {"a": b"old", ".1-1.tmp": b"new"}
    for act in (lambda: disk.status(FILE), lambda: disk.unlink(FILE)):
        with pytest.raises(Crashed):
            act()
    running, other = files.start(), files.start()
    held = running.create(ROOT / running.unfinished_name())
    sweep_unfinished(ROOT, disk=other)
    assert names_in(ROOT, disk=other) == ("a", ".2-1.tmp")
    held.close()


def test_a_number_is_given_out_again_only_when_its_file_is_gone_for_good():
    files = SimFiles(Random(0))
    files.put(FILE, b"")
    number = files.hands.status(FILE).st_ino
    opened = files.hands.open(FILE)
    files.hands.unlink(FILE)
    files.put(ROOT / "b", b"")
    assert files.hands.status(ROOT / "b").st_ino != number == opened.status().st_ino
    opened.close()
    files.put(ROOT / "c", b"")
    assert files.hands.status(ROOT / "c").st_ino == number


def test_times_come_from_the_clock():
    ticks = itertools.count(1)
    files = SimFiles(Random(0), clock=lambda: next(ticks))
    files.put(FILE, b"x")
    before = files.hands.status(FILE)
    files.hands.rename(FILE, ROOT / "b")
    after = files.hands.status(ROOT / "b")
    assert after == before._replace(st_ctime_ns=after.st_ctime_ns)
    assert after.st_ctime_ns > before.st_ctime_ns > before.st_mtime_ns > 0


# power cuts


def cut_at(point, random, data=b"new"):
    """An atomic write over an old file, ended before an act."""

    def crash(name, _):
        if name == point:
            raise Crashed

    files = SimFiles(random)
    files.put(FILE, b"old")
    disk = files.start(crash)
    with suppress(Crashed):
        write_atomic(FILE, data, disk=disk)
    return files, disk


def outcomes(left, seeds=200):
    return {left(Random(seed)) for seed in range(seeds)}


def test_a_write_cut_short_anywhere_leaves_the_old_or_the_new():
    def left(point):
        def one(random):
            files, _ = cut_at(point, random)
            files.power_cut()
            return files.tree(ROOT)["a"]

        return outcomes(one)

    for point in ("create", "file_write", "file_mode", "file_sync", "file_close", "rename"):
        assert left(point) == {b"old"}, point
    assert left("sync_folder") == {b"old", b"new"}
    assert left("nowhere") == {b"new"}


def test_bytes_that_were_not_synced_may_be_lost_torn_or_kept():
    data = bytes(range(1, 256)) * 10

    def left(random):
        files = SimFiles(random)
        files.put(FILE, data, synced=False)
        files.hands.sync_folder(ROOT)
        files.power_cut()
        return files.tree(ROOT)["a"]

    found = outcomes(left)
    assert {b"", data} <= found
    assert any(0 < len(one) < len(data) and data.startswith(one) for one in found)
    assert any(len(one) == len(data) and bytes(512) in one for one in found)
    assert all(len(one) <= len(data) for one in found)


def test_a_name_that_was_not_synced_may_be_lost_but_its_bytes_are_whole():
    def left(random):
        files = SimFiles(random)
        files.make_folders(ROOT)
        file = files.hands.create(FILE)
        file.write(b"whole")
        file.sync()
        files.power_cut()
        return files.tree(ROOT).get("a")

    assert outcomes(left) == {None, b"whole"}


def test_a_file_in_a_folder_whose_name_was_not_synced_may_be_lost_with_it():
    def left(random, make):
        files = SimFiles(random)
        files.make_folders(ROOT)
        make(files.hands)
        write_atomic(ROOT / "d/e/a", b"x", disk=files.hands)
        files.power_cut()
        return tuple(files.tree(ROOT))

    def careless(disk):
        disk.make_folder(ROOT / "d")
        disk.make_folder(ROOT / "d/e")

    assert outcomes(lambda random: left(random, careless)) == {(), ("d/e/a",)}
    assert outcomes(lambda random: left(random, lambda _: None)) == {("d/e/a",)}  # `write_atomic` makes them with care


@pytest.mark.parametrize("synced", [None, "d", "e"])
def test_a_rename_is_one_step_on_disk_too(synced):
    def left(random):
        files = SimFiles(random)
        files.put(ROOT / "d/a", b"x")
        files.make_folders(ROOT / "e")
        files.hands.rename(ROOT / "d/a", ROOT / "e/b")
        if synced:
            files.hands.sync_folder(ROOT / synced)
        files.power_cut()
        return tuple(files.tree(ROOT))

    assert outcomes(left) == ({("e/b",)} if synced else {("d/a",), ("e/b",)})


def test_changes_of_names_reach_the_disk_in_any_order():
    def left(random):
        files = SimFiles(random)
        files.make_folders(ROOT)
        for name in "ab":
            files.put(ROOT / name, b"", synced=False)
        files.power_cut()
        return "".join(files.tree(ROOT))

    assert outcomes(left) == {"", "a", "b", "ab"}


@settings(max_examples=200, deadline=None)
@given(st.lists(ACTS, max_size=40), st.lists(st.integers(0, 4), max_size=40), st.randoms(use_true_random=False))
def test_what_is_synced_is_never_lost_whatever_comes_after(acts, kept, random):
    """Some files are written as they should be, and others come and go around them: in their folder, and in others."""
    ticks = itertools.count()
    files = SimFiles(random, clock=lambda: next(ticks))
    hand = Hand(files.start(), ROOT)
    files.make_folders(ROOT)
    promised = {}
    for act, number in itertools.zip_longest(acts, kept):
        if number is not None:
            path = ROOT / f"keep{number % 2}" / f"{number}"
            write_atomic(path, b"%d" % len(promised), disk=hand.disk)
            promised[path] = b"%d" % len(promised), hand.disk.status(path)
        if act is not None:
            hand.do(*act)
    for _ in range(2):
        files.power_cut()
        for path, (data, status) in promised.items():
            assert files.hands.read(path) == data
            assert files.hands.status(path) == status


@settings(max_examples=200, deadline=None)
@given(st.lists(ACTS, max_size=40), st.randoms(use_true_random=False))
def test_after_everything_is_synced_a_power_cut_changes_nothing(acts, random):
    ticks = itertools.count()
    files = SimFiles(random, clock=lambda: next(ticks))
    hand = Hand(files.start(), ROOT)
    files.make_folders(ROOT)
    for act in acts:
        hand.do(*act)
    files.sync()
    before = snapshot(files)
    for file in hand.files:
        file.close()
    files.power_cut()
    assert snapshot(files) == before
    assert files.device(ROOT).used == sum(map(len, files.tree(Path("/")).values()))


@settings(max_examples=100, deadline=None)
@given(st.lists(ACTS, max_size=40), st.integers(0, 2**32))
def test_one_seed_is_one_history(acts, seed):
    def run():
        files = SimFiles(Random(seed))
        files.make_folders(ROOT)
        hand = Hand(files.start(), ROOT)
        told = [hand.do(*act) for act in acts]
        files.power_cut()
        return told, snapshot(files)

    assert run() == run()


def snapshot(files, folder=ROOT):
    found = []
    for name, status in sorted(files.hands.scan(folder)):
        found.append((name, status, files.hands.read(folder / name) if stat.S_ISREG(status.st_mode) else b""))
        if stat.S_ISDIR(status.st_mode):
            found += snapshot(files, folder / name)
    return found
