"""A worker: the limited child process that does one task after another. Started by `packslip.engine.pool`.

Run as a script, so that it imports nothing but what its task needs. It sets its own limits first, then builds the task
from a pickled factory, then answers requests until its parent goes. A bug ends it; its last word is where it was.
Messages are pairs of a word and a value: `ready`, `answer`, `fault` (an exception with a fate), `bug`, `memory`.
"""

import os
import pickle
import resource
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from traceback import extract_tb
from types import TracebackType

from packslip.errors import PackslipError

_MB = 1024 * 1024


def main() -> None:
    """Serve the parent at the other end of the descriptor that is the only argument."""
    connection = Connection(int(sys.argv[1]))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.excepthook = _last_word(connection)
    memory_mb, path, factory = connection.recv()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb * _MB, memory_mb * _MB))
    sys.path[:] = path
    try:
        task: Callable[[object], object] = pickle.loads(factory)()  # noqa: S301 - written by our own parent
    except PackslipError as fault:
        connection.send(("fault", fault))
        return
    connection.send(("ready", None))
    _serve(connection, task)


def _serve(connection: Connection, task: Callable[[object], object]) -> None:
    while True:
        try:
            request = connection.recv()
        except EOFError:
            return
        try:
            answer = ("answer", task(request))
        except PackslipError as fault:
            answer = ("fault", fault)
        connection.send(answer)


def describe_bug(kind: type[BaseException], trace: TracebackType | None) -> str:
    """Where an exception came from, without its message, which may hold a customer's data."""
    frames = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in extract_tb(trace)]
    return " > ".join((*frames, kind.__name__))


def _last_word(
    connection: Connection,
) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    def tell(kind: type[BaseException], _value: BaseException, trace: TracebackType | None) -> None:
        word = "memory" if issubclass(kind, MemoryError) else "bug"
        connection.send((word, describe_bug(kind, trace)))

    return tell


def _end_with_parent() -> None:
    """End at once when the parent is gone, even in the middle of a task."""
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
