"""On demand: a pool whose workers start when the first request comes, for what most runs need late or never."""

import threading
from types import TracebackType
from typing import Generic, Self, TypeVar

from packslip.engine.pool import Pool

Q = TypeVar("Q")
R = TypeVar("R")


class PoolOnDemand(Generic[Q, R]):
    """A pool that is opened once it is needed, and may be again once it was closed; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: Pool[Q, R] | None = None

    def open_pool(self) -> Pool[Q, R]:
        """The pool, its workers starting; called by one thread at a time."""
        raise NotImplementedError

    def clear(self) -> None:
        """Let go of what the workers were given, once they have ended."""

    def close(self) -> None:
        """End the workers; call it when nobody asks any more."""
        with self._lock:
            if self._pool is not None:
                self._pool.close()
                self._pool = None
            self.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _opened(self) -> Pool[Q, R]:
        with self._lock:
            if self._pool is None:
                self._pool = self.open_pool()
            return self._pool
