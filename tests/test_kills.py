"""Real processes over real files: killed at named points and at random moments, starved of disk and ledger, frozen.

The checker of the simulator says what came of it. Threads, SQLite's files and sockets are the real ones here.
"""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from pathlib import Path
from random import Random

import pytest
from checker import check
from kill_kit import Nursery, Shop, until
from thorough_kit import THOROUGH

from packslip.engine.reprint import is_running

KILLS = 1000 if THOROUGH else 12
FILES = 20_000 if THOROUGH else 300
LOCKED_S = 12.0 if THOROUGH else 2.0
SUFFERED_S = 0.5  #: what a line has to go on for with a disk that is full

ROWS = (
    ("A1", 1, "x", "tray"),
    ("A1", 2, "y", "ipp"),
    ("A2", 1, "x", "raw"),
    ("A3", 1, "hold", "tray"),
    ("A4", 1, "x", "ipp"),
    ("A5", 1, "x", "tray"),
)

POINTS = [
    "claim.copied",
    "claim.spooled",
    "claim.recorded",
    "line.accepted:2",
    "line.stored:2",
    "line.ready:3",
    "dispatch.staged",
    "dispatch.staged:2",
    "dispatch.staged:3",
    "dispatch.intended",
    "dispatch.intended:2",
    "dispatch.intended:3",
    "dispatch.renamed",
    "dispatch.delivered",
    "dispatch.delivered:2",
    "dispatch.delivered:3",
    "dispatch.concluded",
    "dispatch.concluded:2",
    "drop.answered",
    "drop.filed",
    "drop.closed",
]


@pytest.fixture(scope="module")
def nursery():
    made = Nursery()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _no_life_is_left(nursery):
    yield
    nursery.stop()


@pytest.fixture
def shop(tmp_path):
    with contextlib.closing(Shop(tmp_path / "shop")) as made:
        yield made


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_point_and_started_again(nursery, shop, point):
    shop.drop("a.csv", *ROWS)
    assert nursery.run(shop.workspace, crash_at=point) == -signal.SIGKILL
    assert nursery.run(shop.workspace) == 0
    assert check(shop.ended()) == []


def test_killed_at_random_moments_again_and_again(nursery, shop):
    """The moments differ from run to run; what holds does not depend on them.

    They lie within a whole life as it was lived here just now. A life that ends before its moment halves those of the
    lives to come, so that no machine is too fast to be caught.
    """
    random, killed = Random(5), 0
    assert nursery.run(shop.workspace) == 0  # makes the ledger
    drop_some(shop, "first")
    begun = time.perf_counter()
    assert nursery.run(shop.workspace) == 0
    latest = time.perf_counter() - begun
    for number in range(KILLS):
        drop_some(shop, f"f{number}")
        if nursery.start(shop.workspace).kill_after(random.uniform(0.0, latest)) == -signal.SIGKILL:
            killed += 1
        else:
            latest /= 2
    assert nursery.run(shop.workspace) == 0
    assert check(shop.ended()) == []
    assert killed >= KILLS / 2


def drop_some(shop, name):
    shop.drop(f"{name}.csv", *((f"O-{name}", place, "x", printer) for place, printer in RANDOM_ROWS))


RANDOM_ROWS = ((1, "tray"), (2, "ipp"), (3, "raw"))


def test_killed_while_the_printer_s_replies_are_dropped(nursery, shop):
    shop.drop("a.csv", *((f"O{number}", 1, "x", "ipp") for number in range(6)))
    shop.ipp.replies_to_drop = 3
    life = nursery.start(shop.workspace, once=False)
    until(lambda: shop.ipp.replies_to_drop == 0)
    life.signal(signal.SIGKILL)
    assert life.wait() == -signal.SIGKILL
    shop.ipp.replies_to_drop = 2
    assert nursery.run(shop.workspace) == 0
    assert check(shop.ended()) == []


# starvation


