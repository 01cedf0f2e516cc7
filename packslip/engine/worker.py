"""A worker: the limited child process that does one task after another. Started by `packslip.engine.pool`.

Run as a script, so that it imports nothing but what its task needs. It reads what it is to do from standard input,
confines itself, builds the task, then answers requests until its parent goes. A bug ends it; its last word is where it
was. `packslip.engine.wire` is how it talks.
"""

import gc
import importlib
import json
import os
import socket
import sys
import threading
from collections.abc import Callable
from traceback import extract_tb
from types import TracebackType
from typing import cast

from pydantic import TypeAdapter, validate_call

from packslip.engine import wire
from packslip.engine.confining import be_modest, confine, limit_cpu
from packslip.errors import PackslipError

#: The innermost calls that a bug tells of.
_MOST_FRAMES = 20


def main() -> None:
    """Serve the parent at the other end of the descriptor that is the only argument."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    setup = wire.Setup(**json.loads(sys.stdin.buffer.readline()))
    if setup.is_modest:
        be_modest()
    confine(setup.memory_mb)
    limit_cpu(setup.start_s)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.excepthook = _last_word(connection)
    sys.path[:] = setup.path
    try:
        task = _open_task(setup)
        gc.collect()
        gc.freeze()  # what a task has opened stays: no slip shall wait until the collector has walked it once more
        wire.send(connection, wire.pack(0, "ready", None))
    except PackslipError as fault:
        wire.send(connection, wire.pack(0, "fault", wire.fault_words(fault)))
        return
    kinds = [TypeAdapter(cast("type[object]", _named(name))) for name in (setup.request, setup.answer)]
    _serve(connection, task, *kinds, deadline_s=setup.deadline_s)


def _open_task(setup: wire.Setup) -> Callable[[object], object]:
    opener = validate_call(cast("Callable[..., Callable[[object], object]]", _named(setup.opener)))
    return opener(*setup.arguments)


def _named(place: str) -> object:
    """What `module:name` says; the parent wrote it."""
    module, _, name = place.partition(":")
    return cast("object", getattr(importlib.import_module(module), name))


def _serve(
    connection: socket.socket,
    task: Callable[[object], object],
    requests: TypeAdapter[object],
    answers: TypeAdapter[object],
    *,
    deadline_s: float,
) -> None:
    while True:
        try:
            message = wire.receive(connection)
        except EOFError:
            return
        limit_cpu(deadline_s)
        try:
            answer = task(requests.validate_python(message.value))
            frame = wire.pack(message.number, "answer", answer, answers)
        except PackslipError as fault:
            frame = wire.pack(message.number, "fault", wire.fault_words(fault))
        wire.send(connection, frame)


def describe_bug(kind: type[BaseException], trace: TracebackType | None) -> str:
    """Where an exception came from, without its message, which may hold a customer's data."""
    frames = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in extract_tb(trace)[-_MOST_FRAMES:]]
    return " > ".join((*frames, kind.__name__))


def _last_word(
    connection: socket.socket,
) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    def tell(kind: type[BaseException], _value: BaseException, trace: TracebackType | None) -> None:
        word: wire.Word = "memory" if issubclass(kind, MemoryError) else "bug"
        wire.send(connection, wire.pack(0, word, describe_bug(kind, trace)))

    return tell


def _end_with_parent() -> None:
    """End at once when the parent is gone, even in the middle of a task."""
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
