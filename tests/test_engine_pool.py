import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from packslip.engine.pool import Pool, Task, WorkerBugError, WorkerKilled
from packslip.errors import HoldOrder, LayoutError, WorkspaceError

MB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the task of these tests is asked."""

    deed: str
    number: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What it answers."""

    number: int = 0
    text: str = ""
    data: bytes = b""


def make_task(scale: int):
    learnt = Counter()

    def task(asked):
        match asked.deed:
            case "learn" | "learn and die":
                learnt[asked.number] += 1
                if asked.deed == "learn and die" and not is_marked(asked.text):
                    mark(asked.text)
                elif asked.deed == "learn and die":
                    os.kill(os.getpid(), signal.SIGKILL)
                return Told(number=os.getpid(), text="a lesson")
            case "learnt":
                return Told(number=learnt[asked.number], text=str(os.getpid()))
            case "nap":
                time.sleep(asked.number)
                return Told(number=os.getpid())
            case "times":
                return Told(number=asked.number * scale)
            case "pid":
                return Told(number=os.getpid())
            case "hang":
                signal.pause()
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "die once":
                if not is_marked(asked.text):
                    mark(asked.text)
                    os.kill(os.getpid(), signal.SIGKILL)
                return Told(text="survived")
            case "eat":
                return Told(number=len(b"x" * asked.number))
            case "hold":
                raise LayoutError("no such box", hint="draw one")
            case "bug":
                raise KeyError(asked.text)
        return Told()

    return task


def mark(path):
    """Leave a mark; a worker writes and makes no file, so it is on one that is there."""
    os.utime(path, (1, 1))


def is_marked(path):
    return Path(path).stat().st_mtime == 1


def broken_factory():
    raise LayoutError("fonts are missing")


def buggy_factory():
    raise ZeroDivisionError


def ask(deed, number=0, text=""):
    return Asked(deed=deed, number=number, text=text)


def pid_of(pool):
    return pool(ask("pid")).number


def open_pool(count=1, deadline_s=60.0, memory_mb=1024, opener="make_task", arguments=("3",), **more):
    task = Task(module=__name__, opener=opener, arguments=arguments, request=Asked, answer=Told, **more)
    return Pool(task, count=count, memory_mb=memory_mb, deadline_s=deadline_s)


def test_it_answers_and_keeps_its_workers():
    with open_pool() as pool:
        assert [pool(ask("times", number)).number for number in range(4)] == [0, 3, 6, 9]
        assert pid_of(pool) == pid_of(pool)


