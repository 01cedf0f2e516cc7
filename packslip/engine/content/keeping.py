"""Keeping: what is known of each feed and its entries, a JSON file for each feed.

Owns what becomes of entries when a feed is read again. Fetches nothing and writes no content.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from packslip.content_feeds import ContentFeedSettings
from packslip.files import private_folder, read_file, sha256, write_atomic
from packslip.library.content_feeds import FeedEntry
from packslip.library.contents import ContentText
from packslip.model import Finding, Where, warning

#: So long after its last day an entry and its file are kept: orders may be late, and somebody may ask.
KEPT_DAYS = 31

_ID_CHARS = 8


class EntryState(StrEnum):
    """How far an entry has come."""

    PROPOSED = "proposed"  #: waits for a person
    APPROVED = "approved"  #: its file lies in layouts/content
    REJECTED = "rejected"
    EXPIRED = "expired"  #: its last day is over


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class KeptEntry(_Kept):
    """One entry of a feed."""

    id: str  #: feed and digest, such as `journal-3f9a2c1d`
    guid: str
    texts: dict[str, ContentText]
    valid_from: date
    valid_to: date
    stores: tuple[str, ...] = ()
    picture: str = ""  #: file below `.packslip/content/pictures`, or of layouts/art as `art:<name>`
    picture_from: str = ""  #: as the feed names it
    link: str = ""
    first_seen: date
    is_gone: bool = False  #: the feed names it no more
    approved: str = ""  #: the version that lies in layouts/content
    rejected: str = ""  #: the version that somebody wanted not
    written: str = ""  #: digest of the file in layouts/content, as it was written
    art: str = ""  #: its picture in layouts/art, where it brought one
    is_due: bool = False  #: it should be live by itself, and is not yet
    who: str = ""  #: who decided last
    at: datetime | None = None

    @property
    def version(self) -> str:
        """Digest of all that would be printed, and when."""
        said = self.model_dump_json(include={"texts", "valid_from", "valid_to", "stores", "picture"})
        return sha256(said.encode())[:16]

    def state(self, today: date) -> EntryState:
        """How far it has come; a version that is newer than the approved one is proposed anew."""
        if self.valid_to < today:
            return EntryState.EXPIRED
        if self.version == self.approved:
            return EntryState.APPROVED
        return EntryState.REJECTED if self.version == self.rejected else EntryState.PROPOSED

    @property
    def headline(self) -> str:
        """Its headline in any language, English first."""
        first = self.texts.get("en") or next(iter(self.texts.values()))
        return first.headline


class KeptFeed(_Kept):
    """One feed."""

    name: str
    settings: str = ""  #: digest of the settings it was read with
    etag: str = ""
    last_modified: str = ""
    asked_at: datetime | None = None
    read_at: datetime | None = None  #: when it was last read well
    fault: str = ""  #: why it could not be read the last time
    entries: tuple[KeptEntry, ...] = ()

    def with_entry(self, entry: KeptEntry) -> "KeptFeed":
        """The same with one entry changed."""
        return self.model_copy(
            update={"entries": tuple(entry if entry.id == each.id else each for each in self.entries)}
        )


def kept_feed(folder: Path, name: str) -> KeptFeed:
    """What is kept of a feed; nothing where there is no file, or none that can be read: it is read anew."""
    try:
        return KeptFeed.model_validate_json(read_file(_path(folder, name)))
    except (FileNotFoundError, ValidationError):
        return KeptFeed(name=name)


def kept_feeds(folder: Path) -> Iterator[KeptFeed]:
    """Every feed that was ever read, also those that the settings name no more."""
    for path in sorted(folder.glob("*.json")):
        yield kept_feed(folder, path.stem)


def keep_feed(folder: Path, feed: KeptFeed) -> None:
    """Write down what is known of a feed."""
    private_folder(folder)
    write_atomic(_path(folder, feed.name), feed.model_dump_json(indent=1).encode())


def merge(
    feed: ContentFeedSettings,
    kept: KeptFeed,
    found: Iterable[tuple[FeedEntry, str]],
    *,
    today: date,
    brands: Iterable[str],
) -> tuple[KeptFeed, tuple[Finding, ...]]:
    """What is known after a feed was read: its entries, each with the file of its picture, "" for none.

    What the feed names no more stays until its last day. What was approved stays approved as it was, until somebody
    approves the newer version.
    """
    known = {entry.id: entry for entry in kept.entries}
    entries: dict[str, KeptEntry] = {}
    findings: list[Finding] = []
    for entry, picture in found:
        stores = _stores_of(entry, feed, frozenset(brands), findings)
        if stores is None:
            continue
        made = _kept_of(entry, feed, known, stores=stores, picture=picture, today=today)
        if made.valid_to >= today or made.id in known:
            entries[made.id] = made
    for identity, old in known.items():
        if identity not in entries:
            entries[identity] = old.model_copy(update={"is_gone": True})
    stay = (entry for entry in entries.values() if not is_over(entry, today))
    newest = sorted(stay, key=lambda entry: (entry.valid_from, entry.id), reverse=True)
    return kept.model_copy(update={"entries": tuple(newest)}), tuple(findings)


def is_over(entry: KeptEntry, today: date) -> bool:
    """Whether nobody asks for an entry any more."""
    days = KEPT_DAYS if entry.approved else 0
    return entry.valid_to + timedelta(days=days) < today


def _kept_of(
    entry: FeedEntry,
    feed: ContentFeedSettings,
    known: Mapping[str, KeptEntry],
    *,
    stores: tuple[str, ...],
    picture: str,
    today: date,
) -> KeptEntry:
    identity = f"{feed.name}-{sha256(entry.guid.encode('utf-8', 'surrogatepass'))[:_ID_CHARS]}"
    old = known.get(identity)
    first_seen = old.first_seen if old else today
    valid_from = entry.valid_from or entry.published or first_seen
    changed = {
        "texts": dict(entry.texts),
        "valid_from": valid_from,
        "valid_to": entry.valid_to or valid_from + timedelta(days=feed.days - 1),
        "stores": stores,
        "picture": picture,
        "picture_from": entry.picture,
        "link": entry.link,
        "is_gone": False,
    }
    if old is not None:
        return old.model_copy(update=changed)
    return KeptEntry.model_validate({"id": identity, "guid": entry.guid, "first_seen": first_seen, **changed})


def _stores_of(
    entry: FeedEntry, feed: ContentFeedSettings, brands: frozenset[str], findings: list[Finding]
) -> tuple[str, ...] | None:
    """Brands that may print an entry, none for all; None where what it asks for leaves none."""
    strange = sorted(set(entry.stores) - brands)
    if strange:
        message, known = f"no brand {strange[0]!r}", ", ".join(sorted(brands))
        findings.append(warning("store.unknown", entry.where, message, f"layouts/brands holds: {known}"))
    if not entry.stores:
        return feed.stores
    wanted = tuple(store for store in entry.stores if store in brands and (not feed.stores or store in feed.stores))
    return wanted or None


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"


def place_of(feed: ContentFeedSettings) -> Where:
    """Where a feed stands in the settings."""
    return Where(file="packslip.toml", spot=f"content_feeds.{feed.name}")
