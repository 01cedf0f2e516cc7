"""RSS and Atom: entries of an XML feed.

The document is taken whole or not at all: what is not well-formed, declares entities of its own or is nested without
end is no feed, and last week's entries beat half of this week's. Nothing outside of the document is ever opened.
Source: RSS 2.0, Atom (RFC 4287), Media RSS 1.5.
"""

from collections.abc import Iterator
from html.entities import html5
from xml.etree.ElementTree import Element, TreeBuilder, tostring
from xml.parsers import expat

from packslip.library.content_feeds.entry import EntryBook, Written, first_said
from packslip.model import Where

_ATOM = "http://www.w3.org/2005/Atom"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_MEDIA = "http://search.yahoo.com/mrss/"
_DUBLIN = "http://purl.org/dc/elements/1.1/"
_XHTML = "http://www.w3.org/1999/xhtml"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

_RSS_1 = "{http://purl.org/rss/1.0/}"

_DEEPEST = 60
_MOST_ELEMENTS = 400_000
_ITEMS = frozenset({"item", f"{{{_ATOM}}}entry", f"{_RSS_1}item"})


class NotAFeedError(Exception):
    """Why a document is no feed; the message is a whole one."""


def read_xml(data: bytes, book: EntryBook) -> str:
    """Take in every entry; gives what kind of feed it is, `rss` or `atom`.

    Raises:
        NotAFeedError: it is none, or not to be trusted.
    """
    root, lines = _Tree().read(data)
    kind = {"rss": "rss", "RDF": "rss", "feed": "atom"}.get(_local(root.tag), "")
    if not kind:
        raise NotAFeedError(f"<{_local(root.tag)[:20]}> is no feed; RSS begins with <rss>, Atom with <feed>")
    language = root.get(_LANGUAGE) or first_said(_texts(root, "language"))
    for number, item in enumerate(element for element in root.iter() if element.tag in _ITEMS):
        where = Where(file=book.file, line=lines[number] if number < len(lines) else None)
        book.take(_atom(item, where, language) if kind == "atom" else _rss(item, where, language))
    return kind


def _rss(item: Element, where: Where, language: str) -> Written:
    return Written(
        where=where,
        guid=_text(item, "guid") or _text(item, "link"),
        title=_text(item, "title"),
        summary=_text(item, "description"),
        body=_text(item, f"{{{_CONTENT}}}encoded"),
        kicker=first_said(each.text for each in item if _local(each.tag) == "category"),
        language=item.get(_LANGUAGE) or _text(item, f"{{{_DUBLIN}}}language") or language,
        published=_text(item, "pubDate") or _text(item, f"{{{_DUBLIN}}}date"),
        link=_text(item, "link"),
        pictures=tuple(_pictures(item)),
    )


def _atom(entry: Element, where: Where, language: str) -> Written:
    links = [each for each in entry if each.tag == f"{{{_ATOM}}}link"]
    link = first_said(each.get("href", "") for each in links if each.get("rel", "alternate") == "alternate")
    parts = {_local(each.tag): each for each in reversed(entry) if each.tag.startswith(f"{{{_ATOM}}}")}
    own = first_said(parts[name].get(_LANGUAGE, "") for name in ("summary", "content", "title") if name in parts)
    return Written(
        where=where,
        guid=_text(entry, f"{{{_ATOM}}}id") or link,
        title=_construct(parts.get("title")),
        summary=_construct(parts.get("summary")),
        body=_construct(parts.get("content")),
        kicker=first_said(
            each.get("label") or each.get("term", "") for each in entry if each.tag == f"{{{_ATOM}}}category"
        ),
        language=entry.get(_LANGUAGE) or own or language,
        published=_text(entry, f"{{{_ATOM}}}published") or _text(entry, f"{{{_ATOM}}}updated"),
        link=link,
        pictures=tuple(_pictures(entry)),
    )


def _construct(part: Element | None) -> str:
    """A text of Atom as HTML; what lies elsewhere or is no text is left out. Source: RFC 4287, 3.1 and 4.1.3."""
    if part is None or part.get("src"):
        return ""
    kind = part.get("type", "text")
    if kind == "xhtml":
        return "".join(tostring(child, "unicode") for child in part)
    return part.text or "" if kind in {"text", "html", "text/plain", "text/html"} else ""


def _pictures(item: Element) -> Iterator[str]:
    """Addresses of an entry's own pictures, the largest kind first."""
    for each in item.iter():
        kind, address = each.get("type", ""), each.get("url", "")
        is_image = kind.startswith("image/") or (not kind and each.get("medium") == "image")
        if (_local(each.tag) == "enclosure" and kind.startswith("image/")) or (
            each.tag == f"{{{_MEDIA}}}content" and is_image
        ):
            yield address
        elif each.tag == f"{{{_ATOM}}}link" and each.get("rel") == "enclosure" and kind.startswith("image/"):
            yield each.get("href", "")
    for each in item.iter(f"{{{_MEDIA}}}thumbnail"):
        yield each.get("url", "")


def _text(item: Element, tag: str) -> str:
    return next((each.text.strip() for each in item if _is(each, tag) and each.text), "")


def _texts(root: Element, tag: str) -> Iterator[str]:
    channel = next((each for each in root if _local(each.tag) == "channel"), root)
    return (each.text or "" for each in channel if _is(each, tag))


def _is(element: Element, tag: str) -> bool:
    """Whether an element is meant; those of RSS have no namespace in 2.0 and one of their own in 1.0."""
    return element.tag.removeprefix(_RSS_1) == tag


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


class _Tree:
    """A document as elements, within limits."""

    def __init__(self) -> None:
        self._builder = TreeBuilder()
        self._depth = self._elements = 0
        self._lines: list[int] = []

    def read(self, data: bytes) -> tuple[Element, list[int]]:
        """The root, and the lines on which items begin."""
        self._parser = parser = expat.ParserCreate(None, "}")
        parser.buffer_text = True
        parser.UseForeignDTD(True)  # else `&nbsp;` ends the reading
        parser.StartElementHandler = self._open
        parser.EndElementHandler = self._close
        parser.CharacterDataHandler = self._builder.data
        parser.SkippedEntityHandler = self._name_character
        parser.EntityDeclHandler = self._refuse
        try:
            parser.Parse(data, True)
        except expat.ExpatError as fault:
            reason = expat.ErrorString(fault.code)
            raise NotAFeedError(f"line {fault.lineno}: {reason}; the feed is not well-formed") from None
        except (LookupError, ValueError):
            raise NotAFeedError("it is in an encoding that is not known") from None
        return self._builder.close(), self._lines

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > _DEEPEST or self._elements > _MOST_ELEMENTS:
            raise NotAFeedError(f"more than {_DEEPEST} elements in each other, or {_MOST_ELEMENTS} in all")
        tag = _named(name)
        if tag in _ITEMS:
            self._lines.append(self._parser.CurrentLineNumber)
        if tag.startswith(f"{{{_XHTML}}}"):
            tag = _local(tag)
        self._builder.start(tag, {_named(key): value for key, value in attributes.items()})

    def _close(self, name: str) -> None:
        self._depth -= 1
        tag = _named(name)
        self._builder.end(_local(tag) if tag.startswith(f"{{{_XHTML}}}") else tag)

    def _name_character(self, name: str, is_parameter: bool) -> None:
        if not is_parameter:
            self._builder.data(html5.get(f"{name};", ""))

    @staticmethod
    def _refuse(*_: object) -> None:
        raise NotAFeedError("it declares entities of its own; write it without a DOCTYPE")


def _named(name: str) -> str:
    return f"{{{name}" if "}" in name else name
