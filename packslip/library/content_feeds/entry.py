"""What one entry of a feed comes to: words fit for paper, days, one picture.

Owns what an entry must have to count. Knows no file format.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from packslip.library.contents import ContentText
from packslip.library.literals import shorten
from packslip.library.locales import cldr_locale
from packslip.library.plain_text import Plain, cut, read_html, tidy
from packslip.model import Finding, Where, warning

#: So many of a feed's newest entries are looked at, the others left alone: nobody prints last year's news.
MOST_ENTRIES = 50

#: So many are read to find them: others may have no words, or the id of one that was read.
_MOST_READ = 4 * MOST_ENTRIES
_MOST_HEADLINE_WORDS = 12
_MOST_KICKER_CHARS = 40
_MOST_ID = 500
_MOST_ADDRESS = 2000
_YEARS = range(2000, 2100)  #: a date outside of them is a mistake of whoever wrote it
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An entry as its feed has it: HTML, addresses and dates of any kind."""

    where: Where
    guid: str
    title: str = ""
    summary: str = ""
    body: str = ""  #: the whole article, where there is no summary
    kicker: str = ""
    language: str = ""
    published: str = ""
    link: str = ""
    pictures: tuple[str, ...] = ()  #: the best first


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """An entry that could be printed."""

    guid: str  #: what the feed knows it by
    texts: Mapping[str, ContentText]  #: by locale
    published: date | None = None
    valid_from: date | None = None  #: where the feed itself says it
    valid_to: date | None = None  #: last day
    stores: tuple[str, ...] = ()  #: where the feed itself says it; none: as the settings have it
    picture: str = ""  #: web address, or a file name in layouts/art
    link: str = ""
    where: Where


@dataclass(slots=True, kw_only=True)
class EntryBook:
    """The entries of one feed while it is read, and what was found."""

    file: str
    most_words: int
    locale: str = ""  #: of every text, whatever the feed says
    default: str = "en"  #: language of texts where neither does
    base: str = ""  #: what addresses in the feed are relative to
    findings: list[Finding] = field(default_factory=list)
    _offered: list[tuple[date, Callable[[], FeedEntry | None]]] = field(default_factory=list)

    def offer(self, published: date | None, read: Callable[[], FeedEntry | None]) -> None:
        """Offer an entry; it is read only where it is among the newest. One without a date counts as new."""
        self._offered.append((published or date.max, read))

    def take(self, written: Written) -> None:
        """Offer an entry as RSS, Atom and JSON Feed have it."""
        self.offer(self.day(written.published, written.where), lambda: self._read(written))

    def newest(self) -> tuple[FeedEntry, ...]:
        """The entries that are looked at, the newest first; of several with one id the first counts."""
        entries: dict[str, FeedEntry] = {}
        for _, read in sorted(self._offered, key=lambda offered: offered[0], reverse=True)[:_MOST_READ]:
            entry = read()
            if entry is not None:
                entries.setdefault(entry.guid, entry)
            if len(entries) == MOST_ENTRIES:
                break
        return tuple(entries.values())

    def _read(self, written: Written) -> FeedEntry | None:
        where = written.where
        guid = (written.guid or written.link).strip()
        if not guid:
            self.findings.append(warning("content.no_id", where, "neither id nor link, the entry is left out"))
            return None
        body = _read(written.summary)
        inside = body.pictures
        if not body.text:
            body = _read(written.body)
        text = self.text(where, kicker=_read(written.kicker).text, headline=_read(written.title).text, body=body.text)
        if text is None:
            return None
        pictures = (*written.pictures, *(inside or body.pictures))
        if not pictures:
            pictures = _read(written.body).pictures
        return FeedEntry(
            guid=guid[:_MOST_ID],
            texts={self.locale or language_of(written.language) or self.default: text},
            published=_moment(written.published.strip()),
            picture=self.picture(pictures, where),
            link=self.address(written.link) or "",
            where=where,
        )

    def text(self, where: Where, *, kicker: str, headline: str, body: str) -> ContentText | None:
        """The words of an entry, cut to their length; None with a finding where there is nothing to print."""
        lacking = "headline" if not headline else "text" if not body else ""
        if lacking:
            hint = "give it one, or leave it as it is: it is not printed"
            self.findings.append(warning("content.no_words", where, f"no {lacking}, the entry is left out", hint))
            return None
        kicker = tidy(kicker)
        return ContentText(
            kicker=kicker if len(kicker) <= _MOST_KICKER_CHARS else "",
            headline=cut(headline, _MOST_HEADLINE_WORDS).removesuffix("."),
            body=cut(body, self.most_words),
        )

    def day(self, text: str, where: Where) -> date | None:
        """A day in any of the notations of feeds; None where there is none, with a finding where it is nonsense."""
        text = text.strip()
        if not text:
            return None
        made = _moment(text)
        if made is None:
            message = f"{shorten(text)} is no date, the day on which the entry was first seen counts"
            self.findings.append(warning("content.date", where, message, "write 2026-11-20T09:00:00Z"))
            return None
        return made

    def picture(self, candidates: tuple[str, ...], where: Where) -> str:
        """The first address that can be fetched; with a finding where there are only others."""
        found = [self.address(candidate) for candidate in candidates]
        usable = next((address for address in found if address), "")
        if candidates and not usable:
            message = f"{shorten(candidates[0])} is no picture that can be fetched"
            self.findings.append(warning("content.picture", where, message, "give it an http or https address"))
        return usable

    def address(self, text: str) -> str | None:
        """A web address in full, None where it is no such thing."""
        text = text.strip()
        if not text.strip("/") or len(text) > _MOST_ADDRESS or not text.isprintable():
            return None
        try:
            whole = urljoin(self.base, text)
            parts = urlsplit(whole)
            is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
        except ValueError:
            return None
        return whole if is_web and " " not in whole else None


def is_art(picture: str) -> bool:
    """Whether a picture is a file name, not an address."""
    return bool(_NAME.fullmatch(picture))


def language_of(tag: str) -> str:
    """The language of a tag such as `en-us`; "" where it says none.

    Its region is left out: a journal in `en-US` is read by customers in `en-GB` as well.
    """
    locale = cldr_locale(tag.strip()) if tag.strip() else None
    return locale.language if locale else ""


def first_said(words: Iterable[str | None]) -> str:
    """The first text that says anything, "" for none."""
    return next((word for word in words if word and word.strip()), "")


def _read(html: str) -> Plain:
    return read_html(html) if html.strip() else Plain(text="", pictures=())


def _moment(text: str) -> date | None:
    """The day of a moment, there where it was written; None for what is none. Source: RFC 3339, RFC 5322."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            made = read(text).date()
        except (ValueError, IndexError, TypeError, OverflowError):
            continue
        return made if made.year in _YEARS else None
    return None
