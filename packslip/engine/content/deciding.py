"""Deciding: a person approves or rejects entries; what is listed for them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from packslip.engine.content.going_live import Check, gone_from, is_live, live_block, live_feeds, put_live
from packslip.engine.content.keeping import EntryState, KeptEntry, KeptFeed, keep_feed, kept_feeds
from packslip.engine.content.writing import approve, withdraw
from packslip.engine.lock import content_lock
from packslip.errors import UsageError
from packslip.library.literals import did_you_mean
from packslip.model import Finding
from packslip.world import Release, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An entry as it is listed."""

    feed: str
    entry: KeptEntry
    state: EntryState
    is_live: bool


def listed(workspace: Workspace, today: date) -> Iterator[Listed]:
    """Every entry of every feed, the newest first."""
    for feed in kept_feeds(workspace.content):
        for entry in feed.entries:
            yield Listed(feed=feed.name, entry=entry, state=entry.state(today), is_live=is_live(workspace, entry))


def approve_entries(workspace: Workspace, ids: Iterable[str], *, who: str, now: datetime, today: date) -> None:
    """Write entries where the next publish takes them from.

    Raises:
        UsageError: there is no such entry, its last day is over, or its file was edited by hand.
        WorkspaceError: another command works on the content.
    """
    with content_lock(workspace.state):
        for feed, entry in _find(workspace, ids):
            if entry.state(today) is EntryState.EXPIRED:
                raise UsageError(
                    f"{entry.id}: its last day was {entry.valid_to}", hint="give it a later day in the feed"
                )
            made, _ = approve(workspace.root, workspace.content / "pictures", entry, who=who, at=now)
            _keep(workspace, feed, made)


def reject_entries(
    workspace: Workspace, ids: Iterable[str], *, who: str, now: datetime, check: Check
) -> tuple[Release | None, tuple[Finding, ...]]:
    """Take entries away, from the live release as well where their feed goes live by itself.

    Raises:
        UsageError: there is no such entry, or its file was edited by hand.
        WorkspaceError: another command works on the content.
    """
    with content_lock(workspace.state):
        alone = live_feeds(workspace)
        gone: dict[str, bytes | None] = {}
        for feed, entry in _find(workspace, ids):
            if feed.name in alone and live_block(workspace, entry) is not None:
                gone.update(gone_from(workspace, entry))
            made, _ = withdraw(workspace.root, entry)
            _keep(workspace, feed, made.model_copy(update={"rejected": entry.version, "who": who, "at": now}))
        if not gone:
            return None, ()
        return put_live(workspace, gone, who=who, now=now, check=check, days=())


def _find(workspace: Workspace, ids: Iterable[str]) -> list[tuple[KeptFeed, KeptEntry]]:
    known = {entry.id: (feed, entry) for feed in kept_feeds(workspace.content) for entry in feed.entries}
    wanted = list(dict.fromkeys(ids))
    for identity in wanted:
        if identity not in known:
            hint = did_you_mean(identity, list(known)) or "packslip content list names them"
            raise UsageError(f"no entry {identity!r}", hint=hint)
    return [known[identity] for identity in wanted]


def _keep(workspace: Workspace, feed: KeptFeed, entry: KeptEntry) -> None:
    """Write one entry down; the feed is read anew, since another entry of it may have been written meanwhile."""
    now = next((one for one in kept_feeds(workspace.content) if one.name == feed.name), feed)
    keep_feed(workspace.content, now.with_entry(entry))
