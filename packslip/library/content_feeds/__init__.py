"""Content feeds: the shop's own articles as RSS, Atom or JSON, read into words and pictures fit for paper."""

from packslip.library.content_feeds.entry import MOST_ENTRIES, FeedEntry, is_art
from packslip.library.content_feeds.reading import read_content_feed

__all__ = ["MOST_ENTRIES", "FeedEntry", "is_art", "read_content_feed"]
