"""Syncing: every feed read, its entries kept, and what needs no approval written and put live.

A feed that fails, is empty or broken changes nothing: last week's content beats none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from packslip.content_feeds import Approval, ContentFeedSettings
from packslip.engine.content.fetching import Judge, fetch_feed, fetch_pictures
from packslip.engine.content.going_live import Check, files_of, live_feeds, put_back, put_live
from packslip.engine.content.keeping import (
    EntryState,
    KeptEntry,
    KeptFeed,
    is_over,
    keep_feed,
    kept_feed,
    kept_feeds,
    merge,
    place_of,
)
from packslip.engine.content.writing import approve, block_path, is_edited, withdraw
from packslip.engine.lock import content_lock
from packslip.files import sha256
from packslip.library.content_feeds import FeedEntry, read_content_feed
from packslip.model import Finding, Severity, has_errors, warning
from packslip.pictures.remote import Validators
from packslip.settings import Settings
from packslip.world import Release, Workspace, World

#: Who approves what needs no approval, in files and in the log of releases.
ROBOT = "content sync"

_PICTURES = "pictures"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReport:
    """What came of one feed."""

    name: str
    fault: str  #: why it could not be read, "" where it could
    fresh: int  #: entries that are new or have changed
    waiting: int  #: entries that wait for a person


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What came of a sync."""

    feeds: tuple[FeedReport, ...]
    releases: tuple[Release, ...]  #: those that went live by it
    findings: tuple[Finding, ...]


def is_due(workspace: Workspace, settings: Settings, now: datetime) -> bool:
    """Whether it is time for a running line to ask a feed again."""
    minutes = settings.content.sync_minutes
    if not minutes:
        return False
    asked = (kept_feed(workspace.content, feed.name).asked_at for feed in settings.content_feeds)
    return any(at is None or at + timedelta(minutes=minutes) <= now for at in asked)


def sync_content(world: World, *, now: datetime, today: date, judge: Judge, check: Check) -> Synced:
    """Read every feed of the settings, and let live what may go by itself.

    Raises:
        WorkspaceError: another command works on the content.
        RetryLater: others publish all the time.
    """
    with content_lock(world.workspace.state):
        return _Sync(world, now, today, judge).run(check)


