"""Workers that a hostile file has taken over: whatever they say, the parent loses them and nothing else."""

import contextlib
import importlib
import json
import math
import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import hostile_kit
import pytest
from hostile_kit import MB, Asked, Told, speeches
from hypothesis import given
from hypothesis import strategies as st
from press_kit import make_slip, make_world, no_pictures
from pydantic import TypeAdapter, ValidationError

from packslip.engine import confining, decoding, examining, shadowing, wire
from packslip.engine import pool as pool_module
from packslip.engine import worker as worker_script
from packslip.engine.pool import Pool, Task, WorkerBugError, WorkerKilled
from packslip.engine.presses import is_sane
from packslip.errors import HoldOrder, LayoutError, RetryLater, WorkspaceError
from packslip.line.pressed import Looked, Pressed, Shadowed
from packslip.model import Alarm, Finding, PageBox, Where, error
from packslip.pictures.recipe import Decoded
from packslip.preflight.foreign import Fault, Report
from packslip.press import press

GARBAGE = "it answered what is no answer"


def hostile(deadline_s=20.0, opener="open_hostile", tries=2, **more):
    task = Task(module=hostile_kit.__name__, opener=opener, request=Asked, answer=Told, **more)
    return Pool(task, count=1, memory_mb=1024, deadline_s=deadline_s, tries=tries)


@pytest.fixture(scope="module")
def pool():
    with hostile(tries=1) as opened:
        yield opened


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pid):
    until = time.monotonic() + 20
    while is_alive(pid) and time.monotonic() < until:
        os.sched_yield()
    assert not is_alive(pid)


@pytest.mark.parametrize("deed", speeches())
def test_a_worker_that_answers_garbage_is_lost_and_replaced(pool, tmp_path, deed):
    before = pool(Asked(deed="answer")).pid
    marker = tmp_path / "unpickled"
    with pytest.raises((WorkerKilled, WorkerBugError)) as caught:
        pool(Asked(deed=deed, text=str(marker)))
    assert getattr(caught.value, "reason", "") == GARBAGE
    assert not marker.exists()
    assert not is_alive(before)
    after = pool(Asked(deed="answer"))
    assert (after.pid != before, after.data) == (True, b"well")


def test_a_worker_that_answers_slowly_for_ever_is_lost_at_its_deadline():
    with hostile(deadline_s=1.0, tries=1) as pool:
        before = pool(Asked(deed="answer")).pid
        with pytest.raises(WorkerKilled, match="longer than 1 s"):
            pool(Asked(deed="dribble"))
        assert not is_alive(before)


def test_a_worker_that_hangs_up_and_lives_is_killed():
    with hostile() as pool:
        before = pool(Asked(deed="answer")).pid
        with pytest.raises(WorkerKilled, match="twice: it ended"):
            pool(Asked(deed="hang up and live"))
        assert not is_alive(before)


def test_an_answer_nobody_asked_for_is_never_taken_for_the_next():
    with hostile() as pool:
        first = pool(Asked(deed="answer twice")).pid
        second = pool(Asked(deed="answer"))
        assert (second.data, second.pid == first) == (b"well", False)
        assert not is_alive(first)


def test_a_worker_that_hears_nothing_cannot_keep_its_parent_waiting():
    with hostile(deadline_s=2.0) as pool:
        deaf = pool(Asked(deed="answer and go deaf")).pid
        assert pool(Asked(deed="answer", data=b"x" * 20 * MB)).data == b"well"
        assert not is_alive(deaf)


def test_what_a_worker_started_ends_with_it():
    with hostile(deadline_s=1.0) as pool:
        child = pool(Asked(deed="leave a child")).pid
        assert is_alive(child)
        assert pool(Asked(deed="answer")).data == b"well"
        wait_until_gone(child)


def test_a_worker_that_speaks_before_it_is_asked_does_not_start():
    with hostile(opener="open_garbled") as pool, pytest.raises(WorkspaceError, match=f"did not start: {GARBAGE}"):
        pool(Asked(deed="answer"))


