"""Sheet files: the slips of a call imposed in one file, to look at or to print by hand."""

import io
from pathlib import Path
from types import TracebackType
from typing import Self

import pikepdf

from packslip.engine.imposing import Duplex, Imposer, sheet_job
from packslip.engine.render import Rendered
from packslip.errors import UsageError
from packslip.files import write_atomic
from packslip.model import Caption, Finding, SheetJob, Work
from packslip.world import World


class SheetFile:
    """One PDF of sheets with all slips that are added, written when all are; without a slip there is none."""

    def __init__(self, world: World, path: Path, imposition: str) -> None:
        """Sheets are turned as those of the first printer that has the imposition.

        Raises:
            UsageError: there is no such imposition.
        """
        self._world, self._path, self._imposition = world, path, imposition
        if imposition not in world.settings.impositions:
            names = ", ".join(world.settings.impositions) or "none"
            raise UsageError(f"no imposition {imposition!r}", hint=f"declared in packslip.toml: {names}")
        self._media = ""
        self._works: list[Work] = []
        self.pages = 0  #: sides of sheets, once the file is written
        self.findings: tuple[Finding, ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._works:
            self._write()

    def add(self, rendered: Rendered) -> None:
        """Take in a slip that is ready.

        Raises:
            UsageError: it is of another media than the others.
        """
        outcome = rendered.outcome
        if outcome is None or outcome.document is None or outcome.slip is None:
            return
        document, slip = outcome.document, outcome.slip
        self._media = self._media or document.media
        if document.media != self._media:
            raise UsageError(
                f"--impose: slips of {self._media!r} and {document.media!r} cannot share sheets",
                hint="render each layout's orders on their own",
            )
        caption = Caption(
            order_id=str(slip.order.id),
            release=slip.release,
            station=rendered.order.station if rendered.order else "",
        )
        self._works.append(Work(data=document.data, caption=caption))

    def _job(self) -> SheetJob:
        printers = self._world.settings.printers.values()
        duplex: Duplex = next((each.duplex for each in printers if each.imposition == self._imposition), "")
        return sheet_job(self._world, self._imposition, self._media, duplex=duplex)

    def _write(self) -> None:
        with Imposer(self._world) as impose:
            data = impose(self._works, self._job())
        with pikepdf.open(io.BytesIO(data)) as pdf:
            self.pages = len(pdf.pages)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(self._path, data, mode=0o600)