def test_a_ledger_that_somebody_keeps_locked_is_waited_for(nursery, shop):
    assert nursery.run(shop.workspace) == 0  # makes the ledger
    life = nursery.start(shop.workspace, once=False)
    until(lambda: is_running(shop.workspace))
    with contextlib.closing(sqlite3.connect(shop.workspace.ledger, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        shop.drop("a.csv", *ROWS)
        threading.Event().wait(LOCKED_S)
        other.execute("ROLLBACK")
    until(lambda: len(answers(shop)) == 1)
    life.signal(signal.SIGTERM)
    assert life.wait() == 0
    assert nursery.run(shop.workspace) == 0
    assert check(shop.ended(crashed=False)) == []


def test_a_ledger_that_may_not_grow_loses_nothing(nursery, shop):
    """`RLIMIT_FSIZE` stands for a full disk: every write past it fails."""
    assert nursery.run(shop.workspace) == 0
    size = shop.workspace.ledger.stat().st_size
    for number in range(12):
        shop.drop(f"f{number}.csv", *((f"O{number}", place, "x", "tray") for place in (1, 2, 3)))
    most = size + 8192
    life = nursery.start(shop.workspace, most_bytes=most, once=False)
    until(lambda: shop.workspace.ledger.stat().st_size == most)
    assert life.kill_after(SUFFERED_S) == -signal.SIGKILL
    assert shop.workspace.ledger.stat().st_size == most
    assert nursery.run(shop.workspace) == 0
    assert check(shop.ended(starved=True)) == []


@pytest.fixture
def tiny():
    """Mounts small file systems."""
    mounted: list[Path] = []

    def mount(folder: Path, options: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
        if os.geteuid() != 0 or not shutil.which("mount"):
            pytest.skip("needs root, to mount a file system of a few kilobytes")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"a file system of a few kilobytes cannot be mounted here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield mount
    for folder in reversed(mounted):
        subprocess.run(["umount", "-l", str(folder)], check=False)


def answers(shop):
    return list((shop.workspace.root / "hotfolder/results").rglob("*.csv"))


def remount(folder, options):
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def die_of_hunger(nursery, shop, folder, *, left=0):
    """A life that fills a disk but for so many bytes, goes on without room, and is killed."""
    life = nursery.start(shop.workspace, once=False)
    until(lambda: shutil.disk_usage(folder).free <= left)
    assert life.kill_after(SUFFERED_S) == -signal.SIGKILL


@pytest.mark.parametrize("where", ["hotfolder/out", ".packslip/documents", "hotfolder/results"])
def test_a_disk_that_is_full_loses_nothing(nursery, shop, tiny, where):
    folder = tiny(shop.workspace.root / where, "size=16k")
    for number in range(6):
        shop.drop(f"f{number}.csv", *((f"O{number}", place, "x", "tray") for place in (1, 2, 3)))
    die_of_hunger(nursery, shop, folder)
    remount(folder, "size=4m")
    assert nursery.run(shop.workspace) == 0
    assert check(shop.ended(starved=True)) == []


def test_a_machine_whose_only_disk_is_full_loses_nothing(nursery, tiny, tmp_path):
    disk = tiny(tmp_path / "disk", "size=4m")
    with contextlib.closing(Shop(disk / "shop")) as shop:
        assert nursery.run(shop.workspace) == 0
        for number in range(6):
            shop.drop(f"f{number}.csv", *((f"O{number}", place, "x", "tray") for place in (1, 2, 3)))
        used = shutil.disk_usage(disk).used
        remount(disk, f"size={used // 1024 + 72}k")
        die_of_hunger(nursery, shop, disk, left=40_000)  # SQLite takes 32 KiB at a time
        remount(disk, "size=8m")
        assert nursery.run(shop.workspace) == 0
        assert check(shop.ended(starved=True)) == []


def test_a_tray_that_may_not_be_written_is_waited_for(nursery, shop, tiny):
    trays = tiny(shop.workspace.root / "hotfolder/out", "size=4m")
    life = nursery.start(shop.workspace, once=False)
    until(lambda: is_running(shop.workspace))
    remount(trays, "ro")
    shop.drop("a.csv", *ROWS)
    until(lambda: len(answers(shop)) == 1)
    remount(trays, "rw")
    until(lambda: len(list((trays / "tray").glob("*.pdf"))) == 2)
    life.signal(signal.SIGTERM)
    assert life.wait() == 0
    assert nursery.run(shop.workspace) == 0
    assert check(shop.ended(starved=True)) == []


def test_a_ledger_that_may_not_be_written_is_told_and_loses_nothing(nursery, tiny, tmp_path):
    disk = tiny(tmp_path / "disk", "size=8m")
    with contextlib.closing(Shop(disk / "shop")) as shop:
        assert nursery.run(shop.workspace) == 0
        shop.drop("a.csv", *ROWS)
        remount(disk, "ro")
        assert nursery.run(shop.workspace) == 4
        remount(disk, "rw")
        assert nursery.run(shop.workspace) == 0
        assert check(shop.ended()) == []


def test_a_watcher_that_is_frozen_while_files_arrive_finds_them_all(nursery, shop):
    life = nursery.start(shop.workspace, once=False)
    until(lambda: is_running(shop.workspace))
    life.signal(signal.SIGSTOP)
    for number in range(FILES):
        shop.drop(f"f{number}.csv", (f"O{number}", 1, "x", "tray"))
    life.signal(signal.SIGCONT)
    until(lambda: len(answers(shop)) == FILES, patience_s=1800 if THOROUGH else 90)
    life.signal(signal.SIGTERM)
    assert life.wait() == 0
    assert nursery.run(shop.workspace) == 0
    assert check(shop.ended(crashed=False)) == []
