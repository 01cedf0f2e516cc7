"""The soak's own honesty: its drops are whole orders, its watch sees what appears, and its judge is not blind."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from packslip.library.catalogue import load_catalogue

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _benchmarks_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY))


def test_a_staged_drop_holds_whole_orders_and_names_come_only_once(tmp_path: Path) -> None:
    from benchmarks.soak.drops import stage_drops

    products = load_catalogue(REPOSITORY / "catalogue")[0].products
    staged = stage_drops(products, tmp_path, first=5, count=23, seed=1, variety=4, per_file=10)
    assert [len(drop.slips) for drop in staged] == [10, 10, 3]
    slips = [slip for drop in staged for slip in drop.slips]
    assert len(set(slips)) == 23
    for drop in staged:
        ids = [line.split(",")[0] for line in drop.path.read_text("utf-8").splitlines()[1:] if line]
        assert {slip.rpartition("-")[0] for slip in drop.slips} <= set(ids)


def test_the_watch_tells_when_a_document_appears_and_the_judge_what_is_wrong(tmp_path: Path) -> None:
    from benchmarks.soak.trays import TrayWatch, judge

    tray = tmp_path / "bench"
    watch = TrayWatch([tray])
    (tray / ".staging").mkdir()
    for name in ("A-1-00000001.pdf", "A-1-00000002.pdf", "B-2-1-0000000a.pdf", "Z-1-00000003.pdf"):
        staged = tray / ".staging" / name
        staged.write_bytes(b"x")
        staged.rename(tray / name)
    deadline = time.monotonic() + 20
    while len(watch.seen) < 3 and time.monotonic() < deadline:
        pass
    watch.close()
    assert set(watch.seen) == {"A-1", "B-2-1", "Z-1"}
    judged = judge(dict.fromkeys(("A-1", "B-2-1", "C-1"), 0.0), watch.scan())
    assert judged == {"once": 1, "lost": 1, "doubled": 1, "unknown": 1}


def test_one_file_dropped_into_a_real_line_comes_out_exactly_once() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.soak", "--load", "file:5", "--warm", "2", "--workers", "1"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    header, _, row = (line.strip("| ").split(" | ") for line in done.stdout.splitlines()[:3])
    found = dict(zip(header, row, strict=True))
    assert (found["load"], found["a file"], found["orders"]) == ("file", "5", "5")
    assert 0 < float(found["first ms"]) <= float(found["max ms"])
    assert float(found["MB parent"]) > 0
    assert float(found["MB children"]) > 0
    assert "'once': 7, 'lost': 0, 'doubled': 0, 'unknown': 0" in done.stdout
