import functools
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from packslip.engine.pool import Pool, WorkerBugError, WorkerKilled
from packslip.errors import HoldOrder, LayoutError, WorkspaceError

MB = 1024 * 1024


def make_task(scale):
    def task(request):
        match request:
            case ("times", number):
                return number * scale
            case ("pid",):
                return os.getpid()
            case ("hang",):
                signal.pause()
            case ("die",):
                os.kill(os.getpid(), signal.SIGKILL)
            case ("die once", marker):
                if not Path(marker).exists():
                    Path(marker).touch()
                    os.kill(os.getpid(), signal.SIGKILL)
                return "survived"
            case ("eat", size):
                return len(b"x" * size)
            case ("hold",):
                raise LayoutError("no such box", hint="draw one")
            case ("bug", secret):
                raise KeyError(secret)
        return None

    return task


def broken_factory():
    raise LayoutError("fonts are missing")


def buggy_factory():
    raise ZeroDivisionError


def open_pool(count=1, deadline_s=60.0, memory_mb=1024, factory=None):
    return Pool(factory or functools.partial(make_task, 3), count=count, memory_mb=memory_mb, deadline_s=deadline_s)


def test_it_answers_and_keeps_its_workers():
    with open_pool() as pool:
        assert [pool(("times", number)) for number in range(4)] == [0, 3, 6, 9]
        assert pool(("pid",)) == pool(("pid",))


def test_threads_share_the_workers():
    with open_pool(count=2) as pool:
        answers = {}
        threads = [
            threading.Thread(target=lambda n=number: answers.__setitem__(n, pool(("times", n)))) for number in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == {number: number * 3 for number in range(20)}


def test_a_request_that_takes_too_long_is_killed_twice_and_held():
    with open_pool(deadline_s=0.2) as pool:
        before = pool(("pid",))
        with pytest.raises(WorkerKilled, match=r"twice: it took longer than 0\.2 s") as caught:
            pool(("hang",))
        assert isinstance(caught.value, HoldOrder)
        assert pool(("pid",)) != before
        assert pool(("times", 5)) == 15


def test_a_request_that_kills_is_tried_once_more(tmp_path):
    with open_pool() as pool:
        assert pool(("die once", str(tmp_path / "marker"))) == "survived"
        with pytest.raises(WorkerKilled, match="it ended"):
            pool(("die",))


def test_memory_is_limited():
    with open_pool(memory_mb=512) as pool:
        assert pool(("eat", 10 * MB)) == 10 * MB
        with pytest.raises(WorkerKilled, match="out of memory"):
            pool(("eat", 2000 * MB))
        assert pool(("times", 1)) == 3


def test_an_exception_with_a_fate_comes_back_whole_and_the_worker_lives():
    with open_pool() as pool:
        before = pool(("pid",))
        with pytest.raises(LayoutError) as caught:
            pool(("hold",))
        assert (caught.value.message, caught.value.hint) == ("no such box", "draw one")
        assert pool(("pid",)) == before


def test_a_bug_tells_where_and_never_what():
    with open_pool() as pool:
        with pytest.raises(WorkerBugError) as caught:
            pool(("bug", "Ada Lovelace"))
        assert "KeyError" in str(caught.value)
        assert "test_engine_pool.py" in str(caught.value)
        assert "Lovelace" not in str(caught.value)
        assert pool(("times", 2)) == 6


def test_a_factory_that_cannot_open_its_release_says_so():
    with open_pool(factory=broken_factory) as pool, pytest.raises(LayoutError, match="fonts are missing"):
        pool(("times", 1))
    with open_pool(factory=buggy_factory) as pool, pytest.raises(WorkspaceError, match=r"did not start.*ZeroDivision"):
        pool(("times", 1))


def test_workers_end_with_the_pool():
    pool = open_pool(count=2)
    pids = {pool(("pid",)) for _ in range(4)}
    pool.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_workers_end_when_their_parent_is_killed(tmp_path):
    program = f"""
import sys
sys.path[:0] = {[str(Path(__file__).parent), str(Path.cwd())]!r}
import functools, os, signal
from test_engine_pool import make_task
from packslip.engine.pool import Pool
pool = Pool(functools.partial(make_task, 3), count=1, memory_mb=1024, deadline_s=60)
print(pool(("pid",)), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    pid = int(done.stdout)
    until = time.monotonic() + 10
    while _is_alive(pid) and time.monotonic() < until:
        os.sched_yield()
    assert not _is_alive(pid)


def _is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