def test_an_answer_of_the_right_type_is_believed_only_where_it_can_be_true():
    wanted = {"tries": 1, "is_sane": lambda _asked, told: told.data != b"well"}
    with hostile(**wanted) as pool, pytest.raises(WorkerKilled, match=GARBAGE):
        pool(Asked(deed="answer"))


def pressed_by(world, slip, **changes):
    document, findings = press(slip, world, no_pictures)
    return Pressed(document=replace(document, **changes), findings=findings)


def alarm(**changes):
    known = {"plate": "a" * 64, "layout": "card", "struck": b"1", "reference": b"2", "differences": ()}
    return Alarm(**known | changes)


def test_a_document_is_believed_only_with_a_digest_and_its_media(tmp_path):
    world, slip = make_world(tmp_path), make_slip()
    assert is_sane(world, slip, pressed_by(world, slip))
    assert is_sane(world, slip, Pressed(document=None, findings=()))
    for changes in ({"sha256": "../../../etc/cron.d/x"}, {"media": "a4"}):
        assert not is_sane(world, slip, pressed_by(world, slip, **changes)), changes


def test_an_alarm_is_believed_only_with_a_digest_and_its_layout():
    shadowed = Shadowed(slip=make_slip(), struck=b"1", held_for=frozenset())
    assert shadowing.is_sane(shadowed, Looked(alarm=None))
    assert shadowing.is_sane(shadowed, Looked(alarm=alarm()))
    for changes in ({"plate": "../" * 3}, {"plate": "A" * 64}, {"layout": "../x"}):
        assert not shadowing.is_sane(shadowed, Looked(alarm=alarm(**changes))), changes


@pytest.mark.parametrize("suffix", ["/../../x", "svg", ""])
def test_a_rendition_is_believed_only_with_a_suffix_that_renditions_have(suffix):
    """Its suffix becomes a part of a file name."""
    told = {"rendered": [{"data": b"x", "suffix": suffix}]}
    with contextlib.suppress(ValidationError):
        decoded = TypeAdapter(Decoded).validate_python(told)
        assert not decoding._is_sane(SimpleNamespace(recipes=[None]), decoded)


def test_a_fault_of_a_file_is_believed_only_where_there_is_such_a_rule():
    assert examining._is_sane(None, Report(faults=(Fault(code="pdf.broken", message=""),)))
    assert not examining._is_sane(None, Report(faults=(Fault(code="pdf.invented", message=""),)))


def test_what_pools_name_is_there():
    """Tasks go to workers by name, which no type checker reads."""
    source = "".join(path.read_text(encoding="utf-8") for path in Path(pool_module.__file__).parent.glob("*.py"))
    named = re.findall(r'"(packslip(?:\.\w+)+)"(?:,\s*|,\s*opener=)"(\w+)"', source)
    assert len(named) >= 5
    for module, name in named:
        assert callable(getattr(importlib.import_module(module), name))


def test_a_worker_is_confined(tmp_path):
    with hostile(tries=1) as pool:
        wanted = "CORE FSIZE NOFILE AS CPU"
        core, size, files, memory, cpu, privileges = json.loads(pool(Asked(deed="limits", text=wanted)).data)
        assert (core, size, files, memory, privileges) == (0, 0, 256, 1024 * MB, 1)
        assert 30 <= cpu < 60


@pytest.mark.skipif(confining.landlock_version() < 1, reason="this kernel cannot forbid a process anything")
def test_a_worker_reaches_nothing(tmp_path):
    """As far as the kernel can; what it reads is not kept from it."""
    (tmp_path / "there").write_bytes(b"kept")
    with socket.create_server(("127.0.0.1", 0)) as server, hostile(tries=1) as pool:
        (tmp_path / "port").write_text(str(server.getsockname()[1]))
        done = set(json.loads(pool(Asked(deed="reach", text=str(tmp_path))).data))
    since = {"truncate": 3, "connect": 4, "listen": 4, "signal": 6}
    able = {name for name, version in since.items() if confining.landlock_version() < version}
    assert done <= able
    assert sorted(path.name for path in tmp_path.iterdir()) == ["port", "there"]
    if not able:
        assert (tmp_path / "there").read_bytes() == b"kept"