class _Sync:
    def __init__(self, world: World, now: datetime, today: date, judge: Judge) -> None:
        self._world = world
        self._workspace = world.workspace
        self._now = now
        self._today = today
        self._judge = judge
        self._findings: list[Finding] = []

    def run(self, check: Check) -> Synced:
        reports = [self._sync(feed) for feed in self._world.settings.content_feeds]
        releases = self._let_live(check)
        return Synced(feeds=tuple(reports), releases=releases, findings=tuple(self._findings))

    def _sync(self, feed: ContentFeedSettings) -> FeedReport:
        before = kept_feed(self._workspace.content, feed.name)
        kept = self._read(feed, before)
        kept = self._clear(before, kept)
        if feed.approval is Approval.NONE:
            kept = self._approve_all(feed, kept)
        keep_feed(self._workspace.content, kept)
        versions = {entry.id: entry.version for entry in before.entries}
        return FeedReport(
            name=feed.name,
            fault=kept.fault,
            fresh=sum(versions.get(entry.id) != entry.version for entry in kept.entries),
            waiting=sum(entry.state(self._today) is EntryState.PROPOSED for entry in kept.entries),
        )

    def _read(self, feed: ContentFeedSettings, kept: KeptFeed) -> KeptFeed:
        """The feed as it is now, or as it was with the reason why."""
        settings = sha256(feed.model_dump_json().encode())[:16]
        is_same = settings == kept.settings
        validators = Validators(etag=kept.etag if is_same else "", last_modified=kept.last_modified if is_same else "")
        fetched = fetch_feed(feed, self._world.settings, self._world.root, validators)
        kept = kept.model_copy(update={"asked_at": self._now, "settings": settings, "fault": ""})
        if fetched.is_unchanged:
            return kept.model_copy(update={"read_at": self._now})
        if not fetched.data or has_errors(fetched.findings):
            return self._fail(feed, kept, fetched.findings)
        entries, findings = read_content_feed(fetched.data, feed, default=self._world.settings.shop.locale)
        if entries is None:
            return self._fail(feed, kept, findings)
        self._tell(feed, findings)
        found, may_come = self._with_pictures(feed, kept, entries)
        merged, findings = merge(feed, kept, found, today=self._today, brands=self._world.brands)
        self._tell(feed, findings)
        return merged.model_copy(
            update={
                "etag": "" if may_come else fetched.validators.etag,
                "last_modified": "" if may_come else fetched.validators.last_modified,
                "read_at": self._now,
            }
        )

    def _fail(self, feed: ContentFeedSettings, kept: KeptFeed, findings: Iterable[Finding]) -> KeptFeed:
        findings = tuple(findings)
        self._tell(feed, findings)
        reason = next((each.message for each in findings if each.severity is Severity.ERROR), "nothing came")
        return kept.model_copy(update={"fault": reason, "etag": "", "last_modified": ""})

    def _tell(self, feed: ContentFeedSettings, findings: Iterable[Finding]) -> None:
        place = place_of(feed)
        self._findings += [replace(finding, where=place) if not str(finding.where) else finding for finding in findings]

    def _with_pictures(
        self, feed: ContentFeedSettings, kept: KeptFeed, entries: tuple[FeedEntry, ...]
    ) -> tuple[list[tuple[FeedEntry, str]], bool]:
        """Each entry with the file of its picture; whether one is lacking that may yet come."""
        known = {entry.picture_from: entry.picture for entry in kept.entries if entry.picture}
        pictures = fetch_pictures(
            entries,
            known,
            settings=self._world.settings,
            folder=self._workspace.content / _PICTURES,
            art=self._world.root / "layouts" / "art",
            judge=self._judge,
        )
        self._tell(feed, pictures.findings)
        return [(entry, pictures.files.get(entry.picture, "")) for entry in entries], pictures.may_come

    def _clear(self, before: KeptFeed, kept: KeptFeed) -> KeptFeed:
        """Take away what nobody asks for any more: entries, their files, pictures that no entry has."""
        stays = tuple(entry for entry in kept.entries if not is_over(entry, self._today))
        kept = kept.model_copy(update={"entries": stays})
        identities = {entry.id for entry in stays}
        for entry in before.entries:
            if entry.id not in identities and not is_edited(self._world.root, entry):
                withdraw(self._world.root, entry)
        others = (feed for feed in kept_feeds(self._workspace.content) if feed.name != kept.name)
        used = {entry.picture for feed in (kept, *others) for entry in feed.entries}
        for path in (self._workspace.content / _PICTURES).glob("*"):
            if path.name not in used:
                path.unlink(missing_ok=True)
        return kept

    def _approve_all(self, feed: ContentFeedSettings, kept: KeptFeed) -> KeptFeed:
        root, pictures = self._world.root, self._workspace.content / _PICTURES
        for entry in kept.entries:
            if entry.state(self._today) is not EntryState.PROPOSED:
                continue
            if is_edited(root, entry):
                message = f"{entry.id} has changed, but its file was edited by hand and stays"
                hint = f"delete layouts/content/feed-{entry.id}.toml to have the new one"
                self._tell(feed, (warning("content.edited", place_of(feed), message, hint),))
                continue
            approved, _ = approve(root, pictures, entry, who=ROBOT, at=self._now)
            kept = kept.with_entry(approved.model_copy(update={"is_due": True}))
        return kept

    def _let_live(self, check: Check) -> tuple[Release, ...]:
        """Put live what is due: all of it together, else one after the other, so that none keeps others waiting."""
        due = self._due()
        if not due:
            return ()
        release, findings = self._put(due, check)
        if not findings:
            self._done(due)
            return (release,) if release else ()
        releases: list[Release] = []
        for entry in due:
            if len(due) > 1:
                release, findings = self._put([entry], check)
            if findings:
                message = f"{entry.id} does not go live: {findings[0]}"
                self._findings.append(replace(findings[0], message=message))
                self._change(put_back(self._workspace, entry))
                continue
            self._done([entry])
            releases += [release] if release else []
        return tuple(releases)

    def _due(self) -> list[KeptEntry]:
        alone = live_feeds(self._workspace)
        feeds = [feed for feed in kept_feeds(self._workspace.content) if feed.name in alone]
        return [
            entry
            for feed in feeds
            for entry in feed.entries
            if entry.is_due
            and entry.state(self._today) is EntryState.APPROVED
            and (self._world.root / block_path(entry.id)).is_file()
        ]

    def _put(self, entries: list[KeptEntry], check: Check) -> tuple[Release | None, tuple[Finding, ...]]:
        changes = {path: data for entry in entries for path, data in files_of(self._workspace, entry).items()}
        days = {max(self._today, entry.valid_from) for entry in entries}
        release, findings = put_live(self._workspace, changes, who=ROBOT, now=self._now, check=check, days=sorted(days))
        return release, tuple(finding for finding in findings if finding.severity is Severity.ERROR)

    def _done(self, entries: Iterable[KeptEntry]) -> None:
        for entry in entries:
            self._change(entry.model_copy(update={"is_due": False}))

    def _change(self, entry: KeptEntry) -> None:
        for feed in kept_feeds(self._workspace.content):
            if any(each.id == entry.id for each in feed.entries):
                keep_feed(self._workspace.content, feed.with_entry(entry))
