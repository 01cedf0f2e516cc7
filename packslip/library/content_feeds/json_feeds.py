"""JSON: entries of a JSON Feed, and of packslip's own form, which says languages, days and stores.

Source: JSON Feed 1.1, https://www.jsonfeed.org/version/1.1/; docs/content.md for our own.
"""

import json
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from packslip.library.content_feeds.entry import EntryBook, FeedEntry, Written, is_art
from packslip.library.content_feeds.xml_feeds import NotAFeedError
from packslip.library.contents import ContentText
from packslip.library.plain_text import read_html
from packslip.misfits import misfit
from packslip.model import Where, warning

_Text = Annotated[str, StringConstraints(max_length=2000)]
_MOST_LOCALES = 40


class _OwnText(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    kicker: _Text = ""
    headline: _Text
    body: str


class _OwnEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
    valid_from: date | None = None
    valid_to: date | None = None
    stores: tuple[_Text, ...] = ()
    picture: _Text = ""
    link: _Text = ""
    text: dict[Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")], _OwnText] = Field(
        min_length=1, max_length=_MOST_LOCALES
    )


def read_json(data: bytes, book: EntryBook) -> None:
    """Take in every entry.

    Raises:
        NotAFeedError: it is no JSON, or neither of the two forms.
    """
    try:
        values = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise NotAFeedError("it is not UTF-8") from None
    except ValueError as fault:
        raise NotAFeedError(f"it is no JSON: {str(fault)[:120]}") from None
    except RecursionError:
        raise NotAFeedError("its lists are nested without end") from None
    if isinstance(values, dict) and "packslip" in values:
        _read_own(values, book)
    elif isinstance(values, dict) and str(values.get("version", "")).startswith("https://jsonfeed.org/version/"):
        _read_json_feed(values, book)
    else:
        raise NotAFeedError('it is neither a JSON Feed ("version") nor packslip\'s own form ("packslip")')


def _read_json_feed(values: Mapping[str, object], book: EntryBook) -> None:
    language = _string(values.get("language"))
    for number, item in enumerate(_list(values.get("items"))):
        where = Where(file=book.file, spot=f"items[{number}]")
        if not isinstance(item, dict):
            book.findings.append(warning("content.entry", where, "is no entry, it is left out"))
            continue
        enclosed = (each for each in _list(item.get("attachments")) if isinstance(each, dict))
        pictures = [_string(item.get("image")), _string(item.get("banner_image"))]
        pictures += [_string(one.get("url")) for one in enclosed if _string(one.get("mime_type")).startswith("image/")]
        html, plain = _string(item.get("content_html")), _string(item.get("content_text"))
        book.take(
            Written(
                where=where,
                guid=_string(item.get("id")),
                title=_string(item.get("title")),
                summary=_string(item.get("summary")),
                body=html or plain,
                kicker=next((tag for tag in map(_string, _list(item.get("tags"))) if tag), ""),
                language=_string(item.get("language")) or language,
                published=_string(item.get("date_published")) or _string(item.get("date_modified")),
                link=_string(item.get("url")),
                pictures=tuple(picture for picture in pictures if picture),
            )
        )


def _read_own(values: Mapping[str, object], book: EntryBook) -> None:
    if values["packslip"] != 1:
        raise NotAFeedError('its form is another than "packslip": 1')
    for number, item in enumerate(_list(values.get("entries"))):
        where = Where(file=book.file, spot=f"entries[{number}]")
        try:
            entry = _OwnEntry.model_validate(item)
        except ValidationError as fault:
            first = fault.errors()[0]
            place = Where(file=book.file, spot=".".join((where.spot, *map(str, first["loc"]))))
            message, hint = misfit(first, _OwnEntry)
            book.findings.append(warning("content.entry", place, f"{message}; the entry is left out", hint))
            continue
        if entry.valid_from and entry.valid_to and entry.valid_to < entry.valid_from:
            message = f"{entry.valid_to} lies before {entry.valid_from}, the entry is left out"
            book.findings.append(warning("content.date", where, message))
            continue
        book.offer(entry.valid_from, partial(_own_entry, entry, where, book))


def _own_entry(entry: _OwnEntry, where: Where, book: EntryBook) -> FeedEntry | None:
    texts: dict[str, ContentText] = {}
    for locale, said in entry.text.items():
        spoken = Where(file=where.file, spot=f"{where.spot}.text.{locale}")
        kicker, headline, body = (read_html(each).text for each in (said.kicker, said.headline, said.body))
        text = book.text(spoken, kicker=kicker, headline=headline, body=body)
        if text is not None:
            texts[locale] = text
    if not texts:
        return None
    return FeedEntry(
        guid=entry.id,
        texts=texts,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        stores=entry.stores,
        picture=_own_picture(entry.picture, where, book),
        link=book.address(entry.link) or "",
        where=where,
    )


def _own_picture(picture: str, where: Where, book: EntryBook) -> str:
    """A file of layouts/art by its name, or an address."""
    return picture if is_art(picture) else book.picture((picture,) if picture else (), where)


def _string(value: object) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
