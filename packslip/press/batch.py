"""Batch: documents of many slips as one PDF, in their order; what they share stands in it once.

A struck slip is struck again for its imprint and goes in only where that gives its document to the byte; the pages of
any other document are taken in as they are. So a batch shows what was looked through, and nothing else.
"""

from datetime import date
from types import TracebackType
from typing import BinaryIO, Self

from packslip.files import sha256
from packslip.library.printing_conditions import PrintingCondition
from packslip.model import Document, PressPath, Slip
from packslip.press.drawing import strike
from packslip.press.foreign import read_imprint
from packslip.press.identity import Facts
from packslip.press.imprint import Imprint
from packslip.press.kept import PRODUCER, Pictures, PressWorld, kept_of
from packslip.press.task import Task, take_up
from packslip.press.writing import BatchWriter, write_document
from packslip.settings import OutputProfile


class Batch:
    """A PDF that grows as slips are added, and keeps none of them. Left with an exception, it is no PDF."""

    def __init__(
        self,
        output: BinaryIO,
        world: PressWorld,
        pictures: Pictures,
        *,
        title: str,
        dated: date,
        condition: PrintingCondition | None,
    ) -> None:
        """`pictures` as for `press`; `title`, `dated` and `condition` are what the PDF says of itself."""
        self._world, self._pictures = world, pictures
        facts = Facts(
            title=title,
            dated=dated,
            language="",
            producer=PRODUCER,
            identifier=b"",
            condition=condition,
            has_parts=condition is not None,
        )
        self._writer = BatchWriter(output, kept_of(world).faces, facts)
        self.pages = 0  #: so far
        self.taken_in = 0  #: documents that share nothing with the struck ones

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.__exit__(kind, fault, trace)

    def add(self, slip: Slip, document: Document, *, station: str = "") -> int:
        """Write the pages of a slip's document; the first one's number, counted from 1.

        `station` is the packing table they are for; a PDF/VT tells it beside the order's id, and nothing else.
        """
        task = take_up(slip, self._world, self._pictures)
        imprint = _imprint(task, document)
        if imprint is None:
            imprint = read_imprint(document.data)
            self.taken_in += 1
        self._writer.add(imprint, task.facts, {"Order": slip.order.id, "Station": station})
        first = self.pages + 1
        self.pages += len(imprint.pages)
        return first


def _imprint(task: Task, document: Document) -> Imprint | None:
    """What a document was written from, None where it cannot be had again. Dots are taken in as they are."""
    if document.path is not PressPath.PLATE or task.media.profile is OutputProfile.THERMAL:
        return None
    struck = strike(task)
    if struck is None or sha256(write_document(struck.imprint, task.facts, task.kept.faces)) != document.sha256:
        return None
    return struck.imprint
