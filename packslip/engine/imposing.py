"""Imposing: documents become sheets in a limited child process of its own, started when the first ones do.

A child, because that is where the press is loaded; it is the same for `run` and for `render`.
"""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from packslip.engine.on_demand import PoolOnDemand
from packslip.engine.pool import Pool, Task
from packslip.errors import UsageError
from packslip.library.fonts import FontFile
from packslip.model import SheetJob, Work
from packslip.world import World

_IMPOSE = "packslip.press.impose", "impose"

#: The slug wants a plain face that is read in small sizes.
_SLUG_FAMILY = "Inter"
_SLUG_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/,:·"

Duplex = Literal["", "long", "short"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imposing:
    """Documents to be put on sheets."""

    works: tuple[Work, ...]
    job: SheetJob


class Imposer(PoolOnDemand[Imposing, bytes]):
    """`packslip.press.impose` in a child."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def __call__(self, works: Sequence[Work], job: SheetJob) -> bytes:
        """The sheets of some documents.

        Raises:
            HoldOrder: they cannot be imposed.
            WorkspaceError: the child cannot start.
        """
        return self._opened()(Imposing(works=tuple(works), job=job))

    def for_printer(self, printer: str, works: Sequence[Work]) -> bytes:
        """The sheets of some documents, as a printer of the world takes them; raises as a call does."""
        settings = self._world.settings
        wanted = settings.printers[printer]
        return self(works, sheet_job(self._world, wanted.imposition, wanted.media, duplex=wanted.duplex))

    def open_pool(self) -> Pool[Imposing, bytes]:
        """A pool of one."""
        limits = self._world.settings.workers
        task = Task(module=__name__, opener="open_imposer", request=Imposing, answer=bytes)
        return Pool(task, count=1, memory_mb=limits.memory_mb, deadline_s=limits.deadline_s)


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


def open_imposer() -> Callable[[Imposing], bytes]:
    """What the child does; it alone loads the press."""
    impose = cast(
        "Callable[[Sequence[Work], SheetJob], bytes]", getattr(importlib.import_module(_IMPOSE[0]), _IMPOSE[1])
    )
    return lambda asked: impose(asked.works, asked.job)
