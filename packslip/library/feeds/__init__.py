"""Feeds: which picture belongs to which product, as shops tell it to Google, to Shopify or to packslip itself."""

from packslip.library.feeds.feed import Feed, FeedItem, FeedKind
from packslip.library.feeds.reading import read_feed

__all__ = ["Feed", "FeedItem", "FeedKind", "read_feed"]
