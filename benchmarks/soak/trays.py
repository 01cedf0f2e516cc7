"""The trays, watched from outside: when which document appeared, by the kernel's own events. Linux only.

Events say when; at the end a scan says what. Nothing of packslip is asked.
"""

import ctypes
import os
import re
import select
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

_MOVED_TO, _CLOSED, _OVERFLOW = 0x80, 0x08, 0x4000
_EVENT = struct.Struct("iIII")
_NAME = re.compile(r"(?P<slip>.+)-[0-9a-f]{8}\.\w+")
_QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")


class TrayWatch:
    """Notes the moment at which each document appears in one of some trays."""

    def __init__(self, trays: list[Path]) -> None:
        self._trays = trays
        libc = ctypes.CDLL(None, use_errno=True)
        self._events = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        for tray in trays:
            tray.mkdir(parents=True, exist_ok=True)
            if libc.inotify_add_watch(self._events, os.fsencode(tray), _MOVED_TO | _CLOSED) < 0:
                raise OSError(ctypes.get_errno(), f"no events from {tray}")
        self.seen: dict[str, float] = {}  #: beginning of its name → monotonic seconds
        self.lost = False  #: the kernel dropped events
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._ending.set()
        self._thread.join()
        os.close(self._events)

    def scan(self) -> dict[str, list[Path]]:
        """What lies in the trays now, by the beginning of its name."""
        found: dict[str, list[Path]] = {}
        for tray in self._trays:
            for path in tray.iterdir():
                if path.is_file():
                    found.setdefault(slip_of(path.name), []).append(path)
        return found

    def _work(self) -> None:
        while not self._ending.is_set():
            ready, _, _ = select.select([self._events], [], [], 0.2)
            if not ready:
                continue
            data = os.read(self._events, 1 << 16)
            now = time.monotonic()
            for mask, name in _parse(data):
                if mask & _OVERFLOW:
                    self.lost = True
                elif name:
                    self.seen.setdefault(slip_of(name), now)


def slip_of(name: str) -> str:
    """What a document's name begins with: its order and parcel."""
    found = _NAME.fullmatch(name)
    return found["slip"] if found else name


def judge(dropped: Mapping[str, float], found: Mapping[str, list[Path]]) -> dict[str, int]:
    """Whether each dropped order came out exactly once, and nothing else did."""
    counts = Counter({"once": 0, "lost": 0, "doubled": 0, "unknown": 0})
    for slip in dropped:
        lying = len(found.get(slip, ()))
        counts["lost" if lying == 0 else "once" if lying == 1 else "doubled"] += 1
    counts["unknown"] = sum(slip not in dropped for slip in found)
    return dict(counts)


def _parse(data: bytes) -> Iterator[tuple[int, str]]:
    at = 0
    while at < len(data):
        _, mask, _, length = _EVENT.unpack_from(data, at)
        at += _EVENT.size
        yield mask, os.fsdecode(data[at : at + length].rstrip(b"\0"))
        at += length