def test_threads_share_the_workers():
    with open_pool(count=2) as pool:
        answers = {}
        threads = [
            threading.Thread(target=lambda n=number: answers.__setitem__(n, pool(ask("times", n)).number))
            for number in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == {number: number * 3 for number in range(20)}


def teaches(told):
    return told.text == "a lesson"


def learnt_by_all(pool, number, count):
    """How often each worker has done a lesson, once so many have."""
    found = {}
    until = time.monotonic() + 60
    while sum(map(bool, found.values())) < count and time.monotonic() < until:
        told = pool(ask("learnt", number))
        found[told.text] = told.number
    return found


def test_what_one_worker_has_learnt_the_others_learn_once_each_when_they_have_time():
    with open_pool(count=3, teaches=teaches) as pool:
        for number in (1, 2):
            pool(ask("learn", number))
        for number in (1, 2):
            assert list(learnt_by_all(pool, number, 3).values()) == [1, 1, 1]
        assert list(learnt_by_all(pool, 3, 0).values()) == []


def test_nobody_waits_because_a_worker_learns():
    """Of two workers one naps, the other has learnt; so the lesson waits until both are idle."""
    with open_pool(count=2, teaches=teaches) as pool, ThreadPoolExecutor(1) as threads:
        both = {pid_of(pool) for _ in range(20)}
        nap = threads.submit(pool, ask("nap", 2))
        time.sleep(0.2)
        learnt = pool(ask("learn", 1)).number
        began = time.monotonic()
        assert pool(ask("times", 5)).number == 15
        assert time.monotonic() - began < 1
        assert nap.result().number != learnt
        assert len(both) == 2
        assert list(learnt_by_all(pool, 1, 2).values()) == [1, 1]


def test_a_worker_that_dies_of_a_lesson_is_replaced(tmp_path):
    (tmp_path / "marker").touch()
    with open_pool(count=2, teaches=teaches) as pool, ThreadPoolExecutor(2) as threads:

        def at_work() -> set[int]:
            """Both workers: while one naps, the other is asked."""
            return {nap.number for nap in threads.map(pool, [ask("nap", 1)] * 2)}

        until = time.monotonic() + 60
        seen: set[int] = set()
        while len(seen) < 2 and time.monotonic() < until:  # one may still be starting
            seen |= at_work()
        assert len(seen) == 2
        pool(ask("learn and die", 1, str(tmp_path / "marker")))
        while len(seen) < 3 and time.monotonic() < until:
            time.sleep(0.5)  # a lesson is learnt while nobody asks
            seen |= at_work()
        assert pool(ask("times", 5)).number == 15
        assert len(seen) == 3


def test_a_request_that_takes_too_long_is_killed_twice_and_held():
    with open_pool(deadline_s=0.2) as pool:
        before = pid_of(pool)
        with pytest.raises(WorkerKilled, match=r"twice: it took longer than 0\.2 s") as caught:
            pool(ask("hang"))
        assert isinstance(caught.value, HoldOrder)
        assert pid_of(pool) != before
        assert pool(ask("times", 5)).number == 15


def test_a_request_that_kills_is_tried_once_more(tmp_path):
    (tmp_path / "marker").touch()
    with open_pool() as pool:
        assert pool(ask("die once", text=str(tmp_path / "marker"))).text == "survived"
        with pytest.raises(WorkerKilled, match="it ended"):
            pool(ask("die"))


def test_memory_is_limited():
    with open_pool(memory_mb=512) as pool:
        assert pool(ask("eat", 10 * MB)).number == 10 * MB
        with pytest.raises(WorkerKilled, match="out of memory"):
            pool(ask("eat", 2000 * MB))
        assert pool(ask("times", 1)).number == 3


def test_an_exception_with_a_fate_comes_back_whole_and_the_worker_lives():
    with open_pool() as pool:
        before = pid_of(pool)
        with pytest.raises(LayoutError) as caught:
            pool(ask("hold"))
        assert (caught.value.message, caught.value.hint) == ("no such box", "draw one")
        assert pid_of(pool) == before


def test_a_bug_tells_where_and_never_what():
    with open_pool() as pool:
        with pytest.raises(WorkerBugError) as caught:
            pool(ask("bug", text="Ada Lovelace"))
        assert "KeyError" in str(caught.value)
        assert "test_engine_pool.py" in str(caught.value)
        assert "Lovelace" not in str(caught.value)
        assert pool(ask("times", 2)).number == 6


def test_a_factory_that_cannot_open_its_release_says_so():
    with (
        open_pool(opener="broken_factory", arguments=()) as pool,
        pytest.raises(LayoutError, match="fonts are missing"),
    ):
        pool(ask("times", 1))
    with (
        open_pool(opener="buggy_factory", arguments=()) as pool,
        pytest.raises(WorkspaceError, match=r"did not start.*ZeroDivision"),
    ):
        pool(ask("times", 1))


def test_workers_end_with_the_pool():
    pool = open_pool(count=2)
    pids = {pid_of(pool) for _ in range(4)}
    pool.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_workers_end_when_their_parent_is_killed(tmp_path):
    program = f"""
import sys
sys.path[:0] = {[str(Path(__file__).parent), str(Path.cwd())]!r}
import os, signal
from test_engine_pool import open_pool, pid_of
print(pid_of(open_pool()), flush=True)
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
