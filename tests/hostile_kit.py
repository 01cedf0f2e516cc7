"""A task for workers that a hostile file has taken over. A worker imports this and no test, so that it starts soon."""

import json
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from packslip.engine import wire
from packslip.model import Finding

MB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    deed: str
    text: str = ""
    data: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    pid: int
    data: bytes = b""
    found: tuple[Finding, ...] = ()


class Payload:
    """What unpickling would run."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def frame(text, parts=b"", *, head=None, rest=None):
    """A frame whose lengths may lie."""
    data = text if isinstance(text, bytes) else json.dumps(text).encode()
    return wire._LENGTHS.pack(len(data) if head is None else head, len(parts) if rest is None else rest) + data + parts


def speeches(text="", number=1):
    """What a hostile worker writes instead of its answer."""
    sound = {"pid": 1, "data": {"\0part": 0}, "found": []}
    finding = {"severity": "error", "code": "x", "where": {}, "message": "y"}
    return {
        "noise": os.urandom(4096),
        "no json": frame(b"\xff{"),
        "a pickle": frame(pickle.dumps(Payload(text))),
        "a head too long": frame(b"", head=2**31),
        "parts too long": frame([[number, "answer", sound], [2**60]], rest=2**60),
        "more than its memory": frame([[number, "answer", sound], [1100 * MB]], rest=1100 * MB),
        "parts that overlap": frame([[number, "answer", sound], [3, 3]], b"abcd"),
        "parts left over": frame([[number, "answer", sound], [3]], b"abcd"),
        "a part of no length": frame([[number, "answer", sound], [-1, 5]], b"abcd"),
        "a part that is not there": frame([[number, "answer", sound], []]),
        "a part with more": frame([[number, "answer", {"pid": 1, "data": {"\0part": 0, "x": 1}}], [1]], b"a"),
        "another type": frame([[number, "answer", ["pid", 1]], []]),
        "no value": frame([[number, "answer", None], []]),
        "text for a number": frame([[number, "answer", {"pid": "many"}], []]),
        "an unknown severity": frame([[number, "answer", {"pid": 1, "found": [finding | {"severity": "!"}]}], []]),
        "half a letter": frame(b'[[%d,"answer",{"pid":1,"data":"\\ud800"}],[]]' % number),
        "a number without end": frame(b'[[%d,"answer",{"pid":1e999}],[]]' % number),
        "depth": frame(b"[" * 100_000 + b"]" * 100_000),
        "an unknown word": frame([[number, "run", sound], [1]], b"a"),
        "no word": frame([[number, ["answer"], sound], [1]], b"a"),
        "another's answer": frame([[number + 1, "answer", {"pid": 1}], []]),
        "an old fault": frame([[number - 1, "fault", ["HoldOrder", "x", ""]], []]),
        "an unknown fault": frame([[number, "fault", ["SystemExit", "x", ""]], []]),
        "a fault without end": frame([[number, "fault", ["HoldOrder", "x" * 100_000, ""]], []]),
        "a bug without a place": frame([[number, "bug", {"place": 1}], []]),
        "ready again": frame([[number, "ready", None], []]),
    }


def open_hostile():
    """A task that has hold of the line to its parent."""
    line = socket.socket(fileno=os.dup(int(sys.argv[1])))
    count = 0

    def task(asked):
        nonlocal count
        count += 1
        line.settimeout(None)
        match asked.deed:
            case "answer":
                return Told(pid=os.getpid(), data=b"well")
            case "dribble":
                for byte in frame([[count, "answer", {"pid": 1}], []]) * 1000:
                    line.sendall(bytes([byte]))
                    threading.Event().wait(0.05)
            case "hang up and live":
                line.shutdown(socket.SHUT_RDWR)
                signal.pause()
            case "answer twice":
                line.sendall(frame([[count, "answer", {"pid": os.getpid()}], []]))
            case "answer and go deaf":
                line.sendall(frame([[count, "answer", {"pid": os.getpid()}], []]))
                signal.pause()
            case "leave a child":
                if child := os.fork():
                    line.sendall(frame([[count, "answer", {"pid": child}], []]))
                signal.pause()
            case "spin":
                line.sendall(frame([[count, "answer", {"pid": os.getpid()}], []]))
                while True:
                    pass
            case "limits":
                limits = [resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[0] for name in asked.text.split()]
                privileges = Path("/proc/self/status").read_text(encoding="ascii").split("NoNewPrivs:\t")[1][:1]
                return Told(pid=os.getpid(), data=json.dumps([*limits, int(privileges)]).encode())
            case "reach":
                return Told(pid=os.getpid(), data=json.dumps([*reached(Path(asked.text))]).encode())
            case _:
                line.sendall(speeches(asked.text, count)[asked.deed])
        return Told(pid=os.getpid())

    return task


def reached(folder):
    """Which of these a worker can do."""
    there = str(folder / "there")
    deeds = {
        "write": lambda: Path(there).write_bytes(b"x"),
        "truncate": lambda: os.truncate(there, 0),
        "make": (folder / "fresh").touch,
        "make a folder": (folder / "folder").mkdir,
        "make a link": lambda: (folder / "link").symlink_to("x"),
        "make a pipe": lambda: os.mkfifo(folder / "pipe"),
        "rename": lambda: Path(there).rename(folder / "other"),
        "remove": Path(there).unlink,
        "start a program": lambda: subprocess.run(["/bin/true"], check=True),
        "signal": lambda: os.kill(os.getppid(), 0),
        "connect": lambda: socket.create_connection(("127.0.0.1", int((folder / "port").read_text())), timeout=5),
        "listen": lambda: socket.create_server(("127.0.0.1", 0)),
    }
    for name, act in deeds.items():
        try:
            act()
        except OSError:
            continue
        yield name


def open_garbled():
    """Speaks before it is asked."""
    socket.socket(fileno=os.dup(int(sys.argv[1]))).sendall(b"\0" * 100)
    return open_hostile()
