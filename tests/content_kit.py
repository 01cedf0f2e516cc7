"""Feeds as shops write them, for tests."""

from html import escape

from packslip.content_feeds import ContentFeedSettings
from packslip.library.content_feeds import FeedEntry, read_content_feed
from packslip.model import Finding

_NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def item(
    guid: str = "1", title: str = "A kiln in winter", text: str = "The ash glaze is fired once.", **more: str
) -> str:
    """An item of RSS; `more` are further elements, an underscore standing for the colon."""
    date = more.pop("date", "Fri, 20 Nov 2026 09:00:00 +0000")
    parts = {"guid": guid, "title": title, "description": text, "pubDate": date, **more}
    return f"<item>{''.join(f'<{_tag(name)}>{escape(value)}</{_tag(name)}>' for name, value in parts.items())}</item>"


def _tag(name: str) -> str:
    return name.replace("_", ":")


def rss(*items: str, language: str = "en-us", raw: str = "") -> bytes:
    """A feed of some items; `raw` is put into its channel as it is."""
    head = f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" {_NAMESPACES}><channel>'
    return f"{head}<language>{language}</language>{''.join(items)}{raw}</channel></rss>".encode()


def read(data: bytes, **settings: object) -> tuple[tuple[FeedEntry, ...] | None, tuple[Finding, ...]]:
    """What is read of a feed's bytes."""
    feed = ContentFeedSettings.model_validate({"name": "journal", "url": "https://a.example/feed/x", **settings})
    return read_content_feed(data, feed, default="en-GB")


def only(data: bytes, **settings: object) -> FeedEntry:
    """The one entry of a feed."""
    entries, _ = read(data, **settings)
    assert entries is not None
    (entry,) = entries
    return entry
