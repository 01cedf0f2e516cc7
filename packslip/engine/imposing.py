"""Imposing: documents become sheets in a limited child process of its own, started when the first ones do.

A child, because that is where the press is loaded; it is the same for `run` and for `render`.
"""

import importlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, cast

from packslip.engine.pool import Pool
from packslip.errors import UsageError
from packslip.library.fonts import FontFile
from packslip.model import SheetJob, Work
from packslip.world import World

_IMPOSE = "packslip.press.impose", "impose"

#: The slug wants a plain face that is read in small sizes.
_SLUG_FAMILY = "Inter"
_SLUG_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/,:·"

Duplex = Literal["", "long", "short"]

_Request = tuple[tuple[Work, ...], SheetJob]


class Imposer:
    """`packslip.press.impose` in a child; any thread may call."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._pool: Pool[_Request, bytes] | None = None

    def __call__(self, works: Sequence[Work], job: SheetJob) -> bytes:
        """The sheets of some documents.

        Raises:
            HoldOrder: they cannot be imposed.
            WorkspaceError: the child cannot start.
        """
        return self._open()((tuple(works), job))

    def for_printer(self, printer: str, works: Sequence[Work]) -> bytes:
        """The sheets of some documents, as a printer of the world takes them; raises as a call does."""
        settings = self._world.settings
        wanted = settings.printers[printer]
        return self(works, sheet_job(self._world, wanted.imposition, wanted.media, duplex=wanted.duplex))

    def close(self) -> None:
        """End the child; call it when nobody asks any more."""
        with self._lock:
            if self._pool is not None:
                self._pool.close()
                self._pool = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> Pool[_Request, bytes]:
        with self._lock:
            if self._pool is None:
                limits = self._world.settings.workers
                self._pool = Pool(_open_imposer, count=1, memory_mb=limits.memory_mb, deadline_s=limits.deadline_s)
            return self._pool


def sheet_job(world: World, imposition: str, media: str, *, duplex: Duplex = "") -> SheetJob:
    """How slips of a media become sheets of an imposition.

    Raises:
        UsageError: there is no such imposition, or the slips do not fit or are bitmaps.
    """
    settings = world.settings
    if imposition not in settings.impositions:
        names = ", ".join(settings.impositions) or "none"
        raise UsageError(f"no imposition {imposition!r}", hint=f"declared in packslip.toml: {names}")
    slips = settings.media[media]
    if slips.ink == "black":
        raise UsageError(
            f"imposition {imposition!r} with {media!r}: bitmaps for thermal printers are not imposed",
            hint="leave out the orders whose layout is for it",
        )
    sheet = settings.sheet(imposition, media)
    told = sheet.why_not()
    if told:
        raise UsageError(
            f"imposition {imposition!r} with {media!r}: {told}", hint="choose another sheet, gutter or marks"
        )
    return SheetJob(
        sheet=sheet, space=slips.profile.space, font=slug_font(world.fonts), zones=slips.zones, duplex=duplex
    )


def slug_font(fonts: Sequence[FontFile]) -> Path | None:
    """The face for slug lines: an upright, regular one with TrueType outlines and plain letters."""
    plain = frozenset(map(ord, _SLUG_LETTERS))
    fit = [font for font in fonts if font.path.suffix.lower() == ".ttf" and font.style == "normal"]
    ranked = sorted(fit, key=lambda font: (font.family != _SLUG_FAMILY, abs(font.weight - 400), str(font.path)))
    return next((font.path for font in ranked if plain <= font.characters), None)


def _open_imposer() -> Callable[[_Request], bytes]:
    impose = cast(
        "Callable[[Sequence[Work], SheetJob], bytes]", getattr(importlib.import_module(_IMPOSE[0]), _IMPOSE[1])
    )
    return lambda request: impose(*request)
