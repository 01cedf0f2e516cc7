"""Forgetting: pictures that only orders named, such as a customer's own photograph on a product made to order.

What was fetched by URL and is in no catalogue: the original, its renditions, and what the index says of both. Pictures
of the shop's own folder are the shop's, and pictures of the catalogue are nobody's.
"""

import contextlib
from collections.abc import Callable, Set
from pathlib import Path

from packslip.pictures.index import NAME, Index
from packslip.pictures.remote import is_url
from packslip.pictures.store import Store

#: Whether a picture is to go, by the digests of its renditions and when one was last used (seconds since 1970).
IsDue = Callable[[Set[str], float], bool]


def forget_pictures(cache: Path, *, public: Set[str], is_due: IsDue, dry_run: bool = False) -> int:
    """Remove what is due of the pictures that are not `public`, by their references; how many pictures that were."""
    if not (cache / NAME).exists():
        return 0
    index, store = Index(cache), Store(cache)
    try:
        named: dict[str, list[str]] = {}
        for reference, source in index.sources().items():
            named.setdefault(source.sha256 or reference, []).append(reference)
        made = index.made()
        forgotten = 0
        for sha256, references in named.items():
            if any(reference in public or not is_url(reference) for reference in references):
                continue
            files = [store.rendition(digest, suffix) for digest, suffix in made.get(sha256, ()) if digest]
            if not is_due({path.stem for path in files}, max(map(_used, files), default=0.0)):
                continue
            forgotten += 1
            if not dry_run:
                for path in (*files, store.source(sha256)):
                    with contextlib.suppress(OSError):
                        path.unlink()
                index.forget(sha256, references)
        return forgotten
    finally:
        index.close()


def _used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
