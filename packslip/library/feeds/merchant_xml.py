"""Google Merchant feeds as XML: RSS 2.0 items and Atom entries with `g:` elements.

Read with expat as a stream of events; no tree is built, nothing outside the file is opened, and a document that
declares entities is refused before the first is expanded. An item that is not well-formed is lost alone: reading goes
on with the next. Names of characters that HTML knows and XML does not (`&nbsp;`) are understood and told once.
Source: https://support.google.com/merchants/answer/7052112.
"""

import re
from html.entities import html5
from xml.parsers import expat

from packslip.library.feeds.feed import FeedBook

_GOOGLE = "http://base.google.com/ns/1.0"
_ITEMS = frozenset({"item", "entry"})
_WANTED = frozenset({"id", "image_link", "title"})
_MOST_CHARS = 10_000  #: of one element; what is beyond is left out
_CHUNK = 1 << 16
#: So many items may be broken; a feed with more is no XML, and each costs a start.
_MOST_STOPS = 100_000
_CUT_OFF = frozenset(
    expat.errors.codes[text] for text in (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN)
)
_NEXT_ITEM = re.compile(rb"<(?:item|entry)[\s>]")
_DECLARED = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")


def read_merchant_xml(data: bytes, book: FeedBook) -> None:
    """Take in every item of a feed."""
    declared = _DECLARED.search(data[:400])
    reader = _Reader(book, encoding=declared[1].decode("ascii") if declared else "")
    start, line, is_first = 0, 1, True
    for _ in range(_MOST_STOPS):
        stop = reader.read(data, start=start, line=line, wrapped=not is_first)
        if stop is None:
            break
        following = _NEXT_ITEM.search(data, max(stop, start + 1))
        if following is None:
            break
        line += data.count(b"\n", start, following.start())
        start, is_first = following.start(), False
    else:
        book.fail("feed.broken", line, f"{_MOST_STOPS} broken items, the rest is not read", "mend what writes the feed")
    if not reader.items and not book.findings:
        hint = "a Google Merchant feed has rss/channel/item or feed/entry elements"
        book.fail("feed.unknown", None, "no item in it", hint)


class _DoctypeError(Exception):
    """The document declares entities."""


class _Reader:
    """The events of a feed, turned into products."""

    def __init__(self, book: FeedBook, *, encoding: str) -> None:
        self._book = book
        self._encoding = encoding  #: as the document declares it
        self._google = {"g"}  #: prefixes bound to Google's namespace
        self._shift = 0  #: lines before the part that is read
        self._line = 0  #: where the item begins, 0 outside of one
        self._depth = 0  #: below the item
        self._element = ""
        self._texts: dict[str, list[str]] = {}
        self._sizes: dict[str, int] = {}
        self._told = False
        self.items = 0

    def read(self, data: bytes, *, start: int, line: int, wrapped: bool) -> int | None:
        """Read on from a byte; where it had to stop, None at the end or where going on makes no sense.

        `wrapped` supplies the root element that stands before `start`.
        """
        self._parser = parser = expat.ParserCreate(self._encoding or None if wrapped else None)
        parser.buffer_text = True
        parser.UseForeignDTD(True)  # else an entity that is not declared ends the reading
        parser.StartElementHandler = self._open
        parser.EndElementHandler = self._close
        parser.CharacterDataHandler = self._say
        parser.SkippedEntityHandler = self._name_character
        parser.EntityDeclHandler = self._refuse
        self._shift, self._line = line - 1, 0
        ahead = b"<r>" if wrapped else b""
        try:
            parser.Parse(ahead, False)
            for offset in range(start, len(data), _CHUNK):
                parser.Parse(data[offset : offset + _CHUNK], False)
            parser.Parse(b"", True)
        except expat.ExpatError as fault:
            return self._stop(fault, start - len(ahead), wrapped=wrapped)
        except _DoctypeError:
            hint = "write the feed without a DOCTYPE"
            self._book.fail(
                "feed.entities", self._now, "the document declares entities of its own, it is not read", hint
            )
        except (LookupError, ValueError):
            self._book.fail("feed.encoding", 1, f"unknown encoding {self._encoding!r}", "write the feed as UTF-8")
        return None

    @property
    def _now(self) -> int:
        return self._shift + self._parser.CurrentLineNumber

    def _stop(self, fault: expat.ExpatError, start: int, *, wrapped: bool) -> int:
        """Tell why reading stopped; where it did."""
        reason = expat.ErrorString(fault.code)
        line = self._shift + fault.lineno
        cut_off = fault.code in _CUT_OFF
        hint = (
            "the file may be cut off" if cut_off else "write &amp; for & and &lt; for <; an XML editor shows the place"
        )
        if self._line:
            self._book.lose("feed.broken_item", self._line, f"{reason} on line {line}, the item is left out", hint)
        elif not wrapped:  # else it is </channel>, which closes what this part never opened
            self._book.fail("feed.broken", line, f"{reason}, reading goes on with the next item", hint)
        return start + self._parser.ErrorByteIndex

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        for attribute, value in attributes.items():
            if attribute.startswith("xmlns:") and value == _GOOGLE:
                self._google.add(attribute.removeprefix("xmlns:"))
        if not self._line:
            if name.rpartition(":")[2] in _ITEMS:
                self._line, self._depth = self._now, 0
                self._texts, self._sizes = {}, {}
            return
        self._depth += 1
        prefix, _, local = name.rpartition(":")
        plain = local if not prefix else f"g:{local}" if prefix in self._google else ""
        self._element = plain if self._depth == 1 and plain.removeprefix("g:") in _WANTED else ""
        if self._element in self._texts:
            self._element = ""  # the first one counts

    def _close(self, name: str) -> None:
        if not self._line:
            return
        if self._depth:
            if self._depth == 1 and self._element:
                self._texts.setdefault(self._element, [])
            self._depth -= 1
            self._element = ""
            return
        line, self._line = self._line, 0
        self.items += 1
        self._book.take(
            line=line,
            sku=self._text("id"),
            image=self._text("image_link"),
            name=self._text("title"),
            columns=("g:id", "g:image_link"),
        )

    def _text(self, name: str) -> str:
        """Google's own element where there is one, else the plain one: an Atom entry has an `id` of another meaning."""
        return "".join(self._texts.get(f"g:{name}") or self._texts.get(name) or ()).strip()

    def _say(self, text: str) -> None:
        if not self._element or self._depth != 1:
            return
        size = self._sizes.get(self._element, 0)
        if size < _MOST_CHARS:
            self._sizes[self._element] = size + len(text)
            self._texts.setdefault(self._element, []).append(text[: _MOST_CHARS - size])

    def _name_character(self, name: str, is_parameter: bool) -> None:
        if is_parameter:
            return
        self._say(html5.get(f"{name};", ""))
        if not self._told:
            self._told = True
            message = f"&{name[:20]}; is not declared in XML; read as HTML would"
            self._book.lose("feed.html_entity", self._now, message, "write the character itself, in UTF-8")

    def _refuse(self, *_: object) -> None:
        raise _DoctypeError
