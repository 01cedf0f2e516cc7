"""Reading a content feed: which kind it is, told by what it holds, and its entries."""

from packslip.content_feeds import ContentFeedSettings, ContentKind
from packslip.library.content_feeds.entry import EntryBook, FeedEntry, language_of
from packslip.library.content_feeds.json_feeds import read_json
from packslip.library.content_feeds.xml_feeds import NotAFeedError, read_xml
from packslip.model import Finding, Where, error

_MOST_FINDINGS = 30
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read_content_feed(
    data: bytes, feed: ContentFeedSettings, *, default: str
) -> tuple[tuple[FeedEntry, ...] | None, tuple[Finding, ...]]:
    """The newest entries of a feed, newest first, and what is wrong with the others.

    Total: whatever the bytes hold. None with an error where they are no feed at all, or hold nothing that could be
    printed: then what was had before stays. `default` is the language of texts where nobody says which.
    """
    kind, name = feed.kind, feed.name
    book = EntryBook(
        file=name, most_words=feed.most_words, locale=feed.locale, default=language_of(default), base=feed.url
    )
    try:
        found = _read(data, book)
    except NotAFeedError as fault:
        return None, (_no_feed(name, str(fault)),)
    if kind not in {ContentKind.AUTO, found}:
        return None, (_no_feed(name, f"it is {found.value}, not {kind.value} as its settings say"),)
    entries, told = book.newest(), tuple(book.findings[:_MOST_FINDINGS])
    return (entries, told) if entries else (None, (_no_feed(name, "it holds no entry that could be printed"), *told))


def _no_feed(name: str, message: str) -> Finding:
    return error("content.no_feed", Where(file=name), message, "what was had before stays; look at the feed itself")


def _read(data: bytes, book: EntryBook) -> ContentKind:
    start = data[:400]
    for mark in _MARKS:
        start = start.removeprefix(mark)
    if start.replace(b"\0", b"").lstrip().startswith(b"<"):
        return ContentKind(read_xml(data, book))
    read_json(data, book)
    return ContentKind.JSON
