"""Roads: the release the line draws from, changed between two orders when another one is published."""

import gc
from collections.abc import Callable

from packslip.engine.events import Kind, Listener, RunEvent
from packslip.engine.ports import Road
from packslip.errors import PackslipError, WorkspaceError


class Roads:
    """Keeps one release open."""

    def __init__(
        self,
        *,
        published: Callable[[], str | None],
        open_road: Callable[[str], Road],
        listener: Listener,
    ) -> None:
        """Open the published release.

        Raises:
            WorkspaceError: nothing is published, or it cannot be opened.
        """
        self._published = published
        self._open_road = open_road
        self._listener = listener
        self._refused = ""
        release = published()
        if release is None:
            raise WorkspaceError("nothing is published yet", hint="packslip publish makes the working files go live")
        self.current = open_road(release)
        _rest()

    def is_stale(self) -> bool:
        """Whether another release is published than the one that is open."""
        return self._published() not in (self.current.release, self._refused, None)

    def switch(self, drain: Callable[[], None]) -> None:
        """Open the release that is published now; the old one is closed once `drain` says that nobody walks it.

        A release that cannot be opened is told of, and the line goes on with the old one.
        """
        release = self._published()
        if release is None:
            return
        try:
            fresh = self._open_road(release)
        except PackslipError as fault:
            self._refused = release
            self._tell(Kind.WARNING, f"release {release} cannot be opened, {self.current.release} stays: {fault}")
            return
        drain()
        self.current.close()
        self.current, self._refused = fresh, ""
        _rest()
        self._tell(Kind.RELEASE, release)

    def close(self) -> None:
        """Let go of the release."""
        gc.unfreeze()
        self.current.close()

    def _tell(self, kind: Kind, text: str) -> None:
        self._listener(RunEvent(kind=kind, text=text))


def _rest() -> None:
    """Spare the collector what stays: else it walks a whole catalogue now and then, and everybody waits for it."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