def test_a_worker_that_spins_is_ended_by_the_system_where_nobody_watches_it():
    here, there = socket.socketpair()
    setup = wire.Setup(
        opener="hostile_kit:open_hostile",
        arguments=(),
        request="hostile_kit:Asked",
        answer="hostile_kit:Told",
        memory_mb=1024,
        start_s=60,
        deadline_s=-confining.SPARE_S,  # what it has computed so far is all it may
        path=tuple(sys.path),
    )
    child = subprocess.Popen(
        [sys.executable, "-P", worker_script.__file__, str(there.fileno())],
        pass_fds=(there.fileno(),),
        stdin=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(setup.path)},
    )
    there.close()
    with here, child.stdin:
        child.stdin.write(TypeAdapter(wire.Setup).dump_json(setup) + b"\n")
        child.stdin.flush()
        assert wire.receive(here).word == "ready"
        wire.send(here, wire.pack(1, "ask", Asked(deed="spin"), TypeAdapter(Asked)))
        assert child.wait(60) == -signal.SIGXCPU


@pytest.mark.parametrize(
    "fault", [LayoutError("a", hint="b"), HoldOrder("c"), RetryLater("d", hint="e"), WorkerKilled("f", 2)]
)
def test_an_exception_keeps_its_fate_and_words(fault):
    words = json.loads(json.dumps(wire.fault_words(fault)))
    again = wire.fault_of(words)
    assert isinstance(fault, type(again))
    assert (again.fate, again.message, again.hint) == (fault.fate, fault.message, fault.hint)


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.binary(max_size=40)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


def through(frame_bytes):
    here, there = socket.socketpair()
    with here, there:
        wire.send(there, frame_bytes)
        there.shutdown(socket.SHUT_WR)
        return wire.receive(here, time.monotonic() + 20)


@given(plain, st.integers(0, 2**31))
def test_what_is_plain_comes_back_whole(value, number):
    message = through(wire.pack(number, "answer", value))
    assert (message.number, message.word, message.value) == (number, "answer", value)


@given(plain, st.data())
def test_a_frame_cut_or_changed_anywhere_is_a_message_or_no_message(value, data):
    whole = wire.pack(1, "answer", value)
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[at] ^= data.draw(st.integers(1, 255))
    for sent in (whole[:at], bytes(changed)):
        with contextlib.suppress(EOFError, wire.GarbageError):
            assert isinstance(through(sent), wire.Message)


@given(st.binary(max_size=300))
def test_whatever_comes_is_a_message_or_no_message(data):
    with contextlib.suppress(EOFError, wire.GarbageError):
        assert isinstance(through(data), wire.Message)


def test_dataclasses_travel_by_their_fields():
    @dataclass(frozen=True, slots=True)
    class Held:
        box: PageBox
        found: tuple[Finding, ...]
        day: date
        at: Path
        some: frozenset[str]

    held = Held(
        PageBox(width=1.5, height=2.0), (error("a", Where(line=3), "b"),), date(2026, 2, 3), Path("x"), frozenset("y")
    )
    kind = TypeAdapter(Held)
    assert kind.validate_python(through(wire.pack(1, "answer", held, kind)).value) == held


@pytest.mark.parametrize("value", [math.inf, math.nan, object(), {1, 2}])
def test_what_cannot_travel_is_our_own_bug(value):
    with pytest.raises((TypeError, ValueError)):
        wire.pack(1, "answer", value)


def test_nothing_is_pickled_anywhere_in_the_product():
    root = Path(wire.__file__).parents[1]
    named = [path for path in root.rglob("*.py") if "pickle" in path.read_text(encoding="utf-8")]
    assert named == []
