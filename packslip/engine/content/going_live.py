"""Going live: content that needs no approval put into a release made from the live one and nothing else.

The working files may be half edited, so they play no part: the new release is the live one with these few files
changed, checked as whole as any other, named by its digest, in the log, and rolled back like any other.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path

from packslip.content_feeds import Approval
from packslip.engine.content.keeping import KeptEntry
from packslip.engine.content.writing import Changes, block_path, withdraw
from packslip.errors import RetryLater
from packslip.files import read_file, sha256, write_atomic
from packslip.model import Finding, has_errors
from packslip.world import Release, Workspace, World, current_release, derive, go_live, release_folder

_OLDER = "older"  #: a version that is none of today's
#: Somebody may publish meanwhile; then it is made anew from theirs.
_TRIES = 3

#: Every finding of a release that would go live, its slips tried on some days.
Check = Callable[[World, Iterable[date]], tuple[Finding, ...]]


def live_feeds(workspace: Workspace) -> frozenset[str]:
    """Feeds whose entries go live by themselves, as the live release has it: a setting goes live like all others."""
    release = current_release(workspace)
    if release is None:
        return frozenset()
    feeds = World.open(workspace.root, release).settings.content_feeds
    return frozenset(feed.name for feed in feeds if feed.approval is Approval.NONE)


def live_block(workspace: Workspace, entry: KeptEntry) -> bytes | None:
    """The block of an entry as the live release has it, None where it has none."""
    release = current_release(workspace)
    if release is None:
        return None
    try:
        return read_file(release_folder(workspace, release) / block_path(entry.id))
    except FileNotFoundError:
        return None


def is_live(workspace: Workspace, entry: KeptEntry) -> bool:
    """Whether the live release has an entry as the working files have it."""
    live = live_block(workspace, entry)
    try:
        return live is not None and read_file(workspace.root / block_path(entry.id)) == live
    except FileNotFoundError:
        return False


def put_back(workspace: Workspace, entry: KeptEntry) -> KeptEntry:
    """Make the working files of an entry what the live release has, so that they keep nobody from publishing."""
    gone, _ = withdraw(workspace.root, entry)
    block, release = live_block(workspace, entry), current_release(workspace)
    if block is None or release is None:
        return gone
    folder = release_folder(workspace, release)
    art = [path for path in gone_from(workspace, entry) if path != block_path(entry.id)]
    for path in (*art, block_path(entry.id)):
        write_atomic(workspace.root / path, read_file(folder / path), mode=0o644)
    name = Path(art[0]).name if art else ""
    return gone.model_copy(update={"approved": _OLDER, "written": sha256(block), "art": name})


def files_of(workspace: Workspace, entry: KeptEntry) -> Changes:
    """What a release needs of an approved entry, and what it no longer needs."""
    root, release = workspace.root, current_release(workspace)
    changes: dict[str, bytes | None] = dict(gone_from(workspace, entry))
    if release is None:
        return {}
    for path in (block_path(entry.id), *([f"layouts/art/{entry.art}"] if entry.art else [])):
        changes[path] = read_file(root / path)
    return changes


def gone_from(workspace: Workspace, entry: KeptEntry) -> Changes:
    """The files that the live release has of an entry, all to go."""
    release = current_release(workspace)
    if release is None:
        return {}
    folder = release_folder(workspace, release)
    block = Path(block_path(entry.id))
    art = (folder / "layouts" / "art").glob(f"feed-{entry.id}-*")
    return dict.fromkeys((str(block), *(path.relative_to(folder).as_posix() for path in art)))


def put_live(
    workspace: Workspace, changes: Changes, *, who: str, now: datetime, check: Check, days: Iterable[date]
) -> tuple[Release | None, tuple[Finding, ...]]:
    """Switch the line to the live release with some files changed, or say why not; None where nothing differs.

    Raises:
        RetryLater: others publish all the time.
    """
    days = tuple(days)
    for _ in range(_TRIES):
        live = current_release(workspace)
        if live is None:
            return None, ()
        release = derive(workspace, live, changes)
        if release == live:
            return None, ()
        findings = check(World.open(workspace.root, release), days)
        if has_errors(findings):
            return None, findings
        try:
            return go_live(workspace, release, who=who, at=now, over=live), ()
        except RetryLater:
            continue
    raise RetryLater("others publish all the time, content stays as it is", hint="it is tried again later")
