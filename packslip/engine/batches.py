"""Batches: the slips of a call as one file, beside or instead of a file for each.

Loads the press, so it is imported where a batch is wanted and nowhere else.
"""

import os
import tempfile
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from packslip.disk import LOCAL
from packslip.engine.render import Rendered
from packslip.errors import UsageError
from packslip.library.printing_conditions import PrintingCondition
from packslip.model import Finding, Where, warning
from packslip.pictures.library import PictureLibrary
from packslip.press import Batch
from packslip.world import World


class BatchFile:
    """One PDF of all slips that are added. Until it is whole it has another name; without a slip there is none."""

    def __init__(self, world: World, path: Path, *, today: date | None = None) -> None:
        """`today` is the batch's own date; else it is dated as its first slip."""
        self._world, self._path, self._today = world, path, today
        self._stack = ExitStack()
        self._batch: Batch | None = None
        self._condition: PrintingCondition | None = None  #: that of its first slip
        self._media: dict[str, None] = {}

    @property
    def pages(self) -> int:
        """Pages so far."""
        return self._batch.pages if self._batch else 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What whoever prints the batch should know."""
        if len(self._media) < 2:
            return ()
        message = f"holds pages of several media: {', '.join(self._media)}"
        return (
            warning("batch.media", Where(file=self._path.name), message, "render each layout's orders on their own"),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, fault, trace)

    def add(self, rendered: Rendered) -> int | None:
        """Take in a slip that is ready; its first page, counted from 1, None where there is no document.

        Raises:
            UsageError: its colours are for another printing condition than the batch's.
        """
        outcome = rendered.outcome
        if outcome is None or outcome.document is None or outcome.slip is None:
            return None
        media = outcome.document.media
        condition = self._world.condition(self._world.settings.media[media])
        if self._batch is None:
            self._condition = condition
            self._batch = self._open(self._today or outcome.slip.dated, condition)
        if condition != self._condition:
            raise UsageError(
                f"{self._path.name}: its slips are for {_name(self._condition)}, "
                f"{outcome.slip.order.id} on {media!r} is for {_name(condition)}",
                hint="a file has one printing condition: render each layout's orders on their own",
            )
        self._media[media] = None
        return self._batch.add(outcome.slip, outcome.document, station=self._station(rendered))

    def _station(self, rendered: Rendered) -> str:
        """The packing table of an order, as the line would send it there."""
        settings = self._world.settings
        asked = rendered.order.station if rendered.order else ""
        return asked if asked in settings.stations else settings.default_station

    def _open(self, dated: date, condition: PrintingCondition | None) -> Batch:
        world, settings = self._world, self._world.settings
        library = PictureLibrary(
            world.workspace.image_cache, world.workspace.root / settings.pictures.folder, settings.pictures
        )
        output = self._stack.enter_context(_Unfinished(self._path)).stream
        batch = Batch(output, world, library.path, title=self._path.stem, dated=dated, condition=condition)
        return self._stack.enter_context(batch)


def _name(condition: PrintingCondition | None) -> str:
    return condition.name if condition else "no printing condition"


class _Unfinished:
    """A file being written beside the place where it will stand; readers see the old one or the whole new one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{os.getpid()}-", suffix=".tmp")
        self._temporary = Path(name)
        self.stream = os.fdopen(handle, "wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with self.stream as stream:
                if kind is None:
                    stream.flush()
                    os.fsync(stream.fileno())
            if kind is None:
                self._temporary.replace(self._path)
                LOCAL.sync_folder(self._path.parent)
        finally:
            self._temporary.unlink(missing_ok=True)
