"""Budget: the image cache kept below a size, what was used longest ago going first.

Fetched originals go before renditions, since they can be fetched again; a rendition that a kept slip names stays,
whatever the budget says, and so does what was used a moment ago.
"""

import contextlib
from collections.abc import Callable, Set
from dataclasses import dataclass
from pathlib import Path

from packslip.model import Finding, Where, warning
from packslip.pictures.store import USE_S, Store

#: What was used within this time may be on its way into a slip that nobody keeps yet.
GRACE_S = 2 * USE_S

_MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmed:
    """What came of it."""

    before: int  #: bytes
    after: int  #: bytes
    removed: int = 0  #: files
    pinned: int = 0  #: files that a kept slip names, met on the way
    findings: tuple[Finding, ...] = ()


def trim_cache(cache: Path, budget_mb: int, *, pinned: Callable[[], Set[str]], now: float) -> Trimmed:
    """Bring an image cache below its budget.

    `pinned` gives the digests that kept slips name; it is asked only where something has to go. `now` is in seconds
    since 1970.
    """
    store = Store(cache)
    files = sorted(store.files(), key=lambda kept: (not kept.is_source, kept.used))
    before = after = sum(kept.size for kept in files)
    budget = budget_mb * _MB
    if before <= budget:
        return Trimmed(before=before, after=before)
    stays = pinned()
    removed = held = 0
    for kept in files:
        if after <= budget:
            break
        if not kept.is_source and kept.digest in stays:
            held += 1
            continue
        if now - _used(kept.path) < GRACE_S:
            continue
        with contextlib.suppress(FileNotFoundError):  # another process was faster
            kept.path.unlink()
        after -= kept.size
        removed += 1
    findings: tuple[Finding, ...] = ()
    if after > budget:
        message = (
            f"image_cache takes {after // _MB} MB, more than its budget of {budget_mb} MB, and all of it is in use"
        )
        hint = "raise pictures.budget_mb, or purge slips that need not be kept"
        findings = (
            warning("picture.over_budget", Where(file="packslip.toml", spot="pictures.budget_mb"), message, hint),
        )
    return Trimmed(before=before, after=after, removed=removed, pinned=held, findings=findings)


def _used(path: Path) -> float:
    """When a file was last used, looked up again: an order may have taken it since the list was made."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
